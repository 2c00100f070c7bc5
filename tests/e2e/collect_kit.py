"""What the tests of the collectors share: a server with its doors, and what it has stored."""
import collections
import json
import os
import pathlib
import re
import secrets
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
WAIT_SECONDS = 60
EVENT_ID = re.compile(r"event-([a-z]+)-(\d+)-end")
SANITIZER_WORDS = ("AddressSanitizer", "ThreadSanitizer", "runtime error", "LeakSanitizer")
READY = re.compile(r"^ready http=(\d+) ")


class Skip(Exception):
    """The case cannot run here; the text says why."""


def program(name, package):
    found = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin:/lib/systemd")
    if not found:
        raise Skip(f"{name} is missing (package {package})")
    return found


def wait_for(condition, seconds=WAIT_SECONDS):
    end = time.monotonic() + seconds
    while not (answer := condition()) and time.monotonic() < end:
        time.sleep(0.1)
    return answer


def free_ports(count):
    """Ports that nobody has now; both kinds of sockets."""
    held = []
    while len(held) < count:
        tcp, udp = socket.socket(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        tcp.bind(("127.0.0.1", 0))
        try:
            udp.bind(("127.0.0.1", tcp.getsockname()[1]))
            held.append((tcp, udp))
        except OSError:
            tcp.close()
            udp.close()
    ports = [tcp.getsockname()[1] for tcp, _ in held]
    for tcp, udp in held:
        tcp.close()
        udp.close()
    return ports


def event(name, number):
    return f"event-{name}-{number}-end"


class Place:
    """A data folder with its key and settings; ports stay the same from start to start."""

    def __init__(self, folder, doors, more="", address="127.0.0.1"):
        self.folder, self.data, self.address = folder, folder / "data", address
        key = folder / "akashi.key"
        if not key.exists():
            key.write_bytes(secrets.token_bytes(32))
        key.chmod(0o400)
        ports = free_ports(len(doors) + 1)
        self.syslog_port = ports[0]
        self.ports = dict(zip(doors, ports[1:]))
        lines = f"  address: {address}\n"
        lines += "".join(f"  {door}_port: {port}\n" for door, port in self.ports.items())
        self.config = folder / "akashi.yaml"
        self.config.write_text(f"detect:\n  packs: none\nlisten:\n{lines}{more}")
        self.env = dict(os.environ, CREDENTIALS_DIRECTORY=str(folder), LC_ALL="C.UTF-8",
                        LANG="C.UTF-8")

    def command(self, name, *words):
        return [str(AKASHI), name, "--data", str(self.data), "--config", str(self.config), *words]

    def found(self, pattern, query=""):
        """In how many rows each id is; two in one row would be two messages in one."""
        found = collections.Counter()
        for row in self.answer(query + " | fields _raw"):
            ids = set(pattern.findall(row))
            assert len(ids) <= 1, f"several messages in one row: {row[:300]}"
            found.update(ids)
        return found

    def counts(self, query=""):
        """How often each event (name, number) is stored."""
        return collections.Counter(
            {(name, int(number)): times
             for (name, number), times in self.found(EVENT_ID, query).items()})

    def rows(self, query):
        return [json.loads(line) for line in self.answer(query)]

    def answer(self, query):
        """A line of JSON a row."""
        done = subprocess.run(self.command("search", query, "--format", "json", "--limit", "0"),
                              capture_output=True, text=True, timeout=WAIT_SECONDS, check=False,
                              env=self.env)
        assert done.returncode == 0, f"exit {done.returncode}: {done.stderr[-500:]}"
        return done.stdout.splitlines()


class Server:
    """`akashi serve` of a place."""

    def __init__(self, place):
        self.place, self.said = place, []
        self.process = subprocess.Popen(
            place.command("serve", "--listen", place.address, "--http", "0", "--syslog",
                          str(place.syslog_port)),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
            env=place.env)
        self.ready = threading.Event()
        self.http_port = None
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        if not self.ready.wait(WAIT_SECONDS) or self.http_port is None:
            self.kill()
            raise AssertionError("the server did not get ready: " + " / ".join(self.said[-5:]))

    def _read(self):
        for line in self.process.stderr:
            self.said.append(line.rstrip("\n"))
            found = READY.match(line)
            if found:
                self.http_port = int(found[1])
                self.ready.set()
        self.ready.set()

    def kill(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait(WAIT_SECONDS)
        self.reader.join(WAIT_SECONDS)

    def stop(self):
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


def expect_each_once(found, name, count):
    wanted = {(name, number) for number in range(count)}
    mine = {key: times for key, times in found.items() if key[0] == name}
    missing = sorted(wanted - mine.keys())
    doubled = sorted(key for key, times in mine.items() if times > 1)
    strange = sorted(mine.keys() - wanted)
    assert not missing, f"{name}: {len(missing)} of {count} are missing, first {missing[:3]}"
    assert not doubled, f"{name}: {len(doubled)} of {count} are there twice, first {doubled[:3]}"
    assert not strange, f"{name}: never sent: {strange[:3]}"


def run_cases(cases):
    """Prints TAP; the exit code. Cases take a fresh folder."""
    chosen = [case for case in cases if len(sys.argv) < 3 or sys.argv[2] in case[0]]
    failed = 0
    print(f"1..{len(chosen)}", flush=True)
    for number, (name, case) in enumerate(chosen, 1):
        began = time.monotonic()
        folder = pathlib.Path(tempfile.mkdtemp(prefix="akashi-collect-"))
        result, note = "ok", ""
        try:
            said = case(folder)
            if said:
                print(f"# {said}")
        except Skip as reason:
            note = f" # SKIP {reason}"
        except (AssertionError, OSError, subprocess.SubprocessError) as failure:
            result = "not ok"
            for line in (str(failure) or repr(failure)).splitlines():
                print(f"# {line}")
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        failed += result != "ok"
        print(f"{result} {number} - {name}{note}\n# {time.monotonic() - began:.1f} s", flush=True)
    return 1 if failed else 0
