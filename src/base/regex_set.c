/* Sets of characters of regular expressions. */
#include "base/regex_int.h"

#include "base/fold.h"

#include <errno.h>
#include <stdlib.h>

int regex_ranges_add(RegexRanges *set, Arena *arena, uint32_t first, uint32_t last)
{
    if (set->count > 0 && set->list[set->count - 1].first <= first &&
        set->list[set->count - 1].last + 1 >= first) {
        if (last > set->list[set->count - 1].last) set->list[set->count - 1].last = last;
        return 0;
    }
    if (set->count == REGEX_RANGES_MAX) return -E2BIG;
    if (set->count % 16 == 0) {
        RegexRange *larger = ARENA_ARRAY(arena, RegexRange, set->count + 16);
        if (!larger) return -ENOMEM;
        if (set->count) memcpy(larger, set->list, set->count * sizeof *larger);
        set->list = larger;
    }
    set->list[set->count++] = (RegexRange){first, last};
    return 0;
}

static int compare_ranges(const void *left, const void *right)
{
    const RegexRange *a = left, *b = right;
    return (a->first > b->first) - (a->first < b->first);
}

static void normalise(RegexRanges *set)
{
    size_t kept = 0;
    if (set->count == 0) return;
    qsort(set->list, set->count, sizeof *set->list, compare_ranges);
    for (size_t i = 1; i < set->count; i++) {
        RegexRange *last = &set->list[kept], *range = &set->list[i];
        if (range->first <= last->last + 1) {
            if (range->last > last->last) last->last = range->last;
        } else {
            set->list[++kept] = *range;
        }
    }
    set->count = kept + 1;
}

static int negate_set(RegexRanges *set, Arena *arena)
{
    RegexRanges inverse = {0};
    uint32_t next = 0;
    int r = 0;
    for (size_t i = 0; i < set->count && r == 0; i++) {
        if (set->list[i].first > next)
            r = regex_ranges_add(&inverse, arena, next, set->list[i].first - 1);
        next = set->list[i].last + 1;
    }
    if (r == 0 && next <= CODE_POINT_MAX)
        r = regex_ranges_add(&inverse, arena, next, CODE_POINT_MAX);
    *set = inverse;
    return r;
}

/* The letters of the text are folded, so those of the set are folded too. Nothing folds outside of
 * these blocks (base/fold.h). */
static int fold_set(RegexRanges *set, Arena *arena, RegexFold fold)
{
    static const RegexRange blocks[] = {{'A', 0x42f}, {0x3000, 0x3000}, {0xff01, 0xffee}};
    size_t count = set->count;
    int r = 0;
    for (size_t i = 0; i < count; i++) {
        const RegexRange range = set->list[i];
        for (size_t k = 0; k < ARRAY_COUNT(blocks); k++) {
            uint32_t from = range.first > blocks[k].first ? range.first : blocks[k].first;
            uint32_t to = range.last < blocks[k].last ? range.last : blocks[k].last;
            for (uint32_t c = from; c <= to && r == 0; c++) {
                uint32_t folded = fold(c);
                if (folded != c && (folded < range.first || folded > range.last))
                    r = regex_ranges_add(set, arena, folded, folded);
            }
        }
    }
    return r;
}

int regex_ranges_finish(RegexRanges *set, Arena *arena, RegexFold fold, bool negate)
{
    normalise(set);
    int r = fold ? fold_set(set, arena, fold) : 0;
    if (r < 0) return r;
    normalise(set);
    return negate ? negate_set(set, arena) : 0;
}

int regex_ranges_add_letter(RegexRanges *set, Arena *arena, char letter)
{
    static const RegexRange digits[] = {{'0', '9'}};
    static const RegexRange words[] = {
        {'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}, {0xc0, CODE_POINT_MAX}};
    static const RegexRange blanks[] = {{'\t', '\r'}, {' ', ' '}};
    char small = (char)(letter | 32);
    const RegexRange *list = small == 'd' ? digits : small == 'w' ? words : blanks;
    size_t count = small == 'd' ? ARRAY_COUNT(digits)
                                : (small == 'w' ? ARRAY_COUNT(words) : ARRAY_COUNT(blanks));
    RegexRanges named = {0};
    int r = 0;
    for (size_t i = 0; i < count && r == 0; i++) {
        r = regex_ranges_add(&named, arena, list[i].first, list[i].last);
    }
    if (r == 0 && letter != small) r = negate_set(&named, arena);
    for (size_t i = 0; i < named.count && r == 0; i++) {
        r = regex_ranges_add(set, arena, named.list[i].first, named.list[i].last);
    }
    return r;
}
