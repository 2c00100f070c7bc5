/* Writes a block: recipes, then the rows as columns. A row of the columns is raw, a newline and the
 * tail of its recipe; a tail has no newline, so the last one divides them. */
#include "base/map.h"
#include "base/number.h"
#include "store/columns/columns.h"
#include "store/segment/block_texts.h"
#include "store/segment/row_stock_int.h"

#include <errno.h>
#include <stdlib.h>
#include <zstd.h>

#define RECIPES_TRIED 8u   /* of those used last, before a new one is made */
#define RECIPES_CLOSE 256u /* after so many in a block, new ones are plain: rows are too unlike */
#define BLOCK_ARENA_BYTES_MAX ((size_t)1 << 30)

struct BlockWriter {
    const BlockInput *input;
    ColumnsEncoder *columns;
    Arena arena, row_arena;
    Map known; /* bytes of a recipe to its number + 1 */
    Recipe *recipes;
    uint32_t recipe_count;
    uint32_t recent[RECIPES_TRIED]; /* used last first */
    uint32_t recent_count;
    Buf recipe_bytes, one;
    Buf text;      /* all rows of the columns */
    RecipeRow cut; /* the row at hand */
    BlockTexts texts;
    uint32_t *stock_recipes; /* of the stock: number in the block + 1; 0: not used yet */
    Slice *rows;             /* without a pointer: in `text`, one after the other */
    ColumnsCut *cuts;
    uint32_t *tails;
    int64_t *numbers[NUMBER_COUNT];
};

void segment_workspace_free(BlockWriter *writer)
{
    if (!writer) return;
    columns_encoder_free(writer->columns);
    arena_done(&writer->arena);
    arena_done(&writer->row_arena);
    map_done(&writer->known);
    buf_done(&writer->recipe_bytes);
    buf_done(&writer->one);
    buf_done(&writer->text);
    buf_done(&writer->texts.plain);
    free(writer);
}

BlockWriter *segment_workspace_new(uint64_t seed)
{
    const uint64_t map_seed[2] = {seed, ~seed};
    BlockWriter *writer = calloc(1, sizeof *writer);
    if (!writer) return NULL;
    writer->arena = arena_make(BLOCK_ARENA_BYTES_MAX);
    writer->row_arena = arena_make(BLOCK_ARENA_BYTES_MAX);
    writer->known = map_make(SEGMENT_BLOCK_ROWS_MAX, map_seed);
    writer->recipe_bytes = buf_make(COLUMNS_RAW_BYTES_MAX);
    writer->text = buf_make(COLUMNS_RAW_BYTES_MAX);
    writer->columns = columns_encoder_new();
    if (writer->columns) return writer;
    segment_workspace_free(writer);
    return NULL;
}

static int writer_start(BlockWriter *writer)
{
    Arena *arena = &writer->arena;
    size_t count = writer->input->count;
    arena_reset(arena);
    map_clear(&writer->known);
    buf_clear(&writer->recipe_bytes);
    buf_clear(&writer->text);
    writer->recipe_count = writer->recent_count = 0;
    writer->texts.index = writer->input->index;
    writer->texts.block = writer->input->block;
    writer->texts.has_escapes = false;
    writer->recipes = ARENA_ARRAY(arena, Recipe, count);
    writer->rows = ARENA_ARRAY(arena, Slice, count);
    writer->tails = ARENA_ARRAY(arena, uint32_t, count);
    writer->cuts = ARENA_ARRAY(arena, ColumnsCut, count);
    const StockRows *stock = writer->input->stock;
    if (stock) {
        writer->stock_recipes = ARENA_ARRAY(arena, uint32_t, recipe_set_count(stock->recipes) + 1);
        if (!writer->stock_recipes) return -ENOMEM;
    }
    bool got = writer->recipes && writer->rows && writer->tails && writer->cuts;
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

/* The block's number of the recipe that is these bytes. */
static int known_recipe(BlockWriter *writer, const Recipe *recipe, Slice bytes, uint32_t *ret)
{
    uint64_t *place = map_put(&writer->known, bytes, NULL);
    if (!place) return -ENOMEM;
    if (*place == 0) {
        writer->recipes[writer->recipe_count] = *recipe;
        *place = ++writer->recipe_count;
        buf_add_slice(&writer->recipe_bytes, bytes);
    }
    *ret = (uint32_t)*place - 1;
    return 0;
}

static int new_recipe(BlockWriter *writer, const RecipeRow *row, uint32_t *ret)
{
    Recipe recipe;
    writer->cut.is_plain = writer->recipe_count >= RECIPES_CLOSE;
    int r = recipe_make(row, &writer->arena, &recipe);
    if (r < 0) return r;
    buf_clear(&writer->one);
    recipe_add(&writer->one, &recipe);
    if (buf_error(&writer->one)) return -ENOMEM;
    return known_recipe(writer, &recipe, buf_slice(&writer->one), ret);
}

static int choose_recipe(BlockWriter *writer, const RecipeRow *row, uint32_t *ret)
{
    uint32_t place = 0;
    while (place < writer->recent_count &&
           !recipe_fits(&writer->recipes[writer->recent[place]], row)) {
        place++;
    }
    if (place < writer->recent_count) {
        *ret = writer->recent[place];
    } else {
        int r = new_recipe(writer, row, ret);
        if (r < 0) return r;
    }
    use_recent(writer, place, *ret);
    return 0;
}

/* Raw is cut once, for recipes and for columns. */
static int cut_row(BlockWriter *writer, const Row *row, size_t at)
{
    RowShape shape;
    ColumnsCut *cut = &writer->cuts[at];
    writer->cut.row = row;
    int r = raw_slots_cut(row->event.raw, writer->input->seed, &writer->row_arena,
                          &writer->cut.slots, &shape, &cut->is_cut);
    if (r < 0 || !cut->is_cut) return r;
    size_t bytes = shape.count * sizeof *shape.slots;
    ShapeSlot *slots = arena_alloc(&writer->arena, bytes + 1);
    if (!slots) return -ENOMEM;
    memcpy(slots, shape.slots, bytes);
    cut->hash = shape.hash;
    cut->count = shape.count;
    cut->slots = slots;
    return 0;
}

static void put_numbers(BlockWriter *writer, size_t at, const int64_t numbers[NUMBER_COUNT])
{
    for (size_t i = 0; i < NUMBER_COUNT; i++) {
        writer->numbers[i][at] = numbers[i];
    }
}

static unsigned mark_of(const BlockWriter *writer, uint32_t rank)
{
    return writer->input->marks ? writer->input->marks[rank] : 0;
}

/* A row of the stock: all is done already. */
static int add_stocked(BlockWriter *writer, size_t at, const StockRow *row)
{
    const RecipeSet *recipes = writer->input->stock->recipes;
    const uint32_t rank = writer->input->order[at].rank;
    uint32_t *recipe = &writer->stock_recipes[row->recipe], number;
    if (*recipe == 0) {
        int r = known_recipe(writer, recipe_set_at(recipes, row->recipe),
                             recipe_set_bytes(recipes, row->recipe), &number);
        if (r < 0) return r;
        *recipe = number + 1;
    }
    writer->texts.has_escapes = true;
    for (size_t i = 0; i < row->word_count; i++) {
        int r = index_builder_add(writer->input->index, writer->input->block, row->words[i]);
        if (r < 0) return r;
    }
    writer->rows[at] = slice_of(row->text, row->text_bytes);
    writer->tails[at] = row->tail_bytes;
    writer->cuts[at] = (ColumnsCut){.hash = row->cut_hash,
                                    .slots = row->slots,
                                    .count = row->slot_count,
                                    .is_cut = row->is_cut};
    const int64_t numbers[NUMBER_COUNT] = {rank,
                                           row->time_ns,
                                           row->ingested_ns,
                                           (int64_t)row->offset,
                                           (int64_t)row->index,
                                           (int64_t)row->record_id,
                                           *recipe - 1,
                                           mark_of(writer, rank)};
    put_numbers(writer, at, numbers);
    return 0;
}

static int add_given(BlockWriter *writer, size_t at, const Row *row)
{
    uint32_t recipe = 0;
    const uint32_t rank = writer->input->order[at].rank;
    int r = cut_row(writer, row, at);
    if (r == 0) r = choose_recipe(writer, &writer->cut, &recipe);
    if (r == 0) r = block_texts_row(&writer->texts, &writer->recipes[recipe], &writer->cut);
    if (r < 0) return r;
    size_t begin = writer->text.len;
    buf_add_slice(&writer->text, row->event.raw);
    buf_add_char(&writer->text, '\n');
    recipe_tail_add(&writer->text, &writer->recipes[recipe], row);
    if (buf_error(&writer->text)) return buf_error(&writer->text) == -ENOMEM ? -ENOMEM : -E2BIG;
    writer->rows[at].len = writer->text.len - begin;
    writer->tails[at] = (uint32_t)(writer->rows[at].len - row->event.raw.len);
    const int64_t numbers[NUMBER_COUNT] = {
        rank,
        row->event.time_ns,
        row->record.ingested_ns,
        (int64_t)row->event.offset,
        (int64_t)row->event.index,
        (int64_t)row->event.record_id,
        recipe,
        mark_of(writer, rank),
    };
    put_numbers(writer, at, numbers);
    return 0;
}

static int add_row(BlockWriter *writer, size_t at)
{
    const SegmentRows *rows = writer->input->rows;
    const StockRows *stock = writer->input->stock;
    const uint32_t rank = writer->input->order[at].rank;
    Row row;
    uint64_t number;
    if (stock && stock->rows[rank].recipe != STOCK_ENCODED) {
        return add_stocked(writer, at, &stock->rows[rank]);
    }
    arena_reset(&writer->row_arena);
    int r = rows->get(rows->context, rank, &writer->row_arena, &row, &number);
    return r < 0 ? r : add_given(writer, at, &row);
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
        if (writer->rows[i].ptr) continue;
        writer->rows[i].ptr = at;
        at += writer->rows[i].len;
    }
    ColumnsInput columns = {.rows = writer->rows,
                            .cuts = writer->cuts,
                            .row_count = writer->input->count,
                            .numbers = numbers,
                            .number_count = writer->input->marks ? NUMBER_COUNT : NUMBER_MARK};
    ColumnsOptions options = {.level = writer->input->level,
                              .seed = writer->input->seed,
                              .tails = writer->tails,
                              .texts = {block_texts_take, &writer->texts}};
    return columns_encoder_block(writer->columns, &columns, &options, to);
}

int block_writer_encode(BlockWriter *writer, const BlockInput *input, Buf *to)
{
    writer->input = input;
    int r = writer_start(writer);
    for (size_t i = 0; i < input->count && r == 0; i++) {
        r = add_row(writer, i);
    }
    if (r == 0) r = put_recipes(writer, to);
    if (r == 0) r = put_columns(writer, to);
    return r;
}
