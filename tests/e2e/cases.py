"""The cases of a file of end-to-end tests, run one after the other and told as TAP.

    sys.exit(cases.run(CASES))

A case is a function, or (name, function). It holds unless it raises; what it returns is printed as a
comment. One that takes an argument is given a fresh folder, removed afterwards. A second argument of the
command line picks the cases whose name has it.
"""
import inspect
import pathlib
import sys
import tempfile
import time

WORDS_MAX = 3000  # of what a failed case says


class Skip(Exception):
    """What the case needs is not here; its words say what."""


def named(place):
    """The functions test_* of a module's globals(), in their order."""
    return [value for name, value in place.items() if name.startswith("test_")]


def comment(words):
    for line in str(words)[:WORDS_MAX].splitlines():
        print(f"# {line}")


def call(case):
    if not inspect.signature(case).parameters:
        return case()
    with tempfile.TemporaryDirectory(prefix="akashi-e2e-", ignore_cleanup_errors=True) as folder:
        return case(pathlib.Path(folder))


def run_one(number, name, case):
    began, result, note = time.monotonic(), "ok", ""
    try:
        said = call(case)
        if said:
            comment(said)
    except Skip as reason:
        note = f" # SKIP {reason}"
    except Exception as wrong:  # a case that fails must not stop the others
        result = "not ok"
        comment(f"{type(wrong).__name__}: {wrong}")
    print(f"{result} {number} - {name}{note}\n# {time.monotonic() - began:.1f} s", flush=True)
    return result == "ok"


def run(cases):
    """The exit code: 1 when a case failed."""
    pairs = [case if isinstance(case, tuple) else (case.__name__, case) for case in cases]
    chosen = [pair for pair in pairs if len(sys.argv) < 3 or sys.argv[2] in pair[0]]
    print(f"1..{len(chosen)}", flush=True)
    return 0 if all([run_one(number, *pair) for number, pair in enumerate(chosen, 1)]) else 1
