/* The values that stand in raw JSON, by their place: what a recipe (row_recipe.h) refers to. The
 * cut is part of the format (doc/format/segment.md) and never changes; of any bytes it gives the
 * same slots each time. */
#ifndef AKASHI_STORE_RAW_SLOTS_H
#define AKASHI_STORE_RAW_SLOTS_H

#include "base/arena.h"
#include "store/columns/row_shape.h"

#define RAW_SLOTS_MAX 1024u /* of a row; what stands behind them is not referred to */

/* Strings that are no keys, without quotes and escapes; numbers, true, false, null. */
typedef struct RawSlots {
    bool is_json; /* raw begins with { or [ */
    uint32_t count;
    Slice values[RAW_SLOTS_MAX];
} RawSlots;

/* The values point into raw or the arena; without an arena (NULL) they keep their escapes and all
 * point into raw. -ENOMEM. */
MUST_USE int raw_slots_find(Slice raw, Arena *arena, RawSlots *ret);

/* The same, and how the columns would cut raw (SHAPE_JSON), found on the way. False in
 * *ret_is_cut: they would not cut it as JSON. */
MUST_USE int raw_slots_cut(Slice raw, uint64_t seed, Arena *arena, RawSlots *ret, RowShape *ret_cut,
                           bool *ret_is_cut);

/* A string as it stands between its quotes, without its escapes; as it is when one of them is none
 * of JSON's. Points into it or the arena. -ENOMEM. */
MUST_USE int raw_string_unescape(Slice text, Arena *arena, Slice *ret);

/* The same at `to` (room for text.len); false: one of them is none of JSON's, or cut off. */
bool raw_string_plain(Slice text, char *to, size_t *ret_len);

/* Writes at `to` (room for text.len) what the text means, each escape for itself; those that JSON
 * does not have stay as they stand. Returns the length. */
size_t raw_unescape_loosely(Slice text, char *to);

/* Takes the next string of a tail, `["a","b"]`, off the front; at the end `]` is left. -EBADMSG: no
 * string there; -ENOMEM. */
MUST_USE int raw_string_take(Slice *tail, Arena *arena, Slice *ret);

#endif
