"""The two databases: where they come from, how the lines get in, how they are asked."""
import json
import os
import pathlib
import re
import subprocess

import bench_process

CACHE = pathlib.Path(
    os.environ.get("AKASHI_BENCH_PEERS")
    or pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache")
    / "akashi" / "bench"
)
PACKAGES = {"chdb": "chdb", "duckdb": "@duckdb/node-api"}
DRIVER = pathlib.Path(__file__).parent / "sql_peer.mjs"
INSTALL_SECONDS_MAX = 300


class Absent(Exception):
    pass


def install(engine):
    """By npm, into a cache folder outside of the tree; raises Absent with why."""
    package = PACKAGES[engine]
    for program in ("node", "npm"):
        if not bench_process.have(program):
            raise Absent(f"{program} is not installed (Debian: nodejs npm)")
    if not (CACHE / "node_modules" / package).is_dir():
        CACHE.mkdir(parents=True, exist_ok=True)
        try:
            done = subprocess.run(
                ["npm", "install", "--prefix", CACHE, "--no-audit", "--no-fund", package],
                capture_output=True,
                text=True,
                timeout=INSTALL_SECONDS_MAX,
            )
        except subprocess.TimeoutExpired as error:
            raise Absent(f"npm install {package} took over {INSTALL_SECONDS_MAX} s") from error
        if done.returncode:
            last = (done.stderr.strip().splitlines() or ["no words"])[-1]
            raise Absent(f"npm install {package} failed: {last}")


def command(engine, folder):
    return ["node", DRIVER, engine, CACHE, folder]


def one_run(engine, folder, statements, limit=None):
    """All statements in a process of their own: its usage, and the rows of each."""
    said = "".join(json.dumps({"sql": sql}) + "\n" for sql in statements)
    with open(pathlib.Path(folder) / "answers", "w+b") as answers:
        used = bench_process.run(
            command(engine, folder), stdin=said.encode(), stdout=answers, limit=limit
        )
        answers.seek(0)
        given = [json.loads(line) for line in answers.read().splitlines()]
    bad = next((answer["error"] for answer in given if "error" in answer), None)
    if used.status or bad or len(given) != len(statements):
        raise Absent(bad or f"ended with {used.status}: {used.words[-200:]}")
    return used, [answer["rows"] for answer in given]


class Session:
    """A process that stays, for questions one after the other."""

    def __init__(self, engine, folder):
        self.process = subprocess.Popen(
            command(engine, folder),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def ask(self, sql):
        """Milliseconds and rows; raises Absent with the database's words."""
        try:
            self.process.stdin.write(json.dumps({"sql": sql}) + "\n")
            self.process.stdin.flush()
            answer = json.loads(self.process.stdout.readline() or '{"error": "it ended"}')
        except BrokenPipeError:
            answer = {"error": "it ended"}
        if "error" in answer:
            raise Absent(answer["error"])
        return answer["ms"], answer["rows"]

    def peak_bytes(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        found = re.search(r"VmHWM:\s*(\d+) kB", status)
        return int(found.group(1)) * 1024 if found else 0

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def text(value):
    """As a literal of both dialects; ClickHouse also reads backslashes."""
    return "'" + value.replace("'", "''") + "'"


def version(engine, folder):
    _, rows = one_run(engine, folder, ["SELECT version()"])
    return rows[0][0][0].lstrip("v")


# ClickHouse: the raw line and a full-text index of its words, lower case; with four columns beside it
# when they are asked for. https://clickhouse.com/docs/engines/table-engines/mergetree-family/textindexes
def clickhouse_fill(path, facts=None):
    line = "line String CODEC(ZSTD(3))"
    index = (
        "INDEX words line TYPE text(tokenizer = splitByNonAlpha, preprocessor = lower(line))"
    )
    source = f"file({text(str(path))}, 'LineAsString', 'line String')"
    if not facts:
        return [
            f"CREATE TABLE logs ({line}, {index}) ENGINE = MergeTree ORDER BY tuple()",
            f"INSERT INTO logs SELECT line FROM {source}",
        ]
    time = "coalesce({}, toDateTime64(0, 9, 'UTC'))".format(
        ", ".join(
            f"parseDateTime64BestEffortOrNull(JSONExtractString(line, {text(key)}), 9, 'UTC')"
            for key in facts.time_keys
        )
    )
    plain = "trim(BOTH '\"' FROM JSONExtractRaw(line, {}))"
    return [
        f"CREATE TABLE logs ({line}, at DateTime64(9, 'UTC'), host LowCardinality(String), "
        f"code LowCardinality(String), {index}) ENGINE = MergeTree ORDER BY at",
        f"INSERT INTO logs SELECT line, {time}, {plain.format(text(facts.host_key))}, "
        f"{plain.format(text(facts.code_key))} FROM {source}",
        "OPTIMIZE TABLE logs FINAL",
    ]


CLICKHOUSE_BYTES = "SELECT sum(bytes_on_disk) FROM system.parts WHERE active AND table = 'logs'"


def clickhouse_same(path):
    """One row, 1 when table and file hold the same lines."""
    sums = "SELECT count() AS n, sum(cityHash64(line)) AS s, groupBitXor(sipHash64(line)) AS x FROM"
    source = f"file({text(str(path))}, 'LineAsString', 'line String')"
    return (
        f"SELECT (a.n, a.s, a.x) = (b.n, b.s, b.x) FROM ({sums} logs) AS a, ({sums} {source}) AS b"
    )


def duckdb_fill(path, to):
    """Typed columns, all of them, every line looked at for the types; without the threshold lines of more
    than 200 names become one column of maps. https://duckdb.org/docs/stable/data/json/loading_json"""
    source = (
        f"read_json({text(str(path))}, format = 'newline_delimited', union_by_name = true, "
        "sample_size = -1, map_inference_threshold = -1, maximum_object_size = 67108864)"
    )
    return [f"COPY (SELECT * FROM {source}) TO {text(str(to))} (FORMAT parquet, COMPRESSION zstd)"]
