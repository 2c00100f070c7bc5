/* See password_common.h: passwords and words that stand in lists, alone or with digits and signs
 * around them. The lists are those of the package zxcvbn, made into a table by tools/passwords.py
 * at build time: 64 bits of a hash each, so that nothing has to be unpacked and none of them stands
 * in the program. Two texts of one hash: one of 10^14 good passwords is refused for it. */
#include "account/password_common.h"

#include <stdlib.h>

/* FNV-1a (Fowler, Noll, Vo), ascending. Nobody gains by a collision. */
static const uint64_t listed[] = {
#include "password_listed.inc"
};

static uint64_t hash_of(Slice text)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < text.len; i++)
        hash = (hash ^ (unsigned char)text.ptr[i]) * 0x100000001b3u;
    return hash;
}

static int compare(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
    return left < right ? -1 : left > right;
}

static bool is_in_table(Slice text)
{
    uint64_t hash = hash_of(text);
    return text.len >= LISTED_CHARACTERS_MIN &&
           bsearch(&hash, listed, ARRAY_COUNT(listed), sizeof hash, compare) != NULL;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (unsigned char)c >= 0x80;
}

/* Without what people put before and behind a word. */
static Slice core_of(Slice text)
{
    size_t from = 0, to = text.len;
    while (from < to && from < LISTED_ORNAMENT_CHARACTERS_MAX && !is_letter(text.ptr[from]))
        from++;
    while (to > from && text.len - to < LISTED_ORNAMENT_CHARACTERS_MAX &&
           !is_letter(text.ptr[to - 1]))
        to--;
    return slice_of(text.ptr + from, to - from);
}

bool password_is_listed(Slice plain, Slice spoken)
{
    Slice core = core_of(plain);
    Slice spoken_core = slice_of(spoken.ptr + (core.ptr - plain.ptr), core.len);
    return is_in_table(plain) || is_in_table(spoken) || is_in_table(core) ||
           is_in_table(spoken_core);
}
