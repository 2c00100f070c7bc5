/* See wal_rows.h. */
#include "store/sealed/wal_rows.h"

#include "store/store.h"

#include <errno.h>
#include <fcntl.h>

#define WAL_ROWS_BYTES_MAX ((size_t)2 << 30)

void wal_rows_done(WalRows *rows)
{
    buf_done(&rows->bytes);
    buf_done(&rows->places);
}

static int take_block(WalRows *rows, const BlockHead *head, const BlockContent *content)
{
    Slice rest = content->rows, bytes;
    uint64_t base = rows->bytes.len;
    buf_add_slice(&rows->bytes, content->rows);
    for (uint32_t i = 0; i < head->row_count; i++) {
        if (block_take_row(&rest, &bytes) < 0) return -EBADMSG;
        WalRowPlace place = {.number = head->first_row + i,
                             .offset = base + (uint64_t)(bytes.ptr - content->rows.ptr),
                             .bytes = (uint32_t)bytes.len};
        if (content->keys.len) {
            memcpy(place.key, content->keys.ptr + (size_t)i * ROW_KEY_BYTES, ROW_KEY_BYTES);
        }
        buf_add(&rows->places, &place, sizeof place);
    }
    rows->raw_bytes += head->raw_bytes;
    rows->last_row = head->first_row + head->row_count - 1;
    int r = buf_error(&rows->bytes);
    return r < 0 ? r : buf_error(&rows->places);
}

typedef struct Gathering {
    const StoreFolder *folder;
    BlockCodec *codec;
    uint64_t from_row;
    size_t bytes_max;
    bool give_up;
    WalRows *rows;
} Gathering;

static int gather_block(Gathering *g, const BlockWalk *walk, const BlockHead *head)
{
    WalRows *rows = g->rows;
    BlockContent content;
    const char *reason;
    if (head->kind != BLOCK_ROWS || head->first_row < g->from_row) return 0;
    if (head->first_row < rows->end_row) return 0;
    if (rows->bytes.len && rows->bytes.len + head->row_bytes > g->bytes_max) {
        rows->more = true;
        return 1;
    }
    int r = block_load(g->codec, walk->os, walk->fd, head, &content, &reason);
    if (r == 0) r = take_block(rows, head, &content);
    bool lost = r == -EBADMSG || (r == -EIO && g->give_up);
    if (r < 0 && !lost) return r;
    rows->lost_blocks += lost;
    rows->end_row = head->first_row + head->row_count;
    return 0;
}

/* 1: enough. */
static int gather_file(Gathering *g, uint32_t number)
{
    const Os *os = g->folder->os;
    StorePath path = store_file_path(g->folder, STORE_FILE_WAL, number);
    CLEANUP(os_fd_done) OsFd file = {os, os->open(os->state, path.text, O_RDONLY, 0)};
    if (file.fd < 0) return file.fd;
    FileInfo info;
    int r = os->info_fd(os->state, file.fd, &info);
    if (r < 0) return r;
    BlockWalk walk;
    BlockHead head;
    block_walk_begin(&walk, os, file.fd, file_number(STORE_FILE_WAL, number), g->folder->store_id,
                     info.bytes);
    while ((r = block_walk_next(&walk, &head)) == 1) {
        g->rows->lost_blocks += walk.damage_bytes > 0;
        r = gather_block(g, &walk, &head);
        if (r != 0) return r;
    }
    g->rows->lost_blocks += walk.damage_bytes > 0;
    return r;
}

int wal_rows_gather(const StoreFolder *folder, BlockCodec *codec, const Buf *files,
                    uint64_t from_row, size_t bytes_max, bool give_up, WalRows *ret)
{
    *ret = (WalRows){.bytes = buf_make(WAL_ROWS_BYTES_MAX), .places = buf_make(WAL_ROWS_BYTES_MAX)};
    Gathering gathering = {folder, codec, from_row, bytes_max, give_up, ret};
    int r = 0;
    for (size_t i = 0; i < listing_count(files) && r == 0; i++) {
        r = gather_file(&gathering, listing_at(files, i));
    }
    if (r >= 0) return 0;
    wal_rows_done(ret);
    return r;
}

/* ---- by class */

void wal_parts_done(WalParts *parts)
{
    for (size_t i = 0; i < STORE_CLASSES_MAX; i++) {
        buf_done(&parts->parts[i].places);
    }
}

static int add_place(WalPart *part, const WalRowPlace *place, uint64_t raw_bytes)
{
    buf_add(&part->places, place, sizeof *place);
    part->row_bytes += place->bytes;
    part->raw_bytes += raw_bytes;
    return buf_error(&part->places);
}

static int split(const WalRows *rows, const StoreClasses *classes, WalParts *parts)
{
    CLEANUP(arena_done) Arena arena = arena_make(0);
    size_t count = rows->places.len / sizeof(WalRowPlace);
    int r = 0;
    for (size_t i = 0; i < count && r == 0; i++) {
        Row row;
        WalRowPlace place;
        memcpy(&place, rows->places.ptr + i * sizeof place, sizeof place);
        arena_reset(&arena);
        r = row_decode(slice_of(rows->bytes.ptr + place.offset, place.bytes), &arena, &row);
        if (r == 0) {
            size_t at = classes->of(classes->context, &row);
            r = add_place(&parts->parts[at], &place, row.event.raw.len);
        }
    }
    return r;
}

int wal_rows_split(const WalRows *rows, const StoreClasses *classes, WalParts *ret)
{
    for (size_t i = 0; i < STORE_CLASSES_MAX; i++) {
        ret->parts[i] = (WalPart){.rows = rows, .places = buf_make(WAL_ROWS_BYTES_MAX)};
    }
    if (classes->count > 1) return split(rows, classes, ret);
    WalPart *all = &ret->parts[0]; /* no row need be looked at */
    buf_add_slice(&all->places, buf_slice(&rows->places));
    all->row_bytes = rows->bytes.len;
    all->raw_bytes = rows->raw_bytes;
    return buf_error(&all->places);
}

static int get(void *context, size_t index, Arena *arena, Row *ret, uint64_t *ret_number)
{
    const WalPart *part = context;
    WalRowPlace place;
    memcpy(&place, part->places.ptr + index * sizeof place, sizeof place);
    int r = row_decode(slice_of(part->rows->bytes.ptr + place.offset, place.bytes), arena, ret);
    if (r < 0) return r;
    bool repeats = !(place.key[0] & ROW_KEY_ONCE);
    if (repeats) memcpy(ret->key, place.key, ROW_KEY_BYTES);
    *ret_number = place.number;
    return 0;
}

SegmentRows wal_part_source(WalPart *part)
{
    return (SegmentRows){
        .count = part->places.len / sizeof(WalRowPlace), .get = get, .context = part};
}
