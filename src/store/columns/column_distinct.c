/* Tables of distinct values. */
#include "store/columns/columns_enc.h"

#include "store/columns/row_shape.h"

typedef struct Table {
    uint32_t *slots; /* code + 1 */
    size_t mask;
    uint64_t *hashes; /* of each code */
    size_t probes, probes_max;
} Table;

static bool table_grow(Encoder *enc, Table *table, uint32_t count)
{
    size_t slots = (table->mask + 1) * 4;
    uint32_t *bigger = ENC_SCRATCH(enc, uint32_t, slots);
    if (!bigger) return false;
    for (uint32_t code = 0; code < count; code++) {
        size_t at = table->hashes[code] & (slots - 1);
        while (bigger[at])
            at = (at + 1) & (slots - 1);
        bigger[at] = code + 1;
    }
    table->slots = bigger;
    table->mask = slots - 1;
    return true;
}

/* The value's code, or UINT32_MAX when it is new: then *ret_slot is its place. */
static uint32_t table_find(Table *table, const Distinct *found, Slice value, uint64_t hash,
                           size_t *ret_slot)
{
    size_t at = hash & table->mask;
    for (; table->slots[at]; at = (at + 1) & table->mask) {
        uint32_t code = table->slots[at] - 1;
        table->probes++;
        if (table->hashes[code] == hash && slice_eq(found->values[code], value)) return code;
    }
    *ret_slot = at;
    return UINT32_MAX;
}

#define PREFETCH_ROWS 12

bool distinct_find(Encoder *enc, const Slice *values, size_t count, size_t count_max, Distinct *ret)
{
    Distinct found = {
        .values = ENC_ARRAY(enc, Slice, count < count_max ? count : count_max),
        .codes = ENC_ARRAY(enc, uint32_t, count),
    };
    Table table = {.slots = ENC_SCRATCH(enc, uint32_t, 256),
                   .mask = 255,
                   .hashes = ENC_SCRATCH(enc, uint64_t, count < count_max ? count : count_max)};
    if (enc->error) return false;
    for (size_t i = 0; i < count; i++) {
        if (i + PREFETCH_ROWS < count) __builtin_prefetch(values[i + PREFETCH_ROWS].ptr);
        if (i > 0 && slice_eq(values[i], values[i - 1])) {
            found.codes[i] = found.codes[i - 1];
            continue;
        }
        uint64_t hash = shape_hash(values[i], enc->options->seed);
        size_t slot = 0;
        uint32_t code = table_find(&table, &found, values[i], hash, &slot);
        if (code == UINT32_MAX) {
            if (found.count == count_max || table.probes > 16 * i + 4096) return false;
            code = found.count++;
            found.values[code] = values[i];
            table.hashes[code] = hash;
            table.slots[slot] = code + 1;
            if (found.count * 2 > table.mask && !table_grow(enc, &table, found.count)) return false;
        }
        found.codes[i] = code;
    }
    *ret = found;
    return true;
}

#define OVER_SLOTS 1024u

bool distinct_is_over(const Slice *values, size_t count, uint64_t seed, size_t bytes_max)
{
    Slice slots[OVER_SLOTS] = {{0}};
    size_t bytes = 0, taken = 0;
    for (size_t i = 0; i < count && taken < OVER_SLOTS / 2; i++) {
        if (values[i].len == 0 || (i > 0 && slice_eq(values[i], values[i - 1]))) continue;
        size_t at = shape_hash(values[i], seed) & (OVER_SLOTS - 1);
        while (slots[at].len && !slice_eq(slots[at], values[i]))
            at = (at + 1) & (OVER_SLOTS - 1);
        if (slots[at].len) continue;
        slots[at] = values[i];
        taken++;
        bytes += values[i].len;
        if (bytes > bytes_max) return true;
    }
    return false;
}
