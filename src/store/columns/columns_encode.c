/* A block: rows to shapes, shapes to columns. */
#include "store/columns/columns_enc.h"

#include "store/columns/row_shape.h"

#include <errno.h>
#include <stdlib.h>

#define SHAPE_ROWS_MIN 8       /* fewer JSON rows of one shape are kept whole */
#define SHAPE_ROWS_MIN_TEXT 32 /* the same for words: such shapes are many and small */
#define MEMORY_MAX_DEFAULT ((size_t)1 << 30)

void *enc_alloc(Encoder *enc, Arena *arena, size_t count, size_t item_bytes)
{
    if (enc->error) return NULL;
    void *room = arena_alloc_array(arena, count ? count : 1, item_bytes);
    if (!room) enc->error = -ENOMEM;
    return room;
}

size_t enc_stream_begin(Encoder *enc)
{
    return enc->data.len;
}

void enc_stream_end(Encoder *enc, size_t begun, StreamKind kind)
{
    if (buf_error(&enc->data) && !enc->error) enc->error = buf_error(&enc->data);
    if (enc->error) return;
    if (enc->stream_count == enc->stream_capacity) {
        size_t capacity = enc->stream_capacity ? 2 * enc->stream_capacity : 256;
        EncStream *bigger = ENC_ARRAY(enc, EncStream, capacity);
        if (!bigger) return;
        if (enc->stream_count) memcpy(bigger, enc->streams, enc->stream_count * sizeof *bigger);
        enc->streams = bigger;
        enc->stream_capacity = capacity;
    }
    enc->streams[enc->stream_count++] = (EncStream){(uint32_t)(enc->data.len - begun), kind};
}

EncColumn *enc_column_end(Encoder *enc, ColumnKind kind, const EncSet *set)
{
    if (buf_error(&enc->meta) && !enc->error) enc->error = buf_error(&enc->meta);
    EncColumn *column = ENC_ARRAY(enc, EncColumn, 1);
    if (!column) return NULL;
    CHECK(enc->column_count < COLUMNS_COLUMN_MAX);
    if (enc->depth < set->depth + 1) enc->depth = set->depth + 1;
    *column = (EncColumn){.id = enc->column_count, .set = set, .depth = enc->depth, .steps = 1};
    enc->depth = 0;
    buf_add_char(&enc->directory, (char)kind);
    buf_add_varint(&enc->directory, set->id);
    buf_add_varint(&enc->directory, enc->meta.len);
    buf_add_slice(&enc->directory, buf_slice(&enc->meta));
    buf_add_varint(&enc->directory, enc->stream_count - enc->column_streams);
    for (size_t i = enc->column_streams; i < enc->stream_count; i++)
        buf_add_varint(&enc->directory, (uint64_t)enc->streams[i].len << 1 | enc->streams[i].kind);
    enc->column_streams = enc->stream_count;
    enc->columns[enc->column_count++] = column;
    buf_clear(&enc->meta);
    arena_reset(&enc->scratch);
    return column;
}

bool enc_set_within(const EncSet *set, const EncSet *ancestor)
{
    while (set && set != ancestor)
        set = set->parent;
    return set != NULL;
}

const uint32_t *enc_rows_in(Encoder *enc, const EncSet *set, const EncSet *to)
{
    if (set == to) return NULL;
    if (set->parent == to) return set->parent_rows;
    const uint32_t *above = enc_rows_in(enc, set->parent, to);
    uint32_t *rows = ENC_SCRATCH(enc, uint32_t, set->count);
    if (enc->error) return NULL;
    for (uint32_t i = 0; i < set->count; i++)
        rows[i] = above[set->parent_rows[i]];
    return rows;
}

EncSet *enc_set_add(Encoder *enc, const EncSet *parent, const EncColumn *choice, uint32_t variant,
                    const uint32_t *parent_rows, uint32_t count)
{
    EncSet *set = ENC_ARRAY(enc, EncSet, 1);
    if (!set) return NULL;
    CHECK(enc->set_count < COLUMNS_SET_MAX);
    *set = (EncSet){.id = enc->set_count++,
                    .count = count,
                    .parent = parent,
                    .parent_rows = parent_rows,
                    .depth = choice->depth};
    buf_add_varint(&enc->sets, choice->id);
    buf_add_varint(&enc->sets, variant);
    return set;
}

/* How a row is cut before its tail is looked at. */
typedef struct HeadCut {
    uint64_t hash;
    ShapeMode mode;
    uint32_t count;
    const ShapeSlot *slots;
} HeadCut;

static HeadCut head_of(const RowShape *shape)
{
    return (HeadCut){shape->hash, shape->mode, shape->count, shape->slots};
}

/* tail: what is cut behind the head, from head_len on; NULL: nothing. */
static void put_cut(EncBlock *block, size_t row, const HeadCut *head, const RowShape *tail,
                    size_t head_len)
{
    Encoder *enc = block->enc;
    uint64_t hash = tail ? (head->hash ^ tail->hash) * 0x9e3779b97f4a7c15u : head->hash;
    uint32_t tail_count = tail ? tail->count : 0, count = head->count + tail_count;
    ShapeSlot *slots = arena_alloc(&enc->arena, count * sizeof *slots + 1);
    if (!slots) {
        enc->error = -ENOMEM;
        return;
    }
    if (head->count) memcpy(slots, head->slots, head->count * sizeof *slots);
    for (uint32_t i = 0; i < tail_count; i++) {
        slots[head->count + i] =
            (ShapeSlot){tail->slots[i].start + (uint32_t)head_len, tail->slots[i].len};
    }
    block->cuts[row] = (EncCut){hash, count, head->mode, slots};
}

static void cut_row(EncBlock *block, size_t row, ShapeMode mode, bool with_tail)
{
    RowShape shape, tail;
    const uint64_t seed = block->enc->options->seed;
    const uint32_t *tails = block->enc->options->tails;
    const ColumnsCut *given = block->input->cuts ? &block->input->cuts[row] : NULL;
    const Slice whole = block->rows[row];
    const bool has_tail = with_tail && tails && tails[row] > 0;
    const size_t head_len = has_tail ? whole.len - tails[row] : whole.len;
    HeadCut head;
    if (mode == SHAPE_JSON && with_tail && given && given->is_cut) {
        head = (HeadCut){given->hash, SHAPE_JSON, given->count, given->slots};
    } else {
        shape_find(slice_first(whole, head_len), mode, seed, &shape);
        head = head_of(&shape);
    }
    if (!has_tail) {
        put_cut(block, row, &head, NULL, head_len);
        return;
    }
    shape_find(slice_skip(whole, head_len), SHAPE_JSON, seed, &tail);
    if (tail.mode == SHAPE_JSON && head.count + tail.count <= SHAPE_SLOTS_MAX) {
        put_cut(block, row, &head, &tail, head_len);
        return;
    }
    shape_find(whole, SHAPE_WHOLE, seed, &shape);
    head = head_of(&shape);
    put_cut(block, row, &head, NULL, head_len);
}

static bool cut_alike(const EncBlock *block, uint32_t a, uint32_t b)
{
    const EncCut *x = &block->cuts[a], *y = &block->cuts[b];
    return x->mode == y->mode && x->count == y->count &&
           shape_same_literals(block->rows[a], x->slots, block->rows[b], y->slots, x->count);
}

/* Rows of each shape that has enough of them get its code; the others stay UINT32_MAX. */
static void find_shapes(EncBlock *block)
{
    Encoder *enc = block->enc;
    size_t count = block->input->row_count;
    Slice *hashes = ENC_SCRATCH(enc, Slice, count);
    uint32_t *sizes = ENC_SCRATCH(enc, uint32_t, count), *shape = ENC_SCRATCH(enc, uint32_t, count);
    uint32_t *first = ENC_SCRATCH(enc, uint32_t, count);
    Distinct distinct;
    if (enc->error) return;
    for (size_t row = 0; row < count; row++)
        hashes[row] = slice_of(&block->cuts[row].hash, sizeof(uint64_t));
    if (!distinct_find(enc, hashes, count, count, &distinct)) return;
    for (size_t row = count; row-- > 0;) {
        if (block->codes[row] != UINT32_MAX) continue;
        sizes[distinct.codes[row]]++;
        first[distinct.codes[row]] = (uint32_t)row;
    }
    for (uint32_t code = 0; code < distinct.count; code++) {
        uint32_t slots = block->cuts[first[code]].count;
        bool json = block->cuts[first[code]].mode == SHAPE_JSON;
        bool kept = sizes[code] >= (json ? SHAPE_ROWS_MIN : SHAPE_ROWS_MIN_TEXT) &&
                    block->shapes < COLUMNS_SHAPES_MAX &&
                    block->slots_kept + slots < COLUMNS_SLOTS_MAX;
        if (kept) block->slots_kept += slots;
        shape[code] = kept ? block->shapes++ : UINT32_MAX;
    }
    for (size_t row = 0; row < count; row++) {
        uint32_t code = distinct.codes[row];
        if (row + 1 < count) enc_prefetch(block->rows[row + 1]);
        if (block->codes[row] == UINT32_MAX && cut_alike(block, (uint32_t)row, first[code]))
            block->codes[row] = shape[code];
    }
}

/* Rows without a shape are cut as `mode` where they were cut as `from`. False: there are none. */
static bool cut_again(EncBlock *block, ShapeMode from, ShapeMode mode)
{
    bool any = false;
    for (size_t row = 0; row < block->input->row_count && !block->enc->error; row++) {
        if (block->codes[row] != UINT32_MAX || block->cuts[row].mode != from) continue;
        cut_row(block, row, mode, true);
        any = true;
    }
    return any;
}

/* Shapes of a block, and the last one for whatever remains. */
static void cut_rows(EncBlock *block)
{
    Encoder *enc = block->enc;
    size_t count = block->input->row_count;
    block->cuts = ENC_ARRAY(enc, EncCut, count);
    block->codes = ENC_ARRAY(enc, uint32_t, count);
    block->rows = ENC_ARRAY(enc, Slice, count);
    if (enc->error) return;
    for (size_t row = 0; row < count; row++)
        block->rows[row] = slice_of(block->input->rows[row].ptr ? block->input->rows[row].ptr : "",
                                    block->input->rows[row].len);
    memset(block->codes, 0xff, count * sizeof *block->codes);
    for (size_t row = 0; row < count && !enc->error; row++)
        cut_row(block, row, shape_mode_of(block->rows[row]), true);
    find_shapes(block);
    if (!enc->error && cut_again(block, SHAPE_WORDS, SHAPE_GAPS)) find_shapes(block);
    bool rest = false;
    for (size_t row = 0; row < count && !enc->error; row++) {
        if (block->codes[row] != UINT32_MAX) continue;
        cut_row(block, row, SHAPE_WHOLE, false);
        block->codes[row] = block->shapes;
        rest = true;
    }
    if (rest) block->shapes++;
}

static void write_numbers(EncBlock *block)
{
    Encoder *enc = block->enc;
    for (size_t i = 0; i < block->input->number_count && !enc->error; i++) {
        EncColumn owner = {.set = &block->all};
        numbers_write(enc, block->input->numbers[i], block->input->row_count, &owner);
        EncColumn *column = enc_column_end(enc, KIND_NUMBERS, &block->all);
        if (column) column->numbers = block->input->numbers[i];
    }
}

static int check_input(const ColumnsInput *input, const uint32_t *tails)
{
    if (input->row_count > COLUMNS_ROWS_MAX || input->number_count > COLUMNS_NUMBERS_MAX)
        return -E2BIG;
    uint64_t bytes = 0;
    for (size_t i = 0; i < input->row_count; i++) {
        if (input->rows[i].len > COLUMNS_ROW_BYTES_MAX) return -E2BIG;
        if (tails && tails[i] > input->rows[i].len) return -EINVAL;
        bytes += input->rows[i].len;
    }
    return bytes > COLUMNS_RAW_BYTES_MAX ? -E2BIG : 0;
}

static void encoder_done(Encoder *enc)
{
    arena_done(&enc->arena);
    arena_done(&enc->scratch);
    buf_done(&enc->data);
    buf_done(&enc->directory);
    buf_done(&enc->sets);
    buf_done(&enc->meta);
    frames_done(enc);
}

ColumnsEncoder *columns_encoder_new(void)
{
    ColumnsEncoder *encoder = calloc(1, sizeof *encoder);
    if (!encoder) return NULL;
    encoder->arena.bytes_kept = COLUMNS_KEPT_BYTES;
    encoder->directory = buf_make(COLUMNS_DIRECTORY_BYTES_MAX);
    return encoder;
}

void columns_encoder_free(ColumnsEncoder *encoder)
{
    if (!encoder) return;
    encoder_done(encoder);
    free(encoder);
}

static void encoder_begin(Encoder *enc, const ColumnsOptions *options)
{
    size_t memory = options->memory_max ? options->memory_max : MEMORY_MAX_DEFAULT;
    arena_reset(&enc->arena);
    arena_reset(&enc->scratch);
    buf_clear(&enc->data);
    buf_clear(&enc->directory);
    buf_clear(&enc->sets);
    buf_clear(&enc->meta);
    enc->options = options;
    enc->arena.bytes_max = enc->scratch.bytes_max = enc->data.bytes_max = memory;
    enc->streams = NULL;
    enc->stream_count = enc->stream_capacity = enc->column_streams = 0;
    enc->column_count = enc->depth = 0;
    enc->set_count = 1;
    enc->error = 0;
    enc->columns = ENC_ARRAY(enc, EncColumn *, COLUMNS_COLUMN_MAX);
}

int columns_encoder_block(ColumnsEncoder *enc, const ColumnsInput *input,
                          const ColumnsOptions *options, Buf *to)
{
    int r = check_input(input, options->tails);
    if (r < 0) return r;
    encoder_begin(enc, options);
    EncBlock block = {.enc = enc, .input = input, .all = {.count = (uint32_t)input->row_count}};
    if (!enc->error) cut_rows(&block);
    if (!enc->error) write_numbers(&block);
    if (!enc->error) families_write(&block);
    size_t before = to->len;
    if (!enc->error) frames_write(enc, input->row_count, input->number_count, to);
    if (buf_error(to) && !enc->error) enc->error = buf_error(to);
    if (enc->error) to->len = before;
    return enc->error;
}

int columns_encode(const ColumnsInput *input, const ColumnsOptions *options, Buf *to)
{
    ColumnsEncoder *encoder = columns_encoder_new();
    if (!encoder) return -ENOMEM;
    int r = columns_encoder_block(encoder, input, options, to);
    columns_encoder_free(encoder);
    return r;
}

uint64_t columns_shape(Slice row, uint64_t seed)
{
    RowShape shape;
    shape_find(row, shape_mode_of(row), seed, &shape);
    return shape.hash;
}
