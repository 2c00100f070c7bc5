#!/usr/bin/env python3
"""Backup, restore, export and change of key with the real programs, the backup beside a running server.

usage: backup_test.py BUILD
"""
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

BUILD = pathlib.Path(sys.argv[1]).resolve()
AKASHI = BUILD / "akashi"
VERIFY = BUILD / "akashi-verify"
WAIT_SECONDS = 120


class Place:
    def __init__(self, folder):
        self.folder = pathlib.Path(tempfile.mkdtemp(dir=folder))
        self.data = self.folder / "data"
        self.to = self.folder / "backup"
        self.config = self.folder / "akashi.yaml"
        self.config.write_text("store:\n  segment_mib: 1\ncommit:\n  kib: 64\n")
        self.key = self.folder / "keys" / "akashi.key"
        self.key.parent.mkdir()
        self.set_key(os.urandom(32))

    def set_key(self, content):
        self.key.unlink(missing_ok=True)
        self.key.write_bytes(content)
        self.key.chmod(0o400)

    def env(self):
        return dict(os.environ, CREDENTIALS_DIRECTORY=str(self.key.parent), LC_ALL="C.UTF-8")

    def run(self, *words, data=None, want=0):
        """Words: the command and what follows; returns stdout and stderr."""
        done = subprocess.run(
            [AKASHI, words[0], "--data", data or self.data, "--config", self.config, *words[1:]],
            env=self.env(), check=False, capture_output=True, timeout=WAIT_SECONDS)
        said = done.stderr.decode("utf-8")
        assert done.returncode == want, f"{words}: exit {done.returncode}: {said[-2000:]}"
        return done.stdout.decode("utf-8"), said

    def count(self, query, data=None):
        out, _ = self.run("search", query, "--limit", "0", "--format", "json", data=data)
        return out.count("\n")

    def serve(self):
        said = self.folder / "said.txt"
        with said.open("wb") as to:
            server = subprocess.Popen(
                [AKASHI, "serve", "--data", self.data, "--config", self.config, "--http", "0",
                 "--syslog", "0"], env=self.env(), stderr=to)
        for _ in range(300):
            for line in said.read_text("utf-8").splitlines():
                if line.startswith("ready"):
                    return server, int(line.rsplit("=", 1)[1])
            time.sleep(0.1)
        raise AssertionError("the server did not start")


def lines(kind, count):
    return "".join(f"Nov 20 10:{i // 60 % 60:02}:{i % 60:02} gw sshd[{i}]: Failed password for {kind}{i % 5}"
                   f" from 192.0.2.{i % 250} port {i % 60000} ssh2 number {i}\n" for i in range(count))


def beside_a_server(place):
    """Generations are made while logs come in; each is restored, holds, and has what was committed."""
    server, port = place.serve()
    sent = []

    def send():
        with socket.create_connection(("127.0.0.1", port)) as connection:
            while server.poll() is None and len(sent) < 60:
                connection.sendall(lines("person", 600).encode("utf-8"))
                sent.append(600)
                time.sleep(0.05)

    sender = threading.Thread(target=send)
    sender.start()
    before = []
    for _ in range(4):
        time.sleep(0.7)
        before.append(place.count("Failed password"))
        place.run("backup", place.to)
    sender.join()
    server.send_signal(signal.SIGTERM)
    assert server.wait(timeout=WAIT_SECONDS) == 0
    out, _ = place.run("backup", "list", place.to, "--format", "json")
    generations = [json.loads(line) for line in out.splitlines()]
    assert len(generations) == 4 and before[-1] > before[0] > 0, (before, generations)
    place.run("backup", "check", place.to)
    for generation, least in zip(generations, before):
        back = place.folder / f"back{generation['generation']}"
        out, said = place.run("restore", place.to, "--generation", str(generation["generation"]),
                              data=back)
        assert out.startswith("holds") and said.count(generation["root"]) == 2, said
        found = place.count("Failed password", data=back)
        assert found >= least, f"generation {generation}: {found} rows, {least} were committed"
    print(f"# committed before each: {before}; sent {sum(sent)}")
    place.run("backup", "drill", place.to)
    assert not (place.folder / "data.drill").exists()
    place.run("restore", place.to, data=place.data, want=2)  # never over anything


def a_backup_says_what_is_wrong(place):
    logs = place.folder / "auth.log"
    logs.write_text(lines("someone", 20000))
    place.run("import", logs)
    place.run("backup", place.to)
    for path in list(place.to.rglob("*")):
        if path.is_file():
            assert b"someone1" not in path.read_bytes() and place.key.read_bytes() not in path.read_bytes()
    objects = sorted(path for path in (place.to / "objects").rglob("*") if path.is_file())
    largest = max(objects, key=lambda path: path.stat().st_size)
    content = bytearray(largest.read_bytes())
    content[len(content) // 2] ^= 1
    largest.write_bytes(content)
    out, _ = place.run("backup", "check", place.to, want=1)
    assert "changed" in out, out
    _, said = place.run("restore", place.to, data=place.folder / "back", want=2)
    assert "damaged" in said, said
    _, said = place.run("search", "someone1", data=place.folder / "back", want=2)
    assert "restore" in said, said
    place.run("backup", place.to)
    place.run("restore", place.to, data=place.folder / "back")
    _, said = place.run("backup", place.data / "inside", want=2)
    assert "another folder" in said, said


def an_export_holds_alone(place):
    logs = place.folder / "auth.log"
    text = lines("suzuki", 3000)
    logs.write_text(text)
    place.run("import", logs)
    out = place.folder / "out"
    place.run("export", "suzuki3", "--out", out, "--proof")
    wanted = [line for line in text.splitlines() if "suzuki3" in line]
    assert (out / "raw.log").read_text().splitlines() == wanted
    records = [json.loads(line) for line in (out / "records.jsonl").read_text().splitlines()]
    raw = (out / "raw.log").read_bytes()
    for record, line in zip(records, wanted):
        at = record["_raw_offset"]
        assert raw[at:at + record["_raw_bytes"]].decode() == line
    assert (out / "README.txt").read_text("utf-8").count("akashi-verify") == 2
    key = place.folder / "given.txt"
    shutil.copy(out / "first-key.txt", key)

    def judge():
        return subprocess.run([VERIFY, "--key", key, out], capture_output=True, check=False).returncode

    assert judge() == 0
    judged = [path for path in out.iterdir()
              if path.suffix == ".proof" or path.name in ("raw.log", "chain.log", "checkpoints.txt")]
    dice = random.Random(20261120)
    for _ in range(120):
        path = dice.choice(judged)
        content = path.read_bytes()
        changed = bytearray(content)
        changed[dice.randrange(len(changed))] ^= 1 << dice.randrange(8)
        path.write_bytes(changed)
        assert judge() == 1, f"a changed byte of {path.name} was not noticed"
        path.write_bytes(content)
    (out / "raw.log").write_bytes(raw + b"one more\n")
    assert judge() == 1
    (out / "raw.log").write_bytes(raw)
    assert judge() == 0
    _, said = place.run("export", "suzuki3", "--out", out, want=2)
    assert "not empty" in said, said
    place.run("export", "suzuki3 | stats count() by user.name", "--out", place.folder / "x", want=2)


def a_key_is_changed(place):
    logs = place.folder / "auth.log"
    logs.write_text(lines("tanaka", 4000))
    place.run("import", logs)
    server, _ = place.serve()
    new = place.folder / "new" / "store.key"
    _, said = place.run("store", "rekey", "--new-key-file", new, want=2)
    assert "another Akashi" in said, said
    server.send_signal(signal.SIGTERM)
    assert server.wait(timeout=WAIT_SECONDS) == 0
    _, said = place.run("store", "rekey", "--new-key-file", new)
    assert "store.key_file" in said, said
    _, said = place.run("search", "tanaka1", want=2)  # the old one opens nothing
    assert "another key" in said, said
    place.set_key(new.read_bytes())
    place.run("verify")
    assert place.count("tanaka1") == 800
    passphrase = place.folder / "passphrase"
    passphrase.write_text("correct horse battery staple\n")
    passphrase.chmod(0o400)
    place.run("store", "rekey", "--new-passphrase-file", passphrase)
    place.config.write_text(f"store:\n  passphrase_file: {passphrase}\n")
    out, _ = place.run("verify")
    assert out.startswith("holds")
    out, _ = place.run("import", logs)  # it can be written to, and repeats are known
    assert place.count("tanaka1") == 800
    out, _ = place.run("store", "status", "--format", "json")
    status = json.loads(out)
    assert status["rows"] == 4000 and status["chain"] and status["public_key"].startswith("akashi/"), status


WRITTEN = {  # of the data folder, by people and the page
    "packs.switched": "-windows\n",
    "exceptions.jsonl": '{"id":"1"}\n',
    "company.yaml": "watch: [{name: leavers, of: users, file: lists/leavers.csv}]\n",
    "lists/leavers.csv": "value,until\nyamada,2099-12-31\n",
    "sources/door.yaml": "name: door\n",
    "rules/own.yml": "title: own\n",
    "packs/own.pack": "a pack\n",
}
BESIDE = {  # of the folder of the configuration; where a restore puts it
    "company.yaml": ("settings/company.yaml", "sites: [{name: Osaka, networks: [10.1.0.0/16]}]\n"),
    "sources/gate.yaml": ("settings.sources/gate.yaml", "name: gate\n"),
}


def what_people_wrote_comes_back(place):
    logs = place.folder / "auth.log"
    logs.write_text(lines("kato", 50))
    place.run("import", logs)
    for name, text in WRITTEN.items():
        (place.data / name).parent.mkdir(exist_ok=True)
        (place.data / name).write_text(text)
    for name, (_, text) in BESIDE.items():
        (place.folder / name).parent.mkdir(exist_ok=True)
        (place.folder / name).write_text(text)
    _, said = place.run("backup", place.to)
    assert "files are not in" not in said, said
    (place.data / "rules" / "名前.yml").write_text("title: own\n")
    _, said = place.run("backup", place.to)
    assert "1 files are not in the backup" in said and "名前.yml" in said, said
    back = place.folder / "back"
    out, said = place.run("restore", place.to, data=back)
    assert out.startswith("holds") and f"{back}/settings" in said, said
    for name, text in WRITTEN.items():
        assert (back / name).read_text() == text, name
    for _, (name, text) in BESIDE.items():
        assert (back / name).read_text() == text, name
    assert (back / "settings" / "akashi.yaml").read_text() == place.config.read_text()
    assert not any(place.key.read_bytes() in path.read_bytes() for path in back.rglob("*") if path.is_file())
    assert place.count("kato1", data=back) == 10


TESTS = [beside_a_server, what_people_wrote_comes_back, a_backup_says_what_is_wrong, an_export_holds_alone, a_key_is_changed]


def main():
    failed = 0
    only = sys.argv[2] if len(sys.argv) > 2 else ""
    chosen = [test for test in TESTS if only in test.__name__]
    with tempfile.TemporaryDirectory() as folder:
        for number, test in enumerate(chosen, 1):
            try:
                test(Place(folder))
                print(f"ok {number} - {test.__name__}", flush=True)
            except (AssertionError, OSError, subprocess.SubprocessError, ValueError) as failure:
                failed += 1
                for line in str(failure).splitlines()[:10]:
                    print("# " + line)
                print(f"not ok {number} - {test.__name__}", flush=True)
    print(f"1..{len(chosen)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
