#!/usr/bin/env python3
"""Adds up what a `meson test` run did and closes with `N passed, N failed, N skipped`.

usage: tally.py BUILD_FOLDER/meson-logs/testlog.json
Each TAP line counts as one test; a program that died, or printed no TAP, counts as one failed.
"""
import json
import re
import sys

RESULT = re.compile(r"^(ok|not ok)\b(.*)$")


def tally_program(entry):
    passed = failed = 0
    skips = []
    for line in entry.get("stdout", "").splitlines():
        found = RESULT.match(line)
        if not found:
            continue
        if "# SKIP" in found.group(2):
            skips.append(found.group(2).strip(" -"))
        elif found.group(1) == "ok":
            passed += 1
        else:
            failed += 1
    if failed == 0 and entry["result"] not in ("OK", "SKIP", "EXPECTEDFAIL"):
        failed = 1
    elif passed == 0 and failed == 0 and not skips and entry["result"] == "OK":
        passed = 1
    return passed, failed, skips


def main():
    totals = [0, 0, 0]
    with open(sys.argv[1], encoding="utf-8") as log:
        for line in log:
            entry = json.loads(line)
            passed, failed, skips = tally_program(entry)
            totals = [totals[0] + passed, totals[1] + failed, totals[2] + len(skips)]
            for skip in skips:
                print(f"skipped: {entry['name']}: {skip}")
            if failed:
                print(f"FAILED: {entry['name']} ({entry['result']})")
    print(f"{totals[0]} passed, {totals[1]} failed, {totals[2]} skipped")
    sys.exit(1 if totals[1] or totals[0] == 0 else 0)


if __name__ == "__main__":
    main()
