#!/usr/bin/env python3
"""Labels real logs of the shared corpus (text/lnav, read in place) by hand-made rules, in the layout of
grouping_accuracy.py: in FOLDER a link to each log, and its labels. A line is of the first rule that is found in it; a line of none is
an event of its own kind, named by its letters.

usage: labelled_corpus.py CORPUS FOLDER
"""
import csv
import pathlib
import re
import sys

RULES = {
    "logfile_spark.0": [
        r"Times: total", r"Running task", r"Got assigned", r"Finished task", r"Found block", r"stored as bytes", r"stored as values",
        r"Reading broadcast variable", r"Started reading", r"Partition \S+ not found", r"Input split", r"started service",
        r"view acls to", r"modify acls to", r"authentication disabled", r"is deprecated", r"MemoryStore started", r"Connecting to driver",
        r"Starting executor", r"Starting remoting", r"Remoting started", r"Created local directory", r"Server created on"],
    "logfile_rollover.2": [r"lookup for \w+ failed", r"attempting to mount", r"COMMAND="],
    "logfile_strace_log.2": [r"\d (?P<call>\w+)\(", r"<\.\.\. (?P<call>\w+) resumed", r"\+\+\+ exited", r"--- SIG"],
    "logfile_shop_access_log.0": [r'"[A-Z]+ \S+ HTTP'],
}


def label(line, rules):
    for rule in rules:
        found = re.search(rule, line)
        if found:
            return rule + str(found.groupdict().get("call", ""))
    return "own " + re.sub(r"[^A-Za-z]+", " ", re.sub(r"\S*\d\S*", "", line))


def main():
    corpus, folder = pathlib.Path(sys.argv[1]) / "text/lnav", pathlib.Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    for name, rules in RULES.items():
        log = folder / f"real-{name}"
        log.symlink_to(corpus / name)
        lines = (corpus / name).read_bytes().decode("utf-8", "replace").split("\n")
        if lines[-1] == "":
            lines.pop()
        with open(folder / f"real-{name}_structured.csv", "w", encoding="utf-8", newline="") as labels:
            table = csv.writer(labels)
            table.writerow(["LineId", "Content", "EventId", "EventTemplate"])
            for number, line in enumerate(lines, 1):
                table.writerow([number, line, label(line, rules), ""])


main()
