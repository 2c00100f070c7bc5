/* The writer's insides, shared by store_writer.c (append, commit, close), store_files.c (what is
 * written), store_groups.c (files to be sealed together) and store_recover.c (open).
 *
 * Where rows go:
 *
 *   append --> block --(full)--> pending --(commit: one write, one sync)--> wal file --> segment
 *                 \--(commit of what is not full)--> tip
 *
 * The block being filled is always in memory; what of it was committed is also in the tip, in small
 * blocks. When it is full it is packed as one and goes to the wal file, and the tip, whose rows the
 * wal file now has, is removed. So trickling rows are durable at once and yet stand in large
 * blocks. When wal files hold enough they are closed and sealed as a segment (sealed/).
 *
 * The order that keeps S1 and S2: rows are in a wal file durably before the tip that has them is
 * removed, and in a segment that MANIFEST names before their wal file is; a tip's rows whose
 * numbers the wal files have passed, and a wal file's rows whose numbers the segments have passed,
 * are passed over. Therefore a block that has a tip's rows is synced before any block after it is
 * written: else a power cut could leave the later one without it, and the numbers would be passed
 * while only the tip has the rows.
 *
 * Files are closed for sealing only when all their rows were committed by the caller's own call: a
 * caller whose store fails appends again what it never saw committed, and the keys by which such
 * rows are known again are not kept in segments when they never repeat (ROW_KEY_ONCE). */
#ifndef AKASHI_STORE_STORE_INT_H
#define AKASHI_STORE_STORE_INT_H

#include "store/sealed/sealed.h"
#include "store/store.h"
#include "store/wal/block_walk.h"
#include "store/wal/store_folder.h"

/* Of a group's rows kept in memory for sealing: as much as a segment is to have, but not less than
 * this. There are two stocks at most: one that grows, one that is sealed. */
#define STOCK_BYTES_LEAST ((size_t)4 << 20)
enum {
    GROUP_KEYS_MAX = 1 << 20,     /* keys in a group; it is closed past this */
    PENDING_BYTES_MAX = 16 << 20, /* packed and not committed; past this append commits */
    PENDING_ROWS_MAX = 1 << 17,   /* the same in rows */
    WAL_LEVEL = 1,                /* of zstd: blocks are packed again when they are sealed */
};
#define GROUP_BYTES_DEFAULT ((size_t)128 << 20) /* of raw; three quarters of it of rows */

typedef struct OpenStoreFile {
    int fd; /* -1: there is none */
    uint32_t number;
    uint64_t end;     /* durable bytes */
    bool name_synced; /* its name in the folder is durable */
    BlockKey key;     /* made with the number */
} OpenStoreFile;

/* Owned by the writer thread, but for what sealed/ says of itself. */
struct Store {
    StoreFolder folder;
    StoreOptions options;
    Secret *kek;
    int lock_fd;
    bool failed;
    int untold; /* why, when no caller was told yet */
    BlockCodec *codec;
    Sealed *sealed; /* the segments */

    OpenStoreFile wal; /* fd -1: the next write begins one */
    bool wal_marked;   /* it ends with a mark */
    OpenStoreFile tip;

    uint64_t next_row; /* number of the row appended next */
    BlockRows block;   /* rows [block.first_row, next_row) */
    uint32_t tip_rows; /* of the block: those at its front that are durable in the tip */
    size_t tip_bytes;
    uint64_t tip_raw_bytes;
    Buf pending;          /* blocks that follow each other, to be put at wal.end */
    size_t pending_apart; /* bytes of its first block, when the tip has rows of it, else 0 */
    uint64_t pending_rows;
    StoreStats since; /* rows, row_bytes, raw_bytes appended since the last commit */
    StoreStats stats; /* of what is durable and in no segment; bytes: of closed files */

    WalGroup *group; /* being filled: files closed earlier, the open one, pending and block */
    int64_t group_since_ns; /* monotonic, when the group's first row came; 0: none came */
    RowStock *spare_stock;  /* of a group that is sealed, for the next one; NULL: none */
    WalGroup *closed[SEALED_WAITING_MAX]; /* oldest first */
    size_t closed_count;
    uint64_t key_seed[2];
    Buf scratch;
};

/* The place where the next block in `file` begins, when `ahead` bytes of blocks come before it in
 * the same commit. */
BlockPlace store_place(const Store *store, StoreFile kind, size_t ahead);
/* Packs the block onto pending and begins the next one. */
MUST_USE int store_pack_block(Store *store);
/* Writes pending to the wal file and makes it durable. */
MUST_USE int store_write_pending(Store *store);
/* The block's rows that are not in the tip yet, as one small block in the tip. */
MUST_USE int store_write_tip(Store *store);
/* Appends a mark to the wal file and makes it durable. */
MUST_USE int store_mark_wal(Store *store);
/* Packs what is left, ends the wal file, gives the group to be sealed and begins the next one. Only
 * while nothing waits for a commit. */
MUST_USE int store_roll(Store *store);
/* Mark, close: the file becomes one of the group's; the next write begins a new one. */
MUST_USE int store_end_wal(Store *store);
MUST_USE int store_new_group(Store *store);
bool store_group_is_full(const Store *store);
void store_count_rows(Store *store, uint64_t rows, uint64_t row_bytes, uint64_t raw_bytes);
void store_drop_tip(Store *store);
void store_close_file(Store *store, OpenStoreFile *file);
/* Groups whose rows the segments have are forgotten. */
void store_forget_sealed(Store *store);
/* Until all that were closed are sealed. */
MUST_USE int store_wait_for_closed(Store *store);
void store_take_off(StoreStats *stats, const WalGroup *group);
void wal_group_free(WalGroup *group);
/* store_stock.c: the row goes to the group's stock, too. encoded: block_rows_add's. */
void store_stock_row(Store *store, const Row *row, Slice encoded);
/* The group is sealed: its stock's memory is for the next one. */
void store_keep_stock(Store *store, WalGroup *group);
void store_lose_stock(WalGroup *group);

#endif
