/* Rows of a group kept in memory for sealing (segment/row_stock.h); see store_int.h. */
#include "store/wal/store_int.h"

void store_lose_stock(WalGroup *group)
{
    row_stock_free(group->stock);
    group->stock = NULL;
    group->stock_lost = true;
}

/* Without a stock the rows are read back from the log: whatever fails here costs time, no row. */
static void begin_stock(Store *store)
{
    WalGroup *group = store->group;
    size_t most = store->options.segment_bytes_max;
    if (most < STOCK_BYTES_LEAST) most = STOCK_BYTES_LEAST;
    group->stock = store->spare_stock;
    store->spare_stock = NULL;
    int r = group->stock ? row_stock_clear(group->stock)
                         : row_stock_new(store->folder.os, most, &group->stock);
    if (r < 0) store_lose_stock(group);
}

void store_stock_row(Store *store, const Row *row, Slice encoded)
{
    const StoreClasses *classes = &store->options.classes;
    WalGroup *group = store->group;
    if (!group->stock && !group->stock_lost && group->rows == 0) begin_stock(store);
    if (!group->stock) return;
    size_t part = classes->count > 1 ? classes->of(classes->context, row) : 0;
    const uint8_t *key = row->key[0] & ROW_KEY_ONCE ? NULL : row->key;
    if (row_stock_add(group->stock, part, row, key, encoded, store->next_row) < 0) {
        store_lose_stock(group);
    }
}

void store_keep_stock(Store *store, WalGroup *group)
{
    if (store->spare_stock) return;
    store->spare_stock = group->stock;
    group->stock = NULL;
}
