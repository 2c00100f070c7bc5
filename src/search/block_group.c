/* See block_group.h. */
#include "search/block_group.h"

#include "store/segment/recipe_int.h"

#define DENSE_ROWS 4096u /* a table of all pairs may have so many entries, and four a row */

/* A field of a kind's rows: a text for each, by code. */
typedef struct CodedField {
    const Slice *values;
    uint32_t value_count;
    const uint32_t *codes;  /* by place; NULL: all have values[0] */
    const uint32_t *places; /* NULL: 0, 1, 2 ... */
    Slice one;              /* room for a single value */
} CodedField;

/* Pairs of what was found so far and a further code. */
typedef struct Pairs {
    uint32_t *of_row; /* number of its pair */
    uint32_t *first, *second;
    uint64_t *rows;
    uint32_t count;
} Pairs;

/* The rows of one kind that are counted. */
typedef struct KindCount {
    const BlockGroup *group;
    const ViewKind *kind;
    uint32_t *chosen; /* which of the kind's rows */
    uint32_t count;
    CodedField keys[PIPE_GROUP_FIELDS_MAX], values[PIPE_AGGREGATES_MAX];
    Pairs pairs[PIPE_GROUP_FIELDS_MAX]; /* of the keys up to each */
    Pairs tallies[PIPE_AGGREGATES_MAX]; /* group and value */
} KindCount;

static bool is_time_bin(const PipeField *field)
{
    return field->bin_ns > 0 && field->ref.place == PLACE_TIME;
}

static bool field_can(const PipeField *field)
{
    if (field->is_column) return false;
    if (field->bin_ns > 0) return is_time_bin(field);
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

/* ---- fields to codes */

static void set_constant(CodedField *field, Slice value)
{
    field->one = value;
    field->values = &field->one;
    field->value_count = 1;
    field->codes = NULL;
}

/* A value for each row that is counted, put together. 0: there is no room for them all. */
static int code_values(const KindCount *count, const ViewText *text, CodedField *ret)
{
    Arena *arena = count->group->scratch;
    Slice *values = ARENA_ARRAY(arena, Slice, (size_t)count->count + 1);
    uint32_t *codes = ARENA_ARRAY(arena, uint32_t, (size_t)count->kind->count + 1), used = 0;
    if (!values || !codes) return 0;
    for (uint32_t i = 0; i < count->count; i++) {
        uint32_t row = count->chosen[i];
        int r =
            segment_view_value(count->group->view, count->kind, text, row, arena, &values[used]);
        if (r < 0) return r == -ENOMEM ? 0 : r;
        if (used == 0 || !slice_eq(values[used], values[used - 1])) used++;
        codes[row] = used - 1;
    }
    *ret = (CodedField){.values = values, .value_count = used, .codes = codes};
    return 1;
}

/* 1: found; 0: rows have to be made. */
static int code_text(const KindCount *count, const ViewText *text, CodedField *ret)
{
    ViewValues values;
    if (text->place == VIEW_EMPTY) {
        set_constant(ret, (Slice){0});
        return 1;
    }
    if (!view_has_value(text)) return 0;
    if (text->place != VIEW_COLUMN) return code_values(count, text, ret);
    int r = segment_view_values(count->group->view, text, &values);
    if (r < 0) return r;
    ret->values = values.values;
    ret->value_count = values.value_count;
    ret->codes = values.codes;
    ret->places = count->kind->places;
    return 1;
}

/* A name that stands more than once has several values: they are joined when the row is made. */
static int code_source(const KindCount *count, const FieldRef *ref, CodedField *ret)
{
    const Recipe *recipe = count->kind->recipe;
    uint32_t found = UINT32_MAX;
    for (uint32_t i = 0; i < recipe->field_count; i++) {
        if (!field_ref_is_named(ref, recipe->fields[i].name)) continue;
        if (found != UINT32_MAX) return 0;
        found = i;
    }
    ViewText text = {.place = VIEW_EMPTY};
    int r = 0;
    if (found != UINT32_MAX) r = segment_view_field(count->group->view, count->kind, found, &text);
    return r < 0 ? r : code_text(count, &text, ret);
}

static int code_record(const KindCount *count, const FieldRef *ref, CodedField *ret)
{
    const Recipe *recipe = count->kind->recipe;
    for (uint32_t i = 0; i < recipe->text_count; i++) {
        ViewText text;
        if (recipe->texts[i].field != (uint32_t)ref->id) continue;
        int r = segment_view_record_text(count->group->view, count->kind, i, &text);
        return r < 0 ? r : code_text(count, &text, ret);
    }
    return code_source(count, ref, ret);
}

/* Of a field whose value all rows of a kind share. */
static void code_constant(const KindCount *count, const FieldRef *ref, CodedField *ret)
{
    const Recipe *recipe = count->kind->recipe;
    const Row row = {.event = {.parse = recipe->parse},
                     .record = {.verb = recipe->verb,
                                .outcome = recipe->outcome,
                                .certainty = recipe->certainty}};
    char scratch[RECORD_SCRATCH_BYTES];
    size_t position = 0;
    Slice value;
    if (!field_ref_next(ref, &row, &position, scratch, &value)) value = (Slice){0};
    set_constant(ret, value);
}

/* Rows of a kind stand by time: equal pieces of time mostly follow each other. */
static int code_bins(const KindCount *count, const PipeField *field, CodedField *ret)
{
    Arena *arena = count->group->scratch;
    const int64_t *times;
    int r = segment_view_times(count->group->view, &times);
    Slice *values = ARENA_ARRAY(arena, Slice, (size_t)count->count + 1);
    uint32_t *codes = ARENA_ARRAY(arena, uint32_t, (size_t)count->kind->count + 1);
    if (r < 0 || !values || !codes) return r < 0 ? r : -ENOMEM;
    int64_t from = 0, to = 0; /* the piece at hand, of moments that are known */
    *ret = (CodedField){.values = values, .codes = codes};
    for (uint32_t i = 0; i < count->count; i++) {
        int64_t ns = times[count->kind->rows[count->chosen[i]]];
        bool same = ret->value_count > 0 && ns >= from && ns < to;
        if (!same) {
            r = stage_time_cell(field, ns, arena, &values[ret->value_count++]);
            if (r < 0) return r;
            stage_time_piece(field, ns, &from, &to);
        }
        codes[count->chosen[i]] = ret->value_count - 1;
    }
    return 1;
}

static int code_field(const KindCount *count, const PipeField *field, CodedField *ret)
{
    ViewText text;
    int r;
    *ret = (CodedField){0};
    if (is_time_bin(field)) return code_bins(count, field, ret);
    switch (field->ref.place) {
    case PLACE_RECORD: return code_record(count, &field->ref, ret);
    case PLACE_SOURCE: return code_source(count, &field->ref, ret);
    case PLACE_ORIGIN:
        r = segment_view_origin(count->group->view, count->kind, &text);
        return r < 0 ? r : code_text(count, &text, ret);
    default: code_constant(count, &field->ref, ret); return 1;
    }
}

/* ---- pairs */

static uint32_t code_of(const CodedField *field, uint32_t row)
{
    if (!field->codes) return 0;
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

static int make_pairs(const KindCount *count, const Pairs *before, const CodedField *field,
                      Pairs *ret)
{
    Arena *arena = count->group->scratch;
    uint32_t rows = count->count;
    PairTable table;
    int r =
        table_new(&table, (uint64_t)(before ? before->count : 1) * field->value_count, rows, arena);
    ret->of_row = ARENA_ARRAY(arena, uint32_t, (size_t)rows + 1);
    ret->first = ARENA_ARRAY(arena, uint32_t, (size_t)rows + 1);
    ret->second = ARENA_ARRAY(arena, uint32_t, (size_t)rows + 1);
    ret->rows = ARENA_ARRAY(arena, uint64_t, (size_t)rows + 1);
    if (r < 0 || !ret->of_row || !ret->first || !ret->second || !ret->rows) return -ENOMEM;
    for (uint32_t i = 0; i < rows; i++) {
        uint32_t first = before ? before->of_row[i] : 0;
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
        int r = code_field(count, &pipe->fields[i], &count->keys[i]);
        if (r <= 0) return r;
        r = make_pairs(count, i > 0 ? &count->pairs[i - 1] : NULL, &count->keys[i],
                       &count->pairs[i]);
        if (r < 0) return r;
    }
    const Pairs *groups = pipe->field_count ? &count->pairs[pipe->field_count - 1] : NULL;
    for (size_t i = 0; i < pipe->aggregate_count; i++) {
        if (!pipe->aggregates[i].has_field) continue;
        int r = code_field(count, &pipe->aggregates[i].field, &count->values[i]);
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
        if (!is_time_bin(field)) r = stage_plain_cell(field, plain, arena, &cells[i]);
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
