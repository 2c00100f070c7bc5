/* For tests of the store: rows made from a number, and the check that a store holds what it must.
 */
#ifndef AKASHI_TESTS_STORE_KIT_H
#define AKASHI_TESTS_STORE_KIT_H

#include "base/buf.h"
#include "store/store.h"

/* The key of the stores of tests. */
const Secret *kit_kek(void);
/* store_open with that key, and without a thread, so that a test's calls come in one order. Options
 * may be NULL. */
MUST_USE int kit_open(const Os *os, const char *folder, const StoreOptions *options, Store **ret,
                      Complaint *complaint);

/* The row of this number, always the same; event.index holds the number. About every ninth has no
 * key. Lives in the arena. */
Row kit_row(uint64_t id, Arena *arena);
/* Every byte of every part alike; says on the test's output what differs. A sealed row has no key,
 * so *got may have none. */
bool kit_same_row(const Row *got, const Row *want);

/* What a scan gave. */
typedef struct KitScan {
    Buf ids;     /* uint64_t each: event.index */
    Buf numbers; /* uint64_t each */
    Buf damage;  /* lines `FILE OFFSET REASON` */
    size_t damage_count;
    size_t wrong; /* rows that are not what kit_row says */
    Arena arena;
} KitScan;
void kit_scan_done(KitScan *scan);
static inline size_t kit_count(const Buf *numbers)
{
    return numbers->len / sizeof(uint64_t);
}
static inline uint64_t kit_at(const Buf *numbers, size_t i)
{
    uint64_t number;
    memcpy(&number, numbers->ptr + i * sizeof number, sizeof number);
    return number;
}
/* Opens a reader and scans it all. */
MUST_USE int kit_scan(const Os *os, const char *folder, const ScanRange *range, KitScan *ret);
#define KIT_ALL                                                                                    \
    (&(ScanRange){.from_ns = INT64_MIN, .to_ns = INT64_MAX, .newest_first = false, .after = 0})
#define KIT_ALL_NEWEST_FIRST                                                                       \
    (&(ScanRange){.from_ns = INT64_MIN, .to_ns = INT64_MAX, .newest_first = true, .after = 0})

/* By number: sealed rows come by time. */
void kit_scan_sort(KitScan *scan);

/* What a workload did to a store, to check the store by. */
typedef struct KitHistory {
    Buf appended; /* ids, in the order in which store_append was first called with them */
    Buf safe;     /* a byte for each: 1 when a commit after it returned 0 */
    size_t batch; /* those from here on wait for a commit */
} KitHistory;
void kit_history_done(KitHistory *history);
size_t kit_safe_count(const KitHistory *history);

/* The store holds the safe rows, perhaps some of the others, each once and whole, numbered in the
 * order in which they were appended; newest first gives the same; of what is not sealed it is the
 * reverse (S1, S2, S3). lossless false: rows may be missing anywhere
 * (damage), but none is wrong, doubled or out of order. Returns false and says why when not. */
bool kit_check(const Os *os, const char *folder, const KitHistory *history, bool lossless);
/* Opens the store, appends every row of the history that has a key again, commits, closes: after
 * that the store has each of them exactly once (S2 across a restart); lossless false: at most once.
 */
bool kit_check_again(const Os *os, const char *folder, const KitHistory *history, bool lossless);

/* Appends rows [from, to) by number in steps of `step` and commits after each; notes it in the
 * history. Returns the first error; what then waited for a commit may be in the store or not. */
int kit_work(Store *store, uint64_t from, uint64_t to, size_t step, KitHistory *history);

uint64_t kit_random(uint64_t *state);

#endif
