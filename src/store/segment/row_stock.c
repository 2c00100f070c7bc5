/* See row_stock.h. */
#include "store/segment/row_stock.h"

#include "store/segment/block_texts.h"
#include "store/segment/row_stock_int.h"

#include <errno.h>
#include <stdlib.h>

/* Rows with more are out of the common: they stay as they are encoded. */
#define RAW_BYTES_MAX ((size_t)1 << 20)
#define FIELDS_MAX ((size_t)4096)
enum { WORDS_MAX = 256 }; /* texts with control characters, of one row */

typedef struct StockPart {
    SegmentKey *key; /* NULL: no row yet */
    Survey survey;
    Surveyor surveyor;
    SegmentHeader header;
    Buf rows; /* StockRow each */
    RowStockPart sums;
    bool written;
    const Survey *given; /* to the writer; NULL: not yet */
} StockPart;

struct RowStock {
    const Os *os;
    uint64_t seed;
    size_t bytes_max;
    Arena arena, scratch;
    RecipeSet *recipes;
    RecipeRow cut; /* the row at hand */
    Buf tail;
    StockPart parts[ROW_STOCK_PARTS_MAX];
};

static void part_done(StockPart *part)
{
    surveyor_done(&part->surveyor);
    survey_done(&part->survey);
    crypt_segment_free(part->key);
    buf_done(&part->rows);
    *part = (StockPart){0};
}

void row_stock_free(RowStock *stock)
{
    if (!stock) return;
    for (size_t i = 0; i < ROW_STOCK_PARTS_MAX; i++) {
        part_done(&stock->parts[i]);
    }
    recipe_set_free(stock->recipes);
    arena_done(&stock->arena);
    arena_done(&stock->scratch);
    buf_done(&stock->tail);
    free(stock);
}

int row_stock_clear(RowStock *stock)
{
    for (size_t i = 0; i < ROW_STOCK_PARTS_MAX; i++) {
        part_done(&stock->parts[i]);
    }
    recipe_set_free(stock->recipes);
    arena_reset(&stock->arena);
    stock->recipes = NULL;
    int r = stock->os->random(stock->os->state, &stock->seed, sizeof stock->seed);
    if (r < 0) return r;
    stock->recipes = recipe_set_new(stock->seed);
    return stock->recipes ? 0 : -ENOMEM;
}

int row_stock_new(const Os *os, size_t bytes_max, RowStock **ret)
{
    RowStock *stock = calloc(1, sizeof *stock);
    if (!stock) return -ENOMEM;
    stock->os = os;
    stock->bytes_max = bytes_max;
    stock->arena = arena_make(bytes_max);
    stock->arena.bytes_kept = bytes_max;
    int r = row_stock_clear(stock);
    if (r < 0) {
        row_stock_free(stock);
        return r;
    }
    *ret = stock;
    return 0;
}

/* ---- adding */

static int begin_part(RowStock *stock, StockPart *part)
{
    const SegmentName unknown = {.number = 0}; /* row_stock_write says it */
    int r = crypt_segment_new(stock->os, &unknown, &part->key);
    if (r < 0) return r;
    return surveyor_begin(&part->surveyor, part->key, stock->seed, 0, &part->header, &part->survey);
}

static int keep_text(RowStock *stock, Slice raw, Slice tail, StockRow *to)
{
    char *text = arena_alloc(&stock->arena, raw.len + 1 + tail.len);
    if (!text) return -ENOBUFS;
    memcpy(text, raw.ptr, raw.len);
    text[raw.len] = '\n';
    memcpy(text + raw.len + 1, tail.ptr, tail.len);
    to->text = text;
    to->text_bytes = (uint32_t)(raw.len + 1 + tail.len);
    to->tail_bytes = (uint32_t)(1 + tail.len);
    return 0;
}

static int keep_slots(RowStock *stock, const RowShape *shape, StockRow *to)
{
    size_t bytes = shape->count * sizeof *shape->slots;
    ShapeSlot *slots = arena_alloc(&stock->arena, bytes + 1);
    if (!slots) return -ENOBUFS;
    memcpy(slots, shape->slots, bytes);
    to->slots = slots;
    to->slot_count = (uint16_t)shape->count;
    to->cut_hash = shape->hash;
    return 0;
}

static int keep_encoded(RowStock *stock, Slice encoded, StockRow *to)
{
    Slice kept;
    if (encoded.len > UINT32_MAX || arena_copy(&stock->arena, encoded, &kept) < 0) return -ENOBUFS;
    *to = (StockRow){.text = kept.ptr, .text_bytes = (uint32_t)kept.len, .recipe = STOCK_ENCODED};
    return 0;
}

/* A text of the tail with control characters stands escaped there, so its words are other ones.
 * False: no room. */
static bool keep_word(RowStock *stock, Slice text, Slice *words, StockRow *to)
{
    if (!block_texts_has_control(text)) return true;
    if (to->word_count == WORDS_MAX) return false;
    return arena_copy(&stock->arena, text, &words[to->word_count++]) == 0;
}

/* 1: they are too many. */
static int keep_words(RowStock *stock, const Recipe *recipe, const Row *row, StockRow *to)
{
    Slice words[WORDS_MAX];
    bool kept = keep_word(stock, row->origin, words, to);
    for (uint32_t i = 0; i < recipe->field_count && kept; i++) {
        if (recipe->fields[i].part.source == PART_TAIL)
            kept = keep_word(stock, row->event.fields[i].value, words, to);
    }
    for (uint32_t i = 0; i < recipe->text_count && kept; i++) {
        if (recipe->texts[i].part.source == PART_TAIL)
            kept = keep_word(stock, row->record.text[recipe->texts[i].field], words, to);
    }
    if (!kept || to->word_count == 0) return kept ? 0 : 1;
    Slice *room = arena_alloc(&stock->arena, to->word_count * sizeof *words);
    if (!room) return -ENOBUFS;
    memcpy(room, words, to->word_count * sizeof *words);
    to->words = room;
    return 0;
}

/* 1: the row is not one that is kept so. */
static int keep_prepared(RowStock *stock, const Row *row, StockRow *to)
{
    RowShape shape;
    stock->cut.row = row;
    arena_reset(&stock->scratch);
    int r = raw_slots_cut(row->event.raw, stock->seed, &stock->scratch, &stock->cut.slots, &shape,
                          &to->is_cut);
    if (r < 0) return r;
    if (!stock->cut.slots.is_json) return 1;
    r = recipe_set_choose(stock->recipes, &stock->cut, shape.hash, &to->recipe);
    if (r < 0) return r;
    const Recipe *recipe = recipe_set_at(stock->recipes, to->recipe);
    r = keep_words(stock, recipe, row, to);
    if (r != 0) return r;
    buf_clear(&stock->tail);
    recipe_tail_add(&stock->tail, recipe, row);
    if (buf_error(&stock->tail)) return buf_error(&stock->tail);
    r = keep_text(stock, row->event.raw, buf_slice(&stock->tail), to);
    return r < 0 || !to->is_cut ? r : keep_slots(stock, &shape, to);
}

static int keep_row(RowStock *stock, const Row *row, Slice encoded, StockRow *to)
{
    const Event *event = &row->event;
    int r = event->raw.len > 0 ? keep_prepared(stock, row, to) : 1;
    if (r == 1) return keep_encoded(stock, encoded, to);
    to->time_ns = event->time_ns;
    to->ingested_ns = row->record.ingested_ns;
    to->offset = event->offset;
    to->index = event->index;
    to->record_id = event->record_id;
    return r;
}

/* What is kept in the place of a row that is too large is not the row. */
static int add_large(RowStock *stock, StockPart *part, Slice encoded, const uint8_t *key,
                     uint64_t number, StockRow *to)
{
    Row row;
    arena_reset(&stock->scratch);
    int r = row_decode(encoded, &stock->scratch, &row);
    if (r == 0) r = surveyor_take(&part->surveyor, &row, key, number);
    return r < 0 ? r : keep_encoded(stock, encoded, to);
}

static int survey_row(StockPart *part, const Row *row, const StockRow *kept, const uint8_t *key,
                      uint64_t number)
{
    if (kept->recipe == STOCK_ENCODED) return surveyor_take(&part->surveyor, row, key, number);
    Slice raw = slice_of(kept->text, row->event.raw.len);
    return surveyor_take_kept(&part->surveyor, row, raw, key, number);
}

int row_stock_add(RowStock *stock, size_t at, const Row *row, const uint8_t *key, Slice encoded,
                  uint64_t number)
{
    StockPart *part = &stock->parts[at];
    StockRow kept = {0};
    if (part->sums.row_count >= SEGMENT_ROWS_MAX) return -ENOBUFS;
    int r = part->key ? 0 : begin_part(stock, part);
    if (r < 0) return r;
    if (row->event.raw.len > RAW_BYTES_MAX || row->event.field_count > FIELDS_MAX) {
        r = add_large(stock, part, encoded, key, number, &kept);
    } else {
        r = keep_row(stock, row, encoded, &kept);
        if (r == 0) r = survey_row(part, row, &kept, key, number);
    }
    if (r < 0) return r;
    buf_add(&part->rows, &kept, sizeof kept);
    part->sums.row_count++;
    part->sums.row_bytes += encoded.len;
    part->sums.raw_bytes += row->event.raw.len;
    part->sums.last_number = number;
    return buf_error(&part->rows);
}

/* ---- writing */

RowStockPart row_stock_part(const RowStock *stock, size_t part)
{
    return stock->parts[part].sums;
}

uint64_t row_stock_row_count(const RowStock *stock)
{
    uint64_t count = 0;
    for (size_t i = 0; i < ROW_STOCK_PARTS_MAX; i++) {
        count += stock->parts[i].sums.row_count;
    }
    return count;
}

bool row_stock_is_written(const RowStock *stock)
{
    for (size_t i = 0; i < ROW_STOCK_PARTS_MAX; i++) {
        if (stock->parts[i].written) return true;
    }
    return false;
}

/* Of rows that stay encoded; those of the others are never asked for. */
static int get(void *context, size_t index, Arena *arena, Row *ret, uint64_t *ret_number)
{
    const StockPart *part = context;
    const StockRow *row = (const StockRow *)(const void *)part->rows.ptr + index;
    *ret_number = number_runs_at(&part->given->numbers, index);
    return row_decode(slice_of(row->text, row->text_bytes), arena, ret);
}

static int take_survey(SegmentPlan *plan, const SegmentKey *key, SegmentHeader *header, Survey *ret)
{
    StockPart *part = plan->context;
    (void)key; /* the part's own */
    surveyor_end(&part->surveyor);
    header->root = part->header.root;
    header->from_ns = part->header.from_ns;
    header->to_ns = part->header.to_ns;
    header->last_leaf = header->first_leaf + part->sums.row_count - 1;
    *ret = part->survey;
    part->survey = (Survey){0};
    part->given = ret;
    return 0;
}

int row_stock_write(RowStock *stock, size_t at, const Os *os, const char *folder, const char *name,
                    const SegmentOptions *options, SegmentHeader *ret_header)
{
    StockPart *part = &stock->parts[at];
    if (part->written) return -EPERM;
    part->written = true;
    SegmentOptions own = *options;
    own.seed = stock->seed; /* rows were cut with it */
    const StockRows stocked = {.rows = (const StockRow *)(const void *)part->rows.ptr,
                               .recipes = stock->recipes};
    const SegmentRows rows = {.count = (size_t)part->sums.row_count, .get = get, .context = part};
    SegmentPlan plan = {
        .rows = &rows, .key = part->key, .stock = &stocked, .survey = take_survey, .context = part};
    return segment_write_plan(os, folder, name, &own, &plan, ret_header);
}
