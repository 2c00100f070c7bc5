/* What stages share, and those that hold nothing back: head, fields, search, where, eval. */
#include "search/search_stage.h"

#include "base/number.h"
#include "base/time_text.h"
#include "search/expr.h"

#include <stdlib.h>

#define MONDAY_NS (4 * 86400 * NS_PER_SECOND) /* 1970-01-05: weeks begin with it */

int stage_nothing_held(Stage *stage)
{
    (void)stage;
    return 0;
}

/* --- values of fields ------------------------------------------------------------------------- */

static int plain_text(const PipeField *field, const Answer *answer, Arena *arena, Slice *ret)
{
    if (!field->is_column) return field_ref_text(&field->ref, answer->row, arena, ret);
    *ret = answer->cells[field->column];
    return 0;
}

int stage_field_time(const PipeField *field, const Answer *answer, Arena *arena, int64_t *ret)
{
    Slice text;
    TimeSpan span;
    if (!field->is_column && field_ref_is_time(&field->ref)) {
        *ret = field_ref_time(&field->ref, answer->row);
        return 0;
    }
    int r = plain_text(field, answer, arena, &text);
    if (r == 0) *ret = time_span_parse(text, 0, &span) == 0 ? span.from_ns : TIME_UNKNOWN;
    return r;
}

static Decimal floor_to(Decimal value, Decimal step)
{
    Decimal rest = value % step;
    return value - rest - (rest < 0 ? step : 0);
}

static Decimal bin_start(const PipeField *field, int64_t ns)
{
    Decimal shift = field->zone_offset_seconds * (Decimal)NS_PER_SECOND - MONDAY_NS;
    return floor_to(ns + shift, field->bin_ns) - shift;
}

int stage_time_cell(const PipeField *field, int64_t ns, Arena *arena, Slice *ret)
{
    char text[DECIMAL_TEXT_MAX];
    *ret = (Slice){0};
    if (ns == TIME_UNKNOWN) return 0;
    Decimal start = bin_start(field, ns);
    if (start < INT64_MIN + 1) return 0;
    return arena_copy(arena, slice_of(text, time_print_rfc3339(text, (int64_t)start)), ret);
}

void stage_time_piece(const PipeField *field, int64_t ns, int64_t *ret_from_ns, int64_t *ret_to_ns)
{
    *ret_from_ns = *ret_to_ns = 0;
    if (ns == TIME_UNKNOWN) return;
    Decimal start = bin_start(field, ns), end = start + field->bin_ns;
    if (start < INT64_MIN + 1 || end > INT64_MAX) return;
    *ret_from_ns = (int64_t)start;
    *ret_to_ns = (int64_t)end;
}

static int bin_text(const PipeField *field, const Answer *answer, Arena *arena, Slice *ret)
{
    int64_t ns;
    int r = stage_field_time(field, answer, arena, &ns);
    return r < 0 ? r : stage_time_cell(field, ns, arena, ret);
}

int stage_plain_cell(const PipeField *field, Slice plain, Arena *arena, Slice *ret)
{
    char text[DECIMAL_TEXT_MAX];
    Decimal number;
    *ret = plain;
    if (field->bin_step <= 0) return 0;
    *ret = (Slice){0};
    if (decimal_parse(plain, &number) < 0) return 0;
    size_t len = decimal_print(text, floor_to(number, field->bin_step));
    return arena_copy(arena, slice_of(text, len), ret);
}

int stage_field_text(const PipeField *field, const Answer *answer, Arena *arena, Slice *ret)
{
    if (field->bin_ns > 0) return bin_text(field, answer, arena, ret);
    Slice plain;
    int r = plain_text(field, answer, arena, &plain);
    return r < 0 ? r : stage_plain_cell(field, plain, arena, ret);
}

/* --- keys ------------------------------------------------------------------------------------- */

int stage_key_make(const Pipe *pipe, const Answer *answer, Arena *arena, Buf *to)
{
    buf_clear(to);
    for (size_t i = 0; i < pipe->field_count; i++) {
        Slice value;
        int r = stage_field_text(&pipe->fields[i], answer, arena, &value);
        if (r < 0) return r;
        if (value.len > UINT32_MAX) return -ENOMEM;
        buf_add_le32(to, (uint32_t)value.len);
        buf_add_slice(to, value);
    }
    return buf_error(to) ? -ENOMEM : 0;
}

Slice stage_key_take(Slice *key)
{
    size_t len = read_le32(key->ptr);
    Slice text = slice_of(key->ptr + 4, len);
    *key = slice_skip(*key, 4 + len);
    return text;
}

int stage_key_compare(Slice a, Slice b)
{
    int order = 0;
    while (order == 0 && a.len > 0 && b.len > 0) {
        order = slice_compare(stage_key_take(&a), stage_key_take(&b));
    }
    return order;
}

/* A slot of a map is 40 bytes, at worst half of the slots stand free and the half as large old
 * table is still there while it grows; a map is at most 3/4 full. */
size_t stage_map_room(size_t bytes, size_t entry_bytes)
{
    size_t slots = 64; /* a power of two, as the map grows by doubling */
    while (slots * 2 * (40 + 20 + entry_bytes) <= bytes) {
        slots *= 2;
    }
    return slots / 4 * 3;
}

SortKey sort_key_of(Slice text)
{
    SortKey key = {.kind = KEY_TEXT, .text = slice_first(text, SORT_KEY_BYTES_MAX)};
    TimeSpan span;
    if (text.len == 0) {
        key.kind = KEY_ABSENT;
    } else if (decimal_parse(text, &key.number) == 0) {
        key.kind = KEY_NUMBER;
    } else if (time_span_parse(text, 0, &span) == 0) {
        key.kind = KEY_TIME;
        key.number = span.from_ns;
    }
    return key;
}

int sort_key_compare(const SortKey *a, const SortKey *b, bool descending)
{
    if (a->kind == KEY_ABSENT || b->kind == KEY_ABSENT) return (int)a->kind - (int)b->kind;
    int order = (int)a->kind - (int)b->kind;
    if (order == 0 && a->kind == KEY_TEXT) order = slice_compare(a->text, b->text);
    if (order == 0 && a->kind != KEY_TEXT)
        order = (a->number > b->number) - (a->number < b->number);
    return descending ? -order : order;
}

/* --- head ------------------------------------------------------------------------------------- */

typedef struct HeadStage {
    Stage stage;
    uint64_t left;
} HeadStage;

static int head_take(Stage *stage, const Answer *answer)
{
    HeadStage *head = (HeadStage *)stage;
    if (head->left == 0) return 1;
    head->left--;
    int r = stage_give(stage, answer);
    return r == 0 && head->left == 0 ? 1 : r;
}

static void head_free(Stage *stage)
{
    free(stage);
}

Stage *stage_head_new(const Pipe *pipe)
{
    HeadStage *head = calloc(1, sizeof *head);
    if (!head) return NULL;
    head->stage =
        (Stage){.take = head_take, .end = stage_nothing_held, .free = head_free, .pipe = pipe};
    head->left = pipe->rows_max;
    return &head->stage;
}

/* --- fields, search, where, eval -------------------------------------------------------------- */

typedef struct RowStage {
    Stage stage;
    Arena arena; /* of one row */
    Slice cells[PIPE_COLUMNS_MAX];
} RowStage;

static int fields_take(Stage *stage, const Answer *answer)
{
    RowStage *chosen = (RowStage *)stage;
    const Pipe *pipe = stage->pipe;
    arena_reset(&chosen->arena);
    for (size_t i = 0; i < pipe->field_count; i++) {
        int r = stage_field_text(&pipe->fields[i], answer, &chosen->arena, &chosen->cells[i]);
        if (r < 0) return r;
    }
    const Answer out = {.columns = pipe->columns,
                        .numbers = pipe->numbers,
                        .cells = chosen->cells,
                        .column_count = pipe->column_count};
    return stage_give(stage, &out);
}

static int filter_take(Stage *stage, const Answer *answer)
{
    return query_node_matches(stage->pipe->filter, answer->row) ? stage_give(stage, answer) : 0;
}

static int where_take(Stage *stage, const Answer *answer)
{
    RowStage *where = (RowStage *)stage;
    Result result;
    arena_reset(&where->arena);
    int r = expr_eval(stage->pipe->expression, answer, &where->arena, &result);
    return r < 0 || !expr_is_true(&result) ? r : stage_give(stage, answer);
}

static int eval_take(Stage *stage, const Answer *answer)
{
    RowStage *eval = (RowStage *)stage;
    const Pipe *pipe = stage->pipe;
    Result result;
    arena_reset(&eval->arena);
    for (size_t i = 0; i < answer->column_count; i++) {
        eval->cells[i] = answer->cells[i];
    }
    int r = expr_eval(pipe->expression, answer, &eval->arena, &result);
    if (r == 0) r = expr_text(&result, &eval->arena, &eval->cells[pipe->column_at]);
    if (r < 0) return r;
    Answer out = *answer;
    out.columns = pipe->columns;
    out.numbers = pipe->numbers;
    out.cells = eval->cells;
    out.column_count = pipe->column_count;
    return stage_give(stage, &out);
}

static void row_stage_free(Stage *stage)
{
    arena_done(&((RowStage *)stage)->arena);
    free(stage);
}

static Stage *row_stage_new(const Pipe *pipe, int (*take)(Stage *, const Answer *))
{
    RowStage *made = calloc(1, sizeof *made);
    if (!made) return NULL;
    made->stage =
        (Stage){.take = take, .end = stage_nothing_held, .free = row_stage_free, .pipe = pipe};
    made->arena = arena_make(STAGE_ROW_BYTES_MAX);
    return &made->stage;
}

Stage *stage_fields_new(const Pipe *pipe)
{
    return row_stage_new(pipe, fields_take);
}

Stage *stage_choose_new(const Pipe *pipe)
{
    return row_stage_new(pipe, pipe->kind == PIPE_FILTER  ? filter_take
                               : pipe->kind == PIPE_WHERE ? where_take
                                                          : eval_take);
}
