/* See block_group.h. */
#include "search/block_group_int.h"

#define DENSE_ROWS 4096u /* a table of all pairs may have so many entries, and four a row */

static bool field_can(const PipeField *field)
{
    if (field->is_column) return false;
    if (field->bin_ns > 0) return block_is_time_bin(field);
    switch (field->ref.place) {
    case PLACE_RECORD:
    case PLACE_SOURCE:
    case PLACE_ORIGIN:
    case PLACE_PARSE: return true;
    default: return field_ref_choices(&field->ref) > 0;
    }
}

bool block_group_can(const Pipe *pipe)
{
    if (pipe->kind == PIPE_TIMELINE)
        return !pipe->fields[0].is_column && pipe->fields[0].ref.place == PLACE_TIME;
    if (pipe->kind != PIPE_GROUP) return false;
    for (size_t i = 0; i < pipe->field_count; i++) {
        if (!field_can(&pipe->fields[i])) return false;
    }
    for (size_t i = 0; i < pipe->aggregate_count; i++) {
        const Aggregate *aggregate = &pipe->aggregates[i];
        if (aggregate->has_field && (!field_can(&aggregate->field) || aggregate->field.bin_ns > 0))
            return false;
    }
    return true;
}

/* ---- pairs */

static uint32_t code_of(const CodedField *field, uint32_t row)
{
    return field->codes[field->places ? field->places[row] : row];
}

typedef struct PairTable {
    uint32_t *slots; /* number of the pair + 1 */
    size_t mask;     /* 0: dense */
} PairTable;

static uint32_t *find_slot(const PairTable *table, const Pairs *pairs, uint32_t first,
                           uint32_t second, uint32_t second_count)
{
    if (table->mask == 0) return &table->slots[(size_t)first * second_count + second];
    uint64_t hash = ((uint64_t)first << 32 | second) * 0x9e3779b97f4a7c15u;
    size_t at = (size_t)(hash >> 24) & table->mask;
    while (table->slots[at]) {
        uint32_t pair = table->slots[at] - 1;
        if (pairs->first[pair] == first && pairs->second[pair] == second) break;
        at = (at + 1) & table->mask;
    }
    return &table->slots[at];
}

static int table_new(PairTable *table, uint64_t pairs_max, uint32_t rows, Arena *arena)
{
    size_t size = (size_t)pairs_max + 1;
    table->mask = 0;
    if (pairs_max > DENSE_ROWS + 4 * (uint64_t)rows) {
        size = 16;
        while (size < 2 * (size_t)rows) {
            size *= 2;
        }
        table->mask = size - 1;
    }
    table->slots = ARENA_ARRAY(arena, uint32_t, size);
    return table->slots ? 0 : -ENOMEM;
}

static int pairs_new(Pairs *pairs, uint64_t count_max, Arena *arena)
{
    pairs->first = ARENA_ARRAY(arena, uint32_t, (size_t)count_max + 1);
    pairs->second = ARENA_ARRAY(arena, uint32_t, (size_t)count_max + 1);
    pairs->rows = ARENA_ARRAY(arena, uint64_t, (size_t)count_max + 1);
    return pairs->first && pairs->second && pairs->rows ? 0 : -ENOMEM;
}

/* With a value that all rows have: there are as many as before, and no row is looked at. */
static int constant_pairs(const KindCount *count, const Pairs *before, Pairs *ret)
{
    uint32_t groups = before ? before->count : 1;
    int r = pairs_new(ret, groups, count->group->scratch);
    if (r < 0) return r;
    ret->of_row = before ? before->of_row : NULL;
    ret->count = groups;
    for (uint32_t i = 0; i < groups; i++) {
        ret->first[i] = i;
        ret->rows[i] = before ? before->rows[i] : count->count;
    }
    return 0;
}

static int make_pairs(const KindCount *count, const Pairs *before, const CodedField *field,
                      Pairs *ret)
{
    Arena *arena = count->group->scratch;
    uint32_t rows = count->count;
    uint64_t pairs_max = (uint64_t)(before ? before->count : 1) * field->value_count;
    PairTable table;
    if (!field->codes) return constant_pairs(count, before, ret);
    int r = table_new(&table, pairs_max, rows, arena);
    if (r == 0) r = pairs_new(ret, pairs_max < rows ? pairs_max : rows, arena);
    ret->of_row = arena_alloc(arena, (size_t)rows * sizeof *ret->of_row + 1);
    if (r < 0 || !ret->of_row) return -ENOMEM;
    for (uint32_t i = 0; i < rows; i++) {
        uint32_t first = before && before->of_row ? before->of_row[i] : 0;
        uint32_t second = code_of(field, count->chosen[i]);
        uint32_t *slot = find_slot(&table, ret, first, second, field->value_count);
        if (*slot == 0) {
            ret->first[ret->count] = first;
            ret->second[ret->count] = second;
            *slot = ++ret->count;
        }
        ret->of_row[i] = *slot - 1;
        ret->rows[*slot - 1]++;
    }
    return 0;
}

/* 1: all fields are coded and paired. */
static int count_kind(KindCount *count)
{
    const Pipe *pipe = count->group->stage->pipe;
    for (size_t i = 0; i < pipe->field_count; i++) {
        int r = block_code_field(count, &pipe->fields[i], &count->keys[i]);
        if (r <= 0) return r;
        r = make_pairs(count, i > 0 ? &count->pairs[i - 1] : NULL, &count->keys[i],
                       &count->pairs[i]);
        if (r < 0) return r;
    }
    const Pairs *groups = pipe->field_count ? &count->pairs[pipe->field_count - 1] : NULL;
    for (size_t i = 0; i < pipe->aggregate_count; i++) {
        if (!pipe->aggregates[i].has_field) continue;
        int r = block_code_field(count, &pipe->aggregates[i].field, &count->values[i]);
        if (r <= 0) return r;
        r = make_pairs(count, groups, &count->values[i], &count->tallies[i]);
        if (r < 0) return r;
    }
    return 1;
}

/* ---- to the stage */

static int add_key(const KindCount *count, uint32_t group, Arena *arena, Buf *key)
{
    const Pipe *pipe = count->group->stage->pipe;
    Slice cells[PIPE_GROUP_FIELDS_MAX];
    for (size_t i = pipe->field_count; i-- > 0;) {
        const PipeField *field = &pipe->fields[i];
        Slice plain = count->keys[i].values[count->pairs[i].second[group]];
        int r = 0;
        cells[i] = plain;
        if (!block_is_time_bin(field)) r = stage_plain_cell(field, plain, arena, &cells[i]);
        if (r < 0) return r;
        group = count->pairs[i].first[group];
    }
    buf_clear(key);
    for (size_t i = 0; i < pipe->field_count; i++) {
        buf_add_le32(key, (uint32_t)cells[i].len);
        buf_add_slice(key, cells[i]);
    }
    return buf_error(key) ? -ENOMEM : 0;
}

static int give_groups(const KindCount *count, size_t *numbers, uint32_t groups)
{
    const Pipe *pipe = count->group->stage->pipe;
    CLEANUP(arena_done) Arena arena = arena_make(STAGE_ROW_BYTES_MAX);
    CLEANUP(buf_done) Buf key = buf_make(STAGE_ROW_BYTES_MAX * 4);
    int r = 0;
    for (uint32_t i = 0; i < groups && r == 0; i++) {
        arena_reset(&arena);
        r = add_key(count, i, &arena, &key);
        uint64_t rows =
            pipe->field_count ? count->pairs[pipe->field_count - 1].rows[i] : count->count;
        if (r == 0) r = stage_group_count(count->group->stage, buf_slice(&key), rows, &numbers[i]);
    }
    return r;
}

static int give_tallies(const KindCount *count, size_t aggregate, const size_t *numbers)
{
    const Pairs *pairs = &count->tallies[aggregate];
    const PipeField *field = &count->group->stage->pipe->aggregates[aggregate].field;
    CLEANUP(arena_done) Arena arena = arena_make(STAGE_ROW_BYTES_MAX);
    int r = 0;
    for (uint32_t i = 0; i < pairs->count && r == 0; i++) {
        size_t group = numbers[pairs->first[i]];
        Slice cell;
        if (group == SIZE_MAX) continue;
        arena_reset(&arena);
        r = stage_plain_cell(field, count->values[aggregate].values[pairs->second[i]], &arena,
                             &cell);
        if (r == 0)
            r = stage_group_tally(count->group->stage, group, aggregate, cell, pairs->rows[i]);
    }
    return r;
}

static int give_kind(const KindCount *count)
{
    const Pipe *pipe = count->group->stage->pipe;
    uint32_t groups = pipe->field_count ? count->pairs[pipe->field_count - 1].count : 1;
    size_t *numbers = ARENA_ARRAY(count->group->scratch, size_t, (size_t)groups);
    int r = numbers ? give_groups(count, numbers, groups) : -ENOMEM;
    for (size_t i = 0; i < pipe->aggregate_count && r == 0; i++) {
        if (pipe->aggregates[i].has_field) r = give_tallies(count, i, numbers);
    }
    return r;
}

/* ---- a block */

static int choose_rows(KindCount *count, RowBits rows)
{
    count->chosen = ARENA_ARRAY(count->group->scratch, uint32_t, (size_t)count->kind->count + 1);
    if (!count->chosen) return -ENOMEM;
    for (uint32_t i = 0; i < count->kind->count; i++) {
        if (row_bits_has(rows, count->kind->rows[i])) count->chosen[count->count++] = i;
    }
    return 0;
}

/* All kinds are counted before the stage hears of the first. */
static int take_groups(const BlockGroup *group, RowBits rows, int *ret_failed)
{
    const ViewKind *kinds;
    size_t kind_count;
    int r = segment_view_kinds(group->view, &kinds, &kind_count);
    if (r < 0) return r;
    KindCount *counts = ARENA_ARRAY(group->scratch, KindCount, kind_count + 1);
    bool *counted = ARENA_ARRAY(group->scratch, bool, kind_count + 1);
    if (!counts || !counted) return -ENOMEM;
    for (size_t i = 0; i < kind_count; i++) {
        counts[i] = (KindCount){.group = group, .kind = &kinds[i]};
        r = choose_rows(&counts[i], rows);
        if (r == 0 && counts[i].count > 0) r = count_kind(&counts[i]);
        if (r < 0) return r;
        counted[i] = r == 1;
    }
    pthread_mutex_lock(group->lock);
    for (size_t i = 0; i < kind_count && *ret_failed == 0; i++) {
        if (!counted[i]) continue;
        *ret_failed = give_kind(&counts[i]);
        for (uint32_t k = 0; k < kinds[i].count; k++) {
            rows.words[kinds[i].rows[k] / 64] &= ~((uint64_t)1 << kinds[i].rows[k] % 64);
        }
    }
    pthread_mutex_unlock(group->lock);
    return 0;
}

static int take_times(const BlockGroup *group, RowBits rows)
{
    const int64_t *times;
    int r = segment_view_times(group->view, &times);
    if (r < 0) return r;
    pthread_mutex_lock(group->lock);
    stage_timeline_count(group->stage, times, rows);
    pthread_mutex_unlock(group->lock);
    memset(rows.words, 0, rows.word_count * sizeof *rows.words);
    return 0;
}

int block_group_take(const BlockGroup *group, RowBits rows, int *ret_failed)
{
    if (group->stage->pipe->kind == PIPE_TIMELINE) return take_times(group, rows);
    return take_groups(group, rows, ret_failed);
}
