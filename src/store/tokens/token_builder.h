/* Makes the token index of one segment from the values of its blocks. The bytes are described in
 * doc/format/tokens.md, the tokens in token_text.h, the questions in token_index.h.
 *
 * Blocks come one after the other. A value is a whole text as it is searched: what is given in two
 * values is not found as one. The order and number of times that a block's values come in makes no
 * difference to the index; values seen lately cost only a hash.
 *
 * Memory: never over bytes_max while adding, and never over four times that while finishing (that
 * far only when each token is in blocks of its own; the usual is half as much again).
 *   half of it taken   words not met before are kept as fingerprints, and their block is "loose":
 *                      a question for a beginning or an inner part of a word always names it
 *   all of it taken    the block is "open": every question names it
 * So nothing is ever missed; what is lost is only that blocks are named in vain. */
#ifndef AKASHI_STORE_TOKEN_BUILDER_H
#define AKASHI_STORE_TOKEN_BUILDER_H

#include "base/buf.h"
#include "store/tokens/token_text.h"

#define INDEX_BUILDER_BYTES_MIN ((size_t)1 << 20)
#define INDEX_BUILDER_BYTES_MAX ((size_t)2 << 30)

typedef struct IndexBuilder IndexBuilder;

/* seed: random outside of tests; it goes into the index. bytes_max is taken into the two limits
 * above. NULL: no memory. */
IndexBuilder *index_builder_new(size_t bytes_max, uint64_t seed);
void index_builder_free(IndexBuilder *builder);

/* All values of a block come before those of the next one; block numbers may leave gaps, those
 * blocks are empty. -EINVAL: the block is over or before the last one, or BLOCK_SET_BLOCKS_MAX or
 * more; nothing is added. */
MUST_USE int index_builder_add(IndexBuilder *builder, uint32_t block, Slice value);

/* What an index is made of. */
typedef struct IndexParts {
    size_t head_bytes;
    struct {
        size_t entry_count; /* tokens */
        size_t set_count;   /* different sets of blocks */
        size_t entry_bytes;
        size_t set_bytes;
    } classes[TOKEN_CLASS_COUNT];
    size_t peak_bytes; /* of memory while adding */
    uint32_t loose_count;
    uint32_t open_count;
} IndexParts;

/* Appends the index of block_count blocks (at least the last one given + 1). The builder can only
 * be freed after that. ret_parts may be NULL. -EINVAL: block_count; -ENOMEM; -EMSGSIZE: over the
 * maximum of the buffer. After an error the buffer's new bytes are worthless. */
MUST_USE int index_builder_finish(IndexBuilder *builder, uint32_t block_count, Buf *to,
                                  IndexParts *ret_parts);

#endif
