/* See network_map.h. */
#include "translate/context/network_map.h"

#include <errno.h>
#include <stdlib.h>

struct NetworkEntry {
    AddressNumber first, last;
    uint32_t value, number; /* number: how many were added before */
    bool is_v4;
};

void network_map_done(NetworkMap *map)
{
    free(map->entries);
    free(map->v4_starts);
    free(map->v4_values);
    free(map->v4_first);
    free(map->v6_starts);
    free(map->v6_values);
    *map = (NetworkMap){.join = map->join};
}

static int room_for(size_t count, size_t *capacity, void **array, size_t item_bytes)
{
    size_t wanted = *capacity ? *capacity * 2 : 16;
    if (count < *capacity) return 0;
    void *grown = realloc(*array, wanted * item_bytes);
    if (!grown) return -ENOMEM;
    *array = grown;
    *capacity = wanted;
    return 0;
}

static unsigned width(bool is_v4)
{
    return is_v4 ? 32 : 128;
}

/* The bits behind a prefix, all set. */
static AddressNumber bits_behind(const Network *network, unsigned bits)
{
    unsigned rest = width(network->first.is_v4) - bits;
    return rest == 128 ? ~(AddressNumber)0 : ((AddressNumber)1 << rest) - 1;
}

static AddressNumber last_of(const Network *network)
{
    return network->first.number | bits_behind(network, network->bits);
}

int network_map_add(NetworkMap *map, const Network *network, uint32_t value)
{
    if (map->entry_count >= NETWORK_MAP_ENTRIES_MAX) return -E2BIG;
    void *entries = map->entries;
    int r = room_for(map->entry_count, &map->entry_capacity, &entries, sizeof *map->entries);
    map->entries = entries;
    if (r < 0) return r;
    map->entries[map->entry_count] = (NetworkEntry){.first = network->first.number,
                                                    .last = last_of(network),
                                                    .value = value,
                                                    .number = (uint32_t)map->entry_count,
                                                    .is_v4 = network->first.is_v4};
    map->entry_count++;
    return 0;
}

/* The fewest prefixes that make up the range: each the largest that begins there and fits. */
int network_map_add_range(NetworkMap *map, const Address *first, const Address *last,
                          uint32_t value)
{
    Network network = {.first = *first};
    for (;;) {
        network.bits = (uint8_t)width(first->is_v4);
        while (network.bits > 0) {
            AddressNumber wider = bits_behind(&network, network.bits - 1u);
            bool begins_there = (network.first.number & wider) == 0;
            if (!begins_there || (network.first.number | wider) > last->number) break;
            network.bits--;
        }
        int r = network_map_add(map, &network, value);
        AddressNumber end = last_of(&network);
        if (r < 0 || end == last->number) return r;
        network.first.number = end + 1;
    }
}

int network_map_add_text(NetworkMap *map, Slice text, uint32_t value)
{
    Address first, last;
    int r = network_parse_range(text, &first, &last);
    return r < 0 ? r : network_map_add_range(map, &first, &last, value);
}

/* --- finishing: networks become segments ------------------------------------------------------ */

static int append_v4(NetworkMap *map, uint32_t start, uint32_t value)
{
    size_t count = map->v4_count, capacity = map->v4_capacity;
    if (count > 0 && map->v4_starts[count - 1] == start) {
        map->v4_values[count - 1] = value;
        return 0;
    }
    if (count > 0 ? map->v4_values[count - 1] == value : value == 0) return 0;
    void *starts = map->v4_starts, *values = map->v4_values;
    int r = room_for(count, &capacity, &starts, sizeof *map->v4_starts);
    map->v4_starts = starts;
    capacity = map->v4_capacity;
    if (r == 0) r = room_for(count, &capacity, &values, sizeof *map->v4_values);
    map->v4_values = values;
    if (r < 0) return r;
    map->v4_capacity = capacity;
    map->v4_starts[count] = start;
    map->v4_values[count] = value;
    map->v4_count++;
    return 0;
}

static int append_v6(NetworkMap *map, AddressNumber start, uint32_t value)
{
    size_t count = map->v6_count, capacity = map->v6_capacity;
    if (count > 0 && map->v6_starts[count - 1] == start) {
        map->v6_values[count - 1] = value;
        return 0;
    }
    if (count > 0 ? map->v6_values[count - 1] == value : value == 0) return 0;
    void *starts = map->v6_starts, *values = map->v6_values;
    int r = room_for(count, &capacity, &starts, sizeof *map->v6_starts);
    map->v6_starts = starts;
    capacity = map->v6_capacity;
    if (r == 0) r = room_for(count, &capacity, &values, sizeof *map->v6_values);
    map->v6_values = values;
    if (r < 0) return r;
    map->v6_capacity = capacity;
    map->v6_starts[count] = start;
    map->v6_values[count] = value;
    map->v6_count++;
    return 0;
}

int network_map_append(NetworkMap *map, const Address *start, uint32_t value)
{
    if (map->v4_count + map->v6_count >= 2 * NETWORK_MAP_ENTRIES_MAX) return -E2BIG;
    return start->is_v4 ? append_v4(map, (uint32_t)start->number, value)
                        : append_v6(map, start->number, value);
}

/* By family, then by first address, the wider before the narrower, the earlier before the later. */
static int compare_entries(const void *left, const void *right)
{
    const NetworkEntry *a = left, *b = right;
    if (a->is_v4 != b->is_v4) return a->is_v4 ? -1 : 1;
    if (a->first != b->first) return a->first < b->first ? -1 : 1;
    if (a->last != b->last) return a->last > b->last ? -1 : 1;
    return a->number < b->number ? -1 : 1;
}

#define NESTED_MAX 130 /* prefixes around one address: 129 lengths */

typedef struct Flattening {
    NetworkMap *map;
    const NetworkEntry *open[NESTED_MAX];
    uint32_t value[NESTED_MAX];
    size_t depth;
} Flattening;

static int emit(Flattening *flat, bool is_v4, AddressNumber start, uint32_t value)
{
    return is_v4 ? append_v4(flat->map, (uint32_t)start, value)
                 : append_v6(flat->map, start, value);
}

static int close_innermost(Flattening *flat)
{
    const NetworkEntry *inner = flat->open[--flat->depth];
    uint32_t around = flat->depth ? flat->value[flat->depth - 1] : 0;
    AddressNumber end = inner->is_v4 ? UINT32_MAX : ~(AddressNumber)0;
    return inner->last == end ? 0 : emit(flat, inner->is_v4, inner->last + 1, around);
}

static int open_entry(Flattening *flat, const NetworkEntry *entry)
{
    int r = 0;
    while (r == 0 && flat->depth > 0 &&
           (flat->open[flat->depth - 1]->is_v4 != entry->is_v4 ||
            flat->open[flat->depth - 1]->last < entry->first)) {
        r = close_innermost(flat);
    }
    if (r < 0) return r;
    uint32_t value = entry->value, around = flat->depth ? flat->value[flat->depth - 1] : 0;
    const NetworkEntry *outer = flat->depth ? flat->open[flat->depth - 1] : NULL;
    bool is_same = outer && outer->first == entry->first && outer->last == entry->last;
    if (flat->map->join == NETWORK_ALL) value |= around;
    if (flat->map->join == NETWORK_LONGEST && is_same) value = around;
    if (!is_same) flat->open[flat->depth++] = entry;
    flat->value[flat->depth - 1] = value;
    return emit(flat, entry->is_v4, entry->first, value);
}

/* first[p] is the last segment that begins at or before the address p.0.0 (one higher, 0: none). */
static int index_v4(NetworkMap *map)
{
    map->v4_first = malloc(65537 * sizeof *map->v4_first);
    if (!map->v4_first) return -ENOMEM;
    size_t at = 0;
    for (uint32_t prefix = 0; prefix < 65536; prefix++) {
        while (at < map->v4_count && map->v4_starts[at] <= prefix << 16)
            at++;
        map->v4_first[prefix] = (uint32_t)at;
    }
    map->v4_first[65536] = (uint32_t)map->v4_count;
    return 0;
}

int network_map_finish(NetworkMap *map)
{
    Flattening flat = {.map = map};
    int r = 0;
    if (map->entry_count > 0) {
        qsort(map->entries, map->entry_count, sizeof *map->entries, compare_entries);
    }
    for (size_t i = 0; i < map->entry_count && r == 0; i++) {
        r = open_entry(&flat, &map->entries[i]);
    }
    while (r == 0 && flat.depth > 0) {
        r = close_innermost(&flat);
    }
    free(map->entries);
    map->entries = NULL;
    map->entry_count = map->entry_capacity = 0;
    return r == 0 && map->v4_count > 0 ? index_v4(map) : r;
}

/* --- asking ----------------------------------------------------------------------------------- */

static uint32_t find_v4(const NetworkMap *map, uint32_t number)
{
    if (!map->v4_first) return 0;
    size_t low = map->v4_first[number >> 16], high = map->v4_first[(number >> 16) + 1];
    while (low < high) { /* the first segment that begins behind the address */
        size_t middle = low + (high - low) / 2;
        if (map->v4_starts[middle] <= number) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low == 0 ? 0 : map->v4_values[low - 1];
}

uint32_t network_map_find(const NetworkMap *map, const Address *address)
{
    if (address->is_v4) return find_v4(map, (uint32_t)address->number);
    size_t low = 0, high = map->v6_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (map->v6_starts[middle] <= address->number) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low == 0 ? 0 : map->v6_values[low - 1];
}

size_t network_map_bytes(const NetworkMap *map)
{
    return map->v4_capacity * (sizeof *map->v4_starts + sizeof *map->v4_values) +
           map->v6_capacity * (sizeof *map->v6_starts + sizeof *map->v6_values) +
           (map->v4_first ? 65537 * sizeof *map->v4_first : 0) +
           map->entry_capacity * sizeof *map->entries;
}
