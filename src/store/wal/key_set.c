/* See key_set.h. */
#include "store/wal/key_set.h"

#include "base/number.h"

#include <errno.h>
#include <stdlib.h>

enum { FIRST_SLOTS = 4096 };

void key_set_done(KeySet *set)
{
    free(set->slots);
    set->slots = NULL;
    set->slot_count = set->count = 0;
}

/* The slot that holds the key, or the free one where it belongs. */
static size_t slot_of(const KeySet *set, const uint8_t *key)
{
    unsigned __int128 mixed = (unsigned __int128)(read_le64(key) ^ set->seed[0]) *
                              ((read_le64(key + 8) ^ set->seed[1]) | 1);
    size_t slot = (size_t)((uint64_t)mixed ^ (uint64_t)(mixed >> 64)) & (set->slot_count - 1);
    while (!key_is_none(set->slots[slot]) && memcmp(set->slots[slot], key, ROW_KEY_BYTES) != 0) {
        slot = (slot + 1) & (set->slot_count - 1);
    }
    return slot;
}

bool key_set_has(const KeySet *set, const uint8_t *key)
{
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
    if (set->count >= set->slot_count / 4 * 3) {
        int r = grow(set);
        if (r < 0) return r;
    }
    size_t slot = slot_of(set, key);
    if (!key_is_none(set->slots[slot])) return 0;
    memcpy(set->slots[slot], key, ROW_KEY_BYTES);
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
