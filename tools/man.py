#!/usr/bin/env python3
"""A manual page (man(7)) of what a program's --help says.

usage: man.py PROGRAM    writes PROGRAM.1 to standard output
"""
import pathlib
import re
import subprocess
import sys


def help_of(program, *arguments):
    ran = subprocess.run([program, *arguments, "--help", *(["--lang", "en"] if arguments else [])], capture_output=True, text=True)
    return (ran.stdout or ran.stderr).rstrip()


def escaped(text):
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return re.sub(r"^([.'])", r"\\&\1", text, flags=re.M)


def main():
    program = sys.argv[1]
    name = pathlib.Path(program).name
    whole = help_of(program)
    version = subprocess.run([program, "--version"], capture_output=True, text=True).stdout.strip() or name
    first = whole.splitlines()[0].split(": ", 1)[-1].rstrip(".")
    print(f'.TH {name.upper()} 1 "" "{escaped(version.splitlines()[0])}" "Akashi"')
    print(f".SH NAME\n{escaped(name)} \\- {escaped(first)}")
    print(f".SH SYNOPSIS\n.nf\n{escaped(whole)}\n.fi")
    for command in re.findall(r"^  ([a-z]+) ", whole, flags=re.M):
        print(f".SH {command.upper()}\n.nf\n{escaped(help_of(program, command))}\n.fi")


main()
