/* UTF-8 and UTF-16 text: checking, repairing, converting. Output is always well-formed UTF-8
 * (RFC 3629: no surrogates, no overlong forms, nothing above U+10FFFF). */
#ifndef AKASHI_BASE_UTF8_H
#define AKASHI_BASE_UTF8_H

#include "base/arena.h"
#include "base/buf.h"

/* Length of the well-formed prefix; equal to s.len when all is well. */
size_t utf8_valid_prefix(Slice s);
static inline bool utf8_is_valid(Slice s)
{
    return utf8_valid_prefix(s) == s.len;
}
/* Appends s; each maximal ill-formed piece becomes one U+FFFD (Unicode 15, 3.9, best practice). */
void utf8_add_repaired(Buf *to, Slice s);
/* s itself when it is well-formed, else a repaired copy in the arena. -ENOMEM: *ret untouched. */
MUST_USE int utf8_repair(Arena *arena, Slice s, Slice *ret);

/* Writes the code point at `to` (room for 4), returns the length. A surrogate or a value above
 * U+10FFFF is written as U+FFFD. */
size_t utf8_put(char *to, uint32_t code_point);
/* Takes one code point off the front; U+FFFD for an ill-formed byte. s must not be empty. */
uint32_t utf8_take(Slice *s);

/* UTF-16LE bytes to UTF-8 at `to`, which has room for 3 * (bytes.len / 2). Lone surrogates become
 * U+FFFD; a last odd byte is dropped. Returns the length written. */
size_t utf8_from_utf16le(char *to, Slice bytes);

#endif
