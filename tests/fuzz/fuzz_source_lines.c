/* The runner of source definitions over any lines: the input's part before a first empty line is a
 * definition (when it is one), the rest are lines. Definitions of every way to take a line apart
 * are always there beside it. */
#include "decode/lines.h"
#include "translate/translate.h"

#include "base/check.h"

#include <errno.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const definitions[] = {
    "name: kv\nrecognise:\n  - contains: ['a=']\ntake: {as: kv}\n"
    "time: [{of: t, format: epoch}, {of: '{d} {t}', format: '%Y-%m-%d %H:%M:%S', zone: z}]\n"
    "fields: {source.ip: s, user.account: u, akashi.count: n, akashi.object: '{x}/{y}'}\n"
    "messages:\n  - {rule: r, when: {k: ['1..9', '*m*', 'p*']}, verb: LOGON, outcome: {of: o, map: "
    "{y: success}}}\n",
    "name: cef\nrecognise:\n  - contains: ['CEF:']\ntake: {as: cef}\nfields: {user.name: Label}\n",
    "name: leef\nrecognise:\n  - contains: ['LEEF:']\ntake: {as: leef}\nfields: {user.name: "
    "usrName}\n",
    "name: table\nrecognise:\n  - header: ['c1,c2']\n  - regex: '^[0-9]+;[^;]*;'\n"
    "take: {as: csv, header: first line, columns: [c1, c2, c3], least: 2}\n"
    "time: {of: c1, format: '%E年%m月%d日 %p%I時%M分%S.%f%z%a%b%y'}\nfields: {user.name: c2}\n",
    "name: tabs\nrecognise:\n  - header: ['#f']\ntake: {as: csv, header: '#f ', separator: tab}\n",
    "name: words\nrecognise:\n  - tag: [p, q]\n  - starts: 'P['\ntake: {as: nothing, of: whole}\n"
    "messages:\n  - rule: r\n    verb: BLOCK\n    pattern: ['{*}[{a:text}] {source.ip:address}:"
    "{source.port:number} > {b:last} {c:quoted}', '{user.name:last} from {d:address}{*}', "
    "'{e:mac} {f:hex}, {g}']\n",
    "name: json\nrecognise:\n  - json: ['k=v']\ntake: {as: json, lists: [{of: l, prefer: {of: p, "
    "holds: [a, b]}}, {of: l.p, name: n, value: [v, w]}]}\n"
    "split: [{of: l.p.s, pattern: ['{source.ip:address}:{source.port:number}', '{x:last},{y}']}]\n"
    "fields: {user.name: u.n, akashi.object: [l.p.o, '{x}/{l.a}', =none]}\n",
    "name: column\nrecognise:\n  - header: ['id,data']\n"
    "take: {as: json, column: data, lists: [{of: l, name: n, value: v}]}\n"
    "time: {of: t, format: epoch}\nfields: {user.name: u.n, akashi.object: [l.a, id, =none]}\n",
};

static int on_record(void *context, const Record *record, const Event *event)
{
    (void)context;
    CHECK(record->text[RECORD_AKASHI_RULE].len > 0);
    CHECK(record->text[RECORD_AKASHI_OBJECT].len > 0);
    CHECK(record->count > 0);
    for (size_t i = 0; i < event->field_count; i++) {
        CHECK(event->fields[i].name.len > 0 || event->format == EVENT_JSON);
    }
    return 0;
}

static void run_lines(const SourceSet *set, Slice lines)
{
    const DecodeOptions options = {.zone_offset_seconds = 32400,
                                   .received_ns = 1798729200 * NS_PER_SECOND};
    CLEANUP(arena_done) Arena arena = {0};
    Translator *translator = translator_new();
    if (!translator) return;
    CHECK(translator_use_sources(translator, set, 32400) == 0);
    Slice line;
    uint64_t index = 0;
    while (slice_cut(&lines, '\n', &line)) {
        Event event;
        if (line.len == 0) continue;
        CHECK(line_decode(line, &options, &arena, &event) == 0);
        event.index = index++;
        CHECK(translator_feed(translator, &event, options.received_ns, &arena, on_record, NULL) ==
              0);
    }
    translator_free(translator);
}

static SourceSet *fixed_set(void)
{
    SourceSet *set = source_set_new();
    for (size_t i = 0; set && i < ARRAY_COUNT(definitions); i++) {
        CHECK(source_set_add(set, SLICE("fixed.yaml"), slice_from_cstr(definitions[i]), true,
                             NULL) == 0);
    }
    return set;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static SourceSet *fixed; /* finished; made once, for that costs more than most inputs */
    Slice input = slice_of(data, size);
    size_t end = slice_find(input, SLICE("\n\n"));
    if (!fixed) {
        fixed = fixed_set();
        CHECK(fixed && source_set_finish(fixed) == 0);
    }
    if (end == SLICE_NOT_FOUND || !slice_starts(input, SLICE("name:"))) {
        run_lines(fixed, input);
        return 0;
    }
    SourceSet *set = fixed_set();
    if (!set) return 0;
    int r = source_set_add(set, SLICE("own.yaml"), slice_first(input, end), false, NULL);
    CHECK(r == 0 || r == -EINVAL || r == -ENOMEM);
    if (source_set_finish(set) == 0) run_lines(set, slice_skip(input, end + 2));
    source_set_free(set);
    return 0;
}
