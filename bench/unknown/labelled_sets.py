#!/usr/bin/env python3
"""Writes labelled logs: FOLDER/NAME.log and FOLDER/NAME.log_structured.csv, as the LogPAI project lays its
sets out (LineId, Content, EventId, EventTemplate).

The sentences are those of real programs: the printf formats in the binaries of this machine, and the Japanese
ones in its message catalogues (.mo). Values are made here from a seed; headers are in the styles of ten
logging libraries. So these lines are generated: a figure measured on them says so.

usage: labelled_sets.py FOLDER [SEED]
"""
import csv
import gettext
import pathlib
import random
import re
import sys

LINES = 2000
BINARIES = ["/usr/sbin/rsyslogd", "/usr/sbin/smbd", "/usr/sbin/nginx", "/usr/sbin/squid", "/usr/bin/git",
            "/usr/sbin/haproxy", "/usr/sbin/dnsmasq", "/usr/sbin/auditd", "/usr/bin/dpkg", "/lib/systemd/systemd",
            "/usr/sbin/sshd", "/usr/sbin/cron", "/usr/bin/ssh", "/usr/bin/gpg", "/sbin/e2fsck"]
CATALOGUES = ["coreutils", "dpkg", "apt", "gnupg2", "shadow", "Linux-PAM", "binutils", "git"]
CONVERSION = re.compile(r"%(?:\d+\$)?[-+ #0]*\d*(?:\.\d+)?(?:hh|h|ll|l|z|j|t)?([sduixXc%])")
FIRST = "sato suzuki tanaka yamada ito kato mori abe ishii ogawa hara root backup www-data nobody alice bob".split()
KANJI = "佐藤 鈴木 田中 山田 伊藤 加藤 森 阿部 石井 小川 原".split()
HOSTS = ["gw", "mail", "web01", "web02", "db1", "files", "pc-0112", "pc-0377", "fs.example.com", "mx.example.com"]
ERRORS = ["No such file or directory", "Permission denied", "Connection refused", "Connection timed out",
          "Input/output error", "Broken pipe", "Success"]
FOLDERS = ["/var/lib/app", "/home/sato/docs", "/srv/share", "/etc/app.d", "/tmp"]


def strings_of(path):
    data = pathlib.Path(path).read_bytes()
    for found in re.finditer(rb"[\x20-\x7e\n]{12,160}", data):
        yield found.group().decode("ascii").strip()


def catalogue_of(name):
    for root in ("/usr/share/locale", "/usr/share/locale-langpack"):
        path = pathlib.Path(root) / "ja/LC_MESSAGES" / f"{name}.mo"
        if path.exists():
            with open(path, "rb") as file:
                return [text for text in gettext.GNUTranslations(file)._catalog.values() if isinstance(text, str)]
    return []


def is_sentence(text, japanese):
    if "\n" in text or not 8 <= len(text) <= 140:
        return False
    if "%" in CONVERSION.sub("", text) or len(CONVERSION.findall(text)) > 6:
        return False
    if re.search(r"usage|--\w|\\|^\s|[<>{}]|\$|--$|\bUsage", text):
        return False
    if japanese:
        return any(ord(c) > 0x3000 for c in text)
    words = re.findall(r"(?<![%\w])[A-Za-z]{3,}", text)
    return len(words) >= (2 if "%" in text else 3) and text[0].isalpha()


class Slot:
    """What stands for one conversion of one sentence: of one kind all through the log."""

    def __init__(self, dice, kind, behind, japanese):
        self.dice = dice
        names = KANJI if japanese else FIRST
        number = lambda: str(dice.randrange(dice.choice([10, 100, 5000, 2_000_000])))
        kinds = {
            "user": lambda: dice.choice(names), "host": lambda: dice.choice(HOSTS),
            "address": lambda: f"10.{dice.randrange(4)}.{dice.randrange(250)}.{dice.randrange(1, 250)}",
            "path": lambda: f"{dice.choice(FOLDERS)}/{dice.choice(names)}{dice.randrange(60)}.log",
            "id": lambda: f"{dice.randrange(1 << 40):010x}", "number": number,
            "few": lambda few=dice.sample(["read", "write", "connect", "child", "config", "cache"], 3): dice.choice(few),
            "name": lambda: dice.choice(["main", "default", "io_thread", "dns.cache", "auth", "worker-pool", "spool"]),
            "error": lambda: dice.choices(ERRORS, [8, 5, 4, 2, 1, 1, 1])[0],
        }
        if kind in "dui":
            pick = "number"
        elif kind in "xX":
            pick = "id"
        elif behind and dice.random() < 0.5:
            pick = "error"
        else:
            pick = dice.choice(["user", "host", "address", "path", "path", "id", "number", "few", "name"])
        self.value = kinds[pick]


def fill(text, slots):
    rest = iter(slots)
    return CONVERSION.sub(lambda m: "%" if m.group(1) == "%" else m.group(1) if m.group(1) == "c" else next(rest).value(),
                          text)


def header_styles(dice, program, japanese):
    level = lambda: dice.choices(["INFO", "DEBUG", "WARN", "ERROR"], [70, 15, 10, 5])[0]
    part = lambda: dice.choice(["net.Server", "core.Worker", "db.Pool", "auth.Session", "Main"])
    clock = lambda s: f"{s // 3600 % 24:02}:{s // 60 % 60:02}:{s % 60:02}"
    pid = dice.randrange(300, 30000)
    styles = {
        "syslog": lambda s: f"Nov 20 {clock(s)} {dice.choice(HOSTS[:4])} {program}[{pid + s % 7}]: ",
        "log4j": lambda s: f"2026-11-20 {clock(s)},{s % 1000:03} {level()} [{dice.choice(['main', 'IPC Server 3', 'worker-7'])}] com.example.{part()}: ",
        "spark": lambda s: f"26/11/20 {clock(s)} {level()} {part()}: ",
        "python": lambda s: f"2026-11-20 {clock(s)},{s % 1000:03} - {part()} - {level()} - ",
        "logcat": lambda s: f"11-20 {clock(s)}.{s % 1000:03}  {pid}  {pid + s % 40} {level()[0]} {part().split('.')[-1]}: ",
        "apache": lambda s: f"[Fri Nov 20 {clock(s)} 2026] [{level().lower()}] ",
        "pipe": lambda s: f"20261120-{clock(s)}:{s % 1000:03}|{part()}|{pid}|",
        "super": lambda s: f"- {1795132800 + s} 2026.11.20 node-{s % 90} 2026-11-20-{clock(s).replace(':', '.')}.{s % 1000:06} node-{s % 90} RAS {dice.choice(['KERNEL', 'APP', 'LINKCARD'])} {dice.choice(['INFO', 'FATAL'])} ",
        "plain": lambda s: f"2026/11/20 {clock(s)} ",
        "epoch": lambda s: f"{1795132800 + s}.{s % 1000:03} {level()} ",
    }
    if japanese:
        styles["kanji"] = lambda s: f"2026年11月20日 {s // 3600 % 24}時{s // 60 % 60}分{s % 60}秒 [{dice.choice(['情報', '警告', 'エラー'])}] "
    return styles


def write_set(folder, name, sentences, style, dice, japanese):
    chosen = dice.sample(sentences, min(len(sentences), dice.randrange(30, 120)))
    slots = [[Slot(dice, kind, i == len(CONVERSION.findall(text)) - 1 and re.search(r": ?%\w$", text), japanese)
              for i, kind in enumerate(CONVERSION.findall(text)) if kind not in "%c"] for text in chosen]
    weights = [1 / (rank + 1) ** dice.choice([0.9, 1.1, 1.3]) for rank in range(len(chosen))]
    with open(folder / f"{name}.log", "w", encoding="utf-8") as log, \
            open(folder / f"{name}.log_structured.csv", "w", encoding="utf-8", newline="") as labels:
        table = csv.writer(labels)
        table.writerow(["LineId", "Content", "EventId", "EventTemplate"])
        for line in range(LINES):
            event = dice.choices(range(len(chosen)), weights)[0]
            content = fill(chosen[event], slots[event])
            log.write(style(28800 + line * 3) + content + "\n")
            table.writerow([line + 1, content, f"E{event + 1}", CONVERSION.sub("<*>", chosen[event])])


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    dice = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    sources = [(pathlib.Path(path).name, sorted(set(filter(lambda t: is_sentence(t, False), strings_of(path)))), False)
               for path in BINARIES if pathlib.Path(path).exists()]
    sources += [(f"ja-{name}", sorted(set(filter(lambda t: is_sentence(t, True), catalogue_of(name)))), True)
                for name in CATALOGUES]
    sources = [source for source in sources if len(source[1]) >= 25]
    for number, (program, sentences, japanese) in enumerate(sources):
        styles = header_styles(dice, program, japanese)
        wanted = "kanji" if japanese and number % 2 else list(styles)[number % 10]
        write_set(folder, f"{program}-{wanted}", sentences, styles[wanted], dice, japanese)


main()
