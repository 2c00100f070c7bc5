/* See search_aggregate.h. */
#include "search/search_aggregate.h"

#include "base/number.h"
#include "base/time_text.h"

#include <stdlib.h>

/* An entry of the map, with its key: the tally's number and the digest. */
#define DISTINCT_ENTRY_BYTES 32

void tally_memory_init(TallyMemory *memory, size_t bytes_max, bool has_distinct,
                       const uint64_t seed[2])
{
    size_t half = bytes_max / 2;
    *memory = (TallyMemory){.bytes_max = has_distinct ? half : bytes_max};
    memory->distinct = map_make(stage_map_room(half, DISTINCT_ENTRY_BYTES), seed);
}

void tally_memory_done(TallyMemory *memory)
{
    map_done(&memory->distinct);
}

void tally_done(Tally *tally)
{
    free(tally->extreme);
    free(tally->samples);
}

static bool take_memory(TallyMemory *memory, size_t bytes)
{
    if (bytes > memory->bytes_max - memory->bytes) {
        memory->met = true;
        return false;
    }
    memory->bytes += bytes;
    return true;
}

/* Values are told apart by 128 bits of SipHash under a secret key: that two differing ones are
 * taken for one is as likely as guessing the key. */
static void add_distinct(Tally *tally, uint64_t number, Slice value, TallyMemory *memory)
{
    const uint64_t *seed = memory->distinct.seed;
    const uint64_t other[2] = {~seed[0], ~seed[1]};
    uint64_t key[3] = {number, siphash_1_3(seed, value), siphash_1_3(other, value)};
    bool new_one = false;
    if (!map_put(&memory->distinct, slice_of(key, sizeof key), &new_one)) memory->met = true;
    tally->count += new_one;
}

/* A sample more; past the memory it is left out. */
static int add_sample(Tally *tally, Decimal value, TallyMemory *memory)
{
    if (tally->count == tally->sample_room) {
        uint32_t more = tally->sample_room ? tally->sample_room : 8;
        if (more > UINT32_MAX / 2) more = 0; /* as if the memory ended here */
        if (!take_memory(memory, more ? more * sizeof value : SIZE_MAX)) return 0;
        Decimal *larger =
            realloc(tally->samples, ((size_t)tally->sample_room + more) * sizeof *larger);
        if (!larger) return -ENOMEM;
        tally->samples = larger;
        tally->sample_room += more;
    }
    tally->samples[tally->count++] = value;
    return 0;
}

static int add_extreme(Tally *tally, bool most, Slice value, TallyMemory *memory)
{
    SortKey key = sort_key_of(value);
    int order = tally->extreme ? sort_key_compare(&key, &tally->extreme->key, most) : -1;
    if (order >= 0) return 0;
    if (!tally->extreme) {
        if (!take_memory(memory, sizeof *tally->extreme)) return 0;
        tally->extreme = malloc(sizeof *tally->extreme);
        if (!tally->extreme) return -ENOMEM;
    }
    memcpy(tally->extreme->text, key.text.ptr, key.text.len);
    key.text.ptr = tally->extreme->text;
    tally->extreme->key = key;
    return 0;
}

int tally_add(Tally *tally, const Aggregate *aggregate, uint64_t number, Slice value,
              uint64_t times, TallyMemory *memory)
{
    Decimal amount;
    if (value.len == 0) return 0;
    switch (aggregate->kind) {
    case AGGREGATE_COUNT: tally->count += times; return 0;
    case AGGREGATE_DISTINCT: add_distinct(tally, number, value, memory); return 0;
    case AGGREGATE_MIN: return add_extreme(tally, false, value, memory);
    case AGGREGATE_MAX: return add_extreme(tally, true, value, memory);
    default: break;
    }
    if (decimal_parse(value, &amount) < 0) return 0;
    if (aggregate->kind == AGGREGATE_PERCENTILE) {
        int r = 0;
        while (times-- > 0 && r == 0) {
            r = add_sample(tally, amount, memory);
        }
        return r;
    }
    tally->overflow |= __builtin_mul_overflow(amount, (Decimal)times, &amount);
    tally->overflow |= __builtin_add_overflow(tally->sum, amount, &tally->sum);
    tally->count += times;
    return 0;
}

static int compare_decimals(const void *left, const void *right)
{
    const Decimal *a = left, *b = right;
    return (*a > *b) - (*a < *b);
}

/* The nearest rank: the smallest sample below which, with it, lie `percent` of all. */
static Decimal percentile(Tally *tally, unsigned percent)
{
    qsort(tally->samples, tally->count, sizeof *tally->samples, compare_decimals);
    uint64_t rank = (tally->count * percent + 99) / 100;
    return tally->samples[rank > 0 ? rank - 1 : 0];
}

static int number_cell(Decimal number, Arena *arena, Slice *ret)
{
    char text[DECIMAL_TEXT_MAX];
    return arena_copy(arena, slice_of(text, decimal_print(text, number)), ret);
}

int tally_text(Tally *tally, const Aggregate *aggregate, Arena *arena, Slice *ret)
{
    *ret = (Slice){0};
    switch (aggregate->kind) {
    case AGGREGATE_COUNT:
    case AGGREGATE_DISTINCT: return number_cell((Decimal)tally->count * DECIMAL_ONE, arena, ret);
    case AGGREGATE_MIN:
    case AGGREGATE_MAX:
        if (tally->extreme) *ret = tally->extreme->key.text;
        return 0;
    default: break;
    }
    if (tally->count == 0 || tally->overflow) return 0;
    if (aggregate->kind == AGGREGATE_PERCENTILE)
        return number_cell(percentile(tally, aggregate->percent), arena, ret);
    bool sum = aggregate->kind == AGGREGATE_SUM;
    return number_cell(sum ? tally->sum : tally->sum / (Decimal)tally->count, arena, ret);
}
