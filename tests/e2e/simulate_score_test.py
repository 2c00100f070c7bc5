#!/usr/bin/env python3
"""The factory's file server (fs01): what its Security log is translated to, against the labels of what
people did there.

usage: simulate_score_test.py BUILD_FOLDER    (prints TAP)
"""
import collections
import datetime
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import cases

BUILD = pathlib.Path(sys.argv[1]).resolve()
AKASHI = BUILD / "akashi"
ENVIRONMENT = {**os.environ, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}
VERBS = {"READ", "WRITE", "CREATE", "DELETE", "RENAME", "MOVE", "COPY", "MKDIR", "EXECUTE", "CHANGE_ACL", "LIST"}
APART_SECONDS = 120  # a label's time is when the person began


def run(*arguments):
    done = subprocess.run([str(AKASHI), *map(str, arguments)], capture_output=True, timeout=300, check=False,
                          env=ENVIRONMENT)
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    return [json.loads(line) for line in done.stdout.decode("utf-8").split("\n") if line]


def seconds(text):
    return datetime.datetime.fromisoformat(text[:26].rstrip("Z") + "+00:00").timestamp()


def key(verb, target, item, user):
    return verb, (item or "").lower(), (target or "").lower(), user


def score(folder, scenario, seed):
    logs, labels, config = folder / "logs", folder / "labels.jsonl", folder / "akashi.yaml"
    config.write_text("time:\n  zone: +09:00\n")
    run("simulate", scenario, "--out", logs, "--labels", labels, "--people", 12, "--seed", seed, "--config", config)
    wanted = collections.defaultdict(list)
    for line in labels.read_text(encoding="utf-8").splitlines():
        label = json.loads(line)
        if label["verb"] in VERBS and "fs01.security.jsonl" in label["lines"]:
            wanted[key(label["verb"], label.get("target"), label["object"], label["user"])].append(seconds(label["time"]))
    right, extra = collections.Counter(), collections.Counter()
    for record in run("translate", logs / "fs01.security.jsonl", "--config", config):
        verb, background = record["event.action"], "background" in record.get("akashi.detail", "")
        if verb not in VERBS or (background and verb != "LIST"):
            continue
        times = wanted[key(verb, record.get("akashi.target_path"), record["akashi.object"], record.get("user.name"))]
        near = [time for time in times if abs(time - seconds(record["@timestamp"])) < APART_SECONDS]
        if near:
            times.remove(near[0])
            right[verb] += 1
        else:
            extra[verb] += 1
    missed = collections.Counter(name[0] for name, times in wanted.items() for _ in times)
    return right, extra, missed


def check(scenario, seed):
    with tempfile.TemporaryDirectory() as folder:
        right, extra, missed = score(pathlib.Path(folder), scenario, seed)
    for verb in sorted(VERBS):
        print(f"# {verb} right {right[verb]} extra {extra[verb]} missed {missed[verb]}")
    assert right["READ"] > 50 and right["WRITE"] > 50 and right["CREATE"] > 10, right
    assert sum(missed.values()) <= 1, missed
    del extra["LIST"]  # what a program looks at before it opens a file is a glimpse of its own, marked background
    assert sum(extra.values()) == 0, extra


CASES = [("a_quiet_day", lambda: check("quiet-day", 5)), ("ransomware", lambda: check("ransomware", 2))]


if __name__ == "__main__":
    sys.exit(cases.run(CASES))
