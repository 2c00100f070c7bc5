/* The keys of rows in memory: runs of keys that were given out in a row, and all others. */
#include "tests/support/tap.h"

#include "base/number.h"
#include "store/store.h"
#include "store/wal/key_set.h"

#include <string.h>

typedef struct Key {
    uint8_t bytes[ROW_KEY_BYTES];
} Key;

static Key key_of(uint64_t session, uint64_t number, bool once)
{
    Key key;
    memcpy(key.bytes, &session, sizeof session);
    memcpy(key.bytes + sizeof session, &number, sizeof number);
    key.bytes[0] = (uint8_t)(once ? key.bytes[0] | ROW_KEY_ONCE : key.bytes[0] & ~ROW_KEY_ONCE);
    return key;
}

static bool has(const KeySet *set, uint64_t session, uint64_t number, bool once)
{
    Key key = key_of(session, number, once);
    return key_set_has(set, key.bytes);
}

static void add(KeySet *set, uint64_t session, uint64_t number, bool once)
{
    Key key = key_of(session, number, once);
    expect_ok(key_set_add(set, key.bytes));
}

static void keys_in_a_row_take_no_room(void)
{
    KeySet set = {.seed = {1, 2}};
    for (uint64_t i = 1; i <= 100000; i++)
        add(&set, 77, i, true);
    expect_int(set.count, 0);
    expect_int(set.run_count, 1);
    expect(has(&set, 77, 1, true) && has(&set, 77, 100000, true));
    expect(!has(&set, 77, 0, true) && !has(&set, 77, 100001, true));
    expect(!has(&set, 78 << 8, 5, true) && !has(&set, 77, 5, false));
    add(&set, 77, 5, true); /* again */
    expect_int(set.run_count, 1);
    key_set_done(&set);
    expect(!has(&set, 77, 5, true));
}

static void keys_with_gaps_are_all_kept(void)
{
    KeySet set = {.seed = {1, 2}};
    for (uint64_t i = 0; i < 5000; i++)
        add(&set, 7 + (i % 3 << 8), i * 2, i % 2);
    expect_int(set.run_count, KEY_RUNS_MAX);
    for (uint64_t i = 0; i < 5000; i++) {
        expect(has(&set, 7 + (i % 3 << 8), i * 2, i % 2));
        expect(!has(&set, 7 + (i % 3 << 8), i * 2 + 1, i % 2));
    }
    key_set_done(&set);
}

static void the_last_number_ends_no_run(void)
{
    KeySet set = {.seed = {1, 2}};
    add(&set, 7, UINT64_MAX - 1, true);
    add(&set, 7, UINT64_MAX, true);
    expect(has(&set, 7, UINT64_MAX - 1, true) && has(&set, 7, UINT64_MAX, true));
    expect(!has(&set, 7, 0, true));
    key_set_done(&set);
}

static const TapTest tests[] = {
    TAP_TEST(keys_in_a_row_take_no_room),
    TAP_TEST(keys_with_gaps_are_all_kept),
    TAP_TEST(the_last_number_ends_no_run),
};
TAP_MAIN(tests)
