#!/usr/bin/env python3
"""Passwords and words that are tried first, for src/account/password_listed.c: out of the lists of the Python package
zxcvbn (Debian python3-zxcvbn, MIT), which stays where it is installed.

usage: passwords.py table OUT      a C table: FNV-1a (64 bits) of each entry in small letters, in ascending order
       passwords.py longest OUT    the first 3,000 that are long enough to be a password, as C strings, most used first
"""
import itertools
import json
import pathlib
import sys

sys.path.append("/usr/lib/python3/dist-packages")  # Debian's, also for a Python from elsewhere
try:
    from zxcvbn.frequency_lists import FREQUENCY_LISTS
except ImportError:
    sys.exit("the list of common passwords is missing; install python3-zxcvbn")

# Passwords that were published come first; then words, titles and names, as often as they are used.
LISTS = ("passwords", "english_wikipedia", "us_tv_and_film", "surnames", "female_names", "male_names")
CHARACTERS_MIN = 5  # LISTED_CHARACTERS_MIN of password_listed.c
PASSWORD_CHARACTERS_MIN = 12  # account_password.h
LONGEST = 3000  # OWASP ASVS 5.0, 6.2.4


def entries():
    """Each once: small letters and signs of ASCII."""
    listed = itertools.chain.from_iterable(FREQUENCY_LISTS[name] for name in LISTS)
    return dict.fromkeys(one.lower() for one in listed if one.isascii() and one.isprintable() and one.strip() == one)


def fnv_1a(text):
    number = 0xcbf29ce484222325
    for byte in text.encode():
        number = (number ^ byte) * 0x100000001b3 % (1 << 64)
    return number


def table():
    numbers = sorted({fnv_1a(one) for one in entries() if len(one) >= CHARACTERS_MIN})
    return "".join(f"0x{number:016x},\n" for number in numbers)


def longest():
    fitting = [one for one in entries() if len(one) >= PASSWORD_CHARACTERS_MIN][:LONGEST]
    assert len(fitting) == LONGEST, f"the lists hold only {len(fitting)} of {PASSWORD_CHARACTERS_MIN} characters and more"
    return "".join(f"{json.dumps(one)},\n" for one in fitting)


def main():
    pathlib.Path(sys.argv[2]).write_text({"table": table, "longest": longest}[sys.argv[1]](), encoding="utf-8")


if __name__ == "__main__":
    main()
