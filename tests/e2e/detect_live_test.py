#!/usr/bin/env python3
"""Detection in the running server: logs in by syslog, mails with their page out, through kill -9, changed
rules, receivers that fail, a storm, and a backup.

usage: detect_live_test.py BUILD_FOLDER [NAME...]    (prints TAP; NAME: only those cases)
"""
import datetime
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

import alerts_test
import server_ask
from alerts_test import AKASHI, ENVIRONMENT, ROOT, MailServer, WebServer, free_port, wait_for

MAIL_SECONDS = 5  # from the deciding line to the mail box
WAIT_SECONDS = 60
TOKYO = datetime.timezone(datetime.timedelta(hours=9))

TRIES = """title: Twenty failures of one user
id: 8a3d6f1c-2b4e-4f70-9a51-0c7d2e9b1f01
level: high
correlation:
  type: event_count
  rules: [failed_sshd]
  group-by: [user.name]
  timespan: 10m
  condition: {gte: 20}
---
title: A failed log-on
name: failed_sshd
logsource: {product: akashi}
detection:
  failed: {event.action: LOGON_FAIL}
  condition: failed
"""
EACH = """title: Every failed log-on
id: 8a3d6f1c-2b4e-4f70-9a51-0c7d2e9b1f02
level: high
logsource: {product: akashi}
detection:
  failed: {event.action: LOGON_FAIL}
  condition: failed
"""
LOCKED = """title: A file of the file server was given a strange name
id: 8a3d6f1c-2b4e-4f70-9a51-0c7d2e9b1f03
level: critical
tags: [attack.impact]
logsource: {product: akashi}
detection:
  locked: {akashi.target_path|endswith: '.locked'}
  condition: locked
"""
SENT = """title: Sent outside, to a place that is watched
id: 8a3d6f1c-2b4e-4f70-9a51-0c7d2e9b1f04
level: critical
tags: [attack.exfiltration]
logsource: {product: akashi}
detection:
  sent: {url.full|contains: 'drop.bad.example/upload'}
  condition: sent
"""


def failed_line(user, address, at=None, pid=811):
    when = (at or datetime.datetime.now(TOKYO)).isoformat(timespec="milliseconds")
    return (f"<38>1 {when} ns01 sshd {pid} - - Failed password for {user} from {address} "
            f"port 50000 ssh2\n").encode()


class Place:
    """A data folder, its configuration and its server."""

    def __init__(self, packs="none", rules=None, **settings):
        self.folder = pathlib.Path(tempfile.mkdtemp(dir=ROOT))
        self.data = self.folder / "data"
        (self.data / "rules").mkdir(parents=True, mode=0o700)
        for name, text in (rules or {}).items():
            (self.data / "rules" / name).write_text(text)
        self.config = self.folder / "akashi.yaml"
        self.settings = {"time.zone": "+09:00", "detect.packs": packs, **settings}
        self.write()
        self.process = self.token = None
        self.said = self.folder / "said"

    def write(self):
        self.config.write_text("".join(f'{key}: "{value}"\n' for key, value in self.settings.items()))

    def start(self):
        with self.said.open("wb") as said:
            self.process = subprocess.Popen(
                [AKASHI, "serve", "--data", self.data, "--config", self.config, "--lang",
                 self.settings.get("language", "en"), "--http", "0", "--syslog", "0"],
                stderr=said, env=ENVIRONMENT)
        line = wait_for(lambda: next((line for line in self.said.read_text().splitlines()
                                      if line.startswith("ready ")), None), WAIT_SECONDS)
        assert line, self.said.read_text()
        self.http, self.syslog = (int(word.split("=")[1]) for word in line.split()[1:])
        self.page, self.own = server_ask.Page(self.http), {}
        if not self.token:
            self.token = self.page.set_up(server_ask.code_of(self.said.read_text())).make_token()
        self.page.token = self.token
        # The operator log's own rows are no part of what a case counts.
        assert wait_for(lambda: self.figures()["detect_behind_rows"] == 0, WAIT_SECONDS), self.figures()
        self.own = self.figures()
        return self

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process and self.process.poll() is None:
            self.stop()

    def stop(self):
        self.process.terminate()
        assert self.process.wait(WAIT_SECONDS) == 0, self.said.read_text()

    def kill(self):
        self.process.kill()
        self.process.wait(WAIT_SECONDS)

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.syslog))

    def send(self, *lines):
        with self.connect() as to:
            to.sendall(b"".join(lines))

    def figures(self):
        lines = self.page.done("GET", "/metrics").decode().splitlines()
        return {name.removeprefix("akashi_"): int(value)
                for name, value in (line.split() for line in lines if not line.startswith("#"))}

    def counters(self):
        """What was counted since the start's own rows were through."""
        now = self.figures()
        return {name: value if name == "detect_behind_rows" else value - self.own.get(name, 0)
                for name, value in now.items()}

    def seen(self, rows):
        """Waits until the rules have seen so many rows in this run."""
        done = wait_for(lambda: self.counters()["detect_rows"] >= rows, WAIT_SECONDS)
        assert done, self.counters()

    def akashi(self, *arguments, data=None):
        done = subprocess.run([AKASHI, *map(str, arguments), "--data", data or self.data, "--config",
                               self.config, "--lang", "ja"], capture_output=True, timeout=120,
                              env=ENVIRONMENT, check=False)
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def stories(self, data=None):
        code, out, said = self.akashi("alerts", "list", "--all", "--format", "json", data=data)
        assert code == 0, said
        return [json.loads(line) for line in out.splitlines()]


def mail_settings(server, **more):
    return {"alert.mail_server": f"127.0.0.1:{server.port}", "alert.mail_security": "none",
            "alert.mail_from": "akashi@example.com", "alert.mail_to": "sato@example.com",
            "language": "ja", **more}


def last_worked_day():
    day = datetime.datetime.now(TOKYO).date() - datetime.timedelta(days=1)
    while day.weekday() > 4:
        day -= datetime.timedelta(days=1)
    return day.isoformat()


class Play:
    """The seeds' story as the simulator plays it: its lines in the order of time, and its labels."""

    def __init__(self):
        folder = pathlib.Path(tempfile.mkdtemp(dir=ROOT))
        labels = folder / "labels.jsonl"
        done = subprocess.run([AKASHI, "simulate", "ransomware", "--people", "40", "--from",
                               last_worked_day(), "--out", "-", "--labels", labels],
                              capture_output=True, timeout=120, env=ENVIRONMENT, check=True)
        self.lines = done.stdout.splitlines(keepends=True)
        self.labels = [json.loads(line) for line in labels.read_text().splitlines()]
        self.labels = [label for label in self.labels if "scenario" in label]

    def label(self, verb, phase):
        return next(label for label in self.labels if label["verb"] == verb and label["phase"] == phase)

    def find(self, *pieces, after=0):
        pieces = [piece.encode() for piece in pieces]
        return next(at for at, line in enumerate(self.lines)
                    if at >= after and all(piece in line for piece in pieces))


def pdf_words(mail, folder):
    pdf = next(part for part in mail.iter_attachments() if part.get_content_type() == "application/pdf")
    path = folder / "page.pdf"
    path.write_bytes(pdf.get_content())
    if not shutil.which("pdftotext"):
        return None
    done = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, check=True)
    return done.stdout.decode()


def timed_mail(place, server, to, lines, wanted):
    """Sends the lines, the first of which decides; the mail that `wanted` picks, and after how long."""
    begun = time.monotonic()
    to.sendall(b"".join(lines))
    mail = wait_for(lambda: next((mail for _, mail in server.mails() if wanted(mail)), None),
                    WAIT_SECONDS)
    took = time.monotonic() - begun
    assert mail, (place.said.read_text(), [mail["Subject"] for _, mail in server.mails()])
    return mail, took


# The title of the story that the whole play ends in; other rules tell of single pieces before.
THREE_PHASES = "攻撃の段階が、一人のまわりで三つ重なった"


def the_story_is_in_the_mail_box_within_5_s():
    play = Play()
    act = play.label("LOGON_AS", "spread")
    # One pack: with all of them the same person's story is critical earlier, by a rule of another.
    with MailServer("plain") as server, Place("cyber-attack", **mail_settings(server)).start() as place:
        # Signs of three phases around one person: the third is the use of another's credentials.
        decides = play.find('"code":"4648"', act["user"])
        with place.connect() as to:
            to.sendall(b"".join(play.lines[:decides]))
            place.seen(decides)
            time.sleep(3)
            assert not any(THREE_PHASES in mail["Subject"] for _, mail in server.mails())
            mail, took = timed_mail(place, server, to, play.lines[decides:decides + 1],
                                    lambda mail: THREE_PHASES in mail["Subject"])
            assert "緊急" in mail["Subject"]
            to.sendall(b"".join(play.lines[decides + 1:]))
            place.seen(len(play.lines))
        words = mail.get_body(("plain",)).get_content()
        on_paper = pdf_words(mail, place.folder)
        print(f"# from the deciding line to the mail box: {took:.1f} s; subject {mail['Subject']}")
        assert took <= MAIL_SECONDS, took
        when = datetime.datetime.fromisoformat(act["time"].replace("Z", "+00:00")).astimezone(TOKYO)
        for text in (words, on_paper):
            if text is None:
                continue
            squeezed = "".join(text.split())
            for name in (act["user"], act["pc"], when.strftime("%H:%M")):
                assert name in squeezed, (name, text[:3000])
        # To the end of the story: privilege and the file server stand on the same page.
        assert wait_for(lambda: place.counters()["events_decoded"] >= len(play.lines), WAIT_SECONDS)
        time.sleep(2)
        assert wait_for(lambda: place.counters()["detect_behind_rows"] == 0, WAIT_SECONDS)
        time.sleep(3)
        number = re.search(r"出来事 ?([0-9]+)", mail["Subject"])[1]
        page = place.akashi("alerts", "show", number)[1]
        puppet = play.label("ADD_MEMBER", "spread")["user"]
        for name in (act["user"], puppet, "Domain Admins", "dc01", "fs01"):
            assert name in page, (name, page[:3000], place.stories())


def one_line_decides(play, decides, rule, wanted):
    """The mail of a server that had the 2,000 lines before, and after how long it came."""
    begin = max(0, decides - 2000)
    with MailServer("plain") as server, \
            Place("none", {"rule.yml": rule}, **mail_settings(server)).start() as place:
        with place.connect() as to:
            to.sendall(b"".join(play.lines[begin:decides]))
            place.seen(decides - begin)
            mail, took = timed_mail(place, server, to, play.lines[decides:decides + 100],
                                    lambda mail: wanted in mail["Subject"])
        print(f"# {mail['Subject']}: {took:.1f} s")
        assert took <= MAIL_SECONDS, took
        return mail.get_body(("plain",)).get_content()


def files_and_what_went_outside_are_named_within_5_s():
    play = Play()
    upload = play.label("UPLOAD", "theft")
    text = one_line_decides(play, play.find("drop.bad.example/upload"), SENT, "outside")
    for name in (upload["user"], upload["ip"], "drop.bad.example"):
        assert name in text, (name, text[:3000])
    puppet = play.label("ADD_MEMBER", "spread")["user"]
    text = one_line_decides(play, play.find(".locked"), LOCKED, "strange name")
    for name in (puppet, "fs01", ".locked"):
        assert name in text, (name, text[:3000])


def a_count_goes_on_through_kill_9():
    with Place(rules={"tries.yml": TRIES}) as place:
        sent = 0
        for part, is_saved in ((7, False), (6, True), (6, False), (1, False)):
            place.start()
            place.send(*[failed_line("tanaka", "192.0.2.9", pid=sent + i) for i in range(part)])
            place.seen(part)
            sent += part
            assert place.counters()["detect_behind_rows"] == 0
            if is_saved:
                place.stop()
            elif sent < 20:
                place.kill()
        found = wait_for(lambda: place.stories(), 10)
        assert len(found) == 1 and found[0]["findings"] == 1, found
        page = place.akashi("alerts", "show", found[0]["story"])[1]
        assert "tanaka" in page and "192.0.2.9" in page and "ns01" in page, page
        for _ in range(2):  # seen again, told once
            place.kill()
            place.start()
            wait_for(lambda: place.counters()["detect_behind_rows"] == 0, 10)
            time.sleep(3)
        assert place.stories()[0]["findings"] == 1, place.stories()
        place.send(*[failed_line("tanaka", "192.0.2.9", pid=100 + i) for i in range(5)])
        place.seen(5)
        time.sleep(3)
        assert place.stories()[0]["findings"] == 1, "the same ten minutes were told twice"


def ten_thousand_findings_in_a_second():
    count = 10000
    with MailServer("plain") as server, \
            Place(rules={"each.yml": EACH}, **mail_settings(server)).start() as place:
        lines = [failed_line(f"user{i}", f"10.{i >> 8 & 255}.{i & 255}.7", pid=i) for i in range(count)]
        begun = time.monotonic()
        place.send(*lines)
        place.seen(count)
        seen = time.monotonic() - begun
        counted = wait_for(lambda: place.counters()["detect_findings"] == count, WAIT_SECONDS)
        assert counted, place.counters()
        assert wait_for(lambda: len(server.mails()) >= 6, WAIT_SECONDS)
        time.sleep(3)
        place.kill()
        place.start()
        place.send(*[failed_line("user1", "10.0.1.7", pid=count + i) for i in range(count)])
        assert wait_for(lambda: place.counters()["rows_stored"] == count, WAIT_SECONDS)
        time.sleep(1)
        assert wait_for(lambda: place.counters()["detect_behind_rows"] == 0, WAIT_SECONDS)
        place.stop()
        stories, mails = place.akashi("alerts", "status"), server.mails()
        total = subprocess.run(["/usr/bin/python3", "-c", f"""
import sqlite3
db = sqlite3.connect({str(place.data / 'alerts.db')!r})
print(*db.execute('SELECT count(*), sum(count) FROM story').fetchone())"""],
                               capture_output=True, check=True).stdout.split()
        print(f"# {count} rows, each a finding, seen in {seen:.1f} s; {len(mails)} mails")
        assert [int(number) for number in total] == [count, 2 * count], total
        assert len(mails) <= 8, len(mails)
        assert stories[0] in (0, 1), stories


def changed_rules_are_taken_and_a_broken_one_is_said():
    with Place(rules={"tries.yml": TRIES}).start() as place:
        place.send(*[failed_line("suzuki", "192.0.2.10", pid=i) for i in range(19)])
        place.seen(19)
        (place.data / "rules" / "each.yml").write_text(EACH)
        (place.data / "rules" / "broken.yml").write_text("title: x\nlogsource: {product: akashi}\n"
                                                         "detection:\n  a: {x|nonsense: 1}\n  condition: a\n")
        begun = time.monotonic()
        assert wait_for(lambda: "read again" in place.said.read_text(), 20), place.said.read_text()
        print(f"# new rules are in use after {time.monotonic() - begun:.1f} s")
        assert "broken.yml:4:" in place.said.read_text(), place.said.read_text()
        place.send(failed_line("suzuki", "192.0.2.10", pid=19))
        # The count under way went on through the change, and the new rule sees new rows only.
        both = wait_for(lambda: place.stories() and place.stories()[0]["findings"] == 2, 10)
        assert both, place.stories()
        (place.data / "rules" / "broken.yml").unlink()
        (place.data / "rules" / "each.yml").unlink()
        place.process.send_signal(signal.SIGHUP)
        assert wait_for(lambda: place.said.read_text().count("read again") >= 2, 4)
        before = place.counters()["detect_findings"]
        place.send(failed_line("suzuki", "192.0.2.10", pid=20))
        place.seen(21)
        time.sleep(1)
        assert place.counters()["detect_findings"] == before


def receivers_that_fail_keep_nobody_and_a_kill_loses_nothing():
    port, box = free_port(), pathlib.Path(tempfile.mkdtemp(dir=ROOT))
    with WebServer(*[500] * 3) as web:
        settings = {"alert.mail_server": f"127.0.0.1:{port}", "alert.mail_security": "none",
                    "alert.mail_from": "akashi@example.com", "alert.mail_to": "sato@example.com",
                    "alert.webhook_url": web.url}
        with Place(rules={"each.yml": EACH}, **settings).start() as place:
            with MailServer("refuse", port, box):
                place.send(failed_line("mori", "192.0.2.11"))
                assert wait_for(lambda: web.posts, 10), "the webhook waits for the mail server"
                assert wait_for(lambda: "mail: not sent" in place.said.read_text(), 10)
                assert not list(box.glob("*.eml"))
            place.kill()
            with MailServer("plain", port, box) as server:
                place.start()
                assert wait_for(server.mails, 240), place.akashi("alerts", "status")
                assert wait_for(web.good, 240), web.posts
                time.sleep(2)
                assert len(server.mails()) == 1 and len(web.good()) == 1
                place.send(failed_line("mori", "192.0.2.11"))  # and logs came in all the while
                place.seen(1)


def nobody_looks_until_somebody_does():
    with MailServer("plain") as server, \
            Place(rules={"each.yml": EACH},
                  **mail_settings(server, **{"alert.escalate_minutes": 1,
                                             "alert.mail_escalate_to": "chief@example.com"})).start() as place:
        place.send(failed_line("ota", "192.0.2.12"), failed_line("ito", "192.0.2.13"))
        assert wait_for(lambda: len(server.mails()) == 2, 20)
        assert not any("chief@example.com" in to for to, _ in server.mails())
        number = place.stories()[0]["story"]
        code, _, said = place.akashi("alerts", "ack", number)  # beside the running server
        assert code == 0, said
        assert wait_for(lambda: len(server.mails()) >= 3, 90), "nobody was told again"
        time.sleep(3)
        again = [mail for to, mail in server.mails() if "chief@example.com" in to]
        assert len(again) == 1, [mail["Subject"] for mail in again]


def the_stories_are_in_the_backup():
    with Place(rules={"each.yml": EACH}).start() as place:
        place.send(failed_line("kato", "192.0.2.14"))
        assert wait_for(place.stories, 10)
        backup, restored = place.folder / "backup", place.folder / "restored"
        code, _, said = place.akashi("backup", backup)
        assert code == 0, said
        assert not (place.data / "alerts.db.copy").exists()
        place.send(failed_line("kato", "192.0.2.14", pid=2))
        place.seen(2)
        code, _, said = place.akashi("restore", backup, data=restored)
        assert code == 0, said
        told = place.stories(data=restored)
        assert len(told) == 1 and told[0]["findings"] == 1, told
        place.stop()
        (restored / "rules").mkdir(exist_ok=True)
        (restored / "rules" / "each.yml").write_text(EACH)
        place.data = restored
        place.start()
        place.send(failed_line("kato", "192.0.2.14", pid=3))
        both = wait_for(lambda: place.stories()[0]["findings"] == 2, 10)
        assert both, place.stories()


def the_stories_open_under_another_key():
    with Place(rules={"each.yml": EACH}).start() as place:
        place.send(failed_line("abe", "192.0.2.15"))
        assert wait_for(place.stories, 10)
        place.stop()
        new = place.folder / "new.key"
        code, _, said = place.akashi("store", "rekey", "--new-key-file", new)
        assert code == 0, said
        environment = dict(ENVIRONMENT)
        try:
            # A key that the system hands over comes before the setting.
            ENVIRONMENT["CREDENTIALS_DIRECTORY"] = str(place.folder)
            shutil.copy(new, place.folder / "akashi.key")
            place.start()
            place.send(failed_line("abe", "192.0.2.15", pid=2))
            both = wait_for(lambda: place.stories()[0]["findings"] == 2, 10)
            assert both, place.stories()
            assert "abe" in place.akashi("alerts", "show", 1)[1]
        finally:
            ENVIRONMENT.update(environment)
        place.stop()
        code, _, said = place.akashi("alerts", "show", 1)
        assert code == 2 and len(said.splitlines()) == 1, said


CASES = [the_story_is_in_the_mail_box_within_5_s, files_and_what_went_outside_are_named_within_5_s,
         a_count_goes_on_through_kill_9, ten_thousand_findings_in_a_second,
         changed_rules_are_taken_and_a_broken_one_is_said,
         receivers_that_fail_keep_nobody_and_a_kill_loses_nothing, nobody_looks_until_somebody_does,
         the_stories_are_in_the_backup, the_stories_open_under_another_key]

if __name__ == "__main__":
    alerts_test.run_cases(CASES, {a_count_goes_on_through_kill_9,
                                  changed_rules_are_taken_and_a_broken_one_is_said,
                                  the_stories_are_in_the_backup,
                                  the_stories_open_under_another_key})
