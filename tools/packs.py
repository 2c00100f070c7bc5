#!/usr/bin/env python3
"""Turns the packs into a C table, so that the program carries them inside.

usage: packs.py FOLDER OUTPUT.inc DEPFILE    (rows of {pack, file, text}; FOLDER/PACK/*.yaml)

The folders stand in the depfile, so that a file that is new is seen.
"""
import pathlib
import sys


def c_string(line):
    return '"' + line.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t").replace("\n", "\\n") + '"'


folder, output, depfile = map(pathlib.Path, sys.argv[1:])
packs = sorted(path.parent for path in folder.glob("*/pack.yaml"))
made = ["/* Generated from knowledge/packs/ by tools/packs.py. */\n"]
used = [folder, *packs]
for pack in packs:
    for file in sorted(pack.glob("*.yaml")):
        used.append(file)
        lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
        made.append(f"{{SLICE_INIT({c_string(pack.name)}), SLICE_INIT({c_string(f'{pack.name}/{file.name}')}),\n SLICE_INIT(\n")
        made.extend(f"    {c_string(line)}\n" for line in lines)
        made.append(" )},\n")
output.write_text("".join(made), encoding="utf-8")
depfile.write_text(f"{output}: {' '.join(str(path) for path in used)}\n", encoding="utf-8")
