/* The language of Sigma: every modifier and shape against events of our own, positive and negative;
 * what is refused, and where. */
#include "tests/support/sigma_kit.h"
#include "tests/support/tap.h"

#include <stdio.h>

typedef struct Case {
    const char *selection, *event;
    int holds;
} Case;

static void check_cases(const Case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        RuleSet *set = sigma_load_selection(cases[i].selection);
        int got = sigma_matches(set, cases[i].event);
        if (got != cases[i].holds) {
            tap_fail(__FILE__, __LINE__, "%s on %s: %d", cases[i].selection, cases[i].event, got);
        }
        rule_set_free(set);
    }
}

static void texts_and_wildcards(void)
{
    static const Case cases[] = {
        {"{A: foo}", "A=FOO", 1},
        {"{A: foo}", "A=foo bar", 0},
        {"{A: foo}", "B=foo", 0},
        {"{A: foo*}", "A=Foobar", 1},
        {"{A: '*bar'}", "A=fooBAR", 1},
        {"{A: f?o}", "A=fxo", 1},
        {"{A: f?o}", "A=fo", 0},
        {"{A: f?o}", "A=f認o", 1},
        {"{A: 'f*o*x'}", "A=fabcoyyx", 1},
        {"{A: 'f*o*x'}", "A=fabcyyx", 0},
        {"{A: 'a\\*b'}", "A=a*b", 1},
        {"{A: 'a\\*b'}", "A=axb", 0},
        {"{A: 'a\\?b'}", "A=a?b", 1},
        {"{A: 'a\\?b'}", "A=axb", 0},
        {"{A: 'C:\\Windows\\x.exe'}", "A=c:\\windows\\X.EXE", 1},
        {"{A: 'a\\\\*'}", "A=a\\bcd", 1},
        {"{A: 'a\\\\*'}", "A=abcd", 0},
        {"{A: 'a\\\\\\*'}", "A=a\\*", 1},
        {"{A: 'a\\\\\\*'}", "A=a\\b", 0},
        {"{A: '\\\\\\\\srv'}", "A=\\\\srv", 1},
        {"{A: '\\\\\\\\srv'}", "A=\\srv", 0},
        {"{A: ''}", "A=", 1},
        {"{A: ''}", "A=x", 0},
        {"{A: ''}", "B=x", 0},
        {"{A: null}", "B=x", 1},
        {"{A: null}", "A=~", 1},
        {"{A: null}", "A=", 0},
        {"{A: null}", "A=x", 0},
        {"{A: [null, '']}", "A=", 1},
        {"{A: [null, x]}", "A=y", 0},
        {"{A: '*'}", "A=", 1},
        {"{A: '*'}", "B=1", 0},
        {"{A: '*'}", "A=~", 0},
        {"{A: ÉTÉ}", "A=été", 1},
        {"{A: ДОМ}", "A=дом", 1},
        {"{A: ａ}", "A=a", 0},
        {"{A: true}", "A=TRUE", 1},
        {"{A: [x, y]}", "A=y", 1},
        {"{A: x, B: y}", "A=x;B=y", 1},
        {"{A: x, B: y}", "A=x;B=z", 0},
        {"[{A: x}, {B: y}]", "B=y", 1},
        {"[{A: x}, {B: y}]", "A=y;B=x", 0},
        {"{A: x}", "A=y;A=x", 1},
        {"{ThreatName: x}", "Threat Name=x", 1},
        {"{Threat Name: x}", "ThreatName=x", 1},
    };
    check_cases(cases, ARRAY_COUNT(cases));
}

static void numbers(void)
{
    static const Case cases[] = {
        {"{A: 10}", "A=10", 1},
        {"{A: 10}", "A=0xa", 1},
        {"{A: '10'}", "A=0xa", 0},
        {"{A: 0x3e7}", "A=999", 1},
        {"{A: '0x3e7'}", "A=0x3E7", 1},
        {"{A: 10}", "A=100", 0},
        {"{A|lt: 5}", "A=4", 1},
        {"{A|lt: 5}", "A=5", 0},
        {"{A|lte: 5}", "A=5", 1},
        {"{A|lte: 5}", "A=5.5", 0},
        {"{A|gt: 5}", "A=0x10", 1},
        {"{A|gt: 5}", "A=-7", 0},
        {"{A|gte: 5.5}", "A=5.5", 1},
        {"{A|gte: 5}", "A=text", 0},
        {"{A|gte: 5}", "A=", 0},
        {"{A|gt: -3}", "A=-2", 1},
        {"{A|minute: 30}", "A=2026-11-20T08:30:00Z", 1},
        {"{A|minute: 30}", "A=2026-11-20T08:31:00Z", 0},
        {"{A|hour: 8}", "A=2026-11-20 08:30:00.123", 1},
        {"{A|hour: 8}", "A=2026-11-20T18:30:00Z", 0},
        {"{A|day: 20}", "A=2026-11-20T08:30:00Z", 1},
        {"{A|day: 20}", "A=2026-11-21T08:30:00Z", 0},
        {"{A|week: 1}", "A=2027-01-04T00:00:00Z", 1},
        {"{A|week: 53}", "A=2027-01-03T00:00:00Z", 1},
        {"{A|week: 1}", "A=2025-12-31T00:00:00Z", 1},
        {"{A|month: 11}", "A=2026-11-20T08:30:00Z", 1},
        {"{A|month: 11}", "A=2026-12-20T08:30:00Z", 0},
        {"{A|year: 2026}", "A=2026-11-20T08:30:00Z", 1},
        {"{A|year: 2026}", "A=no time", 0},
    };
    check_cases(cases, ARRAY_COUNT(cases));
}

static void modifiers(void)
{
    static const Case cases[] = {
        {"{A|contains: bc}", "A=aBCd", 1},
        {"{A|contains: bc}", "A=b c", 0},
        {"{A|contains: 'b?d'}", "A=abcde", 1},
        {"{A|contains|all: [b, d]}", "A=abcde", 1},
        {"{A|contains|all: [b, x]}", "A=abcde", 0},
        {"{A|contains|all: [b, d]}", "A=b;A=d", 1},
        {"{A|startswith: ab}", "A=ABc", 1},
        {"{A|startswith: ab}", "A=cab", 0},
        {"{A|endswith: bc}", "A=aBc", 1},
        {"{A|endswith: bc}", "A=bca", 0},
        {"{A|endswith: [x, c]}", "A=abc", 1},
        {"{A|cased: Foo}", "A=Foo", 1},
        {"{A|cased: Foo}", "A=foo", 0},
        {"{A|contains|cased: oO}", "A=foO", 1},
        {"{A|contains|cased: oO}", "A=foo", 0},
        {"{A|cased: ''}", "A=", 1},
        {"{A|exists: true}", "A=", 1},
        {"{A|exists: true}", "A=~", 1},
        {"{A|exists: true}", "B=x", 0},
        {"{A|exists: false}", "B=x", 1},
        {"{A|exists: false}", "A=x", 0},
        {"{A|neq: x}", "A=y", 1},
        {"{A|neq: x}", "A=X", 0},
        {"{A|neq: x}", "B=y", 1},
        {"{A|contains|neq: x}", "A=axb", 0},
        {"{A|windash|contains: ' -enc'}", "A=p /ENC z", 1},
        {"{A|windash|contains: ' -enc'}",
         "A=p \xe2\x80\x93"
         "enc",
         1},
        {"{A|windash|contains: ' -enc'}",
         "A=p \xe2\x80\x94"
         "enc",
         1},
        {"{A|windash|contains: ' -enc'}",
         "A=p \xe2\x80\x95"
         "enc",
         1},
        {"{A|windash|contains: ' -enc'}", "A=p +enc", 0},
        {"{A|contains|windash: ' -f'}", "A=x /f", 1},
        {"{A|contains|windash: 'a-b'}", "A=a/b", 0},
        {"{A|contains|all|windash: [' -a', ' /b']}", "A=x -b /a", 1},
        {"{A|re: 'a.c'}", "A=xabcx", 1},
        {"{A|re: 'a.c'}", "A=xABCx", 0},
        {"{A|re|i: 'a.c'}", "A=xABCx", 1},
        {"{A|re: '(?i)a.c'}", "A=xABCx", 1},
        {"{A|re: '^a$'}", "A=x\na\nx", 0},
        {"{A|re|m: '^a$'}", "A=x\na\nx", 1},
        {"{A|re|m: '^a$'}", "A=x\nab\nx", 0},
        {"{A|re: 'a.b'}", "A=a\nb", 0},
        {"{A|re|s: 'a.b'}", "A=a\nb", 1},
        {"{A|re: 'ａ'}", "A=a", 0},
        {"{A|re: '[^a-z]'}", "A=ａ", 1},
        {"{A|re: ['x', 'b+c']}", "A=abbc", 1},
        {"{A|cidr: 192.0.2.0/24}", "A=192.0.2.77", 1},
        {"{A|cidr: 192.0.2.0/24}", "A=192.0.3.77", 0},
        {"{A|cidr: 192.0.2.0/25}", "A=192.0.2.200", 0},
        {"{A|cidr: 192.0.2.0/24}", "A=::ffff:192.0.2.1", 1},
        {"{A|cidr: 192.0.2.0/24}", "A=not an address", 0},
        {"{A|cidr: '2001:db8::/32'}", "A=2001:db8:1::5", 1},
        {"{A|cidr: '2001:db8::/32'}", "A=2001:db9::5", 0},
        {"{A|cidr: 0.0.0.0/0}", "A=203.0.113.9", 1},
        {"{A|base64: foobar}", "A=Zm9vYmFy", 1},
        {"{A|base64|contains: foobar}", "A=xxZm9vYmFyxx", 1},
        {"{A|base64|contains: foobar}", "A=xxZm9vYmxx", 0},
        {"{A|base64offset|contains: /bin/bash}", "A=L2Jpbi9iYXNo", 1},
        {"{A|base64offset|contains: /bin/bash}", "A=IC9iaW4vYmFzaC", 1},
        {"{A|base64offset|contains: /bin/bash}", "A=ICAvYmluL2Jhc2gg", 1},
        {"{A|base64offset|contains: /bin/bash}", "A=L2Jpbi9zaA==", 0},
        {"{A|wide|base64offset|contains: ab}", "A=YQBiA", 1},
        {"{A|utf16le|base64: ab}", "A=YQBiAA==", 1},
        {"{A|utf16be|base64: ab}", "A=AGEAYg==", 1},
        {"{A|utf16|base64: ab}", "A=//5hAGIA", 1},
        {"{A|utf16be|base64: ab}", "A=YQBiAA==", 0},
        {"{A|fieldref: B}", "A=x;B=X", 1},
        {"{A|fieldref: B}", "A=x;B=y", 0},
        {"{A|fieldref: B}", "A=x", 0},
        {"{A|fieldref|startswith: B}", "A=xyz;B=xy", 1},
        {"{A|fieldref|endswith: B}", "A=xyz;B=xy", 0},
        {"{A|fieldref|contains: B}", "A=xyz;B=Y", 1},
        {"{A|fieldref|neq: B}", "A=xyz;B=Y", 1},
        {"{A|fieldref|cased: B}", "A=x;B=X", 0},
    };
    check_cases(cases, ARRAY_COUNT(cases));
}

static void keywords(void)
{
    static const Case cases[] = {
        {"[foo, bar]", "A=x;B=a BAR b", 1},
        {"[foo, bar]", "A=x;B=ba r", 0},
        {"foo", "A=xfoox", 1},
        {"['f*x']", "A=1f22x3", 1},
        {"{'|all': [foo, bar]}", "A=foo;B=bar", 1},
        {"{'|all': [foo, bar]}", "A=foo;B=baz", 0},
        {"{'|re': 'fo+$'}", "B=xfooo", 1},
        {"{'|re': 'fo+$'}", "B=xfooox", 0},
        {"[foo, {A: x}]", "A=x", 1},
        {"[foo, {A: x}]", "A=y", 0},
    };
    check_cases(cases, ARRAY_COUNT(cases));
}

typedef struct ConditionCase {
    const char *condition;
    const char *holds, *fails;
} ConditionCase;

static void conditions(void)
{
    static const ConditionCase cases[] = {
        {"a and b", "A=1;B=1", "A=1"},        {"a or b and c", "A=1", "B=1"},
        {"(a or b) and c", "B=1;C=1", "A=1"}, {"a and not b", "A=1", "A=1;B=1"},
        {"not (a or b)", "C=1", "B=1"},       {"not a and b", "B=1", "A=1;B=1"},
        {"1 of them", "C=1", "D=1"},          {"all of them", "A=1;B=1;C=1", "A=1;B=1"},
        {"any of them", "A=1", "_H=1"},       {"1 of f_*", "F1=1", "A=1"},
        {"all of f_*", "F1=1;F2=1", "F1=1"},  {"a and not 1 of f_*", "A=1", "A=1;F2=1"},
        {"_h and a", "A=1;_H=1", "A=1"},      {"[a, b]", "B=1", "C=1"},
        {"NOT a AND b", "B=1", "A=1;B=1"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        char text[1024];
        bool named = strstr(cases[i].condition, "f_") != NULL;
        snprintf(text, sizeof text,
                 SIGMA_HEAD
                 "  a: {A: 1}\n  b: {B: 1}\n  c: {C: 1}\n%s  _h: {_H: 1}\n  condition: %s\n",
                 named ? "  f_1: {F1: 1}\n  f_2: {F2: 1}\n" : "", cases[i].condition);
        const char *texts[] = {text};
        RuleSet *set = sigma_load(texts, 1);
        if (sigma_matches(set, cases[i].holds) != 1)
            tap_fail(__FILE__, __LINE__, "%s must hold", cases[i].condition);
        if (sigma_matches(set, cases[i].fails) != 0)
            tap_fail(__FILE__, __LINE__, "%s must fail", cases[i].condition);
        rule_set_free(set);
    }
}

static void what_is_wrong_is_refused_with_its_place(void)
{
    static const RefusedCase cases[] = {
        {SIGMA_HEAD "  s: {A|contain: x}\n  condition: s\n", "sigma.modifier", 5},
        {SIGMA_HEAD "  s: {A|re: '(a'}\n  condition: s\n", "regex.unclosed_group", 5},
        {SIGMA_HEAD "  s: {A|re: '(?=a)'}\n  condition: s\n", "regex.group", 5},
        {SIGMA_HEAD "  s: {A|re: '((a{900}){900}){900}'}\n  condition: s\n", "regex.too_large", 5},
        {SIGMA_HEAD "  s: {A|cidr: 192.0.2.0/33}\n  condition: s\n", "sigma.cidr", 5},
        {SIGMA_HEAD "  s: {A|cidr: nowhere}\n  condition: s\n", "sigma.cidr", 5},
        {SIGMA_HEAD "  s: {A|expand: '%who%'}\n  condition: s\n", "sigma.placeholder", 5},
        {SIGMA_HEAD "  s: {A|lt: many}\n  condition: s\n", "sigma.value", 5},
        {SIGMA_HEAD "  s: {A|exists: maybe}\n  condition: s\n", "sigma.value", 5},
        {SIGMA_HEAD "  s: {A|re|cidr: x}\n  condition: s\n", "sigma.modifiers_together", 5},
        {SIGMA_HEAD "  s: {A|i: x}\n  condition: s\n", "sigma.modifiers_together", 5},
        {SIGMA_HEAD "  s: {A|base64: 'a*'}\n  condition: s\n", "sigma.value", 5},
        {SIGMA_HEAD "  s: {A|utf16: 'a'}\n  condition: s\n", "sigma.value", 5},
        {SIGMA_HEAD "  s: {A|windash: ' -a -b -c -d -e'}\n  condition: s\n", "sigma.value", 5},
        {SIGMA_HEAD "  s: {A: []}\n  condition: s\n", "sigma.value", 5},
        {SIGMA_HEAD "  s: {A: {B: x}}\n  condition: s\n", "sigma.value", 5},
        {SIGMA_HEAD "  s: {A: x}\n  condition: t\n", "sigma.selection", 6},
        {SIGMA_HEAD "  s: {A: x}\n  condition: s and\n", "sigma.condition", 6},
        {SIGMA_HEAD "  s: {A: x}\n  condition: (s\n", "sigma.condition", 6},
        {SIGMA_HEAD "  s: {A: x}\n  condition: s s\n", "sigma.condition", 6},
        {SIGMA_HEAD "  s: {A: x}\n  condition: s | count() > 5\n", "sigma.aggregation", 6},
        {SIGMA_HEAD "  s: {A: x}\n  condition: 1 of t*\n", "sigma.selection", 6},
        {SIGMA_HEAD "  s: {A: x}\n  timeframe: 5m\n  condition: s\n", "sigma.timeframe", 6},
        {SIGMA_HEAD "  s: {A: x}\n", "sigma.missing", 0},
        {SIGMA_HEAD "  s: {A: x, A: y}\n  condition: s\n", "yaml.twice", 5},
        {SIGMA_HEAD "  s: {A: x\n  condition: s\n", "yaml.syntax", 0},
        {SIGMA_HEAD "  s: &a [*a]\n  condition: s\n", "yaml.shape", 5},
        {"title: x\ndetection: {s: {A: x}, condition: s}\n", "sigma.missing", 1},
        {"title: x\n", "sigma.kind", 1},
        {"- 1\n- 2\n", "sigma.kind", 1},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        const char *texts[] = {cases[i].text,
                               SIGMA_HEAD "  s: {A: x}\n  condition: s\n"}; /* the others go on */
        RuleSet *set = sigma_load(texts, 2);
        const RuleInfo *info = rule_set_info(set, 0);
        expect_int(info->state, RULE_REJECTED);
        if (!info->reason || !info->reason->id || strcmp(info->reason->id, cases[i].id) != 0)
            tap_fail(__FILE__, __LINE__, "%s: %s", cases[i].text,
                     info->reason && info->reason->id ? info->reason->id : "no reason");
        if (info->reason && cases[i].line) expect_int(info->reason->line, cases[i].line);
        if (info->reason) expect(info->reason->ja[0] != '\0' && info->reason->en[0] != '\0');
        if (info->reason) expect_text(slice_from_cstr(info->reason->file), "rule.yml");
        expect_int(rule_set_info(set, rule_set_count(set) - 1)->state, RULE_READY);
        expect_int(sigma_matches(set, "A=x"), 1);
        rule_set_free(set);
    }
}

static const TapTest tests[] = {
    TAP_TEST(texts_and_wildcards), TAP_TEST(numbers),
    TAP_TEST(modifiers),           TAP_TEST(keywords),
    TAP_TEST(conditions),          TAP_TEST(what_is_wrong_is_refused_with_its_place),
};
TAP_MAIN(tests)
