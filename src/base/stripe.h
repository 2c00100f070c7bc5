/* Sixty-four bytes at once: which of them are what, as bits of a word (bit i: byte i). For scans
 * that pass over most bytes. SSE2, which every x86-64 has; elsewhere eight bytes at a time. */
#ifndef AKASHI_BASE_STRIPE_H
#define AKASHI_BASE_STRIPE_H

#include "base/slice.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#define STRIPE_BYTES 64u

typedef struct Stripe {
#if defined(__SSE2__)
    __m128i quarter[4];
#else
    uint64_t eighth[8];
#endif
} Stripe;

/* len: of what is there from `at`; bytes past it are taken for zeros. */
static inline Stripe stripe_load(const char *at, size_t len)
{
    char padded[STRIPE_BYTES];
    Stripe stripe;
    if (len < STRIPE_BYTES) {
        memset(padded, 0, sizeof padded);
        if (len) memcpy(padded, at, len);
        at = padded;
    }
    memcpy(&stripe, at, sizeof stripe);
    return stripe;
}

#if defined(__SSE2__)

static inline uint64_t stripe_bits(__m128i a, __m128i b, __m128i c, __m128i d)
{
    uint64_t low = (uint32_t)_mm_movemask_epi8(a) | (uint32_t)_mm_movemask_epi8(b) << 16;
    uint64_t high = (uint32_t)_mm_movemask_epi8(c) | (uint32_t)_mm_movemask_epi8(d) << 16;
    return low | high << 32;
}

static inline uint64_t stripe_equal(const Stripe *stripe, char byte)
{
    const __m128i *quarter = stripe->quarter, want = _mm_set1_epi8(byte);
    return stripe_bits(_mm_cmpeq_epi8(quarter[0], want), _mm_cmpeq_epi8(quarter[1], want),
                       _mm_cmpeq_epi8(quarter[2], want), _mm_cmpeq_epi8(quarter[3], want));
}

/* most: up to 0x7f. */
static inline uint64_t stripe_at_most(const Stripe *stripe, char most)
{
    const __m128i *quarter = stripe->quarter, limit = _mm_set1_epi8(most);
    return stripe_bits(_mm_cmpeq_epi8(_mm_min_epu8(quarter[0], limit), quarter[0]),
                       _mm_cmpeq_epi8(_mm_min_epu8(quarter[1], limit), quarter[1]),
                       _mm_cmpeq_epi8(_mm_min_epu8(quarter[2], limit), quarter[2]),
                       _mm_cmpeq_epi8(_mm_min_epu8(quarter[3], limit), quarter[3]));
}

#else

/* The highest bit of each byte to a bit of eight. */
static inline uint64_t stripe_gather(uint64_t highs)
{
    return (highs >> 7) * 0x0102040810204080u >> 56;
}

static inline uint64_t stripe_equal(const Stripe *stripe, char byte)
{
    const uint64_t lows = 0x7f7f7f7f7f7f7f7fu;
    uint64_t bits = 0;
    for (unsigned i = 0; i < 8; i++) {
        uint64_t other = stripe->eighth[i] ^ 0x0101010101010101u * (unsigned char)byte;
        uint64_t zero = ~(((other & lows) + lows) | other | lows);
        bits |= stripe_gather(zero) << 8 * i;
    }
    return bits;
}

static inline uint64_t stripe_at_most(const Stripe *stripe, char most)
{
    const uint64_t lows = 0x7f7f7f7f7f7f7f7fu;
    uint64_t bits = 0;
    for (unsigned i = 0; i < 8; i++) {
        uint64_t eight = stripe->eighth[i];
        uint64_t over = (eight & lows) + 0x0101010101010101u * (0x7fu - (unsigned char)most);
        bits |= stripe_gather(~(over | eight) & ~lows) << 8 * i;
    }
    return bits;
}

#endif

/* Of backslashes those that begin an escape: each second one of a run, from its first on. *after:
 * in: the first byte is behind one that does; out: the byte after the stripe is. */
static inline uint64_t stripe_escapes(uint64_t backslashes, bool *after)
{
    const uint64_t even = 0x5555555555555555u;
    uint64_t all = backslashes & ~(uint64_t)*after;
    /* Added to its first bit a run becomes zeros. */
    uint64_t even_firsts = all & ~(all << 1) & even;
    uint64_t even_runs = all & ~(all + even_firsts);
    uint64_t escapes = (even_runs & even) | (all & ~even_runs & ~even);
    *after = escapes >> 63;
    return escapes;
}

#endif
