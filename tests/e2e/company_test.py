#!/usr/bin/env python3
"""The company's document in the whole program: records of an import and of a running server carry what it says,
`config` checks it with the place of each mistake and shows its year and its addresses.

usage: company_test.py BUILD_FOLDER    (prints TAP)
"""
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import time

import cases

BUILD = pathlib.Path(sys.argv[1]).resolve()
COMPANY = """calendar:
  own_holidays: [{date: 2026-11-24, name: Founding Day}]
  shifts: [{name: day, from: '08:30', to: '17:30'}]
networks: {own: [203.0.113.0/28]}
sites: [{name: Head office, networks: [10.1.0.0/16]}]
countries: {NL: [198.51.100.0/24]}
watch: [{name: leavers, of: users, file: lists/leavers.csv}]
threats: [{name: shared, file: lists/threats.txt}]
"""
LINES = """<38>2026-11-20T23:40:00+09:00 gw sshd[811]: Failed password for root from 198.51.100.9 port 50000 ssh2
<38>2026-11-20T12:40:00+09:00 gw sshd[811]: Accepted password for yamada from 10.1.0.9 port 50000 ssh2
<38>2026-11-24T12:40:00+09:00 gw sshd[811]: Accepted password for sato from 10.1.0.9 port 50000 ssh2
"""


def environment(folder):
    return {**os.environ, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "TZ": "Asia/Tokyo", "XDG_CONFIG_HOME": str(folder)}


def arguments_for(folder, *arguments):
    return [str(BUILD / "akashi"), arguments[0], "--data", str(folder / "store"), "--config",
            str(folder / "akashi.yaml"), "--lang", "en", *map(str, arguments[1:])]


def run(folder, *arguments, status=0):
    done = subprocess.run(arguments_for(folder, *arguments), capture_output=True, timeout=300, check=False,
                          env=environment(folder))
    said = done.stderr.decode("utf-8")
    assert done.returncode == status, f"{arguments}: exit {done.returncode}, not {status}: {said[-2000:]}"
    return done.stdout.decode("utf-8"), said


def company(folder, text=COMPANY):
    (folder / "lists").mkdir(exist_ok=True)
    (folder / "lists" / "leavers.csv").write_text("value,until\nyamada,2026-12-31\n", encoding="utf-8")
    (folder / "lists" / "threats.txt").write_text("# shared\n198.51.100.0/28\n", encoding="utf-8")
    (folder / "akashi.yaml").write_text("time: {zone: '+09:00'}\n", encoding="utf-8")
    (folder / "company.yaml").write_text(text, encoding="utf-8")


def by_user(folder, question=""):
    text, _ = run(folder, "search", "--format", "json", "--limit", "0", question)
    return {row["user.name"]: row for row in map(json.loads, text.splitlines()) if "user.name" in row}


def judge(rows):
    wanted = {
        "root": {"akashi.calendar": "off_hours", "akashi.source_zone": "outside", "akashi.direction": "inbound",
                 "source.geo.country_iso_code": "NL", "akashi.threat": "shared",
                 "akashi.threat_field": "source.ip"},
        "yamada": {"akashi.calendar": "working", "akashi.source_zone": "inside", "akashi.direction": "inside",
                   "akashi.site": "Head office", "akashi.watch": "leavers"},
        "sato": {"akashi.calendar": "holiday", "akashi.source_site": "Head office"},
    }
    for user, fields in wanted.items():
        for name, value in fields.items():
            assert rows[user].get(name) == value, f"{user}: {name} is {rows[user].get(name)!r}, not {value!r}"
    assert "akashi.watch" not in rows["sato"] and "akashi.threat" not in rows["yamada"]


def test_imported_records_carry_it(folder):
    company(folder)
    (folder / "auth.log").write_text(LINES, encoding="utf-8")
    run(folder, "import", folder / "auth.log")
    judge(by_user(folder))
    assert set(by_user(folder, "watch:leavers")) == {"yamada"}
    assert set(by_user(folder, "calendar:holiday")) == {"sato"}
    _, said = run(folder, "retranslate")
    assert len(by_user(folder, "akashi.role:retranslated")) == 0, said


def test_records_of_a_server_carry_it(folder):
    company(folder)
    server = subprocess.Popen(arguments_for(folder, "serve", "--http", "0", "--syslog", "0"),
                              stdout=subprocess.DEVNULL, stderr=open(folder / "said", "wb"), env=environment(folder))
    try:
        found = None
        for _ in range(300):
            found = re.search(r"ready http=\d+ syslog=(\d+)", (folder / "said").read_text(encoding="utf-8"))
            if found:
                break
            time.sleep(0.1)
        port = int(found.group(1))
        with socket.create_connection(("127.0.0.1", port)) as sender:
            sender.sendall(LINES.encode())
        for _ in range(100):
            if len(by_user(folder)) == 3:
                break
            time.sleep(0.1)
        judge(by_user(folder))
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(60)


def test_mistakes_have_their_place(folder):
    company(folder)
    _, said = run(folder, "config", "check")
    assert "leavers (lists/leavers.csv): 1 entries" in said and "is good (lists read: 2)" in said, said
    company(folder, "calendar:\n  shifts:\n    - {name: day, from: '8', to: '17:30'}\n")
    _, said = run(folder, "config", "check", status=2)
    assert "company.yaml:3:" in said and "time of day" in said, said
    company(folder, COMPANY + "geoip_file: absent.mmdb\n")
    _, said = run(folder, "config", "check", folder / "company.yaml", status=2)
    assert "company.yaml:9:13" in said and "absent.mmdb" in said, said


def test_year_and_addresses(folder):
    company(folder)
    year, _ = run(folder, "config", "calendar", "2026")
    assert "2026-11-24 Tue  Founding Day" in year and "2026-05-06 Wed  Substitute Holiday" in year, year
    assert "day  08:30-17:30  Mon Tue Wed Thu Fri" in year, year
    assert json.loads(run(folder, "config", "address", "198.51.100.3")[0]) == {
        "address": "198.51.100.3", "zone": "outside", "site": "", "country": "NL", "threats": "shared"}
    assert json.loads(run(folder, "config", "address", "10.1.2.3")[0])["site"] == "Head office"
    run(folder, "config", "address", "nowhere", status=2)
    run(folder, "config", "calendar", "1990", status=2)


if __name__ == "__main__":
    sys.exit(cases.run(cases.named(globals())))
