/* The rules that an event has woken: their conditions, accounts and evidence. */
#include "detect/matcher_int.h"

#include "base/fold.h"

#include <errno.h>
#include <stdlib.h>

typedef struct FieldPair {
    Matcher *matcher;
    const Event *event;
    const Expr *expr;
    Arena scratch;
    Slice left; /* folded unless cased */
    bool holds;
} FieldPair;

static bool compare_pair(const Expr *expr, Slice left, Slice right)
{
    switch ((PatternWhere)expr->how) {
    case WHERE_ALL: return slice_eq(left, right);
    case WHERE_START: return slice_starts(left, right);
    case WHERE_END: return slice_ends(left, right);
    case WHERE_INSIDE: return slice_find(left, right) != SLICE_NOT_FOUND;
    }
    return false;
}

static Slice folded(FieldPair *pair, Slice text)
{
    if (pair->expr->cased) return text;
    char *to = arena_alloc(&pair->scratch, text.len + 16);
    if (!to) {
        pair->matcher->error = -ENOMEM;
        return (Slice){0};
    }
    return slice_of(to, fold_letters(to, text));
}

static bool take_right(void *context, Slice name, uint32_t field, const Field *value)
{
    FieldPair *pair = context;
    (void)name;
    if (field != pair->expr->other || value->kind == FIELD_NULL) return true;
    pair->holds = compare_pair(pair->expr, pair->left, folded(pair, value->value));
    return !pair->holds;
}

static bool take_left(void *context, Slice name, uint32_t field, const Field *value)
{
    FieldPair *pair = context;
    (void)name;
    if (field != pair->expr->value || value->kind == FIELD_NULL) return true;
    pair->left = folded(pair, value->value);
    matcher_each_value(pair->matcher, pair->event, pair->matcher->record, take_right, pair);
    return !pair->holds;
}

static bool fields_compare(Matcher *matcher, const Expr *expr, const Event *event)
{
    FieldPair pair = {.matcher = matcher, .event = event, .expr = expr};
    matcher_each_value(matcher, event, matcher->record, take_left, &pair);
    arena_done(&pair.scratch);
    return pair.holds;
}

static bool predicate_holds(Matcher *matcher, uint32_t number)
{
    if (matcher->truth[number] == matcher->event_mark) return true;
    if (matcher->waiting_count == 0) return false;
    matcher_settle(matcher, matcher->set->predicates[number].field);
    return matcher->truth[number] == matcher->event_mark;
}

bool matcher_holds(Matcher *matcher, uint32_t number, const Event *event)
{
    const Expr *exprs = matcher->set->exprs, *expr = &exprs[number];
    switch ((ExprKind)expr->kind) {
    case EXPR_PREDICATE: return predicate_holds(matcher, expr->value);
    case EXPR_FIELD: return fields_compare(matcher, expr, event);
    case EXPR_NOT: return !matcher_holds(matcher, expr->first, event);
    case EXPR_AND:
    case EXPR_OR: break;
    }
    bool all = expr->kind == EXPR_AND;
    for (uint32_t child = expr->first; child != NONE; child = exprs[child].next) {
        if (matcher_holds(matcher, child, event) != all) return !all;
    }
    return all;
}

/* --- accounts --------------------------------------------------------------------------------- */

#define BUDGET_SAMPLES_LEAST 16 /* before that one slow moment would count too much */

static uint64_t share_ns(const Matcher *matcher, const RuleCost *cost)
{
    uint64_t samples = matcher->sampled_events - cost->sampled_from;
    return samples < BUDGET_SAMPLES_LEAST ? 0 : cost->sampled_ns / samples;
}

static void check_budget(Matcher *matcher, uint32_t rule)
{
    RuleCost *cost = &matcher->costs[rule];
    uint64_t budget = matcher->options.budget_ns;
    if (budget == 0 || cost->set_aside || share_ns(matcher, cost) <= budget) return;
    /* Without room to tell of it the rule goes on: never in silence. */
    if (u32_list_add(&matcher->set_aside, rule) < 0) return;
    cost->set_aside = true;
    matcher->counts.rules_set_aside++;
}

static bool ask_timed(Matcher *matcher, const Instance *instance, const Event *event)
{
    RuleCost *cost = &matcher->costs[instance->rule];
    uint64_t before = matcher->options.ticks(matcher->options.ticks_context);
    bool holds = matcher_holds(matcher, instance->expr, event);
    cost->sampled_ns += matcher->options.ticks(matcher->options.ticks_context) - before;
    check_budget(matcher, instance->rule);
    return holds;
}

static void ask_candidates(Matcher *matcher, const Event *event)
{
    for (size_t i = 0; i < matcher->candidates.count; i++) {
        uint32_t number = matcher->candidates.list[i];
        const Instance *instance = &matcher->set->instances[number];
        matcher->costs[instance->rule].checks++;
        bool holds = matcher->sampling ? ask_timed(matcher, instance, event)
                                       : matcher_holds(matcher, instance->expr, event);
        if (!holds || matcher->hit[instance->rule] == matcher->event_mark) continue;
        matcher->hit[instance->rule] = matcher->event_mark;
        matcher->costs[instance->rule].matches++;
        if (u32_list_add(&matcher->matched, number) < 0) matcher->error = -ENOMEM;
    }
}

/* Instances stand in the order of their rules. */
static int compare_instances(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    return (a > b) - (a < b);
}

int matcher_feed(Matcher *matcher, const Event *event, const Record *record, const MatchSink *sink)
{
    matcher->error = 0;
    if (matcher->set->instance_count == 0) { /* no rules: nothing is asked of any event */
        matcher->counts.events++;
        return 0;
    }
    matcher_begin(matcher, event, record);
    matcher->sampling =
        matcher->options.ticks && matcher->counts.events % MATCHER_SAMPLE_EVENTS == 0;
    matcher->sampled_events += matcher->sampling;
    matcher_gather(matcher, event, record);
    ask_candidates(matcher, event);
    if (matcher->error < 0) return matcher->error;
    U32List *matched = &matcher->matched;
    if (matched->count > 1)
        qsort(matched->list, matched->count, sizeof *matched->list, compare_instances);
    for (size_t i = 0; i < matched->count; i++) {
        const RuleMatch match = {.rule = matcher->set->instances[matched->list[i]].rule,
                                 .time_ns = event->time_ns,
                                 .event = event,
                                 .record = record,
                                 .instance = matched->list[i]};
        int r = sink->match(sink->context, &match);
        if (r < 0) return r;
    }
    return (int)matched->count;
}

RuleCost matcher_cost(const Matcher *matcher, size_t rule)
{
    return matcher->costs[rule];
}

uint64_t matcher_cost_ns(const Matcher *matcher, size_t rule)
{
    return share_ns(matcher, &matcher->costs[rule]);
}

size_t matcher_take_set_aside(Matcher *matcher, size_t *to, size_t room)
{
    U32List *list = &matcher->set_aside;
    size_t count = list->count < room ? list->count : room;
    for (size_t i = 0; i < count; i++) {
        to[i] = list->list[i];
    }
    list->count -= count;
    if (list->count > 0) memmove(list->list, list->list + count, list->count * sizeof *list->list);
    return count;
}

void matcher_restore(Matcher *matcher, size_t rule)
{
    RuleCost *cost = &matcher->costs[rule];
    if (cost->set_aside) matcher->counts.rules_set_aside--;
    *cost = (RuleCost){
        .checks = cost->checks, .matches = cost->matches, .sampled_from = matcher->sampled_events};
}

MatcherCounts matcher_counts(const Matcher *matcher)
{
    return matcher->counts;
}
