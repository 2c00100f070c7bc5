/* A piece of somebody else's bytes: pointer and length, passed by value, never owning, not
 * NUL-terminated. An empty slice may have a null pointer. Text is UTF-8 unless a name says bytes.
 */
#ifndef AKASHI_BASE_SLICE_H
#define AKASHI_BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct Slice {
    const char *ptr;
    size_t len;
} Slice;

/* A slice of a string literal, usable in static tables. */
#define SLICE(literal) ((Slice){.ptr = (literal), .len = sizeof(literal) - 1})
/* The same for initialisers of static const objects. */
#define SLICE_INIT(literal)                                                                        \
    {                                                                                              \
        .ptr = (literal), .len = sizeof(literal) - 1                                               \
    }
/* For printf: printf("%.*s", SLICE_FMT(s)). Lengths over INT_MAX print as INT_MAX bytes. */
#define SLICE_FMT(s) ((s).len > 0x7fffffff ? 0x7fffffff : (int)(s).len), ((s).ptr ? (s).ptr : "")

static inline Slice slice_of(const void *ptr, size_t len)
{
    return (Slice){.ptr = ptr, .len = len};
}
static inline Slice slice_from_cstr(const char *text)
{
    return (Slice){.ptr = text, .len = text ? strlen(text) : 0};
}
static inline uint64_t slice_load64(const char *at)
{
    uint64_t value;
    memcpy(&value, at, sizeof value);
    return value;
}
static inline uint32_t slice_load32(const char *at)
{
    uint32_t value;
    memcpy(&value, at, sizeof value);
    return value;
}
/* Most values that are compared are short, and differ at once or not at all: a call would cost more
 * than what it looks at. Both ends are compared, which may overlap. */
static inline bool slice_eq(Slice a, Slice b)
{
    const size_t len = a.len;
    if (len != b.len) return false;
    if (len > 32) return memcmp(a.ptr, b.ptr, len) == 0;
    if (len >= 8) {
        const char *x = a.ptr + len, *y = b.ptr + len;
        uint64_t differs = (slice_load64(a.ptr) ^ slice_load64(b.ptr)) |
                           (slice_load64(x - 8) ^ slice_load64(y - 8));
        if (len <= 16 || differs) return differs == 0;
        return ((slice_load64(a.ptr + 8) ^ slice_load64(b.ptr + 8)) |
                (slice_load64(x - 16) ^ slice_load64(y - 16))) == 0;
    }
    if (len >= 4) {
        return slice_load32(a.ptr) == slice_load32(b.ptr) &&
               slice_load32(a.ptr + len - 4) == slice_load32(b.ptr + len - 4);
    }
    for (size_t i = 0; i < len; i++) {
        if (a.ptr[i] != b.ptr[i]) return false;
    }
    return true;
}
/* The rest after the first `count` bytes; empty when there are fewer. */
static inline Slice slice_skip(Slice s, size_t count)
{
    return count >= s.len ? (Slice){.ptr = s.ptr ? s.ptr + s.len : NULL, .len = 0}
                          : (Slice){.ptr = s.ptr + count, .len = s.len - count};
}
static inline Slice slice_first(Slice s, size_t count)
{
    return (Slice){.ptr = s.ptr, .len = count < s.len ? count : s.len};
}

#define SLICE_NOT_FOUND SIZE_MAX

/* ASCII letters compare alike; all other bytes exactly. */
bool slice_eq_nocase(Slice a, Slice b);
/* memcmp order, a shorter prefix first: negative, 0, positive. */
int slice_compare(Slice a, Slice b);
bool slice_starts(Slice s, Slice prefix);
bool slice_starts_nocase(Slice s, Slice prefix);
bool slice_ends(Slice s, Slice suffix);
/* Offset of the first occurrence, or SLICE_NOT_FOUND. An empty needle is found at 0. */
size_t slice_find(Slice s, Slice needle);
size_t slice_find_nocase(Slice s, Slice needle);
size_t slice_find_char(Slice s, char c);
size_t slice_rfind_char(Slice s, char c);
/* Without leading and trailing ASCII blanks (space, tab, CR, LF, VT, FF). */
Slice slice_trim(Slice s);
/* Takes the bytes before the first `separator` off the front of *rest and skips the separator;
 * without one takes all. False when *rest was already empty. */
bool slice_cut(Slice *rest, char separator, Slice *ret_piece);

#endif
