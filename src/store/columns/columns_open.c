/* The directory of a block, its frames, and what is taken from them. */
#include "store/columns/columns_dec.h"

#include "base/number.h"

#include <limits.h>
#include <stdlib.h>
#include <zstd.h>

#define FRAME_BYTES_MAX ((uint64_t)1 << 30)

static int unpack_into(Columns *block, Slice coded, size_t raw_len, char *room)
{
    bool parted = block->loose != block->kept;
    if (parted && !block->unpacker) block->unpacker = ZSTD_createDCtx();
    char *frame = malloc(FRAME_MAGIC_BYTES + coded.len);
    if (!frame || (parted && !block->unpacker)) {
        free(frame);
        return -ENOMEM;
    }
    memcpy(frame, FRAME_MAGIC, FRAME_MAGIC_BYTES);
    memcpy(frame + FRAME_MAGIC_BYTES, coded.ptr, coded.len);
    size_t len = FRAME_MAGIC_BYTES + coded.len;
    size_t got = parted ? ZSTD_decompressDCtx(block->unpacker, room, raw_len, frame, len)
                        : ZSTD_decompress(room, raw_len, frame, len);
    free(frame);
    return ZSTD_isError(got) || got != raw_len ? -EBADMSG : 0;
}

static int unpack(Columns *block, Slice coded, size_t raw_len, const char **ret)
{
    if (coded.len == raw_len) {
        *ret = coded.ptr;
        return 0;
    }
    char *room = arena_alloc(block->arena, raw_len);
    int r = room ? unpack_into(block, coded, raw_len, room) : -ENOMEM;
    if (r == 0) *ret = room;
    return r;
}

void columns_rest(Columns *block)
{
    ZSTD_freeDCtx(block->unpacker);
    block->unpacker = NULL;
}

static int take(Slice *from, uint64_t max, uint32_t *ret)
{
    uint64_t value;
    if (slice_take_varint(from, &value) < 0 || value > max) return -EBADMSG;
    *ret = (uint32_t)value;
    return 0;
}

/* Streams are counted first: their array has to be one piece. */
static int skip_columns(Slice rest, uint32_t count, uint64_t *ret_streams)
{
    *ret_streams = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t value, streams;
        rest = slice_skip(rest, 1);
        if (take(&rest, UINT32_MAX, &value) < 0 || take(&rest, rest.len, &value) < 0)
            return -EBADMSG;
        rest = slice_skip(rest, value);
        if (take(&rest, rest.len, &streams) < 0) return -EBADMSG;
        for (uint32_t s = 0; s < streams; s++)
            if (take(&rest, FRAME_BYTES_MAX, &value) < 0) return -EBADMSG;
        *ret_streams += streams;
    }
    return 0;
}

static int read_column(Columns *block, Slice *rest, DecColumn *column)
{
    uint32_t meta, streams;
    if (rest->len == 0 || (unsigned char)rest->ptr[0] > KIND_CODES) return -EBADMSG;
    column->kind = (ColumnKind)rest->ptr[0];
    *rest = slice_skip(*rest, 1);
    if (take(rest, COLUMNS_SET_MAX, &column->set) < 0 || take(rest, rest->len, &meta) < 0)
        return -EBADMSG;
    if (meta > rest->len) return -EBADMSG;
    column->meta = slice_first(*rest, meta);
    *rest = slice_skip(*rest, meta);
    if (take(rest, rest->len, &streams) < 0) return -EBADMSG;
    column->first_stream = block->stream_count;
    column->stream_count = streams;
    for (uint32_t i = 0; i < streams; i++) {
        DecStream *stream = &block->streams[block->stream_count++];
        if (take(rest, FRAME_BYTES_MAX, &stream->len) < 0) return -EBADMSG;
        stream->kind = (StreamKind)(stream->len & 1);
        stream->len >>= 1;
    }
    return 0;
}

static int read_sets(Columns *block, Slice *rest)
{
    uint32_t more;
    if (take(rest, COLUMNS_SET_MAX - 1, &more) < 0) return -EBADMSG;
    block->sets = ARENA_ARRAY(block->arena, DecSet, (size_t)more + 1);
    if (!block->sets) return -ENOMEM;
    block->set_count = more + 1;
    block->sets[0] = (DecSet){.loaded = true, .count = block->row_count};
    for (uint32_t i = 1; i <= more; i++) {
        DecSet *set = &block->sets[i];
        if (block->column_count == 0 || take(rest, block->column_count - 1, &set->choice) < 0 ||
            take(rest, COLUMNS_ROWS_MAX, &set->variant) < 0)
            return -EBADMSG;
        set->parent = block->columns[set->choice].set;
        if (set->parent >= i) return -EBADMSG;
        set->depth = block->sets[set->parent].depth + 1;
        if (set->depth > COLUMNS_DEPTH_MAX || block->columns[set->choice].kind != KIND_CODES)
            return -EBADMSG;
    }
    for (uint32_t i = 0; i < block->column_count; i++)
        if (block->columns[i].set >= block->set_count) return -EBADMSG;
    return 0;
}

/* Small streams of a kind, from frame `frame` on; the number of the frame after them. */
static uint32_t place_small(Columns *block, StreamKind kind, uint32_t frame)
{
    for (uint32_t i = 0; i < block->stream_count; i++) {
        DecStream *stream = &block->streams[i];
        if (stream->len >= COLUMNS_OWN_BYTES || stream->kind != kind) continue;
        if (block->frames[frame].raw_len + stream->len > COLUMNS_POOL_BYTES) frame++;
        stream->frame = frame;
        stream->offset = block->frames[frame].raw_len;
        block->frames[frame].raw_len += stream->len;
    }
    return frame + (block->frames[frame].raw_len > 0);
}

/* Which frame each stream stands in: as streams_write of the writer. */
static void place_streams(Columns *block)
{
    for (uint32_t i = 0; i < block->stream_count; i++) {
        DecStream *stream = &block->streams[i];
        if (stream->len < COLUMNS_OWN_BYTES) continue;
        block->frames[block->frame_count].raw_len = stream->len;
        stream->frame = block->frame_count++;
    }
    block->frame_count = place_small(block, STREAM_NUMBERS, block->frame_count);
    block->frame_count = place_small(block, STREAM_TEXT, block->frame_count);
}

/* At least so many: one for each long stream; what no further one of a kind fits into is over half
 * full. */
static size_t frames_room(const Columns *block)
{
    uint64_t count = 4, small = 0;
    for (uint32_t i = 0; i < block->stream_count; i++) {
        uint32_t len = block->streams[i].len;
        if (len >= COLUMNS_OWN_BYTES)
            count++;
        else
            small += len;
    }
    return (size_t)(count + small / (COLUMNS_POOL_BYTES / 2));
}

static int read_frames(Columns *block, Slice *rest, Slice bytes)
{
    block->frames = ARENA_ARRAY(block->arena, DecFrame, frames_room(block));
    if (!block->frames) return -ENOMEM;
    place_streams(block);
    for (uint32_t i = 0; i < block->frame_count; i++) {
        uint32_t len;
        if (take(rest, block->frames[i].raw_len, &len) < 0 || len > bytes.len) return -EBADMSG;
        block->frames[i].coded = slice_first(bytes, len);
        bytes = slice_skip(bytes, len);
    }
    return rest->len == 0 && bytes.len == 0 ? 0 : -EBADMSG;
}

static int read_directory(Columns *block, Slice rest, Slice frames)
{
    uint64_t streams;
    if (take(&rest, COLUMNS_ROWS_MAX, &block->row_count) < 0 ||
        take(&rest, COLUMNS_NUMBERS_MAX, &block->number_count) < 0 ||
        take(&rest, COLUMNS_COLUMN_MAX, &block->column_count) < 0 ||
        block->number_count > block->column_count)
        return -EBADMSG;
    int r = skip_columns(rest, block->column_count, &streams);
    if (r < 0) return r;
    block->columns = ARENA_ARRAY(block->arena, DecColumn, block->column_count);
    block->streams = ARENA_ARRAY(block->arena, DecStream, streams);
    if (!block->columns || !block->streams) return -ENOMEM;
    for (uint32_t i = 0; i < block->column_count; i++) {
        r = read_column(block, &rest, &block->columns[i]);
        if (r < 0) return r;
    }
    r = read_sets(block, &rest);
    return r < 0 ? r : read_frames(block, &rest, frames);
}

int columns_open_parted(Slice bytes, const ColumnsRoom *room, Columns **ret)
{
    uint32_t raw_len, coded_len;
    if (bytes.len < 5 || read_le32(bytes.ptr) != COLUMNS_MAGIC || bytes.ptr[4] != COLUMNS_VERSION)
        return -EBADMSG;
    bytes = slice_skip(bytes, 5);
    if (take(&bytes, COLUMNS_DIRECTORY_BYTES_MAX, &raw_len) < 0 ||
        take(&bytes, bytes.len, &coded_len) < 0 || coded_len > bytes.len)
        return -EBADMSG;
    Columns *block = ARENA_NEW(room->kept, Columns);
    if (!block) return -ENOMEM;
    block->arena = block->kept = room->kept;
    block->loose = room->loose;
    block->bytes_max = room->bytes_max;
    block->numbers_are_kept = room->numbers_are_kept;
    const char *directory;
    int r = unpack(block, slice_first(bytes, coded_len), raw_len, &directory);
    if (r == 0)
        r = read_directory(block, slice_of(directory, raw_len), slice_skip(bytes, coded_len));
    if (r == 0) r = dec_find_fields(block);
    if (r < 0) {
        columns_rest(block);
        return r;
    }
    dec_part(block);
    *ret = block;
    return 0;
}

int columns_open(Slice bytes, Arena *arena, Columns **ret)
{
    const ColumnsRoom room = {.kept = arena, .loose = arena, .numbers_are_kept = UINT_MAX};
    return columns_open_parted(bytes, &room, ret);
}

int dec_take_byte(DecReader *reader, uint8_t *ret)
{
    if (reader->meta.len == 0) return -EBADMSG;
    *ret = (uint8_t)reader->meta.ptr[0];
    reader->meta = slice_skip(reader->meta, 1);
    return 0;
}

int dec_take_u32(DecReader *reader, uint32_t max, uint32_t *ret)
{
    return take(&reader->meta, max, ret);
}

int dec_take_bytes(DecReader *reader, size_t len, Slice *ret)
{
    if (len > reader->meta.len) return -EBADMSG;
    *ret = slice_first(reader->meta, len);
    reader->meta = slice_skip(reader->meta, len);
    return 0;
}

int dec_take_stream(DecReader *reader, Slice *ret)
{
    Columns *block = reader->block;
    if (reader->stream == reader->column->stream_count) return -EBADMSG;
    const DecStream *stream = &block->streams[reader->column->first_stream + reader->stream];
    DecFrame *frame = &block->frames[stream->frame];
    reader->stream++;
    if (stream->len == 0) {
        *ret = (Slice){0};
        return 0;
    }
    if (!frame->raw) {
        Arena *before = dec_use(block, block->loose);
        int r = unpack(block, frame->coded, frame->raw_len, &frame->raw);
        dec_use(block, before);
        if (r < 0) return r;
    }
    *ret = slice_of(frame->raw + stream->offset, stream->len);
    return 0;
}

int dec_pass_stream(DecReader *reader, Slice *ret, void **ret_held)
{
    Columns *block = reader->block;
    *ret_held = NULL;
    if (reader->stream == reader->column->stream_count) return -EBADMSG;
    const DecStream *stream = &block->streams[reader->column->first_stream + reader->stream];
    const DecFrame *frame = &block->frames[stream->frame];
    bool alone = stream->len >= COLUMNS_OWN_BYTES && stream->len == frame->raw_len;
    if (!alone || frame->raw || frame->coded.len == frame->raw_len)
        return dec_take_stream(reader, ret);
    reader->stream++;
    /* As much as the arena would have given. */
    const Arena *arena = block->arena;
    size_t max = arena->bytes_max ? arena->bytes_max : ARENA_BYTES_MAX_DEFAULT;
    char *room = stream->len <= max ? malloc(stream->len) : NULL;
    int r = room ? unpack_into(block, frame->coded, stream->len, room) : -ENOMEM;
    if (r < 0) {
        free(room);
        return r;
    }
    *ret = slice_of(room, stream->len);
    *ret_held = room;
    return 0;
}

static bool set_within(const Columns *block, uint32_t set, uint32_t ancestor)
{
    while (set > ancestor)
        set = block->sets[set].parent;
    return set == ancestor;
}

int dec_take_column(DecReader *reader, uint32_t id, const DecColumn **ret)
{
    Columns *block = reader->block;
    if (id >= (uint32_t)(reader->column - block->columns)) return -EBADMSG;
    if (!set_within(block, reader->column->set, block->columns[id].set)) return -EBADMSG;
    int r = dec_load_column(block, id);
    if (r == 0) *ret = &block->columns[id];
    return r;
}
