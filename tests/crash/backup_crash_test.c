/* Backups and restores on a simulated disk whose power is cut after every step: generations that
 * are listed are whole (B1, B3 of ops/backup.h), a restore that was cut off is no store and can be
 * made again. Likewise where any call of the system fails. */
#include "store/ops/backup.h"
#include "tests/support/store_kit.h"
#include "tests/support/tap.h"

#include "base/check.h"
#include "os/faulty.h"
#include "os/simulated.h"

#include <errno.h>

#define FOLDER "/var/store"
#define TO "/mnt/backup"
#define BACK "/var/restored"

typedef struct Crash {
    SimulatedOs *machine;
    KitHistory history;
    Store *store;
    uint64_t random, steps, states, listed[4];
} Crash;

static int take(const Os *os)
{
    BackupSummary summary;
    const BackupOptions options = {
        .os = os, .store = FOLDER, .kek = kit_kek(), .to = TO, .keep = BACKUP_KEEP_MIN};
    return backup_take(&options, &summary, NULL);
}

static int restore(const Os *os, uint32_t generation)
{
    RestoreSummary summary;
    return backup_restore(os, TO, generation, BACK, NULL, NULL, &summary, NULL);
}

static void crash_init(Crash *crash, uint64_t seed)
{
    Complaint complaint;
    const StoreOptions small = {.segment_bytes_max = 6000, .block_bytes_max = 3000};
    *crash = (Crash){.machine = simulated_os_new(seed), .random = seed};
    CHECK(kit_open(simulated_os_table(crash->machine), FOLDER, &small, &crash->store, &complaint) ==
          0);
    CHECK(kit_work(crash->store, 0, 50, 9, &crash->history) == 0);
}

static void crash_done(Crash *crash)
{
    store_close(crash->store);
    kit_history_done(&crash->history);
    simulated_os_free(crash->machine);
}

static void found(void *context, const BackupFinding *finding)
{
    (void)context;
    tap_fail(__FILE__, __LINE__, "generation %u: %s %s", finding->generation,
             finding->file ? finding->file : "", finding->reason);
}

/* Every generation that is listed holds, and one more can be made and restored. */
static void check_target(Crash *crash, const Os *os)
{
    CLEANUP(buf_done) Buf generations = buf_make(0);
    uint64_t bytes;
    crash->states++;
    expect_ok(backup_generations(os, TO, &generations));
    size_t count = generations.len / sizeof(uint32_t);
    crash->listed[count < 4 ? count : 3]++;
    if (count) expect_int(backup_check(os, TO, NULL, found, NULL, &bytes), 0);
    expect_ok(take(os));
    expect_ok(restore(os, 0));
    expect(kit_check(os, BACK, &crash->history, true));
}

static void cut_backup(void *context)
{
    static const PowerCut cuts[] = {POWER_CUT_NONE, POWER_CUT_DROP, POWER_CUT_ANY, POWER_CUT_ANY};
    Crash *crash = context;
    crash->steps++;
    for (size_t i = 0; i < ARRAY_COUNT(cuts) && tap_failures() < 4; i++) {
        SimulatedOs *after =
            simulated_os_after_cut(crash->machine, cuts[i], kit_random(&crash->random));
        check_target(crash, simulated_os_table(after));
        simulated_os_free(after);
    }
}

static void a_power_cut_leaves_whole_generations(void)
{
    Crash crash;
    crash_init(&crash, 11);
    const Os *os = simulated_os_table(crash.machine);
    expect_ok(take(os));
    simulated_os_on_step(crash.machine, cut_backup, &crash);
    expect_ok(take(os));
    simulated_os_on_step(crash.machine, NULL, NULL);
    expect_ok(kit_work(crash.store, 50, 70, 9, &crash.history));
    expect_ok(take(os));
    simulated_os_on_step(crash.machine, cut_backup, &crash);
    expect_ok(take(os)); /* thins */
    simulated_os_on_step(crash.machine, NULL, NULL);
    expect(crash.listed[1] > 0 && crash.listed[3] > 0 && crash.steps > 15);
    tap_note("%llu steps, %llu states", (unsigned long long)crash.steps,
             (unsigned long long)crash.states);
    crash_done(&crash);
}

/* Half of a restore is refused as a store; after it is made again it is the store. */
static void cut_restore(void *context)
{
    static const PowerCut cuts[] = {POWER_CUT_NONE, POWER_CUT_DROP, POWER_CUT_ANY};
    Crash *crash = context;
    crash->steps++;
    for (size_t i = 0; i < ARRAY_COUNT(cuts) && tap_failures() < 4; i++) {
        SimulatedOs *after =
            simulated_os_after_cut(crash->machine, cuts[i], kit_random(&crash->random));
        const Os *os = simulated_os_table(after);
        StoreReader *reader;
        crash->states++;
        int r = store_reader_open(os, BACK, kit_kek(), &reader, NULL);
        if (r == 0) {
            store_reader_close(reader);
            crash->listed[1]++;
        } else {
            expect(r == -ENOENT || r == -EPROTO);
            crash->listed[0]++;
            expect_ok(restore(os, 0));
        }
        expect(kit_check(os, BACK, &crash->history, true));
        simulated_os_free(after);
    }
}

static void a_power_cut_leaves_no_half_store(void)
{
    Crash crash;
    crash_init(&crash, 12);
    const Os *os = simulated_os_table(crash.machine);
    expect_ok(take(os));
    simulated_os_on_step(crash.machine, cut_restore, &crash);
    expect_ok(restore(os, 0));
    simulated_os_on_step(crash.machine, NULL, NULL);
    expect(crash.listed[0] > 20 && crash.listed[1] > 0);
    tap_note("%llu steps, %llu states", (unsigned long long)crash.steps,
             (unsigned long long)crash.states);
    crash_done(&crash);
}

static void every_failing_call_leaves_whole_generations(void)
{
    uint64_t count = 2;
    for (uint64_t nth = 1; nth < count && tap_failures() < 4; nth++) {
        Crash crash;
        FaultyOs faulty;
        crash_init(&crash, nth);
        expect_ok(take(simulated_os_table(crash.machine)));
        expect_ok(kit_work(crash.store, 50, 60, 9, &crash.history));
        faulty_os_init(&faulty, simulated_os_table(crash.machine));
        faulty_os_plan(&faulty, (FaultPlan){.calls = OS_CALLS_ALL,
                                            .nth = nth,
                                            .error = nth % 2 ? -EIO : -ENOSPC,
                                            .for_good = nth % 3 == 0});
        int r = take(&faulty.os);
        if (faulty.planned_count >= nth) count = nth + 2;
        check_target(&crash, simulated_os_table(crash.machine));
        if (tap_failures()) tap_note("call %llu: %d", (unsigned long long)nth, r);
        faulty_os_done(&faulty);
        crash_done(&crash);
    }
    expect(count > 60);
    tap_note("%llu calls", (unsigned long long)count - 1);
}

static void every_failing_call_leaves_no_half_store(void)
{
    uint64_t count = 2;
    for (uint64_t nth = 1; nth < count && tap_failures() < 4; nth++) {
        Crash crash;
        FaultyOs faulty;
        crash_init(&crash, nth);
        const Os *os = simulated_os_table(crash.machine);
        expect_ok(take(os));
        faulty_os_init(&faulty, os);
        faulty_os_plan(&faulty, (FaultPlan){.calls = OS_CALLS_ALL,
                                            .nth = nth,
                                            .error = -EIO,
                                            .for_good = nth % 2 == 0});
        int r = restore(&faulty.os, 0);
        if (faulty.planned_count >= nth) count = nth + 2;
        StoreReader *reader;
        int opened = store_reader_open(os, BACK, kit_kek(), &reader, NULL);
        if (opened == 0) store_reader_close(reader);
        if (opened < 0) expect_ok(restore(os, 0));
        expect(r < 0 || opened == 0);
        expect(kit_check(os, BACK, &crash.history, true));
        if (tap_failures()) tap_note("call %llu: %d", (unsigned long long)nth, r);
        faulty_os_done(&faulty);
        crash_done(&crash);
    }
    expect(count > 60);
    tap_note("%llu calls", (unsigned long long)count - 1);
}

static const TapTest tests[] = {
    TAP_TEST(a_power_cut_leaves_whole_generations),
    TAP_TEST(a_power_cut_leaves_no_half_store),
    TAP_TEST(every_failing_call_leaves_whole_generations),
    TAP_TEST(every_failing_call_leaves_no_half_store),
};
TAP_MAIN(tests)
