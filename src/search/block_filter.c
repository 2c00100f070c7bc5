/* See block_filter.h: AND, OR and NOT over sets of rows, and the rows that are left to be made. */
#include "search/block_filter_int.h"

static int judge(BlockFilter *filter, const Node *node, RowBits among, Judgement *ret);

static int judgement_new(const BlockFilter *filter, uint32_t words, Judgement *ret)
{
    int r = row_bits_new(words, filter->scratch, &ret->yes);
    return r < 0 ? r : row_bits_new(words, filter->scratch, &ret->may);
}

/* What a part costs: constants of a kind, values of a field, words anywhere. */
static unsigned cost_of(const Node *node)
{
    unsigned cost = 0;
    switch (node->kind) {
    case NODE_ALL: return 0;
    case NODE_WORD: return node->word.regex ? 5 : 4;
    case NODE_TEST:
        if (field_ref_choices(&node->test.field) > 0) return 0;
        return node->test.field.place == PLACE_RAW ? 4 : 2;
    default: break;
    }
    for (const Node *child = node->first; child; child = child->next) {
        unsigned of_child = cost_of(child);
        if (of_child > cost) cost = of_child;
    }
    return cost;
}

#define COSTS 6

/* The cheap ones first: what they leave, the others need not look at. */
static int judge_all_of(BlockFilter *filter, const Node *node, RowBits among, Judgement *ret)
{
    row_bits_copy(ret->yes, among);
    row_bits_copy(ret->may, among);
    for (unsigned cost = 0; cost < COSTS; cost++) {
        for (const Node *child = node->first; child; child = child->next) {
            Judgement one;
            if (cost_of(child) != cost) continue;
            if (!row_bits_any(ret->may)) return 0;
            int r = judge(filter, child, ret->may, &one);
            if (r < 0) return r;
            row_bits_and(ret->yes, one.yes);
            row_bits_and(ret->may, one.may);
        }
    }
    return 0;
}

static int judge_any_of(BlockFilter *filter, const Node *node, RowBits among, Judgement *ret)
{
    RowBits left;
    int r = row_bits_new(among.word_count, filter->scratch, &left);
    if (r < 0) return r;
    row_bits_copy(left, among);
    for (unsigned cost = 0; cost < COSTS; cost++) {
        for (const Node *child = node->first; child; child = child->next) {
            Judgement one;
            if (cost_of(child) != cost) continue;
            if (!row_bits_any(left)) return 0;
            r = judge(filter, child, left, &one);
            if (r < 0) return r;
            row_bits_or(ret->yes, one.yes);
            row_bits_or(ret->may, one.may);
            row_bits_remove(left, one.yes);
        }
    }
    return 0;
}

static int judge_not(BlockFilter *filter, const Node *node, RowBits among, Judgement *ret)
{
    Judgement one;
    int r = judge(filter, node->first, among, &one);
    if (r < 0) return r;
    row_bits_copy(ret->yes, among);
    row_bits_remove(ret->yes, one.may);
    row_bits_copy(ret->may, among);
    row_bits_remove(ret->may, one.yes);
    return 0;
}

static int judge(BlockFilter *filter, const Node *node, RowBits among, Judgement *ret)
{
    if (filter->cancel && atomic_load_explicit(filter->cancel, memory_order_relaxed))
        return -ECANCELED;
    int r = judgement_new(filter, among.word_count, ret);
    if (r < 0) return r;
    switch (node->kind) {
    case NODE_ALL:
        row_bits_copy(ret->yes, among);
        row_bits_copy(ret->may, among);
        return 0;
    case NODE_AND: return judge_all_of(filter, node, among, ret);
    case NODE_OR: return judge_any_of(filter, node, among, ret);
    case NODE_NOT: return judge_not(filter, node, among, ret);
    case NODE_WORD: r = block_judge_word(filter, &node->word, among, ret); break;
    case NODE_TEST: r = block_judge_test(filter, &node->test, among, ret); break;
    }
    if (r < 0) return r;
    row_bits_and(ret->yes, among);
    row_bits_or(ret->may, ret->yes);
    row_bits_and(ret->may, among);
    return 0;
}

static int judge_row(BlockFilter *filter, uint32_t number, bool *ret)
{
    Row row;
    if (filter->cancel && atomic_load_explicit(filter->cancel, memory_order_relaxed))
        return -ECANCELED;
    arena_reset(filter->row);
    int r = segment_view_row(filter->view, number, filter->row, &row);
    filter->made++;
    if (r == 0) *ret = query_node_matches(filter->filter, &row);
    return r;
}

int block_filter_run(BlockFilter *filter, RowBits rows)
{
    Judgement judgement;
    uint32_t position = 0, row;
    int r = judge(filter, filter->filter, rows, &judgement);
    if (r < 0) return r;
    row_bits_copy(rows, judgement.yes);
    row_bits_remove(judgement.may, judgement.yes);
    while (row_bits_next(judgement.may, &position, &row)) {
        bool matches;
        r = judge_row(filter, row, &matches);
        if (r < 0) return r;
        if (matches) row_bits_set(rows, row);
    }
    return 0;
}

int block_range_rows(SegmentView *view, const BlockRange *range, RowBits ret)
{
    const int64_t *times, *received, *numbers = NULL;
    int r = segment_view_times(view, &times);
    if (r == 0) r = segment_view_numbers(view, VIEW_INGESTED, &received);
    if (r == 0 && range->after > 0) r = segment_view_numbers(view, VIEW_NUMBER, &numbers);
    if (r < 0) return r;
    for (uint32_t i = 0; i < segment_view_row_count(view); i++) {
        int64_t ns = times[i] == TIME_UNKNOWN ? received[i] : times[i];
        bool within = ns >= range->from_ns && ns < range->to_ns;
        if (within && (!numbers || (uint64_t)numbers[i] > range->after)) row_bits_set(ret, i);
    }
    return 0;
}

bool block_kind_among(const ViewKind *kind, RowBits among)
{
    for (uint32_t i = 0; i < kind->count; i++) {
        if (row_bits_has(among, kind->rows[i])) return true;
    }
    return false;
}

void block_judge_kind(const ViewKind *kind, RowBits among, RowBits to)
{
    for (uint32_t i = 0; i < kind->count; i++) {
        if (row_bits_has(among, kind->rows[i])) row_bits_set(to, kind->rows[i]);
    }
}
