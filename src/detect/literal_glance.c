/* See literal_glance.h. */
#include "detect/literal_glance.h"

#ifdef __x86_64__
#include <immintrin.h>

#define LOOKS __attribute__((target("avx2")))

enum { BEGIN_BYTES = 4, BLOCK_BYTES = 32, GROUPS = 8, SHORT_BYTES_MAX = 64 };
enum { READ_BYTES = BLOCK_BYTES + BEGIN_BYTES - 1 };

static void add_byte(LiteralGlance *glance, size_t place, unsigned char byte, uint8_t group)
{
    glance->low[place][byte & 15] |= group;
    glance->high[place][byte >> 4] |= group;
}

static void add_literal(LiteralGlance *glance, Slice text, uint8_t group)
{
    for (size_t i = 0; i < BEGIN_BYTES; i++) {
        if (i >= text.len) { /* anything may stand there, also the end */
            for (size_t k = 0; k < 16; k++) {
                glance->low[i][k] |= group;
                glance->high[i][k] |= group;
            }
            continue;
        }
        unsigned char byte = (unsigned char)text.ptr[i];
        add_byte(glance, i, byte, group);
        if (byte >= 'a' && byte <= 'z') add_byte(glance, i, byte - 32, group);
    }
}

static bool begins_well(Slice text)
{
    if (text.len < 2) return false;
    for (size_t i = 0; i < BEGIN_BYTES && i < text.len; i++) {
        if ((unsigned char)text.ptr[i] >= 0x80) return false;
    }
    return true;
}

bool literal_glance_make(const Literal *list, size_t count, LiteralGlance *ret)
{
    *ret = (LiteralGlance){0};
    if (count > GLANCE_LITERALS_MAX || !__builtin_cpu_supports("avx2")) return false;
    for (size_t i = 0; i < count; i++) {
        if (!begins_well(list[i].text)) return false;
        ret->has_short |= list[i].text.len < BEGIN_BYTES;
        /* Neighbours begin alike: as one group they leave the fewest half bytes. */
        add_literal(ret, list[i].text, (uint8_t)(1u << (i * GROUPS / count)));
    }
    return true;
}

/* The half bytes of one place of the beginning, for all 32 bytes at once. */
LOOKS static inline __m256i look(const LiteralGlance *glance, size_t place, __m256i bytes)
{
    const __m256i half = _mm256_set1_epi8(15);
    __m256i low = _mm256_broadcastsi128_si256(_mm_loadu_si128((const void *)glance->low[place]));
    __m256i high = _mm256_broadcastsi128_si256(_mm_loadu_si128((const void *)glance->high[place]));
    __m256i upper = _mm256_and_si256(_mm256_srli_epi16(bytes, 4), half);
    return _mm256_and_si256(_mm256_shuffle_epi8(low, _mm256_and_si256(bytes, half)),
                            _mm256_shuffle_epi8(high, upper));
}

/* Bits of 32 places, given the bytes there and those one, two and three places on. */
LOOKS static inline uint32_t beginnings(const LiteralGlance *glance, __m256i first, __m256i second,
                                        __m256i third, __m256i fourth)
{
    __m256i all = _mm256_and_si256(look(glance, 0, first), look(glance, 1, second));
    all = _mm256_and_si256(all, look(glance, 2, third));
    all = _mm256_and_si256(all, look(glance, 3, fourth));
    return ~(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(all, _mm256_setzero_si256()));
}

LOOKS static inline __m256i load_32(const char *at)
{
    return _mm256_loadu_si256((const void *)at);
}

/* The 32 places from `at` on; three bytes more must be there. */
LOOKS static inline uint64_t beginnings_at(const LiteralGlance *glance, const char *at)
{
    return beginnings(glance, load_32(at), load_32(at + 1), load_32(at + 2), load_32(at + 3));
}

LOOKS static inline __m256i load_halves(const char *low, const char *high)
{
    return _mm256_inserti128_si256(_mm256_castsi128_si256(_mm_loadu_si128((const void *)low)),
                                   _mm_loadu_si128((const void *)high), 1);
}

/* Two times sixteen places; behind each half come zeros. */
LOOKS static inline uint32_t beginnings_of_halves(const LiteralGlance *glance, __m256i halves)
{
    return beginnings(glance, halves, _mm256_bsrli_epi128(halves, 1),
                      _mm256_bsrli_epi128(halves, 2), _mm256_bsrli_epi128(halves, 3));
}

/* At most 16 bytes, with zeros behind, and none read beyond them. */
LOOKS static inline __m256i load_short(Slice text)
{
    uint64_t low = 0, high = 0;
    if (text.len >= 8) {
        memcpy(&low, text.ptr, 8);
        memcpy(&high, text.ptr + text.len - 8, 8);
        high = text.len == 8 ? 0 : high >> (8 * (16 - text.len));
    } else if (text.len >= 4) {
        uint32_t front, back;
        memcpy(&front, text.ptr, 4);
        memcpy(&back, text.ptr + text.len - 4, 4);
        low = front | (uint64_t)back << (8 * (text.len - 4));
    } else {
        for (size_t i = 0; i < text.len; i++) {
            low |= (uint64_t)(unsigned char)text.ptr[i] << (8 * i);
        }
    }
    return _mm256_set_epi64x(0, 0, (long long)high, (long long)low);
}

/* The last three places have no four bytes: where a literal may be so short, they always count. */
static uint64_t last_places(const LiteralGlance *glance, size_t count)
{
    return glance->has_short ? (uint64_t)7 << (count - 3) : 0;
}

/* A text of at most 64 bytes, looked at from both its ends. */
LOOKS static uint64_t beginnings_of_short(const LiteralGlance *glance, Slice text)
{
    const char *at = text.ptr;
    size_t len = text.len;
    if (len <= 16) return beginnings_of_halves(glance, load_short(text)) & ((1u << len) - 1);
    if (len <= 29) { /* of the front half the first 13 places are right */
        uint32_t bits = beginnings_of_halves(glance, load_halves(at, at + len - 16));
        return (bits & 0x1fff) | (uint64_t)(bits >> 16) << (len - 16);
    }
    if (len < READ_BYTES) {
        const char *back = at + len - 19;
        uint32_t bits = beginnings(glance, load_halves(at, back), load_halves(at + 1, back + 1),
                                   load_halves(at + 2, back + 2), load_halves(at + 3, back + 3));
        return (bits & 0xffff) | (uint64_t)(bits >> 16) << (len - 19) | last_places(glance, len);
    }
    size_t last = len - READ_BYTES;
    return beginnings_at(glance, at) | beginnings_at(glance, at + last) << last |
           last_places(glance, len);
}

/* At a text longer than 64 bytes: whole blocks, the last one as far back as it needs. */
LOOKS static bool advance_long(GlanceWalk *walk)
{
    Slice text = walk->text;
    const LiteralGlance *glance = walk->glance;
    for (size_t at = walk->unlooked; at + READ_BYTES <= text.len; at += BLOCK_BYTES) {
        walk->bits = beginnings_at(glance, text.ptr + at);
        if (!walk->bits) continue;
        walk->block = at;
        walk->unlooked = at + BLOCK_BYTES;
        return true;
    }
    size_t at = text.len - READ_BYTES, looked = walk->unlooked;
    looked += looked < at ? (at - looked + BLOCK_BYTES - 1) / BLOCK_BYTES * BLOCK_BYTES : 0;
    walk->bits = beginnings_at(glance, text.ptr + at) | last_places(glance, READ_BYTES);
    walk->bits &= UINT64_MAX << (looked - at);
    walk->block = at;
    walk->unlooked = text.len;
    return walk->bits != 0;
}

bool literal_glance_advance(GlanceWalk *walk)
{
    if (walk->unlooked >= walk->text.len) return false;
    if (walk->text.len > SHORT_BYTES_MAX) return advance_long(walk);
    size_t from = walk->unlooked;
    walk->block = 0;
    walk->unlooked = walk->text.len;
    walk->bits = beginnings_of_short(walk->glance, walk->text) & UINT64_MAX << from;
    return walk->bits != 0;
}

#else

bool literal_glance_make(const Literal *list, size_t count, LiteralGlance *ret)
{
    (void)list;
    (void)count;
    *ret = (LiteralGlance){0};
    return false;
}

/* Nothing is made here, so nobody walks; every place would be the right answer. */
bool literal_glance_advance(GlanceWalk *walk)
{
    if (walk->unlooked >= walk->text.len) return false;
    walk->block = walk->unlooked++;
    walk->bits = 1;
    return true;
}

#endif
