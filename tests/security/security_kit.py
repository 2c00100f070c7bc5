"""What the tests of the front door share: tools of others against a real server, on loopback alone.

They take minutes, so that they run where AKASHI_SECURITY is set (./dev security, ./dev long) and skip elsewhere.
"""
import os
import pathlib
import pty
import shutil
import ssl
import subprocess
import sys
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

import cases  # noqa: E402
import web_api_test as api  # noqa: E402  (the folder beside this one: a server, and what the API describes)

SANITIZER_WORDS = ("AddressSanitizer", "ThreadSanitizer", "runtime error", "LeakSanitizer")
EXTENSIONS = """subjectAltName=DNS:localhost,IP:127.0.0.1
basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature
extendedKeyUsage=serverAuth
crlDistributionPoints=URI:http://ca.example.com/list.crl
"""


def tool(name, package):
    """Where a tool is."""
    if not os.environ.get("AKASHI_SECURITY"):
        raise cases.Skip("takes minutes; ./dev security runs it")
    found = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    if not found:
        raise cases.Skip(f"{name} is missing (package {package})")
    return found


def run(words, folder, seconds):
    """What a tool printed, and whether it came to its end within the time; after that it is ended. It is given a terminal
    that says nothing, because sqlmap takes anything else for a list of targets."""
    log = folder / (pathlib.Path(words[0]).name + ".log")
    silent, terminal = pty.openpty()
    with log.open("wb") as to:
        process = subprocess.Popen([str(word) for word in words], cwd=folder, stdin=terminal, stdout=to,
                                   stderr=subprocess.STDOUT, env=dict(os.environ, HOME=str(folder)))
        try:
            process.wait(seconds)
            ended = True
        except subprocess.TimeoutExpired:
            ended = False
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        finally:
            os.close(terminal)
            os.close(silent)
    return log.read_text("utf-8", errors="replace"), ended


def openssl(folder, *words):
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True, timeout=60)


def certificate(folder):
    """ca.pem: a company's authority; page.pem and page.key: what it has signed for localhost."""
    (folder / "extensions").write_text(EXTENSIONS)
    openssl(folder, "req", "-x509", "-newkey", "rsa:3072", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-days",
            "30", "-subj", "/CN=Example CA", "-addext", "keyUsage=critical,keyCertSign,cRLSign")
    openssl(folder, "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "page.key",
            "-out", "page.csr", "-subj", "/CN=localhost")
    openssl(folder, "x509", "-req", "-in", "page.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days",
            "90", "-extfile", "extensions", "-out", "page.pem")


def unverified():
    """For asking a server on loopback whose certificate is not what is looked at."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def is_well(server):
    """The server still answers, and no sanitizer has said anything."""
    assert server.process.poll() is None, server.said()[-3000:]
    assert server.page.get("/api/v1/health")[0] == 200
    assert not any(word in server.said() for word in SANITIZER_WORDS), server.said()[-4000:]


def example_query(named):
    """Every parameter of a question with a value that is taken."""
    values = {"q": "tanaka", "from": "2026-11-01", "to": "2026-11-30", "zone": "Asia/Tokyo", "of": "192.0.2.7",
              "at": "2026-11-20 16:00", "fields": "user.name", "after": "", "text": "log"}
    pairs = []
    for parameter in named:
        if parameter["in"] != "query":
            continue
        schema = api.resolve(parameter["schema"])
        value = values.get(parameter["name"], api.good(schema))
        if value != "":
            pairs.append((parameter["name"], str(value).lower() if isinstance(value, bool) else str(value)))
    return "?" + urllib.parse.urlencode(pairs) if pairs else ""


def reads():
    """Path and query of every question that the API takes, but for the streams that never end."""
    for method, path, _, named in api.operations():
        if method == "GET" and path != "/api/v1/tail":
            yield path, example_query(named)
