#!/usr/bin/env python3
"""One action, one record, over a restart: a server is killed (or stopped) between the events of one
action; after the rest has come there is one record of it, not two, not none.

usage: actions_restart_test.py BUILD_FOLDER    (prints TAP)
"""
import datetime
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import time

import cases

BUILD = pathlib.Path(sys.argv[1]).resolve()
AKASHI = BUILD / "akashi"
ENVIRONMENT = {**os.environ, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}


class Server:
    def __init__(self, folder):
        self.folder = folder
        self.process = subprocess.Popen(
            [str(AKASHI), "serve", "--data", str(folder / "store"), "--config", str(folder / "akashi.yaml"), "--http", "0",
             "--syslog", "0"], stderr=subprocess.PIPE, env=ENVIRONMENT)
        said = ""
        while "ready" not in said:
            line = self.process.stderr.readline().decode("utf-8")
            assert line, f"the server ended: {said}"
            said += line
        self.port = int(re.search(r"syslog=(\d+)", said).group(1))

    def send(self, events):
        with socket.create_connection(("127.0.0.1", self.port)) as sender:
            for event in events:
                sender.sendall(json.dumps(event).encode() + b"\n")

    def end(self, how):
        self.process.send_signal(how)
        self.process.communicate(timeout=30)


def search(folder, question):
    command = [str(AKASHI), "search", question, "--all", "--data", str(folder / "store"), "--config",
               str(folder / "akashi.yaml"), "--format", "json", "--limit", "1000"]
    done = subprocess.run(command, capture_output=True, timeout=60, check=False, env=ENVIRONMENT)
    return [json.loads(line) for line in done.stdout.decode("utf-8").split("\n") if line]


def wait_for(folder, question, count):
    deadline = time.monotonic() + 20
    rows = []
    while time.monotonic() < deadline:
        rows = search(folder, question)
        if len(rows) >= count:
            return rows
        time.sleep(0.1)
    raise AssertionError(f"{question}: {len(rows)} rows, not {count}: {rows}")


START = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=90)


class Log:
    """The Security log of one file server: numbers and times go up."""

    def __init__(self):
        self.number = 100

    def event(self, seconds, code, **fields):
        self.number += 1
        when = START + datetime.timedelta(seconds=seconds)
        return {"@timestamp": when.strftime("%Y-%m-%dT%H:%M:%S.%fZ"), "EventID": code, "Channel": "Security",
                "SourceName": "Microsoft-Windows-Security-Auditing", "Hostname": "FS01.example.com",
                "RecordNumber": self.number, "SubjectUserSid": "S-1-5-21-1-2-3-1105", "SubjectUserName": "sato",
                "SubjectDomainName": "EXAMPLE", "SubjectLogonId": "0x3a1f2", "Keywords": "0x8020000000000000", **fields}

    def file(self, seconds, code, path, handle, **fields):
        return self.event(seconds, code, ObjectServer="Security", ObjectType="File", ObjectName=path, HandleId=handle,
                          ProcessId="0x4", ProcessName="", **fields)


def write_begins(log):
    path = "D:\\share\\drawing.dxf"
    return [log.file(0, 4656, path, "0x10", AccessMask="0x12019f"),
            log.file(1, 4663, path, "0x10", AccessMask="0x2")]


def write_ends(log, seconds=20):
    return [log.file(seconds, 4658, "D:\\share\\drawing.dxf", "0x10")]


def later(log):
    """Something else, much later: what waits is due by the server's own clock."""
    return [log.file(60, 4656, "D:\\share\\other.txt", "0x99", AccessMask="0x1"),
            log.file(80, 4658, "D:\\share\\other.txt", "0x99")]


def writes(folder):
    return [row for row in search(folder, "role:action") if "drawing" in row.get("akashi.object", "")]


def one_write(folder):
    found = wait_for(folder, 'role:action AND drawing.dxf', 1)
    time.sleep(1.5)
    found = writes(folder)
    assert len(found) == 1, found
    assert found[0]["event.action"] in ("WRITE", "CREATE") and found[0]["user.name"] == "sato", found
    return found[0]


def in_the_middle(folder, how):
    log = Log()
    server = Server(folder)
    server.send(write_begins(log))
    wait_for(folder, "FS01.example.com", 2)
    server.end(how)
    assert writes(folder) == [], "the action has not ended yet"
    server = Server(folder)
    server.send(write_ends(log) + later(log))
    record = one_write(folder)
    server.end(signal.SIGTERM)
    assert record["akashi.count"] == 3, record
    assert "Security/101-103" in record["akashi.raw"], record


def test_killed_in_the_middle(folder):
    in_the_middle(folder, signal.SIGKILL)


def test_stopped_in_the_middle(folder):
    in_the_middle(folder, signal.SIGTERM)


def test_killed_when_it_waits(folder):
    """All its events are stored, the record still waits for what may belong to it."""
    log = Log()
    server = Server(folder)
    server.send(write_begins(log) + write_ends(log))
    wait_for(folder, "FS01.example.com", 3)
    server.end(signal.SIGKILL)
    server = Server(folder)
    server.send(later(log))
    one_write(folder)
    server.end(signal.SIGTERM)


def test_killed_after_it(folder):
    """The record is stored already: a restart adds nothing, three times."""
    log = Log()
    server = Server(folder)
    server.send(write_begins(log) + write_ends(log) + later(log))
    one_write(folder)
    server.end(signal.SIGKILL)
    before = len(search(folder, "*"))
    for _ in range(3):
        server = Server(folder)
        time.sleep(1)
        server.end(signal.SIGKILL)
    assert len(search(folder, "*")) == before
    one_write(folder)


def in_english(case):
    def run_case(folder):
        (folder / "akashi.yaml").write_text("language: en\n", encoding="utf-8")
        case(folder)

    return case.__name__, run_case


if __name__ == "__main__":
    sys.exit(cases.run([in_english(case) for case in cases.named(globals())]))
