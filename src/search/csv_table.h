/* A small table from a CSV file (RFC 4180), for lookup: read whole, looked up by one column. */
#ifndef AKASHI_SEARCH_CSV_TABLE_H
#define AKASHI_SEARCH_CSV_TABLE_H

#include "base/arena.h"
#include "base/map.h"

#define CSV_COLUMNS_MAX 256
#define CSV_BYTES_MAX ((size_t)16 << 20)

typedef struct CsvTable {
    Slice columns[CSV_COLUMNS_MAX]; /* the heading */
    size_t column_count;
    Slice *cells; /* row by row, each of column_count; what is missing is empty */
    size_t row_count, row_room;
    size_t line; /* of what is wrong, 1-based */
} CsvTable;

/* Cells point into `text` or the arena. A byte order mark in front is passed over; more cells in a
 * row than the heading has are dropped. -EBADMSG: no heading, a quotation mark that is not closed,
 * too many columns; -ENOMEM. */
MUST_USE int csv_table_read(Slice text, Arena *arena, CsvTable *ret);
/* The column's number (case and width ignored), or CSV_COLUMNS_MAX. */
size_t csv_table_column(const CsvTable *table, Slice name);

#endif
