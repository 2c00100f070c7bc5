/* Between segment_repack.c (members, the file), repack_survey.c (the first pass: block by block, is
 * every row what its member's root says?) and repack_rows.c (rows by rank for the second pass). */
#ifndef AKASHI_STORE_REPACK_INT_H
#define AKASHI_STORE_REPACK_INT_H

#include "store/segment/segment_state.h"

typedef struct RowPlace {
    uint16_t input, block, row; /* the last one: its place in the block */
} RowPlace;

typedef struct OpenedBlock {
    OpenBlock *block; /* NULL: free */
    uint16_t input, number;
    uint64_t used;
    size_t bytes;
} OpenedBlock;
#define REPACK_BLOCKS_OPEN_MAX 64

typedef struct RepackRows {
    Segment *const *inputs;
    size_t input_count;
    uint64_t row_count;
    RowPlace *places; /* by rank */
    OpenedBlock opened[REPACK_BLOCKS_OPEN_MAX];
    uint64_t uses;
    size_t bytes;
} RepackRows;
void repack_rows_done(RepackRows *rows);
/* SegmentRows.get; the context is RepackRows. In the order of writing each block is opened once, as
 * long as the blocks of one kind and time are not more than may be open. */
int repack_rows_get(void *context, size_t rank, Arena *arena, Row *ret, uint64_t *ret_number);

typedef struct Repacking {
    RepackRows rows;
    uint64_t seed;
    SegmentMember *members;
    Buf *left;            /* of each member */
    Buf *gone;            /* GoneRow, of each member */
    const uint64_t *drop; /* numbers, ascending */
    size_t drop_count;
    size_t member_count;
    uint8_t *marks; /* by rank */
} Repacking;
bool repack_drops(const Repacking *repacking, uint64_t number);
/* SegmentPlan.survey; the plan's context is Repacking. */
int repack_survey(SegmentPlan *plan, const SegmentKey *key, SegmentHeader *header, Survey *ret);

#endif
