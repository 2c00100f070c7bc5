/* A block's texts into the token index, so that every word that a search may look for in a row is
 * there: the words of raw as it stands come as the texts of the columns; of raw JSON also what its
 * escapes mean; and what of the row is in neither. */
#ifndef AKASHI_STORE_BLOCK_TEXTS_H
#define AKASHI_STORE_BLOCK_TEXTS_H

#include "base/buf.h"
#include "store/segment/recipe_int.h"
#include "store/tokens/token_builder.h"

typedef struct BlockTexts {
    IndexBuilder *index;
    uint32_t block;
    bool has_escapes; /* some row is JSON */
    Buf plain;        /* the text at hand without escapes */
} BlockTexts;

/* For ColumnsTexts; the rows have gone through block_texts_row before. What the index said. */
MUST_USE int block_texts_take(void *context, Slice text);
/* Bytes that stand escaped in a tail: they are words of their own there. */
bool block_texts_has_control(Slice value);
/* What the row's columns do not give. */
MUST_USE int block_texts_row(BlockTexts *texts, const Recipe *recipe, const RecipeRow *row);

#endif
