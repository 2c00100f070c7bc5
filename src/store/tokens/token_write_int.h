/* How the index is written: token_write.c the tokens, token_write_sets.c the sets of blocks. */
#ifndef AKASHI_STORE_TOKEN_WRITE_INT_H
#define AKASHI_STORE_TOKEN_WRITE_INT_H

#include "store/tokens/token_bits.h"
#include "store/tokens/token_builder_int.h"
#include "store/tokens/token_format.h"
#include "store/tokens/token_sort.h"

#include <zstd.h>

/* One token, ready to be written. */
typedef struct Posting {
    uint64_t key; /* TOKEN_TEXT: the first 8 bytes */
    uint32_t set;
    uint32_t entry; /* TOKEN_TEXT: of the builder */
} Posting;

/* The sets of one class in the order of their numbers in the index. */
typedef struct SetOrder {
    uint32_t *uses;    /* by builder's set */
    uint32_t *symbols; /* by builder's set: of the code; 0 when not used */
    SortItem *items;   /* the used sets, by rank */
    uint32_t *symbol_uses;
    uint32_t used_count;
    uint32_t repeat; /* the symbol for "as the one before"; used_count: none */
    RankCode code;
} SetOrder;

typedef struct IndexWriter {
    IndexBuilder *builder;
    Posting *postings; /* of the present class, in order */
    size_t count;
    uint32_t *preorder; /* by builder's set: place among all sets in order of their blocks */
    SetOrder order;
    Buf head, pieces, unpacked;
    ZSTD_CCtx *packer;
} IndexWriter;

/* Packs the bytes and appends them to `to`; returns the packed length, 0 on error (then to->error
 * is set). */
size_t index_pack(IndexWriter *writer, Slice bytes, Buf *to);

/* Numbers all sets in the order of their blocks, a set before those that begin with it. -ENOMEM. */
MUST_USE int index_number_sets(IndexWriter *writer);
/* Orders the sets that the present class uses, and makes their code. -ENOMEM. */
MUST_USE int index_order_sets(IndexWriter *writer, TokenClass class);
void index_order_done(SetOrder *order);
void index_write_sets(IndexWriter *writer);
/* Writes the set of token i; what is read for itself began with token `start`. */
void index_put_posting(const IndexWriter *writer, BitWriter *bits, size_t i, size_t start);

#endif
