/* Files of the log that will be sealed together, and the keys of their rows.
 *
 * The group being filled is the writer's. A closed one is sealed by another thread, which reads it;
 * the writer goes on asking its keys until the sealed tier has them. */
#ifndef AKASHI_STORE_WAL_GROUP_H
#define AKASHI_STORE_WAL_GROUP_H

#include "base/buf.h"
#include "store/segment/row_stock.h"
#include "store/wal/key_set.h"

typedef struct WalGroup {
    Buf files; /* uint32_t each, ascending */
    uint64_t first_row, next_row;
    uint64_t rows, row_bytes, raw_bytes, file_bytes;
    uint64_t keys_most; /* rows that have a key, at most */
    KeySet keys;
    RowStock *stock; /* NULL: there is none; of use when it has all rows */
    bool stock_lost; /* it would not have had all rows: no other one is begun */
} WalGroup;

#endif
