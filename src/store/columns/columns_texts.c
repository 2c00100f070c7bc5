/* The texts that a block is made of, for an index (columns.h): values, literals, and the words that
 * lie across the cuts between them. */
#include "store/columns/columns_enc.h"

void texts_give(Encoder *enc, Slice text)
{
    const ColumnsTexts *texts = &enc->options->texts;
    if (!texts->take || enc->error || text.len == 0) return;
    int r = texts->take(texts->context, text);
    if (r < 0) enc->error = r;
}

void texts_give_all(Encoder *enc, const Slice *values, size_t count)
{
    if (!enc->options->texts.take) return;
    for (size_t i = 0; i < count && !enc->error; i++) {
        if (i > 0 && slice_eq(values[i], values[i - 1])) continue;
        texts_give(enc, values[i]);
    }
}

enum { IS_WORD = 1, IS_BACKSLASH = 2 };

static const uint8_t byte_kinds[256] = {
    ['0' ... '9'] = IS_WORD, ['A' ... 'Z'] = IS_WORD,   ['_'] = IS_WORD,
    ['a' ... 'z'] = IS_WORD, [0x80 ... 0xff] = IS_WORD, ['\\'] = IS_BACKSLASH};

/* Bytes that may belong to a word, as they stand or as what an escape \u1234 means. */
static inline bool is_word(Slice row, size_t at)
{
    uint8_t kind = byte_kinds[(unsigned char)row.ptr[at]];
    if (kind <= IS_WORD) return kind == IS_WORD;
    return at + 1 < row.len && row.ptr[at + 1] == 'u';
}

/* The literal before a value, or the one behind it, may go on in it. */
static bool begin_is_open(Slice row, size_t at)
{
    return at > 0 && (row.ptr[at - 1] == '\\' || is_word(row, at - 1));
}

static bool end_is_open(Slice row, size_t at)
{
    return at > 0 && at < row.len && is_word(row, at);
}

/* The run around the cut, with the backslash in front of it, as that may make its first letter an
 * escape. */
static Slice run_around(Slice row, size_t at)
{
    size_t begin = at, end = at;
    while (begin > 0 && is_word(row, begin - 1))
        begin--;
    if (begin > 0 && row.ptr[begin - 1] == '\\') begin--;
    while (end < row.len && is_word(row, end))
        end++;
    if (begin == at || end == at) return (Slice){0};
    return slice_of(row.ptr + begin, end - begin);
}

size_t texts_open_cuts(Slice row, const ShapeSlot *slots, size_t count, size_t *ret_cuts)
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        size_t start = slots[i].start, end = start + slots[i].len;
        bool follows = i > 0 && slots[i - 1].start + slots[i - 1].len == start;
        bool is_followed = i + 1 < count && slots[i + 1].start == end;
        if (follows || begin_is_open(row, start)) ret_cuts[found++] = 2 * i;
        if (is_followed || end_is_open(row, end)) ret_cuts[found++] = 2 * i + 1;
    }
    return found;
}

void texts_give_cuts(Encoder *enc, Slice row, const ShapeSlot *slots, const size_t *cuts,
                     size_t count, Slice *last)
{
    for (size_t i = 0; i < count && !enc->error; i++) {
        const ShapeSlot *slot = &slots[cuts[i] / 2];
        Slice run = run_around(row, slot->start + (cuts[i] & 1 ? slot->len : 0));
        if (slice_eq(run, last[i])) continue;
        last[i] = run;
        texts_give(enc, run);
    }
}
