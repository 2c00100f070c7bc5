#!/usr/bin/env python3
"""Files that grow, followed: each line once, through rotation, truncation, packing, kill -9.

usage: collect_follow_test.py BUILD_FOLDER [NAME]    (prints TAP; NAME: only the cases that contain it)
"""
import gzip
import os
import random
import shutil
import sys
import threading
import time

from collect_kit import Place, Server, WAIT_SECONDS, event, expect_each_once, run_cases, wait_for


class Writer:
    """A program that logs, line by line, and the rotations that happen to it."""

    def __init__(self, path, name):
        self.path, self.name, self.count, self.file = path, name, 0, open(path, "a")

    def write(self, count):
        for _ in range(count):
            self.file.write(f"2026-11-20T17:40:{self.count % 60:02} gw app: {event(self.name, self.count)}\n")
            self.count += 1
        self.file.flush()

    def rename(self, to):
        os.rename(self.path, to)
        self.file.write(f"late {event(self.name, self.count)}\n")  # still into the old one
        self.count += 1
        self.file.close()
        self.file = open(self.path, "a")

    def copytruncate(self, to):
        shutil.copyfile(self.path, to)
        self.file.truncate(0)

    def pack(self, path):
        with open(path, "rb") as plain, gzip.open(f"{path}.gz", "wb") as packed:
            shutil.copyfileobj(plain, packed)
        os.unlink(path)


def place_for(folder, patterns, more=""):
    place = Place(folder, [])
    logs = folder / "logs"
    logs.mkdir()
    paths = ",".join(str(logs / pattern) for pattern in patterns)
    place.config.write_text(f"detect:\n  packs: none\nfollow:\n  paths: {paths}\n{more}")
    return place, logs


def expect_all(place, writer):
    wait_for(lambda: sum(1 for key in place.counts() if key[0] == writer.name) >= writer.count, 25)
    expect_each_once(place.counts(), writer.name, writer.count)


def grows_and_rotates(folder):
    place, logs = place_for(folder, ["app.log*"])
    writer = Writer(logs / "app.log", "rename")
    writer.write(100)
    with Server(place) as server:
        expect_all(place, writer)
        for turn in range(3):
            writer.write(500)
            writer.rename(logs / f"app.log.{turn}")
            writer.write(500)
            expect_all(place, writer)
        server.stop()


def copied_and_truncated(folder):
    place, logs = place_for(folder, ["app.log*"])
    writer = Writer(logs / "app.log", "copy")
    with Server(place) as server:
        for turn in range(3):
            writer.write(400)
            expect_all(place, writer)
            writer.write(50)  # perhaps read from the copy only
            writer.copytruncate(logs / f"app.log.{turn}")
            time.sleep(2.5 * (turn % 2))
            writer.write(30)
            expect_all(place, writer)
        server.stop()


def packed_once(folder):
    """Rotated and packed while the server was away: what was not read yet is, and nothing twice."""
    place, logs = place_for(folder, ["*"])
    writer = Writer(logs / "app.log", "packed")
    with Server(place) as server:
        writer.write(300)
        expect_all(place, writer)
        server.stop()
    writer.write(200)
    writer.rename(logs / "app.log.1")
    writer.pack(logs / "app.log.1")
    writer.write(100)
    with Server(place) as server:
        expect_all(place, writer)
        server.stop()
    with Server(place) as server:
        time.sleep(3)
        expect_each_once(place.counts(), "packed", writer.count)
        server.stop()


def many_files_in_folders(folder):
    place, logs = place_for(folder, ["*/app-?.log", "flat"])
    writers = []
    (logs / "flat").mkdir()
    for number in range(6):
        home = logs / f"site-{number % 3}" if number < 5 else logs / "flat"
        home.mkdir(exist_ok=True)
        writers.append(Writer(home / f"app-{number}.log", "f" + "abcdef"[number]))
        writers[-1].write(50)
    (logs / "site-0/app-10.log").write_text(event("no", 0) + "\n")
    with Server(place) as server:
        for writer in writers:
            writer.write(70)
        for writer in writers:
            expect_all(place, writer)
        assert not any(name == "no" for name, _ in place.counts()), "a file that was not meant"
        server.stop()


def from_the_end(folder):
    place, logs = place_for(folder, ["app.log"], "  from: end\n")
    writer = Writer(logs / "app.log", "end")
    (logs / "app.log").write_text(f"old {event('old', 0)}\n")
    with Server(place) as server:
        time.sleep(1)
        writer.write(40)
        expect_all(place, writer)
        assert not any(name == "old" for name, _ in place.counts())
        server.stop()


def killed_while_it_grows(folder):
    place, logs = place_for(folder, ["app.log*"])
    writer = Writer(logs / "app.log", "kill")
    chance, over = random.Random(3), threading.Event()

    def write_on():
        turn = 0
        while not over.is_set():
            writer.write(200)
            time.sleep(0.01)
            turn += 1
            if turn % 100 == 50:
                writer.rename(logs / f"app.log.{turn}")

    server = Server(place)
    program = threading.Thread(target=write_on)
    program.start()
    try:
        for _ in range(5):
            time.sleep(chance.uniform(0.2, 0.8))
            server.kill()
            server = Server(place)
        over.set()
        program.join(WAIT_SECONDS)
        expect_all(place, writer)
        server.stop()
    finally:
        over.set()
        server.kill()
    return f"{writer.count} lines over 5 kills"


def odd_lines(folder):
    """A line longer than is taken whole, bytes that are no text, a last line without its end."""
    place, logs = place_for(folder, ["odd.log"])
    with open(logs / "odd.log", "wb") as odd:
        odd.write(event("odd", 0).encode() + b" " + b"x" * 600000 + b"\n")
        odd.write(b"\xff\xfe\x00 " + event("odd", 1).encode() + b"\r\n\n\n")
        odd.write("\u65e5\u672c ".encode("cp932") + event("odd", 2).encode() + b"\n")
        odd.write(event("odd", 3).encode())
        odd.flush()
        with Server(place) as server:
            wait_for(lambda: len(place.counts()) >= 3, 20)
            assert ("odd", 3) not in place.counts(), "a line was taken before its end"
            odd.write(b"\n")
            odd.flush()
            wait_for(lambda: ("odd", 3) in place.counts(), 20)
            expect_each_once(place.counts(), "odd", 4)
            server.stop()


CASES = [
    ("grows and is renamed", grows_and_rotates),
    ("copied and truncated", copied_and_truncated),
    ("packed while away", packed_once),
    ("many files in folders", many_files_in_folders),
    ("from the end", from_the_end),
    ("killed while it grows", killed_while_it_grows),
    ("odd lines", odd_lines),
]

if __name__ == "__main__":
    sys.exit(run_cases(CASES))
