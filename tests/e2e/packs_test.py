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
CYBER_ATTACK_ROWS = [f"D{n}" for n in (*range(1, 15), *range(50, 55), 60, 61)]
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


def main():
    packs = sorted(p for p in PACKS.iterdir() if (p / "pack.yaml").exists())
    for pack in packs:
        done, lines = rules_test(pack)
        failed = [line for line in lines if line["state"] != "passed"]
        check(f"{pack.name}: {len(lines)} tests", done.returncode == 0 and not failed and lines,
              done.stderr + json.dumps(failed, indent=1))
    text = "".join(p.read_text() for p in (PACKS / "cyber-attack").glob("*.yaml"))
    rows = {row.strip() for line in text.splitlines() if line.strip().startswith("rows: [")
            for row in line.split("[")[1].rstrip("]").split(",")}
    check("cyber-attack has a rule for each of its rows",
          not set(CYBER_ATTACK_ROWS) - rows, sorted(set(CYBER_ATTACK_ROWS) - rows))
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
        spoilt.write_text(good.replace("phase: intrusion", "phase: lunch", 1))
        done, lines = rules_test(spoilt)
        check("a mistake is named with its place",
              done.returncode == 1 and "logon-failures.yaml:" in done.stderr, done.stderr)
    print(f"1..{len(results)}")
    return 0 if all(results) else 1


sys.exit(main())
