/* Retention and deletion on a simulated disk whose power is cut after every step: what is there is
 * whole, what was taken out does not come back, roots and chain hold, and the work can be gone on
 * with. The seed is printed; give it in AKASHI_SEED to run the same states again, and AKASHI_STATES
 * for more. */
#include "tests/support/keep_kit.h"
#include "tests/support/tap.h"

#include "os/simulated.h"

#include <errno.h>
#include <stdlib.h>

#define FOLDER "/var/store"

typedef struct Crash {
    SimulatedOs *machine;
    KeepBook book;
    uint64_t random;
    size_t states, steps, recoveries;
    uint64_t nth; /* of a deletion under way; 0: none is */
    bool recovering;
} Crash;

static uint64_t number_from(const char *name, uint64_t fallback)
{
    const char *given = getenv(name);
    return given ? strtoull(given, NULL, 0) : fallback;
}

/* What was under way is done again, to the end. */
static bool go_on(const Crash *crash, const Os *os)
{
    Store *store;
    KeepBook book = crash->book;
    StoreRetention retention = keep_retention();
    StoreExpired expired;
    StoreDeleted deleted;
    StorePackTally tally;
    const StorePackOptions pack = {.level = 1, .at_once = true};
    if (!expect_ok(keep_open(os, FOLDER, &store))) return false;
    bool good = expect_ok(store_checkpoint(store)) && keep_check(os, FOLDER, &book);
    keep_mark(&book, KEEP_BRIEF, KEEP_PRESENT, KEEP_GOING);
    good = expect_ok(store_seal(store)) && good;
    good = expect_ok(store_expire(store, &retention, &expired)) && good;
    if (crash->nth) {
        good = expect_ok(keep_delete_each(store, &book, crash->nth, false, &deleted)) && good;
        keep_mark_each(&book, crash->nth, KEEP_GOING, KEEP_GONE);
    }
    good = expect_ok(store_pack(store, &pack, &tally)) && good;
    good = expect_int(tally.failed, 0) && good;
    good = expect_ok(store_checkpoint(store)) && good;
    store_close(store);
    return keep_check(os, FOLDER, &book) && good;
}

static void cut_recovery(void *context);

typedef struct Recovery {
    Crash *crash;
    SimulatedOs *machine;
} Recovery;

static void check_cut(Crash *crash, SimulatedOs *machine, PowerCut cut)
{
    uint64_t seed = kit_random(&crash->random);
    SimulatedOs *after = simulated_os_after_cut(machine, cut, seed);
    const Os *os = simulated_os_table(after);
    crash->states++;
    bool good = keep_check_cut(os, FOLDER, &crash->book);
    if (!crash->recovering && kit_random(&crash->random) % 60 == 0) {
        Recovery recovery = {crash, after};
        const KeepBook before = crash->book; /* to go on takes out what is old */
        keep_mark(&crash->book, KEEP_BRIEF, KEEP_PRESENT, KEEP_GOING);
        crash->recovering = true;
        simulated_os_on_step(after, cut_recovery, &recovery);
        good = go_on(crash, os) && good;
        simulated_os_on_step(after, NULL, NULL);
        crash->recovering = false;
        crash->book = before;
    } else {
        good = go_on(crash, os) && good;
    }
    if (!good) {
        tap_note("at step %zu, cut %d, seed %llu", crash->steps, (int)cut,
                 (unsigned long long)seed);
    }
    simulated_os_free(after);
}

static void cut_recovery(void *context)
{
    Recovery *recovery = context;
    if (tap_failures() > 3 || kit_random(&recovery->crash->random) % 12 != 0) return;
    recovery->crash->recoveries++;
    check_cut(recovery->crash, recovery->machine, POWER_CUT_ANY);
}

static void cut_work(void *context)
{
    Crash *crash = context;
    crash->steps++;
    if (tap_failures() > 3) return;
    static const PowerCut cuts[] = {POWER_CUT_NONE, POWER_CUT_ANY, POWER_CUT_DROP, POWER_CUT_ANY};
    check_cut(crash, crash->machine, cuts[kit_random(&crash->random) % ARRAY_COUNT(cuts)]);
}

/* The writer's own rows, with a cut at each step: classes are sealed together. */
static void add_some(Crash *crash, Store *store)
{
    expect_ok(keep_add(store, &crash->book, 3 + kit_random(&crash->random) % 25));
}

static void expire_all(Crash *crash, Store *store, bool at_once)
{
    StoreRetention retention = keep_retention();
    StoreExpired expired;
    retention.at_once = at_once;
    keep_mark(&crash->book, KEEP_BRIEF, KEEP_PRESENT, KEEP_GOING);
    expect_ok(store_expire(store, &retention, &expired));
    keep_mark(&crash->book, KEEP_BRIEF, KEEP_GOING, KEEP_GONE);
}

static void delete_some(Crash *crash, Store *store, uint64_t nth)
{
    StoreDeleted deleted;
    crash->nth = nth;
    keep_mark_each(&crash->book, nth, KEEP_PRESENT, KEEP_GOING);
    expect_ok(keep_delete_each(store, &crash->book, nth, false, &deleted));
    keep_mark_each(&crash->book, nth, KEEP_GOING, KEEP_GONE);
    crash->nth = 0;
}

static void work(Crash *crash)
{
    const Os *os = simulated_os_table(crash->machine);
    for (unsigned round = 0; round < 2 && tap_failures() == 0; round++) {
        Store *store;
        StorePackOptions pack = {.level = 1, .at_once = round % 2};
        StorePackTally tally;
        if (!expect_ok(keep_open(os, FOLDER, &store))) return;
        add_some(crash, store);
        if (round > 0) delete_some(crash, store, 1 + kit_random(&crash->random) % 7);
        os->sleep_ns(os->state, 2 * KEEP_DAY);
        add_some(crash, store);
        expect_ok(store_pack(store, &pack, &tally));
        os->sleep_ns(os->state, 2 * KEEP_DAY);
        expire_all(crash, store, kit_random(&crash->random) % 2);
        delete_some(crash, store, 2 + kit_random(&crash->random) % 3);
        store_close(store);
    }
}

static void no_power_cut_undoes_or_overdoes_it(void)
{
    uint64_t wanted = number_from("AKASHI_STATES", 500), states = 0;
    uint64_t seed = number_from("AKASHI_SEED", 20261120);
    while (states < wanted && tap_failures() == 0) {
        Crash crash = {.random = seed, .machine = simulated_os_new(seed)};
        Store *store;
        if (!expect_ok(keep_open(simulated_os_table(crash.machine), FOLDER, &store))) break;
        store_close(store); /* how a store begins is another test's */
        simulated_os_on_step(crash.machine, cut_work, &crash);
        work(&crash);
        simulated_os_on_step(crash.machine, NULL, NULL);
        keep_check_cut(simulated_os_table(crash.machine), FOLDER, &crash.book);
        tap_note(
            "AKASHI_SEED=%llu: %llu rows, %zu steps of the disk, %zu states, %zu while recovering",
            (unsigned long long)seed, (unsigned long long)crash.book.next, crash.steps,
            crash.states, crash.recoveries);
        simulated_os_free(crash.machine);
        states += crash.states;
        seed++;
    }
}

static const TapTest tests[] = {
    TAP_TEST(no_power_cut_undoes_or_overdoes_it),
};
TAP_MAIN(tests)
