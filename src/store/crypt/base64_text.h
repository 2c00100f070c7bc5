/* Base64 of RFC 4648 section 4: padded, one line, and strict: what decodes is the only text that
 * encodes to the same bytes (section 3.5: pad bits must be zero). */
#ifndef AKASHI_STORE_BASE64_TEXT_H
#define AKASHI_STORE_BASE64_TEXT_H

#include "base/buf.h"

#include <sys/types.h>

#define BASE64_BYTES(bytes) (((bytes) + 2) / 3 * 4)

void base64_add(Buf *buf, const void *bytes, size_t count);
/* Decodes all of the text to `to`, which has room for `room`. Returns the bytes written; -EBADMSG:
 * not base64, or not the one form; -EMSGSIZE: more than room. */
MUST_USE ssize_t base64_decode(Slice text, void *to, size_t room);

#endif
