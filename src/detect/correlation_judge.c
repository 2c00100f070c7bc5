/* What each type of correlation makes of a match, and of a window that is over. See
 * correlation_run.h and doc/sigma.md, "Correlations". */
#include "detect/correlation_run_int.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

static bool bounds_hold(const CorrelationSpec *spec, double value)
{
    for (size_t i = 0; i < spec->bound_count; i++) {
        double bound = spec->bounds[i].number;
        bool holds = false;
        switch (spec->bounds[i].compare) {
        case CORRELATION_GT: holds = value > bound; break;
        case CORRELATION_GTE: holds = value >= bound; break;
        case CORRELATION_LT: holds = value < bound; break;
        case CORRELATION_LTE: holds = value <= bound; break;
        case CORRELATION_EQ: holds = value == bound; break;
        case CORRELATION_NEQ: holds = value != bound; break;
        }
        if (!holds) return false;
    }
    return true;
}

int64_t correlation_window_end(const Correlations *all, const Group *group)
{
    int64_t span = all->entries[group->entry].given.spec->timespan_ns;
    return group->begin_ns > INT64_MAX - span ? INT64_MAX : group->begin_ns + span;
}

static int64_t window_begin(const CorrelationSpec *spec, int64_t end_ns)
{
    return end_ns < NEVER + 1 + spec->timespan_ns ? NEVER + 1 : end_ns - spec->timespan_ns;
}

/* --- telling ---------------------------------------------------------------------------------- */

typedef struct Verdict {
    int64_t begin_ns, end_ns;
    double value;
    uint64_t event_count;
} Verdict;

/* The evidence of the window, oldest first. */
static size_t take_references(const Group *group, int64_t begin_ns, uint64_t *to)
{
    size_t count = 0;
    bool is_ring = group->evidence_count == CORRELATION_EVIDENCE_MAX;
    for (uint32_t i = 0; i < group->evidence_count; i++) {
        uint32_t at = is_ring ? (group->evidence_next + i) % CORRELATION_EVIDENCE_MAX : i;
        if (group->evidence[at].time_ns >= begin_ns) to[count++] = group->evidence[at].reference;
    }
    return count;
}

static int tell(Correlations *all, Group *group, const Verdict *verdict,
                const CorrelationSink *sink)
{
    const EntryState *entry = &all->entries[group->entry];
    uint64_t references[CORRELATION_EVIDENCE_MAX];
    const CorrelationFinding finding = {
        .rule = entry->given.rule,
        .begin_ns = verdict->begin_ns,
        .end_ns = verdict->end_ns,
        .names = entry->given.spec->group_by,
        .values = group->shown,
        .group_count = entry->given.spec->group_by_count,
        .value = verdict->value,
        .event_count = verdict->event_count,
        .references = references,
        .reference_count = take_references(group, verdict->begin_ns, references),
    };
    int r = entry->is_silent ? 0 : sink->found(sink->context, &finding);
    return r < 0 ? r : correlation_chain_match(all, &finding, sink);
}

/* --- judged at each event --------------------------------------------------------------------- */

/* Once when the bounds begin to hold, and again each timespan while they go on holding. */
static int judge_level(Correlations *all, Group *group, const Verdict *verdict,
                       const CorrelationSink *sink)
{
    const CorrelationSpec *spec = all->entries[group->entry].given.spec;
    bool holds = bounds_hold(spec, verdict->value);
    bool was_holding = group->holding;
    group->holding = holds;
    if (!holds) return 0;
    bool again = group->fired_ns == NEVER || verdict->end_ns - group->fired_ns >= spec->timespan_ns;
    if (was_holding && !again) return 0;
    group->fired_ns = verdict->end_ns;
    return tell(all, group, verdict, sink);
}

/* What happened at one moment is judged together: in which order it is taken must not matter. */
static bool goes_on_at_once(const Correlations *all, const Item *item)
{
    return all->heap_count > 0 && all->heap[0].time_ns == item->time_ns &&
           all->heap[0].group == item->group;
}

static int judge_events(Correlations *all, Group *group, const Item *item,
                        const CorrelationSink *sink)
{
    const EntryState *entry = &all->entries[group->entry];
    const CorrelationSpec *spec = entry->given.spec;
    double number = 0;
    if (spec->type == CORRELATION_VALUE_SUM) memcpy(&number, &item->value, sizeof number);
    int r = correlation_ring_add(all, group, item->time_ns, number);
    if (r < 0) return r;
    group->sum += number;
    int64_t begin = window_begin(spec, item->time_ns);
    bool counts = spec->type == CORRELATION_EVENT_COUNT;
    EventRing *ring = &group->events;
    while (ring->count > 0 && (correlation_ring_at(ring, 0)->time_ns < begin ||
                               (counts && ring->count > entry->keep))) {
        group->sum -= correlation_ring_at(ring, 0)->number;
        correlation_ring_drop_oldest(ring);
    }
    if (goes_on_at_once(all, item)) return 0;
    const Verdict verdict = {.begin_ns = correlation_ring_at(ring, 0)->time_ns,
                             .end_ns = item->time_ns,
                             .value = counts ? ring->count : group->sum,
                             .event_count = ring->count};
    return judge_level(all, group, &verdict, sink);
}

static int judge_values(Correlations *all, Group *group, const Item *item,
                        const CorrelationSink *sink)
{
    const CorrelationSpec *spec = all->entries[group->entry].given.spec;
    int r = correlation_values_add(all, group, item->value, item->time_ns);
    if (r < 0) return r;
    ValueSet *set = &group->values;
    correlation_values_drop_before(set, window_begin(spec, item->time_ns));
    if (goes_on_at_once(all, item)) return 0;
    const Verdict verdict = {.begin_ns = set->list[set->oldest - 1].time_ns,
                             .end_ns = item->time_ns,
                             .value = set->count,
                             .event_count = set->count};
    return judge_level(all, group, &verdict, sink);
}

static bool term_holds(const CorrelationTerm *term, const int64_t *member_ns, int64_t begin_ns)
{
    switch (term->kind) {
    case TERM_RULE: return member_ns[term->member] >= begin_ns;
    case TERM_NOT: return !term_holds(term->first, member_ns, begin_ns);
    case TERM_AND:
        for (const CorrelationTerm *t = term->first; t; t = t->next) {
            if (!term_holds(t, member_ns, begin_ns)) return false;
        }
        return true;
    case TERM_OR:
        for (const CorrelationTerm *t = term->first; t; t = t->next) {
            if (term_holds(t, member_ns, begin_ns)) return true;
        }
        return false;
    }
    return false;
}

static bool members_hold(const CorrelationSpec *spec, const Group *group, int64_t begin_ns)
{
    if (spec->condition) return term_holds(spec->condition, group->member_ns, begin_ns);
    for (size_t i = 0; i < spec->rule_count; i++) {
        if (group->member_ns[i] < begin_ns) return false;
    }
    return true;
}

static Verdict members_verdict(const CorrelationSpec *spec, const Group *group, int64_t begin_ns,
                               int64_t end_ns)
{
    Verdict verdict = {.begin_ns = end_ns, .end_ns = end_ns};
    for (size_t i = 0; i < spec->rule_count; i++) {
        int64_t at = group->member_ns[i];
        if (at < begin_ns) continue;
        verdict.value++;
        verdict.event_count++;
        if (at < verdict.begin_ns) verdict.begin_ns = at;
    }
    return verdict;
}

static void forget_members(const CorrelationSpec *spec, Group *group)
{
    for (size_t i = 0; i < spec->rule_count; i++)
        group->member_ns[i] = NEVER;
}

static void meet_members(const CorrelationSpec *spec, Group *group, const Item *item)
{
    size_t rule = spec->rules[item->order];
    for (size_t i = 0; i < spec->rule_count; i++) {
        if (spec->rules[i] == rule) group->member_ns[i] = item->time_ns;
    }
}

/* What was told is used up: the next finding needs every rule anew. */
static int judge_temporal(Correlations *all, Group *group, const Item *item,
                          const CorrelationSink *sink)
{
    const CorrelationSpec *spec = all->entries[group->entry].given.spec;
    meet_members(spec, group, item);
    int64_t begin = window_begin(spec, item->time_ns);
    if (!members_hold(spec, group, begin)) return 0;
    const Verdict verdict = members_verdict(spec, group, begin, item->time_ns);
    forget_members(spec, group);
    return tell(all, group, &verdict, sink);
}

/* member_ns[k]: the latest begin of rules 0..k in their order. From the last to the first, so that
 * one event is not two steps. */
static int judge_ordered(Correlations *all, Group *group, const Item *item,
                         const CorrelationSink *sink)
{
    const CorrelationSpec *spec = all->entries[group->entry].given.spec;
    size_t rule = spec->rules[item->order];
    for (size_t k = spec->rule_count; k-- > 0;) {
        if (spec->rules[k] != rule) continue;
        group->member_ns[k] = k == 0 ? item->time_ns : group->member_ns[k - 1];
    }
    int64_t begun = group->member_ns[spec->rule_count - 1];
    if (begun < window_begin(spec, item->time_ns)) return 0;
    const Verdict verdict = {.begin_ns = begun,
                             .end_ns = item->time_ns,
                             .value = (double)spec->rule_count,
                             .event_count = spec->rule_count};
    forget_members(spec, group);
    return tell(all, group, &verdict, sink);
}

/* --- judged at the end of a window ------------------------------------------------------------ */

/* A temporal window begins with a rule that the condition asks for, not with one it forbids. */
static bool begins_window(const EntryState *entry, const Item *item)
{
    if (!entry->has_not) return true;
    const CorrelationSpec *spec = entry->given.spec;
    for (size_t i = 0; i < spec->rule_count; i++) {
        bool is_same = spec->rules[i] == spec->rules[item->order];
        if (is_same && entry->positive[i / 64] >> (i % 64) & 1) return true;
    }
    return false;
}

static int add_to_window(Correlations *all, Group *group, const Item *item)
{
    const EntryState *entry = &all->entries[group->entry];
    const CorrelationSpec *spec = entry->given.spec;
    if (group->begin_ns == NEVER) {
        if (!begins_window(entry, item)) return 0;
        group->begin_ns = item->time_ns;
        int r = correlation_timers_add(all, group);
        if (r < 0) {
            group->begin_ns = NEVER;
            return r;
        }
    }
    group->event_count++;
    double number;
    memcpy(&number, &item->value, sizeof number);
    switch (spec->type) {
    case CORRELATION_EVENT_COUNT: return 0;
    case CORRELATION_VALUE_COUNT:
        return correlation_values_add(all, group, item->value, item->time_ns);
    case CORRELATION_VALUE_SUM:
    case CORRELATION_VALUE_AVG: group->sum += number; return 0;
    case CORRELATION_VALUE_PERCENTILE:
    case CORRELATION_VALUE_MEDIAN: return correlation_ring_add(all, group, item->time_ns, number);
    case CORRELATION_TEMPORAL:
    case CORRELATION_TEMPORAL_ORDERED: meet_members(spec, group, item); return 0;
    }
    return 0;
}

static int compare_doubles(const void *a, const void *b)
{
    double x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return (x > y) - (x < y);
}

/* Between the two nearest ranks in proportion (as PERCENTILE_CONT of SQL:2008). -ENOMEM. */
static int percentile(const Group *group, double share, double *ret)
{
    uint32_t count = group->events.count;
    *ret = 0;
    if (count == 0) return 0;
    double *sorted = malloc(count * sizeof *sorted);
    if (!sorted) return -ENOMEM;
    for (uint32_t i = 0; i < count; i++)
        sorted[i] = correlation_ring_at(&group->events, i)->number;
    qsort(sorted, count, sizeof *sorted, compare_doubles);
    double rank = share / 100 * (count - 1), below = floor(rank);
    double low = sorted[(uint32_t)below];
    double high = sorted[(uint32_t)below + 1 < count ? (uint32_t)below + 1 : count - 1];
    *ret = low + (high - low) * (rank - below);
    free(sorted);
    return 0;
}

static int window_value(const CorrelationSpec *spec, const Group *group, double *ret)
{
    switch (spec->type) {
    case CORRELATION_VALUE_COUNT: *ret = group->values.count; return 0;
    case CORRELATION_VALUE_SUM: *ret = group->sum; return 0;
    case CORRELATION_VALUE_AVG: *ret = group->sum / (double)group->event_count; return 0;
    case CORRELATION_VALUE_PERCENTILE: return percentile(group, spec->percentile, ret);
    case CORRELATION_VALUE_MEDIAN: return percentile(group, 50, ret);
    case CORRELATION_EVENT_COUNT:
    case CORRELATION_TEMPORAL:
    case CORRELATION_TEMPORAL_ORDERED: break;
    }
    *ret = (double)group->event_count;
    return 0;
}

static void close_window(const CorrelationSpec *spec, Group *group)
{
    bool temporal = spec->type == CORRELATION_TEMPORAL;
    if (temporal) forget_members(spec, group);
    correlation_values_clear(&group->values);
    group->events.count = 0;
    group->event_count = 0;
    group->sum = 0;
    group->begin_ns = NEVER;
}

int correlation_judge_end(Correlations *all, Group *group, const CorrelationSink *sink)
{
    const CorrelationSpec *spec = all->entries[group->entry].given.spec;
    Verdict verdict = {.begin_ns = group->begin_ns,
                       .end_ns = correlation_window_end(all, group),
                       .event_count = group->event_count};
    int r = window_value(spec, group, &verdict.value);
    bool holds = false;
    if (r == 0 && spec->type == CORRELATION_TEMPORAL) {
        holds = members_hold(spec, group, group->begin_ns);
        verdict.value = members_verdict(spec, group, group->begin_ns, verdict.end_ns).value;
    } else if (r == 0) {
        holds = bounds_hold(spec, verdict.value);
    }
    close_window(spec, group);
    return r < 0 || !holds ? r : tell(all, group, &verdict, sink);
}

/* --- one match -------------------------------------------------------------------------------- */

int correlation_judge_item(Correlations *all, const Item *item, const CorrelationSink *sink)
{
    Group *group = item->group;
    const EntryState *entry = &all->entries[group->entry];
    correlation_group_use(all, group);
    int r = correlation_evidence_add(all, group, item->time_ns, item->reference);
    if (r < 0) return r;
    if (!entry->is_eager) return add_to_window(all, group, item);
    switch (entry->given.spec->type) {
    case CORRELATION_VALUE_COUNT: return judge_values(all, group, item, sink);
    case CORRELATION_TEMPORAL: return judge_temporal(all, group, item, sink);
    case CORRELATION_TEMPORAL_ORDERED: return judge_ordered(all, group, item, sink);
    default: return judge_events(all, group, item, sink);
    }
}
