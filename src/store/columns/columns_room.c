/* Where what is unpacked goes: what is small, and what tells which rows are where, stays as long as
 * the block; the rest can be given back (columns_open_parted). */
#include "store/columns/columns_dec.h"

#define LIGHT_BYTES 8192u /* of text; a dictionary with more is loose */

/* Both together stay within the maximum: what one has, the other has not. */
Arena *dec_use(Columns *block, Arena *arena)
{
    Arena *before = block->arena, *other = arena == block->loose ? block->kept : block->loose;
    block->arena = arena;
    if (other == arena) return before;
    if (other->spare && other->bytes > block->bytes_max / 2) arena_trim(other);
    arena->bytes_max = block->bytes_max > other->bytes ? block->bytes_max - other->bytes : 1;
    return before;
}

Arena *columns_room(Columns *block, bool loose)
{
    Arena *room = dec_place_of(block, loose);
    dec_use(block, room);
    block->arena = block->kept;
    return room;
}

int dec_keep_text(DecReader *reader, Slice *bytes)
{
    const Columns *block = reader->block;
    if (block->loose == block->kept || reader->column->loose) return 0;
    return arena_copy(block->arena, *bytes, bytes);
}

static bool has_little_text(const Columns *block, const DecColumn *column)
{
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < column->stream_count; i++) {
        const DecStream *stream = &block->streams[column->first_stream + i];
        if (stream->kind == STREAM_TEXT) bytes += stream->len;
    }
    return bytes <= LIGHT_BYTES;
}

/* of_shape: by set: its rows are those of a shape, or are above them. */
static bool is_light(const Columns *block, uint32_t id, const bool *of_shape)
{
    const DecColumn *column = &block->columns[id];
    switch (column->kind) {
    case KIND_CONSTANT: return true;
    case KIND_NUMBERS: return id < block->number_count && (block->numbers_are_kept >> id & 1) != 0;
    case KIND_DICTIONARY: return of_shape[column->set] && has_little_text(block, column);
    case KIND_CODES:
        for (uint32_t i = 1; i < block->set_count; i++)
            if (of_shape[i] && block->sets[i].choice == id) return true;
        return false;
    case KIND_DIRECT:
    case KIND_CHOICE: break;
    }
    return false;
}

void columns_allow(Columns *block, size_t bytes_max)
{
    block->bytes_max = bytes_max;
    dec_use(block, block->kept);
}

void dec_part(Columns *block)
{
    if (block->loose == block->kept) return;
    bool of_shape[COLUMNS_SET_MAX + 1] = {true};
    for (uint32_t i = 0; i < block->shape_count; i++)
        for (uint32_t set = block->shapes[i].variant->set; set != 0; set = block->sets[set].parent)
            of_shape[set] = true;
    for (uint32_t id = 0; id < block->column_count; id++)
        block->columns[id].loose = !block->columns[id].loaded && !is_light(block, id, of_shape);
    dec_use(block, block->kept);
}

bool columns_is_loose(const Columns *block, size_t column)
{
    return column < block->column_count && block->columns[column].loose;
}

static void forget_column(DecColumn *column)
{
    *column = (DecColumn){.kind = column->kind,
                          .set = column->set,
                          .meta = column->meta,
                          .first_stream = column->first_stream,
                          .stream_count = column->stream_count,
                          .loose = true};
}

void columns_forget(Columns *block)
{
    for (uint32_t id = 0; id < block->column_count; id++)
        if (block->columns[id].loose)
            forget_column(&block->columns[id]);
        else
            block->columns[id].literals = (Slice){0};
    for (uint32_t i = 1; i < block->set_count; i++)
        if (block->columns[block->sets[i].choice].loose) block->sets[i].loaded = false;
    for (uint32_t i = 0; i < block->frame_count; i++)
        block->frames[i].raw = NULL;
}
