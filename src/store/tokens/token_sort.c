/* See token_sort.h. */
#include "store/tokens/token_sort.h"

#include <string.h>

enum { DIGITS = 8, VALUES = 256 };

/* False: all items have the same digit there, so they stay as they are. */
static int sort_digit(const SortItem *from, SortItem *to, size_t count, unsigned shift,
                      const size_t *uses)
{
    size_t places[VALUES], next = 0;
    if (uses[from[0].key >> shift & 0xff] == count) return 0;
    for (unsigned i = 0; i < VALUES; i++) {
        places[i] = next;
        next += uses[i];
    }
    for (size_t i = 0; i < count; i++) {
        to[places[from[i].key >> shift & 0xff]++] = from[i];
    }
    return 1;
}

void sort_items(SortItem *items, SortItem *spare, size_t count)
{
    size_t uses[DIGITS][VALUES] = {0};
    if (count < 2) return;
    for (size_t i = 0; i < count; i++) {
        for (unsigned digit = 0; digit < DIGITS; digit++) {
            uses[digit][items[i].key >> (digit * 8) & 0xff]++;
        }
    }
    SortItem *from = items, *to = spare;
    for (unsigned digit = 0; digit < DIGITS; digit++) {
        if (!sort_digit(from, to, count, digit * 8, uses[digit])) continue;
        SortItem *swap = from;
        from = to;
        to = swap;
    }
    if (from != items) memcpy(items, from, count * sizeof *items);
}
