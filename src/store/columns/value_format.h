/* Values that are numbers in disguise: text of a fixed form to and from int64. A form fits a value
 * only when printing gives the same text back. */
#ifndef AKASHI_STORE_VALUE_FORMAT_H
#define AKASHI_STORE_VALUE_FORMAT_H

#include "base/slice.h"

/* Stored on disk: never renumber. */
typedef enum ValueForm {
    FORM_DECIMAL = 0,   /* -12, 0, 4096: no needless zeros */
    FORM_HEX = 1,       /* 0x1f4: no needless zeros, lower case */
    FORM_HEX_UPPER = 2, /* 0x1F4 */
    FORM_PADDED = 3,    /* `width` decimal digits */
    FORM_TIME = 4,      /* 2020-09-17 03:41:47.123Z: separator, fraction digits, Z or nothing */
    FORM_CLOCK = 5,     /* 03:41:47.123 */
} ValueForm;

typedef struct ValueFormat {
    ValueForm form;
    uint8_t width;  /* FORM_PADDED: digits, 1-18; times: fraction digits, 0-9 */
    char separator; /* FORM_TIME: between date and clock: blank or T */
    char mark;      /* FORM_TIME: before the fraction: . or , */
    bool zulu;      /* FORM_TIME: ends in Z */
} ValueFormat;

#define VALUE_FORMAT_BYTES_MAX 40

/* The form of this value. False: none. */
bool value_format_of(Slice value, ValueFormat *ret);
/* FORM_TIME counts units of 10^-width seconds since 1970, FORM_CLOCK since midnight. False: the
 * value is not of this form, *ret untouched. */
bool value_format_parse(const ValueFormat *format, Slice value, int64_t *ret);
/* Writes at `to` (room for VALUE_FORMAT_BYTES_MAX), returns the length. Any number gives some text.
 */
size_t value_format_print(const ValueFormat *format, int64_t number, char *to);
/* Units a second; 0: not a time of day and date. */
int64_t value_format_units(const ValueFormat *format);
/* False: a format read from a block that no value can have. */
bool value_format_valid(const ValueFormat *format);

#endif
