/* Which script a character is written in: Japanese has no blanks, and is cut where that changes. */
#ifndef AKASHI_DECODE_MESSAGE_SCRIPT_H
#define AKASHI_DECODE_MESSAGE_SCRIPT_H

#include "base/slice.h"

typedef enum Script {
    SCRIPT_SIGN,
    SCRIPT_HIRAGANA,
    SCRIPT_KATAKANA,
    SCRIPT_HAN,
    SCRIPT_DIGIT,
    SCRIPT_OPEN, /* a corner quote that opens */
    SCRIPT_OTHER
} Script;

/* Of the first character of the text, which is not empty, and its bytes. Bytes that are not UTF-8
 * are OTHER, one by one. */
Script script_first(Slice text, size_t *ret_bytes);

#endif
