/* search/query.h: regular expressions, exact case, times in words, and what is known of a question
 * before it is asked. */
#include "tests/support/tap.h"

#include "base/check.h"
#include "base/time_text.h"
#include "search/field_ref.h"
#include "search/search.h"

#include <errno.h>
#include <stdio.h>

/* Friday 2026-11-20, 16:00 UTC; with ZONE it is 01:00 of the 21st. */
#define NOW_NS ((int64_t)1795190400000000000)
#define ZONE 32400

static int64_t ns_of(const char *text)
{
    int64_t ns;
    CHECK(time_parse_rfc3339(slice_from_cstr(text), 0, &ns) == 0);
    return ns;
}

static Query *parse(Arena *arena, const char *text, int zone, Complaint *complaint)
{
    const QueryOptions options = {.now_ns = NOW_NS, .zone_offset_seconds = zone};
    Query *query = NULL;
    int r = query_parse(slice_from_cstr(text), &options, arena, &query, complaint);
    if (r < 0 && !complaint->id) complaint->id = "no memory";
    return query;
}

static const Field fields[] = {
    {SLICE_INIT("CommandLine"), SLICE_INIT("powershell -Enc SQBFAFgA"), FIELD_TEXT},
    {SLICE_INIT("Name"), SLICE_INIT("Tanaka Taro"), FIELD_TEXT},
};

static Row sample_row(void)
{
    Row row = {.origin = SLICE("test"),
               .event = {.raw = SLICE("Raw Text: ﾛｸﾞｵﾝ failure 192.0.2.7"),
                         .fields = fields,
                         .field_count = ARRAY_COUNT(fields)},
               .record = {.end_ns = TIME_UNKNOWN,
                          .verb = VERB_LOGON_FAIL,
                          .outcome = OUTCOME_FAILURE,
                          .count = 1}};
    row.record.time_ns = ns_of("2026-11-20T09:30:00Z");
    row.record.ingested_ns = row.record.time_ns;
    row.record.text[RECORD_USER_NAME] = SLICE("EXAMPLE\\Tanaka");
    row.record.text[RECORD_SOURCE_BYTES] = SLICE("1073741824");
    return row;
}

typedef struct Case {
    const char *query;
    bool matches;
} Case;

static void check(const Case *cases, size_t count, int zone)
{
    Row row = sample_row();
    for (size_t i = 0; i < count; i++) {
        Arena arena = arena_make(0);
        Complaint complaint = {0};
        Query *query = parse(&arena, cases[i].query, zone, &complaint);
        if (!query) {
            tap_fail(__FILE__, __LINE__, "[%s] refused: %s", cases[i].query, complaint.en);
        } else {
            int64_t from_ns = INT64_MIN, to_ns = INT64_MAX;
            bool matches = query_matches(query, &row);
            if (matches != cases[i].matches) {
                tap_fail(__FILE__, __LINE__, "[%s] should%s match", cases[i].query,
                         cases[i].matches ? "" : " not");
            }
            query_range(query, &from_ns, &to_ns);
            bool inside = row.record.time_ns >= from_ns && row.record.time_ns < to_ns;
            if (matches && !inside)
                tap_fail(__FILE__, __LINE__, "[%s] matches outside of its range", cases[i].query);
        }
        arena_done(&arena);
    }
}
#define CHECK_CASES(zone, ...)                                                                     \
    check((const Case[]){__VA_ARGS__}, sizeof((const Case[]){__VA_ARGS__}) / sizeof(Case), zone)

static void regular_expressions_are_values(void)
{
    CHECK_CASES(0, {"~\"fail(ed|ure)\"", true}, {"~\"^raw.*\\d$\"", true}, {"~\"^text\"", false},
                {"CommandLine:~\"-e(nc)?\\s\"", true}, {"CommandLine~\"\\benc\\b\"", true},
                {"CommandLine=~\"bash\"", false}, {"CommandLine!~\"bash\"", true},
                {"user.name:~\"^example.tan\"", true}, {"user:~\"^tanaka\"", false},
                {"NOT user:~\"tanaka\"", false}, {"Name in (~\"^x\", ~\"taro$\")", true},
                {"action:~\"^LOGON_F\"", true}, {"操作:~\"ログオン.敗\"", true},
                {"操作:~\"^ログオン$\"", false}, {"~\"ログオン\"", true},
                {"user:(~\"sato\" OR ~\"tana\")", true}, {"~/bin", false},
                {"~\"say \"\"hi\"\"\"", false}, {"user.name:~\"(?-i)tanaka\"", false},
                {"user.name:~\"(?-i)Tanaka\"", true});
}

static void exact_case_is_kept(void)
{
    CHECK_CASES(0, {"cs\"Raw Text\"", true}, {"cs\"raw text\"", false}, {"CS\"Enc\"", true},
                {"cs\"enc\"", false}, {"user.name:cs\"Tanaka\"", true},
                {"user.name:cs\"tanaka\"", false}, {"user.name:cs\"Tana\"", false},
                {"Name in (cs\"taro\", cs\"Taro\")", true}, {"cs\"Ｒａｗ\"", true},
                {"cs\"ログオン\"", true});
}

static void numbers_have_units_and_ranges(void)
{
    CHECK_CASES(0, {"source.bytes:1GiB", true}, {"source.bytes>1G", true},
                {"source.bytes:1000M..1100M", true}, {"source.bytes>10k", true},
                {"source.bytes:1M", false}, {"source.bytes:..1M", false});
}

static void half_width_katakana_is_katakana(void)
{
    CHECK_CASES(0, {"ログオン", true}, {"ﾛｸﾞｵﾝ", true}, {"ロク\u3099オン", true},
                {"ろぐおん", false}, {"ログオン失敗", true}, {"*ログ*ン*", true},
                {"ロクオン", false}, {"ﾛｸ*", false}, {"ロ?オン", true});
}

static void times_in_words(void)
{
    CHECK_CASES(0, {"last 24h", true}, {"last 6h", false}, {"LAST 390m", true}, {"last 2w", true},
                {"today", true}, {"今日", true}, {"昨日", false}, {"yesterday", false},
                {"先週", false}, {"今週", true}, {"先月", false}, {"今月", true},
                {"直近24時間", true}, {"過去3分間", false}, {"NOT 昨日", true},
                {"昨日 OR 今日", true}, {"2026-11-20 09:00..10:00", true},
                {"2026-11-20 09:30..09:30", true}, {"2026-11-20 10:00..11:00", false},
                {"2026-11-19 22:00..10:00", true}, {"2026-11-01..2026-11-20", true},
                {"2026-11-01..2026-11-19", false}, {"..2026-11-20", true}, {"2026-11-21..", false},
                {"2026-11-20T09:30:00Z..", true}, {"(last 1d) failure", true},
                {"@timestamp>=2026-11-20T09:30", true}, {"\"today\"", false}, {"last", false},
                {"last word", false}, {"1..2", false}, {"2026-11-20", false});
    /* In Japan the 21st has begun, and the log is of 18:30 on the 20th. */
    CHECK_CASES(ZONE, {"今日", false}, {"昨日", true}, {"2026-11-20 18:00..19:00", true},
                {"2026-11-20 09:00..10:00", false}, {"time:2026-11-20T18:30", true},
                {"time>2026-11-20T18:31", false}, {"今週", true});
}

static void expect_range(const char *text, int zone, const char *from, const char *to)
{
    Arena arena = arena_make(0);
    Complaint complaint = {0};
    int64_t from_ns = INT64_MIN, to_ns = INT64_MAX;
    Query *query = parse(&arena, text, zone, &complaint);
    CHECK(query);
    query_range(query, &from_ns, &to_ns);
    int64_t want_from = *from ? ns_of(from) : INT64_MIN, want_to = *to ? ns_of(to) : INT64_MAX;
    if (from_ns != want_from || to_ns != want_to) {
        tap_fail(__FILE__, __LINE__, "[%s] is %lld .. %lld", text, (long long)from_ns,
                 (long long)to_ns);
    }
    arena_done(&arena);
}

static void ranges_narrow_the_scan(void)
{
    expect_range("x", 0, "", "");
    expect_range("last 24h x", 0, "2026-11-19T16:00:00Z", "");
    expect_range("今日 user:x", 0, "2026-11-20T00:00:00Z", "2026-11-21T00:00:00Z");
    expect_range("今日", ZONE, "2026-11-20T15:00:00Z", "2026-11-21T15:00:00Z");
    expect_range("先週", 0, "2026-11-09T00:00:00Z", "2026-11-16T00:00:00Z");
    expect_range("今週", ZONE, "2026-11-15T15:00:00Z", "2026-11-22T15:00:00Z");
    expect_range("先月", 0, "2026-10-01T00:00:00Z", "2026-11-01T00:00:00Z");
    expect_range("昨日 OR 今日", 0, "2026-11-19T00:00:00Z", "2026-11-21T00:00:00Z");
    expect_range("昨日 OR x", 0, "", "");
    expect_range("NOT 昨日", 0, "", "");
    expect_range("今日 @timestamp<2026-11-20T12:00", 0, "2026-11-20T00:00:00Z",
                 "2026-11-20T12:00:00Z");
    expect_range("time:2026-11-01..2026-11-07", 0, "2026-11-01T00:00:00Z", "2026-11-08T00:00:00Z");
    expect_range("event.ingested>2026-11-01", 0, "", "");
    expect_range("2026-11-20 22:00..06:00", 0, "2026-11-20T22:00:00Z", "2026-11-21T06:01:00Z");
}

static void refusals_say_where(void)
{
    static const struct {
        const char *query, *id;
        unsigned column;
    } refusals[] = {
        {"user:~\"a(?=b)\"", "regex.group", 9},
        {"~\"a\"\"b(\"", "regex.unclosed_group", 7},
        {"認証 ~\"[z-a]\"", "regex.set", 6},
        {"~\"\"", "query.regex", 2},
        {"~\"a", "query.unclosed_quote", 2},
        {"cs\"\"", "query.empty_phrase", 1},
        {"2026-11-07..2026-11-01", "query.time_order", 1},
        {"x 2026-11-07..2026-11-01", "query.time_order", 3},
        {"action:~\"nothing\"", "query.unknown_value", 8},
        {"action:cs\"nothing\"", "query.unknown_value", 8},
    };
    for (size_t i = 0; i < ARRAY_COUNT(refusals); i++) {
        Arena arena = arena_make(0);
        Complaint complaint = {0};
        Query *query = parse(&arena, refusals[i].query, 0, &complaint);
        if (query || strcmp(complaint.id, refusals[i].id) != 0 ||
            complaint.column != refusals[i].column) {
            tap_fail(__FILE__, __LINE__, "[%s] %s at %u", refusals[i].query,
                     complaint.id ? complaint.id : "passed", complaint.column);
        }
        arena_done(&arena);
    }
}

static void a_query_may_have_so_many_regexes(void)
{
    CLEANUP(buf_done) Buf text = {0};
    Arena arena = arena_make(0);
    Complaint complaint = {0};
    for (int i = 0; i < QUERY_REGEXES_MAX + 1; i++) {
        buf_add_cstr(&text, "~\"a.b\" ");
        if (i + 1 == QUERY_REGEXES_MAX) {
            buf_add_char(&text, '\0');
            expect(parse(&arena, text.ptr, 0, &complaint) != NULL);
            text.len--;
        }
    }
    buf_add_char(&text, '\0');
    expect(!parse(&arena, text.ptr, 0, &complaint));
    expect(complaint.id && strcmp(complaint.id, "query.regex") == 0);
    arena_done(&arena);
}

/* --- reads, needs, explanations --------------------------------------------------------------- */

static void expect_reads(const char *text, const char *want)
{
    CLEANUP(buf_done) Buf got = {0};
    Arena arena = arena_make(0);
    Complaint complaint = {0};
    QueryReads reads[2];
    const QueryNeed *needs;
    size_t count;
    Query *query = parse(&arena, text, 0, &complaint);
    CHECK(query && query_filter_reads(query, &arena, &reads[0]) == 0);
    CHECK(query_pipe_reads(query, &arena, &reads[1]) == 0);
    CHECK(query_needs(query, &arena, &needs, &count) == 0);
    for (size_t side = 0; side < 2; side++) {
        if (side) buf_add_cstr(&got, "|");
        if (reads[side].whole_records) buf_add_cstr(&got, "records ");
        if (reads[side].everything) buf_add_cstr(&got, "all ");
        for (size_t i = 0; i < reads[side].count; i++) {
            buf_add_slice(&got, reads[side].fields[i].name);
            buf_add_char(&got, ' ');
        }
    }
    buf_add_cstr(&got, "|");
    for (size_t i = 0; i < count; i++) {
        buf_add_slice(&got, needs[i].text);
        if (needs[i].field) buf_add_format(&got, "@%.*s", SLICE_FMT(needs[i].field->name));
        buf_add_char(&got, ' ');
    }
    tap_expect_slice(buf_slice(&got), slice_from_cstr(want), __FILE__, __LINE__, text);
    arena_done(&arena);
}

static void what_is_read_and_needed_is_known(void)
{
    expect_reads("", "|records |");
    expect_reads("abc", "all |records |abc ");
    expect_reads("user:Tanaka EventID:4625", "user.name EventID |records |tanaka@user.name "
                                             "4625@EventID ");
    expect_reads("user:a OR user:b", "user.name |records |");
    expect_reads("user:tanaka OR who:b", "user.name user.name |records |");
    expect_reads("NOT abc", "all |records |");
    expect_reads("削除", "all |records |");
    expect_reads("re*port.xl? ~\"x+disk \\d\" cs\"ABC\"", "all |records |port.xl disk  abc ");
    expect_reads("ip:192.0.2.0/24 source.bytes:5 host:*srv*", "source.ip source.bytes host.name "
                                                              "|records |srv@host.name ");
    expect_reads("user:(a AND b)", "user.name |records |a@user.name b@user.name ");
    expect_reads("zq | where len(file) > 3 | stats sum(source.bytes) by user, bin(time, 1h) | sort "
                 "user.name",
                 "all |file.path user.name @timestamp source.bytes |zq ");
    expect_reads("| eval n = coalesce(user, host) | fields n, time", "|user.name host.name "
                                                                     "@timestamp |");
    expect_reads("| sequence by user within 1m [a] [action:READ]",
                 "|all user.name event.action @timestamp |");
}

static void plans_are_explained_in_both_languages(void)
{
    static const char text[] =
        "last 1h user:tanaka (~\"a.c\" OR NOT cs\"X\") 失敗 source.bytes>5k "
        "| search x | where a > 1 | eval e = 1 | stats count(), p95(source.bytes) "
        "by host | sort -host.name | dedup host.name | head 3";
    static const char *const wanted[2][4] = {
        {"条件\n  次のすべて:\n", "\"tanaka\" : user.name\n", "期間\n  2026-11-20T15:00:00Z .. ",
         "stats count, p95(source.bytes) by host.name: メモリー"},
        {"filter\n  all of:\n", "with its case", "times\n  2026-11-20T15:00:00Z .. ",
         "the memory is shared out evenly: 1/3\n"}};
    for (int language = 0; language < 2; language++) {
        CLEANUP(buf_done) Buf plan = {0};
        Arena arena = arena_make(0);
        Complaint complaint = {0};
        Query *query = parse(&arena, text, 0, &complaint);
        if (!query) tap_fail(__FILE__, __LINE__, "refused: %s", complaint.en);
        if (!query) return;
        search_explain(query, &plan, (Language)language);
        for (size_t i = 0; i < 4; i++) {
            if (slice_find(buf_slice(&plan), slice_from_cstr(wanted[language][i])) ==
                SLICE_NOT_FOUND)
                tap_fail(__FILE__, __LINE__, "no [%s] in\n%.*s", wanted[language][i],
                         SLICE_FMT(buf_slice(&plan)));
        }
        arena_done(&arena);
    }
}

static const TapTest tests[] = {
    TAP_TEST(regular_expressions_are_values),
    TAP_TEST(exact_case_is_kept),
    TAP_TEST(numbers_have_units_and_ranges),
    TAP_TEST(half_width_katakana_is_katakana),
    TAP_TEST(times_in_words),
    TAP_TEST(ranges_narrow_the_scan),
    TAP_TEST(refusals_say_where),
    TAP_TEST(a_query_may_have_so_many_regexes),
    TAP_TEST(what_is_read_and_needed_is_known),
    TAP_TEST(plans_are_explained_in_both_languages),
};
TAP_MAIN(tests)
