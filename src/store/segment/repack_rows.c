/* Rows of several segments by rank, out of blocks that stay open; see repack_int.h. */
#include "store/segment/repack_int.h"

#include <errno.h>
#include <stdlib.h>

static void close_opened(RepackRows *rows, OpenedBlock *opened)
{
    open_block_free(opened->block);
    rows->bytes -= opened->bytes;
    *opened = (OpenedBlock){0};
}

void repack_rows_done(RepackRows *rows)
{
    for (size_t i = 0; i < REPACK_BLOCKS_OPEN_MAX; i++) {
        open_block_free(rows->opened[i].block);
    }
    free(rows->places);
}

static OpenedBlock *find(RepackRows *rows, RowPlace place)
{
    for (size_t i = 0; i < REPACK_BLOCKS_OPEN_MAX; i++) {
        OpenedBlock *opened = &rows->opened[i];
        if (opened->block && opened->input == place.input && opened->number == place.block) {
            return opened;
        }
    }
    return NULL;
}

/* Of those that are open the one used longest ago; NULL: none is. */
static OpenedBlock *oldest(RepackRows *rows)
{
    OpenedBlock *found = NULL;
    for (size_t i = 0; i < REPACK_BLOCKS_OPEN_MAX; i++) {
        OpenedBlock *opened = &rows->opened[i];
        if (opened->block && (!found || opened->used < found->used)) found = opened;
    }
    return found;
}

static OpenedBlock *make_room(RepackRows *rows)
{
    OpenedBlock *out;
    while (rows->bytes > REPACK_BYTES_OPEN && (out = oldest(rows)) != NULL) {
        close_opened(rows, out);
    }
    for (size_t i = 0; i < REPACK_BLOCKS_OPEN_MAX; i++) {
        if (!rows->opened[i].block) return &rows->opened[i];
    }
    out = oldest(rows);
    close_opened(rows, out);
    return out;
}

static int open_it(RepackRows *rows, RowPlace place, OpenedBlock **ret)
{
    OpenedBlock *opened = make_room(rows);
    int r = segment_open_block(rows->inputs[place.input], place.block, &opened->block);
    if (r < 0) return r;
    opened->input = place.input;
    opened->number = place.block;
    *ret = opened;
    return 0;
}

/* What a block takes grows while its columns are unpacked. */
static void count_bytes(RepackRows *rows, OpenedBlock *opened)
{
    rows->bytes -= opened->bytes;
    opened->bytes = open_block_bytes(opened->block);
    rows->bytes += opened->bytes;
    opened->used = ++rows->uses;
}

int repack_rows_get(void *context, size_t rank, Arena *arena, Row *ret, uint64_t *ret_number)
{
    (void)arena; /* the row lives until the next one of its block is asked for */
    RepackRows *rows = context;
    RowPlace place = rows->places[rank];
    OpenedBlock *opened = find(rows, place);
    int r = opened ? 0 : open_it(rows, place, &opened);
    if (r == 0) r = open_block_row(opened->block, place.row, ret);
    if (r < 0) return r;
    count_bytes(rows, opened);
    *ret_number =
        segment_number_of(rows->inputs[place.input], open_block_rank(opened->block, place.row));
    return 0;
}
