/* An open index: what token_index.c reads from the head, and token_find.c asks. */
#ifndef AKASHI_STORE_TOKEN_INDEX_INT_H
#define AKASHI_STORE_TOKEN_INDEX_INT_H

#include "store/tokens/token_bits.h"
#include "store/tokens/token_format.h"
#include "store/tokens/token_index.h"

#include <errno.h>
#include <zstd.h>

typedef struct SetPiece {
    uint32_t piece; /* its number */
    uint32_t unpacked_bytes;
    uint32_t first_set;
    uint32_t set_count;
} SetPiece;

typedef struct TextPiece {
    uint32_t piece;
    uint32_t packed_bytes; /* the bits follow */
    uint32_t unpacked_bytes;
    uint32_t word_count;
    Slice first; /* word */
} TextPiece;

typedef struct KeyPage {
    uint64_t first_key;
    uint32_t piece;
    uint32_t offset; /* in the piece */
    uint32_t bytes;
    uint32_t entry_count;
} KeyPage;

/* All of one TokenClass. */
typedef struct ClassIndex {
    uint64_t entry_count;
    unsigned key_bits; /* of a fingerprint */
    uint32_t repeat;   /* the symbol */
    uint32_t set_count;
    RankCode code;
    SetPiece *set_pieces;
    size_t set_piece_count;
    TextPiece *text_pieces; /* TOKEN_TEXT */
    size_t text_piece_count;
    KeyPage *pages; /* the others */
    size_t page_count;
    uint64_t *wanted; /* bit per set: while one question is answered */
} ClassIndex;

/* The last piece that was unpacked. */
typedef struct Unpacked {
    uint32_t piece; /* 0: none; piece 0 is the head */
    uint32_t bytes_count;
    char bytes[TEXT_PIECE_BYTES_MAX > SET_PIECE_BYTES_MAX ? TEXT_PIECE_BYTES_MAX
                                                          : SET_PIECE_BYTES_MAX];
} Unpacked;

struct TokenIndex {
    Slice whole; /* without a source */
    IndexSource source;
    Buf head; /* unpacked */
    IndexPiece *pieces;
    size_t piece_count;
    uint32_t block_count;
    uint64_t seed;
    BlockSet open, loose;
    bool has_loose;
    const uint8_t *random_bytes_max; /* by block, in the head */
    ClassIndex classes[TOKEN_CLASS_COUNT];
    ZSTD_DCtx *unpacker;
    Unpacked text, sets;
};

/* The stored bytes of a piece. */
MUST_USE int index_get_piece(TokenIndex *index, uint32_t piece, Slice *ret);
/* The beginning of a piece, unpacked into *to. */
MUST_USE int index_unpack(TokenIndex *index, uint32_t piece, Slice packed, uint32_t bytes,
                          Unpacked *to);

/* ---- token_sets.c: sets of blocks by their numbers */

/* The set of the next posting; `last` is that of the one before, or INDEX_NO_SET. -EBADMSG. */
#define INDEX_NO_SET UINT32_MAX
static inline int index_take_set(const ClassIndex *class, BitReader *bits, uint32_t *last)
{
    uint32_t symbol = rank_take(&class->code, bits);
    if (symbol == class->repeat) return *last == INDEX_NO_SET ? -EBADMSG : 0;
    uint32_t set = symbol - (symbol > class->repeat);
    if (set >= class->set_count) return -EBADMSG;
    *last = set;
    return 0;
}
static inline void index_want_set(ClassIndex *class, uint32_t set)
{
    class->wanted[set / 64] |= (uint64_t)1 << set % 64;
}
/* Adds the blocks of one set to *to. */
MUST_USE int index_add_set(TokenIndex *index, const ClassIndex *class, uint32_t set, BlockSet *to);
/* Adds the blocks of all wanted sets, and wants none from then on (also after an error). */
MUST_USE int index_add_wanted(TokenIndex *index, ClassIndex *class, BlockSet *to);

/* ---- token_words.c: the dictionary. All add to *to. */

MUST_USE int index_text_exact(TokenIndex *index, Slice word, BlockSet *to);
MUST_USE int index_text_prefix(TokenIndex *index, Slice prefix, BlockSet *to);
/* at_end: only words that end so. */
MUST_USE int index_text_inside(TokenIndex *index, Slice part, bool at_end, BlockSet *to);

/* ---- token_keys.c: numbers and fingerprints. All add to *to. */

MUST_USE int index_number_exact(TokenIndex *index, uint64_t number, BlockSet *to);
MUST_USE int index_fingerprint(TokenIndex *index, uint64_t hash, BlockSet *to);
/* Decimal digits, at most TOKEN_NUMBER_DIGITS_MAX. */
MUST_USE int index_number_prefix(TokenIndex *index, Slice digits, BlockSet *to);
MUST_USE int index_number_inside(TokenIndex *index, Slice digits, bool at_end, BlockSet *to);

#endif
