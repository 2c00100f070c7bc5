#!/usr/bin/env python3
"""Bad input, end to end: each case gets one clear line with what, where and what to do; nothing else is
lost; nothing crashes.

usage: bad_input_test.py BUILD_FOLDER    (prints TAP)
"""
import gzip
import json
import os
import pathlib
import random
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
import zlib

import cases

BUILD = pathlib.Path(sys.argv[1]).resolve()
AKASHI = BUILD / "akashi"
EVTX_MAKE = BUILD / "tests/support/evtx_make"
SANITIZER_WORDS = ("AddressSanitizer", "ThreadSanitizer", "runtime error", "LeakSanitizer")
LINE = '{"@timestamp":"2026-11-20T00:00:00Z","message":"a good line %d"}\n'


KEYS = tempfile.TemporaryDirectory()
KEY = pathlib.Path(KEYS.name) / "akashi.key"
KEY.write_bytes(os.urandom(32))
KEY.chmod(0o400)
os.environ["CREDENTIALS_DIRECTORY"] = KEYS.name


def run(*arguments, stdin=b"", data=None, timeout=120, as_nobody=False):
    command = [str(AKASHI), *map(str, arguments)]
    if data is not None:
        command[2:2] = ["--data", str(data)]
    user = {"user": 65534, "group": 65534, "extra_groups": []} if as_nobody else {}
    done = subprocess.run(command, input=stdin, capture_output=True, timeout=timeout, check=False,
                          env={**os.environ, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}, **user)
    said = done.stderr.decode("utf-8")
    assert done.returncode in (0, 1, 2), f"exit {done.returncode}: {said[-2000:]}"
    assert not any(word in said for word in SANITIZER_WORDS), said[-4000:]
    return done.returncode, done.stdout, said


def events(output):
    return [json.loads(line) for line in output.decode("utf-8").split("\n") if line]


def said_about(said, *words):
    """The lines of stderr that hold all the words."""
    return [line for line in said.splitlines() if all(word in line for word in words)]


def make_evtx(folder):
    path = folder / "demo.evtx"
    subprocess.run([str(EVTX_MAKE), str(path)], check=True, timeout=60)
    return path


def empty_file(folder):
    (folder / "empty.log").touch()
    status, output, said = run("decode", folder / "empty.log")
    assert (status, output) == (0, b""), (status, output, said)
    assert "records: 0 damaged: 0" in said, said


def random_bytes(folder):
    seeded = random.Random(5)
    for size in (1, 100, 4096, 300000):
        path = folder / f"random{size}"
        path.write_bytes(seeded.randbytes(size))
        status, output, _ = run("decode", path)
        assert status == 0, status
        for event in events(output):
            assert event["_file"].endswith(path.name)


def documents_beside_logs(folder):
    (folder / "logs").mkdir()
    (folder / "logs/README.md").write_text("what these logs are\n")
    (folder / "logs/app.json").write_text(LINE % 1)
    status, output, said = run("decode", folder / "logs")
    assert status == 0 and len(events(output)) == 1, output
    assert said_about(said, "1 documents beside the logs"), said
    assert len(events(run("decode", folder / "logs/README.md")[1])) == 1


def absent_path(folder):
    status, _, said = run("decode", folder / "nowhere.evtx")
    assert status == 2, status
    assert said_about(said, "nowhere.evtx", "no such file", "Check the path"), said


def truncated_evtx(folder):
    whole = make_evtx(folder).read_bytes()
    cuts = list(range(0, len(whole), 65536))
    seeded = random.Random(7)
    cuts += [seeded.randrange(len(whole)) for _ in range(20)]
    previous = {}
    for cut in sorted(cuts):
        path = folder / "cut.evtx"
        path.write_bytes(whole[:cut])
        status, output, _ = run("decode", path)
        assert status in (0, 2)
        previous[cut] = len(events(output))
    counts = [previous[cut] for cut in sorted(previous)]
    assert counts == sorted(counts), "a longer piece gave fewer records"
    assert counts[-1] > 0


def damaged_record_is_named(folder):
    whole = bytearray(make_evtx(folder).read_bytes())
    good = len(events(run("decode", folder / "demo.evtx")[1]))
    at = whole.find(b"**\0\0", 4096 + 512 + 1000)
    whole[at + 4] ^= 0xff  # the record's size
    (folder / "hurt.evtx").write_bytes(whole)
    _, output, said = run("decode", folder / "hurt.evtx")
    assert said_about(said, "hurt.evtx", "damaged at byte"), said
    assert good - 2 <= len(events(output)) < good, (good, len(events(output)))


def folder_without_permission(folder):
    if os.geteuid() != 0:
        raise cases.Skip("needs root, to become another user")
    reachable = pathlib.Path(tempfile.mkdtemp(prefix="akashi-e2e-", dir="/var/tmp"))
    try:
        reachable.chmod(0o755)
        (reachable / "closed").mkdir()
        (reachable / "closed/secret.json").write_text(LINE % 1)
        (reachable / "open.json").write_text(LINE % 2)
        (reachable / "closed").chmod(0)
        (reachable / "open.json").chmod(0o644)
        program = reachable / "akashi"
        shutil.copy(AKASHI, program)
        done = subprocess.run([str(program), "decode", str(reachable)], capture_output=True, check=False,
                              timeout=60, user=65534, group=65534, extra_groups=[])
        said = done.stderr.decode()
        assert done.returncode == 2, said
        assert said_about(said, "closed", "ermission"), said
        assert len([e for e in events(done.stdout) if e["_file"].endswith("open.json")]) == 1
    finally:
        (reachable / "closed").chmod(0o700)
        shutil.rmtree(reachable)


def zip_bomb(folder):
    bomb = folder / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        with archive.open("zeros.log", "w", force_zip64=True) as member:
            piece = b"\0" * (1 << 20)
            for _ in range(600):
                member.write(piece)
        archive.writestr("good.json", LINE % 1)
    status, output, said = run("decode", bomb)
    assert status == 2, status
    assert said_about(said, "bomb.zip/zeros.log"), said[-1000:]
    good = [e for e in events(output) if e["_file"].endswith("good.json")]
    assert len(good) == 1, "the member beside the bomb is lost"


def damaged_archives(folder):
    body = b"".join((LINE % i).encode() for i in range(20000))
    whole = gzip.compress(body)
    (folder / "cut.json.gz").write_bytes(whole[: len(whole) // 2])
    status, output, said = run("decode", folder / "cut.json.gz")
    assert status == 2 and said_about(said, "cut.json.gz"), said
    assert len(output.splitlines()) > 1000, "what came before the cut is lost"


def invalid_utf8(folder):
    (folder / "bad.log").write_bytes(b"Nov 20 10:00:00 gw app[1]: \xff\xfe caf\xe9 \xed\xa0\x80 end\n" + LINE.encode() % 1)
    status, output, _ = run("decode", folder / "bad.log")
    assert status == 0
    found = events(output)  # strict UTF-8 and JSON
    assert len(found) == 2 and "end" in json.dumps(found[0]), found


def ten_megabyte_line(folder):
    long_value = "x" * (10 << 20)
    text = LINE % 1 + '{"message":"' + long_value + '"}\n' + LINE % 2
    (folder / "long.json").write_text(text)
    status, output, _ = run("decode", folder / "long.json")
    assert status == 0
    found = events(output)
    assert len(found) == 3 and len(found[1]["message"]) == 10 << 20, len(found)
    (folder / "long.log").write_text("Nov 20 10:00:00 gw app[1]: " + long_value + "\nnext line\n")
    found = events(run("decode", folder / "long.log")[1])
    assert "next line" in found[-1]["message"]


def broken_json_lines(folder):
    text = LINE % 1 + '{"message": "torn\n' + "not json at all {{{\n" + LINE % 2
    (folder / "torn.json").write_text(text)
    _, output, said = run("decode", folder / "torn.json")
    good = [e for e in events(output) if e.get("message", "").startswith("a good line")]
    assert len(good) == 2, output
    assert said_about(said, "torn.json", "damaged at byte"), said


def import_repeats_nothing(folder):
    make_evtx(folder)
    (folder / "app.log").write_text("same line\n" * 3 + "other line\n")
    data = folder / "data"
    (folder / "in").mkdir()
    for name in ("demo.evtx", "app.log"):
        shutil.move(folder / name, folder / "in" / name)
    first = run("import", folder / "in", data=data)[2]
    again = run("import", folder / "in", data=data)[2]
    with open(folder / "in/app.log", "a", encoding="utf-8") as grown:
        grown.write("same line\n")
    third = run("import", folder / "in", data=data)[2]
    assert "duplicate: 0" in first, first
    assert "imported: 0 " in again, again
    assert "imported: 1 " in third, third
    status, output, _ = run("search", "--format", "json", '"same line"', data=data)
    assert status == 0 and len(output.splitlines()) == 4, output


def full_disk(folder):
    disk = folder / "disk"
    disk.mkdir()
    if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", disk],
                                           capture_output=True, check=False).returncode != 0:
        raise cases.Skip("needs root and mount, for a small tmpfs")
    try:
        seeded = random.Random(9)
        with open(folder / "much.json", "w", encoding="utf-8") as much:
            for number in range(60000):
                much.write('{"message":"%d %s"}\n' % (number, seeded.randbytes(40).hex()))
        status, _, said = run("import", folder / "much.json", data=disk / "data")
        assert status == 2, said
        assert said_about(said, "No space left", "free space"), said
        stored = int(said.split("imported: ")[1].split()[0])
        _, output, said = run("search", "--limit", "0", "| stats count()", "--format", "json", data=disk / "data")
        assert events(output)[0]["count"] >= stored > 0, (stored, output)
        subprocess.run(["mount", "-o", "remount,size=64m", disk], check=True)
        status, _, said = run("import", folder / "much.json", data=disk / "data")
        assert status == 0, said
        _, output, said = run("search", "--limit", "0", "| stats count()", "--format", "json", data=disk / "data")
        assert events(output)[0]["count"] == 60000, output
    finally:
        subprocess.run(["umount", disk], check=True)


def server_waits_for_a_full_disk(folder):
    disk = folder / "disk"
    disk.mkdir()
    if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", disk],
                                           capture_output=True, check=False).returncode != 0:
        raise cases.Skip("needs root and mount, for a small tmpfs")
    server = None
    try:
        log = open(folder / "server.txt", "w+", encoding="utf-8")
        server = subprocess.Popen([str(AKASHI), "serve", "--data", str(disk / "data"), "--http", "0",
                                   "--syslog", "0"], stderr=log, env={**os.environ, "LC_ALL": "C.UTF-8"})
        said = wait_for(lambda: re.search(r"^ready.* syslog=(\d+)", told(log), re.M))
        seeded = random.Random(11)
        lines = [f"<13>Nov 20 10:00:00 gw app: line{number} {seeded.randbytes(60).hex()}\n".encode()
                 for number in range(30000)]
        with socket.create_connection(("127.0.0.1", int(said.group(1)))) as sender:
            sending = threading.Thread(target=sender.sendall, args=(b"".join(lines),), daemon=True)
            sending.start()
            wait_for(lambda: "No space left" in told(log))
            subprocess.run(["mount", "-o", "remount,size=64m", disk], check=True)
            sending.join(60)
        wait_for(lambda: stored_rows(disk / "data") >= len(lines))
        server.terminate()
        assert server.wait(30) == 0, told(log)
        assert "works again" in told(log), told(log)
        _, output, _ = run("search", "--format", "json", "--limit", "0", "app", data=disk / "data")
        found = sorted(int(re.search(r"line(\d+) ", event["message"]).group(1)) for event in events(output))
        assert found == list(range(len(lines))), f"{len(found)} rows, {len(set(found))} different"
    finally:
        if server and server.poll() is None:
            server.kill()
            server.wait()
        subprocess.run(["umount", disk], check=True)


def told(log):
    return pathlib.Path(log.name).read_text(encoding="utf-8")


def stored_rows(data):
    _, output, _ = run("search", "--format", "json", "| stats count()", data=data)
    found = events(output)
    return found[0]["count"] if found else 0


def wait_for(question, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        answer = question()
        if answer:
            return answer
        time.sleep(0.1)
    raise AssertionError("waited in vain")


def port_in_use(folder):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        for option in ("--http", "--syslog"):
            other = "--syslog" if option == "--http" else "--http"
            status, _, said = run("serve", option, port, other, "0", data=folder / "data", timeout=30)
            assert status == 2, said
            assert said_about(said, port, "taken by another program", "choose another port"), said


def bad_queries(folder):
    run("import", "-", stdin=(LINE % 1).encode(), data=folder / "data")
    for query in ('"unclosed', "(a OR", "a | nonsense", "| stats", "source.bytes>", "| head x"):
        status, output, said = run("search", query, data=folder / "data")
        assert status == 2 and output == b"", (query, status, said)
        assert len(said.splitlines()) == 1, (query, said)


def store_that_is_none(folder):
    status, _, said = run("search", "x", data=folder / "absent")
    assert status == 2 and said_about(said, "absent"), said
    (folder / "other").mkdir()
    (folder / "other/readme.txt").write_text("not a store")
    status, _, said = run("import", "-", stdin=(LINE % 1).encode(), data=folder / "other")
    assert status == 2 and said_about(said, "other"), said
    assert (folder / "other/readme.txt").read_text() == "not a store"


def bad_words_on_the_command_line(_):
    status, _, said = run("serach", "x")
    assert status == 2 and said_about(said, "serach", "search"), said
    status, _, said = run("search", "--fromat", "json", "x")
    assert status == 2 and said_about(said, "--fromat"), said
    status, _, said = run("decode")
    assert status == 2 and said_about(said, "name a file"), said


def bad_configuration(folder):
    path = folder / "akashi.yaml"
    path.write_text("listen:\n  http_prot: 8080\n")
    status, _, said = run("config", "check", path)
    assert status == 2 and said_about(said, "akashi.yaml:2:", "http_port"), said
    path.write_text("listen:\n  http_port: 99999\n")
    status, _, said = run("config", "check", path)
    assert status == 2 and said_about(said, "akashi.yaml:2:", "65535"), said
    path.write_text('listen: "never closed\n')
    status, _, said = run("config", "check", path)
    assert status == 2 and said_about(said, "YAML"), said
    path.write_text("listen:\n  http_port: 8081\n")
    assert run("config", "check", path)[0] == 0


def hostile_names_and_values(folder):
    path = folder / "\x1b[31mred\x1b[0m.evtx"
    path.write_bytes(b"ElfFile\0" + bytes(5000))
    _, _, said = run("decode", path)
    assert "\x1b" not in said, said
    (folder / "a.log").write_text("Nov 20 10:00:00 gw sshd[1]: Failed password for \x1b]0;x\x07root from 192.0.2.1 port 1 ssh2\n")
    run("import", folder / "a.log", data=folder / "data")
    for form in ("table", "csv"):
        output = run("search", "192.0.2.1", "--format", form, data=folder / "data")[1]
        assert b"\x1b" not in output and b"\x07" not in output, output


def cut_zlib_bomb_in_gzip(folder):
    bomb = folder / "bomb.gz"
    squeezer = zlib.compressobj(9, zlib.DEFLATED, 31)
    with open(bomb, "wb") as out:
        for _ in range(400):
            out.write(squeezer.compress(b"\0" * (1 << 20)))
        out.write(squeezer.flush())
    status, _, said = run("decode", bomb)
    assert status == 2 and said_about(said, "bomb.gz"), said


CASES = [
    empty_file, random_bytes, documents_beside_logs, absent_path, truncated_evtx, damaged_record_is_named,
    folder_without_permission, zip_bomb, cut_zlib_bomb_in_gzip, damaged_archives, invalid_utf8,
    ten_megabyte_line, broken_json_lines, import_repeats_nothing, full_disk, server_waits_for_a_full_disk,
    port_in_use, bad_queries,
    store_that_is_none, bad_words_on_the_command_line, bad_configuration, hostile_names_and_values,
]


if __name__ == "__main__":
    sys.exit(cases.run(CASES))
