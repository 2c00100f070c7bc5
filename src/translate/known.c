/* See known.h. */
#include "translate/known.h"

static const Slice names[KNOWN_COUNT] = {
#define KNOWN_NAME(name, text) SLICE_INIT(text),
    KNOWN_FIELDS(KNOWN_NAME)
#undef KNOWN_NAME
};

_Static_assert(KNOWN_COUNT < 255, "a slot holds Known + 1 in one byte");

/* Mixes the first and last eight bytes and the length. That an attacker can make names collide does
 * no harm: the table holds only our own names, and a probe ends at its first empty slot. */
static size_t slot_of(Slice name)
{
    uint64_t first = 0, last = 0;
    if (name.len >= 8) {
        memcpy(&first, name.ptr, 8);
        memcpy(&last, name.ptr + name.len - 8, 8);
    } else if (name.len > 0) {
        memcpy(&first, name.ptr, name.len);
    }
    uint64_t mixed = (first ^ (last << 7 | last >> 57)) + name.len;
    return (size_t)(mixed * 0x9e3779b97f4a7c15u >> 55) & (KNOWN_SLOTS - 1);
}

void known_index_make(KnownIndex *index)
{
    memset(index, 0, sizeof *index);
    for (size_t i = 0; i < KNOWN_COUNT; i++) {
        size_t at = slot_of(names[i]);
        while (index->slots[at] != 0) {
            at = (at + 1) & (KNOWN_SLOTS - 1);
        }
        index->slots[at] = (uint8_t)(i + 1);
    }
}

void known_read(const KnownIndex *index, const Event *event, Slice *values)
{
    memset(values, 0, KNOWN_COUNT * sizeof *values);
    for (size_t i = 0; i < event->field_count; i++) {
        const Field *field = &event->fields[i];
        size_t at = slot_of(field->name);
        for (; index->slots[at] != 0; at = (at + 1) & (KNOWN_SLOTS - 1)) {
            size_t known = index->slots[at] - 1u;
            if (!slice_eq(names[known], field->name)) continue;
            if (values[known].ptr == NULL) values[known] = field->value;
            break;
        }
    }
}
