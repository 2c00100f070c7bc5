/* Why a rule matched, or why not; and the fields of a match. */
#include "detect/matcher_int.h"

#include <errno.h>

typedef struct Seeking {
    Matcher *matcher;
    uint32_t field;
    const Predicate *predicate; /* NULL: any value of the field */
    Field found;
    Slice pattern;
    bool has_value; /* the field is there */
    bool holds;
} Seeking;

static bool seek_value(void *context, Slice name, uint32_t field, const Field *value)
{
    Seeking *seeking = context;
    const RuleSet *set = seeking->matcher->set;
    if ((!set->fields[seeking->field].any && field != seeking->field) || value->kind == FIELD_NULL)
        return true;
    if (!seeking->has_value) seeking->found = *value;
    seeking->has_value = true;
    if (!seeking->predicate) return false;
    value_fold(seeking->matcher, value->value);
    for (uint32_t i = 0; i < seeking->predicate->count; i++) {
        const Element *element =
            &set->elements[set->predicate_elements.list[seeking->predicate->first + i]];
        if (!element_holds(seeking->matcher, element)) continue;
        seeking->found = *value;
        seeking->found.name = name;
        seeking->pattern = element->source;
        seeking->holds = true;
        return false;
    }
    return true;
}

/* A computed field's text lives in a scratch that is gone: only the event's and record's own are
 * kept as found; the others are shown by their name alone. */
static bool outlives(const Record *record, const Event *event, const Field *field)
{
    for (size_t i = 0; i < event->field_count; i++) {
        if (event->fields[i].value.ptr == field->value.ptr) return true;
    }
    for (size_t i = 0; record && i < RECORD_FIELD_COUNT; i++) {
        if (record->text[i].ptr == field->value.ptr) return true;
    }
    return false;
}

typedef struct Collecting {
    Matcher *matcher;
    const RuleMatch *match;
    Evidence *to;
    size_t room, count;
} Collecting;

static void collect_predicate(Collecting *collecting, const Expr *expr)
{
    const RuleSet *set = collecting->matcher->set;
    const RuleMatch *match = collecting->match;
    Seeking seeking = {.matcher = collecting->matcher,
                       .predicate = &set->predicates[expr->value],
                       .field = set->predicates[expr->value].field};
    matcher_each_value(collecting->matcher, match->event, match->record, seek_value, &seeking);
    if (!seeking.holds || collecting->count == collecting->room) return;
    if (!outlives(match->record, match->event, &seeking.found)) seeking.found.value = (Slice){0};
    collecting->to[collecting->count++] =
        (Evidence){seeking.found.name, seeking.found.value, seeking.pattern};
}

static void collect(Collecting *collecting, uint32_t number)
{
    const Expr *expr = &collecting->matcher->set->exprs[number];
    if (expr->kind == EXPR_NOT ||
        !matcher_holds(collecting->matcher, number, collecting->match->event))
        return;
    if (expr->kind == EXPR_PREDICATE) collect_predicate(collecting, expr);
    size_t before = collecting->count;
    for (uint32_t child = expr->first; child != NONE;
         child = collecting->matcher->set->exprs[child].next) {
        collect(collecting, child);
        if (expr->kind == EXPR_OR && collecting->count > before) return; /* one of them is why */
    }
}

size_t match_evidence(Matcher *matcher, const RuleMatch *match, Evidence *to, size_t room)
{
    Collecting collecting = {.matcher = matcher, .match = match, .to = to, .room = room};
    collect(&collecting, matcher->set->instances[match->instance].expr);
    return collecting.count;
}

bool match_field(Matcher *matcher, const RuleMatch *match, Slice name, Slice *ret)
{
    const RuleSet *set = matcher->set;
    const LogRoute *route = &set->routes.list[set->instances[match->instance].route];
    for (size_t i = 0; i < route->alias_count; i++) {
        if (slice_eq(route->aliases[i].from, name)) name = route->aliases[i].to;
    }
    for (size_t i = 0; i < match->event->field_count; i++) {
        const Field *field = &match->event->fields[i];
        if (field->kind == FIELD_NULL || !slice_eq(field->name, name)) continue;
        *ret = field->value;
        return true;
    }
    for (size_t i = 0; match->record && i < RECORD_FIELD_COUNT; i++) {
        if (!slice_eq(record_fields[i].name, name) || match->record->text[i].len == 0) continue;
        *ret = match->record->text[i];
        return true;
    }
    return false;
}

/* --- explanations ----------------------------------------------------------------------------- */

typedef struct Explaining {
    Matcher *matcher;
    const Event *event;
    ExplainSink sink;
    void *context;
} Explaining;

static void describe_predicate(Explaining *explaining, const Expr *expr, ExplainedPart *part)
{
    const RuleSet *set = explaining->matcher->set;
    const Predicate *predicate = &set->predicates[expr->value];
    Seeking seeking = {
        .matcher = explaining->matcher, .predicate = predicate, .field = predicate->field};
    matcher_each_value(explaining->matcher, explaining->event, explaining->matcher->record,
                       seek_value, &seeking);
    part->joint = "field";
    part->field = set->fields[predicate->field].name;
    part->has_value = seeking.has_value && (seeking.holds || !set->fields[predicate->field].any);
    part->pattern_count = predicate->count;
    part->pattern = seeking.holds
                        ? seeking.pattern
                        : set->elements[set->predicate_elements.list[predicate->first]].source;
    if (outlives(explaining->matcher->record, explaining->event, &seeking.found))
        part->value = seeking.found.value;
}

static int explain(Explaining *explaining, uint32_t number, unsigned depth)
{
    static const char *const joints[] = {[EXPR_AND] = "all",
                                         [EXPR_OR] = "any",
                                         [EXPR_NOT] = "not",
                                         [EXPR_PREDICATE] = "field",
                                         [EXPR_FIELD] = "fieldref"};
    const Expr *exprs = explaining->matcher->set->exprs, *expr = &exprs[number];
    ExplainedPart part = {.depth = depth, .joint = joints[expr->kind]};
    part.holds = matcher_holds(explaining->matcher, number, explaining->event);
    if (expr->origin) {
        part.selection = expr->origin->name;
        part.line = expr->origin->line;
    }
    if (expr->kind == EXPR_PREDICATE) describe_predicate(explaining, expr, &part);
    if (expr->kind == EXPR_FIELD) part.field = explaining->matcher->set->fields[expr->value].name;
    int r = explaining->sink(explaining->context, &part);
    for (uint32_t child = expr->first; child != NONE && r >= 0; child = exprs[child].next) {
        r = explain(explaining, child, depth + 1);
    }
    return r;
}

static bool shares_lane(const Matcher *matcher, const Instance *instance)
{
    uint64_t common = 0;
    for (size_t w = 0; w < ARRAY_COUNT(instance->lanes.bits); w++) {
        common |= instance->lanes.bits[w] & matcher->lanes.bits[w];
    }
    return common != 0 && (!instance->needs_record || matcher->record);
}

int matcher_explain(Matcher *matcher, size_t rule, const Event *event, const Record *record,
                    ExplainSink part, void *context)
{
    Explaining explaining = {matcher, event, part, context};
    bool holds = false, asked = false;
    matcher->error = 0;
    matcher_begin(matcher, event, record);
    matcher_gather(matcher, event, record);
    for (size_t i = 0; i < matcher->set->instance_count; i++) {
        const Instance *instance = &matcher->set->instances[i];
        if (instance->rule != rule || !shares_lane(matcher, instance)) continue;
        asked = true;
        holds |= matcher_holds(matcher, instance->expr, event);
        int r = explain(&explaining, instance->expr, 0);
        if (r < 0) return r;
    }
    return asked ? holds : -ENOENT;
}
