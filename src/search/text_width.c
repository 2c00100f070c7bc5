/* See text_width.h. */
#include "search/text_width.h"

#include "base/utf8.h"

typedef struct Span {
    uint32_t first, last;
} Span;

/* Unicode 15 EastAsianWidth.txt, W and F, with the gaps inside a block filled up. */
static const Span wide[] = {
    {0x1100, 0x115f},   {0x231a, 0x231b},   {0x23e9, 0x23ec},   {0x25fd, 0x25fe},
    {0x2614, 0x2615},   {0x2648, 0x2653},   {0x26a1, 0x26a1},   {0x2705, 0x2705},
    {0x274c, 0x274c},   {0x2753, 0x2755},   {0x2e80, 0x303e},   {0x3041, 0x33ff},
    {0x3400, 0x4dbf},   {0x4e00, 0xa4cf},   {0xa960, 0xa97f},   {0xac00, 0xd7a3},
    {0xf900, 0xfaff},   {0xfe10, 0xfe19},   {0xfe30, 0xfe6f},   {0xff01, 0xff60},
    {0xffe0, 0xffe6},   {0x16fe0, 0x18cff}, {0x1b000, 0x1b2ff}, {0x1f300, 0x1f64f},
    {0x1f680, 0x1f6ff}, {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd},
};

/* Combining marks (Mn, Me) of the scripts that logs carry, and variation selectors. */
static const Span combining[] = {
    {0x300, 0x36f},   {0x483, 0x489},   {0x591, 0x5bd},     {0x610, 0x61a},   {0x64b, 0x65f},
    {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff}, {0x20d0, 0x20ff},   {0x302a, 0x302f}, {0x3099, 0x309a},
    {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}, {0xe0100, 0xe01ef},
};

/* What is not seen, or changes how the rest is seen: C0, DEL and C1, soft hyphen, zero-width and
 * direction marks, line and paragraph separators, invisible operators, byte order mark, tags. */
static const Span unsafe[] = {
    {0x0, 0x1f},      {0x7f, 0x9f},     {0xad, 0xad},       {0x61c, 0x61c},
    {0x180e, 0x180e}, {0x200b, 0x200f}, {0x2028, 0x202e},   {0x2060, 0x206f},
    {0xfeff, 0xfeff}, {0xfff9, 0xfffb}, {0xe0000, 0xe007f},
};

static bool in_spans(const Span *spans, size_t count, uint32_t c)
{
    for (size_t i = 0; i < count && c >= spans[i].first; i++) {
        if (c <= spans[i].last) return true;
    }
    return false;
}

unsigned text_width_of(uint32_t c)
{
    if (c < 0x300) return 1;
    if (in_spans(combining, ARRAY_COUNT(combining), c)) return 0;
    return in_spans(wide, ARRAY_COUNT(wide), c) ? 2 : 1;
}

uint32_t text_made_safe(uint32_t c)
{
    if (c == '\t' || c == '\n' || c == '\r') return ' ';
    return in_spans(unsafe, ARRAY_COUNT(unsafe), c) ? 0xfffd : c;
}

size_t text_add_safe(Buf *to, Slice s, size_t columns_max)
{
    size_t columns = 0, fitting_len = to->len, fitting_columns = 0;
    while (s.len > 0) {
        uint32_t c = text_made_safe(utf8_take(&s));
        unsigned width = text_width_of(c);
        if (columns + width > columns_max) {
            to->len = fitting_len;
            buf_add_cstr(to, "\u2026");
            return fitting_columns + 1;
        }
        char *room = buf_reserve(to, 4);
        if (!room) return columns;
        to->len += utf8_put(room, c);
        columns += width;
        if (columns + 1 <= columns_max) {
            fitting_len = to->len;
            fitting_columns = columns;
        }
    }
    return columns;
}

static void add_blanks(Buf *to, size_t count)
{
    while (count-- > 0) {
        buf_add_char(to, ' ');
    }
}

void text_add_column(Buf *to, Slice s, size_t columns, bool right)
{
    size_t start = to->len, used = text_add_safe(to, s, columns);
    size_t missing = used < columns ? columns - used : 0, len = to->len - start;
    add_blanks(to, missing);
    if (right && missing > 0 && !buf_error(to)) {
        memmove(to->ptr + start + missing, to->ptr + start, len);
        memset(to->ptr + start, ' ', missing);
    }
}
