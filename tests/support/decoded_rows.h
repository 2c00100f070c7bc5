/* Rows as an import makes them of bytes: decoded, translated, without keys. */
#ifndef AKASHI_TESTS_DECODED_ROWS_H
#define AKASHI_TESTS_DECODED_ROWS_H

#include "base/buf.h"
#include "record/row.h"

typedef struct DecodedRows {
    Arena arena; /* bytes_max: the caller's */
    Buf rows;    /* Row each */
} DecodedRows;
static inline const Row *decoded_rows(const DecodedRows *decoded)
{
    return (const Row *)(const void *)decoded->rows.ptr;
}
static inline size_t decoded_rows_count(const DecodedRows *decoded)
{
    return decoded->rows.len / sizeof(Row);
}
/* `bytes` and `origin` must live as long as the rows. What a decoder or memory failed with, or 0.
 */
MUST_USE int decoded_rows_add(DecodedRows *decoded, Slice bytes, Slice origin);
void decoded_rows_done(DecodedRows *decoded);

#endif
