/* Append, commit, close; see store.h and store_int.h. */
#include "store/plain/store_int.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

BlockPlace store_place(const Store *store, StoreFile kind, size_t ahead)
{
    const OpenStoreFile *file = kind == STORE_FILE_LOG ? &store->log : &store->segment;
    return (BlockPlace){
        .file_number = file_number(kind, file->number),
        .store_id = store->folder.store_id,
        .offset = file->end + ahead,
        .durable_end = file->end,
    };
}

/* ---- files */

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

static void close_file(Store *store, OpenStoreFile *file)
{
    if (file->fd >= 0) store->folder.os->close(store->folder.os->state, file->fd);
    file->fd = -1;
    file->end = 0;
}

/* A log that cannot be removed does no harm: its rows are in the segment. */
void store_drop_log(Store *store)
{
    if (store->log.fd < 0) return;
    StorePath path = store_file_path(&store->folder, STORE_FILE_LOG, store->log.number);
    close_file(store, &store->log);
    store->folder.os->unlink(store->folder.os->state, path.text);
}

int store_pack_block(Store *store)
{
    if (store->block.row_count == 0) return 0;
    BlockPlace place = store_place(store, STORE_FILE_SEGMENT, store->pending.len);
    bool apart = store->pending.len == 0 && store->logged_rows > 0;
    place.durable_end += store->pending_apart;
    int level = store->options.compression_level;
    int r = block_pack(store->codec, level, &store->block, &place, &store->pending);
    if (r < 0) return r;
    if (apart) store->pending_apart = store->pending.len;
    store->pending_rows += store->block.row_count;
    store->pending_keys += store->block.has_keys ? store->block.row_count : 0;
    block_rows_begin(&store->block, store->next_row);
    store->logged_rows = 0;
    store->logged_bytes = 0;
    store->logged_raw_bytes = 0;
    return 0;
}

int store_write_pending(Store *store)
{
    if (store->segment.fd < 0) {
        int r = create_file(store, STORE_FILE_SEGMENT, &store->segment);
        if (r < 0) return r;
    }
    Slice first = slice_first(buf_slice(&store->pending), store->pending_apart);
    Slice rest = slice_skip(buf_slice(&store->pending), store->pending_apart);
    int r = first.len ? write_durably(store, &store->segment, first) : 0;
    if (r == 0 && rest.len) r = write_durably(store, &store->segment, rest);
    if (r < 0) return r;
    store->pending_apart = 0;
    store->segment_keys += store->pending_keys;
    store->segment_marked = false;
    store->pending_rows = store->pending_keys = 0;
    buf_clear(&store->pending);
    return 0;
}

/* The block's rows that are not in the log yet, as one small block in the log. */
static int write_log(Store *store)
{
    BlockRows *block = &store->block;
    if (block->row_count == store->logged_rows) return 0;
    if (store->log.fd < 0) {
        store->log.number = ++store->log_number_last;
        int r = create_file(store, STORE_FILE_LOG, &store->log);
        if (r < 0) return r;
    }
    BlockRows fresh =
        *block; /* a view; times and has_keys are the whole block's, which is no less */
    size_t keys_before = (size_t)store->logged_rows * ROW_KEY_BYTES;
    fresh.keys.ptr += keys_before;
    fresh.keys.len -= keys_before;
    fresh.bytes.ptr += store->logged_bytes;
    fresh.bytes.len -= store->logged_bytes;
    fresh.first_row += store->logged_rows;
    fresh.row_count -= store->logged_rows;
    fresh.raw_bytes -= store->logged_raw_bytes;
    BlockPlace place = store_place(store, STORE_FILE_LOG, 0);
    buf_clear(&store->scratch);
    int r = block_pack(store->codec, LOG_LEVEL, &fresh, &place, &store->scratch);
    if (r == 0) r = write_durably(store, &store->log, buf_slice(&store->scratch));
    if (r < 0) return r;
    store->logged_rows = block->row_count;
    store->logged_bytes = block->bytes.len;
    store->logged_raw_bytes = block->raw_bytes;
    return 0;
}

/* ---- closing a segment */

int store_mark_segment(Store *store)
{
    BlockPlace place = store_place(store, STORE_FILE_SEGMENT, 0);
    buf_clear(&store->scratch);
    int r = block_add_mark(&place, store->block.first_row, &store->scratch);
    if (r == 0) r = write_durably(store, &store->segment, buf_slice(&store->scratch));
    if (r == 0) store->segment_marked = true;
    return r;
}

static int open_index(Store *store, uint32_t segment, KeyIndex *ret)
{
    int r = key_index_open(&store->folder, segment, store->index_bytes < KEY_INDEX_BYTES_MAX, ret);
    if (r < 0) return r;
    FileInfo info;
    StorePath path = store_file_path(&store->folder, STORE_FILE_SEGMENT, segment);
    r = store->folder.os->info(store->folder.os->state, path.text, &info);
    if (r == 0 && info.bytes != ret->survey.end) r = -EBADMSG; /* of another state of the segment */
    if (r < 0) key_index_done(ret);
    return r;
}

static int open_or_make_index(Store *store, uint32_t segment, KeyIndex *ret)
{
    int r = open_index(store, segment, ret);
    if (r != -ENOENT && r != -EBADMSG) return r;
    key_index_file_done(&store->index_file);
    r = key_index_make(&store->folder, segment, store->codec);
    return r < 0 ? r : open_index(store, segment, ret);
}

int store_add_index(Store *store, uint32_t segment)
{
    size_t bytes = (store->index_count + 1) * sizeof *store->indexes;
    KeyIndex *indexes = realloc(store->indexes, bytes);
    if (!indexes) return -ENOMEM;
    store->indexes = indexes;
    KeyIndex *index = &indexes[store->index_count];
    int r = open_or_make_index(store, segment, index);
    if (r < 0) return r;
    store->index_count++;
    store->stats.bytes += key_index_file_bytes(index);
    if (index->filter) store->index_bytes += key_index_bytes(index);
    return 0;
}

int store_roll(Store *store)
{
    int r = store->segment_marked ? 0 : store_mark_segment(store);
    if (r < 0) return r;
    uint32_t number = store->segment.number;
    uint64_t end = store->segment.end;
    close_file(store, &store->segment);
    key_set_done(&store->keys); /* before the index is made, which takes as much */
    r = store_add_index(store, number);
    if (r < 0) return r;
    store->stats.bytes += end;
    store->segment.number = number + 1;
    store->segment_keys = 0;
    store->segment_marked = false;
    return key_set_add_all(&store->keys, buf_slice(&store->block.keys));
}

/* Only while nothing waits for a commit, so that a failure here is nobody's loss. */
static int roll_when_full(Store *store)
{
    bool full = store->segment.end >= store->options.segment_bytes_max ||
                store->segment_keys >= SEGMENT_KEYS_MAX;
    bool waiting = store->pending.len > 0 || store->logged_rows < store->block.row_count;
    return full && !waiting && store->segment.fd >= 0 ? store_roll(store) : 0;
}

/* ---- repeats */

static int index_has(Store *store, size_t i, const uint8_t *key)
{
    KeyIndex *index = &store->indexes[i];
    int r = key_index_has(index, &store->folder, &store->index_file, key);
    if (r != -EBADMSG) return r;
    KeyIndex again;
    key_index_file_done(&store->index_file);
    r = key_index_make(&store->folder, index->segment, store->codec);
    if (r == 0) r = open_index(store, index->segment, &again);
    if (r < 0) return r;
    key_index_done(index);
    *index = again;
    return key_index_has(index, &store->folder, &store->index_file, key);
}

/* 1: the key is kept already. */
static int is_repeat(Store *store, const uint8_t *key)
{
    if (key_set_has(&store->keys, key)) return 1;
    for (size_t i = 0; i < store->index_count; i++) {
        size_t at = (store->index_hit + i) % store->index_count;
        int r = index_has(store, at, key);
        if (r == 1) store->index_hit = at;
        if (r != 0) return r;
    }
    return 0;
}

/* ---- the interface */

static int add_row(Store *store, const Row *row, StoreTally *tally)
{
    bool keyed = !key_is_none(row->key);
    int r = keyed ? is_repeat(store, row->key) : 0;
    if (r == 1) tally->duplicates++;
    if (r != 0) return r < 0 ? r : 0;
    size_t before = store->block.bytes.len;
    r = block_rows_add(&store->block, row, &store->scratch);
    if (r == 0 && keyed) r = key_set_add(&store->keys, row->key);
    if (r < 0) return r;
    store->next_row++;
    store->since.rows++;
    store->since.row_bytes += store->block.bytes.len - before;
    store->since.raw_bytes += row->event.raw.len;
    tally->added++;
    return block_rows_full(&store->block) ? store_pack_block(store) : 0;
}

int store_append(Store *store, const Row *rows, size_t count, StoreTally *tally)
{
    if (store->failed) return -EIO;
    int r = roll_when_full(store);
    for (size_t i = 0; i < count && r == 0; i++) {
        r = add_row(store, &rows[i], tally);
        if (r < 0) break;
        bool much =
            store->pending.len > PENDING_BYTES_MAX || store->pending_rows > PENDING_ROWS_MAX;
        if (much) r = store_commit(store);
        if (much && r == 0) r = roll_when_full(store);
    }
    if (r < 0 && r != -EMSGSIZE) store->failed = true;
    return r;
}

/* A commit that has full blocks anyway takes a fair rest along to the segment: one sync, not two.
 */
static int commit_pending(Store *store)
{
    if (store->block.row_count && store->pending_rows / 4 >= store->block.row_count) {
        int r = store_pack_block(store);
        if (r < 0) return r;
    }
    int r = store_write_pending(store);
    if (r == 0) store_drop_log(store);
    return r;
}

int store_commit(Store *store)
{
    if (store->failed) return -EIO;
    int r = store->pending.len ? commit_pending(store) : 0;
    if (r == 0) r = write_log(store);
    if (r < 0) {
        store->failed = true;
        return r;
    }
    store->stats.rows += store->since.rows;
    store->stats.row_bytes += store->since.row_bytes;
    store->stats.raw_bytes += store->since.raw_bytes;
    store->since = (StoreStats){0};
    return 0;
}

size_t store_pending_bytes(const Store *store)
{
    return (size_t)store->since.row_bytes;
}

void store_stats(const Store *store, StoreStats *ret)
{
    *ret = store->stats;
    ret->bytes += store->segment.end + store->log.end;
}

/* Leaves everything in the segment and a mark behind it. When this fails nothing is lost: the next
 * open finds the log. */
static void leave_in_order(Store *store)
{
    bool waiting = store->pending.len > 0 || store->logged_rows < store->block.row_count;
    if (store->failed || waiting) return;
    if (store->block.row_count) {
        if (store_pack_block(store) < 0 || store_write_pending(store) < 0) return;
        store_drop_log(store);
    }
    if (store->segment.fd >= 0 && !store->segment_marked && store_mark_segment(store) < 0) return;
}

void store_close(Store *store)
{
    if (!store) return;
    leave_in_order(store);
    close_file(store, &store->segment);
    close_file(store, &store->log);
    key_index_file_done(&store->index_file);
    for (size_t i = 0; i < store->index_count; i++) {
        key_index_done(&store->indexes[i]);
    }
    free(store->indexes);
    key_set_done(&store->keys);
    block_rows_done(&store->block);
    buf_done(&store->pending);
    buf_done(&store->scratch);
    block_codec_free(store->codec);
    if (store->lock_fd >= 0) store->folder.os->close(store->folder.os->state, store->lock_fd);
    free(store);
}
