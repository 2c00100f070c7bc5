"""The packs that come with Akashi: each rule's own tests pass, each row of the list that packs must
catch has a rule, and a rule that is spoilt fails its tests.

Usage: packs_test.py BUILD_FOLDER"""
import json
import pathlib
import subprocess
import sys
import tempfile

AKASHI = pathlib.Path(sys.argv[1]) / "akashi"
PACKS = pathlib.Path(__file__).resolve().parents[2] / "knowledge" / "packs"
ROWS = {"cyber-attack": (*range(1, 15), *range(50, 55), 60, 61), "insider": (9, 10, 11, *range(20, 27)),
        "network": (*range(30, 42), 62), "microsoft-365": (2, 6, 7, 8, 10, 11, 20, 23, 53)}
# Where a threshold stands in a rule of its own: pack, file, threshold, one that must be noticed.
SPOILT = (("insider", "files.yaml", "gte: 100", "gte: 101"), ("insider", "leaks.yaml", "gte: 40", "gte: 39"),
          ("network", "inside.yaml", "gte: 25", "gte: 26"), ("network", "sources.yaml", "pause: 1h", "pause: 12h"),
          ("microsoft-365", "documents.yaml", "gte: 100", "gte: 99"))
results = []


def check(name, held, why=""):
    results.append(held)
    print(f"{'ok' if held else 'not ok'} {len(results)} - {name}", flush=True)
    if not held and why:
        print("# " + str(why).replace("\n", "\n# "))


def rules_test(*paths):
    done = subprocess.run([AKASHI, "rules", "test", "--lang", "en", *paths],
                          capture_output=True, text=True, timeout=500, check=False)
    return done, [json.loads(line) for line in done.stdout.splitlines()]


def ssh_failures(path, first, count):
    path.write_text("".join(
        f"<38>Nov 18 11:{n // 60:02}:{n % 60:02} ns01 sshd[811]: Failed password for tanaka "
        "from 10.0.3.17 port 50000 ssh2\n" for n in range(first, first + count)))


def check_correlation(folder):
    """Thirty failures in two files: found whatever the order of the files, and explained."""
    rules = PACKS / "cyber-attack" / "logon-failures.yaml"
    early, late = folder / "early.log", folder / "late.log"
    ssh_failures(early, 0, 17)
    ssh_failures(late, 17, 13)
    answers = []
    for files in ([early, late], [late, early]):
        done = subprocess.run([AKASHI, "detect", "--rules", rules, *files], capture_output=True,
                              text=True, timeout=60, check=False)
        answers.append([json.loads(line) for line in done.stdout.splitlines()])
    keys = ("title", "begin", "time", "group", "value", "events")
    told = [[{key: one.get(key) for key in keys} for one in answer] for answer in answers]
    check("thirty failures over two files are one finding, base rules are silent",
          len(told[0]) == 1 and told[0][0]["value"] == 30 and
          told[0][0]["group"] == {"user.name": "tanaka"}, told[0])
    check("the order of the files does not matter", told[0] == told[1], told[1])
    check("the finding names its events",
          f"{late}:12" in answers[0][0]["evidence"] and f"{early}:16" in answers[0][0]["evidence"],
          answers[0][0]["evidence"])
    done = subprocess.run([AKASHI, "rules", "explain", "--lang", "en", rules, early, late],
                          capture_output=True, text=True, timeout=60, check=False)
    check("explain says what the correlation was asked and found",
          "of the rule's log source: 30 matching: 1 shown: 1" in done.stderr, done.stderr)


def main():
    packs = sorted(p for p in PACKS.iterdir() if (p / "pack.yaml").exists())
    for pack in packs:
        done, lines = rules_test(pack)
        failed = [line for line in lines if line["state"] != "passed"]
        check(f"{pack.name}: {len(lines)} tests", done.returncode == 0 and not failed and lines,
              done.stderr + json.dumps(failed, indent=1))
    for pack, wanted in ROWS.items():
        text = "".join(p.read_text() for p in (PACKS / pack).glob("*.yaml"))
        rows = {row.strip() for line in text.splitlines() if line.strip().startswith("rows: [")
                for row in line.split("[")[1].rstrip("]").split(",")}
        missing = {f"D{n}" for n in wanted} - rows
        check(f"{pack} has a rule for each of its rows", not missing, sorted(missing))
    with tempfile.TemporaryDirectory() as folder:
        spoilt = pathlib.Path(folder) / "logon-failures.yaml"
        good = (PACKS / "cyber-attack" / "logon-failures.yaml").read_text()
        spoilt.write_text(good.replace("gte: 30", "gte: 31"))
        done, lines = rules_test(spoilt)
        check("a threshold one higher is noticed",
              done.returncode == 1 and any(line["state"] == "failed" for line in lines))
        spoilt.write_text(good.replace("gte: 30", "gte: 29"))
        done, lines = rules_test(spoilt)
        check("a threshold one lower is noticed",
              done.returncode == 1 and any(line["state"] == "failed" for line in lines))
        for pack, file, right, wrong in SPOILT:
            text = (PACKS / pack / file).read_text()
            spoilt.write_text(text.replace(right, wrong))
            done, lines = rules_test(spoilt)
            check(f"{pack}: {wrong} for {right} is noticed", right in text and done.returncode == 1 and
                  any(line["state"] == "failed" for line in lines))
        spoilt.write_text(good.replace("phase: intrusion", "phase: lunch", 1))
        done, lines = rules_test(spoilt)
        check("a mistake is named with its place",
              done.returncode == 1 and "logon-failures.yaml:" in done.stderr, done.stderr)
        spoilt.unlink()
        check_correlation(pathlib.Path(folder))
    print(f"1..{len(results)}")
    return 0 if all(results) else 1


sys.exit(main())
