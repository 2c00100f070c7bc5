#include "store/columns/row_shape.h"

static uint64_t mix(uint64_t a, uint64_t b)
{
    __uint128_t product = (__uint128_t)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t load_8(const char *at)
{
    uint64_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

static uint64_t load_4(const char *at)
{
    uint32_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

/* All of up to seven bytes, some of them twice; with their length it is one number for each. */
static uint64_t load_few(const char *at, size_t len)
{
    if (len >= 4) return load_4(at) << 32 | load_4(at + len - 4);
    if (len == 0) return 0;
    return (uint64_t)(unsigned char)at[0] << 16 | (uint64_t)(unsigned char)at[len / 2] << 8 |
           (unsigned char)at[len - 1];
}

uint64_t shape_hash(Slice bytes, uint64_t seed)
{
    const uint64_t k1 = 0x9e3779b97f4a7c15u, k2 = 0xc2b2ae3d27d4eb4fu;
    uint64_t h = seed ^ mix(bytes.len ^ k1, k2);
    const char *at = bytes.ptr;
    size_t left = bytes.len;
    for (; left > 16; at += 16, left -= 16)
        h = mix(load_8(at) ^ k1 ^ h, load_8(at + 8) ^ k2);
    uint64_t a = left >= 8 ? load_8(at) : load_few(at, left);
    uint64_t b = left > 8 ? load_8(at + left - 8) : 0;
    return mix(a ^ k1 ^ h, b ^ k2 ^ seed);
}

typedef struct Cutter {
    Slice row;
    RowShape *shape;
    uint64_t seed;
    size_t literal; /* where the literal that is open began */
} Cutter;

static bool add_slot(Cutter *cutter, size_t start, size_t end)
{
    RowShape *shape = cutter->shape;
    if (shape->count == SHAPE_SLOTS_MAX) return false;
    Slice before = slice_of(cutter->row.ptr + cutter->literal, start - cutter->literal);
    shape->hash = shape_hash(before, shape->hash);
    shape->slots[shape->count++] = (ShapeSlot){(uint32_t)start, (uint32_t)(end - start)};
    cutter->literal = end;
    return true;
}

static void finish(Cutter *cutter)
{
    Slice rest = slice_skip(cutter->row, cutter->literal);
    cutter->shape->hash = shape_hash(rest, cutter->shape->hash ^ 1);
}

/* The quote that ends the string whose content begins at `at`, or SLICE_NOT_FOUND. */
static size_t string_end(Slice row, size_t at)
{
    size_t from = at;
    while (from < row.len) {
        const char *quote = memchr(row.ptr + from, '"', row.len - from);
        if (!quote) return SLICE_NOT_FOUND;
        size_t end = (size_t)(quote - row.ptr), back = end;
        while (back > at && row.ptr[back - 1] == '\\')
            back--;
        if (((end - back) & 1) == 0) return end;
        from = end + 1;
    }
    return SLICE_NOT_FOUND;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_key(Slice row, size_t after)
{
    while (after < row.len && is_blank(row.ptr[after]))
        after++;
    return after < row.len && row.ptr[after] == ':';
}

static bool is_bare(char c)
{
    return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') || c == '-' || c == '+' ||
           c == '.';
}

static bool cut_json(Cutter *cutter)
{
    Slice row = cutter->row;
    size_t at = 0;
    while (at < row.len) {
        char c = row.ptr[at];
        if (c == '"') {
            size_t end = string_end(row, at + 1);
            if (end == SLICE_NOT_FOUND) return false;
            if (!is_key(row, end + 1) && !add_slot(cutter, at + 1, end)) return false;
            at = end + 1;
        } else if (is_bare(c)) {
            size_t end = at + 1;
            while (end < row.len && is_bare(row.ptr[end]))
                end++;
            if (!add_slot(cutter, at, end)) return false;
            at = end;
        } else {
            at++;
        }
    }
    return true;
}

/* What a byte is to words, in one look: every byte of every row is asked. */
enum { IS_GAP = 1, IS_DIGIT = 2 };

static const uint8_t byte_kinds[256] = {
    [0 ... ' '] = IS_GAP, ['"'] = IS_GAP, ['\''] = IS_GAP, ['('] = IS_GAP,
    [')'] = IS_GAP,       ['<'] = IS_GAP, ['>'] = IS_GAP,  ['['] = IS_GAP,
    [']'] = IS_GAP,       ['{'] = IS_GAP, ['}'] = IS_GAP,  ['='] = IS_GAP,
    [','] = IS_GAP,       [';'] = IS_GAP, ['|'] = IS_GAP,  ['0' ... '9'] = IS_DIGIT};

static inline uint8_t kind_of(char c)
{
    return byte_kinds[(unsigned char)c];
}

bool shape_is_gap(char c)
{
    return kind_of(c) & IS_GAP;
}

static bool cut_words(Cutter *cutter, bool all)
{
    const char *begin = cutter->row.ptr, *at = begin, *end = begin + cutter->row.len;
    while (at < end) {
        while (at < end && kind_of(*at) & IS_GAP)
            at++;
        const char *start = at;
        uint8_t seen = all ? IS_DIGIT : 0;
        for (; at < end; at++) {
            uint8_t kind = kind_of(*at);
            if (kind & IS_GAP) break;
            seen |= kind;
        }
        bool is_slot = at > start && seen & IS_DIGIT;
        if (is_slot && !add_slot(cutter, (size_t)(start - begin), (size_t)(at - begin)))
            return false;
    }
    return true;
}

static bool cut(Cutter *cutter, ShapeMode mode)
{
    cutter->literal = 0;
    cutter->shape->mode = mode;
    cutter->shape->count = 0;
    cutter->shape->hash = cutter->seed + (uint64_t)mode;
    switch (mode) {
    case SHAPE_JSON: return cut_json(cutter);
    case SHAPE_WORDS: return cut_words(cutter, false);
    case SHAPE_GAPS: return cut_words(cutter, true);
    case SHAPE_WHOLE: break;
    }
    return add_slot(cutter, 0, cutter->row.len);
}

void shape_find(Slice row, ShapeMode mode, uint64_t seed, RowShape *ret)
{
    if (!row.ptr) row.ptr = "";
    Cutter cutter = {.row = row, .shape = ret, .seed = seed};
    if (!cut(&cutter, mode) && !(mode == SHAPE_JSON && cut(&cutter, SHAPE_WORDS)))
        cut(&cutter, SHAPE_WHOLE);
    finish(&cutter);
}

#define HEAD_BYTES 256

static bool is_no_text(char c)
{
    return (unsigned char)c < ' ' && !is_blank(c) && c != 27;
}

/* Eight bytes at a time: few rows have any below the blank. */
static bool has_no_text(Slice head)
{
    size_t at = 0;
    for (; at + 8 <= head.len; at += 8) {
        uint64_t eight = load_8(head.ptr + at), ones = 0x0101010101010101u;
        if (!((eight - ones * ' ') & ~eight & ones * 0x80)) continue;
        for (size_t i = at; i < at + 8; i++) {
            if (is_no_text(head.ptr[i])) return true;
        }
    }
    for (; at < head.len; at++) {
        if (is_no_text(head.ptr[at])) return true;
    }
    return false;
}

ShapeMode shape_mode_of(Slice row)
{
    Slice head = slice_first(row, HEAD_BYTES);
    size_t at = 0;
    while (at < head.len && is_blank(head.ptr[at]))
        at++;
    if (at < head.len && (head.ptr[at] == '{' || head.ptr[at] == '[')) return SHAPE_JSON;
    return has_no_text(slice_skip(head, at)) ? SHAPE_WHOLE : SHAPE_WORDS;
}

bool shape_same_literals(Slice a, const ShapeSlot *a_slots, Slice b, const ShapeSlot *b_slots,
                         size_t count)
{
    size_t a_at = 0, b_at = 0;
    for (size_t i = 0; i <= count; i++) {
        size_t a_end = i < count ? a_slots[i].start : a.len;
        size_t b_end = i < count ? b_slots[i].start : b.len;
        Slice a_piece = slice_of(a.ptr + a_at, a_end - a_at);
        if (!slice_eq(a_piece, slice_of(b.ptr + b_at, b_end - b_at))) return false;
        if (i == count) break;
        a_at = a_end + a_slots[i].len;
        b_at = b_end + b_slots[i].len;
    }
    return true;
}
