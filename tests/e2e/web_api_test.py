#!/usr/bin/env python3
"""The API of the running server, held against api/openapi.yaml: who may ask, what a question may look like, and
what is answered to a person from the first start on.

usage: web_api_test.py BUILD_FOLDER [NAME...]    (prints TAP; NAME: only those cases)
"""
import json
import os
import pathlib
import re
import secrets
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import traceback
import urllib.parse

import yaml

import server_ask

AKASHI = pathlib.Path(sys.argv[1]).resolve() / "akashi"
ROOT = pathlib.Path(__file__).resolve().parents[2]
DESCRIPTION = yaml.safe_load((ROOT / "api/openapi.yaml").read_text(encoding="utf-8"))
METHODS = ("get", "put", "post", "patch", "delete")
READY = re.compile(r"^ready http=(\d+) syslog=(\d+)", re.MULTILINE)
WAIT_SECONDS = 60
FIRST = "Nov 20 16:00:00 host1 sshd[12]: Failed password for tanaka from 192.0.2.7 port 22 ssh2"


class Server:
    """akashi serve on a folder of its own, with an administrator signed in."""

    def __init__(self, *options, set_up=True, context=None, host="127.0.0.1"):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        key = self.folder / "akashi.key"
        key.write_bytes(secrets.token_bytes(32))
        key.chmod(0o400)
        self.env = dict(os.environ, CREDENTIALS_DIRECTORY=str(self.folder), LC_ALL="C.UTF-8")
        self.options, self.context, self.host = options, context, host
        self.start()
        self.page = server_ask.Page(self.http, host, context)
        if set_up:
            self.page.set_up(server_ask.code_of(self.said()))
            self.page.get("/api/v1/session")

    def start(self):
        with (self.folder / "said").open("wb") as said:
            self.process = subprocess.Popen(
                [AKASHI, "serve", "--data", self.folder / "data", "--http", "0", "--syslog", "0", "--lang", "en",
                 *self.options], stderr=said, stdout=subprocess.DEVNULL, env=self.env)
        until = time.monotonic() + WAIT_SECONDS
        while not READY.search(self.said()):
            assert self.process.poll() is None and time.monotonic() < until, self.said()
            time.sleep(0.02)
        self.http, self.syslog = map(int, READY.search(self.said()).groups())

    def said(self):
        return (self.folder / "said").read_text()

    def send(self, *lines):
        with socket.create_connection(("127.0.0.1", self.syslog)) as to:
            to.sendall("".join(f"<13>{line}\n" for line in lines).encode())

    def found(self, question, count):
        """Waits until a search finds so many rows, and gives them."""
        until = time.monotonic() + WAIT_SECONDS
        while True:
            lines = self.page.lines("/api/v1/search?limit=10000&q=" + urllib.parse.quote(question))
            rows = [line["row"] for line in lines if "row" in line]
            if len(rows) >= count:
                return rows
            assert time.monotonic() < until, lines[-1]
            time.sleep(0.05)

    def add_user(self, name, role, **grant):
        """A page on which this user has signed in, with a password of their own."""
        self.page.done("POST", "/api/v1/users", {"name": name, "password": "lantern-kettle-91-harbour",
                                                 "grants": [{"role": role, **grant}]})
        page = server_ask.Page(self.http)
        page.done("POST", "/api/v1/session", {"user": name, "password": "lantern-kettle-91-harbour"})
        page.done("PUT", "/api/v1/me/password", {"old": "lantern-kettle-91-harbour", "new": "walnut-ferry-92-river"})
        page.get("/api/v1/session")
        return page

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.terminate()
            assert self.process.wait(WAIT_SECONDS) == 0, self.said()
        shutil.rmtree(self.folder, ignore_errors=True)


def operations():
    """Each served operation: method, path with plain values, its node."""
    for path, item in DESCRIPTION["paths"].items():
        for method in METHODS:
            if method in item and item[method].get("x-served", True):
                named = item.get("parameters", []) + item[method].get("parameters", [])
                plain = path
                for node in map(resolve, named):
                    if node["in"] == "path":
                        plain = plain.replace("{%s}" % node["name"], plain_value(node["schema"]))
                yield method.upper(), plain, item[method], list(map(resolve, named))


def resolve(node):
    while "$ref" in node:
        found = DESCRIPTION
        for step in node["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        node = found
    return node


def plain_value(schema):
    return "7" if resolve(schema)["type"] == "integer" else "nobody"


def good(schema):
    """The least value that the description takes."""
    schema = resolve(schema)
    if schema["type"] == "object":
        return {name: good(schema["properties"][name]) for name in schema.get("required", [])}
    if schema["type"] == "array":
        return [good(schema["items"])] * schema.get("minItems", 0)
    if schema["type"] == "boolean":
        return True
    if schema["type"] in ("integer", "number"):
        return schema.get("minimum", 1)
    return schema["enum"][0] if "enum" in schema else "x" * max(1, schema.get("minLength", 1))


def bad_bodies(schema):
    """(why, body): each breaks the description in one place."""
    schema, least = resolve(schema), good(schema)
    yield "no object", [least]
    yield "an unknown name", {**least, "no_such_name": 1}
    for name in schema.get("required", []):
        yield f"without {name}", {key: value for key, value in least.items() if key != name}
    for name, node in schema["properties"].items():
        node = resolve(node)
        wrong = {"string": 7, "integer": "7", "number": "7", "boolean": "true", "array": {}, "object": []}
        yield f"{name} of a wrong type", {**least, name: wrong[node["type"]]}
        yield f"{name} null", {**least, name: None}
        if node["type"] == "string" and "enum" not in node:
            yield f"{name} too long", {**least, name: "x" * (node["maxLength"] + 1)}
        if "enum" in node:
            yield f"{name} not among the choices", {**least, name: "no such choice"}
        if "maximum" in node:
            yield f"{name} too large", {**least, name: node["maximum"] + 1}
        if "minimum" in node:
            yield f"{name} too small", {**least, name: node["minimum"] - 1}


def body_of(node):
    return resolve(node["requestBody"])["content"]["application/json"]["schema"] if "requestBody" in node else None


def expect(page, method, path, body, *statuses, headers=None):
    status, answer = page.ask(method, path, body, headers)
    assert status in statuses, f"{method} {path}: {status}, not {statuses}: {str(answer)[:300]}"
    if status >= 400:
        error = answer["error"]
        assert error["id"] and error["ja"] and error["en"], answer
    return answer


def nobody_gets_anything_without_a_sign_in():
    with Server() as server:
        nobody, count = server_ask.Page(server.http), 0
        for method, path, node, _ in operations():
            if node["x-may"] == "anyone":
                continue
            schema = body_of(node)
            expect(nobody, method, path, good(schema) if schema else None, 401)
            wrong = server_ask.Page(server.http)
            wrong.token = "ak_" + "A" * 46
            expect(wrong, method, path, good(schema) if schema else None, 401, 429)
            count += 1
        assert count > 40, count


def a_role_may_do_only_its_own():
    may = {"viewer": {"read"}, "auditor": {"read", "export", "prove"}, "operator": {"read", "act", "export"}}
    with Server() as server:
        for role, permissions in may.items():
            page = server.add_user(role, role)
            for method, path, node, _ in operations():
                if node["x-may"] in ("anyone", "self") or node["x-may"] in permissions:
                    continue
                schema = body_of(node)
                expect(page, method, path, good(schema) if schema else None, 403)


def a_page_of_somebody_else_changes_nothing():
    with Server() as server:
        for method, path, node, _ in operations():
            if method == "GET" or node["x-may"] == "anyone":
                continue
            schema = body_of(node)
            for token in ("", "A" * 43):
                answer = expect(server.page, method, path, good(schema) if schema else None, 403,
                                headers={"Akashi-CSRF": token})
                assert answer["error"]["id"] == "api.csrf", answer
        expect(server.page, "POST", "/api/v1/tokens", b'{"name":"x","may":["read"]}', 415,
               headers={"Content-Type": "text/plain"})


def bodies_and_parameters_are_judged():
    with Server() as server:
        for method, path, node, named in operations():
            schema = body_of(node)
            if schema:
                for why, body in bad_bodies(schema):
                    answer = expect(server.page, method, path, body, 400, 413)
                    assert answer["error"]["id"].startswith("api."), (method, path, why, answer)
                most = node.get("x-body-bytes-max", 65536)
                large = json.dumps({"x": "y" * most}).encode()
                expect(server.page, method, path, large, 413, headers={"Content-Type": "application/json"})
                for broken in (b"", b"{", b'{"a":1}x', b"\xff", b"[" * 5000):
                    expect(server.page, method, path, broken, 400, 413, headers={"Content-Type": "application/json"})
            elif method != "GET":
                expect(server.page, method, path, {"x": 1}, 400, 413)
            if method != "GET":
                continue
            expect(server.page, method, path + "?no_such_name=1", None, 400)
            for parameter in named:
                wanted = resolve(parameter["schema"])
                if parameter["in"] != "query":
                    continue
                ask = path + "?" + parameter["name"] + "="
                if wanted["type"] == "integer":
                    expect(server.page, method, ask + "x", None, 400)
                    expect(server.page, method, ask + "-1", None, 400)
                if wanted["type"] == "boolean":
                    expect(server.page, method, ask + "maybe", None, 400)
                if "enum" in wanted:
                    expect(server.page, method, ask + "nothing-of-it", None, 400)


def first_start_to_first_search():
    with Server(set_up=False) as server:
        page, code = server.page, server_ask.code_of(server.said())
        assert page.done("GET", "/api/v1/setup")["needed"]
        expect(page, "POST", "/api/v1/setup", {"code": "WRONG", "user": "sato", "password": server_ask.PASSWORD}, 403)
        page.set_up(code)
        assert not page.done("GET", "/api/v1/setup")["needed"]
        expect(page, "POST", "/api/v1/setup", {"code": code, "user": "abe", "password": server_ask.PASSWORD}, 403, 409)
        assert page.done("GET", "/api/v1/session")["state"] == "signed_in"
        server.send(*[FIRST] * 5)
        rows = server.found("tanaka", 5)
        assert rows[0]["action"] == "LOGON_FAIL" and rows[0]["fields"]["source.ip"] == "192.0.2.7", rows[0]
        record = page.done("GET", f"/api/v1/records/{rows[0]['number']}")
        assert record["raw"].endswith(FIRST) and record["raw_is_text"], record
        table = page.lines("/api/v1/search?q=" + urllib.parse.quote("tanaka | stats count() by user.name"))
        assert [line["cells"] for line in table if "cells" in line] == [["tanaka", 5]], table
        assert table[-1]["end"]["complete"], table
        counts = page.done("GET", "/api/v1/search/histogram?q=tanaka&pieces=10")
        assert counts["total"] == 5 and len(counts["counts"]) <= 10, counts
        facets = page.done("GET", "/api/v1/search/facets?q=tanaka&fields=user.name,host.name")["facets"]
        assert facets[0]["values"] == [{"value": "tanaka", "count": 5}], facets
        home = page.done("GET", "/api/v1/home")
        assert home["sources"] == 1 and home["rows"] >= 5, home
        log = page.done("GET", "/api/v1/operator-log")["rows"]
        assert any("signed in" in row["sentence"] for row in log), log


def a_scope_hides_everywhere():
    with Server() as server:
        server.send(FIRST)
        rows = server.found("tanaka", 1)
        viewer = server.add_user("kato", "viewer", sources=["no-such-device"])
        assert not [line for line in viewer.lines("/api/v1/search?q=tanaka") if "row" in line]
        expect(viewer, "GET", f"/api/v1/records/{rows[0]['number']}", None, 404)
        assert viewer.done("GET", "/api/v1/search/histogram?q=")["total"] == 0
        assert viewer.done("GET", "/api/v1/sources")["sources"] == []
        assert viewer.done("GET", "/api/v1/stories")["stories"] == []
        assert viewer.done("GET", "/api/v1/home")["rows_today"] == 0
        # What is written cannot leave the scope.
        asked = urllib.parse.quote('tanaka) OR (NOT "x"')
        expect(viewer, "GET", "/api/v1/search?q=" + asked, None, 400)


def a_tail_goes_on_where_it_was():
    with Server() as server:
        token = server.page.make_token()
        link = server_ask.Page(server.http).connect()
        link.request("GET", "/api/v1/tail?q=tanaka", headers={"Authorization": "Bearer " + token})
        answer = link.getresponse()
        assert answer.status == 200 and answer.getheader("Content-Type") == "text/event-stream"
        server.send(FIRST)
        number = None
        while number is None:
            line = answer.readline().decode()
            assert line, "the tail ended"
            if line.startswith("id: "):
                number = int(line[4:])
        link.close()
        server.send(FIRST.replace("host1", "host2"))
        server.found("host2", 1)
        link = server_ask.Page(server.http).connect()
        link.request("GET", "/api/v1/tail?q=tanaka", headers={"Authorization": "Bearer " + token,
                                                              "Last-Event-ID": str(number)})
        answer = link.getresponse()
        while not (line := answer.readline().decode()).startswith("data: {\"number\""):
            assert line, "the tail ended"
        assert '"host.name":"host2"' in line, line
        link.close()


def questions_are_kept_and_answers_taken_along():
    with Server() as server:
        page = server.page
        page.done("PUT", "/api/v1/saved", {"name": "失敗", "q": "tanaka", "from": "2026-11-01"})
        page.done("PUT", "/api/v1/saved", {"name": "失敗", "q": "tanaka failed"})
        page.done("PUT", "/api/v1/saved", {"name": "shared", "q": "x", "shared": True})
        viewer = server.add_user("kato", "viewer")
        assert [one["name"] for one in viewer.done("GET", "/api/v1/saved")["saved"]] == ["shared"]
        expect(viewer, "PUT", "/api/v1/saved", {"name": "a", "q": "x", "shared": True}, 403)
        expect(viewer, "DELETE", "/api/v1/saved/shared", None, 404)
        own = page.done("GET", "/api/v1/saved")["saved"]
        assert [(one["name"], one["q"]) for one in own] == [("失敗", "tanaka failed"), ("shared", "x")], own
        page.done("DELETE", "/api/v1/saved/" + urllib.parse.quote("失敗"))
        assert len(page.done("GET", "/api/v1/saved")["saved"]) == 1
        server.send(FIRST.replace("tanaka", "=cmd|calc"), FIRST.replace("tanaka", "田中"))
        server.found("host1", 2)
        csv = page.done("GET", "/api/v1/search/export?q=host1").decode("utf-8-sig")
        assert "田中" in csv and not re.search(r"(^|,|\n)=", csv), csv
        assert page.headers["Content-Disposition"] == 'attachment; filename="akashi.csv"', page.headers
        packed = page.done("GET", "/api/v1/search/export?q=host1&charset=cp932")
        assert "田中" in packed.decode("cp932"), packed
        lines = page.done("GET", "/api/v1/search/export?q=host1&format=jsonl").splitlines()
        assert sum(json.loads(line)["event.action"] == "LOGON_FAIL" for line in lines) == 2, lines
        log = page.done("GET", "/api/v1/operator-log")["rows"]
        assert sum("host1" in row["sentence"] for row in log) >= 3, log
        assert page.done("GET", "/api/v1/who?of=192.0.2.7")["answers"] == []
        expect(page, "GET", "/api/v1/who?of=x&at=yesterday-ish", None, 400)


def what_is_known_is_shown():
    rule = ("title: A failed log-on\nid: 8a3d6f1c-2b4e-4f70-9a51-0c7d2e9b1f01\nlevel: high\n"
            "logsource: {product: akashi}\ndetection:\n  a: {event.action: LOGON_FAIL}\n  condition: a\n")
    with Server() as server:
        page = server.page
        definitions = page.done("GET", "/api/v1/definitions")["definitions"]
        assert len(definitions) > 50 and all(one["title"]["ja"] for one in definitions)
        one = page.done("GET", "/api/v1/definitions/fortigate")
        assert one["yaml"].startswith("name: fortigate") and not one["head"]["own"], one["yaml"][:100]
        expect(page, "GET", "/api/v1/definitions/no-such-device", None, 404)
        expect(page, "GET", "/api/v1/definitions/..%2F..%2Fetc", None, 400)
        packs = page.done("GET", "/api/v1/packs")["packs"]
        assert packs and all(pack["rules"] > 0 and pack["title"]["en"] for pack in packs), packs
        rules = page.done("GET", "/api/v1/rules?limit=5")
        assert len(rules["rules"]) == 5 and rules["more"], rules
        whole = page.done("GET", "/api/v1/rules/" + urllib.parse.quote(rules["rules"][0]["id"], safe=""))
        assert "detection" in whole["yaml"] or "correlation" in whole["yaml"], whole
        expect(page, "GET", "/api/v1/rules/nothing", None, 404)
        assert page.done("POST", "/api/v1/rules/check", {"yaml": rule})["ok"]
        verdict = page.done("POST", "/api/v1/rules/check", {"yaml": rule.replace("condition: a", "condition: b")})
        assert not verdict["ok"] and verdict["complaints"][0]["ja"], verdict
        assert any(one["key"] == "retention.days" for one in page.done("GET", "/api/v1/settings")["settings"])
        keep = page.done("GET", "/api/v1/keep")
        assert keep["checkpoint"]["note"].startswith("akashi/") and keep["public_key"].startswith("akashi/"), keep
        page.done("POST", "/api/v1/keep/verify")
        until = time.monotonic() + WAIT_SECONDS
        while (state := page.done("GET", "/api/v1/keep")["verified"]["state"]) != "good":
            assert state == "running" and time.monotonic() < until, state
        expect(page, "POST", "/api/v1/keep/backup", None, 409)


def rules_of_the_company_are_written_and_removed():
    text = ("title: A failed log-on\nid: own-rule\nlevel: high\nlogsource: {product: akashi}\n"
            "detection:\n  a: {event.action: LOGON_FAIL}\n  condition: a\n")
    with Server() as server:
        page, at = server.page, "/api/v1/rules/own-rule"
        expect(page, "PUT", at, {"yaml": text.replace("own-rule", "another")}, 400)
        expect(page, "PUT", at, {"yaml": text.replace("condition: a", "condition: b")}, 400)
        expect(page, "PUT", "/api/v1/rules/..%2F..%2Fx", {"yaml": text}, 400)
        page.done("PUT", at, {"yaml": text})
        whole = page.done("GET", at)
        assert whole["yaml"] == text and whole["head"]["own"] and whole["head"]["state"] == "ready", whole
        taken = next(rule["id"] for rule in page.done("GET", "/api/v1/rules")["rules"]
                     if not rule["own"] and re.fullmatch(r"[A-Za-z0-9._-]+", rule["id"]))
        expect(page, "PUT", "/api/v1/rules/" + taken, {"yaml": text.replace("own-rule", taken)}, 409)
        viewer = server.add_user("kato", "operator")
        expect(viewer, "DELETE", at, None, 403)
        page.done("DELETE", at)
        expect(page, "GET", at, None, 404)
        expect(page, "DELETE", at, None, 404)


def definitions_of_the_company_are_written_and_removed():
    with Server() as server:
        page, at = server.page, "/api/v1/definitions/own-device"
        text = page.done("GET", "/api/v1/definitions/dnsmasq")["yaml"]
        text = text.replace("name: dnsmasq", "name: own-device", 1)
        text = text.replace("akashi.rule: dnsmasq", "akashi.rule: own-device")
        expect(page, "PUT", at, {"yaml": text.replace("name: own-device", "name: other", 1)}, 400)
        expect(page, "PUT", at, {"yaml": "name: [broken"}, 400)
        expect(page, "PUT", at, {"yaml": text.replace("verb:", "verbs:", 1)}, 400)
        page.done("PUT", at, {"yaml": text})
        whole = page.done("GET", at)
        assert whole["yaml"] == text and whole["head"]["own"], whole["head"]
        expect(page, "DELETE", "/api/v1/definitions/dnsmasq", None, 404)
        page.done("DELETE", at)
        expect(page, "GET", at, None, 404)


def stories_are_told_and_acted_on():
    rule = ("title: A failed log-on\nid: 8a3d6f1c-2b4e-4f70-9a51-0c7d2e9b1f01\nlevel: high\n"
            "logsource: {product: akashi}\ndetection:\n  a: {event.action: LOGON_FAIL}\n  condition: a\n")
    with Server(set_up=False) as server:
        server.process.terminate()
        assert server.process.wait(WAIT_SECONDS) == 0
        (server.folder / "data/rules").mkdir()
        (server.folder / "data/rules/own.yml").write_text(rule)
        server.start()
        page = server.page = server_ask.Page(server.http).set_up(server_ask.code_of(server.said()))
        now = time.strftime("%b %e %H:%M:%S", time.gmtime())
        server.send(FIRST.replace("Nov 20 16:00:00", now))
        until = time.monotonic() + WAIT_SECONDS
        while not (stories := page.done("GET", "/api/v1/stories")["stories"]):
            assert time.monotonic() < until, server.said()
            time.sleep(0.1)
        head = stories[0]
        assert head["state"] == "new" and head["level"] == "high" and head["user"] == "tanaka", head
        story = page.done("GET", f"/api/v1/stories/{head['id']}")
        assert story["may_act"] and story["who"]["en"] and story["findings"][0]["rows"], story
        assert story["history"][0]["act"] == "opened", story["history"]
        pdf = page.done("GET", f"/api/v1/stories/{head['id']}/page")
        assert pdf.startswith(b"%PDF-"), pdf[:20]
        assert "Content-Security-Policy" in page.headers
        acted = page.done("POST", "/api/v1/stories/acts", {"ids": [head["id"], 999], "act": "seen"})
        assert acted["done"] == [head["id"]] and acted["failed"][0]["id"] == 999, acted
        assert page.done("GET", f"/api/v1/stories/{head['id']}")["head"]["by"] == server_ask.USER
        expect(page, "POST", "/api/v1/stories/acts", {"ids": [head["id"]], "act": "closed"}, 400)
        page.done("POST", "/api/v1/stories/acts", {"ids": [head["id"]], "act": "closed", "reason": "test"})
        assert page.done("GET", "/api/v1/stories")["stories"] == []
        hidden = server.add_user("kato", "viewer", sources=["no-such-device"])
        expect(hidden, "GET", f"/api/v1/stories/{head['id']}", None, 404)
        assert hidden.done("GET", "/api/v1/stories?closed=true")["stories"] == []


def a_pack_is_switched_off_and_on():
    with Server() as server:
        page = server.page
        name = next(pack["name"] for pack in page.done("GET", "/api/v1/packs")["packs"] if pack["on"])
        of_pack = "/api/v1/rules?pack=" + name
        assert page.done("GET", of_pack)["rules"]
        expect(page, "PATCH", "/api/v1/packs/no-such-pack", {"on": False}, 404)
        page.done("PATCH", "/api/v1/packs/" + name, {"on": False})
        assert [pack["name"] for pack in page.done("GET", "/api/v1/packs")["packs"] if not pack["on"]] == [name]
        assert page.done("GET", of_pack)["rules"] == []
        until = time.monotonic() + WAIT_SECONDS
        while "the rules were read again" not in server.said():
            assert time.monotonic() < until, server.said()
            time.sleep(0.1)
        page.done("PATCH", "/api/v1/packs/" + name, {"on": True})
        assert all(pack["on"] for pack in page.done("GET", "/api/v1/packs")["packs"])
        assert page.done("GET", of_pack)["rules"]


def an_exception_is_passed_over_until_it_ends():
    rule = ("title: A failed log-on\nid: own-rule\nlevel: high\nlogsource: {product: akashi}\n"
            "detection:\n  a: {event.action: LOGON_FAIL}\n  condition: a\n")
    with Server() as server:
        page, at = server.page, "/api/v1/exceptions"
        page.done("PUT", "/api/v1/rules/own-rule", {"yaml": rule})
        new = {"rule": "own-rule", "field": "user.name", "value": "tanaka", "days": 7, "why": "a test of the door"}
        expect(page, "POST", at, {**new, "rule": "no-such-rule"}, 400)
        expect(page, "POST", at, {**new, "field": "user.name|re"}, 400)
        made = page.done("POST", at, new)
        assert made["id"] == 1 and made["by"] == server_ask.USER and made["until"] > "2026", made
        assert page.done("GET", at)["exceptions"] == [made]
        assert [one["id"] for one in page.done("GET", "/api/v1/rules?text=exception%201")["rules"]] == []
        hidden = server.add_user("kato", "operator", sources=["no-such-device"])
        assert hidden.done("GET", at)["exceptions"] == []
        expect(hidden, "POST", at, new, 403)
        expect(hidden, "DELETE", at + "/1", None, 403)
        time.sleep(6)  # detection looks for changed rules every five seconds
        now = time.strftime("%b %e %H:%M:%S", time.gmtime())
        server.send(FIRST.replace("Nov 20 16:00:00", now))
        server.send(FIRST.replace("Nov 20 16:00:00", now).replace("tanaka", "sato"))
        until = time.monotonic() + WAIT_SECONDS
        while not (stories := page.done("GET", "/api/v1/stories")["stories"]):
            assert time.monotonic() < until, server.said()
            time.sleep(0.1)
        assert [story["user"] for story in stories] == ["sato"], stories
        page.done("DELETE", at + "/1")
        expect(page, "DELETE", at + "/1", None, 404)
        assert page.done("GET", at)["exceptions"] == []


def a_rule_is_tried_on_what_is_stored():
    one = ("title: A failed log-on\nid: own-rule\nname: own\nlevel: high\nlogsource: {product: akashi}\n"
           "detection:\n  a: {event.action: LOGON_FAIL, user.name: tanaka}\n  condition: a\n")
    three = (one + "---\ntitle: Three of them\nid: own-count\nlevel: high\ncorrelation:\n  type: event_count\n"
             "  rules: [own]\n  group-by: [user.name]\n  timespan: 1h\n  condition: {gte: 3}\n")
    with Server() as server:
        page, at = server.page, "/api/v1/rules/try"
        now = time.strftime("%b %e %H:%M:%S", time.gmtime())
        server.send(*[FIRST.replace("Nov 20 16:00:00", now).replace("tanaka", name)
                      for name in ("tanaka", "sato", "tanaka", "tanaka")])
        server.found("192.0.2.7", 4)
        tried = page.done("POST", at, {"yaml": one})
        assert tried["hits"] == 3 and tried["rows"] >= 4 and tried["complete"], tried
        assert [day["hits"] for day in tried["days"]] == [3] and len(tried["examples"]) == 3, tried
        assert tried["examples"][0]["fields"]["user.name"] == "tanaka", tried["examples"][0]
        assert page.done("POST", at, {"yaml": three})["hits"] == 1
        assert page.done("POST", at, {"yaml": one, "to": "2001-01-01"})["hits"] == 0
        expect(page, "POST", at, {"yaml": one, "from": "when"}, 400)
        expect(page, "POST", at, {"yaml": one.replace("condition: a", "condition: b")}, 400)
        hidden = server.add_user("kato", "operator", sources=["no-such-device"])
        assert hidden.done("POST", at, {"yaml": one})["hits"] == 0


def the_company_is_written_and_read():
    with Server() as server:
        page, at = server.page, "/api/v1/company"
        empty = page.done("GET", at)
        assert empty["yaml"] == "" and any(day["day"].endswith("-01-01") for day in empty["calendar"]), empty
        error = expect(page, "PUT", at, {"yaml": "calender: {}\n"}, 400)["error"]
        assert error["line"] == 1, error
        text = "# ours\ncalendar:\n  own_holidays:\n    - {date: 06-18, name: Founding day}\n"
        assert page.done("PUT", at, {"yaml": text}) == {"restart": False}
        read = page.done("GET", at)
        assert read["yaml"] == text and sum(day["day"].endswith("-06-18") for day in read["calendar"]) == 2, read
        assert (server.folder / "data/company.yaml").read_text() == text
        viewer = server.add_user("kato", "viewer")
        expect(viewer, "PUT", at, {"yaml": ""}, 403)


def settings_are_changed_all_or_none():
    with tempfile.TemporaryDirectory() as folder:
        config = pathlib.Path(folder) / "akashi.yaml"
        config.write_text("# the office\nretention:\n  days: 400  # by contract\n")
        with Server("--config", str(config)) as server:
            page, at = server.page, "/api/v1/settings"

            def change(*pairs):
                return {"settings": [{"key": key, "value": value} for key, value in pairs]}

            before = config.read_text()
            expect(page, "PATCH", at, change(("retention.days", "500"), ("retention.dayz", "1")), 400)
            expect(page, "PATCH", at, change(("retention.days", "500"), ("listen.http_port", "x")), 400)
            assert config.read_text() == before
            done = page.done("PATCH", at, change(("retention.days", "500"), ("translate.actions_file", "/a: #1")))
            assert done == {"restart": True}
            after = config.read_text()
            assert after == ("# the office\nretention:\n  days: 500  # by contract\n"
                             "translate.actions_file: \"/a: #1\"\n"), after
            shown = {one["key"]: one["value"] for one in page.done("GET", at)["settings"]}
            assert shown["retention.days"] == "500" and shown["translate.actions_file"] == "/a: #1", shown
            config.unlink()  # one that is not there yet is begun
            assert page.done("GET", at)["settings"]
            page.done("PATCH", at, change(("retention.days", "30")))
            assert config.read_text() == "retention.days: 30\n"
            config.write_text("{retention: {days: 400}}\n")
            expect(page, "PATCH", at, change(("retention.days", "500")), 400)
            assert config.read_text() == "{retention: {days: 400}}\n"


def headers_and_hosts():
    with Server() as server:
        server.page.get("/api/v1/health")
        headers = server.page.headers
        assert "default-src 'none'" in headers["Content-Security-Policy"], headers
        assert headers["X-Content-Type-Options"] == "nosniff" and headers["Cache-Control"] == "no-store", headers
        assert "Strict-Transport-Security" not in headers, headers
        for host in ("evil.example.com", "127.0.0.1:1", "192.0.2.1"):
            status, _ = server.page.ask("GET", "/api/v1/health", headers={"Host": host})
            assert status == 421, (host, status)
        expect(server.page, "GET", "/api/v1/nothing", None, 404)
        expect(server.page, "DELETE", "/api/v1/home", None, 405)
        assert server.page.cookie.startswith("akashi="), server.page.cookie


def tls_by_default_beyond_loopback():
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with Server("--listen", "0.0.0.0", context=context) as server:
        assert "page https://" in server.said(), server.said()
        fingerprint = re.search(r"page's certificate: ([0-9A-F:]{95})\.", server.said())[1]
        shown = ssl.get_server_certificate(("127.0.0.1", server.http))
        digest = __import__("hashlib").sha256(ssl.PEM_cert_to_DER_cert(shown)).hexdigest().upper()
        assert fingerprint.replace(":", "") == digest, (fingerprint, digest)
        assert server.page.cookie.startswith("__Host-akashi="), server.page.cookie
        server.page.get("/api/v1/health")
        assert "max-age" in server.page.headers["Strict-Transport-Security"], server.page.headers
        trusting = ssl.create_default_context(cadata=shown)
        named = server_ask.Page(server.http, "127.0.0.1", trusting)
        assert named.get("/api/v1/health")[0] == 200
        old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
        old.maximum_version = ssl.TLSVersion.TLSv1_2
        old.set_ciphers("ALL:@SECLEVEL=0")
        try:
            server_ask.Page(server.http, "127.0.0.1", old).get("/api/v1/health")
            raise AssertionError("TLS 1.2 was accepted")
        except (ssl.SSLError, ConnectionError):
            pass
        mode = (server.folder / "data/tls/key.pem").stat().st_mode & 0o777
        assert mode == 0o600, oct(mode)
        before = (server.folder / "data/tls/certificate.pem").read_bytes()
        server.process.terminate()
        assert server.process.wait(WAIT_SECONDS) == 0
        server.start()
        assert (server.folder / "data/tls/certificate.pem").read_bytes() == before


def a_certificate_that_does_not_fit_is_said():
    with Server() as server:
        (server.folder / "no.pem").write_text("no certificate")
        for options, words in ((("--tls-certificate", server.folder / "no.pem"), "needs its key"),
                               (("--tls-certificate", server.folder / "no.pem", "--tls-key", server.folder / "no.pem"),
                                "no PEM"),
                               (("--tls-certificate", server.folder / "absent", "--tls-key", server.folder / "absent"),
                                "cannot be read")):
            done = subprocess.run([AKASHI, "serve", "--data", server.folder / "other", "--http", "0", "--syslog", "0",
                                   "--lang", "en", *options], capture_output=True, text=True, timeout=60,
                                  env=server.env, check=False)
            assert done.returncode == 2 and words in done.stderr, done.stderr


CASES = [first_start_to_first_search, nobody_gets_anything_without_a_sign_in, a_role_may_do_only_its_own,
         a_page_of_somebody_else_changes_nothing, bodies_and_parameters_are_judged, a_scope_hides_everywhere,
         a_tail_goes_on_where_it_was, questions_are_kept_and_answers_taken_along, what_is_known_is_shown,
         rules_of_the_company_are_written_and_removed, definitions_of_the_company_are_written_and_removed,
         stories_are_told_and_acted_on, a_pack_is_switched_off_and_on, an_exception_is_passed_over_until_it_ends,
         a_rule_is_tried_on_what_is_stored, the_company_is_written_and_read, settings_are_changed_all_or_none, headers_and_hosts, tls_by_default_beyond_loopback,
         a_certificate_that_does_not_fit_is_said]


def main():
    wanted, failed = sys.argv[2:], False
    print(f"1..{len(CASES)}")
    for number, case in enumerate(CASES, 1):
        name = case.__name__
        if wanted and name not in wanted:
            print(f"ok {number} - {name} # SKIP not asked for")
            continue
        try:
            case()
            print(f"ok {number} - {name}", flush=True)
        except Exception:  # any failure of a case is reported and the others go on
            failed = True
            print("\n".join("# " + line for line in traceback.format_exc().splitlines()[-12:]))
            print(f"not ok {number} - {name}", flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
