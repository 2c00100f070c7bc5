#!/usr/bin/env python3
"""Source definitions, end to end: samples of all devices mixed over one syslog port and stored; an
administrator's own definition; mistakes in one; a file in UTF-16; `sources list`, `guess`, `test`.

usage: sources_test.py BUILD_FOLDER    (prints TAP)
"""
import collections
import json
import os
import pathlib
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time

BUILD = pathlib.Path(sys.argv[1]).resolve()
ROOT = pathlib.Path(os.environ["AKASHI_SOURCE_ROOT"])
AKASHI = BUILD / "akashi"
ENVIRONMENT = {**os.environ, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}


def run(data, *arguments, stdin=b"", status=0):
    command = [str(AKASHI), arguments[0], "--data", str(data / "store"), "--config", str(data / "akashi.yaml"),
               *map(str, arguments[1:])]
    done = subprocess.run(command, input=stdin, capture_output=True, timeout=120, check=False, env=ENVIRONMENT)
    said = done.stderr.decode("utf-8")
    assert done.returncode == status, f"{arguments}: exit {done.returncode}, not {status}: {said[-2000:]}"
    return [json.loads(line) for line in done.stdout.decode("utf-8").split("\n") if line], said


def samples():
    """(definition, text) of the samples that stand on one line and need no line before them."""
    found = []
    for path in sorted((ROOT / "knowledge/sources").glob("*.yaml")):
        definition = path.read_text(encoding="utf-8")
        if "\ntranslator:" in definition:
            continue  # what is built in has rules of other names
        for block in definition.split("  - kind: ")[1:]:
            text = re.search(r"^    text: '(.*)'$", block, re.M)
            if text and "    before:" not in block:
                found.append((path.stem, text.group(1).replace("''", "'")))
    assert len(found) > 40, len(found)
    return found


def with_header(text):
    """As a relay sends it: a priority, and a header where the sample has none."""
    if text.startswith("<"):
        return text
    return "<134>" + text if re.match("[A-Z][a-z]{2} ", text) else "<134>Nov 20 12:00:00 relay01 " + text


def is_without_host(text):
    """A program's own file: behind the time stands the program, where syslog has the host."""
    return re.match(r"[A-Z][a-z]{2} +\d+ [\d:]+ [\w-]+[:(]", text)


def rules_of(rows):
    return collections.Counter(row["akashi.rule"].split(".")[0] for row in rows)


def test_one_port_takes_all(folder):
    lines = [(name, with_header(text)) for name, text in samples() if not is_without_host(text)] * 5
    random.Random(7).shuffle(lines)
    server = subprocess.Popen([str(AKASHI), "serve", "--data", str(folder / "store"), "--http", "0", "--syslog", "0"],
                              stderr=subprocess.PIPE, env=ENVIRONMENT)
    try:
        said = ""
        while "ready" not in said:
            line = server.stderr.readline().decode("utf-8")
            assert line, f"the server ended: {said}"
            said += line
        port = int(re.search(r"syslog\D*?[\d.]*?:(\d+)", said).group(1))
        with socket.create_connection(("127.0.0.1", port)) as sender:
            for _, text in lines:
                sender.sendall(text.encode() + b"\n")
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            rows, _ = run(folder, "search", "NOT role:action", "--format", "json", "--limit", "10000")
            if len(rows) == len(lines):
                break
            time.sleep(0.2)
    finally:
        server.send_signal(signal.SIGTERM)
        server.communicate(timeout=30)
    wanted = collections.Counter(name for name, _ in lines)
    assert rules_of(rows) == wanted, (rules_of(rows) - wanted, wanted - rules_of(rows))


def test_import_and_guess_agree(folder):
    log = folder / "mixed.log"
    # A file whose first line is JSON would be taken for JSON throughout.
    lines = sorted(samples(), key=lambda sample: sample[1].startswith("{"))
    log.write_text("".join(text + "\n" for _, text in lines), encoding="utf-8")
    wanted = collections.Counter(name for name, _ in lines)
    guesses, _ = run(folder, "sources", "guess", log)
    assert {guess["source"]: guess["lines"] for guess in guesses} == wanted, guesses
    assert abs(sum(guess["share"] for guess in guesses) - 1) < 0.02, guesses
    run(folder, "import", log)
    rows, _ = run(folder, "search", "NOT role:action", "--format", "json", "--limit", "10000")
    assert rules_of(rows) == wanted, rules_of(rows)


OWN = """name: press
title: {ja: プレス機, en: press}
about: [manual]
setup: {ja: なし, en: none}
recognise:
  - header: ['日時,利用者,操作']
take: {as: csv, header: first line}
time: {of: 日時, format: '%Y年%m月%d日 %H:%M:%S', zone: '+09:00'}
fields: {user.name: 利用者, akashi.object: 操作}
messages:
  - {rule: work, when: {操作: '*'}, verb: CONFIG_CHANGE, outcome: success}
samples:
  - kind: captured
    before: ['日時,利用者,操作']
    text: '2026年11月20日 17:40:00,佐藤,金型交換'
    expect: {user.name: 佐藤, event.action: CONFIG_CHANGE}
"""


def test_own_definition_and_encodings(folder):
    (folder / "sources").mkdir()
    (folder / "sources/press.yaml").write_text(OWN, encoding="utf-8")
    _, said = run(folder, "sources", "test", "press")
    assert "1 passed, 0 failed" in said, said
    text = "日時,利用者,操作\r\n2026年11月20日 17:40:00,佐藤,金型交換\r\n"
    for encoding in ("utf-8", "utf-8-sig", "cp932", "euc_jp", "utf-16"):
        log = folder / f"{encoding}.csv"
        log.write_bytes(text.encode(encoding))
        run(folder, "import", log)
        rows, _ = run(folder, "search", 'user.name:"佐藤"', "--format", "json", "--limit", "100")
        mine = [row for row in rows if row["akashi.rule"] == "press.work"]
        assert mine and all(row["@timestamp"] == "2026-11-20T08:40:00Z" for row in mine), (encoding, rows)
    guesses, _ = run(folder, "sources", "guess", folder / "cp932.csv")
    assert guesses[0]["source"] == "press" and guesses[0]["share"] == 1.0, guesses


def test_logs_of_pcs_in_cp932(folder):
    """What programs that watch PCs write as CSV: no syslog, CP932, with a line of names and without."""
    logs = {
        "skysea": ("SKYSEA01,5,PC-05,192.168.1.21,1,佐藤,佐藤 太郎,2026/11/20 09:00:01,ファイル操作,,,,,,,,佐藤,ファイルコピー,,"
                   "C:\\図面\\①髙﨑.dxf,,,,,,E:\\①髙﨑.dxf,,\r\n",
                   ("COPY", "C:\\図面\\①髙﨑.dxf", "PC-05")),
        "lanscope-csv": ("日時,クライアント名,ログオンユーザー名,イベント,アプリケーション,ウィンドウタイトル\r\n"
                         "2026/11/20 09:00:01,PC-06,佐藤,FileDel,explorer.exe,C:\\図面\\旧表示.dxf\r\n",
                         ("DELETE", "C:\\図面\\旧表示.dxf", "PC-06")),
        "assetview": ("操作種別,ファイルパス,コンピューター名,ログオンユーザー名,操作日時\r\n"
                      "ファイル名変更,C:\\図面\\A.dxf,PC-07,佐藤,2026/11/20 09:00:01\r\n",
                      ("RENAME", "C:\\図面\\A.dxf", "PC-07")),
    }
    (folder / "akashi.yaml").write_text("language: en\ntime:\n  zone: +09:00\n")
    for name, (text, (verb, path, host)) in logs.items():
        log = folder / f"{name}.csv"
        log.write_bytes(text.encode("cp932"))
        guesses, _ = run(folder, "sources", "guess", log)
        assert guesses[0]["source"] == name and guesses[0]["share"] == 1.0, guesses
        run(folder, "import", log)
        rows, _ = run(folder, "search", f'host.name:"{host}"', "--format", "json", "--limit", "10")
        found = {(row["event.action"], row.get("file.path"), row["user.name"], row["@timestamp"]) for row in rows}
        assert found == {(verb, path, "佐藤", "2026-11-20T00:00:01Z")}, rows


def test_an_import_knows_what_comes_later_in_it(folder):
    """The lease stands in a file that is read after the firewall's; its time is before."""
    logs = folder / "logs"
    logs.mkdir()
    (logs / "a.log").write_text('date=2026-11-20 time=09:10:00 devname="fw01" devid="FG1" logid="0000000013" type="traffic" '
                                'subtype="forward" level="notice" vd="root" srcip=192.168.1.77 srcport=50000 '
                                'dstip=203.0.113.9 dstport=443 action="accept" policyid=1\n')
    lease = "<30>Nov 20 0{}:00:00 dhcp01 dhcpd[99]: DHCPACK on 192.168.1.{} to 00:11:22:33:44:55 (PC-{}) via eth0\n"
    (logs / "b.log").write_text(lease.format(8, 77, 77) + lease.format(8, 78, 78))
    run(folder, "import", logs)
    rows, _ = run(folder, "search", "devname:fw01 OR host.name:fw01", "--format", "json", "--limit", "10")
    assert len(rows) == 1 and rows[0]["source.domain"] == "PC-77", rows
    assert "terminal_by_dhcp" in rows[0]["akashi.detail"], rows


def test_a_server_reads_changed_files(folder):
    (folder / "sources").mkdir()
    server = subprocess.Popen([str(AKASHI), "serve", "--data", str(folder / "store"), "--config",
                               str(folder / "akashi.yaml"), "--http", "0", "--syslog", "0"],
                              stderr=subprocess.PIPE, env=ENVIRONMENT)
    try:
        def wait_for(words):
            said = ""
            while words not in said:
                line = server.stderr.readline().decode("utf-8")
                assert line, f"the server ended: {said}"
                said += line
            return said
        said = wait_for("ready")
        port = int(re.search(r"syslog=(\d+)", said).group(1))
        def send(what):
            with socket.create_connection(("127.0.0.1", port)) as sender:
                sender.sendall(f"<14>Nov 20 09:00:00 h gate: {what}\n".encode())
        def rule_of(what):
            deadline = time.monotonic() + 20
            while time.monotonic() < deadline:
                rows, _ = run(folder, "search", f'"{what}"', "--format", "json", "--limit", "9")
                if rows:
                    return rows[0]["akashi.rule"]
                time.sleep(0.2)
            return None
        send("alpha")
        assert rule_of("alpha") == "fallback.syslog"
        gate = "name: gate\nrecognise:\n  - tag: gate\nmessages:\n  - {rule: seen, verb: OTHER}\n"
        (folder / "sources/gate.yaml").write_text(gate)
        wait_for("read again")
        send("beta")
        assert rule_of("beta") == "gate.seen"
        (folder / "store/actions.tsv").write_text("window\tmerge\t5\nwindow\tmerg\t5\n")
        said = wait_for("stays in use")
        assert "actions.tsv:2:1:" in said, said
        send("gamma")
        assert rule_of("gamma") == "gate.seen"
    finally:
        server.send_signal(signal.SIGTERM)
        server.communicate(timeout=30)
    _, said = run(folder, "config", "check", folder / "akashi.yaml", status=2)
    assert "actions.tsv:2:1:" in said, said
    (folder / "mine.tsv").write_text("noise_name\t*.bak\t\tours\n")
    (folder / "akashi.yaml").write_text(f"language: en\ntranslate:\n  actions_file: {folder}/mine.tsv\n")
    run(folder, "config", "check", folder / "akashi.yaml")


def test_mistakes_are_told(folder):
    (folder / "sources").mkdir()
    (folder / "sources/wrong.yaml").write_text(OWN.replace("verb: CONFIG_CHANGE", "verb: CONFIG_CHANG"),
                                               encoding="utf-8")
    _, said = run(folder, "sources", "test", status=1)
    assert "wrong.yaml:11:" in said and "CONFIG_CHANGE" in said, said
    assert ", 0 failed" in said, said
    listed, _ = run(folder, "sources", "list")
    assert "press" not in {row["source"] for row in listed}
    assert all(row["state"] in ("ready", "assumed") and row["samples"] > 0 for row in listed), listed
    _, said = run(folder, "sources", "test", "fortigat", status=2)
    assert "fortigate" in said, said
    (folder / "sources/wrong.yaml").write_text(OWN.replace("user.name: 佐藤", "user.name: 鈴木"), encoding="utf-8")
    _, said = run(folder, "sources", "test", "press", status=1)
    assert "鈴木" in said and "0 passed, 1 failed" in said, said


def main():
    tests = [value for name, value in globals().items() if name.startswith("test_")]
    failed = 0
    print(f"1..{len(tests)}")
    for number, test in enumerate(tests, 1):
        with tempfile.TemporaryDirectory() as folder:
            try:
                (pathlib.Path(folder) / "akashi.yaml").write_text("language: en\n", encoding="utf-8")
                test(pathlib.Path(folder))
                print(f"ok {number} - {test.__name__}")
            except Exception as error:  # every failure of a case is that case's
                failed += 1
                print(f"not ok {number} - {test.__name__}")
                print("# " + f"{type(error).__name__}: {error}"[:3000].replace("\n", "\n# "))
    sys.exit(failed > 0)


main()
