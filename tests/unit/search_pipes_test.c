/* search/search.h: what each pipe makes of rows. */
#include "tests/support/tap.h"

#include "base/check.h"
#include "base/time_text.h"
#include "search/search.h"
#include "tests/support/fake_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const QueryOptions asked_at = {.now_ns =
                                          1795190400000000000}; /* 2026-11-20T16:00Z, a Friday */

/* --- rows ------------------------------------------------------------------------------------- */

typedef struct RowFacts {
    const char *time, *user, *ip, *bytes, *file;
    Verb verb;
} RowFacts;

static const RowFacts facts[] = {
    {"2026-11-20T08:00:00Z", "tanaka", "10.0.0.5", "100", "/share/a.xlsx", VERB_LOGON_FAIL},
    {"2026-11-20T08:05:00Z", "tanaka", "10.0.0.5", "200", "/share/b.xlsx", VERB_LOGON_FAIL},
    {"2026-11-20T08:06:00Z", "suzuki", "192.0.2.7", "300", "/share/a.xlsx", VERB_LOGON_FAIL},
    {"2026-11-20T08:07:00Z", "tanaka", "10.0.0.6", "400", "", VERB_LOGON},
    {"2026-11-20T09:30:00Z", "suzuki", "192.0.2.7", "", "/share/c.docx", VERB_LOGON},
    {"2026-11-20T10:00:00Z", "佐藤", "", "12.5", "/share/見積.xlsx", VERB_DELETE},
    {"", "佐藤", "192.0.2.9", "n/a", "", VERB_DELETE},
};
#define ROWS ARRAY_COUNT(facts)

static void rows_init(Row *rows)
{
    memset(rows, 0, ROWS * sizeof *rows);
    for (size_t i = 0; i < ROWS; i++) {
        Slice *text = rows[i].record.text;
        rows[i].record.time_ns = TIME_UNKNOWN;
        Slice time = slice_from_cstr(facts[i].time);
        CHECK(time.len == 0 || time_parse_rfc3339(time, 0, &rows[i].record.time_ns) == 0);
        rows[i].record.end_ns = TIME_UNKNOWN;
        rows[i].record.count = 1;
        rows[i].record.verb = facts[i].verb;
        rows[i].origin = SLICE("test");
        rows[i].event.raw = SLICE("raw");
        text[RECORD_USER_NAME] = slice_from_cstr(facts[i].user);
        text[RECORD_SOURCE_IP] = slice_from_cstr(facts[i].ip);
        text[RECORD_SOURCE_BYTES] = slice_from_cstr(facts[i].bytes);
        text[RECORD_FILE_PATH] = slice_from_cstr(facts[i].file);
    }
}

/* --- asking ----------------------------------------------------------------------------------- */

typedef struct Asked {
    Buf out;
    AnswerPrinter printer;
    SearchStats stats;
    Complaint complaint;
    int result;
} Asked;

/* Records as their number and what stands beside them; tables as JSON. */
static int print_answer(void *context, const Answer *answer)
{
    Asked *asked = context;
    if (!answer->row) {
        answer_print(&asked->out, &asked->printer, answer);
        return 0;
    }
    buf_add_u64(&asked->out, answer->number);
    for (size_t i = 0; i < answer->column_count; i++) {
        buf_add_format(&asked->out, " %.*s=%.*s", SLICE_FMT(answer->columns[i]),
                       SLICE_FMT(answer->cells[i]));
    }
    buf_add_char(&asked->out, '\n');
    return 0;
}

static SearchOptions oldest_first(void)
{
    return (SearchOptions){.range = {.from_ns = INT64_MIN, .to_ns = INT64_MAX}};
}

static void ask_with(Asked *asked, const char *text, const Row *rows, size_t count,
                     SearchOptions *options)
{
    StoreReader reader = {.rows = rows, .count = count};
    Arena arena = arena_make(0);
    Query *query;
    *asked = (Asked){.out = asked->out};
    buf_clear(&asked->out);
    options->complaint = &asked->complaint;
    asked->result =
        query_parse(slice_from_cstr(text), &asked_at, &arena, &query, &asked->complaint);
    if (asked->result == 0)
        asked->result = search_run(query, &reader, options, print_answer, asked, &asked->stats);
    arena_done(&arena);
}

static void expect_answer(const char *text, const char *want, int line)
{
    Row rows[ROWS];
    Asked asked = {0};
    SearchOptions options = oldest_first();
    rows_init(rows);
    ask_with(&asked, text, rows, ROWS, &options);
    if (asked.result < 0) tap_fail(__FILE__, line, "[%s] %s", text, asked.complaint.en);
    tap_expect_slice(buf_slice(&asked.out), slice_from_cstr(want), __FILE__, line, text);
    buf_done(&asked.out);
}
#define EXPECT_ANSWER(text, want) expect_answer(text, want, __LINE__)

/* --- where, eval ------------------------------------------------------------------------------ */

static void where_chooses_rows(void)
{
    EXPECT_ANSWER("| where source.bytes > 150 and source.bytes <= 300", "2\n3\n");
    EXPECT_ANSWER("| where user = \"TANAKA\" and not (action == \"LOGON\")", "1\n2\n");
    EXPECT_ANSWER("| where user != \"tanaka\"", "3\n5\n6\n7\n");
    EXPECT_ANSWER("| where source.ip != \"10.0.0.5\"", "3\n4\n5\n6\n7\n");
    EXPECT_ANSWER("| where source.bytes = 12.5 or source.bytes = \"n/a\"", "6\n7\n");
    EXPECT_ANSWER("| where cidr(source.ip, \"10.0.0.0/8\")", "1\n2\n4\n");
    EXPECT_ANSWER("| where len(user) = 2", "6\n7\n");
    EXPECT_ANSWER("| where contains(file, \"見積\") or startswith(file, \"/SHARE/C\")", "5\n6\n");
    EXPECT_ANSWER("| where endswith(file, \".ｄｏｃｘ\")", "5\n");
    EXPECT_ANSWER("| where file ~ \"/[ab]\\.xlsx$\"", "1\n2\n3\n");
    EXPECT_ANSWER("| where user in (\"suzuki\", \"佐藤\")", "3\n5\n6\n7\n");
    EXPECT_ANSWER("| where user not in (\"suzuki\", \"佐藤\")", "1\n2\n4\n");
    EXPECT_ANSWER("| where @timestamp >= 2026-11-20T09:00", "5\n6\n");
    EXPECT_ANSWER("| where time < \"2026-11-20T08:05\"", "1\n");
    EXPECT_ANSWER("| where @timestamp = 2026-11-20T08:05", "2\n");
    EXPECT_ANSWER("| where @timestamp > 2026-11-20", "");
    EXPECT_ANSWER("| where source.bytes / 100 * 2 - 1 = 3", "2\n");
    EXPECT_ANSWER("| where source.bytes % 200 = 0", "2\n4\n");
    EXPECT_ANSWER("| where -source.bytes < -350", "4\n");
    EXPECT_ANSWER("| where source.bytes / 0 > 1 or source.bytes > 1GiB", "");
    EXPECT_ANSWER("| where if(user = \"tanaka\", source.bytes, 0) >= 200", "2\n4\n");
    EXPECT_ANSWER("| where field(\"user.name\") = lower(\"SUZUKI\")", "3\n5\n");
    EXPECT_ANSWER("| where nosuch = \"x\" or nosuch < 5 or nosuch", "");
    EXPECT_ANSWER("| where upper(user) ~ \"(?-i)SUZ\"", "3\n5\n");
    EXPECT_ANSWER("| stats count() by user | where count > 2",
                  "{\"user.name\":\"tanaka\",\"count\":3}\n");
    EXPECT_ANSWER("| search user:tanaka action:LOGON | filter ip:10.0.0.6", "4\n");
}

static void eval_makes_columns(void)
{
    EXPECT_ANSWER("| head 2 | eval k = source.bytes * 1024", "1 k=102400\n2 k=204800\n");
    EXPECT_ANSWER("user:佐藤 | eval who = user + \"@\" + coalesce(source.ip, \"?\")",
                  "6 who=佐藤@?\n7 who=佐藤@192.0.2.9\n");
    EXPECT_ANSWER("| head 1 | eval a = 6 / 3, b = a + 1 | eval c = b * b", "1 a=2 b=3 c=9\n");
    EXPECT_ANSWER("| head 1 | eval a = 1 / 3 | eval a = a * 3 | eval b = a > 0.9",
                  "1 a=0.999999999 b=true\n");
    EXPECT_ANSWER("| head 3 | eval s = time - 2026-11-20T08:00 | fields s",
                  "{\"s\":0}\n{\"s\":300}\n{\"s\":360}\n");
    EXPECT_ANSWER("| eval big = source.bytes >= 300 | stats count() by big",
                  "{\"big\":\"false\",\"count\":5}\n{\"big\":\"true\",\"count\":2}\n");
}

/* --- counting --------------------------------------------------------------------------------- */

static void stats_has_functions(void)
{
    EXPECT_ANSWER("| stats count(), count(source.ip), dc(user), sum(source.bytes), "
                  "min(source.bytes), max(source.bytes), avg(source.bytes)",
                  "{\"count\":7,\"count(source.ip)\":6,\"dc(user.name)\":3,"
                  "\"sum(source.bytes)\":1012.5,\"min(source.bytes)\":12.5,"
                  "\"max(source.bytes)\":\"n/a\",\"avg(source.bytes)\":202.5}\n");
    EXPECT_ANSWER("| where source.bytes > 0 | stats median(source.bytes) as m, p95(source.bytes), "
                  "p1(source.bytes), p50(source.bytes) as half",
                  "{\"m\":200,\"p95(source.bytes)\":400,\"p1(source.bytes)\":12.5,\"half\":200}\n");
    EXPECT_ANSWER("| stats max(time) as last, min(user) as first by action | sort last",
                  "{\"event.action\":\"LOGON_FAIL\",\"last\":\"2026-11-20T08:06:00Z\","
                  "\"first\":\"suzuki\"}\n"
                  "{\"event.action\":\"LOGON\",\"last\":\"2026-11-20T09:30:00Z\",\"first\":"
                  "\"suzuki\"}\n"
                  "{\"event.action\":\"DELETE\",\"last\":\"2026-11-20T10:00:00Z\",\"first\":"
                  "\"佐藤\"}\n");
    EXPECT_ANSWER("nothing | stats count(), sum(source.bytes), p50(source.bytes), max(user)",
                  "{\"count\":0,\"sum(source.bytes)\":null,\"p50(source.bytes)\":null,"
                  "\"max(user.name)\":null}\n");
    EXPECT_ANSWER("| 集計 件数() as n, 種類数(user) as u", "{\"n\":7,\"u\":3}\n");
}

static void bins_are_pieces_of_time_and_number(void)
{
    EXPECT_ANSWER("| stats count() by bin(time, 1h)",
                  "{\"@timestamp\":\"2026-11-20T08:00:00Z\",\"count\":4}\n"
                  "{\"@timestamp\":\"2026-11-20T09:00:00Z\",\"count\":1}\n"
                  "{\"@timestamp\":\"2026-11-20T10:00:00Z\",\"count\":1}\n"
                  "{\"@timestamp\":null,\"count\":1}\n");
    EXPECT_ANSWER("user:tanaka | stats sum(source.bytes) as b by bin(time, 5m) as at, user",
                  "{\"at\":\"2026-11-20T08:00:00Z\",\"user.name\":\"tanaka\",\"b\":100}\n"
                  "{\"at\":\"2026-11-20T08:05:00Z\",\"user.name\":\"tanaka\",\"b\":600}\n");
    EXPECT_ANSWER("| where source.bytes > 0 | stats count() by bin(source.bytes, 150)",
                  "{\"source.bytes\":0,\"count\":2}\n{\"source.bytes\":150,\"count\":1}\n"
                  "{\"source.bytes\":300,\"count\":2}\n");
    EXPECT_ANSWER("| head 1 | stats count() by bin(time, 1w)",
                  "{\"@timestamp\":\"2026-11-16T00:00:00Z\",\"count\":1}\n");
}

static void rare_is_top_turned_round(void)
{
    EXPECT_ANSWER("| top 1 user", "{\"user.name\":\"tanaka\",\"count\":3}\n");
    EXPECT_ANSWER("| rare 2 user",
                  "{\"user.name\":\"suzuki\",\"count\":2}\n{\"user.name\":\"佐藤\",\"count\":2}\n");
    EXPECT_ANSWER("| rare source.ip | head 2",
                  "{\"source.ip\":null,\"count\":1}\n{\"source.ip\":\"10.0.0.6\",\"count\":1}\n");
}

static void timelines_have_no_gaps(void)
{
    EXPECT_ANSWER("| timeline 1h", "{\"@timestamp\":\"2026-11-20T08:00:00Z\",\"count\":4}\n"
                                   "{\"@timestamp\":\"2026-11-20T09:00:00Z\",\"count\":1}\n"
                                   "{\"@timestamp\":\"2026-11-20T10:00:00Z\",\"count\":1}\n");
    EXPECT_ANSWER("2026-11-20 07:00..10:00 user:tanaka | timeline 1h",
                  "{\"@timestamp\":\"2026-11-20T07:00:00Z\",\"count\":0}\n"
                  "{\"@timestamp\":\"2026-11-20T08:00:00Z\",\"count\":3}\n"
                  "{\"@timestamp\":\"2026-11-20T09:00:00Z\",\"count\":0}\n"
                  "{\"@timestamp\":\"2026-11-20T10:00:00Z\",\"count\":0}\n");
    /* Two hours in at most 120 pieces: minutes. */
    EXPECT_ANSWER("| timeline | stats count(), sum(count) as rows", "{\"count\":121,\"rows\":6}\n");
    EXPECT_ANSWER("2026-11-20 | timeline", "");
    EXPECT_ANSWER("time:2026-11-20 | timeline | stats count(), sum(count) as rows",
                  "{\"count\":48,\"rows\":6}\n");
    EXPECT_ANSWER("nothing | timeline", "");
    EXPECT_ANSWER("| fields time, user | timeline 1d",
                  "{\"@timestamp\":\"2026-11-20T00:00:00Z\",\"count\":6}\n");
}

/* --- dedup, sequence -------------------------------------------------------------------------- */

static void dedup_keeps_the_first(void)
{
    EXPECT_ANSWER("| dedup user", "1\n3\n6\n");
    EXPECT_ANSWER("| dedup user, source.ip | head 9", "1\n3\n4\n6\n7\n");
    EXPECT_ANSWER("| sort -time | dedup user | fields user",
                  "{\"user.name\":\"佐藤\"}\n{\"user.name\":\"suzuki\"}\n{\"user.name\":"
                  "\"tanaka\"}\n");
}

static void sequences_follow_one_key(void)
{
    EXPECT_ANSWER("| sequence by user within 10m [action:LOGON_FAIL] [action:LOGON_FAIL] "
                  "[action:LOGON]",
                  "{\"user.name\":\"tanaka\",\"first\":\"2026-11-20T08:00:00Z\",\"last\":"
                  "\"2026-11-20T08:07:00Z\",\"rows\":\"1, 2, 4\"}\n");
    EXPECT_ANSWER("| sequence by user within 1h [action:LOGON_FAIL] [action:LOGON]",
                  "{\"user.name\":\"tanaka\",\"first\":\"2026-11-20T08:05:00Z\",\"last\":"
                  "\"2026-11-20T08:07:00Z\",\"rows\":\"2, 4\"}\n");
    EXPECT_ANSWER("| sequence by user within 2h [action:LOGON_FAIL ip:192.0.2.0/24] [\"raw\"]",
                  "{\"user.name\":\"suzuki\",\"first\":\"2026-11-20T08:06:00Z\",\"last\":"
                  "\"2026-11-20T09:30:00Z\",\"rows\":\"3, 5\"}\n");
    EXPECT_ANSWER("| sequence by user within 6m [action:LOGON_FAIL] [action:LOGON_FAIL] "
                  "[action:LOGON]",
                  "");
    EXPECT_ANSWER("| sequence by user within 1h [action:LOGON] [action:LOGON_FAIL]", "");
    EXPECT_ANSWER("| sequence by source.ip within 1w [*] [*] | stats count()", "{\"count\":2}\n");
}

static void times_in_the_question_narrow_the_scan(void)
{
    Row rows[ROWS];
    Asked asked = {0};
    SearchOptions options = oldest_first();
    rows_init(rows);
    ask_with(&asked, "2026-11-20 08:05..08:06 action:LOGON_FAIL", rows, ROWS, &options);
    expect_text(buf_slice(&asked.out), "2\n3\n");
    expect_int(asked.stats.scanned, 2);
    CHECK(time_parse_rfc3339(SLICE("2026-11-20T08:06:00Z"), 0, &options.range.from_ns) == 0);
    ask_with(&asked, "2026-11-20 08:05..08:07", rows, ROWS, &options);
    expect_text(buf_slice(&asked.out), "3\n4\n");
    ask_with(&asked, "yesterday", rows, ROWS, &options);
    expect_int(asked.stats.scanned, 0);
    buf_done(&asked.out);
}

/* The order in which the rows come makes no difference. */
static void sequences_do_not_need_order(void)
{
    Row rows[ROWS];
    Asked asked = {0};
    SearchOptions options = oldest_first();
    rows_init(rows);
    options.range.newest_first = true;
    ask_with(&asked,
             "| sequence by user within 1h [action:LOGON_FAIL] [action:LOGON] | fields rows", rows,
             ROWS, &options);
    expect_text(buf_slice(&asked.out), "{\"rows\":\"2, 4\"}\n");
    buf_done(&asked.out);
}

/* --- lookup ----------------------------------------------------------------------------------- */

static void write_file(const char *folder, const char *name, const char *text)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    CHECK(file && fputs(text, file) >= 0 && fclose(file) == 0);
}

static const char *tables(void)
{
    static char folder[512];
    if (folder[0]) return folder;
    snprintf(folder, sizeof folder, "%s/tables", tap_temporary_folder());
    CHECK(mkdir(folder, 0700) == 0);
    write_file(folder, "people.csv",
               "\xef\xbb\xbfname,部署,\"say \"\"x\"\"\"\r\nTANAKA,営業部,\"a,b\"\r\n\r\nSuzuki,"
               "\"two\nlines\"\r\ntanaka,second,\r\n");
    write_file(folder, "broken.csv", "a,b\n\"x,1\n");
    write_file(folder, "empty.csv", "");
    write_file(tap_temporary_folder(), "outside.csv", "name\nsecret\n");
    char link[600];
    snprintf(link, sizeof link, "%s/link.csv", folder);
    CHECK(symlink("../outside.csv", link) == 0);
    snprintf(link, sizeof link, "%s/pipe.csv", folder);
    CHECK(mkfifo(link, 0600) == 0);
    return folder;
}

static void ask_with_tables(Asked *asked, const char *text, size_t memory_bytes_max)
{
    Row rows[ROWS];
    SearchOptions options = oldest_first();
    rows_init(rows);
    options.os = &os_real;
    options.lookup_folder = tables();
    options.memory_bytes_max = memory_bytes_max;
    ask_with(asked, text, rows, ROWS, &options);
}

static void lookup_adds_columns(void)
{
    Asked asked = {0};
    ask_with_tables(&asked, "| head 3 | lookup people.csv name as user output 部署", 0);
    expect_int(asked.result, 0);
    expect_text(buf_slice(&asked.out), "1 部署=営業部\n2 部署=営業部\n3 部署=two\nlines\n");
    ask_with_tables(&asked,
                    "| stats count() by user | eval name = user.name | lookup people.csv name "
                    "output \"say \"\"x\"\"\", 部署 | fields 部署, user.name",
                    0);
    expect_int(asked.result, 0);
    expect_text(buf_slice(&asked.out), "{\"部署\":\"営業部\",\"user.name\":\"tanaka\"}\n"
                                       "{\"部署\":\"two\\nlines\",\"user.name\":\"suzuki\"}\n"
                                       "{\"部署\":null,\"user.name\":\"佐藤\"}\n");
    buf_done(&asked.out);
}

static void lookups_that_fail_say_why(void)
{
    static const struct {
        const char *query, *id, *says;
    } refusals[] = {
        {"| lookup none.csv a output b", "lookup.absent", "none.csv"},
        {"| lookup link.csv name output name", "lookup.absent", "link.csv"},
        {"| lookup pipe.csv name output name", "lookup.absent", "pipe.csv"},
        {"| lookup broken.csv a output b", "lookup.damaged", "quotation"},
        {"| lookup empty.csv a output b", "lookup.damaged", "heading"},
        {"| lookup people.csv nam output 部署", "lookup.column", "nearest is name"},
        {"| lookup people.csv name output 部所", "lookup.column", "people.csv"},
        {"| lookup ../outside.csv name output name", "query.lookup_name", ".csv"},
        {"| lookup /etc/passwd name output name", "query.lookup_name", ".csv"},
        {"| lookup .hidden.csv name output name", "query.lookup_name", ".csv"},
        {"| lookup people.txt name output name", "query.lookup_name", ".csv"},
        {"| lookup people.csv name", "query.lookup", "output"},
    };
    Asked asked = {0};
    for (size_t i = 0; i < ARRAY_COUNT(refusals); i++) {
        ask_with_tables(&asked, refusals[i].query, 0);
        const char *id = asked.complaint.id ? asked.complaint.id : "";
        if (asked.result != -EINVAL || strcmp(id, refusals[i].id) != 0 ||
            !strstr(asked.complaint.en, refusals[i].says) || asked.complaint.column == 0 ||
            !asked.complaint.ja[0]) {
            tap_fail(__FILE__, __LINE__, "[%s] %d %s: %s", refusals[i].query, asked.result, id,
                     asked.complaint.en);
        }
    }
    ask_with_tables(&asked, "| lookup people.csv name as user output 部署", 2000);
    expect_int(asked.result, -EINVAL);
    expect_text(slice_from_cstr(asked.complaint.id), "lookup.too_large");
    SearchOptions options = oldest_first();
    ask_with(&asked, "| lookup people.csv name output 部署", NULL, 0, &options);
    expect_text(slice_from_cstr(asked.complaint.id), "lookup.absent");
    buf_done(&asked.out);
}

/* --- names, limits ---------------------------------------------------------------------------- */

static void pipes_have_other_names(void)
{
    EXPECT_ANSWER("| 条件 user = \"suzuki\" | 並べ替え -時刻 | 先頭 1 | 項目 ユーザー",
                  "{\"user.name\":\"suzuki\"}\n");
    EXPECT_ANSWER("| summarize dcount(user) as n", "{\"n\":3}\n");
    EXPECT_ANSWER("| extend x = 1 | take 1 | project x", "{\"x\":1}\n");
    EXPECT_ANSWER("| distinct user | 上位 1 user", "{\"user.name\":\"suzuki\",\"count\":1}\n");
    EXPECT_ANSWER("操作:削除 | 絞り込み user:佐藤 | 計算 a = 1 | 重複除去 a", "6 a=1\n");
    EXPECT_ANSWER("| 時系列 1d", "{\"@timestamp\":\"2026-11-20T00:00:00Z\",\"count\":6}\n");
}

static void refusals_say_where_and_what_next(void)
{
    static const struct {
        const char *query, *id;
        unsigned column;
        const char *says;
    } refusals[] = {
        {"| where", "query.operand", 8, "field"},
        {"| where a >", "query.operand", 12, ""},
        {"| where lenn(a) > 1", "query.unknown_function", 9, "nearest is len"},
        {"| where contains(a)", "query.operands", 9, "2 to 2"},
        {"| where len()", "query.operands", 9, ""},
        {"| where (a = 1", "query.unclosed_parenthesis", 9, ""},
        {"| where cidr(a, b)", "query.cidr", 9, "10.0.0.0/8"},
        {"| where cidr(a, \"10.0.0.0/64\")", "query.cidr", 9, ""},
        {"| where a > 5x", "query.number", 13, "5x"},
        {"| where a ~ b", "query.regex", 13, ""},
        {"| where a ~ \"(\"", "regex.unclosed_group", 14, ""},
        {"| where a = 1 b", "query.unexpected", 15, ""},
        {"| stats count() by user | where usr.name = \"x\"", "query.unknown_column", 33,
         "user.name"},
        {"| eval = 1", "query.field_missing", 8, ""},
        {"| eval a", "query.eval", 9, "="},
        {"| eval a = 1, ", "query.field_missing", 15, ""},
        {"| head 1, b = 2", "query.unexpected", 9, ""},
        {"| stats count(), count()", "query.twice", 9, "as"},
        {"| stats count() by bin(time)", "query.bin", 28, "bin(time, 1h)"},
        {"| stats count() by bin(time, 1x)", "query.length", 30, "10m"},
        {"| timeline 1parsec", "query.length", 12, ""},
        {"| stats count() by user | timeline", "query.unknown_column", 35, "user.name"},
        {"| sequence user", "query.sequence", 12, "within"},
        {"| sequence by user [a] [b]", "query.sequence", 20, "within"},
        {"| sequence by user within 10m [a]", "query.sequence", 34, "2 to 8"},
        {"| sequence by user within 10m [a] [b", "query.unclosed_bracket", 35, "]"},
        {"| stats count() | sequence by user within 1m [a] [b]", "query.needs_records", 28,
         "where"},
        {"| stats count() by user | search x", "query.needs_records", 34, "where"},
        {"| dedup", "query.field_missing", 8, ""},
        {"| rare 0 user", "query.rows", 8, ""},
    };
    Row rows[ROWS];
    Asked asked = {0};
    SearchOptions options = oldest_first();
    rows_init(rows);
    for (size_t i = 0; i < ARRAY_COUNT(refusals); i++) {
        ask_with(&asked, refusals[i].query, rows, ROWS, &options);
        const char *id = asked.complaint.id ? asked.complaint.id : "";
        if (asked.result != -EINVAL || strcmp(id, refusals[i].id) != 0 ||
            asked.complaint.column != refusals[i].column ||
            !strstr(asked.complaint.en, refusals[i].says)) {
            tap_fail(__FILE__, __LINE__, "[%s] %d %s at %u: %s", refusals[i].query, asked.result,
                     id, asked.complaint.column, asked.complaint.en);
        }
    }
    buf_done(&asked.out);
}

static void columns_stand_beside_printed_records(void)
{
    Row rows[ROWS];
    Arena arena = arena_make(0);
    StoreReader reader = {.rows = rows, .count = 1};
    SearchOptions options = oldest_first();
    rows_init(rows);
    static const char *const wanted[] = {",\"x\":2,\"y\":null}\n", "  x=2  y=-\n",
                                         ",\"2\",\"\"\r\n"};
    for (int format = 0; format < 3; format++) {
        Query *query;
        Asked asked = {.printer = {.format = (AnswerFormat)format, .language = LANGUAGE_EN}};
        CHECK(query_parse(SLICE("| eval x = 1 + 1 | eval y = nothing"), &asked_at, &arena, &query,
                          NULL) == 0);
        CLEANUP(buf_done) Buf out = {0};
        const Slice columns[] = {SLICE("x"), SLICE("y")}, cells[] = {SLICE("2"), {0}};
        const bool numbers[] = {true, false};
        const Slice *made;
        expect_int(search_columns(query, &made), 0);
        expect_int(search_run(query, &reader, &options, print_answer, &asked, &asked.stats), 0);
        expect_text(buf_slice(&asked.out), "1 x=2 y=\n");
        const Answer answer = {
            .row = rows, .columns = columns, .cells = cells, .numbers = numbers, .column_count = 2};
        answer_print(&out, &asked.printer, &answer);
        expect(slice_ends(buf_slice(&out), slice_from_cstr(wanted[format])));
        buf_done(&asked.out);
    }
    arena_done(&arena);
}

static void columns_of_numbers_are_as_wide_as_their_heading(void)
{
    CLEANUP(buf_done) Buf out = {0};
    AnswerPrinter printer = {.format = ANSWER_TABLE, .language = LANGUAGE_EN};
    const Slice columns[] = {SLICE("dc(user.name)"), SLICE("最大")};
    const bool numbers[] = {true, true};
    const Slice cells[] = {SLICE("3"), SLICE("2026-11-20T08:06:00Z")};
    const Answer answer = {
        .columns = columns, .cells = cells, .numbers = numbers, .column_count = 2};
    answer_print(&out, &printer, &answer);
    expect_text(buf_slice(&out), "dc(user.name)          最大\n"
                                 "            3  2026-11-20T08:06:00Z\n");
}

/* --- memory and cancelling -------------------------------------------------------------------- */

#define MANY 30000

static void many_rows_init(Arena *arena, Row *rows)
{
    for (int i = 0; i < MANY; i++) {
        Slice *text = rows[i].record.text;
        CHECK(arena_format(arena, &text[RECORD_USER_NAME], "user number %d", i) >= 0);
        CHECK(arena_format(arena, &text[RECORD_SOURCE_BYTES], "%d", i * 7919 % MANY) >= 0);
        rows[i].record.time_ns = i * NS_PER_SECOND;
        rows[i].record.end_ns = TIME_UNKNOWN;
        rows[i].record.count = 1;
    }
}

static void every_pipe_keeps_to_its_memory(void)
{
    static const char *const held[] = {"| stats dc(user) as n",
                                       "| stats p50(source.bytes) as n",
                                       "| dedup user",
                                       "| stats max(time) by user",
                                       "| sequence by user within 1h [*] [*]",
                                       "| sequence by origin within 1h [*] [*]",
                                       "| stats sum(source.bytes), p9(user) by user",
                                       "| sort user | dedup user | stats count() by user"};
    Arena arena = arena_make(0);
    Row *rows = ARENA_ARRAY(&arena, Row, MANY);
    CHECK(rows);
    many_rows_init(&arena, rows);
    Asked asked = {0};
    for (size_t i = 0; i < ARRAY_COUNT(held); i++) {
        SearchOptions options = oldest_first();
        options.memory_bytes_max = 128 << 10;
        ask_with(&asked, held[i], rows, MANY, &options);
        bool none = strstr(held[i], "by origin") != NULL; /* no row has that field */
        if (asked.result != 0 || asked.stats.memory_met == none)
            tap_fail(__FILE__, __LINE__, "[%s] %d %d", held[i], asked.result,
                     asked.stats.memory_met);
        options.memory_bytes_max = 0;
        ask_with(&asked, held[i], rows, MANY, &options);
        if (asked.result != 0 || asked.stats.memory_met)
            tap_fail(__FILE__, __LINE__, "[%s] met 64 MiB", held[i]);
        atomic_bool cancel = true;
        options.cancel = &cancel;
        ask_with(&asked, held[i], rows, MANY, &options);
        expect_int(asked.result, -ECANCELED);
    }
    SearchOptions options = oldest_first();
    ask_with(&asked, "| stats dc(user) as d, p50(source.bytes) as m, p99(source.bytes) as p", rows,
             MANY, &options);
    expect_text(buf_slice(&asked.out), "{\"d\":30000,\"m\":14999,\"p\":29699}\n");
    ask_with(&asked, "| timeline 1s", rows, MANY, &options);
    expect(asked.stats.memory_met && asked.stats.answers == 10000);
    buf_done(&asked.out);
    arena_done(&arena);
}

static const TapTest tests[] = {
    TAP_TEST(where_chooses_rows),
    TAP_TEST(eval_makes_columns),
    TAP_TEST(stats_has_functions),
    TAP_TEST(bins_are_pieces_of_time_and_number),
    TAP_TEST(rare_is_top_turned_round),
    TAP_TEST(timelines_have_no_gaps),
    TAP_TEST(dedup_keeps_the_first),
    TAP_TEST(sequences_follow_one_key),
    TAP_TEST(sequences_do_not_need_order),
    TAP_TEST(times_in_the_question_narrow_the_scan),
    TAP_TEST(lookup_adds_columns),
    TAP_TEST(lookups_that_fail_say_why),
    TAP_TEST(pipes_have_other_names),
    TAP_TEST(refusals_say_where_and_what_next),
    TAP_TEST(columns_stand_beside_printed_records),
    TAP_TEST(columns_of_numbers_are_as_wide_as_their_heading),
    TAP_TEST(every_pipe_keeps_to_its_memory),
};
TAP_MAIN(tests)
