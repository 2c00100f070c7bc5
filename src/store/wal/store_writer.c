/* Append, commit, close; see store.h and store_int.h. */
#include "store/wal/store_int.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

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

static void close_file(Store *store, OpenStoreFile *file)
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
    close_file(store, &store->tip);
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

/* The block's rows that are not in the tip yet, as one small block in the tip. */
static int write_tip(Store *store)
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

/* ---- closing files and groups */

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
    close_file(store, &store->wal);
    store->wal.number = number + 1;
    store->wal_marked = false;
    return 0;
}

void wal_group_free(WalGroup *group)
{
    if (!group) return;
    buf_done(&group->files);
    key_set_done(&group->keys);
    row_stock_free(group->stock);
    free(group);
}

int store_new_group(Store *store)
{
    WalGroup *group = calloc(1, sizeof *group);
    if (!group) return -ENOMEM;
    memcpy(group->keys.seed, store->key_seed, sizeof store->key_seed);
    group->first_row = group->next_row = store->next_row;
    store->group = group;
    store->group_since_ns = 0;
    return 0;
}

void store_count_rows(Store *store, uint64_t rows, uint64_t row_bytes, uint64_t raw_bytes)
{
    const Os *os = store->folder.os;
    if (store->group_since_ns == 0) store->group_since_ns = os->monotonic_ns(os->state);
    store->group->rows += rows;
    store->group->row_bytes += row_bytes;
    store->group->raw_bytes += raw_bytes;
}

bool store_group_is_full(const Store *store)
{
    const WalGroup *group = store->group;
    size_t most = store->options.segment_bytes_max;
    /* All its rows are in memory while it is sealed. */
    return group->raw_bytes >= most || group->row_bytes >= most - most / 4 ||
           group->keys.count >= GROUP_KEYS_MAX;
}

static void take_off(StoreStats *stats, const WalGroup *group)
{
    stats->rows -= group->rows;
    stats->row_bytes -= group->row_bytes;
    stats->raw_bytes -= group->raw_bytes;
    stats->bytes -= group->file_bytes;
}

/* Groups whose rows the segments have are forgotten. */
static void forget_sealed(Store *store)
{
    size_t kept = 0;
    for (size_t i = 0; i < store->closed_count; i++) {
        WalGroup *group = store->closed[i];
        if (!sealed_is_done_with(store->sealed, group)) {
            store->closed[kept++] = group;
            continue;
        }
        take_off(&store->stats, group);
        store_keep_stock(store, group);
        wal_group_free(group);
    }
    store->closed_count = kept;
}

/* While one stock is being sealed another may grow, and no third: the writer waits for it. */
static void wait_for_stocks(Store *store)
{
    for (size_t i = 0; i < store->closed_count && store->group->stock; i++) {
        if (!store->closed[i]->stock) continue;
        if (sealed_wait(store->sealed, store->closed[i]) < 0) store_lose_stock(store->group);
    }
    forget_sealed(store);
}

static int close_group(Store *store)
{
    WalGroup *group = store->group;
    wait_for_stocks(store);
    if (store->closed_count == SEALED_WAITING_MAX) { /* as fast as they are sealed, no faster */
        int r = sealed_wait(store->sealed, store->closed[0]);
        forget_sealed(store);
        if (store->closed_count == SEALED_WAITING_MAX) return r < 0 ? r : -EIO;
    }
    group->next_row = store->next_row;
    int r = store_new_group(store);
    if (r < 0) return r;
    store->closed[store->closed_count++] = group;
    return sealed_give(store->sealed, group);
}

int store_roll(Store *store)
{
    int r = store_pack_block(store);
    if (r == 0 && store->pending.len) r = store_write_pending(store);
    if (r < 0) return r;
    store_drop_tip(store);
    r = store_end_wal(store);
    return r < 0 || store->group->rows == 0 ? r : close_group(store);
}

/* ---- repeats */

/* 1: the key is kept already. */
static int is_repeat(Store *store, const Row *row)
{
    const uint8_t *key = row->key;
    if (key_set_has(&store->group->keys, key)) return 1;
    for (size_t i = 0; i < store->closed_count; i++) {
        if (key_set_has(&store->closed[i]->keys, key)) return 1;
    }
    return key[0] & ROW_KEY_ONCE ? 0 : sealed_has_row(store->sealed, row);
}

/* ---- the interface */

static int add_row(Store *store, const Row *row, StoreTally *tally)
{
    bool keyed = !key_is_none(row->key);
    int r = keyed ? is_repeat(store, row) : 0;
    if (r == 1) tally->duplicates++;
    if (r != 0) return r < 0 ? r : 0;
    size_t before = store->block.bytes.len;
    r = block_rows_add(&store->block, row, &store->scratch);
    if (r == 0) store_stock_row(store, row);
    if (r == 0 && keyed) r = key_set_add(&store->group->keys, row->key);
    if (r < 0) return r;
    if (keyed && !(row->key[0] & ROW_KEY_ONCE)) {
        sealed_note_row(store->sealed, row, store->next_row);
    }
    size_t row_bytes = store->block.bytes.len - before;
    store->next_row++;
    store->since.rows++;
    store->since.row_bytes += row_bytes;
    store->since.raw_bytes += row->event.raw.len;
    store_count_rows(store, 1, row_bytes, row->event.raw.len);
    tally->added++;
    return block_rows_full(&store->block) ? store_pack_block(store) : 0;
}

/* What was committed stays committed when only the roll fails: the next call says so. */
static void roll_after_commit(Store *store)
{
    store->untold = store_roll(store);
    if (store->untold < 0) store->failed = true;
}

/* Of a store that failed. */
static int refuse(Store *store)
{
    int r = store->untold < 0 ? store->untold : -EIO;
    store->untold = 0;
    return r;
}

static int commit(Store *store);

int store_append(Store *store, const Row *rows, size_t count, StoreTally *tally)
{
    if (store->failed) return refuse(store);
    int r = 0;
    forget_sealed(store);
    for (size_t i = 0; i < count && r == 0; i++) {
        r = add_row(store, &rows[i], tally);
        if (r < 0) break;
        bool much =
            store->pending.len > PENDING_BYTES_MAX || store->pending_rows > PENDING_ROWS_MAX;
        if (much) r = commit(store);
    }
    if (r < 0 && r != -EMSGSIZE) store->failed = true;
    return r;
}

/* A commit that has full blocks anyway takes a fair rest along to the wal file: one sync, not two.
 */
static int commit_pending(Store *store)
{
    if (store->block.row_count && store->pending_rows / 4 >= store->block.row_count) {
        int r = store_pack_block(store);
        if (r < 0) return r;
    }
    int r = store_write_pending(store);
    if (r == 0) store_drop_tip(store);
    return r;
}

static int commit(Store *store)
{
    int r = store->pending.len ? commit_pending(store) : 0;
    if (r == 0) r = write_tip(store);
    if (r < 0) return r;
    store->stats.rows += store->since.rows;
    store->stats.row_bytes += store->since.row_bytes;
    store->stats.raw_bytes += store->since.raw_bytes;
    store->since = (StoreStats){0};
    return 0;
}

int store_commit(Store *store)
{
    if (store->failed) return refuse(store);
    int r = commit(store);
    if (r < 0) store->failed = true;
    if (r == 0 && store_group_is_full(store)) roll_after_commit(store);
    return r;
}

static bool is_waiting(const Store *store)
{
    return store->pending.len > 0 || store->tip_rows < store->block.row_count;
}

static int wait_for_closed(Store *store)
{
    int r = 0;
    while (store->closed_count > 0 && r == 0) {
        r = sealed_wait(store->sealed, store->closed[store->closed_count - 1]);
        if (r == 0) forget_sealed(store);
    }
    return r;
}

int store_seal(Store *store)
{
    if (store->failed) return -EIO;
    if (is_waiting(store)) return -EBUSY;
    int r = store_roll(store);
    if (r < 0) {
        store->failed = true;
        return r;
    }
    return wait_for_closed(store);
}

void store_tick(Store *store)
{
    const Os *os = store->folder.os;
    row_stock_free(store->spare_stock); /* who seals all the time has another one soon */
    store->spare_stock = NULL;
    if (store->failed || is_waiting(store) || store->group_since_ns == 0) return;
    forget_sealed(store);
    int64_t age_ns = os->monotonic_ns(os->state) - store->group_since_ns;
    int64_t wanted_ns = store->options.seal_age_s * NS_PER_SECOND;
    if (store->group->rows && wanted_ns && age_ns >= wanted_ns) roll_after_commit(store);
}

size_t store_pending_bytes(const Store *store)
{
    return (size_t)store->since.row_bytes;
}

void store_stats(const Store *store, StoreStats *ret)
{
    StoreStats log = store->stats;
    for (size_t i = 0; i < store->closed_count; i++) {
        if (sealed_is_done_with(store->sealed, store->closed[i])) take_off(&log, store->closed[i]);
    }
    sealed_stats(store->sealed, ret);
    ret->rows += log.rows;
    ret->row_bytes += log.row_bytes;
    ret->raw_bytes += log.raw_bytes;
    ret->damaged_blocks += log.damaged_blocks;
    ret->bytes += log.bytes + store->wal.end + store->tip.end;
}

/* Leaves everything in wal files with a mark behind it, and sealed when that is worth a segment.
 * When this fails nothing is lost: the next open finds what there is. */
static void leave_in_order(Store *store)
{
    if (store->failed || is_waiting(store)) return;
    uint64_t worth = store->options.close_bytes_min;
    int r = 0;
    if (worth) r = store->group->raw_bytes >= worth ? store_seal(store) : wait_for_closed(store);
    if (r < 0) return;
    if (store->block.row_count) {
        if (store_pack_block(store) < 0 || store_write_pending(store) < 0) return;
        store_drop_tip(store);
    }
    if (store->wal.fd >= 0 && !store->wal_marked && store_mark_wal(store) < 0) return;
}

void store_close(Store *store)
{
    if (!store) return;
    if (store->sealed) leave_in_order(store);
    sealed_close(store->sealed);
    close_file(store, &store->wal);
    close_file(store, &store->tip);
    for (size_t i = 0; i < store->closed_count; i++) {
        wal_group_free(store->closed[i]);
    }
    wal_group_free(store->group);
    row_stock_free(store->spare_stock);
    block_rows_done(&store->block);
    buf_done(&store->pending);
    buf_done(&store->scratch);
    block_codec_free(store->codec);
    if (store->lock_fd >= 0) store->folder.os->close(store->folder.os->state, store->lock_fd);
    secret_free(store->kek);
    free(store);
}

int store_pack(Store *store, const StorePackOptions *options, StorePackTally *ret_tally)
{
    return sealed_pack(store->sealed, options, ret_tally);
}

int store_expire(Store *store, const StoreRetention *retention, StoreExpired *ret)
{
    return sealed_expire(store->sealed, retention, ret);
}

int store_delete(Store *store, const StoreDeletion *deletion, StoreDeleted *ret)
{
    return sealed_delete(store->sealed, deletion, ret);
}

int store_checkpoint(Store *store)
{
    return sealed_checkpoint(store->sealed);
}

void store_proof(Store *store, StoreProof *ret)
{
    sealed_proof(store->sealed, ret);
}
