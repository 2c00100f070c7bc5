/* Every call to the system that the log of segments makes fails once, or from then on; and every
 * allocation. Nothing promised is lost, nothing half-done is taken for done. */
#include "tests/support/chain_kit.h"
#include "tests/support/failing_memory.h"
#include "tests/support/tap.h"

#include "base/check.h"
#include "os/faulty.h"
#include "os/simulated.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct Rig {
    SimulatedOs *simulated;
    FaultyOs faulty;
    Secret *kek;
} Rig;

static void rig_init(Rig *rig)
{
    rig->simulated = simulated_os_new(5);
    rig->kek = chain_kit_kek(1);
    const Os *os = simulated_os_table(rig->simulated);
    CHECK(os->make_folder(os->state, "/log", 0700) == 0);
    CHECK(os->sync_folder(os->state, "/") >= 0);
    faulty_os_init(&rig->faulty, os);
}

static void rig_done(Rig *rig)
{
    faulty_os_done(&rig->faulty);
    simulated_os_free(rig->simulated);
    secret_free(rig->kek);
}

/* Returns how many calls there were. What waits on a failed sync is cut away by the power cut. */
static uint64_t run_plan(FaultPlan plan, uint64_t seed)
{
    Rig rig;
    ChainPromise promise = {0};
    rig_init(&rig);
    faulty_os_plan(&rig.faulty, plan);
    int r = chain_kit_work(&rig.faulty.os, "/log", rig.kek, 4, &promise);
    uint64_t count = rig.faulty.planned_count;
    if (plan.nth && !plan.error && r < 0) tap_fail(__FILE__, __LINE__, "a short write ended it");
    for (int cut = POWER_CUT_NONE; cut <= POWER_CUT_ANY; cut++) {
        SimulatedOs *after = simulated_os_after_cut(rig.simulated, (PowerCut)cut, seed);
        if (!chain_kit_check(simulated_os_table(after), "/log", rig.kek, &promise)) {
            tap_note("call %llu of %llx: %d, cut %d", (unsigned long long)plan.nth,
                     (unsigned long long)plan.calls, r, cut);
        }
        simulated_os_free(after);
    }
    rig_done(&rig);
    return count;
}

static void every_call_fails(void)
{
    uint64_t count = run_plan((FaultPlan){.calls = OS_CALLS_ALL}, 1);
    expect(count > 50);
    tap_note("%llu calls", (unsigned long long)count);
    for (uint64_t nth = 1; nth <= count; nth++) {
        run_plan((FaultPlan){.calls = OS_CALLS_ALL, .nth = nth, .error = -EIO}, nth);
        run_plan((FaultPlan){.calls = OS_CALLS_ALL, .nth = nth, .error = -EIO, .for_good = true},
                 nth);
    }
}

static void writes_are_short_or_torn(void)
{
    uint64_t count = run_plan((FaultPlan){.calls = OS_CALLS_WRITE}, 1);
    for (uint64_t nth = 1; nth <= count; nth++) {
        run_plan((FaultPlan){.calls = OS_CALLS_WRITE, .nth = nth, .partly = true}, nth);
        run_plan((FaultPlan){.calls = OS_CALLS_WRITE, .nth = nth, .partly = true, .error = -ENOSPC},
                 nth);
    }
}

static void the_disk_is_full(void)
{
    for (uint64_t space = 1; space < 8000; space += 97) {
        run_plan((FaultPlan){.space_bytes = space}, space);
    }
}

static void sleep_not(void *state, int64_t ns)
{
    (void)state, (void)ns;
}

/* On the machine itself: the simulated one needs memory of its own. */
static bool run_without_memory(uint64_t nth)
{
    Os os = os_real;
    os.sleep_ns = sleep_not;
    char folder[512];
    ChainPromise promise = {0};
    CLEANUP(secret_done) Secret *kek = chain_kit_kek(1);
    snprintf(folder, sizeof folder, "%s/allocation-%llu", tap_temporary_folder(),
             (unsigned long long)nth);
    CHECK(os.make_folder(os.state, folder, 0700) == 0);
    failing_memory_begin(nth);
    int r = chain_kit_work(&os, folder, kek, 2, &promise);
    bool was_reached = failing_memory_end() >= nth;
    expect(was_reached || r == 0);
    if (!chain_kit_check(&os, folder, kek, &promise))
        tap_note("allocation %llu", (unsigned long long)nth);
    return was_reached;
}

static void every_allocation_fails(void)
{
    uint64_t nth = 1;
    while (run_without_memory(nth) && tap_failures() < 4) {
        nth++;
    }
    tap_note("%llu allocations", (unsigned long long)nth - 1);
    expect(nth > 20);
}

/* The file of the passphrase's parameters: whole, or not there; a key that was given comes again.
 */
static void passphrase_file_under_faults(void)
{
    for (uint64_t nth = 1; nth <= 12; nth++) {
        Rig rig;
        CLEANUP(secret_done) Secret *first = NULL, *again = NULL;
        Slice words = SLICE("correct horse");
        rig_init(&rig);
        faulty_os_plan(
            &rig.faulty,
            (FaultPlan){.calls = OS_CALLS_ALL, .nth = nth, .error = -EIO, .partly = true});
        int r = secret_from_passphrase(&rig.faulty.os, "/log/passphrase", words, &first, NULL);
        expect((r == 0) == (first != NULL));
        SimulatedOs *after = simulated_os_after_cut(rig.simulated, POWER_CUT_DROP, nth);
        expect_ok(secret_from_passphrase(simulated_os_table(after), "/log/passphrase", words,
                                         &again, NULL));
        if (first && again) expect(secret_eq(first, again));
        simulated_os_free(after);
        rig_done(&rig);
    }
}

static const TapTest tests[] = {
    TAP_TEST(every_call_fails),
    TAP_TEST(writes_are_short_or_torn),
    TAP_TEST(the_disk_is_full),
    TAP_TEST(every_allocation_fails),
    TAP_TEST(passphrase_file_under_faults),
};
TAP_MAIN(tests)
