/* See message_script.h. The blocks are those of Unicode. */
#include "decode/mined/message_script.h"

static Script script_of(uint32_t point)
{
    if (point == 0x300c || point == 0x300e) return SCRIPT_OPEN;
    if (point == 0x3005) return SCRIPT_HAN;
    if (point >= 0x3000 && point < 0x3040) return SCRIPT_SIGN;
    if (point < 0x30a0 && point >= 0x3041) return SCRIPT_HIRAGANA;
    if (point == 0x30fb) return SCRIPT_SIGN;
    if (point < 0x3100 && point >= 0x30a0) return SCRIPT_KATAKANA;
    if (point >= 0xff10 && point <= 0xff19) return SCRIPT_DIGIT;
    if (point >= 0xff01 && point <= 0xff0f) return SCRIPT_SIGN;
    if (point >= 0xff1a && point <= 0xff20) return SCRIPT_SIGN;
    return point >= 0x3400 && point < 0xa000 ? SCRIPT_HAN : SCRIPT_OTHER;
}

Script script_first(Slice text, size_t *ret_bytes)
{
    const unsigned char *c = (const unsigned char *)text.ptr;
    *ret_bytes = c[0] >= 0xf0 ? 4 : c[0] >= 0xe0 ? 3 : c[0] >= 0xc2 ? 2 : 1;
    if (*ret_bytes > text.len) *ret_bytes = 1;
    for (size_t i = 1; i < *ret_bytes; i++) {
        if ((c[i] & 0xc0) != 0x80) *ret_bytes = 1;
    }
    if (*ret_bytes != 3) return SCRIPT_OTHER;
    return script_of((uint32_t)(c[0] & 15) << 12 | (uint32_t)(c[1] & 63) << 6 | (c[2] & 63));
}
