#!/usr/bin/env python3
"""A second reading of Sigma: slow and plain, every rule asked of every event, no table, no index. It shares
no line with src/detect and is what that is measured against.

usage: sigma_naive.py LOG_SOURCES.yaml RULES... < EVENTS    EVENTS: the output of `akashi decode`
Prints `file <TAB> index <TAB> rule` for each match. Rules of other products than windows are passed over.
"""
import base64
import fnmatch
import ipaddress
import itertools
import json
import pathlib
import re
import sys

import yaml

DASHES = "-/\u2013\u2014\u2015"
KINDS = {"lt", "lte", "gt", "gte"}


class Refused(Exception):
    pass


def small(text):
    """Case as base/fold.h has it: ASCII, Latin-1, Greek, Cyrillic."""
    def one(c):
        n = ord(c)
        if n < 0x80:
            return c.lower()
        if (0xc0 <= n <= 0xde and n != 0xd7) or 0x386 <= n <= 0x3ab or 0x400 <= n <= 0x42f or n == 0x3c2:
            return "\u03c3" if n == 0x3c2 else c.lower() if len(c.lower()) == 1 else c
        return c
    return text.lower() if text.isascii() else "".join(map(one, text))


# A text with wildcards is a list of characters and these two.
STAR, ONE = object(), object()


def tokens_of(text):
    out, i = [], 0
    while i < len(text):
        c, following = text[i], text[i + 1:i + 2]
        if c == "\\" and following and following in "*?\\":
            out.append(following)
            i += 2
            continue
        out.append(STAR if c == "*" else ONE if c == "?" else c)
        i += 1
    return out


def plain(tokens):
    if STAR in tokens or ONE in tokens:
        raise Refused("wildcards where bytes are encoded")
    return "".join(tokens)


def dash_forms(tokens):
    def is_word(i):
        return 0 <= i < len(tokens) and isinstance(tokens[i], str) and re.match(r"\w", tokens[i])
    at = [i for i, c in enumerate(tokens) if isinstance(c, str) and c in "-/" and not is_word(i - 1) and is_word(i + 1)]
    for forms in itertools.product(DASHES, repeat=len(at)):
        changed = list(tokens)
        for i, form in zip(at, forms):
            changed[i] = form
        yield changed


def base64_forms(data):
    for offset in range(3):
        coded = base64.b64encode(b" " * offset + data).decode()
        yield list(coded[(0, 2, 3)[offset]:len(coded) - (0, 3, 2)[(len(data) + offset) % 3]])


def bytes_of(value):
    return value if isinstance(value, bytes) else plain(value).encode()


def change(values, modifier):
    """The values after one modifier that works on text."""
    for value in values:
        if modifier == "contains":
            yield [STAR, *value, STAR]
        elif modifier == "startswith":
            yield [*value, STAR]
        elif modifier == "endswith":
            yield [STAR, *value]
        elif modifier in ("wide", "utf16le"):
            yield plain(value).encode("utf-16-le")
        elif modifier == "utf16be":
            yield plain(value).encode("utf-16-be")
        elif modifier == "utf16":
            yield b"\xff\xfe" + plain(value).encode("utf-16-le")
        elif modifier == "base64":
            yield list(base64.b64encode(bytes_of(value)).decode())
        elif modifier == "base64offset":
            yield from base64_forms(bytes_of(value))
        elif modifier == "windash":
            yield from dash_forms(value)
        else:
            yield value


def text_test(tokens, cased):
    body = "".join(".*" if t is STAR else "." if t is ONE else re.escape(t if cased else small(t)) for t in tokens)
    whole = re.compile(body, re.S)
    if STAR not in tokens and ONE not in tokens:
        wanted = "".join(tokens) if cased else small("".join(tokens))
        return lambda value: (value if cased else small(value)) == wanted
    inner = tokens[1:-1]
    if len(tokens) > 2 and tokens[0] is STAR and tokens[-1] is STAR and STAR not in inner and ONE not in inner:
        wanted = "".join(inner) if cased else small("".join(inner))
        return lambda value: wanted in (value if cased else small(value))
    return lambda value: whole.fullmatch(value if cased else small(value)) is not None


def number_of(text):
    try:
        return float(int(text, 16)) if text[:2].lower() == "0x" else float(text)
    except ValueError:
        return None


def in_network(value, network):
    try:
        address = ipaddress.ip_address(value.split("%")[0])
    except ValueError:
        return False
    if getattr(address, "ipv4_mapped", None):
        address = address.ipv4_mapped
    return address.version == network.version and address in network


def number_forms(text):
    """How logs write a whole number that a rule has without quotes."""
    if re.fullmatch(r"[0-9]+", text):
        return {text, str(int(text)), hex(int(text))}
    if re.fullmatch(r"0[xX][0-9a-fA-F]+", text):
        return {text, str(int(text, 16)), hex(int(text, 16))}
    return {text}


def value_test(node, modifiers):
    """One value of a rule -> a test of one value of an event."""
    if "re" in modifiers:
        flags = sum(getattr(re, f.upper()) for f in "ims" if f in modifiers)
        pattern = re.compile(node.value, flags)
        return lambda value: pattern.search(value) is not None
    if "cidr" in modifiers:
        network = ipaddress.ip_network(node.value, strict=False)
        return lambda value: in_network(value, network)
    for kind in KINDS & set(modifiers):
        bound = number_of(node.value)
        compare = {"lt": float.__lt__, "lte": float.__le__, "gt": float.__gt__, "gte": float.__ge__}[kind]
        return lambda value: number_of(value) is not None and compare(number_of(value), bound)
    if "expand" in modifiers and re.search("%[^%]+%", node.value):
        raise Refused("placeholder")
    if not modifiers and not node.style:
        tests = [text_test(tokens_of(form), False) for form in number_forms(node.value)]
        return lambda value: any(test(value) for test in tests)
    values = [tokens_of(node.value)]
    for modifier in modifiers:
        values = list(change(values, modifier))
    tests = [text_test(value, "cased" in modifiers) for value in values]
    return lambda value: any(test(value) for test in tests)


def is_null(node):
    return isinstance(node, yaml.ScalarNode) and not node.style and node.value.lower() in ("", "~", "null")


def field_test(key, node):
    """An item of a map -> a test of an event; an event is a dict of lists of texts (None: null)."""
    field, *modifiers = key.split("|")
    name = field.replace(" ", "")
    nodes = node.value if isinstance(node, yaml.SequenceNode) else [node]
    negated = "neq" in modifiers

    def values_of(event, alias):
        return event.get(alias.get(name, name), []) if name else event["*"]

    def one(value_node):
        if is_null(value_node):
            return lambda event, alias: all(v is None for v in values_of(event, alias))
        if "exists" in modifiers:
            wanted = value_node.value.lower() == "true"
            return lambda event, alias: (len(values_of(event, alias)) > 0) == wanted
        if "fieldref" in modifiers:
            other = value_node.value.replace(" ", "")

            def same(event, alias):
                pairs = itertools.product(values_of(event, alias), event.get(alias.get(other, other), []))
                return any(compare_fields(small(a), small(b), modifiers) for a, b in pairs
                           if a is not None and b is not None)
            return same
        used = modifiers if name or {"contains", "startswith", "endswith", "re"} & set(modifiers) \
            else [*modifiers, "contains"]
        test = value_test(value_node, [m for m in used if m not in ("all", "neq")])
        return lambda event, alias: any(v is not None and test(v) for v in values_of(event, alias))

    tests = [one(n) for n in nodes]
    join = all if "all" in modifiers else any
    return lambda event, alias: join(t(event, alias) for t in tests) != negated


def compare_fields(a, b, modifiers):
    if "contains" in modifiers:
        return b in a
    if "startswith" in modifiers:
        return a.startswith(b)
    return a.endswith(b) if "endswith" in modifiers else a == b


def selection_test(node):
    if isinstance(node, yaml.MappingNode):
        tests = [field_test(k.value, v) for k, v in node.value]
        return lambda event, alias: all(t(event, alias) for t in tests)
    if isinstance(node, yaml.ScalarNode):
        return field_test("", node)
    tests = [selection_test(n) for n in node.value]
    return lambda event, alias: any(t(event, alias) for t in tests)


def condition_test(text, selections):
    """By Python's own parser: the words are turned into its operators, which bind in the same order."""
    names = sorted(selections)

    def of(found):
        join, pattern = found.groups()
        meant = [n for n in names if (not n.startswith("_") if pattern == "them" else fnmatch.fnmatchcase(n, pattern))]
        return f" {'all' if join == 'all' else 'any'}(s[n](e, a) for n in {meant!r}) "

    pieces = re.split(r"(\b(?:1|all|any) of [\w*]+)", text)
    made = ""
    for piece in pieces:
        found = re.fullmatch(r"(1|all|any) of ([\w*]+)", piece)
        made += of(found) if found else re.sub(
            r"[\w-]+", lambda m: m[0] if m[0] in ("and", "or", "not") else f"s[{m[0]!r}](e, a)", piece)
    code = compile(made.strip(), "condition", "eval")
    return lambda event, alias: eval(code, {"s": selections, "e": event, "a": alias})  # noqa: S307


class Rule:
    def __init__(self, node, sources):
        top = {k.value: v for k, v in node.value}
        self.id = top["id"].value
        source = {k.value: v.value for k, v in top["logsource"].value}
        self.routes = routes_of(source, sources)
        selections, conditions = {}, []
        for key, value in top["detection"].value:
            if key.value == "condition":
                conditions = [n.value for n in value.value] if isinstance(value, yaml.SequenceNode) else [value.value]
            else:
                selections[key.value] = selection_test(value)
        self.tests = [condition_test(c, selections) for c in conditions]

    def matches(self, event, channel, number):
        for channels, numbers, alias, equals in self.routes:
            if channels is not None and channel not in channels or numbers and number not in numbers:
                continue
            if all(any(v and small(v) in wanted for v in event.get(f, [])) for f, wanted in equals.items()) and \
                    any(test(event, alias) for test in self.tests):
                return True
        return False


def listed(value):
    return value if isinstance(value, list) else [value] if value is not None else []


def routes_of(source, sources):
    services = {name: {small(c) for c in listed(channels)} for name, channels in sources["windows_services"].items()}
    found = []
    for row in sources["windows_categories"]:
        if row["category"] != source.get("category") or row.get("product") not in (None, source.get("product")):
            continue
        channels = services.get(row.get("service")) or {small(c) for c in listed(row.get("channel"))}
        if "service" in source:
            channels = channels & services.get(source["service"], set())
        equals = {f: {small(str(v)) for v in listed(w)} for f, w in row.get("equals", {}).items()}
        found.append((channels, {str(i) for i in listed(row.get("event_id"))}, row.get("fields", {}), equals))
    if "category" not in source and source.get("product") == "windows":
        if "service" not in source:
            found.append((None, set(), {}, {}))
        elif source["service"] in services:
            found.append((services[source["service"]], set(), {}, {}))
    return found


def load_rules(paths, sources):
    rules = []
    for path in paths:
        top = pathlib.Path(path)
        for file in sorted(top.rglob("*.yml")) if top.is_dir() else [top]:
            for node in yaml.compose_all(file.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
                try:
                    rule = Rule(node, sources)
                except Refused:
                    continue
                if rule.routes:
                    rules.append(rule)
    return rules


def text_of(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if value is None or isinstance(value, str) else json.dumps(value)


def event_of(line):
    made = json.loads(line, parse_int=str, parse_float=str)
    event = {}
    for name, value in made.items():
        if name in ("@timestamp", "_file", "_index", "_record"):
            continue
        event.setdefault(name.replace(" ", ""), []).extend(text_of(v) for v in listed(value) or [None])
    event["*"] = [v for values in event.values() for v in values if v is not None]
    return made, event


def main():
    sources = yaml.safe_load(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))
    rules = load_rules(sys.argv[2:], sources)
    print(f"rules: {len(rules)}", file=sys.stderr)
    by_lane = {}
    for line in sys.stdin:
        made, event = event_of(line)
        channel, number = small(text_of(made.get("Channel")) or ""), text_of(made.get("EventID"))
        if (channel, number) not in by_lane:
            by_lane[channel, number] = [r for r in rules if any(
                (c is None or channel in c) and (not n or number in n) for c, n, _, _ in r.routes)]
        for rule in by_lane[channel, number]:
            if rule.matches(event, channel, number):
                print(made["_file"], made["_index"], rule.id, sep="\t")


if __name__ == "__main__":
    main()
