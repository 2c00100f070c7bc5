/* See field_order.h. */
#include "decode/field_order.h"

#include "base/number.h"
#include "decode/name_order.h"

#include <errno.h>
#include <stdlib.h>

/* Up to here a small table says whether any name comes twice; few events have more fields. */
#define QUICK_FIELDS_MAX 64
#define QUICK_SLOTS 256

static unsigned quick_hash(Slice name)
{
    uint64_t head = 0, tail = 0;
    if (name.len >= 8) {
        head = read_le64(name.ptr);
        tail = read_le64(name.ptr + name.len - 8);
    } else if (name.len >= 4) {
        uint32_t low = read_le32(name.ptr), high = read_le32(name.ptr + name.len - 4);
        head = low | (uint64_t)high << 32;
    } else {
        for (size_t i = 0; i < name.len; i++) {
            head = head << 8 | (unsigned char)name.ptr[i];
        }
    }
    uint64_t mixed = (head + name.len) * 0x9e3779b97f4a7c15u;
    mixed = (mixed ^ mixed >> 29 ^ tail) * 0xbf58476d1ce4e5b9u;
    return (unsigned)(mixed >> 56);
}

/* A name that comes again after another one. */
static bool has_strays(const Field *fields, size_t count)
{
    unsigned char slots[QUICK_SLOTS] = {0};
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && slice_eq(fields[i].name, fields[i - 1].name)) continue;
        unsigned slot = quick_hash(fields[i].name);
        while (slots[slot]) {
            if (slice_eq(fields[slots[slot] - 1].name, fields[i].name)) return true;
            slot = (slot + 1) % QUICK_SLOTS;
        }
        slots[slot] = (unsigned char)(i + 1);
    }
    return false;
}

static int group_by_sorting(Field *fields, size_t count)
{
    uint32_t *order = reallocarray(NULL, count, 2 * sizeof *order);
    Field *before = reallocarray(NULL, count, sizeof *before);
    int r = order && before ? 0 : -ENOMEM;
    if (r == 0) {
        memcpy(before, fields, count * sizeof *before);
        names_order(before, sizeof *before, count, order);
        for (size_t i = 0; i < count; i++) {
            fields[i] = before[order[i]];
        }
    }
    free(order);
    free(before);
    return r;
}

int fields_group(Field *fields, size_t count)
{
    if (count < 2) return 0;
    if (count <= QUICK_FIELDS_MAX && !has_strays(fields, count)) return 0;
    return group_by_sorting(fields, count);
}
