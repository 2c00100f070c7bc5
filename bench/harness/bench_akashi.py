"""Ours, as a user has it: the commands and the HTTP API, on a data folder with a key of its own."""
import datetime
import hashlib
import http.client
import json
import os
import pathlib
import re
import secrets
import subprocess
import sys
import tempfile
import time
import urllib.parse

import bench_process

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tests/e2e"))
import server_ask  # noqa: E402

READY_SECONDS_MAX = 60
ANSWER_SECONDS_MAX = 60


class Failed(Exception):
    pass


class Akashi:
    def __init__(self, work):
        build = os.environ.get("AKASHI_BUILD", str(ROOT / "build"))
        self.program = pathlib.Path(build).resolve() / "akashi"
        if not self.program.is_file():
            raise Failed(f"{self.program} is not there: build it, or set AKASHI_BUILD")
        # The key is handed over as systemd does it, so that nothing is written outside of `work`.
        held = pathlib.Path(work) / "credentials"
        held.mkdir(mode=0o700)
        key = held / "akashi.key"
        key.write_bytes(secrets.token_bytes(32))
        key.chmod(0o400)
        self.env = dict(os.environ, CREDENTIALS_DIRECTORY=str(held), TZ="UTC", LC_ALL="C.UTF-8")
        self.env["XDG_CONFIG_HOME"] = str(held)

    def version(self):
        done = subprocess.run([self.program, "--version"], capture_output=True, text=True)
        return done.stdout.strip()

    def fill(self, data, path, limit=None):
        used = bench_process.run(
            [self.program, "import", "--data", data, path], env=self.env, limit=limit
        )
        found = re.search(r"imported: (\d+)", used.words)
        if used.status or not found:
            raise Failed(f"import ended with {used.status}: {used.words[-300:]}")
        return used, int(found.group(1))

    def command(self, data, query, span=None, limit=0):
        words = [self.program, "search", of_lines(query), "--data", data, "--format", "json"]
        words += ["--limit", str(limit)]
        return words + (["--from", span[0], "--to", span[1]] if span else [])

    def search(self, data, query, span=None, limit=0):
        """Wall milliseconds of the whole process, and its rows."""
        begun = time.perf_counter()
        done = subprocess.run(
            self.command(data, query, span, limit), capture_output=True, env=self.env
        )
        ms = (time.perf_counter() - begun) * 1000
        if done.returncode:
            raise Failed(done.stderr.decode("utf-8", "replace").strip()[-300:])
        return ms, [json.loads(line) for line in done.stdout.splitlines()]

    def line_count(self, data):
        return list(self.search(data, "| stats count()")[1][0].values())[0]

    def raw_sum(self, data):
        """Count and order-free sum of all raw lines as the store gives them back, and what was said."""
        with tempfile.TemporaryFile() as said:
            process = subprocess.Popen(
                self.command(data, "| fields _raw"),
                stdout=subprocess.PIPE,
                stderr=said,
                env=self.env,
            )
            given = lines_sum(json.loads(line)["_raw"].encode() for line in process.stdout)
            status = process.wait()
            words = os.pread(said.fileno(), 2000, 0).decode("utf-8", "replace").strip()
        if status:
            raise Failed(f"search ended with {status} while giving back the raw lines: {words}")
        return given, words


def rows_of(lines):
    """The rows of a streamed answer as the command prints them, as far as questions look at them."""
    columns = next(([column["name"] for column in line["columns"]] for line in lines if "columns" in line), [])
    if not lines or not lines[-1].get("end", {}).get("complete"):
        raise Failed(f"an answer was cut off: {lines[-1:]}")
    return [line.get("row") or dict(zip(columns, line["cells"])) for line in lines if "row" in line or "cells" in line]


def of_lines(query):
    """The query over what came in, one row a line: the actions that were made of several lines are rows
    more, and the lines that they were made of are left out of answers unless the query asks so."""
    asked, bar, pipes = query.partition("|")
    asked = f"({asked.strip()})" if asked.strip() else ""
    return f"NOT role:action {asked} {bar}{pipes}"


def lines_sum(lines):
    count = total = 0
    for line in lines:
        digest = hashlib.sha256(line.rstrip(b"\n")).digest()
        total = (total + int.from_bytes(digest, "big")) % (1 << 256)
        count += 1
    return count, total


def file_sum(path):
    with open(path, "rb") as lines:
        return lines_sum(lines)


class Server:
    """akashi serve; asked over one connection that stays open."""

    def __init__(self, ours, data, limit=None):
        self.said = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [ours.program, "serve", "--data", data, "--http", "0", "--syslog", "0"],
            stdout=subprocess.DEVNULL,
            stderr=self.said,
            env=ours.env,
            preexec_fn=limit.enter if limit else None,
        )
        port = self.wait_ready()
        page = server_ask.Page(port).set_up(server_ask.code_of(self.words()))
        self.headers = {"Authorization": "Bearer " + page.make_token()}
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWER_SECONDS_MAX)

    def words(self):
        return os.pread(self.said.fileno(), 65536, 0).decode("utf-8", "replace")

    def wait_ready(self):
        until = time.monotonic() + READY_SECONDS_MAX
        while time.monotonic() < until:
            words = self.words()
            found = re.search(r"^ready http=(\d+)", words, re.MULTILINE)
            if found:
                return int(found.group(1))
            if self.process.poll() is not None:
                break
            time.sleep(0.01)
        self.process.kill()
        self.process.wait()
        raise Failed("serve did not become ready: " + words[-300:])

    def search(self, query, span=None, limit=1000):
        asked = {"q": of_lines(query), "limit": str(limit)}
        if span:
            # There `to` is the end of the second written, here its beginning.
            end = datetime.datetime.fromisoformat(span[1].replace("Z", "+00:00"))
            end -= datetime.timedelta(microseconds=1)
            asked.update({"from": span[0], "to": end.isoformat().replace("+00:00", "Z")})
        begun = time.perf_counter()
        self.connection.request("GET", "/api/v1/search?" + urllib.parse.urlencode(asked), headers=self.headers)
        answer = self.connection.getresponse()
        body = answer.read()
        ms = (time.perf_counter() - begun) * 1000
        if answer.status != 200:
            raise Failed(f"HTTP {answer.status} after {ms:.0f} ms: {body[:120].decode()}")
        return ms, rows_of([json.loads(line) for line in body.splitlines()])

    def peak_bytes(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        found = re.search(r"VmHWM:\s*(\d+) kB", status)
        return int(found.group(1)) * 1024 if found else 0

    def close(self):
        self.connection.close()
        self.process.terminate()
        self.process.wait()
        self.said.close()
