/* store/columns.h over real logs: every line comes back byte for byte. */
#include "tests/support/tap.h"

#include "collect/input.h"
#include "store/columns/columns.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define READ_BYTES ((size_t)1 << 20)

typedef struct Reading {
    size_t bytes_max; /* of each stream */
    size_t every;     /* the n-th stream is read */
    size_t streams, rows;
    uint64_t raw, coded;
} Reading;

static void block_comes_back(Reading *reading, const Slice *rows, size_t count)
{
    CLEANUP(buf_done) Buf coded = buf_make(0);
    CLEANUP(buf_done) Buf row = buf_make(0);
    CLEANUP(arena_done) Arena arena = arena_make((size_t)512 << 20);
    Columns *block;
    if (!expect_ok(columns_encode(&(ColumnsInput){.rows = rows, .row_count = count},
                                  &(ColumnsOptions){0}, &coded)))
        return;
    if (!expect_ok(columns_open(buf_slice(&coded), &arena, &block))) return;
    for (size_t i = 0; i < count; i++) {
        buf_clear(&row);
        if (!expect_ok(columns_row(block, i, &row)) || !expect_slice(buf_slice(&row), rows[i]))
            return;
        reading->raw += rows[i].len;
    }
    reading->rows += count;
    reading->coded += coded.len;
}

static int on_stream(void *context, InputStream *stream, Slice name)
{
    Reading *reading = context;
    (void)name;
    if (reading->streams++ % reading->every != 0) return 0;
    CLEANUP(buf_done) Buf bytes = buf_make(0);
    while (bytes.len < reading->bytes_max) {
        char *room = buf_reserve(&bytes, READ_BYTES);
        ssize_t got = room ? input_read(stream, room, READ_BYTES) : -ENOMEM;
        if (got < 0) return (int)got;
        if (got == 0) break;
        bytes.len += (size_t)got;
    }
    Slice rest = buf_slice(&bytes);
    Slice *rows = calloc(COLUMNS_ROWS_MAX, sizeof *rows);
    size_t count = 0;
    while (rest.len > 0 && tap_failures() == 0) {
        size_t end = slice_find_char(rest, '\n');
        rows[count++] = slice_first(rest, end);
        rest = slice_skip(rest, end == SLICE_NOT_FOUND ? rest.len : end + 1);
        if (count < COLUMNS_ROWS_MAX && rest.len > 0) continue;
        block_comes_back(reading, rows, count);
        count = 0;
    }
    free(rows);
    return 0;
}

static int on_problem(void *context, Slice name, int error, const Complaint *complaint)
{
    (void)context;
    (void)complaint;
    tap_note("%.*s: error %d", SLICE_FMT(name), error);
    return 0;
}

static void folder_comes_back(const char *folder, size_t bytes_max, size_t every)
{
    if (!tap_corpus()) {
        tap_skip("no corpus");
        return;
    }
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", tap_corpus(), folder);
    Reading reading = {.bytes_max = bytes_max, .every = every};
    InputSink sink = {.stream = on_stream, .problem = on_problem, .context = &reading};
    expect_ok(input_walk(&os_real, path, &sink));
    expect(reading.rows > 1000);
    tap_note("%zu rows, %llu bytes as %llu", reading.rows, (unsigned long long)reading.raw,
             (unsigned long long)reading.coded);
}

static void windows_json_comes_back(void)
{
    folder_comes_back("windows-json", (size_t)4 << 20, 3);
}

static void text_logs_come_back(void)
{
    folder_comes_back("text", SIZE_MAX, 1);
}

static void binary_logs_come_back(void)
{
    folder_comes_back("evtx/parser-samples", (size_t)1 << 20, 1);
}

static const TapTest tests[] = {
    TAP_TEST(windows_json_comes_back),
    TAP_TEST(text_logs_come_back),
    TAP_TEST(binary_logs_come_back),
};
TAP_MAIN(tests)
