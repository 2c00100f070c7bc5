/* Append, commit, close; see store.h and store_int.h. */
#include "store/wal/store_int.h"

#include <errno.h>
#include <stdlib.h>

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

#define FORESEEN_ROWS 4

/* Keys lie anywhere in their tables. */
static void foresee(const Store *store, const Row *row)
{
    if (key_is_none(row->key)) return;
    key_set_foresee(&store->group->keys, row->key);
    for (size_t i = 0; i < store->closed_count; i++) {
        key_set_foresee(&store->closed[i]->keys, row->key);
    }
    if (!(row->key[0] & ROW_KEY_ONCE)) sealed_foresee_row(store->sealed, row);
}

static int add_row(Store *store, const Row *row, StoreTally *tally)
{
    bool keyed = !key_is_none(row->key);
    int r = keyed ? is_repeat(store, row) : 0;
    if (r == 1) tally->duplicates++;
    if (r != 0) return r < 0 ? r : 0;
    Slice encoded;
    size_t before = store->block.bytes.len;
    r = block_rows_add(&store->block, row, &encoded);
    if (r == 0) store_stock_row(store, row, encoded);
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
    store_forget_sealed(store);
    for (size_t i = 0; i < count && r == 0; i++) {
        if (i + FORESEEN_ROWS < count) foresee(store, &rows[i + FORESEEN_ROWS]);
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
    if (r == 0) r = store_write_tip(store);
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

int store_seal(Store *store)
{
    if (store->failed) return -EIO;
    if (is_waiting(store)) return -EBUSY;
    int r = store_roll(store);
    if (r < 0) {
        store->failed = true;
        return r;
    }
    return store_wait_for_closed(store);
}

void store_tick(Store *store)
{
    const Os *os = store->folder.os;
    row_stock_free(store->spare_stock); /* who seals all the time has another one soon */
    store->spare_stock = NULL;
    if (store->failed || is_waiting(store) || store->group_since_ns == 0) return;
    store_forget_sealed(store);
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
        if (sealed_is_done_with(store->sealed, store->closed[i]))
            store_take_off(&log, store->closed[i]);
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
    if (worth)
        r = store->group->raw_bytes >= worth ? store_seal(store) : store_wait_for_closed(store);
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
    store_close_file(store, &store->wal);
    store_close_file(store, &store->tip);
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
