/* Columns and sets of rows, unpacked when they are asked for. */
#include "store/columns/columns_dec.h"

#include <stdlib.h>

static int read_codes(DecReader *reader, DecColumn *column, uint32_t count, bool narrow)
{
    uint32_t *codes;
    int r = dec_codes(reader, count, COLUMNS_ROWS_MAX, true, &codes, &column->value_count);
    if (r < 0) return r;
    narrow = narrow && column->value_count <= CODES8_MAX;
    size_t width = narrow ? sizeof *column->codes8 : sizeof *column->codes;
    void *kept = arena_alloc(reader->block->arena, (size_t)count * width + 1);
    if (kept && narrow) {
        column->codes8 = kept;
        for (uint32_t i = 0; i < count; i++)
            column->codes8[i] = (uint8_t)codes[i];
    } else if (kept) {
        column->codes = kept;
        if (count > 0) memcpy(kept, codes, count * sizeof *codes);
    }
    free(codes);
    return kept ? 0 : -ENOMEM;
}

static int read_values(DecReader *reader, DecColumn *column, uint32_t count)
{
    uint32_t distinct;
    int r;
    switch (column->kind) {
    case KIND_CONSTANT:
        column->values = ARENA_NEW(reader->block->arena, Slice);
        if (!column->values) return -ENOMEM;
        column->value_count = 1;
        r = dec_take_u32(reader, UINT32_MAX, &distinct);
        return r < 0 ? r : dec_take_bytes(reader, distinct, column->values);
    case KIND_NUMBERS: return dec_numbers(reader, count, true, &column->numbers);
    case KIND_CODES: return read_codes(reader, column, count, false);
    case KIND_DICTIONARY:
        r = read_codes(reader, column, count, true);
        if (r < 0) return r;
        r = dec_take_u32(reader, COLUMNS_ROWS_MAX, &distinct);
        if (r < 0 || column->value_count > distinct) return -EBADMSG;
        column->value_count = distinct;
        return dec_values(reader, distinct, false, &column->values, &(int64_t *){NULL});
    case KIND_DIRECT:
        column->value_count = count;
        return dec_values(reader, count, true, &column->values, &column->numbers);
    case KIND_CHOICE: return dec_choice(reader, column);
    }
    return -EBADMSG;
}

int dec_load_column(Columns *block, uint32_t id)
{
    DecColumn *column = &block->columns[id];
    if (column->loaded) return 0;
    if (block->depth == LOAD_DEPTH_MAX) return -EBADMSG;
    block->depth++;
    int r = dec_load_set(block, column->set);
    DecReader reader = {.block = block, .column = column, .meta = column->meta};
    Arena *before = dec_use(block, dec_place_of(block, column->loose));
    if (r == 0) r = read_values(&reader, column, block->sets[column->set].count);
    if (r == 0 && (reader.meta.len > 0 || reader.stream != column->stream_count)) r = -EBADMSG;
    dec_use(block, before);
    block->depth--;
    column->loaded = r == 0;
    return r;
}

/* Each row is in one of the sets that the column chooses: one table serves all of them. */
static int share_rows(Columns *block, DecColumn *choice, uint32_t row_count)
{
    if (choice->places) return 0;
    size_t codes = choice->value_count;
    uint32_t *table =
        arena_alloc(block->arena, (2 * (size_t)row_count + codes + 1) * sizeof *table);
    uint32_t *next = calloc(codes + 1, sizeof *next);
    uint32_t begin = 0;
    if (!table || !next) {
        free(next);
        return -ENOMEM;
    }
    uint32_t *places = table, *rows = table + row_count, *starts = rows + row_count;
    for (uint32_t i = 0; i < row_count; i++)
        places[i] = next[choice->codes[i]]++;
    for (size_t i = 0; i < codes; i++) {
        starts[i] = begin;
        begin += next[i];
    }
    starts[codes] = begin;
    for (uint32_t i = 0; i < row_count; i++)
        rows[starts[choice->codes[i]] + places[i]] = i;
    free(next);
    choice->rows = rows;
    choice->starts = starts;
    choice->places = places;
    return 0;
}

static int fill_set(Columns *block, DecSet *set)
{
    DecColumn *choice = &block->columns[set->choice];
    Arena *before = dec_use(block, dec_place_of(block, choice->loose));
    int r = share_rows(block, choice, block->sets[set->parent].count);
    dec_use(block, before);
    if (r < 0) return r;
    bool any = set->variant < choice->value_count;
    set->count = any ? choice->starts[set->variant + 1] - choice->starts[set->variant] : 0;
    set->parent_rows = choice->rows + (any ? choice->starts[set->variant] : 0);
    set->places = choice->places;
    set->loaded = true;
    return 0;
}

int dec_load_set(Columns *block, uint32_t id)
{
    DecSet *set = &block->sets[id];
    if (set->loaded) return 0;
    int r = dec_load_set(block, set->parent);
    if (r == 0) r = dec_load_column(block, set->choice);
    return r < 0 ? r : fill_set(block, set);
}
