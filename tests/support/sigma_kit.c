/* See sigma_kit.h. */
#include "tests/support/sigma_kit.h"

#include "base/check.h"
#include "base/time_text.h"
#include "tests/support/tap.h"

#include <stdio.h>

void sigma_event_make(SigmaEvent *made, const char *text)
{
    Slice rest = slice_from_cstr(text), piece;
    *made = (SigmaEvent){.event = {.format = EVENT_WINDOWS, .time_ns = NS_PER_SECOND}};
    size_t count = 0;
    if (slice_find(rest, SLICE("Channel=")) == SLICE_NOT_FOUND) {
        made->fields[count++] = (Field){SLICE("Channel"), SLICE("Security"), FIELD_TEXT};
        made->fields[count++] = (Field){SLICE("EventID"), SLICE("1"), FIELD_NUMBER};
    }
    while (slice_cut(&rest, ';', &piece)) {
        size_t equals = slice_find_char(piece, '=');
        Slice value = slice_skip(piece, equals + 1);
        FieldKind kind = slice_eq(value, SLICE("~")) ? FIELD_NULL : FIELD_TEXT;
        CHECK(count < SIGMA_KIT_FIELDS_MAX);
        made->fields[count++] =
            (Field){slice_first(piece, equals), kind == FIELD_NULL ? (Slice){0} : value, kind};
    }
    made->event.fields = made->fields;
    made->event.field_count = count;
}

int sigma_count_match(void *context, const RuleMatch *match)
{
    (void)match;
    ++*(int *)context;
    return 0;
}

RuleSet *sigma_load(const char *const *texts, size_t count)
{
    RuleSet *set = rule_set_new();
    CHECK(set != NULL);
    for (size_t i = 0; i < count; i++) {
        CHECK(rule_set_add(set, slice_from_cstr(texts[i]), SLICE("rule.yml")) == 0);
    }
    CHECK(rule_set_finish(set) == 0);
    return set;
}

int sigma_matches(const RuleSet *set, const char *event)
{
    const MatcherOptions options = {0};
    Matcher *matcher = matcher_new(set, &options);
    SigmaEvent made;
    int twice[2];
    CHECK(matcher != NULL);
    sigma_event_make(&made, event);
    for (int i = 0; i < 2; i++) { /* the second time from the cache */
        int found = 0;
        const MatchSink sink = {.match = sigma_count_match, .context = &found};
        int r = matcher_feed(matcher, &made.event, NULL, &sink);
        twice[i] = r < 0 ? r : found;
    }
    if (twice[0] != twice[1]) tap_fail(__FILE__, __LINE__, "the cache changed %s", event);
    matcher_free(matcher);
    return twice[0];
}

RuleSet *sigma_load_selection(const char *selection)
{
    char text[4096];
    snprintf(text, sizeof text, SIGMA_HEAD "  sel: %s\n  condition: sel\n", selection);
    const char *texts[] = {text};
    RuleSet *set = sigma_load(texts, 1);
    const Complaint *reason = rule_set_info(set, 0)->reason;
    if (reason) tap_fail(__FILE__, __LINE__, "%s: %s", selection, reason->en);
    return set;
}
