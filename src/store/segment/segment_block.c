/* A block: recipes, then the rows as columns. A row of the columns is raw, a newline and the tail
 * of its recipe; a tail has no newline, so the last one divides them. */
#include "base/map.h"
#include "base/number.h"
#include "store/columns/columns.h"
#include "store/segment/row_recipe.h"
#include "store/segment/segment_int.h"

#include <errno.h>
#include <stdlib.h>
#include <zstd.h>

#define RECIPES_TRIED 8u /* of those used last, before a new one is made */
#define BLOCK_ARENA_BYTES_MAX ((size_t)1 << 30)

enum {
    NUMBER_ROW,
    NUMBER_TIME,
    NUMBER_INGESTED,
    NUMBER_OFFSET,
    NUMBER_INDEX,
    NUMBER_RECORD,
    NUMBER_RECIPE,
    NUMBER_COUNT
};

/* ---- writing */

typedef struct BlockWriter {
    const BlockInput *input;
    Arena arena, row_arena;
    Map known; /* bytes of a recipe to its number + 1 */
    Recipe *recipes;
    uint32_t recipe_count;
    uint32_t recent[RECIPES_TRIED]; /* used last first */
    uint32_t recent_count;
    Buf recipe_bytes, one;
    Buf text; /* all rows of the columns */
    Slice *rows;
    uint32_t *tails;
    int64_t *numbers[NUMBER_COUNT];
} BlockWriter;

static void writer_done(BlockWriter *writer)
{
    arena_done(&writer->arena);
    arena_done(&writer->row_arena);
    map_done(&writer->known);
    buf_done(&writer->recipe_bytes);
    buf_done(&writer->one);
    buf_done(&writer->text);
}

static int writer_start(BlockWriter *writer)
{
    Arena *arena = &writer->arena;
    size_t count = writer->input->count;
    writer->recipes = ARENA_ARRAY(arena, Recipe, count);
    writer->rows = ARENA_ARRAY(arena, Slice, count);
    writer->tails = ARENA_ARRAY(arena, uint32_t, count);
    bool got = writer->recipes && writer->rows && writer->tails;
    for (size_t i = 0; i < NUMBER_COUNT && got; i++) {
        writer->numbers[i] = ARENA_ARRAY(arena, int64_t, count);
        got = writer->numbers[i] != NULL;
    }
    return got ? 0 : -ENOMEM;
}

/* Moves it to the front; a new one pushes the last out. */
static void use_recent(BlockWriter *writer, uint32_t place, uint32_t recipe)
{
    if (place == writer->recent_count && place < RECIPES_TRIED) writer->recent_count++;
    if (place == RECIPES_TRIED) place--;
    memmove(writer->recent + 1, writer->recent, place * sizeof *writer->recent);
    writer->recent[0] = recipe;
}

static int new_recipe(BlockWriter *writer, const RecipeRow *row, uint32_t *ret)
{
    Recipe *recipe = &writer->recipes[writer->recipe_count];
    int r = recipe_make(row, &writer->arena, recipe);
    if (r < 0) return r;
    buf_clear(&writer->one);
    recipe_add(&writer->one, recipe);
    if (buf_error(&writer->one)) return -ENOMEM;
    uint64_t *place = map_put(&writer->known, buf_slice(&writer->one), NULL);
    if (!place) return -ENOMEM;
    if (*place == 0) {
        *place = ++writer->recipe_count;
        buf_add_slice(&writer->recipe_bytes, buf_slice(&writer->one));
    }
    *ret = (uint32_t)*place - 1;
    return 0;
}

static int choose_recipe(BlockWriter *writer, const Row *row, uint32_t *ret)
{
    RecipeRow cut;
    arena_reset(&writer->row_arena);
    int r = recipe_row(row, &writer->row_arena, &cut);
    if (r < 0) return r;
    uint32_t place = 0;
    while (place < writer->recent_count &&
           !recipe_fits(&writer->recipes[writer->recent[place]], &cut)) {
        place++;
    }
    if (place < writer->recent_count) {
        *ret = writer->recent[place];
    } else if ((r = new_recipe(writer, &cut, ret)) < 0) {
        return r;
    }
    use_recent(writer, place, *ret);
    return 0;
}

static int index_row(const BlockWriter *writer, const Row *row, const Recipe *recipe)
{
    IndexBuilder *index = writer->input->index;
    uint32_t block = writer->input->block;
    int r = index_builder_add(index, block, row->origin);
    for (size_t i = 0; i < row->event.field_count && r == 0; i++) {
        r = index_builder_add(index, block, row->event.fields[i].value);
    }
    for (uint32_t i = 0; i < recipe->text_count && r == 0; i++) {
        if (recipe_repeats(recipe, i)) continue;
        r = index_builder_add(index, block, row->record.text[recipe->texts[i].field]);
    }
    bool is_line = row->event.format == EVENT_TEXT || row->event.format == EVENT_SYSLOG;
    if (r == 0 && is_line) r = index_builder_add(index, block, row->event.raw);
    return r;
}

static int add_row(BlockWriter *writer, size_t at)
{
    const Row *row = &writer->input->rows[writer->input->order[at].number];
    uint32_t recipe;
    int r = choose_recipe(writer, row, &recipe);
    if (r < 0) return r;
    size_t begin = writer->text.len;
    buf_add_slice(&writer->text, row->event.raw);
    buf_add_char(&writer->text, '\n');
    recipe_tail_add(&writer->text, &writer->recipes[recipe], row);
    if (buf_error(&writer->text)) return buf_error(&writer->text) == -ENOMEM ? -ENOMEM : -E2BIG;
    writer->rows[at].len = writer->text.len - begin;
    writer->tails[at] = (uint32_t)(writer->rows[at].len - row->event.raw.len);
    const int64_t numbers[NUMBER_COUNT] = {
        writer->input->order[at].number,
        row->event.time_ns,
        row->record.ingested_ns,
        (int64_t)row->event.offset,
        (int64_t)row->event.index,
        (int64_t)row->event.record_id,
        recipe,
    };
    for (size_t i = 0; i < NUMBER_COUNT; i++) {
        writer->numbers[i][at] = numbers[i];
    }
    return index_row(writer, row, &writer->recipes[recipe]);
}

/* Packed bytes of the recipes, their count and length in front. */
static int put_recipes(BlockWriter *writer, Buf *to)
{
    Slice plain = buf_slice(&writer->recipe_bytes);
    CLEANUP(buf_done) Buf packed = buf_make(0);
    char *room = buf_reserve(&packed, ZSTD_compressBound(plain.len));
    if (!room || buf_error(&writer->recipe_bytes)) return -ENOMEM;
    size_t bytes = ZSTD_compress(room, ZSTD_compressBound(plain.len), plain.ptr, plain.len, 9);
    if (ZSTD_isError(bytes)) return -ENOMEM;
    buf_add_varint(to, writer->recipe_count);
    buf_add_varint(to, plain.len);
    buf_add_varint(to, bytes);
    buf_add(to, room, bytes);
    return buf_error(to);
}

static int put_columns(BlockWriter *writer, Buf *to)
{
    const int64_t *numbers[NUMBER_COUNT];
    memcpy(numbers, writer->numbers, sizeof numbers);
    const char *at = writer->text.ptr;
    for (size_t i = 0; i < writer->input->count; i++) {
        writer->rows[i].ptr = at;
        at += writer->rows[i].len;
    }
    ColumnsInput columns = {.rows = writer->rows,
                            .row_count = writer->input->count,
                            .numbers = numbers,
                            .number_count = NUMBER_COUNT};
    ColumnsOptions options = {
        .level = writer->input->level, .seed = writer->input->seed, .tails = writer->tails};
    return columns_encode(&columns, &options, to);
}

int segment_block_encode(const BlockInput *input, Buf *to)
{
    const uint64_t seed[2] = {input->seed, ~input->seed};
    CLEANUP(writer_done)
    BlockWriter writer = {.input = input,
                          .arena = arena_make(BLOCK_ARENA_BYTES_MAX),
                          .row_arena = arena_make(BLOCK_ARENA_BYTES_MAX),
                          .known = map_make(SEGMENT_BLOCK_ROWS_MAX, seed),
                          .recipe_bytes = buf_make(COLUMNS_RAW_BYTES_MAX),
                          .text = buf_make(COLUMNS_RAW_BYTES_MAX)};
    int r = writer_start(&writer);
    for (size_t i = 0; i < input->count && r == 0; i++) {
        r = add_row(&writer, i);
    }
    if (r == 0) r = put_recipes(&writer, to);
    if (r == 0) r = put_columns(&writer, to);
    return r;
}

/* ---- reading */

typedef struct BlockReader {
    Arena arena, row_arena;
    Buf text;
    Recipe *recipes;
    uint64_t recipe_count;
    Columns *columns;
    const int64_t *numbers[NUMBER_COUNT];
} BlockReader;

static void reader_done(BlockReader *reader)
{
    arena_done(&reader->arena);
    arena_done(&reader->row_arena);
    buf_done(&reader->text);
}

static int take_recipes(BlockReader *reader, Slice *plain)
{
    uint64_t bytes, packed;
    if (slice_take_varint(plain, &reader->recipe_count) < 0 ||
        slice_take_varint(plain, &bytes) < 0 || slice_take_varint(plain, &packed) < 0 ||
        reader->recipe_count > SEGMENT_BLOCK_ROWS_MAX || packed > plain->len ||
        bytes > COLUMNS_RAW_BYTES_MAX) {
        return -EBADMSG;
    }
    char *room = arena_alloc(&reader->arena, (size_t)bytes + 1);
    reader->recipes = ARENA_ARRAY(&reader->arena, Recipe, (size_t)reader->recipe_count + 1);
    if (!room || !reader->recipes) return -ENOMEM;
    if (ZSTD_decompress(room, (size_t)bytes, plain->ptr, (size_t)packed) != bytes) return -EBADMSG;
    *plain = slice_skip(*plain, (size_t)packed);
    Slice rest = slice_of(room, (size_t)bytes);
    for (uint64_t i = 0; i < reader->recipe_count; i++) {
        int r = recipe_take(&rest, &reader->arena, &reader->recipes[i]);
        if (r < 0) return r;
    }
    return rest.len == 0 ? 0 : -EBADMSG;
}

static int open_columns(BlockReader *reader, Slice plain, uint32_t row_count)
{
    int r = columns_open(plain, &reader->arena, &reader->columns);
    if (r < 0) return r;
    if (columns_row_count(reader->columns) != row_count ||
        columns_number_count(reader->columns) != NUMBER_COUNT) {
        return -EBADMSG;
    }
    for (size_t i = 0; i < NUMBER_COUNT && r == 0; i++) {
        r = columns_numbers(reader->columns, i, &reader->numbers[i]);
    }
    return r;
}

static int read_row(BlockReader *reader, size_t at, Row *ret)
{
    buf_clear(&reader->text);
    arena_reset(&reader->row_arena);
    int r = columns_row(reader->columns, at, &reader->text);
    if (r < 0) return r;
    Slice whole = buf_slice(&reader->text);
    size_t end = slice_rfind_char(whole, '\n');
    uint64_t recipe = (uint64_t)reader->numbers[NUMBER_RECIPE][at];
    if (end == SLICE_NOT_FOUND || recipe >= reader->recipe_count) return -EBADMSG;
    *ret = (Row){0};
    ret->event.raw = slice_first(whole, end);
    ret->event.time_ns = reader->numbers[NUMBER_TIME][at];
    ret->record.ingested_ns = reader->numbers[NUMBER_INGESTED][at];
    ret->event.offset = (uint64_t)reader->numbers[NUMBER_OFFSET][at];
    ret->event.index = (uint64_t)reader->numbers[NUMBER_INDEX][at];
    ret->event.record_id = (uint64_t)reader->numbers[NUMBER_RECORD][at];
    return recipe_apply(&reader->recipes[recipe], slice_skip(whole, end + 1), &reader->row_arena,
                        ret);
}

int segment_block_decode(Slice plain, uint32_t row_count, SegmentSink sink, void *context)
{
    CLEANUP(reader_done)
    BlockReader reader = {.arena = arena_make(SEGMENT_READ_BYTES_MAX),
                          .row_arena = arena_make(SEGMENT_READ_BYTES_MAX),
                          .text = buf_make(COLUMNS_RAW_BYTES_MAX)};
    int r = take_recipes(&reader, &plain);
    if (r == 0) r = open_columns(&reader, plain, row_count);
    for (uint32_t i = 0; i < row_count && r == 0; i++) {
        Row row;
        r = read_row(&reader, i, &row);
        if (r == 0) r = sink(context, &row, (uint64_t)reader.numbers[NUMBER_ROW][i]);
    }
    return r < 0 ? r : 0;
}
