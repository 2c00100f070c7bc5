/* src/detect beyond one rule: log sources, filters, correlations, pipelines; why a match, at what
 * cost; and that the cache changes nothing. */
#include "tests/support/sigma_kit.h"
#include "tests/support/tap.h"

#include "base/check.h"
#include "base/time_text.h"
#include "detect/census.h"

#include <errno.h>
#include <stdio.h>

typedef struct RouteCase {
    const char *source, *event;
    int holds;
} RouteCase;

static void log_sources_mean_events(void)
{
#define SYSMON "Channel=Microsoft-Windows-Sysmon/Operational;EventID="
    static const RouteCase cases[] = {
        {"{category: process_creation, product: windows}", SYSMON "1;Image=x", 1},
        {"{category: process_creation, product: windows}", SYSMON "3;Image=x", 0},
        {"{category: process_creation, product: windows}",
         "Channel=security;EventID=4688;NewProcessName=x", 1},
        {"{category: process_creation, product: windows}", "Channel=Security;EventID=4688;Image=x",
         0},
        {"{category: process_creation, product: windows, service: sysmon}", SYSMON "1;Image=x", 1},
        {"{category: process_creation, product: windows, service: sysmon}",
         "Channel=Security;EventID=4688;NewProcessName=x", 0},
        {"{product: windows, service: sysmon}", SYSMON "99;Image=x", 1},
        {"{product: windows}", "Channel=Anything;EventID=7;Image=x", 1},
        {"{product: windows, service: system}", "Channel=Security;EventID=7;Image=x", 0},
        {"{category: registry_add, product: windows}", SYSMON "12;EventType=CreateKey;Image=x", 1},
        {"{category: registry_add, product: windows}", SYSMON "12;EventType=DeleteKey;Image=x", 0},
        {"{category: registry_delete, product: windows}", SYSMON "12;EventType=DeleteValue;Image=x",
         1},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        char text[512];
        snprintf(text, sizeof text, SIGMA_RULE("%s", "{Image: x}"), cases[i].source);
        const char *texts[] = {text};
        RuleSet *set = sigma_load(texts, 1);
        if (sigma_matches(set, cases[i].event) != cases[i].holds)
            tap_fail(__FILE__, __LINE__, "%s on %s", cases[i].source, cases[i].event);
        rule_set_free(set);
    }
    const char *unknown[] = {SIGMA_RULE("{product: toaster}", "{A: x}")};
    RuleSet *set = sigma_load(unknown, 1);
    expect_int(rule_set_info(set, 0)->state, RULE_CANNOT_FIRE);
    expect_text(slice_from_cstr(rule_set_info(set, 0)->reason->id), "sigma.no_source");
    rule_set_free(set);
}

static void filters_narrow_the_rules_they_name(void)
{
    static const char filter[] = "title: f\nlogsource: {product: windows}\nfilter:\n"
                                 "  rules: [one]\n  s: {U|startswith: adm}\n  condition: not s\n";
    static const char all[] = "title: f\nlogsource: {product: windows}\nfilter:\n"
                              "  rules: any\n  s: {U|startswith: adm}\n  condition: not s\n";
    static const char other[] = "title: f\nlogsource: {product: linux}\nfilter:\n"
                                "  rules: any\n  s: {U|startswith: adm}\n  condition: not s\n";
    static const char nobody[] =
        "title: f\nfilter:\n  rules: [two]\n  s: {A: 1}\n  condition: not s\n";
    const char *rule = SIGMA_RULE("{product: windows, service: security}", "{A: x}");
    const struct {
        const char *filter;
        int admin;
    } cases[] = {{filter, 0}, {all, 0}, {other, 1}, {nobody, 1}};
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        const char *texts[] = {cases[i].filter, rule};
        RuleSet *set = sigma_load(texts, 2);
        expect_int(sigma_matches(set, "A=x;U=bob"), 1);
        expect_int(sigma_matches(set, "A=x;U=ADMIN1"), cases[i].admin);
        expect_int(rule_set_info(set, 0)->state,
                   cases[i].filter == nobody ? RULE_REJECTED : RULE_READY);
        rule_set_free(set);
    }
}

static void correlations_are_read_and_resolved(void)
{
    static const char chained[] =
        "title: d\nname: chained\ncorrelation:\n  type: temporal_ordered\n  rules: [corr, one]\n"
        "  timespan: 1h\n  condition: corr and not one\n";
    const char *texts[] = {
        "title: c\nid: corr\ncorrelation:\n  type: value_count\n  rules: [one]\n"
        "  group-by: [User, ip]\n  timespan: 5m\n  generate: true\n"
        "  aliases: {ip: {one: IpAddress}}\n  condition: {gte: 10, lt: 20, field: Host}\n",
        SIGMA_RULE("{product: windows, service: security}", "{A: x}"),
        chained,
    };
    RuleSet *set = sigma_load(texts, 3);
    const CorrelationSpec *spec = rule_set_correlation(set, 0);
    if (!expect(spec != NULL)) return;
    expect_int(spec->type, CORRELATION_VALUE_COUNT);
    expect_int(spec->rules[0], 1);
    expect_int(spec->group_by_count, 2);
    expect_int(spec->timespan_ns, 300 * NS_PER_SECOND);
    expect_int(spec->bound_count, 2);
    expect_int(spec->bounds[1].compare, CORRELATION_LT);
    expect_slice(spec->fields[0], SLICE("Host"));
    expect_slice(spec->aliases[0].field, SLICE("IpAddress"));
    expect_int(spec->aliases[0].rule, 1);
    expect(spec->generate);
    spec = rule_set_correlation(set, 2);
    if (!expect(spec != NULL)) return;
    expect_int(spec->rules[0], 0);
    expect_int(spec->condition->kind, TERM_OR);
    expect_int(spec->condition->first->first->next->kind, TERM_NOT);
    expect_int(spec->condition->first->first->next->first->member, 1);
    expect(rule_set_correlation(set, 1) == NULL);
    rule_set_free(set);
}

static void correlations_that_cannot_be(void)
{
    static const RefusedCase cases[] = {
        {"title: c\ncorrelation: {type: sum, rules: [a], timespan: 5m}\n", "sigma.correlation", 2},
        {"title: c\ncorrelation: {type: event_count, rules: [a], timespan: 5m}\n",
         "sigma.correlation", 2},
        {"title: c\ncorrelation: {type: value_count, rules: [a], timespan: 5m, "
         "condition: {gte: 1}}\n",
         "sigma.correlation", 2},
        {"title: c\ncorrelation: {type: event_count, rules: [a], timespan: 5M, "
         "condition: {gte: 1}}\n",
         "sigma.correlation", 2},
        {"title: c\ncorrelation: {type: event_count, rules: [], timespan: 5m, "
         "condition: {gte: 1}}\n",
         "sigma.correlation", 2},
        {"title: c\ncorrelation: {type: event_count, rules: [a], timespan: 5m, "
         "condition: {more: 1}}\n",
         "sigma.correlation", 2},
        {"title: c\ncorrelation: {type: temporal, rules: [a], timespan: 5m, "
         "condition: a and b}\n",
         "sigma.correlation", 2},
        {"title: c\ncorrelation: {type: event_count, rules: [nobody], timespan: 5m, "
         "condition: {gte: 1}}\n",
         "sigma.reference", 2},
        {"title: c\nid: c\ncorrelation: {type: event_count, rules: [c], timespan: 5m, "
         "condition: {gte: 1}}\n",
         "sigma.loop", 3},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        const char *texts[] = {cases[i].text};
        RuleSet *set = sigma_load(texts, 1);
        const RuleInfo *info = rule_set_info(set, 0);
        expect_int(info->state, RULE_REJECTED);
        if (info->reason) expect_text(slice_from_cstr(info->reason->id), cases[i].id);
        if (info->reason) expect_int(info->reason->line, cases[i].line);
        rule_set_free(set);
    }
}

static RuleSet *load_with_pipeline(const char *pipeline, const char *rule)
{
    RuleSet *set = rule_set_new();
    Complaint complaint = {0};
    CHECK(set != NULL);
    if (rule_set_add_pipeline(set, slice_from_cstr(pipeline), SLICE("p.yml"), &complaint) < 0)
        tap_fail(__FILE__, __LINE__, "%s", complaint.en);
    CHECK(rule_set_add(set, slice_from_cstr(rule), SLICE("rule.yml")) == 0);
    CHECK(rule_set_finish(set) == 0);
    return set;
}

typedef struct PipelineCase {
    const char *step, *selection, *holds, *fails;
} PipelineCase;

static void pipelines_change_rules(void)
{
    static const PipelineCase cases[] = {
        {"{type: field_name_mapping, mapping: {A: B}}", "{A: x}", "B=x", "A=x"},
        {"{type: field_name_mapping, mapping: {A: [B, C]}}", "{A: x}", "C=x", "A=x"},
        {"{type: field_name_prefix, prefix: win.}", "{A: x}", "win.A=x", "A=x"},
        {"{type: field_name_suffix, suffix: .k}", "{A: x}", "A.k=x", "A=x"},
        {"{type: field_name_prefix_mapping, mapping: {a.: b.}}", "{a.x: 1}", "b.x=1", "a.x=1"},
        {"{type: add_condition, conditions: {H: pc1}}", "{A: x}", "A=x;H=pc1", "A=x"},
        {"{type: add_condition, conditions: {H: pc1}, negated: true}", "{A: x}", "A=x",
         "A=x;H=pc1"},
        {"{type: replace_string, regex: x, replacement: yy}", "{A: axb}", "A=ayyb", "A=axb"},
        {"{type: map_string, mapping: {x: y}}", "{A: x}", "A=y", "A=x"},
        {"{type: set_value, value: z, field_name_conditions: [{type: include_fields, "
         "fields: [A]}]}",
         "{A: x, B: y}", "A=z;B=y", "A=x;B=y"},
        {"{type: drop_detection_item, field_name_conditions: [{type: include_fields, "
         "fields: [B]}]}",
         "{A: x, B: y}", "A=x", "B=y"},
        {"{type: field_name_mapping, mapping: {A: B}, rule_conditions: [{type: logsource, "
         "product: linux}]}",
         "{A: x}", "A=x", "B=x"},
        {"{type: value_placeholders}", "{A|expand: '%who%'}", "A=bob", "A=%who%"},
        {"{type: value_placeholders}", "{A|expand|contains: 'x%who%y'}", "A=1xeve1y1", "A=xy"},
        {"{type: wildcard_placeholders}", "{A|expand: 'x%nobody%'}", "A=xyz", "A=yz"},
        {"{type: wildcard_placeholders, exclude: [who]}, {type: value_placeholders}",
         "{A|expand: 'x%who%'}", "A=xbob", "A=xyz"},
        {"{type: value_placeholders, include: [other]}, {type: wildcard_placeholders}",
         "{A|expand: 'x%who%'}", "A=xyz", "A=yz"},
        {"{type: wildcard_placeholders, rule_conditions: [{type: logsource, product: linux}]}, "
         "{type: value_placeholders}",
         "{A|expand: 'x%who%'}", "A=xbob", "A=xyz"},
        {"{type: query_expression_placeholders, expression: '{field} lookup {id}', "
         "mapping: {staff: who}}",
         "{A|expand: '%staff%'}", "A=eve9", "A=staff"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        char pipeline[512], rule[512];
        snprintf(pipeline, sizeof pipeline,
                 "name: p\nvars: {who: [bob, 'eve*']}\ntransformations: [%s]\n", cases[i].step);
        snprintf(rule, sizeof rule, SIGMA_RULE("{product: windows, service: security}", "%s"),
                 cases[i].selection);
        RuleSet *set = load_with_pipeline(pipeline, rule);
        if (sigma_matches(set, cases[i].holds) != 1 || sigma_matches(set, cases[i].fails) != 0)
            tap_fail(__FILE__, __LINE__, "%s", cases[i].step);
        rule_set_free(set);
    }
}

static void placeholders_that_nobody_fills(void)
{
    static const struct {
        const char *pipeline, *id;
    } cases[] = {
        {"vars: {who: [bob]}\ntransformations: [{type: value_placeholders, exclude: [who]}]",
         "sigma.placeholder"},
        {"transformations: [{type: value_placeholders}]", "sigma.placeholder"},
        {"transformations: [{type: query_expression_placeholders, expression: x, "
         "mapping: {who: nowhere}}]",
         "sigma.placeholder"},
        {"transformations: [{type: wildcard_placeholders, include: [other]}]", "sigma.placeholder"},
    };
    const char *rule = SIGMA_RULE("{product: windows, service: security}", "{A|expand: '%who%'}");
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        RuleSet *set = load_with_pipeline(cases[i].pipeline, rule);
        expect_int(rule_set_info(set, 0)->state, RULE_REJECTED);
        expect_text(slice_from_cstr(rule_set_info(set, 0)->reason->id), cases[i].id);
        rule_set_free(set);
    }
    Complaint complaint = {0};
    RuleSet *set = rule_set_new();
    CHECK(set != NULL);
    expect_int(rule_set_add_pipeline(
                   set,
                   SLICE("transformations: [{type: wildcard_placeholders, field_name_conditions: "
                         "[{type: include_fields, fields: [A]}]}]"),
                   SLICE("p.yml"), &complaint),
               -EINVAL);
    rule_set_free(set);
}

static void pipelines_refuse_and_move(void)
{
    const char *rule = SIGMA_RULE("{product: toaster}", "{A: x}");
    RuleSet *set = load_with_pipeline(
        "transformations: [{type: change_logsource, product: windows, service: security}]", rule);
    expect_int(sigma_matches(set, "A=x"), 1);
    rule_set_free(set);
    set = load_with_pipeline("transformations: [{type: rule_failure, message: not here}]", rule);
    expect_int(rule_set_info(set, 0)->state, RULE_REJECTED);
    expect_text(slice_from_cstr(rule_set_info(set, 0)->reason->id), "sigma.pipeline_failure");
    rule_set_free(set);
    set = rule_set_new();
    Complaint complaint = {0};
    CHECK(set != NULL);
    expect_int(rule_set_add_pipeline(set, SLICE("transformations: [{type: magic}]"), SLICE("p.yml"),
                                     &complaint),
               -EINVAL);
    expect_text(slice_from_cstr(complaint.id), "sigma.pipeline");
    expect_text(slice_from_cstr(complaint.file), "p.yml");
    rule_set_free(set);
}

/* --- evidence, explanations, accounts --------------------------------------------------------- */

typedef struct Watched {
    Matcher *matcher;
    Evidence evidence[4];
    size_t count, parts, held;
    bool has_user;
    Slice user;
} Watched;

static int watch_match(void *context, const RuleMatch *match)
{
    Watched *watched = context;
    watched->count = match_evidence(watched->matcher, match, watched->evidence, 4);
    watched->has_user = match_field(watched->matcher, match, SLICE("Image"), &watched->user);
    return 0;
}

static int watch_part(void *context, const ExplainedPart *part)
{
    Watched *watched = context;
    watched->parts++;
    watched->held += part->holds;
    return 0;
}

static uint64_t slow_clock(void *context)
{
    return *(uint64_t *)context += 1000;
}

static void a_match_tells_why(void)
{
    const char *texts[] = {
        "title: t\nid: one\nlogsource: {category: process_creation, product: "
        "windows}\ndetection:\n  s:\n    Image|endswith: ['\\a.exe', '\\b.exe']\n"
        "    CommandLine|contains: evil\n  f: {User: root}\n"
        "  condition: s and not f\n"};
    RuleSet *set = sigma_load(texts, 1);
    const MatcherOptions options = {0};
    Watched watched = {.matcher = matcher_new(set, &options)};
    const MatchSink sink = {.match = watch_match, .context = &watched};
    SigmaEvent made;
    CHECK(watched.matcher != NULL);
    sigma_event_make(&made,
                     "Channel=Security;EventID=4688;NewProcessName=C:\\b.exe;CommandLine=b EVIL");
    expect_int(matcher_feed(watched.matcher, &made.event, NULL, &sink), 1);
    expect_int(watched.count, 2);
    expect_slice(watched.evidence[0].field, SLICE("NewProcessName"));
    expect_slice(watched.evidence[0].value, SLICE("C:\\b.exe"));
    expect_slice(watched.evidence[0].pattern, SLICE("endswith: \\b.exe"));
    expect_slice(watched.evidence[1].value, SLICE("b EVIL"));
    expect(watched.has_user);
    expect_slice(watched.user, SLICE("C:\\b.exe"));
    expect_int(matcher_explain(watched.matcher, 0, &made.event, NULL, watch_part, &watched), 1);
    size_t held = watched.held;
    expect(watched.parts >= 6);
    sigma_event_make(&made,
                     "Channel=Security;EventID=4688;NewProcessName=C:\\b.exe;CommandLine=fine");
    watched.held = 0;
    expect_int(matcher_explain(watched.matcher, 0, &made.event, NULL, watch_part, &watched), 0);
    expect(watched.held < held);
    sigma_event_make(&made, "Channel=System;EventID=4688;NewProcessName=C:\\b.exe");
    expect_int(matcher_explain(watched.matcher, 0, &made.event, NULL, watch_part, &watched),
               -ENOENT);
    matcher_free(watched.matcher);
    rule_set_free(set);
}

static void costs_are_kept_and_the_dear_are_set_aside(void)
{
    RuleSet *set = sigma_load_selection("{A: x}");
    uint64_t clock = 0;
    const MatcherOptions options = {.ticks = slow_clock, .ticks_context = &clock, .budget_ns = 900};
    Matcher *matcher = matcher_new(set, &options);
    int found = 0;
    const MatchSink sink = {.match = sigma_count_match, .context = &found};
    SigmaEvent made;
    CHECK(matcher != NULL);
    sigma_event_make(&made, "A=x");
    for (int i = 0; i < MATCHER_SAMPLE_EVENTS * 20; i++) {
        expect(matcher_feed(matcher, &made.event, NULL, &sink) >= 0);
    }
    RuleCost cost = matcher_cost(matcher, 0);
    expect_int(found, MATCHER_SAMPLE_EVENTS * 16);
    expect_int(cost.matches, MATCHER_SAMPLE_EVENTS * 16);
    expect_int(cost.sampled_ns, 16000);
    expect(cost.set_aside);
    expect_int(matcher_counts(matcher).rules_set_aside, 1);
    size_t rules[2];
    expect_int(matcher_cost_ns(matcher, 0), 16000 / 20);
    expect_int(matcher_take_set_aside(matcher, rules, 2), 1);
    expect_int(rules[0], 0);
    expect_int(matcher_take_set_aside(matcher, rules, 2), 0);
    matcher_restore(matcher, 0);
    expect(matcher_feed(matcher, &made.event, NULL, &sink) >= 0);
    expect_int(matcher_counts(matcher).rules_set_aside, 0);
    expect_int(found, MATCHER_SAMPLE_EVENTS * 16 + 1);
    matcher_free(matcher);
    rule_set_free(set);
}

/* A rule that waits for other values than those that wake it: each value asked when it is wanted.
 */
static void values_that_wake_nobody_are_still_asked(void)
{
    RuleSet *set = sigma_load_selection("{A: rare-word, B|contains: 'e', 'C': null, D|re: '^x'}");
    expect_int(sigma_matches(set, "A=rare-word;B=hello;D=xy"), 1);
    expect_int(sigma_matches(set, "D=xy;B=hello;A=rare-word"), 1);
    expect_int(sigma_matches(set, "A=rare-word;B=hullo;D=xy"), 0);
    expect_int(sigma_matches(set, "A=rare-word;B=hello;D=yx"), 0);
    expect_int(sigma_matches(set, "A=rare-word;B=hullo;B=hello;D=xy"), 1);
    expect_int(sigma_matches(set, "A=rare-word;B=hello;C=1;D=xy"), 0);
    expect_int(sigma_matches(set, "B=hello;D=xy"), 0);
    rule_set_free(set);
}

static void a_census_says_what_can_fire(void)
{
    static const char both[] =
        "title: c\nid: corr\ncorrelation:\n  type: temporal\n  rules: [one, two]\n"
        "  timespan: 5m\n  group-by: [User]\n";
    static const char any[] = "title: c\ncorrelation:\n  type: event_count\n  rules: [one, two]\n"
                              "  timespan: 5m\n  group-by: [User]\n  condition: {gte: 2}\n";
    static const char sysmon[] = "title: s\nid: two\nlogsource: {category: dns_query, product: "
                                 "windows}\ndetection: {s: {Q: x}, condition: s}\n";
    const char *texts[] = {SIGMA_RULE("{product: windows, service: security}", "{A: x}"), sysmon,
                           both, any};
    RuleSet *set = sigma_load(texts, ARRAY_COUNT(texts));
    Census *census = census_new(set);
    SigmaEvent made;
    CHECK(census != NULL);
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        expect_int(rule_set_info(set, i)->state, RULE_READY);
        expect(!census_reaches(census, i));
    }
    sigma_event_make(&made, "Channel=Security;EventID=4625");
    census_take(census, &made.event, NULL);
    expect(census_reaches(census, 0));
    expect(!census_reaches(census, 1));
    expect(!census_reaches(census, 2));
    expect(census_reaches(census, 3));
    sigma_event_make(&made, "Channel=Microsoft-Windows-Sysmon/Operational;EventID=22");
    census_take(census, &made.event, NULL);
    expect(census_reaches(census, 1));
    expect(census_reaches(census, 2));
    const LogRoute *route = census_route(census, 1, 0);
    if (expect(route != NULL)) expect_int(route->event_ids[0], 22);
    expect(census_route(census, 1, 9) == NULL);
    census_free(census);
    rule_set_free(set);
}

/* A cache far too small for its values must change nothing. */
static void a_small_cache_changes_nothing(void)
{
    RuleSet *set = sigma_load_selection("{A|contains: '77', B|endswith: '3'}");
    const MatcherOptions options = {.cache_bytes = 1024, .seed = 7};
    Matcher *matcher = matcher_new(set, &options);
    int found = 0, wanted = 0;
    const MatchSink sink = {.match = sigma_count_match, .context = &found};
    CHECK(matcher != NULL);
    for (int i = 0; i < 20000; i++) {
        char text[64];
        SigmaEvent made;
        int a = i * 7919 % 1000, b = i % 10;
        snprintf(text, sizeof text, "A=%d;B=%d", a, b);
        sigma_event_make(&made, text);
        wanted += (a % 100 == 77 || a / 10 == 77) && b == 3;
        expect(matcher_feed(matcher, &made.event, NULL, &sink) >= 0);
    }
    expect(wanted > 50);
    expect_int(found, wanted);
    matcher_free(matcher);
    rule_set_free(set);
}

static const TapTest tests[] = {
    TAP_TEST(log_sources_mean_events),
    TAP_TEST(filters_narrow_the_rules_they_name),
    TAP_TEST(correlations_are_read_and_resolved),
    TAP_TEST(correlations_that_cannot_be),
    TAP_TEST(pipelines_change_rules),
    TAP_TEST(placeholders_that_nobody_fills),
    TAP_TEST(pipelines_refuse_and_move),
    TAP_TEST(a_match_tells_why),
    TAP_TEST(costs_are_kept_and_the_dear_are_set_aside),
    TAP_TEST(values_that_wake_nobody_are_still_asked),
    TAP_TEST(a_census_says_what_can_fire),
    TAP_TEST(a_small_cache_changes_nothing),
};
TAP_MAIN(tests)
