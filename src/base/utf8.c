/* See utf8.h. */
#include "base/utf8.h"

#include "base/number.h"

#include <errno.h>

#define REPLACEMENT 0xfffd

/* Length of the well-formed sequence at s, or 0; *ret_bad is then the length of the maximal
 * ill-formed piece (Unicode 15, table 3-7). */
static size_t sequence_length(Slice s, size_t *ret_bad)
{
    const unsigned char *p = (const unsigned char *)s.ptr;
    unsigned char lead = p[0], low = 0x80, high = 0xbf;
    size_t need;
    *ret_bad = 1;
    if (lead < 0x80) return 1;
    if (lead >= 0xc2 && lead <= 0xdf) {
        need = 2;
    } else if (lead >= 0xe0 && lead <= 0xef) {
        need = 3;
        if (lead == 0xe0) low = 0xa0;
        if (lead == 0xed) high = 0x9f;
    } else if (lead >= 0xf0 && lead <= 0xf4) {
        need = 4;
        if (lead == 0xf0) low = 0x90;
        if (lead == 0xf4) high = 0x8f;
    } else {
        return 0;
    }
    for (size_t i = 1; i < need; i++) {
        if (i >= s.len || p[i] < low || p[i] > high) {
            *ret_bad = i;
            return 0;
        }
        low = 0x80;
        high = 0xbf;
    }
    return need;
}

static size_t ascii_prefix(Slice s)
{
    size_t i = 0;
    for (; i + 8 <= s.len; i += 8) {
        if (read_le64(s.ptr + i) & 0x8080808080808080u) break;
    }
    while (i < s.len && (unsigned char)s.ptr[i] < 0x80) {
        i++;
    }
    return i;
}

size_t utf8_valid_prefix(Slice s)
{
    size_t i = 0, bad;
    while (i < s.len) {
        i += ascii_prefix(slice_skip(s, i));
        if (i == s.len) break;
        size_t len = sequence_length(slice_skip(s, i), &bad);
        if (len == 0) return i;
        i += len;
    }
    return i;
}

void utf8_add_repaired(Buf *to, Slice s)
{
    while (s.len > 0) {
        size_t good = utf8_valid_prefix(s), bad;
        buf_add(to, s.ptr, good);
        s = slice_skip(s, good);
        if (s.len == 0) break;
        sequence_length(s, &bad);
        buf_add(to, "\xef\xbf\xbd", 3);
        s = slice_skip(s, bad);
    }
}

int utf8_repair(Arena *arena, Slice s, Slice *ret)
{
    if (utf8_is_valid(s)) {
        *ret = s;
        return 0;
    }
    CLEANUP(buf_done) Buf repaired = {0};
    utf8_add_repaired(&repaired, s);
    if (buf_error(&repaired)) return -ENOMEM;
    return arena_copy(arena, buf_slice(&repaired), ret);
}

size_t utf8_put(char *to, uint32_t c)
{
    if (c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff)) c = REPLACEMENT;
    if (c < 0x80) {
        to[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        to[0] = (char)(0xc0 | c >> 6);
        to[1] = (char)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        to[0] = (char)(0xe0 | c >> 12);
        to[1] = (char)(0x80 | (c >> 6 & 0x3f));
        to[2] = (char)(0x80 | (c & 0x3f));
        return 3;
    }
    to[0] = (char)(0xf0 | c >> 18);
    to[1] = (char)(0x80 | (c >> 12 & 0x3f));
    to[2] = (char)(0x80 | (c >> 6 & 0x3f));
    to[3] = (char)(0x80 | (c & 0x3f));
    return 4;
}

uint32_t utf8_take(Slice *s)
{
    size_t bad;
    size_t len = sequence_length(*s, &bad);
    const unsigned char *p = (const unsigned char *)s->ptr;
    uint32_t c = REPLACEMENT;
    if (len == 1) c = p[0];
    if (len == 2) c = (uint32_t)(p[0] & 0x1f) << 6 | (p[1] & 0x3f);
    if (len == 3) c = (uint32_t)(p[0] & 0x0f) << 12 | (uint32_t)(p[1] & 0x3f) << 6 | (p[2] & 0x3f);
    if (len == 4) {
        c = (uint32_t)(p[0] & 0x07) << 18 | (uint32_t)(p[1] & 0x3f) << 12 |
            (uint32_t)(p[2] & 0x3f) << 6 | (p[3] & 0x3f);
    }
    *s = slice_skip(*s, len ? len : bad);
    return c;
}

size_t utf8_from_utf16le(char *to, Slice bytes)
{
    char *start = to;
    const char *p = bytes.ptr, *end = bytes.ptr + (bytes.len & ~(size_t)1);
    while (p < end) {
        /* Four ASCII units at a time: most log text is. */
        while (end - p >= 8) {
            uint64_t four = read_le64(p);
            if (four & 0xff80ff80ff80ff80u) break;
            to[0] = (char)four;
            to[1] = (char)(four >> 16);
            to[2] = (char)(four >> 32);
            to[3] = (char)(four >> 48);
            to += 4;
            p += 8;
        }
        if (p >= end) break;
        uint32_t unit = read_le16(p);
        p += 2;
        if (unit >= 0xd800 && unit <= 0xdbff && p < end) {
            uint32_t low = read_le16(p);
            if (low >= 0xdc00 && low <= 0xdfff) {
                unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
                p += 2;
            }
        }
        to += utf8_put(to, unit);
    }
    return (size_t)(to - start);
}
