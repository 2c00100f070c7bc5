#!/usr/bin/env python3
"""The syslog door, end to end, with the senders that people have: rsyslog, loggen (syslog-ng), logger.

usage: syslog_peers_test.py BUILD_FOLDER [NAME]    (prints TAP; NAME: only the cases that contain it)

What is checked: every line sent over TCP is found by `akashi search` exactly once, whatever the framing
and the header; so it stays after kill -9 for all that was found before; sending goes on after the restart.
"""
import collections
import os
import pathlib
import re
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
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache")
PEERS = pathlib.Path(os.environ.get("AKASHI_PEERS") or CACHE / "akashi/peers")
WAIT_SECONDS = 40
LINE_ID = re.compile(r"line-([a-z]+)-(\d+)-end")
LOGGEN_ID = re.compile(r"seq: (\d+), thread: (\d+)")
SANITIZER_WORDS = ("AddressSanitizer", "ThreadSanitizer", "runtime error", "LeakSanitizer")
READY = re.compile(r"^ready http=(\d+) syslog=(\d+)$")


class Skip(Exception):
    """The case cannot run here; the text says why."""


def program(name, package):
    """The program's path; a missing one skips the case and names its package."""
    found = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    if not found:
        raise Skip(f"{name} is missing (package {package})")
    return found


def wait_for(condition, seconds=WAIT_SECONDS):
    """Asks again until it holds or the time is over; returns the last answer."""
    end = time.monotonic() + seconds
    while not (answer := condition()) and time.monotonic() < end:
        time.sleep(0.1)
    return answer


class Server:
    """`akashi serve` on ports of its own."""

    def __init__(self, folder, syslog_port=0):
        self.data = folder / "data"
        self.said = []
        self.process = subprocess.Popen(
            [str(AKASHI), "serve", "--data", str(self.data), "--listen", "127.0.0.1", "--http", "0",
             "--syslog", str(syslog_port)],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
            env={**os.environ, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"})
        self.ready = threading.Event()
        self.syslog_port = None
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        if not self.ready.wait(WAIT_SECONDS) or self.syslog_port is None:
            self.kill()
            raise AssertionError("the server did not get ready: " + " / ".join(self.said[-5:]))

    def _read(self):
        for line in self.process.stderr:
            self.said.append(line.rstrip("\n"))
            found = READY.match(line.strip())
            if found:
                self.syslog_port = int(found.group(2))
                self.ready.set()
        self.ready.set()

    def kill(self):
        """As a power cut would: no chance to save anything."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait(WAIT_SECONDS)
        self.reader.join(WAIT_SECONDS)

    def stop(self):
        """As an administrator would."""
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(WAIT_SECONDS)
        self.reader.join(WAIT_SECONDS)
        said = "\n".join(self.said)
        assert code == 0, f"exit {code}: {said[-2000:]}"
        assert not any(word in said for word in SANITIZER_WORDS), said[-4000:]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()


def found_rows(folder, pattern, query=""):
    """How many rows carry each id; a row with two different ids would be two messages in one."""
    done = subprocess.run(
        [str(AKASHI), "search", query, "--data", str(folder / "data"), "--format", "json", "--limit",
         "1000000"], capture_output=True, text=True, timeout=WAIT_SECONDS, check=False,
        env={**os.environ, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"})
    counts = collections.Counter()
    for row in done.stdout.splitlines():
        ids = set(pattern.findall(row))
        assert len(ids) <= 1, f"several messages in one row: {row[:300]}"
        counts.update(ids)
    return counts


def expect_each_once(folder, wanted, pattern=LINE_ID):
    """Waits until all wanted ids are there; then each must be there once, and nothing else."""
    wanted = set(wanted)
    rows = {}

    def all_there():
        rows["now"] = found_rows(folder, pattern)
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


def send_with_logger(folder, server, count, *options):
    path = folder / "lines.txt"
    path.write_text("\n".join(lines("logger", 0, count)) + "\n", encoding="utf-8")
    subprocess.run([program("logger", "bsdutils"), "--server", "127.0.0.1", "--port",
                    str(server.syslog_port), "--tag", "e2e", "--file", str(path), *options],
                   check=True, timeout=WAIT_SECONDS, stdin=subprocess.DEVNULL)


def logger_case(count, *options):
    def case(folder):
        with Server(folder) as server:
            send_with_logger(folder, server, count, *options)
            expect_each_once(folder, ids("logger", 0, count))
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
    def case(folder):
        with Server(folder) as server, Rsyslog(folder, server.syslog_port, **options) as peer:
            peer.write(lines("rsyslog", 0, count))
            expect_each_once(folder, ids("rsyslog", 0, count))
            server.stop()
    return case


def run_loggen(server, *options):
    loggen = PEERS / "usr/bin/loggen"
    if not loggen.exists():
        raise Skip("loggen is missing (package syslog-ng-core; tests/e2e/peers.sh unpacks it)")
    environment = {**os.environ, "LD_LIBRARY_PATH": str(PEERS / "usr/lib/syslog-ng"),
                   "SYSLOGNG_PREFIX": str(PEERS / "usr")}
    done = subprocess.run([str(loggen), *options, "127.0.0.1", str(server.syslog_port)],
                          env=environment, capture_output=True, text=True, timeout=WAIT_SECONDS,
                          check=False, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stderr[-500:]


def loggen_case(count, connections, *options):
    def case(folder):
        with Server(folder) as server:
            run_loggen(server, "--inet", "--quiet", "--rate", "20000", "--number", str(count),
                       "--size", "300", "--interval", "20", "--active-connections",
                       str(connections), *options)
            wait_for(lambda: len(found_rows(folder, LOGGEN_ID)) >= count * connections)
            counts = found_rows(folder, LOGGEN_ID)
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


def what_was_found_survives_a_kill(folder):
    begin = 0
    kept = set()
    port = 0
    for _ in range(int(os.environ.get("AKASHI_KILLS", "3"))):
        with Server(folder, port) as server:
            port = server.syslog_port
            expect_still_there(folder, kept)
            stream = Stream(port, begin)
            stream.start()
            first = ("stream", str(begin))
            assert wait_for(lambda: first in found_rows(folder, LINE_ID)), "nothing was stored"
            time.sleep(0.3)
            kept |= set(found_rows(folder, LINE_ID))
            server.kill()
            stream.end()
            begin = stream.next + 1000  # a number of its own for what the next one sends
    assert len(kept) > 100, f"only {len(kept)} lines were stored before the kills"
    with Server(folder, port) as server:
        expect_still_there(folder, kept)
        stream = Stream(port, begin)
        stream.start()
        time.sleep(0.5)
        stream.end()
        sent = set(ids("stream", begin, stream.next))
        assert wait_for(lambda: sent <= set(found_rows(folder, LINE_ID))), "sending did not go on"
        expect_none_twice(found_rows(folder, LINE_ID))
        server.stop()


def expect_still_there(folder, kept):
    counts = found_rows(folder, LINE_ID) if kept else collections.Counter()
    lost = kept - set(counts)
    assert not lost, f"{len(lost)} of {len(kept)} found before the kill are gone: {sorted(lost)[:3]}"
    expect_none_twice(counts)


def rsyslog_goes_on_after_a_kill(folder):
    options = {"protocol": "tcp", "TCP_Framing": "octet-counted"}
    with Server(folder) as server:
        port = server.syslog_port
        with Rsyslog(folder, port, **options) as peer:
            peer.write(lines("before", 0, 2000))
            expect_each_once(folder, ids("before", 0, 2000))
            server.kill()
            with Server(folder, port) as again:
                # rsyslog notices the broken connection only by sending: what it sends into it first
                # may be gone, as plain TCP gives no acknowledgement.
                peer.write(lines("probe", 0, 50))
                assert wait_for(lambda: resent(folder, peer)), "rsyslog did not come back"
                peer.write(lines("after", 0, 2000))
                wanted = set(ids("before", 0, 2000) + ids("after", 0, 2000))
                assert wait_for(lambda: wanted <= set(found_rows(folder, LINE_ID))), "lines missing"
                counts = found_rows(folder, LINE_ID)
                expect_none_twice({key: n for key, n in counts.items() if key[0] != "probe"})
                again.stop()


def resent(folder, peer):
    """More probes until one of them is found."""
    if any(key[0] == "probe" for key in found_rows(folder, LINE_ID)):
        return True
    peer.write(lines("probe", 50, 51))
    time.sleep(0.5)
    return False


def what_was_sent_survives_a_stop(folder):
    """A stop by SIGTERM takes what the kernel has received already, also without a last line end."""
    with Server(folder) as server:
        for number in range(3):
            with socket.create_connection(("127.0.0.1", server.syslog_port)) as sender:
                name = "abc"[number]
                text = "\n".join(f"<13>{line}" for line in lines(name, 0, 1000))
                sender.sendall(text.encode())
        server.stop()
    expect_each_once(folder, [key for name in "abc" for key in ids(name, 0, 1000)])


def odd_senders_are_taken(folder):
    """Framings mixed on one connection, NUL endings, a message of 300 KB, bytes that are no text."""
    with Server(folder) as server:
        with socket.create_connection(("127.0.0.1", server.syslog_port)) as sender:
            texts = [f"<13>{line}".encode() for line in lines("odd", 0, 400)]
            for number, text in enumerate(texts):
                framed = [text + b"\n", b"%d " % len(text) + text, text + b"\0", text + b"\r\n"]
                sender.sendall(framed[number % 4])
            sender.sendall(b"<13>" + b"\xff\x00\x81" * 500 + b"\n")
            sender.sendall(b"<13>" + b"x" * 300000 + b"\n")
            sender.sendall(b"99999999999 <13>no count\n-5 <13>no count\n")
            sender.sendall(b"<13>line-odd-400-end\n")
        expect_each_once(folder, ids("odd", 0, 401))
        server.stop()


def a_taken_port_is_told(folder):
    with Server(folder) as server:
        other = folder / "other"
        done = subprocess.run(
            [str(AKASHI), "serve", "--data", str(other), "--listen", "127.0.0.1", "--http", "0",
             "--syslog", str(server.syslog_port)], capture_output=True, text=True,
            timeout=WAIT_SECONDS, check=False, stdin=subprocess.DEVNULL)
        assert done.returncode == 2, f"exit {done.returncode}: {done.stderr[-500:]}"
        assert str(server.syslog_port) in done.stderr, done.stderr[-500:]
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


def run_case(case):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="akashi-e2e-"))
    try:
        case(folder)
        return "ok", ""
    except Skip as reason:
        return "ok", f" # SKIP {reason}"
    except (AssertionError, OSError, subprocess.SubprocessError) as failure:
        for line in str(failure).splitlines():
            print(f"# {line}")
        return "not ok", ""
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main():
    chosen = [case for case in CASES if len(sys.argv) < 3 or sys.argv[2] in case[0]]
    failed = 0
    print(f"1..{len(chosen)}")
    for number, (name, case) in enumerate(chosen, 1):
        began = time.monotonic()
        result, note = run_case(case)
        failed += result != "ok"
        print(f"{result} {number} - {name}{note}")
        print(f"# {time.monotonic() - began:.1f} s", flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
