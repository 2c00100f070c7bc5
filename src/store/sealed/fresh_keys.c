/* See fresh_keys.h. Four bits of one word for each key: one question costs one cache line. */
#include "store/sealed/fresh_keys.h"

#include "base/number.h"

#include <stdlib.h>

enum { KEYS_A_WORD = 4, KEY_BITS = 4 };
#define FILTER_WORDS (FRESH_FILTER_KEYS / KEYS_A_WORD)

void fresh_keys_done(FreshKeys *keys)
{
    for (size_t i = 0; i < keys->filter_count; i++) {
        free(keys->filters[i].words);
    }
    keys->filter_count = 0;
}

static uint64_t mixed(const FreshKeys *keys, const uint8_t *key)
{
    unsigned __int128 product = (unsigned __int128)(read_le64(key) ^ keys->seed[0]) *
                                ((read_le64(key + 8) ^ keys->seed[1]) | 1);
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t bits_of(uint64_t mix)
{
    uint64_t bits = 0;
    for (unsigned i = 0; i < KEY_BITS; i++) {
        bits |= (uint64_t)1 << (mix >> (6 * i) & 63);
    }
    return bits;
}

static size_t word_of(uint64_t mix)
{
    return (size_t)(mix >> 32) & (FILTER_WORDS - 1);
}

static bool begin_filter(FreshKeys *keys, uint64_t number)
{
    if (keys->filter_count == FRESH_FILTERS_MAX) {
        free(keys->filters[0].words);
        memmove(keys->filters, keys->filters + 1, --keys->filter_count * sizeof *keys->filters);
    }
    uint64_t *words = calloc(FILTER_WORDS, sizeof *words);
    if (!words) {
        fresh_keys_done(keys);
        return false;
    }
    keys->filters[keys->filter_count++] = (FreshFilter){.words = words, .first_row = number};
    return true;
}

void fresh_keys_add(FreshKeys *keys, const uint8_t key[ROW_KEY_BYTES], uint64_t number)
{
    bool full = keys->filter_count == 0 ||
                keys->filters[keys->filter_count - 1].key_count == FRESH_FILTER_KEYS;
    if (full && !begin_filter(keys, number)) return;
    FreshFilter *newest = &keys->filters[keys->filter_count - 1];
    uint64_t mix = mixed(keys, key);
    newest->words[word_of(mix)] |= bits_of(mix);
    newest->key_count++;
}

void fresh_keys_foresee(const FreshKeys *keys, const uint8_t key[ROW_KEY_BYTES])
{
    size_t word = word_of(mixed(keys, key));
    for (size_t i = 0; i < keys->filter_count; i++) {
        __builtin_prefetch(&keys->filters[i].words[word]);
    }
}

bool fresh_keys_may_have(const FreshKeys *keys, const uint8_t key[ROW_KEY_BYTES])
{
    uint64_t mix = mixed(keys, key), bits = bits_of(mix);
    size_t word = word_of(mix);
    for (size_t i = 0; i < keys->filter_count; i++) {
        if ((keys->filters[i].words[word] & bits) == bits) return true;
    }
    return false;
}

uint64_t fresh_keys_first_row(const FreshKeys *keys)
{
    return keys->filter_count ? keys->filters[0].first_row : UINT64_MAX;
}
