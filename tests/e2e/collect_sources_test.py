#!/usr/bin/env python3
"""Who sends, as the page shows it: hosts behind a relay, a flood of made-up names, doors that anybody can use.

usage: collect_sources_test.py BUILD_FOLDER [NAME]    (prints TAP; NAME: only the cases that contain it)
"""
import socket
import ssl
import subprocess
import sys
import urllib.parse

from collect_kit import Place, Server, event, run_cases, wait_for
from server_ask import Page, code_of

HOSTS_MAX = 1024  # SOURCE_HOSTS_MAX of engine/source_health.h
RELAY = "127.0.0.1"


def page_of(server, context=None):
    said = "\n".join(server.said)
    return Page(server.http_port, context=context).set_up(code_of(said))


def send(place, lines):
    with socket.create_connection((RELAY, place.syslog_port)) as sender:
        sender.sendall("".join(f"{line}\n" for line in lines).encode())


def line(host, number):
    return f"<38>Nov 20 17:40:00 {host} app[7]: {event('relay', number)}"


def sources_of(page):
    listed = page.done("GET", "/api/v1/sources")["sources"]
    names = [one["name"] for one in listed]
    assert len(names) == len(set(names)), "a name stands twice"
    return {one["name"]: one for one in listed}


def hosts_behind_a_relay(folder):
    place = Place(folder, [])
    with Server(place) as server:
        page = page_of(server)
        send(place, [line("gw1" if number % 3 else "gw2.example.com", number) for number in range(30)])
        send(place, [f"<38>{event('relay', 30)}", line(RELAY, 31)])  # no name, and only the address
        wait_for(lambda: len(place.counts()) == 32)
        sources = sources_of(page)
        rows = {name: one["rows"] for name, one in sources.items()}
        assert rows == {f"gw1 ({RELAY})": 20, f"gw2.example.com ({RELAY})": 10, RELAY: 2}, rows
        assert all(one["door"] == "syslog/tcp" for one in sources.values()), sources
        for name, count in ((f"gw2.example.com ({RELAY})", 10), (f"nobody ({RELAY})", 0)):
            unparsed = page.done("GET", f"/api/v1/sources/{urllib.parse.quote(name, safe='')}/unparsed")
            assert len(unparsed["lines"]) == count, (name, unparsed)
            assert all("gw2" in text for text in unparsed["lines"]), unparsed
        server.stop()


def a_flood_of_names(folder):
    place, count = Place(folder, []), HOSTS_MAX + 500
    with Server(place) as server:
        page = page_of(server)
        send(place, [line(f"made-up-{number}", number) for number in range(count)])
        wait_for(lambda: len(place.counts()) == count)
        sources = sources_of(page)
        assert len(sources) == HOSTS_MAX + 1, len(sources)
        assert sources[RELAY]["rows"] == 500, sources[RELAY]
        assert sum(one["rows"] for one in sources.values()) == count
        said = [text for text in server.said if "made-up names" in text]
        assert len(said) == 1 and RELAY in said[0], said
        server.stop()


def warnings_of(folder, name, address, more):
    own = folder / name
    own.mkdir()
    place = Place(own, ["elastic", "gelf"], more, address)
    context = None if address == RELAY else ssl.create_default_context()
    if context:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with Server(place) as server:
        home = page_of(server, context).done("GET", "/api/v1/home")
        server.stop()
    told = [text for text in server.said if "secret" in text]
    return told, [one["words"]["en"] for one in home["todo"] if "doors" in one["words"]["en"]]


def doors_that_anybody_can_use(folder):
    told, todo = warnings_of(folder, "near", RELAY, "")
    assert not told and not todo, (told, todo)
    told, todo = warnings_of(folder, "open", "0.0.0.0", "")
    assert len(told) == 2 and all("syslog" in text and "elastic" in text for text in told), told
    assert todo and todo[0].startswith("2 doors"), todo
    secrets = folder / "secrets"
    secrets.write_text("basic sender:a-long-word\n")
    secrets.chmod(0o400)
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                    "-nodes", "-days", "2", "-subj", "/CN=localhost", "-keyout", folder / "key.pem", "-out",
                    folder / "certificate.pem"], check=True, capture_output=True)
    told, todo = warnings_of(folder, "guarded", "0.0.0.0",
                             f"  secrets_file: {secrets}\n  tls_certificate: {folder}/certificate.pem\n"
                             f"  tls_key: {folder}/key.pem\n")
    assert len(told) == 2 and not any("elastic" in text for text in told), told
    assert all("gelf" in text for text in told), told  # over UDP nobody can be asked
    assert todo and todo[0].startswith("1 doors"), todo


CASES = [
    ("hosts behind a relay are sources of their own", hosts_behind_a_relay),
    ("a flood of made-up names is bounded and told", a_flood_of_names),
    ("doors that anybody can use are told", doors_that_anybody_can_use),
]

if __name__ == "__main__":
    sys.exit(run_cases(CASES))
