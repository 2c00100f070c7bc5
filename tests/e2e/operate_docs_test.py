#!/usr/bin/env python3
"""Does what the operate documents tell an administrator to do, and looks for what they say one then sees.

Blocks that begin ```sh run are executed, one after the other, in a folder of each document's own; words behind
`run` are programs without which the block is skipped. The lines of a following ```text sees must occur in what
came out, in this order; `...` stands for anything within a line. ```yaml blocks must be good configurations.
Folders and ports of a real machine stand for others here; systemctl and journalctl for a server that is started here.

usage: operate_docs_test.py BUILD_FOLDER    (prints TAP)
"""
import contextlib
import functools
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile

import cases

BUILD = pathlib.Path(sys.argv[1]).resolve()
ROOT = pathlib.Path(__file__).resolve().parents[2]
DOCUMENTS = [f"doc/operate/{name}{language}.md" for name in
             ("install", "connect", "daily", "backup", "evidence", "upgrade", "trouble") for language in ("", ".ja")]
LINES_MAX = 150
SECONDS_MAX = 120

AKASHI = r"""#!/bin/sh
case "$1" in -*|"") exec "$PROGRAM" "$@" ;; esac
command=$1
shift
case " $* " in *" --config "*) ;; *) set -- "$@" --config "$ETC/akashi.yaml" ;; esac
case " $* " in *" --data "*) ;; *) set -- "$@" --data "$DATA" ;; esac
exec "$PROGRAM" "$command" "$@"
"""

SYSTEMCTL = r"""#!/bin/sh
stop() {
    [ -s "$TOP/pid" ] || return 0
    kill "$(cat "$TOP/pid")" 2>/dev/null
    for _ in $(seq 300); do kill -0 "$(cat "$TOP/pid")" 2>/dev/null || break; sleep 0.1; done
    rm -f "$TOP/pid"
}
start() {
    : >"$TOP/now"
    setsid "$PROGRAM" serve --config "$ETC/akashi.yaml" --data "$DATA" >"$TOP/now" 2>&1 </dev/null &
    echo $! >"$TOP/pid"
    for _ in $(seq 300); do grep -q '^ready' "$TOP/now" && break; sleep 0.1; done
    cat "$TOP/now" >>"$TOP/journal"
    grep -q '^ready' "$TOP/now"
}
case "$1" in
    start) [ -s "$TOP/pid" ] || start ;;
    stop) stop ;;
    restart) stop; start ;;
    is-active) if [ -s "$TOP/pid" ] && kill -0 "$(cat "$TOP/pid")"; then echo active; else echo inactive; exit 3; fi ;;
    *) echo "systemctl $1 is not known here" >&2; exit 2 ;;
esac
"""

JOURNALCTL = '#!/bin/sh\ncat "$TOP/journal"\n'

def free_ports(count):
    with contextlib.ExitStack() as stack:
        doors = [stack.enter_context(socket.socket()) for _ in range(count)]
        for door in doors:
            door.bind(("127.0.0.1", 0))
        return [door.getsockname()[1] for door in doors]


class Machine:
    """A folder that stands for the administrator's server."""

    def __init__(self, top, language):
        self.top = top
        web, syslog = free_ports(2)
        self.stands_for = {"/etc/akashi": top / "etc", "/var/lib/akashi": top / "data", "/media/usb": top / "usb",
                           "/mnt/backup": top / "backup", "/srv/logs": top / "logs", "/srv/look": top / "look"}
        self.ports = {"8080": str(web), "5514": str(syslog)}
        for folder in (*self.stands_for.values(), top / "bin", top / "home"):
            folder.mkdir()
        (top / "data").chmod(0o700)
        (top / "look").rmdir()
        for name, text in (("akashi", AKASHI), ("systemctl", SYSTEMCTL), ("journalctl", JOURNALCTL)):
            (top / "bin" / name).write_text(text)
            (top / "bin" / name).chmod(0o755)
        (top / "bin/akashi-verify").symlink_to(BUILD / "akashi-verify")
        (top / "journal").touch()
        packaged = self.here((ROOT / "packaging/akashi.yaml").read_text())
        (top / "etc/akashi.yaml").write_text(f"{packaged}\nstore:\n  key_file: {top}/etc/store.key\n")
        self.environment = {
            "PATH": f"{top}/bin:{os.environ['PATH']}", "HOME": str(top / "home"), "TOP": str(top), "ETC": str(top / "etc"),
            "DATA": str(top / "data"), "PROGRAM": str(BUILD / "akashi"), "LANG": f"{language}.UTF-8", "TZ": "Asia/Tokyo"}
        for variable in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LD_LIBRARY_PATH"):
            if variable in os.environ:
                self.environment[variable] = os.environ[variable]
        self.must("akashi store make-key /etc/akashi/store.key")
        self.must("akashi simulate ransomware --people 10 --names en --out /srv/logs/factory")

    def here(self, text):
        for path, folder in self.stands_for.items():
            text = text.replace(path, str(folder))
        return re.sub(r"\b(8080|5514)\b", lambda found: self.ports[found[1]], text)

    def run(self, text):
        # Into a file: a server started by a block keeps a pipe open.
        with tempfile.TemporaryFile("w+") as output:
            done = subprocess.run(["bash", "-e", "-o", "pipefail", "-c", self.here(text)], cwd=self.top, env=self.environment,
                                  stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, timeout=SECONDS_MAX)
            output.seek(0)
            return done.returncode, output.read()

    def must(self, text):
        code, output = self.run(text)
        assert code == 0, f"{text}\n{output}"

    def end(self):
        self.run("systemctl stop")


def blocks_of(text):
    """(line, words of the fence, content)"""
    for found in re.finditer(r"^```([^\n]*)\n(.*?)^```$", text, re.M | re.S):
        yield text.count("\n", 0, found.start()) + 1, found[1].split(), found[2]


def sees(output, wanted):
    lines = iter(output.splitlines())
    for line in filter(str.strip, wanted.splitlines()):
        pattern = ".*".join(re.escape(piece.strip()) for piece in line.split("..."))
        if not any(re.search(pattern, had) for had in lines):
            return line
    return None


def follows(document, folder):
    text = (ROOT / document).read_text()
    assert text.count("\n") <= LINES_MAX, f"longer than {LINES_MAX} lines"
    machine = Machine(folder, "ja_JP" if ".ja." in document else "en_US")
    output, ran = None, 0
    try:
        for line, words, content in blocks_of(text):
            if words[:2] == ["sh", "run"]:
                output = None
                if any(not shutil.which(program) for program in words[2:]):
                    continue
                code, output = machine.run(content)
                assert code == 0, f"{document}:{line}: ended with {code}\n{output}"
                ran += 1
            elif words[:2] == ["text", "sees"] and output is not None:
                missing = sees(output, machine.here(content))
                assert missing is None, f"{document}:{line}: does not see: {missing}\n{output}"
            elif words[:1] == ["yaml"]:
                (folder / "block.yaml").write_text(machine.here(content))
                code, said = machine.run(f"akashi config check {folder}/block.yaml")
                assert code == 0, f"{document}:{line}: {said}"
    finally:
        machine.end()
    assert ran, "nothing to run"


def both_languages_do_the_same():
    """Beside the words, the commands are the same ones in the same order."""
    for document in DOCUMENTS[::2]:
        english, japanese = ([content for _, words, content in blocks_of((ROOT / path).read_text()) if words[:2] == ["sh", "run"]]
                             for path in (document, document.replace(".md", ".ja.md")))
        assert len(english) == len(japanese), f"{document}: {len(english)} blocks, {len(japanese)} in Japanese"
        commands = [[re.findall(r"^\s*akashi(?:-verify)? [a-z-]+|^systemctl \w+", block, re.M) for block in blocks]
                    for blocks in (english, japanese)]
        assert commands[0] == commands[1], f"{document}: {commands}"


def links_lead_somewhere():
    for document in DOCUMENTS + ["README.md", "README.ja.md", "SECURITY.md", "doc/operate/guide.md", "doc/operate/guide.ja.md"]:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", (ROOT / document).read_text()):
            assert (ROOT / document).parent.joinpath(target).exists(), f"{document}: {target}"


def main():
    tests = [(document + " is true", functools.partial(follows, document)) for document in DOCUMENTS]
    tests += [(test.__name__.replace("_", " "), test) for test in (both_languages_do_the_same, links_lead_somewhere)]
    return cases.run(tests)


if __name__ == "__main__":
    sys.exit(main())
