/* record/row.c: rows to bytes and back. */
#include "tests/support/store_kit.h"
#include "tests/support/tap.h"

#include "base/digest.h"
#include "record/row.h"

#include <errno.h>
#include <stdlib.h>

static bool comes_back(const Row *row, Arena *arena)
{
    CLEANUP(buf_done) Buf bytes = buf_make(0);
    row_encode(&bytes, row);
    if (!expect_int(buf_error(&bytes), 0)) return false;
    Row got;
    return expect_ok(row_decode(buf_slice(&bytes), arena, &got)) && expect(kit_same_row(&got, row));
}

static void rows_come_back_byte_for_byte(void)
{
    Arena arena = arena_make(0);
    for (uint64_t id = 0; id < 3000 && tap_failures() == 0; id++) {
        arena_reset(&arena);
        Row row = kit_row(id, &arena);
        comes_back(&row, &arena);
    }
    arena_done(&arena);
}

static void an_empty_row_comes_back(void)
{
    Arena arena = arena_make(0);
    Row row = {0};
    comes_back(&row, &arena);
    row.event.time_ns = row.record.time_ns = row.record.end_ns = row.record.ingested_ns =
        TIME_UNKNOWN;
    comes_back(&row, &arena);
    arena_done(&arena);
}

static void extreme_numbers_come_back(void)
{
    Arena arena = arena_make(0);
    Row row = {0};
    row.event.time_ns = INT64_MAX;
    row.record.time_ns = TIME_UNKNOWN;
    row.record.end_ns = INT64_MIN + 1;
    row.record.ingested_ns = -1;
    row.record.count = UINT32_MAX;
    row.event.offset = row.event.index = row.event.record_id = UINT64_MAX;
    row.event.format = EVENT_JSON;
    row.event.parse = PARSE_FAILED;
    row.record.outcome = OUTCOME_FAILURE;
    row.record.certainty = CERTAINTY_INFERRED;
    row.record.verb = (Verb)(VERB_COUNT - 1);
    memset(row.key, 0xff, sizeof row.key);
    comes_back(&row, &arena);
    arena_done(&arena);
}

/* Values that stand in raw, and record texts that stand in the event, are not written again. */
static void nothing_is_written_twice(void)
{
    static const char raw[] =
        "{\"User\":\"EXAMPLE\\u005ctanaka\",\"Object\":\"salary-of-everybody-2026.xlsx\"}";
    static const char user[] = "EXAMPLE\\tanaka"; /* unescaped: not in raw */
    Slice object = slice_of(strstr(raw, "salary"), strlen("salary-of-everybody-2026.xlsx"));
    const Field fields[] = {
        {.name = SLICE_INIT("User"), .value = SLICE_INIT(user)},
        {.name = SLICE_INIT("Object"), .value = object},
    };
    Row row = {0};
    row.event.raw = SLICE(raw);
    row.event.fields = fields;
    row.event.field_count = 2;
    row.record.text[RECORD_USER_DOMAIN] = slice_first(fields[0].value, 7);
    row.record.text[RECORD_USER_NAME] = slice_skip(fields[0].value, 8);
    row.record.text[RECORD_FILE_PATH] = object;
    CLEANUP(buf_done) Buf bytes = buf_make(0);
    row_encode(&bytes, &row);
    expect(bytes.len < sizeof raw + sizeof user + 80);
    size_t first = slice_find(buf_slice(&bytes), SLICE("salary"));
    expect(first != SLICE_NOT_FOUND);
    expect_int(slice_find(slice_skip(buf_slice(&bytes), first + 1), SLICE("salary")),
               (int64_t)SLICE_NOT_FOUND);
    Arena arena = arena_make(0);
    comes_back(&row, &arena);
    arena_done(&arena);
}

/* Every cut, every byte changed: an error or a row whose slices can all be read, never a crash. */
static uint64_t touch(const Row *row)
{
    Slice all[RECORD_FIELD_COUNT + 2];
    size_t count = 0;
    for (; count < RECORD_FIELD_COUNT; count++) {
        all[count] = row->record.text[count];
    }
    all[count++] = row->event.raw;
    all[count++] = row->origin;
    uint64_t sum = digest_sha256(all, count).bytes[0];
    for (size_t i = 0; i < row->event.field_count; i++) {
        Slice pair[] = {row->event.fields[i].name, row->event.fields[i].value};
        sum += digest_sha256(pair, 2).bytes[0];
    }
    return sum;
}

static void damaged_bytes_never_lead_outside(void)
{
    Arena arena = arena_make(1 << 20), rows = arena_make(0);
    CLEANUP(buf_done) Buf bytes = buf_make(0);
    Row row = kit_row(10, &rows), got;
    row_encode(&bytes, &row);
    size_t refused = 0, len = bytes.len;
    for (size_t i = 0; i < len; i++) {
        char *cut = malloc(i + 1); /* exact size: a sanitizer sees a byte read behind it */
        if (i) memcpy(cut, bytes.ptr, i);
        expect_int(row_decode(slice_of(cut, i), &arena, &got), -EBADMSG);
        free(cut);
        for (int bit = 0; bit < 8; bit++) {
            bytes.ptr[i] = (char)(bytes.ptr[i] ^ 1 << bit);
            arena_reset(&arena);
            if (row_decode(buf_slice(&bytes), &arena, &got) < 0) {
                refused++;
            } else {
                touch(&got);
            }
            bytes.ptr[i] = (char)(bytes.ptr[i] ^ 1 << bit);
        }
    }
    expect(refused > 0);
    tap_note("%zu of %zu bit flips refused, the others gave a row", refused, 8 * len);
    arena_done(&arena);
    arena_done(&rows);
}

static void what_follows_a_row_is_refused(void)
{
    Arena arena = arena_make(0);
    CLEANUP(buf_done) Buf bytes = buf_make(0);
    Row row = kit_row(3, &arena), got;
    row_encode(&bytes, &row);
    buf_add_char(&bytes, 0);
    expect_int(row_decode(buf_slice(&bytes), &arena, &got), -EBADMSG);
    bytes.len--;
    bytes.ptr[0] = 2; /* a version to come */
    expect_int(row_decode(buf_slice(&bytes), &arena, &got), -EBADMSG);
    arena_done(&arena);
}

static void no_memory_is_said(void)
{
    Arena arena = arena_make(0), small = arena_make(64);
    Field fields[100] = {{.name = SLICE_INIT("a"), .value = SLICE_INIT("b")}};
    Row row = {0}, got;
    row.event.fields = fields;
    row.event.field_count = 100;
    CLEANUP(buf_done) Buf bytes = buf_make(0), full = buf_make(20);
    row_encode(&bytes, &row);
    expect_int(row_decode(buf_slice(&bytes), &small, &got), -ENOMEM);
    row_encode(&full, &row);
    expect_int(buf_error(&full), -EMSGSIZE);
    arena_done(&arena);
    arena_done(&small);
}

static const TapTest tests[] = {
    TAP_TEST(rows_come_back_byte_for_byte),
    TAP_TEST(an_empty_row_comes_back),
    TAP_TEST(extreme_numbers_come_back),
    TAP_TEST(nothing_is_written_twice),
    TAP_TEST(damaged_bytes_never_lead_outside),
    TAP_TEST(what_follows_a_row_is_refused),
    TAP_TEST(no_memory_is_said),
};
TAP_MAIN(tests)
