/* The rows of log files that are to be sealed, in memory, as what segment_write reads from. */
#ifndef AKASHI_STORE_WAL_ROWS_H
#define AKASHI_STORE_WAL_ROWS_H

#include "store/segment/segment.h"
#include "store/store.h"
#include "store/wal/block_walk.h"
#include "store/wal/store_folder.h"

typedef struct WalRows {
    Buf bytes;         /* the rows as blocks hold them, one after the other */
    Buf places;        /* WalRowPlace each */
    uint64_t last_row; /* number of the last one here */
    uint64_t end_row;  /* number after the last row looked at */
    uint64_t raw_bytes, lost_blocks;
    bool more; /* the files hold further rows, for a further segment */
} WalRows;

typedef struct WalRowPlace {
    uint64_t number, offset;
    uint32_t bytes;
    uint8_t key[ROW_KEY_BYTES];
} WalRowPlace;

/* Gathers rows from `from_row` on out of the files (numbers, ascending), whole blocks, until they
 * are over bytes_max. Blocks that do not hold are counted as lost; with give_up those that cannot
 * be read (-EIO), too. -ENOMEM, or what the system said. */
MUST_USE int wal_rows_gather(const StoreFolder *folder, BlockCodec *codec, const Buf *files,
                             uint64_t from_row, size_t bytes_max, bool give_up, WalRows *ret);
void wal_rows_done(WalRows *rows);

/* Rows of one class. */
typedef struct WalPart {
    const WalRows *rows;
    Buf places; /* WalRowPlace each */
    uint64_t row_bytes, raw_bytes;
} WalPart;
typedef struct WalParts {
    WalPart parts[STORE_CLASSES_MAX]; /* by class; without places: none are of it */
} WalParts;
/* By class; the rows' bytes stay where they are. -ENOMEM, -EBADMSG. */
MUST_USE int wal_rows_split(const WalRows *rows, const StoreClasses *classes, WalParts *ret);
void wal_parts_done(WalParts *parts);
SegmentRows wal_part_source(WalPart *part);

#endif
