/* Between the files of segment.h: segment_groups.c (rows to blocks), segment_block.c (a block to
 * bytes and back), segment_seal.c (bytes to sealed pieces and back), segment_write.c and
 * segment_open.c (the file), segment_leaf.c (rows to leaves). */
#ifndef AKASHI_STORE_SEGMENT_INT_H
#define AKASHI_STORE_SEGMENT_INT_H

#include "store/segment/segment.h"
#include "store/tokens/token_builder.h"

/* All of these stand on disk: never renumber. */
#define SEGMENT_MAGIC "AKASHIsg"
#define SEGMENT_VERSION 1
#define SEGMENT_HEAD_BYTES 1024
#define SEGMENT_PIECE_BYTES                                                                        \
    ((size_t)1 << 20) /* plain bytes of a sealed piece; the last is shorter */
enum { SEAL_BLOCK = 1, SEAL_INDEX = 2, SEAL_DIRECTORY = 3 };
enum { HEAD_WRAPPED_AT = 12, HEAD_BODY_AT = 12 + CRYPT_WRAPPED_BYTES };

#define SEGMENT_PLAIN_BYTES_MAX ((size_t)512 << 20) /* of a block or the directory, unsealed */
#define SEGMENT_READ_BYTES_MAX ((size_t)1 << 30)    /* memory of a block that is read */

/* A run of sealed pieces, one after the other in the file. */
typedef struct SealedRun {
    uint64_t offset; /* in the file */
    uint64_t bytes;  /* plain */
    uint64_t first;  /* block number of its first piece */
} SealedRun;
static inline uint64_t sealed_pieces(uint64_t bytes)
{
    return (bytes + SEGMENT_PIECE_BYTES - 1) / SEGMENT_PIECE_BYTES;
}
static inline uint64_t sealed_bytes(uint64_t bytes)
{
    return bytes + sealed_pieces(bytes) * CRYPT_TAG_BYTES;
}

/* What writes sealed pieces to a file, in order. */
typedef struct Sealer {
    const Os *os;
    int fd;
    SegmentKey *key;
    uint64_t at;   /* in the file */
    uint64_t next; /* block number */
    char *room;    /* SEGMENT_PIECE_BYTES + CRYPT_TAG_BYTES */
} Sealer;
MUST_USE int seal_piece(Sealer *sealer, unsigned kind, Slice plain);
MUST_USE int seal_run(Sealer *sealer, unsigned kind, Slice plain, SealedRun *ret);

/* Appends the plain bytes of pieces. -EBADMSG: changed, or cut short. */
MUST_USE int unseal_piece(const Os *os, int fd, SegmentKey *key, unsigned kind, SealedRun piece,
                          Buf *to);
MUST_USE int unseal_run(const Os *os, int fd, SegmentKey *key, unsigned kind, const SealedRun *run,
                        Buf *to);

/* Rows in the order that they are written in. */
typedef struct GroupedRow {
    uint32_t group;
    uint32_t number; /* place in the array */
    int64_t time_ns;
} GroupedRow;
/* -ENOMEM. */
MUST_USE int segment_group(const Row *rows, size_t count, uint64_t seed, GroupedRow *ret);

/* A block's rows to its plain bytes; the values into the index. */
typedef struct BlockInput {
    const Row *rows;         /* all of the segment */
    const GroupedRow *order; /* of the block */
    size_t count;
    uint32_t block;
    int level;
    uint64_t seed;
    IndexBuilder *index;
} BlockInput;
MUST_USE int segment_block_encode(const BlockInput *input, Buf *to);
MUST_USE int segment_block_decode(Slice plain, uint32_t row_count, SegmentSink sink, void *context);

/* Appends the canonical bytes of a row that has this number: what its leaf is over. */
void segment_row_bytes(Buf *to, const Row *row);
MUST_USE int segment_leaf_of(const SegmentKey *key, Buf *scratch, const Row *row, uint64_t number,
                             Digest *ret);

#endif
