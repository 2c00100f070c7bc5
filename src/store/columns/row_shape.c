#include "store/columns/row_shape.h"

static uint64_t mix(uint64_t a, uint64_t b)
{
    __uint128_t product = (__uint128_t)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t load(const char *at, size_t len)
{
    uint64_t value = 0;
    memcpy(&value, at, len);
    return value;
}

uint64_t shape_hash(Slice bytes, uint64_t seed)
{
    const uint64_t k1 = 0x9e3779b97f4a7c15u, k2 = 0xc2b2ae3d27d4eb4fu;
    uint64_t h = seed ^ mix(bytes.len ^ k1, k2);
    const char *at = bytes.ptr;
    size_t left = bytes.len;
    for (; left > 16; at += 16, left -= 16)
        h = mix(load(at, 8) ^ k1 ^ h, load(at + 8, 8) ^ k2);
    uint64_t a = left >= 8 ? load(at, 8) : left ? load(at, left) : 0;
    uint64_t b = left > 8 ? load(at + left - 8, 8) : 0;
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

bool shape_is_gap(char c)
{
    unsigned char u = (unsigned char)c;
    if (u <= ' ') return true;
    switch (c) {
    case '"':
    case '\'':
    case '(':
    case ')':
    case '<':
    case '>':
    case '[':
    case ']':
    case '{':
    case '}':
    case '=':
    case ',':
    case ';':
    case '|': return true;
    default: return false;
    }
}

static bool cut_words(Cutter *cutter, bool all)
{
    Slice row = cutter->row;
    size_t at = 0;
    while (at < row.len) {
        while (at < row.len && shape_is_gap(row.ptr[at]))
            at++;
        size_t start = at;
        bool digit = false;
        for (; at < row.len && !shape_is_gap(row.ptr[at]); at++)
            digit |= row.ptr[at] >= '0' && row.ptr[at] <= '9';
        if (at > start && (all || digit) && !add_slot(cutter, start, at)) return false;
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

ShapeMode shape_mode_of(Slice row)
{
    Slice head = slice_first(row, HEAD_BYTES);
    size_t at = 0;
    while (at < head.len && is_blank(head.ptr[at]))
        at++;
    if (at < head.len && (head.ptr[at] == '{' || head.ptr[at] == '[')) return SHAPE_JSON;
    for (; at < head.len; at++)
        if ((unsigned char)head.ptr[at] < ' ' && !is_blank(head.ptr[at]) && head.ptr[at] != 27)
            return SHAPE_WHOLE;
    return SHAPE_WORDS;
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
