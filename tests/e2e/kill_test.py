#!/usr/bin/env python3
"""kill -9 of the real program under every input that stores, many times.

usage: kill_test.py BUILD_FOLDER [NAME]    (prints TAP; NAME: only the cases that contain it)

AKASHI_HARD_KILLS kills (50; ./dev long: 10,000), half of them under `akashi import`, half under `akashi
serve` with a syslog connection. After each: nothing that was acknowledged, that is told in the summary of
an import or found by a search, is lost; nothing is there twice; of each source there is a beginning
without a gap, in the order it was sent; and the same import again adds what is missing and nothing else.
Files are closed at 1 MiB and commits are small, so that kills meet commits, closing and sealing.
AKASHI_SEED repeats the same delays.
"""
import json
import os
import pathlib
import random
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse

import server_ask

AKASHI = pathlib.Path(sys.argv[1]).resolve() / "akashi"
KILLS = int(os.environ.get("AKASHI_HARD_KILLS", "50"))
FOLDER_KILLS = 10  # then a new data folder, so that checking stays quick
IMPORT_LINES = 3000  # over 2 MiB: each import closes files
WAIT_SECONDS = 120
LINE_ID = re.compile(r"line-(\d+)-(\d+)-end")
READY = re.compile(rb"^ready http=(\d+) syslog=(\d+)$", re.MULTILINE)


class Place:
    """A data folder with its key and settings."""

    def __init__(self, folder):
        self.folder = pathlib.Path(tempfile.mkdtemp(dir=folder))
        self.data = self.folder / "data"
        key = self.folder / "akashi.key"
        key.write_bytes(secrets.token_bytes(32))
        key.chmod(0o400)
        self.config = self.folder / "akashi.yaml"
        self.config.write_text("store:\n  segment_mib: 1\ncommit:\n  kib: 64\n")
        self.token = None  # of a server on it, once it has an administrator
        self.env = dict(os.environ, CREDENTIALS_DIRECTORY=str(self.folder), LC_ALL="C.UTF-8")

    def command(self, name, *words):
        return [AKASHI, name, "--data", self.data, "--config", self.config, *words]

    def present(self):
        """By source: the numbers of its lines in the order in which they were stored."""
        done = subprocess.run(
            self.command("search", "| fields _raw", "--format", "json", "--limit", "0"),
            capture_output=True, text=True, timeout=WAIT_SECONDS, check=False, env=self.env)
        assert done.returncode == 0, f"exit {done.returncode}: {done.stderr[-500:]}"
        found = {}
        for row in done.stdout.splitlines():
            if "akashi.operator." in row:
                continue  # what the server's own operator log says
            ids = set(LINE_ID.findall(row))
            assert len(ids) == 1, f"{len(ids)} messages in one row: {row[:300]}"
            source, number = ids.pop()
            found.setdefault(int(source), []).append(int(number))
        return found

    def remove(self):
        shutil.rmtree(self.folder)


def expect_beginning(source, numbers):
    """Numbers 0 to n - 1, each once."""
    numbers = sorted(numbers)
    if numbers == list(range(len(numbers))):
        return
    doubled = sorted({a for a, b in zip(numbers, numbers[1:]) if a == b})
    assert not doubled, f"source {source}: {len(doubled)} lines twice, first {doubled[:3]}"
    gap = next(at for at, number in enumerate(numbers) if at != number)
    raise AssertionError(f"source {source}: line {gap} is missing, though later ones are there")


def expect_kept(acknowledged, present):
    """acknowledged: how many lines of each source must be there."""
    for source, count in acknowledged.items():
        numbers = present.get(source, [])
        assert len(numbers) >= count, \
            f"source {source}: {count} lines were acknowledged, {len(numbers)} are there"
    for source, numbers in present.items():
        expect_beginning(source, numbers)


def input_file(place, source):
    path = place.folder / f"source-{source}.log"
    filler = "of a message that is long enough to fill a file of the store before the next kill " * 10
    with path.open("w") as out:
        for number in range(IMPORT_LINES):
            out.write(f"<13>Nov 20 17:40:{number % 60:02} gw app[{number}]: "
                      f"line-{source}-{number}-end {filler}\n")
    return path


def whole_import(place, path):
    """Returns the seconds it took, after checking that it told an end."""
    begun = time.monotonic()
    done = subprocess.run(place.command("import", path), capture_output=True, text=True,
                          timeout=WAIT_SECONDS, check=False, env=place.env)
    assert done.returncode == 0 and "imported:" in done.stderr, \
        f"exit {done.returncode}: {done.stderr[-500:]}"
    return time.monotonic() - begun


def killed_import(place, path, delay):
    """True when the kill came before the end."""
    process = subprocess.Popen(place.command("import", path), stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL, env=place.env)
    time.sleep(delay)
    process.send_signal(signal.SIGKILL)
    return process.wait(WAIT_SECONDS) == -signal.SIGKILL


class ImportCase:
    """One data folder's worth of kills."""

    def __init__(self, folder, chance):
        self.place, self.chance = Place(folder), chance
        self.acknowledged = {}
        self.usual = whole_import(self.place, input_file(self.place, 0))
        self.acknowledged[0] = IMPORT_LINES
        self.partial = 0

    def one(self, source):
        """A kill, often two of the same import, then the import in peace. Returns kills that hit."""
        path = input_file(self.place, source)
        hit = 0
        for _ in range(self.chance.choice((1, 1, 2))):
            hit += killed_import(self.place, path, self.chance.uniform(0.0, 1.2) * self.usual)
            present = self.place.present()
            expect_kept(self.acknowledged, present)
            self.partial += 0 < len(present.get(source, [])) < IMPORT_LINES
        whole_import(self.place, path)
        self.acknowledged[source] = IMPORT_LINES
        expect_kept(self.acknowledged, self.place.present())
        path.unlink()
        return hit


def kills_under_import(folder, chance, kills):
    hit = partial = 0
    while hit < kills:
        case = ImportCase(folder, chance)
        until, source = min(kills, hit + FOLDER_KILLS), 1
        while hit < until:
            hit += case.one(source)
            source += 1
            assert source < FOLDER_KILLS * 20, "imports end before they can be killed"
        partial += case.partial
        case.place.remove()
    return f"{hit} kills, {partial} of them with a part of the file stored"


class Server:
    def __init__(self, place):
        begun = time.monotonic()
        self.said = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            place.command("serve", "--listen", "127.0.0.1", "--http", "0", "--syslog", "0"),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=self.said, env=place.env)
        found = None
        while not found:
            words = os.pread(self.said.fileno(), 1 << 20, 0)
            found = READY.search(words)
            ended = self.process.poll() is not None
            late = time.monotonic() - begun > WAIT_SECONDS
            assert found or not (ended or late), "not ready: " + words.decode()[-500:]
            time.sleep(0.002)
        self.http_port, self.syslog_port = int(found.group(1)), int(found.group(2))
        self.ready_seconds = time.monotonic() - begun
        self.page = server_ask.Page(self.http_port)
        if not place.token:
            place.token = self.page.set_up(server_ask.code_of(words.decode())).make_token()
        self.page.token = place.token

    def found(self, source):
        """How many lines of a source a search finds now."""
        asked = urllib.parse.urlencode({"q": f'"line-{source}-" | stats count()'})
        lines = self.page.lines("/api/v1/search?" + asked)
        assert lines[-1]["end"]["complete"], lines
        cells = [line["cells"] for line in lines if "cells" in line]
        return cells[0][0] if cells else 0

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(WAIT_SECONDS)
        self.said.close()


def send_for(server, source, seconds):
    """Sends numbered lines; returns the connection, which stays open, and how many were sent."""
    sender = socket.create_connection(("127.0.0.1", server.syslog_port), timeout=WAIT_SECONDS)
    until, sent = time.monotonic() + seconds, 0
    while time.monotonic() < until:
        texts = [f"<13>line-{source}-{number}-end of a message " + "x" * 300
                 for number in range(sent, sent + 50)]
        sender.sendall(("\n".join(texts) + "\n").encode())
        sent += len(texts)
        time.sleep(0.001)
    return sender, sent


def one_served_kill(place, chance, source, acknowledged):
    """Returns the seconds until the server was ready."""
    server = Server(place)
    try:
        sender, _ = send_for(server, source, chance.uniform(0.0, 0.1))
        acknowledged[source] = server.found(source)
        more = chance.uniform(0.0, 0.08)  # commits, closes and seals go on meanwhile
        time.sleep(more)
    finally:
        server.kill()
    sender.close()
    return server.ready_seconds


def kills_under_serve(folder, chance, kills):
    hit, slowest, known = 0, 0.0, 0
    while hit < kills:
        place, acknowledged = Place(folder), {}
        for source in range(min(FOLDER_KILLS, kills - hit)):
            slowest = max(slowest, one_served_kill(place, chance, source, acknowledged))
            expect_kept(acknowledged, place.present())
            hit += 1
        known += sum(acknowledged.values())
        place.remove()
    assert known > 0, "no line was ever found before a kill"
    return f"{hit} kills, {known} lines found before them, slowest start {slowest:.2f} s"


CASES = [
    ("import loses and doubles nothing under kill -9", kills_under_import),
    ("serve loses and doubles nothing under kill -9", kills_under_serve),
]


def run_case(case, chance):
    folder = tempfile.mkdtemp(prefix="akashi-kill-")
    try:
        print("# " + case(folder, chance, max(1, KILLS // len(CASES))))
        return True
    except (AssertionError, OSError, subprocess.SubprocessError) as failure:
        for line in (str(failure) or repr(failure)).splitlines():
            print(f"# {line}")
        return False
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main():
    seed = int(os.environ.get("AKASHI_SEED", random.SystemRandom().randrange(1 << 32)))
    chosen = [case for case in CASES if len(sys.argv) < 3 or sys.argv[2] in case[0]]
    failed = 0
    print(f"1..{len(chosen)}\n# AKASHI_SEED={seed}")
    for number, (name, case) in enumerate(chosen, 1):
        held = run_case(case, random.Random(seed))
        failed += not held
        print(f"{'ok' if held else 'not ok'} {number} - {name}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
