/* doc/format/columns.md: a reader in another language that shares no code reads what
 * store/columns.h wrote. */
#include "tests/support/log_rows.h"
#include "tests/support/tap.h"

#include "base/number.h"
#include "store/columns/columns.h"

#include <stdio.h>
#include <stdlib.h>

static bool save(const char *path, Slice bytes)
{
    FILE *file = fopen(path, "wb");
    if (!file) return false;
    bool good = fwrite(bytes.ptr, 1, bytes.len, file) == bytes.len;
    return fclose(file) == 0 && good;
}

static bool load(const char *path, Buf *to)
{
    FILE *file = fopen(path, "rb");
    if (!file) return false;
    size_t got = 1;
    while (got > 0) {
        char *room = buf_reserve(to, 65536);
        got = room ? fread(room, 1, 65536, file) : 0;
        to->len += got;
    }
    return fclose(file) == 0;
}

static void read_by_the_other(const Slice *rows, size_t count, Slice block)
{
    char in[512], out[512], command[2048];
    CLEANUP(buf_done) Buf got = buf_make(0);
    snprintf(in, sizeof in, "%s/block", tap_temporary_folder());
    snprintf(out, sizeof out, "%s/rows", tap_temporary_folder());
    snprintf(command, sizeof command, "python3 '%s/tests/support/columns_reader.py' '%s' '%s'",
             tap_source_root(), in, out);
    if (!expect(save(in, block)) || !expect_int(system(command), 0)) return;
    if (!expect(load(out, &got))) return;
    Slice rest = buf_slice(&got);
    for (size_t i = 0; i < count; i++) {
        if (!expect(rest.len >= 4)) return;
        size_t len = read_le32(rest.ptr);
        if (!expect_slice(slice_first(slice_skip(rest, 4), len), rows[i])) return;
        rest = slice_skip(rest, 4 + len);
    }
    expect_int(rest.len, 0);
}

static void rows_come_back(LogKind first, LogKind kinds, size_t count)
{
    if (system("zstd --version > /dev/null 2>&1") != 0) {
        tap_skip("no zstd command");
        return;
    }
    static Slice rows[2000];
    CLEANUP(arena_done) Arena arena = arena_make(0);
    CLEANUP(buf_done) Buf block = buf_make(0);
    uint64_t state = count;
    int64_t numbers[2000];
    const int64_t *given = numbers;
    for (size_t i = 0; i < count; i++) {
        rows[i] = log_row((LogKind)(first + i % kinds), i, &state, &arena);
        if (i % 50 == 49) rows[i] = log_mutate(rows[i], &state, &arena);
        numbers[i] = (int64_t)(i * 3);
    }
    ColumnsInput input = {.rows = rows, .row_count = count, .numbers = &given, .number_count = 1};
    if (!expect_ok(columns_encode(&input, &(ColumnsOptions){0}, &block))) return;
    read_by_the_other(rows, count, buf_slice(&block));
}

static void windows_rows_are_read(void)
{
    rows_come_back(LOG_WINDOWS, 1, 1500);
}

static void rows_of_all_kinds_are_read(void)
{
    rows_come_back(LOG_WINDOWS, LOG_KINDS, 2000);
}

static void an_empty_block_is_read(void)
{
    rows_come_back(LOG_WINDOWS, 1, 0);
}

static const TapTest tests[] = {
    TAP_TEST(windows_rows_are_read),
    TAP_TEST(rows_of_all_kinds_are_read),
    TAP_TEST(an_empty_block_is_read),
};
TAP_MAIN(tests)
