/* What is kept and what goes (store/keep.h): retention by class, holds, deletion of chosen rows.
 * Power cuts: tests/crash/keep_crash_test.c. */
#include "tests/support/keep_kit.h"
#include "tests/support/tap.h"

#include "os/simulated.h"
#include "store/proof/checkpoint.h"
#include "store/segment/segment.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#define FOLDER "/var/store"

typedef struct Bench {
    SimulatedOs *machine;
    const Os *os;
    KeepBook book;
    Store *store;
} Bench;

static void bench_begin(Bench *bench)
{
    *bench = (Bench){.machine = simulated_os_new(5)};
    bench->os = simulated_os_table(bench->machine);
    expect_ok(keep_open(bench->os, FOLDER, &bench->store));
}

static void bench_end(Bench *bench)
{
    store_close(bench->store);
    keep_check(bench->os, FOLDER, &bench->book);
    simulated_os_free(bench->machine);
}

static void reopen(Bench *bench)
{
    store_close(bench->store);
    bench->store = NULL;
    expect_ok(keep_open(bench->os, FOLDER, &bench->store));
}

static void pass_days(Bench *bench, int days)
{
    bench->os->sleep_ns(bench->os->state, days * KEEP_DAY);
}

static StoreExpired expire(Bench *bench, StoreRetention retention)
{
    StoreExpired expired = {0};
    expect_ok(store_expire(bench->store, &retention, &expired));
    return expired;
}

static StoreReader *open_reader(const Bench *bench)
{
    StoreReader *reader = NULL;
    Complaint complaint;
    expect_ok(store_reader_open(bench->os, FOLDER, kit_kek(), &reader, &complaint));
    return reader;
}

static int count_row(void *context, const Row *row, uint64_t number)
{
    (void)row, (void)number;
    ++*(size_t *)context;
    return 0;
}

static size_t file_count(const Bench *bench)
{
    size_t count = 0;
    for (unsigned i = 1; i < 400; i++) {
        char path[64];
        FileInfo info;
        snprintf(path, sizeof path, FOLDER "/segments/%08u.seg", i);
        count += bench->os->info(bench->os->state, path, &info) == 0;
    }
    return count;
}

/* ---- retention */

static void each_class_goes_in_its_time(void)
{
    Bench bench;
    bench_begin(&bench);
    expect_ok(keep_add(bench.store, &bench.book, 90));
    keep_check(bench.os, FOLDER, &bench.book);
    expect_int(expire(&bench, keep_retention()).segments, 0);
    pass_days(&bench, 2);
    expect_ok(keep_add(bench.store, &bench.book, 30));
    StoreExpired expired = expire(&bench, keep_retention());
    expect_int(expired.rows, 30);
    expect(expired.until_ns != INT64_MIN);
    for (uint64_t id = 0; id < 90; id += 3) {
        bench.book.states[id] = KEEP_GONE;
    }
    keep_check(bench.os, FOLDER, &bench.book);
    StoreReader *reader = open_reader(&bench);
    expect_int(store_reader_expired_to_ns(reader), expired.until_ns);
    store_reader_close(reader);
    pass_days(&bench, 40);
    expired = expire(&bench, keep_retention());
    expect_int(expired.rows, 10 + 40); /* the other brief ones, and all standard ones */
    keep_mark(&bench.book, 0, KEEP_PRESENT, KEEP_GONE);
    keep_mark(&bench.book, 1, KEEP_PRESENT, KEEP_GONE);
    keep_check(bench.os, FOLDER, &bench.book);
    expect_int(expire(&bench, keep_retention()).segments, 0);
    reopen(&bench);
    expect_ok(keep_add(bench.store, &bench.book, 20)); /* numbers go on */
    bench_end(&bench);
}

static void a_dry_run_changes_nothing(void)
{
    Bench bench;
    bench_begin(&bench);
    expect_ok(keep_add(bench.store, &bench.book, 60));
    pass_days(&bench, 2);
    StoreRetention retention = keep_retention();
    retention.dry_run = true;
    size_t before = file_count(&bench);
    StoreExpired expired = expire(&bench, retention);
    expect_int(expired.rows, 20);
    expect(expired.segments > 0 && expired.bytes > 0);
    expect_int(file_count(&bench), before);
    bench_end(&bench);
}

static void past_its_size_the_oldest_go_down_to_the_floor(void)
{
    Bench bench;
    bench_begin(&bench);
    for (int i = 0; i < 6; i++) {
        expect_ok(keep_add(bench.store, &bench.book, 30));
        pass_days(&bench, 1);
    }
    StoreRetention retention = {.bytes_max = 1, .floor_days = 3, .at_once = true};
    StoreExpired expired = expire(&bench, retention);
    expect_int(expired.rows, 4 * 30);
    for (uint64_t id = 0; id < 120; id++) {
        bench.book.states[id] = KEEP_GONE;
    }
    keep_check(bench.os, FOLDER, &bench.book);
    StoreStats stats;
    store_stats(bench.store, &stats);
    expect_int(stats.rows, 60);
    retention = (StoreRetention){.bytes_max = stats.bytes * 2, .at_once = true};
    expect_int(expire(&bench, retention).rows, 0);
    bench_end(&bench);
}

/* Who began to read before goes on; then the file goes, and its key before it. */
static void readers_that_began_before_go_on(void)
{
    Bench bench;
    bench_begin(&bench);
    expect_ok(keep_add(bench.store, &bench.book, 90));
    pass_days(&bench, 2);
    StoreReader *reader = open_reader(&bench);
    StoreRetention retention = keep_retention();
    retention.at_once = false;
    size_t before = file_count(&bench), rows = 0;
    expect_int(expire(&bench, retention).rows, 30);
    keep_mark(&bench.book, KEEP_BRIEF, KEEP_PRESENT, KEEP_GONE);
    keep_check(bench.os, FOLDER, &bench.book);
    expect_int(file_count(&bench), before);
    expect_ok(store_scan(reader, KIT_ALL, count_row, NULL, &rows));
    expect_int(rows, 90);
    store_reader_close(reader);
    pass_days(&bench, 1);
    reopen(&bench);
    expect(file_count(&bench) < before);
    bench_end(&bench);
}

static void a_packed_file_goes_as_one(void)
{
    Bench bench;
    bench_begin(&bench);
    expect_ok(keep_add(bench.store, &bench.book, 90));
    pass_days(&bench, 1);
    expect_ok(keep_add(bench.store, &bench.book, 90));
    StorePackOptions pack = {.level = 1, .at_once = true};
    StorePackTally tally;
    expect_ok(store_pack(bench.store, &pack, &tally));
    expect_int(tally.files_after, 3); /* classes are not mixed */
    keep_check(bench.os, FOLDER, &bench.book);
    expect_int(expire(&bench, keep_retention()).rows, 0); /* the younger of its rows count */
    pass_days(&bench, 1);
    expect_int(expire(&bench, keep_retention()).rows, 60);
    keep_mark(&bench.book, KEEP_BRIEF, KEEP_PRESENT, KEEP_GONE);
    keep_check(bench.os, FOLDER, &bench.book);
    expect_ok(store_pack(bench.store, &pack, &tally));
    reopen(&bench);
    bench_end(&bench);
}

static void note_news(void *context, StoreNews news, const char *detail)
{
    if (news == STORE_NEWS_EXPIRED) atomic_store((_Atomic long *)context, atol(detail));
}

static void the_store_does_it_by_itself(void)
{
    Bench bench;
    bench_begin(&bench);
    expect_ok(keep_add(bench.store, &bench.book, 60));
    store_close(bench.store);
    bench.store = NULL;
    pass_days(&bench, 2);
    _Atomic long expired = 0;
    const StoreRetention retention = keep_retention();
    StoreOptions options = *keep_options();
    Store *store;
    Complaint complaint;
    options.kek = kit_kek();
    options.retention = &retention;
    options.told = note_news;
    options.told_context = &expired;
    if (!expect_ok(store_open(bench.os, FOLDER, &options, &store, &complaint))) return;
    for (int i = 0; i < 600 && atomic_load(&expired) == 0; i++) {
        os_real.sleep_ns(os_real.state, 50000000);
    }
    expect_int(atomic_load(&expired), 20);
    store_close(store);
    keep_mark(&bench.book, KEEP_BRIEF, KEEP_PRESENT, KEEP_GONE);
    reopen(&bench);
    bench_end(&bench);
}

/* ---- holds */

static uint32_t hold(const Bench *bench, int64_t from_ns, int64_t to_ns, const char *class_name)
{
    StoreHold hold = {.from_ns = from_ns, .to_ns = to_ns};
    snprintf(hold.class_name, sizeof hold.class_name, "%s", class_name);
    snprintf(hold.who, sizeof hold.who, "sato");
    snprintf(hold.reason, sizeof hold.reason, "訴訟 2026-7");
    expect_ok(store_hold_add(bench->os, FOLDER, kit_kek(), &hold, NULL));
    return hold.id;
}

static void what_is_held_stays(void)
{
    Bench bench;
    bench_begin(&bench);
    expect_ok(keep_add(bench.store, &bench.book, 60));
    uint32_t id = hold(&bench, INT64_MIN, INT64_MAX, "brief");
    hold(&bench, INT64_MIN, INT64_MAX, "audit");
    pass_days(&bench, 40);
    StoreExpired expired = expire(&bench, keep_retention());
    expect_int(expired.rows, 20);
    expect(expired.held > 0);
    keep_mark(&bench.book, 1, KEEP_PRESENT, KEEP_GONE);
    keep_check(bench.os, FOLDER, &bench.book);
    StoreDeleted deleted;
    expect_int(keep_delete_each(bench.store, &bench.book, 2, false, &deleted), -EPERM);
    expect(deleted.held > 0);
    keep_check(bench.os, FOLDER, &bench.book);
    expect_int(store_hold_release(bench.os, FOLDER, kit_kek(), 77, SLICE("ito"), SLICE("x"), NULL),
               -ENOENT);
    expect_int(store_hold_release(bench.os, FOLDER, kit_kek(), id, SLICE(""), SLICE("x"), NULL),
               -EINVAL);
    expect_ok(
        store_hold_release(bench.os, FOLDER, kit_kek(), id, SLICE("ito"), SLICE("over"), NULL));
    expect_int(
        store_hold_release(bench.os, FOLDER, kit_kek(), id, SLICE("ito"), SLICE("over"), NULL),
        -ENOENT);
    expect_int(expire(&bench, keep_retention()).rows, 20);
    keep_mark(&bench.book, KEEP_BRIEF, KEEP_PRESENT, KEEP_GONE);
    StoreHolds holds;
    expect_ok(store_holds_read(bench.os, FOLDER, kit_kek(), &holds, NULL));
    expect_int(holds.count, 2);
    expect_text(slice_from_cstr(holds.holds[0].reason), "訴訟 2026-7");
    expect_text(slice_from_cstr(holds.holds[0].released_by), "ito");
    expect(holds.holds[0].released_ns > 0 && holds.holds[1].released_ns == 0);
    store_holds_done(&holds);
    bench_end(&bench);
}

/* By the time of sealing, too: what events say of themselves is their sender's to write. */
static void times_of_holds(void)
{
    Bench bench;
    bench_begin(&bench);
    int64_t begin_ns = bench.os->now_ns(bench.os->state);
    expect_ok(keep_add(bench.store, &bench.book, 60));
    pass_days(&bench, 10);
    uint32_t id = hold(&bench, begin_ns, begin_ns + KEEP_DAY, "");
    StoreExpired expired = expire(&bench, keep_retention());
    expect_int(expired.rows, 0);
    expect(expired.held > 0);
    expect_ok(store_hold_release(bench.os, FOLDER, kit_kek(), id, SLICE("a"), SLICE("b"), NULL));
    StoreHold wrong = {.from_ns = 5, .to_ns = 5, .who = "a", .reason = "b"};
    expect_int(store_hold_add(bench.os, FOLDER, kit_kek(), &wrong, NULL), -EINVAL);
    wrong = (StoreHold){.from_ns = 5, .to_ns = 6, .who = "a", .reason = "b\tc"};
    expect_int(store_hold_add(bench.os, FOLDER, kit_kek(), &wrong, NULL), -EINVAL);
    wrong = (StoreHold){.from_ns = 5, .to_ns = 6, .who = "", .reason = "b"};
    expect_int(store_hold_add(bench.os, FOLDER, kit_kek(), &wrong, NULL), -EINVAL);
    expect_int(expire(&bench, keep_retention()).rows, 20);
    keep_mark(&bench.book, KEEP_BRIEF, KEEP_PRESENT, KEEP_GONE);
    bench_end(&bench);
}

/* No file is deleted on the word of a list that may lack something. */
static void a_damaged_list_holds_all(void)
{
    Bench bench;
    bench_begin(&bench);
    expect_ok(keep_add(bench.store, &bench.book, 60));
    hold(&bench, 0, 1, "");
    pass_days(&bench, 40);
    FileInfo info;
    expect_ok(bench.os->info(bench.os->state, FOLDER "/HOLDS", &info));
    for (uint64_t at = 0; at < info.bytes; at += 7) {
        StoreRetention retention = keep_retention();
        StoreExpired expired;
        StoreDeleted deleted;
        expect_ok(simulated_os_flip(bench.machine, FOLDER "/HOLDS", at, 2));
        expect_int(store_expire(bench.store, &retention, &expired), -EBADMSG);
        expect_int(keep_delete_each(bench.store, &bench.book, 2, false, &deleted), -EBADMSG);
        expect_ok(simulated_os_flip(bench.machine, FOLDER "/HOLDS", at, 2));
    }
    bench_end(&bench);
}

/* ---- deletion */

static void deleted_rows_are_gone_and_the_rest_holds(void)
{
    Bench bench;
    bench_begin(&bench);
    expect_ok(keep_add(bench.store, &bench.book, 120));
    StoreDeleted deleted;
    expect_ok(keep_delete_each(bench.store, &bench.book, 5, true, &deleted));
    expect_int(deleted.rows, 24);
    keep_check(bench.os, FOLDER, &bench.book);
    for (uint64_t nth = 5; nth >= 2;
         nth--) { /* files that were thinned out are thinned out again */
        expect_ok(keep_delete_each(bench.store, &bench.book, nth, false, &deleted));
        keep_mark_each(&bench.book, nth, KEEP_PRESENT, KEEP_GONE);
        keep_check(bench.os, FOLDER, &bench.book);
        StorePackOptions pack = {.level = 1, .at_once = nth % 2};
        StorePackTally tally;
        expect_ok(store_pack(bench.store, &pack, &tally));
        expect_int(tally.failed, 0);
        keep_check(bench.os, FOLDER, &bench.book);
        expect_ok(keep_add(bench.store, &bench.book, 20));
    }
    expect_ok(keep_delete_each(bench.store, &bench.book, 1, false, &deleted));
    keep_mark(&bench.book, -1, KEEP_PRESENT, KEEP_GONE);
    keep_check(bench.os, FOLDER, &bench.book);
    expect_int(file_count(&bench), 0);
    reopen(&bench);
    expect_ok(keep_add(bench.store, &bench.book, 20));
    bench_end(&bench);
}

/* What was deleted does not come back with the next import of the same file. */
static void deleted_rows_do_not_come_back(void)
{
    for (int packed = 0; packed < 2; packed++) {
        Bench bench;
        bench_begin(&bench);
        expect_ok(keep_add(bench.store, &bench.book, 120));
        StorePackOptions pack = {.level = 1, .at_once = true};
        StorePackTally tally;
        StoreDeleted deleted;
        if (packed) expect_ok(store_pack(bench.store, &pack, &tally));
        expect_ok(keep_delete_each(bench.store, &bench.book, 2, false, &deleted));
        keep_mark_each(&bench.book, 2, KEEP_PRESENT, KEEP_GONE);
        expect_ok(store_pack(bench.store, &pack, &tally));
        reopen(&bench);
        Arena arena = arena_make(0);
        StoreTally added = {0};
        for (uint64_t id = 0; id < 120; id++) {
            Row row = kit_row(id, &arena);
            if (id % 9 != 0) expect_ok(store_append(bench.store, &row, 1, &added));
        }
        expect_int(added.added, 0);
        expect_ok(store_commit(bench.store));
        arena_done(&arena);
        bench_end(&bench);
    }
}

/* The bytes of the old file cannot be read any more, not even by who opened it before. */
static void the_old_file_is_destroyed(void)
{
    Bench bench;
    bench_begin(&bench);
    expect_ok(keep_add(bench.store, &bench.book, 30));
    StoreReader *reader = open_reader(&bench);
    StoreDeleted deleted;
    expect_ok(keep_delete_each(bench.store, &bench.book, 2, false, &deleted));
    keep_mark_each(&bench.book, 2, KEEP_PRESENT, KEEP_GONE);
    for (size_t i = 0; i < store_reader_segment_count(reader); i++) {
        Segment *segment;
        expect_int(store_reader_open_segment(reader, i, &segment), -ENOENT);
    }
    store_reader_close(reader);
    bench_end(&bench);
}

static void what_is_no_reason_deletes_nothing(void)
{
    Bench bench;
    bench_begin(&bench);
    expect_ok(keep_add(bench.store, &bench.book, 30));
    uint64_t number = 4;
    static const char long_reason[520] = {[0 ... 518] = 'x'};
    const Slice reasons[] = {SLICE(""), SLICE("\xff"), slice_from_cstr(long_reason)};
    for (size_t i = 0; i < ARRAY_COUNT(reasons); i++) {
        StoreDeletion deletion = {.numbers = &number, .count = 1, .reason = reasons[i]};
        StoreDeleted deleted;
        expect_int(store_delete(bench.store, &deletion, &deleted), -EINVAL);
    }
    StoreDeleted deleted;
    number = 4000;
    StoreDeletion nothing = {.numbers = &number, .count = 1, .reason = SLICE("none has it")};
    expect_ok(store_delete(bench.store, &nothing, &deleted));
    expect_int(deleted.rows, 0);
    bench_end(&bench);
}

static const TapTest tests[] = {
    TAP_TEST(each_class_goes_in_its_time),
    TAP_TEST(a_dry_run_changes_nothing),
    TAP_TEST(past_its_size_the_oldest_go_down_to_the_floor),
    TAP_TEST(readers_that_began_before_go_on),
    TAP_TEST(a_packed_file_goes_as_one),
    TAP_TEST(the_store_does_it_by_itself),
    TAP_TEST(what_is_held_stays),
    TAP_TEST(times_of_holds),
    TAP_TEST(a_damaged_list_holds_all),
    TAP_TEST(deleted_rows_are_gone_and_the_rest_holds),
    TAP_TEST(deleted_rows_do_not_come_back),
    TAP_TEST(the_old_file_is_destroyed),
    TAP_TEST(what_is_no_reason_deletes_nothing),
};
TAP_MAIN(tests)
