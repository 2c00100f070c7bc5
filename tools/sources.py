#!/usr/bin/env python3
"""Turns source definitions into a C table, so that the program carries them inside.

usage: sources.py OUTPUT.inc FILE.yaml...    (rows of {file name, text})
"""
import pathlib
import sys


def c_string(line):
    return '"' + line.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t").replace("\n", "\\n") + '"'


output, *paths = sys.argv[1:]
made = ["/* Generated from knowledge/sources/ by tools/sources.py. */\n"]
for path in sorted(paths):
    file = pathlib.Path(path)
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    made.append(f"{{SLICE_INIT({c_string(file.name)}),\n SLICE_INIT(\n")
    made.extend(f"    {c_string(line)}\n" for line in lines)
    made.append(" )},\n")
pathlib.Path(output).write_text("".join(made), encoding="utf-8")
