/* What token_builder.c gathers and token_write.c writes. */
#ifndef AKASHI_STORE_TOKEN_BUILDER_INT_H
#define AKASHI_STORE_TOKEN_BUILDER_INT_H

#include "store/tokens/block_set.h"
#include "store/tokens/token_builder.h"

/* A set of blocks is a path in a tree: the set of the parent, and one block more. As blocks only
 * rise, a set's child for the present block, if there is one, is its newest child. Set 0 is empty.
 */
typedef struct SetNode {
    uint32_t parent;
    uint32_t newest_child; /* 0: none */
    uint32_t older;        /* the parent's child before this one, 0: none */
    uint16_t block;
    uint16_t depth; /* blocks in the set */
} SetNode;

typedef struct WordEntry {
    uint32_t text_offset;
    uint32_t set;
    uint32_t len;
} WordEntry;

typedef struct WordSlot {
    uint32_t tag;
    uint32_t entry; /* + 1; 0: free */
} WordSlot;

/* Numbers and fingerprints. */
typedef struct KeyEntry {
    uint64_t key;
    uint32_t set; /* 0: free */
} KeyEntry;

typedef struct KeyTable {
    KeyEntry *entries;
    size_t capacity; /* a power of two, or 0 */
    size_t count;
} KeyTable;

typedef struct IndexBuilder {
    uint64_t seed;
    size_t bytes_max;
    size_t bytes; /* of all below */
    size_t bytes_peak;
    uint32_t block;       /* the present one */
    uint32_t block_count; /* the present one + 1; 0: none yet */
    uint64_t block_salt;

    uint64_t *values; /* hashes of values, and of words, lately seen, with their block's salt */
    uint64_t *words;
    char before[512]; /* the beginning of the value before, of the same block */
    size_t before_len;
    char *folded;
    size_t folded_capacity;

    char *text;
    size_t text_len, text_capacity;
    WordEntry *entries;
    size_t entry_count, entry_capacity;
    WordSlot *slots;
    size_t slot_capacity;

    KeyTable keys[TOKEN_CLASS_COUNT]; /* [TOKEN_TEXT] is not used */

    SetNode *sets;
    size_t set_count, set_capacity;

    BlockSet open, loose;
    uint8_t random_bytes_max[BLOCK_SET_BLOCKS_MAX]; /* the longest TOKEN_RANDOM of each block */
} IndexBuilder;

#endif
