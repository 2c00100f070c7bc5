#!/usr/bin/env python3
"""The page and every question of the API, attacked by wapiti: nothing found, with a token and without.

usage: crawl_test.py BUILD_FOLDER [CASE]    (prints TAP)
"""
import json
import sys

import security_kit as kit
from security_kit import cases

SECONDS = 400
SCAN_SECONDS = 300
# Not ssrf and xxe: they ask a server of wapiti's own on the Internet (and the API fetches nothing and reads no XML).
MODULES = "backup,blindsql,buster,cookieflags,crlf,csp,exec,file,http_headers,methods,permanentxss,redirect,sql,xss"

# A filter of old browsers that made holes of its own and is in none any more.
NOT_COUNTED = "X-XSS-Protection is not set"


def attack(folder, server, token):
    """What wapiti has found: category -> findings."""
    base = f"https://127.0.0.1:{server.http}"
    out = folder / "found.json"
    words = [kit.tool("wapiti", "wapiti"), "-u", base + "/", "--scope", "folder", "-m", MODULES, "--no-bugreport",
             "--flush-session", "--store-session", folder, "-f", "json", "-o", out, "--max-scan-time",
             SCAN_SECONDS]
    if token:
        words += ["-H", "Authorization: Bearer " + token]
    for path, query in kit.reads():
        words += ["-s", base + path + query]
    said, ended = kit.run(words, folder, SECONDS)
    assert out.exists(), said[-2000:]
    found = json.loads(out.read_text())
    kit.is_well(server)
    return {name: some for name, some in found["vulnerabilities"].items() if some}, ended


def judge(folder, server, token):
    found, ended = attack(folder, server, token)
    words = [one["info"] + " " + one["path"] for some in found.values() for one in some]
    bad = [one for one in words if not one.startswith(NOT_COUNTED)]
    assert not bad, bad[:20]
    return "nothing found; all was tried" if ended else f"nothing found within {SECONDS} s"


def with_tls(folder):
    """Over TLS, as everywhere beyond loopback: what is asked of headers there holds only there."""
    kit.tool("wapiti", "wapiti")
    kit.certificate(folder)
    return kit.api.Server("--tls-certificate", folder / "page.pem", "--tls-key", folder / "page.key",
                          context=kit.unverified())


def with_a_token(folder):
    with with_tls(folder) as server:
        server.send(kit.api.FIRST)
        return judge(folder, server, server.page.make_token("read", "act", "export", "prove", "configure"))


def without_a_sign_in(folder):
    with with_tls(folder) as server:
        return judge(folder, server, None)


if __name__ == "__main__":
    sys.exit(cases.run([with_a_token, without_a_sign_in]))
