#!/usr/bin/env python3
"""Every operation of the API, each of its parameters and each member of its bodies, tried by sqlmap: nothing is
injectable, with a token and without.

usage: sql_test.py BUILD_FOLDER [CASE]    (prints TAP)
"""
import json
import sys
import urllib.parse

import security_kit as kit
from security_kit import cases

SECONDS = 60  # of one operation
STREAMS = ("/api/v1/tail",)  # never ends


def request_of(server, method, path, node, named, token):
    """A request as sqlmap reads it; * is where it puts its texts. None: there is no place for one."""
    places = 0
    for parameter in named:
        value = kit.api.plain_value(parameter["schema"])
        if parameter["in"] == "path":
            path = path.replace(value, value + "*", 1)
            places += 1
    pairs = urllib.parse.parse_qsl(kit.example_query(named)[1:])
    if pairs:
        path += "?" + "&".join(f"{name}={urllib.parse.quote(value)}*" for name, value in pairs)
        places += len(pairs)
    lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{server.http}"]
    if token:
        lines.append("Authorization: Bearer " + token)
    schema = kit.api.body_of(node)
    if not schema and not places:
        return None
    body = ""
    if schema:
        body = json.dumps(marked(kit.api.good(schema)))
        lines.append("Content-Type: application/json")
    return "\r\n".join(lines) + "\r\n\r\n" + body


def marked(value):
    """A body with a place for a text in each of its texts."""
    if isinstance(value, dict):
        return {name: marked(part) for name, part in value.items()}
    if isinstance(value, list):
        return [marked(part) for part in value]
    return value + "*" if isinstance(value, str) else value


def try_all(folder, token_of):
    program = kit.tool("sqlmap", "sqlmap")
    tried, late = 0, []
    with kit.api.Server() as server:
        server.send(kit.api.FIRST)
        token = token_of(server)
        for method, path, node, named in kit.api.operations():
            request = request_of(server, method, path, node, named, token)
            if not request or path in STREAMS:
                continue
            (folder / "request").write_text(request)
            said, ended = kit.run([program, "-r", "request", "--batch", "--disable-coloring", "--flush-session",
                                   "--output-dir", folder / "out", "--dbms", "SQLite", "--technique", "BEUS", "--level",
                                   1, "--risk", 2, "--threads", 2, "--ignore-code", "400,401,403,404,409,413,415,422,429,503",
                                   "--skip-waf", "--keep-alive"], folder, SECONDS)
            assert "is vulnerable" not in said and "injection point" not in said, f"{method} {path}\n{said[-2500:]}"
            assert "testing" in said, f"{method} {path}: sqlmap did not work:\n{said[-2500:]}"
            tried += 1
            if not ended:
                late.append(f"{method} {path}")
        kit.is_well(server)
    return f"{tried} operations, nothing injectable; cut off after {SECONDS} s: {late}"


def with_a_token(folder):
    return try_all(folder, lambda server: server.page.make_token("read", "act", "export", "prove", "configure"))


def without_a_sign_in(folder):
    return try_all(folder, lambda server: None)


if __name__ == "__main__":
    sys.exit(cases.run([with_a_token, without_a_sign_in]))
