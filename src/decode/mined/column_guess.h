/* What a value is by its looks, and which field of the record it belongs to by its name or the
 * words in front of it (Japanese and English). */
#ifndef AKASHI_DECODE_COLUMN_GUESS_H
#define AKASHI_DECODE_COLUMN_GUESS_H

#include "base/slice.h"

typedef enum ValueKind {
    VALUE_TEXT,
    VALUE_NUMBER, /* digits, a sign, a point */
    VALUE_HEX,
    VALUE_GUID,
    VALUE_ADDRESS, /* IPv4 or IPv6, maybe with a port behind it */
    VALUE_MAC,
    VALUE_PATH,
    VALUE_URL,
    VALUE_MAIL,
    VALUE_LEVEL,
    VALUE_KINDS,
} ValueKind;

ValueKind value_kind(Slice value);
/* `address`, `number`...: for a piece or column of which nothing else is known. */
const char *value_kind_name(ValueKind kind);

/* The field of the record (knowledge/words/fields.tsv) for a value of a kind behind a name: the
 * name of a column, or the word before a value. NULL: none is sure enough. */
const char *column_field(Slice name, ValueKind kind);
/* The same where only the value speaks: an URL, a mail address. NULL: none. */
const char *column_field_by_value(ValueKind kind);

#endif
