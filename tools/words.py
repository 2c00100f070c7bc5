#!/usr/bin/env python3
"""Turns the tables of knowledge/words/*.tsv into the C tables that the build compiles in.

usage: words.py KIND TABLE.tsv OUTPUT    (KIND: what to make; see MAKERS at the end)
"""
import re
import sys


def rows_of(path, width):
    with open(path, encoding="utf-8") as table:
        for number, line in enumerate(table, 1):
            line = line.rstrip("\n")
            if not line or line.startswith("#"):
                continue
            cells = line.split("\t")
            if len(cells) != width:
                sys.exit(f"{path}:{number}: {len(cells)} columns where {width} are due")
            yield cells


def c_string(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def identifier(name):
    return re.sub(r"[^A-Z0-9]+", "_", name.upper()).strip("_")


def enum(type_name, prefix, count_name, names):
    lines = [f"    {prefix}{identifier(name)}," for name in names]
    return (f"/* Generated from knowledge/words/ by tools/words.py. */\n#pragma once\n\n"
            f"typedef enum {type_name} {{\n" + "\n".join(lines) +
            f"\n}} {type_name};\n\nenum {{ {count_name} = {len(lines)} }};\n")


def field_ids(path):
    return enum("RecordField", "RECORD_", "RECORD_FIELD_COUNT", [row[0] for row in rows_of(path, 5)])


def field_table(path):
    return "".join(
        f"{{.name = SLICE_INIT({c_string(name)}), .type = FIELD_TYPE_{kind.upper()}, "
        f".aliases = {c_string(aliases)}, .label = {{{c_string(ja)}, {c_string(en)}}}}},\n"
        for name, kind, aliases, ja, en in rows_of(path, 5))


def verb_ids(path):
    return enum("Verb", "VERB_", "VERB_COUNT", [row[0] for row in rows_of(path, 9)])


def verb_table(path):
    return "".join(
        f"{{.token = SLICE_INIT({c_string(token)}), .category = {c_string(category)}, "
        f".type = {c_string(kind)}, .label = {{{c_string(ja)}, {c_string(en)}}},\n"
        f" .sentence = {{{c_string(s_ja)}, {c_string(s_en)}}},\n"
        f" .sentence_failure = {{{c_string(f_ja)}, {c_string(f_en)}}}}},\n"
        for token, category, kind, ja, en, s_ja, s_en, f_ja, f_en in rows_of(path, 9))


def message_ids(path):
    return enum("MessageId", "MESSAGE_", "MESSAGE_COUNT", [row[0] for row in rows_of(path, 4)])


def message_table(path):
    return "".join(
        f"{{.id = {c_string(name)}, .level = MESSAGE_LEVEL_{level.upper()}, "
        f".words = {{{c_string(ja)}, {c_string(en)}}}}},\n"
        for name, level, ja, en in rows_of(path, 4))


def setting_ids(path):
    return enum("SettingId", "SETTING_", "SETTING_COUNT", [row[0] for row in rows_of(path, 8)])


def setting_table(path):
    return "".join(
        f"{{.key = SLICE_INIT({c_string(key)}), .type = SETTING_TYPE_{kind.upper()}, "
        f".unit = {c_string(unit)}, .default_text = {c_string(default)}, "
        f".least = {least or 0}, .most = {most if kind == 'int' else 0}, "
        f".choices = {c_string(most if kind == 'choice' else '')},\n"
        f" .words = {{{c_string(ja)}, {c_string(en)}}}}},\n"
        for key, kind, unit, default, least, most, ja, en in rows_of(path, 8))


def counter_ids(path):
    return enum("CounterId", "COUNTER_", "COUNTER_COUNT", [row[0] for row in rows_of(path, 4)])


def counter_table(path):
    return "".join(
        f"{{.name = {c_string(name)}, .unit = {c_string(unit)}, "
        f".words = {{{c_string(ja)}, {c_string(en)}}}}},\n"
        for name, unit, ja, en in rows_of(path, 4))


def word_table(path):
    """For a lookup by key, in the order of the keys' bytes: {key, {ja, en}}."""
    rows = sorted(rows_of(path, 3), key=lambda row: row[0].encode())
    for row, next_row in zip(rows, rows[1:]):
        if row[0] == next_row[0]:
            sys.exit(f"{path}: {row[0]} stands twice")
    return "".join(f"{{SLICE_INIT({c_string(key)}), {{{c_string(ja)}, {c_string(en)}}}}},\n"
                   for key, ja, en in rows)


MAKERS = {maker.__name__: maker for maker in
          (field_ids, field_table, verb_ids, verb_table, message_ids, message_table, setting_ids,
           setting_table, counter_ids, counter_table, word_table)}

if __name__ == "__main__":
    kind, table, output = sys.argv[1:]
    text = MAKERS[kind](table)
    with open(output, "w", encoding="utf-8") as made:
        made.write(text)
