/* Any bytes as a row: refused, or a row that comes back the same when it is encoded and decoded
 * again. */
#include "tests/support/store_kit.h"

#include "base/check.h"
#include "record/row.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    Arena arena = arena_make((size_t)64 << 20);
    CLEANUP(buf_done) Buf again = buf_make(0);
    Row row, same;
    if (row_decode(slice_of(bytes, len), &arena, &row) == 0) {
        row_encode(&again, &row);
        CHECK(buf_error(&again) == 0);
        CHECK(row_decode(buf_slice(&again), &arena, &same) == 0);
        CHECK(kit_same_row(&same, &row));
    }
    arena_done(&arena);
    return 0;
}
