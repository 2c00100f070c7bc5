/* Sigma rules and events of tests, in a line each. */
#ifndef AKASHI_TESTS_SIGMA_KIT_H
#define AKASHI_TESTS_SIGMA_KIT_H

#include "detect/matcher.h"

#define SIGMA_KIT_FIELDS_MAX 16

#define SIGMA_HEAD                                                                                 \
    "title: t\nid: one\nlogsource: {product: windows, service: security}\ndetection:\n"

#define SIGMA_RULE(source, selection)                                                              \
    "title: t\nid: one\nlogsource: " source "\ndetection:\n  s: " selection "\n  condition: s\n"

typedef struct SigmaEvent {
    Field fields[SIGMA_KIT_FIELDS_MAX];
    Event event;
} SigmaEvent;

typedef struct RefusedCase {
    const char *text, *id;
    unsigned line;
} RefusedCase;

/* "Name=value;Name=value"; ~ alone is null. Without a Channel it is event 1 of the Security log. */
void sigma_event_make(SigmaEvent *made, const char *text);
/* A MatchSink's match: adds one to the int at context. */
int sigma_count_match(void *context, const RuleMatch *match);
/* The texts as files rule.yml, finished. */
RuleSet *sigma_load(const char *const *texts, size_t count);
/* A rule of this one selection; a failed test when it is refused. */
RuleSet *sigma_load_selection(const char *selection);
/* How many rules hold for the event; asked twice, the second time from the cache. */
int sigma_matches(const RuleSet *set, const char *event);

#endif
