#!/usr/bin/env python3
"""Unknown text, end to end: `sources guess` proposes a definition for a log that nobody knows, `sources add` saves
it, the log is then translated by it, and `sources remove` undoes that. Damaged and hostile inputs.

usage: unknown_test.py BUILD_FOLDER    (prints TAP)
"""
import json
import os
import pathlib
import random
import subprocess
import sys

import cases

BUILD = pathlib.Path(sys.argv[1]).resolve()
ENVIRONMENT = {**os.environ, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "TZ": "Asia/Tokyo"}


def run(data, *arguments, status=0):
    command = [str(BUILD / "akashi"), arguments[0], "--data", str(data / "store"), *map(str, arguments[1:])]
    done = subprocess.run(command, capture_output=True, timeout=300, check=False, env=ENVIRONMENT)
    said = done.stderr.decode("utf-8")
    assert done.returncode == status, f"{arguments}: exit {done.returncode}, not {status}: {said[-2000:]}"
    return done.stdout.decode("utf-8"), said


def write(data, name, content):
    path = data / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return path


def definition_of(data, log):
    text, said = run(data, "sources", "guess", "--yaml", log)
    assert "do not)" in said and ", 0 do not)" in said, said
    return write(data, log.stem + ".yaml", text)


def records(data, log):
    return [json.loads(line) for line in run(data, "translate", log)[0].splitlines()]


LOGS = {
    "door.log": "".join(f"2026年11月20日 午後{i % 11 + 1}時{i % 60}分0秒 [情報] 利用者 佐藤{i % 7} が {i} 番の扉を開きました\n"
                        f"2026年11月20日 午後{i % 11 + 1}時{i % 60}分1秒 [警告] {i} 番の扉が閉まりません\n" for i in range(60)),
    "pool.log": "".join(f"2026-11-20 17:{i % 60:02}:00,123 INFO [w {i % 3}] com.example.Pool: opened for user u{i % 9} from 192.0.2.{i}\n"
                        f"2026-11-20 17:{i % 60:02}:01,123 WARN [w {i % 3}] com.example.Http: closed after {i} ms\n" for i in range(60)),
    "cards.csv": "日時,ユーザー名,端末,接続元,操作\n" + "".join(
        f"2026/11/20 17:{i % 60:02}:00,佐藤{i % 7},pc-{i},192.0.2.{i},開く\n" for i in range(60)),
    "gate.log": "".join(f"2026-11-20 17:{i % 60:02}:00 gate01 level=info user=u{i % 7} src=192.0.2.{i} door={i}\n" for i in range(60)),
    "api.json": "".join(json.dumps({"ts": f"2026-11-20T08:{i % 60:02}:00Z", "actor": {"user": f"u{i}"}, "door": i}) + "\n"
                        for i in range(60)),
    "w3c.log": "#Fields: date time c-ip cs-username x-door\n" + "".join(
        f"2026-11-20 08:{i % 60:02}:00 192.0.2.{i} u{i} {i}\n" for i in range(60)),
}


def test_a_proposal_becomes_a_source(folder):
    for name, text in LOGS.items():
        log = write(folder, name, text)
        definition = definition_of(folder, log)
        _, said = run(folder, "sources", "add", definition)
        assert "sources remove" in said, said
        guesses = [json.loads(line) for line in run(folder, "sources", "guess", log)[0].splitlines()]
        assert [guess["source"] for guess in guesses] == [log.stem], (name, guesses)
        rows = [row for row in records(folder, log) if "user.name" in row]
        assert len(rows) >= 60, (name, len(rows))
        assert all(row["@timestamp"].startswith("2026-11-20T") for row in rows), (name, rows[0])
        run(folder, "sources", "test", log.stem)
        run(folder, "sources", "remove", log.stem)
        assert json.loads(run(folder, "sources", "guess", log)[0].splitlines()[-1])["source"] == "unknown", name


def test_fields_and_times_are_right(folder):
    log = write(folder, "pool.log", LOGS["pool.log"])
    run(folder, "sources", "add", definition_of(folder, log))
    row = records(folder, log)[0]
    wanted = {"user.name": "u0", "source.ip": "192.0.2.0", "log.level": "INFO", "@timestamp": "2026-11-20T08:00:00.123Z",
              "event.dataset": "pool"}
    assert wanted.items() <= row.items(), row


def test_add_twice_and_undo(folder):
    log = write(folder, "gate.log", LOGS["gate.log"])
    definition = definition_of(folder, log)
    run(folder, "sources", "add", definition)
    write(folder, "gate.yaml", definition.read_text(encoding="utf-8").replace("verb: OTHER", "verb: LOGON"))
    run(folder, "sources", "add", definition)
    assert records(folder, log)[0]["event.action"] == "LOGON"
    assert "as it was before" in run(folder, "sources", "remove", "gate")[1]
    assert records(folder, log)[0]["event.action"] == "OTHER"
    run(folder, "sources", "remove", "gate")
    assert "no definition that was added" in run(folder, "sources", "remove", "gate", status=2)[1]
    assert "no definition that was added" in run(folder, "sources", "remove", "../gate", status=2)[1]


def test_mistakes_are_not_saved(folder):
    bad = write(folder, "bad.yaml", "name: bad\nrecognise:\n  - tagg: x\n")
    assert "bad.yaml:3:" in run(folder, "sources", "add", bad, status=2)[1]
    wrong = write(folder, "wrong.yaml", "name: wrong\nrecognise:\n  - contains: [door]\ntake: {as: nothing}\nsamples:\n"
                  "  - {kind: captured, from: x, text: 'a door', expect: {event.action: LOGON}}\n")
    assert "not saved" in run(folder, "sources", "add", wrong, status=1)[1]
    run(folder, "sources", "add", folder / "absent.yaml", status=2)
    assert not list((folder / "store").rglob("*.yaml"))


def test_hostile_inputs(folder):
    dice = random.Random(1)
    flood = "".join("2026-11-20 10:00:00 " + " ".join("".join(dice.choices("abcdefghijk", k=7)) for _ in range(5)) + "\n"
                    for _ in range(20000))
    said = run(folder, "sources", "guess", "--yaml", write(folder, "flood.log", flood))[1]
    assert "each different" in said, said
    run(folder, "sources", "guess", write(folder, "long.log", b"2026-11-20 10:00:00 " + b"x" * (1 << 20) + b"\n"))
    run(folder, "sources", "guess", write(folder, "brackets.log", b"[" * (1 << 20) + b"\n" + b'"' * (1 << 20)))
    assert "no definition can be proposed" in run(folder, "sources", "guess", write(folder, "nul.log", b"\0a\0\n" * 50))[1]
    assert "no unknown lines" in run(folder, "sources", "guess", "--yaml", write(folder, "empty.log", b""))[1]
    kanji = "".join(f"2026/11/20 17:{i % 60:02}:00 利用者 佐藤{i} が図面 {i} を開きました\n" for i in range(60))
    for encoding in ("cp932", "euc-jp"):
        text, _ = run(folder, "sources", "guess", "--yaml", write(folder, "kanji.log", kanji.encode(encoding)))
        assert "{user.name:text}" in text and "図面" in text, text
    mixed = "2026-11-20 10:00:00 開始\n".encode() * 20 + b"<13>Nov 20 10:00:00 gw x: hello\n" * 3
    assert "another kind" in run(folder, "sources", "guess", write(folder, "mixed.log", mixed))[1]


if __name__ == "__main__":
    sys.exit(cases.run(cases.named(globals())))
