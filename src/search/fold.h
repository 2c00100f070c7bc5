/* Text made comparable, and the finding of text in text.
 *
 * Folding is done one code point at a time, the same for the question and for the data:
 *   - full-width ASCII (U+FF01..U+FF5E) and the ideographic space become ASCII, as NFKC does
 *     (Unicode Standard Annex 15); the yen signs U+00A5 and U+FFE5 become the backslash, because
 *     they are that key and that glyph on Japanese Windows (JIS X 0201, code page 932);
 *   - capital letters of ASCII, Latin-1, Greek and Cyrillic become small (Unicode CaseFolding.txt,
 *     status C; final sigma joins sigma).
 * Half-width katakana, other scripts' case and composed forms stay as they are. Ill-formed bytes
 * stay as they are. A folded text is never longer than the text. */
#ifndef AKASHI_SEARCH_FOLD_H
#define AKASHI_SEARCH_FOLD_H

#include "base/slice.h"

#define FOLD_NEEDLE_BYTES_MAX 1024 /* of a word to look for; the query refuses longer ones */

/* Writes the folded text at `to` (room for s.len, not overlapping s), returns its length. */
size_t fold_text(char *to, Slice s);
/* Width only, letters keep their case: what the parser reads. One character for each character. */
size_t fold_width(char *to, Slice s);
/* Takes one code point off the front, folded; an ill-formed byte b comes as FOLD_BYTE + b. s must
 * not be empty. */
#define FOLD_BYTE 0x110000u
uint32_t fold_take(Slice *s);

/* All needles are folded and at most FOLD_NEEDLE_BYTES_MAX long. */
/* Is the needle somewhere in the text? */
bool fold_contains(Slice text, Slice needle);
/* Is it the whole text? */
bool fold_equals(Slice text, Slice needle);
/* Is it in the text so that it neither starts nor ends inside a word? A word is a run of letters,
 * digits and _; Chinese and Japanese characters each stand alone, as those texts have no blanks. */
bool fold_contains_words(Slice text, Slice needle);
/* Does the pattern cover the whole text? * is any run of characters, ? is one character. */
bool fold_glob(Slice text, Slice pattern);

/* Of patterns as they are typed: is there a * or ? in it; and what is left between outer stars. */
bool fold_has_wildcard(Slice pattern);
Slice fold_without_stars(Slice pattern);

#endif
