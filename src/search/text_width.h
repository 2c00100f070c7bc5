/* Text for a terminal: how many columns it takes, and nothing in it that a terminal would obey. */
#ifndef AKASHI_SEARCH_TEXT_WIDTH_H
#define AKASHI_SEARCH_TEXT_WIDTH_H

#include "base/buf.h"

/* Columns of one code point: 2 for East Asian wide and full-width ones (Unicode Standard Annex 11:
 * W and F), 0 for combining marks, else 1. */
unsigned text_width_of(uint32_t code_point);

/* Blank for tab and ends of line; U+FFFD for every other control character (C0, DEL, C1 of ISO
 * 6429, with which escape sequences begin) and for invisible and direction-changing ones (Unicode
 * Standard Annex 9); else the code point itself. */
uint32_t text_made_safe(uint32_t code_point);

/* Appends s and returns the columns it takes. Blanks for tab and ends of line; U+FFFD for every
 * other control character (C0, DEL, C1 of ISO 6429, with which escape sequences begin), for
 * invisible and direction-changing ones (Unicode Standard Annex 9), and for ill-formed bytes. Where
 * it would take more than columns_max it is cut and ends with U+2026. */
size_t text_add_safe(Buf *to, Slice s, size_t columns_max);
/* The same, filled up with blanks to `columns`; behind the text, or in front with `right`. */
void text_add_column(Buf *to, Slice s, size_t columns, bool right);

#endif
