/* For tests of segments: rows of our own making, a segment of them on a simulated machine, and what
 * must be true of it. */
#ifndef AKASHI_TESTS_SEGMENT_BENCH_H
#define AKASHI_TESTS_SEGMENT_BENCH_H

#include "tests/support/decoded_rows.h"
#include "tests/support/evtx_writer.h"

#include "os/simulated.h"
#include "store/segment/segment.h"

#define SEGMENT_BENCH_FOLDER "/var/segments"
#define SEGMENT_BENCH_PATH SEGMENT_BENCH_FOLDER "/7.seg"

#define SEGMENT_BENCH_FIRST 501
#define SEGMENT_BENCH_GAP 7 /* rows; then a number is left out */

/* A machine, keys, and a written segment of rows. */
typedef struct SegmentBench {
    SimulatedOs *machine;
    const Os *os;
    Secret *kek;
    Segment *segment;
    SegmentHeader header;
    const Row *rows;
    size_t count;
    uint8_t *seen; /* how often each row came */
    size_t wrong;
} SegmentBench;

SegmentBench segment_bench_make(const Row *rows, size_t count);
void segment_bench_done(SegmentBench *bench);
/* Writes the segment and opens it. */
bool segment_bench_write(SegmentBench *bench);

/* What segment_write asks. */
uint64_t segment_bench_number(size_t rank);
int segment_bench_get_row(void *context, size_t index, Arena *arena, Row *ret,
                          uint64_t *ret_number);
SegmentRows segment_bench_source(SegmentBench *bench);

/* A SegmentSink: rows come back whole, but for their key. */
int segment_bench_check_row(void *context, const Row *row, uint64_t number);
void segment_bench_rows_come_back(SegmentBench *bench);
void segment_bench_tree_holds(const SegmentBench *bench);

/* Rows of store_kit.h; to be freed. */
Row *segment_bench_kit_rows(size_t count, Arena *arena);

/* Windows JSON, syslog and EVTX, decoded. */
typedef struct SegmentFixture {
    Buf windows, syslog;
    EvtxWriter writer;
    DecodedRows decoded;
} SegmentFixture;

void segment_fixture_make(SegmentFixture *fixture, size_t count);
void segment_fixture_done(SegmentFixture *fixture);

#endif
