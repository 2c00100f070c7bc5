#!/usr/bin/env python3
"""Writes a table of knowledge/words/ as a later version might have it: rows in another order, one more
in front, one fewer.

usage: reorder.py TABLE.tsv OUTPUT NEW_NAME GONE_NAME
"""
import sys

table, output, new_name, gone_name = sys.argv[1:]
with open(table, encoding="utf-8") as lines:
    rows = [line.rstrip("\n").split("\t") for line in lines if line.strip() and line[0] != "#"]
added = [new_name] + rows[0][1:]
kept = [row for row in reversed(rows) if row[0] != gone_name]
with open(output, "w", encoding="utf-8") as made:
    for row in [added] + kept:
        made.write("\t".join(row) + "\n")
