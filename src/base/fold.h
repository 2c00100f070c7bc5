/* Text made comparable, and the finding of text in text. The question, the data and every index
 * over the data are folded by these functions and by no others, so that they never differ.
 *
 * Folding goes from code point to code point:
 *   - full-width ASCII (U+FF01..U+FF5E), full-width signs and the ideographic space become their
 *     plain forms, half-width katakana and its signs (U+FF61..U+FF9F) become katakana, as in NFKC
 *     (Unicode Standard Annex 15); the yen signs U+00A5 and U+FFE5 become the backslash, because
 *     they are that key and that glyph on Japanese Windows (JIS X 0201, code page 932);
 *   - a kana and the voiced or half-voiced mark behind it (U+3099, U+309A, U+FF9E, U+FF9F) become
 *     one kana, as in NFC: so half-width text and file names of macOS are found;
 *   - capital letters of ASCII, Latin-1, Greek and Cyrillic become small (Unicode CaseFolding.txt,
 *     status C; final sigma joins sigma).
 * Hiragana and katakana are different letters; the long mark U+30FC stays. Other scripts' case,
 * other composed forms and enclosed or squared characters (U+2460, U+3231) stay as they are.
 * Ill-formed bytes stay as they are. A folded text is never longer than the text, and folding it
 * again changes nothing. */
#ifndef AKASHI_BASE_FOLD_H
#define AKASHI_BASE_FOLD_H

#include "base/slice.h"

#define FOLD_NEEDLE_BYTES_MAX 1024 /* of a word to look for; the query refuses longer ones */

/* Writes the folded text at `to` (room for s.len, not overlapping s), returns its length. */
size_t fold_text(char *to, Slice s);
/* The same, but letters keep their case. */
size_t fold_text_case(char *to, Slice s);
/* Width only and no marks joined: what the parser reads. One character for each character. */
size_t fold_width(char *to, Slice s);
/* Takes the next folded code point off the front; an ill-formed byte b comes as FOLD_BYTE + b. s
 * must not be empty. */
#define FOLD_BYTE 0x110000u
uint32_t fold_take(Slice *s);
/* The same, but letters keep their case. */
uint32_t fold_take_width(Slice *s);
/* One code point that stands alone. */
uint32_t fold_code_point(uint32_t code_point);
/* Letters only: case as above, while width, kana and marks stay. For rules whose language says
 * `ignoring case` and no more (Sigma). Room at `to` for s.len; returns the length. */
uint32_t fold_letter(uint32_t code_point);
size_t fold_letters(char *to, Slice s);

/* All needles are folded and at most FOLD_NEEDLE_BYTES_MAX long; those of the functions _case are
 * folded by fold_text_case. */
/* Is the needle somewhere in the text? */
bool fold_contains(Slice text, Slice needle);
bool fold_contains_case(Slice text, Slice needle);
/* Is it the whole text? */
bool fold_equals(Slice text, Slice needle);
/* Is it in the text so that it neither starts nor ends inside a word? A word is a run of letters,
 * digits and _; Chinese and Japanese characters each stand alone, as those texts have no blanks. */
bool fold_contains_words(Slice text, Slice needle);
bool fold_contains_words_case(Slice text, Slice needle);
/* Does the pattern cover the whole text? * is any run of characters, ? is one character. */
bool fold_glob(Slice text, Slice pattern);

/* Of patterns as they are typed: is there a * or ? in it; and what is left between outer stars. */
bool fold_has_wildcard(Slice pattern);
Slice fold_without_stars(Slice pattern);
/* The longest run of a pattern without * and ?: every text that it covers holds it. */
Slice fold_longest_literal(Slice pattern);

#endif
