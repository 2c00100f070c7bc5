/* See literal_glance.h. */
#include "detect/literal_glance.h"

#ifdef __x86_64__
#include <immintrin.h>

enum { BEGIN_BYTES = 4, BLOCK_BYTES = 32, GROUPS = 8 };

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

__attribute__((target("avx2"))) static inline __m256i look(const LiteralGlance *glance,
                                                           size_t place, const char *at)
{
    const __m256i half = _mm256_set1_epi8(15);
    __m256i low = _mm256_broadcastsi128_si256(_mm_loadu_si128((const void *)glance->low[place]));
    __m256i high = _mm256_broadcastsi128_si256(_mm_loadu_si128((const void *)glance->high[place]));
    __m256i bytes = _mm256_loadu_si256((const void *)at);
    __m256i upper = _mm256_and_si256(_mm256_srli_epi16(bytes, 4), half);
    return _mm256_and_si256(_mm256_shuffle_epi8(low, _mm256_and_si256(bytes, half)),
                            _mm256_shuffle_epi8(high, upper));
}

/* Bits of the 32 places from `at` on; three bytes more must be there. */
__attribute__((target("avx2"))) static inline uint32_t beginnings(const LiteralGlance *glance,
                                                                  const char *at)
{
    __m256i all = _mm256_and_si256(look(glance, 0, at), look(glance, 1, at + 1));
    all = _mm256_and_si256(all, look(glance, 2, at + 2));
    all = _mm256_and_si256(all, look(glance, 3, at + 3));
    return ~(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(all, _mm256_setzero_si256()));
}

__attribute__((target("avx2"))) size_t literal_glance_next(const LiteralGlance *glance, Slice text,
                                                           size_t at)
{
    enum { READ_BYTES = BLOCK_BYTES + BEGIN_BYTES - 1 };
    if (text.len < READ_BYTES) {
        char room[READ_BYTES] = {0};
        if (at + 2 > text.len) return text.len;
        memcpy(room, text.ptr, text.len);
        uint32_t bits = beginnings(glance, room) & UINT32_MAX << at;
        return bits ? (size_t)__builtin_ctz(bits) : text.len;
    }
    for (; at + READ_BYTES <= text.len; at += BLOCK_BYTES) {
        uint32_t bits = beginnings(glance, text.ptr + at);
        if (bits) return at + (size_t)__builtin_ctz(bits);
    }
    size_t last = text.len - READ_BYTES; /* once more, as far back as the block needs */
    if (at < last + BLOCK_BYTES) {
        uint32_t bits = beginnings(glance, text.ptr + last) & UINT32_MAX << (at - last);
        if (bits) return last + (size_t)__builtin_ctz(bits);
    }
    /* The last three places have no four bytes. */
    size_t tail = at > text.len - BEGIN_BYTES + 1 ? at : text.len - BEGIN_BYTES + 1;
    return glance->has_short ? tail : text.len;
}

#else

bool literal_glance_make(const Literal *list, size_t count, LiteralGlance *ret)
{
    (void)list;
    (void)count;
    *ret = (LiteralGlance){0};
    return false;
}

size_t literal_glance_next(const LiteralGlance *glance, Slice text, size_t at)
{
    (void)glance;
    return at < text.len ? at : text.len;
}

#endif
