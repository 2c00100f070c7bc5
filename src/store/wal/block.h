/* Blocks: the unit of writing, checking and loss. A file of the log is blocks one after the other.
 *
 * A block is a head of BLOCK_HEAD_BYTES, and the rows' keys (when any row has one) and the rows
 * packed with zstd, both sealed under the file's key. The head carries that key, wrapped: a file
 * needs no place of which everything else hangs, and damage costs the block that it hits. The head
 * has a checksum against accidents; that nobody changed it is what the sealed part says, which
 * begins with the head's sum. Bytes: doc/format/store.md. */
#ifndef AKASHI_STORE_BLOCK_H
#define AKASHI_STORE_BLOCK_H

#include "base/arena.h"
#include "base/buf.h"
#include "os/os.h"
#include "record/row.h"
#include "store/crypt/crypt.h"

#define BLOCK_HEAD_BYTES 220
#define BLOCK_SUM_BYTES 16
/* A block is packed when its rows are so many bytes or so many rows. */
#define BLOCK_ROW_BYTES_FULL ((size_t)1 << 20)
#define BLOCK_ROWS_MAX 16384
/* One row may be longer than a full block, but not this long. */
#define ROW_BYTES_MAX ((size_t)64 << 20)
#define BLOCK_ROW_BYTES_MAX (ROW_BYTES_MAX + BLOCK_ROW_BYTES_FULL + 16)

typedef enum BlockKind { /* stored on disk: never renumber */
                         BLOCK_ROWS = 1,
                         BLOCK_MARK = 2, /* no rows: says that everything before it is durable */
} BlockKind;

typedef struct BlockHead {
    BlockKind kind;
    bool has_keys;
    uint32_t
        file_number; /* file_number() of the file it belongs to: a block moved elsewhere is none */
    uint64_t store_id;    /* random, from FORMAT: log content that looks like a block is none */
    uint64_t offset;      /* its own, in the file */
    uint64_t durable_end; /* the file was durable up to here when the block was written */
    uint64_t first_row;   /* number of its first row; a mark: of the next row to come */
    uint32_t row_count;
    uint32_t row_bytes;               /* before packing */
    uint32_t packed_bytes;            /* after */
    int64_t time_min_ns, time_max_ns; /* of row_time_ns */
    uint64_t raw_bytes;               /* of the rows' raw forms */
    WrappedKey key;                   /* of the file; zeros in a mark */
    uint8_t sum[BLOCK_SUM_BYTES];     /* of all above */
} BlockHead;

/* What is sealed in pieces of CRYPT_BLOCK_BYTES_MAX. */
static inline uint64_t sealed_part_bytes(uint64_t plain)
{
    return plain + (plain + CRYPT_BLOCK_BYTES_MAX - 1) / CRYPT_BLOCK_BYTES_MAX * CRYPT_TAG_BYTES;
}

static inline uint64_t block_keys_bytes(const BlockHead *head)
{
    return head->has_keys ? (uint64_t)head->row_count * ROW_KEY_BYTES : 0;
}
/* Of the whole block in the file. */
static inline uint64_t block_bytes(const BlockHead *head)
{
    if (head->kind == BLOCK_MARK) return BLOCK_HEAD_BYTES;
    return BLOCK_HEAD_BYTES +
           sealed_part_bytes(BLOCK_SUM_BYTES + block_keys_bytes(head) + head->packed_bytes);
}

/* The time by which a row is found: when it happened, or when that is unknown, when it was
 * received. */
static inline int64_t row_time_ns(const Row *row)
{
    return row->record.time_ns != TIME_UNKNOWN ? row->record.time_ns : row->record.ingested_ns;
}

/* Rows on their way into a block. */
typedef struct BlockRows {
    Buf keys;          /* ROW_KEY_BYTES a row */
    Buf bytes;         /* a varint length and the row, row by row */
    size_t bytes_full; /* set at start; 0: BLOCK_ROW_BYTES_FULL */
    uint64_t first_row;
    uint32_t row_count;
    bool has_keys;
    int64_t time_min_ns, time_max_ns;
    uint64_t raw_bytes;
} BlockRows;

void block_rows_done(BlockRows *rows);
/* Empties it; the next row added will have this number. */
void block_rows_begin(BlockRows *rows, uint64_t first_row);
static inline bool block_rows_full(const BlockRows *rows)
{
    size_t full = rows->bytes_full ? rows->bytes_full : BLOCK_ROW_BYTES_FULL;
    return rows->bytes.len >= full || rows->row_count >= BLOCK_ROWS_MAX;
}
/* Adds a row and tells its bytes (row.h), which live until the next call. A row of more fields or
 * bytes than a row may have is kept without its event's fields, which can be decoded from raw
 * again: PARSE_PARTIAL, with `akashi.parse_error`. -EMSGSIZE: too long even so; -ENOMEM. On failure
 * nothing was added. */
MUST_USE int block_rows_add(BlockRows *rows, const Row *row, Slice *ret_encoded);

/* The key of a file that is being written: made with the file, gone with the process (C1). */
typedef struct BlockKey {
    SegmentKey *key; /* NULL: none yet */
    WrappedKey wrapped;
} BlockKey;
MUST_USE int block_key_new(const Os *os, uint64_t store_id, uint32_t file_number, const Secret *kek,
                           BlockKey *ret);
void block_key_done(BlockKey *key);

/* Packing contexts and the key unwrapped last, reused from block to block. The KEK is borrowed. */
typedef struct BlockCodec BlockCodec;
BlockCodec *block_codec_new(const Secret *kek); /* NULL: no memory */
void block_codec_free(BlockCodec *codec);

/* Where a block will stand. */
typedef struct BlockPlace {
    uint32_t file_number;
    uint64_t store_id;
    uint64_t offset;
    uint64_t durable_end;
} BlockPlace;

/* Appends the block to `to`. -ENOMEM, -EMSGSIZE as the Buf says; -EIO when zstd fails; -EPERM: a
 * block at that offset or behind it was sealed under the key already. */
MUST_USE int block_pack(BlockCodec *codec, int level, const BlockRows *rows,
                        const BlockPlace *place, BlockKey *key, Buf *to);
/* Appends a mark; next_row is the number of the next row to come. */
MUST_USE int block_add_mark(const BlockPlace *place, uint64_t next_row, Buf *to);

/* Reads a head. False: these bytes (BLOCK_HEAD_BYTES) are no head that `place` could have. Only
 * file_number, store_id (0: any) and offset of the place are looked at. */
MUST_USE bool block_head_read(const char *bytes, const BlockPlace *place, BlockHead *ret);

/* A block in memory, unpacked. Slices live until the next block_load with the same codec. */
typedef struct BlockContent {
    Slice keys; /* empty: no row has one */
    Slice rows;
} BlockContent;

/* Reads the block of this head from the file, checks and unpacks it. -EBADMSG: damaged, with a
 * *ret_reason; -ENOMEM, or what the system said. */
MUST_USE int block_load(BlockCodec *codec, const Os *os, int fd, const BlockHead *head,
                        BlockContent *ret, const char **ret_reason);
/* The keys alone, but of good rows only: keys of rows that are lost must not keep them from being
 * appended again. */
MUST_USE int block_load_keys(BlockCodec *codec, const Os *os, int fd, const BlockHead *head,
                             Slice *ret, const char **ret_reason);
/* Takes the next row's bytes off the front of a block's rows. -EBADMSG. */
MUST_USE int block_take_row(Slice *rows, Slice *ret);

#endif
