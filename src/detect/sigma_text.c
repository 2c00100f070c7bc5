/* See sigma_text.h. */
#include "detect/sigma_text.h"

#include "base/utf8.h"

#include <errno.h>

int sigma_text_unescape(Arena *arena, Slice text, Slice *ret)
{
    char *to = arena_alloc(arena, text.len + 1);
    size_t len = 0;
    if (!to) return -ENOMEM;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i], next = i + 1 < text.len ? text.ptr[i + 1] : '\0';
        if (c == '\\' && (next == '*' || next == '?' || next == '\\')) {
            to[len++] = next;
            i++;
        } else {
            to[len++] = c == '*' ? SIGMA_STAR : (c == '?' ? SIGMA_ONE : c);
        }
    }
    *ret = slice_of(to, len);
    return 0;
}

bool sigma_text_has_wildcard(Slice tokens)
{
    return slice_find_char(tokens, SIGMA_STAR) != SLICE_NOT_FOUND ||
           slice_find_char(tokens, SIGMA_ONE) != SLICE_NOT_FOUND;
}

/* Bytes of the character at the front; an ill-formed byte is one character. */
static size_t character_bytes(Slice s)
{
    size_t len = 1;
    if ((unsigned char)s.ptr[0] < 0xc0) return 1;
    while (len < s.len && len < 4 && ((unsigned char)s.ptr[len] & 0xc0) == 0x80) {
        len++;
    }
    return len;
}

bool sigma_glob(Slice pattern, Slice value)
{
    size_t p = 0, v = 0, star = SLICE_NOT_FOUND, retry = 0;
    while (v < value.len) {
        if (p < pattern.len && pattern.ptr[p] == SIGMA_STAR) {
            star = p++;
            retry = v;
        } else if (p < pattern.len && pattern.ptr[p] == SIGMA_ONE) {
            v += character_bytes(slice_skip(value, v));
            p++;
        } else if (p < pattern.len && pattern.ptr[p] == value.ptr[v]) {
            p++;
            v++;
        } else if (star != SLICE_NOT_FOUND) {
            p = star + 1;
            retry += character_bytes(slice_skip(value, retry));
            v = retry;
        } else {
            return false;
        }
    }
    while (p < pattern.len && pattern.ptr[p] == SIGMA_STAR) {
        p++;
    }
    return p == pattern.len;
}

Slice sigma_longest_literal(Slice pattern)
{
    Slice best = {0};
    size_t start = 0;
    for (size_t i = 0; i <= pattern.len; i++) {
        bool wild = i == pattern.len || pattern.ptr[i] == SIGMA_STAR || pattern.ptr[i] == SIGMA_ONE;
        if (!wild) continue;
        if (i - start > best.len) best = slice_of(pattern.ptr + start, i - start);
        start = i + 1;
    }
    return best;
}

int sigma_base64(Arena *arena, Slice bytes, Slice *ret)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *from = (const unsigned char *)bytes.ptr;
    char *to = arena_alloc(arena, (bytes.len + 2) / 3 * 4 + 1);
    size_t len = 0;
    if (!to) return -ENOMEM;
    for (size_t i = 0; i < bytes.len; i += 3) {
        size_t left = bytes.len - i;
        uint32_t group = (uint32_t)from[i] << 16 | (left > 1 ? (uint32_t)from[i + 1] << 8 : 0) |
                         (left > 2 ? from[i + 2] : 0);
        to[len++] = digits[group >> 18];
        to[len++] = digits[group >> 12 & 63];
        to[len++] = left > 1 ? digits[group >> 6 & 63] : '=';
        to[len++] = left > 2 ? digits[group & 63] : '=';
    }
    *ret = slice_of(to, len);
    return 0;
}

/* The first digits hold bits of what stands before, the last ones bits of what follows. */
int sigma_base64_offset(Arena *arena, Slice bytes, unsigned offset, Slice *ret)
{
    static const size_t front[] = {0, 2, 3}, back[] = {0, 3, 2};
    char *padded = arena_alloc(arena, bytes.len + 3);
    Slice coded;
    if (!padded) return -ENOMEM;
    memset(padded, ' ', offset);
    if (bytes.len) memcpy(padded + offset, bytes.ptr, bytes.len);
    int r = sigma_base64(arena, slice_of(padded, bytes.len + offset), &coded);
    if (r < 0) return r;
    size_t cut = front[offset] + back[(bytes.len + offset) % 3];
    *ret = cut < coded.len ? slice_of(coded.ptr + front[offset], coded.len - cut) : (Slice){0};
    return 0;
}

static size_t put_unit(char *to, uint32_t unit, bool big_endian)
{
    to[0] = (char)(big_endian ? unit >> 8 : unit & 0xff);
    to[1] = (char)(big_endian ? unit & 0xff : unit >> 8);
    return 2;
}

int sigma_utf16(Arena *arena, Slice text, bool big_endian, bool mark, Slice *ret)
{
    char *to = arena_alloc(arena, text.len * 4 + 2);
    size_t len = 0;
    if (!to) return -ENOMEM;
    if (mark) len += put_unit(to, 0xfeff, big_endian);
    while (text.len > 0) {
        uint32_t c = utf8_take(&text);
        if (c >= 0x10000) {
            len += put_unit(to + len, 0xd800 + ((c - 0x10000) >> 10), big_endian);
            c = 0xdc00 + ((c - 0x10000) & 0x3ff);
        }
        len += put_unit(to + len, c, big_endian);
    }
    *ret = slice_of(to, len);
    return 0;
}

static bool is_word(Slice text, size_t at)
{
    if (at >= text.len) return false;
    unsigned char c = (unsigned char)text.ptr[at];
    return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') || c == '_' ||
           (c >= 0x80 && c < 0xfe);
}

/* A dash or slash that begins an option: no word before it, a word behind it. */
static bool is_option_dash(Slice text, size_t at)
{
    bool dash = text.ptr[at] == '-' || text.ptr[at] == '/';
    return dash && (at == 0 || !is_word(text, at - 1)) && is_word(text, at + 1);
}

static const Slice dash_forms[] = {SLICE_INIT("-"), SLICE_INIT("/"), SLICE_INIT("\xe2\x80\x93"),
                                   SLICE_INIT("\xe2\x80\x94"), SLICE_INIT("\xe2\x80\x95")};

static int write_form(Arena *arena, Slice text, size_t dashes, size_t number, Slice *ret)
{
    char *to = arena_alloc(arena, text.len + dashes * 2 + 1);
    size_t len = 0;
    if (!to) return -ENOMEM;
    for (size_t i = 0; i < text.len; i++) {
        if (is_option_dash(text, i)) {
            Slice form = dash_forms[number % ARRAY_COUNT(dash_forms)];
            number /= ARRAY_COUNT(dash_forms);
            memcpy(to + len, form.ptr, form.len);
            len += form.len;
        } else {
            to[len++] = text.ptr[i];
        }
    }
    *ret = slice_of(to, len);
    return 0;
}

int sigma_dashes(Arena *arena, Slice text, Slice *ret_forms, size_t *ret_count)
{
    size_t dashes = 0, count = 1;
    for (size_t i = 0; i < text.len; i++) {
        if (!is_option_dash(text, i)) continue;
        dashes++;
        count *= ARRAY_COUNT(dash_forms);
        if (count > SIGMA_EXPANSION_MAX) return -E2BIG;
    }
    for (size_t i = 0; i < count; i++) {
        int r = write_form(arena, text, dashes, i, &ret_forms[i]);
        if (r < 0) return r;
    }
    *ret_count = count;
    return 0;
}
