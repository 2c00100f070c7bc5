"""The bytes that all sides get: one file of JSON lines, what is in it, and lines planted at known places."""
import bz2
import collections
import dataclasses
import gzip
import json
import os
import pathlib
import random
import re
import subprocess
import tarfile
import unicodedata
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
CORPUS = pathlib.Path(os.environ.get("AKASHI_CORPUS", ROOT.parent / "shared" / "corpus"))
SAMPLE_LINES = 4000
# Words of makers, data sets and outcomes: akashi finds them in its records where a line has them not.
RECORD_WORDS = {"microsoft", "windows", "security", "powershell", "sysmon", "success", "failure"}
HOST_KEYS = ["Hostname", "Computer", "host.name", "hostname", "host", "HOSTNAME"]
CODE_KEYS = ["EventID", "event.code", "event_id", "status", "code", "type"]
TIME_KEYS = ["@timestamp", "TimeCreated", "EventTime", "timestamp", "time", "ts"]


class BadInput(Exception):
    pass


def lines_of_archive(path):
    name = path.name.lower()
    if name.endswith(".zip"):
        with zipfile.ZipFile(path) as archive:
            for member in sorted(archive.namelist()):
                with archive.open(member) as lines:
                    yield from lines
    elif name.endswith((".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")):
        with tarfile.open(path) as archive:
            for member in archive:
                if member.isfile():
                    yield from archive.extractfile(member)
    elif name.endswith(".zst"):
        process = subprocess.Popen(["zstd", "-qdc", path], stdout=subprocess.PIPE)
        yield from process.stdout
        process.wait()
    else:
        opened = {".gz": gzip.open, ".bz2": bz2.open}.get(path.suffix, open)
        with opened(path, "rb") as lines:
            yield from lines


def unpack(paths, to, bytes_max):
    """One line an event, ended by a line feed alone; what is no JSON object is left out. Returns lines
    and bytes."""
    files = []
    for path in paths or [CORPUS / "windows-json"]:
        path = pathlib.Path(path)
        if not path.exists():
            raise BadInput(f"no such file or folder: {path}")
        files += sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
    line_count = byte_count = 0
    with open(to, "wb", buffering=1 << 20) as out:
        for file in files:
            for line in lines_of_archive(file):
                line = line.rstrip(b"\r\n")
                if not line.startswith(b"{") or byte_count >= bytes_max:
                    continue
                out.write(line + b"\n")
                line_count += 1
                byte_count += len(line) + 1
    if line_count == 0:
        raise BadInput("no JSON lines in " + ", ".join(str(path) for path in paths))
    return line_count, byte_count


@dataclasses.dataclass
class Facts:
    """Of a sample; times as they are written."""

    host_key: str
    code_key: str
    time_keys: list
    hosts: collections.Counter
    codes: collections.Counter
    times: list  # sorted
    common: str  # a word of most lines, in lower case


def pick(keys, seen, sampled):
    found = [key for key in keys if seen[key] >= sampled * 0.5]
    if not found:
        raise BadInput("no key of " + ", ".join(keys) + " is in half of the lines")
    return found


def facts_of(path, line_count):
    step = max(1, line_count // SAMPLE_LINES)
    events, words = [], collections.Counter()
    with open(path, "rb") as lines:
        for number, line in enumerate(lines):
            if number % step:
                continue
            try:
                events.append(json.loads(line))
            except ValueError:
                continue
            values = " ".join(v for v in events[-1].values() if isinstance(v, str)).lower()
            words.update(set(re.findall(r"[a-z]{6,20}", values)))
    seen = collections.Counter(key for event in events for key in event)
    host, code = pick(HOST_KEYS, seen, len(events))[0], pick(CODE_KEYS, seen, len(events))[0]
    times = pick(TIME_KEYS, seen, len(events))[:1] + [key for key in TIME_KEYS[:3] if seen[key]]
    texts = [str(event[times[0]]) for event in events if times[0] in event]
    return Facts(
        host,
        code,
        list(dict.fromkeys(times)),
        collections.Counter(str(event[host]) for event in events if host in event),
        collections.Counter(str(event[code]) for event in events if code in event),
        sorted(text for text in texts if re.match(r"\d{4}-\d\d-\d\dT", text)),
        min(words.keys() - RECORD_WORDS, key=lambda word: (-words[word], word)),
    )


RARE, FIRST, SECOND = "zqneedle7f3a91", "zqalphaword", "zqbetaword"
PLANTED = [
    # how many, message, is it written with \u escapes
    (7, f"service started by {RARE} on request", False),
    (40, f"{FIRST} alone in this line", False),
    (60, f"{SECOND} alone in this line", False),
    (11, f"{FIRST} met {SECOND} here", False),
    (23, "ユーザー認証に失敗しました", False),
    (13, "テレワーク端末を登録しました", False),
    (9, "ﾃﾚﾜｰｸ端末を記録しました", False),
    (5, "退職者のユーザー認証を検出", True),
    (3, "経理部の請求書一覧を開きました", False),
]


def fold(text):
    return unicodedata.normalize("NFKC", text).lower()


def planted_with(*needles):
    """Planted lines that hold all needles, case and width ignored, read as text."""
    return sum(n for n, text, _ in PLANTED if all(fold(needle) in fold(text) for needle in needles))


def natural_with(path, needle):
    """Lines of the file itself that hold the needle, by the slowest and plainest way there is."""
    found = 0
    marks = re.compile(rb"[\xe3-\xef]|\\u(?:3[0-9a-f]|[4-9f][0-9a-f])", re.IGNORECASE)
    with open(path, "rb") as lines:
        for line in lines:
            if marks.search(line) and fold(needle) in fold(
                json.dumps(json.loads(line), ensure_ascii=False)
            ):
                found += 1
    return found


def plant(base, line_count, facts, seed, to):
    """Writes the planted lines with the line of `base` each stands before; returns how many. They take
    time, host and code of that line."""
    chosen = random.Random(seed)
    texts = [(text, ascii_only) for n, text, ascii_only in PLANTED for _ in range(n)]
    chosen.shuffle(texts)
    places = sorted(chosen.sample(range(line_count), min(len(texts), line_count)))
    waiting = dict(zip(places, texts))
    keys = [facts.host_key, facts.code_key] + facts.time_keys
    count = 0
    with open(base, "rb") as lines, open(to, "w", encoding="utf-8") as out:
        for number, line in enumerate(lines):
            if number not in waiting:
                continue
            text, ascii_only = waiting[number]
            source = json.loads(line)
            event = {key: source[key] for key in keys if key in source}
            event["Channel"] = "Application"
            event["Message"] = f"{text} ({count})"
            said = json.dumps(event, ensure_ascii=ascii_only, separators=(",", ":"))
            out.write(f"{number}\t{said}\n")
            count += 1
    return count


def build_repeater(folder):
    program = pathlib.Path(folder) / "repeat_lines"
    subprocess.run(
        [os.environ.get("CC", "cc"), "-O2", "-std=gnu17", "-D_GNU_SOURCE", "-o", program]
        + [pathlib.Path(__file__).parent / "repeat_lines.c"],
        check=True,
    )
    return program


def repeat(program, copies, facts, base, planted, to):
    with open(to, "wb") as out:
        subprocess.run(
            [program, str(copies), facts.host_key, base, planted], stdout=out, check=True
        )
