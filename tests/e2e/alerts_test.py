#!/usr/bin/env python3
"""Stories told to real receivers: a mail server with STARTTLS and AUTH, HTTP and syslog receivers on
loopback; those that refuse, hang, answer 500 or come late; restarts; a storm; the command.

usage: alerts_test.py BUILD_FOLDER    (prints TAP)
"""
import email
import email.policy
import hashlib
import hmac
import http.server
import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

BUILD = pathlib.Path(sys.argv[1]).resolve()
SOURCE = pathlib.Path(__file__).resolve().parents[2]
AKASHI = BUILD / "akashi"
ALERT_RUN = BUILD / "tests/support/alert_run"
WORK = tempfile.TemporaryDirectory()
ROOT = pathlib.Path(WORK.name)
KEY = ROOT / "akashi.key"
KEY.write_bytes(os.urandom(32))
KEY.chmod(0o400)
ENVIRONMENT = {**os.environ, "CREDENTIALS_DIRECTORY": str(ROOT), "LANG": "C.UTF-8"}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def secret(name, text):
    path = ROOT / name
    path.unlink(missing_ok=True)
    path.write_text(text + "\n")
    path.chmod(0o400)
    return path


def wait_for(what, seconds=30):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = what()
        if found:
            return found
        time.sleep(0.05)
    return what()


class Case:
    """A data folder with its configuration."""
    count = 0

    def __init__(self, **settings):
        Case.count += 1
        self.folder = ROOT / f"case{Case.count}"
        self.folder.mkdir()
        self.config = self.folder / "akashi.yaml"
        self.data = self.folder / "data"
        self.settings = settings
        self.write()

    def write(self, **settings):
        self.settings.update(settings)
        self.config.write_text("time.zone: \"+09:00\"\n" + "".join(
            f"alert.{key}: \"{value}\"\n" for key, value in self.settings.items()))

    def run(self, *arguments):
        done = subprocess.run([ALERT_RUN, self.config, self.data, KEY, *map(str, arguments)],
                              capture_output=True, timeout=120, env=ENVIRONMENT, check=False)
        assert done.returncode == 0, done.stderr.decode()

    def notifier(self):
        return subprocess.Popen([ALERT_RUN, self.config, self.data, KEY, "notify"],
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=ENVIRONMENT)

    def akashi(self, *arguments, language="ja"):
        done = subprocess.run([AKASHI, "alerts", *map(str, arguments), "--data", self.data,
                               "--config", self.config, "--lang", language],
                              capture_output=True, timeout=120, env=ENVIRONMENT, check=False)
        return done.returncode, done.stdout, done.stderr.decode()


def end(process):
    if process.poll() is None:
        process.stdin.close()
        process.wait(60)
    process.stdout.close()


class MailServer:
    def __init__(self, mode="tls", port=None, folder=None):
        self.port = port or free_port()
        self.folder = folder or pathlib.Path(tempfile.mkdtemp(dir=ROOT))
        self.process = subprocess.Popen(
            ["/usr/bin/python3", SOURCE / "tests/support/mail_receiver.py", str(self.port),
             self.folder, ROOT / "cert.pem", ROOT / "cert.key", mode],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        assert self.process.stdout.readline() == b"ready\n"

    def mails(self):
        """(recipients, mail) in order of arrival."""
        kept = []
        for path in sorted(self.folder.glob("*.eml")):
            head, _, mail = path.read_bytes().partition(b"\n\n")
            kept.append((head.decode().split("\n"),
                         email.message_from_bytes(mail, policy=email.policy.default)))
        return kept

    def __enter__(self):
        return self

    def __exit__(self, *_):
        end(self.process)

    def settings(self, **more):
        return {"mail_server": f"localhost:{self.port}", "mail_security": "starttls",
                "ca_file": ROOT / "cert.pem", "mail_user": "akashi",
                "mail_password_file": secret("password", "right"),
                "mail_from": "akashi@example.com",
                "mail_to": "sato@example.com,suzuki@example.com", **more}


class WebServer:
    """Keeps what is posted; answers with the next of `answers`, then 200. 0: no answer for long."""

    def __init__(self, *answers):
        self.posts, self.answers, server = [], list(answers), self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                answer = server.answers.pop(0) if server.answers else 200
                server.posts.append((self.path, dict(self.headers), body, answer))
                if answer == 0:
                    time.sleep(8)
                    return
                self.send_response(answer)
                if answer == 302:
                    self.send_header("Location", "/elsewhere")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def good(self):
        return [post for post in self.posts if post[3] == 200]


# ---- the cases

def the_page_arrives_by_mail():
    with MailServer() as server:
        case = Case(link="https://akashi.example.com", **server.settings())
        notifier = case.notifier()
        began = time.monotonic()
        case.run("case")
        assert wait_for(lambda: len(server.mails()) == 2), server.mails()
        took = time.monotonic() - began
        end(notifier)
    print(f"# from the findings to the mail server's box: {took:.1f} s")
    assert took < 5
    recipients, mail = next(m for m in server.mails() if "VPN" in m[1]["Subject"])
    assert recipients == ["sato@example.com", "suzuki@example.com"]
    assert mail["Subject"] == "[Akashi 緊急] VPN接続の直後に管理者権限を取得（出来事 1）", mail["Subject"]
    assert mail["Importance"] == "high" and mail["Auto-Submitted"] == "auto-generated"
    assert "<story-1-" in mail["References"] and mail["Message-ID"].startswith("<send-")
    assert not mail.defects, mail.defects
    text = mail.get_body(("plain",)).get_content()
    for word in ("yamada", "203.0.113.77", "D:\\設計\\図面", "AD01", "まずやること",
                 "https://akashi.example.com/alerts/1"):
        assert word in text, word
    html = mail.get_body(("html",)).get_content()
    assert "<script" not in html and "default-src 'none'" in html
    paper = [part for part in mail.iter_attachments()]
    assert [p.get_filename() for p in paper] == ["akashi-1.pdf"]
    assert paper[0].get_content().startswith(b"%PDF-")
    hostile = next(m[1] for m in server.mails() if "VPN" not in m[1]["Subject"])
    assert hostile["Bcc"] is None and "Bcc:" in hostile["Subject"] and not hostile.defects
    assert set(hostile.keys()) == set(mail.keys())
    raw = (server.folder / "00000.eml").read_bytes()
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998


def a_wrong_password_is_said_and_put_right():
    with MailServer() as server:
        case = Case(**server.settings(mail_password_file=secret("wrong", "wrong")))
        case.run("add", 1, "tanaka")
        notifier = case.notifier()
        line = notifier.stdout.readline()
        end(notifier)
        assert line == b"mail -13 1\n", line
        code, _, said = case.akashi("status")
        assert code == 1 and "待ち 1" in said and "Permission denied" in said, said
        case.write(**server.settings())
        notifier = case.notifier()
        assert wait_for(lambda: len(server.mails()) == 1)
        end(notifier)
        assert case.akashi("status")[0] == 0


def without_tls_nothing_is_sent():
    with MailServer("plain") as server:
        case = Case(**server.settings(mail_user="", mail_password_file=""))
        case.run("add", 1, "tanaka")
        notifier = case.notifier()
        line = notifier.stdout.readline()
        end(notifier)
        assert line == b"mail -71 1\n" and not server.mails(), line
        case.write(mail_security="none")
        notifier = case.notifier()
        assert wait_for(lambda: len(server.mails()) == 1)
        end(notifier)


def a_foreign_certificate_is_refused():
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
                    "/CN=localhost", "-keyout", ROOT / "other.key", "-out", ROOT / "other.pem"],
                   check=True, capture_output=True)
    with MailServer() as server:
        case = Case(**server.settings(ca_file=ROOT / "other.pem"))
        case.run("add", 1, "tanaka")
        notifier = case.notifier()
        line = notifier.stdout.readline()
        end(notifier)
        assert line == b"mail -71 1\n" and not server.mails(), line


def a_server_that_was_away_gets_it_once():
    port, folder = free_port(), pathlib.Path(tempfile.mkdtemp(dir=ROOT))
    with MailServer() as tls:
        settings = tls.settings(mail_server=f"localhost:{port}")
    case = Case(**settings)
    case.run("add", 3, "tanaka")
    notifier = case.notifier()
    for _ in range(3):
        assert notifier.stdout.readline().startswith(b"mail -111")
    time.sleep(0.5)
    notifier.kill()
    notifier.wait()
    end(notifier)
    with MailServer(port=port, folder=folder) as server:
        for _ in range(2):
            notifier = case.notifier()
            assert wait_for(lambda: len(server.mails()) == 3, 40)
            end(notifier)
        ids = [mail["Message-ID"] for _, mail in server.mails()]
        assert len(set(ids)) == 3 and len(ids) == 3, ids


def a_server_that_says_not_now_is_asked_again():
    port, folder = free_port(), pathlib.Path(tempfile.mkdtemp(dir=ROOT))
    plain = {"mail_server": f"127.0.0.1:{port}", "mail_security": "none",
             "mail_from": "akashi@example.com", "mail_to": "sato@example.com"}
    case = Case(**plain)
    case.run("add", 1, "tanaka")
    with MailServer("refuse", port, folder):
        notifier = case.notifier()
        assert notifier.stdout.readline().startswith(b"mail -121")
    with MailServer("plain", port, folder) as server:
        assert wait_for(lambda: len(server.mails()) == 1, 40)
        end(notifier)
        assert len(server.mails()) == 1


def all_sinks(mail, web):
    return {"webhook_url": web.url + "/hook", "webhook_secret_file": secret("hook", "sharedsecret"),
            "slack_url_file": secret("slack", web.url + "/slack"),
            "teams_url_file": secret("teams", web.url + "/teams"),
            "lineworks_url_file": secret("lineworks", web.url + "/lineworks"),
            "chatwork_api": web.url + "/v2", "chatwork_room": "4711",
            "chatwork_token_file": secret("chatwork", "token-of-chatwork"),
            "link": "https://akashi.example.com", **mail.settings()}


def every_sink_gets_its_form():
    log = socket.create_server(("127.0.0.1", 0))
    with MailServer() as mail, WebServer() as web:
        case = Case(syslog_server=f"127.0.0.1:{log.getsockname()[1]}", **all_sinks(mail, web))
        case.run("case")
        notifier = case.notifier()
        received = b""
        log.settimeout(30)
        while received.count(b"akashi - STORY") < 2:
            with log.accept()[0] as connection:
                received += b"".join(iter(lambda: connection.recv(65536), b""))
        assert wait_for(lambda: len(web.posts) == 10 and len(mail.mails()) == 2), web.posts
        end(notifier)
    posts = {path: (headers, body) for path, headers, body, _ in web.posts if b"VPN" in body or b"%56PN" in body
             or b"VPN" in urllib.parse.unquote_to_bytes(body)}
    headers, body = posts["/hook"]
    told = json.loads(body)
    assert told["version"] == "4" and told["status"] == "firing" and len(told["alerts"]) == 1
    assert told["alerts"][0]["labels"]["severity"] == "critical"
    assert told["alerts"][0]["startsAt"].endswith("Z") and told["externalURL"].endswith("/alerts/1")
    signed = headers["X-Akashi-Timestamp"].encode() + b"." + body
    wanted = "sha256=" + hmac.new(b"sharedsecret", signed, hashlib.sha256).hexdigest()
    assert headers["X-Akashi-Signature"] == wanted
    slack = json.loads(posts["/slack"][1])
    assert slack["blocks"][0]["type"] == "header" and slack["blocks"][1]["text"]["type"] == "plain_text"
    assert len(slack["blocks"][0]["text"]["text"]) <= 150 and len(slack["blocks"][1]["text"]["text"]) <= 3000
    card = json.loads(posts["/teams"][1])["attachments"][0]
    assert card["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert card["content"]["actions"][0]["url"] == "https://akashi.example.com/alerts/1"
    line = json.loads(posts["/lineworks"][1])
    assert line["title"].startswith("[Akashi 緊急]") and "yamada" in line["body"]["text"]
    headers, body = posts["/v2/rooms/4711/messages"]
    assert headers["X-ChatWorkToken"] == "token-of-chatwork"
    message = urllib.parse.parse_qs(body.decode())["body"][0]
    assert message.startswith("[info][title]［Akashi 緊急］") and "[toall]" not in message
    while received:
        size, _, rest = received.partition(b" ")
        frame, received = rest[:int(size)], rest[int(size):]
        assert frame.startswith(b"<106>1 2") and b"[story@32473 id=" in frame, frame
        assert not any(byte < 32 for byte in frame)


def one_that_fails_or_hangs_keeps_no_other():
    with MailServer() as mail, WebServer(500, 302) as failing, WebServer(0) as hanging:
        case = Case(webhook_url=failing.url, slack_url_file=secret("slow", hanging.url),
                    **mail.settings())
        case.run("add", 1, "tanaka")
        notifier = case.notifier()
        began = time.monotonic()
        assert wait_for(lambda: len(mail.mails()) == 1, 4), "the mail waits for the others"
        print(f"# mail beside a hanging receiver: {time.monotonic() - began:.1f} s")
        assert wait_for(lambda: failing.good() and hanging.good(), 60)
        end(notifier)
        assert [post[3] for post in failing.posts] == [500, 302, 200]
        assert [post[0] for post in failing.posts] == ["/", "/", "/"]
        assert len({post[1]["Idempotency-Key"] for post in failing.posts}) == 1
        assert len(mail.mails()) == 1


def a_storm_becomes_few_mails():
    with MailServer() as server:
        case = Case(**server.settings())
        notifier = case.notifier()
        began = time.monotonic()
        case.run("add", 10000, "storm")
        assert wait_for(lambda: len(server.mails()) >= 6, 60)
        time.sleep(2)
        end(notifier)
        took = time.monotonic() - began
    mails = [mail for _, mail in server.mails()]
    print(f"# 10000 findings: {len(mails)} mails in {took:.1f} s")
    assert len(mails) <= 8
    bundle = mails[-1]
    text = bundle.get_body(("plain",)).get_content()
    told = sum(int(m["Subject"].split("出来事 ")[1].split(" 件")[0]) if "まとめて" in m["Subject"] else 1
               for m in mails)
    assert "省いたものはありません" in text and told == 10000, (told, text[:300])
    assert "10000" in case.akashi("status")[2]


def killed_again_and_again_nothing_is_lost():
    with MailServer() as server:
        case = Case(**server.settings())
        case.run("add", 4, "tanaka")
        for pause in (2.1, 2.3, 2.5, 0.6, 0.3):
            notifier = case.notifier()
            time.sleep(pause)
            notifier.kill()
            notifier.wait()
            end(notifier)
        notifier = case.notifier()
        # What was under way at a kill is taken up again when its lease is over.
        done = wait_for(lambda: len({m["Message-ID"] for _, m in server.mails()}) == 4, 240)
        end(notifier)
        assert done, len(server.mails())
        print(f"# 5 kills: {len(server.mails())} mails with 4 Message-IDs")


def the_command_does_what_the_page_can():
    case = Case(link="https://akashi.example.com")
    case.run("case")
    code, out, said = case.akashi("list")
    lines = out.decode().splitlines()
    assert code == 0 and len(lines) == 2 and "緊急" in lines[0] and "未確認" in lines[0], out.decode()
    assert "\x1b" not in out.decode()
    code, out, _ = case.akashi("list", "--format", "json")
    rows = [json.loads(line) for line in out.splitlines()]
    assert {row["story"] for row in rows} == {1, 2} and rows[0]["level"] == "critical"
    code, out, _ = case.akashi("show", 1, language="en")
    assert code == 0 and "What to do now" in out.decode() and "yamada" in out.decode()
    paper = case.folder / "page.pdf"
    assert case.akashi("page", 1, "--pdf", paper)[0] == 0 and paper.read_bytes().startswith(b"%PDF-")
    assert b"<!DOCTYPE html>" in case.akashi("page", 1)[1]
    assert case.akashi("ack", 1, "--by", "佐藤", "--note", "電話した")[0] == 0
    assert case.akashi("ack", 1)[0] == 1
    assert "佐藤：電話した" in case.akashi("show", 1)[1].decode()
    assert case.akashi("close", 1)[0] == 2 and case.akashi("close", 1, "--reason", "bored")[0] == 2
    assert case.akashi("close", 1, "--reason", "false_alarm")[0] == 0
    assert len(case.akashi("list")[1].splitlines()) == 1
    assert len(case.akashi("list", "--all")[1].splitlines()) == 2
    assert case.akashi("undo", 1)[0] == 0 and "確認済み" in case.akashi("list")[1].decode()
    code, _, said = case.akashi("show", 99)
    assert code == 2 and "99" in said and len(said.splitlines()) == 1
    for wrong in ((), ("fly",), ("show",), ("ack", "x"), ("list", "1")):
        code, _, said = case.akashi(*wrong)
        assert code == 2 and len(said.splitlines()) == 1, (wrong, said)
    assert case.akashi("test")[0] == 2


def a_test_page_goes_to_all():
    with MailServer() as mail, WebServer() as web:
        case = Case(**all_sinks(mail, web))
        case.run("add", 1, "tanaka")
        code, _, said = case.akashi("test")
        assert code == 0 and said.count("送りました") == 6, said
        assert len(web.posts) == 5 and "これは試験です" in mail.mails()[0][1]["Subject"]


def nothing_readable_stays_on_the_disk():
    with MailServer() as server:
        case = Case(**server.settings())
        notifier = case.notifier()
        case.run("case")
        assert wait_for(lambda: len(server.mails()) == 2)
        end(notifier)
    words = [b"yamada", b"203.0.113", "図面".encode(), b"Domain Admins", b"<script", b"akashi-vpn",
             b"right", b"peer connection"]
    for path in case.data.rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        assert not [word for word in words if word in content], path
        assert path.stat().st_mode & 0o077 == 0, path


CASES = [the_page_arrives_by_mail, a_wrong_password_is_said_and_put_right, without_tls_nothing_is_sent,
         a_foreign_certificate_is_refused, a_server_that_was_away_gets_it_once,
         a_server_that_says_not_now_is_asked_again, every_sink_gets_its_form,
         one_that_fails_or_hangs_keeps_no_other, a_storm_becomes_few_mails,
         killed_again_and_again_nothing_is_lost, the_command_does_what_the_page_can,
         a_test_page_goes_to_all, nothing_readable_stays_on_the_disk]


def run_cases(cases, without_mail):
    """Those named on the command line, else all. without_mail: cases that need no mail server."""
    aiosmtpd = subprocess.run(["/usr/bin/python3", "-c", "import aiosmtpd"], capture_output=True,
                              check=False).returncode == 0
    print(f"1..{len(cases)}")
    wanted = sys.argv[2:]
    for number, case in enumerate(cases, 1):
        if wanted and case.__name__ not in wanted:
            print(f"ok {number} - {case.__name__} # SKIP not asked for")
            continue
        if not aiosmtpd and case not in without_mail:
            print(f"ok {number} - {case.__name__} # SKIP python3-aiosmtpd is not installed")
            continue
        try:
            case()
            print(f"ok {number} - {case.__name__}", flush=True)
        except (AssertionError, OSError, subprocess.SubprocessError, LookupError, StopIteration) as wrong:
            print("# " + str(wrong).replace("\n", "\n# ")[:3000])
            print(f"not ok {number} - {case.__name__}", flush=True)


def main():
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
                    "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout",
                    ROOT / "cert.key", "-out", ROOT / "cert.pem"], check=True, capture_output=True)
    run_cases(CASES, {the_command_does_what_the_page_can})


if __name__ == "__main__":
    main()
