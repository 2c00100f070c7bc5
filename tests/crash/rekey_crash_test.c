/* The key of a store is changed on a simulated disk whose power is cut after every step: what is
 * left opens with the old key or with the new one (R1 of ops/rekey.h), with all its rows, and the
 * change can be made again. Likewise where any call of the system fails. */
#include "store/ops/rekey.h"
#include "tests/support/store_kit.h"
#include "tests/support/tap.h"

#include "base/check.h"
#include "os/faulty.h"
#include "os/simulated.h"

#include <errno.h>

#define FOLDER "/var/store"
#define ROWS 160

typedef struct Rekeyed {
    SimulatedOs *machine;
    Secret *new_kek;
    uint64_t random, steps, states, old_states, new_states;
    bool was_new; /* a state that nothing was lost of had the new key */
} Rekeyed;

static StoreOptions options_with(const Secret *kek)
{
    return (StoreOptions){
        .kek = kek, .segment_bytes_max = 9000, .block_bytes_max = 4000, .seal_in_commit = true};
}

static int count_row(void *context, const Row *row, uint64_t number)
{
    (void)row, (void)number;
    ++*(uint64_t *)context;
    return 0;
}

static void note_damage(void *context, const char *file, uint64_t offset, const char *reason)
{
    (void)context;
    tap_fail(__FILE__, __LINE__, "%s at %llu: %s", file, (unsigned long long)offset, reason);
}

static uint64_t count_rows(const Os *os, const Secret *kek)
{
    StoreReader *reader;
    uint64_t rows = 0;
    Complaint complaint;
    if (!expect_ok(store_reader_open(os, FOLDER, kek, &reader, &complaint))) return 0;
    expect_ok(store_scan(reader, KIT_ALL, count_row, note_damage, &rows));
    store_reader_close(reader);
    return rows;
}

/* With which key does it open? NULL: with neither. */
static const Secret *key_of(const Os *os, const Secret *new_kek)
{
    const Secret *const keys[] = {kit_kek(), new_kek};
    for (size_t i = 0; i < ARRAY_COUNT(keys); i++) {
        Store *store;
        Complaint complaint;
        StoreOptions options = options_with(keys[i]);
        int r = store_open(os, FOLDER, &options, &store, &complaint);
        if (r == 0) {
            store_close(store);
            return keys[i];
        }
        if (r != -ENOKEY) tap_note("key %zu: %d %s", i, r, complaint.en);
    }
    return NULL;
}

static bool check_state(Rekeyed *rekeyed, const Os *os)
{
    const Secret *key = key_of(os, rekeyed->new_kek);
    rekeyed->states++;
    if (!expect(key != NULL)) return false;
    bool is_new = key == rekeyed->new_kek;
    rekeyed->new_states += is_new;
    rekeyed->old_states += !is_new;
    bool good = expect_int(count_rows(os, key), ROWS);
    /* The other key opens nothing, and what was cut off can be done again. */
    Store *store;
    StoreOptions options = options_with(is_new ? kit_kek() : rekeyed->new_kek);
    good = expect_int(store_open(os, FOLDER, &options, &store, NULL), -ENOKEY) && good;
    if (is_new) return good;
    RekeySummary summary;
    options = options_with(kit_kek());
    good = expect_ok(store_rekey(os, FOLDER, &options, rekeyed->new_kek, &summary, NULL)) && good;
    return expect_int(count_rows(os, rekeyed->new_kek), ROWS) && good;
}

static void cut_now(Rekeyed *rekeyed, PowerCut cut)
{
    uint64_t seed = kit_random(&rekeyed->random);
    SimulatedOs *after = simulated_os_after_cut(rekeyed->machine, cut, seed);
    if (!check_state(rekeyed, simulated_os_table(after))) {
        tap_note("at step %llu, cut %d, seed %llu", (unsigned long long)rekeyed->steps, (int)cut,
                 (unsigned long long)seed);
    }
    simulated_os_free(after);
}

static void on_step(void *context)
{
    Rekeyed *rekeyed = context;
    rekeyed->steps++;
    if (tap_failures() > 3) return;
    cut_now(rekeyed, POWER_CUT_NONE);
    cut_now(rekeyed, POWER_CUT_DROP);
    cut_now(rekeyed, POWER_CUT_ANY);
    cut_now(rekeyed, POWER_CUT_ANY);
}

static void rekeyed_init(Rekeyed *rekeyed, uint64_t seed)
{
    KitHistory history = {0};
    Store *store;
    Complaint complaint;
    StoreOptions options = options_with(kit_kek());
    *rekeyed = (Rekeyed){.machine = simulated_os_new(seed), .random = seed};
    const Os *os = simulated_os_table(rekeyed->machine);
    rekeyed->new_kek = secret_new(KEK_BYTES);
    CHECK(rekeyed->new_kek);
    memset(secret_bytes(rekeyed->new_kek), 0x33, KEK_BYTES);
    CHECK(store_open(os, FOLDER, &options, &store, &complaint) == 0);
    CHECK(kit_work(store, 0, ROWS, 9, &history) == 0);
    store_close(store);
    kit_history_done(&history);
}

static void rekeyed_done(Rekeyed *rekeyed)
{
    secret_free(rekeyed->new_kek);
    simulated_os_free(rekeyed->machine);
}

static void every_power_cut_leaves_one_key(void)
{
    Rekeyed rekeyed;
    RekeySummary summary = {0};
    Complaint complaint = {0};
    rekeyed_init(&rekeyed, 20261120);
    const Os *os = simulated_os_table(rekeyed.machine);
    StoreOptions options = options_with(kit_kek());
    simulated_os_on_step(rekeyed.machine, on_step, &rekeyed);
    if (!expect_ok(store_rekey(os, FOLDER, &options, rekeyed.new_kek, &summary, &complaint))) {
        tap_note("%s", complaint.en);
    }
    simulated_os_on_step(rekeyed.machine, NULL, NULL);
    expect(summary.segments > 1 && summary.skipped == 0);
    expect(key_of(os, rekeyed.new_kek) == rekeyed.new_kek);
    expect(rekeyed.old_states > 20 && rekeyed.new_states > 20);
    tap_note("%llu steps, %llu states: %llu with the old key, %llu with the new",
             (unsigned long long)rekeyed.steps, (unsigned long long)rekeyed.states,
             (unsigned long long)rekeyed.old_states, (unsigned long long)rekeyed.new_states);
    rekeyed_done(&rekeyed);
}

/* A cut while the opening after a cut puts the pieces in their places. */
static void a_cut_in_the_recovery_leaves_one_key(void)
{
    Rekeyed rekeyed;
    RekeySummary summary;
    rekeyed_init(&rekeyed, 7);
    FaultyOs faulty;
    faulty_os_init(&faulty, simulated_os_table(rekeyed.machine));
    StoreOptions options = options_with(kit_kek());
    /* No name changes any more once the journal has its own: what comes after it is cut off. */
    const Os *os = simulated_os_table(rekeyed.machine);
    FileInfo info;
    int r = -EIO, journal = -ENOENT;
    for (uint64_t nth = 1; nth < 400 && r < 0 && journal < 0; nth++) {
        faulty_os_plan(&faulty, (FaultPlan){.calls = OS_CALL_BIT(OS_CALL_RENAME),
                                            .nth = nth,
                                            .error = -EIO,
                                            .for_good = true});
        r = store_rekey(&faulty.os, FOLDER, &options, rekeyed.new_kek, &summary, NULL);
        journal = os->info(os->state, FOLDER "/REKEY", &info);
    }
    expect(r < 0 && journal == 0);
    Store *store;
    simulated_os_on_step(rekeyed.machine, on_step, &rekeyed);
    options = options_with(rekeyed.new_kek);
    if (expect_ok(store_open(os, FOLDER, &options, &store, NULL))) store_close(store);
    simulated_os_on_step(rekeyed.machine, NULL, NULL);
    expect(rekeyed.new_states > 10 && rekeyed.old_states == 0);
    faulty_os_done(&faulty);
    rekeyed_done(&rekeyed);
}

static void every_failing_call_leaves_one_key(void)
{
    uint64_t count = 1;
    for (uint64_t nth = 1; nth <= count && tap_failures() < 4; nth++) {
        Rekeyed rekeyed;
        RekeySummary summary;
        FaultyOs faulty;
        rekeyed_init(&rekeyed, nth);
        faulty_os_init(&faulty, simulated_os_table(rekeyed.machine));
        faulty_os_plan(&faulty, (FaultPlan){.calls = OS_CALLS_ALL,
                                            .nth = nth,
                                            .error = nth % 2 ? -EIO : -ENOSPC,
                                            .for_good = nth % 3 == 0});
        StoreOptions options = options_with(kit_kek());
        int r = store_rekey(&faulty.os, FOLDER, &options, rekeyed.new_kek, &summary, NULL);
        if (nth == 1) count = 2000;
        if (faulty.planned_count < nth) count = nth;
        if (!check_state(&rekeyed, simulated_os_table(rekeyed.machine))) {
            tap_note("call %llu: %d", (unsigned long long)nth, r);
        }
        faulty_os_done(&faulty);
        rekeyed_done(&rekeyed);
    }
    tap_note("%llu calls", (unsigned long long)count - 1);
    expect(count > 100 && count < 2000);
}

/* One bit of the journal: nobody's, so nothing of it is done; the old key still opens all. */
static bool journal_without_its_pieces(Rekeyed *rekeyed, uint64_t nth)
{
    RekeySummary summary;
    FaultyOs faulty;
    FileInfo info;
    rekeyed_init(rekeyed, 9);
    const Os *os = simulated_os_table(rekeyed->machine);
    faulty_os_init(&faulty, os);
    StoreOptions options = options_with(kit_kek());
    faulty_os_plan(&faulty, (FaultPlan){.calls = OS_CALL_BIT(OS_CALL_SYNC_FOLDER),
                                        .nth = nth,
                                        .error = -EIO,
                                        .for_good = true});
    int r = store_rekey(&faulty.os, FOLDER, &options, rekeyed->new_kek, &summary, NULL);
    faulty_os_done(&faulty);
    return r < 0 && os->info(os->state, FOLDER "/REKEY", &info) == 0;
}

static void a_journal_that_was_changed_is_passed_over(void)
{
    Rekeyed rekeyed;
    FileInfo info;
    uint64_t nth = 1;
    while (!journal_without_its_pieces(&rekeyed, nth) && nth++ < 400) {
        rekeyed_done(&rekeyed);
    }
    const Os *os = simulated_os_table(rekeyed.machine);
    expect_ok(os->info(os->state, FOLDER "/REKEY", &info));
    expect_ok(simulated_os_flip(rekeyed.machine, FOLDER "/REKEY", info.bytes / 2, 1));
    expect(key_of(os, rekeyed.new_kek) == kit_kek());
    expect_int(count_rows(os, kit_kek()), ROWS);
    rekeyed_done(&rekeyed);
}

static const TapTest tests[] = {
    TAP_TEST(every_power_cut_leaves_one_key),
    TAP_TEST(a_cut_in_the_recovery_leaves_one_key),
    TAP_TEST(every_failing_call_leaves_one_key),
    TAP_TEST(a_journal_that_was_changed_is_passed_over),
};
TAP_MAIN(tests)
