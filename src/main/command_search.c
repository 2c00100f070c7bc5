/* akashi search: asks the store, also beside a running server. */
#include "main/commands.h"
#include "main/output.h"
#include "main/progress.h"
#include "main/search_rules.h"
#include "main/store_kek.h"

#include "base/number.h"
#include "search/answer_xlsx.h"
#include "store/keep.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#define FOLLOW_WAIT_NS ((int64_t)500000000)

typedef struct SearchRun {
    const Invocation *invocation;
    uint64_t newest; /* the number of the newest row looked at, when following */
    AnswerPrinter printer;
    bool is_workbook;
    AnswerXlsx *xlsx; /* of a workbook, while it is asked */
    Slice question;
    Buf output;
    Complaint complaint; /* of the search itself: a lookup's table */
    Secret *kek;
    Progress progress;
} SearchRun;

static int on_answer(void *context, const Answer *answer)
{
    SearchRun *run = context;
    progress_clear(&run->progress);
    if (run->xlsx) {
        int r = answer_xlsx_add(run->xlsx, answer);
        return r != 0 ? r : output_flush(&run->output, OUTPUT_PIECE_BYTES);
    }
    answer_print(&run->output, &run->printer, answer);
    return output_flush(&run->output, run->printer.format == ANSWER_JSON ? OUTPUT_PIECE_BYTES : 0);
}

static void on_progress(void *context, uint64_t done, uint64_t all)
{
    progress_show(&((SearchRun *)context)->progress, SLICE(""), done, all, done);
}

static int bad_value(const Invocation *invocation, const char *option, const char *value,
                     const char *want)
{
    SAY(MESSAGE_USAGE_BAD_VALUE, invocation->language, {"option", slice_from_cstr(option)},
        {"value", slice_from_cstr(value)}, {"want", slice_from_cstr(want)});
    return -EINVAL;
}

static int read_options(SearchRun *run, SearchOptions *options)
{
    const Invocation *invocation = run->invocation;
    const char *format = option_value(invocation, "format");
    const char *limit = option_value(invocation, "limit");
    *options = (SearchOptions){
        .range = {.from_ns = INT64_MIN, .to_ns = INT64_MAX, .newest_first = true},
        .order = SEARCH_BY_TIME,
        .limit = (uint64_t)setting_number(&invocation->settings, SETTING_SEARCH_LIMIT),
        .memory_bytes_max = (size_t)setting_number(&invocation->settings, SETTING_SEARCH_MEMORY_MIB)
                            << 20,
        .os = &os_real,
        .lookup_folder = option_value(invocation, "tables"),
    };
    run->printer = (AnswerPrinter){.format = ANSWER_TABLE,
                                   .language = invocation->language,
                                   .zone_offset_seconds = invocation->zone_offset_seconds};
    if (format && strcmp(format, "json") == 0) {
        run->printer.format = ANSWER_JSON;
    } else if (format && strcmp(format, "csv") == 0) {
        run->printer.format = ANSWER_CSV;
    } else if (format && strcmp(format, "xlsx") == 0) {
        run->is_workbook = true;
        if (option_value(invocation, "follow") || option_value(invocation, "rules"))
            return bad_value(invocation, "--format", format, "table, json, csv");
        if (isatty(STDOUT_FILENO)) return bad_value(invocation, "--format", format, "> FILE.xlsx");
    } else if (format && strcmp(format, "table") != 0) {
        return bad_value(invocation, "--format", format, "table, json, csv, xlsx");
    }
    if (limit && number_parse_u64(slice_from_cstr(limit), &options->limit) < 0) {
        return bad_value(invocation, "--limit", limit, "0, 1, 2, ...");
    }
    int r = os_real.random(os_real.state, options->seed, sizeof options->seed);
    if (r == 0) r = option_time(invocation, "from", &options->range.from_ns);
    return r < 0 ? r : option_time(invocation, "to", &options->range.to_ns);
}

static void say_summary(const SearchRun *run, const SearchOptions *options,
                        const SearchStats *stats)
{
    Language language = run->invocation->language;
    char a[NUMBER_WORDS_MAX], b[NUMBER_WORDS_MAX];
    if (stats->limited) {
        SAY(MESSAGE_SEARCH_LIMITED, language, {"limit", number_words(a, options->limit)});
    }
    if (stats->memory_met) {
        SAY(MESSAGE_SEARCH_MEMORY, language,
            {"limit", number_words(a, options->memory_bytes_max >> 20)});
    }
    if (stats->damaged_blocks > 0) {
        SAY(MESSAGE_SEARCH_DAMAGED, language, {"count", number_words(a, stats->damaged_blocks)});
    }
    SAY(MESSAGE_SUMMARY_SEARCH, language, {"answers", number_words(a, stats->answers)},
        {"scanned", number_words(b, stats->scanned)});
}

/* What retention took away may have been an answer. */
static void say_complete(const SearchRun *run, const SearchOptions *options,
                         const StoreReader *reader)
{
    char until[48] = "";
    int64_t expired_to_ns = store_reader_expired_to_ns(reader);
    if (expired_to_ns == INT64_MIN || expired_to_ns < options->range.from_ns) return;
    time_print_plain(until, expired_to_ns, run->invocation->zone_offset_seconds);
    SAY(MESSAGE_SEARCH_EXPIRED, run->invocation->language, {"until", slice_from_cstr(until)});
}

static int say_failure(const Invocation *invocation, int error, const Complaint *complaint)
{
    Language language = invocation->language;
    if (error == -ENOENT) {
        SAY(MESSAGE_STORE_ABSENT, language, {"folder", slice_from_cstr(invocation->folder)});
    } else if (complaint->id) {
        say_complaint(complaint, language);
    } else if (error == -ENOMEM) {
        SAY(MESSAGE_MEMORY, language);
    } else {
        SAY(MESSAGE_INPUT_UNREADABLE, language, {"file", slice_from_cstr(invocation->folder)},
            {"error", error_words(error)});
    }
    return EXIT_FAILED;
}

static int search(SearchRun *run, const Query *query, const SearchOptions *options,
                  StoreReader *reader, SearchStats *ret_stats)
{
    const XlsxFacts facts = {.query = query,
                             .question = run->question,
                             .language = run->invocation->language,
                             .zone_offset_seconds = run->invocation->zone_offset_seconds,
                             .made_ns = os_real.now_ns(os_real.state)};
    if (!run->is_workbook) return search_run(query, reader, options, on_answer, run, ret_stats);
    run->xlsx = answer_xlsx_new(&run->output, &facts);
    if (!run->xlsx) return -ENOMEM;
    int r = search_run(query, reader, options, on_answer, run, ret_stats);
    bool failed = ret_stats->memory_met || ret_stats->damaged_blocks > 0;
    if (r >= 0) {
        r = answer_xlsx_end(run->xlsx, failed               ? XLSX_CUT_FAILED
                                       : ret_stats->limited ? XLSX_CUT_LIMIT
                                                            : XLSX_CUT_NOT);
    }
    answer_xlsx_free(run->xlsx);
    run->xlsx = NULL;
    return r;
}

static int ask(SearchRun *run, const Query *query, const SearchOptions *options,
               StoreReader *reader)
{
    SearchStats stats = {0};
    const Invocation *invocation = run->invocation;
    int r = search(run, query, options, reader, &stats);
    progress_clear(&run->progress);
    if (r >= 0) r = output_flush(&run->output, 0);
    if (r == -EPIPE) return EXIT_DONE;
    if (r < 0) return say_failure(invocation, r, &run->complaint);
    say_summary(run, options, &stats);
    say_complete(run, options, reader);
    bool fail_if_none = option_value(invocation, "fail-if-none") != NULL;
    return fail_if_none && stats.answers == 0 ? EXIT_ANSWER_NO : EXIT_DONE;
}

/* Shows what comes in from now on, until the reader or the user ends it. */
static int follow(SearchRun *run, const Query *query, SearchOptions *options, StoreReader *reader)
{
    StoreStats seen;
    store_reader_stats(reader, &seen);
    run->newest = seen.rows;
    options->range.newest_first = false;
    options->order = SEARCH_BY_ARRIVAL;
    options->limit = 0;
    for (;;) {
        SearchStats stats = {0};
        StoreReader *now = NULL;
        os_real.sleep_ns(os_real.state, FOLLOW_WAIT_NS);
        int r = store_reader_open(&os_real, run->invocation->folder, run->kek, &now, NULL);
        if (r == 0) {
            options->range.after = run->newest;
            r = search_run(query, now, options, on_answer, run, &stats);
            store_reader_stats(now, &seen);
            run->newest = seen.rows;
            store_reader_close(now);
        }
        if (r >= 0) r = output_flush(&run->output, 0);
        if (r == -EPIPE) return EXIT_DONE;
        if (r < 0) return say_failure(run->invocation, r, &run->complaint);
    }
}

static int answer(SearchRun *run, const Query *query, SearchOptions *options, StoreReader *reader)
{
    const Invocation *invocation = run->invocation;
    if (option_value(invocation, "rules")) {
        options->progress = NULL; /* findings come in between */
        return search_rules_run(invocation, query, options, reader);
    }
    return option_value(invocation, "follow") ? follow(run, query, options, reader)
                                              : ask(run, query, options, reader);
}

/* All arguments are one query: akashi search failed logon */
static int join_arguments(const Invocation *invocation, Arena *arena, Slice *ret)
{
    CLEANUP(buf_done) Buf text = {0};
    for (size_t i = 0; i < invocation->argument_count; i++) {
        if (i > 0) buf_add_char(&text, ' ');
        buf_add_cstr(&text, invocation->arguments[i]);
    }
    return arena_copy(arena, buf_slice(&text), ret);
}

/* Where there is no store yet, the plan alone is shown. */
static int explain_store(SearchRun *run, const Query *query, const SearchOptions *options)
{
    const Invocation *invocation = run->invocation;
    FileInfo info;
    StoreReader *reader;
    Complaint complaint = {0};
    char format[4096];
    snprintf(format, sizeof format, "%s/FORMAT", invocation->folder);
    if (os_real.info(os_real.state, format, &info) < 0) return 0;
    if (store_kek_open(invocation, false, &run->kek) < 0) return -EINVAL;
    int r = store_reader_open(&os_real, invocation->folder, run->kek, &reader, &complaint);
    if (r == 0) {
        r = search_explain_store(query, reader, options, &run->output, invocation->language);
        store_reader_close(reader);
    }
    secret_free(run->kek);
    return r < 0 ? say_failure(invocation, r, &complaint) : 0;
}

static int explain(SearchRun *run, const Query *query, const SearchOptions *options)
{
    search_explain(query, &run->output, run->invocation->language);
    int failed = explain_store(run, query, options);
    int r = output_flush(&run->output, 0);
    buf_done(&run->output);
    return failed || (r < 0 && r != -EPIPE) ? EXIT_FAILED : EXIT_DONE;
}

static int run_search(const Invocation *invocation)
{
    SearchRun run = {.invocation = invocation};
    CLEANUP(arena_done) Arena arena = {0};
    SearchOptions options;
    Complaint complaint = {0};
    Query *query = NULL;
    StoreReader *reader = NULL;
    Slice text;
    if (read_options(&run, &options) < 0) return EXIT_FAILED;
    int r = join_arguments(invocation, &arena, &text);
    const QueryOptions asked = {.now_ns = os_real.now_ns(os_real.state),
                                .zone_offset_seconds = invocation->zone_offset_seconds,
                                .without_evidence = !option_value(invocation, "all") &&
                                                    !option_value(invocation, "rules")};
    if (r == 0) r = query_parse(text, &asked, &arena, &query, &complaint);
    if (r == 0 && option_value(invocation, "explain")) return explain(&run, query, &options);
    if (r == 0 && store_kek_open(invocation, false, &run.kek) < 0) return EXIT_FAILED;
    if (r == 0) r = store_reader_open(&os_real, invocation->folder, run.kek, &reader, &complaint);
    if (r < 0) return say_failure(invocation, r, &complaint);
    options.complaint = &run.complaint;
    run.question = text;
    run.progress = progress_make();
    options.progress = on_progress;
    options.progress_context = &run;
    int status = answer(&run, query, &options, reader);
    store_reader_close(reader);
    secret_free(run.kek);
    buf_done(&run.output);
    return status;
}

static const OptionInfo search_options[] = {
    {"from",
     "TIME",
     {"この日時から（2026-11-20 または 2026-11-20T17:40:00）",
      "from this time on (2026-11-20 or 2026-11-20T17:40:00)"}},
    {"to", "TIME", {"この日時より前まで", "before this time"}},
    {"format",
     "FORMAT",
     {"table（表）, json, csv, xlsx（Excelのブック）", "table, json, csv, xlsx (a workbook)"}},
    {"limit", "N", {"結果の最大行数（0は無制限）", "rows of answer at most (0: no limit)"}},
    {"follow",
     NULL,
     {"これから届くものを表示し続ける（Ctrl-Cで終わり）",
      "go on showing what comes in, until Ctrl-C"}},
    {"tables",
     "DIR",
     {"lookup の表（CSV）があるフォルダー", "the folder of the tables (CSV) for lookup"}},
    {"all",
     NULL,
     {"一つの操作にまとめた元のイベント（role:evidence）も一件ずつ探す",
      "find the events, too, that were joined into one action (role:evidence)"}},
    {"rules",
     "PATH,...",
     {"見つかった記録を Sigma ルールで調べ、detect と同じ形で示す",
      "look through the records found with Sigma rules; prints what detect prints"}},
    {"pipeline",
     "FILE,...",
     {"ルールを変える処理パイプライン", "processing pipelines for the rules"}},
    {"explain",
     NULL,
     {"探さずに、どう探すかを表示する", "search nothing and show how it would be done"}},
    {"fail-if-none", NULL, {"見つからなければ終了コード1", "exit 1 when nothing matches"}},
};

const CommandInfo search_command = {
    .name = "search",
    .arguments = "QUERY",
    .words = {"保存したログを探す（書き方は doc/search.md）",
              "find stored logs (how to ask: doc/search.md)"},
    .examples = "  akashi search 'action:LOGON_FAIL | stats count() by user.name'\n"
                "  akashi search 'user:tanaka 操作:削除' --from 2026-11-01\n"
                "  akashi search 'ip:192.0.2.0/24 | head 20' --format csv\n"
                "  akashi search 'last 7d action:DELETE' --format xlsx --limit 0 > deleted.xlsx\n"
                "  akashi search --follow 'action:LOGON_FAIL'\n"
                "  akashi search --rules sigma/rules --from 2026-11-01\n"
                "  akashi search --explain 'last 24h user:tanaka | timeline'\n",
    .options = search_options,
    .option_count = ARRAY_COUNT(search_options),
    .run = run_search,
};
