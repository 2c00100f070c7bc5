/* decode/json*: documents, events out of them, what is broken. */
#include "decoding.h"

#include "decode/json.h"
#include "decode/json_event.h"
#include "decode/json_time.h"

#include <errno.h>

static void check(const char *input, const char *want)
{
    decoding_expect(&json_decoder, input, want);
}

static void objects_are_flattened(void)
{
    check("{\"a\":{\"b\":1,\"c\":{\"d\":\"x\"}},\"e\":true,\"f\":null,\"g\":false}",
          "json ok - @0+55 | a.b:1 | a.c.d=x | e?true | f~ | g?false\n");
    check("{\"a\":[1,\"x\",null],\"b\":[],\"c\":{},\"d\":[{\"e\":1}],\"f\":[[1]]}",
          "json ok - @0+56 | a:1 | a=x | a~ | b%[] | c%{} | d%[{\"e\":1}] | f%[[1]]\n");
    check("{}", "json ok - @0+2\n");
    check("{\"\":1,\"a\":{\"\":2}}", "json ok - @0+17 | :1 | a:2\n");
}

static void numbers_keep_their_text(void)
{
    check("{\"a\":12345678901234567890123,\"b\":-0.10,\"c\":1E+2,\"d\":0}",
          "json ok - @0+54 | a:12345678901234567890123 | b:-0.10 | c:1E+2 | d:0\n");
}

static void keys_that_come_twice_stand_together(void)
{
    check("{\"a\":1,\"b\":2,\"a\":3,\"c\":4,\"b\":5}",
          "json ok - @0+31 | a:1 | a:3 | b:2 | b:5 | c:4\n");
    check("{\"a\":{\"b\":1},\"x\":0,\"a.b\":2}", "json ok - @0+27 | a.b:1 | a.b:2 | x:0\n");
}

static void many_keys_that_come_twice_stand_together(void)
{
    CLEANUP(buf_done) Buf input = {0};
    CLEANUP(buf_done) Buf want = {0};
    buf_add_char(&input, '{');
    for (unsigned i = 0; i < 300; i++) {
        buf_add_format(&input, "%s\"k%u\":%u", i ? "," : "", i % 100, i);
    }
    buf_add(&input, "}\0", 2);
    buf_add_format(&want, "json ok - @0+%zu", input.len - 1);
    for (unsigned i = 0; i < 100; i++) {
        buf_add_format(&want, " | k%u:%u | k%u:%u | k%u:%u", i, i, i, i + 100, i, i + 200);
    }
    buf_add(&want, "\n\0", 2);
    check(input.ptr, want.ptr);
}

static void strings_are_decoded(void)
{
    check("{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\u00e9\\u8a3c\"}",
          "json ok - @0+42 | a=\"\\/\\x08\\x0c\\x0a\\x0d\\x09Aé証\n");
    check("{\"\\u0061b\":\"\\ud83d\\ude00\"}", "json ok - @0+26 | ab=\xf0\x9f\x98\x80\n");
    check("{\"a\":\"\\ud83d\"}", "json ok - @0+14 | a=\xef\xbf\xbd\n");
    check("{\"a\":\"\\ude00x\"}", "json ok - @0+15 | a=\xef\xbf\xbdx\n");
    check("{\"a\":\"\\ud83d\\n\\ud83d\\u0041\"}",
          "json ok - @0+28 | a=\xef\xbf\xbd\\x0a\xef\xbf\xbd"
          "A\n");
    check("{\"a\":\"caf\xe9 \xff\"}", "json ok - @0+14 | a=caf\xe9 \xff\n");
}

/* Strings of every length around the blocks and rooms that are read at once. */
static void long_strings_are_decoded(void)
{
    static const size_t lengths[] = {0, 1, 14, 15, 16, 17, 31, 32, 33, 16000, 16384, 200000};
    for (size_t i = 0; i < ARRAY_COUNT(lengths); i++) {
        for (size_t escape = 0; escape <= lengths[i]; escape += lengths[i] / 5 + 1) {
            CLEANUP(buf_done) Buf input = {0};
            CLEANUP(buf_done) Buf want = {0};
            buf_add_cstr(&input, "{\"a\":\"");
            buf_add_format(&want, "json ok - @0+%zu | a=", lengths[i] + 10);
            for (size_t at = 0; at < lengths[i]; at++) {
                if (at == escape) buf_add_cstr(&input, "\\n");
                if (at == escape) buf_add_cstr(&want, "\\x0a");
                buf_add_char(&input, (char)('a' + at % 26));
                buf_add_char(&want, (char)('a' + at % 26));
            }
            if (escape == lengths[i]) buf_add_cstr(&input, "\\n");
            if (escape == lengths[i]) buf_add_cstr(&want, "\\x0a");
            buf_add(&input, "\"}", 3);
            buf_add(&want, "\n", 2);
            check(input.ptr, want.ptr);
        }
    }
}

static void documents_come_in_many_layouts(void)
{
    static const struct {
        const char *input;
        size_t first, second;
    } cases[] = {
        {"{\"a\":1}\n{\"a\":2}\n", 0, 8},
        {"{\"a\":1}\r\n\r\n{\"a\":2}", 0, 11},
        {"\xef\xbb\xbf{\"a\":1}\n{\"a\":2}\n", 3, 11},
        {"{\"a\":1}{\"a\":2}", 0, 7},
        {"{\"a\":1},\n{\"a\":2},\n", 0, 9},
        {"[{\"a\":1},{\"a\":2}]", 1, 9},
        {"[\n  {\"a\":1},\n  {\"a\":2}\n]\n", 4, 15},
        {"[{\"a\":1}]\n[{\"a\":2}]\n", 1, 11},
        {"{\"Records\":[{\"a\":1},{\"a\":2}]}", 12, 20},
        {"{\"kind\":\"k\",\"items\":[{\"a\":1},{\"a\":2}],\"n\":null}", 21, 29},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        CLEANUP(buf_done) Buf want = {0};
        buf_add_format(&want, "json ok - @%zu+7 | a:1\njson ok - @%zu+7 | a:2\n", cases[i].first,
                       cases[i].second);
        buf_add_char(&want, '\0');
        check(cases[i].input, want.ptr);
    }
    check("{\n  \"a\": {\n    \"b\": 1\n  }\n}\n{\n  \"a\": [\n    2\n  ]\n}\n",
          "json ok - @0+27 | a.b:1\njson ok - @28+22 | a:2\n");
}

static void only_true_wrappers_are_opened(void)
{
    /* two arrays, an object beside it, a time beside it, not only objects, another name, empty */
    check("{\"items\":[{\"a\":1}],\"value\":[{\"a\":2}]}",
          "json ok - @0+37 | items%[{\"a\":1}] | value%[{\"a\":2}]\n");
    check("{\"items\":[{\"a\":1}],\"x\":{\"y\":1}}",
          "json ok - @0+31 | items%[{\"a\":1}] | x.y:1\n");
    check("{\"time\":\"2026-11-20T00:00:00Z\",\"items\":[{\"a\":1}]}",
          "json ok 2026-11-20T00:00:00Z @0+49 | time=2026-11-20T00:00:00Z | items%[{\"a\":1}]\n");
    check("{\"items\":[{\"a\":1},2]}", "json ok - @0+21 | items%[{\"a\":1},2]\n");
    check("{\"things\":[{\"a\":1}]}", "json ok - @0+20 | things%[{\"a\":1}]\n");
    check("{\"items\":[]}", "json ok - @0+12 | items%[]\n");
}

static void what_is_no_object_is_text(void)
{
    check("12\n\"x\",\n[1, 2]\n[{\"a\":1}, 5, [6]]",
          "text ok - @0+2 | message=12\ntext ok - @3+3 | message=\"x\"\n"
          "text ok - @8+6 | message=[1, 2]\njson ok - @16+7 | a:1\n"
          "text ok - @25+1 | message=5\ntext ok - @28+3 | message=[6]\n");
}

static void a_broken_line_costs_only_itself(void)
{
    static const char *const broken[] = {
        "{\"a\":1",
        "{\"a\" 1}",
        "{\"a\":01}",
        "{\"a\":1,}",
        "{\"a\":[1,]}",
        "{a:1}",
        "{'a':1}",
        "{\"a\":tru}",
        "{\"a\":\"\\x\"}",
        "{\"a\":\"\\u12g4\"}",
        "{\"a\":\"\t\"}",
        "{\"a\":+1}",
        "{\"a\":1.}",
        "{\"a\":.5}",
        "{\"a\":1e}",
        "{\"a\":\"unclosed}",
        "{\"a\":1]",
        "{\"a\":1}}",
        "plain words",
        "{\"a\":NaN}",
        "{\"a\":\"\\ud800\\uzzzz\"}",
        "[1,2",
        "nul",
        "2026-11-20 00:00:00 x",
    };
    for (size_t i = 0; i < ARRAY_COUNT(broken); i++) {
        CLEANUP(buf_done) Buf input = {0};
        CLEANUP(decoding_done) Decoding got = {.bodies = true};
        buf_add_format(&input, "{\"a\":7}\n%s\n{\"a\":8}\n", broken[i]);
        expect_ok(decoding_run(&json_decoder, buf_slice(&input), SIZE_MAX, 1, SIZE_MAX, &got));
        expect_int(got.damaged, 1);
        expect_int(got.by_format[EVENT_TEXT], 1);
        bool has_both = slice_starts(buf_slice(&got.text), SLICE("json ok - @0+7 | a:7\n")) &&
                        slice_find(buf_slice(&got.text), SLICE("| a:8\n")) != SLICE_NOT_FOUND;
        if (!expect(has_both)) tap_note("%s: %.*s", broken[i], SLICE_FMT(buf_slice(&got.text)));
    }
    check("{\"a\":1\n{\"a\":2}\n", "text failed - @0+6 | message={\"a\":1 | "
                                   "akashi.parse_error=json.syntax\ndamage json.syntax @0+6\n"
                                   "json ok - @7+7 | a:2\n");
    check("{\"a\":2}\n{\"a\":\"cut of", "json ok - @0+7 | a:2\n"
                                        "text failed - @8+12 | message={\"a\":\"cut of | "
                                        "akashi.parse_error=json.truncated\n"
                                        "damage json.truncated @8+12\n");
}

static void a_broken_pretty_document_costs_only_itself(void)
{
    check(
        "{\n  \"a\": 1,\n  \"b\": oops,\n  \"c\": 3\n}\n{\n  \"a\": 2\n}\n",
        "text failed - @0+35 | message={\\x0a  \"a\": 1,\\x0a  \"b\": oops,\\x0a  \"c\": 3\\x0a} | "
        "akashi.parse_error=json.syntax\ndamage json.syntax @0+35\n"
        "json ok - @36+12 | a:2\n");
    check("[\n  {\n    \"a\": x\n  },\n  {\n    \"a\": 2\n  }\n]\n",
          "text failed - @4+17 | message={\\x0a    \"a\": x\\x0a  }, | "
          "akashi.parse_error=json.syntax\ndamage json.syntax @4+17\n"
          "json ok - @24+16 | a:2\n");
}

static void an_unclosed_array_is_told(void)
{
    check("[{\"a\":1},\n{\"a\":2},\n",
          "json ok - @1+7 | a:1\njson ok - @10+7 | a:2\ndamage json.truncated @19+0\n");
}

static void deep_values_are_kept_as_text(void)
{
    CLEANUP(buf_done) Buf input = {0};
    for (int i = 0; i < 70; i++) {
        buf_add_cstr(&input, "{\"a\":");
    }
    buf_add_cstr(&input, "[1,{\"b\":\"\\n]\"}]");
    for (int i = 0; i < 70; i++) {
        buf_add_char(&input, '}');
    }
    CLEANUP(decoding_done) Decoding got = {.bodies = true};
    expect_ok(decoding_run(&json_decoder, buf_slice(&input), SIZE_MAX, 1, SIZE_MAX, &got));
    Slice kept =
        SLICE("a.a%{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":[1,{\"b\":\"\\n]\"}]}}}}}}\n");
    expect(slice_ends(buf_slice(&got.text), kept));
    expect_int(got.damaged, 0);
}

static void too_deep_and_too_many_are_refused(void)
{
    CLEANUP(buf_done) Buf deep = {0};
    CLEANUP(buf_done) Buf many = {0};
    buf_add_cstr(&deep, "{\"a\":");
    for (int i = 0; i < JSON_NESTING_MAX + 1; i++) {
        buf_add_char(&deep, '[');
    }
    buf_add_cstr(&many, "{\"a\":[0");
    for (unsigned i = 0; i < JSON_VALUES_MAX; i++) {
        buf_add_cstr(&many, ",0");
    }
    buf_add_cstr(&many, "]}\n{\"a\":1}\n");
    CLEANUP(decoding_done) Decoding got = {0};
    expect_ok(decoding_run(&json_decoder, buf_slice(&deep), SIZE_MAX, 1, SIZE_MAX, &got));
    expect_int(got.damaged, 1);
    expect_int(got.by_format[EVENT_TEXT], 1);
    CLEANUP(decoding_done) Decoding rest = {0};
    expect_ok(decoding_run(&json_decoder, buf_slice(&many), SIZE_MAX, 1, SIZE_MAX, &rest));
    expect_int(rest.damaged, 1);
    expect_int(rest.by_format[EVENT_JSON], 1);
}

/* A long name over very many values must not multiply the memory that the document takes. */
static void long_names_do_not_fill_memory(void)
{
    CLEANUP(buf_done) Buf input = {0};
    buf_add_cstr(&input, "{\"");
    for (int i = 0; i < 500; i++) {
        buf_add_char(&input, 'k');
    }
    buf_add_cstr(&input, "\":{\"a\":0");
    for (int i = 0; i < 20000; i++) {
        buf_add_cstr(&input, ",\"b\":0");
    }
    buf_add_cstr(&input, "}}");
    Arena arena = arena_make((size_t)4 << 20);
    JsonTree tree = {0};
    size_t used;
    Event event;
    expect_ok(json_tree_read(&tree, buf_slice(&input), true, &arena, &used));
    expect_ok(json_event_make(&tree, tree.nodes, &decoding_options, &arena, &event));
    expect_int(event.field_count, 1);
    expect_int(event.fields[0].kind, FIELD_JSON);
    json_tree_done(&tree);
    arena_done(&arena);
}

static void long_arrays_are_kept_as_text(void)
{
    CLEANUP(buf_done) Buf input = {0};
    buf_add_cstr(&input, "{\"a\":[0");
    for (int i = 0; i < JSON_ARRAY_VALUES_MAX; i++) {
        buf_add_cstr(&input, ",0");
    }
    buf_add_cstr(&input, "]}");
    CLEANUP(decoding_done) Decoding got = {.bodies = true};
    expect_ok(decoding_run(&json_decoder, buf_slice(&input), SIZE_MAX, 1, SIZE_MAX, &got));
    expect(slice_find(buf_slice(&got.text), SLICE(" | a%[0,0,")) != SLICE_NOT_FOUND);
}

static void times_are_found(void)
{
    static const struct {
        const char *fields, *want;
    } cases[] = {
        {"\"@timestamp\":\"2026-11-20T08:40:37.123Z\"", "2026-11-20T08:40:37.123Z"},
        {"\"time\":\"2026-11-20 17:40:37+0900\"", "2026-11-20T08:40:37Z"},
        {"\"ts\":1795164037", "2026-11-20T08:40:37Z"},
        {"\"ts\":1795164037.25", "2026-11-20T08:40:37.250Z"},
        {"\"ts\":\"1795164037\"", "2026-11-20T08:40:37Z"},
        {"\"ts\":1795164037123", "2026-11-20T08:40:37.123Z"},
        {"\"ts\":1795164037123456", "2026-11-20T08:40:37.123456Z"},
        {"\"ts\":1795164037123456789", "2026-11-20T08:40:37.123456789Z"},
        {"\"id\":{\"time\":\"2026-11-20T00:00:00Z\"}", "2026-11-20T00:00:00Z"},
        {"\"date\":\"soon\",\"CreationTime\":\"2026-11-20T00:00:00\"", "2026-11-20T00:00:00Z"},
        {"\"date\":\"2026-11-21T00:00:00Z\",\"time\":\"2026-11-20T00:00:00Z\"",
         "2026-11-20T00:00:00Z"},
        {"\"__REALTIME_TIMESTAMP\":\"1795164037123456\"", "2026-11-20T08:40:37.123456Z"},
        {"\"time\":5", "-"},
        {"\"time\":\"99999999999999999999999\"", "-"},
        {"\"at\":\"2026-11-20T00:00:00Z\"", "-"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        CLEANUP(buf_done) Buf input = {0};
        CLEANUP(decoding_done) Decoding got = {.bodies = true};
        buf_add_format(&input, "{%s}", cases[i].fields);
        expect_ok(decoding_run(&json_decoder, buf_slice(&input), SIZE_MAX, 1, SIZE_MAX, &got));
        Slice text = slice_skip(buf_slice(&got.text), strlen("json ok "));
        expect_text(slice_first(text, slice_find_char(text, ' ')), cases[i].want);
    }
    expect_int(json_time_parse(SLICE("2026-11-20T09:00:00"), 9 * 3600),
               json_time_parse(SLICE("2026-11-20 00:00:00 UTC"), 9 * 3600));
}

static void cuts_change_nothing(void)
{
    static const char *const inputs[] = {
        "\xef\xbb\xbf{\"a\":{\"b\":[1,2,{\"c\":\"\\ud83d\\ude00\\n\"}]},\"t\":true}\r\n{\"x\":-1."
        "5e3}\n",
        "[\n  {\"a\": \"long enough to fill a block of sixteen\"},\n  {\"a\":1}\n, 7, [8] "
        "]\n\n{\"b\":2}",
        "{\"kind\":1,\"Records\":[{\"a\":1},{\"b\":{\"c\":2}}],\"n\":2}\n{\"z\":0}",
        "{\n \"a\": 1,\n \"b\": oops\n}\n{\"a\":2}\nwords\n12\n{\"cut\":",
        "{\"System\":{\"EventID\":1,\"Channel\":\"c\"},\"EventData\":{\"a\":1}}\n[1,2]\n[ "
        "{\"a\":x}, 1]\n",
        "  {\"a\":\n  x,\n  \"b\": 1}\n  {\"c\":1}\n   \"odd\n",
    };
    for (size_t i = 0; i < ARRAY_COUNT(inputs); i++) {
        decoding_expect_same_when_cut(&json_decoder, slice_from_cstr(inputs[i]));
    }
}

/* A window that cannot grow over 64 bytes stands for the 16 MiB of real ones. */
static void what_is_too_long_is_split(void)
{
    const Slice input =
        SLICE("{\"a\":1}\n{\"long\":"
              "\"0123456789012345678901234567890123456789012345678901234567890123\",\n"
              "\"b\":[{}]}\n{\"a\":2}\n");
    CLEANUP(decoding_done) Decoding got = {.bodies = true};
    expect_ok(decoding_run(&json_decoder, input, 64, 64, 64, &got));
    expect_text(
        buf_slice(&got.text),
        "json ok - @0+7 | a:1\n"
        "damage json.split @8+0\n"
        "text partial - @8+64 | message={\"long\":\"0123456789012345678901234567890123456789"
        "012345678901234 | akashi.parse_error=split\n"
        "text partial - @72+21 | message=567890123\",\\x0a\"b\":[{}]} | "
        "akashi.parse_error=split\n"
        "json ok - @94+7 | a:2\n");
}

static void a_wrapper_may_be_longer_than_a_window(void)
{
    CLEANUP(buf_done) Buf input = {0};
    buf_add_cstr(&input, "{\"kind\":\"k\",\"items\":[");
    for (unsigned i = 0; i < 50; i++) {
        buf_add_format(&input, "%s{\"a\":{\"b\":%u}}", i ? ", " : "", i);
    }
    buf_add_cstr(&input, "],\"next\":\"}]\"}\n{\"z\":1}\n");
    CLEANUP(decoding_done) Decoding got = {.bodies = true};
    expect_ok(decoding_run(&json_decoder, buf_slice(&input), 64, 64, 64, &got));
    expect_int(got.events, 51);
    expect_int(got.damaged, 0);
    expect(slice_starts(buf_slice(&got.text), SLICE("json ok - @21+13 | a.b:0\n")));
    expect(slice_find(buf_slice(&got.text), SLICE("| z:1\n")) != SLICE_NOT_FOUND);
}

static void files_are_recognised(void)
{
    static const struct {
        const char *head;
        bool is_json;
    } cases[] = {
        {"{\"a\":1}\n", true},
        {"\xef\xbb\xbf \r\n[{\"a\":1},", true},
        {"{\"a\":{\"b\":[1,2", true},
        {"[", true},
        {"[]", true},
        {"{\n  \"a\": 1\n}\n{\n  \"a\": oops,\n  \"b\": 1\n}", true},
        {"{\"a\":1}\nplain words\n", false},
        {"[2026-11-20 10:00:00] words", false},
        {"[1] words", false},
        {"{main} words", false},
        {"words", false},
        {"", false},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        Slice head = slice_from_cstr(cases[i].head);
        bool is_json = json_decoder.recognise(head) > lines_decoder.recognise(head);
        if (!expect(is_json == cases[i].is_json)) tap_note("%s", cases[i].head);
    }
}

static void a_line_of_ten_megabytes_is_one_event(void)
{
    CLEANUP(buf_done) Buf input = {0};
    buf_add_cstr(&input, "{\"a\":\"");
    for (int i = 0; i < 10 << 17; i++) {
        buf_add(&input, i % 100 ? "12345678" : "123456\\n", 8);
    }
    buf_add_cstr(&input, "\"}\n{\"a\":1}\n");
    CLEANUP(decoding_done) Decoding got = {0};
    expect_ok(decoding_run(&json_decoder, buf_slice(&input), (size_t)1 << 20, (size_t)4 << 20,
                           DECODE_WINDOW_BYTES_MAX, &got));
    expect_int(got.by_format[EVENT_JSON], 2);
    expect_int(got.damaged, 0);
}

static int stop(void *context, const Event *event)
{
    (void)context;
    return event->index == 1 ? -EINTR : 0;
}

static void a_sink_stops_the_decoder(void)
{
    const DecodeSink sink = {stop, decoding_damage, NULL};
    const DecodeWindow window = {SLICE("{\"a\":1}\n{\"a\":2}\n{\"a\":3}\n"), 0, true, false};
    Arena arena = arena_make(0);
    void *state = json_decoder.new(&decoding_options);
    expect_int(json_decoder.feed(state, &window, &arena, &sink), -EINTR);
    json_decoder.free(state);
    arena_done(&arena);
}

static void little_memory_is_an_error_not_a_crash(void)
{
    CLEANUP(decoding_done) Decoding got = {0};
    const DecodeSink sink = {decoding_event, decoding_damage, &got};
    const DecodeWindow window = {SLICE("{\"a\":\"\\n\"}"), 0, true, false};
    Arena arena = arena_make(16);
    void *state = json_decoder.new(&decoding_options);
    expect_int(json_decoder.feed(state, &window, &arena, &sink), -ENOMEM);
    json_decoder.free(state);
    arena_done(&arena);
}

static const TapTest tests[] = {
    TAP_TEST(objects_are_flattened),
    TAP_TEST(numbers_keep_their_text),
    TAP_TEST(keys_that_come_twice_stand_together),
    TAP_TEST(many_keys_that_come_twice_stand_together),
    TAP_TEST(strings_are_decoded),
    TAP_TEST(long_strings_are_decoded),
    TAP_TEST(documents_come_in_many_layouts),
    TAP_TEST(only_true_wrappers_are_opened),
    TAP_TEST(what_is_no_object_is_text),
    TAP_TEST(a_broken_line_costs_only_itself),
    TAP_TEST(a_broken_pretty_document_costs_only_itself),
    TAP_TEST(an_unclosed_array_is_told),
    TAP_TEST(deep_values_are_kept_as_text),
    TAP_TEST(too_deep_and_too_many_are_refused),
    TAP_TEST(long_names_do_not_fill_memory),
    TAP_TEST(long_arrays_are_kept_as_text),
    TAP_TEST(times_are_found),
    TAP_TEST(cuts_change_nothing),
    TAP_TEST(what_is_too_long_is_split),
    TAP_TEST(a_wrapper_may_be_longer_than_a_window),
    TAP_TEST(files_are_recognised),
    TAP_TEST(a_line_of_ten_megabytes_is_one_event),
    TAP_TEST(a_sink_stops_the_decoder),
    TAP_TEST(little_memory_is_an_error_not_a_crash),
};

TAP_MAIN(tests)
