/* The text of patterns: wildcards, escapes, encodings, and the matching of one pattern to one
 * value, slowly and plainly. */
#ifndef AKASHI_DETECT_SIGMA_TEXT_H
#define AKASHI_DETECT_SIGMA_TEXT_H

#include "detect/sigma_rule.h"

/* Sigma specification, "Wildcards" and "Escaping": a backslash before * ? or \ takes their meaning
 * away; before anything else it is itself. -ENOMEM. */
MUST_USE int sigma_text_unescape(Arena *arena, Slice text, Slice *ret);
bool sigma_text_has_wildcard(Slice tokens);

/* Does the pattern cover the whole value? SIGMA_ONE takes one character of UTF-8. At most
 * pattern.len * value.len steps. */
bool sigma_glob(Slice pattern, Slice value);
/* The longest run without wildcards. */
Slice sigma_longest_literal(Slice pattern);

/* Base64 (RFC 4648, with padding) of the bytes. */
MUST_USE int sigma_base64(Arena *arena, Slice bytes, Slice *ret);
/* The part of the Base64 of any text holding `bytes` at an offset of 0, 1 or 2 modulo 3 that does
 * not depend on what stands around them. */
MUST_USE int sigma_base64_offset(Arena *arena, Slice bytes, unsigned offset, Slice *ret);
MUST_USE int sigma_utf16(Arena *arena, Slice text, bool big_endian, bool mark, Slice *ret);
/* All forms of the text with each dash in front of a word (\B[-/]\b) as - / and U+2013..U+2015.
 * -E2BIG: more than SIGMA_EXPANSION_MAX. */
MUST_USE int sigma_dashes(Arena *arena, Slice text, Slice *ret_forms, size_t *ret_count);

#endif
