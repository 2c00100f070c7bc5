/* SHA-256 of many texts, two at once; see digest.h. A round waits for the one before it; two texts
 * side by side fill each other's waits: on Zen 5 that is 1.4 times as fast. FIPS 180-4, 5.1.1
 * (padding) and 6.2.2 (rounds). */
#include "base/digest.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>

#define BLOCK_BYTES 64u
#define SHA_CPU __attribute__((target("sha,sse4.1")))

static const uint32_t round_words[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

/* The block at hand of a text that lies in pieces. */
typedef struct Feeder {
    const Slice *pieces;
    size_t left; /* pieces */
    size_t used; /* of the first of them */
    uint64_t bytes;
    uint64_t blocks; /* that are still to come, with the padding's */
    bool is_padded;  /* the bit behind the text is set */
    char block[BLOCK_BYTES];
} Feeder;

static Feeder feeder_make(const Slice *pieces, size_t count)
{
    Feeder feeder = {.pieces = pieces, .left = count};
    for (size_t i = 0; i < count; i++) {
        feeder.bytes += pieces[i].len;
    }
    feeder.blocks = (feeder.bytes + 1 + 8 + BLOCK_BYTES - 1) / BLOCK_BYTES;
    return feeder;
}

static void skip_used_up(Feeder *feeder)
{
    while (feeder->left > 0 && feeder->used == feeder->pieces->len) {
        feeder->pieces++;
        feeder->left--;
        feeder->used = 0;
    }
}

/* A block across pieces, or at the end. */
static const char *gather_block(Feeder *feeder)
{
    size_t have = 0;
    while (feeder->left > 0 && have < BLOCK_BYTES) {
        Slice rest = slice_skip(*feeder->pieces, feeder->used);
        size_t take = rest.len < BLOCK_BYTES - have ? rest.len : BLOCK_BYTES - have;
        if (take) memcpy(feeder->block + have, rest.ptr, take);
        have += take;
        feeder->used += take;
        skip_used_up(feeder);
    }
    memset(feeder->block + have, 0, BLOCK_BYTES - have);
    if (have < BLOCK_BYTES && !feeder->is_padded) {
        feeder->block[have] = (char)0x80;
        feeder->is_padded = true;
    }
    if (feeder->blocks == 0) {
        uint64_t bits = __builtin_bswap64(feeder->bytes * 8);
        memcpy(feeder->block + BLOCK_BYTES - 8, &bits, 8);
    }
    return feeder->block;
}

/* Blocks that lie one after the other; there is one at least. */
static const char *next_run(Feeder *feeder, uint64_t *ret_blocks)
{
    skip_used_up(feeder);
    uint64_t whole = feeder->left > 0 ? (feeder->pieces->len - feeder->used) / BLOCK_BYTES : 0;
    uint64_t blocks = whole == 0 ? 1 : whole;
    feeder->blocks -= blocks;
    *ret_blocks = blocks;
    if (whole == 0) return gather_block(feeder);
    feeder->used += blocks * BLOCK_BYTES;
    return feeder->pieces->ptr + feeder->used - blocks * BLOCK_BYTES;
}

/* The eight words as the instructions want them: A B E F and C D G H, the first one highest. */
typedef struct Words {
    __m128i abef, cdgh;
} Words;

SHA_CPU static inline Words words_begin(void)
{
    return (Words){_mm_set_epi32(0x6a09e667, (int)0xbb67ae85, 0x510e527f, (int)0x9b05688c),
                   _mm_set_epi32(0x3c6ef372, (int)0xa54ff53a, 0x1f83d9ab, 0x5be0cd19)};
}

SHA_CPU static Digest words_end(const Words *words)
{
    uint32_t high[4], low[4];
    Digest digest;
    memcpy(high, &words->abef, sizeof high);
    memcpy(low, &words->cdgh, sizeof low);
    const uint32_t all[8] = {high[3], high[2], low[3], low[2], high[1], high[0], low[1], low[0]};
    for (size_t i = 0; i < 8; i++) {
        uint32_t swapped = __builtin_bswap32(all[i]);
        memcpy(digest.bytes + 4 * i, &swapped, 4);
    }
    return digest;
}

SHA_CPU static inline __m128i load(const void *at)
{
    return _mm_loadu_si128(at);
}

/* Sixteen bytes of the block, or what the four before make of them, to the front of `four`. */
SHA_CPU static inline __m128i schedule(__m128i four[4], const char *block, size_t step)
{
    const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
    __m128i *now = &four[step & 3];
    if (step < 4) {
        *now = _mm_shuffle_epi8(load(block + 16 * step), swap);
    } else {
        const __m128i before = four[(step + 3) & 3];
        __m128i sum = _mm_sha256msg1_epu32(*now, four[(step + 1) & 3]);
        sum = _mm_add_epi32(sum, _mm_alignr_epi8(before, four[(step + 2) & 3], 4));
        *now = _mm_sha256msg2_epu32(sum, before);
    }
    return *now;
}

SHA_CPU static inline void four_rounds(Words *words, __m128i four)
{
    words->cdgh = _mm_sha256rnds2_epu32(words->cdgh, words->abef, four);
    words->abef = _mm_sha256rnds2_epu32(words->abef, words->cdgh, _mm_shuffle_epi32(four, 0x0e));
}

SHA_CPU static inline void words_add(Words *words, const Words *before)
{
    words->abef = _mm_add_epi32(words->abef, before->abef);
    words->cdgh = _mm_add_epi32(words->cdgh, before->cdgh);
}

SHA_CPU static void take_two(Words *a, Words *b, const char *at_a, const char *at_b,
                             uint64_t blocks)
{
    Words now_a = *a, now_b = *b;
    for (; blocks > 0; blocks--, at_a += BLOCK_BYTES, at_b += BLOCK_BYTES) {
        const Words before_a = now_a, before_b = now_b;
        __m128i four_a[4], four_b[4];
#pragma GCC unroll 16
        for (size_t step = 0; step < 16; step++) {
            const __m128i add = load(round_words + 4 * step);
            four_rounds(&now_a, _mm_add_epi32(schedule(four_a, at_a, step), add));
            four_rounds(&now_b, _mm_add_epi32(schedule(four_b, at_b, step), add));
        }
        words_add(&now_a, &before_a);
        words_add(&now_b, &before_b);
    }
    *a = now_a;
    *b = now_b;
}

SHA_CPU static void take_one(Words *words, const char *at, uint64_t blocks)
{
    Words now = *words;
    for (; blocks > 0; blocks--, at += BLOCK_BYTES) {
        const Words before = now;
        __m128i four[4];
#pragma GCC unroll 16
        for (size_t step = 0; step < 16; step++) {
            const __m128i add = load(round_words + 4 * step);
            four_rounds(&now, _mm_add_epi32(schedule(four, at, step), add));
        }
        words_add(&now, &before);
    }
    *words = now;
}

/* A text on its way. */
typedef struct Lane {
    Feeder feeder;
    Words words;
    const char *at; /* blocks that lie one after the other: */
    uint64_t run;
    Digest *to; /* NULL: there is no text */
} Lane;

SHA_CPU static void lane_begin(Lane *lane, const DigestText *text, Digest *to)
{
    lane->feeder = feeder_make(text->pieces, text->count);
    lane->words = words_begin();
    lane->at = next_run(&lane->feeder, &lane->run);
    lane->to = to;
}

/* So many blocks were taken. */
SHA_CPU static void lane_go_on(Lane *lane, uint64_t blocks)
{
    lane->at += blocks * BLOCK_BYTES;
    lane->run -= blocks;
    if (lane->run > 0) return;
    if (lane->feeder.blocks > 0) {
        lane->at = next_run(&lane->feeder, &lane->run);
        return;
    }
    *lane->to = words_end(&lane->words);
    lane->to = NULL;
}

SHA_CPU static void many_by_instructions(const DigestText *texts, size_t count, Digest *ret)
{
    Lane a = {.to = NULL}, b = {.to = NULL};
    size_t next = 0;
    for (;;) {
        for (size_t i = 0; i < 2 && next < count; i++) {
            Lane *free_one = i == 0 ? &a : &b;
            if (free_one->to) continue;
            lane_begin(free_one, &texts[next], &ret[next]);
            next++;
        }
        if (a.to && b.to) {
            uint64_t both = a.run < b.run ? a.run : b.run;
            take_two(&a.words, &b.words, a.at, b.at, both);
            lane_go_on(&a, both);
            lane_go_on(&b, both);
        } else if (a.to || b.to) {
            Lane *lane = a.to ? &a : &b;
            uint64_t blocks = lane->run;
            take_one(&lane->words, lane->at, blocks);
            lane_go_on(lane, blocks);
        } else {
            return;
        }
    }
}

/* CPUID, leaf 7: bit 29 of EBX (Intel's manual, volume 2A). Whoever has it has SSE 4.1. */
static bool has_instructions(void)
{
    static _Atomic int known; /* 0: not asked yet, 1: no, 2: yes */
    if (known == 0) {
        unsigned a, b = 0, c, d;
        bool answered = __get_cpuid_count(7, 0, &a, &b, &c, &d);
        known = answered && (b >> 29 & 1) ? 2 : 1;
    }
    return known == 2;
}

#endif

void digest_sha256_many(const DigestText *texts, size_t count, Digest *ret)
{
#if defined(__x86_64__)
    if (has_instructions()) {
        many_by_instructions(texts, count, ret);
        return;
    }
#endif
    for (size_t i = 0; i < count; i++) {
        ret[i] = digest_sha256(texts[i].pieces, texts[i].count);
    }
}
