/* What stands in front of the message in every line of a log: the time, a level, a process, a
 * host... learned from the first lines by their shape alone, no setting.
 *
 * A line is seen as cells: a time; a bracketed text; a separator; else what stands between blanks
 * and |. A column is a place at which nearly all lines have a cell of one kind. The header ends
 * behind the last column that no message would have at that place in every line: a level, a name
 * with a colon behind it, brackets, a separator, a time. */
#ifndef AKASHI_DECODE_HEADER_LAYOUT_H
#define AKASHI_DECODE_HEADER_LAYOUT_H

#include "decode/mined/line_time.h"

#define HEADER_CELLS_MAX 14  /* further cells of a line are its message */
#define HEADER_BYTES_MAX 512 /* cells that begin further back are its message */

typedef enum CellKind {
    CELL_WORD, /* anything else */
    CELL_TIME,
    CELL_LEVEL,     /* INFO, warn:, [error], one letter of those of logcat */
    CELL_NUMBER,    /* mostly digits */
    CELL_BRACKET,   /* [...], (...) or <...> with anything in it, blanks too */
    CELL_TAG,       /* a name with a colon behind it: `sshd[811]:` */
    CELL_SEPARATOR, /* - -- | : */
    CELL_UPPER,     /* letters, all capital */
    CELL_DOTTED,    /* a name with . _ / $ # in it */
    CELL_KINDS,
} CellKind;

typedef struct Cell {
    CellKind kind;
    Slice text;    /* as it stands, with brackets, without blanks around */
    Slice value;   /* without its brackets and signs */
    LineTime time; /* of CELL_TIME */
} Cell;

/* Counts of the lines seen. Owned by one stream. */
typedef struct HeaderSeen {
    uint64_t lines, timed; /* timed: a time stands among the first cells */
    uint32_t kinds[HEADER_CELLS_MAX][CELL_KINDS];
    uint64_t values[HEADER_CELLS_MAX]; /* bits by hash of the values: few bits, few values */
    uint32_t time_at[HEADER_CELLS_MAX];
    uint32_t near[CELL_KINDS]; /* lines with a cell of the kind among the first behind the time */
    int time_forms[HEADER_CELLS_MAX]; /* of the last time in each place + 1; 0: none was seen */
} HeaderSeen;

typedef struct HeaderLayout {
    size_t count; /* columns; 0: lines have no header */
    CellKind kinds[HEADER_CELLS_MAX];
    size_t time_at;   /* the column of the time; SIZE_MAX: there is none */
    CellKind ends_at; /* SEPARATOR, TAG: what is up to the next of that kind is header too */
    int time_forms[HEADER_CELLS_MAX]; /* hints */
} HeaderLayout;

/* header_cells: look for any time in any cell. */
#define HEADER_ANY_TIME NULL

/* The cells at the front of the line; how many. time_forms: for each cell the form its time has
 * most likely (tried first), or LINE_TIME_NO_HINT: it is no time. */
size_t header_cells(Slice line, const int *time_forms, size_t cells_max, Cell *cells);
void header_seen_add(HeaderSeen *seen, Slice line);
HeaderLayout header_layout_make(const HeaderSeen *seen);
/* Where the line's message begins. A line that does not have the columns has none of those from
 * the first that differs on; without its time it is all message. *ret_cells (may be NULL; room for
 * HEADER_CELLS_MAX) are the columns' cells, *ret_count how many the line has. */
size_t header_layout_apply(const HeaderLayout *layout, Slice line, Cell *ret_cells,
                           size_t *ret_count);

#endif
