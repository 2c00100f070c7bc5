#include "store/columns/shape_path.h"

static void path_key(ShapePath *path, Slice key)
{
    path->len = path->depth ? path->lengths[path->depth - 1] : 0;
    size_t dot = path->len > 0;
    if (path->len + dot + key.len > PATH_BYTES_MAX) return;
    if (dot) path->text[path->len] = '.';
    memcpy(path->text + path->len + dot, key.ptr, key.len);
    path->len += dot + key.len;
}

void shape_path_literal(ShapePath *path, Slice literal, bool after_slot)
{
    size_t at = after_slot && literal.len > 0 && literal.ptr[0] == '"' ? 1 : 0;
    for (; at < literal.len; at++) {
        char c = literal.ptr[at];
        if (c == '{' || c == '[') {
            if (path->depth < PATH_DEPTH_MAX) path->lengths[path->depth++] = path->len;
        } else if (c == '}' || c == ']') {
            if (path->depth > 0) path->len = path->lengths[--path->depth];
        } else if (c == '"') {
            size_t end = at + 1;
            while (end < literal.len && literal.ptr[end] != '"')
                end += literal.ptr[end] == '\\' ? 2 : 1;
            if (end >= literal.len) return;
            path_key(path, slice_of(literal.ptr + at + 1, end - at - 1));
            at = end;
        }
    }
}
