/* Events against a rule set: one matcher a thread, the set shared and read-only.
 *
 * Pure: no I/O, no clock of its own. What a matcher remembers (answers for values seen before,
 * costs) never changes what it answers. */
#ifndef AKASHI_DETECT_MATCHER_H
#define AKASHI_DETECT_MATCHER_H

#include "detect/rule_set.h"

#define MATCHER_CACHE_BYTES_DEFAULT ((size_t)16 << 20)
/* Longer values are asked anew each time: they seldom come again, and push out what does. */
#define MATCHER_CACHE_VALUE_BYTES_MAX 4096
#define MATCHER_SAMPLE_EVENTS 256 /* one event in so many is timed */

typedef struct MatcherOptions {
    size_t cache_bytes; /* 0: the default; when full, the older half is forgotten */
    uint64_t seed;      /* of the cache's hashes: random outside of tests */
    /* A clock for the accounts, in nanoseconds; NULL: no times are kept. */
    uint64_t (*ticks)(void *context);
    void *ticks_context;
    /* A rule whose share of the sampled time per event exceeds this is set aside: 0: never. */
    uint64_t budget_ns;
} MatcherOptions;

typedef struct Matcher Matcher;

/* NULL: no memory. The set must outlive it. */
Matcher *matcher_new(const RuleSet *set, const MatcherOptions *options);
void matcher_free(Matcher *matcher);

/* All rules that the event satisfies, each at most once, in order. record: the event's translation
 * or NULL; its fields are then known under their ECS names beside the event's own. Returns the
 * number of matches, or what the sink returned, or -ENOMEM. */
MUST_USE int matcher_feed(Matcher *matcher, const Event *event, const Record *record,
                          const MatchSink *sink);

/* Why: the values and patterns of a match, those under `not` left out. Within the sink only. */
typedef struct Evidence {
    Slice field; /* as the event calls it; empty name: of the record */
    Slice value;
    Slice pattern; /* as the rule says it */
} Evidence;
#define EVIDENCE_MAX 64
/* Fills up to `room` items; returns how many there are in room. */
size_t match_evidence(Matcher *matcher, const RuleMatch *match, Evidence *to, size_t room);

/* A field of the matched event by the name that the rule uses (aliases of its route apply), then
 * by the record's ECS name. False: absent or null. For correlations. */
bool match_field(Matcher *matcher, const RuleMatch *match, Slice name, Slice *ret);

/* Why, or why not: the rule's condition with what became of each part, outermost first. `part` is
 * called for every selection and every field in it that was asked. */
typedef struct ExplainedPart {
    unsigned depth;
    Slice selection;   /* its name, when the part is one */
    const char *joint; /* all, any, not, field, fieldref */
    Slice field;       /* as the event calls it; empty for keywords */
    Slice value;       /* what the event has there (the first value) */
    bool has_value;
    Slice pattern; /* the first that holds, or the first that was wanted */
    size_t pattern_count;
    bool holds;
    unsigned line; /* in the rule's file */
} ExplainedPart;
typedef int (*ExplainSink)(void *context, const ExplainedPart *part);
/* 1: the rule holds; 0: it does not; -ENOENT: the event is of no log source that the rule asks for
 * (or the rule is not ready); or what the sink returned. */
MUST_USE int matcher_explain(Matcher *matcher, size_t rule, const Event *event,
                             const Record *record, ExplainSink part, void *context);

/* What a rule has cost this matcher. */
typedef struct RuleCost {
    uint64_t checks; /* how often its condition was asked */
    uint64_t matches;
    uint64_t sampled_ns;   /* of one event in MATCHER_SAMPLE_EVENTS */
    bool set_aside;        /* over its budget: no longer asked */
    uint64_t sampled_from; /* how many events were sampled before its account was begun anew */
} RuleCost;
RuleCost matcher_cost(const Matcher *matcher, size_t rule);
/* The share of the rule in a sampled event: what is compared with the budget. */
uint64_t matcher_cost_ns(const Matcher *matcher, size_t rule);

/* Rules that were set aside since the last call, at most `room`; returns how many. A
 * rule that is no longer asked is a gap: whoever feeds the matcher asks this after each batch and
 * tells the administrator. */
size_t matcher_take_set_aside(Matcher *matcher, size_t *to, size_t room);
/* Asks the rule again, its account begun anew: after the administrator's word. */
void matcher_restore(Matcher *matcher, size_t rule);

typedef struct MatcherCounts {
    uint64_t events, values, cache_hits, rules_set_aside;
} MatcherCounts;
MatcherCounts matcher_counts(const Matcher *matcher);

#endif
