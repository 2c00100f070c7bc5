/* search/search.h: running questions over rows, and printing the answers. */
#include "tests/support/tap.h"

#include "base/check.h"
#include "base/time_text.h"
#include "search/search.h"
#include "search/text_width.h"
#include "tests/support/fake_reader.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static const QueryOptions asked_at = {.now_ns =
                                          1795190400000000000}; /* 2026-11-20T16:00Z, a Friday */

/* --- rows ------------------------------------------------------------------------------------- */

#define ROWS 60

typedef struct Sample {
    Arena arena;
    Row rows[ROWS];
} Sample;

static Slice text_of(Arena *arena, const char *before, int number)
{
    Slice text;
    int r = arena_format(arena, &text, "%s%d", before, number);
    CHECK(r == 0);
    return text;
}

/* Row i (from 0) happened i seconds after 2026-11-20T00:00:00Z; users u0 to u4 in turn, every tenth
 * has none; bytes i * 100. */
static void sample_init(Sample *sample)
{
    *sample = (Sample){0};
    for (int i = 0; i < ROWS; i++) {
        Row *row = &sample->rows[i];
        Slice *text = row->record.text;
        CHECK(time_parse_rfc3339(SLICE("2026-11-20T00:00:00Z"), 0, &row->record.time_ns) == 0);
        row->record.time_ns += i * NS_PER_SECOND;
        row->record.ingested_ns = row->record.time_ns;
        row->record.end_ns = TIME_UNKNOWN;
        row->record.count = 1;
        row->record.verb = i % 3 ? VERB_READ : VERB_DELETE;
        row->record.outcome = OUTCOME_SUCCESS;
        row->origin = SLICE("test");
        row->event.raw = text_of(&sample->arena, "raw line ", i);
        if (i % 10) text[RECORD_USER_NAME] = text_of(&sample->arena, "u", i % 5);
        text[RECORD_SOURCE_BYTES] = text_of(&sample->arena, "", i * 100);
        text[RECORD_FILE_PATH] = text_of(&sample->arena, "/share/file", i);
    }
}

/* --- asking ----------------------------------------------------------------------------------- */

typedef struct Asked {
    Buf out;
    AnswerPrinter printer;
    SearchStats stats;
    int result;
} Asked;

static int print_answer(void *context, const Answer *answer)
{
    Asked *asked = context;
    if (answer->row && asked->printer.format == ANSWER_JSON) {
        buf_add_u64(&asked->out, answer->number);
        buf_add_char(&asked->out, '\n');
        return 0;
    }
    answer_print(&asked->out, &asked->printer, answer);
    return 0;
}

static SearchOptions all_rows(void)
{
    return (SearchOptions){
        .range = {.from_ns = INT64_MIN, .to_ns = INT64_MAX, .newest_first = true}};
}

static void ask_with(Asked *asked, const char *text, const Row *rows, size_t count,
                     const SearchOptions *options)
{
    StoreReader reader = {.rows = rows, .count = count};
    Arena arena = arena_make(0);
    Complaint complaint = {0};
    Query *query;
    buf_clear(&asked->out);
    asked->printer.printed = 0;
    if (query_parse(slice_from_cstr(text), &asked_at, &arena, &query, &complaint) < 0) {
        tap_fail(__FILE__, __LINE__, "[%s] refused: %s", text, complaint.en);
    } else {
        asked->result = search_run(query, &reader, options, print_answer, asked, &asked->stats);
    }
    arena_done(&arena);
}

static void expect_answer(const char *text, const char *want, int line)
{
    Sample sample;
    sample_init(&sample);
    Asked asked = {0};
    SearchOptions options = all_rows();
    ask_with(&asked, text, sample.rows, ROWS, &options);
    tap_expect_int(asked.result, 0, __FILE__, line, text);
    tap_expect_slice(buf_slice(&asked.out), slice_from_cstr(want), __FILE__, line, text);
    buf_done(&asked.out);
    arena_done(&sample.arena);
}
#define EXPECT_ANSWER(text, want) expect_answer(text, want, __LINE__)

static void records_come_newest_first(void)
{
    EXPECT_ANSWER("| head 3", "60\n59\n58\n");
    EXPECT_ANSWER("action:DELETE | head 2", "58\n55\n");
    EXPECT_ANSWER("action:DELETE | take 4 | limit 2", "58\n55\n");
    EXPECT_ANSWER("file.path:/share/file7", "8\n");
    EXPECT_ANSWER("nothing", "");
}

static void counts_are_grouped_and_ordered(void)
{
    EXPECT_ANSWER("| stats count()", "{\"count\":60}\n");
    EXPECT_ANSWER("nothing | stats count()", "{\"count\":0}\n");
    EXPECT_ANSWER("nothing | stats count() by user.name", "");
    EXPECT_ANSWER("| stats count() by user",
                  "{\"user.name\":\"u1\",\"count\":12}\n{\"user.name\":\"u2\",\"count\":12}\n"
                  "{\"user.name\":\"u3\",\"count\":12}\n{\"user.name\":\"u4\",\"count\":12}\n"
                  "{\"user.name\":null,\"count\":6}\n{\"user.name\":\"u0\",\"count\":6}\n");
    EXPECT_ANSWER(
        "| stats count() as 件数 by action",
        "{\"event.action\":\"READ\",\"件数\":40}\n{\"event.action\":\"DELETE\",\"件数\":20}\n");
    EXPECT_ANSWER("user:u0 | stats count() by action, outcome",
                  "{\"event.action\":\"READ\",\"event.outcome\":\"success\",\"count\":4}\n"
                  "{\"event.action\":\"DELETE\",\"event.outcome\":\"success\",\"count\":2}\n");
    EXPECT_ANSWER("| top 1 user", "{\"user.name\":\"u1\",\"count\":12}\n");
    EXPECT_ANSWER("| top 2 action,user.name",
                  "{\"event.action\":\"READ\",\"user.name\":\"u1\",\"count\":8}\n"
                  "{\"event.action\":\"READ\",\"user.name\":\"u2\",\"count\":8}\n");
    EXPECT_ANSWER("| stats count() by user | stats count() as users", "{\"users\":6}\n");
    EXPECT_ANSWER(
        "| head 7 | summarize count by action | sort count",
        "{\"event.action\":\"DELETE\",\"count\":2}\n{\"event.action\":\"READ\",\"count\":5}\n");
}

static void chosen_fields_make_a_table(void)
{
    EXPECT_ANSWER("| head 2 | fields @timestamp, user, bytes, source.bytes",
                  "{\"@timestamp\":\"2026-11-20T00:00:59Z\",\"user.name\":\"u4\",\"bytes\":null,"
                  "\"source.bytes\":5900}\n"
                  "{\"@timestamp\":\"2026-11-20T00:00:58Z\",\"user.name\":\"u3\",\"bytes\":null,"
                  "\"source.bytes\":5800}\n");
    EXPECT_ANSWER("| project user.name, file | fields file | head 1",
                  "{\"file.path\":\"/share/file59\"}\n");
    EXPECT_ANSWER("| head 1 | fields action, 結果, 回数",
                  "{\"event.action\":\"READ\",\"event.outcome\":\"success\",\"akashi.count\":1}\n");
}

static void sort_orders_numbers_text_and_absent(void)
{
    EXPECT_ANSWER("| sort source.bytes | head 3", "1\n2\n3\n");
    EXPECT_ANSWER("| sort -source.bytes | head 2", "60\n59\n");
    EXPECT_ANSWER("| sort source.bytes desc | head 1", "60\n");
    EXPECT_ANSWER("| sort @timestamp | head 2", "1\n2\n");
    EXPECT_ANSWER("| sort user, -time | head 3", "56\n46\n36\n");
    EXPECT_ANSWER("| sort -user, time asc | head 2", "5\n10\n");
    EXPECT_ANSWER("| sort user | fields user | sort -user.name | head 1",
                  "{\"user.name\":\"u4\"}\n");
    EXPECT_ANSWER("| stats count() by user | sort -user.name | head 2",
                  "{\"user.name\":\"u4\",\"count\":12}\n{\"user.name\":\"u3\",\"count\":12}\n");
    EXPECT_ANSWER("| sort user | stats count()", "{\"count\":60}\n");
}

static void limits_ranges_and_cancel_are_kept(void)
{
    Sample sample;
    sample_init(&sample);
    Asked asked = {0};
    SearchOptions options = all_rows();
    options.limit = 2;
    ask_with(&asked, "action:DELETE", sample.rows, ROWS, &options);
    expect_text(buf_slice(&asked.out), "58\n55\n");
    expect(asked.stats.limited && asked.stats.answers == 2 && asked.stats.matched == 3);
    ask_with(&asked, "user:u0 action:DELETE", sample.rows, ROWS, &options);
    expect(!asked.stats.limited && asked.stats.answers == 2 && asked.stats.scanned == ROWS);
    ask_with(&asked, "| sort source.bytes", sample.rows, ROWS, &options);
    expect_text(buf_slice(&asked.out), "1\n2\n");
    expect(asked.stats.limited && !asked.stats.memory_met);
    options = all_rows();
    options.range.newest_first = false;
    options.range.after = 57;
    ask_with(&asked, "", sample.rows, ROWS, &options);
    expect_text(buf_slice(&asked.out), "58\n59\n60\n");
    atomic_bool cancel = true;
    options.cancel = &cancel;
    ask_with(&asked, "", sample.rows, ROWS, &options);
    expect_int(asked.result, -ECANCELED);
    buf_done(&asked.out);
    arena_done(&sample.arena);
}

static int stop_at_second(void *context, const Answer *answer)
{
    (void)answer;
    return ++*(int *)context == 2 ? -EPIPE : 0;
}

static void errors_and_damage_are_told(void)
{
    Sample sample;
    sample_init(&sample);
    StoreReader reader = {.rows = sample.rows, .count = ROWS, .damaged = 3};
    static const char *const texts[] = {"", "| sort user", "| stats count() by user",
                                        "| fields user"};
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        Arena arena = arena_make(0);
        SearchOptions options = all_rows();
        SearchStats stats;
        Query *query;
        int count = 0;
        if (!expect_ok(query_parse(slice_from_cstr(texts[i]), &asked_at, &arena, &query, NULL)))
            continue;
        expect_int(search_run(query, &reader, &options, stop_at_second, &count, &stats), -EPIPE);
        expect_int(stats.damaged_blocks, 3);
        expect_int(stats.answers, 2);
        arena_done(&arena);
    }
    arena_done(&sample.arena);
}

/* --- memory ----------------------------------------------------------------------------------- */

#define MANY 40000

static void many_rows_init(Arena *arena, Row *rows)
{
    for (int i = 0; i < MANY; i++) {
        rows[i].record.text[RECORD_FILE_PATH] = text_of(arena, "/a/long/enough/path/to/a/file/", i);
        rows[i].record.text[RECORD_SOURCE_BYTES] = text_of(arena, "", (i * 7919) % MANY);
        rows[i].record.count = 1;
        rows[i].record.end_ns = TIME_UNKNOWN;
    }
}

static void memory_stays_within_its_cap(void)
{
    Arena arena = arena_make(0);
    Row *rows = ARENA_ARRAY(&arena, Row, MANY);
    CHECK(rows);
    many_rows_init(&arena, rows);
    Asked asked = {0};
    SearchOptions options = all_rows();
    options.memory_bytes_max = 256 << 10;
    ask_with(&asked, "| stats count() by file | stats count()", rows, MANY, &options);
    expect_int(asked.result, 0);
    expect(asked.stats.memory_met);
    ask_with(&asked, "| sort source.bytes", rows, MANY, &options);
    expect_int(asked.result, 0);
    expect(asked.stats.memory_met && asked.stats.answers > 100 && asked.stats.answers < MANY);
    /* What is left is the true beginning: bytes 0, 1, 2 ... stand where i * 7919 gives them. */
    uint64_t wrong = 0, place = 0;
    for (Slice rest = buf_slice(&asked.out), line; slice_cut(&rest, '\n', &line); place++) {
        uint64_t number = strtoull(line.ptr, NULL, 10);
        wrong += (number - 1) * 7919 % MANY != place;
    }
    expect_int(wrong, 0);
    ask_with(&asked, "| sort -source.bytes | head 5 | fields source.bytes", rows, MANY, &options);
    expect_text(buf_slice(&asked.out), "{\"source.bytes\":39999}\n{\"source.bytes\":39998}\n"
                                       "{\"source.bytes\":39997}\n{\"source.bytes\":39996}\n"
                                       "{\"source.bytes\":39995}\n");
    options.memory_bytes_max = 0;
    ask_with(&asked, "| stats count() by file | stats count()", rows, MANY, &options);
    expect(!asked.stats.memory_met);
    expect_text(buf_slice(&asked.out), "{\"count\":40000}\n");
    buf_done(&asked.out);
    arena_done(&arena);
}

/* --- printing --------------------------------------------------------------------------------- */

static void tables_are_aligned_and_safe(void)
{
    Sample sample;
    sample_init(&sample);
    Record *record = &sample.rows[ROWS - 1].record;
    record->text[RECORD_USER_NAME] = SLICE("田中\x1b[31m\n太郎と長い名前の人");
    record->text[RECORD_FILE_PATH] = SLICE("/a\xc2\x9b"
                                           "31m\xe2\x80\xae"
                                           "b\x7f\xff");
    Asked asked = {
        .printer = {.format = ANSWER_TABLE, .language = LANGUAGE_EN, .zone_offset_seconds = 32400}};
    SearchOptions options = all_rows();
    options.limit = 1;
    ask_with(&asked, "", sample.rows, ROWS, &options);
    Slice out = buf_slice(&asked.out);
    expect(
        slice_starts(out, SLICE("time                 who               from                "
                                "system            what happened\n"
                                "2026-11-20 09:00:59  田中\xef\xbf\xbd[31m 太郎…   -             "
                                "      -                 ")));
    expect(slice_find_char(out, '\x1b') == SLICE_NOT_FOUND);
    expect(slice_find(out, SLICE("\xc2\x9b")) == SLICE_NOT_FOUND);
    expect(slice_find(out, SLICE("\xe2\x80\xae")) == SLICE_NOT_FOUND);
    asked.printer.language = LANGUAGE_JA;
    ask_with(&asked, "| fields source.bytes, user, file", sample.rows, ROWS, &options);
    expect_text(buf_slice(&asked.out),
                "source.bytes  user.name                         file.path\n"
                "        5900  田中\xef\xbf\xbd[31m 太郎と長い名前の人      /a\xef\xbf\xbd"
                "31m\xef\xbf\xbd"
                "b\xef\xbf\xbd\xef\xbf\xbd\n");
    buf_done(&asked.out);
    arena_done(&sample.arena);
}

static void csv_cells_are_quoted_and_guarded(void)
{
    static const Slice columns[] = {SLICE_INIT("a"), SLICE_INIT("=b"), SLICE_INIT("n")};
    static const bool numbers[] = {false, false, true};
    static const Slice rows[][3] = {
        {SLICE_INIT("say \"hi\", you"), SLICE_INIT("=HYPERLINK(1)"), SLICE_INIT("-5")},
        {SLICE_INIT("two\nlines"), SLICE_INIT("+1+1"), SLICE_INIT("7")},
        {SLICE_INIT(" @cmd"), SLICE_INIT("\t-x"), SLICE_INIT("")},
        {SLICE_INIT("\x1b]0;t\x07"), SLICE_INIT("日本"), SLICE_INIT("1")},
    };
    CLEANUP(buf_done) Buf out = {0};
    AnswerPrinter printer = {.format = ANSWER_CSV};
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        const Answer answer = {
            .columns = columns, .cells = rows[i], .numbers = numbers, .column_count = 3};
        answer_print(&out, &printer, &answer);
    }
    expect_text(buf_slice(&out), "\"a\",\"'=b\",\"n\"\r\n"
                                 "\"say \"\"hi\"\", you\",\"'=HYPERLINK(1)\",\"-5\"\r\n"
                                 "\"two\nlines\",\"'+1+1\",\"7\"\r\n"
                                 "\"' @cmd\",\"'\t-x\",\"\"\r\n"
                                 "\"\xef\xbf\xbd]0;t\xef\xbf\xbd\",\"日本\",\"1\"\r\n");
}

static void widths_follow_east_asian_rules(void)
{
    expect_int(text_width_of('a'), 1);
    expect_int(text_width_of(0x8a8d), 2);
    expect_int(text_width_of(0xff71), 1); /* half-width katakana */
    expect_int(text_width_of(0xff21), 2);
    expect_int(text_width_of(0x3099), 0);
    CLEANUP(buf_done) Buf out = {0};
    expect_int(text_add_safe(&out, SLICE("認証認証"), 5), 5);
    expect_text(buf_slice(&out), "認証…");
    buf_clear(&out);
    expect_int(text_add_safe(&out, SLICE("認証"), 4), 4);
    expect_text(buf_slice(&out), "認証");
    buf_clear(&out);
    text_add_column(&out, SLICE("12"), 4, true);
    expect_text(buf_slice(&out), "  12");
}

/* Imported later, but older: rows 40 to 59 happened before all others; row 5 does not say when. */
static void records_come_by_their_own_time(void)
{
    static const struct {
        const char *query, *want;
        uint64_t limit;
    } cases[] = {
        {"", "40\n39\n38\n", 3},
        {"| head 2", "40\n39\n", 100},
        {"user:u1 | head 2", "37\n32\n", 0},
        {"| sort @timestamp | head 2", "41\n42\n", 0},
        {"| head 59 | sort @timestamp | head 1", "41\n", 0},
        {"path:/share/file5 or path:/share/file50", "51\n6\n", 10},
    };
    Sample sample;
    sample_init(&sample);
    for (int i = 40; i < ROWS; i++) {
        sample.rows[i].record.time_ns -= 86400 * NS_PER_SECOND;
    }
    sample.rows[5].record.time_ns = TIME_UNKNOWN;
    Asked asked = {0};
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        SearchOptions options = all_rows();
        options.order = SEARCH_BY_TIME;
        options.limit = cases[i].limit;
        ask_with(&asked, cases[i].query, sample.rows, ROWS, &options);
        tap_expect_slice(buf_slice(&asked.out), slice_from_cstr(cases[i].want), __FILE__, __LINE__,
                         cases[i].query);
        if (i == 0) expect(asked.stats.limited);
    }
    buf_done(&asked.out);
    arena_done(&sample.arena);
}

static const TapTest tests[] = {
    TAP_TEST(records_come_by_their_own_time),      TAP_TEST(records_come_newest_first),
    TAP_TEST(counts_are_grouped_and_ordered),      TAP_TEST(chosen_fields_make_a_table),
    TAP_TEST(sort_orders_numbers_text_and_absent), TAP_TEST(limits_ranges_and_cancel_are_kept),
    TAP_TEST(errors_and_damage_are_told),          TAP_TEST(memory_stays_within_its_cap),
    TAP_TEST(tables_are_aligned_and_safe),         TAP_TEST(csv_cells_are_quoted_and_guarded),
    TAP_TEST(widths_follow_east_asian_rules),
};
TAP_MAIN(tests)
