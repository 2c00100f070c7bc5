/* A sealed segment: rows as columns in blocks, with an index of their texts, one immutable file.
 * Bytes: doc/format/segment.md.
 *
 * Rows of one kind of event stand together, by time inside a block; each keeps its number, its
 * place in the array that was written. A row comes back byte for byte but for its key, which is
 * made anew from the row where it is needed (doc/decisions/0007).
 *
 * Invariants
 *   G1 the file has its name only when all of it is durable.
 *   G2 everything but the head is sealed under the segment's key; a block that was changed is lost
 *      alone (-EBADMSG) and never gives a wrong row.
 *   G3 a block that has a text in a value is among the candidates for it. */
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
    ((size_t)32 << 20) /* of raw; a longer row has a block of its own                              \
                        */
/* Columns leave zstd so little that it takes hardly longer than 3. */
#define SEGMENT_LEVEL_DEFAULT 9
#define SEGMENT_GROUPS_MAX 1024u /* kinds of event; those of further ones share */

typedef struct SegmentOptions {
    const Secret *kek;
    SegmentHeader header; /* log_id, number, first_leaf, previous, policy: the caller's; the rest is
                             filled in */
    int level;            /* of zstd; 0: SEGMENT_LEVEL_DEFAULT */
    uint64_t seed;        /* random outside of tests */
    size_t index_bytes_max; /* memory of the index while it is made; 0: 128 MiB */
} SegmentOptions;

/* Writes folder/name; a name.part that was left is overwritten. *ret_header is the header for the
 * chain; its policy is the caller's slice. Memory: a block's (about 100 MiB), the index's, 40 bytes
 * a row. -EINVAL: no rows; -E2BIG: a maximum above is passed, or blocks would be more than
 * BLOCK_SET_BLOCKS_MAX; -ENOMEM; what the system said: the .part file is removed, best effort;
 * where only the sync of the folder failed the file has its name and is whole. */
MUST_USE int segment_write(const Os *os, const char *folder, const char *name,
                           const SegmentOptions *options, const Row *rows, size_t count,
                           SegmentHeader *ret_header);

typedef struct Segment Segment; /* for one thread at a time */

/* -ENOKEY: another KEK; -EBADMSG: head or directory damaged, or the key destroyed; -EPROTO: newer
 * version; -ENOMEM; what the system said. */
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

/* Blocks that may hold the text in one value (token_index.h; edges INDEX_*): a value is an event
 * field's, a record's text, the origin; the raw line, too, of syslog and text events. All of them
 * where the index is damaged. -ENOMEM, -EIO ... */
MUST_USE int segment_candidates(Segment *segment, Slice text, unsigned edges, BlockSet *ret);
bool segment_index_damaged(const Segment *segment);

/* Called a row; slices live until it returns. Negative stops. */
typedef int (*SegmentSink)(void *context, const Row *row, uint64_t number);
/* All rows of a block, by time. -EBADMSG: the block is damaged; -ENOMEM; what the sink returned. */
MUST_USE int segment_block_rows(Segment *segment, uint32_t block, SegmentSink sink, void *context);

/* The leaf of a row of this number, for the segment's tree (header.root). -ENOMEM. */
MUST_USE int segment_leaf(const Segment *segment, const Row *row, uint64_t number, Digest *ret);

/* Where the bytes of the file are. */
typedef struct SegmentUse {
    uint64_t head_bytes, block_bytes, index_bytes, directory_bytes;
} SegmentUse;
SegmentUse segment_use(const Segment *segment);

#endif
