/* Re-packing (store.h, doc/decisions/0010-repacking.md, 0011-repeats-of-packed-rows.md): rows,
 * numbers, proofs, repeats and readers are as before. Power cuts: tests/crash/store_crash_test.c.
 */
#include "tests/support/store_kit.h"
#include "tests/support/tap.h"

#include "os/simulated.h"
#include "store/proof/checkpoint.h"
#include "store/sealed/store_verify.h"
#include "store/segment/segment.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#define FOLDER "/var/store"
static const StoreOptions small = {.segment_bytes_max = 9000, .block_bytes_max = 3000};

typedef struct Bench {
    SimulatedOs *machine;
    const Os *os;
    KitHistory history;
    uint64_t next;
} Bench;

static Bench bench_make(void)
{
    Bench bench = {.machine = simulated_os_new(3)};
    bench.os = simulated_os_table(bench.machine);
    return bench;
}

static void bench_done(Bench *bench)
{
    kit_history_done(&bench->history);
    simulated_os_free(bench->machine);
}

static Store *open_store(const Bench *bench)
{
    Store *store = NULL;
    Complaint complaint = {0};
    int r = kit_open(bench->os, FOLDER, &small, &store, &complaint);
    if (r < 0) tap_fail(__FILE__, __LINE__, "store_open: %d %s", r, complaint.en);
    return store;
}

static void add_rows(Bench *bench, Store *store, uint64_t count)
{
    expect_ok(kit_work(store, bench->next, bench->next + count, 23, &bench->history));
    bench->next += count;
    expect_ok(store_seal(store));
}

static StorePackTally pack(Store *store, bool at_once)
{
    const StorePackOptions options = {.level = 3, .at_once = at_once};
    StorePackTally tally = {0};
    expect_ok(store_pack(store, &options, &tally));
    expect_int(tally.failed, 0);
    return tally;
}

static StoreReader *open_reader(const Bench *bench)
{
    StoreReader *reader = NULL;
    Complaint complaint;
    expect_ok(store_reader_open(bench->os, FOLDER, kit_kek(), &reader, &complaint));
    return reader;
}

static size_t file_count(const Bench *bench)
{
    StoreReader *reader = open_reader(bench);
    size_t count = store_reader_segment_count(reader);
    store_reader_close(reader);
    return count;
}

/* Every segment holds by itself; so many of them are re-packed. */
static size_t verify_all(const Bench *bench)
{
    StoreReader *reader = open_reader(bench);
    size_t repacked = 0;
    for (size_t i = 0; i < store_reader_segment_count(reader); i++) {
        SegmentVerified verified = {0};
        SegmentFinding finding = {0};
        int r = store_verify_segment(reader, i, &verified, &finding);
        if (!expect_ok(r)) tap_note("%s", finding.id ? finding.id : "");
        repacked += verified.repacked;
        expect(!verified.repacked || verified.repack.run_count == 1);
    }
    store_reader_close(reader);
    return repacked;
}

static void check_all(const Bench *bench)
{
    kit_check(bench->os, FOLDER, &bench->history, true);
    kit_check_again(bench->os, FOLDER, &bench->history, true);
}

/* ---- */

static void many_files_become_one(void)
{
    Bench bench = bench_make();
    Store *store = open_store(&bench);
    add_rows(&bench, store, 300);
    size_t before = file_count(&bench);
    expect(before > 10);
    StorePackTally tally = pack(store, true);
    expect_int(tally.files_before, before);
    expect_int(tally.rows, 300);
    expect(tally.bytes_after < tally.bytes_before);
    size_t after = file_count(&bench);
    expect_int(after, tally.files_after);
    expect_int(after, (before + REPACK_INPUTS_MAX - 1) / REPACK_INPUTS_MAX);
    expect_int(verify_all(&bench), after);
    store_close(store);
    check_all(&bench);
    bench_done(&bench);
}

static void packed_files_are_packed_with_what_came_since(void)
{
    Bench bench = bench_make();
    Store *store = open_store(&bench);
    for (int i = 0; i < 4; i++) {
        add_rows(&bench, store, 90);
        pack(store, i % 2);
        expect_int(file_count(&bench), 1);
        expect_int(verify_all(&bench), 1);
    }
    StorePackTally tally = pack(store, false); /* nothing came */
    expect_int(tally.files_before, 0);
    store_close(store);
    check_all(&bench);
    bench_done(&bench);
}

/* Rows whose keys are made again, and the others, while the store is open and after. */
static void a_repeat_is_known_while_the_store_is_open(void)
{
    Bench bench = bench_make();
    Store *store = open_store(&bench);
    add_rows(&bench, store, 200);
    for (int round = 0; round < 3; round++) {
        Arena arena = arena_make(0);
        StoreTally tally = {0};
        uint64_t keyed = 0;
        for (uint64_t id = 0; id < bench.next; id++) {
            Row row = kit_row(id, &arena);
            if (id % 9 == 0) continue;
            keyed++;
            expect_ok(store_append(store, &row, 1, &tally));
        }
        expect_int(tally.added, 0);
        expect_int(tally.duplicates, keyed);
        arena_done(&arena);
        pack(store, true);
        add_rows(&bench, store, 50);
    }
    store_close(store);
    check_all(&bench);
    bench_done(&bench);
}

static int count_key(void *context, const uint8_t *key)
{
    (void)key;
    ++*(size_t *)context;
    return 0;
}

/* Events that are themselves cost no print. */
static void keys_that_can_be_made_again_are_left_out(void)
{
    Bench bench = bench_make();
    Store *store = open_store(&bench);
    add_rows(&bench, store, 250);
    pack(store, true);
    store_close(store);
    StoreReader *reader = open_reader(&bench);
    Arena arena = arena_make(0);
    size_t made = 0, kept = 0, want_made = 0, want_kept = 0;
    for (uint64_t id = 0; id < 250; id++) {
        Row row = kit_row(id, &arena);
        bool itself = row.event.format == EVENT_WINDOWS && row.event.record_id != 0;
        want_made += id % 9 != 0 && itself;
        want_kept += id % 9 != 0 && !itself;
    }
    for (size_t i = 0; i < store_reader_segment_count(reader); i++) {
        Segment *segment;
        if (!expect_ok(store_reader_open_segment(reader, i, &segment))) break;
        for (uint32_t j = 0; j < segment_block_count(segment); j++) {
            expect_ok(segment_block_keys(segment, j, count_key, &made));
        }
        for (uint64_t id = 0; id < 250; id++) {
            kept += segment_has_key(segment, kit_row(id, &arena).key) == 1;
        }
        segment_close(segment);
    }
    expect_int(made, want_made);
    expect_int(kept, want_kept);
    expect(made > 20);
    arena_done(&arena);
    store_reader_close(reader);
    bench_done(&bench);
}

/* The leaf of a row, its rank in the member and the member's root: what a proof is made of. */
static void proofs_stay_as_they_were(void)
{
    Bench bench = bench_make();
    Store *store = open_store(&bench);
    add_rows(&bench, store, 60);
    Arena arena = arena_make(0);
    Digest before[64] = {0}, roots[64] = {0};
    uint64_t ranks[64] = {0};
    for (int pass = 0; pass < 2; pass++) {
        StoreReader *reader = open_reader(&bench);
        for (size_t i = 0; i < store_reader_segment_count(reader); i++) {
            Segment *segment;
            if (!expect_ok(store_reader_open_segment(reader, i, &segment))) break;
            for (size_t j = 0; j < segment_member_count(segment); j++) {
                for (uint64_t number = 1; number <= 60; number++) {
                    uint64_t in_member, rank;
                    Digest leaf;
                    if (segment_member_rank(segment, j, number, &in_member) < 0) continue;
                    Row row = kit_row(number - 1, &arena);
                    expect_ok(segment_rank_of(segment, number, &rank));
                    expect_ok(segment_leaf(segment, &row, rank, &leaf));
                    const Digest *root = &segment_member(segment, j)->root;
                    if (pass) {
                        expect_int(in_member, ranks[number]);
                        expect(memcmp(&leaf, &before[number], sizeof leaf) == 0);
                        expect(memcmp(root, &roots[number], sizeof *root) == 0);
                    }
                    before[number] = leaf;
                    roots[number] = *root;
                    ranks[number] = in_member;
                }
            }
            segment_close(segment);
        }
        store_reader_close(reader);
        if (!pass) pack(store, true);
    }
    arena_done(&arena);
    store_close(store);
    bench_done(&bench);
}

static int count_row(void *context, const Row *row, uint64_t number)
{
    (void)row, (void)number;
    ++*(size_t *)context;
    return 0;
}

static void a_reader_that_began_before_goes_on(void)
{
    Bench bench = bench_make();
    Store *store = open_store(&bench);
    add_rows(&bench, store, 120);
    StoreReader *reader = open_reader(&bench);
    pack(store, false);
    size_t rows = 0;
    expect_ok(store_scan(reader, KIT_ALL, count_row, NULL, &rows));
    expect_int(rows, 120);
    store_reader_close(reader);
    store_close(store);
    store = open_store(&bench); /* not yet over: the old files are still there */
    store_close(store);
    check_all(&bench);
    bench_done(&bench);
}

static int stop_late(void *context, uint64_t rows, uint64_t rows_all)
{
    size_t *calls = context;
    (*calls)++;
    return rows * 2 > rows_all ? -ECANCELED : 0;
}

static void what_is_stopped_leaves_all_as_it_was(void)
{
    Bench bench = bench_make();
    Store *store = open_store(&bench);
    add_rows(&bench, store, 100);
    size_t before = file_count(&bench), calls = 0;
    const StorePackOptions options = {.going = stop_late, .context = &calls};
    StorePackTally tally;
    expect_int(store_pack(store, &options, &tally), -ECANCELED);
    expect(calls > 0);
    expect_int(file_count(&bench), before);
    store_close(store);
    check_all(&bench);
    bench_done(&bench);
}

static void flip(const Bench *bench, const char *path, uint64_t offset)
{
    const Os *os = bench->os;
    int fd = os->open(os->state, path, O_RDWR, 0);
    char byte;
    if (!expect(fd >= 0)) return;
    expect_int(os_pread_full(os, fd, &byte, 1, offset), 1);
    byte = (char)(byte ^ 4);
    expect_ok(os_pwrite_full(os, fd, &byte, 1, offset));
    os->close(os->state, fd);
}

/* With a MANIFEST that does not hold both generations are found; one of them counts. */
static void a_damaged_manifest_doubles_nothing(void)
{
    for (int at_once = 0; at_once < 2; at_once++) {
        Bench bench = bench_make();
        Store *store = open_store(&bench);
        add_rows(&bench, store, 150);
        pack(store, at_once);
        add_rows(&bench, store, 40);
        store_close(store);
        flip(&bench, FOLDER "/MANIFEST", 60);
        kit_check(bench.os, FOLDER, &bench.history, true);
        expect(verify_all(&bench) == (at_once ? 1 : 0));
        check_all(&bench);
        store = open_store(&bench);
        pack(store, true);
        store_close(store);
        check_all(&bench);
        bench_done(&bench);
    }
}

static void a_damaged_segment_is_not_packed(void)
{
    Bench bench = bench_make();
    Store *store = open_store(&bench);
    add_rows(&bench, store, 100);
    size_t before = file_count(&bench);
    flip(&bench, FOLDER "/segments/00000002.seg", 1500);
    const StorePackOptions options = {.level = 1};
    StorePackTally tally;
    expect_ok(store_pack(store, &options, &tally));
    expect_int(tally.failed, 1);
    expect_int(tally.files_after, 0);
    expect_int(file_count(&bench), before);
    store_close(store);
    kit_check(bench.os, FOLDER, &bench.history, false);
    bench_done(&bench);
}

/* Whatever byte is another one, verification says so. */
static void every_change_of_a_packed_file_is_noticed(void)
{
    Bench bench = bench_make();
    Store *store = open_store(&bench);
    add_rows(&bench, store, 60);
    pack(store, true);
    store_close(store);
    StoreReader *reader = open_reader(&bench);
    char path[64];
    FileInfo info = {0};
    size_t tried = 0, missed = 0;
    snprintf(path, sizeof path, FOLDER "/%s", store_reader_segment_info(reader, 0)->file);
    expect_ok(bench.os->info(bench.os->state, path, &info));
    for (uint64_t at = 0; at < info.bytes; at += 1 + at % 53) {
        SegmentVerified verified;
        SegmentFinding finding;
        flip(&bench, path, at);
        tried++;
        int r = store_verify_segment(reader, 0, &verified, &finding);
        if (r != 1 && missed++ < 3) tap_note("byte %llu: %d", (unsigned long long)at, r);
        flip(&bench, path, at);
    }
    expect(tried > 300);
    expect_int(missed, 0);
    store_reader_close(reader);
    expect_int(verify_all(&bench), 1);
    bench_done(&bench);
}

static size_t files_in(const char *folder)
{
    StoreReader *reader = NULL;
    Complaint complaint;
    if (!expect_ok(store_reader_open(&os_real, folder, kit_kek(), &reader, &complaint))) return 0;
    size_t count = store_reader_segment_count(reader);
    store_reader_close(reader);
    return count;
}

/* In a second from now it is the time of day for it. */
static void it_is_done_once_a_day(void)
{
    char folder[512];
    KitHistory history = {0};
    Complaint complaint;
    Store *store = NULL;
    snprintf(folder, sizeof folder, "%s/daily", tap_temporary_folder());
    StoreOptions options = small;
    options.pack_daily = true;
    options.pack_level = 1;
    options.pack_second = (int)((os_real.now_ns(NULL) / NS_PER_SECOND + 2) % 86400);
    if (!expect_ok(kit_open(&os_real, folder, &options, &store, &complaint))) return;
    expect_ok(kit_work(store, 0, 100, 20, &history));
    expect_ok(store_seal(store));
    size_t before = files_in(folder);
    for (int i = 0; i < 200 && files_in(folder) == before; i++) {
        os_real.sleep_ns(NULL, 100 * NS_PER_MS);
    }
    expect(before > 1);
    expect_int(files_in(folder), 1);
    store_close(store);
    kit_check_again(&os_real, folder, &history, true);
    kit_history_done(&history);
}

static const TapTest tests[] = {
    TAP_TEST(many_files_become_one),
    TAP_TEST(packed_files_are_packed_with_what_came_since),
    TAP_TEST(a_repeat_is_known_while_the_store_is_open),
    TAP_TEST(keys_that_can_be_made_again_are_left_out),
    TAP_TEST(proofs_stay_as_they_were),
    TAP_TEST(a_reader_that_began_before_goes_on),
    TAP_TEST(a_damaged_manifest_doubles_nothing),
    TAP_TEST(what_is_stopped_leaves_all_as_it_was),
    TAP_TEST(a_damaged_segment_is_not_packed),
    TAP_TEST(it_is_done_once_a_day),
    TAP_TEST(every_change_of_a_packed_file_is_noticed),
};
TAP_MAIN(tests)
