#!/usr/bin/env python3
"""Checks who may use whom: each #include "folder/..." of src/ against the table of ARCHITECTURE.md.

usage: includes.py [ROOT]    prints `file:line: ...` for each breach, exits 1 when there is one
"""
import pathlib
import re
import sys

STAGES = {"collect", "decode", "translate", "store", "search", "detect", "learn", "alert", "respond",
          "report", "account"}
MAY_USE = {
    "base": set(),
    "os": {"base"},
    "database": {"base", "os"},
    "record": {"base"},
    "collect": {"base", "os", "record"},
    "decode": {"base", "record"},
    "translate": {"base", "record"},
    "store": {"base", "os", "record"},
    "search": {"base", "record", "store", "os"},
    "detect": {"base", "record"},
    "learn": {"base", "record"},
    "alert": {"base", "os", "record", "database"},
    "respond": {"base", "os", "record"},
    "report": {"base", "os", "record", "search"},
    "account": {"base", "os", "database"},
    "engine": STAGES | {"base", "os", "record"},
    "server": {"base", "os", "record", "store", "engine", "search", "report", "account", "alert", "detect",
               "translate"},
    "simulate": {"base", "record"},
    "verify": set(),  # the auditor's checks stand alone, without even base
    "main": STAGES | {"base", "os", "record", "engine", "server", "simulate", "verify"},
}
# System calls and clocks belong to os/; these folders may not even include the headers.
PURE = {"base", "record", "decode", "translate", "detect", "learn", "simulate", "verify"}
IMPURE_HEADERS = re.compile(r"<(fcntl\.h|unistd\.h|sys/(socket|stat|mman|epoll|file)\.h|dirent\.h)>")
INCLUDE = re.compile(r'\s*#\s*include\s+("([^"/]+)/[^"]*"|<[^>]+>)')


def breaches(root):
    for path in sorted((root / "src").rglob("*.[ch]")):
        folder = path.relative_to(root / "src").parts[0]
        if folder not in MAY_USE:
            yield path, 0, f"folder {folder} is not in the table of tools/includes.py"
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            found = INCLUDE.match(line)
            if not found:
                continue
            used = found.group(2)
            if used and used in MAY_USE and used != folder and used not in MAY_USE[folder]:
                yield path, number, f"{folder}/ may not use {used}/"
            if used and used not in MAY_USE:
                yield path, number, f"{used}/ is no folder of src/"
            if folder in PURE and IMPURE_HEADERS.match(found.group(1)):
                yield path, number, f"{folder}/ is pure and may not include {found.group(1)}"


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    found = list(breaches(root))
    for path, number, what in found:
        print(f"{path}:{number}: {what}")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
