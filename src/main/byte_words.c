/* See byte_words.h. */
#include "main/byte_words.h"

#include "base/cleanup.h"

#include <stdio.h>

Slice byte_words(char *room, uint64_t bytes)
{
    static const char *const units[] = {"KiB", "MiB", "GiB", "TiB", "PiB"};
    double amount = (double)bytes;
    size_t unit = 0;
    if (bytes < 1024) {
        snprintf(room, BYTE_WORDS_MAX, "%u bytes", (unsigned)bytes);
        return slice_from_cstr(room);
    }
    for (amount /= 1024; amount >= 1024 && unit + 1 < ARRAY_COUNT(units); unit++) {
        amount /= 1024;
    }
    snprintf(room, BYTE_WORDS_MAX, "%.1f %s", amount, units[unit]);
    return slice_from_cstr(room);
}

Slice digest_words(char *room, const Digest *digest)
{
    for (size_t i = 0; i < sizeof digest->bytes; i++) {
        snprintf(room + 2 * i, 3, "%02x", digest->bytes[i]);
    }
    return slice_from_cstr(room);
}
