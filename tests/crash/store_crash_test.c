/* The store on a simulated disk whose power is cut: after every step that the workload takes on the
 * disk, what a cut there may leave is opened, and S1 to S4 are checked. The seed is printed; give
 * it in AKASHI_SEED to run the same states again, and AKASHI_STATES for more of them. */
#include "tests/support/store_kit.h"
#include "tests/support/tap.h"

#include "os/simulated.h"

#include <errno.h>
#include <stdlib.h>

#define FOLDER "/var/store"

typedef struct Crash {
    SimulatedOs *machine;
    KitHistory history;
    uint64_t random;
    unsigned cuts_a_step;     /* mixtures tried at each step */
    unsigned recovery_one_in; /* of those, in whose recovery the power is cut again */
    size_t states, steps, recoveries;
} Crash;

static uint64_t number_from(const char *name, uint64_t fallback)
{
    const char *given = getenv(name);
    return given ? strtoull(given, NULL, 0) : fallback;
}

/* ---- a cut while the store is being opened after a cut */

typedef struct Recovery {
    Crash *crash;
    SimulatedOs *machine;
} Recovery;

static void cut_recovery(void *context)
{
    Recovery *recovery = context;
    Crash *crash = recovery->crash;
    PowerCut cut = kit_random(&crash->random) % 4 ? POWER_CUT_ANY : POWER_CUT_DROP;
    SimulatedOs *after = simulated_os_after_cut(recovery->machine, cut, kit_random(&crash->random));
    kit_check(simulated_os_table(after), FOLDER, &crash->history, true);
    kit_check_again(simulated_os_table(after), FOLDER, &crash->history, true);
    simulated_os_free(after);
    crash->states++;
    crash->recoveries++;
}

static void open_under_cuts(Crash *crash, SimulatedOs *machine)
{
    Recovery recovery = {crash, machine};
    Store *store;
    Complaint complaint;
    simulated_os_on_step(machine, cut_recovery, &recovery);
    if (expect_ok(kit_open(simulated_os_table(machine), FOLDER, NULL, &store, &complaint))) {
        store_close(store);
    }
    simulated_os_on_step(machine, NULL, NULL);
}

/* ---- a cut while the workload runs */

static void check_cut(Crash *crash, PowerCut cut)
{
    uint64_t seed = kit_random(&crash->random);
    SimulatedOs *after = simulated_os_after_cut(crash->machine, cut, seed);
    const Os *os = simulated_os_table(after);
    crash->states++;
    bool good = kit_check(os, FOLDER, &crash->history, true);
    if (kit_random(&crash->random) % crash->recovery_one_in == 0) open_under_cuts(crash, after);
    good = kit_check_again(os, FOLDER, &crash->history, true) && good;
    if (!good)
        tap_note("at step %zu, cut %d, seed %llu", crash->steps, (int)cut,
                 (unsigned long long)seed);
    simulated_os_free(after);
}

static void cut_workload(void *context)
{
    Crash *crash = context;
    crash->steps++;
    if (tap_failures() > 3) return;
    check_cut(crash, POWER_CUT_NONE);
    check_cut(crash, POWER_CUT_DROP);
    for (unsigned i = 0; i < crash->cuts_a_step; i++) {
        check_cut(crash, POWER_CUT_ANY);
    }
}

/* Small blocks and segments, so that a few rows reach every corner. */
static const StoreOptions small = {.segment_bytes_max = 6000, .block_bytes_max = 4000};

/* Opens, works and closes, several times; commits of one row to some blocks of them. */
static void work(Crash *crash, unsigned rounds)
{
    const Os *os = simulated_os_table(crash->machine);
    uint64_t id = 0;
    for (unsigned i = 0; i < rounds && tap_failures() == 0; i++) {
        Store *store;
        Complaint complaint;
        if (!expect_ok(kit_open(os, FOLDER, &small, &store, &complaint))) return;
        for (unsigned part = 0; part < 3; part++) {
            uint64_t count = 1 + kit_random(&crash->random) % 25;
            size_t step = 1 + kit_random(&crash->random) % 25;
            expect_ok(kit_work(store, id, id + count, step, &crash->history));
            id += count;
        }
        StorePackOptions pack = {.level = 1, .at_once = kit_random(&crash->random) % 2};
        StorePackTally tally;
        expect_ok(store_pack(store, &pack, &tally));
        expect_int(tally.failed, 0);
        store_close(store);
    }
}

static void run(Crash *crash, unsigned rounds)
{
    uint64_t seed = crash->random;
    crash->machine = simulated_os_new(seed);
    simulated_os_on_step(crash->machine, cut_workload, crash);
    work(crash, rounds);
    simulated_os_on_step(crash->machine, NULL, NULL);
    kit_check(simulated_os_table(crash->machine), FOLDER, &crash->history, true);
    tap_note(
        "AKASHI_SEED=%llu: %zu rows, %zu steps of the disk, %zu states opened and checked, %zu "
        "of them cut again while recovering",
        (unsigned long long)seed, kit_count(&crash->history.appended), crash->steps, crash->states,
        crash->recoveries);
    kit_history_done(&crash->history);
    simulated_os_free(crash->machine);
}

/* As many workloads, each with a seed of its own, as it takes to come to the number of states. */
static void no_power_cut_loses_or_doubles_a_row(void)
{
    uint64_t wanted = number_from("AKASHI_STATES", 900), states = 0;
    uint64_t seed = number_from("AKASHI_SEED", 20261120);
    while (states < wanted && tap_failures() == 0) {
        Crash crash = {.random = seed++, .cuts_a_step = 3, .recovery_one_in = 20};
        run(&crash, 4);
        if (!expect(crash.states > 0)) break;
        states += crash.states;
    }
    tap_note("%llu states of %llu wanted", (unsigned long long)states, (unsigned long long)wanted);
}

/* The store on a disk whose nth sync fails and loses what it should have made durable, though it
 * can still be read: the store fails, is opened again, goes on; then the power is cut. */
static void work_with_failing_sync(Crash *crash, uint64_t nth, bool *ret_failed)
{
    const Os *os = simulated_os_table(crash->machine);
    uint64_t id = 0;
    for (unsigned i = 0; i < 12; i++) {
        Store *store;
        Complaint complaint;
        if (i == 1) simulated_os_fail_sync(crash->machine, nth);
        int r = kit_open(os, FOLDER, &small, &store, &complaint);
        if (r == 0) {
            r = kit_work(store, id, id + 17, 6, &crash->history);
            store_close(store);
        }
        *ret_failed |= r == -EIO;
        id += 17;
    }
}

static void a_failed_sync_is_never_trusted(void)
{
    size_t states = 0, failures = 0;
    for (uint64_t nth = 1; nth <= 40 && tap_failures() == 0; nth++) {
        Crash crash = {.random = nth, .recovery_one_in = 4};
        bool failed = false;
        crash.machine = simulated_os_new(nth);
        work_with_failing_sync(&crash, nth, &failed);
        kit_check(simulated_os_table(crash.machine), FOLDER, &crash.history, true);
        check_cut(&crash, POWER_CUT_DROP);
        check_cut(&crash, POWER_CUT_ANY);
        failures += failed;
        states += crash.states;
        kit_history_done(&crash.history);
        simulated_os_free(crash.machine);
    }
    expect(failures >= 20);
    tap_note("%zu failed syncs, %zu states", failures, states);
}

static const TapTest tests[] = {
    TAP_TEST(no_power_cut_loses_or_doubles_a_row),
    TAP_TEST(a_failed_sync_is_never_trusted),
};
TAP_MAIN(tests)
