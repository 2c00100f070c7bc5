#!/usr/bin/env python3
"""akashi simulate, end to end: files, labels, a listener of this machine, and what it refuses.

usage: simulate_cli_test.py BUILD_FOLDER    (prints TAP)
"""
import json
import os
import pathlib
import socket
import subprocess
import sys
import threading
import time

import cases

BUILD = pathlib.Path(sys.argv[1]).resolve()
AKASHI = BUILD / "akashi"
SANITIZER_WORDS = ("AddressSanitizer", "ThreadSanitizer", "runtime error", "LeakSanitizer")
SMALL = ("--from", "2026-10-05", "--people", "8", "--seed", "3", "--lang", "en")


def run(*arguments, stdin=b"", timeout=120):
    done = subprocess.run([str(AKASHI), *map(str, arguments)], input=stdin, capture_output=True,
                          timeout=timeout, check=False,
                          env={**os.environ, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"})
    said = done.stderr.decode("utf-8")
    assert not any(word in said for word in SANITIZER_WORDS), said[-4000:]
    return done.returncode, done.stdout, said


def simulate(*arguments):
    code, out, said = run("simulate", *arguments)
    assert code == 0, said
    return out


class Listener(threading.Thread):
    """Takes all that one TCP connection sends."""

    def __init__(self):
        super().__init__(daemon=True)
        self.door = socket.create_server(("127.0.0.1", 0))
        self.port = self.door.getsockname()[1]
        self.got = b""

    def run(self):
        connection, _ = self.door.accept()
        with connection:
            while piece := connection.recv(1 << 16):
                self.got += piece


def list_shows_each_scenario_in_both_languages(_):
    code, ja, _ = run("simulate", "list", "--lang", "ja")
    assert code == 0 and "ransomware".encode() in ja and "暗号化".encode() in ja
    code, en, _ = run("simulate", "list", "--lang", "en")
    assert code == 0 and len(en.splitlines()) == len(ja.splitlines()) >= 11


def files_are_decoded_without_damage(folder):
    simulate("ransomware", *SMALL, "--out", folder / "a", "--labels", folder / "a.labels")
    files = sorted(path.name for path in (folder / "a").iterdir())
    assert len(files) == 15 and "dc01.security.jsonl" in files and "fortigate.log" in files, files
    code, out, said = run("decode", *sorted((folder / "a").iterdir()), "--lang", "en")
    lines = sum(path.read_bytes().count(b"\n") for path in (folder / "a").iterdir())
    assert code == 0 and f"records: {lines} damaged: 0" in said, said
    assert out.count(b"\n") == lines


def labels_say_which_lines(folder):
    simulate("ransomware", *SMALL, "--out", folder / "b", "--labels", folder / "b.labels")
    lines = {path.name: path.read_bytes().splitlines() for path in (folder / "b").iterdir()}
    labels = [json.loads(line) for line in (folder / "b.labels").read_text("utf-8").splitlines()]
    encrypted = [label for label in labels if label.get("phase") == "destruction" and
                 label["verb"] == "RENAME"]
    assert len(encrypted) == 600, len(encrypted)
    for label in encrypted[:50]:
        assert label["target"] == label["object"] + ".locked"
        told = b"".join(lines[name][number - 1] for name, numbers in label["lines"].items()
                        for number in numbers)
        assert json.dumps(label["object"], ensure_ascii=False)[1:-1].encode() in told
        assert json.dumps(label["target"], ensure_ascii=False)[1:-1].encode() in told


def the_same_seed_the_same_bytes(folder):
    first = simulate("insider-copy", *SMALL, "--out", "-")
    assert first == simulate("insider-copy", *SMALL, "--out", "-")
    assert first != simulate("insider-copy", *SMALL, "--out", "-", "--seed", "4")
    simulate("insider-copy", *SMALL, "--out", folder / "c")
    together = b"".join(sorted(b"".join(path.read_bytes() for path in (folder / "c").iterdir())
                               .splitlines(keepends=True)))
    assert together == b"".join(sorted(first.splitlines(keepends=True)))


def a_listener_gets_every_line_in_order(_):
    listener = Listener()
    listener.start()
    want = simulate("scan-inside", *SMALL, "--out", "-")
    simulate("scan-inside", *SMALL, "--to", f"127.0.0.1:{listener.port}")
    listener.join(30)
    assert listener.got == want, (len(listener.got), len(want))


def a_rate_is_kept(_):
    listener = Listener()
    listener.start()
    with subprocess.Popen([str(AKASHI), "simulate", "scan-inside", *SMALL, "--to",
                           f"127.0.0.1:{listener.port}", "--rate", "200"],
                          stderr=subprocess.DEVNULL) as sender:
        time.sleep(2)
        sender.kill()
    listener.join(30)
    assert 100 <= listener.got.count(b"\n") <= 800, listener.got.count(b"\n")


def datagrams_hold_one_line_each(_):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as door:
        door.bind(("127.0.0.1", 0))
        door.settimeout(20)
        want = simulate("quiet-day", *SMALL, "--out", "-").splitlines()
        with subprocess.Popen([str(AKASHI), "simulate", "quiet-day", *SMALL, "--udp", "--rate",
                               "500", "--to", f"127.0.0.1:{door.getsockname()[1]}"],
                              stderr=subprocess.DEVNULL) as sender:
            got = [door.recv(65535) for _ in range(100)]
            sender.kill()
    assert got == want[:100]


def refused(*arguments):
    code, out, said = run("simulate", *arguments)
    assert code == 2 and not out and len(said.splitlines()) == 1, (code, said)
    return said


def other_machines_are_refused(_):
    for address in ("192.0.2.1:514", "10.10.0.5:514", "[2001:db8::1]:514", "0.0.0.0:514",
                    "example.com:514", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:99999"):
        assert "this machine only" in refused("quiet-day", *SMALL, "--to", address), address


def what_is_there_is_not_written_over(folder):
    (folder / "d").mkdir()
    (folder / "d/auth.log").write_text("precious\n", "utf-8")
    assert "auth.log" in refused("quiet-day", *SMALL, "--out", folder / "d")
    assert (folder / "d/auth.log").read_text("utf-8") == "precious\n"
    assert [path.name for path in (folder / "d").iterdir()] == ["auth.log"]
    labels = folder / "d/auth.log"
    assert "auth.log" in refused("quiet-day", *SMALL, "--out", folder / "f", "--labels", labels)
    assert not list((folder / "f").iterdir())


def wrong_wishes_get_one_clear_line(folder):
    assert "simulate list" in refused("ransomeware", *SMALL, "--out", folder / "e")
    assert "--out" in refused("quiet-day", *SMALL)
    assert "from" in refused("quiet-day", "--from", "2026-02-30", "--out", folder / "e",
                             "--lang", "en")
    assert "people" in refused("quiet-day", "--people", "7", "--out", folder / "e", "--lang", "en")
    assert "days" in refused("quiet-day", "--days", "0", "--out", folder / "e", "--lang", "en")
    assert "speed" in refused("quiet-day", *SMALL, "--to", "127.0.0.1:9", "--speed", "-1")
    assert not (folder / "e").exists()


CASES = [list_shows_each_scenario_in_both_languages, files_are_decoded_without_damage,
         labels_say_which_lines, the_same_seed_the_same_bytes,
         a_listener_gets_every_line_in_order, a_rate_is_kept, datagrams_hold_one_line_each,
         other_machines_are_refused, what_is_there_is_not_written_over,
         wrong_wishes_get_one_clear_line]


if __name__ == "__main__":
    sys.exit(cases.run(CASES))
