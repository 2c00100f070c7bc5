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
 *   S2 a row is found at most once; a row whose key is already kept is not added again (but where
 *      the keys of a segment are damaged, its rows are not known again).
 *   S3 rows that are not sealed come in the order in which they were appended (oldest first; newest
 *      first is the exact reverse), after (before) those that are sealed: these come block by
 * block, blocks by time, and by time inside a block. S4 whatever bytes are damaged, the store
 * opens, every undamaged block is read, and each damaged one is reported with file and offset. S5 a
 * store of a newer format version, or a folder that is no store, is refused unharmed. */
#ifndef AKASHI_STORE_STORE_H
#define AKASHI_STORE_STORE_H

#include "base/complaint.h"
#include "os/os.h"
#include "record/row.h"
#include "store/crypt/secret.h"

typedef struct Store Store;
typedef struct Segment Segment; /* segment/segment.h */

/* What a store tells while it works. From the thread that found it: do little. */
typedef enum StoreNews {
    STORE_NEWS_CHAIN_NEW,         /* detail: the first public key, to be kept elsewhere */
    STORE_NEWS_CHAIN_REPLACED,    /* the chain was damaged, or changed; a new one was begun */
    STORE_NEWS_MANIFEST_REMADE,   /* MANIFEST was damaged */
    STORE_NEWS_BLOCKS_LOST,       /* damaged blocks of the log were not sealed; the files stay */
    STORE_NEWS_SEAL_FAILED,       /* detail: why; it is tried again */
    STORE_NEWS_CHECKPOINT,        /* detail: the signed note (proof/note.h) */
    STORE_NEWS_CHECKPOINT_FAILED, /* detail: why */
    STORE_NEWS_EXPIRED,           /* detail: how many rows were deleted, being past their time */
    STORE_NEWS_EXPIRE_FAILED,     /* detail: why; it is tried again */
    STORE_NEWS_PACK_FAILED,       /* detail: why; those segments stay as they are */
} StoreNews;
typedef void (*StoreTold)(void *context, StoreNews news, const char *detail);

/* Classes of retention (keep.h): which a row is of, asked when it is sealed. */
#define STORE_CLASSES_MAX 16
#define STORE_CLASS_BYTES_MAX 32 /* of a name: letters, digits, - and _ */
#define STORE_CLASS_DEFAULT "standard"
typedef struct StoreClasses {
    const char *names[STORE_CLASSES_MAX];
    size_t count; /* 0: all rows are of STORE_CLASS_DEFAULT */
    /* Its place in names. From the threads that append and seal, also both at once. */
    size_t (*of)(const void *context, const Row *row);
    const void *context;
} StoreClasses;

typedef struct StoreRetention StoreRetention; /* keep.h */

typedef struct StoreOptions {
    const Secret *kek;        /* KEK_BYTES; the store keeps a copy */
    size_t segment_bytes_max; /* rows are sealed when they are so long; 0: 128 MiB */
    int compression_level;    /* of segments, zstd; 0: what columns do best with */
    size_t block_bytes_max; /* a block is packed when its rows are this long; 0: 1 MiB, the most */
    size_t close_bytes_min; /* store_close seals what is left when its raw is so long; 0: never */
    int64_t seal_age_s;     /* store_tick seals what is so old; 0: never */
    bool seal_in_commit;    /* no thread: store_commit does it all; for tests */
    bool pack_daily; /* re-packs (store_pack) once a day, by a thread that lets others go first */
    int pack_second; /* of the day, UTC, when it begins */
    int pack_level;  /* as StorePackOptions.level */
    bool keep_time;  /* checkpoints every minute, epochs every hour, by the store's thread */
    StoreTold told;  /* may be NULL */
    void *told_context;
    StoreClasses classes;            /* what it points to outlives the store */
    const StoreRetention *retention; /* keep.h; once an hour, by the store's thread; NULL: never */
} StoreOptions;

/* In row.key[0]: the key will never come again (rows received live), so nobody keeps it once the
 * row is sealed. */
#define ROW_KEY_ONCE 0x80

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
 * -EWOULDBLOCK: another writer has it; -EPROTO: newer version or not a store (S5); -ENOKEY: it has
 * another key; or what the system said. The complaint says it in words. *ret untouched on failure.
 */
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
/* Seals all that is committed, and waits for it. -EBUSY: rows wait for a commit; or why it failed.
 */
MUST_USE int store_seal(Store *store);
/* To be called about once a minute, also when nothing comes: seals what is old. */
void store_tick(Store *store);
/* Seals the chain as it is now, for those who stop or want one at once. */
MUST_USE int store_checkpoint(Store *store);
typedef struct StoreProof {
    char first_key[160]; /* as text; what an auditor is given, once */
    uint64_t segments, checkpoints;
} StoreProof;
void store_proof(Store *store, StoreProof *ret);
/* Re-packing: segments of one retention class become one larger and smaller file. Rows, their
 * numbers, what scans and searches give, and proofs stay as they are. */
/* Smaller by 2 in 100 than 12 for a fifth more time; 19 saves 2 more for 60 in 100. */
#define STORE_PACK_LEVEL_DEFAULT 15
#define STORE_PACK_RAW_BYTES ((uint64_t)1 << 30) /* of a file, about */
#define STORE_PACK_ROWS ((uint64_t)1 << 20)
#define STORE_REPLACED_KEPT_S 600 /* old files stay so long, for readers that began before */
typedef struct StorePackOptions {
    int level;    /* of zstd, 1 to 19; 0: the default */
    bool at_once; /* remove the old files at once: nobody reads */
    /* Called now and then with the rows written, of all those of the file at hand; negative ends
     * it: what was not finished stays as it was. NULL: not wanted. */
    int (*going)(void *context, uint64_t rows, uint64_t rows_all);
    void *context;
} StorePackOptions;
typedef struct StorePackTally {
    uint64_t files_before, files_after, rows, raw_bytes, bytes_before, bytes_after;
    uint64_t failed; /* files that would not be made; told as STORE_NEWS_PACK_FAILED */
} StorePackTally;
/* Does all that is worth it. Any thread may call, beside the writer; it may take long. -EBUSY:
 * another one does; what `going` said; what the system said. *ret_tally also then. */
MUST_USE int store_pack(Store *store, const StorePackOptions *options, StorePackTally *ret_tally);

/* What was not committed is lost. Never fails; frees the lock. NULL: nothing. */
void store_close(Store *store);

/* 1: there is a store here that was written with a key; 0: there is none, or an earlier version's.
 * Or what the system said. */
MUST_USE int store_has_key(const Os *os, const char *folder);

/* A reader: a snapshot at open. It holds all that was committed before, and of a commit that is
 * just under way perhaps some rows, which a power cut may take away again. For one thread at a
 * time. */
typedef struct StoreReader StoreReader;

/* -ENOENT: no store there; -EPROTO and -ENOKEY as above; -EPROTO also for a store of an earlier
 * version, which the next store_open migrates. Never writes and takes no lock. */
MUST_USE int store_reader_open(const Os *os, const char *folder, const Secret *kek,
                               StoreReader **ret, Complaint *complaint);
void store_reader_close(StoreReader *reader);
void store_reader_stats(const StoreReader *reader, StoreStats *ret);
/* The number that the next row will have: all in the snapshot are below it. */
uint64_t store_reader_end_row(const StoreReader *reader);

typedef struct ScanRange {
    int64_t from_ns; /* rows with record.time_ns (if unknown: ingested_ns) in [from, to) */
    int64_t to_ns;   /* INT64_MAX: without end */
    bool newest_first;
    uint64_t after;     /* only rows whose number is above this; for live views; 0: all */
    bool unsealed_only; /* only rows that are in no sealed segment yet */
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

/* The sealed segments of the snapshot, for those who choose what to read of them. */
typedef struct StoreSegmentInfo {
    uint64_t number;
    int64_t from_ns, to_ns; /* of the rows whose record has a time; from > to: there are none */
    uint64_t row_count, undated_count;
    const char *file; /* its name in the folder; lives as long as the reader */
} StoreSegmentInfo;
size_t store_reader_segment_count(const StoreReader *reader);
/* Newest to_ns first. */
const StoreSegmentInfo *store_reader_segment_info(const StoreReader *reader, size_t index);
/* A handle of its own for the calling thread; any thread may call. As segment_open. */
MUST_USE int store_reader_open_segment(const StoreReader *reader, size_t index, Segment **ret);

#endif
