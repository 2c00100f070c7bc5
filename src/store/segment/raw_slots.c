/* See raw_slots.h. JSON: RFC 8259. */
#include "store/segment/raw_slots.h"

#include <errno.h>

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_bare(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '+' || c == '.';
}

/* The quote that ends the string that begins at `at`, or NULL. */
static const char *string_end(const char *at, const char *end, bool *ret_escaped)
{
    const char *quote = NULL;
    *ret_escaped = false;
    while (at < end) {
        if (!quote || quote < at) quote = memchr(at, '"', (size_t)(end - at));
        if (!quote) return NULL;
        const char *back = memchr(at, '\\', (size_t)(quote - at));
        if (!back) return quote;
        *ret_escaped = true;
        at = back + 2;
    }
    return NULL;
}

static bool is_key(const char *at, const char *end)
{
    while (at < end && is_blank(*at)) {
        at++;
    }
    return at < end && *at == ':';
}

static bool take_hex4(const char *at, const char *end, uint32_t *ret)
{
    if (end - at < 4) return false;
    uint32_t value = 0;
    for (size_t i = 0; i < 4; i++) {
        char c = at[i], low = (char)(c | 32);
        if (c >= '0' && c <= '9') {
            value = value << 4 | (uint32_t)(c - '0');
        } else if (low >= 'a' && low <= 'f') {
            value = value << 4 | (uint32_t)(low - 'a' + 10);
        } else {
            return false;
        }
    }
    *ret = value;
    return true;
}

static char *put_utf8(char *to, uint32_t c)
{
    if (c < 0x80) {
        *to++ = (char)c;
    } else if (c < 0x800) {
        *to++ = (char)(0xc0 | c >> 6);
        *to++ = (char)(0x80 | (c & 63));
    } else if (c < 0x10000) {
        *to++ = (char)(0xe0 | c >> 12);
        *to++ = (char)(0x80 | (c >> 6 & 63));
        *to++ = (char)(0x80 | (c & 63));
    } else {
        *to++ = (char)(0xf0 | c >> 18);
        *to++ = (char)(0x80 | (c >> 12 & 63));
        *to++ = (char)(0x80 | (c >> 6 & 63));
        *to++ = (char)(0x80 | (c & 63));
    }
    return to;
}

/* The character of a \u escape whose digits begin at *at; a pair of surrogates is one. 0xFFFD for
 * half a pair. */
static bool take_unicode(const char **at, const char *end, uint32_t *ret)
{
    uint32_t low;
    if (!take_hex4(*at, end, ret)) return false;
    *at += 4;
    if (*ret < 0xd800 || *ret > 0xdfff) return true;
    bool pair = *ret < 0xdc00 && end - *at >= 6 && (*at)[0] == '\\' && (*at)[1] == 'u' &&
                take_hex4(*at + 2, end, &low) && low >= 0xdc00 && low <= 0xdfff;
    if (!pair) {
        *ret = 0xfffd;
        return true;
    }
    *ret = 0x10000 + ((*ret - 0xd800) << 10) + (low - 0xdc00);
    *at += 6;
    return true;
}

/* False: an escape that JSON does not have. `to` has room for as many bytes as the text. */
static bool unescape(const char *at, const char *end, char *to, size_t *ret_len)
{
    static const char letters[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    char *begin = to;
    while (at < end) {
        if (*at != '\\') {
            *to++ = *at++;
            continue;
        }
        if (++at == end) return false;
        char letter = *at++;
        uint32_t c;
        const char *known = letter ? strchr(letters, letter) : NULL;
        if (known) {
            *to++ = meant[known - letters];
        } else if (letter == 'u' && take_unicode(&at, end, &c)) {
            to = put_utf8(to, c);
        } else {
            return false;
        }
    }
    *ret_len = (size_t)(to - begin);
    return true;
}

/* A string with an escape that JSON does not have stays as it stands. */
static int plain_string(const char *at, const char *end, bool escaped, Arena *arena, Slice *ret)
{
    Slice text = slice_of(at, (size_t)(end - at));
    if (escaped) {
        size_t len;
        char *room = arena_alloc(arena, text.len);
        if (!room) return -ENOMEM;
        if (unescape(at, end, room, &len)) text = slice_of(room, len);
    }
    *ret = text;
    return 0;
}

int raw_string_take(Slice *tail, Arena *arena, Slice *ret)
{
    bool escaped;
    if (tail->len < 3 || (tail->ptr[0] != '[' && tail->ptr[0] != ',') || tail->ptr[1] != '"')
        return -EBADMSG;
    const char *begin = tail->ptr + 2;
    const char *quote = string_end(begin, tail->ptr + tail->len, &escaped);
    if (!quote) return -EBADMSG;
    *tail = slice_skip(*tail, (size_t)(quote + 1 - tail->ptr));
    return plain_string(begin, quote, escaped, arena, ret);
}

int raw_slots_find(Slice raw, Arena *arena, RawSlots *ret)
{
    const char *at = raw.ptr, *end = raw.ptr + raw.len;
    ret->count = 0;
    while (at < end && is_blank(*at)) {
        at++;
    }
    ret->is_json = at < end && (*at == '{' || *at == '[');
    if (!ret->is_json) return 0;
    while (at < end && ret->count < RAW_SLOTS_MAX) {
        const char *begin = at;
        if (*at == '"') {
            bool escaped;
            const char *quote = string_end(++begin, end, &escaped);
            if (!quote) return 0;
            at = quote + 1;
            if (is_key(at, end)) continue;
            int r = plain_string(begin, quote, escaped, arena, &ret->values[ret->count]);
            if (r < 0) return r;
            ret->count++;
        } else if (is_bare(*at)) {
            while (at < end && is_bare(*at)) {
                at++;
            }
            ret->values[ret->count++] = slice_of(begin, (size_t)(at - begin));
        } else {
            at++;
        }
    }
    return 0;
}
