#!/usr/bin/env python3
"""kill -9 of the server while clients of every dialect that is acknowledged send to it.

usage: collect_kill_test.py BUILD_FOLDER [NAME]    (prints TAP; NAME: only the cases that contain it)

Each client sends numbered events, waits for the answer of its dialect and sends again what was not
acknowledged, as real ones do, over several kills and restarts. In the end each event is there exactly
once: nothing that was acknowledged is lost, nothing that was sent again is doubled.
AKASHI_COLLECT_KILLS kills in a case (3; ./dev long: more).
"""
import base64
import gzip
import hashlib
import http.client
import json
import os
import random
import socket
import struct
import sys
import threading
import time
import zlib

from collect_kit import (Place, Server, WAIT_SECONDS, event, expect_each_once, run_cases)

KILLS = int(os.environ.get("AKASHI_COLLECT_KILLS", "3"))
EVENTS_A_REQUEST = 40
BROKEN = (OSError, http.client.HTTPException, EOFError, struct.error)


class HttpSender:
    """One connection, opened again when it breaks."""

    def __init__(self, port):
        self.port, self.connection = port, None

    def post(self, path, body, headers=None):
        if not self.connection:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        self.connection.request("POST", path, body, headers or {})
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status == 503:
            raise EOFError("not stored")
        assert answer.status < 300, f"{path}: HTTP {answer.status}: {text[:300]}"
        return text

    def close(self):
        if self.connection:
            self.connection.close()
        self.connection = None


class StreamSender:
    def __init__(self, port):
        self.port, self.socket = port, None

    def open(self):
        if not self.socket:
            self.socket = socket.create_connection(("127.0.0.1", self.port), timeout=10)
        return self.socket

    def read(self, count):
        got = b""
        while len(got) < count:
            more = self.socket.recv(count - len(got))
            if not more:
                raise EOFError("closed")
            got += more
        return got

    def close(self):
        if self.socket:
            self.socket.close()
        self.socket = None


class Elastic(HttpSender):
    def send(self, name, numbers):
        lines = []
        for number in numbers:
            lines.append(json.dumps({"create": {"_index": "logs", "_id": f"{name}-{number}"}}))
            lines.append(json.dumps({"message": event(name, number)}))
        body = gzip.compress(("\n".join(lines) + "\n").encode())
        answer = json.loads(self.post("/_bulk", body, {"Content-Encoding": "gzip"}))
        assert not answer["errors"] and len(answer["items"]) == len(numbers), answer


class Hec(HttpSender):
    def send(self, name, numbers):
        body = "".join(json.dumps({"time": 1764000000 + number / 1000, "event": event(name, number)})
                       for number in numbers)
        headers = {"X-Splunk-Request-Channel": "a3f1c2d4-0000-4000-8000-0123456789ab"}
        answer = json.loads(self.post("/services/collector/event", body, headers))
        acks = self.post("/services/collector/ack", json.dumps({"acks": [answer["ackId"]]}), headers)
        assert json.loads(acks)["acks"][str(answer["ackId"])], acks


class Loki(HttpSender):
    def send(self, name, numbers):
        values = [[str(1764000000000000000 + number), event(name, number)] for number in numbers]
        self.post("/loki/api/v1/push", json.dumps(
            {"streams": [{"stream": {"job": name}, "values": values}]}),
            {"Content-Type": "application/json"})


class Otlp(HttpSender):
    def send(self, name, numbers):
        records = [{"timeUnixNano": str(1764000000000000000 + number),
                    "body": {"stringValue": event(name, number)}} for number in numbers]
        self.post("/v1/logs", json.dumps(
            {"resourceLogs": [{"scopeLogs": [{"logRecords": records}]}]}),
            {"Content-Type": "application/json"})


class Jsonl(HttpSender):
    def send(self, name, numbers):
        body = "\n".join(json.dumps({"text": event(name, number)}) for number in numbers)
        self.post("/ingest/jsonl?message=text", body, {"Idempotency-Key": f"{name}-{numbers[0]}"})


class Journal(HttpSender):
    def send(self, name, numbers):
        entries = []
        for number in numbers:
            text = event(name, number).encode()
            entries.append(b"__CURSOR=c%d\n__REALTIME_TIMESTAMP=%d\n_HOSTNAME=gw\n"
                           b"SYSLOG_IDENTIFIER=app\nMESSAGE\n" % (number, 1764000000000000 + number)
                           + struct.pack("<Q", len(text)) + text + b"\n\n")
        self.post("/upload", iter(entries), {"Content-Type": "application/vnd.fdo.journal"})


class Lumberjack(StreamSender):
    def send(self, name, numbers):
        frames = b""
        for place, number in enumerate(numbers, 1):
            text = json.dumps({"@timestamp": "2026-11-20T08:00:00.000Z", "message":
                               event(name, number), "log": {"offset": number, "file": {"path": "/x"}}})
            frames += b"2J" + struct.pack(">II", place, len(text)) + text.encode()
        packed = zlib.compress(frames)
        self.open().sendall(b"2W" + struct.pack(">I", len(numbers)) + b"2C" +
                            struct.pack(">I", len(packed)) + packed)
        acknowledged = 0
        while acknowledged < len(numbers):
            head, acknowledged = struct.unpack(">2sI", self.read(6))
            assert head == b"2A", head


def packed(value):
    """MessagePack, as far as this test needs it."""
    if isinstance(value, bytes):
        return b"\xc6" + struct.pack(">I", len(value)) + value
    if isinstance(value, str):
        text = value.encode()
        return b"\xdb" + struct.pack(">I", len(text)) + text
    if isinstance(value, int):
        return b"\xcf" + struct.pack(">Q", value)
    if isinstance(value, list):
        return b"\xdd" + struct.pack(">I", len(value)) + b"".join(map(packed, value))
    return b"\xdf" + struct.pack(">I", len(value)) + b"".join(
        packed(name) + packed(item) for name, item in value.items())


class Fluent(StreamSender):
    """The four modes in turn."""

    def send(self, name, numbers):
        chunk = base64.b64encode(hashlib.sha256(f"{name}{numbers}".encode()).digest()[:16]).decode()
        entries = [[1764000000 + number, {"message": event(name, number)}] for number in numbers]
        mode = (numbers[0] // EVENTS_A_REQUEST) % 4
        stream = b"".join(map(packed, entries))
        if mode == 0:
            self.await_ack(["app.log", entries, {"chunk": chunk}], chunk)
        elif mode == 1:
            self.await_ack(["app.log", stream, {"chunk": chunk}], chunk)
        elif mode == 2:
            self.await_ack(["app.log", gzip.compress(stream), {"chunk": chunk, "compressed": "gzip"}],
                           chunk)
        else:
            for number, (when, record) in zip(numbers, entries):
                self.await_ack(["app.log", when, record, {"chunk": f"{chunk}-{number}"}],
                               f"{chunk}-{number}")

    def await_ack(self, message, chunk):
        self.open().sendall(packed(message))
        wanted = b"\x81\xda\x00\x03ack\xda" + struct.pack(">H", len(chunk)) + chunk.encode()
        got = self.read(len(wanted))
        assert got == wanted, got


def send_all(sender, name, count, over, failures):
    """Until all is acknowledged, however often the server goes away."""
    number = 0
    try:
        while number < count or not over.is_set():
            if number >= count:  # the kills are not over: go on as long as they come
                count += EVENTS_A_REQUEST
            numbers = list(range(number, min(number + EVENTS_A_REQUEST, count)))
            try:
                sender.send(name, numbers)
                number = numbers[-1] + 1
            except BROKEN:
                sender.close()
                time.sleep(0.05)
    except AssertionError as failure:
        failures.append(str(failure))
    sender.close()
    return number


def kill_case(door, sender_type):
    name = sender_type.__name__.lower()

    def case(folder):
        place = Place(folder, [door])
        chance, over, failures, sent = random.Random(1), threading.Event(), [], []
        server = Server(place)
        client = threading.Thread(target=lambda: sent.append(
            send_all(sender_type(place.ports[door]), name, 400, over, failures)))
        client.start()
        try:
            for _ in range(KILLS):
                time.sleep(chance.uniform(0.2, 0.6))
                server.kill()
                server = Server(place)
            over.set()
            client.join(WAIT_SECONDS)
            assert not client.is_alive(), "the client is not through"
            assert not failures, failures[0]
            server.stop()
        finally:
            over.set()
            server.kill()
        expect_each_once(place.counts(), name, sent[0])
        return f"{sent[0]} events over {KILLS} kills"
    return (f"{name}: each event once over kill -9", case)


def windows_event(number, record):
    now = time.time()
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + f".{int(now * 1e6) % 1000000:06}Z"
    return {"@timestamp": stamp, "EventID": 4663, "Channel": "Security", "Provider_Name":
            "Microsoft-Windows-Security-Auditing", "Computer": "fs1.example.com", "EventRecordID":
            record, "SubjectUserName": "bob", "SubjectLogonId": "0x3e7", "ObjectServer": "Security",
            "ObjectType": "File", "ObjectName": "C:\\share\\a.txt", "HandleId": "0x54",
            "AccessMask": "0x2", "ProcessId": "0x4", "note": event("windows", number)}


def waits_for_its_turn(folder):
    """An event whose predecessor is missing waits in memory: it is not acknowledged before it is stored."""
    place = Place(folder, ["elastic"])
    server = Server(place)
    sender = HttpSender(place.ports["elastic"])
    took = []
    try:
        for number, record in enumerate((1000, 1001, 1003)):
            body = json.dumps({"create": {}}) + "\n" + json.dumps(windows_event(number, record)) + "\n"
            begun = time.monotonic()
            sender.post("/_bulk", body)
            took.append(time.monotonic() - begun)
    finally:
        server.kill()
    found = place.counts("akashi.role:evidence")
    expect_each_once(found, "windows", 3)
    assert took[2] > 10 * took[1], f"it did not wait: {took}"
    return "answered after " + ", ".join(f"{1000 * seconds:.0f} ms" for seconds in took)


CASES = [
    ("an event that waits for its turn", waits_for_its_turn),
    kill_case("elastic", Elastic),
    kill_case("hec", Hec),
    kill_case("loki", Loki),
    kill_case("otlp", Otlp),
    kill_case("jsonl", Jsonl),
    kill_case("journal", Journal),
    kill_case("lumberjack", Lumberjack),
    kill_case("fluent", Fluent),
]

if __name__ == "__main__":
    sys.exit(run_cases(CASES))
