/* See slice.h. */
#include "base/slice.h"

#include "base/stripe.h"

#define NEEDLE_SHORT_BYTES 32 /* a longer one is left to memmem, which no text makes slow */

static inline unsigned char lower(char c)
{
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

bool slice_eq_nocase(Slice a, Slice b)
{
    if (a.len != b.len) return false;
    for (size_t i = 0; i < a.len; i++) {
        if (lower(a.ptr[i]) != lower(b.ptr[i])) return false;
    }
    return true;
}

int slice_compare(Slice a, Slice b)
{
    size_t common = a.len < b.len ? a.len : b.len;
    int order = common ? memcmp(a.ptr, b.ptr, common) : 0;
    if (order != 0) return order;
    return (a.len > b.len) - (a.len < b.len);
}

bool slice_starts(Slice s, Slice prefix)
{
    return s.len >= prefix.len && slice_eq(slice_first(s, prefix.len), prefix);
}

bool slice_starts_nocase(Slice s, Slice prefix)
{
    return s.len >= prefix.len && slice_eq_nocase(slice_first(s, prefix.len), prefix);
}

bool slice_ends(Slice s, Slice suffix)
{
    return s.len >= suffix.len && slice_eq(slice_skip(s, s.len - suffix.len), suffix);
}

/* By its first and last byte together, sixty-four places at a time. */
static size_t find_short(Slice s, Slice needle)
{
    const size_t behind = needle.len - 1, places = s.len - behind;
    for (size_t at = 0; at < places; at += STRIPE_BYTES) {
        const Stripe first = stripe_load(s.ptr + at, s.len - at);
        const Stripe last = stripe_load(s.ptr + at + behind, places - at);
        uint64_t bits =
            stripe_equal(&first, needle.ptr[0]) & stripe_equal(&last, needle.ptr[behind]);
        if (places - at < STRIPE_BYTES) bits &= ((uint64_t)1 << (places - at)) - 1;
        for (; bits; bits &= bits - 1) {
            size_t place = at + (size_t)__builtin_ctzll(bits);
            if (slice_eq(slice_of(s.ptr + place, needle.len), needle)) return place;
        }
    }
    return SLICE_NOT_FOUND;
}

size_t slice_find(Slice s, Slice needle)
{
    if (needle.len == 0) return 0;
    if (s.len < needle.len) return SLICE_NOT_FOUND;
    if (needle.len == 1) return slice_find_char(s, needle.ptr[0]);
    if (needle.len <= NEEDLE_SHORT_BYTES) return find_short(s, needle);
    const char *at = memmem(s.ptr, s.len, needle.ptr, needle.len);
    return at ? (size_t)(at - s.ptr) : SLICE_NOT_FOUND;
}

size_t slice_find_nocase(Slice s, Slice needle)
{
    if (needle.len == 0) return 0;
    for (size_t i = 0; i + needle.len <= s.len; i++) {
        if (lower(s.ptr[i]) == lower(needle.ptr[0]) &&
            slice_eq_nocase(slice_of(s.ptr + i, needle.len), needle)) {
            return i;
        }
    }
    return SLICE_NOT_FOUND;
}

size_t slice_find_char(Slice s, char c)
{
    const char *at = s.len ? memchr(s.ptr, c, s.len) : NULL;
    return at ? (size_t)(at - s.ptr) : SLICE_NOT_FOUND;
}

size_t slice_rfind_char(Slice s, char c)
{
    const char *at = s.len ? memrchr(s.ptr, c, s.len) : NULL;
    return at ? (size_t)(at - s.ptr) : SLICE_NOT_FOUND;
}

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

Slice slice_trim(Slice s)
{
    while (s.len > 0 && is_blank(s.ptr[0])) {
        s.ptr++;
        s.len--;
    }
    while (s.len > 0 && is_blank(s.ptr[s.len - 1])) {
        s.len--;
    }
    return s;
}

bool slice_cut(Slice *rest, char separator, Slice *ret_piece)
{
    if (rest->len == 0) return false;
    size_t at = slice_find_char(*rest, separator);
    if (at == SLICE_NOT_FOUND) {
        *ret_piece = *rest;
        *rest = slice_skip(*rest, rest->len);
        return true;
    }
    *ret_piece = slice_first(*rest, at);
    *rest = slice_skip(*rest, at + 1);
    return true;
}
