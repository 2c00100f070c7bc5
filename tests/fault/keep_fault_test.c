/* Retention and deletion over an Os of which the nth call fails, and with the nth allocation
 * failing: what is to stay stays, whole and once, roots and chain hold, and the same calls made
 * again finish it. */
#include "tests/support/failing_memory.h"
#include "tests/support/keep_kit.h"
#include "tests/support/tap.h"

#include "os/faulty.h"
#include "os/simulated.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define FOLDER "/var/store"
enum { ROWS = 36, NTH = 4 };

/* ---- the work */

/* The first error of opening, a hold of nothing that is there, retention and deletion. */
static int work(const Os *os, const char *folder, const KeepBook *book, bool is_over)
{
    Store *store;
    StoreRetention retention = keep_retention();
    StoreExpired expired;
    StoreDeleted deleted;
    StoreHold hold = {.from_ns = 0, .to_ns = 1, .class_name = "none", .who = "a", .reason = "b"};
    if (!is_over) retention = (StoreRetention){.bytes_max = 1, .at_once = true}; /* all of them */
    int first = keep_open(os, folder, &store);
    if (first < 0) return first;
    int r = store_hold_add(os, folder, kit_kek(), &hold, NULL);
    if (first == 0) first = r;
    r = is_over ? store_expire(store, &retention, &expired) : 0;
    if (first == 0) first = r;
    r = keep_delete_each(store, book, NTH, false, &deleted);
    if (first == 0) first = r;
    r = is_over ? 0 : store_expire(store, &retention, &expired);
    if (first == 0) first = r;
    store_close(store);
    return first;
}

static void make_store(const Os *os, const char *folder, KeepBook *book)
{
    Store *store;
    if (!expect_ok(keep_open(os, folder, &store))) return;
    expect_ok(keep_add(store, book, ROWS));
    store_close(store);
}

/* Again, on what works; after the first time nobody knows how far it came. */
static bool finish(const Os *os, const char *folder, KeepBook *book, bool is_over)
{
    Store *store;
    bool good = keep_check_cut(os, folder, book);
    good = expect_ok(work(os, folder, book, is_over)) && good;
    keep_mark(book, -1, KEEP_GOING, KEEP_GONE);
    if (!expect_ok(keep_open(os, folder, &store))) return false;
    good = expect_ok(store_checkpoint(store)) && good;
    store_close(store);
    return keep_check(os, folder, book) && good;
}

static void mark_all(KeepBook *book, bool is_over)
{
    keep_mark(book, is_over ? KEEP_BRIEF : -1, KEEP_PRESENT, KEEP_GOING);
    keep_mark_each(book, NTH, KEEP_PRESENT, KEEP_GOING);
}

/* ---- calls of the system */

/* 1: the call failed and was said; 0: it failed, or was short, and all went well. -1: it did not
 * come to it. */
static int try(FaultPlan plan)
{
    SimulatedOs *machine = simulated_os_new(7);
    const Os *os = simulated_os_table(machine);
    FaultyOs faulty;
    KeepBook book = {0};
    make_store(os, FOLDER, &book);
    os->sleep_ns(os->state, 2 * KEEP_DAY);
    mark_all(&book, true);
    faulty_os_init(&faulty, os);
    faulty_os_plan(&faulty, plan);
    int r = work(&faulty.os, FOLDER, &book, true);
    bool met = faulty.failed_count > 0;
    if (r == 0) keep_mark(&book, -1, KEEP_GOING, KEEP_GONE);
    SimulatedOs *after = simulated_os_after_cut(machine, POWER_CUT_DROP, plan.nth);
    KeepBook again = book;
    bool good = finish(simulated_os_table(after), FOLDER, &again, true);
    good = finish(os, FOLDER, &book, true) && good;
    if (!good) tap_note("call %llu", (unsigned long long)plan.nth);
    simulated_os_free(after);
    faulty_os_done(&faulty);
    simulated_os_free(machine);
    return !met ? -1 : r < 0;
}

static void fail_each(const char *what, FaultPlan plan, uint64_t step)
{
    uint64_t failed = 0;
    int r = 0;
    for (plan.nth = 1; r >= 0 && tap_failures() < 3; plan.nth += step) {
        r = try(plan);
        failed += r == 1;
    }
    expect(plan.nth > 10);
    tap_note("%s: up to call %llu, %llu were said", what, (unsigned long long)plan.nth,
             (unsigned long long)failed);
}

static void any_call_gives_eio(void)
{
    fail_each("EIO", (FaultPlan){.calls = OS_CALLS_ALL, .error = -EIO}, 1);
}

static void any_call_and_all_after_it_give_eio(void)
{
    fail_each("EIO from there on",
              (FaultPlan){.calls = OS_CALLS_ALL, .error = -EIO, .for_good = true}, 5);
}

static void writes_stop_half_way(void)
{
    fail_each(
        "ENOSPC after half, for good",
        (FaultPlan){.calls = OS_CALLS_WRITE, .error = -ENOSPC, .partly = true, .for_good = true},
        1);
}

static void syncs_fail(void)
{
    fail_each("EIO on sync", (FaultPlan){.calls = OS_CALLS_SYNC, .error = -EIO}, 1);
}

/* ---- memory */

static bool fail_allocation(uint64_t nth, size_t *failures)
{
    char folder[512];
    KeepBook book = {0};
    snprintf(folder, sizeof folder, "%s/keep-%llu", tap_temporary_folder(),
             (unsigned long long)nth);
    make_store(&os_real, folder, &book);
    mark_all(&book, false);
    failing_memory_begin(nth);
    int r = work(&os_real, folder, &book, false);
    bool met = failing_memory_end() >= nth;
    if (r < 0) expect_int(r, -ENOMEM);
    *failures += r < 0;
    if (!finish(&os_real, folder, &book, false))
        tap_note("allocation %llu", (unsigned long long)nth);
    return met;
}

static void any_allocation_fails(void)
{
    size_t failures = 0;
    uint64_t nth = 1;
    while (tap_failures() == 0 && fail_allocation(nth, &failures)) {
        nth += 17;
    }
    expect(nth > 100);
    expect(failures > 10);
    tap_note("up to %llu allocations, one in 17 failed, %zu were said", (unsigned long long)nth,
             failures);
}

static const TapTest tests[] = {
    TAP_TEST(any_call_gives_eio),   TAP_TEST(any_call_and_all_after_it_give_eio),
    TAP_TEST(writes_stop_half_way), TAP_TEST(syncs_fail),
    TAP_TEST(any_allocation_fails),
};
TAP_MAIN(tests)
