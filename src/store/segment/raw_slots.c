/* See raw_slots.h. JSON: RFC 8259. */
#include "store/segment/raw_slots.h"

#include "base/number.h"
#include "base/stripe.h"

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

/* Has any of the 8 bytes this value? (Not which: a byte above the first may be told wrongly.) */
static uint64_t bytes_with(uint64_t eight, unsigned char value)
{
    uint64_t zero_there = eight ^ (0x0101010101010101u * value);
    return (zero_there - 0x0101010101010101u) & ~zero_there & 0x8080808080808080u;
}

static const char *find_byte(const char *at, const char *end, char byte)
{
    for (; end - at >= 8; at += 8) {
        uint64_t found = bytes_with(read_le64(at), (unsigned char)byte);
        if (found) return at + (__builtin_ctzll(found) >> 3);
    }
    while (at < end && *at != byte) {
        at++;
    }
    return at;
}

/* The first quote or backslash from `at`, or `end`. Most strings are short: calls would cost more
 * than what they look at. */
static const char *find_end_or_escape(const char *at, const char *end)
{
    for (; end - at >= 8; at += 8) {
        uint64_t eight = read_le64(at);
        uint64_t found = bytes_with(eight, '"') | bytes_with(eight, '\\');
        if (found) return at + (__builtin_ctzll(found) >> 3);
    }
    while (at < end && *at != '"' && *at != '\\') {
        at++;
    }
    return at;
}

/* The quote that ends the string that begins at `at`, or NULL. */
static const char *string_end(const char *at, const char *end, bool *ret_escaped)
{
    *ret_escaped = false;
    while ((at = find_end_or_escape(at, end)) < end) {
        if (*at == '"') return at;
        *ret_escaped = true;
        at += 2;
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

/* False: an escape that JSON does not have; where that is no matter it stays as it stands. `to` has
 * room for as many bytes as the text. */
static bool unescape(const char *at, const char *end, bool strict, char *to, size_t *ret_len)
{
    static const char meant[256] = {['"'] = '"',  ['\\'] = '\\', ['/'] = '/',  ['b'] = '\b',
                                    ['f'] = '\f', ['n'] = '\n',  ['r'] = '\r', ['t'] = '\t'};
    char *begin = to;
    while (at < end) {
        const char *plain_end = find_byte(at, end, '\\');
        memcpy(to, at, (size_t)(plain_end - at));
        to += plain_end - at;
        at = plain_end;
        if (at == end) break;
        const char *escape = at;
        char letter = ++at < end ? *at++ : 0;
        uint32_t c;
        char known = meant[(unsigned char)letter];
        if (known) {
            *to++ = known;
        } else if (letter == 'u' && take_unicode(&at, end, &c)) {
            to = put_utf8(to, c);
        } else if (strict) {
            return false;
        } else {
            *to++ = *escape;
            at = escape + 1;
        }
    }
    *ret_len = (size_t)(to - begin);
    return true;
}

size_t raw_unescape_loosely(Slice text, char *to)
{
    size_t len = 0;
    (void)unescape(text.ptr, text.ptr + text.len, false, to, &len);
    return len;
}

bool raw_string_plain(Slice text, char *to, size_t *ret_len)
{
    return unescape(text.ptr, text.ptr + text.len, true, to, ret_len);
}

/* A string with an escape that JSON does not have stays as it stands. */
static int plain_string(const char *at, const char *end, bool escaped, Arena *arena, Slice *ret)
{
    Slice text = slice_of(at, (size_t)(end - at));
    if (escaped && arena) {
        size_t len;
        char *room = arena_alloc(arena, text.len);
        if (!room) return -ENOMEM;
        if (unescape(at, end, true, room, &len)) text = slice_of(room, len);
    }
    *ret = text;
    return 0;
}

int raw_string_unescape(Slice text, Arena *arena, Slice *ret)
{
    bool escaped = text.len > 0 && memchr(text.ptr, '\\', text.len) != NULL;
    return plain_string(text.ptr, text.ptr + text.len, escaped, arena, ret);
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

/* How the columns cut: row_shape.c's SHAPE_JSON. */
typedef struct RawCut {
    RowShape *shape;
    Slice raw;
    size_t literal; /* where the one at hand began */
} RawCut;

static void cut_slot(RawCut *cut, const char *begin, const char *end)
{
    RowShape *shape = cut->shape;
    size_t start = (size_t)(begin - cut->raw.ptr);
    if (shape->count < SHAPE_SLOTS_MAX) {
        Slice before = slice_of(cut->raw.ptr + cut->literal, start - cut->literal);
        shape->hash = shape_hash(before, shape->hash);
        shape->slots[shape->count] = (ShapeSlot){(uint32_t)start, (uint32_t)(end - begin)};
    }
    shape->count++;
    cut->literal = (size_t)(end - cut->raw.ptr);
}

static void add_slot(RawSlots *slots, RawCut *cut, Slice value, const char *begin, const char *end)
{
    slots->values[slots->count++] = value;
    if (cut) cut_slot(cut, begin, end);
}

/* The quotes of raw stripe by stripe. Whether a quote is escaped is told from all backslashes
 * before it, which is the same as from those of its string alone as long as none stands outside of
 * one. */
typedef struct QuoteWalk {
    const char *begin, *end;
    size_t base;       /* of the stripe at hand */
    uint64_t quotes;   /* in it, that are not escaped */
    uint64_t escapes;  /* in it */
    bool after_escape; /* the next stripe begins behind one */
} QuoteWalk;

static void walk_stripe(QuoteWalk *walk)
{
    size_t left = (size_t)(walk->end - walk->begin) - walk->base;
    const Stripe stripe = stripe_load(walk->begin + walk->base, left);
    uint64_t escaped = walk->after_escape;
    walk->escapes = stripe_escapes(stripe_equal(&stripe, '\\'), &walk->after_escape);
    walk->quotes = stripe_equal(&stripe, '"') & ~(escaped | walk->escapes << 1);
}

/* As string_end; `at` never goes back from call to call. */
static const char *walk_string_end(QuoteWalk *walk, const char *at, bool *ret_escaped)
{
    size_t from = (size_t)(at - walk->begin), len = (size_t)(walk->end - walk->begin);
    uint64_t escapes = 0;
    *ret_escaped = false;
    while (from < len) {
        while (from - walk->base >= STRIPE_BYTES) {
            walk->base += STRIPE_BYTES;
            walk_stripe(walk);
        }
        uint64_t here = ~(uint64_t)0 << (from - walk->base);
        uint64_t quotes = walk->quotes & here;
        escapes |= walk->escapes & here & ((quotes & -quotes) - 1);
        if (quotes) {
            *ret_escaped = escapes != 0;
            return walk->begin + walk->base + __builtin_ctzll(quotes);
        }
        from = walk->base + STRIPE_BYTES;
    }
    return NULL;
}

/* *ret_whole: to raw's end, and no string was without one. `walk`: NULL, or at raw's beginning;
 * then 1: a backslash stands outside of strings, and all must be done without it. */
static int find_with(Slice raw, Arena *arena, RawSlots *ret, RawCut *cut, bool *ret_whole,
                     QuoteWalk *walk)
{
    const char *at = raw.ptr, *end = raw.ptr + raw.len;
    ret->count = 0;
    *ret_whole = false;
    while (at < end && is_blank(*at)) {
        at++;
    }
    ret->is_json = at < end && (*at == '{' || *at == '[');
    if (!ret->is_json) return 0;
    while (at < end && ret->count < RAW_SLOTS_MAX) {
        const char *begin = at;
        if (*at == '"') {
            bool escaped;
            Slice value;
            begin++;
            const char *quote =
                walk ? walk_string_end(walk, begin, &escaped) : string_end(begin, end, &escaped);
            if (!quote) return 0;
            at = quote + 1;
            if (is_key(at, end)) continue;
            int r = plain_string(begin, quote, escaped, arena, &value);
            if (r < 0) return r;
            add_slot(ret, cut, value, begin, quote);
        } else if (is_bare(*at)) {
            while (at < end && is_bare(*at)) {
                at++;
            }
            add_slot(ret, cut, slice_of(begin, (size_t)(at - begin)), begin, at);
        } else {
            if (*at == '\\' && walk) return 1;
            at++;
        }
    }
    *ret_whole = at >= end;
    return 0;
}

static int find_slots(Slice raw, Arena *arena, RawSlots *ret, RawCut *cut, bool *ret_whole)
{
    QuoteWalk walk = {.begin = raw.ptr, .end = raw.ptr + raw.len};
    if (raw.len) walk_stripe(&walk);
    const RawCut before = cut ? *cut : (RawCut){0};
    const RowShape *shape = cut ? cut->shape : NULL;
    uint64_t hash = shape ? shape->hash : 0;
    int r = find_with(raw, arena, ret, cut, ret_whole, &walk);
    if (r != 1) return r;
    if (cut) {
        *cut = before;
        cut->shape->hash = hash;
        cut->shape->count = 0;
    }
    return find_with(raw, arena, ret, cut, ret_whole, NULL);
}

int raw_slots_find(Slice raw, Arena *arena, RawSlots *ret)
{
    bool whole;
    return find_slots(raw, arena, ret, NULL, &whole);
}

int raw_slots_cut(Slice raw, uint64_t seed, Arena *arena, RawSlots *ret, RowShape *ret_cut,
                  bool *ret_is_cut)
{
    RawCut cut = {.shape = ret_cut, .raw = raw};
    bool whole;
    ret_cut->mode = SHAPE_JSON;
    ret_cut->hash = seed + (uint64_t)SHAPE_JSON;
    ret_cut->count = 0;
    int r = find_slots(raw, arena, ret, &cut, &whole);
    if (r < 0) return r;
    *ret_is_cut = whole && ret_cut->count <= SHAPE_SLOTS_MAX;
    if (*ret_is_cut) ret_cut->hash = shape_hash(slice_skip(raw, cut.literal), ret_cut->hash ^ 1);
    return 0;
}
