#!/usr/bin/env python3
"""The benchmarks of store and search on a small input of our own, without peers: each count must be the
known one, by command and by server, and every raw line must come back as it was.

usage: bench_test.py BUILD_FOLDER    (prints TAP)
"""
import functools
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import cases

BUILD = pathlib.Path(sys.argv[1]).resolve()
BENCH = pathlib.Path(__file__).resolve().parents[2] / "bench"
LINES = 3000
COUNTED = ("rare token", "absent token", "two words, both", "Japanese", "regular expression, rare")
LIMIT_MIB = 4096  # sanitizers take much more than the program


def write_input(path):
    with path.open("w", encoding="utf-8") as out:
        for number in range(LINES):
            minute, second = divmod(number, 60)
            event = {
                "@timestamp": f"2026-11-20T08:{minute:02}:{second:02}.000Z",
                "Hostname": f"host{number % 7}.example.com",
                "EventID": 4624 + number % 5,
                "Channel": "Security",
                "Message": f"standard account number {number} came from 192.0.2.{number % 250}",
            }
            out.write(json.dumps(event) + "\n")


def bench(name, path, *options):
    """What it printed."""
    done = subprocess.run(
        [sys.executable, BENCH / name / "run", "--alone", "--rounds", "1", "--limit-mib",
         str(LIMIT_MIB), *options, path],
        capture_output=True, text=True, timeout=300, check=False,
        env={**os.environ, "AKASHI_BUILD": str(BUILD)})
    assert done.returncode == 0, f"exit {done.returncode}: {done.stderr[-1500:]}"
    assert "failed" not in done.stdout, done.stdout
    return done.stdout


def search_finds_what_was_planted(path):
    said = bench("search", path)
    assert "≠" not in said, said
    rows = [line for line in said.splitlines() if line.startswith(tuple(f"| {n}" for n in COUNTED))]
    assert len(rows) == 7, f"{len(rows)} questions with a known count: {said}"
    for row in rows:
        count = row.split("|")[2].strip()
        assert count.isdigit() and (int(count) > 0) != ("absent" in row), row


def store_gives_back_every_line(path):
    said = bench("store", path)
    assert f"{LINES:,} JSON lines" in said and "yes, every line" in said, said
    assert "done," in said, said


def scale_repeats_the_lines(path):
    said = bench("search", path, "--scale", "1,3")
    lines = [row.split("|")[3].strip() for row in said.splitlines() if row.startswith(("| 1 |", "| 3 |"))]
    planted = int(lines[0].replace(",", "")) - LINES
    assert planted > 0 and int(lines[1].replace(",", "")) == 3 * LINES + planted, said
    assert "≠" not in said, said


CASES = [search_finds_what_was_planted, store_gives_back_every_line, scale_repeats_the_lines]


def main():
    with tempfile.TemporaryDirectory(prefix="akashi-e2e-") as folder:
        path = pathlib.Path(folder) / "lines.json"
        write_input(path)
        return cases.run([(case.__name__, functools.partial(case, path)) for case in CASES])


if __name__ == "__main__":
    sys.exit(main())
