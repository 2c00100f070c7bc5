/* See map.h. Open addressing, linear probing, at most 3/4 full, no deletion of single entries. */
#include "base/map.h"

#include "base/number.h"

#include <stdlib.h>

struct MapSlot {
    uint64_t hash; /* 0: empty; a real hash of 0 is stored as 1 */
    Slice key;
    uint64_t value;
};

static inline uint64_t rotate(uint64_t x, int by)
{
    return x << by | x >> (64 - by);
}

static inline void sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[2] += v[3];
    v[1] = rotate(v[1], 13) ^ v[0];
    v[3] = rotate(v[3], 16) ^ v[2];
    v[0] = rotate(v[0], 32);
    v[2] += v[1];
    v[0] += v[3];
    v[1] = rotate(v[1], 17) ^ v[2];
    v[3] = rotate(v[3], 21) ^ v[0];
    v[2] = rotate(v[2], 32);
}

/* Aumasson and Bernstein, "SipHash: a fast short-input PRF", with c = 1 and d = 3. */
uint64_t siphash_1_3(const uint64_t seed[2], Slice bytes)
{
    uint64_t v[4] = {seed[0] ^ 0x736f6d6570736575u, seed[1] ^ 0x646f72616e646f6du,
                     seed[0] ^ 0x6c7967656e657261u, seed[1] ^ 0x7465646279746573u};
    size_t i = 0;
    for (; i + 8 <= bytes.len; i += 8) {
        uint64_t word = read_le64(bytes.ptr + i);
        v[3] ^= word;
        sip_round(v);
        v[0] ^= word;
    }
    uint64_t last = (uint64_t)bytes.len << 56;
    for (size_t k = 0; i + k < bytes.len; k++) {
        last |= (uint64_t)(unsigned char)bytes.ptr[i + k] << (8 * k);
    }
    v[3] ^= last;
    sip_round(v);
    v[0] ^= last;
    v[2] ^= 0xff;
    sip_round(v);
    sip_round(v);
    sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

Map map_make(size_t count_max, const uint64_t seed[2])
{
    return (Map){
        .count_max = count_max, .seed = {seed[0], seed[1]}, .keys = arena_make((size_t)1 << 40)};
}

void map_done(Map *map)
{
    free(map->slots);
    arena_done(&map->keys);
    map->slots = NULL;
    map->slot_count = map->count = 0;
}

void map_clear(Map *map)
{
    if (map->slots) memset(map->slots, 0, map->slot_count * sizeof *map->slots);
    map->count = 0;
    arena_reset(&map->keys);
}

static uint64_t hash_of(const Map *map, Slice key)
{
    uint64_t hash = siphash_1_3(map->seed, key);
    return hash ? hash : 1;
}

static MapSlot *probe(const Map *map, uint64_t hash, Slice key)
{
    size_t at = hash & (map->slot_count - 1);
    while (map->slots[at].hash != 0) {
        if (map->slots[at].hash == hash && slice_eq(map->slots[at].key, key)) break;
        at = (at + 1) & (map->slot_count - 1);
    }
    return &map->slots[at];
}

static bool grow(Map *map)
{
    Map bigger = *map;
    bigger.slot_count = map->slot_count ? map->slot_count * 2 : 64;
    bigger.slots = calloc(bigger.slot_count, sizeof *bigger.slots);
    if (!bigger.slots) return false;
    for (size_t i = 0; i < map->slot_count; i++) {
        if (map->slots[i].hash == 0) continue;
        *probe(&bigger, map->slots[i].hash, map->slots[i].key) = map->slots[i];
    }
    free(map->slots);
    *map = bigger;
    return true;
}

uint64_t *map_find(const Map *map, Slice key)
{
    if (map->count == 0) return NULL;
    MapSlot *slot = probe(map, hash_of(map, key), key);
    return slot->hash ? &slot->value : NULL;
}

uint64_t *map_put(Map *map, Slice key, bool *ret_new)
{
    uint64_t hash = hash_of(map, key);
    if (map->slot_count) {
        MapSlot *slot = probe(map, hash, key);
        if (slot->hash) {
            if (ret_new) *ret_new = false;
            return &slot->value;
        }
    }
    if (map->count >= map->count_max) return NULL;
    if (map->count + 1 > map->slot_count / 4 * 3 && !grow(map)) return NULL;
    Slice copy;
    if (arena_copy(&map->keys, key, &copy) < 0) return NULL;
    MapSlot *slot = probe(map, hash, key);
    *slot = (MapSlot){.hash = hash, .key = copy};
    map->count++;
    if (ret_new) *ret_new = true;
    return &slot->value;
}

bool map_next(const Map *map, size_t *position, Slice *ret_key, uint64_t *ret_value)
{
    for (; *position < map->slot_count; (*position)++) {
        const MapSlot *slot = &map->slots[*position];
        if (slot->hash == 0) continue;
        *ret_key = slot->key;
        *ret_value = slot->value;
        (*position)++;
        return true;
    }
    return false;
}
