/* The log's files: blocks into wal file and tip, durably; see store_int.h. */
#include "store/wal/store_int.h"

#include <errno.h>
#include <fcntl.h>

BlockPlace store_place(const Store *store, StoreFile kind, size_t ahead)
{
    const OpenStoreFile *file = kind == STORE_FILE_TIP ? &store->tip : &store->wal;
    return (BlockPlace){
        .file_number = file_number(kind, file->number),
        .store_id = store->folder.store_id,
        .offset = file->end + ahead,
        .durable_end = file->end,
    };
}

static int create_file(Store *store, StoreFile kind, OpenStoreFile *file)
{
    const Os *os = store->folder.os;
    StorePath path = store_file_path(&store->folder, kind, file->number);
    int fd = os->open(os->state, path.text, O_RDWR | O_CREAT | O_EXCL, 0600);
    if (fd < 0) return fd;
    file->fd = fd;
    file->end = 0;
    file->name_synced = false;
    return 0;
}

/* Blocks are sealed before their file is made: its number is known. */
static int need_key(Store *store, StoreFile kind, OpenStoreFile *file)
{
    if (file->key.key) return 0;
    return block_key_new(store->folder.os, store->folder.store_id, file_number(kind, file->number),
                         store->kek, &file->key);
}

/* One write, one sync; the file's name too, when it is new. */
static int write_durably(Store *store, OpenStoreFile *file, Slice bytes)
{
    const Os *os = store->folder.os;
    int r = os_pwrite_full(os, file->fd, bytes.ptr, bytes.len, file->end);
    if (r == 0) r = os->sync_data(os->state, file->fd);
    if (r == 0 && !file->name_synced) r = os->sync_folder(os->state, store->folder.path);
    if (r < 0) return r;
    file->name_synced = true;
    file->end += bytes.len;
    return 0;
}

void store_close_file(Store *store, OpenStoreFile *file)
{
    if (file->fd >= 0) store->folder.os->close(store->folder.os->state, file->fd);
    file->fd = -1;
    file->end = 0;
    block_key_done(&file->key);
}

/* A tip that cannot be removed does no harm: its rows are in a wal file. */
void store_drop_tip(Store *store)
{
    if (store->tip.fd < 0) return;
    StorePath path = store_file_path(&store->folder, STORE_FILE_TIP, store->tip.number);
    store_close_file(store, &store->tip);
    store->folder.os->unlink(store->folder.os->state, path.text);
}

int store_pack_block(Store *store)
{
    if (store->block.row_count == 0) return 0;
    int r = need_key(store, STORE_FILE_WAL, &store->wal);
    if (r < 0) return r;
    BlockPlace place = store_place(store, STORE_FILE_WAL, store->pending.len);
    bool apart = store->pending.len == 0 && store->tip_rows > 0;
    place.durable_end += store->pending_apart;
    r = block_pack(store->codec, WAL_LEVEL, &store->block, &place, &store->wal.key,
                   &store->pending);
    if (r < 0) return r;
    if (apart) store->pending_apart = store->pending.len;
    store->pending_rows += store->block.row_count;
    block_rows_begin(&store->block, store->next_row);
    store->tip_rows = 0;
    store->tip_bytes = 0;
    store->tip_raw_bytes = 0;
    return 0;
}

int store_write_pending(Store *store)
{
    if (store->wal.fd < 0) {
        int r = create_file(store, STORE_FILE_WAL, &store->wal);
        if (r < 0) return r;
    }
    Slice first = slice_first(buf_slice(&store->pending), store->pending_apart);
    Slice rest = slice_skip(buf_slice(&store->pending), store->pending_apart);
    int r = first.len ? write_durably(store, &store->wal, first) : 0;
    if (r == 0 && rest.len) r = write_durably(store, &store->wal, rest);
    if (r < 0) return r;
    store->pending_apart = 0;
    store->wal_marked = false;
    store->pending_rows = 0;
    buf_clear(&store->pending);
    return 0;
}

int store_write_tip(Store *store)
{
    BlockRows *block = &store->block;
    if (block->row_count == store->tip_rows) return 0;
    if (store->tip.fd < 0) {
        store->tip.number = store->tip.number + 1;
        int r = need_key(store, STORE_FILE_TIP, &store->tip);
        if (r == 0) r = create_file(store, STORE_FILE_TIP, &store->tip);
        if (r < 0) return r;
    }
    BlockRows fresh =
        *block; /* a view; times and has_keys are the whole block's, which is no less */
    size_t keys_before = (size_t)store->tip_rows * ROW_KEY_BYTES;
    fresh.keys.ptr += keys_before;
    fresh.keys.len -= keys_before;
    fresh.bytes.ptr += store->tip_bytes;
    fresh.bytes.len -= store->tip_bytes;
    fresh.first_row += store->tip_rows;
    fresh.row_count -= store->tip_rows;
    fresh.raw_bytes -= store->tip_raw_bytes;
    BlockPlace place = store_place(store, STORE_FILE_TIP, 0);
    buf_clear(&store->scratch);
    int r = block_pack(store->codec, WAL_LEVEL, &fresh, &place, &store->tip.key, &store->scratch);
    if (r == 0) r = write_durably(store, &store->tip, buf_slice(&store->scratch));
    if (r < 0) return r;
    store->tip_rows = block->row_count;
    store->tip_bytes = block->bytes.len;
    store->tip_raw_bytes = block->raw_bytes;
    return 0;
}

int store_mark_wal(Store *store)
{
    BlockPlace place = store_place(store, STORE_FILE_WAL, 0);
    buf_clear(&store->scratch);
    int r = block_add_mark(&place, store->block.first_row, &store->scratch);
    if (r == 0) r = write_durably(store, &store->wal, buf_slice(&store->scratch));
    if (r == 0) store->wal_marked = true;
    return r;
}

int store_end_wal(Store *store)
{
    if (store->wal.fd < 0) return 0;
    int r = store->wal_marked ? 0 : store_mark_wal(store);
    if (r < 0) return r;
    uint32_t number = store->wal.number;
    buf_add(&store->group->files, &number, sizeof number);
    if (buf_error(&store->group->files)) return -ENOMEM;
    store->stats.bytes += store->wal.end;
    store->group->file_bytes += store->wal.end;
    store_close_file(store, &store->wal);
    store->wal.number = number + 1;
    store->wal_marked = false;
    return 0;
}
