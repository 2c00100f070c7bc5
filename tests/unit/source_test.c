/* Source definitions: what is refused and where, patterns, times, tables, encodings, and lines that
 * are made to be difficult. */
#include "tests/support/source_kit.h"
#include "tests/support/tap.h"

#include "base/buf.h"

#include <errno.h>
#include <stdlib.h>

/* --- mistakes --------------------------------------------------------------------------------- */

static void check_mistake(const char *yaml, const char *id, unsigned line, unsigned column)
{
    SourceSet *set = source_set_new();
    Complaint complaint = {0};
    int r = source_set_add(set, SLICE("wrong.yaml"), slice_from_cstr(yaml), false, &complaint);
    bool same = expect_int(r, -EINVAL);
    same = expect_text(slice_from_cstr(complaint.id), id) && same;
    same = expect_text(slice_from_cstr(complaint.file), "wrong.yaml") && same;
    same = expect_int(complaint.line, line) && same;
    if (column) same = expect_int(complaint.column, column) && same;
    same = expect(complaint.en[0] && complaint.ja[0]) && same;
    if (!same) tap_note("%u:%u: %s", complaint.line, complaint.column, complaint.en);
    expect_int(source_set_count(set), 0);
    source_set_free(set);
}

static void each_mistake_has_its_place(void)
{
    check_mistake("", "source.no_map", 1, 1);
    check_mistake("- a\n", "source.no_map", 1, 1);
    check_mistake("name: [\n", "source.yaml", 2, 0);
    check_mistake("name: a\nname: b\n", "source.twice", 2, 1);
    check_mistake("title: x\n", "source.name_first", 1, 1);
    check_mistake("name: Big Name\n", "source.name", 1, 7);
    check_mistake("name: a\n", "source.no_recognise", 1, 1);
    check_mistake("name: a\nrecognize:\n  - tag: x\n", "source.key_unknown", 2, 1);
    check_mistake("name: a\nrecognise:\n  - {}\n", "source.mark_none", 3, 5);
    check_mistake("name: a\nrecognise:\n  - regex: 'a(b'\n", "regex.unclosed_group", 3, 0);
    check_mistake("name: a\nrecognise:\n  - tag: x\ntake: {as: xml}\n", "source.take_as", 4, 12);
    check_mistake("name: a\nrecognise:\n  - tag: x\ntake: {as: csv}\n", "source.no_columns", 4, 7);
    check_mistake("name: a\nrecognise:\n  - tag: x\ntake: {as: kv, lists: [{of: a}]}\n",
                  "source.lists_json", 4, 7);
    check_mistake("name: a\nrecognise:\n  - tag: x\ntake: {as: kv, column: a}\n",
                  "source.lists_json", 4, 7);
    check_mistake("name: a\nrecognise:\n  - tag: x\ntake: {as: json, lists: a}\n", "source.lists",
                  4, 25);
    check_mistake("name: a\nrecognise:\n  - tag: x\ntake: {as: json, lists: [{of: a, name: b}]}\n",
                  "source.list_parts", 4, 26);
    check_mistake("name: a\nsplit: {of: a}\n", "source.splits", 2, 8);
    check_mistake("name: a\nsplit:\n  - {of: a}\n", "source.split_parts", 3, 5);
    check_mistake("name: a\nfields:\n  source.ipp: src\n", "source.record_field", 3, 3);
    check_mistake("name: a\nfields:\n  source.ip: '{src'\n", "source.template", 3, 14);
    check_mistake("name: a\ntime: {of: t, format: '%Q'}\n", "source.time_directive", 2, 23);
    check_mistake("name: a\ntime: {of: t}\n", "source.time_parts", 2, 7);
    check_mistake("name: a\nmessages:\n  - rule: r\n    verb: LOGGON\n", "source.verb", 4, 11);
    check_mistake("name: a\nmessages:\n  - rule: r\n", "source.message", 3, 5);
    check_mistake("name: a\nmessages:\n  - rule: r\n    pattern: '{a:ipx}'\n    verb: OTHER\n",
                  "source.piece_kind", 4, 14);
    check_mistake("name: a\nmessages:\n  - rule: r\n    pattern: '{a:text}{b}'\n    verb: OTHER\n",
                  "source.pattern_adjacent", 4, 14);
    check_mistake("name: a\nmessages:\n  - rule: r\n    pattern: '{a'\n    verb: OTHER\n",
                  "source.pattern_open", 4, 14);
    check_mistake("name: a\nmessages:\n  - rule: r\n    verb: OTHER\n    outcome: fine\n",
                  "source.outcome", 5, 14);
    check_mistake("name: a\ncharset: LATIN\n", "source.charset", 2, 10);
    check_mistake("name: a\nsamples:\n  - {kind: invented, text: x, expect: {user.name: x}}\n",
                  "source.sample_kind", 3, 12);
    check_mistake("name: a\nsamples:\n  - {kind: captured, text: x, expect: {user.nam: x}}\n",
                  "source.expect_field", 3, 40);
    check_mistake("name: a\nfields: &x\n  source.ip: b\nsamples: *x\n", "source.alias", 4, 10);
}

static void depth_and_size_have_a_maximum(void)
{
    CLEANUP(buf_done) Buf deep = {0};
    CLEANUP(buf_done) Buf large = {0};
    buf_add_cstr(&deep, "name: a\nsamples: ");
    for (int i = 0; i < 200; i++) {
        buf_add_char(&deep, '[');
    }
    buf_add_char(&deep, '\0');
    check_mistake(deep.ptr, "source.too_deep", 2, 0);
    buf_add_cstr(&large, "name: a\nabout: '");
    while (large.len <= SOURCE_FILE_BYTES_MAX) {
        buf_add_char(&large, 'x');
    }
    buf_add(&large, "'", 2);
    check_mistake(large.ptr, "source.file_size", 0, 0);
    CLEANUP(buf_done) Buf names = {0};
    buf_add_cstr(&names, "name: a\nempty: [x]\nfields:\n  source.ip: [");
    for (int i = 0; i < 400; i++) {
        buf_add_format(&names, "n%d, ", i);
    }
    buf_add(&names, "z]\n", 4);
    check_mistake(names.ptr, "source.names", 4, 0);
}

static void the_later_of_a_name_wins(void)
{
    const char *const both[] = {
        "name: a\nvendor: one\nrecognise:\n  - tag: x\n",
        "name: a\nvendor: two\nrecognise:\n  - tag: x\n",
    };
    SourceKit kit = kit_open(both, 2);
    expect_int(source_set_count(kit.set), 1);
    kit_feed(&kit, SLICE("<13>Nov 20 10:00:00 h x: hello"));
    kit_has(&kit, "observer.vendor", "two");
    kit_has(&kit, "akashi.rule", "a.other");
    kit_has(&kit, "message", "hello");
    kit_done(&kit);
}

/* --- patterns --------------------------------------------------------------------------------- */

/* The pattern over `p: TEXT`; what {a} found, or "no". */
static void check_pattern(const char *pattern, const char *text, const char *want)
{
    CLEANUP(buf_done) Buf yaml = {0};
    CLEANUP(buf_done) Buf line = {0};
    buf_add_format(&yaml,
                   "name: t\nrecognise:\n  - tag: p\nmessages:\n  - rule: yes\n    pattern: '%s'\n"
                   "    verb: LIST\n    fields: {akashi.object: a}\n%c",
                   pattern, '\0');
    buf_add_format(&line, "<13>Nov 20 10:00:00 h p: %s", text);
    const char *const one[] = {yaml.ptr};
    SourceKit kit = kit_open(one, 1);
    kit_feed(&kit, buf_slice(&line));
    bool matched = slice_eq(kit.record.text[RECORD_AKASHI_RULE], SLICE("t.yes"));
    Slice got = matched ? kit.record.text[RECORD_AKASHI_OBJECT] : SLICE("no");
    if (!expect_text(got, want)) tap_note("%s over %s", pattern, text);
    kit_done(&kit);
}

static void patterns_find_their_pieces(void)
{
    check_pattern("from {a:address} port {b:number}", "from 192.0.2.1 port 22", "192.0.2.1");
    check_pattern("from {a:address} port {b:number}", "from 192.0.2.1 port 22x", "no");
    check_pattern("from {a:address} port {b:number}", "from nobody port 22", "no");
    check_pattern("{a:address}:{b:number} > x", "192.0.2.1:80 > x", "192.0.2.1");
    check_pattern("{a:address}:{b:number}", "2001:db8::1:80", "no");
    check_pattern("{a:address}, {*}", "2001:db8::1, x", "2001:db8::1");
    check_pattern("[{a:address}]:{b:number}", "[2001:db8::1]:80", "2001:db8::1");
    check_pattern("{a:address}: {b:mac}", "192.0.2.1: 00:11:22:33:44:55", "192.0.2.1");
    check_pattern("{b:address}: {a:mac}", "192.0.2.1: 00:11:22:33:44:55", "00:11:22:33:44:55");
    check_pattern("say {a:quoted} to {b}", "say \"a \\\" b\" to me", "a \\\" b");
    check_pattern("say {a:quoted} to {b}", "say hi to me", "hi");
    check_pattern("a  b {a}", "a \t b   c", "c");
    check_pattern("{{{a}}", "{x}", "x");
    check_pattern("{*}end {a}", "the end end x", "no");
    check_pattern("{*}end {a:text}", "the end end x", "end x");
    check_pattern("{a:text} is {b:text}", "x is y is z", "x");
    check_pattern("{a:last} is {b:text}", "x is y is z", "x is y");
    check_pattern("{a:text}.", "one. two.", "one. two");
    check_pattern("{a}", "", "no");
    check_pattern("x={a:hex};", "x=0xFFg;", "no");
    check_pattern("x={a:hex};", "x=0xFF;", "0xFF");
}

/* A quote that a stranger typed is escaped by the device and ends nothing. */
static void a_value_cannot_become_a_field(void)
{
    const char *const one[] = {"name: t\nrecognise:\n  - contains: ['id=9 ']\ntake: {as: kv}\n"
                               "fields: {source.ip: src}\n"};
    SourceKit kit = kit_open(one, 1);
    kit_feed(&kit, SLICE("id=9 user=\"x\\\" src=198.51.100.66 y=\\\"\" src=192.0.2.1"));
    kit_has(&kit, "source.ip", "192.0.2.1");
    kit_feed(&kit, SLICE("id=9 src=192.0.2.1 user=\"x\" src=198.51.100.66"));
    kit_has(&kit, "source.ip", "192.0.2.1");
    kit_done(&kit);
}

/* A name is whatever a stranger typed: {last} takes what the program itself wrote behind it. */
static void a_name_cannot_move_the_rest(void)
{
    check_pattern("user {b:last} from {a:address}", "user x from 198.51.100.1 from 192.0.2.9",
                  "192.0.2.9");
}

static void long_texts_take_linear_time(void)
{
    CLEANUP(buf_done) Buf line = {0};
    const char *const one[] = {
        "name: t\nrecognise:\n  - tag: p\nmessages:\n  - rule: yes\n    verb: LIST\n"
        "    pattern: ['{a:text} xy {b:text} zz', '{a:last} xy {b:last} zz', '{*} q{*} w{*} e']\n"};
    SourceKit kit = kit_open(one, 1);
    buf_add_cstr(&line, "<13>Nov 20 10:00:00 h p: start");
    while (line.len < (size_t)1 << 20) {
        buf_add_cstr(&line, "      x");
    }
    kit_feed(&kit, buf_slice(&line));
    kit_has(&kit, "akashi.rule", "t.other");
    expect_int(kit.event.parse, PARSE_PARTIAL);
    expect_text(event_text(&kit.event, "akashi.parse_error"), "source.long");
    expect_int(kit.event.raw.len, line.len);
    kit_done(&kit);
}

/* --- times ------------------------------------------------------------------------------------ */

static void check_time(const char *format, const char *text, const char *want)
{
    CLEANUP(buf_done) Buf yaml = {0};
    CLEANUP(buf_done) Buf line = {0};
    buf_add_format(&yaml,
                   "name: t\nrecognise:\n  - starts: 'T|'\ntake: {as: csv, separator: '|', "
                   "columns: ['-', at]}\ntime: {of: at, format: '%s'}\n%c",
                   format, '\0');
    buf_add_format(&line, "T|%s", text);
    const char *const one[] = {yaml.ptr};
    SourceKit kit = kit_open(one, 1);
    kit_feed(&kit, buf_slice(&line));
    if (!kit_has(&kit, "@timestamp", want)) tap_note("%s as %s", text, format);
    bool told = slice_eq(event_text(&kit.event, "akashi.parse_error"), SLICE("source.time"));
    expect(told == (want[0] == '\0'));
    kit_done(&kit);
}

static void times_are_read_as_people_write_them(void)
{
    check_time("%Y-%m-%d %H:%M:%S", "2026-11-20 17:40:37", "2026-11-20T08:40:37Z");
    check_time("%Y/%m/%d %H:%M:%S", "2026/1/2 3:04:05", "2026-01-01T18:04:05Z");
    check_time("%Y年%m月%d日 %H時%M分%S秒", "2026年11月20日 17時40分37秒", "2026-11-20T08:40:37Z");
    check_time("%Y年%m月%d日 %p%I時%M分", "２０２６年１１月２０日　午後５時４０分",
               "2026-11-20T08:40:00Z");
    check_time("%E年%m月%d日 %H:%M", "令和8年11月20日 17:40", "2026-11-20T08:40:00Z");
    check_time("%E年%m月%d日 %H:%M", "令和元年5月1日 09:00", "2019-05-01T00:00:00Z");
    check_time("%E年%m月%d日 %H:%M", "平成31年4月30日 09:00", "2019-04-30T00:00:00Z");
    check_time("%E.%m.%d %H:%M", "R8.11.20 17:40", "2026-11-20T08:40:00Z");
    check_time("%E.%m.%d %H:%M", "S64.1.7 09:00", "1989-01-07T00:00:00Z");
    check_time("%d/%b/%Y:%H:%M:%S %z", "20/Nov/2026:17:40:37 +0000", "2026-11-20T17:40:37Z");
    check_time("%m/%d/%y %I:%M:%S %p", "11/20/26 12:00:01 AM", "2026-11-19T15:00:01Z");
    check_time("%m/%d/%y %I:%M:%S %p", "11/20/26 12:00:01 PM", "2026-11-20T03:00:01Z");
    check_time("%a %b %d %H:%M:%S.%f %Y", "Fri Nov  6 17:40:37.250000 2026",
               "2026-11-06T08:40:37.250Z");
    check_time("%b %d %H:%M:%S", "Nov 20 17:40:37", "2026-11-20T08:40:37Z");
    check_time("%b %d %H:%M:%S", "Feb 29 09:00:00", "2024-02-29T00:00:00Z");
    check_time("epoch", "1795164037", "2026-11-20T08:40:37Z");
    check_time("epoch", "1795164037.5", "2026-11-20T08:40:37.500Z");
    check_time("epoch", "1795164037369", "2026-11-20T08:40:37.369Z");
    check_time("epoch", "1795164037369913", "2026-11-20T08:40:37.369913Z");
    check_time("epoch", "1795164037369913239", "2026-11-20T08:40:37.369913239Z");
}

static void impossible_times_are_told(void)
{
    check_time("%Y-%m-%d %H:%M:%S", "2026-02-30 17:40:37", "");
    check_time("%Y-%m-%d %H:%M:%S", "2026-13-01 17:40:37", "");
    check_time("%Y-%m-%d %H:%M:%S", "2026-11-20 25:40:37", "");
    check_time("%Y-%m-%d %H:%M:%S", "2026-11-20 17:40:37 x", "");
    check_time("%Y-%m-%d", "yesterday", "");
    check_time("%E年%m月%d日", "大正15年1月1日", "");
    check_time("epoch", "99999999999999999999999", "");
    check_time("epoch", "-5", "");
}

/* --- taking apart ----------------------------------------------------------------------------- */

static void pairs_keep_every_name(void)
{
    const char *const one[] = {"name: t\nrecognise:\n  - contains: ['id=9 ']\ntake: {as: kv}\n"
                               "fields: {user.name: user, akashi.object: path}\n"};
    SourceKit kit = kit_open(one, 1);
    kit_feed(&kit, SLICE("<13>id=9 user=\"a \\\"b\\\" c\" path=\"C:\\dir\\sub\" host=inner x=1 x=2 "
                         "alone y="));
    kit_has(&kit, "user.name", "a \"b\" c");
    kit_has(&kit, "akashi.object", "C:\\dir\\sub");
    expect_text(event_text(&kit.event, "host"), "inner");
    expect_text(event_text(&kit.event, "x"), "1");
    expect_text(event_text(&kit.event, "id"), "9");
    size_t twice = 0;
    for (size_t i = 1; i < kit.event.field_count; i++) {
        const Field *field = &kit.event.fields[i];
        if (slice_eq(field->name, SLICE("x")) && slice_eq(field[-1].name, SLICE("x"))) twice++;
    }
    expect_int(twice, 1);
    kit_feed(&kit, SLICE("<13>Nov 20 10:00:00 outer id=9 host=inner user=u"));
    expect_text(event_text(&kit.event, "host"), "outer");
    expect_text(event_text(&kit.event, "log.host"), "inner");
    kit_done(&kit);
}

static void more_fields_than_fit_stay_in_the_text(void)
{
    const char *const one[] = {"name: t\nrecognise:\n  - contains: ['id=9 ']\ntake: {as: "
                               "kv}\nfields: {user.name: last}\n"};
    CLEANUP(buf_done) Buf line = {0};
    SourceKit kit = kit_open(one, 1);
    buf_add_cstr(&line, "<13>id=9 ");
    for (int i = 0; i < 2000; i++) {
        buf_add_format(&line, "n%d=%d ", i, i);
    }
    buf_add_cstr(&line, "last=me");
    kit_feed(&kit, buf_slice(&line));
    kit_has(&kit, "user.name", "me");
    expect(kit.event.field_count <= 310);
    kit_done(&kit);
}

static const char table[] =
    "name: t\nrecognise:\n  - header: ['端末名', '利用者']\ntake: {as: csv, header: first line}\n"
    "time: {of: '日時', format: '%Y/%m/%d %H:%M:%S'}\n"
    "fields: {user.name: '利用者', source.domain: '端末名', akashi.object: '操作'}\n";

static void a_header_names_the_columns_of_its_file(void)
{
    const char *const one[] = {table};
    SourceKit kit = kit_open(one, 1);
    kit_feed(&kit, SLICE("日時,端末名,利用者,操作"));
    kit_has(&kit, "akashi.rule", "t.other");
    kit_feed(&kit, SLICE("2026/11/20 17:40:37,PC-5,\"sato, \"\"T\"\"\",印刷"));
    kit_has(&kit, "user.name", "sato, \"T\"");
    kit_has(&kit, "source.domain", "PC-5");
    kit_has(&kit, "akashi.object", "印刷");
    kit_has(&kit, "@timestamp", "2026-11-20T08:40:37Z");
    kit_feed(&kit, SLICE("only one cell"));
    kit_has(&kit, "akashi.rule", "fallback.text");
    kit.lines = 0; /* another file: its lines are not of that table */
    kit_feed(&kit, SLICE("2026/11/20 17:40:37,PC-5,sato,印刷"));
    kit_has(&kit, "akashi.rule", "fallback.text");
    kit_done(&kit);
}

static void json_may_stand_in_a_column(void)
{
    static const char *const one[] = {
        "name: c\nrecognise:\n  - header: [Date, AuditData]\n  - json: [t, u.n]\n"
        "take: {as: json, column: AuditData, lists: [{of: l, name: n, value: v}]}\n"
        "time: {of: t, format: epoch}\n"
        "fields: {user.name: u.n, akashi.object: [l.file, Op], akashi.detail: Date}\n"};
    SourceKit kit = kit_open(one, 1);
    kit_feed(&kit, SLICE("Op,Date,AuditData,,More"));
    kit_feed(&kit, SLICE("open,today,\"{\"\"u\"\":{\"\"n\"\":\"\"sato\"\"},\"\"t\"\":1795132800,"
                         "\"\"\"\":1,\"\"l\"\":[{\"\"n\"\":\"\"file\"\",\"\"v\"\":\"\"a, "
                         "b\"\"}]}\",x,y"));
    expect(kit_has(&kit, "user.name", "sato"));
    expect(kit_has(&kit, "akashi.object", "a, b"));
    expect(kit_has(&kit, "akashi.detail", "today"));
    expect(kit_has(&kit, "@timestamp", "2026-11-20T00:00:00Z"));
    kit_feed(&kit,
             SLICE("open,today,\"{\"\"u\"\":{\"\"n\"\":\"\"sa")); /* cut off: the cells count */
    expect(kit_has(&kit, "user.name", ""));
    expect(kit_has(&kit, "akashi.object", "open"));
    kit_feed(&kit, SLICE("open,today"));
    expect(kit_has(&kit, "akashi.rule", "fallback.text"));
    kit_done(&kit);
}

static void other_senders_cannot_rename_columns(void)
{
    const char *const one[] = {table};
    SourceKit kit = kit_open(one, 1);
    kit_feed(&kit, SLICE("日時,端末名,利用者,操作"));
    kit_feed(&kit, SLICE("<13>Nov 20 10:00:00 h p: 日時,利用者,端末名,操作"));
    kit_feed(&kit, SLICE("2026/11/20 17:40:37,PC-5,sato,印刷"));
    kit_has(&kit, "user.name", "sato");
    kit_done(&kit);
}

/* --- encodings -------------------------------------------------------------------------------- */

static void japanese_encodings_are_found_out(void)
{
    const char *const one[] = {table};
    SourceKit kit = kit_open(one, 1);
    /* `日時,端末名,利用者,操作` and a row with 髙﨑① in CP932 */
    kit_feed(&kit, SLICE("\x93\xfa\x8e\x9e,\x92\x5b\x96\x96\x96\xbc,\x97\x98\x97\x70\x8e\xd2,"
                         "\x91\x80\x8d\xec"));
    kit_feed(&kit, SLICE("2026/11/20 17:40:37,PC-5,\xfb\xfc\xed\x95\x87\x40,\x88\xf3\x8d\xfc"));
    kit_has(&kit, "user.name", "髙﨑①");
    kit_has(&kit, "akashi.object", "印刷");
    /* 印刷 in EUC-JP and ISO-2022-JP */
    kit_feed(&kit, SLICE("2026/11/20 17:40:37,PC-5,sato,\xb0\xf5\xba\xfe"));
    kit_has(&kit, "akashi.object", "印刷");
    kit_feed(&kit, SLICE("2026/11/20 17:40:37,PC-5,sato,\x1b$B0u:~\x1b(B"));
    kit_has(&kit, "akashi.object", "印刷");
    /* bytes of no encoding stay, and the record is made */
    kit_feed(&kit, SLICE("2026/11/20 17:40:37,PC-5,sato,\xff\xfe\x81"));
    kit_has(&kit, "user.name", "sato");
    kit_done(&kit);
}

static void what_no_definition_knows_is_readable_too(void)
{
    const char *const one[] = {table};
    SourceKit kit = kit_open(one, 1);
    kit_feed(&kit, SLICE("\x88\xf3\x8d\xfc"));
    kit_has(&kit, "akashi.rule", "fallback.text");
    kit_has(&kit, "message", "印刷");
    expect_int(kit.event.raw.len, 4);
    kit_done(&kit);
}

/* --- conditions and values -------------------------------------------------------------------- */

static void conditions_choose_the_message(void)
{
    const char *const one[] = {
        "name: t\nrecognise:\n  - contains: ['id=9 ']\ntake: {as: kv}\nempty: ['-']\n"
        "fields: {source.ip: src, source.port: port, user.account: user, akashi.count: n}\n"
        "messages:\n"
        "  - {rule: range, when: {code: '400..499'}, verb: BLOCK, outcome: success}\n"
        "  - {rule: holds, when: {code: '*mid*', not user: root}, verb: READ}\n"
        "  - {rule: both, when: {code: [a, b], user: '*'}, verb: LOGON, outcome: {of: result, "
        "map: {ok: success, ng: failure}, else: unknown}}\n"};
    SourceKit kit = kit_open(one, 1);
    kit_feed(&kit, SLICE("id=9 code=404 src=::ffff:192.0.2.1 port=0"));
    kit_has(&kit, "akashi.rule", "t.range");
    kit_has(&kit, "source.ip", "192.0.2.1");
    kit_has(&kit, "source.port", "");
    kit_feed(&kit, SLICE("id=9 code=amidb src=pc-5 port=99x n=7"));
    kit_has(&kit, "akashi.rule", "t.holds");
    kit_has(&kit, "source.domain", "pc-5");
    kit_has(&kit, "source.ip", "");
    kit_has(&kit, "akashi.count", "7");
    kit_feed(&kit, SLICE("id=9 code=amidb user=root"));
    kit_has(&kit, "akashi.rule", "t.other");
    kit_feed(&kit, SLICE("id=9 code=b user=CORP\\sato result=ng"));
    kit_has(&kit, "akashi.rule", "t.both");
    kit_has(&kit, "event.outcome", "failure");
    kit_has(&kit, "user.name", "sato");
    kit_has(&kit, "user.domain", "CORP");
    kit_feed(&kit, SLICE("id=9 code=b user=- result=ng"));
    kit_has(&kit, "akashi.rule", "t.other");
    kit_done(&kit);
}

static void json_is_known_by_its_names(void)
{
    const char *const one[] = {
        "name: j\nrecognise:\n  - json: [kind, 'type=login', user.name]\ntake: {as: json}\n"
        "time: {of: at, format: epoch}\nfields: {user.account: user.name}\n"
        "messages:\n  - {rule: login, when: {type: login}, verb: LOGON, outcome: success}\n"};
    SourceKit kit = kit_open(one, 1);
    kit_feed(&kit, SLICE("{\"kind\":1,\"type\":\"login\",\"user\":{\"name\":\"sato@example.com\"},"
                         "\"at\":1795164037}"));
    kit_has(&kit, "akashi.rule", "j.login");
    kit_has(&kit, "user.name", "sato");
    kit_has(&kit, "@timestamp", "2026-11-20T08:40:37Z");
    kit_feed(&kit, SLICE("<13>Nov 20 10:00:00 relay app: {\"kind\":1,\"type\":\"login\",\"host\":"
                         "\"inner\",\"user\":{\"name\":\"sato\"},\"at\":1795164037}"));
    kit_has(&kit, "akashi.rule", "j.login");
    kit_has(&kit, "user.name", "sato");
    kit_has(&kit, "host.name", "relay");
    kit_feed(&kit, SLICE("{\"kind\":1,\"type\":\"other\",\"user\":{\"name\":\"sato\"}}"));
    kit_has(&kit, "akashi.rule", "fallback.json");
    kit_done(&kit);
}

static void the_definition_that_says_more_wins(void)
{
    const char *const two[] = {
        "name: general\nrecognise:\n  - contains: ['CEF:0|']\ntake: {as: cef}\n",
        "name: special\nrecognise:\n  - contains: ['CEF:0|Vendor|Box|']\ntake: {as: cef}\n"
        "fields: {akashi.object: Rule, user.name: suser}\n"};
    SourceKit kit = kit_open(two, 2);
    kit_feed(&kit, SLICE("CEF:0|Vendor|Other|1|2|n|3|suser=a"));
    kit_has(&kit, "akashi.rule", "general.other");
    kit_feed(&kit, SLICE("CEF:0|Vendor|Box|1|2|n|3|suser=a b c cs1Label=Rule cs1=R \\= 1 x=y"));
    kit_has(&kit, "akashi.rule", "special.other");
    kit_has(&kit, "akashi.object", "R = 1");
    kit_has(&kit, "user.name", "a b c");
    kit_feed(&kit, SLICE("CEF:0|cut"));
    kit_has(&kit, "akashi.rule", "fallback.text");
    kit_done(&kit);
}

/* The parts of a line are looked through side by side: a text may lie over their borders. */
static void a_text_is_seen_wherever_it_stands(void)
{
    const char *const two[] = {
        "name: long\nrecognise:\n  - contains: ['abcabcabd-and-then-some']\n",
        "name: short\nrecognise:\n  - contains: ['bq']\n"};
    static const Slice texts[] = {SLICE_INIT("abcabcabd-and-then-some"), SLICE_INIT("bq")};
    static const char *const rules[] = {"long.other", "short.other"};
    SourceKit kit = kit_open(two, 2);
    for (size_t len = 0; len < 130; len++) {
        for (size_t at = 0; at < 2 * ARRAY_COUNT(texts) * (len + 1); at++) {
            char line[200] = {0};
            size_t which = at % ARRAY_COUNT(texts), begin = at / ARRAY_COUNT(texts) % (len + 1);
            bool cut = at >= ARRAY_COUNT(texts) * (len + 1);
            Slice text = slice_first(texts[which], texts[which].len - cut);
            memset(line, at % 3 ? 'a' : 'b', len + text.len);
            memcpy(line + begin, text.ptr, text.len);
            kit_feed(&kit, slice_of(line, len + text.len));
            bool right = kit_has(&kit, "akashi.rule", cut ? "fallback.text" : rules[which]);
            if (!right) tap_note("%s", line);
        }
    }
    kit_done(&kit);
}

static const TapTest tests[] = {
    TAP_TEST(a_text_is_seen_wherever_it_stands),
    TAP_TEST(each_mistake_has_its_place),
    TAP_TEST(depth_and_size_have_a_maximum),
    TAP_TEST(the_later_of_a_name_wins),
    TAP_TEST(patterns_find_their_pieces),
    TAP_TEST(a_name_cannot_move_the_rest),
    TAP_TEST(a_value_cannot_become_a_field),
    TAP_TEST(long_texts_take_linear_time),
    TAP_TEST(times_are_read_as_people_write_them),
    TAP_TEST(impossible_times_are_told),
    TAP_TEST(pairs_keep_every_name),
    TAP_TEST(more_fields_than_fit_stay_in_the_text),
    TAP_TEST(a_header_names_the_columns_of_its_file),
    TAP_TEST(json_may_stand_in_a_column),
    TAP_TEST(other_senders_cannot_rename_columns),
    TAP_TEST(japanese_encodings_are_found_out),
    TAP_TEST(what_no_definition_knows_is_readable_too),
    TAP_TEST(conditions_choose_the_message),
    TAP_TEST(json_is_known_by_its_names),
    TAP_TEST(the_definition_that_says_more_wins),
};
TAP_MAIN(tests)
