/* store/columns.h: rows to blocks and back. */
#include "tests/support/log_rows.h"
#include "tests/support/tap.h"

#include "store/columns/columns.h"
#include "store/columns/row_shape.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define READ_BYTES_MAX ((size_t)512 << 20)

static int encode(const Slice *rows, size_t count, int level, Buf *to)
{
    int64_t *up = calloc(count + 1, sizeof *up), *any = calloc(count + 1, sizeof *any);
    uint64_t state = count;
    for (size_t i = 0; i < count; i++) {
        up[i] = (int64_t)(i * i) - 5;
        any[i] = (int64_t)log_random(&state);
    }
    const int64_t *numbers[] = {up, any};
    ColumnsInput input = {.rows = rows, .row_count = count, .numbers = numbers, .number_count = 2};
    int r = columns_encode(&input, &(ColumnsOptions){.level = level, .seed = 7}, to);
    free(up);
    free(any);
    return r;
}

static bool same_numbers(Columns *block, size_t count)
{
    const int64_t *up, *any;
    uint64_t state = count;
    if (!expect_ok(columns_numbers(block, 0, &up)) || !expect_ok(columns_numbers(block, 1, &any)))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!expect_int(up[i], (int64_t)(i * i) - 5) ||
            !expect_int(any[i], (int64_t)log_random(&state)))
            return false;
    return true;
}

/* Every value of every field stands in its rows, and each shape's slots and literals add up to the
 * row. */
static bool fields_add_up(Columns *block, const Slice *rows, size_t count)
{
    size_t *lengths = calloc(count + 1, sizeof *lengths);
    bool good = true;
    for (size_t f = 0; f < columns_field_count(block) && good; f++) {
        ColumnsValues values;
        good = expect_ok(columns_values(block, f, &values));
        for (size_t i = 0; good && i < values.count; i++) {
            uint32_t code = values.codes[i], row = values.rows[i];
            good = expect(code < values.value_count && row < count);
            if (!good) break;
            lengths[row] += values.values[code].len;
            good = expect(slice_find(rows[row], values.values[code]) != SLICE_NOT_FOUND);
        }
    }
    for (size_t shape = 0; shape < columns_shape_count(block) && good; shape++) {
        const uint32_t *of_shape;
        size_t shape_count, literal = 0;
        good = expect_ok(columns_shape_rows(block, shape, &of_shape, &shape_count));
        for (size_t i = 0; i < columns_literal_count(block, shape); i++)
            literal += columns_literal(block, shape, i).len;
        for (size_t i = 0; good && i < shape_count; i++)
            lengths[of_shape[i]] += literal;
    }
    for (size_t i = 0; i < count && good; i++)
        good = expect_int(lengths[i], (int64_t)rows[i].len);
    free(lengths);
    return good;
}

/* Returns the block's bytes, 0 when something failed. */
static size_t comes_back(const Slice *rows, size_t count, int level)
{
    CLEANUP(buf_done) Buf bytes = buf_make(0);
    CLEANUP(buf_done) Buf row = buf_make(0);
    CLEANUP(arena_done) Arena arena = arena_make(READ_BYTES_MAX);
    Columns *block;
    if (!expect_ok(encode(rows, count, level, &bytes))) return 0;
    if (!expect_ok(columns_open(buf_slice(&bytes), &arena, &block))) return 0;
    if (!expect_int(columns_row_count(block), (int64_t)count)) return 0;
    expect_int(columns_number_count(block), 2);
    for (size_t i = 0; i < count; i++) {
        buf_clear(&row);
        if (!expect_ok(columns_row(block, i, &row)) || !expect_slice(buf_slice(&row), rows[i]))
            return 0;
    }
    expect_int(columns_row(block, count, &row), -EINVAL);
    if (!same_numbers(block, count) || !fields_add_up(block, rows, count)) return 0;
    return bytes.len;
}

static void empty_and_single_blocks_come_back(void)
{
    expect(comes_back(NULL, 0, 3) > 0);
    Slice one = SLICE("{\"a\":1}"), none = {0};
    expect(comes_back(&one, 1, 3) > 0);
    expect(comes_back(&none, 1, 3) > 0);
    Slice nothing[40] = {{0}};
    expect(comes_back(nothing, 40, 3) > 0);
}

/* `count` values of one format in a JSON row. */
static size_t values_come_back(const char *const *values, size_t count, size_t times)
{
    CLEANUP(arena_done) Arena arena = arena_make(0);
    Slice *rows = calloc(count * times, sizeof *rows);
    for (size_t i = 0; i < count * times; i++)
        if (arena_format(&arena, &rows[i], "{\"n\":%zu,\"v\":\"%s\"}", i, values[i % count]) < 0)
            break;
    size_t bytes = comes_back(rows, count * times, 3);
    free(rows);
    return bytes;
}

static void values_that_look_like_numbers_come_back(void)
{
    static const char *const decimals[] = {"0",
                                           "-0",
                                           "00",
                                           "-1",
                                           "01",
                                           "+1",
                                           "9223372036854775807",
                                           "-9223372036854775808",
                                           "9223372036854775808",
                                           "18446744073709551615",
                                           "",
                                           "-",
                                           "1.0",
                                           "1e3",
                                           " 1",
                                           "99999999999"};
    static const char *const hex[] = {
        "0x0", "0x00", "0xff", "0xFF", "0xfF", "0x", "0xffffffffffffffff", "0x10000000000000000",
        "0X1"};
    for (size_t times = 1; times < 60; times += 19) {
        expect(values_come_back(decimals, ARRAY_COUNT(decimals), times) > 0);
        expect(values_come_back(hex, ARRAY_COUNT(hex), times) > 0);
        for (size_t i = 0; i < ARRAY_COUNT(decimals); i++)
            expect(values_come_back(decimals + i, 1, times) > 0);
    }
}

static void values_that_look_like_times_come_back(void)
{
    static const char *const times[] = {"2026-11-20 08:40:37",
                                        "2026-11-20T08:40:37Z",
                                        "2026-11-20 08:40:37.001",
                                        "2026-11-20T08:40:37.5Z",
                                        "2026-02-29 00:00:00",
                                        "2024-02-29 23:59:59",
                                        "2026-11-20 08:40:60",
                                        "2026-11-20 24:00:00",
                                        "2026-13-01 00:00:00",
                                        "0000-01-01 00:00:00",
                                        "1699-12-31 23:59:59",
                                        "1700-01-01 00:00:00.000000000",
                                        "2199-12-31 23:59:59.999999999",
                                        "2026-11-20 08:40:37,25",
                                        "2026-11-20 08:40:37.",
                                        "2026-11-20 08:40:37.0123456789",
                                        "2026-11-20x08:40:37",
                                        "2026-11-20T08:40:37+09:00",
                                        "08:40:37",
                                        "08:40:37.123",
                                        "8:40:37"};
    for (size_t count = 1; count < 40; count += 13) {
        expect(values_come_back(times, ARRAY_COUNT(times), count) > 0);
        for (size_t i = 0; i < ARRAY_COUNT(times); i++)
            expect(values_come_back(times + i, 1, count) > 0);
        for (size_t i = 0; i + 1 < ARRAY_COUNT(times); i++)
            expect(values_come_back(times + i, 2, count) > 0);
    }
}

static void patterns_and_lists_come_back(void)
{
    static const char *const values[] = {
        "{0A1B-ff}", "{0A1C-fe}",   "{0a1b-ff}",      "{0A1B-fg}", "{0A1B-f}",
        "a|b|c|d|e", "a|b|c|d|",    "||||",           "x",         "S-1-5-21-1-2-3-1001",
        "192.0.2.7", "2001:db8::1", "SHA1=AB,MD5=CD", "\\\\",      "\\r\\n"};
    for (size_t first = 0; first < ARRAY_COUNT(values); first++)
        for (size_t count = 1; first + count <= ARRAY_COUNT(values); count += 2)
            expect(values_come_back(values + first, count, 23) > 0);
}

static void any_bytes_come_back(void)
{
    static char all[256];
    Slice rows[600];
    for (size_t i = 0; i < sizeof all; i++)
        all[i] = (char)i;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        rows[i] = slice_of(all + i % 200, i % 56);
    expect(comes_back(rows, ARRAY_COUNT(rows), 3) > 0);
    size_t huge_bytes = (size_t)3 << 20;
    char *huge = malloc(huge_bytes);
    for (size_t i = 0; i < huge_bytes; i++)
        huge[i] = (char)(i % 251 == 0 ? '\n' : 'a' + i % 7);
    for (size_t i = 0; i < 12; i++)
        rows[i] = slice_of(huge + i, huge_bytes - 12);
    expect(comes_back(rows, 12, 3) > 0);
    free(huge);
}

static void rows_with_many_slots_come_back(void)
{
    CLEANUP(buf_done) Buf text = buf_make(0);
    Slice rows[24];
    size_t ends[24];
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        buf_add_char(&text, '[');
        for (size_t slot = 0; slot < 500 + i / 8 * 10; slot++)
            buf_add_format(&text, "%zu,", slot * i);
        buf_add_char(&text, ']');
        ends[i] = text.len;
    }
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        size_t start = i ? ends[i - 1] : 0;
        rows[i] = slice_of(text.ptr + start, ends[i] - start);
    }
    expect(comes_back(rows, ARRAY_COUNT(rows), 3) > 0);
}

static void too_much_is_refused(void)
{
    CLEANUP(buf_done) Buf bytes = buf_make(0);
    Slice *rows = calloc(COLUMNS_ROWS_MAX + 1, sizeof *rows);
    buf_add_cstr(&bytes, "before");
    expect_int(encode(rows, COLUMNS_ROWS_MAX + 1, 3, &bytes), -E2BIG);
    expect_text(buf_slice(&bytes), "before");
    ColumnsInput input = {.rows = rows, .row_count = 5000};
    expect_int(columns_encode(&input, &(ColumnsOptions){.memory_max = 70000}, &bytes), -ENOMEM);
    expect_text(buf_slice(&bytes), "before");
    free(rows);
}

/* Made-up rows of one or all kinds, some of them mutated. */
static size_t random_rows(uint64_t seed, Slice *rows, size_t count, Arena *arena)
{
    uint64_t state = seed;
    uint64_t kinds = log_random(&state) % (LOG_KINDS + 2), mutated = log_random(&state) % 4;
    for (size_t i = 0; i < count; i++) {
        uint64_t kind = kinds < LOG_KINDS ? kinds : log_random(&state) % LOG_KINDS;
        rows[i] = log_row((LogKind)kind, i, &state, arena);
        if (mutated && log_random(&state) % 16 < mutated * mutated)
            rows[i] = log_mutate(rows[i], &state, arena);
    }
    return count;
}

static void random_and_mutated_rows_come_back(void)
{
    static Slice rows[1500];
    for (uint64_t seed = 0; seed < 120 && tap_failures() == 0; seed++) {
        CLEANUP(arena_done) Arena arena = arena_make(0);
        size_t count = random_rows(seed, rows, seed % 10 == 0 ? 1500 : seed * 3, &arena);
        if (comes_back(rows, count, seed % 5 == 0 ? 9 : 3) == 0) tap_note("seed %d", (int)seed);
    }
}

static void windows_rows_are_small(void)
{
    static Slice rows[6000];
    CLEANUP(arena_done) Arena arena = arena_make(0);
    uint64_t state = 3, raw = 0;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        rows[i] = log_row(LOG_WINDOWS, i, &state, &arena);
        raw += rows[i].len;
    }
    size_t bytes = comes_back(rows, ARRAY_COUNT(rows), 3);
    tap_note("%zu of %llu bytes", bytes, (unsigned long long)raw);
    /* 16 random bytes a row in Hashes, 5 in others: the rest must almost vanish */
    expect(bytes > 0 && bytes < ARRAY_COUNT(rows) * 32);
}

static void fields_have_paths(void)
{
    static const char *const texts[] = {
        "{\"a\":1,\"b\":{\"c\":\"x\",\"d\":[1,{\"e\":2}]},\"f\":null}",
        "{\"a\":2,\"b\":{\"c\":\"y\",\"d\":[3,{\"e\":4}]},\"f\":true}"};
    static const char *const paths[] = {"a", "b.c", "b.d", "b.d.e", "f"};
    Slice rows[20];
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        rows[i] = slice_from_cstr(texts[i % 2]);
    CLEANUP(buf_done) Buf bytes = buf_make(0);
    CLEANUP(arena_done) Arena arena = arena_make(READ_BYTES_MAX);
    Columns *block;
    if (!expect_ok(encode(rows, ARRAY_COUNT(rows), 3, &bytes))) return;
    if (!expect_ok(columns_open(buf_slice(&bytes), &arena, &block))) return;
    if (!expect_int(columns_field_count(block), ARRAY_COUNT(paths))) return;
    if (!expect_ok(columns_find_paths(block))) return;
    for (size_t i = 0; i < ARRAY_COUNT(paths); i++)
        expect_text(columns_field(block, i).path, paths[i]);
    ColumnsValues values;
    if (!expect_ok(columns_values(block, 1, &values))) return;
    expect_int(values.count, 20);
    expect_int(values.value_count, 2);
    expect_text(values.values[values.codes[3]], "y");
    expect_int(columns_values(block, ARRAY_COUNT(paths), &values), -EINVAL);
    expect_text(columns_literal(block, 0, 0), "{\"a\":");
}

/* Reads all there is; whatever it gives must be readable. */
static uint64_t touch(Slice bytes)
{
    Arena arena = arena_make((size_t)64 << 20);
    CLEANUP(buf_done) Buf row = buf_make(0);
    Columns *block;
    uint64_t sum = 0;
    if (columns_open(bytes, &arena, &block) == 0) {
        for (size_t i = 0; i < columns_number_count(block); i++) {
            const int64_t *numbers;
            if (columns_numbers(block, i, &numbers) < 0) continue;
            for (size_t at = 0; at < columns_row_count(block); at++)
                sum += (uint64_t)numbers[at];
        }
        for (size_t i = 0; i < columns_row_count(block) && i < 100; i++) {
            buf_clear(&row);
            if (columns_row(block, i, &row) == 0) sum += row.len;
        }
        for (size_t f = 0; f < columns_field_count(block) && f < 100; f++) {
            ColumnsValues values;
            if (columns_values(block, f, &values) < 0) continue;
            for (size_t i = 0; i < values.value_count; i++)
                for (size_t at = 0; at < values.values[i].len; at++)
                    sum += (unsigned char)values.values[i].ptr[at];
        }
    }
    arena_done(&arena);
    return sum;
}

static void damaged_blocks_do_no_harm(void)
{
    Slice rows[40];
    CLEANUP(arena_done) Arena arena = arena_make(0);
    CLEANUP(buf_done) Buf bytes = buf_make(0);
    uint64_t state = 11, sum = 0;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        rows[i] = log_row(i % 3 ? LOG_WINDOWS : LOG_SYSLOG, i, &state, &arena);
    if (!expect_ok(encode(rows, ARRAY_COUNT(rows), 3, &bytes))) return;
    for (size_t at = 0; at < bytes.len; at++) {
        char was = bytes.ptr[at];
        for (int flip = 1; flip < 256; flip *= 4) {
            bytes.ptr[at] = (char)(was ^ flip);
            sum += touch(buf_slice(&bytes));
        }
        bytes.ptr[at] = was;
        sum += touch(slice_first(buf_slice(&bytes), at));
    }
    expect(sum > 0);
}

static void shapes_are_shared_by_rows_alike(void)
{
    expect(columns_shape(SLICE("{\"a\":1}"), 5) == columns_shape(SLICE("{\"a\":22}"), 5));
    expect(columns_shape(SLICE("{\"a\":1}"), 5) != columns_shape(SLICE("{\"b\":1}"), 5));
    expect(columns_shape(SLICE("port 22 open"), 5) == columns_shape(SLICE("port 443 open"), 5));
    expect(columns_shape(SLICE("port 22 open"), 5) != columns_shape(SLICE("port 22 shut"), 5));
}

static void the_seed_does_not_change_the_bytes(void)
{
    static Slice rows[500];
    CLEANUP(arena_done) Arena arena = arena_make(0);
    CLEANUP(buf_done) Buf one = buf_make(0);
    CLEANUP(buf_done) Buf other = buf_make(0);
    uint64_t state = 5;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        rows[i] = log_row((LogKind)(i % LOG_KINDS), i, &state, &arena);
    ColumnsInput input = {.rows = rows, .row_count = ARRAY_COUNT(rows)};
    expect_ok(columns_encode(&input, &(ColumnsOptions){.seed = 1}, &one));
    expect_ok(columns_encode(&input, &(ColumnsOptions){.seed = 0x123456789abcdefu}, &other));
    expect_slice(buf_slice(&one), buf_slice(&other));
}

/* The worked example of doc/format/columns.md. */
static void the_documents_example_is_read(void)
{
    static const unsigned char directory[] = {
        8,   1,   5,   1, 0, 3, 1,   1,    1,   1,   16,  5, 0,  2,  0,   0,   0,
        2,   1,   8,   0, 1, 1, 2,   0,    0,   6,   0,   2, 16, 13, 3,   1,   12,
        1,   0,   0,   4, 0, 1, 1,   0xc8, 1,   1,   1,   0, 1,  16, 4,   0,   25,
        1,   1,   1,   5, 0, 5, '{', '"',  'n', '"', ':', 4, 0,  6,  ',', '"', 'u',
        '"', ':', '"', 3, 0, 2, '"', '}',  0,   1,   1,   0, 24, 6};
    static const unsigned char frames[] = {0,  2,  2,  2,  2,   2,   2,   2,   0,   1,
                                           1,  0,  1,  1,  0,   1,   0,   0,   2,   6,
                                           12, 20, 30, 42, 'b', 'o', 'b', 'a', 'n', 'n'};
    CLEANUP(buf_done) Buf bytes = buf_make(0);
    CLEANUP(buf_done) Buf row = buf_make(0);
    CLEANUP(arena_done) Arena arena = arena_make(READ_BYTES_MAX);
    buf_add_cstr(&bytes, "CLOK\x01");
    buf_add_varint(&bytes, sizeof directory);
    buf_add_varint(&bytes, sizeof directory);
    buf_add(&bytes, directory, sizeof directory);
    buf_add(&bytes, frames, sizeof frames);
    Columns *block;
    if (!expect_ok(columns_open(buf_slice(&bytes), &arena, &block))) return;
    for (size_t i = 0; i < 8; i++) {
        char want[64];
        snprintf(want, sizeof want, "{\"n\":%zu,\"u\":\"%s\"}", 100 + i * i, i % 3 ? "ann" : "bob");
        buf_clear(&row);
        expect_ok(columns_row(block, i, &row));
        expect_text(buf_slice(&row), want);
    }
}

/* Texts that repeat texts that repeat texts: what is written must stay readable within the reader's
 * bounds. */
static void repeats_of_repeats_come_back(void)
{
    CLEANUP(arena_done) Arena arena = arena_make(0);
    Slice rows[40];
    uint64_t state = 9;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        CLEANUP(buf_done) Buf text = buf_make(0);
        CLEANUP(buf_done) Buf last = buf_make(0);
        buf_add_format(&last, "number: %llu of something\\r\\nfor you",
                       (unsigned long long)log_random(&state));
        buf_add_char(&text, '{');
        for (size_t key = 0; key < 300; key++) {
            buf_add_format(&text, "%s\"k%zu\":\"%.*s\"", key ? "," : "", key,
                           SLICE_FMT(buf_slice(&last)));
            buf_add_format(&last, ": %zu\\t", key * i);
        }
        buf_add_char(&text, '}');
        if (!expect_ok(arena_copy(&arena, buf_slice(&text), &rows[i]))) return;
    }
    expect(comes_back(rows, ARRAY_COUNT(rows), 3) > 0);
}

static const TapTest tests[] = {
    TAP_TEST(empty_and_single_blocks_come_back),
    TAP_TEST(values_that_look_like_numbers_come_back),
    TAP_TEST(values_that_look_like_times_come_back),
    TAP_TEST(patterns_and_lists_come_back),
    TAP_TEST(any_bytes_come_back),
    TAP_TEST(rows_with_many_slots_come_back),
    TAP_TEST(too_much_is_refused),
    TAP_TEST(random_and_mutated_rows_come_back),
    TAP_TEST(windows_rows_are_small),
    TAP_TEST(fields_have_paths),
    TAP_TEST(damaged_blocks_do_no_harm),
    TAP_TEST(shapes_are_shared_by_rows_alike),
    TAP_TEST(the_seed_does_not_change_the_bytes),
    TAP_TEST(the_documents_example_is_read),
    TAP_TEST(repeats_of_repeats_come_back),
};
TAP_MAIN(tests)
