/* Finds text in the rows of a block without making them: in literals, in the distinct values of
 * columns, and where both meet. Rows are then known to hold the text, known not to, or must be made
 * and looked at.
 *
 * Bytes are looked at as they stand in the row: escapes are not undone. A text longer than
 * COLUMNS_FIND_BYTES is looked for by its beginning, and no row is then sure. */
#ifndef AKASHI_STORE_COLUMNS_FIND_H
#define AKASHI_STORE_COLUMNS_FIND_H

#include "store/columns/columns.h"

#define COLUMNS_FIND_BYTES 62u

typedef enum ColumnsFindHow {
    COLUMNS_FOLDED, /* fold_contains */
    COLUMNS_CASED,  /* fold_contains_case */
    COLUMNS_ESCAPE, /* these two bytes, the first a backslash that is not itself escaped; where a
                       piece of text begins with backslashes, either may be so */
} ColumnsFindHow;

enum { COLUMNS_NO = 0, COLUMNS_MAYBE = 1, COLUMNS_YES = 2 };

typedef struct ColumnsFind ColumnsFind;

/* `needle` is folded accordingly, not empty, and outlives *ret, which lives in the arena with all
 * that is found. -ENOMEM. */
MUST_USE int columns_find_new(Columns *block, Slice needle, ColumnsFindHow how, Arena *arena,
                              ColumnsFind **ret);
/* Where an escape \uXXXX may stand for a character of the folded text `needle`: its hit is never
 * more than COLUMNS_MAYBE. `escapes` is a find of "\u" with COLUMNS_ESCAPE; what it knows of
 * columns without escapes serves this one, so it should be kept. */
MUST_USE int columns_find_hidden(ColumnsFind *escapes, Slice needle, Arena *arena,
                                 ColumnsFind **ret);
/* In the values of a field, by row of its shape (columns_shape_rows): COLUMNS_... each; NULL: no
 * row has it. -EBADMSG, -ENOMEM. */
MUST_USE int columns_find_field(ColumnsFind *find, size_t field, const uint8_t **ret_marks);
/* The same in the text of the shape's rows: from slot `from` (0: the beginning) and the literal
 * before it up to slot `slots` and the literal behind it, without that one's last `cut_bytes`. */
MUST_USE int columns_find_shape(ColumnsFind *find, size_t shape, uint32_t from, uint32_t slots,
                                size_t cut_bytes, const uint8_t **ret_marks);

/* Is it in this text? COLUMNS_... */
uint8_t columns_find_in(const ColumnsFind *find, Slice text);

#endif
