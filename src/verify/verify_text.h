/* Lines, decimal numbers, base64 (RFC 4648 section 4), hex: each accepted in one form only, so that
 * no byte of a signed or exported text can be changed without notice. */
#ifndef AKASHI_VERIFY_VERIFY_TEXT_H
#define AKASHI_VERIFY_VERIFY_TEXT_H

#include "verify/verify_hash.h"

#include <stdbool.h>
#include <string.h>

static inline Bytes bytes_of(const void *at, size_t count)
{
    return (Bytes){at, count};
}
static inline Bytes bytes_skip(Bytes bytes, size_t count)
{
    return (Bytes){bytes.count ? bytes.at + count : bytes.at, bytes.count - count};
}
bool bytes_eq(Bytes a, Bytes b);
/* The place of the first `what`, or bytes.count. */
size_t bytes_find(Bytes bytes, const char *what);
/* Takes `text` off the front; false: something else stands there, nothing is taken. */
bool bytes_take(Bytes *bytes, const char *text);
/* Takes a line off the front, without its newline; false: there is no newline. */
bool bytes_take_line(Bytes *bytes, Bytes *ret);
/* Takes a line that begins with `name`; ret: the rest of the line. */
bool bytes_take_value(Bytes *bytes, const char *name, Bytes *ret);

/* Decimal, no sign, no leading zero, at most `most`. The whole must be the number. */
bool text_number(Bytes text, uint64_t most, uint64_t *ret);
/* Decodes all of the text; false: not base64, other than its one form, or over `room` bytes. `to`
 * may be where the text is. */
bool text_base64(Bytes text, void *to, size_t room, size_t *ret_count);
bool text_base64_exact(Bytes text, void *to, size_t count);
/* Lower-case hex of exactly 2 * count digits. */
bool text_hex(Bytes text, void *to, size_t count);

#endif
