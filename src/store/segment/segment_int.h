/* Between the files of segment.h: segment_survey.c (what is to be known of all rows before any is
 * written), segment_groups.c (rows to blocks), segment_block.c (a block to bytes and back),
 * segment_seal.c (bytes to sealed pieces and back), segment_write.c and segment_open.c (the file),
 * segment_leaf.c (rows to leaves). */
#ifndef AKASHI_STORE_SEGMENT_INT_H
#define AKASHI_STORE_SEGMENT_INT_H

#include "base/map.h"
#include "store/segment/number_runs.h"
#include "store/segment/segment.h"
#include "store/segment/segment_keys.h"
#include "store/tokens/token_builder.h"

/* All of these stand on disk: never renumber. */
#define SEGMENT_MAGIC "AKASHIsg"
#define SEGMENT_VERSION 1
#define SEGMENT_HEAD_BYTES 1024
#define SEGMENT_SECTOR_BYTES 4096 /* what a disk may lose at once */
#define SEGMENT_PIECE_BYTES                                                                        \
    ((size_t)1 << 20) /* plain bytes of a sealed piece; the last is shorter */
enum { SEAL_BLOCK = 1, SEAL_INDEX = 2, SEAL_DIRECTORY = 3, SEAL_KEYS = 4 };
enum { HEAD_WRAPPED_AT = 12, HEAD_BODY_AT = 12 + CRYPT_WRAPPED_BYTES };

#define SEGMENT_PLAIN_BYTES_MAX ((size_t)512 << 20) /* of a block or the directory, unsealed */
#define SEGMENT_READ_BYTES_MAX ((size_t)1 << 30)    /* memory of a block that is read */

/* The numbers of a row beside its text; the last one only in re-packed files. */
enum {
    NUMBER_RANK,
    NUMBER_TIME,
    NUMBER_INGESTED,
    NUMBER_OFFSET,
    NUMBER_INDEX,
    NUMBER_RECORD,
    NUMBER_RECIPE,
    NUMBER_MARK,
    NUMBER_COUNT
};
/* How a row's key is made from the row (record/event_key.h): 0: it is not; up to MARK_CONTENT: the
 * key of its content, mark - 1 added to the last byte; above: that of its line, of which so many
 * came before as mark - MARK_CONTENT - 1 has MARK_ADDED, its remainder added to the last byte. */
enum { MARK_CONTENT = 16, MARK_ADDED = 4, MARK_BEFORE = 32 };
#define MARK_MAX (MARK_CONTENT + MARK_ADDED * MARK_BEFORE)
/* Of a mark that is not 0. */
void segment_marked_key(Buf *scratch, const Row *row, unsigned mark,
                        uint8_t ret_key[ROW_KEY_BYTES]);

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
    uint32_t rank;
    int64_t time_ns;
    uint32_t raw_bytes; /* UINT32_MAX: that or more */
} GroupedRow;

/* Which rows stand together: those of one kind of event, by time. */
typedef struct Grouping {
    Map kinds;
    Buf kind; /* of the row at hand */
    uint64_t seed;
    GroupedRow *rows; /* the caller's */
    size_t count;
    uint32_t sizes[SEGMENT_GROUPS_MAX + EVENT_JSON + 1];
} Grouping;
void grouping_begin(Grouping *grouping, GroupedRow *rows, uint64_t seed);
/* -ENOMEM. */
MUST_USE int grouping_add(Grouping *grouping, const Row *row, uint64_t rank);
/* Puts the rows into the order that they are written in. All ranks below the count were given. */
void grouping_end(Grouping *grouping);
void grouping_done(Grouping *grouping);

/* All that is known of the rows before the first is written. */
typedef struct Survey {
    GroupedRow *order;
    uint64_t *prints; /* of keys */
    size_t print_count;
    size_t capacity; /* of both */
    NumberRuns numbers;
} Survey;
void survey_done(Survey *survey);

/* Gathers it, row by row, in the order of their numbers. */
typedef struct Surveyor {
    const SegmentKey *key;
    KeySeed key_seed;
    Survey *survey;
    SegmentHeader *header; /* its times and root */
    Grouping grouping;
    Tree tree;
    TreeRecord leaves[TREE_RECORDS_MAX]; /* that wait for each other */
    size_t leaf_count;
    Buf scratch[TREE_RECORDS_MAX]; /* theirs */
} Surveyor;
/* row_count: if known before, else 0. -ENOMEM. */
MUST_USE int surveyor_begin(Surveyor *surveyor, const SegmentKey *key, uint64_t seed,
                            size_t row_count, SegmentHeader *header, Survey *survey);
/* key: the row's, or NULL. -EINVAL: numbers do not rise; -ENOMEM. */
MUST_USE int surveyor_take(Surveyor *surveyor, const Row *row, const uint8_t *key, uint64_t number);
/* The same; raw: the row's, where it stays until surveyor_end. Faster. */
MUST_USE int surveyor_take_kept(Surveyor *surveyor, const Row *row, Slice raw, const uint8_t *key,
                                uint64_t number);
/* The rows' order and root. */
void surveyor_end(Surveyor *surveyor);
void surveyor_done(Surveyor *surveyor);
/* Of a row whose time is that: into the header's range, which begins with none. */
void survey_note_time(SegmentHeader *header, int64_t time_ns);

/* What a file is made of. */
typedef struct SegmentPlan {
    const SegmentRows *rows;
    SegmentKey *key;               /* of the segment, the caller's; NULL: a new one */
    const struct StockRows *stock; /* the rows, or NULL: they are asked of `rows` */
    /* Fills in Survey and header but for its digests of parts. */
    int (*survey)(struct SegmentPlan *plan, const SegmentKey *key, SegmentHeader *header,
                  Survey *ret);
    void *context;
    /* Of re-packed files, else none; there when the survey is done. */
    const uint8_t *marks; /* by rank */
    struct SegmentMember *members;
    Buf *left; /* prints (uint64_t) of each member that no row with a mark stands for */
    size_t member_count;
    /* Called after each block with the rows written; negative ends it. NULL: not wanted. */
    int (*going)(void *context, uint64_t rows);
    void *going_context;
} SegmentPlan;
MUST_USE int segment_write_plan(const Os *os, const char *folder, const char *name,
                                const SegmentOptions *options, SegmentPlan *plan,
                                SegmentHeader *ret_header);

/* A block's rows to its plain bytes; the values into the index. The writer keeps its memory for the
 * next block. */
typedef struct BlockInput {
    const SegmentRows *rows;       /* all of the segment */
    const GroupedRow *order;       /* of the block */
    const uint8_t *marks;          /* by rank; NULL: there is no such number */
    const struct StockRows *stock; /* NULL: rows are asked of `rows` */
    size_t count;
    uint32_t block;
    int level;
    uint64_t seed;
    IndexBuilder *index;
} BlockInput;
typedef SegmentWorkspace BlockWriter;
MUST_USE int block_writer_encode(BlockWriter *writer, const BlockInput *input, Buf *to);
/* A block that is read row by row. For one thread. */
typedef struct OpenBlock OpenBlock;
/* Takes the plain bytes over, also on failure. -EBADMSG, -ENOMEM. */
MUST_USE int open_block_new(Buf *plain, uint32_t row_count, OpenBlock **ret);
void open_block_free(OpenBlock *block);
static inline void open_block_done(OpenBlock **held)
{
    open_block_free(*held);
}
/* Rows by time, from 0. Slices live until the next call, or in the arena. */
MUST_USE int open_block_row(OpenBlock *block, uint32_t at, Row *ret);
uint64_t open_block_rank(const OpenBlock *block, uint32_t at);
unsigned open_block_mark(const OpenBlock *block, uint32_t at); /* 0 where there are none */
size_t open_block_bytes(const OpenBlock *block);               /* of memory, about */

/* Appends the canonical bytes of a row: what its leaf is over. */
void segment_row_bytes(Buf *to, const Row *row);
/* What the leaf is over, of pieces in `scratch` and raw. -ENOMEM. */
MUST_USE int segment_leaf_record(const SegmentKey *key, Buf *scratch, const Row *row, Slice raw,
                                 uint64_t rank, TreeRecord *ret);
MUST_USE int segment_leaf_of(const SegmentKey *key, Buf *scratch, const Row *row, uint64_t rank,
                             Digest *ret);

#endif
