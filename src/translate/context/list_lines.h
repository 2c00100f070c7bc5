/* Lists that people and programs write: one value a line, or rows of CSV (RFC 4180). Empty lines
 * and lines that begin with # or ; are passed over, and so is a byte order mark. */
#ifndef AKASHI_TRANSLATE_LIST_LINES_H
#define AKASHI_TRANSLATE_LIST_LINES_H

#include "base/cleanup.h"
#include "base/slice.h"

#define LIST_CELLS_MAX 64 /* further cells of a row are not read */
#define LIST_ROW_BYTES_MAX                                                                         \
    16384 /* of quoted text in a row; cells beyond come without their text                         \
           */

typedef struct ListLines {
    Slice rest;
    unsigned line; /* the next one's */
} ListLines;

typedef struct ListRow {
    Slice cells[LIST_CELLS_MAX]; /* trimmed; live until the next row */
    size_t count;                /* at least 1 */
    unsigned line;               /* 1-based */
    char room[LIST_ROW_BYTES_MAX];
    size_t room_used;
} ListRow;

ListLines list_lines(Slice text);
/* False at the end. Quoted cells may not go over several lines: what is open ends with its line. */
bool list_next(ListLines *lines, ListRow *ret);

#endif
