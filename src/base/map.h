/* A hash map from byte strings to 64-bit values, with a maximum number of entries.
 *
 * Keys are hashed with SipHash-1-3 under a key of the map's own, so that log content written by an
 * attacker cannot pile entries onto one slot. Keys are copied. Not for two threads at once. */
#ifndef AKASHI_BASE_MAP_H
#define AKASHI_BASE_MAP_H

#include "base/arena.h"

typedef struct MapSlot MapSlot;

typedef struct Map {
    MapSlot *slots;
    size_t slot_count; /* power of two, or 0 */
    size_t count;
    size_t count_max;
    uint64_t seed[2];
    Arena keys;
} Map;

/* seed: 16 bytes, random outside of tests. */
Map map_make(size_t count_max, const uint64_t seed[2]);
void map_done(Map *map);
/* Removes all entries, keeps the memory of the slots. */
void map_clear(Map *map);

/* The value's place, or NULL when absent. Valid until the next map_put. */
uint64_t *map_find(const Map *map, Slice key);
/* The value's place, a new one holding 0 when the key was absent (*ret_new, may be NULL).
 * NULL: the map is full (count_max) or there is no memory; the map is unchanged. */
uint64_t *map_put(Map *map, Slice key, bool *ret_new);
/* Walks all entries in no order: start with *position 0. False at the end. */
bool map_next(const Map *map, size_t *position, Slice *ret_key, uint64_t *ret_value);

uint64_t siphash_1_3(const uint64_t seed[2], Slice bytes);

#endif
