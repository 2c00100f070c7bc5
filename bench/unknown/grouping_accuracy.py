#!/usr/bin/env python3
"""Grouping accuracy, called parsing accuracy in Zhu et al., "Tools and Benchmarks for Automated Log Parsing"
(ICSE-SEIP 2019): a line counts when the group it was put in has exactly the lines of its true group.

usage: grouping_accuracy.py UNKNOWN_BENCH FOLDER...
Each folder is searched for LOG beside LOG_structured.csv. Both tools get the raw lines: Akashi whole, Drain
without the time (`drain`). The last column is Drain with what a person would have to tell it: the header cut off, as
the table's Content has it.
"""
import collections
import csv
import pathlib
import subprocess
import sys

from drain_reference import Drain


def accuracy(groups, truth):
    found, true = collections.defaultdict(list), collections.Counter(truth)
    for group, label in zip(groups, truth):
        found[group].append(label)
    right = sum(len(labels) for labels in found.values()
                if len(set(labels)) == 1 and true[labels[0]] == len(labels))
    return right / max(1, len(truth))


def lines_of(tool, what, log):
    out = subprocess.run([tool, what, log], capture_output=True, check=True).stdout
    return out.decode("utf-8", "replace").split("\n")[:-1]


def measure(tool, log, table):
    with open(table, encoding="utf-8", errors="replace", newline="") as file:
        rows = {int(row["LineId"]) - 1: (row["EventId"], row["Content"]) for row in csv.DictReader(file)}
    ours, bare = lines_of(tool, "groups", log), lines_of(tool, "bare", log)
    drain, told = Drain(), Drain()
    theirs = [drain.feed(line) for line in bare]
    keys = sorted(key for key in rows if key < len(ours))
    if len(keys) < len(rows):
        print(f"{log}: {len(rows) - len(keys)} labels have no line", file=sys.stderr)
    truth = [rows[key][0] for key in keys]
    with_header_cut = [told.feed(rows[key][1]) for key in keys]
    return (len(truth), accuracy([ours[k] for k in keys], truth), accuracy([theirs[k] for k in keys], truth),
            accuracy(with_header_cut, truth))


def main():
    tool, folders = sys.argv[1], sys.argv[2:]
    results = []
    print(f"{'set':44} {'lines':>6} {'akashi':>7} {'drain':>7} {'drain, header cut':>18}")
    for folder in folders:
        for table in sorted(pathlib.Path(folder).rglob("*_structured.csv")):
            log = table.with_name(table.name[:-len("_structured.csv")])
            if not log.exists():
                continue
            results.append(measure(tool, str(log), table))
            print(f"{log.name:44} {results[-1][0]:6} {results[-1][1]:7.3f} {results[-1][2]:7.3f} {results[-1][3]:18.3f}")
    if not results:
        sys.exit("no LOG with LOG_structured.csv was found")
    means = [sum(result[i] for result in results) / len(results) for i in (1, 2, 3)]
    print(f"{'mean of ' + str(len(results)) + ' sets':44} {'':6} {means[0]:7.3f} {means[1]:7.3f} {means[2]:18.3f}")


main()
