#!/usr/bin/env python3
"""A second reader of blocks of columns (doc/format/columns.md), sharing no code with the first; slow
and plain.

    columns_reader.py BLOCK OUTPUT

Writes every row to OUTPUT: its length in four bytes, little-endian, and its bytes. Frames are unpacked
by the `zstd` command.
"""
import datetime
import struct
import subprocess
import sys

MAGIC = b"CLOK"
OWN, POOL = 4096, 65536
CONSTANT, NUMBERS, DICTIONARY, DIRECT, CHOICE, CODES = range(6)
MASK = (1 << 64) - 1


class Bytes:
    def __init__(self, data):
        self.data, self.at = data, 0

    def byte(self):
        self.at += 1
        return self.data[self.at - 1]

    def take(self, length):
        self.at += length
        assert self.at <= len(self.data)
        return self.data[self.at - length : self.at]

    def varint(self):
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value


def signed(value):
    value &= MASK
    return value - (1 << 64) if value >> 63 else value


def unzigzag(value):
    return (value >> 1) ^ -(value & 1)


def unpack(coded, raw_len):
    if len(coded) == raw_len:
        return coded
    done = subprocess.run(["zstd", "-dc"], input=b"\x28\xb5\x2f\xfd" + coded, capture_output=True)
    assert done.returncode == 0 and len(done.stdout) == raw_len
    return done.stdout


class Column:
    pass


class Block:
    def __init__(self, data):
        head = Bytes(data)
        assert head.take(4) == MAGIC and head.byte() == 1
        raw_len, coded_len = head.varint(), head.varint()
        directory = Bytes(unpack(head.take(coded_len), raw_len))
        self.row_count, self.number_count = directory.varint(), directory.varint()
        streams = []
        self.columns = [self.column(directory, streams) for _ in range(directory.varint())]
        self.sets = [(0, None, None)]
        for _ in range(directory.varint()):
            choice, variant = directory.varint(), directory.varint()
            self.sets.append((self.columns[choice].set, choice, variant))
        self.rows_of_set = {0: list(range(self.row_count))}
        self.fill_streams(streams, directory, head)

    @staticmethod
    def column(directory, streams):
        column = Column()
        column.kind, column.set = directory.byte(), directory.varint()
        column.meta = directory.take(directory.varint())
        column.streams = []
        for _ in range(directory.varint()):
            length = directory.varint()
            stream = {"len": length >> 1, "text": length & 1, "bytes": b""}
            column.streams.append(stream)
            streams.append(stream)
        column.loaded = False
        return column

    @staticmethod
    def fill_streams(streams, directory, head):
        frames = [[s] for s in streams if s["len"] >= OWN]
        for kind in (0, 1):
            frame, size = [], 0
            for s in streams:
                if s["len"] >= OWN or s["text"] != kind:
                    continue
                if size + s["len"] > POOL:
                    frames.append(frame)
                    frame, size = [], 0
                frame.append(s)
                size += s["len"]
            if size:
                frames.append(frame)
        for frame in frames:
            size = sum(s["len"] for s in frame)
            raw = Bytes(unpack(head.take(directory.varint()), size))
            for s in frame:
                s["bytes"] = raw.take(s["len"])
        assert head.at == len(head.data) and directory.at == len(directory.data)

    def set_rows(self, number):
        """Rows of a set, each as its place in the parent."""
        if number not in self.rows_of_set:
            _, choice, variant = self.sets[number]
            codes = self.load(choice).codes
            self.rows_of_set[number] = [i for i, code in enumerate(codes) if code == variant]
        return self.rows_of_set[number]

    def row_in(self, number, above, row):
        while number != above:
            row = self.set_rows(number)[row]
            number = self.sets[number][0]
        return row

    def load(self, number):
        column = self.columns[number]
        if column.loaded:
            return column
        column.loaded = True
        reader = Reader(self, column)
        count = len(self.set_rows(column.set))
        column.codes = column.values = column.numbers = None
        if column.kind == CONSTANT:
            column.values = [reader.meta.take(reader.meta.varint())]
        elif column.kind == NUMBERS:
            column.numbers = reader.numbers(count)
        elif column.kind == CODES:
            column.codes = reader.codes(count)
        elif column.kind == DICTIONARY:
            column.codes = reader.codes(count)
            column.values, _ = reader.values(reader.meta.varint())
        elif column.kind == DIRECT:
            column.values, column.numbers = reader.values(count)
        else:
            column.choice = reader.meta.varint()
            column.variants = [reader.variant() for _ in range(reader.meta.varint())]
        assert reader.meta.at == len(column.meta) and reader.stream == len(column.streams)
        return column

    def value(self, number, row):
        column = self.load(number)
        if column.kind == CONSTANT:
            return column.values[0]
        if column.kind == DICTIONARY:
            return column.values[column.codes[row]]
        if column.kind == DIRECT:
            return column.values[row]
        row_set, pieces = column.variants[self.load(column.choice).codes[row]]
        place = self.set_rows(row_set).index(row)
        out = b""
        for piece in pieces:
            if isinstance(piece, bytes):
                out += piece
            else:
                out += self.value(piece, self.row_in(row_set, self.columns[piece].set, place))
        return out


class Reader:
    def __init__(self, block, column):
        self.block, self.column, self.meta, self.stream = block, column, Bytes(column.meta), 0

    def next_stream(self):
        self.stream += 1
        return self.column.streams[self.stream - 1]["bytes"]

    def planes(self, count):
        out = [0] * count
        width = self.meta.byte()
        if width == 0:
            return out
        present = self.meta.byte()
        for plane in range(width):
            if present >> plane & 1:
                plane_bytes = self.next_stream()
                assert len(plane_bytes) == count
            else:
                plane_bytes = bytes([self.meta.byte()]) * count
            for i in range(count):
                out[i] |= plane_bytes[i] << (8 * plane)
        return out

    def other(self, number):
        """A column that is referred to, and the row in it of each row here."""
        other = self.block.load(number)
        count = len(self.block.set_rows(self.column.set))
        return other, [self.block.row_in(self.column.set, other.set, i) for i in range(count)]

    def numbers(self, count):
        flags = self.meta.byte()
        step, reference, base = flags & 3, None, 0
        if flags & 4:
            reference, rows = self.other(self.meta.varint())
            divide, multiply = self.meta.varint(), signed(self.meta.varint())
        if step == 2:
            context, places = self.other(self.meta.varint())
        if step == 0:
            base = unzigzag(self.meta.varint())
        values = self.planes(count)
        before, last = 0, {}
        for i in range(count):
            if step == 0:
                values[i] += base
            elif step == 1:
                values[i] = before = signed(before + unzigzag(values[i]))
            else:
                code = context.codes[places[i]]
                before = last[code] = signed(last.get(code, before) + unzigzag(values[i]))
                values[i] = before
        if reference is not None:
            for i in range(count):
                number = reference.numbers[rows[i]]
                values[i] += number // divide if divide > 1 else number * multiply
        return [signed(value) for value in values]

    def codes(self, count):
        context = places = None
        step = self.meta.byte()
        if step == 1:
            number = self.meta.varint()
            if number:
                context, places = self.other(number - 1)
        values = self.planes(count)
        if step == 0:
            return values
        last, fresh = {}, 0
        for i in range(count):
            where = context.codes[places[i]] if context else 0
            symbol = values[i]
            code = last[where] if symbol == 0 else fresh if symbol == 1 else symbol - 2
            fresh += code == fresh
            last[where] = values[i] = code
        return values

    def text(self, count):
        lengths = self.numbers(count)
        stream = Bytes(self.next_stream())
        return [stream.take(length) for length in lengths]

    def values(self, count):
        kind = self.meta.byte()
        if kind == 0:
            return self.text(count), None
        if kind == 1:
            return self.printed(count)
        if kind == 2:
            return self.fixed(count), None
        assert kind == 3
        separator = self.meta.take(self.meta.byte())
        counts = self.numbers(count)
        codes = self.codes(sum(counts))
        items = self.text(self.meta.varint())
        out, at = [], 0
        for length in counts:
            out.append(separator.join(items[code] for code in codes[at : at + length]))
            at += length
        return out, None

    def printed(self, count):
        form, width = self.meta.byte(), self.meta.byte()
        between = bytes([self.meta.byte()]) if form == 4 else b""
        zulu = form == 4 and self.meta.byte()
        mark = bytes([self.meta.byte()]) if form >= 4 else b""
        numbers = self.numbers(count)
        values = [print_number(n, form, width, between, mark, zulu) for n in numbers]
        exceptions = self.meta.varint()
        if exceptions:
            rows = self.numbers(exceptions)
            for row, text in zip(rows, self.text(exceptions)):
                values[row] = text
        return values, numbers

    def fixed(self, count):
        length = self.meta.varint()
        places = self.meta.take(length)
        rows = [bytearray(length) for _ in range(count)]
        for at in range(length):
            if places[at] == 0:
                constant = self.meta.byte()
                for row in rows:
                    row[at] = constant
        stream = Bytes(self.next_stream())
        digits = {1: b"0123456789abcdef", 2: b"0123456789ABCDEF"}
        varying = [at for at in range(length) if places[at]]
        while varying:
            at = varying.pop(0)
            pair = None
            if places[at] != 3 and varying and places[varying[0]] != 3:
                pair = varying.pop(0)
            for row, byte in zip(rows, stream.take(count)):
                row[at] = byte if places[at] == 3 else digits[places[at]][byte >> 4]
                if pair is not None:
                    row[pair] = digits[places[pair]][byte & 15]
        return [bytes(row) for row in rows]

    def variant(self):
        row_set = self.meta.varint()
        pieces = []
        for _ in range(self.meta.varint()):
            number = self.meta.varint()
            pieces.append(number - 1 if number else self.meta.take(self.meta.varint()))
        return row_set, pieces


def print_number(number, form, width, between, mark, zulu):
    if form == 0:
        return b"%d" % number
    if form in (1, 2):
        text = b"%x" % (number & MASK)
        return b"0x" + (text.upper() if form == 2 else text)
    if form == 3:
        return b"%0*d" % (width, number)
    day, clock = divmod(number, 86400 * 10**width)
    second, fraction = divmod(clock, 10**width)
    out = b"%02d:%02d:%02d" % (second // 3600, second // 60 % 60, second % 60)
    if width:
        out += mark + b"%0*d" % (width, fraction)
    if form == 5:
        return out
    date = datetime.date(1970, 1, 1) + datetime.timedelta(days=day)
    return date.isoformat().encode() + between + out + (b"Z" if zulu else b"")


def main():
    with open(sys.argv[1], "rb") as file:
        block = Block(file.read())
    with open(sys.argv[2], "wb") as out:
        for row in range(block.row_count):
            raw = block.value(len(block.columns) - 1, row)
            out.write(struct.pack("<I", len(raw)) + raw)


if __name__ == "__main__":
    main()
