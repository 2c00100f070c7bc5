"""How cost grows: the same lines 1, 4, 16 times over (repeat_lines.c), stored by import, then asked."""
import shutil
import subprocess
import time

import bench_akashi
import bench_cell
import bench_input
import bench_process
import bench_questions
import bench_report
from bench_report import say

ASKED = (
    "rare token",
    "absent token",
    "substring, any case, rare",
    "Japanese 認証, rare",
    "count over a tenth of the time",
    "newest",
    "group by two columns",
)
ROOM = 1.5  # times the lines' bytes that the disk must have free


def asked_of(facts, base):
    columns = bench_questions.Columns([])
    everything = bench_questions.questions(facts, columns, base)
    return [question for question in everything if question.name.startswith(ASKED)]


def grep_ms(path):
    if not bench_process.have("rg"):
        return "-"
    begun = time.perf_counter()
    subprocess.run(
        ["rg", "--no-config", "-c", "-F", bench_input.RARE, path], stdout=subprocess.DEVNULL
    )
    return f"{(time.perf_counter() - begun) * 1000:.0f}"


def stored(ours, copies, sources, work):
    """One size: its lines made, stored, removed again. Returns the data folder and what was measured."""
    repeater, facts, base, planted = sources
    path, data = work / "lines.json", work / f"data-{copies}"
    wanted = base.stat().st_size * copies
    if shutil.disk_usage(work).free < wanted * ROOM:
        raise bench_input.BadInput(f"{copies} times need {wanted * ROOM / 1e9:.0f} GB free in {work}")
    begun = time.perf_counter()
    bench_input.repeat(repeater, copies, facts, base, planted, path)
    size = path.stat().st_size
    say(f"{copies} times: {size / 1e9:.2f} GB made in {time.perf_counter() - begun:.0f} s")
    used, _ = ours.fill(data, path)
    lines = ours.line_count(data)
    kept = bench_process.bytes_under(data)
    measured = [
        f"{copies}",
        f"{size / 1e9:.2f}",
        f"{lines:,}",
        f"{size / 1e6 / used.cpu_s:.0f}",
        f"{used.wall_s:.1f}",
        f"{used.peak_bytes / 2**20:.0f}",
        f"{kept / size:.5f}",
        grep_ms(path),
    ]
    path.unlink()
    say(f"{copies} times: stored in {used.wall_s:.0f} s")
    return data, measured


def asked_at(ours, data, asked, options):
    """The cells of both sides, and the server's peak."""
    limit = bench_process.Limit(options.limit_mib << 20)
    server = bench_akashi.Server(ours, data, limit)
    sides = [bench_cell.Cold(ours, data), bench_cell.Warm(server)]
    try:
        cells = bench_cell.ask_all(asked, sides, options.rounds)
        return sides, cells, server.peak_bytes()
    finally:
        server.close()
        limit.close()


def run(ours, options, work):
    base, planted = work / "base.json", work / "planted"
    line_count, _ = bench_input.unpack(options.paths, base, options.mb * 10**6 or 1 << 62)
    facts = bench_input.facts_of(base, line_count)
    bench_input.plant(base, line_count, facts, 1, planted)
    sources = (bench_input.build_repeater(work), facts, base, planted)
    asked = asked_of(facts, base)
    head = bench_report.heading(f"scale: {base.stat().st_size:,} bytes of JSON lines, times over")
    stores, answers = [], []
    for copies in (int(word) for word in options.scale.split(",")):
        data, measured = stored(ours, copies, sources, work)
        sides, cells, peak = asked_at(ours, data, asked, options)
        stores.append(measured + [f"{peak / 2**20:.0f}"])
        answers.append([cells[question.name, side] for question in asked for side in sides])
        shutil.rmtree(data)
    names = ["times", "GB", "lines", "import, MB a core-second", "wall s", "import, peak MiB"]
    names += ["of raw", "rg, rare token, ms", "server, peak MiB"]
    words = f"{ours.version()}. Each copy has later dates and other hosts; the planted lines are in the "
    words += "first; the tenth of the time has lines of more copies the more there are. Server under a "
    words += f"hard limit of {options.limit_mib} MiB. Wall ms, fastest (median) of {options.rounds}.\n\n"
    turned = [
        [f"{question.name}, {side}"] + [row[index * 2 + half].words(question.known) for row in answers]
        for index, question in enumerate(asked)
        for half, side in enumerate(("cold", "warm"))
    ]
    sizes = [f"{row[0]} times" for row in stores]
    return "".join(
        [head, words, bench_report.table(names, stores), "\n"]
        + [bench_report.table(["question"] + sizes, turned)]
    )
