/* Between row_stock.c and the writer of blocks. */
#ifndef AKASHI_STORE_ROW_STOCK_INT_H
#define AKASHI_STORE_ROW_STOCK_INT_H

#include "store/segment/recipe_set.h"
#include "store/segment/row_stock.h"
#include "store/segment/segment_int.h"

/* Instead of a recipe: the text is the row's encoded bytes. Such are rows that are not JSON, and
 * those that are out of the common. */
#define STOCK_ENCODED UINT32_MAX

typedef struct StockRow {
    const char *text; /* raw, a newline, the tail */
    const ShapeSlot *slots;
    const Slice *words; /* texts for the index, beside those that the columns give */
    uint64_t cut_hash;
    int64_t time_ns, ingested_ns; /* the event's */
    uint64_t offset, index, record_id;
    uint32_t text_bytes;
    uint32_t tail_bytes; /* with the newline */
    uint32_t recipe;     /* of the stock's, or STOCK_ENCODED */
    uint16_t slot_count, word_count;
    bool is_cut;
} StockRow;

/* All of a part: rows by rank. */
typedef struct StockRows {
    const StockRow *rows;
    const RecipeSet *recipes;
} StockRows;

#endif
