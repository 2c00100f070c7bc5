#!/usr/bin/env python3
"""Writes the distinct values of a folder of zipped JSON lines, block by block, as tokens_bench reads
them: for each value le32 block, le32 length, bytes.

    bench/tokens/values.py [--rows N] [--by-file] FOLDER OUT     prints the raw bytes, events, blocks

A block is up to N events of one shape: the same channel and event number. A text of several lines
gives each line for itself, as a column that refers to other columns does.
"""
import argparse
import json
import pathlib
import struct
import zipfile


def events_of(folder):
    for path in sorted(folder.rglob("*.zip")):
        with zipfile.ZipFile(path) as archive:
            for name in sorted(archive.namelist()):
                with archive.open(name) as lines:
                    yield from ((str(path), line) for line in lines)


def add_values(name, value, seen):
    if isinstance(value, dict):
        for inner, what in value.items():
            add_values(f"{name}.{inner}", what, seen)
    elif isinstance(value, list):
        for what in value:
            add_values(name, what, seen)
    else:
        text = value if isinstance(value, str) else json.dumps(value)
        for line in text.split("\n"):
            seen.add((name, line.strip()))


class Blocks:
    """The open block of each shape; full ones are written."""

    def __init__(self, out, rows):
        self.out, self.rows, self.open, self.count, self.value_bytes = out, rows, {}, 0, 0

    def add(self, shape, event):
        seen, held = self.open.setdefault(shape, (set(), [0]))
        add_values("", event, seen)
        held[0] += 1
        if held[0] >= self.rows:
            self.seal(shape)

    def seal(self, shape):
        for _, value in sorted(self.open.pop(shape)[0]):
            text = value.encode("utf-8", "surrogatepass")
            self.out.write(struct.pack("<II", self.count, len(text)) + text)
            self.value_bytes += len(text)
        self.count += 1

    def end(self):
        for shape in list(self.open):
            self.seal(shape)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=16384)
    parser.add_argument("--by-file", action="store_true", help="no block over two files")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    options = parser.parse_args()
    raw_bytes = events = 0
    last_path = None
    with options.out.open("wb") as out:
        blocks = Blocks(out, options.rows)
        for path, line in events_of(options.folder):
            raw_bytes += len(line)
            try:
                event = json.loads(line)
            except ValueError:
                continue
            if options.by_file and path != last_path:
                blocks.end()
            last_path = path
            events += 1
            blocks.add((event.get("Channel"), event.get("EventID")), event)
        blocks.end()
    print(raw_bytes, events, blocks.count, blocks.value_bytes)


if __name__ == "__main__":
    main()
