/* See key_set.h. */
#include "store/wal/key_set.h"

#include "base/number.h"
#include "store/store.h"

#include <errno.h>
#include <stdlib.h>

enum { FIRST_SLOTS = 4096 };

void key_set_done(KeySet *set)
{
    free(set->slots);
    set->slots = NULL;
    set->slot_count = set->count = 0;
    set->run_count = set->last_run = 0;
}

/* ---- runs */

static bool run_has(const KeyRun *run, const uint8_t *key)
{
    uint64_t number = read_le64(key + 8);
    return run->begin == read_le64(key) && number >= run->first && number < run->end;
}

static bool runs_have(const KeySet *set, const uint8_t *key)
{
    if (!(key[0] & ROW_KEY_ONCE)) return false;
    for (size_t i = 0; i < set->run_count; i++) {
        if (run_has(&set->runs[i], key)) return true;
    }
    return false;
}

static bool run_grows(KeyRun *run, const uint8_t *key)
{
    if (run->begin != read_le64(key) || run->end != read_le64(key + 8)) return false;
    run->end++;
    return true;
}

/* The key, which no run has, at the end of one or as the first of another. */
static bool runs_add(KeySet *set, const uint8_t *key)
{
    if (!(key[0] & ROW_KEY_ONCE) || read_le64(key + 8) == UINT64_MAX) return false;
    for (size_t i = 0; i < set->run_count; i++) {
        size_t at = (set->last_run + i) % set->run_count;
        if (!run_grows(&set->runs[at], key)) continue;
        set->last_run = at;
        return true;
    }
    if (set->run_count == KEY_RUNS_MAX) return false;
    uint64_t number = read_le64(key + 8);
    set->last_run = set->run_count++;
    set->runs[set->last_run] =
        (KeyRun){.begin = read_le64(key), .first = number, .end = number + 1};
    return true;
}

/* ---- the table */

static size_t first_slot(const KeySet *set, const uint8_t *key)
{
    unsigned __int128 mixed = (unsigned __int128)(read_le64(key) ^ set->seed[0]) *
                              ((read_le64(key + 8) ^ set->seed[1]) | 1);
    return (size_t)((uint64_t)mixed ^ (uint64_t)(mixed >> 64)) & (set->slot_count - 1);
}

void key_set_foresee(const KeySet *set, const uint8_t *key)
{
    if (set->count > 0) __builtin_prefetch(set->slots[first_slot(set, key)]);
}

/* The slot that holds the key, or the free one where it belongs. */
static size_t slot_of(const KeySet *set, const uint8_t *key)
{
    size_t slot = first_slot(set, key);
    while (!key_is_none(set->slots[slot]) && memcmp(set->slots[slot], key, ROW_KEY_BYTES) != 0) {
        slot = (slot + 1) & (set->slot_count - 1);
    }
    return slot;
}

bool key_set_has(const KeySet *set, const uint8_t *key)
{
    if (runs_have(set, key)) return true;
    return set->count > 0 && !key_is_none(set->slots[slot_of(set, key)]);
}

static int grow(KeySet *set)
{
    KeySet more = *set;
    more.slot_count = set->slot_count ? set->slot_count * 2 : FIRST_SLOTS;
    if (more.slot_count > KEY_SET_SLOTS_MAX) return -ENOMEM;
    more.slots = calloc(more.slot_count, ROW_KEY_BYTES);
    if (!more.slots) return -ENOMEM;
    for (size_t i = 0; i < set->slot_count; i++) {
        if (key_is_none(set->slots[i])) continue;
        memcpy(more.slots[slot_of(&more, set->slots[i])], set->slots[i], ROW_KEY_BYTES);
    }
    free(set->slots);
    *set = more;
    return 0;
}

int key_set_add(KeySet *set, const uint8_t *key)
{
    if (key_set_has(set, key) || runs_add(set, key)) return 0;
    if (set->count >= set->slot_count / 4 * 3) {
        int r = grow(set);
        if (r < 0) return r;
    }
    memcpy(set->slots[slot_of(set, key)], key, ROW_KEY_BYTES);
    set->count++;
    return 0;
}

int key_set_add_all(KeySet *set, Slice keys)
{
    int r = 0;
    for (size_t at = 0; at + ROW_KEY_BYTES <= keys.len && r == 0; at += ROW_KEY_BYTES) {
        const uint8_t *key = (const uint8_t *)keys.ptr + at;
        if (!key_is_none(key)) r = key_set_add(set, key);
    }
    return r;
}
