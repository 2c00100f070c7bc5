/* The store over an Os of which the nth call fails, for every n of a workload: whatever fails, a
 * row whose commit returned 0 is there after opening again, once, and nothing is torn. */
#include "tests/support/failing_memory.h"
#include "tests/support/store_kit.h"
#include "tests/support/tap.h"

#include "os/faulty.h"
#include "os/simulated.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define FOLDER "/var/store"

/* ---- the workload */

static const StoreOptions small = {.segment_bytes_max = 5000, .block_bytes_max = 3000};

typedef struct Trial {
    SimulatedOs *machine;
    FaultyOs faulty;
    KitHistory history;
    uint64_t next_id;
    int first_error; /* of open, append, commit */
    size_t scans_failed;
} Trial;

static void trial_begin(Trial *trial, FaultPlan plan)
{
    *trial = (Trial){.machine = simulated_os_new(7)};
    faulty_os_init(&trial->faulty, simulated_os_table(trial->machine));
    faulty_os_plan(&trial->faulty, plan);
}

static void trial_end(Trial *trial)
{
    kit_history_done(&trial->history);
    faulty_os_done(&trial->faulty);
    simulated_os_free(trial->machine);
}

static void note_error(Trial *trial, int r)
{
    if (r < 0 && !trial->first_error) trial->first_error = r;
}

/* A reader meets the same faults: it may say so, but may not give anything wrong. */
static void read_along(Trial *trial)
{
    CLEANUP(kit_scan_done) KitScan scan = {0};
    int r = kit_scan(&trial->faulty.os, FOLDER, KIT_ALL, &scan);
    trial->scans_failed += r < 0;
    expect_int(scan.wrong, 0);
}

/* Open, append and commit, close; three times over, whatever fails. */
static void work(Trial *trial)
{
    for (unsigned round = 0; round < 3; round++) {
        Store *store;
        Complaint complaint;
        int r = kit_open(&trial->faulty.os, FOLDER, &small, &store, &complaint);
        note_error(trial, r);
        if (r < 0) continue;
        r = kit_work(store, trial->next_id, trial->next_id + 21, 4 + 5 * round, &trial->history);
        trial->next_id += 21;
        note_error(trial, r);
        if (r < 0) {
            StoreTally tally = {0};
            expect_int(store_append(store, NULL, 0, &tally), -EIO); /* failed, and stays so */
            expect_int(store_commit(store), -EIO);
        }
        if (round == 1) read_along(trial);
        store_close(store);
    }
}

/* After the faults, on a disk that works again; with the power cut in between, too. */
static void judge(Trial *trial, const char *what, uint64_t nth)
{
    SimulatedOs *after = simulated_os_after_cut(trial->machine, POWER_CUT_DROP, nth);
    bool good = kit_check(simulated_os_table(after), FOLDER, &trial->history, true);
    good = kit_check(simulated_os_table(trial->machine), FOLDER, &trial->history, true) && good;
    good =
        kit_check_again(simulated_os_table(trial->machine), FOLDER, &trial->history, true) && good;
    simulated_os_free(after);
    if (!good) tap_note("%s, call %llu", what, (unsigned long long)nth);
}

static uint64_t calls_of_work(uint64_t calls)
{
    Trial trial;
    trial_begin(&trial, (FaultPlan){.calls = calls});
    work(&trial);
    uint64_t count = trial.faulty.planned_count;
    expect_int(trial.first_error, 0);
    expect_int(kit_safe_count(&trial.history), 63);
    trial_end(&trial);
    return count;
}

/* Fails each call once (or from it on) and judges. */
static void fail_each(const char *what, FaultPlan plan, bool must_fail_sometimes)
{
    uint64_t count = calls_of_work(plan.calls), failed = 0, calls = 0;
    for (uint64_t nth = 1; nth <= count && tap_failures() < 3; nth++) {
        Trial trial;
        plan.nth = nth;
        trial_begin(&trial, plan);
        work(&trial);
        expect(trial.faulty.failed_count > 0);
        if (plan.error == 0) expect_int(trial.first_error, 0);
        failed += trial.first_error < 0;
        faulty_os_plan(&trial.faulty, (FaultPlan){0});
        judge(&trial, what, nth);
        trial_end(&trial);
        calls++;
    }
    expect(calls > 0);
    expect_int(failed > 0, must_fail_sometimes);
    tap_note("%s: %llu calls failed one by one, %llu made the store fail", what,
             (unsigned long long)calls, (unsigned long long)failed);
}

static void any_call_gives_eio(void)
{
    fail_each("EIO", (FaultPlan){.calls = OS_CALLS_ALL, .error = -EIO}, true);
}

static void any_call_and_all_after_it_give_eio(void)
{
    fail_each("EIO from there on",
              (FaultPlan){.calls = OS_CALLS_ALL, .error = -EIO, .for_good = true}, true);
}

static void writes_stop_half_way(void)
{
    fail_each("EIO after half", (FaultPlan){.calls = OS_CALLS_WRITE, .error = -EIO, .partly = true},
              true);
    fail_each(
        "ENOSPC after half, for good",
        (FaultPlan){.calls = OS_CALLS_WRITE, .error = -ENOSPC, .partly = true, .for_good = true},
        true);
}

static void syncs_fail(void)
{
    fail_each("EIO on sync", (FaultPlan){.calls = OS_CALLS_SYNC, .error = -EIO}, true);
}

static void files_run_out(void)
{
    fail_each("EMFILE", (FaultPlan){.calls = OS_CALL_BIT(OS_CALL_OPEN), .error = -EMFILE}, true);
}

static void short_reads_and_writes_are_no_error(void)
{
    const uint64_t transfers =
        OS_CALLS_WRITE | OS_CALL_BIT(OS_CALL_READ) | OS_CALL_BIT(OS_CALL_PREAD);
    fail_each("short", (FaultPlan){.calls = transfers, .partly = true}, false);
    fail_each("short from there on",
              (FaultPlan){.calls = transfers, .partly = true, .for_good = true}, false);
}

/* For each size of disk: what was acknowledged before it was full is there, and can be read while
 * it is full. */
static void the_disk_is_full(void)
{
    size_t full = 0;
    for (uint64_t space = 1; space < 40000 && tap_failures() == 0; space += 211) {
        Trial trial;
        trial_begin(&trial, (FaultPlan){.space_bytes = space});
        work(&trial);
        if (trial.first_error < 0) {
            expect_int(trial.first_error, -ENOSPC);
            full++;
        }
        kit_check(&trial.faulty.os, FOLDER, &trial.history, true);
        faulty_os_plan(&trial.faulty, (FaultPlan){0});
        judge(&trial, "full disk", space);
        trial_end(&trial);
    }
    expect(full > 10);
    tap_note("%zu disks were full before the end of the work", full);
}

/* ---- memory */

enum { MEMORY_ROWS = 40 };

static int count_row(void *context, const Row *row, uint64_t number)
{
    (void)row, (void)number;
    ++*(size_t *)context;
    return 0;
}

static int read_all(const char *folder, size_t *ret_rows)
{
    StoreReader *reader;
    Complaint complaint;
    *ret_rows = 0;
    int r = store_reader_open(&os_real, folder, kit_kek(), &reader, &complaint);
    if (r < 0) return r;
    r = store_scan(reader, KIT_ALL_NEWEST_FIRST, count_row, NULL, ret_rows);
    store_reader_close(reader);
    return r;
}

static int write_all(const char *folder, const Row *rows, size_t *ret_safe)
{
    Store *store;
    Complaint complaint;
    StoreTally tally = {0};
    *ret_safe = 0;
    int r = kit_open(&os_real, folder, &small, &store, &complaint);
    if (r < 0) return r;
    for (size_t i = 0; i < MEMORY_ROWS && r == 0; i += 8) {
        r = store_append(store, rows + i, 8, &tally);
        if (r == 0) r = store_commit(store);
        if (r == 0) *ret_safe = i + 8;
    }
    store_close(store);
    return r;
}

/* Writes a store and reads it with the nth allocation failing; false when there are fewer. */
static bool fail_allocation(uint64_t nth, const Row *rows, size_t *failures)
{
    char folder[512];
    size_t safe, found = 0, found_again;
    snprintf(folder, sizeof folder, "%s/memory-%llu", tap_temporary_folder(),
             (unsigned long long)nth);
    failing_memory_begin(nth);
    int r = write_all(folder, rows, &safe);
    int r_read = read_all(folder, &found);
    bool met = failing_memory_end() >= nth;
    if (r < 0) expect_int(r, -ENOMEM);
    if (r_read < 0 && safe > 0) expect_int(r_read, -ENOMEM);
    if (safe > 0) expect_ok(read_all(folder, &found_again));
    if (safe > 0 && !expect(found_again >= safe && found_again <= MEMORY_ROWS)) {
        tap_note("allocation %llu: %zu rows, %zu safe", (unsigned long long)nth, found_again, safe);
    }
    *failures += r < 0 || r_read < 0;
    return met;
}

static void any_allocation_fails(void)
{
    Arena arena = arena_make(0);
    Row rows[MEMORY_ROWS];
    size_t failures = 0;
    uint64_t nth = 1;
    for (size_t i = 0; i < MEMORY_ROWS; i++) {
        rows[i] = kit_row(i, &arena);
    }
    while (tap_failures() == 0 && fail_allocation(nth, rows, &failures)) {
        nth++;
    }
    expect(nth > 10);
    expect(failures > 10);
    tap_note("%llu allocations failed one by one, %zu made the store or the reader give up",
             (unsigned long long)nth - 1, failures);
    arena_done(&arena);
}

static const TapTest tests[] = {
    TAP_TEST(any_call_gives_eio),   TAP_TEST(any_call_and_all_after_it_give_eio),
    TAP_TEST(writes_stop_half_way), TAP_TEST(syncs_fail),
    TAP_TEST(files_run_out),        TAP_TEST(short_reads_and_writes_are_no_error),
    TAP_TEST(the_disk_is_full),     TAP_TEST(any_allocation_fails),
};
TAP_MAIN(tests)
