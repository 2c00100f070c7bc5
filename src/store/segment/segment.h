/* A sealed segment: rows as columns in blocks, with an index of their texts, one immutable file.
 * Bytes: doc/format/segment.md.
 *
 * Rows of one kind of event stand together, by time inside a block; each keeps its number. A row
 * comes back byte for byte but for its key: of keys a fingerprint is kept, enough to say whether
 * one is there. The rank of a row is its place among the segment's rows in the order of their
 * numbers, from 0: the index of its leaf.
 *
 * Invariants
 *   G1 the file has its name only when all of it is durable.
 *   G2 everything but the head is sealed under the segment's key; a block that was changed is lost
 *      alone (-EBADMSG) and never gives a wrong row.
 *   G3 a block that has a text in any place of a row is among the candidates for it. */
#ifndef AKASHI_STORE_SEGMENT_H
#define AKASHI_STORE_SEGMENT_H

#include "record/row.h"
#include "store/crypt/crypt.h"
#include "store/proof/chain_entry.h"
#include "store/proof/tree.h"
#include "store/tokens/token_index.h"

#define SEGMENT_ROWS_MAX ((size_t)16 << 20)
#define SEGMENT_BLOCK_ROWS_MAX ((size_t)65536)
#define SEGMENT_BLOCK_BYTES_MAX                                                                    \
    ((size_t)24 << 20) /* of raw; a longer row has a block of its own                              \
                        */
/* Smaller by 6 in 100 than 3 for 4 in 100 of the time; 9 saves 1 more for 6. */
#define SEGMENT_LEVEL_DEFAULT 6
#define SEGMENT_GROUPS_MAX 1024u /* kinds of event; those of further ones share */

/* The rows to write, in any order and more than once, one at a time: so neither all of them nor
 * their fields need be in memory. */
typedef struct SegmentRows {
    size_t count;
    /* Row `index` of 0 ... count - 1 and its number, which rises from row to row, maybe with gaps.
     * Its slices live until the arena is reset. A key of zeros: none. 0 or a negative errno. */
    int (*get)(void *context, size_t index, Arena *arena, Row *ret, uint64_t *ret_number);
    void *context;
} SegmentRows;

/* Memory that stays from one segment to the next: who writes many one after the other spares the
 * system the giving and taking of it. For one thread at a time. */
typedef struct BlockWriter SegmentWorkspace;
SegmentWorkspace *segment_workspace_new(uint64_t seed); /* NULL: no memory */
void segment_workspace_free(SegmentWorkspace *workspace);

typedef struct SegmentOptions {
    const Secret *kek;
    SegmentHeader header;        /* log_id, number, first_leaf, previous, policy: the caller's
                                    (chain_next_segment); the rest is filled in */
    int level;                   /* of zstd; 0: SEGMENT_LEVEL_DEFAULT */
    uint64_t seed;               /* random outside of tests */
    size_t index_bytes_max;      /* memory of the index while it is made; 0: 128 MiB */
    SegmentWorkspace *workspace; /* NULL: its own */
} SegmentOptions;

/* Writes folder/name; a name.part that was left is overwritten. *ret_header is the header for the
 * chain; its policy is the caller's slice. Memory beside the source's: about 4 times a block's raw,
 * the index's, 40 bytes a row: 109 MiB for 128 MiB of Windows events. -EINVAL: no rows, or numbers
 * that do not rise, or the policy is too long; -E2BIG: a maximum above is passed, or
 * blocks would be more than BLOCK_SET_BLOCKS_MAX; -ENOMEM; what the source or the system said: the
 * .part file is removed, best effort; where only the sync of the folder failed the file has its
 * name and is whole. */
MUST_USE int segment_write(const Os *os, const char *folder, const char *name,
                           const SegmentOptions *options, const SegmentRows *rows,
                           SegmentHeader *ret_header);

typedef struct Segment Segment; /* for one thread at a time */

/* -ENOKEY: another KEK; -EBADMSG: heads or directories (there are two of each) damaged, or the key
 * destroyed; -EPROTO: newer version; -ENOMEM; what the system said. */
MUST_USE int segment_open(const Os *os, const char *path, const Secret *kek, Segment **ret);
void segment_close(Segment *segment);
static inline void segment_done(Segment **held)
{
    segment_close(*held);
}
/* Its slices live as long as the segment. */
const SegmentHeader *segment_header(const Segment *segment);

typedef struct SegmentBlock {
    uint64_t offset, bytes; /* in the file */
    uint32_t row_count;
    uint32_t undated_count; /* rows whose record has no time */
    int64_t from_ns, to_ns; /* of the others; from > to: there are none */
    uint64_t first_seal;    /* block number of its first sealed piece */
} SegmentBlock;
uint32_t segment_block_count(const Segment *segment);
const SegmentBlock *segment_block(const Segment *segment, uint32_t block);

/* Blocks that may hold the text in one place of a row (token_index.h; edges INDEX_*): raw, as it
 * stands or as the escapes of JSON mean it, an event field's value, a record's text, the origin.
 * All of them where the index is damaged. -ENOMEM, -EIO ... */
MUST_USE int segment_candidates(Segment *segment, Slice text, unsigned edges, BlockSet *ret);
bool segment_index_damaged(const Segment *segment);

/* Called a row; slices live until it returns. Negative stops. */
typedef int (*SegmentSink)(void *context, const Row *row, uint64_t number);
/* All rows of a block, by time. -EBADMSG: the block is damaged; -ENOMEM; what the sink returned. */
MUST_USE int segment_block_rows(Segment *segment, uint32_t block, SegmentSink sink, void *context);

/* The number of the row of this rank, below header.count; and back: -ENOENT when no row here has
 * that number. */
uint64_t segment_number_of(const Segment *segment, uint64_t rank);
MUST_USE int segment_rank_of(const Segment *segment, uint64_t number, uint64_t *ret_rank);

/* The leaf of the row of this rank, for the segment's tree (header.root). -ENOMEM. */
MUST_USE int segment_leaf(const Segment *segment, const Row *row, uint64_t rank, Digest *ret);

/* What a proof shows of it (proof/proof_file.h): the canonical bytes, appended to `to`, and the
 * blind; of which segment of the log, and where in it. -EBADMSG: no such rank; -ENOMEM. */
typedef struct SegmentRecord {
    size_t member; /* below segment_member_count */
    uint64_t rank; /* in the member */
    uint8_t blind[CRYPT_BLIND_BYTES];
} SegmentRecord;
MUST_USE int segment_record(const Segment *segment, const Row *row, uint64_t rank, Buf *to,
                            SegmentRecord *ret);

/* ---- re-packed files (doc/decisions/0010-repacking.md): rows of several segments of the log,
 * their members, by the numbers of those. A segment of the log is its own only member. */
bool segment_is_repacked(const Segment *segment);
size_t segment_member_count(const Segment *segment);
/* As it stands in the log; its slices live as long as the segment. */
const SegmentHeader *segment_member(const Segment *segment, size_t index);
/* The rank, among the member's rows, of the row with this number. -ENOENT: it has none such. */
MUST_USE int segment_member_rank(const Segment *segment, size_t index, uint64_t number,
                                 uint64_t *ret_rank);

/* What the chain must say of a re-packed file. -E2BIG: too many runs; -ENOMEM. */
MUST_USE int segment_repack_entry(const Segment *segment, Repack *ret);

/* A row that was deleted: of it the leaf stays, so that the member's root can be made again. */
typedef struct GoneRow {
    uint64_t rank; /* in the member */
    Digest leaf;
} GoneRow;
/* Those of a member, by rank; they live as long as the segment. */
const GoneRow *segment_member_gone(const Segment *segment, size_t index, size_t *ret_count);

#define REPACK_INPUTS_MAX 16
#define REPACK_BYTES_OPEN ((size_t)16 << 20) /* of opened blocks, while more than one is open */

typedef struct RepackOptions {
    const Secret *kek;
    uint32_t file; /* its number; the header's is this with REPACKED_BIT */
    int level;     /* of zstd; 0: SEGMENT_LEVEL_DEFAULT */
    uint64_t seed; /* random outside of tests */
    size_t index_bytes_max;
    /* Numbers of rows to leave out, ascending; those that no input has do not matter. Their keys
     * are known ever after. */
    const uint64_t *drop;
    size_t drop_count;
    /* Called now and then with rows written, of all; negative ends it. NULL: not wanted. */
    int (*going)(void *context, uint64_t rows, uint64_t rows_all);
    void *context;
} RepackOptions;

/* Writes folder/name of all rows of the inputs but those to be dropped, which are of one policy and
 * not changed by it. Each row must give its leaf, and the leaves the root of its member: what
 * cannot be read or does not is -EBADMSG, and nothing is written. Keys of rows that can be made
 * again from the row (record/event_key.h) are left out, the others copied. *ret_repack is for the
 * chain. Memory: that of segment_write, opened blocks, 60 bytes a row. -EINVAL: other policies, a
 * row or a member twice, no row left; -E2BIG: too many inputs, rows, members, or runs of members;
 * else as segment_write. */
MUST_USE int segment_repack(const Os *os, const char *folder, const char *name,
                            const RepackOptions *options, Segment *const *inputs, size_t count,
                            SegmentHeader *ret_header, Repack *ret_repack);

/* The keys of a block's rows that are made again from them. Negative from the sink stops. */
typedef int (*KeySink)(void *context, const uint8_t key[ROW_KEY_BYTES]);
MUST_USE int segment_block_keys(Segment *segment, uint32_t block, KeySink sink, void *context);

/* Was a row with this key written? 1 or 0; a wrong 1 has a chance of rows / 2^64, and nobody who
 * has not the KEK can prepare one. A key of zeros never was; those of segment_block_keys are not
 * looked at. -EBADMSG: that part is damaged;
 * -ENOMEM; what the system said. */
MUST_USE int segment_has_key(Segment *segment, const uint8_t key[ROW_KEY_BYTES]);

/* Reads all keys once and keeps a filter of them (two bytes a key), so that most keys that are not
 * there cost no read. *ret_bytes: its memory. -EBADMSG, -ENOMEM, what the system said: there is no
 * filter, and segment_has_key works without. */
MUST_USE int segment_hold_keys(Segment *segment, size_t *ret_bytes);

/* Reads all of the file: which of its parts are not as they were written? Of heads and directories
 * there are two, and one will do. Blocks: only whether any is; segment_block_rows says which. */
enum {
    SEGMENT_DAMAGED_HEAD = 1,
    SEGMENT_DAMAGED_DIRECTORY = 2,
    SEGMENT_DAMAGED_INDEX = 4,
    SEGMENT_DAMAGED_KEYS = 8,
    SEGMENT_DAMAGED_BLOCK = 16,
};
MUST_USE int segment_check(Segment *segment, unsigned *ret_damaged);

/* Overwrites the key of a segment's file where it stands, and syncs: nothing of it can be read any
 * more by anybody who has no copy of the file. */
MUST_USE int segment_erase(const Os *os, const char *path);

/* The segment's key under another KEK, and the two places in the file where it belongs; the file
 * stays as it is. As segment_open. */
typedef struct SegmentRewrapped {
    WrappedKey wrapped;
    uint64_t places[2];
} SegmentRewrapped;
MUST_USE int segment_rewrap(const Os *os, const char *path, const Secret *old_kek,
                            const Secret *new_kek, SegmentRewrapped *ret);

/* Where the bytes of the file are. */
typedef struct SegmentUse {
    uint64_t head_bytes, block_bytes, index_bytes, key_bytes, directory_bytes;
} SegmentUse;
SegmentUse segment_use(const Segment *segment);

#endif
