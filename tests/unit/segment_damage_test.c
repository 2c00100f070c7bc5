/* store/segment/segment.h: changed bytes are refused and located, failed calls leave nothing
 * behind. */
#include "tests/support/segment_bench.h"
#include "tests/support/tap.h"

#include "os/faulty.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

/* What is lost where one byte of the file is another. */
typedef struct Loss {
    size_t blocks, keys; /* keys: those not found */
    bool index;
    unsigned damaged; /* as segment_check says */
} Loss;

static Loss loss_of(SegmentBench *bench)
{
    Segment *segment;
    BlockSet set;
    Loss loss = {0};
    if (!expect_ok(segment_open(bench->os, SEGMENT_BENCH_PATH, bench->kek, &segment))) return loss;
    for (uint32_t i = 0; i < segment_block_count(segment); i++) {
        loss.blocks += segment_block_rows(segment, i, segment_bench_check_row, bench) < 0;
    }
    expect_ok(segment_candidates(segment, SLICE("tanaka"), INDEX_INSIDE, &set));
    loss.index = segment_index_damaged(segment);
    expect(block_set_size(&set) > 0);
    for (size_t i = 0; i < bench->count; i++) {
        int r = segment_has_key(segment, bench->rows[i].key);
        expect(r == 1 || r == -EBADMSG || (r == 0 && i == 0));
        loss.keys += r != 1;
    }
    expect_ok(segment_check(segment, &loss.damaged));
    segment_close(segment);
    return loss;
}

/* Every byte: the segment opens, at most one block is lost, and the check says what. */
static void flipped_bytes_never_lie(void)
{
    Arena arena = arena_make(0);
    FileInfo info = {0};
    Row *rows = segment_bench_kit_rows(40, &arena);
    size_t parts[32] = {0};
    for (size_t i = 0; i < 40; i++) {
        memset(rows[i].key, (int)i, sizeof rows[i].key); /* the first has none */
    }
    SegmentBench bench = segment_bench_make(rows, 40);
    if (!segment_bench_write(&bench)) return;
    expect_ok(bench.os->info(bench.os->state, SEGMENT_BENCH_PATH, &info));
    int fd = bench.os->open(bench.os->state, SEGMENT_BENCH_PATH, O_RDWR, 0);
    for (uint64_t at = 0; at < info.bytes && tap_failures() == 0; at++) {
        char byte, other;
        expect_int(os_pread_full(bench.os, fd, &byte, 1, at), 1);
        other = (char)(byte ^ (1 << at % 8));
        expect_ok(os_pwrite_full(bench.os, fd, &other, 1, at));
        Loss loss = loss_of(&bench);
        if (!expect(loss.damaged != 0)) tap_note("byte %llu", (unsigned long long)at);
        expect(loss.blocks == (loss.damaged == SEGMENT_DAMAGED_BLOCK));
        expect(!loss.index || loss.damaged == SEGMENT_DAMAGED_INDEX);
        expect(loss.keys == 1 || loss.damaged == SEGMENT_DAMAGED_KEYS);
        parts[loss.damaged & 31]++;
        expect_ok(os_pwrite_full(bench.os, fd, &byte, 1, at));
    }
    bench.os->close(bench.os->state, fd);
    expect_int(bench.wrong, 0);
    expect(parts[SEGMENT_DAMAGED_HEAD] == 2 * 1024 && parts[SEGMENT_DAMAGED_DIRECTORY] > 300);
    expect(parts[SEGMENT_DAMAGED_BLOCK] > 1000 && parts[SEGMENT_DAMAGED_INDEX] > 100);
    expect(parts[SEGMENT_DAMAGED_KEYS] > 100);
    segment_bench_done(&bench);
    free(rows);
    arena_done(&arena);
}

/* Each call fails once: what is left has no name, or is whole. */
static void failed_calls_leave_nothing(void)
{
    Arena arena = arena_make(0);
    Row *rows = segment_bench_kit_rows(50, &arena);
    SegmentBench bench = segment_bench_make(rows, 50);
    const SegmentRows source = segment_bench_source(&bench);
    FaultyOs faulty;
    FileInfo info;
    faulty_os_init(&faulty, bench.os);
    SegmentOptions options = {.kek = bench.kek, .seed = 11};
    uint64_t calls = OS_CALLS_WRITE | OS_CALLS_SYNC | OS_CALL_BIT(OS_CALL_OPEN) |
                     OS_CALL_BIT(OS_CALL_RENAME) | OS_CALL_BIT(OS_CALL_RANDOM);
    uint64_t nth = 0;
    int r = -EIO;
    while (r < 0 && tap_failures() == 0) {
        faulty_os_plan(&faulty, (FaultPlan){.calls = calls, .nth = ++nth, .error = -EIO});
        r = segment_write(&faulty.os, SEGMENT_BENCH_FOLDER, "7.seg", &options, &source,
                          &bench.header);
        expect(r == 0 || r == -EIO);
        expect_int(bench.os->info(bench.os->state, SEGMENT_BENCH_PATH ".part", &info), -ENOENT);
        if (bench.os->info(bench.os->state, SEGMENT_BENCH_PATH, &info) == 0) {
            expect_ok(segment_open(bench.os, SEGMENT_BENCH_PATH, bench.kek, &bench.segment));
            segment_bench_rows_come_back(&bench);
            segment_close(bench.segment);
            bench.segment = NULL;
            expect_ok(bench.os->unlink(bench.os->state, SEGMENT_BENCH_PATH));
        }
    }
    expect(nth > 8);
    faulty_os_done(&faulty);
    segment_bench_done(&bench);
    free(rows);
    arena_done(&arena);
}

static const TapTest tests[] = {
    TAP_TEST(flipped_bytes_never_lie),
    TAP_TEST(failed_calls_leave_nothing),
};
TAP_MAIN(tests)
