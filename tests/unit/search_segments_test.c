/* Questions over sealed segments answer as a plain scan of the same rows does: random logs of all
 * formats, random questions of the whole language. The seed is in the output of a failure;
 * AKASHI_SEED=n repeats it. */
#include "tests/support/decoded_rows.h"
#include "tests/support/segment_kit.h"
#include "tests/support/tap.h"

#include "base/check.h"
#include "base/time_text.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define NOW_NS ((int64_t)1795190400 * NS_PER_SECOND) /* 2026-11-20T16:00Z */
#define STORES 6
#define QUESTIONS 150

static uint64_t random_state;

static unsigned any(unsigned below)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(random_state >> 33) % below;
}
#define ANY_OF(list) ((list)[any(ARRAY_COUNT(list))])

/* --- random logs ------------------------------------------------------------------------------ */

static const char *const users[] = {"tanaka",   "Administrator", "ＴＡＮＡＫＡ", "営業部",
                                    "suzuki t", "ｼﾞﾝｼﾞ",         "o'neil",       "svc_backup$"};
static const char *const hosts[] = {"DC01.example.com", "fs-2", "端末７", "gw"};
static const char *const paths[] = {
    "C:\\Windows\\System32\\cmd.exe", "\\\\fs-2\\share\\見積書.xlsx", "/srv/data/Report_2026.docx",
    "D:\\ユーザー\\認証.txt",         "C:\\Users\\u\\n.txt",          ""};
static const char *const messages[] = {
    "disk failure",      "ユーザー認証に失敗しました",
    "ﾊﾟｽﾜｰﾄﾞが違います", "line one\nline\ttwo \"quoted\" c:\\temp",
    "Accepted password", "100% 完了",
    "パスワード"};

static void add_escaped(Buf *to, const char *text)
{
    for (; *text; text++) {
        if (*text == '"' || *text == '\\') buf_add_char(to, '\\');
        if (*text == '\n') {
            buf_add_cstr(to, "\\n");
        } else if (*text == '\t') {
            buf_add_cstr(to, "\\t");
        } else if (*text == '/' && any(4) == 0) {
            buf_add_cstr(to, "\\/");
        } else if (*text == 'a' && any(40) == 0) {
            buf_add_cstr(to, "\\u0061");
        } else {
            buf_add_char(to, *text);
        }
    }
}

static void add_member(Buf *to, const char *name, const char *value)
{
    buf_add_format(to, "\"%s\":\"", name);
    add_escaped(to, value);
    buf_add_cstr(to, "\",");
}

/* A value of two others, for columns that are put together. */
static void add_windows(Buf *to, unsigned second)
{
    static const unsigned ids[] = {4624, 4625, 4663, 4688, 1};
    unsigned id = ANY_OF(ids);
    const char *user = ANY_OF(users), *path = ANY_OF(paths), *host = ANY_OF(hosts);
    char message[512];
    snprintf(message, sizeof message, "An event.\n\nSubject:\n\tAccount Name:\t%s\nProcess: %s",
             user, path);
    buf_add_format(to, "{\"EventTime\":\"2026-11-%02u 10:%02u:%02u\",", 1 + any(20), any(60),
                   second % 60);
    buf_add_format(to, "\"EventID\":%u,\"SourceName\":\"Microsoft-Windows-Security-Auditing\",",
                   id);
    buf_add_cstr(to, "\"Channel\":\"Security\",");
    add_member(to, "Hostname", host);
    add_member(to, any(2) ? "TargetUserName" : "SubjectUserName", user);
    add_member(to, "ProcessName", path);
    add_member(to, "Message", message);
    buf_add_format(to, "\"RecordNumber\":%u}", 1000 + second);
}

static void add_nested(Buf *to, unsigned second)
{
    buf_add_format(to, "{\"timestamp\":\"2026-11-%02uT08:00:%02uZ\",\"level\":\"%s\",", 1 + any(20),
                   second % 60, any(2) ? "error" : "info");
    buf_add_cstr(to, "\"user\":{");
    add_member(to, "name", ANY_OF(users));
    buf_add_format(to, "\"id\":%u},\"tags\":[\"a%u\",\"b\",\"%s\"],", any(9), any(3),
                   ANY_OF(hosts));
    add_member(to, "msg", ANY_OF(messages));
    buf_add_format(to, "\"bytes\":%u,\"ratio\":%u.5,\"none\":null}", any(3000), any(10));
}

static void add_line(Buf *to, unsigned second)
{
    switch (any(7)) {
    case 0:
        buf_add_format(to,
                       "<38>Nov %2u 17:40:%02u gw sshd[%u]: Failed password for %s from "
                       "192.0.2.%u port %u ssh2",
                       1 + any(20), second % 60, any(900), any(2) ? "root" : "tanaka", any(12),
                       1024 + any(9000));
        break;
    case 1: buf_add_format(to, "%s %u on %s", ANY_OF(messages) + 1, any(5), ANY_OF(hosts)); break;
    case 2: buf_add_format(to, "{\"broken\":\"A%u\\\",\"y\":\"C%u\\\"}", any(4), any(4)); break;
    case 3: add_nested(to, second); break;
    default: add_windows(to, second);
    }
    for (size_t i = 0; i < to->len; i++) {
        if (to->ptr[i] == '\n' && i + 1 < to->len) to->ptr[i] = ' ';
    }
}

typedef struct Sample {
    DecodedRows decoded;
    Buf lines[2048];
    size_t count;
} Sample;

static Row *sample_rows(const Sample *sample)
{
    return (Row *)(void *)sample->decoded.rows.ptr;
}

/* What no decoder makes but the store must keep: texts that stand nowhere in raw, times and counts
 * of their own, no time. */
static void change_row(Row *row, size_t at)
{
    row->record.ingested_ns = NOW_NS - (int64_t)any(100000) * NS_PER_SECOND;
    if (any(8) == 0) row->record.text[RECORD_FILE_PATH] = slice_from_cstr(ANY_OF(paths));
    if (any(8) == 0) row->record.text[RECORD_USER_NAME] = slice_from_cstr(ANY_OF(users));
    if (any(16) == 0) row->record.time_ns = TIME_UNKNOWN;
    if (any(16) == 0) row->record.time_ns = NOW_NS - (int64_t)any(100000) * NS_PER_SECOND;
    if (any(16) == 0) row->record.end_ns = NOW_NS;
    if (any(16) == 0) row->record.count = 1 + any(5);
    if (any(8) == 0) row->record.verb = VERB_DELETE;
    if (any(8) == 0) row->record.outcome = (Outcome)any(3);
    row->event.record_id = any(3) ? at : 0;
}

static void sample_make(Sample *sample, size_t count)
{
    static const char *const origins[] = {"origin.log", "syslog/udp 192.0.2.7", "記録.json"};
    sample->decoded.arena = arena_make((size_t)512 << 20);
    sample->decoded.rows = buf_make((size_t)512 << 20);
    for (sample->count = 0; sample->count < count; sample->count++) {
        Buf *line = &sample->lines[sample->count];
        add_line(line, (unsigned)sample->count);
        buf_add_char(line, '\n');
        expect_ok(
            decoded_rows_add(&sample->decoded, buf_slice(line), slice_from_cstr(ANY_OF(origins))));
    }
    for (size_t i = 0; i < decoded_rows_count(&sample->decoded); i++) {
        change_row(&sample_rows(sample)[i], i);
    }
}

static void sample_done(Sample *sample)
{
    decoded_rows_done(&sample->decoded);
    while (sample->count > 0) {
        buf_done(&sample->lines[--sample->count]);
    }
    free(sample);
}

/* --- random questions ------------------------------------------------------------------------- */

static const char *const terms[] = {"tanaka",
                                    "TANAKA",
                                    "失敗",
                                    "認証",
                                    "ﾕｰｻﾞｰ",
                                    "パスワード",
                                    "ジンジ",
                                    "\"account name\"",
                                    "e\\\\n",
                                    "\"c:\\\\windows\"",
                                    "\"\\\\\\\\fs-2\"",
                                    "\"s/d\"",
                                    "n.txt",
                                    "4624",
                                    "46",
                                    "cs\"Administrator\"",
                                    "cs\"tanaka\"",
                                    "~\"cmd\\.exe$\"",
                                    "~\"user.*name\"",
                                    "~\"[0-9]{4}\"",
                                    "~\"t[a-z]+ka\"",
                                    "~\"tan.*(fs|gw)\"",
                                    "~\"c:.(windows|users)\"",
                                    "~\"[\\\\]share\"",
                                    "~\"s/d[a-z]\"",
                                    "~\"subject:.{1,3}account\"",
                                    "~\"(ジンジ|パスワ.ド)\"",
                                    "~\"認証[^a-z]{1,6}\"",
                                    "~\"two .quoted\"",
                                    "~\"or[a-z]+n.lo\"",
                                    "~\"[0-9]{3} on (gw|fs)\"",
                                    "~\"u0061\"",
                                    "~\"x*\"",
                                    "*pass*word*",
                                    "o'neil",
                                    "gw",
                                    "origin",
                                    "記録",
                                    "delete",
                                    "failure",
                                    "zzz",
                                    "quoted",
                                    "one",
                                    "temp",
                                    "\"line two\"",
                                    "user.name:tanaka",
                                    "user.name:*",
                                    "user:営業*",
                                    "file.path:*.xlsx",
                                    "file.path:\"system32\"",
                                    "file.path:~\"u.n\\.txt\"",
                                    "host.name:gw",
                                    "TargetUserName:tanaka",
                                    "SubjectUserName:*a*",
                                    "Message:*tanaka*",
                                    "Message:\"account name\"",
                                    "tags:b",
                                    "tags:端末*",
                                    "level:error",
                                    "bytes>1000",
                                    "bytes:5..900",
                                    "ratio<=3.5",
                                    "event.code in (4624, 4688)",
                                    "event.code:4625",
                                    "action:DELETE",
                                    "outcome:failure",
                                    "source.ip:192.0.2.0/29",
                                    "source.ip:192.0.2.3",
                                    "akashi.count>1",
                                    "event.end>2026-11-01",
                                    "@timestamp>2026-11-10",
                                    "time:2026-11-05",
                                    "time:*",
                                    "_file:origin",
                                    "_raw:*fs-2*",
                                    "_raw:~\"^<38\"",
                                    "_record>100",
                                    "_index<5",
                                    "akashi.parse:partial",
                                    "user.id:3",
                                    "none:*",
                                    "port:*",
                                    "RecordNumber:1010",
                                    "ProcessName:\"c:\\\\users\"",
                                    "y:*",
                                    "broken:*",
                                    "msg:\"c:\\\\temp\"",
                                    "msg:*完了*",
                                    "akashi.certainty:observed",
                                    "event.category:*",
                                    "A1",
                                    "C2"};

static const char *const pipes[] = {
    "",
    "",
    "",
    "",
    "| stats count()",
    "| stats count() by event.code, user.name",
    "| stats count(), dc(user.name), min(bytes), max(bytes), avg(bytes), p95(bytes) by level",
    "| stats count() by bin(time, 1d), action",
    "| stats sum(ratio), max(user.name) by host.name",
    "| top 5 user.name",
    "| rare 3 process.name",
    "| timeline",
    "| timeline 1d",
    "| head 7",
    "| sort user.name | fields user.name, @timestamp",
    "| sort -bytes | head 5 | fields bytes, level",
    "| fields @timestamp, user.name, event.code | head 20",
    "| dedup user.name | fields user.name",
    "| where bytes > 500 | stats count() by level",
    "| stats count() by tags",
    "| stats count() by bin(bytes, 1k)",
    "| stats count() by Message | sort Message",
    "| eval x = len(user.name) | stats sum(x)",
    "| stats count() by _file, akashi.parse",
    "| search tanaka | stats count()",
    "| stats dc(file.path) by outcome",
    "| stats max(time)",
    "| sequence by user.name within 10d [event.code:4624] [event.code:4663]"};

static void write_filter(Buf *to, unsigned depth)
{
    if (depth == 0 || any(3) == 0) {
        if (any(6) == 0) buf_add_cstr(to, "NOT ");
        buf_add_cstr(to, ANY_OF(terms));
        return;
    }
    buf_add_cstr(to, any(4) ? "(" : "NOT (");
    write_filter(to, depth - 1);
    buf_add_cstr(to, any(2) ? " " : " OR ");
    write_filter(to, depth - 1);
    buf_add_char(to, ')');
}

/* --- asked twice ------------------------------------------------------------------------------ */

typedef struct Asked {
    Buf text;
    AnswerPrinter printer;
    SearchStats stats;
    int r;
} Asked;

static int print_answer(void *context, const Answer *answer)
{
    Asked *asked = context;
    if (answer->row) buf_add_format(&asked->text, "#%" PRIu64 " ", answer->number);
    answer_print(&asked->text, &asked->printer, answer);
    return buf_error(&asked->text);
}

static void ask(Asked *asked, const Query *query, const SearchSource *source,
                const SearchOptions *options)
{
    buf_clear(&asked->text);
    asked->printer = (AnswerPrinter){.format = ANSWER_JSON};
    asked->r = search_run_on(query, source, options, print_answer, asked, &asked->stats);
}

static SearchOptions any_options(void)
{
    SearchOptions options = {
        .range = {.from_ns = INT64_MIN, .to_ns = INT64_MAX, .newest_first = any(4) > 0},
        .order = any(4) ? SEARCH_BY_TIME : SEARCH_BY_ARRIVAL,
        .limit = any(2) ? any(40) : 0,
        .seed = {1, 2}};
    if (any(4) == 0) options.range.from_ns = NOW_NS - (int64_t)any(20) * 86400 * NS_PER_SECOND;
    if (any(4) == 0) options.range.to_ns = NOW_NS - (int64_t)any(10) * 86400 * NS_PER_SECOND;
    if (any(8) == 0) options.range.after = any(300);
    return options;
}

static bool same_answers(const SearchSource *sealed, const SearchSource *plain, const char *text,
                         const SearchOptions *options, SearchCache *cache)
{
    CLEANUP(arena_done) Arena arena = arena_make(0);
    const QueryOptions at = {.now_ns = NOW_NS};
    Asked a = {.text = buf_make((size_t)256 << 20)}, b = {.text = buf_make((size_t)256 << 20)};
    SearchOptions cached = *options;
    Complaint complaint = {0};
    Query *query;
    if (query_parse(slice_from_cstr(text), &at, &arena, &query, &complaint) < 0) {
        tap_note("%s: %s", text, complaint.en);
        return false;
    }
    cached.cache = cache;
    ask(&a, query, sealed, &cached);
    ask(&b, query, plain, options);
    bool same = a.r == 0 && b.r == 0 && slice_eq(buf_slice(&a.text), buf_slice(&b.text)) &&
                a.stats.answers == b.stats.answers && a.stats.limited == b.stats.limited &&
                a.stats.damaged_blocks == 0 && !a.stats.memory_met;
    if (!same) {
        tap_note("question %s, order %d, limit %d, newest first %d: %d %d, answers %d %d, met %d",
                 text, (int)options->order, (int)options->limit, (int)options->range.newest_first,
                 a.r, b.r, (int)a.stats.answers, (int)b.stats.answers, (int)a.stats.memory_met);
        tap_note("segments: %.*s", (int)(a.text.len < 2000 ? a.text.len : 2000), a.text.ptr);
        tap_note("plain:    %.*s", (int)(b.text.len < 2000 ? b.text.len : 2000), b.text.ptr);
    }
    buf_done(&a.text);
    buf_done(&b.text);
    return same;
}

static void question_make(Buf *to)
{
    buf_clear(to);
    if (any(12) == 0) {
        buf_add_cstr(to, "*");
    } else {
        write_filter(to, any(4));
    }
    buf_add_char(to, ' ');
    buf_add_cstr(to, ANY_OF(pipes));
    buf_add_char(to, '\0');
}

static void ask_everything(void)
{
    CLEANUP(buf_done) Buf question = buf_make(0);
    for (unsigned store = 0; store < STORES; store++) {
        uint64_t began = random_state;
        Sample *sample = calloc(1, sizeof *sample);
        SegmentKit kit;
        sample_make(sample, 200 + any(700));
        size_t count = decoded_rows_count(&sample->decoded);
        segment_kit_make(&kit, sample_rows(sample), count, count - any(60), 1 + any(4), 7 + store);
        if (any(2) && kit.segment_count > 0) segment_kit_repack(&kit, 7 + store);
        const SearchSource sealed = segment_kit_source(&kit), plain = segment_kit_plain(&kit);
        /* In little room texts of what is kept are given back between questions. */
        static const size_t rooms[] = {(size_t)16 << 20, (size_t)1 << 20, (size_t)256 << 10};
        SearchCache *cache = search_cache_new(rooms[any(ARRAY_COUNT(rooms))]);
        bool same = true;
        for (unsigned i = 0; i < QUESTIONS && same; i++) {
            question_make(&question);
            const SearchOptions options = any_options();
            same = same_answers(&sealed, &plain, question.ptr, &options, any(2) ? cache : NULL);
        }
        if (!expect(same)) tap_note("AKASHI_SEED=%llu", (unsigned long long)began);
        search_cache_free(cache);
        segment_kit_done(&kit);
        sample_done(sample);
    }
}

/* --- one store for what follows --------------------------------------------------------------- */

typedef struct Bench {
    Sample *sample;
    SegmentKit kit;
    SearchSource sealed, plain;
} Bench;

static void bench_make(Bench *bench, size_t rows)
{
    bench->sample = calloc(1, sizeof *bench->sample);
    sample_make(bench->sample, rows);
    size_t count = decoded_rows_count(&bench->sample->decoded);
    segment_kit_make(&bench->kit, sample_rows(bench->sample), count, count, 3, 3);
    bench->sealed = segment_kit_source(&bench->kit);
    bench->plain = segment_kit_plain(&bench->kit);
}

static void bench_done(Bench *bench)
{
    segment_kit_done(&bench->kit);
    sample_done(bench->sample);
}

static const SearchOptions everything = {
    .range = {.from_ns = INT64_MIN, .to_ns = INT64_MAX, .newest_first = true},
    .order = SEARCH_BY_TIME,
    .seed = {1, 2}};

static Query *parse(const char *text, Arena *arena)
{
    const QueryOptions at = {.now_ns = NOW_NS};
    Complaint complaint = {0};
    Query *query = NULL;
    expect_ok(query_parse(slice_from_cstr(text), &at, arena, &query, &complaint));
    return query;
}

/* Every text of two or more Japanese characters that stands in a value is found. */
static void japanese_is_found(void)
{
    static const char *const parts[] = {"ユーザ", "認証", "証に失", "パス", "ﾊﾟｽ",  "スワード",
                                        "見積",   "積書", "端末",   "ジン", "営業", "完了"};
    CLEANUP(arena_done) Arena arena = arena_make(0);
    Bench bench;
    bench_make(&bench, 600);
    for (size_t i = 0; i < ARRAY_COUNT(parts); i++) {
        expect(same_answers(&bench.sealed, &bench.plain, parts[i], &everything, NULL));
        Asked asked = {.text = buf_make((size_t)256 << 20)};
        ask(&asked, parse(parts[i], &arena), &bench.sealed, &everything);
        if (!expect(asked.stats.answers > 0)) tap_note("%s", parts[i]);
        buf_done(&asked.text);
    }
    bench_done(&bench);
}

/* More rows than a pass or a slice holds come in the same order. */
static void long_answers_stay_in_order(void)
{
    Bench bench;
    bench_make(&bench, 2000);
    SearchOptions options = everything;
    expect(same_answers(&bench.sealed, &bench.plain, "*", &options, NULL));
    options.memory_bytes_max = (size_t)8 << 20;
    expect(same_answers(&bench.sealed, &bench.plain, "*", &options, NULL));
    options.order = SEARCH_BY_ARRIVAL;
    expect(same_answers(&bench.sealed, &bench.plain, "* | head 1500", &options, NULL));
    bench_done(&bench);
}

static void blocks_too_large_are_said(void)
{
    CLEANUP(arena_done) Arena arena = arena_make(0);
    Bench bench;
    Asked asked = {.text = buf_make((size_t)256 << 20)};
    bench_make(&bench, 500);
    SearchOptions options = everything;
    options.memory_bytes_max = (size_t)64 << 10;
    ask(&asked, parse("tanaka", &arena), &bench.sealed, &options);
    expect_ok(asked.r);
    expect(asked.stats.memory_met);
    expect(asked.stats.damaged_blocks == 0);
    buf_done(&asked.text);
    bench_done(&bench);
}

static void cancelling_ends_it(void)
{
    CLEANUP(arena_done) Arena arena = arena_make(0);
    Bench bench;
    Asked asked = {.text = buf_make((size_t)256 << 20)};
    atomic_bool cancel = true;
    bench_make(&bench, 300);
    SearchOptions options = everything;
    options.cancel = &cancel;
    ask(&asked, parse("tanaka", &arena), &bench.sealed, &options);
    expect_int(asked.r, -ECANCELED);
    ask(&asked, parse("* | stats count() by user.name", &arena), &bench.sealed, &options);
    expect_int(asked.r, -ECANCELED);
    buf_done(&asked.text);
    bench_done(&bench);
}

/* A block that was changed is left out and counted; the others answer. */
static void damage_costs_a_block(void)
{
    CLEANUP(arena_done) Arena arena = arena_make(0);
    Bench bench;
    Asked before = {.text = buf_make((size_t)256 << 20)},
          after = {.text = buf_make((size_t)256 << 20)};
    char path[64], byte;
    bench_make(&bench, 900);
    const Query *query = parse("*", &arena);
    ask(&before, query, &bench.sealed, &everything);
    segment_kit_path(&bench.kit, 1, path);
    Segment *segment;
    expect_ok(segment_open(bench.kit.os, path, bench.kit.kek, &segment));
    SegmentBlock block = *segment_block(segment, 0);
    segment_close(segment);
    int fd = bench.kit.os->open(bench.kit.os->state, path, O_RDWR, 0);
    expect(os_pread_full(bench.kit.os, fd, &byte, 1, block.offset + 5) == 1);
    byte ^= 4;
    expect_ok(os_pwrite_full(bench.kit.os, fd, &byte, 1, block.offset + 5));
    bench.kit.os->close(bench.kit.os->state, fd);
    ask(&after, query, &bench.sealed, &everything);
    expect_ok(after.r);
    expect(after.stats.damaged_blocks == 1);
    expect(after.stats.answers == before.stats.answers - block.row_count);
    ask(&after, parse("* | stats count()", &arena), &bench.sealed, &everything);
    expect(after.stats.damaged_blocks == 1);
    buf_done(&before.text);
    buf_done(&after.text);
    bench_done(&bench);
}

/* The share of blocks done rises to all of them. */
static void see_progress(void *context, uint64_t done, uint64_t all)
{
    uint64_t *seen = context;
    expect(done >= seen[0] && done <= all);
    seen[0] = done;
    seen[1] = all;
}

static void plan_and_progress_are_told(void)
{
    CLEANUP(arena_done) Arena arena = arena_make(0);
    CLEANUP(buf_done) Buf plan = buf_make(0);
    Bench bench;
    Asked asked = {.text = buf_make((size_t)256 << 20)};
    uint64_t seen[2] = {0};
    bench_make(&bench, 300);
    SearchOptions options = everything;
    options.progress = see_progress;
    options.progress_context = seen;
    const Query *query = parse("tanaka | stats count()", &arena);
    ask(&asked, query, &bench.sealed, &options);
    expect(seen[0] > 0 && seen[1] == asked.stats.blocks_indexed);
    expect_int(asked.stats.segments, 3);
    expect_ok(search_explain_source(query, &bench.sealed, &everything, &plan, LANGUAGE_EN));
    expect(slice_find(buf_slice(&plan), SLICE("segments within the times 3 / 3")) !=
           SLICE_NOT_FOUND);
    expect(slice_find(buf_slice(&plan), SLICE("counted in columns")) != SLICE_NOT_FOUND);
    buf_clear(&plan);
    query = parse("zzqqxx", &arena);
    expect_ok(search_explain_source(query, &bench.sealed, &everything, &plan, LANGUAGE_JA));
    expect(slice_find(buf_slice(&plan), SLICE("索引が残すブロック 0 /")) != SLICE_NOT_FOUND);
    buf_done(&asked.text);
    bench_done(&bench);
}

/* --- several at once -------------------------------------------------------------------------- */

typedef struct Asker {
    pthread_t thread;
    const Bench *bench;
    SearchCache *cache;
    const Query *query;
    uint64_t answers;
} Asker;

static void *ask_often(void *context)
{
    Asker *asker = context;
    Asked asked = {.text = buf_make((size_t)256 << 20)};
    SearchOptions options = everything;
    options.cache = asker->cache;
    for (unsigned i = 0; i < 8; i++) {
        ask(&asked, asker->query, &asker->bench->sealed, &options);
        asker->answers += asked.r == 0 ? asked.stats.answers : 0;
    }
    buf_done(&asked.text);
    return NULL;
}

static void many_ask_at_once(void)
{
    static const char *const texts[] = {"tanaka", "* | stats count() by user.name, action",
                                        "失敗 OR cmd.exe"};
    CLEANUP(arena_done) Arena arena = arena_make(0);
    Bench bench;
    Asker askers[ARRAY_COUNT(texts)];
    bench_make(&bench, 400);
    SearchCache *cache = search_cache_new((size_t)8 << 20);
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        askers[i] = (Asker){.bench = &bench, .cache = cache, .query = parse(texts[i], &arena)};
        expect_ok(pthread_create(&askers[i].thread, NULL, ask_often, &askers[i]));
    }
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        Asked asked = {.text = buf_make((size_t)256 << 20)};
        pthread_join(askers[i].thread, NULL);
        ask(&asked, askers[i].query, &bench.plain, &everything);
        expect(askers[i].answers == 8 * asked.stats.answers);
        buf_done(&asked.text);
    }
    search_cache_free(cache);
    bench_done(&bench);
}

static void answers_are_a_scans(void)
{
    const char *seed = getenv("AKASHI_SEED");
    random_state = seed ? strtoull(seed, NULL, 10) : 20261120;
    ask_everything();
}

static const TapTest tests[] = {
    TAP_TEST(answers_are_a_scans),        TAP_TEST(japanese_is_found),
    TAP_TEST(long_answers_stay_in_order), TAP_TEST(blocks_too_large_are_said),
    TAP_TEST(cancelling_ends_it),         TAP_TEST(damage_costs_a_block),
    TAP_TEST(plan_and_progress_are_told), TAP_TEST(many_ask_at_once),
};
TAP_MAIN(tests)
