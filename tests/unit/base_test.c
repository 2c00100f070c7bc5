/* base/: the tools that everything else stands on. */
#include "tests/support/tap.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/complaint.h"
#include "base/digest.h"
#include "base/json_text.h"
#include "base/map.h"
#include "base/number.h"
#include "base/time_text.h"
#include "base/utf8.h"

#include <errno.h>

static void slices_compare_and_cut(void)
{
    expect(slice_eq_nocase(SLICE("EventID"), SLICE("eventid")));
    expect_int(slice_find_nocase(SLICE("Failed Password"), SLICE("password")), 7);
    expect_int(slice_find(SLICE("abc"), SLICE("x")), (int64_t)SLICE_NOT_FOUND);
    expect_text(slice_trim(SLICE(" \t a b\r\n")), "a b");
    Slice rest = SLICE("a,,b"), piece;
    expect(slice_cut(&rest, ',', &piece));
    expect_text(piece, "a");
    expect(slice_cut(&rest, ',', &piece));
    expect_text(piece, "");
    expect(slice_cut(&rest, ',', &piece));
    expect_text(piece, "b");
    expect(!slice_cut(&rest, ',', &piece));
}

/* Texts of two letters and zeros, so that needles nearly stand in them everywhere. */
static void needles_are_found_as_by_memmem(void)
{
    char text[300], needle[40];
    uint32_t random = 7;
    for (size_t round = 0; round < 20000; round++) {
        for (size_t i = 0; i < sizeof text; i++) {
            random = random * 1664525u + 1013904223u;
            text[i] = "aab\0"[random >> 30];
        }
        const size_t len = random % sizeof text, needle_len = 1 + round % sizeof needle;
        const size_t from = random / 512 % (sizeof text - sizeof needle);
        memcpy(needle, text + from, needle_len);
        if (round % 3 == 0) needle[needle_len / 2] ^= 'a' ^ 'b';
        const char *at = memmem(text, len, needle, needle_len);
        const size_t found = slice_find(slice_of(text, len), slice_of(needle, needle_len));
        const size_t wanted = at ? (size_t)(at - text) : SLICE_NOT_FOUND;
        if (!expect_int((int64_t)found, (int64_t)wanted)) return;
    }
    expect_int((int64_t)slice_find((Slice){0}, SLICE("ab")), (int64_t)SLICE_NOT_FOUND);
    expect_int((int64_t)slice_find((Slice){0}, (Slice){0}), 0);
}

static void arena_keeps_its_maximum(void)
{
    Arena arena = arena_make(100000);
    expect(arena_alloc(&arena, 50000) != NULL);
    expect(arena_alloc(&arena, 60000) == NULL);
    expect(arena_alloc(&arena, 1000) != NULL);
    expect(arena_alloc_array(&arena, SIZE_MAX / 2, 4) == NULL);
    arena_reset(&arena);
    Slice text = {0};
    if (expect_ok(arena_format(&arena, &text, "%s-%d", "x", 7))) expect_text(text, "x-7");
    arena_done(&arena);
}

static void buf_keeps_its_maximum_and_its_error(void)
{
    CLEANUP(buf_done) Buf buf = buf_make(300);
    for (int i = 0; i < 40; i++) {
        buf_add(&buf, "12345678", 8);
    }
    expect_int(buf_error(&buf), -EMSGSIZE);
    expect_int(buf.len, 296);
    buf_clear(&buf);
    buf_add_i64(&buf, INT64_MIN);
    expect_text(buf_slice(&buf), "-9223372036854775808");
}

static void varints_round_trip(void)
{
    CLEANUP(buf_done) Buf buf = {0};
    const uint64_t values[] = {0, 127, 128, 300, 1u << 31, UINT64_MAX};
    for (size_t i = 0; i < ARRAY_COUNT(values); i++) {
        buf_add_varint(&buf, values[i]);
    }
    Slice rest = buf_slice(&buf);
    for (size_t i = 0; i < ARRAY_COUNT(values); i++) {
        uint64_t got = 1;
        if (!expect_ok(slice_take_varint(&rest, &got))) return;
        expect(got == values[i]);
    }
    uint64_t untouched = 9;
    Slice torn = SLICE("\xff\xff");
    expect_int(slice_take_varint(&torn, &untouched), -EBADMSG);
    Slice too_long = SLICE("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02");
    expect_int(slice_take_varint(&too_long, &untouched), -EBADMSG);
    expect_int(untouched, 9);
}

static void numbers_parse_exactly(void)
{
    uint64_t u = 0;
    int64_t i = 0;
    expect_ok(number_parse_u64(SLICE("18446744073709551615"), &u));
    expect(u == UINT64_MAX);
    expect_int(number_parse_u64(SLICE("18446744073709551616"), &u), -ERANGE);
    expect_int(number_parse_u64(SLICE("12x"), &u), -EINVAL);
    expect_ok(number_parse_i64(SLICE("-9223372036854775808"), &i));
    expect(i == INT64_MIN);
    expect_int(number_parse_i64(SLICE("-"), &i), -EINVAL);
    expect_ok(number_parse_any(SLICE("0x3e7"), &u));
    expect_int((int64_t)u, 0x3e7);
    char text[NUMBER_TEXT_MAX];
    expect_text(slice_of(text, number_print_hex(text, 0x8020000000000000)), "0x8020000000000000");
    expect_text(slice_of(text, number_print_hex(text, 0)), "0x0");
}

static void times_round_trip(void)
{
    const char *texts[] = {"1970-01-01T00:00:00Z",        "2000-02-29T23:59:59.5Z",
                           "1969-12-31T23:59:59.999999Z", "2026-11-20T08:40:37.123456789Z",
                           "1700-03-01T00:00:00Z",        "2261-12-31T23:59:59Z"};
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        int64_t ns = 0, again = 1;
        char text[TIME_TEXT_MAX];
        if (!expect_ok(time_parse_rfc3339(slice_from_cstr(texts[i]), 0, &ns))) continue;
        expect_ok(time_parse_rfc3339(slice_of(text, time_print_rfc3339(text, ns)), 0, &again));
        expect_int(again, ns);
    }
    int64_t ns = 5;
    expect_int(time_parse_rfc3339(SLICE("2026-02-30T00:00:00Z"), 0, &ns), -EINVAL);
    expect_int(time_parse_rfc3339(SLICE("2300-01-01T00:00:00Z"), 0, &ns), -ERANGE);
    expect_int(ns, 5);
}

static void times_know_their_zone(void)
{
    int64_t utc = 0, tokyo = 1, bare = 2;
    char text[TIME_TEXT_MAX];
    expect_ok(time_parse_rfc3339(SLICE("2026-11-20T00:00:00Z"), 0, &utc));
    expect_ok(time_parse_rfc3339(SLICE("2026-11-20 09:00:00,000+0900"), 0, &tokyo));
    expect_ok(time_parse_rfc3339(SLICE("2026-11-20T09:00:00"), 9 * 3600, &bare));
    expect_int(tokyo, utc);
    expect_int(bare, utc);
    expect_text(slice_of(text, time_print_plain(text, utc, 9 * 3600)), "2026-11-20 09:00:00");
    expect_int(time_from_filetime(116444736000000000u + 10), 1000);
    expect_int(time_from_filetime(0), TIME_UNKNOWN);
}

static void utf8_repairs_what_is_ill_formed(void)
{
    expect(utf8_is_valid(SLICE("ログオン失敗 ok \xf0\x9f\x8d\xb5")));
    expect(!utf8_is_valid(SLICE("\xed\xa0\x80")));
    expect(!utf8_is_valid(SLICE("\xc0\x80")));
    CLEANUP(buf_done) Buf buf = {0};
    utf8_add_repaired(&buf, SLICE("a\xff"
                                  "b\xe3\x83"
                                  "c\xf4\x90\x80\x80"));
    expect_text(buf_slice(&buf), "a\xef\xbf\xbd"
                                 "b\xef\xbf\xbd"
                                 "c\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
}

static void utf16_becomes_utf8(void)
{
    char to[64];
    const char text[] = "A\0B\0C\0D\0E\0\xed\x8a\x3d\xd8\x00\xde\x00\xd8Z\0";
    size_t len = utf8_from_utf16le(to, slice_of(text, sizeof text - 1));
    expect_text(slice_of(to, len), "ABCDE\xe8\xab\xad\xf0\x9f\x98\x80\xef\xbf\xbdZ");
}

static void json_strings_are_always_well_formed(void)
{
    CLEANUP(buf_done) Buf buf = {0};
    json_add_string(&buf, SLICE("C:\\Users\\\"田中\"\r\n\x01\x7f\xff plain text behind it"));
    expect_text(buf_slice(&buf),
                "\"C:\\\\Users\\\\\\\"田中\\\"\\r\\n\\u0001\\u007f\xef\xbf\xbd plain text "
                "behind it\"");
    buf_clear(&buf);
    json_add_string(
        &buf, SLICE("\xc2\x9b\xc2\xa0一\xc2\x85二\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xaa\xe2\x80"));
    expect_text(buf_slice(&buf),
                "\"\\u009b\xc2\xa0一\\u0085二\\u2028\\u2029\xe2\x80\xaa\xef\xbf\xbd\"");
    expect(json_is_number(SLICE("-12.5e+3")));
    expect(!json_is_number(SLICE("007")));
    expect(!json_is_number(SLICE("1.")));
    expect(!json_is_number(SLICE("")));
}

static void map_finds_grows_and_stops(void)
{
    const uint64_t seed[2] = {1, 2};
    Map map = map_make(1000, seed);
    char key[16];
    for (unsigned i = 0; i < 1000; i++) {
        size_t len = number_print_u64(key, i * 7919);
        bool is_new = false;
        uint64_t *value = map_put(&map, slice_of(key, len), &is_new);
        if (!expect(value != NULL && is_new)) return;
        *value = i;
    }
    expect(map_put(&map, SLICE("one too many"), NULL) == NULL);
    expect(map_put(&map, SLICE("0"), NULL) != NULL);
    uint64_t *found = map_find(&map, SLICE("7919"));
    expect(found && *found == 1);
    size_t position = 0, seen = 0;
    Slice name;
    uint64_t value;
    while (map_next(&map, &position, &name, &value)) {
        seen++;
    }
    expect_int(seen, 1000);
    map_clear(&map);
    expect(map_find(&map, SLICE("7919")) == NULL);
    map_done(&map);
}

static void digests_match_their_standards(void)
{
    const Slice pieces[] = {SLICE_INIT("a"), SLICE_INIT("bc")};
    Digest digest = digest_sha256(pieces, 2);
    expect_int(digest.bytes[0], 0xba); /* FIPS 180-4 example: "abc" */
    expect_int(digest.bytes[31], 0xad);
    expect_int(digest_crc32(SLICE("123456789")), 0xcbf43926);
}

static void complaints_speak_both_languages(void)
{
    Complaint complaint = {0};
    complaint_say(&complaint, "test.id", "port %d is taken", "ポート %d は使用中です", 5514);
    expect_text(slice_from_cstr(complaint.en), "port 5514 is taken");
    expect_text(slice_from_cstr(complaint.ja), "ポート 5514 は使用中です");
    char wide[2000];
    for (size_t i = 0; i + 3 < sizeof wide; i += 3) {
        memcpy(wide + i, "証", 4);
    }
    complaint_say(&complaint, "test.long", "%s", "%s", wide);
    expect(utf8_is_valid(slice_from_cstr(complaint.ja)));
}

static const TapTest tests[] = {
    TAP_TEST(slices_compare_and_cut),
    TAP_TEST(needles_are_found_as_by_memmem),
    TAP_TEST(arena_keeps_its_maximum),
    TAP_TEST(buf_keeps_its_maximum_and_its_error),
    TAP_TEST(varints_round_trip),
    TAP_TEST(numbers_parse_exactly),
    TAP_TEST(times_round_trip),
    TAP_TEST(times_know_their_zone),
    TAP_TEST(utf8_repairs_what_is_ill_formed),
    TAP_TEST(utf16_becomes_utf8),
    TAP_TEST(json_strings_are_always_well_formed),
    TAP_TEST(map_finds_grows_and_stops),
    TAP_TEST(digests_match_their_standards),
    TAP_TEST(complaints_speak_both_languages),
};

TAP_MAIN(tests)
