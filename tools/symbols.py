#!/usr/bin/env python3
"""Finds a function or object that two of our static libraries define: the linker takes whichever comes
first, without a word, and callers of the other get wrong answers.

usage: symbols.py BUILD_FOLDER    prints each such name with its libraries, exits 1 when there is one
"""
import collections
import pathlib
import subprocess
import sys


def defined(library):
    """Names that the library gives to others: text, data, bss, read-only; not weak ones."""
    listed = subprocess.run(["nm", "--defined-only", "--extern-only", "--no-sort", "-P", str(library)],
                            capture_output=True, text=True, check=True).stdout
    for line in listed.splitlines():
        parts = line.split()
        if len(parts) >= 2 and parts[1] in "TDBRGS":
            yield parts[0]


def main():
    folder = pathlib.Path(sys.argv[1])
    owners = collections.defaultdict(set)
    for library in sorted((folder / "src").rglob("*.a")):
        for name in defined(library):
            owners[name].add(str(library.relative_to(folder)))
    shared = {name: who for name, who in owners.items() if len(who) > 1}
    for name, who in sorted(shared.items()):
        print(f"{name}: {', '.join(sorted(who))}")
    if not owners:
        sys.exit(f"{folder}: no libraries there; build first")
    sys.exit(1 if shared else 0)


main()
