/* akashi detect: Sigma rules over files, findings out, nothing stored. */
#include "main/commands.h"
#include "main/event_feed.h"
#include "main/finding_print.h"
#include "main/known_context.h"
#include "main/known_sources.h"
#include "main/output.h"
#include "main/rule_files.h"

#include "engine/replay.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* Files are read one after the other, whatever their times: correlations wait for the end. */
#define DETECT_CORRELATION_BYTES ((size_t)512 << 20)

typedef struct DetectRun {
    const Invocation *invocation;
    FindingTeller tell;
    PackFiles packs;
    SourceSet *sources;
    Context *company;
    RowMaker *maker; /* NULL: no rule asks for records */
    int64_t received_ns;
} DetectRun;

static int on_row(void *context, const Row *row)
{
    DetectRun *run = context;
    const DetectionSink sink = finding_teller_sink(&run->tell);
    Event room;
    DetectionEvent event = detection_event_of(row, &room);
    event.reference = finding_place(&run->tell.places, row->event.index);
    return detection_feed(run->tell.detection, &event, &sink);
}

static int on_event(void *context, Batch *batch, const Event *event, Slice file)
{
    DetectRun *run = context;
    int r = finding_places_enter(&run->tell.places, file);
    if (r < 0) return r;
    uint64_t place = finding_place(&run->tell.places, event->index);
    if (run->maker) {
        const RowMakerSink sink = {.row = on_row, .context = run};
        const RowEvent fed = {.event = event, .origin = file, .received_ns = run->received_ns};
        return row_maker_feed(run->maker, &fed, &batch->arena, &sink);
    }
    const DetectionSink sink = finding_teller_sink(&run->tell);
    const DetectionEvent fed = {.event = event, .reference = place};
    return detection_feed(run->tell.detection, &fed, &sink);
}

static int on_end(void *context, Batch *batch)
{
    DetectRun *run = context;
    const RowMakerSink sink = {.row = on_row, .context = run};
    return run->maker ? row_maker_flush(run->maker, &batch->arena, &sink) : 0;
}

static uint64_t ticks(void *context)
{
    (void)context;
    return (uint64_t)os_real.monotonic_ns(os_real.state);
}

/* What each rule has cost, for --costs: on stderr, the dearest first. */
static int compare_costs(const void *left, const void *right, void *context)
{
    const Matcher *matcher = context;
    uint64_t a = matcher_cost(matcher, *(const uint32_t *)left).sampled_ns;
    uint64_t b = matcher_cost(matcher, *(const uint32_t *)right).sampled_ns;
    return (a < b) - (a > b);
}

static void print_cost(DetectRun *run, uint32_t rule)
{
    CLEANUP(buf_done) Buf line = {0};
    RuleCost cost = matcher_cost(detection_matcher(run->tell.detection), rule);
    const RuleInfo *info = rule_set_info(run->tell.set, rule);
    buf_add_char(&line, '{');
    member_print(&line, "rule", rule_label(info));
    member_print(&line, "title", info->title);
    member_print_number(&line, "checks", cost.checks);
    member_print_number(&line, "matches", cost.matches);
    member_print_number(&line, "ns", cost.sampled_ns * MATCHER_SAMPLE_EVENTS);
    member_print(&line, "state", cost.set_aside ? SLICE("set-aside") : SLICE("ready"));
    buf_add_cstr(&line, "}\n");
    fwrite(line.ptr, 1, line.len, stderr);
}

#define COSTS_SHOWN 20

static void print_costs(DetectRun *run)
{
    Matcher *matcher = detection_matcher(run->tell.detection);
    size_t count = rule_set_count(run->tell.set);
    uint32_t *order = calloc(count + 1, sizeof *order);
    for (uint32_t i = 0; order && i < count; i++) {
        order[i] = i;
    }
    if (order) qsort_r(order, count, sizeof *order, compare_costs, matcher);
    for (size_t i = 0; order && i < count; i++) {
        bool shown = i < COSTS_SHOWN || matcher_cost(matcher, order[i]).set_aside;
        if (shown && matcher_cost(matcher, order[i]).checks > 0) print_cost(run, order[i]);
    }
    free(order);
}

static void say_set_aside(DetectRun *run)
{
    for (size_t i = 0; i < rule_set_count(run->tell.set); i++) {
        char ns[NUMBER_WORDS_MAX];
        RuleCost cost = matcher_cost(detection_matcher(run->tell.detection), i);
        if (!cost.set_aside) continue;
        SAY(MESSAGE_RULES_SET_ASIDE, run->invocation->language,
            {"rule", rule_set_info(run->tell.set, i)->title},
            {"ns", number_words(ns, cost.sampled_ns)});
    }
}

static int finish(DetectRun *run, const EventFeed *feed, int r, uint64_t unreadable)
{
    char events[NUMBER_WORDS_MAX], findings[NUMBER_WORDS_MAX], damaged[NUMBER_WORDS_MAX];
    Language language = run->invocation->language;
    if (r == 0) r = output_flush(&run->tell.output, 0);
    if (r == -EPIPE) return EXIT_DONE; /* head, less: the reader has seen enough */
    say_set_aside(run);
    if (option_value(run->invocation, "costs")) print_costs(run);
    SAY(MESSAGE_SUMMARY_DETECT, language, {"events", number_words(events, feed->events)},
        {"findings", number_words(findings, run->tell.findings)},
        {"damaged", number_words(damaged, feed->damaged)});
    if (r == -ENOMEM) SAY(MESSAGE_MEMORY, language);
    if (r < 0 && r != -ENOMEM) SAY(MESSAGE_OUTPUT_FAILED, language, {"error", error_words(r)});
    if (r < 0 || feed->failed > 0 || unreadable > 0) return EXIT_FAILED;
    bool none = option_value(run->invocation, "fail-if-none") && run->tell.findings == 0;
    return none ? EXIT_ANSWER_NO : EXIT_DONE;
}

/* Rejected rules are named before the work, so that nobody waits for what cannot come. */
static void say_rejected(const DetectRun *run)
{
    for (size_t i = 0; i < rule_set_count(run->tell.set); i++) {
        const RuleInfo *info = rule_set_info(run->tell.set, i);
        if (info->state == RULE_REJECTED) say_complaint(info->reason, run->invocation->language);
    }
}

static int prepare_records(DetectRun *run)
{
    CLEANUP(arena_done) Arena arena = {0};
    Complaint complaint = {0};
    Slice actions;
    if (!rule_set_wants_records(run->tell.set)) return 0;
    int r = known_sources_open(run->invocation, &run->sources, NULL);
    if (r < 0) return r;
    r = known_context_open(run->invocation, &run->company, NULL);
    if (r < 0) return r;
    r = known_actions_read(run->invocation, &run->invocation->settings, &arena, &actions);
    if (r < 0) return r;
    const RowMakerOptions options = {.sources = run->sources,
                                     .action_settings = actions,
                                     .context = run->company,
                                     .zone_offset_seconds = run->invocation->zone_offset_seconds};
    return row_maker_new(&os_real, &options, &run->maker, &complaint);
}

static int prepare(DetectRun *run)
{
    const char *budget = option_value(run->invocation, "budget-ns");
    uint64_t seed[3];
    int r = os_real.random(os_real.state, seed, sizeof seed);
    if (r < 0) return r;
    const DetectionOptions options = {
        .matcher = {.ticks = ticks,
                    .budget_ns = budget ? strtoull(budget, NULL, 10) : 0,
                    .seed = seed[0]},
        .correlation = {.lateness_ns = INT64_MAX,
                        .bytes_max = DETECT_CORRELATION_BYTES,
                        .seed = {seed[1], seed[2]}},
        .habits = run->packs.habits,
        .habit_count = run->packs.habit_count,
    };
    r = detection_new(run->tell.set, &options, &run->tell.detection);
    return r < 0 ? r : prepare_records(run);
}

static int run_files(DetectRun *run, uint64_t unreadable)
{
    const Invocation *invocation = run->invocation;
    const DetectionSink sink = finding_teller_sink(&run->tell);
    EventFeed feed = {.invocation = invocation, .event = on_event, .ended = on_end, .context = run};
    int status = EXIT_FAILED, r = prepare(run);
    if (r == 0) {
        r = event_feed_run(&feed, invocation->arguments, invocation->argument_count);
        if (r == 0) r = detection_finish(run->tell.detection, &sink);
        status = finish(run, &feed, r, unreadable + run->packs.mistakes);
    } else if (r == -ENOMEM) {
        SAY(MESSAGE_MEMORY, invocation->language);
    }
    row_maker_free(run->maker);
    context_free(run->company);
    source_set_free(run->sources);
    detection_free(run->tell.detection);
    return status;
}

static int run_detect(const Invocation *invocation)
{
    const char *rules = option_value(invocation, "rules");
    DetectRun run = {.invocation = invocation,
                     .tell = {.language = invocation->language},
                     .received_ns = os_real.now_ns(os_real.state)};
    char *paths[RULE_PATHS_MAX], *text = rules ? strdup(rules) : NULL;
    uint64_t unreadable = 0;
    int status = EXIT_FAILED;
    if (!rules) {
        SAY(MESSAGE_USAGE_MISSING_VALUE, invocation->language, {"option", SLICE("--rules")});
        return EXIT_FAILED;
    }
    if (invocation->argument_count == 0) {
        SAY(MESSAGE_INPUT_NONE, invocation->language);
        free(text);
        return EXIT_FAILED;
    }
    size_t count = text ? rule_files_split(text, paths) : 0;
    run.tell.set = rule_files_load(invocation, paths, count, &run.packs, &unreadable);
    if (run.tell.set) {
        say_rejected(&run);
        status = run_files(&run, unreadable);
    }
    rule_set_free(run.tell.set);
    pack_files_done(&run.packs);
    finding_places_done(&run.tell.places);
    buf_done(&run.tell.output);
    free(text);
    return status;
}

static const OptionInfo detect_options[] = {
    {"rules",
     "PATH,...",
     {"Sigma ルールのファイルやフォルダー", "files or folders of Sigma rules"}},
    {"pipeline",
     "FILE,...",
     {"ルールを変える処理パイプライン", "processing pipelines for the rules"}},
    {"budget-ns",
     "N",
     {"1件あたりの時間がこれを越えるルールを外し、そう知らせる",
      "set a rule aside, visibly, when it takes longer per event"}},
    {"costs", NULL, {"時間のかかったルールを最後に示す", "show the dearest rules at the end"}},
    {"fail-if-none", NULL, {"一つも見つからなければ終了コード 1", "exit 1 when nothing is found"}},
};

const CommandInfo detect_command = {
    .name = "detect",
    .arguments = "PATH...",
    .words = {"ログのファイルを Sigma ルールで調べ、見つけたものを1件1行のJSONで書き出す",
              "look through log files with Sigma rules and print each finding as a line of JSON"},
    .examples =
        "  akashi detect --rules sigma/rules Security.evtx\n"
        "  akashi detect --rules rules,more/rule.yml logs.zip | jq -r .title | sort | uniq -c\n",
    .options = detect_options,
    .option_count = ARRAY_COUNT(detect_options),
    .run = run_detect,
};
