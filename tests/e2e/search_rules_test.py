#!/usr/bin/env python3
"""akashi search --rules: the same logs looked through as files (akashi detect) and out of the store, packed
and not yet sealed, give the same findings: of rules over events, over records, and of correlations.

usage: search_rules_test.py BUILD
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
AKASHI = BUILD / "akashi"

OVER_EVENTS = """title: An encoded command
id: 5d0f3f0a-7f43-4b0c-9d7e-2c1f4e6a7b01
level: high
logsource: {product: windows, category: process_creation}
detection:
  encoded: {Image|endswith: '\\powershell.exe', CommandLine|contains: ' -enc '}
  condition: encoded
---
title: A word of the log
id: 5d0f3f0a-7f43-4b0c-9d7e-2c1f4e6a7b02
level: low
logsource: {product: windows}
detection:
  words: ['認証に失敗']
  condition: words
"""
OVER_RECORDS = """title: A failed log-on
id: 5d0f3f0a-7f43-4b0c-9d7e-2c1f4e6a7b03
name: failed_logon
level: medium
logsource: {product: akashi}
detection:
  failed: {event.action: LOGON_FAIL}
  condition: failed
---
title: Five failures of one user
id: 5d0f3f0a-7f43-4b0c-9d7e-2c1f4e6a7b04
level: high
correlation:
  type: event_count
  rules: [failed_logon]
  group-by: [user.name]
  timespan: 10m
  condition: {gte: 5}
  generate: true
"""


def processes(count, first=0):
    for number in range(first, first + count):
        encoded = number % 7 == 0
        yield json.dumps({
            "Channel": "Microsoft-Windows-Sysmon/Operational", "EventID": 1,
            "SourceName": "Microsoft-Windows-Sysmon", "Hostname": f"pc{number % 3}.example.com",
            "TimeCreated": f"2024-11-20T08:{number % 60:02}:{number // 60 % 60:02}.000Z",
            "EventRecordID": 100 + number, "User": "EXAMPLE\\tanaka",
            "Image": "C:\\Windows\\System32\\" + ("powershell.exe" if encoded else "cmd.exe"),
            "CommandLine": f"powershell -enc {number:08x}" if number % 14 == 0 else "cmd /c dir",
            "Message": "ユーザー認証に失敗しました" if number % 50 == 3 else "Process Create"},
            ensure_ascii=number % 2 == 0)


def log_ons(count):
    for number in range(count):
        user = ["root", "suzuki", "tanaka"][number % 3 if number % 5 else 0]
        said = "Failed" if number % 2 else "Accepted"
        yield (f"<38>1 2024-11-20T17:{number // 6 % 60:02}:{number % 6 * 10:02}Z gw sshd {800 + number} - - {said}"
               f" password for {user} from 192.0.2.{number % 9 + 1} port {50000 + number} ssh2")


class Place:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        key = self.folder / "akashi.key"
        key.write_bytes(os.urandom(32))
        key.chmod(0o400)
        self.env = dict(os.environ, CREDENTIALS_DIRECTORY=str(self.folder), LC_ALL="C.UTF-8", LANG="C.UTF-8",
                        XDG_CONFIG_HOME=str(self.folder), TZ="UTC")
        self.data = ["--data", str(self.folder / "data")]
        self.rules = {}
        for name, text in [("events", OVER_EVENTS), ("records", OVER_RECORDS),
                           ("both", OVER_EVENTS + "---\n" + OVER_RECORDS)]:
            path = self.folder / (name + ".yml")
            path.write_text(text)
            self.rules[name] = str(path)

    def write(self, name, lines):
        path = self.folder / name
        path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
        return str(path)

    def run(self, *words):
        done = subprocess.run([AKASHI, *words, "--lang", "en"], env=self.env, check=False, capture_output=True,
                              timeout=120)
        return done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8")


def findings(text):
    """In no order: a live file and a store come in different ones."""
    found = []
    for line in text.splitlines():
        finding = json.loads(line)
        if "evidence" in finding:
            finding["evidence"] = sorted(finding["evidence"])
        found.append(json.dumps(finding, sort_keys=True))
    return sorted(found)


def compare(place, files):
    wrong = []
    for name, rules in place.rules.items():
        status, said, words = place.run("detect", "--rules", rules, *files)
        assert status == 0, words
        wanted = findings(said)
        assert len(wanted) > 3, (name, wanted)
        status, said, words = place.run("search", "--rules", rules, *place.data)
        assert status == 0, words
        if findings(said) != wanted:
            wrong.append(f"{name}: {len(wanted)} in files, {len(findings(said))} in the store")
    return wrong


def same_findings(place):
    first = place.write("processes.json", processes(400))
    second = place.write("auth.log", log_ons(120))
    assert place.run("import", first, second, *place.data)[0] == 0
    wrong = compare(place, [first, second])
    assert place.run("store", "pack", "--now", *place.data)[0] == 0
    third = place.write("more.json", processes(30, 400))
    assert place.run("import", third, *place.data)[0] == 0
    return wrong + compare(place, [first, second, third])


def filter_narrows(place):
    rules = place.rules["events"]
    some = place.run("search", "--rules", rules, "host.name:pc1.example.com", *place.data)
    everything = place.run("search", "--rules", rules, *place.data)
    none = place.run("search", "--rules", rules, "host.name:absent", "--fail-if-none", *place.data)
    wrong = [] if 0 < len(findings(some[1])) < len(findings(everything[1])) else ["the filter is not asked"]
    return wrong + ([] if none[0] == 1 and not none[1] else ["exit status of nothing found"])


def tables_are_refused(place):
    status, said, words = place.run("search", "--rules", place.rules["events"], "| stats count()", *place.data)
    return [] if status == 2 and not said and "--rules" in words else [f"{status} {words}"]


def holds(case, place):
    wrong = case(place)
    assert not wrong, "\n".join(wrong)


def main():
    with tempfile.TemporaryDirectory() as folder:
        place = Place(folder)
        return cases.run([(case.__name__, functools.partial(holds, case, place))
                          for case in (same_findings, filter_narrows, tables_are_refused)])


if __name__ == "__main__":
    sys.exit(main())
