/* Blocks of columns. First byte: 0 a block to read; 1 rows (lines), which must come back; 2 rows,
 * whose block is then changed at one place (two bytes: where; one: how) and read. */
#include "base/check.h"
#include "base/number.h"
#include "store/columns/columns.h"

#include <stdlib.h>

#define ROWS_MAX 512

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* What is loose is given back in between. */
static void read_parted(Slice bytes, const Slice *rows)
{
    Arena kept = arena_make(0), loose = arena_make(0);
    Buf row = buf_make(0);
    Columns *block;
    const ColumnsRoom room = {&kept, &loose, (size_t)64 << 20, 1};
    int r = columns_open_parted(bytes, &room, &block);
    CHECK(!rows || r == 0);
    for (size_t i = 0; r == 0 && i < columns_row_count(block) && i < 4096; i++) {
        buf_clear(&row);
        int got = columns_row(block, i, &row);
        CHECK(!rows || (got == 0 && slice_eq(buf_slice(&row), rows[i])));
        if (i % 16 != 7) continue;
        columns_forget(block);
        arena_done(&loose);
    }
    if (r == 0) columns_rest(block);
    buf_done(&row);
    arena_done(&kept);
    arena_done(&loose);
}

static void read_block(Slice bytes, const Slice *rows, size_t count)
{
    Arena arena = arena_make((size_t)64 << 20);
    Buf row = buf_make(0);
    Columns *block;
    read_parted(bytes, rows);
    int r = columns_open(bytes, &arena, &block);
    CHECK(!rows || r == 0);
    for (size_t i = 0; r == 0 && i < columns_row_count(block) && i < 4096; i++) {
        buf_clear(&row);
        int got = columns_row(block, i, &row);
        CHECK(!rows || (i < count && got == 0 && slice_eq(buf_slice(&row), rows[i])));
    }
    for (size_t i = 0; r == 0 && i < columns_number_count(block); i++) {
        const int64_t *numbers;
        size_t last = columns_row_count(block) - 1;
        if (columns_numbers(block, i, &numbers) == 0 && last != SIZE_MAX)
            CHECK(numbers[last] == (int64_t)last || !rows);
    }
    for (size_t f = 0; r == 0 && f < columns_field_count(block) && f < 256; f++) {
        ColumnsValues values;
        if (columns_values(block, f, &values) < 0) continue;
        for (size_t i = 0; i < values.count; i++)
            CHECK(values.codes[i] < values.value_count);
    }
    buf_done(&row);
    arena_done(&arena);
}

static void write_block(Slice text, Buf *to, bool check)
{
    static Slice rows[ROWS_MAX];
    static int64_t numbers[ROWS_MAX];
    const int64_t *given = numbers;
    size_t count = 0;
    while (count < ROWS_MAX && text.len > 0) {
        size_t end = slice_find_char(text, '\n');
        numbers[count] = (int64_t)count;
        rows[count++] = slice_first(text, end);
        text = slice_skip(text, end == SLICE_NOT_FOUND ? text.len : end + 1);
    }
    ColumnsInput input = {.rows = rows, .row_count = count, .numbers = &given, .number_count = 1};
    CHECK(columns_encode(&input, &(ColumnsOptions){.level = 1}, to) == 0);
    if (check) read_block(buf_slice(to), rows, count);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    Slice input = slice_of(bytes, len);
    CLEANUP(buf_done) Buf block = buf_make(0);
    if (len == 0) return 0;
    if (bytes[0] % 4 == 1) {
        write_block(slice_skip(input, 1), &block, true);
    } else if (bytes[0] % 4 == 2 && len > 4) {
        write_block(slice_skip(input, 4), &block, false);
        block.ptr[read_le16(bytes + 1) % block.len] ^= (char)bytes[3];
        read_block(buf_slice(&block), NULL, 0);
    } else {
        read_block(slice_skip(input, 1), NULL, 0);
    }
    return 0;
}
