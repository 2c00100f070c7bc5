#!/usr/bin/env python3
"""Commands that work on the store beside a running server: files are imported, rows deleted, retention and holds
looked after by the server that holds the store, with the numbers told by the command.

usage: beside_test.py BUILD_FOLDER [NAME]    (prints TAP)
"""
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import threading
import time

import cases

BUILD = pathlib.Path(sys.argv[1]).resolve()
WAIT_SECONDS = 120
LINES = 4000


class Place:
    def __init__(self, folder, settings=""):
        self.folder, self.data = folder, folder / "data"
        key = folder / "akashi.key"
        key.write_bytes(os.urandom(32))
        key.chmod(0o400)
        self.config = folder / "akashi.yaml"
        self.config.write_text("store:\n  segment_mib: 1\n" + settings)
        self.env = dict(os.environ, CREDENTIALS_DIRECTORY=str(folder), LC_ALL="C.UTF-8", TZ="UTC")
        self.server = None

    def command(self, *words):
        return [BUILD / "akashi", *words, "--data", self.data, "--config", self.config, "--lang", "en"]

    def run(self, *words, status=0):
        done = subprocess.run(self.command(*words), env=self.env, check=False, capture_output=True,
                              timeout=WAIT_SECONDS)
        said = done.stdout.decode() + done.stderr.decode()
        assert done.returncode == status, f"{words}: exit {done.returncode}, not {status}: {said[-2000:]}"
        return said

    def count(self, question="*"):
        lines = self.run("search", question, "--limit", "0", "--format", "json").splitlines()
        return sum(line.startswith("{") and "akashi.operator." not in line for line in lines)

    def said(self):
        return (self.folder / "said").read_text(encoding="utf-8")

    def wait_for(self, pattern):
        until = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < until:
            found = re.search(pattern, self.said())
            if found:
                return found
            time.sleep(0.05)
        raise AssertionError(f"{pattern} was not said: {self.said()[-2000:]}")

    def __enter__(self):
        with (self.folder / "said").open("wb") as said:
            self.server = subprocess.Popen(self.command("serve", "--http", "0", "--syslog", "0"), env=self.env,
                                           stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=said)
        self.syslog = int(self.wait_for(r"ready http=\d+ syslog=(\d+)").group(1))
        return self

    def __exit__(self, failed, *ignored):
        self.server.send_signal(signal.SIGTERM)
        code = self.server.wait(WAIT_SECONDS)
        assert failed or code in (0, -signal.SIGKILL), f"the server ended with {code}: {self.said()[-2000:]}"


def lines(name, count=LINES):
    return "".join(f"<38>Nov 20 10:{i // 60 % 60:02}:{i % 60:02} gw sshd[{i + 100}]: Failed password for {name} "
                   f"from 192.0.2.{i % 250} port {i % 60000} ssh2\n" for i in range(count))


def summary(said):
    found = re.search(r"imported: (\d+) duplicate: (\d+) damaged: (\d+)", said)
    assert found, said
    return tuple(map(int, found.groups()))


def test_import_goes_to_the_server(folder):
    place = Place(folder)
    (folder / "auth.log").write_text(lines("tanaka"))
    with place:
        said = place.run("import", folder / "auth.log")
        assert summary(said) == (LINES, 0, 0) and "server" in said, said
        assert place.count("user:tanaka") == LINES
        assert summary(place.run("import", folder / "auth.log")) == (0, LINES, 0)
        assert place.count("user:tanaka") == LINES
        assert (place.data / "store.socket").stat().st_mode & 0o777 == 0o600
    assert not (place.data / "store.socket").exists()
    assert place.count("user:tanaka") == LINES and "holds" in place.run("verify")
    assert summary(place.run("import", folder / "auth.log")) == (0, LINES, 0), "not the same keys"


def test_event_log_files(folder):
    place = Place(folder)
    subprocess.run([BUILD / "tests" / "support" / "evtx_make", folder / "Security.evtx"], check=True,
                   stdout=subprocess.DEVNULL)
    with place:
        added, repeated, damaged = summary(place.run("import", "--source", "FS01", folder / "Security.evtx"))
        assert added > 0 and (repeated, damaged) == (0, 0)
        assert place.count("akashi.source:FS01") > 0
    alone = Place(folder / "..")
    alone.data = folder / "alone"
    assert summary(alone.run("import", "--source", "FS01", folder / "Security.evtx"))[0] == added


def test_logs_arrive_meanwhile(folder):
    place = Place(folder)
    names = ["suzuki", "sato", "ito"]
    for name in names:
        (folder / f"{name}.log").write_text(lines(name))
    with place:
        with socket.create_connection(("127.0.0.1", place.syslog)) as sender:
            sending = threading.Thread(target=sender.sendall, args=(lines("live", 20000).encode(),))
            sending.start()
            running = [subprocess.Popen(place.command("import", folder / f"{name}.log"), env=place.env,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) for name in names]
            for each in running:
                said = each.communicate(timeout=WAIT_SECONDS)[1].decode()
                assert each.returncode == 0 and summary(said) == (LINES, 0, 0), said
            sending.join()
        until = time.monotonic() + WAIT_SECONDS
        while place.count("user:live") < 20000 and time.monotonic() < until:
            time.sleep(0.2)
        assert place.count("user:live") == 20000
        assert [place.count(f"user:{name}") for name in names] == [LINES] * len(names)


def test_a_killed_server_loses_and_doubles_nothing(folder):
    place = Place(folder)
    (folder / "auth.log").write_text(lines("kato", 60000))
    with place:
        importing = subprocess.Popen(place.command("import", folder / "auth.log"), env=place.env,
                                     stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        until = time.monotonic() + WAIT_SECONDS
        while not list(place.data.glob("segments/*.seg")) and time.monotonic() < until:
            time.sleep(0.01)
        place.server.kill()
        said = importing.communicate(timeout=WAIT_SECONDS)[1].decode()
        assert importing.returncode == 2 and "imported:" not in said and "nothing is done twice" in said, said
    with place:
        before = place.count("user:kato")
        assert summary(place.run("import", folder / "auth.log")) == (60000 - before, before, 0)
        assert place.count("user:kato") == 60000
    return f"{before} of 60000 rows were durable when the server was killed"


def test_rows_are_deleted(folder):
    place = Place(folder)
    pairs = zip(lines("tanaka").splitlines(True), lines("sato").splitlines(True))
    (folder / "auth.log").write_text("".join(line for pair in pairs for line in pair))
    with place:
        place.run("import", folder / "auth.log")
        with socket.create_connection(("127.0.0.1", place.syslog)) as sender:
            sender.sendall(lines("tanaka", 50).encode())
        until = time.monotonic() + WAIT_SECONDS
        while place.count("user:tanaka") < LINES + 50 and time.monotonic() < until:
            time.sleep(0.1)
        asked = ("store", "delete", "user:tanaka", "--reason", "asked", "--by", "ito")
        assert f"{LINES + 50} records" in place.run(*asked, status=1)
        place.run("store", "hold", "add", "--from", "2020-01-01", "--reason", "case 7", "--by", "sato")
        assert "hold" in place.run(*asked, "--yes", status=1)
        assert place.count("user:tanaka") == LINES + 50
        assert "case 7" in place.run("store", "hold", "list")
        place.run("store", "hold", "release", "1", "--reason", "closed")
        assert f"deleted {LINES + 50} records" in place.run(*asked, "--yes")
        assert (place.count("user:tanaka"), place.count("user:sato")) == (0, LINES)
        assert summary(place.run("import", folder / "auth.log")) == (0, 2 * LINES, 0), "they came back"
    assert "holds" in place.run("verify")


def test_retention_is_the_servers(folder):
    place = Place(folder, "retention:\n  size_gib: 1\n")
    (folder / "auth.log").write_text(lines("tanaka"))
    with place:
        place.run("import", folder / "auth.log")
        assert "nothing" in place.run("store", "expire", "--dry-run")
        assert "nothing" in place.run("store", "expire")
        assert place.count("user:tanaka") == LINES


def test_who_else_wants_the_store_is_told(folder):
    place = Place(folder)
    (folder / "auth.log").write_text(lines("tanaka"))
    with place:
        (place.data / "store.socket").unlink()
        said = place.run("import", folder / "auth.log", status=2)
        assert "imported:" not in said and str(place.data) in said, said


COMPANY = "sites: [{{name: {}, networks: [192.0.2.0/24]}}]\nwatch: [{{name: leavers, of: users, file: leavers.csv}}]\n"


def sent_and_found(place, name):
    """The record of one line that is sent now."""
    with socket.create_connection(("127.0.0.1", place.syslog)) as sender:
        sender.sendall(lines(name, 1).encode())
    until = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < until:
        found = place.run("search", f"user:{name}", "--format", "json").splitlines()
        rows = [json.loads(line) for line in found if line.startswith("{")]
        if rows:
            return rows[0]
        time.sleep(0.1)
    raise AssertionError(f"the record of {name} did not come")


def test_the_companys_document_is_read_again(folder):
    place = Place(folder)
    company, leavers = folder / "company.yaml", folder / "leavers.csv"
    leavers.write_text("value,until\n")
    company.write_text(COMPANY.format("Osaka"))
    with place:
        assert sent_and_found(place, "ito").get("akashi.site") == "Osaka"
        company.write_text(COMPANY.format("Kyoto"))
        place.wait_for("company.yaml, with its lists, was read again")
        assert sent_and_found(place, "kato").get("akashi.site") == "Kyoto"
        leavers.write_text("value,until\nsato,2099-12-31\n")
        place.server.send_signal(signal.SIGHUP)
        place.wait_for("(?s)read again.*company.yaml, with its lists, was read again")
        assert sent_and_found(place, "sato").get("akashi.watch") == "leavers"
        company.write_text(COMPANY.format("Nara") + "sites: nothing\n")
        place.server.send_signal(signal.SIGHUP)
        place.wait_for("mistake in the changed company.yaml")
        assert sent_and_found(place, "tanaka").get("akashi.site") == "Kyoto"
        company.write_text(COMPANY.format("Nara"))
        place.server.send_signal(signal.SIGHUP)
        place.wait_for("(?s)mistake.*company.yaml, with its lists, was read again")
        assert sent_and_found(place, "suzuki").get("akashi.site") == "Nara"


def test_changed_settings_are_judged(folder):
    place = Place(folder)
    with place:
        place.server.send_signal(signal.SIGHUP)
        place.wait_for("it says what is in use")
        place.config.write_text("store:\n  segment_mib: 2\nretention:\n  days: 30\n")
        keys = place.wait_for("take effect at the next start: (.*)").group(1)
        assert keys == "store.segment_mib, retention.days", keys
        place.config.write_text("store:\n  segment_mb: 2\n")
        place.wait_for("akashi.yaml:2:15: .*store.segment_mib")
        place.wait_for("goes on with the settings")
        place.config.write_text("store:\n  segment_mib: 1\n")
        sent_and_found(place, "tanaka")


if __name__ == "__main__":
    sys.exit(cases.run(cases.named(globals())))
