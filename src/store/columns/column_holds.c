/* Is it in this piece of text: folded, with its case, as an escape, or hidden in one? */
#include "base/fold_int.h"
#include "store/columns/columns_find_int.h"

bool find_escape_begins(Slice text, size_t at)
{
    size_t before = at;
    while (before > 0 && text.ptr[before - 1] == '\\')
        before--;
    return before == 0 || (at - before) % 2 == 0;
}

/* Where these two bytes stand at or after `from`; SLICE_NOT_FOUND. */
static size_t find_pair(Slice text, Slice pair, size_t from)
{
    const Bytes16 first = splat16((unsigned char)pair.ptr[0]);
    const Bytes16 second = splat16((unsigned char)pair.ptr[1]);
    size_t at = from;
    for (; at + 17 <= text.len; at += 16) {
        Bytes16 both = (Bytes16)(load16(text.ptr + at) == first) &
                       (Bytes16)(load16(text.ptr + at + 1) == second);
        if (!any16(both)) continue;
        for (size_t i = 0; i < 16; i++)
            if (both[i]) return at + i;
    }
    for (; at + 2 <= text.len; at++)
        if (text.ptr[at] == pair.ptr[0] && text.ptr[at + 1] == pair.ptr[1]) return at;
    return SLICE_NOT_FOUND;
}

static bool holds_escape(Slice text, Slice escape)
{
    size_t at = find_pair(text, escape, 0);
    while (at != SLICE_NOT_FOUND && !find_escape_begins(text, at))
        at = find_pair(text, escape, at + 1);
    return at != SLICE_NOT_FOUND;
}

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'f');
}

static uint32_t hex_value(char c)
{
    return (uint32_t)(c <= '9' ? c - '0' : (c | 32) - 'a' + 10);
}

/* Can the escape whose digits these are be a part of the text? Surrogates and letters of wide
 * scripts only of one that is not all ASCII: nothing that is joined of them folds to ASCII. */
static bool may_hide(const ColumnsFind *find, Slice digits)
{
    uint32_t c = 0;
    if (digits.len < 4) return true; /* it goes on in the next piece */
    for (size_t i = 0; i < 4; i++) {
        if (!is_hex(digits.ptr[i])) return false; /* no escape of JSON: it stands for itself */
        c = c << 4 | hex_value(digits.ptr[i]);
    }
    c = c >= 0xd800 && c <= 0xdfff ? 0xfffd : fold_code_point(c);
    return c < 0x80 ? find->hides_ascii[c] : find->hides_beyond;
}

static bool holds_hidden(const ColumnsFind *find, Slice text)
{
    size_t at = find_pair(text, find->needle, 0);
    while (at != SLICE_NOT_FOUND &&
           !(find_escape_begins(text, at) && may_hide(find, slice_skip(text, at + 2))))
        at = find_pair(text, find->needle, at + 1);
    return at != SLICE_NOT_FOUND;
}

bool find_holds(const ColumnsFind *find, Slice text)
{
    switch (find->how) {
    case COLUMNS_FOLDED: return fold_contains(text, find->needle);
    case COLUMNS_CASED: return fold_contains_case(text, find->needle);
    case COLUMNS_ESCAPE: break;
    }
    return find->escapes ? holds_hidden(find, text) : holds_escape(text, find->needle);
}

bool find_all_lack(const ColumnsFind *find, Slice joined)
{
    if (!find->is_ascii || find->escapes) return false;
    if (find->how == COLUMNS_ESCAPE) return find_pair(joined, find->needle, 0) == SLICE_NOT_FOUND;
    return !find_holds(find, joined);
}
