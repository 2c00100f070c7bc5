/* The shape of a row: which of its bytes are literal and which are values (slots), found without
 * knowing the source. Concatenating literals and slots gives the row back, whatever the bytes are;
 * a poor cut costs size, never a byte.
 *
 * SHAPE_JSON  the contents of strings that are not keys, and numbers, true, false, null are slots;
 *             string contents stay escaped as they stand
 * SHAPE_WORDS words (runs without blanks, quotes, brackets, = , ; |) that hold a digit are slots
 * SHAPE_GAPS  all words are slots
 * SHAPE_WHOLE the row is one slot */
#ifndef AKASHI_STORE_ROW_SHAPE_H
#define AKASHI_STORE_ROW_SHAPE_H

#include "base/slice.h"

#define SHAPE_SLOTS_MAX 512 /* a row with more is cut as SHAPE_WHOLE */

typedef enum ShapeMode { SHAPE_JSON, SHAPE_WORDS, SHAPE_GAPS, SHAPE_WHOLE } ShapeMode;

typedef struct ShapeSlot {
    uint32_t start; /* offset in the row, bytes */
    uint32_t len;   /* bytes */
} ShapeSlot;

typedef struct RowShape {
    ShapeMode mode;
    uint64_t hash; /* of mode and literals; equal hashes still need shape_same_literals */
    uint32_t count;
    ShapeSlot slots[SHAPE_SLOTS_MAX]; /* in order, not overlapping */
} RowShape;

/* Hash of bytes for tables of one process; never stored. Seeded, so that nobody can prepare
 * collisions. */
uint64_t shape_hash(Slice bytes, uint64_t seed);

/* Cuts a row. The mode found may be a later one than asked for: JSON that does not end well is cut
 * as words, more slots than SHAPE_SLOTS_MAX as whole. Rows over UINT32_MAX bytes are not allowed.
 */
void shape_find(Slice row, ShapeMode mode, uint64_t seed, RowShape *ret);
/* SHAPE_JSON for rows that begin like an object or array, SHAPE_WHOLE for those that hold bytes of
 * no text in their beginning, else SHAPE_WORDS. */
ShapeMode shape_mode_of(Slice row);

/* Blank, quote, bracket, = , ; | and control characters: SHAPE_WORDS and SHAPE_GAPS have none of
 * them in a slot, SHAPE_GAPS nothing else outside. */
bool shape_is_gap(char c);

/* True when all bytes outside of the slots are the same in both rows. */
bool shape_same_literals(Slice a, const ShapeSlot *a_slots, Slice b, const ShapeSlot *b_slots,
                         size_t count);

#endif
