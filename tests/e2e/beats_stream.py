#!/usr/bin/env python3
"""What a Beats sender writes on a connection: the recording streams/beats.lumberjack, and who made it.

usage: beats_stream.py --write    (makes the recording anew)

Made from the public description of the Lumberjack protocol, version 2 (go-lumber; PROTOCOL.md of
logstash-forwarder for the frames they share): `2W` count, `2J` sequence length JSON, `2C` length zlib of
frames. The sequence begins at 1 in each window. The events have the shape in which Filebeat ships lines.
"""
import json
import pathlib
import struct
import sys
import zlib

RECORDING = pathlib.Path(__file__).resolve().parent / "streams/beats.lumberjack"
COMPRESSION = 3  # Beats' own default
# How many events each window holds, and how they are framed: one by one, packed, or some of each.
WINDOWS = [(1, "plain"), (50, "packed"), (3, "plain"), (200, "packed"), (20, "mixed"), (1, "packed"),
           (512, "packed"), (7, "mixed"), (64, "plain"), (300, "packed"), (2, "packed"), (40, "mixed")]
LONG_LINES = {60: 70000, 700: 9000}  # by the number of the event
JAPANESE = 5  # each so-manieth line


def event_name(number):
    return f"event-beats-{number}-end"


def line(number):
    words = "ログオンに失敗しました" if number % JAPANESE == 0 else "logon failed"
    return f"{event_name(number)} {words} user{number % 7} " + "x" * LONG_LINES.get(number, 0)


def shipped(number):
    """The offset is that of the line in its file, by which it is itself when it is sent again."""
    return {
        "@timestamp": f"2026-11-20T08:{number // 60 % 60:02}:{number % 60:02}.{number % 1000:03}Z",
        "@metadata": {"beat": "filebeat", "type": "_doc", "version": "8.15.0"},
        "agent": {"type": "filebeat", "version": "8.15.0", "name": "pc01"},
        "host": {"name": "pc01.example.com"},
        "input": {"type": "filestream"},
        "log": {"file": {"path": "/var/log/app.log"}, "offset": 1000 * number},
        "message": line(number),
    }


def json_frame(sequence, number):
    text = json.dumps(shipped(number), ensure_ascii=False, separators=(",", ":")).encode()
    return b"2J" + struct.pack(">II", sequence, len(text)) + text


def packed_frame(frames):
    body = zlib.compress(b"".join(frames), COMPRESSION)
    return b"2C" + struct.pack(">I", len(body)) + body


def window(count, form, first):
    frames = [json_frame(place + 1, first + place) for place in range(count)]
    if form == "packed":
        frames = [packed_frame(frames)]
    elif form == "mixed":
        third = max(1, count // 3)
        frames = frames[:third] + [packed_frame(frames[third:2 * third])] + frames[2 * third:]
    return b"2W" + struct.pack(">I", count) + b"".join(frames)


def whole_stream():
    out, first = [], 0
    for count, form in WINDOWS:
        out.append(window(count, form, first))
        first += count
    return b"".join(out)


class Window:
    """Bytes of the recording from one `2W` to the next, and the numbers of its events."""

    def __init__(self, stream, numbers):
        self.stream, self.numbers = stream, numbers

    def __len__(self):
        return len(self.numbers)


def frames_of(stream):
    """(kind, body, all its bytes) of each frame; a packed one as it stands."""
    at = 0
    while at < len(stream):
        assert stream[at:at + 1] == b"2", f"no frame at byte {at}"
        kind = stream[at + 1:at + 2]
        head = 10 if kind == b"J" else 6
        size = 0 if kind == b"W" else struct.unpack(">I", stream[at + head - 4:at + head])[0]
        assert at + head + size <= len(stream), f"the frame at byte {at} is cut"
        body = stream[at + 2:at + 6] if kind == b"W" else stream[at + head:at + head + size]
        yield kind, body, stream[at:at + head + size]
        at += head + size


def events_of(kind, body):
    if kind == b"J":
        return [json.loads(body)]
    return [event for inner, text, _ in frames_of(zlib.decompress(body)) for event in events_of(inner, text)]


def recorded_windows():
    windows, wanted = [], 0
    for kind, body, whole in frames_of(RECORDING.read_bytes()):
        if kind == b"W":
            assert not windows or len(windows[-1]) == wanted, "a window that is not full"
            wanted = struct.unpack(">I", body)[0]
            windows.append(Window(whole, []))
            continue
        windows[-1].stream += whole
        windows[-1].numbers += [event["log"]["offset"] // 1000 for event in events_of(kind, body)]
    assert len(windows[-1]) == wanted, "the last window is not full"
    return windows


if __name__ == "__main__":
    if sys.argv[1:] != ["--write"]:
        sys.exit(__doc__)
    RECORDING.parent.mkdir(exist_ok=True)
    RECORDING.write_bytes(whole_stream())
