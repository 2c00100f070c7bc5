/* The shape of a log's lines, before anything is known of their words: tables, pairs, CEF, LEEF,
 * W3C, XML, or sentences. */
#ifndef AKASHI_DECODE_TEXT_SHAPE_H
#define AKASHI_DECODE_TEXT_SHAPE_H

#include "base/slice.h"

typedef enum TextShape {
    SHAPE_TEXT,  /* sentences */
    SHAPE_TABLE, /* the same number of cells in each line */
    SHAPE_W3C,   /* a table whose columns are named in a line `#Fields:` (W3C Extended Log File
                    Format) */
    SHAPE_PAIRS, /* NAME=VALUE */
    SHAPE_CEF,
    SHAPE_LEEF,
    SHAPE_XML,
    SHAPE_JSON, /* never found in a text: of events that the decoder took apart */
} TextShape;

#define SHAPE_COLUMNS_MAX 64 /* a line with more cells is no row of a table */
#define SHAPE_SEPARATORS ",;\t|"

/* Counts over the lines seen; owned by one stream. */
typedef struct ShapeSeen {
    uint64_t lines, w3c, cef, leef, xml, pairs;
    uint64_t rows[4];                         /* by separator: lines with at least 3 cells */
    uint32_t cells[4][SHAPE_COLUMNS_MAX + 1]; /* by separator: lines with so many cells */
} ShapeSeen;

void shape_seen_add(ShapeSeen *seen, Slice line);
/* *ret_separator and *ret_columns are of a table only. */
TextShape shape_judge(const ShapeSeen *seen, char *ret_separator, size_t *ret_columns);
const char *shape_name(TextShape shape);

/* Takes the next cell off the front; a cell in quotes keeps separators (RFC 4180) and comes without
 * its quotes. False: there is none. Begin with *more = true. */
bool shape_cut_cell(Slice *rest, char separator, bool *more, Slice *ret);
/* Takes the next NAME=VALUE off the front, passing over what is none. False: there is none. */
bool shape_cut_pair(Slice *rest, Slice *ret_name, Slice *ret_value);

#endif
