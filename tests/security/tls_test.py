#!/usr/bin/env python3
"""The TLS of the page, looked at by testssl.sh: nothing of LOW or worse with a company's certificate, and with the one
that Akashi makes only what a certificate that nobody has signed cannot have.

usage: tls_test.py BUILD_FOLDER [CASE]    (prints TAP)
"""
import json
import sys

import security_kit as kit
from security_kit import cases

SECONDS = 900
FINE = ("OK", "INFO", "WARN")  # WARN: the tool could not look
# Of a certificate signed by itself: nobody vouches for it, so nobody can revoke it.
SELF_SIGNED = {"cert_chain_of_trust", "cert_revocation", "cert_crlDistributionPoints", "cert_ocspURL", "OCSP_stapling"}

def findings(folder, port, *options):
    """Of LOW and worse: id -> words."""
    out = folder / "found.json"
    said, ended = kit.run([kit.tool("testssl", "testssl.sh"), "--quiet", "--color", "0", "--warnings", "off", "--nodns",
                           "none", "--ip", "127.0.0.1", "--jsonfile", out, *options, f"https://localhost:{port}/"],
                          folder, SECONDS)
    assert ended, f"not through after {SECONDS} s: {said[-500:]}"
    found = json.loads(out.read_text())
    assert len(found) > 10, said[-2000:]
    return {one["id"]: f"{one['severity']}: {one['finding']}" for one in found if one["severity"] not in FINE}, len(found)


def with_a_certificate_of_the_company(folder):
    kit.tool("testssl", "testssl.sh")
    kit.certificate(folder)
    with kit.api.Server("--tls-certificate", folder / "page.pem", "--tls-key", folder / "page.key",
                        context=kit.unverified()) as server:
        found, count = findings(folder, server.http, "--add-ca", folder / "ca.pem")
        assert not found, found
        kit.is_well(server)
    return f"{count} looks, none of LOW or worse"


def with_the_certificate_that_is_made(folder):
    """Made at a start beyond loopback, then shown on loopback."""
    kit.tool("testssl", "testssl.sh")
    with kit.api.Server("--listen", "0.0.0.0", context=kit.unverified()) as first:
        for name in ("certificate.pem", "key.pem"):
            (folder / name).write_bytes((first.folder / "data/tls" / name).read_bytes())
    with kit.api.Server("--tls-certificate", folder / "certificate.pem", "--tls-key", folder / "key.pem",
                        context=kit.unverified()) as server:
        found, count = findings(folder, server.http, "--server-defaults")
        bad = {name: words for name, words in found.items() if name not in SELF_SIGNED}
        assert not bad, bad
    return f"{count} looks; of a certificate signed by itself: {found}"


if __name__ == "__main__":
    sys.exit(cases.run([with_a_certificate_of_the_company, with_the_certificate_that_is_made]))
