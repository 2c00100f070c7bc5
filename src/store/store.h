/* Where rows are kept: one writer appends and makes durable, any number of readers scan, also from
 * other processes, while it writes.
 *
 * States of a writer: open -> (append* -> commit)* -> close. A row is promised only when the commit
 * after its append returned 0. After a failed append or commit the store is *failed*: it refuses
 * all further work with -EIO, nothing is trusted that was not committed before, and only close may
 * follow; opening it again replays what is durable and drops what is not.
 *
 * Invariants (numbered; cited from code and tests):
 *   S1 a committed row is found by every scan that starts after the commit, byte for byte.
 *   S2 a row is found at most once; a row whose key is already kept is not added again.
 *   S3 rows come in the order in which they were appended (within a scan oldest first; newest first
 *      is the exact reverse).
 *   S4 whatever bytes are damaged, the store opens, every undamaged block is read, and each damaged
 *      one is reported with file and offset.
 *   S5 a store of a newer format version, or a folder that is no store, is refused unharmed. */
#ifndef AKASHI_STORE_STORE_H
#define AKASHI_STORE_STORE_H

#include "base/complaint.h"
#include "os/os.h"
#include "record/row.h"

typedef struct Store Store;

typedef struct StoreOptions {
    size_t segment_bytes_max; /* a file is closed and a new one begun past this; 0: 256 MiB */
    int compression_level;    /* zstd; 0: 3 */
    size_t block_bytes_max; /* a block is packed when its rows are this long; 0: 1 MiB, the most */
} StoreOptions;

typedef struct StoreTally {
    uint64_t added;
    uint64_t duplicates; /* not added: their key was there already */
} StoreTally;

typedef struct StoreStats {
    uint64_t rows;      /* durable */
    uint64_t bytes;     /* on disk */
    uint64_t row_bytes; /* of the rows before compression */
    uint64_t raw_bytes; /* of the rows' raw forms */
    uint64_t damaged_blocks;
} StoreStats;

/* Opens the store in `folder`, making it when the folder is absent or empty; takes its lock.
 * -EWOULDBLOCK: another writer has it; -EPROTO: newer version or not a store (S5); or what the
 * system said. The complaint says it in words. *ret untouched on failure. */
MUST_USE int store_open(const Os *os, const char *folder, const StoreOptions *options, Store **ret,
                        Complaint *complaint);
/* Takes rows in; they are copied. Adds to *tally. Not durable yet (where very much waits for a
 * commit, it commits by itself). An event of over 65,536 fields, or whose row would be over 64 MiB,
 * is kept without its fields, PARSE_PARTIAL. -ENOSPC, -EIO, -ENOMEM: failed. -EMSGSIZE: a row is
 * over 64 MiB even so; it and those after it were not taken, the store goes on. */
MUST_USE int store_append(Store *store, const Row *rows, size_t count, StoreTally *tally);
/* Makes all that was appended durable: one write and one sync, now and then two. Nothing appended:
 * 0. */
MUST_USE int store_commit(Store *store);
/* Bytes appended since the last commit; the engine commits at a size or after a time. */
size_t store_pending_bytes(const Store *store);
void store_stats(const Store *store, StoreStats *ret);
/* What was not committed is lost. Never fails; frees the lock. NULL: nothing. */
void store_close(Store *store);

/* A reader: a snapshot at open. It holds all that was committed before, and of a commit that is
 * just under way perhaps some rows, which a power cut may take away again. For one thread at a
 * time. */
typedef struct StoreReader StoreReader;

/* -ENOENT: no store there; -EPROTO as above. Never writes and takes no lock. */
MUST_USE int store_reader_open(const Os *os, const char *folder, StoreReader **ret,
                               Complaint *complaint);
void store_reader_close(StoreReader *reader);
void store_reader_stats(const StoreReader *reader, StoreStats *ret);

typedef struct ScanRange {
    int64_t from_ns; /* rows with record.time_ns (if unknown: ingested_ns) in [from, to) */
    int64_t to_ns;   /* INT64_MAX: without end */
    bool newest_first;
    uint64_t after; /* only rows whose number is above this; for live views; 0: all */
    /* Set: instead of S3's orders, blocks come by the time of their newest row, newest block first,
     * and each block's rows last appended first. The caller sorts what it keeps, and may raise
     * *floor_ns (begin with INT64_MIN) while the scan runs: blocks with nothing that new end it. */
    const int64_t *floor_ns;
} ScanRange;

/* number: 1-based, in append order, stable for ever. The row and its slices live until the call
 * returns. 0: go on; 1: enough, the scan ends well; negative: the scan ends with it. */
typedef int (*RowSink)(void *context, const Row *row, uint64_t number);
/* Called for each damaged block met (S4); NULL: not wanted. `file` is its name in the folder.
 * Reasons: block.head (these bytes are no block), block.keys, block.rows, block.cut (its parts),
 * block.unreadable (the system gives -EIO), row (one row; the others of its block are given),
 * rows.missing (the number of the block's first row does not follow: something before it is gone).
 */
typedef void (*DamageSink)(void *context, const char *file, uint64_t offset, const char *reason);

/* Whole blocks outside the range are not read. At most two blocks are in memory. -ENOMEM, -EIO of
 * the system, or what the sink returned. */
MUST_USE int store_scan(StoreReader *reader, const ScanRange *range, RowSink sink,
                        DamageSink damage, void *context);

#endif
