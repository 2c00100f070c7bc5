/* Source definitions: what is inside values. Lists of objects in JSON, values that hold several,
 * the first of several values, parameters of syslog. */
#include "tests/support/source_kit.h"
#include "tests/support/tap.h"

#include "base/buf.h"

#include <errno.h>
#include <stdio.h>

#define LIST_HEAD "name: l\nrecognise:\n  - json: [kind]\n"

static void lists_of_objects_are_taken_apart(void)
{
    const char *const one[] = {
        LIST_HEAD "take:\n  as: json\n  lists:\n    - {of: events}\n"
                  "    - {of: events.parameters, name: name, value: [value, flag]}\n"
                  "fields: {akashi.object: events.parameters.title, akashi.detail: "
                  "'{events.parameters.seen}/{events.at.place}/{events.parameters.who}', "
                  "user.name: events.name}\n"};
    SourceKit kit = kit_open(one, 1);
    kit_feed(&kit, SLICE("{\"kind\":1,\"events\":[7,{\"name\":\"edit\",\"at\":{\"place\":\"T\"},"
                         "\"parameters\":[{\"name\":\"title\",\"value\":\"\\u56f3 1\"},"
                         "{\"value\":\"x\"},{\"name\":\"seen\",\"flag\":true},"
                         "{\"name\":\"who\",\"value\":[\"a\",\"b\"]},{\"name\":\"none\"}]},"
                         "{\"name\":\"second\"}]}"));
    kit_has(&kit, "user.name", "edit");
    kit_has(&kit, "akashi.object", "図 1");
    kit_has(&kit, "akashi.detail", "true/T/a");
    expect_text(event_text(&kit.event, "events.parameters.who"), "a");
    kit_feed(&kit, SLICE("{\"kind\":1,\"events\":\"none\"}"));
    kit_has(&kit, "akashi.rule", "l.other");
    kit_has(&kit, "user.name", "");
    kit_feed(&kit,
             SLICE("{\"kind\":1,\"events\":[{\"parameters\":[1,[2],{\"name\":[],\"value\":1}]}]}"));
    kit_has(&kit, "akashi.rule", "l.other");
    kit_done(&kit);
}

static void a_preferred_object_comes_before_the_first(void)
{
    const char *const one[] = {
        LIST_HEAD "take: {as: json, lists: [{of: e, prefer: {of: p, holds: [main, 'true']}}]}\n"
                  "fields: {akashi.object: e.name}\n"};
    SourceKit kit = kit_open(one, 1);
    kit_feed(
        &kit,
        SLICE("{\"kind\":1,\"e\":[{\"name\":\"a\",\"p\":[{\"n\":\"main\",\"v\":false}]},"
              "{\"name\":\"b\",\"p\":[{\"n\":\"x\",\"v\":true},{\"n\":\"main\",\"v\":true}]}]}"));
    kit_has(&kit, "akashi.object", "b");
    kit_feed(&kit, SLICE("{\"kind\":1,\"e\":[{\"name\":\"a\"},{\"name\":\"b\",\"p\":\"main\"}]}"));
    kit_has(&kit, "akashi.object", "a");
    kit_done(&kit);
}

static void long_lists_have_a_maximum(void)
{
    const char *const one[] = {
        LIST_HEAD "take: {as: json, lists: [{of: l, name: n, value: v}]}\n"
                  "fields: {user.name: l.a0, group.name: l.a299, akashi.object: l.a300}\n"};
    SourceKit kit = kit_open(one, 1);
    CLEANUP(buf_done) Buf line = {0};
    buf_add_cstr(&line, "{\"kind\":1,\"l\":[");
    for (unsigned i = 0; i < 5000; i++) {
        buf_add_cstr(&line, i ? ",{\"n\":\"a" : "{\"n\":\"a");
        buf_add_u64(&line, i);
        buf_add_cstr(&line, "\",\"v\":[1,2,3]}");
    }
    buf_add_cstr(&line, "]}");
    kit_feed(&kit, buf_slice(&line));
    kit_has(&kit, "user.name", "1");
    kit_has(&kit, "group.name", "");
    kit_has(&kit, "akashi.rule", "l.other");
    kit_done(&kit);
}

static void the_first_value_counts(void)
{
    const char *const one[] = {
        "name: f\nrecognise:\n  - contains: ['a=']\n  - json: [a, b]\ntake: {as: kv}\n"
        "fields:\n  akashi.object: [b, '{c}/{d}', =none]\n  akashi.detail: [b, c]\n"};
    SourceKit kit = kit_open(one, 1);
    kit_feed(&kit, SLICE("a=1 b=2 c=3"));
    kit_has(&kit, "akashi.object", "2");
    kit_has(&kit, "akashi.detail", "2");
    kit_feed(&kit, SLICE("a=1 c=3 d=4"));
    kit_has(&kit, "akashi.object", "3/4");
    kit_has(&kit, "akashi.detail", "3");
    kit_feed(&kit, SLICE("a=1"));
    kit_has(&kit, "akashi.object", "none");
    kit_feed(&kit, SLICE("<13>Nov 20 10:00:00 relay {\"a\":1,\"b\":\"y\"}"));
    kit_has(&kit, "akashi.rule", "f.other");
    kit_has(&kit, "akashi.object", "y");
    kit_feed(&kit, SLICE("{\"a\":1,\"b\":\"x\"}"));
    kit_has(&kit, "akashi.rule", "f.other");
    kit_has(&kit, "akashi.object", "x");
    kit_done(&kit);
}

static void values_that_hold_several_are_split(void)
{
    const char *const one[] = {
        "name: s\nrecognise:\n  - contains: ['src=']\ntake: {as: kv}\nsplit:\n"
        "  - {of: src, pattern: ['{source.ip:address}:{source.port:number}:{zone}', "
        "'{source.ip:address}']}\n"
        "  - {of: zone, pattern: 'X{n:number}'}\nfields: {akashi.detail: n, akashi.object: "
        "zone}\n"};
    SourceKit kit = kit_open(one, 1);
    kit_feed(&kit, SLICE("src=192.0.2.1:80:X7 usr=src"));
    kit_has(&kit, "source.ip", "192.0.2.1");
    kit_has(&kit, "source.port", "80");
    kit_has(&kit, "akashi.detail", "7");
    kit_feed(&kit, SLICE("src=192.0.2.2"));
    kit_has(&kit, "source.ip", "192.0.2.2");
    kit_has(&kit, "source.port", "");
    kit_has(&kit, "akashi.detail", "");
    kit_feed(&kit, SLICE("src=none:80:X7"));
    kit_has(&kit, "akashi.rule", "s.other");
    kit_has(&kit, "source.ip", "");
    kit_done(&kit);
}

static void parameters_of_syslog_have_short_names(void)
{
    const char *const one[] = {
        "name: p\nrecognise:\n  - tag: RT_FLOW\nfields: {source.ip: source-address, "
        "user.name: 'exact@1.name', group.name: name}\n"};
    SourceKit kit = kit_open(one, 1);
    kit_feed(&kit, SLICE("<14>1 2026-11-20T08:40:05Z srx01 RT_FLOW - X [junos@2636.1.1.1.2.129 "
                         "source-address=\"192.0.2.1\"][exact@1 name=\"a\"][plain name=\"b\"]"));
    kit_has(&kit, "akashi.rule", "p.other");
    kit_has(&kit, "source.ip", "192.0.2.1");
    kit_has(&kit, "user.name", "a");
    kit_has(&kit, "group.name", "a");
    kit_done(&kit);
}

static void conditions_may_take_either_case(void)
{
    const char *const one[] = {
        "name: q\nrecognise:\n  - tag: q\ntake: {as: nothing, frame: 'sql={sql:text}'}\nmessages:\n"
        "  - {rule: drop, when: {any case sql: ['drop *', '* PURGE', '*Secret*', halt]}, verb: "
        "DB_SCHEMA}\n"
        "  - {rule: exact, when: {sql: ['select *']}, verb: DB_QUERY}\n"
        "  - {rule: rest, when: {not any case sql: 'SELECT *'}, verb: OTHER}\n"};
    static const struct {
        const char *line, *rule;
    } rows[] = {{"<14>Nov 20 09:00:00 h q: sql=DROP table x", "q.drop"},
                {"<14>Nov 20 09:00:00 h q: sql=Drop Table x", "q.drop"},
                {"<14>Nov 20 09:00:00 h q: sql=table x purge", "q.drop"},
                {"<14>Nov 20 09:00:00 h q: sql=a SECRET b", "q.drop"},
                {"<14>Nov 20 09:00:00 h q: sql=HALT", "q.drop"},
                {"<14>Nov 20 09:00:00 h q: sql=drop", "q.rest"},
                {"<14>Nov 20 09:00:00 h q: sql=select 1", "q.exact"},
                {"<14>Nov 20 09:00:00 h q: sql=Select 1", "q.other"}};
    SourceKit kit = kit_open(one, 1);
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        kit_feed(&kit, slice_from_cstr(rows[i].line));
        kit_has(&kit, "akashi.rule", rows[i].rule);
    }
    kit_done(&kit);
}

static void stars_may_stand_inside(void)
{
    const char *const one[] = {
        "name: w\nrecognise:\n  - tag: w\ntake: {as: nothing, frame: 'v={v:text}'}\nmessages:\n"
        "  - {rule: ends, when: {v: 'ab*ba'}, verb: OTHER}\n"
        "  - {rule: middle, when: {v: ['x*1*2*y', '*k*l', 'm*n*']}, verb: OTHER}\n"
        "  - {rule: case, when: {any case v: 'Create*Login*'}, verb: OTHER}\n"
        "  - {rule: not, when: {not v: 'q*q'}, verb: OTHER}\n"};
    static const struct {
        const char *value, *rule;
    } rows[] = {{"abba", "w.ends"},      {"ab x ba", "w.ends"}, {"aba", "w.not"},
                {"ab*ba", "w.ends"},     {"x12y", "w.middle"},  {"x21y", "w.not"},
                {"x 1 2 y", "w.middle"}, {"x12yz", "w.not"},    {"kl", "w.middle"},
                {"0k0l", "w.middle"},    {"klm", "w.not"},      {"mn", "w.middle"},
                {"m n o", "w.middle"},   {"mx", "w.not"},       {"CREATE  login sa", "w.case"},
                {"q1q", "w.other"},      {"q", "w.not"},        {"qq", "w.other"}};
    SourceKit kit = kit_open(one, 1);
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        char line[128];
        snprintf(line, sizeof line, "<14>Nov 20 09:00:00 h w: v=%s", rows[i].value);
        kit_feed(&kit, slice_from_cstr(line));
        if (!kit_has(&kit, "akashi.rule", rows[i].rule)) tap_note("%s", rows[i].value);
    }
    kit_done(&kit);
}

static void check_refused_at(const char *yaml, unsigned line, unsigned column)
{
    SourceSet *set = source_set_new();
    Complaint complaint = {0};
    int r = source_set_add(set, SLICE("bad.yaml"), slice_from_cstr(yaml), false, &complaint);
    expect_int(r, -EINVAL);
    expect_int(complaint.line, line);
    expect_int(complaint.column, column);
    source_set_free(set);
}

static void too_many_stars_are_refused_with_their_place(void)
{
#define STARS_HEAD "name: w\nrecognise:\n  - tag: w\nmessages:\n"
    check_refused_at(STARS_HEAD "  - {rule: a, when: {message: 'a**b'}, verb: OTHER}\n", 5, 31);
    check_refused_at(
        STARS_HEAD "  - rule: a\n    verb: OTHER\n    when:\n      message: [ok, '**']\n", 8, 21);
    check_refused_at(STARS_HEAD "  - rule: a\n    verb: OTHER\n    when:\n"
                                "      message: '1*2*3*4*5*6*7*8*9'\n",
                     8, 16);
}

static void what_is_built_in_can_be_described(void)
{
    const char *const two[] = {"name: sshd\ntranslator: ['ssh.*', pam.failed]\n",
                               "name: door\nrecognise:\n  - tag: door\n"};
    SourceKit kit = kit_open(two, 2);
    kit_feed(&kit, SLICE("<38>Nov 20 09:00:01 h sshd[8]: Accepted password for sato from 192.0.2.5 "
                         "port 50001 ssh2"));
    kit_has(&kit, "akashi.rule", "ssh.accepted");
    expect(source_set_owns(kit.set, 0, SLICE("ssh.accepted")));
    expect(source_set_owns(kit.set, 0, SLICE("pam.failed")));
    expect(!source_set_owns(kit.set, 0, SLICE("pam.failed.more")));
    expect(!source_set_owns(kit.set, 0, SLICE("sshd.other")));
    expect(source_set_owns(kit.set, 1, SLICE("door.other")));
    expect(!source_set_owns(kit.set, 1, SLICE("ssh.accepted")));
    kit_done(&kit);
}

static const TapTest tests[] = {
    TAP_TEST(conditions_may_take_either_case),
    TAP_TEST(stars_may_stand_inside),
    TAP_TEST(too_many_stars_are_refused_with_their_place),
    TAP_TEST(what_is_built_in_can_be_described),
    TAP_TEST(lists_of_objects_are_taken_apart),
    TAP_TEST(a_preferred_object_comes_before_the_first),
    TAP_TEST(long_lists_have_a_maximum),
    TAP_TEST(the_first_value_counts),
    TAP_TEST(values_that_hold_several_are_split),
    TAP_TEST(parameters_of_syslog_have_short_names),
};
TAP_MAIN(tests)
