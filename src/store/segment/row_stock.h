/* Rows that will become segments, kept in memory from when they are appended in the shape in which
 * a segment wants them: cut, with their recipes, leaves and prints. What is here need not be read
 * back from the log, decoded and cut again. It is a help and no more: where a stock is missing,
 * because the process is another one or memory ended, the log has the rows.
 *
 * Rows are added by one thread; once they are all there another may write the segments. Each part
 * (a class of retention) becomes one segment under a key that is made with its first row. */
#ifndef AKASHI_STORE_ROW_STOCK_H
#define AKASHI_STORE_ROW_STOCK_H

#include "store/segment/segment.h"

#define ROW_STOCK_PARTS_MAX 16

typedef struct RowStock RowStock;

/* bytes_max: of memory, but for 140 bytes a row and RECIPE_SET_BYTES_MAX of recipes. -ENOMEM; what
 * the Os said of its randomness. */
MUST_USE int row_stock_new(const Os *os, size_t bytes_max, RowStock **ret);
void row_stock_free(RowStock *stock);
/* Empties it for other rows; keeps most of its memory. What the Os said of its randomness. */
MUST_USE int row_stock_clear(RowStock *stock);

/* Copies the row; key: by which it is known again, or NULL; `encoded`: row_encode's bytes of it
 * without its key, or of what is kept in its place. Numbers rise. -ENOBUFS: bytes_max, or a maximum
 * of segment.h; -ENOMEM; after an error the stock is of no more use. */
MUST_USE int row_stock_add(RowStock *stock, size_t part, const Row *row, const uint8_t *key,
                           Slice encoded, uint64_t number);

typedef struct RowStockPart {
    uint64_t row_count, row_bytes, raw_bytes;
    uint64_t last_number;
} RowStockPart;
RowStockPart row_stock_part(const RowStock *stock, size_t part);
uint64_t row_stock_row_count(const RowStock *stock); /* of all parts */

/* As segment_write, of the rows of a part; options.seed is not looked at. Each part can be written
 * once, whether it succeeds or not (-EPERM), as its key seals once (C1). */
MUST_USE int row_stock_write(RowStock *stock, size_t part, const Os *os, const char *folder,
                             const char *name, const SegmentOptions *options,
                             SegmentHeader *ret_header);
bool row_stock_is_written(const RowStock *stock); /* of some part it was tried */

#endif
