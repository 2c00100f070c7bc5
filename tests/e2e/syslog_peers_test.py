#!/usr/bin/env python3
"""The syslog door, end to end, with the senders that people have: rsyslog, loggen (syslog-ng), logger.

usage: syslog_peers_test.py BUILD_FOLDER [NAME]    (prints TAP; NAME: only the cases that contain it)

What is checked: every line sent over TCP is found by `akashi search` exactly once, whatever the framing
and the header; so it stays after kill -9 for all that was found before; sending goes on after the restart.
"""
import collections
import os
import re
import socket
import subprocess
import sys
import threading
import time

from collect_kit import AKASHI, PEERS, WAIT_SECONDS, Place, Server, Skip, program, run_cases, wait_for

LINE_ID = re.compile(r"line-([a-z]+)-(\d+)-end")
LOGGEN_ID = re.compile(r"seq: (\d+), thread: (\d+)")


def expect_each_once(place, wanted, pattern=LINE_ID):
    """Waits until all wanted ids are there; then each must be there once, and nothing else."""
    wanted = set(wanted)
    rows = {}

    def all_there():
        rows["now"] = place.found(pattern)
        return wanted <= set(rows["now"])

    wait_for(all_there)
    counts = rows["now"]
    missing = sorted(wanted - set(counts))
    assert not missing, f"{len(missing)} of {len(wanted)} missing, first {missing[:3]}"
    expect_none_twice(counts)
    surplus = set(counts) - wanted
    assert not surplus, f"never sent, but found: {sorted(surplus)[:3]}"


def expect_none_twice(counts):
    doubled = [key for key, count in counts.items() if count != 1]
    assert not doubled, f"{len(doubled)} found more than once, first {doubled[:3]}"


def lines(name, begin, end):
    return [f"line-{name}-{number}-end of a message" for number in range(begin, end)]


def ids(name, begin, end):
    return [(name, str(number)) for number in range(begin, end)]


def send_with_logger(place, count, *options):
    path = place.folder / "lines.txt"
    path.write_text("\n".join(lines("logger", 0, count)) + "\n", encoding="utf-8")
    subprocess.run([program("logger", "bsdutils"), "--server", "127.0.0.1", "--port",
                    str(place.syslog_port), "--tag", "e2e", "--file", str(path), *options],
                   check=True, timeout=WAIT_SECONDS, stdin=subprocess.DEVNULL)


def logger_case(count, *options):
    def case(place):
        with Server(place) as server:
            send_with_logger(place, count, *options)
            expect_each_once(place, ids("logger", 0, count))
            server.stop()
    return case


class Rsyslog:
    """A real rsyslogd with a configuration, state folder and process of its own, which reads a file and
    forwards its lines."""

    def __init__(self, folder, port, **options):
        self.folder = folder / "rsyslog"
        self.folder.mkdir(exist_ok=True)
        self.input = self.folder / "input.log"
        self.input.touch()
        forward = " ".join(f'{key}="{value}"' for key, value in options.items())
        config = self.folder / "rsyslog.conf"
        config.write_text(
            f'global(workDirectory="{self.folder}" maxMessageSize="64k")\n'
            'module(load="imfile" mode="inotify")\n'
            f'input(type="imfile" File="{self.input}" Tag="e2e:" reopenOnTruncate="on")\n'
            f'action(type="omfwd" target="127.0.0.1" port="{port}" {forward} queue.type="LinkedList" '
            'action.resumeRetryCount="-1" action.resumeInterval="1")\n', encoding="utf-8")
        self.process = subprocess.Popen(
            [program("rsyslogd", "rsyslog"), "-n", "-f", str(config), "-i",
             str(self.folder / "rsyslog.pid")],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=(self.folder / "stderr").open("w"))

    def write(self, texts):
        with self.input.open("a", encoding="utf-8") as file:
            file.write("\n".join(texts) + "\n")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)


def rsyslog_case(count, **options):
    def case(place):
        with Server(place) as server, Rsyslog(place.folder, place.syslog_port, **options) as peer:
            peer.write(lines("rsyslog", 0, count))
            expect_each_once(place, ids("rsyslog", 0, count))
            server.stop()
    return case


def run_loggen(place, *options):
    loggen = PEERS / "usr/bin/loggen"
    if not loggen.exists():
        raise Skip("loggen is missing (package syslog-ng-core; tests/e2e/peers.sh unpacks it)")
    environment = {**os.environ, "LD_LIBRARY_PATH": str(PEERS / "usr/lib/syslog-ng"),
                   "SYSLOGNG_PREFIX": str(PEERS / "usr")}
    done = subprocess.run([str(loggen), *options, "127.0.0.1", str(place.syslog_port)],
                          env=environment, capture_output=True, text=True, timeout=WAIT_SECONDS,
                          check=False, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stderr[-500:]


def loggen_case(count, connections, *options):
    def case(place):
        with Server(place) as server:
            run_loggen(place, "--inet", "--quiet", "--rate", "20000", "--number", str(count),
                       "--size", "300", "--interval", "20", "--active-connections",
                       str(connections), *options)
            wait_for(lambda: len(place.found(LOGGEN_ID)) >= count * connections)
            counts = place.found(LOGGEN_ID)
            expect_none_twice(counts)
            assert len(counts) == count * connections, f"{len(counts)} of {count * connections}"
            server.stop()
    return case


class Stream(threading.Thread):
    """Sends numbered lines over one TCP connection until told to stop or the connection breaks."""

    def __init__(self, port, begin):
        super().__init__(daemon=True)
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=WAIT_SECONDS)
        self.next = begin
        self.stopping = threading.Event()

    def run(self):
        try:
            while not self.stopping.is_set():
                piece = lines("stream", self.next, self.next + 20)
                self.socket.sendall(("\n".join(f"<13>{text}" for text in piece) + "\n").encode())
                self.next += 20
                time.sleep(0.005)
        except OSError:
            pass  # the server was killed, as this test wants it
        self.socket.close()

    def end(self):
        self.stopping.set()
        self.join(WAIT_SECONDS)


def what_was_found_survives_a_kill(place):
    begin = 0
    kept = set()
    for _ in range(int(os.environ.get("AKASHI_KILLS", "3"))):
        with Server(place) as server:
            expect_still_there(place, kept)
            stream = Stream(place.syslog_port, begin)
            stream.start()
            first = ("stream", str(begin))
            assert wait_for(lambda: first in place.found(LINE_ID)), "nothing was stored"
            time.sleep(0.3)
            kept |= set(place.found(LINE_ID))
            server.kill()
            stream.end()
            begin = stream.next + 1000  # a number of its own for what the next one sends
    assert len(kept) > 100, f"only {len(kept)} lines were stored before the kills"
    with Server(place) as server:
        expect_still_there(place, kept)
        stream = Stream(place.syslog_port, begin)
        stream.start()
        time.sleep(0.5)
        stream.end()
        sent = set(ids("stream", begin, stream.next))
        assert wait_for(lambda: sent <= set(place.found(LINE_ID))), "sending did not go on"
        expect_none_twice(place.found(LINE_ID))
        server.stop()


def expect_still_there(place, kept):
    counts = place.found(LINE_ID) if kept else collections.Counter()
    lost = kept - set(counts)
    assert not lost, f"{len(lost)} of {len(kept)} found before the kill are gone: {sorted(lost)[:3]}"
    expect_none_twice(counts)


def rsyslog_goes_on_after_a_kill(place):
    options = {"protocol": "tcp", "TCP_Framing": "octet-counted"}
    with Server(place) as server:
        with Rsyslog(place.folder, place.syslog_port, **options) as peer:
            peer.write(lines("before", 0, 2000))
            expect_each_once(place, ids("before", 0, 2000))
            server.kill()
            with Server(place) as again:
                # rsyslog notices the broken connection only by sending: what it sends into it first
                # may be gone, as plain TCP gives no acknowledgement.
                peer.write(lines("probe", 0, 50))
                assert wait_for(lambda: resent(place, peer)), "rsyslog did not come back"
                peer.write(lines("after", 0, 2000))
                wanted = set(ids("before", 0, 2000) + ids("after", 0, 2000))
                assert wait_for(lambda: wanted <= set(place.found(LINE_ID))), "lines missing"
                counts = place.found(LINE_ID)
                expect_none_twice({key: n for key, n in counts.items() if key[0] != "probe"})
                again.stop()


def resent(place, peer):
    """More probes until one of them is found."""
    if any(key[0] == "probe" for key in place.found(LINE_ID)):
        return True
    peer.write(lines("probe", 50, 51))
    time.sleep(0.5)
    return False


def what_was_sent_survives_a_stop(place):
    """A stop by SIGTERM takes what the kernel has received already, also without a last line end."""
    with Server(place) as server:
        for number in range(3):
            with socket.create_connection(("127.0.0.1", place.syslog_port)) as sender:
                name = "abc"[number]
                text = "\n".join(f"<13>{line}" for line in lines(name, 0, 1000))
                sender.sendall(text.encode())
        server.stop()
    expect_each_once(place, [key for name in "abc" for key in ids(name, 0, 1000)])


def odd_senders_are_taken(place):
    """Framings mixed on one connection, NUL endings, a message of 300 KB, bytes that are no text."""
    with Server(place) as server:
        with socket.create_connection(("127.0.0.1", place.syslog_port)) as sender:
            texts = [f"<13>{line}".encode() for line in lines("odd", 0, 400)]
            for number, text in enumerate(texts):
                framed = [text + b"\n", b"%d " % len(text) + text, text + b"\0", text + b"\r\n"]
                sender.sendall(framed[number % 4])
            sender.sendall(b"<13>" + b"\xff\x00\x81" * 500 + b"\n")
            sender.sendall(b"<13>" + b"x" * 300000 + b"\n")
            sender.sendall(b"99999999999 <13>no count\n-5 <13>no count\n")
            sender.sendall(b"<13>line-odd-400-end\n")
        expect_each_once(place, ids("odd", 0, 401))
        server.stop()


def a_taken_port_is_told(place):
    with Server(place) as server:
        other = place.folder / "other"
        done = subprocess.run(
            [str(AKASHI), "serve", "--data", str(other), "--listen", "127.0.0.1", "--http", "0",
             "--syslog", str(place.syslog_port)], capture_output=True, text=True,
            timeout=WAIT_SECONDS, check=False, stdin=subprocess.DEVNULL, env=place.env)
        assert done.returncode == 2, f"exit {done.returncode}: {done.stderr[-500:]}"
        assert str(place.syslog_port) in done.stderr, done.stderr[-500:]
        server.stop()


CASES = [
    ("logger over TCP, octet-counted, RFC 5424",
     logger_case(2000, "--tcp", "--octet-count", "--rfc5424")),
    ("logger over TCP, line ends, RFC 3164", logger_case(2000, "--tcp", "--rfc3164")),
    ("logger over UDP, RFC 5424", logger_case(1000, "--udp", "--rfc5424")),
    ("logger over UDP, RFC 3164", logger_case(1000, "--udp", "--rfc3164")),
    ("rsyslog over TCP, octet-counted",
     rsyslog_case(20000, protocol="tcp", TCP_Framing="octet-counted",
                  template="RSYSLOG_SyslogProtocol23Format")),
    ("rsyslog over TCP, line ends",
     rsyslog_case(20000, protocol="tcp", TCP_Framing="traditional",
                  template="RSYSLOG_TraditionalForwardFormat")),
    ("rsyslog over UDP", rsyslog_case(1000, protocol="udp")),
    ("loggen over TCP, 4 connections", loggen_case(5000, 4, "--stream")),
    ("loggen over TCP, RFC 5424, octet-counted", loggen_case(10000, 1, "--stream", "--syslog-proto")),
    ("loggen over UDP", loggen_case(2000, 1, "--dgram")),
    ("what was found survives kill -9", what_was_found_survives_a_kill),
    ("rsyslog goes on after kill -9", rsyslog_goes_on_after_a_kill),
    ("what was sent survives a stop", what_was_sent_survives_a_stop),
    ("odd senders are taken", odd_senders_are_taken),
    ("a taken port is told", a_taken_port_is_told),
]


if __name__ == "__main__":
    sys.exit(run_cases([(name, lambda folder, case=case: case(Place(folder, [])))
                        for name, case in CASES]))
