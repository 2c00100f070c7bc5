/* decode/lines: one event a line, nothing lost. */
#include "decoding.h"

#include "decode/lines.h"

#include <dirent.h>

static void check(const char *input, const char *want)
{
    decoding_expect(&lines_decoder, input, want);
}

static void lines_are_judged(void)
{
    check("{\"a\":1}\nNov 20 08:00:00 h app: x\nwords\n",
          "json ok - @0+7 | a:1\n"
          "syslog ok 2026-11-20T08:00:00Z @8+24 | timestamp=Nov 20 08:00:00 | host=h | tag=app | "
          "message=x\n"
          "text ok - @33+5 | message=words\n");
    check("{\"a\":1},\r\n", "json ok - @0+8 | a:1\n");
    check("{\"EventID\":1,\"Channel\":\"c\"}", "windows ok - @0+27 | EventID:1 | Channel=c\n");
    check("<13>@cee: {\"a\":1}",
          "syslog ok - @0+17 | facility:1 | severity:5 | message=@cee: {\"a\":1}\n");
}

static void json_inside_syslog_is_opened(void)
{
    check("<13>Nov 20 08:00:00 h app: "
          "{\"a\":{\"b\":1},\"host\":\"x\",\"@timestamp\":\"2026-11-20T07:00:00Z\"}",
          "syslog ok 2026-11-20T07:00:00Z @0+87 | facility:1 | severity:5 | "
          "timestamp=Nov 20 08:00:00 | host=h | host=x | tag=app | "
          "message={\"a\":{\"b\":1},\"host\":\"x\",\"@timestamp\":\"2026-11-20T07:00:00Z\"} | "
          "a.b:1 | "
          "@timestamp=2026-11-20T07:00:00Z\n");
    check("<13>Nov 20 08:00:00 h app: {\"EventID\":1,\"Channel\":\"c\"}",
          "windows ok 2026-11-20T08:00:00Z @0+54 | EventID:1 | Channel=c\n");
    check("<13>Nov 20 08:00:00 h app: {\"a\":",
          "syslog ok 2026-11-20T08:00:00Z @0+32 | facility:1 | severity:5 | "
          "timestamp=Nov 20 08:00:00 | host=h | tag=app | message={\"a\":\n");
}

static void ends_of_lines_are_no_part_of_raw(void)
{
    check("a\r\n\r\n\n \nb\rc\nd",
          "text ok - @0+1 | message=a\ntext ok - @6+1 | message= \n"
          "text ok - @8+3 | message=b\\x0dc\ntext ok - @12+1 | message=d\n");
    check("\xef\xbb\xbf"
          "a\n",
          "text ok - @0+4 | message=a\n");
    check("\n\n", "");
}

static void broken_json_is_told(void)
{
    check("{\"a\":1\n{main} words\n{\"a\":1} words\n",
          "text failed - @0+6 | message={\"a\":1 | akashi.parse_error=json.syntax\n"
          "damage json.syntax @0+6\n"
          "text ok - @7+12 | message={main} words\n"
          "text failed - @20+13 | message={\"a\":1} words | akashi.parse_error=json.syntax\n"
          "damage json.syntax @20+13\n");
}

static void times_of_plain_lines_are_found(void)
{
    static const struct {
        const char *line, *want;
    } cases[] = {
        {"2026-11-20 08:40:37,672:DEBUG:x", "2026-11-20T08:40:37.672Z"},
        {"2026-11-20T08:40:37.071:INFO:x", "2026-11-20T08:40:37.071Z"},
        {"2026-11-20T17:40:37+09:00 x", "2026-11-20T08:40:37Z"},
        {"2026/11/20 08:40:37 x", "2026-11-20T08:40:37Z"},
        {"[2026-11-20 08:40:37] x", "2026-11-20T08:40:37Z"},
        {"2026-11-20 08:40:37.123 UTC [1] LOG:  x", "2026-11-20T08:40:37.123Z"},
        {"2026-11-20 17:40:37 JST [1] LOG:  x", "2026-11-20T08:40:37Z"},
        {"2026-11-20T08:40:37Z UTC", "2026-11-20T08:40:37Z"},
        {"2026-13-20 08:40:37 x", "-"},
        {"at 2026-11-20 08:40:37", "-"},
        {"2026/11/20", "-"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        CLEANUP(buf_done) Buf want = {0};
        buf_add_format(&want, "text ok %s @0+%zu | message=%s\n", cases[i].want,
                       strlen(cases[i].line), cases[i].line);
        buf_add_char(&want, '\0');
        check(cases[i].line, want.ptr);
    }
}

static void one_message_is_judged_alike(void)
{
    Arena arena = arena_make(0);
    Event event;
    expect_ok(line_decode(SLICE("{\"a\":1}"), &decoding_options, &arena, &event));
    expect_int(event.format, EVENT_JSON);
    expect_text(event_text(&event, "a"), "1");
    expect_ok(line_decode(SLICE("<13>x\n"), &decoding_options, &arena, &event));
    expect_int(event.format, EVENT_SYSLOG);
    expect_text(event.raw, "<13>x\n");
    expect_ok(line_decode(SLICE("a\0\xff"), &decoding_options, &arena, &event));
    expect_int(event.format, EVENT_TEXT);
    expect_slice(event.raw, SLICE("a\0\xff"));
    expect_ok(line_decode((Slice){0}, &decoding_options, &arena, &event));
    expect_int(event.format, EVENT_TEXT);
    arena_done(&arena);
}

static void cuts_change_nothing(void)
{
    static const char *const inputs[] = {
        "\xef\xbb\xbf{\"a\":1}\r\n\r\nNov 20 08:00:00 h app: x\n<13>1 - - - - - [a b=\"c\"] "
        "x\n{\"a",
        "2026-11-20 08:40:37 x\n\n\nplain\xff\r",
    };
    for (size_t i = 0; i < ARRAY_COUNT(inputs); i++) {
        decoding_expect_same_when_cut(&lines_decoder, slice_from_cstr(inputs[i]));
    }
}

/* A window that cannot grow over 16 bytes stands for the 16 MiB of real ones. */
static void long_lines_are_split(void)
{
    CLEANUP(decoding_done) Decoding got = {.bodies = true};
    expect_ok(decoding_run(&lines_decoder, SLICE("a\n0123456789abcdef0123456789abcdefxyz\r\nb\n"),
                           16, 16, 16, &got));
    expect_text(buf_slice(&got.text),
                "text ok - @0+1 | message=a\n"
                "damage lines.split @2+0\n"
                "text partial - @2+16 | message=0123456789abcdef | akashi.parse_error=split\n"
                "text partial - @18+16 | message=0123456789abcdef | akashi.parse_error=split\n"
                "text partial - @34+3 | message=xyz | akashi.parse_error=split\n"
                "text ok - @39+1 | message=b\n");
}

static void text_is_recognised(void)
{
    expect_int(lines_decoder.recognise(SLICE("words\r\n\tmore\n")), 10);
    expect_int(lines_decoder.recognise(SLICE("\x83\x8d\x83O\n")), 10); /* CP932 */
    expect_int(lines_decoder.recognise(SLICE("")), 10);
    expect_int(lines_decoder.recognise(SLICE("\x7f"
                                             "ELF\x02\x01\x01\0\0\0\0\0\0\0\0\0")),
               1);
}

/* What the file's lines are: joined again they must be the raw bytes of the events. */
static void expected_raw(Slice bytes, Buf *to, uint64_t *ret_lines)
{
    Slice line;
    while (slice_cut(&bytes, '\n', &line)) {
        if (line.len > 0 && line.ptr[line.len - 1] == '\r') line.len--;
        if (line.len == 0) continue;
        buf_add_slice(to, line);
        buf_add_char(to, '\n');
        (*ret_lines)++;
    }
}

static void check_corpus_file(const char *path)
{
    Slice bytes = decoding_read_file(path);
    CLEANUP(decoding_done) Decoding got = {0};
    CLEANUP(buf_done) Buf want = {0};
    uint64_t lines = 0;
    expected_raw(bytes, &want, &lines);
    expect_ok(decoding_run(&lines_decoder, bytes, 1000, 1000, SIZE_MAX, &got));
    bool same = expect_int(got.events, lines) && expect(got.raw.len == want.len) &&
                expect(want.len == 0 || memcmp(got.raw.ptr, want.ptr, want.len) == 0);
    if (!same) tap_note("%s", path);
    CLEANUP(decoding_done) Decoding as_json = {0};
    expect_ok(decoding_run(&json_decoder, bytes, SIZE_MAX, 1, SIZE_MAX, &as_json));
    free((char *)bytes.ptr);
}

static void corpus_loses_no_byte(void)
{
    const char *corpus = tap_corpus();
    char folder_path[2048], path[4096];
    if (!corpus) {
        tap_skip("no corpus");
        return;
    }
    snprintf(folder_path, sizeof folder_path, "%s/text/lnav", corpus);
    DIR *folder = opendir(folder_path);
    if (!expect(folder != NULL)) return;
    unsigned files = 0;
    for (const struct dirent *entry; (entry = readdir(folder));) {
        if (entry->d_name[0] == '.') continue;
        snprintf(path, sizeof path, "%s/%s", folder_path, entry->d_name);
        check_corpus_file(path);
        files++;
    }
    closedir(folder);
    expect(files > 50);
}

static const TapTest tests[] = {
    TAP_TEST(lines_are_judged),
    TAP_TEST(json_inside_syslog_is_opened),
    TAP_TEST(ends_of_lines_are_no_part_of_raw),
    TAP_TEST(broken_json_is_told),
    TAP_TEST(times_of_plain_lines_are_found),
    TAP_TEST(one_message_is_judged_alike),
    TAP_TEST(cuts_change_nothing),
    TAP_TEST(long_lines_are_split),
    TAP_TEST(text_is_recognised),
    TAP_TEST(corpus_loses_no_byte),
};

TAP_MAIN(tests)
