/* Japanese encodings to UTF-8: CP932 (what Windows and most devices call Shift_JIS; the plain
 * SHIFT_JIS table fails on ①髙﨑), EUC-JP (with the NEC and IBM extensions) and ISO-2022-JP. */
#ifndef AKASHI_TRANSLATE_SOURCE_CHARSET_H
#define AKASHI_TRANSLATE_SOURCE_CHARSET_H

#include "base/arena.h"

typedef struct Charset Charset;

/* NULL: no memory. An encoding that the C library does not know is passed over. */
Charset *charset_new(void);
void charset_free(Charset *charset);

/* False: the text is UTF-8 as it is and needs nothing. */
bool charset_is_needed(Slice text);
/* The text in UTF-8. `name` is CP932, EUC-JP or ISO-2022-JP; empty: found out. Of CP932 and EUC-JP
 * the one counts in which the text has no wrong bytes and the fewest rare characters (half-width
 * katakana). What fits none is returned as it is. -ENOMEM: *ret untouched. */
MUST_USE int charset_to_utf8(Charset *charset, Slice text, Slice name, Arena *arena, Slice *ret);

#endif
