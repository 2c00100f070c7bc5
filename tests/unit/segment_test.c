/* store/segment/segment.h: every row comes back, with its number, key and place in the tree. */
#include "tests/support/segment_bench.h"
#include "tests/support/tap.h"

#include <errno.h>
#include <stdlib.h>

static void kit_rows_come_back(void)
{
    Arena arena = arena_make(0);
    Row *rows = segment_bench_kit_rows(3000, &arena);
    SegmentBench bench = segment_bench_make(rows, 3000);
    if (segment_bench_write(&bench)) {
        segment_bench_rows_come_back(&bench);
        segment_bench_tree_holds(&bench);
        const SegmentHeader *header = segment_header(bench.segment);
        expect_int(header->count, 3000);
        expect_int(header->last_leaf, 3999);
        expect_slice(header->policy, SLICE("year"));
        expect(!segment_index_damaged(bench.segment));
    }
    segment_bench_done(&bench);
    free(rows);
    arena_done(&arena);
}

#define LONG_BYTES ((size_t)12 << 20)

/* A field of control characters is six times as long in the tail: past what a block of usual rows
 * may hold, but it comes back. */
static void a_very_long_row_comes_back(void)
{
    Arena arena = arena_make((size_t)64 << 20);
    Row *rows = segment_bench_kit_rows(3, &arena);
    char *bytes = malloc(LONG_BYTES);
    memset(bytes, '\v', LONG_BYTES);
    memcpy(bytes + LONG_BYTES / 2, "needle", 6);
    Field field = {SLICE("data"), slice_of(bytes, LONG_BYTES), FIELD_TEXT};
    rows[1].event.fields = &field;
    rows[1].event.field_count = 1;
    SegmentBench bench = segment_bench_make(rows, 3);
    BlockSet set;
    if (segment_bench_write(&bench)) {
        segment_bench_rows_come_back(&bench);
        expect_ok(segment_candidates(bench.segment, SLICE("needle"), INDEX_INSIDE, &set));
        expect(block_set_size(&set) > 0);
    }
    segment_bench_done(&bench);
    free(bytes);
    free(rows);
    arena_done(&arena);
}

static void decoded_rows_come_back(void)
{
    SegmentFixture fixture;
    segment_fixture_make(&fixture, 1200);
    SegmentBench bench =
        segment_bench_make(decoded_rows(&fixture.decoded), decoded_rows_count(&fixture.decoded));
    expect_int(bench.count, 3601);
    if (segment_bench_write(&bench)) {
        segment_bench_rows_come_back(&bench);
        segment_bench_tree_holds(&bench);
        expect(segment_block_count(bench.segment) >= 4); /* two kinds of events, syslog, EVTX */
    }
    segment_bench_done(&bench);
    segment_fixture_done(&fixture);
}

static void blocks_are_in_order(void)
{
    SegmentFixture fixture;
    segment_fixture_make(&fixture, 400);
    SegmentBench bench =
        segment_bench_make(decoded_rows(&fixture.decoded), decoded_rows_count(&fixture.decoded));
    if (segment_bench_write(&bench)) {
        size_t rows = 0;
        for (uint32_t i = 0; i < segment_block_count(bench.segment); i++) {
            const SegmentBlock *block = segment_block(bench.segment, i);
            rows += block->row_count;
            if (block->undated_count == block->row_count) continue;
            expect(block->from_ns <= block->to_ns);
            expect(block->from_ns >= bench.header.from_ns && block->to_ns <= bench.header.to_ns);
        }
        expect_int(rows, bench.count);
    }
    segment_bench_done(&bench);
    segment_fixture_done(&fixture);
}

/* ---- keys of rows, and numbers */

static void keys_are_found(void)
{
    Arena arena = arena_make(0);
    Row *rows = segment_bench_kit_rows(3000, &arena);
    uint8_t other[ROW_KEY_BYTES] = {0};
    for (size_t i = 0; i < 3000; i++) {
        memset(rows[i].key, 0, sizeof rows[i].key);
        if (i % 3) memcpy(rows[i].key + 3, &i, sizeof i);
    }
    memcpy(rows[5].key, rows[4].key, sizeof rows[4].key);
    SegmentBench bench = segment_bench_make(rows, 3000);
    if (segment_bench_write(&bench)) {
        size_t found = 0, wrong = 0;
        for (size_t i = 0; i < 3000; i++) {
            found += segment_has_key(bench.segment, rows[i].key) == 1;
        }
        for (size_t i = 0; i < 9000; i += 3) {
            memcpy(other + 3, &i, sizeof i);
            wrong += segment_has_key(bench.segment, other) != 0;
        }
        expect_int(found, 2000);
        expect_int(wrong, 0);
        uint64_t bytes = segment_use(bench.segment).key_bytes;
        expect(bytes > 2000 * 5 && bytes < 2000 * 8);
    }
    segment_bench_done(&bench);
    free(rows);
    arena_done(&arena);
}

static int numbers_that_fall(void *context, size_t index, Arena *arena, Row *ret, uint64_t *number)
{
    int r = segment_bench_get_row(context, index, arena, ret, number);
    if (index == 9) *number = segment_bench_number(8);
    return r;
}

static void numbers_and_ranks(void)
{
    Arena arena = arena_make(0);
    Row *rows = segment_bench_kit_rows(50, &arena);
    SegmentBench bench = segment_bench_make(rows, 50);
    uint64_t rank;
    if (segment_bench_write(&bench)) {
        for (size_t i = 0; i < 50; i++) {
            expect_int(segment_number_of(bench.segment, i), segment_bench_number(i));
            expect_ok(segment_rank_of(bench.segment, segment_bench_number(i), &rank));
            expect_int(rank, i);
        }
        expect_int(segment_rank_of(bench.segment, SEGMENT_BENCH_FIRST - 1, &rank), -ENOENT);
        expect_int(segment_rank_of(bench.segment, SEGMENT_BENCH_FIRST + SEGMENT_BENCH_GAP, &rank),
                   -ENOENT);
        expect_int(segment_rank_of(bench.segment, segment_bench_number(49) + 1, &rank), -ENOENT);
    }
    const SegmentRows falling = {.count = 50, .get = numbers_that_fall, .context = &bench};
    const SegmentOptions options = {.kek = bench.kek};
    SegmentHeader header;
    expect_int(segment_write(bench.os, SEGMENT_BENCH_FOLDER, "8.seg", &options, &falling, &header),
               -EINVAL);
    segment_bench_done(&bench);
    free(rows);
    arena_done(&arena);
}

static void other_keys_are_refused(void)
{
    Arena arena = arena_make(0);
    Row *rows = segment_bench_kit_rows(50, &arena);
    SegmentBench bench = segment_bench_make(rows, 50);
    Secret *other = NULL;
    Segment *segment = NULL;
    if (segment_bench_write(&bench)) {
        expect_ok(secret_random(bench.os, KEK_BYTES, &other));
        expect_int(segment_open(bench.os, SEGMENT_BENCH_PATH, other, &segment), -ENOKEY);
        expect_int(segment_open(bench.os, SEGMENT_BENCH_FOLDER "/8.seg", other, &segment), -ENOENT);
        SegmentOptions options = {.kek = bench.kek};
        SegmentHeader header;
        SegmentRows source = segment_bench_source(&bench);
        source.count = 0;
        expect_int(
            segment_write(bench.os, SEGMENT_BENCH_FOLDER, "8.seg", &options, &source, &header),
            -EINVAL);
        expect_ok(segment_erase(bench.os, SEGMENT_BENCH_PATH));
        expect_int(segment_open(bench.os, SEGMENT_BENCH_PATH, bench.kek, &segment), -EBADMSG);
    }
    secret_free(other);
    segment_bench_done(&bench);
    free(rows);
    arena_done(&arena);
}

static const TapTest tests[] = {
    TAP_TEST(kit_rows_come_back),
    TAP_TEST(decoded_rows_come_back),
    TAP_TEST(a_very_long_row_comes_back),
    TAP_TEST(blocks_are_in_order),
    TAP_TEST(keys_are_found),
    TAP_TEST(numbers_and_ranks),
    TAP_TEST(other_keys_are_refused),
};
TAP_MAIN(tests)
