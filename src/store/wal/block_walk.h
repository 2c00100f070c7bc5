/* Finding the blocks of a file, whatever its bytes: good blocks are given one by one, what lies
 * between them is damage, what lies after the last one was never finished. */
#ifndef AKASHI_STORE_BLOCK_WALK_H
#define AKASHI_STORE_BLOCK_WALK_H

#include "store/wal/block.h"

#define WALK_WINDOW_BYTES 32768

typedef struct BlockWalk {
    const Os *os;
    int fd;
    uint32_t file_number;
    uint64_t store_id; /* 0: any */
    uint64_t at;       /* where the next block should start */
    uint64_t end;      /* nothing from here on is looked at */
    /* Bytes that are no block, before the block given last (or before the end). */
    uint64_t damage_offset, damage_bytes; /* 0 bytes: none */
    uint64_t window_offset;
    size_t window_len;
    char window[WALK_WINDOW_BYTES];
} BlockWalk;

/* Only the heads are read and checked; blocks are passed over by their length. */
void block_walk_begin(BlockWalk *walk, const Os *os, int fd, uint32_t file_number,
                      uint64_t store_id, uint64_t end);
/* 1: *ret is the next good block; 0: no more; negative: what the system said. */
MUST_USE int block_walk_next(BlockWalk *walk, BlockHead *ret);

/* What is in a file of the store. */
typedef struct FileSurvey {
    uint64_t end; /* all before is blocks or damage; after it only what was never finished */
    uint64_t durable_end; /* all before was durable for sure; between here and end perhaps */
    bool marked;          /* the last block is a mark: the file was left in order */
    uint64_t first_row;   /* 0: no rows */
    uint64_t next_row;    /* 0: unknown */
    uint64_t rows, keyed_rows, row_bytes, raw_bytes, damaged_blocks;
    int64_t time_min_ns, time_max_ns; /* min > max: no rows */
} FileSurvey;

typedef struct SurveyedFile {
    const Os *os;
    int fd;
    uint32_t file_number;
    uint64_t store_id;
    bool closed; /* it was left in order, so that whatever is no block at its end is damage */
} SurveyedFile;

/* Blocks behind durable_end are read whole and checked; a power cut may have torn them. */
MUST_USE int file_survey(const SurveyedFile *file, BlockCodec *codec, FileSurvey *ret);

#endif
