#!/usr/bin/env python3
"""The collectors, end to end, with the clients that people have: each event is found exactly once.

usage: collect_clients_test.py BUILD_FOLDER [NAME]    (prints TAP; NAME: only the cases that contain it)

rsyslog (omfwd over TLS, omelasticsearch), syslog-ng (network over TLS, http), loggen, curl,
systemd-journal-upload; and from npm the official Elasticsearch client, a Fluent logger, a Loki
transport, OpenTelemetry's exporters. A client that is missing skips its case, with the package's name.
"""
import gzip
import json
import os
import pathlib
import re
import socket
import ssl
import struct
import subprocess
import sys
import time
import zlib

from collect_kit import (CACHE, PEERS, Place, Server, Skip, WAIT_SECONDS, event, expect_each_once,
                         program, run_cases, wait_for)

HERE = pathlib.Path(__file__).resolve().parent
CLIENTS = pathlib.Path(os.environ.get("AKASHI_CLIENTS") or CACHE / "akashi/clients")
COUNT = 1000
LOGGEN_ID = re.compile(r"seq: (\d+), thread: (\d+)")


def expect_found(place, name, count=COUNT):
    """Waits for what has no acknowledgement."""
    wait_for(lambda: sum(1 for key in place.counts() if key[0] == name) >= count, 20)
    expect_each_once(place.counts(), name, count)


# --- npm ---------------------------------------------------------------------------------------------

def npm_case(title, door, script, *words, more="", secrets_text=""):
    def case(folder):
        node = program("node", "nodejs")
        if not (CLIENTS / "node_modules").is_dir():
            raise Skip("the npm clients are not installed (tests/e2e/clients/package.json)")
        settings = more
        if secrets_text:
            secrets_file = folder / "senders"
            secrets_file.write_text(secrets_text)
            secrets_file.chmod(0o600)
            settings += f"  secrets_file: {secrets_file}\n"
        place = Place(folder, [door], settings)
        with Server(place) as server:
            done = subprocess.run(
                [node, str(HERE / "clients" / script), str(place.ports[door]), "npm", str(COUNT), *words],
                capture_output=True, text=True, timeout=WAIT_SECONDS, check=False,
                env={**os.environ, "NODE_PATH": str(CLIENTS / "node_modules")})
            assert done.returncode == 0, f"exit {done.returncode}: {(done.stderr + done.stdout)[-1500:]}"
            expect_found(place, "npm")
            server.stop()
    return (title, case)


def wrong_fluent_key(folder):
    node = program("node", "nodejs")
    if not (CLIENTS / "node_modules").is_dir():
        raise Skip("the npm clients are not installed (tests/e2e/clients/package.json)")
    secrets_file = folder / "senders"
    secrets_file.write_text("fluent right key\n")
    secrets_file.chmod(0o600)
    place = Place(folder, ["fluent"], f"  secrets_file: {secrets_file}\n")
    with Server(place) as server:
        try:
            subprocess.run([node, str(HERE / "clients/fluent.cjs"), str(place.ports["fluent"]), "npm",
                            "1", "Message", "wrong key"], capture_output=True, timeout=4, check=False,
                           env={**os.environ, "NODE_PATH": str(CLIENTS / "node_modules")})
        except subprocess.TimeoutExpired:
            pass
        assert not place.counts(), "taken in without the key"
        server.stop()


# --- curl --------------------------------------------------------------------------------------------

def curl(port, path, body, *words, expect=200):
    done = subprocess.run(
        [program("curl", "curl"), "-sS", "--data-binary", "@-", "-o", "-", "-w", "\n%{http_code}",
         f"http://127.0.0.1:{port}{path}", *words], input=body, capture_output=True,
        timeout=WAIT_SECONDS, check=False)
    text, _, status = done.stdout.decode().rpartition("\n")
    assert done.returncode == 0 and int(status) == expect, \
        f"{path}: exit {done.returncode}, HTTP {status}: {text[:300]} {done.stderr.decode()[:300]}"
    return text


def curl_case(folder):
    place = Place(folder, ["elastic"])
    with Server(place) as server:
        port = place.ports["elastic"]
        texts = [event("curl", number) for number in range(700)]
        bulk = "".join('{"index":{}}\n' + json.dumps({"message": text}) + "\n" for text in texts[:100])
        curl(port, "/logs/_bulk", gzip.compress(bulk.encode()), "-H", "Content-Encoding: gzip")
        hec = " ".join(json.dumps({"event": text}) for text in texts[100:200])
        curl(port, "/services/collector", hec.encode())
        curl(port, "/services/collector/raw", "\n".join(texts[200:300]).encode())
        for text in texts[300:310]:
            curl(port, "/gelf", zlib.compress(json.dumps(
                {"version": "1.1", "host": "gw", "short_message": text}).encode()), expect=202)
        lines = "\n".join(json.dumps({"line": text}) for text in texts[310:699])
        curl(port, "/ingest/jsonl?message=line", lines.encode(), "-H", "Transfer-Encoding: chunked")
        big = json.dumps({"line": texts[699], "more": "x" * 900000})
        curl(port, "/ingest/jsonl", big.encode(), "-H", "Expect: 100-continue")
        expect_each_once(place.counts(), "curl", 700)
        server.stop()


def refusals(folder):
    """What is refused is told so, and nothing of it is stored; the door goes on."""
    secrets_file = folder / "senders"
    secrets_file.write_text("hec 11111111-2222-3333-4444-555555555555\nbasic elastic:word\n")
    secrets_file.chmod(0o600)
    place = Place(folder, ["hec"], f"  secrets_file: {secrets_file}\n")
    body = json.dumps({"event": event("no", 1)}).encode()
    with Server(place) as server:
        port = place.ports["hec"]
        curl(port, "/services/collector", body, expect=401)
        answer = curl(port, "/services/collector", body, "-H", "Authorization: Splunk wrong", expect=403)
        assert json.loads(answer)["code"] == 4, answer
        curl(port, "/_bulk", b'{"index":{}}\n{"a":1}\n', "-u", "elastic:guess", expect=401)
        token = ["-H", "Authorization: Splunk 11111111-2222-3333-4444-555555555555"]
        assert json.loads(curl(port, "/services/collector", b"", *token, expect=400))["code"] == 5
        assert json.loads(curl(port, "/services/collector", b"{nonsense", *token, expect=400))["code"] == 6
        curl(port, "/services/collector", body, "-H", "Origin: https://page.example.com", *token, expect=403)
        curl(port, "/upload", b"MESSAGE=event-no-2-end\n\n", "-u", "elastic:word", "-H",
             "Origin: https://page.example.com", expect=403)
        curl(port, "/upload", b"MESSAGE=event-no-3-end\n\n", expect=401)
        bomb = gzip.compress(b" " * (70 << 20))
        curl(port, "/services/collector", bomb, "-H", "Content-Encoding: gzip", *token, expect=413)
        curl(port, "/nowhere", b"", *token, expect=404)
        curl(port, "/_bulk", b'{"index":{}}\n' + json.dumps({"m": event("yes", 0)}).encode() + b"\n",
             "-u", "elastic:word")
        curl(port, "/services/collector", json.dumps({"event": event("yes", 1)}).encode(), *token)
        found = place.counts()
        assert set(found) == {("yes", 0), ("yes", 1)}, found
        server.stop()


def hostile_heads(folder):
    """Requests that two readers could see as two, and ones that never end."""
    place = Place(folder, ["elastic"])
    heads = [b"POST /_bulk HTTP/1.1\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
             b"POST /_bulk HTTP/1.1\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcd",
             b"POST /_bulk HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
             b"POST /_bulk HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n",
             b"POST /_bulk HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
             b"POST /_bulk HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\n",
             b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 100 + b"\r\n",
             b"GET / HTTP/9.1\r\n\r\n", b"\x00" * 100 + b"\r\n\r\n", b"A" * 70000]
    with Server(place) as server:
        for head in heads:
            with socket.create_connection(("127.0.0.1", place.ports["elastic"]), timeout=10) as sender:
                sender.sendall(head)
                answer = sender.recv(4096)
                status = int(answer.split()[1])
                assert 400 <= status < 600, (head[:80], answer[:200])
        curl(place.ports["elastic"], "/_bulk", b'{"index":{}}\n{"m":"event-yes-0-end"}\n')
        expect_each_once(place.counts(), "yes", 1)
        server.stop()


# --- GELF --------------------------------------------------------------------------------------------

def gelf_over_udp_and_tcp(folder):
    place = Place(folder, ["gelf"])
    with Server(place) as server:
        port = place.ports["gelf"]
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            for number in range(100):
                text = json.dumps({"version": "1.1", "host": "gw", "short_message":
                                   event("gelf", number), "_filler": "x" * (number * 30)}).encode()
                if number % 3 == 1:
                    text = gzip.compress(text)
                if number % 3 == 2:
                    pieces = [text[at:at + 500] for at in range(0, len(text), 500)]
                    for at, piece in reversed(list(enumerate(pieces))):
                        sender.sendto(b"\x1e\x0f" + struct.pack(">Q", number) +
                                      bytes([at, len(pieces)]) + piece, ("127.0.0.1", port))
                else:
                    sender.sendto(text, ("127.0.0.1", port))
                time.sleep(0.002)  # nobody can make a sender of UDP wait: not more than a socket's buffer at once
        with socket.create_connection(("127.0.0.1", port)) as sender:
            for number in range(100, 200):
                sender.sendall(json.dumps({"version": "1.1", "host": "gw", "timestamp": 1764000000.5,
                                           "short_message": event("gelf", number)}).encode() + b"\0")
        expect_found(place, "gelf", 200)
        server.stop()


# --- TLS ---------------------------------------------------------------------------------------------

def openssl(folder, *words):
    done = subprocess.run([program("openssl", "openssl"), *words], cwd=folder, capture_output=True,
                          check=False, timeout=WAIT_SECONDS)
    assert done.returncode == 0, done.stderr.decode()[-500:]
    return done.stdout.decode()


def make_certificates(folder):
    """An authority, a server and clients: one of the authority, one of nobody."""
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    openssl(folder, "req", "-x509", *key, "-subj", "/CN=Authority", "-keyout", "ca.key", "-out", "ca.pem")
    openssl(folder, "req", "-x509", *key, "-subj", "/CN=stranger.example.com", "-keyout",
            "stranger.key", "-out", "stranger.pem")
    for name, host in (("server", "localhost"), ("client", "client.example.com"),
                       ("other", "other.example.com")):
        openssl(folder, "req", *key, "-subj", f"/CN={host}", "-keyout", f"{name}.key", "-out",
                f"{name}.csr")
        (folder / "names").write_text(f"subjectAltName=DNS:{host}\n")
        openssl(folder, "x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
                "-CAcreateserial", "-days", "2", "-extfile", "names", "-out", f"{name}.pem")


def tls_settings(folder, peers=None):
    text = f"  tls_certificate: {folder}/server.pem\n  tls_key: {folder}/server.key\n"
    if peers is not None:
        (folder / "peers").write_text(peers)
        text += f"  tls_authority: {folder}/ca.pem\n  tls_peers_file: {folder}/peers\n"
    return text


def tls_connection(folder, port, client=None, version=None):
    context = ssl.create_default_context(cafile=folder / "ca.pem")
    if client:
        context.load_cert_chain(folder / f"{client}.pem", folder / f"{client}.key")
    if version:
        context.maximum_version = context.minimum_version = version
    plain = socket.create_connection(("127.0.0.1", port), timeout=10)
    return context.wrap_socket(plain, server_hostname="localhost")


def is_let_in(folder, port, client, text=None, version=None):
    """TLS 1.3 tells a refused client only when it reads."""
    try:
        with tls_connection(folder, port, client, version) as sender:
            sender.sendall((text or "<13>hello").encode() + b"\n")
            sender.settimeout(1)
            try:
                return sender.recv(1) != b""
            except (socket.timeout, TimeoutError):
                return True
    except (ssl.SSLError, ConnectionError):
        return False


def who_is_let_in_over_tls(folder):
    make_certificates(folder)
    fingerprint = openssl(folder, "x509", "-in", "stranger.pem", "-noout", "-fingerprint", "-sha256")
    fingerprint = fingerprint.strip().split("=")[1]
    place = Place(folder, ["syslog_tls"],
                  tls_settings(folder, f"client.example.com\nsha256:{fingerprint}\n"))
    with Server(place) as server:
        port = place.ports["syslog_tls"]
        assert is_let_in(folder, port, "client", event("tls", 0)), "its name is listed"
        assert is_let_in(folder, port, "stranger", event("tls", 1)), "its fingerprint is listed"
        assert is_let_in(folder, port, "client", event("tls", 2), ssl.TLSVersion.TLSv1_2)
        assert not is_let_in(folder, port, "other", event("no", 0)), "its name is not listed"
        assert not is_let_in(folder, port, None, event("no", 1)), "it shows no certificate"
        with socket.create_connection(("127.0.0.1", port)) as plain:
            plain.sendall(event("no", 2).encode() + b"\n")
            plain.settimeout(5)
            try:
                assert plain.recv(1) == b"", "plain text is answered"
            except ConnectionResetError:
                pass
        expect_found(place, "tls", 3)
        assert not any(name == "no" for name, _ in place.counts()), "a stranger's line was stored"
        server.stop()


def several_certificates(folder):
    """The one for the name that is asked for; the first one for any other."""
    make_certificates(folder)
    settings = (f"  tls_certificate: {folder}/server.pem,{folder}/other.pem\n"
                f"  tls_key: {folder}/server.key,{folder}/other.key\n")
    place = Place(folder, ["syslog_tls"], settings)
    with Server(place) as server:
        for name in ("localhost", "other.example.com"):
            context = ssl.create_default_context(cafile=folder / "ca.pem")
            plain = socket.create_connection(("127.0.0.1", place.ports["syslog_tls"]), timeout=10)
            with context.wrap_socket(plain, server_hostname=name) as sender:
                subject = dict(pair[0] for pair in sender.getpeercert()["subject"])
                assert subject["commonName"] == name, subject
        server.stop()


def bad_settings_are_told(folder):
    """Certificate, key, peers, secrets: what is wrong, and where."""
    make_certificates(folder)
    (folder / "bad").write_text("sha256:12\n")
    (folder / "names").write_text("client.example.com\n")
    (folder / "senders").write_text("hec a\n")
    (folder / "senders").chmod(0o644)
    good = f"  tls_certificate: {folder}/server.pem\n  tls_key: {folder}/server.key\n"
    cases = [(f"  tls_certificate: {folder}/none.pem\n  tls_key: {folder}/server.key\n", "none.pem"),
             (f"  tls_certificate: {folder}/server.pem\n  tls_key: {folder}/client.key\n", "client.key"),
             (good + f"  tls_peers_file: {folder}/bad\n", "sha256:12"),
             (good + f"  tls_peers_file: {folder}/names\n", "listen.tls_authority"),
             ("", "listen.tls_certificate"),
             (good + f"  secrets_file: {folder}/senders\n", "chmod 600")]
    for settings, words in cases:
        place = Place(folder, ["syslog_tls"], settings)
        done = subprocess.run(place.command("serve", "--http", "0", "--syslog", "0"), env=place.env,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
                              timeout=WAIT_SECONDS)
        assert done.returncode == 2 and words in done.stderr, (words, done.returncode, done.stderr[-400:])
    place = Place(folder, ["elastic"])
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", place.ports["elastic"]))
        taken.listen()
        done = subprocess.run(place.command("serve", "--http", "0", "--syslog", "0"), env=place.env,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
                              timeout=WAIT_SECONDS)
        assert done.returncode == 2 and str(place.ports["elastic"]) in done.stderr, done.stderr[-400:]


def http_over_tls(folder):
    make_certificates(folder)
    place = Place(folder, ["elastic"], tls_settings(folder))
    with Server(place) as server:
        body = "".join('{"index":{}}\n' + json.dumps({"message": event("https", number)}) + "\n"
                       for number in range(20000)).encode()
        done = subprocess.run(
            [program("curl", "curl"), "-sS", "--cacert", str(folder / "ca.pem"), "--data-binary", "@-",
             "-o", "/dev/null", "-w", "%{http_code}",
             f"https://localhost:{place.ports['elastic']}/_bulk", "-4"],
            input=body, capture_output=True, timeout=WAIT_SECONDS, check=False)
        assert done.stdout == b"200", (done.stdout, done.stderr[-300:])
        expect_each_once(place.counts(), "https", 20000)
        server.stop()


# --- rsyslog -----------------------------------------------------------------------------------------

def run_rsyslog(folder, action, modules, count, name):
    """rsyslog reads lines from a socket of its own and forwards them."""
    rsyslogd = program("rsyslogd", "rsyslog")
    (folder / "rsyslog").mkdir()
    log_socket = folder / "log.sock"
    (folder / "rsyslog.conf").write_text(
        f'global(workDirectory="{folder}/rsyslog")\nmodule(load="imuxsock" SysSock.Use="off")\n'
        f'input(type="imuxsock" Socket="{log_socket}" RateLimit.Interval="0")\n{modules}\n{action}\n')
    process = subprocess.Popen(
        [rsyslogd, "-n", "-i", str(folder / "rsyslog.pid"), "-f", str(folder / "rsyslog.conf")],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        assert wait_for(log_socket.exists, 10), process.stdout.read1(2000).decode()
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.connect(str(log_socket))
            for number in range(count):
                sender.send(f"<13>Nov 20 17:40:00 app: {event(name, number)}".encode())
        return process
    except BaseException:
        process.kill()
        raise


def end_process(process):
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    process.stdout.close()


def need_module(name, package):
    if not any(path.exists() for path in pathlib.Path("/usr/lib").glob(f"*/rsyslog/{name}.so")):
        raise Skip(f"{name} is missing (package {package})")


def rsyslog_over_tls(folder):
    program("rsyslogd", "rsyslog")
    need_module("lmnsd_gtls", "rsyslog-gnutls")
    make_certificates(folder)
    place = Place(folder, ["syslog_tls"], tls_settings(folder, "client.example.com\n"))
    with Server(place) as server:
        process = run_rsyslog(
            folder, f'action(type="omfwd" target="127.0.0.1" port="{place.ports["syslog_tls"]}" '
            'protocol="tcp" TCP_Framing="octet-counted" StreamDriver="gtls" StreamDriverMode="1" '
            'StreamDriverAuthMode="x509/name" StreamDriverPermittedPeers="localhost")',
            f'global(defaultNetstreamDriverCAFile="{folder}/ca.pem" '
            f'defaultNetstreamDriverCertFile="{folder}/client.pem" '
            f'defaultNetstreamDriverKeyFile="{folder}/client.key")', COUNT, "rtls")
        try:
            expect_found(place, "rtls")
        finally:
            end_process(process)
        server.stop()


def rsyslog_omelasticsearch(folder):
    program("rsyslogd", "rsyslog")
    need_module("omelasticsearch", "rsyslog-elasticsearch")
    place = Place(folder, ["elastic"])
    with Server(place) as server:
        process = run_rsyslog(
            folder, f'action(type="omelasticsearch" server="127.0.0.1" '
            f'serverport="{place.ports["elastic"]}" bulkmode="on" action.resumeretrycount="-1")',
            'module(load="omelasticsearch")', COUNT, "res")
        try:
            expect_found(place, "res")
        finally:
            end_process(process)
        server.stop()


# --- syslog-ng ---------------------------------------------------------------------------------------

def run_syslog_ng(folder, destination, count, name):
    program_path = PEERS / "usr/sbin/syslog-ng"
    modules = PEERS / "usr/lib/syslog-ng/3.38"
    if not program_path.exists() or not (modules / "libhttp.so").exists():
        raise Skip("syslog-ng is missing (packages syslog-ng-core, syslog-ng-mod-http)")
    lines = folder / "lines"
    lines.write_text("".join(f"<13>Nov 20 17:40:00 gw app: {event(name, number)}\n"
                             for number in range(count)))
    (folder / "syslog-ng.conf").write_text(
        f'@version: 3.35\nsource s {{ file("{lines}" read-old-records(yes) follow-freq(1)); }};\n'
        f"destination d {{ {destination} }};\nlog {{ source(s); destination(d); flags(flow-control); }};\n")
    env = {**os.environ, "LD_LIBRARY_PATH": str(PEERS / "usr/lib/syslog-ng")}
    words = [str(program_path), "-F", "-f", str(folder / "syslog-ng.conf"), f"--module-path={modules}",
             "-R", str(folder / "persist"), "-c", str(folder / "control"), "-p", str(folder / "pid"),
             "--no-caps"]
    asked = subprocess.run([str(program_path), "--version"], capture_output=True, env=env, check=False)
    if asked.returncode != 0:
        raise Skip("syslog-ng cannot be run here: " + asked.stderr.decode()[:100])
    return subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, env=env)


def syslog_ng_over_tls(folder):
    program("openssl", "openssl")
    make_certificates(folder)
    place = Place(folder, ["syslog_tls"], tls_settings(folder, ""))
    with Server(place) as server:
        process = run_syslog_ng(
            folder, f'network("localhost" port({place.ports["syslog_tls"]}) transport("tls") '
            f'tls(ca-file("{folder}/ca.pem") cert-file("{folder}/client.pem") '
            f'key-file("{folder}/client.key") peer-verify(required-trusted)));', COUNT, "ngtls")
        try:
            expect_found(place, "ngtls")
        finally:
            end_process(process)
        server.stop()


def syslog_ng_http(folder):
    place = Place(folder, ["elastic"])
    with Server(place) as server:
        process = run_syslog_ng(
            folder, f'http(url("http://127.0.0.1:{place.ports["elastic"]}/_bulk") method("POST") '
            'headers("Content-Type: application/x-ndjson") batch-lines(100) batch-timeout(200) '
            r'''body-suffix("\n") delimiter("\n") body('{"index":{"_index":"logs"}}'''
            "\n" r'''$(format-json message="$MSG" host="$HOST")'));''', COUNT, "ngh")
        try:
            expect_found(place, "ngh")
        finally:
            end_process(process)
        server.stop()


def loggen_over_tls(folder):
    loggen = PEERS / "usr/bin/loggen"
    if not loggen.exists():
        raise Skip("loggen is missing (package syslog-ng-core)")
    make_certificates(folder)
    place = Place(folder, ["syslog_tls"], tls_settings(folder))
    with Server(place) as server:
        env = {**os.environ, "LD_LIBRARY_PATH": str(PEERS / "usr/lib/syslog-ng"),
               "SYSLOGNG_PREFIX": str(PEERS / "usr")}
        done = subprocess.run(
            [str(loggen), "--use-ssl", "--rate", "1000000", "--number", "2000", "--active-connections",
             "2", "--size", "300", "127.0.0.1", str(place.ports["syslog_tls"])], capture_output=True,
            text=True, env=env, timeout=WAIT_SECONDS, check=False)
        assert done.returncode == 0, done.stderr[-500:]

        def ids():
            rows = place.rows("| fields _raw")
            return [found.groups() for row in rows if (found := LOGGEN_ID.search(row["_raw"]))]
        wait_for(lambda: len(ids()) >= 4000, 20)
        found = ids()
        assert len(found) == len(set(found)) == 4000, (len(found), len(set(found)))
        server.stop()


# --- the journal -------------------------------------------------------------------------------------

def journal_upload(folder):
    upload = program("systemd-journal-upload", "systemd-journal-remote")
    remote = program("systemd-journal-remote", "systemd-journal-remote")
    journal = folder / "journal"
    journal.mkdir()
    text = b""
    for number in range(COUNT):
        text += (f"__REALTIME_TIMESTAMP={1764000000000000 + number}\n__MONOTONIC_TIMESTAMP={number}\n"
                 f"_BOOT_ID={'0123456789abcdef' * 2}\nPRIORITY=6\n_HOSTNAME=gw\n"
                 f"SYSLOG_IDENTIFIER=app\n_PID=7\nMESSAGE={event('journal', number)}\n\n").encode()
    made = subprocess.run([remote, "-o", str(journal / "remote.journal"), "-"], input=text,
                          capture_output=True, timeout=WAIT_SECONDS, check=False)
    if made.returncode != 0:
        raise Skip("systemd-journal-remote cannot make a journal here: " + made.stderr.decode()[-100:])
    place = Place(folder, ["journal"])
    with Server(place) as server:
        done = subprocess.run(
            [upload, "-u", f"http://127.0.0.1:{place.ports['journal']}", "-D", str(journal),
             "--follow=no", f"--save-state={folder}/state"], capture_output=True, text=True,
            timeout=WAIT_SECONDS, check=False)
        assert done.returncode == 0, done.stderr[-500:]
        expect_each_once(place.counts(), "journal", COUNT)
        server.stop()


CASES = [
    npm_case("Elasticsearch's client", "elastic", "elastic.cjs"),
    npm_case("Fluent logger, Message", "fluent", "fluent.cjs", "Message"),
    npm_case("Fluent logger, Forward", "fluent", "fluent.cjs", "Forward"),
    npm_case("Fluent logger, PackedForward", "fluent", "fluent.cjs", "PackedForward"),
    npm_case("Fluent logger, CompressedPackedForward, shared key", "fluent", "fluent.cjs",
             "CompressedPackedForward", "right key", secrets_text="fluent right key\n"),
    ("Fluent logger with a wrong key is refused", wrong_fluent_key),
    npm_case("winston's Loki transport, protobuf", "loki", "loki.cjs", "protobuf"),
    npm_case("winston's Loki transport, JSON", "loki", "loki.cjs", "json"),
    npm_case("OpenTelemetry, protobuf", "otlp", "otlp.cjs", "protobuf"),
    npm_case("OpenTelemetry, JSON", "otlp", "otlp.cjs", "json"),
    ("curl, every dialect over HTTP", curl_case),
    ("what is refused is told", refusals),
    ("hostile requests", hostile_heads),
    ("GELF over UDP and TCP", gelf_over_udp_and_tcp),
    ("who is let in over TLS", who_is_let_in_over_tls),
    ("several certificates", several_certificates),
    ("bad settings are told", bad_settings_are_told),
    ("HTTP over TLS", http_over_tls),
    ("rsyslog over TLS with a certificate", rsyslog_over_tls),
    ("rsyslog's omelasticsearch", rsyslog_omelasticsearch),
    ("syslog-ng over TLS with a certificate", syslog_ng_over_tls),
    ("syslog-ng's http destination", syslog_ng_http),
    ("loggen over TLS", loggen_over_tls),
    ("systemd-journal-upload", journal_upload),
]

if __name__ == "__main__":
    sys.exit(run_cases(CASES))
