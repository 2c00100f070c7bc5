"""Asks a running server over its API as a person who has signed in, or with a token.

    page = server_ask.Page(port)
    page.set_up(code)                  # the first administrator, with a second factor
    page.get("/api/v1/search?q=...")   # (status, body); JSON taken apart
"""
import base64
import hashlib
import hmac
import http.client
import json
import re
import struct
import time

USER, PASSWORD = "sato", "tomato-garden-17-bridge"
SECONDS = 30
CODE = re.compile(r"code: (\S+)|コードで最初の管理者を作ってください: (\S+)")


def code_of(said):
    """The set-up code that `akashi serve` printed."""
    found = CODE.search(said)
    return found and (found[1] or found[2])


def one_time_code(seed, now=None):
    """RFC 6238 with SHA-1, six digits, 30 seconds."""
    seed = seed.replace(" ", "")
    key = base64.b32decode(seed + "=" * (-len(seed) % 8))
    digest = hmac.new(key, struct.pack(">Q", int(time.time() if now is None else now) // 30), hashlib.sha1).digest()
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at:at + 4])[0] & 0x7fffffff) % 1000000:06d}"


class Page:
    def __init__(self, port, host="127.0.0.1", context=None):
        self.port, self.host, self.context = port, host, context
        self.cookie = self.csrf = self.token = None
        self.headers = {}  # of the last answer

    def connect(self):
        if self.context:
            return http.client.HTTPSConnection(self.host, self.port, timeout=SECONDS, context=self.context)
        return http.client.HTTPConnection(self.host, self.port, timeout=SECONDS)

    def ask(self, method, path, body=None, headers=None):
        """(status, body): JSON taken apart, anything else as bytes."""
        link = self.connect()
        sent = {"Connection": "close", **(headers or {})}
        if self.token:
            sent["Authorization"] = "Bearer " + self.token
        elif self.cookie:
            sent["Cookie"] = self.cookie
        if self.csrf and method != "GET":
            sent.setdefault("Akashi-CSRF", self.csrf)
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            sent.setdefault("Content-Type", "application/json")
        link.request(method, path, body, sent)
        answer = link.getresponse()
        bytes_read = answer.read()
        link.close()
        self.headers = dict(answer.getheaders())
        if "Set-Cookie" in self.headers:
            self.cookie = self.headers["Set-Cookie"].split(";")[0]
            self.csrf = self.headers.get("Akashi-CSRF", self.csrf)
        if answer.getheader("Content-Type", "").startswith("application/json") and bytes_read:
            bytes_read = json.loads(bytes_read)
            if "csrf" in bytes_read:
                self.csrf = bytes_read["csrf"]
        return answer.status, bytes_read

    def get(self, path):
        return self.ask("GET", path)

    def done(self, method, path, body=None):
        """The body of an answer that must be one of success."""
        status, answer = self.ask(method, path, body)
        assert status in (200, 202, 204), f"{method} {path}: {status} {answer}"
        return answer

    def lines(self, path):
        """The lines of a streamed answer."""
        return [json.loads(line) for line in self.done("GET", path).splitlines()]

    def set_up(self, code):
        self.done("POST", "/api/v1/setup", {"code": code, "user": USER, "password": PASSWORD})
        seed = self.done("POST", "/api/v1/me/totp")["seed"]
        self.done("PUT", "/api/v1/me/totp", {"code": one_time_code(seed)})
        self.seed = seed
        return self

    def make_token(self, *may):
        return self.done("POST", "/api/v1/tokens", {"name": "test", "may": list(may) or ["read"]})["secret"]
