#!/usr/bin/env python3
"""Nothing of a log stands readable on the disk: markers in several encodings are imported, received,
searched, sealed, and the server is killed; then every file that was written is looked through.

usage: canary_test.py BUILD
"""
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time

BUILD = pathlib.Path(sys.argv[1]).resolve()
AKASHI = BUILD / "akashi"
MARKERS = ["canaryQ7xZ", "極秘資料カナリア"]
LINES = 4000


def forms(marker):
    return {marker.encode("utf-8"), marker.encode("utf-16-le"), marker.encode("utf-16-be"),
            marker.upper().encode("utf-8"), marker.lower().encode("utf-8")}


class Place:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.data = self.folder / "data"
        self.temporary = self.folder / "tmp"
        self.temporary.mkdir()
        self.keys = self.folder / "keys"
        self.keys.mkdir()
        key = self.keys / "akashi.key"
        key.write_bytes(os.urandom(32))
        key.chmod(0o400)
        self.env = dict(os.environ, CREDENTIALS_DIRECTORY=str(self.keys), LC_ALL="C.UTF-8",
                        TMPDIR=str(self.temporary))

    def run(self, name, *words):
        done = subprocess.run([AKASHI, name, "--data", self.data, *words], env=self.env, check=False,
                              capture_output=True, timeout=120)
        assert done.returncode == 0, done.stderr.decode()[-2000:]
        return done.stdout.decode("utf-8")

    def start(self):
        said = (self.folder / "said.txt").open("wb")
        server = subprocess.Popen([AKASHI, "serve", "--data", self.data, "--http", "0",
                                   "--syslog", "0"], env=self.env, stderr=said)
        for _ in range(200):
            for line in (self.folder / "said.txt").read_text("utf-8").splitlines():
                if line.startswith("ready"):
                    return server, int(line.rsplit("=", 1)[1])
            time.sleep(0.1)
        raise AssertionError("the server did not start")

    def look(self):
        """Files below data and tmp in which a marker stands."""
        found, seen = [], 0
        for top in (self.data, self.temporary):
            for path in top.rglob("*"):
                if not path.is_file():
                    continue
                content = path.read_bytes()
                seen += 1
                for marker in MARKERS:
                    found += [f"{path.name}: {marker}" for form in forms(marker) if form in content]
        return found, seen


def log_lines(kind):
    return "".join(f"Nov 20 10:00:{i % 60:02} host sshd[{i}]: {kind} {MARKERS[i % 2]} number {i}\n"
                   for i in range(LINES))


def nothing_is_readable_on_the_disk(place):
    logs = place.folder / "auth.log"
    logs.write_text(log_lines("imported"), encoding="utf-8")
    place.run("import", logs)
    segments = list((place.data / "segments").glob("*.seg"))
    assert segments, "the import was not sealed"
    server, port = place.start()
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(log_lines("received").encode("utf-8"))
    for _ in range(100):
        if place.run("search", "received", "--limit", "5000").count("\n") >= LINES:
            break
        time.sleep(0.1)
    before, _ = place.look()
    server.send_signal(signal.SIGKILL)
    server.wait()
    place.run("import", logs)  # recovers, and is a repeat
    for marker in MARKERS:
        answers = place.run("search", marker, "--limit", "10000").count("\n")
        assert answers >= LINES, f"{answers} answers for {marker}"
    found, seen = place.look()
    assert not before and not found, f"readable: {(before + found)[:5]}"
    assert seen > 5, f"only {seen} files"
    print(f"# {seen} files hold no marker in any form")


def main():
    with tempfile.TemporaryDirectory() as folder:
        name = "nothing_is_readable_on_the_disk"
        try:
            nothing_is_readable_on_the_disk(Place(folder))
            print(f"ok 1 - {name}")
        except (AssertionError, OSError, subprocess.SubprocessError) as failure:
            for line in str(failure).splitlines()[:10]:
                print("# " + line)
            print(f"not ok 1 - {name}")
            print("1..1")
            return 1
    print("1..1")
    return 0


if __name__ == "__main__":
    sys.exit(main())
