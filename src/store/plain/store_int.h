/* The writer's insides, shared by store_writer.c (append, commit, close) and store_recover.c
 * (open).
 *
 * Where rows go:
 *
 *   append --> block --(full)--> pending --(commit: one write, one sync)--> segment
 *                 \--(commit of what is not full)--> log
 *
 * The block being filled is always in memory; what of it was committed is also in the log, in small
 * blocks. When it is full it is packed as one and goes to the segment, and the log, whose rows the
 * segment now has, is removed. So trickling rows are durable at once and yet stand in large blocks.
 *
 * The order that keeps S1 and S2: rows are in the segment durably before the log that has them is
 * removed; a log's rows whose numbers the segments have passed are passed over. Therefore a block
 * that has a log's rows is synced before any block after it is written: else a power cut could
 * leave the later one without it, and the numbers would be passed while only the log has the rows.
 */
#ifndef AKASHI_STORE_STORE_INT_H
#define AKASHI_STORE_STORE_INT_H

#include "store/plain/key_index.h"
#include "store/plain/key_set.h"
#include "store/plain/store_folder.h"
#include "store/store.h"

enum {
    SEGMENT_KEYS_MAX = 1 << 20,   /* keys in a segment; it is closed past this */
    PENDING_BYTES_MAX = 16 << 20, /* packed and not committed; past this append commits */
    PENDING_ROWS_MAX = 1 << 17,   /* the same in rows */
    LOG_LEVEL = 1,                /* of zstd: log blocks are packed again soon */
};
#define SEGMENT_BYTES_DEFAULT ((size_t)256 << 20)
enum { COMPRESSION_LEVEL_DEFAULT = 3 };

typedef struct OpenStoreFile {
    int fd; /* -1: there is none */
    uint32_t number;
    uint64_t end;     /* durable bytes */
    bool name_synced; /* its name in the folder is durable */
} OpenStoreFile;

/* Owned by the writer thread. */
struct Store {
    StoreFolder folder;
    StoreOptions options;
    int lock_fd;
    bool failed;
    BlockCodec *codec;

    OpenStoreFile segment; /* fd -1: the next write begins one */
    uint64_t segment_keys; /* rows in it that have a key, at most */
    bool segment_marked;   /* it ends with a mark */
    OpenStoreFile log;
    uint32_t log_number_last;

    uint64_t next_row;    /* number of the row appended next */
    BlockRows block;      /* rows [block.first_row, next_row) */
    uint32_t logged_rows; /* of the block: those at its front that are durable in the log */
    size_t logged_bytes;
    uint64_t logged_raw_bytes;
    Buf pending;          /* blocks that follow each other, to be put at segment.end */
    size_t pending_apart; /* bytes of its first block, when the log has rows of it, else 0 */
    uint64_t pending_rows, pending_keys;
    StoreStats since; /* rows, row_bytes, raw_bytes appended since the last commit */
    StoreStats stats; /* of what is durable; bytes: of closed segments and their indexes */

    KeySet keys;       /* of the open segment, pending and block */
    KeyIndex *indexes; /* of the closed segments, oldest first */
    size_t index_count;
    size_t index_bytes; /* that they take in memory */
    size_t index_hit;   /* where the last repeat was found: the next one is likely there, too */
    KeyIndexFile index_file;
    Buf scratch;
};

/* The place where the next block in `file` begins, when `ahead` bytes of blocks come before it in
 * the same commit. */
BlockPlace store_place(const Store *store, StoreFile kind, size_t ahead);
/* Packs the block onto pending and begins the next one. */
MUST_USE int store_pack_block(Store *store);
/* Writes pending to the segment and makes it durable. */
MUST_USE int store_write_pending(Store *store);
/* Appends a mark to the segment and makes it durable. */
MUST_USE int store_mark_segment(Store *store);
/* Opens the index of a closed segment, making it first when it is not good, and adds it. */
MUST_USE int store_add_index(Store *store, uint32_t segment);
/* Closes the segment: mark, index; the next write begins a new one. */
MUST_USE int store_roll(Store *store);
void store_drop_log(Store *store);

#endif
