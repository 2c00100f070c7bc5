#!/usr/bin/env python3
"""akashi account as a person uses it: first users, a forgotten password at a terminal and from a
descriptor, roles, several at once, a damaged file, one that is held.

usage: account_test.py BUILD_FOLDER    (prints TAP)
"""
import json
import os
import pathlib
import pty
import select
import sqlite3
import subprocess
import sys
import tempfile
import time

BUILD = pathlib.Path(sys.argv[1]).resolve()
AKASHI = BUILD / "akashi"
WORK = tempfile.TemporaryDirectory()
ROOT = pathlib.Path(WORK.name)
KEY = ROOT / "akashi.key"
KEY.write_bytes(os.urandom(32))
KEY.chmod(0o400)
ENVIRONMENT = {**os.environ, "CREDENTIALS_DIRECTORY": str(ROOT), "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}
PASSWORD = "blue kettle 9 sings"
OTHER = "seven wet umbrellas"


class Case:
    count = 0

    def __init__(self):
        Case.count += 1
        self.folder = ROOT / f"case{Case.count}"
        self.folder.mkdir()
        self.config = self.folder / "akashi.yaml"
        self.config.write_text("account:\n  company: Kusanagi Seisakusho\n")
        self.data = self.folder / "data"
        self.file = self.data / "accounts.db"

    def command(self, *words, lang="en"):
        return [AKASHI, "account", "--config", self.config, "--data", self.data, "--lang", lang, *words]

    def run(self, *words, password=None, lang="en"):
        """Exit status, what was printed, what was said."""
        if password is None:
            done = subprocess.run(self.command(*words, lang=lang), env=ENVIRONMENT, timeout=60,
                                  capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False,
                                  start_new_session=True)
            return done.returncode, done.stdout, done.stderr
        end, start = os.pipe()
        os.write(start, (password + "\n").encode())
        os.close(start)
        done = subprocess.run(self.command(*words, "--password-fd", str(end), lang=lang), env=ENVIRONMENT,
                              timeout=60, capture_output=True, text=True, pass_fds=[end], check=False)
        os.close(end)
        return done.returncode, done.stdout, done.stderr

    def users(self):
        status, out, said = self.run("list", "--format", "json")
        assert status == 0, said
        return {row["name"]: row for row in map(json.loads, out.splitlines())}

    def lines(self):
        with sqlite3.connect(self.file) as base:
            return [json.loads(row[0]) for row in base.execute("SELECT line FROM spool ORDER BY id")]


def type_at_terminal(command, answers):
    """Runs it on a terminal of its own; answers each question. Exit status and what the screen showed."""
    child, terminal = pty.fork()
    if child == 0:
        os.execve(str(command[0]), [str(word) for word in command], ENVIRONMENT)
    shown, asked = b"", 0
    end = time.monotonic() + 60
    while time.monotonic() < end:
        ready, _, _ = select.select([terminal], [], [], 1)
        if ready:
            try:
                piece = os.read(terminal, 4096)
            except OSError:
                break
            if not piece:
                break
            shown += piece
        if asked < len(answers) and shown.count(b": ") > asked and shown.endswith(b": "):
            os.write(terminal, (answers[asked] + "\n").encode())
            asked += 1
            time.sleep(0.05)
    _, status = os.waitpid(child, 0)
    os.close(terminal)
    return os.waitstatus_to_exitcode(status), shown.decode()


def the_first_users():
    case = Case()
    status, _, said = case.run("list")
    assert status == 0 and "no users yet" in said, said
    status, _, said = case.run("setup-code")
    assert status == 0 and "code for making the first administrator: " in said, said
    code = said.split("administrator: ")[1].split(" ")[0]
    assert len(code) == 29 and code.encode() not in case.file.read_bytes()
    status, _, said = case.run("add", "chief", "--role", "administrator", password=PASSWORD)
    assert status == 0, said
    status, _, said = case.run("setup-code")
    assert status == 1 and "reset-password" in said, said
    assert case.file.stat().st_mode & 0o777 == 0o600
    assert PASSWORD.encode() not in case.file.read_bytes()
    assert case.users()["chief"]["roles"] == "administrator"


def roles_and_states():
    case = Case()
    case.run("add", "chief", "--role", "administrator", password=PASSWORD)
    assert case.run("add", "tanaka", "--role", "operator[nas*|fs-1@第1工場]; viewer", password=PASSWORD)[0] == 0
    assert case.users()["tanaka"]["roles"] == "operator[nas*|fs-1@第1工場]; viewer"
    assert case.run("roles", "TANAKA", "--role", "auditor")[0] == 0
    assert case.users()["tanaka"]["roles"] == "auditor"
    assert case.run("disable", "tanaka")[0] == 0
    assert case.users()["tanaka"]["state"] == "disabled"
    assert case.run("disable", "tanaka")[0] == 1
    assert case.run("enable", "tanaka")[0] == 0
    for words in (["disable", "chief"], ["remove", "chief"], ["roles", "chief", "--role", "viewer"]):
        status, _, said = case.run(*words)
        assert status == 2 and "last administrator" in said, said
    assert case.run("end-sessions", "tanaka")[0] == 0
    assert case.run("unlock", "tanaka")[0] == 0
    assert case.run("reset-factor", "tanaka")[0] == 1
    assert case.run("remove", "tanaka")[0] == 0
    assert "tanaka" not in case.users()
    acts = [line["event.action"] for line in case.lines()]
    for act in ("user_add", "grants_change", "user_disable", "user_enable", "sessions_end", "delay_lift",
                "user_remove"):
        assert f"akashi.{act}" in acts, acts
    assert all(line["akashi.operator.via"] == "shell" for line in case.lines())


def what_is_refused_is_said():
    case = Case()
    case.run("add", "chief", "--role", "administrator", password=PASSWORD)
    for words, password, want in [
            (["add", "x", "--role", "boss"], PASSWORD, "boss is no role"),
            (["add", "x"], PASSWORD, "is no role"),
            (["add", "x", "--role", 'viewer[a"b]'], PASSWORD, "cannot be a pattern"),
            (["add", "a b", "--role", "viewer"], PASSWORD, "user name"),
            (["add", "CHIEF", "--role", "viewer"], PASSWORD, "already"),
            (["add", "x", "--role", "viewer"], "short", "12 characters"),
            (["add", "x", "--role", "viewer"], "password1234", "tried first"),
            (["add", "xavier", "--role", "viewer"], "Xavier-2026-xavier", "your name"),
            (["add", "x", "--role", "viewer"], "kusanagi seisakusho", "company"),
            (["add", "x", "--role", "viewer"], None, "--password-fd"),
            (["reset-password", "nobody"], PASSWORD, "no user nobody"),
            (["revoke", "12"], None, "no token 12"),
            (["frobnicate"], None, "say what to do"),
            ([], None, "say what to do"),
            (["disable"], None, "say what to do")]:
        status, _, said = case.run(*words, password=password)
        assert status == 2 and want in said, (words, status, said)
        assert PASSWORD not in said
    assert list(case.users()) == ["chief"]
    status, _, said = case.run("disable", "nobody", lang="ja")
    assert status == 2 and "利用者 nobody はいません" in said, said


def a_forgotten_password_at_a_terminal():
    case = Case()
    case.run("add", "tanaka", "--role", "administrator", password=PASSWORD)
    status, shown = type_at_terminal(case.command("reset-password", "tanaka"), [OTHER, OTHER])
    assert status == 0, shown
    assert "a password was set for tanaka" in shown and OTHER not in shown, shown
    status, shown = type_at_terminal(case.command("reset-password", "tanaka"), [OTHER, OTHER + "x"])
    assert status == 2 and "not the same" in shown and OTHER not in shown, shown
    status, shown = type_at_terminal(case.command("reset-password", "tanaka", lang="ja"), [OTHER, OTHER])
    assert status == 0 and "新しいパスワード" in shown, shown


def many_at_once():
    case = Case()
    case.run("add", "chief", "--role", "administrator", password=PASSWORD)
    running = []
    for number in range(8):
        end, start = os.pipe()
        os.write(start, (PASSWORD + "\n").encode())
        os.close(start)
        running.append((subprocess.Popen(case.command("add", f"user{number}", "--role", "viewer",
                                                      "--password-fd", str(end)), env=ENVIRONMENT,
                                         pass_fds=[end], stderr=subprocess.PIPE), end))
    for process, end in running:
        _, said = process.communicate(timeout=60)
        os.close(end)
        assert process.returncode == 0, said
    assert len(case.users()) == 9
    assert len(case.lines()) == 9


def a_file_that_is_held():
    case = Case()
    case.run("add", "chief", "--role", "administrator", password=PASSWORD)
    base = sqlite3.connect(case.file, isolation_level=None)
    base.execute("BEGIN IMMEDIATE")
    began = time.monotonic()
    status, _, said = case.run("disable", "chief")
    assert status == 2 and "another process" in said, said
    assert time.monotonic() - began >= 4
    base.execute("ROLLBACK")
    base.close()
    assert case.run("list")[0] == 0


def a_damaged_file():
    case = Case()
    case.run("add", "chief", "--role", "administrator", password=PASSWORD)
    size = case.file.stat().st_size
    with open(case.file, "r+b") as file:
        for at in range(4096, size, 512):
            file.seek(at)
            file.write(b"damage" * 40)
    status, _, said = case.run("list")
    assert status == 2 and "damaged" in said and "akashi restore" in said, said
    status, _, said = case.run("list", lang="ja")
    assert "壊れています" in said, said
    case.file.write_bytes(b"no database at all\n" * 500)
    status, _, said = case.run("list")
    assert status == 2 and "damaged" in said, said
    case.file.unlink()
    assert case.run("setup-code")[0] == 0


def what_the_file_holds():
    case = Case()
    case.run("add", "chief", "--role", "administrator", password=PASSWORD)
    assert case.users()["chief"]["second_factor"] == "no"
    with sqlite3.connect(case.file) as base:
        tables = {row[0] for row in base.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        hashes = [row[0] for row in base.execute("SELECT password_hash FROM user")]
    assert {"user", "session", "token", "attempt", "step", "recovery", "spool"} <= tables
    assert all(text.startswith("$argon2id$v=19$m=65536,t=3,p=1$") for text in hashes), hashes


TESTS = [the_first_users, roles_and_states, what_is_refused_is_said, a_forgotten_password_at_a_terminal,
         many_at_once, a_file_that_is_held, a_damaged_file, what_the_file_holds]


def main():
    for number, test in enumerate(TESTS, 1):
        try:
            test()
            print(f"ok {number} - {test.__name__}", flush=True)
        except Exception as wrong:  # each test stands for itself
            print(f"not ok {number} - {test.__name__}", flush=True)
            for line in f"{type(wrong).__name__}: {wrong}".splitlines():
                print(f"# {line}")
    print(f"1..{len(TESTS)}")


main()
