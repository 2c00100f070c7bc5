/* Which predicate wakes which rule (R1): for each instance the rarest set of predicates of which
 * one must hold whenever the rule does. */
#include "detect/rule_set_int.h"

#include <errno.h>
#include <stdlib.h>

#define NEVER_BELOW 2.0f /* no set of triggers: every event must be asked */

/* Guess how often the expression's triggers would wake it; NEVER_BELOW: it has none. */
static float cost_of(const RuleSet *set, uint32_t number)
{
    const Expr *expr = &set->exprs[number];
    float cost = expr->kind == EXPR_AND ? NEVER_BELOW : 0;
    if (expr->kind == EXPR_PREDICATE) return set->predicates[expr->value].likely;
    if (expr->kind == EXPR_NOT || expr->kind == EXPR_FIELD) return NEVER_BELOW;
    for (uint32_t child = expr->first; child != NONE; child = set->exprs[child].next) {
        float of_child = cost_of(set, child);
        if (expr->kind == EXPR_AND) {
            if (of_child < cost) cost = of_child;
        } else {
            cost = of_child >= NEVER_BELOW || cost >= NEVER_BELOW ? NEVER_BELOW : cost + of_child;
        }
    }
    /* Many alternatives may sum up beyond one, but still are triggers. */
    if (expr->kind == EXPR_OR && cost > 1 && cost < NEVER_BELOW) return 1;
    return cost > 1 && cost < NEVER_BELOW ? 1 : cost;
}

static int collect(const RuleSet *set, uint32_t number, U32List *to)
{
    const Expr *expr = &set->exprs[number];
    int r = 0;
    if (expr->kind == EXPR_PREDICATE) return u32_list_add(to, expr->value);
    if (expr->kind == EXPR_AND) {
        uint32_t best = NONE;
        float cost = NEVER_BELOW;
        for (uint32_t child = expr->first; child != NONE; child = set->exprs[child].next) {
            float of_child = cost_of(set, child);
            if (of_child < cost) {
                cost = of_child;
                best = child;
            }
        }
        return collect(set, best, to);
    }
    for (uint32_t child = expr->first; child != NONE && r == 0; child = set->exprs[child].next) {
        r = collect(set, child, to);
    }
    return r;
}

/* An alternative that can never hold (an empty OR) leaves nothing to wait for: still a trigger set
 * of none, and rightly so. */
static int collect_all(RuleSet *set, U32List *wakes, U32List *of_instance, U32List *always)
{
    for (uint32_t i = 0; i < set->instance_count; i++) {
        size_t before = wakes->count;
        if (cost_of(set, set->instances[i].expr) >= NEVER_BELOW) {
            int r = u32_list_add(always, i);
            if (r < 0) return r;
            continue;
        }
        int r = collect(set, set->instances[i].expr, wakes);
        for (size_t k = before; k < wakes->count && r == 0; k++) {
            r = u32_list_add(of_instance, i);
        }
        if (r < 0) return r;
    }
    return 0;
}

static int arrange(RuleSet *set, const U32List *wakes, const U32List *of_instance)
{
    set->triggers = ARENA_ARRAY(&set->arena, uint32_t, wakes->count + 1);
    if (!set->triggers) return -ENOMEM;
    for (size_t i = 0; i < wakes->count; i++) {
        set->predicates[wakes->list[i]].trigger_count++;
    }
    uint32_t at = 0;
    for (size_t p = 0; p < set->predicate_count; p++) {
        set->predicates[p].trigger_first = at;
        at += set->predicates[p].trigger_count;
        set->predicates[p].trigger_count = 0;
    }
    for (size_t i = 0; i < wakes->count; i++) {
        Predicate *predicate = &set->predicates[wakes->list[i]];
        set->triggers[predicate->trigger_first + predicate->trigger_count++] = of_instance->list[i];
    }
    return 0;
}

static int fill_always(RuleSet *set, const U32List *always)
{
    for (size_t l = 0; l < set->lane_count; l++) {
        Lane *lane = &set->lanes[l];
        lane->always = ARENA_ARRAY(&set->arena, uint32_t, always->count + 1);
        if (!lane->always) return -ENOMEM;
        for (size_t i = 0; i < always->count; i++) {
            if (lane_set_has(&set->instances[always->list[i]].lanes, l))
                lane->always[lane->always_count++] = always->list[i];
        }
    }
    return 0;
}

static void mark_fields(const RuleSet *set, uint32_t number, uint64_t *fields)
{
    const Expr *expr = &set->exprs[number];
    if (expr->kind == EXPR_PREDICATE) {
        uint32_t field = set->predicates[expr->value].field;
        fields[field / 64] |= (uint64_t)1 << (field % 64);
    }
    for (uint32_t child = expr->first; child != NONE; child = set->exprs[child].next) {
        mark_fields(set, child, fields);
    }
}

/* The fields that can wake an instance of the lane. */
static void mark_wakers(RuleSet *set)
{
    for (size_t p = 0; p < set->predicate_count; p++) {
        const Predicate *predicate = &set->predicates[p];
        for (uint32_t i = 0; i < predicate->trigger_count; i++) {
            const Instance *instance = &set->instances[set->triggers[predicate->trigger_first + i]];
            for (size_t l = 0; l < set->lane_count; l++) {
                if (lane_set_has(&instance->lanes, l))
                    set->lanes[l].wakers[predicate->field / 64] |= (uint64_t)1
                                                                   << (predicate->field % 64);
            }
        }
    }
}

static void mark_names(RuleSet *set)
{
    for (size_t l = 0; l < set->lane_count; l++) {
        Lane *lane = &set->lanes[l];
        for (size_t f = 0; f < set->field_count; f++) {
            if (!(lane->fields[f / 64] >> (f % 64) & 1) || set->fields[f].name.len == 0) continue;
            size_t ends = name_ends_of(set->fields[f].name);
            lane->name_ends.bits[ends / 64] |= (uint64_t)1 << (ends % 64);
        }
    }
}

/* The fields whose values matter, lane by lane. */
static int fill_fields(RuleSet *set)
{
    size_t words = set->field_count / 64 + 1;
    for (size_t l = 0; l < set->lane_count; l++) {
        set->lanes[l].fields = ARENA_ARRAY(&set->arena, uint64_t, words);
        set->lanes[l].wakers = ARENA_ARRAY(&set->arena, uint64_t, words);
        if (!set->lanes[l].fields || !set->lanes[l].wakers) return -ENOMEM;
    }
    uint64_t *asked = ARENA_ARRAY(&set->scratch, uint64_t, words);
    if (!asked) return -ENOMEM;
    for (size_t i = 0; i < set->instance_count; i++) {
        const Instance *instance = &set->instances[i];
        memset(asked, 0, words * sizeof *asked);
        mark_fields(set, instance->expr, asked);
        for (size_t l = 0; l < set->lane_count; l++) {
            if (!lane_set_has(&instance->lanes, l)) continue;
            for (size_t w = 0; w < words; w++) {
                set->lanes[l].fields[w] |= asked[w];
            }
        }
    }
    mark_wakers(set);
    mark_names(set);
    return 0;
}

int triggers_make(RuleSet *set)
{
    CLEANUP(u32_list_done) U32List wakes = {0};
    CLEANUP(u32_list_done) U32List of_instance = {0};
    CLEANUP(u32_list_done) U32List always = {0};
    int r = collect_all(set, &wakes, &of_instance, &always);
    if (r == 0) r = arrange(set, &wakes, &of_instance);
    if (r == 0) r = fill_always(set, &always);
    return r == 0 ? fill_fields(set) : r;
}
