/* A bit for each row of a block: words that the caller keeps, all of one length. */
#ifndef AKASHI_SEARCH_ROW_BITS_H
#define AKASHI_SEARCH_ROW_BITS_H

#include "base/arena.h"

#include <errno.h>

typedef struct RowBits {
    uint64_t *words;
    uint32_t word_count;
} RowBits;

static inline uint32_t row_words(uint32_t row_count)
{
    return (row_count + 63) / 64;
}
/* All zero. -ENOMEM. */
MUST_USE static inline int row_bits_new(uint32_t word_count, Arena *arena, RowBits *ret)
{
    uint64_t *words = (uint64_t *)arena_alloc_array(arena, (size_t)word_count + 1, sizeof *words);
    if (!words) return -ENOMEM;
    *ret = (RowBits){words, word_count};
    return 0;
}
static inline void row_bits_set(RowBits bits, uint32_t row)
{
    bits.words[row / 64] |= (uint64_t)1 << row % 64;
}
static inline bool row_bits_has(RowBits bits, uint32_t row)
{
    return bits.words[row / 64] >> row % 64 & 1;
}
static inline void row_bits_copy(RowBits to, RowBits from)
{
    memcpy(to.words, from.words, from.word_count * sizeof *to.words);
}
static inline void row_bits_and(RowBits to, RowBits other)
{
    for (uint32_t i = 0; i < to.word_count; i++) {
        to.words[i] &= other.words[i];
    }
}
static inline void row_bits_or(RowBits to, RowBits other)
{
    for (uint32_t i = 0; i < to.word_count; i++) {
        to.words[i] |= other.words[i];
    }
}
static inline void row_bits_remove(RowBits to, RowBits other)
{
    for (uint32_t i = 0; i < to.word_count; i++) {
        to.words[i] &= ~other.words[i];
    }
}
static inline bool row_bits_any(RowBits bits)
{
    uint64_t any = 0;
    for (uint32_t i = 0; i < bits.word_count; i++) {
        any |= bits.words[i];
    }
    return any != 0;
}
static inline uint32_t row_bits_count(RowBits bits)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < bits.word_count; i++) {
        count += (uint32_t)__builtin_popcountll(bits.words[i]);
    }
    return count;
}
/* The next row from *position on; false at the end. */
static inline bool row_bits_next(RowBits bits, uint32_t *position, uint32_t *ret_row)
{
    uint32_t word = *position / 64;
    if (word >= bits.word_count) return false;
    uint64_t left = bits.words[word] >> *position % 64 << *position % 64;
    while (left == 0) {
        if (++word == bits.word_count) return false;
        left = bits.words[word];
    }
    *ret_row = word * 64 + (uint32_t)__builtin_ctzll(left);
    *position = *ret_row + 1;
    return true;
}

#endif
