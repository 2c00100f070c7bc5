/* Questions to the token index of a segment: which blocks may hold a text? A block that holds it is
 * always named; one that does not may be. What is in the index is in token_text.h, how it is made
 * in token_builder.h, its bytes in doc/format/tokens.md.
 *
 * In vain is named, beyond chance (about one question in 1,000 for TOKEN_RANDOM):
 *   - a block that has all tokens of a text, but not side by side
 *   - for text that may stand inside a TOKEN_RANDOM (hexadecimal digits; an edge open): every block
 *     that has one at least that long
 *   - loose and open blocks (token_builder.h).
 *
 * The index lies in pieces that are read, and may be encrypted, one by one: piece 0 is the head.
 * Whole pieces go through the caller, who vouches for them (a sum or a seal): damaged bytes are
 * either noticed (-EBADMSG) or answer wrongly, but never do harm. An index is for one thread at a
 * time. Memory: the head and about 40 KiB. */
#ifndef AKASHI_STORE_TOKEN_INDEX_H
#define AKASHI_STORE_TOKEN_INDEX_H

#include "base/cleanup.h"
#include "store/tokens/block_set.h"
#include "store/tokens/token_text.h"

typedef struct TokenIndex TokenIndex;

typedef struct IndexPiece {
    uint64_t offset; /* in the index */
    uint32_t bytes;
} IndexPiece;

/* Where pieces come from. get: the whole piece, valid until the next call; 0 or a negative errno.
 */
typedef struct IndexSource {
    int (*get)(void *context, uint32_t piece_number, IndexPiece piece, Slice *ret);
    void *context;
} IndexSource;

/* `head` begins with the head and lives no longer than the call, if there is a source; without one
 * (NULL) it is the whole index, and must outlive ret. -EBADMSG: no index, or a damaged one;
 * -ENOMEM. */
MUST_USE int index_open(Slice head, const IndexSource *source, TokenIndex **ret);
void index_close(TokenIndex *index);
uint32_t index_block_count(const TokenIndex *index);
/* The pieces follow each other without gaps and are the whole index. */
uint32_t index_piece_count(const TokenIndex *index);
IndexPiece index_piece(const TokenIndex *index, uint32_t piece_number);

/* May what is looked for begin, or end, inside a word? */
enum {
    INDEX_WHOLE = 0,
    INDEX_OPEN_LEFT = 1,
    INDEX_OPEN_RIGHT = 2,
    INDEX_INSIDE = 3,
};

/* Of one word, folded (token_text.h), not empty. All return 0, -EBADMSG or what the source said;
 * *ret is then untouched. */
MUST_USE int index_find_part(TokenIndex *index, Slice word, unsigned edges, BlockSet *ret);
static inline int index_find_word(TokenIndex *index, Slice word, BlockSet *ret)
{
    return index_find_part(index, word, INDEX_WHOLE, ret);
}
static inline int index_find_prefix(TokenIndex *index, Slice word, BlockSet *ret)
{
    return index_find_part(index, word, INDEX_OPEN_RIGHT, ret);
}
static inline int index_find_substring(TokenIndex *index, Slice word, BlockSet *ret)
{
    return index_find_part(index, word, INDEX_INSIDE, ret);
}

/* Of any text as it was typed: which blocks may have a value that holds it, folded? INDEX_INSIDE
 * answers fold_contains, INDEX_WHOLE fold_contains_words. A text without a token names all blocks.
 * Of a text over INDEX_TEXT_BYTES_MAX only the beginning is asked for, of more than
 * INDEX_TEXT_TOKENS_MAX tokens only so many: that can only name more. */
#define INDEX_TEXT_BYTES_MAX 4096u
#define INDEX_TEXT_TOKENS_MAX 64u
MUST_USE int index_find_text(TokenIndex *index, Slice text, unsigned edges, BlockSet *ret);

#endif
