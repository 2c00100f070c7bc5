/* Groups of the log's files: counted, closed, given to be sealed, forgotten; see store_int.h. */
#include "store/wal/store_int.h"

#include <errno.h>
#include <stdlib.h>

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

void store_take_off(StoreStats *stats, const WalGroup *group)
{
    stats->rows -= group->rows;
    stats->row_bytes -= group->row_bytes;
    stats->raw_bytes -= group->raw_bytes;
    stats->bytes -= group->file_bytes;
}

void store_forget_sealed(Store *store)
{
    size_t kept = 0;
    for (size_t i = 0; i < store->closed_count; i++) {
        WalGroup *group = store->closed[i];
        if (!sealed_is_done_with(store->sealed, group)) {
            store->closed[kept++] = group;
            continue;
        }
        store_take_off(&store->stats, group);
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
    store_forget_sealed(store);
}

static int close_group(Store *store)
{
    WalGroup *group = store->group;
    wait_for_stocks(store);
    if (store->closed_count == SEALED_WAITING_MAX) { /* as fast as they are sealed, no faster */
        int r = sealed_wait(store->sealed, store->closed[0]);
        store_forget_sealed(store);
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

int store_wait_for_closed(Store *store)
{
    int r = 0;
    while (store->closed_count > 0 && r == 0) {
        r = sealed_wait(store->sealed, store->closed[store->closed_count - 1]);
        if (r == 0) store_forget_sealed(store);
    }
    return r;
}
