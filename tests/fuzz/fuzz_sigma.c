/* Rules, correlations, filters and pipelines from any bytes: loaded, compiled, asked of an event.
 * The input is three texts divided by a line of =: a pipeline, rules, and values of the event. */
#include "base/check.h"
#include "detect/matcher.h"

#include <stdio.h>

#define VALUES_MAX 32

static Slice take_part(Slice *rest)
{
    size_t end = slice_find(*rest, SLICE("\n=\n"));
    Slice part = slice_first(*rest, end);
    *rest = end == SLICE_NOT_FOUND ? (Slice){0} : slice_skip(*rest, end + 3);
    return part;
}

typedef struct Found {
    Matcher *matcher;
    int count;
} Found;

static int on_match(void *context, const RuleMatch *match)
{
    Found *found = context;
    Evidence evidence[EVIDENCE_MAX];
    Slice value;
    CHECK(match_evidence(found->matcher, match, evidence, EVIDENCE_MAX) <= EVIDENCE_MAX);
    match_field(found->matcher, match, SLICE("Image"), &value);
    found->count++;
    return 0;
}

static int on_part(void *context, const ExplainedPart *part)
{
    (void)context;
    (void)part;
    return 0;
}

/* The event twice: what the cache says must be what was said without it. */
static void ask(const RuleSet *set, const Event *event)
{
    const MatcherOptions options = {.cache_bytes = 4096};
    Found found = {.matcher = matcher_new(set, &options)};
    const MatchSink sink = {.match = on_match, .context = &found};
    if (!found.matcher) return;
    int first = matcher_feed(found.matcher, event, NULL, &sink);
    int second = matcher_feed(found.matcher, event, NULL, &sink);
    CHECK(first == second && found.count == first + second);
    int explained = 0;
    for (size_t rule = 0; rule < rule_set_count(set); rule++) {
        explained += matcher_explain(found.matcher, rule, event, NULL, on_part, NULL) == 1;
    }
    CHECK(explained == first); /* the triggers miss nothing (R1) */
    matcher_free(found.matcher);
}

static void ask_lines(const RuleSet *set, Slice lines)
{
    Field fields[VALUES_MAX] = {{SLICE("Channel"), SLICE("Security"), FIELD_TEXT},
                                {SLICE("EventID"), SLICE("4688"), FIELD_NUMBER}};
    Event event = {.format = EVENT_WINDOWS, .fields = fields, .field_count = 2};
    Slice line;
    while (event.field_count < VALUES_MAX && slice_cut(&lines, '\n', &line)) {
        size_t equals = slice_find_char(line, '=');
        fields[event.field_count++] =
            (Field){slice_first(line, equals), slice_skip(line, equals + 1),
                    equals == SLICE_NOT_FOUND ? FIELD_NULL : FIELD_TEXT};
    }
    ask(set, &event);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Slice rest = slice_of(data, size);
    Slice pipeline = take_part(&rest), rules = take_part(&rest);
    Complaint complaint = {0};
    RuleSet *set = rule_set_new();
    if (!set) return 0;
    int r = rule_set_add_pipeline(set, pipeline, SLICE("p"), &complaint);
    r = rule_set_add(set, rules, SLICE("r"));
    if (r == 0) r = rule_set_finish(set);
    if (r == 0) ask_lines(set, rest);
    for (size_t i = 0; i < rule_set_count(set); i++) {
        const RuleInfo *info = rule_set_info(set, i);
        CHECK((info->state == RULE_READY) == (info->reason == NULL));
    }
    rule_set_free(set);
    return 0;
}
