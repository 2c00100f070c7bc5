#!/usr/bin/env python3
"""A second implementation of akashi-verify's rules, written from doc/format/chain.md and RFC 8032 alone.

usage: verify_check.py --key FIRST_PUBLIC_KEY_FILE FOLDER [--checkpoint FILE]

Prints `holds` or `ID FILE [WHERE NUMBER]`; exits 0, 1, or 2 as akashi-verify does. Slow on purpose:
nothing but integers and hashlib.
"""
import base64
import functools
import hashlib
import pathlib
import re
import struct
import sys

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)
U64 = 2**64 - 1


# Ed25519 (RFC 8032 5.1). Points are (X, Y, Z, T).
def point_add(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def point_times(s, p):
    total = (0, 1, 1, 0)
    while s:
        if s & 1:
            total = point_add(total, p)
        p = point_add(p, p)
        s >>= 1
    return total


def point_print(p):
    inverse = pow(p[2], P - 2, P)
    x, y = p[0] * inverse % P, p[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def point_parse(text):
    y = int.from_bytes(text, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    if y >= P:
        return None
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if (x * x - x2) % P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return x, y, 1, x * y % P


BASE = point_parse((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def sha512_number(*parts):
    return int.from_bytes(hashlib.sha512(b"".join(parts)).digest(), "little") % L


def secret_expand(seed):
    digest = hashlib.sha512(seed).digest()
    a = int.from_bytes(digest[:32], "little") & (2**254 - 8) | 2**254
    return a, digest[32:]


@functools.lru_cache(None)
def public_key(seed):
    return point_print(point_times(secret_expand(seed)[0], BASE))


def sign(seed, message):
    a, prefix = secret_expand(seed)
    key = public_key(seed)
    r = sha512_number(prefix, message)
    r_text = point_print(point_times(r, BASE))
    s = (r + sha512_number(r_text, key, message) * a) % L
    return r_text + s.to_bytes(32, "little")


@functools.lru_cache(None)
def signature_holds(key, message, signature):
    s = int.from_bytes(signature[32:], "little")
    point = point_parse(key)
    if s >= L or point is None:
        return False
    eight = point_times(8, point)
    if eight[0] % P == 0 and (eight[1] - eight[2]) % P == 0:
        return False
    k = sha512_number(signature[:32], key, message)
    minus = (-point[0] % P, point[1], point[2], -point[3] % P)
    return point_print(point_add(point_times(s, BASE), point_times(k, minus))) == signature[:32]


# Merkle trees (RFC 6962 2.1)
def sha256(data):
    return hashlib.sha256(data).digest()


@functools.lru_cache(None)
def root_of(leaves):
    if not leaves:
        return sha256(b"")
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while 2 * split < len(leaves):
        split *= 2
    return sha256(b"\1" + root_of(leaves[:split]) + root_of(leaves[split:]))


def path_root(leaf, index, count, path):
    """The root that the path leads to, by recursion over the tree's shape; None: wrong length."""
    if count == 1:
        return leaf if not path else None
    if not path:
        return None
    split = 1
    while 2 * split < count:
        split *= 2
    if index < split:
        left, right = path_root(leaf, index, split, path[:-1]), path[-1]
    else:
        left, right = path[-1], path_root(leaf, index - split, count - split, path[:-1])
    return None if left is None or right is None else sha256(b"\1" + left + right)


class Bad(Exception):
    """The first bad thing: id, where, number."""


def parse_base64(text, count=None):
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        return None
    return data if base64.b64encode(data) == text and count in (None, len(data)) else None


def parse_number(text, most=U64):
    if not re.fullmatch(rb"0|[1-9][0-9]{0,19}", text) or int(text) > most:
        return None
    return int(text)


def parse_key(text):
    found = re.fullmatch(rb"(akashi/([0-9a-f]{32}))\+([0-9a-f]{8})\+([A-Za-z0-9+/=]{44})\n", text)
    typed = parse_base64(found.group(4), 33) if found else None
    if typed is None or typed[0] != 1:
        return None
    key, origin = typed[1:], found.group(1)
    log_id = sha256(b"akashi log 1\n" + key)[:16]
    if log_id.hex().encode() != found.group(2) or key_id(origin, key).hex().encode() != found.group(3):
        return None
    return key, origin, log_id


def key_id(origin, key):
    return sha256(origin + b"\n\1" + key)[:4]


def frames(data):
    """(body, leaf, rest) of each good frame; ends at the first that is not."""
    while len(data) >= 12:
        count = struct.unpack("<I", data[:4])[0]
        body = data[12:12 + count]
        leaf = sha256(b"\0" + body)
        if not 40 <= count <= 1024 or len(body) < count or leaf[:8] != data[4:12]:
            return
        data = data[12 + count:]
        yield body, leaf, data


def version_id(version):
    return None if version == 1 else "version.downgrade" if version < 1 else "version.unknown"


def parse_header(data):
    if len(data) < 230 or data[:3] != b"AKH":
        return None
    policy = struct.unpack("<H", data[132:134])[0]
    if policy > 256 or len(data) != 230 + policy:
        return None
    number, first, last, count, begin, end = struct.unpack("<QQQQqq", data[20:68])
    if count == 0 or last < first or last - first != count - 1 or begin > end:
        return None
    return {"version": data[3], "log_id": data[4:20], "number": number, "first": first, "last": last,
            "count": count, "root": data[68:100], "previous": data[100:132]}


class Log:
    def __init__(self, key, origin, log_id):
        self.key, self.origin, self.log_id = key, origin, log_id
        self.leaves, self.bodies, self.times = [], [], []
        self.headers, self.counts, self.deleted, self.epochs = [], [], set(), []
        self.next_leaf, self.gap = 0, 0
        self.notes = []

    # entries
    def read_entries(self, data):
        while data:
            at = len(self.leaves)
            body, leaf, data = next(frames(data), (None, None, data))
            if body is None:
                raise Bad("entry.damaged", "entry", at)
            found = self.head(body, data) or self.kind(body, data)
            if found:
                raise Bad(found, "entry", at)
            self.leaves.append(leaf)
            self.bodies.append(body)
            self.times.append(struct.unpack("<q", body[32:40])[0])
        if not self.leaves:
            raise Bad("log.empty", "", 0)

    def head(self, body, rest):
        at = len(self.leaves)
        index, = struct.unpack("<Q", body[8:16])
        if body[:3] != b"AKE":
            return "entry.malformed"
        if version_id(body[3]):
            return version_id(body[3])
        if body[5:8] != b"\0\0\0":
            return "entry.malformed"
        if body[16:32] != self.log_id:
            return "entry.spliced"
        if index > at and not any(later[8:16] == struct.pack("<Q", at) for later, _, _ in frames(rest)):
            return "entry.hidden"
        if index != at:
            return "entry.reordered"
        if at and struct.unpack("<q", body[32:40])[0] < self.times[-1]:
            return "clock.back"
        return None

    def kind(self, body, rest):
        kind, data = body[4], body[40:]
        if (kind == 1) != (not self.leaves):
            return "entry.malformed"
        if kind == 1:
            return self.genesis(data)
        if kind == 2:
            return self.segment(data)
        if kind == 3:
            return self.epoch(body, data, rest)
        if kind == 4:
            return self.tombstone(data)
        if kind == 5:
            return None if len(data) == 17 and 1 <= data[0] <= 3 else "entry.malformed"
        if kind == 6:
            return self.repack(data)
        if kind == 7:
            return self.redaction(data)
        return "entry.malformed"

    def genesis(self, data):
        if len(data) != 40:
            return "entry.malformed"
        self.gap, = struct.unpack("<q", data[32:])
        if self.gap <= 0:
            return "entry.malformed"
        if data[:32] != self.key:
            return "key.wrong"
        self.epochs.append((self.key, 0))
        return None

    def segment(self, data):
        header = parse_header(data)
        if header is None:
            return "entry.malformed"
        if version_id(header["version"]):
            return version_id(header["version"])
        if header["log_id"] != self.log_id:
            return "entry.spliced"
        if header["number"] != len(self.headers):
            return "entry.hidden" if header["number"] > len(self.headers) else "entry.reordered"
        if header["previous"] != (self.headers[-1] if self.headers else bytes(32)):
            return "entry.changed"
        if header["first"] != self.next_leaf:
            return "entry.hidden"
        self.next_leaf = header["last"] + 1 & U64
        self.headers.append(sha256(data))
        self.counts.append(header["count"])
        return None

    def epoch(self, body, data, rest):
        if len(data) != 104:
            return "entry.malformed"
        number, key, signature = struct.unpack("<Q", data[:8])[0], data[8:40], data[40:]
        if number != len(self.epochs):
            return "epoch.gap"
        message = b"akashi epoch 1\n" + root_of(tuple(self.leaves)) + body[:-64]
        if not signature_holds(self.epochs[-1][0], message, signature):
            others = [key] + [k for k, _ in self.epochs[:-1]]
            others += [b[48:80] for b, _, _ in frames(rest) if b[4] == 3 and len(b) == 144]
            forged = not any(signature_holds(k, message, signature) for k in others)
            return "epoch.forged" if forged else "epoch.resealed"
        if any(key == k for k, _ in self.epochs):
            return "key.reused"
        self.epochs.append((key, len(self.leaves)))
        return None

    def tombstone(self, data):
        if len(data) < 43:
            return "entry.malformed"
        number, = struct.unpack("<Q", data[:8])
        reason, = struct.unpack("<H", data[41:43])
        if reason > 512 or len(data) != 43 + reason or data[40] not in (1, 2):
            return "entry.malformed"
        if number >= len(self.headers) or number in self.deleted or self.headers[number] != data[8:40]:
            return "tombstone.wrong"
        self.deleted.add(number)
        return None

    def redaction(self, data):
        if len(data) < 82:
            return "entry.malformed"
        number, = struct.unpack("<Q", data[:8])
        records, = struct.unpack("<Q", data[40:48])
        reason, = struct.unpack("<H", data[80:82])
        if reason > 512 or len(data) != 82 + reason or records == 0:
            return "entry.malformed"
        if number >= len(self.headers) or number in self.deleted or self.headers[number] != data[8:40]:
            return "redaction.wrong"
        return None if records <= self.counts[number] else "redaction.wrong"

    def repack(self, data):
        if len(data) < 74:
            return "entry.malformed"
        runs, = struct.unpack("<H", data[72:74])
        if not 1 <= runs <= 32 or len(data) != 74 + 16 * runs:
            return "entry.malformed"
        members, end = [], None
        for first, count in struct.iter_unpack("<QQ", data[74:]):
            if count == 0 or (end is not None and first <= end) or first + count > len(self.headers):
                return "repack.wrong"
            members += range(first, first + count)
            end = first + count
        if any(number in self.deleted for number in members):
            return "repack.wrong"
        joined = b"".join(self.headers[number] for number in members)
        return None if sha256(joined) == data[40:72] else "repack.wrong"

    # checkpoints
    @staticmethod
    def take_note(data):
        window = data[:8192]
        blank = window.find(b"\n\n")
        end = window.find(b"\n\n", blank + 2) if blank >= 0 else -1
        if end < 0:
            return None
        return window[:blank + 1], window[blank + 2:end + 1], data[end + 2:]

    def parse_note(self, text):
        lines = text.split(b"\n")
        if lines[0] != self.origin:
            return "checkpoint.spliced", None

        def value(at, name, parse):
            if at >= len(lines) - 1 or not lines[at].startswith(name):
                return None
            return parse(lines[at][len(name):])

        digest = functools.partial(parse_base64, count=32)
        size, root = value(1, b"", parse_number), value(2, b"", digest)
        number, version = value(3, b"checkpoint ", parse_number), value(4, b"version ", parse_number)
        if None in (size, root, number, version):
            return "checkpoint.malformed", None
        if version_id(version):
            return version_id(version), None
        time = value(5, b"time ", functools.partial(parse_number, most=2**63 - 1))
        epoch, previous = value(6, b"epoch ", parse_number), value(7, b"previous ", digest)
        if None in (time, epoch, previous) or len(lines) != 9:
            return "checkpoint.malformed", None
        return None, {"size": size, "root": root, "number": number, "time": time, "epoch": epoch,
                      "previous": previous, "text": text}

    def judge_signatures(self, note, signatures):
        ids = [key_id(self.origin, key) for key, _ in self.epochs]
        is_other = False
        for n, line in enumerate(signatures.split(b"\n")[:-1]):
            if n >= 16 or not line.startswith("— ".encode()):
                return "checkpoint.malformed"
            line = line[4:]
            if not line.startswith(self.origin + b" "):
                continue
            signature = parse_base64(line[len(self.origin) + 1:], 68)
            if signature is None:
                return "checkpoint.malformed"
            if signature[:4] == ids[note["epoch"]]:
                key = self.epochs[note["epoch"]][0]
                return None if signature_holds(key, note["text"], signature[4:]) else "checkpoint.forged"
            is_other |= signature[:4] in ids
        return "epoch.resealed" if is_other else "checkpoint.unsigned"

    def comes_later(self, data, number):
        while (taken := self.take_note(data)) is not None:
            lines, data = taken[0].split(b"\n"), taken[2]
            if len(lines) > 4 and lines[3].startswith(b"checkpoint ") and \
                    parse_number(lines[3][11:]) == number:
                return True
        return False

    def judge_order(self, note, rest):
        at, before = len(self.notes), self.notes[-1] if self.notes else None
        if before and note["size"] == before["size"] and note["root"] != before["root"]:
            return "log.forked"
        if note["number"] > at and not self.comes_later(rest, at):
            return "checkpoint.gap"
        if note["number"] != at:
            return "checkpoint.reordered"
        if note["previous"] != (sha256(before["text"]) if before else bytes(32)):
            return "checkpoint.changed"
        if before and note["time"] < before["time"]:
            return "clock.back"
        if note["size"] > len(self.leaves):
            return "log.truncated"
        if note["size"] == 0 or before and note["size"] < before["size"]:
            return "log.shrunk"
        return None

    def judge_epoch(self, note):
        epoch = note["epoch"]
        before, size = (self.notes[-1]["epoch"], self.notes[-1]["size"]) if self.notes else (0, 0)
        if epoch < before or epoch > 0 and note["size"] <= self.epochs[epoch][1]:
            return "epoch.resealed"
        if epoch + 1 < len(self.epochs) and note["size"] > self.epochs[epoch + 1][1] + 1:
            return "epoch.overrun"
        if epoch != before and (epoch != before + 1 or size != self.epochs[epoch][1] + 1):
            return "epoch.unsealed"
        return None

    def judge_times(self, note):
        if not self.notes:
            return "clock.back" if self.times[note["size"] - 1] > note["time"] else None
        before = self.notes[-1]
        sealed_to = before["time"]
        for i in range(before["size"], note["size"]):
            if not before["time"] <= self.times[i] <= note["time"]:
                return "clock.back"
            body = self.bodies[i]
            if body[4] == 5 and body[40] == 1:
                begin, end = struct.unpack("<qq", body[41:57])
                if begin != before["time"] or not sealed_to <= end <= self.times[i]:
                    return "pause.wrong"
                sealed_to = end
        return "checkpoint.late" if note["time"] - sealed_to > self.gap else None

    def judge_note(self, text, signatures, rest):
        found, note = self.parse_note(text)
        if found:
            return found, None
        if note["epoch"] >= len(self.epochs):
            return "epoch.missing", None
        found = self.judge_signatures(note, signatures) or self.judge_order(note, rest) or \
            self.judge_epoch(note)
        if not found and root_of(tuple(self.leaves[:note["size"]])) != note["root"]:
            found = "entry.changed"
        return found or self.judge_times(note), note

    def read_notes(self, data):
        while data:
            taken = self.take_note(data)
            if taken is None:
                raise Bad("checkpoint.malformed", "checkpoint", len(self.notes))
            data = taken[2]
            found, note = self.judge_note(*taken)
            if found:
                raise Bad(found, "checkpoint", len(self.notes))
            self.notes.append(note)
        if not self.notes:
            raise Bad("log.unsealed", "", 0)
        if self.notes[-1]["size"] < len(self.leaves):
            raise Bad("entry.unsealed", "entry", self.notes[-1]["size"])

    def read_given(self, data):
        taken = self.take_note(data)
        if taken is None or taken[2]:
            raise Bad("checkpoint.malformed", "", 0)
        found, note = self.parse_note(taken[0])
        if found:
            raise Bad(found, "", 0)
        is_newer = note["number"] >= len(self.notes)
        if note["epoch"] >= len(self.epochs):
            raise Bad("log.rolled-back" if is_newer else "epoch.missing", "", 0)
        found = self.judge_signatures(note, taken[1])
        if not found and is_newer:
            found = "log.rolled-back"
        if not found and self.notes[note["number"]]["text"] != note["text"]:
            found = "log.forked"
        if found:
            raise Bad(found, "", 0)

    # proofs
    def read_proof(self, data):
        found = self.judge_proof(data)
        if found:
            raise Bad(found, "", 0)

    def judge_proof(self, data):
        lines = data.split(b"\n")
        if lines.pop() or not lines or lines.pop(0) != b"akashi proof 1":
            return "proof.malformed"

        def take(name, parse):
            if not lines or not lines[0].startswith(name):
                return None
            return parse(lines.pop(0)[len(name):])

        def take_path(name):
            path = []
            while lines and lines[0].startswith(name):
                path.append(parse_base64(lines.pop(0)[len(name):], 32))
            return None if None in path or len(path) > 64 else path

        entry, size = take(b"entry ", parse_number), take(b"size ", parse_number)
        body, index = take(b"header ", parse_base64), take(b"record-index ", parse_number)
        if lines and lines[0].startswith(b"leaf "):
            leaf = take(b"leaf ", functools.partial(parse_base64, count=32))
        else:
            blind = take(b"blind ", functools.partial(parse_base64, count=16))
            record = take(b"record ", parse_base64)
            leaf = None if blind is None or record is None else sha256(b"\0" + blind + record)
        path, log_path = take_path(b"path "), take_path(b"log ")
        if None in (entry, size, body, index, leaf, path, log_path) or lines != [b"end"] or \
                len(body) > 1024:
            return "proof.malformed"
        roots = [note["root"] for note in self.notes if note["size"] == size]
        if entry >= size or not roots:
            return "proof.unsealed"
        if body != self.bodies[entry]:
            return "proof.spliced"
        header = parse_header(body[40:]) if body[4] == 2 else None
        if header is None:
            return "proof.malformed"
        if path_root(self.leaves[entry], entry, size, log_path) != roots[0]:
            return "proof.log"
        if index >= header["count"] or path_root(leaf, index, header["count"], path) != header["root"]:
            return "proof.record"
        return None


def verify(key_text, files, given=None):
    """files: name -> bytes. Returns `holds`, `ID FILE [WHERE NUMBER]`, or None: no key."""
    key = parse_key(key_text)
    if key is None:
        return None
    log = Log(*key)
    name = "chain.log"
    try:
        log.read_entries(files.get(name, b""))
        name = "checkpoints.txt"
        log.read_notes(files.get(name, b""))
        if given is not None:
            name = "--checkpoint"
            log.read_given(given)
        for name in sorted(name for name in files if name.endswith(".proof") and len(name) > 6):
            log.read_proof(files[name])
    except Bad as bad:
        found, where, number = bad.args
        if where:
            name = {"entry": "chain.log", "checkpoint": "checkpoints.txt"}[where]
        return f"{found} {name}" + (f" {where} {number}" if where else "")
    return "holds"


def main(arguments):
    given = None
    if "--checkpoint" in arguments:
        at = arguments.index("--checkpoint")
        given = pathlib.Path(arguments[at + 1]).read_bytes()
        del arguments[at:at + 2]
    if len(arguments) != 3 or arguments[0] != "--key":
        sys.exit(__doc__)
    folder = pathlib.Path(arguments[2])
    files = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    verdict = verify(pathlib.Path(arguments[1]).read_bytes(), files, given)
    print(verdict or "no key")
    return 2 if verdict is None else verdict != "holds"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
