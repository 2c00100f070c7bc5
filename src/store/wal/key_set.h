/* The keys of rows that no closed segment holds: a hash set in memory.
 *
 * Hashed with a random seed, so that keys made by an attacker cannot pile up on one slot. Keys with
 * ROW_KEY_ONCE are given out in a row by this program, a number behind eight bytes that stay the
 * same (engine/row_key.h): a run of them takes the room of one, and no look into a large table. */
#ifndef AKASHI_STORE_KEY_SET_H
#define AKASHI_STORE_KEY_SET_H

#include "record/row.h"

#define KEY_SET_SLOTS_MAX ((size_t)1 << 22) /* 64 MiB; three quarters of them are used at most */

#define KEY_RUNS_MAX 32 /* past them such keys go to the table like others */

/* Keys `begin` and a number from `first` up to before `end`. */
typedef struct KeyRun {
    uint64_t begin, first, end;
} KeyRun;

typedef struct KeySet {
    uint8_t (*slots)[ROW_KEY_BYTES]; /* all zero: free */
    size_t slot_count;               /* power of two, or 0 */
    size_t count;                    /* in the table */
    KeyRun runs[KEY_RUNS_MAX];
    size_t run_count, last_run; /* the one that grew last is the likeliest to grow */
    uint64_t seed[2];
} KeySet;

static inline bool key_is_none(const uint8_t *key)
{
    static const uint8_t none[ROW_KEY_BYTES];
    return memcmp(key, none, ROW_KEY_BYTES) == 0;
}

/* Frees the memory; the set is empty and may be used again, with the same seed. */
void key_set_done(KeySet *set);
/* Sends for the memory where the key will be looked for. */
void key_set_foresee(const KeySet *set, const uint8_t *key);
MUST_USE bool key_set_has(const KeySet *set, const uint8_t *key);
/* The key is not all zero; it may be there. -ENOMEM: also when the set is full; unchanged. */
MUST_USE int key_set_add(KeySet *set, const uint8_t *key);
/* Adds all of a block's keys but those that are all zero. */
MUST_USE int key_set_add_all(KeySet *set, Slice keys);

#endif
