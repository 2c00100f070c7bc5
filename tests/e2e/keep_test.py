#!/usr/bin/env python3
"""Holds, retention and deletion by the program: what is held cannot be deleted, what is deleted is in no
answer and does not come back, the rest holds, for akashi verify, akashi-verify and the other implementation.

usage: keep_test.py BUILD
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

BUILD = pathlib.Path(sys.argv[1]).resolve()
SUPPORT = pathlib.Path(__file__).resolve().parent.parent / "support"
PEOPLE = ["tanaka", "suzuki", "sato", "ito", "kato"]
LINES = 3000


def log_lines():
    for i in range(LINES):
        who, word = PEOPLE[i * i % 5], "Accepted" if i % 3 else "Failed"
        yield (f"<38>Nov {1 + i % 19:2} {i % 24:02}:{i % 60:02}:00 gw sshd[{i + 100}]: {word} password for {who} "
               f"from 192.0.2.{i % 200} port {20000 + i} ssh2\n")


class Place:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.data = self.folder / "data"
        key = self.folder / "akashi.key"
        key.write_bytes(os.urandom(32))
        key.chmod(0o400)
        self.env = dict(os.environ, CREDENTIALS_DIRECTORY=str(self.folder), LC_ALL="C.UTF-8")
        self.env.pop("SUDO_USER", None)

    def run(self, *words, status=0):
        done = subprocess.run([BUILD / "akashi", *words, "--data", self.data, "--lang", "en"], env=self.env,
                              check=False, capture_output=True, timeout=300)
        said = done.stdout.decode() + done.stderr.decode()
        assert done.returncode == status, (words, done.returncode, said[-2000:])
        return said

    def count(self, question):
        answer = self.run("search", "--limit", "0", "--format", "json", question)
        return sum(line.startswith("{") for line in answer.splitlines())

    def auditors_agree(self):
        """On a copy of the chain as an auditor would be given it."""
        export = self.folder / "export"
        shutil.rmtree(export, ignore_errors=True)
        export.mkdir()
        for name in ("chain.log", "checkpoints.txt"):
            shutil.copy(self.data / "chain" / name, export)
        key = self.folder / "first.pub"
        key.write_text(self.first_key + "\n")
        done = subprocess.run([BUILD / "akashi-verify", "--key", key, export], check=False, capture_output=True)
        other = subprocess.run([sys.executable, SUPPORT / "verify_check.py", "--key", key, export], check=False,
                               capture_output=True)
        return (done.returncode, done.stdout[:5], other.returncode) == (0, b"holds", 0) or print(
            "#", done, other)

    first_key = ""


def check(place):
    results = []

    def expect(name, good):
        results.append(bool(good))
        print("ok" if good else "not ok", f"{len(results)} - {name}")

    source = place.folder / "auth.log"
    source.write_text("".join(log_lines()))
    place.run("import", str(source))
    status = place.run("store", "status")
    place.first_key = next(word for line in status.splitlines() for word in line.split()
                           if word.startswith("akashi/"))
    before = {name: place.count(f"user:{name}") for name in PEOPLE}
    expect("there is something to delete", before["tanaka"] > 100 and sum(before.values()) == LINES)

    place.run("store", "hold", "add", "--from", "2026-01-01", "--to", "2027-01-01", "--reason", "case 7", "--by",
              "sato")
    said = place.run("store", "delete", "user:tanaka", "--reason", "asked", "--yes", status=1)
    expect("what is held is not deleted", "hold" in said and place.count("user:tanaka") == before["tanaka"])
    expect("the list says who and why", "sato: case 7" in place.run("store", "hold", "list"))
    place.run("store", "hold", "release", "1", "--reason", "closed")

    said = place.run("store", "delete", "user:tanaka", "--reason", "asked", status=1)
    expect("without --yes it only counts", f"{before['tanaka']} records" in said
           and place.count("user:tanaka") == before["tanaka"])
    place.run("store", "delete", "user:tanaka", "--reason", "asked", "--by", "ito", "--yes")
    after = {name: place.count(f"user:{name}") for name in PEOPLE}
    expect("only they are gone", after == dict(before, tanaka=0))
    expect("all that stays holds", "holds" in place.run("verify"))
    expect("auditors agree", place.auditors_agree())
    expect("the chain says who and why", b"ito: asked" in (place.data / "chain" / "chain.log").read_bytes())
    handed = place.folder / "handed"
    place.run("export", "user:kato", "--proof", "--out", str(handed))
    done = subprocess.run([BUILD / "akashi-verify", "--key", place.folder / "first.pub", handed], check=False,
                          capture_output=True)
    proofs = len(list(handed.glob("*.proof")) + list(handed.glob("*/*.proof")))
    expect("proofs of the others hold", done.returncode == 0 and proofs == before["kato"])
    place.run("import", str(source))
    expect("they do not come back", place.count("user:tanaka") == 0)
    place.run("store", "delete", "user:sato", "or", "user:ito", "--reason", "asked", "--yes")
    expect("and once more", place.count("user:sato") + place.count("user:ito") == 0
           and place.count("user:kato") == before["kato"] and "holds" in place.run("verify"))
    expect("nothing is past its time", "nothing" in place.run("store", "expire"))
    for words in (("delete", "--reason", "x"), ("delete", "x"), ("hold", "add"), ("hold", "release", "9", "--reason", "x"),
                  ("hold", "what"), ("delete", "a | head 3", "--reason", "x"), ("delete", "(", "--reason", "x")):
        place.run("store", *words, status=2)
    expect("mistakes are said", True)
    print(f"1..{len(results)}")
    return all(results)


with tempfile.TemporaryDirectory() as name:
    sys.exit(0 if check(Place(name)) else 1)
