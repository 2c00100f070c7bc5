/* See text.h. */
#include "translate/text.h"

bool text_take(Slice *text, Slice prefix)
{
    if (!slice_starts(*text, prefix)) return false;
    *text = slice_skip(*text, prefix.len);
    return true;
}

bool text_take_end(Slice *text, Slice suffix)
{
    if (!slice_ends(*text, suffix)) return false;
    *text = slice_first(*text, text->len - suffix.len);
    return true;
}

bool text_split(Slice text, Slice at, Slice *ret_before, Slice *ret_after)
{
    size_t found = slice_find(text, at);
    if (found == SLICE_NOT_FOUND) return false;
    *ret_before = slice_first(text, found);
    *ret_after = slice_skip(text, found + at.len);
    return true;
}

bool text_split_last(Slice text, Slice at, Slice *ret_before, Slice *ret_after)
{
    size_t last = SLICE_NOT_FOUND, from = 0;
    for (;;) {
        size_t found = slice_find(slice_skip(text, from), at);
        if (found == SLICE_NOT_FOUND) break;
        last = from + found;
        from = last + 1;
    }
    if (last == SLICE_NOT_FOUND) return false;
    *ret_before = slice_first(text, last);
    *ret_after = slice_skip(text, last + at.len);
    return true;
}

bool text_take_quoted(Slice *text, Slice *ret_value)
{
    if (text->len < 2 || (text->ptr[0] != '\'' && text->ptr[0] != '`')) return false;
    Slice rest = slice_skip(*text, 1);
    size_t end = slice_find_char(rest, '\'');
    if (end == SLICE_NOT_FOUND) return false;
    *ret_value = slice_first(rest, end);
    *text = slice_skip(rest, end + 1);
    return true;
}

void text_take_uid(Slice *name, Slice *ret_uid)
{
    Slice before, after;
    *ret_uid = (Slice){0};
    if (!text_split_last(*name, SLICE("(uid="), &before, &after)) return;
    if (!text_take_end(&after, SLICE(")")) || !text_is_number(after)) return;
    *name = before;
    *ret_uid = after;
}

bool text_is_number(Slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9') return false;
    }
    return text.len > 0;
}
