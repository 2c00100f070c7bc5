"""Tables in Markdown, the machine in a line, and RESULTS.md."""
import datetime
import os
import pathlib
import re
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
RESULTS = ROOT / "bench" / "RESULTS.md"


def say(words):
    print(words, file=sys.stderr, flush=True)


def stop(name, words):
    say(f"bench/{name}: {words}")
    sys.exit(2)


def machine():
    names = re.findall(r"model name\s*:\s*(.*)", pathlib.Path("/proc/cpuinfo").read_text())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    load = os.getloadavg()[0]
    return (
        f"{os.cpu_count()} cores of {names[0] if names else 'an unnamed processor'}, "
        f"{memory:.0f} GiB, load before the run {load:.1f}"
    )


def commit():
    def git(*words):
        done = subprocess.run(["git", "-C", ROOT, *words], capture_output=True, text=True)
        return done.stdout.strip() if done.returncode == 0 else ""

    name = git("rev-parse", "--short", "HEAD") or "unknown"
    return name + (" with changes" if git("status", "--porcelain", "--", "src") else "")


def heading(title):
    today = datetime.datetime.now(datetime.timezone.utc).date()
    return f"## {title}\nMachine: {machine()}. Commit {commit()}, {today}.\n"


def table(names, rows):
    lines = ["| " + " | ".join(names) + " |", "|" + "---|" * len(names)]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def milliseconds(times):
    """Fastest, and the median behind it."""
    if not times:
        return "-"

    def short(ms):
        return f"{ms:.0f}" if ms >= 100 else f"{ms:.1f}" if ms >= 1 else f"{ms:.2f}"

    return f"{short(min(times))} ({short(statistics.median(times))})"


def record(section):
    """Puts the section into RESULTS.md: in the place of one with the same heading, else at the end."""
    text = RESULTS.read_text()
    first = section.splitlines()[0]
    old = re.search(rf"^{re.escape(first)}\n.*?(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    if old:
        text = text[: old.start()] + section.rstrip("\n") + "\n\n" + text[old.end() :]
    else:
        text = text.rstrip("\n") + "\n\n" + section
    RESULTS.write_text(text.rstrip("\n") + "\n")
    say(f"written to {RESULTS}")
