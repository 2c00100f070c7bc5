/* Between column_choice.c and column_cut.c: text cut into pieces. */
#ifndef AKASHI_STORE_COLUMN_CUT_H
#define AKASHI_STORE_COLUMN_CUT_H

#include "store/columns/columns_enc.h"

#define CUT_SLOTS_MAX 256
#define REPEATS_MAX 6       /* columns looked for inside of a text */
#define REPEAT_BYTES_MIN 24 /* their mean length */

typedef struct Repeat {
    const EncColumn *column;
    const uint32_t *rows; /* of the set in the column's */
    size_t behind;        /* bytes behind it in the text where it was found last */
} Repeat;

typedef struct TextCut {
    uint64_t hash;
    uint32_t count;
    ShapeSlot *slots;
    uint8_t *repeats; /* of each slot: 0, or number of the Repeat + 1 */
} TextCut;

typedef struct Choice {
    Encoder *enc;
    const EncSet *set;
    const Slice *values;
    Repeat repeats[REPEATS_MAX];
    size_t repeat_count;
    TextCut *cuts;
} Choice;

static inline Slice repeat_value(const Repeat *repeat, size_t row)
{
    return repeat->column->values[repeat->rows ? repeat->rows[row] : row];
}

/* Cuts all values at line ends, tabs, `: `, NAME =, and where the repeats stand. False: error. */
bool cut_all(Choice *choice);

#endif
