/* Reads a block row by row; what it is: segment_block.c. */
#include "base/number.h"
#include "store/columns/columns.h"
#include "store/segment/row_recipe.h"
#include "store/segment/segment_int.h"

#include <errno.h>
#include <stdlib.h>
#include <zstd.h>

struct OpenBlock {
    Arena arena, row_arena;
    Buf plain;
    Buf text; /* of the row at hand */
    Recipe *recipes;
    uint64_t recipe_count;
    uint32_t row_count;
    Columns *columns;
    const int64_t *numbers[NUMBER_COUNT]; /* that of marks may be NULL */
};

void open_block_free(OpenBlock *block)
{
    if (!block) return;
    arena_done(&block->arena);
    arena_done(&block->row_arena);
    buf_done(&block->plain);
    buf_done(&block->text);
    free(block);
}

static int take_recipes(OpenBlock *block, Slice *plain)
{
    uint64_t bytes, packed;
    if (slice_take_varint(plain, &block->recipe_count) < 0 ||
        slice_take_varint(plain, &bytes) < 0 || slice_take_varint(plain, &packed) < 0 ||
        block->recipe_count > SEGMENT_BLOCK_ROWS_MAX || packed > plain->len ||
        bytes > COLUMNS_RAW_BYTES_MAX) {
        return -EBADMSG;
    }
    char *room = arena_alloc(&block->arena, (size_t)bytes + 1);
    block->recipes = ARENA_ARRAY(&block->arena, Recipe, (size_t)block->recipe_count + 1);
    if (!room || !block->recipes) return -ENOMEM;
    if (ZSTD_decompress(room, (size_t)bytes, plain->ptr, (size_t)packed) != bytes) return -EBADMSG;
    *plain = slice_skip(*plain, (size_t)packed);
    Slice rest = slice_of(room, (size_t)bytes);
    for (uint64_t i = 0; i < block->recipe_count; i++) {
        int r = recipe_take(&rest, &block->arena, &block->recipes[i]);
        if (r < 0) return r;
    }
    return rest.len == 0 ? 0 : -EBADMSG;
}

static int open_columns(OpenBlock *block, Slice plain)
{
    int r = columns_open(plain, &block->arena, &block->columns);
    if (r < 0) return r;
    size_t numbers = columns_number_count(block->columns);
    if (columns_row_count(block->columns) != block->row_count ||
        (numbers != NUMBER_COUNT && numbers != NUMBER_MARK)) {
        return -EBADMSG;
    }
    for (size_t i = 0; i < numbers && r == 0; i++) {
        r = columns_numbers(block->columns, i, &block->numbers[i]);
    }
    return r;
}

int open_block_new(Buf *plain, uint32_t row_count, OpenBlock **ret)
{
    OpenBlock *block = calloc(1, sizeof *block);
    if (!block) {
        buf_done(plain);
        return -ENOMEM;
    }
    *block = (OpenBlock){.arena = arena_make(SEGMENT_READ_BYTES_MAX),
                         .row_arena = arena_make(SEGMENT_READ_BYTES_MAX),
                         .plain = *plain,
                         .text = buf_make(COLUMNS_RAW_BYTES_MAX),
                         .row_count = row_count};
    *plain = (Buf){0};
    Slice rest = buf_slice(&block->plain);
    int r = take_recipes(block, &rest);
    if (r == 0) r = open_columns(block, rest);
    if (r < 0) {
        open_block_free(block);
        return r;
    }
    *ret = block;
    return 0;
}

int open_block_row(OpenBlock *block, uint32_t at, Row *ret)
{
    buf_clear(&block->text);
    arena_reset(&block->row_arena);
    int r = columns_row(block->columns, at, &block->text);
    if (r < 0) return r;
    Slice whole = buf_slice(&block->text);
    size_t end = slice_rfind_char(whole, '\n');
    uint64_t recipe = (uint64_t)block->numbers[NUMBER_RECIPE][at];
    if (end == SLICE_NOT_FOUND || recipe >= block->recipe_count) return -EBADMSG;
    *ret = (Row){0};
    ret->event.raw = slice_first(whole, end);
    ret->event.time_ns = block->numbers[NUMBER_TIME][at];
    ret->record.ingested_ns = block->numbers[NUMBER_INGESTED][at];
    ret->event.offset = (uint64_t)block->numbers[NUMBER_OFFSET][at];
    ret->event.index = (uint64_t)block->numbers[NUMBER_INDEX][at];
    ret->event.record_id = (uint64_t)block->numbers[NUMBER_RECORD][at];
    return recipe_apply(&block->recipes[recipe], slice_skip(whole, end + 1), &block->row_arena,
                        ret);
}

uint64_t open_block_rank(const OpenBlock *block, uint32_t at)
{
    return (uint64_t)block->numbers[NUMBER_RANK][at];
}

unsigned open_block_mark(const OpenBlock *block, uint32_t at)
{
    const int64_t *marks = block->numbers[NUMBER_MARK];
    return marks && marks[at] > 0 && marks[at] <= MARK_MAX ? (unsigned)marks[at] : 0;
}

size_t open_block_bytes(const OpenBlock *block)
{
    return sizeof *block + block->plain.capacity + block->text.capacity + block->arena.bytes +
           block->row_arena.bytes;
}
