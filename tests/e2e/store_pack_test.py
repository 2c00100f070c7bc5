#!/usr/bin/env python3
"""akashi store pack: logs are imported, packed and asked again. All answers are as before, the store holds,
the same logs add nothing, a file that has grown adds its new lines alone, and the files are smaller.

usage: store_pack_test.py BUILD
"""
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile

BUILD = pathlib.Path(sys.argv[1]).resolve()
AKASHI = BUILD / "akashi"
QUESTIONS = ["powershell", "user.name:tanaka", "event.code:4624 | stats count() by host.name",
             "タスク | stats count()", "notthere"]


def events(count, first=0):
    """Windows events: some with their record number, some without; some lines stand there twice."""
    chance = random.Random(first)
    for number in range(first, first + count):
        event = {"EventID": chance.choice([4624, 4688, 4663]), "Channel": "Security",
                 "Hostname": f"PC{number % 5:02}.example.com",
                 "TimeCreated": f"2026-03-{1 + number // 2000:02}T{number // 200 % 10:02}:"
                                f"{number // 4 % 50:02}:{number % 60:02}.000Z",
                 "SubjectUserName": chance.choice(["tanaka", "suzuki", "佐藤"]),
                 "Message": chance.choice(["powershell started", "タスクが作成されました", "logon"])}
        if number % 3:
            event["EventRecordID"] = 1000 + number
        line = json.dumps(event, ensure_ascii=False)
        yield line
        if number % 10 == 0 and number % 3 == 0:
            yield line


class Place:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        key = self.folder / "akashi.key"
        key.write_bytes(os.urandom(32))
        key.chmod(0o400)
        config = self.folder / "akashi.yaml"
        config.write_text("store.segment_mib: 1\n")
        self.env = dict(os.environ, CREDENTIALS_DIRECTORY=str(self.folder), LC_ALL="C.UTF-8",
                        LANG="C.UTF-8")
        self.words = ["--data", str(self.folder / "data"), "--config", str(config), "--lang", "en"]

    def run(self, *words):
        done = subprocess.run([AKASHI, *words, *self.words], env=self.env, check=False,
                              capture_output=True, timeout=300)
        assert done.returncode in (0, 1, 2), done.stderr.decode()[-2000:]
        return done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8")

    def imported(self, path):
        said = self.run("import", str(path))[2]
        line = next(line for line in said.splitlines() if "imported:" in line)
        return int(line.split("imported:")[1].split()[0].replace(",", ""))

    def answers(self):
        return [self.run("search", "--limit", "100000", "--format", "json", question)[1]
                for question in QUESTIONS]

    def segments(self):
        files = list((self.folder / "data" / "segments").glob("*.seg"))
        return len(files), sum(file.stat().st_size for file in files)


def main():
    with tempfile.TemporaryDirectory() as folder:
        place = Place(folder)
        lines = list(events(12000))
        logs = place.folder / "events.json"
        logs.write_text("\n".join(lines) + "\n", "utf-8")
        first = place.imported(logs)
        assert first >= len(lines), (first, len(lines))  # records made of several events beside them
        before, files = place.answers(), place.segments()
        assert files[0] > 2, files
        status, _, said = place.run("store", "pack", "--level", "3", "--now")
        assert status == 0 and "packed" in said, said
        packed = place.segments()
        assert packed[0] == 1 and packed[1] < files[1], (files, packed)
        assert place.answers() == before
        print("ok 1 - packed files give the same answers and are smaller")
        status, told, said = place.run("verify")
        assert status == 0 and "holds" in told, told + said
        print("ok 2 - the store holds")
        assert place.imported(logs) == 0
        logs.write_text("\n".join(lines + list(events(50, 20000))[:40]) + "\n", "utf-8")
        added = place.imported(logs)
        assert 40 <= added <= 120, added
        assert place.imported(logs) == 0
        print("ok 3 - the same logs add nothing, a grown file its new lines")
        place.run("store", "pack")
        assert "nothing to pack" in place.run("store", "pack")[2]
        assert place.run("store", "pack", "--level", "77")[0] == 2
        print("ok 4 - nothing to pack, and a level that is none, are said")
    print("1..4")


main()
