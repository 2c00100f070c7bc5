/* Reading one JSON string (RFC 8259, section 7). */
#ifndef AKASHI_BASE_JSON_STRING_H
#define AKASHI_BASE_JSON_STRING_H

#include "base/arena.h"

/* Reads the string whose opening quote stands before *at and leaves *at behind the closing one. The
 * result is a slice of the input when nothing in it is escaped, else decoded text in the arena;
 * lone surrogates become U+FFFD. Bytes above 0x7f are taken as they are. -EAGAIN: the input ends
 * inside; -EBADMSG: *at is the offending byte; -ENOMEM. */
MUST_USE int json_string_read(const char **at, const char *end, Arena *arena, Slice *ret);
/* The same without decoding, for text that is kept as it stands. */
MUST_USE int json_string_skip(const char **at, const char *end);

#endif
