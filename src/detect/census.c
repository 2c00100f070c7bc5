/* See census.h. */
#include "detect/census.h"

#include "detect/matcher_int.h"

#include <stdlib.h>

#define CHAIN_DEPTH_MAX 64 /* correlations over correlations; rule_set_finish refuses circles */

struct Census {
    const RuleSet *set;
    Matcher *matcher; /* knows the lanes of an event */
    LaneSet seen;
    bool records_seen;
};

Census *census_new(const RuleSet *set)
{
    const MatcherOptions options = {.cache_bytes = 1}; /* no value is ever asked */
    Census *census = calloc(1, sizeof *census);
    if (!census) return NULL;
    census->set = set;
    census->matcher = matcher_new(set, &options);
    if (census->matcher) return census;
    free(census);
    return NULL;
}

void census_free(Census *census)
{
    if (!census) return;
    matcher_free(census->matcher);
    free(census);
}

void census_take(Census *census, const Event *event, const Record *record)
{
    matcher_begin(census->matcher, event, record);
    for (size_t w = 0; w < ARRAY_COUNT(census->seen.bits); w++) {
        census->seen.bits[w] |= census->matcher->lanes.bits[w];
    }
    census->records_seen |= record != NULL;
}

static bool reaches_instance(const Census *census, const Instance *instance)
{
    uint64_t common = 0;
    for (size_t w = 0; w < ARRAY_COUNT(instance->lanes.bits); w++) {
        common |= instance->lanes.bits[w] & census->seen.bits[w];
    }
    return common != 0 && (!instance->needs_record || census->records_seen);
}

static bool reaches(const Census *census, size_t rule, unsigned depth);

static bool reaches_correlation(const Census *census, const CorrelationSpec *spec, unsigned depth)
{
    bool all = spec->type == CORRELATION_TEMPORAL || spec->type == CORRELATION_TEMPORAL_ORDERED;
    all = all && !spec->condition; /* a condition may do without some of them */
    for (size_t i = 0; i < spec->rule_count; i++) {
        if (reaches(census, spec->rules[i], depth + 1) != all) return !all;
    }
    return all;
}

static bool reaches(const Census *census, size_t rule, unsigned depth)
{
    const RuleSet *set = census->set;
    if (rule_set_info(set, rule)->state != RULE_READY || depth > CHAIN_DEPTH_MAX) return false;
    const CorrelationSpec *spec = rule_set_correlation(set, rule);
    if (spec) return reaches_correlation(census, spec, depth);
    for (size_t i = 0; i < set->instance_count; i++) {
        if (set->instances[i].rule == rule && reaches_instance(census, &set->instances[i]))
            return true;
    }
    return false;
}

bool census_reaches(const Census *census, size_t rule)
{
    return reaches(census, rule, 0);
}

const LogRoute *census_route(const Census *census, size_t rule, size_t index)
{
    const RuleSet *set = census->set;
    for (size_t i = 0; i < set->instance_count; i++) {
        if (set->instances[i].rule == rule && index-- == 0)
            return &set->routes.list[set->instances[i].route];
    }
    return NULL;
}
