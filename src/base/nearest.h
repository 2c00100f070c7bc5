/* The nearest of some names, for `did you mean ...?`. */
#ifndef AKASHI_BASE_NEAREST_H
#define AKASHI_BASE_NEAREST_H

#include "base/slice.h"

/* The candidate with the fewest single-letter edits (Levenshtein, ASCII case ignored) when that is
 * at most a third of its length and at most 4; an empty slice otherwise. */
Slice nearest_name(Slice name, const Slice *candidates, size_t count);

#endif
