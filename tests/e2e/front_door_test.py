#!/usr/bin/env python3
"""The front door of the running server as an attacker, a browser and somebody in trouble meet it: headers and cookies,
slow clients, secrets that must be written nowhere, and the words when a clock, a disk, a port, a certificate or a mail
server is wrong.

usage: front_door_test.py BUILD_FOLDER [CASE]    (prints TAP)
"""
import base64
import calendar
import json
import os
import re
import secrets
import socket
import subprocess
import sys
import tempfile
import threading
import time

import cases
import server_ask
import web_api_test as api

FIXED = {"Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY"}
PASSWORD = "lantern-kettle-91-harbour"
JAPANESE = re.compile(r"[ぁ-んァ-ヶ一-龥]")
DISK_MIB = 24


def answered(server, method, path, headers=None, body=None):
    """Status, headers as pairs, body."""
    link = server.page.connect()
    link.request(method, path, body, {"Connection": "close", **(headers or {})})
    answer = link.getresponse()
    return answer.status, answer.getheaders(), answer.read()


def cookies(headers):
    return [value for name, value in headers if name == "Set-Cookie"]


def a_page_of_its_own(folder):
    """The least of a page: the server gives it out as it would the real one."""
    web = folder / "web"
    web.mkdir()
    (web / "index.html").write_text("<!doctype html><title>Akashi</title>")
    return web


def every_kind_of_answer_has_its_headers(folder):
    with api.Server("--web", a_page_of_its_own(folder)) as server:
        signed_in = {"Cookie": server.page.cookie}
        kinds = [("GET", "/", {}, 200), ("GET", "/sources", {}, 200), ("POST", "/", {}, 405), ("GET", "/api/v1/health", {}, 200),
                 ("GET", "/api/v1/home", {}, 401), ("GET", "/api/v1/home", signed_in, 200),
                 ("GET", "/api/v1/search", signed_in, 200), ("GET", "/api/v1/nothing", signed_in, 404),
                 ("TRACE", "/api/v1/home", signed_in, 405), ("GET", "/metrics", {}, 401),
                 ("GET", "/", {"Host": "evil.example.com"}, 421)]
        for method, path, sent, wanted in kinds:
            status, headers, _ = answered(server, method, path, {"Origin": "https://evil.example.com", **sent})
            held = dict(headers)
            assert status == wanted, (method, path, status)
            for name, value in FIXED.items():
                assert held.get(name) == value, (method, path, name, held)
            policy = held["Content-Security-Policy"]
            assert "frame-ancestors 'none'" in policy and "unsafe" not in policy, policy
            assert not [name for name in held if name.lower().startswith("access-control-")], held
            assert not [name for name in held if name.lower() in ("server", "x-powered-by")], held


def the_cookie_is_marked_and_ends(folder):
    with api.Server() as server:
        body = json.dumps({"user": server_ask.USER, "password": server_ask.PASSWORD})
        _, headers, _ = answered(server, "POST", "/api/v1/session", {"Content-Type": "application/json"}, body)
        given = cookies(headers)
        assert len(given) == 1, headers
        marks = [part.strip() for part in given[0].split(";")[1:]]
        assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(marks), given
        assert not [mark for mark in marks if mark.startswith(("Domain", "Expires", "Max-Age"))], given
        sent = {"Cookie": server.page.cookie, "Akashi-CSRF": server.page.csrf}
        status, headers, _ = answered(server, "DELETE", "/api/v1/session", sent)
        assert status == 204 and "Max-Age=0" in cookies(headers)[0], headers
        assert dict(headers)["Clear-Site-Data"] == '"cache", "storage"', headers
        assert answered(server, "GET", "/api/v1/home", sent)[0] == 401


def the_cookie_of_tls_is_bound_to_it(folder):
    context = api.ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, api.ssl.CERT_NONE
    with api.Server("--listen", "0.0.0.0", context=context) as server:
        body = json.dumps({"user": server_ask.USER, "password": server_ask.PASSWORD})
        _, headers, _ = answered(server, "POST", "/api/v1/session", {"Content-Type": "application/json"}, body)
        given = cookies(headers)[0]
        assert given.startswith("__Host-akashi=") and all(
            mark in given for mark in ("; Secure", "; HttpOnly", "; SameSite=Strict", "; Path=/")), given


def slow_connections(port, rest, count):
    head = f"POST /api/v1/session HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
    links = []
    for _ in range(count):
        links.append(socket.create_connection(("127.0.0.1", port), timeout=5))
        links[-1].sendall(head.encode() + rest)
        time.sleep(0.005)  # so that those which lose their place have left it
    return links


def slow_clients_hold_no_place(folder):
    """Whoever has begun a body and lets us wait goes first, not somebody who is about to ask."""
    with api.Server() as server:
        for rest in (b"X-A: b", b"Content-Length: 4000\r\n\r\n{"):
            slow = slow_connections(server.http, rest, 120)
            link = server.page.connect()
            link.connect()
            time.sleep(0.3)
            slow += slow_connections(server.http, rest, 40)
            link.request("GET", "/api/v1/home", headers={"Cookie": server.page.cookie, "Connection": "close"})
            assert link.getresponse().status == 200
            for one in slow:
                one.close()


def bodies_of_every_wrong_kind(folder):
    """Beside those of web_api_test: other encodings, marks, depth within a body that is described, giant numbers."""
    with api.Server() as server:
        tried = 0
        for method, path, node, _ in api.operations():
            schema = api.body_of(node)
            if not schema:
                continue
            text = json.dumps(api.good(schema))
            deep = text.replace("{", '{"a":' + "[" * 900 + "]" * 900 + ("," if text != "{}" else ""), 1)
            wrong = [text.encode("utf-16"), b"\xef\xbb\xbf" + text.encode() + b"\x00", text.encode() * 2,
                     text.encode().replace(b'"', b"'"), deep.encode(), b"1e999999999", b'"' + b"\\ud800" * 50 + b'"',
                     text.replace("{", '{"\\u0000":1' + ("," if text != "{}" else ""), 1).encode(),
                     text.encode()[:-1] + b"\xc0\x80}", b"\x1f\x8b\x08\x00" + secrets.token_bytes(64)]
            for body in wrong:
                if body == text.encode():
                    continue
                status, answer = server.page.ask(method, path, body, {"Content-Type": "application/json"})
                assert status in (400, 413), (method, path, body[:60], status, answer)
                assert "error" in answer and answer["error"]["ja"] and answer["error"]["en"], answer
                tried += 1
            for kind in ("text/xml", "application/x-www-form-urlencoded", "application/jsonp"):
                status, _ = server.page.ask(method, path, text.encode(), {"Content-Type": kind})
                assert status == 415, (method, path, kind, status)
        assert tried > 150, tried
    return f"{tried} bodies"


def forms_of(secret):
    """As it may have been written: plain, without its blanks, as bytes of base32 or base64, by 16 bits."""
    plain = secret.replace(" ", "")
    found = {plain.encode(), secret.encode(), plain.encode("utf-16-le"), base64.b64encode(plain.encode())}
    if re.fullmatch(r"[A-Z2-7]{32}", plain):
        found.add(base64.b32decode(plain))
    return found


def no_secret_is_written(folder):
    """Looked for in the data folder, in what the server says, and in the operator log as the page shows it."""
    password_file = folder / "mail-password"
    password_file.write_text("canary-mail-password-77\n")
    password_file.chmod(0o600)
    config = folder / "akashi.yaml"
    mail_port = free_port()
    config.write_text(f"alert:\n  mail_server: 127.0.0.1:{mail_port}\n  mail_security: none\n  mail_user: canary\n"
                      f"  mail_password_file: {password_file}\n  mail_from: a@example.com\n  mail_to: b@example.com\n")
    looked_for = {"mail password": "canary-mail-password-77", "password": server_ask.PASSWORD,
                  "wrong password": "canary-wrong-password-78", "new password": "canary-basalt-meadow-79",
                  "reset password": "canary-reset-violet-80", "wrong code": "918273"}
    with api.Server("--config", config) as server:
        page = server.page
        looked_for |= {"seed": page.seed, "session": page.cookie.split("=")[1], "csrf": page.csrf,
                       "token": page.make_token("read")}
        codes = page.done("POST", "/api/v1/me/recovery-codes")["codes"]
        looked_for |= {f"recovery code {number}": code for number, code in enumerate(codes)}
        page.ask("POST", "/api/v1/session", {"user": "sato", "password": "canary-wrong-password-78"})
        page.done("POST", "/api/v1/users", {"name": "kato", "password": "canary-reset-violet-80",
                                            "grants": [{"role": "viewer"}]})
        status, _ = page.ask("POST", "/api/v1/session/proof", {"password": server_ask.PASSWORD, "code": "918273"})
        assert status == 401, status
        with_token = server_ask.Page(server.http)
        with_token.token = looked_for["token"]
        with_token.done("GET", "/api/v1/home")
        page.ask("POST", "/api/v1/settings/alert-test")
        page.ask("PUT", "/api/v1/me/password", {"old": server_ask.PASSWORD, "new": "canary-basalt-meadow-79"})
        told = json.dumps(page.done("GET", "/api/v1/operator-log?limit=1000"), ensure_ascii=False)
        assert "kato" in told, told[:500]
        server.process.terminate()
        assert server.process.wait(api.WAIT_SECONDS) == 0
        places = {"operator log": told.encode(), "what it said": server.said().encode()}
        for path in (server.folder / "data").rglob("*"):
            if path.is_file():
                places[str(path.relative_to(server.folder))] = path.read_bytes()
        assert len(places) > 6, places.keys()
        found = [f"{what} in {where}" for what, secret in looked_for.items() for form in forms_of(secret)
                 for where, content in places.items() if form in content]
        assert not found, found
    return f"{len(looked_for)} secrets in {len(places)} places"


def both_languages(error, *words):
    """Said in both, and each of the words in one of them."""
    assert JAPANESE.search(error["ja"]) and not JAPANESE.search(error["en"]), error
    for word in words:
        assert word in error["ja"] or word in error["en"], (word, error)


def a_wrong_clock_is_told(folder):
    """Codes of a telephone whose clock differs are refused like wrong ones, but the server's time is said."""
    with api.Server() as server:
        page = server_ask.Page(server.http)
        page.done("POST", "/api/v1/session", {"user": server_ask.USER, "password": server_ask.PASSWORD})
        page.get("/api/v1/session")
        late = server_ask.one_time_code(server.page.seed, time.time() - 600)
        status, answer = page.ask("POST", "/api/v1/session/code", {"code": late})
        assert status == 401 and answer["error"]["id"] == "account.code", answer
        both_languages(answer["error"], "clock", "時計", "timedatectl")
        shown = re.search(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d\d:\d\d", answer["error"]["en"])[0]
        assert shown in answer["error"]["ja"], answer
        assert abs(api_time(shown) - time.time()) < 60, shown


def api_time(text):
    day, clock, offset = text.split()
    seconds = int(offset[1:3]) * 3600 + int(offset[4:6]) * 60
    return calendar_seconds(f"{day} {clock}") - (seconds if offset[0] == "+" else -seconds)


def calendar_seconds(text):
    return calendar.timegm(time.strptime(text, "%Y-%m-%d %H:%M:%S"))


def free_port():
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return held.getsockname()[1]


def refused_start(folder, *options, lang):
    """What is said by a server that does not start."""
    key = folder / "akashi.key"
    if not key.exists():
        key.write_bytes(secrets.token_bytes(32))
        key.chmod(0o400)
    env = dict(os.environ, CREDENTIALS_DIRECTORY=str(folder), LC_ALL="C.UTF-8")
    done = subprocess.run([api.AKASHI, "serve", "--data", folder / "data", "--syslog", "0", "--lang", lang,
                           *map(str, options)], env=env, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode != 0, done.stderr
    return done.stderr


def a_start_that_cannot_be_says_what_to_do(folder):
    """What happened, where, and what to do, in both languages."""
    (folder / "no.pem").write_text("no certificate")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        pair = ("--tls-certificate", folder / "no.pem", "--tls-key", folder / "no.pem")
        away = ("--tls-certificate", folder / "absent.pem", "--tls-key", folder / "absent.key")
        rows = [(("--http", port), str(port), ("another program", "ss -ltnp", "--http"),
                 ("別のプログラム", "ss -ltnp", "--http")),
                (("--http", "0", "--listen", "192.0.2.1"), "192.0.2.1", ("has no address", "ip address"),
                 ("アドレス", "ip address")),
                (("--http", "0", *pair), "no.pem", ("no PEM", "leave both"), ("PEM形式", "外すと")),
                (("--http", "0", *away), "absent.pem", ("cannot be read", "user of the service"),
                 ("読めません", "サービスの利用者"))]
        for options, where, english, japanese in rows:
            for lang, words in (("en", english), ("ja", japanese)):
                said = refused_start(folder, *options, lang=lang)
                assert where in said and all(word in said for word in words), (lang, words, said)


def a_mail_server_that_is_away_is_told(folder):
    config = folder / "akashi.yaml"
    port = free_port()
    config.write_text(f"alert:\n  mail_server: 127.0.0.1:{port}\n  mail_security: none\n  mail_from: a@example.com\n"
                      f"  mail_to: b@example.com\n")
    with api.Server("--config", config) as server:
        ways = server.page.done("POST", "/api/v1/settings/alert-test")["ways"]
        mail = next(way for way in ways if way["way"] == "mail")
        assert not mail["ok"], ways
        both_languages(mail["words"], str(port))


class Receiver(threading.Thread):
    """A syslog receiver: what it was sent, taken apart by the counts of octets (RFC 6587, 3.4.1)."""

    def __init__(self, port=0):
        super().__init__(daemon=True)
        self.door = socket.create_server(("127.0.0.1", port))
        self.port, self.bytes = self.door.getsockname()[1], b""
        self.start()

    def run(self):
        while True:
            try:
                link, _ = self.door.accept()
            except OSError:
                return
            with link:
                while some := link.recv(65536):
                    self.bytes += some

    def messages(self):
        rest, found = self.bytes, []
        while rest:
            count, _, rest = rest.partition(b" ")
            found.append(rest[:int(count)].decode())
            rest = rest[int(count):]
        return found

    def told(self, action):
        """The fields of the acts of that kind."""
        lines = [message.partition("\ufeff")[2] for message in self.messages()]
        return [fields for fields in map(json.loads, lines) if fields["event.action"] == "akashi." + action]


def until(what, said):
    end = time.monotonic() + api.WAIT_SECONDS
    while not (found := what()):
        assert time.monotonic() < end, said()[-2000:]
        time.sleep(0.1)
    return found


def the_operator_log_is_sent_on(folder):
    """To another machine, as it is written; what waits while that one is away comes later, and it is said."""
    config, port = folder / "akashi.yaml", free_port()
    config.write_text(f"alert:\n  syslog_server: 127.0.0.1:{port}\n  syslog_operator_log: yes\n")
    with api.Server("--config", config) as server:
        until(lambda: f"127.0.0.1:{port}" in server.said().partition("ready ")[2], server.said)
        away = server.said().partition("ready ")[2]
        assert "could not be reached" in away and "alert.syslog_" in away, away
        receiver = Receiver(port)
        until(lambda: receiver.told("setup"), server.said)
        server.page.ask("POST", "/api/v1/session", {"user": "nobody", "password": PASSWORD})
        refused = until(lambda: [act for act in receiver.told("sign_in") if act["event.outcome"] == "failure"],
                        server.said)
        assert refused[0]["user.name"] == "nobody" and PASSWORD not in receiver.bytes.decode(), refused
        done = subprocess.run([api.AKASHI, "account", "add", "kato", "--role", "viewer", "--data", server.folder / "data",
                               "--password-fd", "0"], env=server.env, input=PASSWORD + "\n", capture_output=True,
                              text=True, timeout=60, check=False)
        assert done.returncode == 0, done
        until(lambda: receiver.told("user_add"), server.said)
        assert all(re.match(r"<10[89]>1 \d{4}-\d\d-\d\dT[\d:.]+Z - akashi - OPERATOR - \ufeff{", one)
                   for one in receiver.messages()), receiver.messages()[:3]
        receiver.door.close()


def a_forgotten_password_is_set_anew_at_the_shell(folder):
    """While the server runs; the second factor stays, and the new password must be changed at once."""
    with api.Server() as server:
        command = [api.AKASHI, "account", "reset-password", server_ask.USER, "--data", server.folder / "data",
                   "--lang", "en", "--password-fd", "0"]
        done = subprocess.run(command, env=server.env, input=PASSWORD + "\n", capture_output=True, text=True, timeout=60,
                              check=False)
        assert done.returncode == 0 and PASSWORD not in done.stdout + done.stderr, done
        assert server.page.get("/api/v1/home")[0] == 401  # what was open has ended
        page = server_ask.Page(server.http)
        assert page.ask("POST", "/api/v1/session", {"user": server_ask.USER,
                                                    "password": server_ask.PASSWORD})[0] == 401
        state = page.done("POST", "/api/v1/session", {"user": server_ask.USER, "password": PASSWORD})["state"]
        assert state == "second_factor", state


class SmallDisk:
    """A file system of a few MiB, where one may be mounted."""

    def __init__(self, folder):
        self.at = folder / "disk"
        self.at.mkdir()

    def __enter__(self):
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m,mode=700", "tmpfs", self.at],
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise cases.Skip(f"no small file system can be mounted here: {done.stderr.strip()[:200]}")
        return self.at

    def __exit__(self, *_):
        subprocess.run(["umount", "--lazy", self.at], check=False)


def fill(path):
    with path.open("wb", buffering=0) as to:
        try:
            while True:
                to.write(bytes(65536))
        except OSError:
            pass
        try:
            while True:
                to.write(b"\0")
        except OSError:
            pass


def server_on(disk):
    """With its folder on that disk."""
    before, tempfile.tempdir = tempfile.tempdir, str(disk)
    try:
        return api.Server()
    finally:
        tempfile.tempdir = before


def a_full_disk_while_signed_in(folder):
    """What is stored can be searched, what would change something is refused with words, and all goes on once there is
    room again."""
    with SmallDisk(folder) as disk, server_on(disk) as server:
        server.send(*[api.FIRST] * 3)
        server.found("192.0.2.7", 3)
        fill(disk / "filling")
        rows = server.page.lines("/api/v1/search?limit=10&q=192.0.2.7")
        assert sum("row" in line for line in rows) == 3, rows
        assert server.page.get("/api/v1/home")[0] == 200
        status, answer = server.page.ask("POST", "/api/v1/tokens", {"name": "test", "may": ["read"]})
        assert status in (503, 507), (status, answer)
        both_languages(answer["error"], "disk", "ディスク")
        other = server_ask.Page(server.http)
        status, answer = other.ask("POST", "/api/v1/session", {"user": server_ask.USER,
                                                               "password": server_ask.PASSWORD})
        assert status in (503, 507), (status, answer)
        both_languages(answer["error"], "disk", "ディスク")
        (disk / "filling").unlink()
        until = time.monotonic() + api.WAIT_SECONDS
        while server.page.ask("POST", "/api/v1/tokens", {"name": "test", "may": ["read"]})[0] != 200:
            assert time.monotonic() < until, server.said()[-2000:]
            time.sleep(0.5)


CASES = [every_kind_of_answer_has_its_headers, the_cookie_is_marked_and_ends, the_cookie_of_tls_is_bound_to_it,
         slow_clients_hold_no_place, bodies_of_every_wrong_kind, no_secret_is_written, a_wrong_clock_is_told,
         a_start_that_cannot_be_says_what_to_do, a_mail_server_that_is_away_is_told, the_operator_log_is_sent_on,
         a_forgotten_password_is_set_anew_at_the_shell, a_full_disk_while_signed_in]

if __name__ == "__main__":
    sys.exit(cases.run(CASES))
