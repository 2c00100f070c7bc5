"""The questions of bench/search, in each side's own words. All count rows but where it says otherwise."""
import dataclasses
import json

from bench_input import BadInput, FIRST, RARE, SECOND, natural_with, planted_with
from bench_sql import text

NEWEST = 100
# Without it a question asked again is answered from what was noted the first time, and no longer searched.
HOUSE_SETTINGS = " SETTINGS use_query_condition_cache = 0"


@dataclasses.dataclass
class Question:
    name: str
    ours: str
    clickhouse: str
    duckdb: str
    grep: list  # words for rg; empty: it cannot say this
    span: tuple = None
    known: int = None  # the true count, where it is known without any side
    rows: bool = False  # the answer is the rows themselves, not a count in the first row


def times_between(facts):
    """The middle tenth of the sample's times, as they are written."""
    count = len(facts.times)
    if count == 0:
        raise BadInput("no times like 2026-11-20T17:40:00 in " + facts.time_keys[0])
    return facts.times[count * 45 // 100], facts.times[count * 55 // 100]


class Columns:
    """How DuckDB says `somewhere in the line` of typed columns."""

    def __init__(self, named_types):
        self.every = [name for name, _ in named_types]
        self.texts = [name for name, kind in named_types if kind == "VARCHAR"]
        self.nested = [name for name, kind in named_types if kind == "JSON" or kind[-1] in ")]"]

    def any(self, condition):
        """condition: with {} for the column."""
        quoted = ['"' + name.replace('"', '""') + '"' for name in self.texts]
        quoted += [f'CAST("{name}" AS VARCHAR)' for name in self.nested]
        return "(" + " OR ".join(condition.replace("{}", name) for name in quoted) + ")"


class Dialects:
    """The parts of questions, for one input."""

    def __init__(self, facts, columns):
        self.facts, self.columns = facts, columns
        times = ", ".join(
            f'TRY_CAST("{key}" AS TIMESTAMP)'
            for key in facts.time_keys
            if key in columns.every
        )
        self.duck_time = f"coalesce({times})"

    def count(self, name, ours, house, duck, grep, **more):
        return Question(
            name,
            f"{ours} | stats count()",
            f"SELECT count() FROM logs WHERE {house}{HOUSE_SETTINGS}",
            f"SELECT count(*) FROM logs WHERE {duck}",
            grep,
            **more,
        )

    def token(self, name, word, known):
        return self.count(
            name,
            word,
            f"hasAllTokens(line, {text(word)})",
            self.columns.any("{} ILIKE " + text(f"%{word}%")),
            ["-i", "-F", word],
            known=known,
        )

    def piece(self, name, part, known=None):
        return self.count(
            name,
            part,
            f"line ILIKE {text('%' + part + '%')}",
            self.columns.any("{} ILIKE " + text(f"%{part}%")),
            ["-i", "-F", part],
            known=known,
        )

    def regex(self, name, pattern, known=None):
        return self.count(
            name,
            f'~"{pattern}"',
            f"match(line, {text('(?i)' + pattern)})",
            self.columns.any("regexp_matches({}, " + text(pattern) + ", 'i')"),
            ["-i", "-e", pattern],
            known=known,
        )


def grouped(duck_host, duck_code):
    return Question(
        "group by two columns (rows: groups)",
        # without what our own server writes down of being asked
        "NOT event.dataset:akashi.operator | stats count() by host.name, event.code",
        "SELECT host, code, count() AS n FROM logs GROUP BY host, code ORDER BY n DESC",
        f"SELECT {duck_host}, {duck_code}, count(*) AS n FROM logs GROUP BY ALL ORDER BY n DESC",
        [],
        rows=True,
    )


def newest_of(host, duck_host, duck_time):
    return Question(
        f"newest {NEWEST} of a host, whole",
        f'host.name:"{host}" | head {NEWEST}',
        f"SELECT line FROM logs WHERE host = {text(host)} ORDER BY at DESC LIMIT {NEWEST}"
        + HOUSE_SETTINGS,
        f"SELECT * FROM logs WHERE {duck_host} = {text(host)} ORDER BY {duck_time} DESC LIMIT {NEWEST}",
        [],
        rows=True,
    )


def questions(facts, columns, base):
    """base: the file without the planted lines, to count what it has of them by itself."""
    say = Dialects(facts, columns)
    host, code = facts.hosts.most_common(1)[0][0], middle_of(facts.codes)
    span = times_between(facts)
    duck_host, duck_code = f'"{facts.host_key}"', f'"{facts.code_key}"'
    common = facts.common[1:-1]
    japanese = [("認証", "rare"), ("テレワーク", "two widths"), ("請求書一覧", "very rare")]
    swapped = common[: len(common) // 2].upper() + common[len(common) // 2 :]
    return [
        say.token("rare token", RARE, planted_with(RARE)),
        say.token("absent token", "zqabsent41c7e2", 0),
        say.count(
            "two words, both",
            f"{FIRST} {SECOND}",
            f"hasAllTokens(line, {text(FIRST + ' ' + SECOND)})",
            say.columns.any("{} ILIKE " + text(f"%{FIRST}%"))
            + " AND "
            + say.columns.any("{} ILIKE " + text(f"%{SECOND}%")),
            ["-i", "-e", f"{FIRST}.*{SECOND}"],
            known=planted_with(FIRST, SECOND),
        ),
        say.count(
            "field = value",
            f'event.code:"{code}"',
            f"code = {text(code)}",
            f"{duck_code} = {text(code)}",
            ["-e", f'"{facts.code_key}": ?"?{code}"?[,}}]'],
        ),
        say.piece(f"substring, any case, in most lines ({swapped})", swapped),
        say.piece("substring, any case, rare", RARE[1:9].upper(), planted_with(RARE[1:9])),
        *(
            say.piece(
                f"Japanese {needle}, {how}",
                needle,
                planted_with(needle) + natural_with(base, needle),
            )
            for needle, how in japanese
        ),
        say.regex("regular expression, rare", "zqneedle[0-9a-f]{4,8}", planted_with(RARE)),
        say.regex(
            f"regular expression, common ({common[:3]}[a-z]+{common[-2:]})",
            f"{common[:3]}[a-z]+{common[-2:]}",
        ),
        grouped(duck_host, duck_code),
        say.count(
            "count over a tenth of the time",
            "",
            f"at >= parseDateTime64BestEffort({text(span[0])}, 9, 'UTC') AND "
            f"at < parseDateTime64BestEffort({text(span[1])}, 9, 'UTC')",
            f"{say.duck_time} >= CAST({text(span[0])} AS TIMESTAMP) AND "
            f"{say.duck_time} < CAST({text(span[1])} AS TIMESTAMP)",
            [],
            span=span,
        ),
        newest_of(host, duck_host, say.duck_time),
    ]


def middle_of(counted):
    """A value that is neither the most frequent nor rare."""
    ranked = sorted(counted, key=lambda value: (-counted[value], value))
    return ranked[min(len(ranked) - 1, 3)]


def count_of(question, rows):
    """What the answer says, from rows as any side gives them."""
    if question.rows:
        return len(rows)
    first = rows[0] if rows else 0
    value = list(first.values())[0] if isinstance(first, dict) else first
    while isinstance(value, list):
        value = value[0]
    return int(json.loads(value) if isinstance(value, str) else value)
