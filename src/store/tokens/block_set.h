/* A set of the blocks of one segment: a bit for each. Passed by pointer, owns nothing. */
#ifndef AKASHI_STORE_BLOCK_SET_H
#define AKASHI_STORE_BLOCK_SET_H

#include "base/slice.h"

#define BLOCK_SET_BLOCKS_MAX 4096u /* of one segment */

typedef struct BlockSet {
    uint32_t block_count; /* of the segment, 0 ... BLOCK_SET_BLOCKS_MAX */
    uint64_t words[BLOCK_SET_BLOCKS_MAX / 64];
} BlockSet;

static inline void block_set_none(BlockSet *set, uint32_t block_count)
{
    memset(set, 0, sizeof *set);
    set->block_count = block_count;
}
static inline void block_set_all(BlockSet *set, uint32_t block_count)
{
    block_set_none(set, block_count);
    for (uint32_t i = 0; i < block_count; i++) {
        set->words[i / 64] |= (uint64_t)1 << i % 64;
    }
}
/* block < block_count. */
static inline void block_set_add(BlockSet *set, uint32_t block)
{
    set->words[block / 64] |= (uint64_t)1 << block % 64;
}
static inline bool block_set_has(const BlockSet *set, uint32_t block)
{
    return block < set->block_count && (set->words[block / 64] >> block % 64 & 1);
}
/* Both sets are of the same segment. */
static inline void block_set_and(BlockSet *set, const BlockSet *other)
{
    for (uint32_t i = 0; i < BLOCK_SET_BLOCKS_MAX / 64; i++) {
        set->words[i] &= other->words[i];
    }
}
static inline void block_set_or(BlockSet *set, const BlockSet *other)
{
    for (uint32_t i = 0; i < BLOCK_SET_BLOCKS_MAX / 64; i++) {
        set->words[i] |= other->words[i];
    }
}
static inline uint32_t block_set_size(const BlockSet *set)
{
    uint32_t size = 0;
    for (uint32_t i = 0; i < BLOCK_SET_BLOCKS_MAX / 64; i++) {
        size += (uint32_t)__builtin_popcountll(set->words[i]);
    }
    return size;
}

#endif
