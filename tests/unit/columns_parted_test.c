/* store/columns.h: blocks in two arenas, of which one is emptied now and then. */
#include "tests/support/log_rows.h"
#include "tests/support/tap.h"

#include "store/columns/columns.h"

#include <errno.h>
#include <stdlib.h>

#define ROWS 3000u

typedef struct Sample {
    Arena arena;
    Slice rows[ROWS];
    int64_t numbers[ROWS];
    Buf bytes;
} Sample;

/* Rows of all kinds, many of one shape among them. */
static bool sample_make(Sample *sample)
{
    const int64_t *given = sample->numbers;
    uint64_t state = 11;
    sample->arena = arena_make(0);
    sample->bytes = buf_make(0);
    for (size_t i = 0; i < ROWS; i++) {
        LogKind kind = i % 8 ? LOG_WINDOWS : (LogKind)(log_random(&state) % LOG_KINDS);
        sample->rows[i] = log_row(kind, i, &state, &sample->arena);
        sample->numbers[i] = (int64_t)(i * i);
    }
    const ColumnsInput input = {
        .rows = sample->rows, .row_count = ROWS, .numbers = &given, .number_count = 1};
    return expect_ok(columns_encode(&input, &(ColumnsOptions){.seed = 7}, &sample->bytes));
}

static void sample_done(Sample *sample)
{
    buf_done(&sample->bytes);
    arena_done(&sample->arena);
    free(sample);
}

typedef struct Parted {
    Arena kept, loose;
    Columns *block;
} Parted;

static bool parted_open(const Sample *sample, size_t bytes_max, unsigned numbers, Parted *ret)
{
    *ret = (Parted){.kept = arena_make(0), .loose = arena_make(0)};
    const ColumnsRoom room = {&ret->kept, &ret->loose, bytes_max, numbers};
    return expect_ok(columns_open_parted(buf_slice(&sample->bytes), &room, &ret->block));
}

static void parted_forget(Parted *parted)
{
    columns_forget(parted->block);
    arena_done(&parted->loose);
}

static void parted_done(Parted *parted)
{
    columns_rest(parted->block);
    arena_done(&parted->kept);
    arena_done(&parted->loose);
}

static void rows_come_back_after_it_forgot(void)
{
    Sample *sample = calloc(1, sizeof *sample);
    CLEANUP(buf_done) Buf row = buf_make(0);
    Parted parted;
    if (!sample || !sample_make(sample) || !parted_open(sample, (size_t)256 << 20, 1, &parted))
        return;
    bool good = true;
    for (size_t i = 0; i < ROWS && good; i++) {
        buf_clear(&row);
        good = expect_ok(columns_row(parted.block, i, &row)) &&
               expect_slice(buf_slice(&row), sample->rows[i]);
        if (i % 500 == 99) parted_forget(&parted);
    }
    expect(parted.loose.bytes > parted.kept.bytes);
    parted_done(&parted);
    sample_done(sample);
}

static uint64_t sum_of_text(uint64_t sum, Slice text)
{
    for (size_t at = 0; at < text.len; at++) {
        sum = sum * 31 + (unsigned char)text.ptr[at];
    }
    return sum;
}

static uint64_t sum_of_values(const ColumnsValues *values)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < values->value_count; i++) {
        sum = sum_of_text(sum, values->values[i]);
    }
    return sum;
}

/* Row by row. */
static uint64_t sum_of_rows(const ColumnsValues *values)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < values->count; i++) {
        sum = sum_of_text(sum + values->rows[i], values->values[values->codes[i]]);
    }
    return sum;
}

/* Values that are not loose stay where they are; the others are the same when they are asked for
 * again. */
static void values_stay_or_come_back(void)
{
    Sample *sample = calloc(1, sizeof *sample);
    Parted parted;
    if (!sample || !sample_make(sample) || !parted_open(sample, (size_t)256 << 20, 1, &parted))
        return;
    size_t fields = columns_field_count(parted.block), stayed = 0, gone = 0;
    ColumnsValues *before = calloc(fields + 1, sizeof *before), again;
    uint64_t *sums = calloc(2 * fields + 1, sizeof *sums);
    for (size_t f = 0; f < fields; f++) {
        if (!expect_ok(columns_values(parted.block, f, &before[f]))) return;
        sums[2 * f] = sum_of_values(&before[f]);
        sums[2 * f + 1] = sum_of_rows(&before[f]);
    }
    parted_forget(&parted);
    for (size_t f = 0; f < fields; f++) {
        bool loose = columns_is_loose(parted.block, columns_field(parted.block, f).column);
        stayed += !loose;
        gone += loose;
        if (!loose) expect(sum_of_values(&before[f]) == sums[2 * f]);
        if (!expect_ok(columns_values(parted.block, f, &again))) break;
        if (!expect(sum_of_rows(&again) == sums[2 * f + 1])) break;
    }
    tap_note("%zu fields stayed, %zu were loose", stayed, gone);
    expect(stayed > 0 && gone > stayed);
    free(before);
    free(sums);
    parted_done(&parted);
    sample_done(sample);
}

static void chosen_numbers_stay(void)
{
    Sample *sample = calloc(1, sizeof *sample);
    Parted parted;
    const int64_t *numbers, *again;
    if (!sample || !sample_make(sample) || !parted_open(sample, (size_t)256 << 20, 1, &parted))
        return;
    if (!expect_ok(columns_numbers(parted.block, 0, &numbers))) return;
    parted_forget(&parted);
    expect_int(numbers[ROWS - 1], (int64_t)(ROWS - 1) * (ROWS - 1));
    expect_ok(columns_numbers(parted.block, 0, &again));
    expect(numbers == again && parted.loose.bytes == 0);
    parted_done(&parted);
    if (!parted_open(sample, (size_t)256 << 20, 0, &parted)) return;
    expect_ok(columns_numbers(parted.block, 0, &numbers));
    expect(parted.loose.bytes > 0);
    parted_forget(&parted);
    expect_ok(columns_numbers(parted.block, 0, &again));
    expect_int(again[ROWS - 1], (int64_t)(ROWS - 1) * (ROWS - 1));
    parted_done(&parted);
    sample_done(sample);
}

/* Both arenas have one maximum; past it nothing is lost, and with more room it goes on. */
static void both_have_one_maximum(void)
{
    Sample *sample = calloc(1, sizeof *sample);
    CLEANUP(buf_done) Buf row = buf_make(0);
    Parted parted;
    size_t max = (size_t)640 << 10;
    if (!sample || !sample_make(sample) || !parted_open(sample, max, 1, &parted)) return;
    int r = 0;
    for (size_t i = 0; i < ROWS && r == 0; i++) {
        buf_clear(&row);
        r = columns_row(parted.block, i, &row);
    }
    expect_int(r, -ENOMEM);
    expect(parted.kept.bytes + parted.loose.bytes <= max + ((size_t)64 << 10));
    columns_allow(parted.block, (size_t)256 << 20);
    for (size_t i = 0; i < ROWS; i++) {
        buf_clear(&row);
        if (!expect_ok(columns_row(parted.block, i, &row))) break;
        if (!expect_slice(buf_slice(&row), sample->rows[i])) break;
    }
    parted_done(&parted);
    sample_done(sample);
}

static const TapTest tests[] = {
    TAP_TEST(rows_come_back_after_it_forgot),
    TAP_TEST(values_stay_or_come_back),
    TAP_TEST(chosen_numbers_stay),
    TAP_TEST(both_have_one_maximum),
};
TAP_MAIN(tests)
