/* See nearest.h. */
#include "base/nearest.h"

#define NAME_BYTES_MAX 64

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t edit_distance(Slice a, Slice b)
{
    size_t row[NAME_BYTES_MAX + 1];
    for (size_t j = 0; j <= b.len; j++) {
        row[j] = j;
    }
    for (size_t i = 1; i <= a.len; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            bool same = slice_eq_nocase(slice_of(a.ptr + i - 1, 1), slice_of(b.ptr + j - 1, 1));
            size_t above = row[j];
            row[j] = smaller(smaller(above, row[j - 1]) + 1, diagonal + !same);
            diagonal = above;
        }
    }
    return row[b.len];
}

Slice nearest_name(Slice name, const Slice *candidates, size_t count)
{
    Slice best = {0};
    size_t best_distance = SIZE_MAX;
    if (name.len == 0 || name.len > NAME_BYTES_MAX) return best;
    for (size_t i = 0; i < count; i++) {
        if (candidates[i].len > NAME_BYTES_MAX) continue;
        size_t distance = edit_distance(name, candidates[i]);
        if (distance > 4 || distance > candidates[i].len / 3 || distance >= best_distance) continue;
        best = candidates[i];
        best_distance = distance;
    }
    return best;
}
