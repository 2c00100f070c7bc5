#!/usr/bin/env python3
"""A recorded byte stream of a Beats sender (beats_stream.py), played to the door of Lumberjack.

usage: collect_beats_test.py BUILD_FOLDER [NAME]    (prints TAP; NAME: only the cases that contain it)

A window counts as taken only when its last event is acknowledged; what was not is played again on the next
connection. In the end each event of the recording is stored once.
AKASHI_COLLECT_KILLS kills (3; ./dev long: more).
"""
import os
import random
import socket
import struct
import sys
import time

from beats_stream import event_name, line, recorded_windows, shipped, frames_of, events_of, RECORDING
from collect_kit import EVENT_ID, Place, Server, WAIT_SECONDS, expect_each_once, run_cases, wait_for

KILLS = int(os.environ.get("AKASHI_COLLECT_KILLS", "3"))
DOOR = "lumberjack"
IN_FLIGHT = 2  # Beats' `pipelining`
BROKEN = (OSError, EOFError)


class Player:
    """One connection at a time, over which the windows go in their order."""

    def __init__(self, port):
        self.port, self.socket, self.answers = port, None, b""

    def open(self):
        self.answers = b""
        self.socket = socket.create_connection(("127.0.0.1", self.port), timeout=WAIT_SECONDS)

    def close(self):
        if self.socket:
            self.socket.close()
        self.socket = None

    def write(self, stream):
        if not self.socket:
            self.open()
        self.socket.sendall(stream)

    def answer(self):
        """The number of the next acknowledgement."""
        while len(self.answers) < 6:
            more = self.socket.recv(4096)
            if not more:
                raise EOFError("closed")
            self.answers += more
        kind, number = struct.unpack(">2sI", self.answers[:6])
        self.answers = self.answers[6:]
        assert kind == b"2A", f"no acknowledgement: {kind}"
        return number

    def await_window(self, count):
        """All of it. In between come parts, which only grow, and 0: nothing yet, but still at work."""
        last = 0
        while last < count:
            number = self.answer()
            assert number <= count, f"{number} acknowledged of {count}"
            assert number == 0 or number >= last, f"{number} behind {last}"
            last = max(last, number)


def expect_recording(place, windows):
    found = place.counts()
    expect_each_once(found, "beats", sum(map(len, windows)))


def the_recording_is_what_it_says(_):
    events = [event for kind, body, _ in frames_of(RECORDING.read_bytes()) if kind != b"W"
              for event in events_of(kind, body)]
    assert events == [shipped(number) for number in range(len(events))], "made by another generator"
    kinds = {kind for kind, _, _ in frames_of(RECORDING.read_bytes())}
    assert kinds == {b"W", b"J", b"C"}, kinds
    return f"{len(events)} events in {len(recorded_windows())} windows"


def windows_are_acknowledged(folder):
    windows, place = recorded_windows(), Place(folder, [DOOR])
    with Server(place) as server:
        player = Player(place.ports[DOOR])
        for one in windows:
            player.write(one.stream)
            player.await_window(len(one))
            stored = place.found(EVENT_ID)  # acknowledged is durable: any process finds it
            assert all(stored[("beats", str(number))] == 1 for number in one.numbers), "not there yet"
        player.close()
        expect_recording(place, windows)
        number = windows[1].numbers[4]
        row = place.rows(f'"{event_name(number)}"')[0]
        assert line(number).split(" ", 1)[1].strip() in str(row), row
        server.stop()


def pieces_of_any_size(folder):
    """Cut where no frame ends, with the next window on its way before the answer to this one."""
    windows, place, chance = recorded_windows(), Place(folder, [DOOR]), random.Random(7)
    with Server(place) as server:
        player, waiting = Player(place.ports[DOOR]), []
        for one in windows:
            at = 0
            while at < len(one.stream):
                size = chance.randint(1, 7) if at < 64 else chance.randint(1, 20000)
                player.write(one.stream[at:at + size])
                at += size
            waiting.append(one)
            if len(waiting) > IN_FLIGHT - 1:
                player.await_window(len(waiting.pop(0)))
        for one in waiting:
            player.await_window(len(one))
        player.close()
        expect_recording(place, windows)
        server.stop()


def a_broken_connection(folder):
    """Each window is first cut in its middle, then played again: what was half there is not there twice."""
    windows, place = recorded_windows(), Place(folder, [DOOR])
    with Server(place) as server:
        player = Player(place.ports[DOOR])
        for one in windows:
            player.write(one.stream[:len(one.stream) // 2])
            player.close()
            player.write(one.stream)
            player.await_window(len(one))
            player.close()
        expect_recording(place, windows)
        server.stop()


def play_until(player, windows, at, end):
    """The number of the first window that is not acknowledged, at the latest at the time `end`."""
    try:
        while time.monotonic() < end:
            if at == len(windows):
                at = 0  # the whole recording again: nothing of it may be stored twice
            player.write(windows[at].stream)
            player.await_window(len(windows[at]))
            at += 1
    except BROKEN:
        pass
    return at


def kills_between(folder):
    windows, place, chance = recorded_windows(), Place(folder, [DOOR]), random.Random(3)
    acknowledged, at = set(), 0
    server = Server(place)
    try:
        for _ in range(KILLS):
            player = Player(place.ports[DOOR])
            begun = at
            at = play_until(player, windows, at, time.monotonic() + chance.uniform(0.05, 0.4))
            acknowledged |= {number for one in windows[begun:at] for number in one.numbers}
            if at < len(windows):
                player.write(windows[at].stream[:-1])  # one more is under way
            server.kill()
            player.close()
            server = Server(place)
            found = place.counts()
            lost = [number for number in acknowledged if found[("beats", number)] != 1]
            assert not lost, f"{len(lost)} acknowledged events are not there once, first {lost[:3]}"
        player = Player(place.ports[DOOR])
        for one in windows[at:] + windows[:at]:
            player.write(one.stream)
            player.await_window(len(one))
        player.close()
        wait_for(lambda: len(place.counts()) >= sum(map(len, windows)), 5)
        expect_recording(place, windows)
        server.stop()
    finally:
        server.kill()
    return f"{len(acknowledged)} events acknowledged before {KILLS} kills"


CASES = [
    ("the recording is what it says", the_recording_is_what_it_says),
    ("windows are acknowledged when they are durable", windows_are_acknowledged),
    ("pieces of any size, two windows in flight", pieces_of_any_size),
    ("a broken connection in each window", a_broken_connection),
    ("kill -9 between and within windows", kills_between),
]

if __name__ == "__main__":
    sys.exit(run_cases(CASES))
