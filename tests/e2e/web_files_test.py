#!/usr/bin/env python3
"""What the API hands out for use elsewhere: a record's proof, held against akashi-verify; an answer as a workbook;
the definition that it proposes for pasted lines; the raw records behind a joined action.

usage: web_files_test.py BUILD_FOLDER [NAME]    (prints TAP)
"""
import io
import json
import pathlib
import re
import socket
import subprocess
import sys
import time
import urllib.parse
import xml.etree.ElementTree as xml
import zipfile

import cases
import web_api_test

BUILD = pathlib.Path(sys.argv[1]).resolve()
AKASHI, VERIFY = BUILD / "akashi", BUILD / "akashi-verify"
LINE = "Nov 20 16:%02d:%02d host1 sshd[12]: Failed password for %s from 192.0.2.7 port 22 ssh2"
SEALED_LINES = 4000  # over 256 KiB
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def stop(server):
    server.process.terminate()
    assert server.process.wait(web_api_test.WAIT_SECONDS) == 0, server.said()


def restart(server):
    """Goes on with the folder, the port and the session of before."""
    server.start()
    server.page.port = server.http


def line(at):
    return LINE % (at // 60 % 60, at % 60, f"user{at}")


def imported(server):
    """Lines in the store of a stopped server: so many that they are sealed when the import ends."""
    file = server.folder / "auth.log"
    file.write_text("".join(line(at) + "\n" for at in range(SEALED_LINES)), encoding="utf-8")
    subprocess.run([AKASHI, "import", "--data", server.folder / "data", file], check=True, capture_output=True,
                   env=server.env)


def send_raw(server, events):
    with socket.create_connection(("127.0.0.1", server.syslog)) as to:
        to.sendall("".join(event + "\n" for event in events).encode())


def verified(folder):
    key = folder / "first-key.txt"
    done = subprocess.run([VERIFY, "--key", key, "--lang", "en", folder], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


def test_a_proof_convinces_an_auditor_and_a_changed_one_does_not(folder):
    with web_api_test.Server() as server:
        page = server.page
        stop(server)
        imported(server)
        restart(server)
        number = server.found("user.name:user217", 1)[0]["number"]
        record = page.done("GET", f"/api/v1/records/{number}")
        assert record["proof"] == {"state": "sealed"}, record["proof"]
        proof = page.done("GET", f"/api/v1/records/{number}/proof")
        assert proof["state"] == "proven" and proof["verified"] and proof["file"], proof
        assert proof["segment_rows"] >= SEALED_LINES and proof["leaf_index"] < proof["segment_rows"], proof
        assert proof["entry"] < proof["tree_size"] and re.fullmatch("[0-9a-f]{64}", proof["leaf"]), proof
        assert proof["words"]["ja"] and proof["public_key"].startswith("akashi/"), proof
        packed = page.done("GET", f"/api/v1/records/{number}/proof/file")
        assert page.headers["Content-Type"] == "application/zip", page.headers
        assert f"akashi-proof-{number}.zip" in page.headers["Content-Disposition"], page.headers
        zipfile.ZipFile(io.BytesIO(packed)).extractall(folder)
        assert (folder / "raw.log").read_text() == line(217) + "\n"
        assert json.loads((folder / "records.jsonl").read_text())["user.name"] == "user217"
        assert (folder / "first-key.txt").read_text().strip() == proof["public_key"]
        code, said = verified(folder)
        assert code == 0 and said.startswith("holds") and " 1 proofs" in said, said
        for name in ("00000001.proof", "raw.log", "chain.log", "checkpoints.txt"):
            whole = (folder / name).read_bytes()
            at = len(whole) // 2
            (folder / name).write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1:])
            code, said = verified(folder)
            assert code == 1, f"{name} was changed: {said}"
            (folder / name).write_bytes(whole)
        assert verified(folder)[0] == 0
        log = page.done("GET", "/api/v1/operator-log")["rows"]
        assert sum(f"proof of record {number}" in json.dumps(row) for row in log) == 1, log
        web_api_test.expect(page, "GET", "/api/v1/records/99999999/proof", None, 404)
        viewer = server.add_user("kato", "viewer", sources=["elsewhere"])
        web_api_test.expect(viewer, "GET", f"/api/v1/records/{number}/proof", None, 404)


def test_what_is_not_sealed_yet_says_when_it_will_be():
    with web_api_test.Server() as server:
        server.send(LINE % (0, 0, "tanaka"))
        row = server.found("tanaka", 1)[0]
        record = server.page.done("GET", f"/api/v1/records/{row['number']}")
        assert record["proof"] == {"state": "waiting"}, record["proof"]
        proof = server.page.done("GET", f"/api/v1/records/{row['number']}/proof")
        assert proof["state"] == "waiting" and not proof["verified"] and not proof["file"], proof
        assert row["ingested"] < proof["due"] and "leaf" not in proof, proof
        web_api_test.expect(server.page, "GET", f"/api/v1/records/{row['number']}/proof/file", None, 409)


def test_a_damaged_segment_is_said():
    with web_api_test.Server() as server:
        stop(server)
        imported(server)
        chain = server.folder / "data/chain/chain.log"
        whole = chain.read_bytes()
        restart(server)
        number = server.found("user.name:user217", 1)[0]["number"]
        chain.write_bytes(whole[:150] + bytes([whole[150] ^ 1]) + whole[151:])
        proof = server.page.done("GET", f"/api/v1/records/{number}/proof")
        assert proof["state"] == "broken" and not proof["verified"] and not proof["file"], proof
        web_api_test.expect(server.page, "GET", f"/api/v1/records/{number}/proof/file", None, 409)
        chain.write_bytes(whole)


def sheet(packed, name):
    """Its rows: each a dictionary of place -> (type, text, style)."""
    book = zipfile.ZipFile(io.BytesIO(packed))
    assert book.testzip() is None
    for part in book.namelist():
        xml.fromstring(book.read(part))
    root = xml.fromstring(book.read(f"xl/worksheets/{name}.xml"))
    rows = []
    for row in root.iter(SHEET + "row"):
        rows.append({re.sub(r"\d", "", cell.get("r")): (cell.get("t", "n"), "".join(cell.itertext()), cell.get("s", "0"))
                     for cell in row})
        assert not list(row.iter(SHEET + "f")), "a formula"
    return root, rows


def test_an_answer_as_a_workbook():
    with web_api_test.Server() as server:
        page = server.page
        bad = "=cmd|'/c calc'!A1"
        server.send(LINE % (0, 1, "=cmd|calc"), LINE % (0, 2, "田中"), f'{{"who":"{bad}","n":1}}',
                    '{"who":"_x0041_<&>\\u0007\\n2"}')
        server.found("*", 4)
        packed = page.done("GET", "/api/v1/search/export?format=xlsx&lang=ja&zone=%2B09:00&q=host:host1")
        assert page.headers["Content-Type"].endswith("spreadsheetml.sheet"), page.headers
        assert page.headers["Content-Disposition"] == 'attachment; filename="akashi.xlsx"', page.headers
        root, rows = sheet(packed, "sheet1")
        pane = next(root.iter(SHEET + "pane"))
        assert pane.get("state") == "frozen" and pane.get("ySplit") == "1"
        assert [rows[0][at][1] for at in "ABCDEF"] == ["日時（+09:00）", "だれ", "どこから", "システム", "内容",
                                                       "日時（日付型）"], rows[0]
        assert len(rows) == 3 and {row["B"][1] for row in rows[1:]} == {"=cmd|calc", "田中"}, rows
        styles = xml.fromstring(zipfile.ZipFile(io.BytesIO(packed)).read("xl/styles.xml"))
        kinds = list(styles.find(SHEET + "cellXfs"))
        for row in rows[1:]:
            assert all(row[at][0] == "inlineStr" for at in "ABCDE"), row
            assert row["F"][0] == "n" and kinds[int(row["F"][2])].get("numFmtId") == "164", row
            days = float(row["F"][1])  # 16:00:0N in the zone of the server: the text beside it is the same moment
            clock = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(round((days - 25569) * 86400)))
            assert clock == row["A"][1], row
        quoted = next(row["B"] for row in rows[1:] if row["B"][1].startswith("="))
        assert kinds[int(quoted[2])].get("quotePrefix") == "1", quoted
        facts = {row["A"][1]: row["B"] for row in sheet(packed, "sheet2")[1]}
        assert facts["さがした言葉"][1] == "host:host1" and facts["行数"][:2] == ("n", "2") and facts["全部か"][1] == "全部です", facts
        table = page.done("GET", "/api/v1/search/export?format=xlsx&lang=en&q="
                          + urllib.parse.quote("who:* | stats count() as n by who"))
        rows = sheet(table, "sheet1")[1]
        cells = {row["A"][1]: row for row in rows[1:] if "A" in row}
        assert cells[bad]["A"][0] == "inlineStr" and cells[bad]["B"][:2] == ("n", "1"), rows
        assert "_x005F_x0041_<&>\ufffd\n2" in cells, cells
        cut = page.done("GET", "/api/v1/search/export?format=xlsx&lang=en&limit=1&q=host:host1")
        assert len(sheet(cut, "sheet1")[1]) == 2
        assert "there is more" in dict((row["A"][1], row["B"][1]) for row in sheet(cut, "sheet2")[1])["complete"]
        none = page.done("GET", "/api/v1/search/export?format=xlsx&lang=en&q=host:nosuch")
        assert len(sheet(none, "sheet1")[1]) == 1
        command = [AKASHI, "search", "host:host1", "--data", server.folder / "data", "--format", "xlsx", "--lang", "en"]
        said = subprocess.run(command, check=True, capture_output=True, env=server.env)
        assert len(sheet(said.stdout, "sheet1")[1]) == 3


DOOR = ["2026-11-20 10:00:01 DOOR01 OPEN user=sato room=設計室", "2026-11-20 10:00:03 DOOR01 CLOSE user=sato room=設計室",
        "2026-11-20 10:01:01 DOOR02 OPEN user=kato room=倉庫"]


def test_pasted_lines_become_a_definition_that_can_be_saved():
    with web_api_test.Server() as server:
        page = server.page
        asked = {"sample": "\n".join(DOOR)}
        guess = page.done("POST", "/api/v1/definitions/guess", asked)
        assert guess["known"] == "" and guess["lines"] == 3 and guess["unread"] == 0 and not guess["more"], guess
        assert [time["text"] for time in guess["times"]] == [DOOR[0][:19]] and guess["times"][0]["chosen"], guess["times"]
        assert len(guess["rows"]) == 3 and guess["rows"][2]["number"] == 3, guess["rows"]
        assert guess["rows"][2]["fields"]["room"] == "倉庫" and guess["rows"][2]["sentence"], guess["rows"][2]
        columns = {column["name"]: column for column in guess["columns"]}
        assert columns["user.name"]["field"] == "user.name" and columns["user.name"]["ja"] != "user.name", columns
        assert columns["room"]["en"] == "room" and "field" not in columns["room"], columns
        again = page.done("POST", "/api/v1/definitions/guess", {**asked, "yaml": guess["yaml"]})
        assert [row["fields"] for row in again["rows"]] == [row["fields"] for row in guess["rows"]], again
        web_api_test.expect(page, "POST", "/api/v1/definitions/guess", {**asked, "time_format": "%H"}, 400)
        door = guess["yaml"].replace("new-log", "door")
        page.done("PUT", "/api/v1/definitions/door", {"yaml": door})
        known = page.done("POST", "/api/v1/definitions/guess", asked)
        assert known["known"] == "door" and "yaml" not in known and known["unread"] == 0, known
        bad = web_api_test.expect(page, "POST", "/api/v1/definitions/guess",
                                  {**asked, "yaml": "name: x\nrecognise: 7\n"}, 400)
        assert bad["error"]["field"] == "yaml" and bad["error"]["line"] > 0, bad
        web_api_test.expect(page, "POST", "/api/v1/definitions/guess", {"sample": "x" * 600_000}, 400)
        web_api_test.expect(server.add_user("kato", "viewer"), "POST", "/api/v1/definitions/guess", asked, 403)


class Log:
    """The Security log of a file server: one document written through one handle."""

    def __init__(self):
        self.number, self.start = 100, time.time() - 900

    def event(self, seconds, code, path, handle, **fields):
        self.number += 1
        when = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(self.start + seconds))
        return json.dumps({
            "@timestamp": when, "EventID": code, "Channel": "Security", "Hostname": "FS01.example.com",
            "SourceName": "Microsoft-Windows-Security-Auditing", "RecordNumber": self.number, "ObjectServer": "Security",
            "SubjectUserSid": "S-1-5-21-1-2-3-1105", "SubjectUserName": "sato", "SubjectDomainName": "EXAMPLE",
            "SubjectLogonId": "0x3a1f2", "Keywords": "0x8020000000000000", "ObjectType": "File", "ObjectName": path,
            "HandleId": handle, "ProcessId": "0x4", "ProcessName": "", **fields})

    def written(self, path, handle="0x10"):
        self.start += 100
        return [self.event(0, 4656, path, handle, AccessMask="0x12019f"), self.event(1, 4663, path, handle, AccessMask="0x2"),
                self.event(20, 4658, path, handle)]

    def later(self):
        return [self.event(60, 4656, "D:\\other.txt", "0x99", AccessMask="0x1"),
                self.event(80, 4658, "D:\\other.txt", "0x99")]


def evidence_of(page, action):
    """The raw bytes of the records that an action was joined from."""
    record = page.done("GET", f"/api/v1/records/{action['number']}")
    assert record["evidence_more"] is False, record
    rows = [page.done("GET", f"/api/v1/records/{number}") for number in record["evidence"]]
    assert all(row["row"]["role"] == "evidence" for row in rows), rows
    return [row["raw"] for row in rows]


def test_an_action_joined_live_has_its_evidence(folder):
    with web_api_test.Server() as server:
        page, log = server.page, Log()
        for path, handle in (("D:\\share\\drawing.dxf", "0x10"), ("D:\\share\\plan.dxf", "0x20")):
            events = log.written(path, handle)
            send_raw(server, events + log.later())
            action = server.found("role:action AND " + path.rsplit("\\", 1)[1], 1)[0]
            assert evidence_of(page, action) == events, action
        plain = server.found("role:evidence", 1)[0]
        assert page.done("GET", f"/api/v1/records/{plain['number']}")["evidence"] == []
        # after a restart the numbers of what comes in begin anew: still only its own
        stop(server)
        restart(server)
        events = log.written("D:\\share\\last.dxf", "0x30")
        send_raw(server, events + log.later())
        action = server.found("role:action AND last.dxf", 1)[0]
        assert evidence_of(page, action) == events, action
        # imported: the same
        stop(server)
        events = log.written("D:\\share\\old.dxf")
        file = folder / "security.jsonl"
        file.write_text("".join(event + "\n" for event in events + log.later()))
        subprocess.run([AKASHI, "import", "--data", server.folder / "data", file], check=True, capture_output=True,
                       env=server.env)
        restart(server)
        action = server.found("role:action AND old.dxf", 1)[0]
        assert evidence_of(page, action) == events, action


if __name__ == "__main__":
    sys.exit(cases.run(cases.named(globals())))
