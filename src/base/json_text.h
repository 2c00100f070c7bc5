/* Writing JSON text (RFC 8259), one value a line. The reader is in decode/. */
#ifndef AKASHI_BASE_JSON_TEXT_H
#define AKASHI_BASE_JSON_TEXT_H

#include "base/buf.h"

/* Appends s as a quoted string. Escaped are control characters (C0, DEL, C1), so that a value
 * cannot drive a terminal, and U+2028 and U+2029, so that it never looks like two lines; the rest
 * of UTF-8 stays as it is. Ill-formed UTF-8 becomes U+FFFD: the output is always well-formed. */
void json_add_string(Buf *to, Slice s);
/* True when s is a number in JSON's own grammar, so that it may stand unquoted. */
bool json_is_number(Slice s);

#endif
