#!/usr/bin/env python3
"""akashi-verify and the second implementation must say the same, in the same words and place, of 300 seeded
changes to an export: damage, and what somebody with some of the keys would do. usage: ... BUILD_FOLDER"""
import base64
import collections
import os
import pathlib
import random
import shutil
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import verify_check as check  # noqa: E402

CASES = 300
SEED = int(os.environ.get("AKASHI_SEED", "20261120"))
BUILD = pathlib.Path(sys.argv[1])
ENVIRONMENT = {**os.environ, "LC_ALL": "C"}


class Export:
    """Taken apart: bodies of entries, [text, signature lines] of checkpoints, other files."""

    def __init__(self, folder, keys):
        self.keys = keys
        self.files = {path.name: path.read_bytes() for path in folder.iterdir()}
        self.bodies = [bytearray(body) for body, _, _ in check.frames(self.files["chain.log"])]
        self.notes, data = [], self.files["checkpoints.txt"]
        while data:
            text, lines, data = check.Log.take_note(data)
            self.notes.append([text, lines])
        self.given = None

    def join(self):
        """Entries and checkpoints back into files, with frame checks that hold."""
        self.files["chain.log"] = b"".join(
            struct.pack("<I", len(body)) + check.sha256(b"\0" + body)[:8] + body for body in self.bodies)
        self.files["checkpoints.txt"] = b"".join(text + b"\n" + lines + b"\n" for text, lines in self.notes)

    def sign(self, at, key):
        text = self.notes[at][0]
        origin = text.split(b"\n")[0]
        signature = check.key_id(origin, check.public_key(key)) + check.sign(key, text)
        self.notes[at][1] = "— ".encode() + origin + b" " + base64.b64encode(signature) + b"\n"

    def reseal(self, start, choose_key):
        """New roots and links from a checkpoint on, each signed by a key that choose_key(epoch) gives."""
        leaves = tuple(check.sha256(b"\0" + bytes(body)) for body in self.bodies)
        for at in range(start, len(self.notes)):
            lines = self.notes[at][0].split(b"\n")
            size = min(int(lines[1]), len(leaves))
            lines[2] = base64.b64encode(check.root_of(leaves[:size]))
            before = check.sha256(self.notes[at - 1][0]) if at else bytes(32)
            lines[7] = b"previous " + base64.b64encode(before)
            self.notes[at][0] = b"\n".join(lines)
            self.sign(at, choose_key(int(lines[6][6:])))

    def renumber(self):
        for at, body in enumerate(self.bodies):
            body[8:16] = struct.pack("<Q", at)


def flip(export, rng):
    name = rng.choice(sorted(export.files))
    data = bytearray(export.files[name])
    for _ in range(rng.choice((1, 1, 2, 5))):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    export.files[name] = bytes(data)


def cut(export, rng):
    name = rng.choice(sorted(export.files))
    data = export.files[name]
    begin = rng.randrange(len(data))
    end = min(len(data), begin + rng.choice((1, 12, 300, 10**6)))
    export.files[name] = data[:begin] + data[end:]


def lose_file(export, rng):
    del export.files[rng.choice(sorted(export.files))]


def shuffle(export, rng):
    """Leaves out, doubles or swaps entries or checkpoints."""
    row = rng.choice((export.bodies, export.notes))
    a, b = rng.randrange(len(row)), rng.randrange(len(row))
    action = rng.randrange(4)
    if action == 0:
        del row[a]
    elif action == 1:
        row.insert(b, row[a])
    elif action == 2:
        row[a], row[b] = row[b], row[a]
    else:
        del row[max(1, a):]
    export.join()


def shuffle_resealed(export, rng):
    a = rng.randrange(1, len(export.bodies))
    if rng.random() < 0.5:
        del export.bodies[a]
    else:
        b = rng.randrange(1, len(export.bodies))
        export.bodies[a], export.bodies[b] = export.bodies[b], export.bodies[a]
    export.renumber()
    resealed(export, rng)


def resealed(export, rng):
    """All keys at hand, or only the newest."""
    if rng.random() < 0.6:
        export.reseal(0, lambda epoch: export.keys[min(epoch, 7)])
    else:
        export.reseal(rng.randrange(len(export.notes)), lambda epoch: export.keys[2])
    export.join()


def edit_entry(export, rng):
    body = rng.choice(export.bodies)
    fields = {3: 1, 4: 1, 8: 8, 16: 16, 32: 8, 40: 8, 43: 1, 60: 8, 68: 8, 76: 8, 84: 8, 92: 8}
    at = rng.choice([at for at in fields if at < len(body)] + [rng.randrange(len(body))])
    value = rng.choice((bytes(8), b"\xff" * 8, struct.pack("<Q", rng.randrange(12)), None))
    if value is None:
        body[at] = body[at] + rng.choice((1, 255)) & 255
    else:
        body[at:at + fields.get(at, 1)] = (value * 2)[:min(fields.get(at, 1), len(body) - at)]
    if rng.random() < 0.7:
        resealed(export, rng)
    export.join()


def edit_note(export, rng):
    at = rng.randrange(len(export.notes))
    lines = export.notes[at][0].split(b"\n")
    which = rng.choice((1, 3, 4, 5, 6))
    name, _, number = lines[which].rpartition(b" ")
    change = rng.choice((-1, 1, 2, -10**9, 100 * 10**9, 10**20))
    lines[which] = (name + b" " if name else b"") + str(max(0, int(number) + change)).encode()
    export.notes[at][0] = b"\n".join(lines)
    epoch = int(lines[6][6:])
    export.sign(at, export.keys[min(epoch, 7)] if rng.random() < 0.8 else rng.choice(export.keys[:4]))
    if rng.random() < 0.5 and at + 1 < len(export.notes):
        export.reseal(at + 1, lambda epoch: export.keys[min(epoch, 7)])
    export.join()


def edit_proof(export, rng):
    name = rng.choice([name for name in sorted(export.files) if name.endswith(".proof")])
    lines = export.files[name].split(b"\n")
    a, b = rng.randrange(len(lines)), rng.randrange(len(lines))
    action = rng.randrange(4)
    if action == 0:
        lines[a], lines[b] = lines[b], lines[a]
    elif action == 1:
        lines.insert(a, lines[b])
    elif action == 2:
        del lines[a]
    else:
        lines[1:3] = [b"entry %d" % rng.randrange(11), b"size %d" % rng.randrange(11)]
    export.files[name] = b"\n".join(lines)


def roll_back(export, rng):
    at = rng.randrange(1, len(export.notes))
    text, lines = rng.choice(export.notes)
    export.given = text + b"\n" + lines + b"\n"
    if rng.random() < 0.3:
        fields = text.split(b"\n")
        fields[5] = b"time %d" % (int(fields[5][5:]) + 1)
        kept = export.notes[0]
        export.notes[0] = [b"\n".join(fields), b""]
        export.sign(0, export.keys[min(int(fields[6][6:]), 7)])
        export.given = export.notes[0][0] + b"\n" + export.notes[0][1] + b"\n"
        export.notes[0] = kept
    if rng.random() < 0.7:
        del export.notes[at:]
        del export.bodies[int(export.notes[-1][0].split(b"\n")[1]):]
        export.files = {name: data for name, data in export.files.items() if "proof" not in name}
    export.join()


def nothing(export, rng):
    del export, rng


def add_witness(export, rng):
    at = rng.randrange(len(export.notes))
    line = "— witness.example.com ".encode() + base64.b64encode(rng.randbytes(76)) + b"\n"
    lines = export.notes[at][1]
    export.notes[at][1] = (line + lines if rng.random() < 0.5 else lines + line) * rng.choice((1, 1, 9))
    export.join()


CHANGES = [flip, flip, cut, lose_file, shuffle, shuffle, shuffle_resealed, shuffle_resealed, edit_entry,
           edit_entry, edit_entry, edit_note, edit_note, edit_note, edit_proof, roll_back, roll_back,
           nothing, add_witness]


def first_verdict(folder, key_path, given_path):
    command = [str(BUILD / "akashi-verify"), "--lang", "en", "--key", str(key_path), str(folder)]
    command += ["--checkpoint", str(given_path)] if given_path else []
    run = subprocess.run(command, capture_output=True, text=True, timeout=60, env=ENVIRONMENT)
    return run.stdout.split("\n")[0].split(": ")[0], run.returncode, run.stderr


def run_case(number, scratch, keys, counts):
    rng = random.Random(SEED * 1000 + number)
    export = Export(scratch / "export", keys)
    change = CHANGES[number % len(CHANGES)]
    change(export, rng)
    folder = scratch / "case"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, data in export.files.items():
        (folder / name).write_bytes(data)
    given_path = scratch / "given.txt" if export.given is not None else None
    if given_path:
        given_path.write_bytes(export.given)
    second = check.verify((scratch / "first.pub").read_bytes(), export.files, export.given)
    first, status, errors = first_verdict(folder, scratch / "first.pub", given_path)
    counts[second.split(" ")[0]] += 1
    if first == second and status == (second != "holds") and not errors:
        return True
    print(f"# case {number} ({change.__name__}, seed {SEED}): akashi-verify says {first!r} "
          f"({status}) {errors}, the second {second!r}")
    return False


def run_program(*arguments):
    run = subprocess.run([str(BUILD / "akashi-verify"), *map(str, arguments)], capture_output=True,
                         text=True, timeout=60, env=ENVIRONMENT)
    return run.returncode, run.stdout, run.stderr


def program_answers(scratch):
    """Help, both languages, and what cannot be checked: a wrong path is no finding."""
    key, export = scratch / "first.pub", scratch / "export"
    bad_key = scratch / "bad.pub"
    bad_key.write_text(key.read_text()[:-3] + "A\n")
    status, out, _ = run_program("--help")
    good = status == 0 and "examples:" in out
    status, out, _ = run_program("--lang", "ja", "--help")
    good &= status == 0 and "例:" in out
    status, out, _ = run_program("--lang", "ja", "--key", key, export)
    good &= status == 0 and out.startswith("holds\n") and "記録 10 件" in out
    for arguments in ((), (export,), ("--key", key), ("--what",), ("--key", scratch / "none", export),
                      ("--key", bad_key, export), ("--key", key, scratch / "none"),
                      ("--key", key, export, "--checkpoint", scratch / "none")):
        status, out, errors = run_program(*arguments)
        if status != 2 or out or not errors:
            print(f"# {arguments}: {status} {out!r} {errors!r}")
            good = False
    return good


def main():
    with tempfile.TemporaryDirectory() as name:
        scratch = pathlib.Path(name)
        (scratch / "export").mkdir()
        subprocess.run([BUILD / "tests/support/log_make", scratch, "1"], check=True)
        keys = [bytes.fromhex(line) for line in (scratch / "keys").read_text().split()]
        answers = program_answers(scratch)
        counts = collections.Counter()
        wrong = sum(not run_case(number, scratch, keys, counts) for number in range(CASES))
    print("#", ", ".join(f"{found} {count}" for found, count in counts.most_common()))
    print("not ok" if wrong else "ok", f"1 - two implementations agree on {CASES} exports")
    wide = len(counts) >= 20 and counts["holds"] >= 10
    print("ok" if wide else "not ok", "2 - the changes reach many different findings")
    print("ok" if answers else "not ok", "3 - help, languages, and what cannot be checked")
    print("1..3")
    return 1 if wrong or not wide or not answers else 0


if __name__ == "__main__":
    sys.exit(main())
