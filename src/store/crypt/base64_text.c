/* See base64_text.h. */
#include "store/crypt/base64_text.h"

#include <errno.h>

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_add(Buf *buf, const void *bytes, size_t count)
{
    const uint8_t *from = bytes;
    for (size_t i = 0; i < count; i += 3) {
        size_t here = count - i < 3 ? count - i : 3;
        uint32_t group = (uint32_t)from[i] << 16;
        if (here > 1) group |= (uint32_t)from[i + 1] << 8;
        if (here > 2) group |= from[i + 2];
        char text[4] = {digits[group >> 18], digits[group >> 12 & 63], digits[group >> 6 & 63],
                        digits[group & 63]};
        if (here < 3) text[3] = '=';
        if (here < 2) text[2] = '=';
        buf_add(buf, text, sizeof text);
    }
}

static int value_of(char c)
{
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    if (c == '+') return 62;
    return c == '/' ? 63 : -1;
}

ssize_t base64_decode(Slice text, void *to, size_t room)
{
    if (text.len % 4 != 0) return -EBADMSG;
    size_t pads = 0;
    while (pads < 2 && pads < text.len && text.ptr[text.len - 1 - pads] == '=') {
        pads++;
    }
    size_t bytes = text.len / 4 * 3 - pads;
    if (bytes > room) return -EMSGSIZE;
    uint8_t *out = to;
    size_t done = 0;
    for (size_t i = 0; i < text.len; i += 4) {
        uint32_t group = 0;
        for (size_t j = 0; j < 4; j++) {
            int value = i + j >= text.len - pads ? 0 : value_of(text.ptr[i + j]);
            if (value < 0) return -EBADMSG;
            group = group << 6 | (uint32_t)value;
        }
        for (int shift = 16; shift >= 0; shift -= 8) {
            uint8_t byte = (uint8_t)(group >> shift);
            if (done < bytes) {
                out[done++] = byte;
            } else if (byte) {
                return -EBADMSG;
            }
        }
    }
    return (ssize_t)bytes;
}
