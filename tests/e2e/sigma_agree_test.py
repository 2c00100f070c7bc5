#!/usr/bin/env python3
"""Sigma over real logs: every rule of the corpus accounted for; the corpus' own regression cases, from EVTX
and from JSON; and a second, naive matcher that must find the same. usage: ... BUILD_FOLDER

A part of the events is asked in the usual run; AKASHI_SIGMA_ALL=1 asks all of them (an hour)."""
import collections
import json
import os
import pathlib
import subprocess
import sys
import tempfile

BUILD = pathlib.Path(sys.argv[1])
ROOT = pathlib.Path(__file__).resolve().parents[2]
CORPUS = pathlib.Path(os.environ.get("AKASHI_CORPUS", ROOT.parent / "shared" / "corpus"))
SIGMA = CORPUS / "sigma"
RULES = [str(SIGMA / name) for name in ("rules", "rules-compliance", "rules-emerging-threats",
                                        "rules-placeholder", "rules-threat-hunting")]
ALL = os.environ.get("AKASHI_SIGMA_ALL") == "1"
EVENTS_OF_TEST = 1500


def akashi(*words, **more):
    done = subprocess.run([str(BUILD / "akashi"), *map(str, words)], capture_output=True,
                          env={**os.environ, "LC_ALL": "C"}, check=False, **more)
    if done.returncode == 2 and words[0] != "detect":
        sys.exit(f"akashi {words[0]}: {done.stderr.decode()}")
    return done.stdout


def every_rule_is_accounted_for():
    written = sum(1 for folder in RULES for _ in pathlib.Path(folder).rglob("*.yml"))
    rows = [json.loads(line) for line in akashi("rules", "check", *RULES).splitlines()]
    states = collections.Counter(row["state"] for row in rows)
    unsaid = [row["rule"] for row in rows if row["state"] != "ready" and not row.get("reason")]
    bad = [row["reason"] for row in rows
           if row["state"] == "rejected" and row["id"] != "sigma.placeholder"]
    print(f"# {dict(states)}")
    return len(rows) == written and not unsaid and not bad


def a_pipeline_fills_the_placeholders():
    """The rules that only a company can complete are refused without its file, and ready with it."""
    with tempfile.TemporaryDirectory() as folder:
        pipeline = pathlib.Path(folder) / "company.yaml"
        pipeline.write_text("name: company\nvars:\n  Admins_Workstations: [adm-sato, 'adm-*']\n"
                            "transformations:\n  - {type: value_placeholders}\n"
                            "  - {type: wildcard_placeholders}\n", encoding="utf-8")
        states = [[json.loads(line)["state"] for line in akashi("rules", "check", *more, *RULES).splitlines()]
                  for more in ((), ("--pipeline", pipeline))]
    print(f"# refused: {states[0].count('rejected')} without, {states[1].count('rejected')} with")
    return states[0].count("rejected") > 0 and states[1].count("rejected") == 0


def findings(paths):
    found = collections.Counter()
    for line in akashi("detect", "--rules", ",".join(RULES), *paths).splitlines():
        made = json.loads(line)
        found[made["file"], made["index"], made["rule"]] += 1
    return found


def regression(suffix):
    import yaml
    paths = sorted((SIGMA / "regression_data").rglob("*" + suffix))
    counts = collections.Counter()
    for (file, _, rule), count in findings(paths).items():
        counts[file, rule] += count
    passed, failed = 0, []
    for info in (SIGMA / "regression_data").rglob("info.yml"):
        case = yaml.safe_load(info.read_text(encoding="utf-8"))
        for test in case["regression_tests_info"]:
            file = str((SIGMA / test["path"]).with_suffix(suffix))
            for rule in case["rule_metadata"]:
                good = counts[file, rule["id"]] >= test.get("match_count", 1)
                passed += good
                failed += [] if good else [file]
    print(f"# {suffix}: {passed} of {passed + len(failed)}", *failed[:5])
    return passed > 0 and not failed


def naive(lines):
    command = [sys.executable, str(ROOT / "tests/support/sigma_naive.py"),
               str(ROOT / "knowledge/sigma/log_sources.yaml"), *RULES]
    done = subprocess.run(command, input=b"\n".join(lines), capture_output=True, check=True)
    rows = (line.split("\t") for line in done.stdout.decode().splitlines())
    return collections.Counter((file, int(index), rule) for file, index, rule in rows)


def a_naive_matcher_agrees(folder):
    lines = akashi("decode", folder).splitlines()
    step = 1 if ALL else max(1, len(lines) // EVENTS_OF_TEST)
    lines = lines[::step]
    asked = {(made["_file"], made["_index"]) for made in map(json.loads, lines)}
    ours = collections.Counter({key: n for key, n in findings([folder]).items() if key[:2] in asked})
    theirs = naive(lines)
    differing = sorted((ours - theirs) + (theirs - ours))
    print(f"# {folder.name}: {len(lines)} events, {sum(ours.values())} matches", *differing[:5])
    return not differing and sum(ours.values()) > 0


def main():
    try:
        import yaml  # noqa: F401
    except ImportError:
        yaml = None
    if not SIGMA.is_dir() or yaml is None:
        print("1..0 # SKIP", "no corpus" if yaml else "python3-yaml is not installed")
        return
    cases = [("every rule is accounted for", every_rule_is_accounted_for),
             ("a pipeline fills the placeholders", a_pipeline_fills_the_placeholders),
             ("regression cases from EVTX", lambda: regression(".evtx")),
             ("regression cases from JSON", lambda: regression(".json"))]
    for folder in (CORPUS / "evtx/attack-samples", CORPUS / "windows-json"):
        cases.append((f"a naive matcher agrees on {folder.name}", lambda f=folder: a_naive_matcher_agrees(f)))
    print(f"1..{len(cases)}")
    for number, (name, run) in enumerate(cases, 1):
        print("ok" if run() else "not ok", number, "-", name, flush=True)


main()
