/* sort: rows in the order of up to four fields.
 *
 * In each field numbers and moments come before text, in their own order; text in byte order, only
 * its first SORT_KEY_BYTES_MAX bytes; rows without a value come last either way. Equal rows stay in
 * the order in which they came.
 *
 * What is held is cut to the best rows when it grows past twice the wanted rows, or past the memory
 * limit (then SearchStats.memory_met). After a cut nothing worse than the last row kept is taken in
 * any more, so what is held is always the true beginning of the sorted whole. */
#include "search/search_stage.h"

#include "base/time_text.h"

#include <errno.h>
#include <stdlib.h>

#define SPARE_ROWS 1024

/* A row held back, with its keys' texts and its own bytes behind it in the same piece of memory. */
typedef struct Held {
    uint64_t order;   /* among equal ones */
    uint64_t number;  /* Answer.number */
    size_t bytes;     /* of the piece */
    size_t row_bytes; /* of content that are the row encoded; 0: a table's */
    Slice content;    /* the row, and the cells: each its length, 4 bytes, and its bytes */
    SortKey keys[];
} Held;

typedef struct SortStage {
    Stage stage;
    Held **rows;
    size_t count, room;
    size_t bytes, bytes_max;
    uint64_t wanted; /* 0: all */
    uint64_t arrived;
    bool newest_first;
    bool cut; /* rows were cut off: only better ones than `worst` are taken */
    Held *worst;
    const Slice *columns;
    const bool *numbers;
    size_t column_count;
    SortKey keys[PIPE_GROUP_FIELDS_MAX]; /* of the row at hand */
    Arena scratch;                       /* of the row at hand */
    Buf content;                         /* of the row at hand */
    size_t row_bytes;
} SortStage;

static int compare_keys(const Pipe *pipe, const SortKey *a, const SortKey *b)
{
    int order = 0;
    for (size_t i = 0; i < pipe->field_count && order == 0; i++) {
        order = sort_key_compare(&a[i], &b[i], pipe->fields[i].descending);
    }
    return order;
}

static int compare_held(const void *left, const void *right, void *context)
{
    const Held *a = *(Held *const *)left, *b = *(Held *const *)right;
    int order = compare_keys(context, a->keys, b->keys);
    return order ? order : (a->order > b->order) - (a->order < b->order);
}

static int make_keys(SortStage *sort, const Answer *answer)
{
    const Pipe *pipe = sort->stage.pipe;
    arena_reset(&sort->scratch);
    for (size_t i = 0; i < pipe->field_count; i++) {
        const PipeField *field = &pipe->fields[i];
        if (!field->is_column && field_ref_is_time(&field->ref)) {
            int64_t ns = field_ref_time(&field->ref, answer->row);
            sort->keys[i] =
                (SortKey){.kind = ns == TIME_UNKNOWN ? KEY_ABSENT : KEY_TIME, .number = ns};
            continue;
        }
        Slice text;
        int r = stage_field_text(field, answer, &sort->scratch, &text);
        if (r < 0) return r;
        sort->keys[i] = sort_key_of(text);
        if (sort->keys[i].kind != KEY_TEXT) sort->keys[i].text = (Slice){0};
    }
    return 0;
}

static int make_content(SortStage *sort, const Answer *answer)
{
    buf_clear(&sort->content);
    if (answer->row) row_encode(&sort->content, answer->row);
    sort->row_bytes = sort->content.len;
    for (size_t i = 0; i < answer->column_count; i++) {
        if (answer->cells[i].len > UINT32_MAX) return -ENOMEM;
        buf_add_le32(&sort->content, (uint32_t)answer->cells[i].len);
        buf_add_slice(&sort->content, answer->cells[i]);
    }
    return buf_error(&sort->content) ? -ENOMEM : 0;
}

/* Rows come from several blocks at a time: among equal ones their numbers decide. */
static uint64_t order_of(const SortStage *sort, const Answer *answer)
{
    if (answer->number == 0) return sort->arrived;
    return sort->newest_first ? ~answer->number : answer->number;
}

/* The row at hand as one piece; NULL: no memory. */
static Held *hold(const SortStage *sort, const Answer *answer)
{
    size_t count = sort->stage.pipe->field_count, texts = 0;
    for (size_t i = 0; i < count; i++) {
        texts += sort->keys[i].text.len;
    }
    size_t bytes = sizeof(Held) + count * sizeof(SortKey) + texts + sort->content.len;
    Held *held = malloc(bytes);
    if (!held) return NULL;
    char *at = (char *)(held->keys + count);
    *held = (Held){.order = order_of(sort, answer),
                   .number = answer->number,
                   .bytes = bytes,
                   .row_bytes = sort->row_bytes};
    for (size_t i = 0; i < count; i++) {
        held->keys[i] = sort->keys[i];
        held->keys[i].text.ptr = at;
        if (held->keys[i].text.len) memcpy(at, sort->keys[i].text.ptr, held->keys[i].text.len);
        at += held->keys[i].text.len;
    }
    if (sort->content.len) memcpy(at, sort->content.ptr, sort->content.len);
    held->content = slice_of(at, sort->content.len);
    return held;
}

static void put_in_order(SortStage *sort)
{
    if (sort->count > 1) {
        qsort_r(sort->rows, sort->count, sizeof *sort->rows, compare_held,
                (void *)sort->stage.pipe);
    }
}

static void keep_best(SortStage *sort, size_t keep)
{
    put_in_order(sort);
    while (sort->count > keep) {
        Held *last = sort->rows[--sort->count];
        sort->bytes -= last->bytes + sizeof(Held *);
        free(last);
    }
    sort->cut = true;
    sort->worst = keep > 0 ? sort->rows[keep - 1] : NULL;
}

/* Cuts when there is too much. The worst row stays the last one, because only better ones join. */
static void make_room(SortStage *sort)
{
    if (sort->bytes > sort->bytes_max) {
        size_t keep = sort->count / 2;
        if (sort->wanted == 0 || keep < sort->wanted) sort->stage.stats->memory_met = true;
        keep_best(sort, keep);
    } else if (sort->wanted > 0 && sort->count >= sort->wanted * 2 + SPARE_ROWS) {
        keep_best(sort, sort->wanted);
    }
}

static int grow(SortStage *sort)
{
    if (sort->count < sort->room) return 0;
    size_t room = sort->room * 2 + 256;
    Held **rows = realloc(sort->rows, room * sizeof *rows);
    if (!rows) return -ENOMEM;
    sort->rows = rows;
    sort->room = room;
    return 0;
}

static bool is_too_late(const SortStage *sort, const Answer *answer)
{
    if (!sort->cut) return false;
    if (!sort->worst) return true;
    int order = compare_keys(sort->stage.pipe, sort->keys, sort->worst->keys);
    return order > 0 || (order == 0 && order_of(sort, answer) > sort->worst->order);
}

static int sort_take(Stage *stage, const Answer *answer)
{
    SortStage *sort = (SortStage *)stage;
    sort->columns = answer->columns;
    sort->numbers = answer->numbers;
    sort->column_count = answer->column_count;
    sort->arrived++;
    int r = make_keys(sort, answer);
    if (r < 0 || is_too_late(sort, answer)) return r;
    r = make_content(sort, answer);
    if (r == 0) r = grow(sort);
    if (r < 0) return r;
    Held *held = hold(sort, answer);
    if (!held) return -ENOMEM;
    sort->rows[sort->count++] = held;
    sort->bytes += held->bytes + sizeof held;
    make_room(sort);
    return 0;
}

static int emit(SortStage *sort, const Held *held)
{
    Slice cells[PIPE_COLUMNS_MAX], rest = slice_skip(held->content, held->row_bytes);
    Row row;
    int r = 0;
    arena_reset(&sort->scratch);
    if (held->row_bytes > 0)
        r = row_decode(slice_first(held->content, held->row_bytes), &sort->scratch, &row);
    if (r < 0) return r;
    for (size_t i = 0; i < sort->column_count; i++) {
        cells[i] = stage_key_take(&rest);
    }
    const Answer out = {.row = held->row_bytes > 0 ? &row : NULL,
                        .number = held->number,
                        .columns = sort->columns,
                        .numbers = sort->numbers,
                        .cells = cells,
                        .column_count = sort->column_count};
    return stage_give(&sort->stage, &out);
}

static int sort_end(Stage *stage)
{
    SortStage *sort = (SortStage *)stage;
    put_in_order(sort);
    for (size_t i = 0; i < sort->count; i++) {
        int r = emit(sort, sort->rows[i]);
        if (r != 0) return r;
    }
    return 0;
}

static void sort_free(Stage *stage)
{
    SortStage *sort = (SortStage *)stage;
    while (sort->count > 0) {
        free(sort->rows[--sort->count]);
    }
    free(sort->rows);
    arena_done(&sort->scratch);
    buf_done(&sort->content);
    free(sort);
}

Stage *stage_sort_new(const Pipe *pipe, const StageSetup *setup)
{
    SortStage *sort = calloc(1, sizeof *sort);
    if (!sort) return NULL;
    sort->stage = (Stage){.take = sort_take, .end = sort_end, .free = sort_free, .pipe = pipe};
    sort->bytes_max = setup->memory_bytes_max;
    sort->wanted = setup->rows_wanted;
    sort->newest_first = setup->options->range.newest_first;
    sort->scratch = arena_make((size_t)64 << 20);
    sort->content = buf_make((size_t)64 << 20);
    return &sort->stage;
}
