/* What a question reads of the rows, and what every row that it finds must hold: for a store that
 * keeps columns and an index of words. */
#include "search/query_tree.h"

#include "base/fold.h"
#include "search/expr.h"

#include <errno.h>

typedef struct Collector {
    Arena *arena;
    FieldRef *fields;
    size_t count, room;
    bool everything;
} Collector;

static bool is_same(const FieldRef *a, const FieldRef *b)
{
    if (a->place != b->place) return false;
    if (a->place == PLACE_SOURCE) return slice_eq(a->folded, b->folded);
    return a->place != PLACE_RECORD || (a->id == b->id && slice_eq(a->folded, b->folded));
}

static int add_field(Collector *collector, const FieldRef *field)
{
    for (size_t i = 0; i < collector->count; i++) {
        if (is_same(&collector->fields[i], field)) return 0;
    }
    if (collector->count == collector->room) {
        size_t room = collector->room * 2 + 16;
        FieldRef *larger = ARENA_ARRAY(collector->arena, FieldRef, room);
        if (!larger) return -ENOMEM;
        if (collector->count) memcpy(larger, collector->fields, collector->count * sizeof *larger);
        collector->fields = larger;
        collector->room = room;
    }
    collector->fields[collector->count++] = *field;
    return 0;
}

static int add_node(Collector *collector, const Node *node)
{
    int r = 0;
    if (node->kind == NODE_WORD) collector->everything = true;
    if (node->kind == NODE_TEST) r = add_field(collector, &node->test.field);
    for (const Node *child = node->first; child && r == 0; child = child->next) {
        r = add_node(collector, child);
    }
    return r;
}

static int add_pipe_field(Collector *collector, const PipeField *field)
{
    return field->is_column ? 0 : add_field(collector, &field->ref);
}

static int add_expr(Collector *collector, const Expr *expr)
{
    int r = expr->kind == EXPR_FIELD ? add_pipe_field(collector, &expr->field) : 0;
    for (const Expr *operand = expr->first; operand && r == 0; operand = operand->next) {
        r = add_expr(collector, operand);
    }
    return r;
}

static int add_pipe(Collector *collector, const Pipe *pipe)
{
    int r = pipe->expression ? add_expr(collector, pipe->expression) : 0;
    if (r == 0 && pipe->filter) r = add_node(collector, pipe->filter);
    for (size_t i = 0; i < pipe->field_count && r == 0; i++) {
        r = add_pipe_field(collector, &pipe->fields[i]);
    }
    for (size_t i = 0; i < pipe->aggregate_count && r == 0; i++) {
        if (pipe->aggregates[i].has_field)
            r = add_pipe_field(collector, &pipe->aggregates[i].field);
    }
    for (size_t i = 0; i < pipe->step_count && r == 0; i++) {
        r = add_node(collector, pipe->steps[i]);
    }
    if (r == 0 && pipe->kind == PIPE_SEQUENCE) {
        const FieldRef time = {.place = PLACE_TIME, .name = SLICE("@timestamp")};
        r = add_field(collector, &time);
    }
    return r;
}

static void give(const Collector *collector, bool whole_records, QueryReads *ret)
{
    *ret = (QueryReads){.everything = collector->everything,
                        .whole_records = whole_records,
                        .fields = collector->fields,
                        .count = collector->count};
}

int query_filter_reads(const Query *query, Arena *arena, QueryReads *ret)
{
    Collector collector = {.arena = arena};
    int r = add_node(&collector, query->filter);
    if (r == 0) give(&collector, false, ret);
    return r;
}

int query_pipe_reads(const Query *query, Arena *arena, QueryReads *ret)
{
    Collector collector = {.arena = arena};
    bool whole_records = true;
    int r = 0;
    for (size_t i = 0; i < query->pipe_count && r == 0; i++) {
        r = add_pipe(&collector, &query->pipes[i]);
        if (query->pipes[i].column_count > 0 && !query->pipes[i].records) whole_records = false;
    }
    if (r == 0) give(&collector, whole_records, ret);
    return r;
}

/* --- needs ------------------------------------------------------------------------------------ */

typedef struct Needs {
    Arena *arena;
    QueryNeed *list;
    size_t count;
} Needs;

static int add_need(Needs *needs, Slice text, const FieldRef *field)
{
    if (text.len == 0) return 0;
    if (!needs->list) needs->list = ARENA_ARRAY(needs->arena, QueryNeed, QUERY_TERMS_MAX);
    if (!needs->list) return -ENOMEM;
    /* Each comes from a word or condition, of which there are QUERY_TERMS_MAX at most. */
    if (needs->count < QUERY_TERMS_MAX)
        needs->list[needs->count++] = (QueryNeed){.text = text, .field = field};
    return 0;
}

/* Text kept with its case is looked for folded. */
static int fold_again(Arena *arena, Slice text, Slice *ret)
{
    char *folded = arena_alloc(arena, text.len + 1);
    if (!folded) return -ENOMEM;
    *ret = slice_of(folded, fold_text(folded, text));
    return 0;
}

int word_test_literal(const WordTest *word, Arena *arena, Slice *ret)
{
    *ret = word->needle;
    if (word->regex) {
        *ret = regex_literal(word->regex);
    } else if (word->pattern) {
        *ret = fold_longest_literal(word->needle);
    } else if (word->exact) {
        return fold_again(arena, word->needle, ret);
    }
    return 0;
}

int condition_literal(const Condition *condition, Arena *arena, Slice *ret)
{
    *ret = (Slice){0};
    switch (condition->kind) {
    case CONDITION_TEXT:
        if (!condition->has_address && !condition->has_number) *ret = condition->folded;
        return 0;
    case CONDITION_CONTAINS: *ret = condition->folded; return 0;
    case CONDITION_PATTERN: *ret = fold_longest_literal(condition->folded); return 0;
    case CONDITION_REGEX: *ret = regex_literal(condition->regex); return 0;
    case CONDITION_EXACT: return fold_again(arena, condition->folded, ret);
    default: return 0;
    }
}

static bool has_choice(const ChoiceSet *set)
{
    uint64_t any = 0;
    for (size_t i = 0; i < ARRAY_COUNT(set->bits); i++) {
        any |= set->bits[i];
    }
    return any != 0;
}

/* The names of verbs and outcomes are in no text of the row: a word that is one needs nothing. */
static int need_word(Needs *needs, const WordTest *word)
{
    Slice text;
    if (has_choice(&word->verbs) || has_choice(&word->outcomes)) return 0;
    int r = word_test_literal(word, needs->arena, &text);
    return r < 0 ? r : add_need(needs, text, NULL);
}

static int need_test(Needs *needs, const FieldTest *test)
{
    bool computed = test->field.place != PLACE_RECORD && test->field.place != PLACE_SOURCE &&
                    test->field.place != PLACE_RAW && test->field.place != PLACE_ORIGIN;
    Slice text;
    if (test->condition_count != 1 || computed) return 0;
    int r = condition_literal(&test->conditions[0], needs->arena, &text);
    return r < 0 ? r : add_need(needs, text, &test->field);
}

static int need_node(Needs *needs, const Node *node)
{
    if (node->kind == NODE_WORD) return need_word(needs, &node->word);
    if (node->kind == NODE_TEST) return need_test(needs, &node->test);
    int r = 0;
    if (node->kind != NODE_AND) return 0;
    for (const Node *child = node->first; child && r == 0; child = child->next) {
        r = need_node(needs, child);
    }
    return r;
}

int query_needs(const Query *query, Arena *arena, const QueryNeed **ret, size_t *ret_count)
{
    Needs needs = {.arena = arena};
    int r = need_node(&needs, query->filter);
    if (r < 0) return r;
    *ret = needs.list;
    *ret_count = needs.count;
    return 0;
}
