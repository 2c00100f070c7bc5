#!/usr/bin/env python3
"""Clients that are slow on purpose (slowhttptest): headers, bodies and readers that creep. Meanwhile syslog is taken in
without loss, and others are answered.

usage: slow_test.py BUILD_FOLDER [CASE]    (prints TAP)
"""
import socket
import sys
import threading
import time

import security_kit as kit
from security_kit import cases

SECONDS = 25
SLOW_CLIENTS = 300  # more than SERVER_CONNECTIONS_MAX
LINES_PER_BEAT = 50
BEAT_SECONDS = 0.1
ANSWER_SECONDS_MAX = 5
FAILED_SHARE_MAX = 0.05  # of the questions meanwhile: a place may be taken between connect and request, and is asked for again


class Syslog(threading.Thread):
    """A device that sends all the time, over one connection."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.port, self.count, self.over = port, 0, threading.Event()

    def run(self):
        with socket.create_connection(("127.0.0.1", self.port)) as to:
            while not self.over.wait(BEAT_SECONDS):
                lines = "".join(f"<38>Nov 20 16:00:00 host1 sshd[12]: Failed password for user{self.count + i} from "
                                f"192.0.2.7 port 22 ssh2\n" for i in range(LINES_PER_BEAT))
                to.sendall(lines.encode())
                self.count += LINES_PER_BEAT

    def stop(self):
        self.over.set()
        self.join(30)
        return self.count


class Asker(threading.Thread):
    """Somebody who works with the page meanwhile."""

    def __init__(self, page):
        super().__init__(daemon=True)
        self.page, self.over, self.waits, self.failed = page, threading.Event(), [], []

    def run(self):
        while not self.over.wait(0.3):
            began = time.monotonic()
            try:
                status, _ = self.page.get("/api/v1/search?limit=5&q=tanaka")
                assert status == 200, status
                self.waits.append(time.monotonic() - began)
            except (OSError, AssertionError, kit.api.server_ask.http.client.HTTPException) as wrong:
                self.failed.append(repr(wrong))

    def stop(self):
        self.over.set()
        self.join(60)


def attacked(folder, path, *kind):
    program = kit.tool("slowhttptest", "slowhttptest")
    with kit.api.Server() as server:
        devices, asker = Syslog(server.syslog), Asker(server.page)
        devices.start()
        asker.start()
        said, _ = kit.run([program, "-c", SLOW_CLIENTS, "-r", 100, "-l", SECONDS, "-i", 3, "-p", 3, "-u",
                           f"http://127.0.0.1:{server.http}{path}", *kind], folder, SECONDS + 60)
        asker.stop()
        sent = devices.stop()
        assert "slow HTTP test status" in said, said[-1000:]
        stored = count_of(server, sent)
        assert stored == sent, f"{sent} lines were sent, {stored} are stored"
        asked = len(asker.waits) + len(asker.failed)
        assert asker.waits and len(asker.failed) <= FAILED_SHARE_MAX * asked, asker.failed[:5]
        assert max(asker.waits) <= ANSWER_SECONDS_MAX, max(asker.waits)
        kit.is_well(server)
    return (f"{sent} lines sent and stored; {len(asker.waits)} questions answered, the slowest in "
            f"{max(asker.waits):.2f} s, {len(asker.failed)} failed")


def count_of(server, wanted):
    """How many rows of the device are there; waits until none is missing."""
    until = time.monotonic() + kit.api.WAIT_SECONDS
    while True:
        lines = server.page.lines("/api/v1/search?q=192.0.2.7%20%7C%20stats%20count()")
        found = next((line["cells"][0] for line in lines if "cells" in line), 0)
        if found >= wanted or time.monotonic() > until:
            return found
        time.sleep(0.2)


def slow_headers(folder):
    return attacked(folder, "/", "-H")


def slow_bodies(folder):
    return attacked(folder, "/api/v1/session", "-B", "-t", "POST", "-f", "application/json", "-s", "4000")


def slow_readers(folder):
    return attacked(folder, "/api/v1/words", "-X", "-w", "1", "-y", "2", "-n", "2", "-z", "1", "-k", "3")


if __name__ == "__main__":
    sys.exit(cases.run([slow_headers, slow_bodies, slow_readers]))
