/* The scan by time: the newest rows by their own time, wherever they stand, and no block read that
 * cannot hold one. */
#include "tests/support/store_kit.h"
#include "tests/support/tap.h"

#include "os/simulated.h"

#include <errno.h>
#include <stdlib.h>

#define FOLDER "/var/store"
#define ROWS 5000
#define WANTED_MAX 64

typedef struct Newest {
    int64_t times[WANTED_MAX]; /* ascending */
    size_t count, wanted;
    int64_t floor_ns;
    size_t seen;
} Newest;

static int by_number(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static int keep_newest(void *context, const Row *row, uint64_t number)
{
    Newest *newest = context;
    (void)number;
    newest->seen++;
    if (newest->count == newest->wanted) {
        if (row->record.time_ns <= newest->times[0]) return 0;
        newest->times[0] = row->record.time_ns;
    } else {
        newest->times[newest->count++] = row->record.time_ns;
    }
    qsort(newest->times, newest->count, sizeof newest->times[0], by_number);
    if (newest->count == newest->wanted) newest->floor_ns = newest->times[0];
    return 0;
}

/* Times that mostly ascend, with old exports coming in between. */
static int64_t time_of(uint64_t *random, size_t i)
{
    uint64_t dice = kit_random(random);
    int64_t old = dice % 7 == 0 ? (int64_t)(dice >> 8) % 1000000 : 0;
    return ((int64_t)i * 1000 - old) * NS_PER_MS;
}

static void fill(Store *store, int64_t *times, uint64_t *random)
{
    StoreTally tally = {0};
    Arena arena = {0};
    for (size_t i = 0; i < ROWS; i++) {
        Row row = kit_row(i, &arena);
        times[i] = row.record.time_ns = time_of(random, i);
        memset(row.key, 0, sizeof row.key);
        expect_ok(store_append(store, &row, 1, &tally));
        if (i % 97 == 0) expect_ok(store_commit(store));
        arena_reset(&arena);
    }
    expect_ok(store_commit(store));
    arena_done(&arena);
}

static void check_newest(const Os *os, int64_t *times, size_t wanted)
{
    StoreReader *reader;
    Newest newest = {.wanted = wanted, .floor_ns = INT64_MIN};
    const ScanRange range = {
        .from_ns = INT64_MIN, .to_ns = INT64_MAX, .floor_ns = &newest.floor_ns};
    if (!expect_ok(store_reader_open(os, FOLDER, kit_kek(), &reader, NULL))) return;
    expect_ok(store_scan(reader, &range, keep_newest, NULL, &newest));
    store_reader_close(reader);
    expect_int(newest.count, wanted);
    for (size_t i = 0; i < wanted; i++) {
        expect_int(newest.times[i], times[ROWS - wanted + i]);
    }
    expect(newest.seen < ROWS / 2);
}

static void the_newest_rows_come_wherever_they_stand(void)
{
    static int64_t times[ROWS];
    uint64_t random = 20261120;
    SimulatedOs *machine = simulated_os_new(1);
    const Os *os = simulated_os_table(machine);
    const StoreOptions options = {.segment_bytes_max = 256 << 10, .block_bytes_max = 16 << 10};
    Store *store;
    Complaint complaint;
    if (expect_ok(kit_open(os, FOLDER, &options, &store, &complaint))) {
        fill(store, times, &random);
        store_close(store);
        qsort(times, ROWS, sizeof times[0], by_number);
        check_newest(os, times, 1);
        check_newest(os, times, 10);
        check_newest(os, times, WANTED_MAX);
    }
    simulated_os_free(machine);
}

static int count_rows(void *context, const Row *row, uint64_t number)
{
    (void)row, (void)number;
    ++*(size_t *)context;
    return 0;
}

static void without_a_floor_every_row_comes_once(void)
{
    static int64_t times[ROWS];
    uint64_t random = 7;
    SimulatedOs *machine = simulated_os_new(2);
    const Os *os = simulated_os_table(machine);
    const StoreOptions options = {.segment_bytes_max = 64 << 10, .block_bytes_max = 8 << 10};
    Store *store;
    Complaint complaint;
    StoreReader *reader;
    if (expect_ok(kit_open(os, FOLDER, &options, &store, &complaint))) {
        fill(store, times, &random);
        size_t count = 0;
        int64_t floor_ns = INT64_MIN;
        const ScanRange range = {.from_ns = INT64_MIN, .to_ns = INT64_MAX, .floor_ns = &floor_ns};
        if (expect_ok(store_reader_open(os, FOLDER, kit_kek(), &reader, NULL))) {
            expect_ok(store_scan(reader, &range, count_rows, NULL, &count));
            expect_int(count, ROWS);
            store_reader_close(reader);
        }
        store_close(store);
    }
    simulated_os_free(machine);
}

static const TapTest tests[] = {
    TAP_TEST(the_newest_rows_come_wherever_they_stand),
    TAP_TEST(without_a_floor_every_row_comes_once),
};

TAP_MAIN(tests)
