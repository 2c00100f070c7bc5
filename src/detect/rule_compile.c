/* A rule's tree -> expressions over predicates, once for each way its fields may be called. */
#include "detect/rule_set_int.h"

#include <errno.h>
#include <stdlib.h>

typedef struct Compiler {
    RuleSet *set;
    Complaint *complaint;
    const LogRoute *route; /* whose names count */
    size_t depth;
} Compiler;

static int compile_node(Compiler *compiler, const RuleNode *node, uint32_t *ret);

static int new_expr(RuleSet *set, Expr expr, uint32_t *ret)
{
    if (set->expr_count == set->expr_capacity) {
        size_t capacity = set->expr_capacity ? set->expr_capacity * 2 : 4096;
        if (set->expr_count >= EXPRS_MAX) return -ENOMEM;
        Expr *larger = reallocarray(set->exprs, capacity, sizeof *larger);
        if (!larger) return -ENOMEM;
        set->exprs = larger;
        set->expr_capacity = capacity;
    }
    *ret = (uint32_t)set->expr_count;
    set->exprs[set->expr_count++] = expr;
    return 0;
}

static Slice name_on_route(const LogRoute *route, Slice field)
{
    for (size_t i = 0; i < route->alias_count; i++) {
        if (slice_eq(route->aliases[i].from, field)) return route->aliases[i].to;
    }
    return field;
}

static int field_of(Compiler *compiler, Slice name, uint32_t *ret)
{
    return field_find_or_add(compiler->set, name_on_route(compiler->route, name), ret);
}

static int add_child(RuleSet *set, uint32_t parent, uint32_t child)
{
    set->exprs[child].next = set->exprs[parent].first;
    set->exprs[parent].first = child;
    return 0;
}

/* Children were put in front of each other; explanations want them in the rule's order. */
static void reverse_children(RuleSet *set, uint32_t parent)
{
    uint32_t child = set->exprs[parent].first, behind = NONE;
    while (child != NONE) {
        uint32_t next = set->exprs[child].next;
        set->exprs[child].next = behind;
        behind = child;
        child = next;
    }
    set->exprs[parent].first = behind;
}

static int compile_null(Compiler *compiler, uint32_t field, uint32_t *ret)
{
    RuleSet *set = compiler->set;
    uint32_t predicate, inner;
    int r = predicate_add_value(set, field, &predicate);
    if (r == 0)
        r = new_expr(
            set, (Expr){.kind = EXPR_PREDICATE, .value = predicate, .first = NONE, .next = NONE},
            &inner);
    if (r == 0) r = new_expr(set, (Expr){.kind = EXPR_NOT, .first = inner, .next = NONE}, ret);
    return r;
}

static int compile_field(Compiler *compiler, const SigmaPattern *pattern, uint32_t field,
                         uint32_t *ret)
{
    uint32_t other;
    int r = field_of(compiler, pattern->text, &other);
    if (r < 0) return r;
    const Expr expr = {.kind = EXPR_FIELD,
                       .how = pattern->how,
                       .cased = pattern->cased,
                       .value = field,
                       .other = other,
                       .first = NONE,
                       .next = NONE};
    return new_expr(compiler->set, expr, ret);
}

/* The patterns that a value alone decides, as one predicate. */
static int compile_values(Compiler *compiler, const RuleNode *item, uint32_t field, uint32_t *ret)
{
    RuleSet *set = compiler->set;
    SigmaPattern *list = ARENA_ARRAY(&set->scratch, SigmaPattern, item->pattern_count + 1);
    size_t count = 0;
    uint32_t predicate;
    if (!list) return -ENOMEM;
    for (size_t i = 0; i < item->pattern_count; i++) {
        const SigmaPattern *pattern = &item->patterns[i];
        if (pattern->kind != PATTERN_NULL && pattern->kind != PATTERN_FIELD)
            list[count++] = *pattern;
    }
    *ret = NONE;
    if (count == 0) return 0;
    int r = predicate_add(set, field, list, count, compiler->complaint, &predicate);
    if (r < 0) return r;
    return new_expr(
        set, (Expr){.kind = EXPR_PREDICATE, .value = predicate, .first = NONE, .next = NONE}, ret);
}

static int compile_item(Compiler *compiler, const RuleNode *item, uint32_t *ret)
{
    uint32_t field, values, group;
    int r = item->field.len
                ? field_of(compiler, item->field, &field)
                : field_any(compiler->set, (uint32_t)(compiler->route - compiler->set->routes.list),
                            &field);
    if (r == 0) r = compile_values(compiler, item, field, &values);
    if (r < 0) return r;
    bool only_values = values != NONE;
    for (size_t i = 0; i < item->pattern_count; i++) {
        only_values &=
            item->patterns[i].kind != PATTERN_NULL && item->patterns[i].kind != PATTERN_FIELD;
    }
    if (only_values) {
        *ret = values;
        return 0;
    }
    r = new_expr(compiler->set, (Expr){.kind = EXPR_OR, .first = NONE, .next = NONE}, &group);
    if (r == 0 && values != NONE) r = add_child(compiler->set, group, values);
    for (size_t i = 0; i < item->pattern_count && r == 0; i++) {
        uint32_t child = NONE;
        const SigmaPattern *pattern = &item->patterns[i];
        if (pattern->kind == PATTERN_NULL) r = compile_null(compiler, field, &child);
        if (pattern->kind == PATTERN_FIELD) r = compile_field(compiler, pattern, field, &child);
        if (r == 0 && child != NONE) r = add_child(compiler->set, group, child);
    }
    *ret = group;
    return r;
}

static int compile_group(Compiler *compiler, const RuleNode *node, uint32_t *ret)
{
    static const uint8_t kinds[] = {
        [RULE_AND] = EXPR_AND, [RULE_OR] = EXPR_OR, [RULE_NOT] = EXPR_NOT};
    uint32_t group;
    int r = new_expr(compiler->set, (Expr){.kind = kinds[node->kind], .first = NONE, .next = NONE},
                     &group);
    for (const RuleNode *child = node->first; child && r == 0; child = child->next) {
        uint32_t inner;
        r = compile_node(compiler, child, &inner);
        if (r == 0) r = add_child(compiler->set, group, inner);
    }
    if (r == 0) reverse_children(compiler->set, group);
    *ret = group;
    return r;
}

static int compile_node(Compiler *compiler, const RuleNode *node, uint32_t *ret)
{
    if (compiler->depth > 4 * SIGMA_DEPTH_MAX) return -ENOMEM;
    compiler->depth++;
    int r;
    switch (node->kind) {
    case RULE_REF: r = compile_node(compiler, node->target, ret); break;
    case RULE_ITEM: r = compile_item(compiler, node, ret); break;
    default: r = compile_group(compiler, node, ret); break;
    }
    bool named = r == 0 && (node->kind != RULE_REF || !compiler->set->exprs[*ret].origin);
    if (named) compiler->set->exprs[*ret].origin = node;
    compiler->depth--;
    return r;
}

/* What the route asks besides: each condition is an ITEM of plain values. */
static int compile_conditions(Compiler *compiler, uint32_t rule, uint32_t *ret)
{
    RuleSet *set = compiler->set;
    uint32_t group;
    *ret = rule;
    if (compiler->route->condition_count == 0) return 0;
    int r = new_expr(set, (Expr){.kind = EXPR_AND, .first = NONE, .next = NONE}, &group);
    if (r == 0) r = add_child(set, group, rule);
    for (size_t i = 0; i < compiler->route->condition_count && r == 0; i++) {
        const RouteCondition *condition = &compiler->route->conditions[i];
        RuleNode item = {.kind = RULE_ITEM, .field = condition->field};
        uint32_t child;
        item.patterns = ARENA_ARRAY(&set->scratch, SigmaPattern, condition->value_count + 1);
        if (!item.patterns) return -ENOMEM;
        for (size_t k = 0; k < condition->value_count; k++) {
            item.patterns[item.pattern_count++] =
                (SigmaPattern){.text = condition->values[k], .source = condition->values[k]};
        }
        r = compile_item(compiler, &item, &child);
        if (r == 0) r = add_child(set, group, child);
    }
    *ret = group;
    return r;
}

static int add_instance(RuleSet *set, Instance instance)
{
    if (set->instance_count == set->instance_capacity) {
        size_t capacity = set->instance_capacity ? set->instance_capacity * 2 : 1024;
        Instance *larger = reallocarray(set->instances, capacity, sizeof *larger);
        if (!larger) return -ENOMEM;
        set->instances = larger;
        set->instance_capacity = capacity;
    }
    set->instances[set->instance_count++] = instance;
    return 0;
}

/* A rule that names both category and service means events that are both. */
static LaneSet narrow(const RuleSet *set, const LogSource *source)
{
    LaneSet category = {0}, service = {0}, lanes;
    bool has_category = false, has_service = false;
    for (size_t i = 0; i < set->routes.count; i++) {
        const LogRoute *route = &set->routes.list[i];
        if (!log_route_serves(route, source)) continue;
        lanes_of_route(set, route, &lanes);
        has_category |= route->category.len > 0;
        has_service |= route->service.len > 0;
        for (size_t w = 0; w < ARRAY_COUNT(lanes.bits); w++) {
            if (route->category.len > 0) category.bits[w] |= lanes.bits[w];
            if (route->service.len > 0) service.bits[w] |= lanes.bits[w];
        }
    }
    for (size_t w = 0; w < ARRAY_COUNT(lanes.bits); w++) {
        lanes.bits[w] = (has_category ? category.bits[w] : ~(uint64_t)0) &
                        (has_service ? service.bits[w] : ~(uint64_t)0);
    }
    return lanes;
}

static bool any_lane(LaneSet *lanes, const LaneSet *within)
{
    uint64_t any = 0;
    for (size_t w = 0; w < ARRAY_COUNT(lanes->bits); w++) {
        lanes->bits[w] &= within->bits[w];
        any |= lanes->bits[w];
    }
    return any != 0;
}

/* Does a more telling route serve the source, so that this one is not meant? */
static bool is_too_wide(const LogRoute *route, const LogSource *source)
{
    bool by_category = source->category.len > 0 && route->category.len == 0;
    bool by_service = source->service.len > 0 && route->service.len == 0;
    if (source->category.len > 0 && source->service.len > 0) return by_category && by_service;
    return by_category || by_service;
}

static int compile_on(RuleSet *set, uint32_t entry, uint32_t route_index, const LaneSet *within,
                      Complaint *complaint)
{
    const LogRoute *route = &set->routes.list[route_index];
    Compiler compiler = {.set = set, .complaint = complaint, .route = route};
    Instance instance = {.rule = entry, .route = route_index, .needs_record = route->record};
    lanes_of_route(set, route, &instance.lanes);
    if (!any_lane(&instance.lanes, within)) return -ENOENT;
    uint32_t expr;
    int r = compile_node(&compiler, set->entries[entry].rule.condition, &expr);
    if (r == 0) r = compile_conditions(&compiler, expr, &instance.expr);
    return r < 0 ? r : add_instance(set, instance);
}

int rule_compile(RuleSet *set, uint32_t entry, Complaint *complaint)
{
    const LogSource *source = &set->entries[entry].rule.source;
    LaneSet within = narrow(set, source);
    size_t made = 0;
    for (uint32_t i = 0; i < set->routes.count; i++) {
        const LogRoute *route = &set->routes.list[i];
        if (!log_route_serves(route, source) || is_too_wide(route, source)) continue;
        int r = compile_on(set, entry, i, &within, complaint);
        if (r < 0 && r != -ENOENT) return r;
        made += r == 0;
    }
    return made > 0 ? 0 : -ENOENT;
}
