#!/usr/bin/python3
"""A mail server for tests (aiosmtpd): keeps each mail as a file.

usage: mail_receiver.py PORT FOLDER CERT KEY MODE
MODE: tls (STARTTLS and AUTH are required), plain (neither), refuse (says 451 to every mail)
Prints `ready`, and ends when standard input does.
"""
import itertools
import pathlib
import ssl
import sys

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

port, folder, certificate, key, mode = sys.argv[1:]
folder = pathlib.Path(folder)
numbers = itertools.count(len(list(folder.glob("*.eml"))))


class Keeper:
    async def handle_DATA(self, _server, _session, envelope):
        if mode == "refuse":
            return "451 not now"
        path = folder / f"{next(numbers):05}.eml"
        path.with_suffix(".part").write_bytes(
            "\n".join(envelope.rcpt_tos).encode() + b"\n\n" + envelope.content)
        path.with_suffix(".part").rename(path)
        return "250 kept"


def authenticate(_server, _session, _envelope, _mechanism, data):
    good = isinstance(data, LoginPassword) and data.login == b"akashi" and data.password == b"right"
    return AuthResult(success=good, handled=False)


extra = {}
if mode == "tls":
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    extra = {"tls_context": context, "require_starttls": True, "authenticator": authenticate,
             "auth_required": True}
controller = Controller(Keeper(), hostname="127.0.0.1", port=int(port), **extra)
controller.start()
print("ready", flush=True)
sys.stdin.read()
controller.stop()
