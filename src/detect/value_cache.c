/* See value_cache.h. */
#include "detect/value_cache.h"

#include <errno.h>
#include <stdlib.h>

#define PROBES_MAX 8

/* At words[offset]: field, value length, predicate count, predicates, value. */
enum { HEAD_WORDS = 3 };

int value_cache_init(ValueCache *cache, size_t bytes_max)
{
    *cache = (ValueCache){.words_max = bytes_max / 2 / sizeof(uint32_t), .slots = 1024};
    while (cache->slots * 256 < bytes_max) {
        cache->slots *= 2;
    }
    for (int i = 0; i < 2; i++) {
        CacheHalf *half = &cache->halves[i];
        half->slots = calloc(cache->slots, sizeof *half->slots);
        half->words = malloc(cache->words_max * sizeof *half->words);
        if (!half->slots || !half->words) return -ENOMEM;
    }
    return 0;
}

void value_cache_done(ValueCache *cache)
{
    for (int i = 0; i < 2; i++) {
        free(cache->halves[i].slots);
        free(cache->halves[i].words);
    }
    *cache = (ValueCache){0};
}

/* The hash of field and value together. */
static uint64_t mix(uint64_t hash, uint32_t field)
{
    return hash ^ field * 0x9e3779b97f4a7c15u;
}

static uint32_t tag_of(uint64_t hash)
{
    return (uint32_t)(hash >> 32);
}

static bool is_entry(const uint32_t *entry, uint32_t field, Slice value)
{
    return entry[0] == field && entry[1] == value.len &&
           (value.len == 0 || memcmp(entry + HEAD_WORDS + entry[2], value.ptr, value.len) == 0);
}

static bool find_in(const ValueCache *cache, const CacheHalf *half, uint32_t field, uint64_t hash,
                    Slice value, CachedAnswer *ret)
{
    for (size_t i = 0; i < PROBES_MAX; i++) {
        const CacheSlot *slot = &half->slots[(hash + i) & (cache->slots - 1)];
        if (slot->entry == 0) return false;
        if (slot->tag != tag_of(hash)) continue;
        const uint32_t *entry = half->words + slot->entry - 1;
        if (!is_entry(entry, field, value)) continue;
        *ret = (CachedAnswer){entry + HEAD_WORDS, entry[2]};
        return true;
    }
    return false;
}

void value_cache_fetch_slot(const ValueCache *cache, uint32_t field, uint64_t hash)
{
    __builtin_prefetch(&cache->halves[cache->young].slots[mix(hash, field) & (cache->slots - 1)]);
}

void value_cache_fetch_answer(const ValueCache *cache, uint32_t field, uint64_t hash)
{
    const CacheHalf *half = &cache->halves[cache->young];
    uint64_t mixed = mix(hash, field);
    const CacheSlot *slot = &half->slots[mixed & (cache->slots - 1)];
    if (slot->entry && slot->tag == tag_of(mixed))
        __builtin_prefetch(half->words + slot->entry - 1);
}

bool value_cache_find(ValueCache *cache, uint32_t field, uint64_t hash, Slice value,
                      CachedAnswer *ret)
{
    uint64_t mixed = mix(hash, field);
    if (find_in(cache, &cache->halves[cache->young], field, mixed, value, ret)) return true;
    CachedAnswer old;
    if (!find_in(cache, &cache->halves[1 - cache->young], field, mixed, value, &old)) return false;
    const CacheHalf *young = &cache->halves[cache->young];
    size_t before = young->count;
    size_t need = HEAD_WORDS + old.count + value.len / sizeof(uint32_t) + 1;
    /* Without room the halves would change places under the answer: then it stays where it is. */
    if (young->word_count + need <= cache->words_max && before * 2 < cache->slots) {
        value_cache_put(cache, field, hash, value, old.predicates, old.count);
    }
    *ret = old;
    return true;
}

static void change_places(ValueCache *cache)
{
    cache->young = 1 - cache->young;
    CacheHalf *young = &cache->halves[cache->young];
    memset(young->slots, 0, cache->slots * sizeof *young->slots);
    young->word_count = 0;
    young->count = 0;
}

void value_cache_put(ValueCache *cache, uint32_t field, uint64_t hash, Slice value,
                     const uint32_t *predicates, uint32_t count)
{
    size_t need = HEAD_WORDS + count + value.len / sizeof(uint32_t) + 1;
    CacheHalf *half = &cache->halves[cache->young];
    hash = mix(hash, field);
    if (need > cache->words_max) return;
    if (half->word_count + need > cache->words_max || half->count * 2 >= cache->slots) {
        change_places(cache);
        half = &cache->halves[cache->young];
    }
    size_t slot = hash & (cache->slots - 1);
    for (size_t i = 1; half->slots[slot].entry != 0; i++) {
        if (i == PROBES_MAX) return; /* a crowded place: this value is asked anew next time */
        slot = (hash + i) & (cache->slots - 1);
    }
    uint32_t *entry = half->words + half->word_count;
    entry[0] = field;
    entry[1] = (uint32_t)value.len;
    entry[2] = count;
    if (count) memcpy(entry + HEAD_WORDS, predicates, count * sizeof *predicates);
    if (value.len) memcpy(entry + HEAD_WORDS + count, value.ptr, value.len);
    half->slots[slot] = (CacheSlot){tag_of(hash), (uint32_t)half->word_count + 1};
    half->word_count += need;
    half->count++;
}
