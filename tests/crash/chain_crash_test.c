/* The power is cut after every change that the log of segments makes to its disk, in several ways;
 * then it opens, has what it promised, goes on, and holds for the auditor (P1, P2, P3, P6). */
#include "tests/support/chain_kit.h"
#include "tests/support/tap.h"

#include "base/check.h"
#include "os/simulated.h"

#include <stdlib.h>

#define SEEDS 3

typedef struct Crash {
    SimulatedOs *simulated;
    Secret *kek;
    ChainPromise promise;
    uint64_t states, failures;
    bool is_nested; /* cut the power again while the opening repairs */
} Crash;

static void cut_again(void *context);

static void judge(Crash *crash, SimulatedOs *after)
{
    crash->states++;
    if (!chain_kit_check(simulated_os_table(after), "/log", crash->kek, &crash->promise)) {
        crash->failures++;
    }
    simulated_os_free(after);
}

/* Opens what the cut left, with the power cut again at each change of that. */
static void judge_nested(Crash *crash, SimulatedOs *after)
{
    Crash inner = {.simulated = after, .kek = crash->kek, .promise = crash->promise};
    Chain *chain = NULL;
    simulated_os_on_step(after, cut_again, &inner);
    int r = chain_open(simulated_os_table(after), "/log", crash->kek, CHAIN_KIT_GAP_NS, &chain,
                       NULL, NULL);
    simulated_os_on_step(after, NULL, NULL);
    chain_close(chain);
    expect_ok(r);
    crash->states += inner.states;
    crash->failures += inner.failures + (r < 0);
    simulated_os_free(after);
}

static void cut_again(void *context)
{
    Crash *crash = context;
    judge(crash, simulated_os_after_cut(crash->simulated, POWER_CUT_DROP, crash->states));
    judge(crash, simulated_os_after_cut(crash->simulated, POWER_CUT_ANY, crash->states));
}

static void cut(void *context)
{
    Crash *crash = context;
    if (crash->failures > 3) return;
    judge(crash, simulated_os_after_cut(crash->simulated, POWER_CUT_NONE, 0));
    judge(crash, simulated_os_after_cut(crash->simulated, POWER_CUT_DROP, 0));
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        judge(crash, simulated_os_after_cut(crash->simulated, POWER_CUT_ANY, seed + crash->states));
    }
    if (!crash->is_nested) return;
    judge_nested(crash, simulated_os_after_cut(crash->simulated, POWER_CUT_ANY, crash->states));
}

static void run(int steps, bool is_nested)
{
    Crash crash = {
        .simulated = simulated_os_new(5), .kek = chain_kit_kek(1), .is_nested = is_nested};
    const Os *os = simulated_os_table(crash.simulated);
    CHECK(os->make_folder(os->state, "/log", 0700) == 0);
    CHECK(os->sync_folder(os->state, "/") >= 0);
    simulated_os_on_step(crash.simulated, cut, &crash);
    expect_ok(chain_kit_work(os, "/log", crash.kek, steps, &crash.promise));
    simulated_os_on_step(crash.simulated, NULL, NULL);
    tap_note("%llu states", (unsigned long long)crash.states);
    expect_int(crash.failures, 0);
    expect(crash.states > 100);
    simulated_os_free(crash.simulated);
    secret_free(crash.kek);
}

static void power_cut_at_every_step(void)
{
    run(6, false);
}

static void power_cut_while_it_repairs(void)
{
    run(3, true);
}

/* A sync that failed: its bytes can be read, but the medium never got them. Opened again,
 * continued, and only then the power is cut: nothing promised after the failure may be lost either.
 */
static void failed_syncs(void)
{
    for (uint64_t nth = 1; nth <= 40; nth++) {
        SimulatedOs *simulated = simulated_os_new(nth);
        const Os *os = simulated_os_table(simulated);
        CLEANUP(secret_done) Secret *kek = chain_kit_kek(1);
        ChainPromise before = {0}, after = {0};
        CHECK(os->make_folder(os->state, "/log", 0700) == 0);
        CHECK(os->sync_folder(os->state, "/") >= 0);
        simulated_os_fail_sync(simulated, nth);
        int failed = chain_kit_work(os, "/log", kek, 4, &before);
        simulated_os_fail_sync(simulated, 0);
        expect_ok(chain_kit_work(os, "/log", kek, 2, &after));
        if (before.is_made) {
            expect(after.state.entries >= before.state.entries);
            expect(after.state.last.number >= before.state.last.number);
        }
        for (uint64_t seed = 0; seed < 4; seed++) {
            SimulatedOs *cut_os =
                simulated_os_after_cut(simulated, seed ? POWER_CUT_ANY : POWER_CUT_DROP, seed);
            if (!chain_kit_check(simulated_os_table(cut_os), "/log", kek, &after)) {
                tap_note("sync %llu failed (%d), seed %llu", (unsigned long long)nth, failed,
                         (unsigned long long)seed);
            }
            simulated_os_free(cut_os);
        }
        simulated_os_free(simulated);
    }
}

static const TapTest tests[] = {
    TAP_TEST(power_cut_at_every_step),
    TAP_TEST(power_cut_while_it_repairs),
    TAP_TEST(failed_syncs),
};
TAP_MAIN(tests)
