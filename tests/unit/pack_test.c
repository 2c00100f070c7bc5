/* detect/pack: what packs say beyond Sigma, and what is refused; detection: what is told. */
#include "tests/support/tap.h"

#include "detect/detection.h"
#include "detect/pack.h"

#include <errno.h>
#include <stdio.h>

#define WORDS                                                                                      \
    "  words:\n"                                                                                   \
    "    ja: {title: あ, seen: い, why: う, first: [え, お], call: か, harmless: き}\n"     \
    "    en: {title: a, seen: b, why: c, first: [d, e], call: f, harmless: g}\n"
#define TESTS                                                                                      \
    "  tests:\n"                                                                                   \
    "    - {name: one, lines: abc, repeat: {count: 3, every: 5m}, then: xyz, expect: 2}\n"         \
    "    - {name: two, simulate: {scenario: quiet-day, seed: 4, days: 2}, expect: 0}\n"
#define RULE "title: x\nlogsource: {product: akashi}\ndetection: {s: {a: b}, condition: s}\n"
#define HEAD "akashi:\n  rows: [D1, D2]\n  phase: theft\n  story: [user.name]\n"

static int read_rules(const char *yaml, Arena *arena, PackRule **rules, size_t *count,
                      Complaint *complaint)
{
    return pack_rules_read(slice_from_cstr(yaml), SLICE("a.yaml"), 10, arena, rules, count,
                           complaint);
}

static void a_rule_is_read(void)
{
    CLEANUP(arena_done) Arena arena = {0};
    Complaint complaint = {0};
    PackRule *rules;
    size_t count;
    if (!expect_ok(read_rules("title: base\n---\n" RULE HEAD "  expires: 30\n" WORDS TESTS, &arena,
                              &rules, &count, &complaint)))
        return;
    expect_int(count, 1);
    expect_int(rules[0].rule, 11);
    expect_int(rules[0].rows.count, 2);
    expect_slice(rules[0].rows.list[1], SLICE("D2"));
    expect_int(rules[0].phase, PACK_THEFT);
    expect_int(rules[0].expires_days, 30);
    expect_slice(rules[0].words[1].first.list[1], SLICE("e"));
    expect_slice(rules[0].words[0].harmless, SLICE("き"));
    expect(!rules[0].is_part);
    expect_int(rules[0].test_count, 2);
    expect_int(rules[0].tests[0].every_ns, (int64_t)300 * NS_PER_SECOND);
    expect_slice(rules[0].tests[0].then, SLICE("xyz"));
    expect_slice(rules[0].tests[1].scenario, SLICE("quiet-day"));
    expect_int(rules[0].tests[1].days, 2);
}

static void a_part_has_a_title_in_both_languages(void)
{
    CLEANUP(arena_done) Arena arena = {0};
    Complaint complaint = {0};
    PackRule *rules;
    size_t count;
    if (!expect_ok(read_rules(RULE "akashi:\n  part: {ja: あ, en: a}\n", &arena, &rules, &count,
                              &complaint)))
        return;
    expect_int(count, 1);
    expect(rules[0].is_part);
    expect_slice(rules[0].words[0].title, SLICE("あ"));
    expect_slice(rules[0].words[1].title, SLICE("a"));
    expect_int(rules[0].test_count, 0);
}

static void a_habit_is_read(void)
{
    CLEANUP(arena_done) Arena arena = {0};
    Complaint complaint = {0};
    PackRule *rules;
    size_t count;
    if (!expect_ok(read_rules(
            RULE HEAD
            "  habit: {type: change, group-by: [akashi.site], field: "
            "source.bytes, window: 1d, learn: 3d, factor: 2.5, least: 10, only: rise}\n" WORDS
                TESTS,
            &arena, &rules, &count, &complaint)))
        return;
    expect(rules[0].has_habit);
    expect_int(rules[0].habit.kind, HABIT_CHANGE);
    expect(rules[0].habit.rises_only);
    expect_int((int64_t)(rules[0].habit.factor * 10), 25);
    expect_slice(rules[0].habit.field, SLICE("source.bytes"));
}

static void mistakes_are_named_with_their_place(void)
{
    static const struct {
        const char *yaml, *id;
        unsigned line;
    } cases[] = {
        {RULE "akashi:\n  rows: [D1]\n  color: red\n", "pack.key", 6},
        {RULE "akashi:\n  story: [a]\n" WORDS, "pack.absent", 4},
        {RULE "akashi:\n  rows: [D1]\n  story: [a]\n  phase: lunch\n", "pack.phase", 7},
        {RULE HEAD WORDS, "pack.tests.absent", 0},
        {RULE HEAD "  words:\n    ja: {title: あ, seen: い, why: う, first: [え], call: か}\n",
         "pack.absent", 9},
        {RULE HEAD "  words:\n    ja: {title: あ, seen: い, why: う, first: [え], call: か, "
                   "harmless: き}\n    en: {title: a, seen: b, why: c, first: [d, e], call: f, "
                   "harmless: g}\n",
         "pack.first", 8},
        {RULE "akashi:\n  part: {ja: あ}\n", "pack.absent", 5},
        {RULE "akashi:\n  part: {ja: あ, en: a}\n  rows: [D1]\n", "pack.key", 6},
        {RULE HEAD WORDS "  tests:\n    - {name: a, lines: b, expect: 1}\n", "pack.tests", 11},
        {RULE HEAD WORDS "  tests:\n    - {name: a, expect: 1}\n", "pack.test", 12},
        {RULE HEAD WORDS "  tests:\n    - {name: a, lines: b, repeat: {count: 0}, expect: 1}\n",
         "pack.repeat", 12},
        {RULE HEAD WORDS "  tests:\n    - {name: a, lines: b, expect: -1}\n", "pack.number", 12},
        {RULE HEAD "  habit: {type: mood, group-by: [a]}\n" WORDS TESTS, "pack.habit", 8},
        {RULE HEAD "  habit: {type: loud, group-by: [a], only: rise}\n" WORDS TESTS,
         "pack.habit.only", 8},
        {RULE HEAD "  habit: {type: change, group-by: [a], only: fall}\n" WORDS TESTS,
         "pack.habit.only", 8},
        {RULE HEAD WORDS "  tests:\n    - {name: a, simulate: {scenario: b}, then: c, expect: 1}\n",
         "pack.test", 12},
        {RULE HEAD "  habit: {type: loud, group-by: [a], window: 7m}\n" WORDS TESTS, "pack.window",
         8},
        {RULE HEAD "  habit: {type: loud, group-by: [a], factor: 1}\n" WORDS TESTS, "pack.factor",
         8},
        {RULE HEAD "  habit: {type: loud, group-by: [a], learn: soon}\n" WORDS TESTS,
         "pack.duration", 8},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        CLEANUP(arena_done) Arena arena = {0};
        Complaint complaint = {0};
        PackRule *rules = NULL;
        size_t count = 0;
        expect_int(read_rules(cases[i].yaml, &arena, &rules, &count, &complaint), -EINVAL);
        expect_slice(slice_from_cstr(complaint.id), slice_from_cstr(cases[i].id));
        if (cases[i].line) expect_int(complaint.line, cases[i].line);
        expect(rules == NULL);
        expect(complaint.ja[0] != '\0' && complaint.en[0] != '\0');
    }
}

static void the_pack_says_what_it_is(void)
{
    CLEANUP(arena_done) Arena arena = {0};
    Complaint complaint = {0};
    PackInfo info = {0};
    Slice good = SLICE("name: n\nversion: 1\ntitle: {ja: あ, en: a}\nfinds: {ja: い, en: b}\n"
                       "needs: [{dataset: windows.security, ja: う, en: c}]\n");
    Slice half = SLICE("name: n\nversion: 1\ntitle: {ja: あ, en: a}\nfinds: {ja: い, en: b}\n"
                       "needs: [{dataset: windows.security, en: c}]\n");
    Slice bad = SLICE("name: n\nversion: 1\ntitle: {ja: あ}\n");
    expect_ok(pack_info_read(good, SLICE("pack.yaml"), &arena, &info, &complaint));
    expect_slice(info.title[1], SLICE("a"));
    expect_int(info.need_count, 1);
    expect_slice(info.needs[0].dataset, SLICE("windows.security"));
    expect_slice(info.needs[0].title[0], SLICE("う"));
    expect_int(pack_info_read(half, SLICE("pack.yaml"), &arena, &info, &complaint), -EINVAL);
    expect_slice(slice_from_cstr(complaint.id), SLICE("pack.absent"));
    expect_int(pack_info_read(bad, SLICE("pack.yaml"), &arena, &info, &complaint), -EINVAL);
    expect_int(pack_info_read(SLICE(""), SLICE("pack.yaml"), &arena, &info, &complaint), -EINVAL);
}

/* --- detection: base rules are silent, correlations and habits tell --------------------------- */

typedef struct Told {
    size_t events, silent, correlations, habits;
} Told;

static int on_found(void *context, const Finding *finding)
{
    Told *told = context;
    told->correlations += finding->kind == FINDING_CORRELATION;
    told->habits += finding->kind == FINDING_HABIT;
    told->events += finding->kind == FINDING_EVENT && finding->is_told;
    told->silent += finding->kind == FINDING_EVENT && !finding->is_told;
    return 0;
}

static int on_lost(void *context, const CorrelationLoss *loss)
{
    (void)context;
    (void)loss;
    return -ENOBUFS;
}

static void feed_texts(Detection *detection, size_t count, int64_t every_ns,
                       const DetectionSink *sink)
{
    for (size_t i = 0; i < count; i++) {
        const Field fields[] = {{.name = SLICE("Channel"), .value = SLICE("Security")},
                                {.name = SLICE("EventID"), .value = SLICE("4625")},
                                {.name = SLICE("TargetUserName"), .value = SLICE("tanaka")}};
        const Event event = {.format = EVENT_WINDOWS,
                             .time_ns = (int64_t)1700000000 * NS_PER_SECOND + (int64_t)i * every_ns,
                             .fields = fields,
                             .field_count = ARRAY_COUNT(fields)};
        const DetectionEvent fed = {.event = &event, .reference = i};
        expect_ok(detection_feed(detection, &fed, sink));
    }
    expect_ok(detection_finish(detection, sink));
}

#define BASE                                                                                       \
    "title: base\nname: base\nlogsource: {product: windows, service: security}\n"                  \
    "detection: {s: {EventID: 4625}, condition: s}\n---\n"                                         \
    "title: other\nlogsource: {product: windows, service: security}\n"                             \
    "detection: {s: {EventID: 4625}, condition: s}\n---\n"
#define COUNT(more)                                                                                \
    "title: count\ncorrelation: {type: event_count, rules: [base], group-by: [TargetUserName], "   \
    "timespan: 1h, condition: {gte: 3}" more "}\n"

static Told run(const char *yaml, const HabitEntry *habits, size_t habit_count, int64_t every_ns)
{
    Told told = {0};
    RuleSet *set = rule_set_new();
    Detection *detection = NULL;
    const DetectionOptions options = {.correlation = {.lateness_ns = INT64_MAX, .seed = {1, 2}},
                                      .habits = habits,
                                      .habit_count = habit_count};
    const DetectionSink sink = {.found = on_found, .lost = on_lost, .context = &told};
    expect_ok(rule_set_add(set, slice_from_cstr(yaml), SLICE("r.yaml")));
    expect_ok(rule_set_finish(set));
    if (expect_ok(detection_new(set, &options, &detection)))
        feed_texts(detection, 4, every_ns, &sink);
    detection_free(detection);
    rule_set_free(set);
    return told;
}

static void base_rules_are_silent_but_where_asked_for(void)
{
    Told told = run(BASE COUNT(""), NULL, 0, NS_PER_SECOND);
    expect_int(told.correlations, 1);
    expect_int(told.events, 4); /* of the rule that is in no correlation */
    expect_int(told.silent, 4);
    told = run(BASE COUNT(", generate: true"), NULL, 0, NS_PER_SECOND);
    expect_int(told.correlations, 1);
    expect_int(told.events, 8);
    told = run(BASE COUNT(", generate: true") "---\n" COUNT(""), NULL, 0, NS_PER_SECOND);
    expect_int(told.events, 8); /* one of the two wants it told */
}

static void a_habit_tells_in_place_of_its_rule(void)
{
    const HabitEntry habit = {.rule = 1,
                              .spec = {.kind = HABIT_RETURN,
                                       .group_by = {SLICE("TargetUserName")},
                                       .group_by_count = 1,
                                       .pause_ns = (int64_t)3600 * NS_PER_SECOND}};
    Told told = run(BASE COUNT(""), &habit, 1, (int64_t)3600 * NS_PER_SECOND);
    expect_int(told.habits, 3);
    expect_int(told.events, 0);
    told = run(BASE COUNT(""), &habit, 1, NS_PER_SECOND);
    expect_int(told.habits, 0);
}

/* A record that claims to be of tomorrow is of the moment in which it came. */
static void a_forged_time_is_no_later_than_its_receipt(void)
{
    static const int64_t ahead_ns[] = {0, (int64_t)86400 * NS_PER_SECOND};
    const HabitEntry habit = {.rule = 0,
                              .spec = {.kind = HABIT_RETURN,
                                       .group_by = {SLICE("user.name")},
                                       .group_by_count = 1,
                                       .pause_ns = (int64_t)3600 * NS_PER_SECOND}};
    Told told = {0};
    RuleSet *set = rule_set_new();
    Detection *detection = NULL;
    const DetectionOptions options = {.habits = &habit, .habit_count = 1};
    const DetectionSink sink = {.found = on_found, .lost = on_lost, .context = &told};
    Slice yaml = SLICE("title: all\nlogsource: {product: akashi}\n"
                       "detection: {s: {user.name: tanaka}, condition: s}\n");
    expect_ok(rule_set_add(set, yaml, SLICE("r.yaml")));
    expect_ok(rule_set_finish(set));
    if (expect_ok(detection_new(set, &options, &detection))) {
        for (size_t i = 0; i < ARRAY_COUNT(ahead_ns); i++) {
            Record record = {.ingested_ns = (int64_t)1700000000 * NS_PER_SECOND, .count = 1};
            const Event event = {.format = EVENT_TEXT, .time_ns = TIME_UNKNOWN};
            const DetectionEvent fed = {.event = &event, .record = &record};
            record.time_ns = record.ingested_ns + ahead_ns[i];
            record.text[RECORD_USER_NAME] = SLICE("tanaka");
            expect_ok(detection_feed(detection, &fed, &sink));
        }
    }
    expect_int(told.silent, 2);
    expect_int(told.habits, 0);
    detection_free(detection);
    rule_set_free(set);
}

/* akashi.count and event.action are computed, and can be summed and grouped by all the same. */
static size_t sums_of_at_least(const char *gte)
{
    char text[512];
    Told told = {0};
    RuleSet *set = rule_set_new();
    Detection *detection = NULL;
    const DetectionOptions options = {.correlation = {.lateness_ns = INT64_MAX}};
    const DetectionSink sink = {.found = on_found, .lost = on_lost, .context = &told};
    snprintf(text, sizeof text,
             "title: all\nname: all\nlogsource: {product: akashi}\n"
             "detection: {s: {user.name: tanaka}, condition: s}\n---\n"
             "title: sum\ncorrelation: {type: value_sum, rules: [all], group-by: "
             "[event.action, event.outcome], timespan: 1h, condition: {field: "
             "akashi.count, gte: %s}}\n",
             gte);
    expect_ok(rule_set_add(set, slice_from_cstr(text), SLICE("r.yaml")));
    expect_ok(rule_set_finish(set));
    if (expect_ok(detection_new(set, &options, &detection))) {
        for (uint32_t i = 0; i < 4; i++) {
            Record record = {.time_ns = i, .ingested_ns = 9, .count = 2 + i, .verb = VERB_READ};
            const Event event = {.format = EVENT_TEXT, .time_ns = TIME_UNKNOWN};
            const DetectionEvent fed = {.event = &event, .record = &record};
            record.text[RECORD_USER_NAME] = SLICE("tanaka");
            record.outcome = i == 3 ? OUTCOME_FAILURE : OUTCOME_SUCCESS; /* of another group */
            expect_ok(detection_feed(detection, &fed, &sink));
        }
        expect_ok(detection_finish(detection, &sink));
    }
    detection_free(detection);
    rule_set_free(set);
    return told.correlations;
}

static void computed_fields_are_summed_and_grouped(void)
{
    expect_int(sums_of_at_least("9"), 1); /* 2 + 3 + 4 */
    expect_int(sums_of_at_least("10"), 0);
}

static const TapTest tests[] = {
    TAP_TEST(computed_fields_are_summed_and_grouped),
    TAP_TEST(a_forged_time_is_no_later_than_its_receipt),
    TAP_TEST(a_rule_is_read),
    TAP_TEST(a_part_has_a_title_in_both_languages),
    TAP_TEST(a_habit_is_read),
    TAP_TEST(mistakes_are_named_with_their_place),
    TAP_TEST(the_pack_says_what_it_is),
    TAP_TEST(base_rules_are_silent_but_where_asked_for),
    TAP_TEST(a_habit_tells_in_place_of_its_rule),
};
TAP_MAIN(tests)
