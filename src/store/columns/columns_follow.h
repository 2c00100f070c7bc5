/* Follows a regular expression through the rows of a block without making them: from piece to
 * piece, for all rows of a shape at once. A value that many rows have is read once for each state
 * in which they come to it, and columns that cannot leave the state are not even unpacked. */
#ifndef AKASHI_STORE_COLUMNS_FOLLOW_H
#define AKASHI_STORE_COLUMNS_FOLLOW_H

#include "base/regex.h"
#include "store/columns/columns.h"

/* Of the rows of a shape (columns_shape_rows), up to slot `slots` and the literal behind it,
 * without that one's last `cut_bytes`: does the regex match there? COLUMNS_...; MAYBE where a
 * character may be cut apart between two pieces. The regex must be one of regex_can_follow.
 * -EBADMSG, -ENOMEM.
 */
MUST_USE int columns_follow(Columns *block, const Regex *regex, size_t shape, uint32_t slots,
                            size_t cut_bytes, Arena *arena, uint8_t **ret_marks);

/* Writes what the text means without its escapes (room for text.len); false: there is one that is
 * none, or is cut off. */
typedef bool (*ColumnsPlain)(Slice text, char *to, size_t *ret_len);
/* The same of the values of a field without their escapes, by row of its shape: MAYBE also where an
 * escape is cut apart, or is none. */
MUST_USE int columns_follow_field(Columns *block, const Regex *regex, size_t field,
                                  ColumnsPlain plain, Arena *arena, uint8_t **ret_marks);

#endif
