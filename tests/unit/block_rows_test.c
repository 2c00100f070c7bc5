/* Rows on their way into a block of the log (store/wal/block.h): each length stands before its row,
 * of however many bytes. */
#include "tests/support/store_kit.h"
#include "tests/support/tap.h"

#include "store/wal/block.h"

#include <stdlib.h>

/* Around where a length takes a byte more: of 128, 16,384 and 2,097,152 bytes. */
static const size_t raw_bytes[] = {0,     1,     2,     60,      80,      100,     127,
                                   128,   300,   16200, 16300,   16383,   16384,   16500,
                                   70000, 90000, 5,     2097000, 2097152, 2200000, 3};

static Row row_of(size_t bytes, const char *raw)
{
    Row row = {
        .event = {.format = EVENT_TEXT, .time_ns = TIME_UNKNOWN},
        .record = {.time_ns = TIME_UNKNOWN, .end_ns = TIME_UNKNOWN, .ingested_ns = 1, .count = 1}};
    row.event.raw = slice_of(raw, bytes);
    row.key[1] = 1;
    return row;
}

static void rows_come_back(void)
{
    CLEANUP(arena_done) Arena arena = arena_make(0);
    char *raw = calloc(1, 4 << 20);
    if (!expect(raw != NULL)) return;
    memset(raw, 'a', 4 << 20);
    BlockRows rows = {0};
    block_rows_begin(&rows, 7);
    for (size_t i = 0; i < ARRAY_COUNT(raw_bytes); i++) {
        Row row = row_of(raw_bytes[i], raw), got;
        Slice encoded;
        if (!expect_ok(block_rows_add(&rows, &row, &encoded))) break;
        expect_ok(row_decode(encoded, &arena, &got));
        expect_slice(got.event.raw, row.event.raw);
    }
    expect_int(rows.row_count, ARRAY_COUNT(raw_bytes));
    expect_int(rows.keys.len, ARRAY_COUNT(raw_bytes) * ROW_KEY_BYTES);
    Slice rest = buf_slice(&rows.bytes);
    for (size_t i = 0; i < ARRAY_COUNT(raw_bytes); i++) {
        Slice one;
        Row got;
        if (!expect_ok(block_take_row(&rest, &one))) break;
        expect_ok(row_decode(one, &arena, &got));
        expect_int(got.event.raw.len, raw_bytes[i]);
    }
    expect_int(rest.len, 0);
    block_rows_done(&rows);
    free(raw);
}

static const TapTest tests[] = {
    TAP_TEST(rows_come_back),
};

TAP_MAIN(tests)
