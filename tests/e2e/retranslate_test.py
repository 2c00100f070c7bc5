#!/usr/bin/env python3
"""Stored lines that a new definition knows: `sources list` counts them, `retranslate` adds their records beside the
old ones, once; both work without a store and beside a running server.

usage: retranslate_test.py BUILD_FOLDER    (prints TAP)
"""
import json
import os
import pathlib
import signal
import subprocess
import sys

import cases

BUILD = pathlib.Path(sys.argv[1]).resolve()
GATE = """name: gate
recognise:
  - contains: [' opened ']
take: {as: nothing}
messages:
  - {rule: open, pattern: '{user.name} opened {akashi.object}', verb: LOGON, outcome: success}
samples:
  - {kind: captured, from: x, text: 'sato opened door1', expect: {user.name: sato, event.action: LOGON}}
"""
LINES = "".join(f"u{i} opened door{i}\n" for i in range(40)) + "nobody knows this line\n"


def environment(folder):
    return {**os.environ, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "TZ": "Asia/Tokyo", "XDG_CONFIG_HOME": str(folder)}


def run(folder, *arguments, status=0):
    command = [str(BUILD / "akashi"), arguments[0], "--data", str(folder / "store"), "--lang", "en", *map(str, arguments[1:])]
    done = subprocess.run(command, capture_output=True, timeout=300, check=False, env=environment(folder))
    said = done.stderr.decode("utf-8")
    assert done.returncode == status, f"{arguments}: exit {done.returncode}, not {status}: {said[-2000:]}"
    return [json.loads(line) for line in done.stdout.decode("utf-8").splitlines() if line.startswith("{")], said


def stored(folder):
    (folder / "door.log").write_text(LINES, encoding="utf-8")
    run(folder, "import", folder / "door.log")
    (folder / "gate.yaml").write_text(GATE, encoding="utf-8")


def search(folder, question):
    return run(folder, "search", "--format", "json", "--limit", "0", question)[0]


def test_without_a_store(folder):
    rows, said = run(folder, "sources", "list")
    assert len(rows) > 20 and "rows" not in rows[0] and "nothing is stored here yet" in said, said
    rows, said = run(folder, "sources", "list", "--unknown")
    assert rows == [] and "nothing is stored here yet" in said, said
    _, said = run(folder, "retranslate", status=2)
    assert "nothing is stored here yet" in said, said
    assert not (folder / "store" / "FORMAT").exists()


def test_unknown_lines_are_counted_and_shown(folder):
    stored(folder)
    rows, said = run(folder, "sources", "list", "--unknown")
    assert "no definition knows 41" in said, said
    assert rows[0]["rows"] == 41 and len(rows[0]["samples"]) == 3 and rows[0]["last"].startswith("20"), rows
    assert all(sample in LINES for sample in rows[0]["samples"]), rows
    rows, _ = run(folder, "sources", "list")
    assert all(row["rows"] == 0 for row in rows), rows


def test_a_definition_gives_records_beside_the_old_ones(folder):
    stored(folder)
    before = search(folder, "")
    run(folder, "sources", "add", folder / "gate.yaml")
    assert "different: 40 added: 0" in run(folder, "retranslate", "--dry-run")[1]
    assert len(search(folder, "")) == 41
    assert "different: 40 added: 40" in run(folder, "retranslate")[1]
    assert "added: 0 already there: 40" in run(folder, "retranslate")[1]
    after = search(folder, "")
    assert [row for row in after if "akashi.role" not in row] == before
    made = search(folder, "akashi.role:retranslated user:u7")
    assert len(made) == 1 and made[0]["akashi.raw"].startswith("row/") and made[0]["event.action"] == "LOGON", made
    gate = [row for row in run(folder, "sources", "list")[0] if row["source"] == "gate"]
    assert gate[0]["retranslated"] == 40 and gate[0]["rows"] == 0, gate
    run(folder, "verify")


def test_a_better_definition_adds_once_more(folder):
    stored(folder)
    run(folder, "sources", "add", folder / "gate.yaml")
    run(folder, "retranslate", "u7")
    assert len(search(folder, "akashi.role:retranslated")) == 1
    (folder / "gate.yaml").write_text(GATE.replace("LOGON", "LOGOFF"), encoding="utf-8")
    run(folder, "sources", "add", folder / "gate.yaml")
    run(folder, "retranslate", "u7 NOT akashi.role:retranslated")
    verbs = sorted(row["event.action"] for row in search(folder, "akashi.role:retranslated"))
    assert verbs == ["LOGOFF", "LOGON"], verbs


def test_bad_questions(folder):
    stored(folder)
    assert "pipes" in run(folder, "retranslate", "| head 3", status=2)[1]
    assert "soon" in run(folder, "retranslate", "--from", "soon", status=2)[1]
    run(folder, "retranslate", "(", status=2)


def test_beside_a_server(folder):
    stored(folder)
    run(folder, "sources", "add", folder / "gate.yaml")
    (folder / "akashi.yaml").write_text("language: en\n", encoding="utf-8")
    server = subprocess.Popen([str(BUILD / "akashi"), "serve", "--data", str(folder / "store"), "--config",
                               str(folder / "akashi.yaml"), "--http", "0", "--syslog", "0"],
                              stderr=subprocess.PIPE, env=environment(folder), text=True)
    try:
        assert any(line.startswith("ready") for line in server.stderr), "the server did not start"
        assert "no definition knows 41" in run(folder, "sources", "list")[1]
        assert "different: 40" in run(folder, "retranslate", "--dry-run")[1]
        said = run(folder, "retranslate", status=2)[1]
        assert "akashi" in said and len(search(folder, "")) == 41, said
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(60)
    assert "added: 40" in run(folder, "retranslate")[1]


if __name__ == "__main__":
    sys.exit(cases.run(cases.named(globals())))
