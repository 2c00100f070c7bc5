/* See search_rules.h. */
#include "main/search_rules.h"

#include "main/commands.h"
#include "main/finding_print.h"
#include "main/output.h"
#include "main/rule_files.h"

#include "engine/replay.h"

#include <errno.h>
#include <stdlib.h>

/* As `akashi detect`: nothing is too late, correlations wait for the end. */
#define CORRELATION_BYTES_MAX ((size_t)512 << 20)

typedef struct RulesRun {
    const Invocation *invocation;
    FindingTeller tell;
    PackFiles packs;
    bool wants_records;
    uint64_t events;
} RulesRun;

static int feed(RulesRun *run, const DetectionEvent *event)
{
    const DetectionSink sink = finding_teller_sink(&run->tell);
    return detection_feed(run->tell.detection, event, &sink);
}

/* Rules that ask for no record see what came in, without what was made of it. */
static int on_answer(void *context, const Answer *answer)
{
    RulesRun *run = context;
    const Row *row = answer->row;
    bool is_action = slice_eq(row->record.text[RECORD_AKASHI_ROLE], SLICE("action"));
    Event room;
    DetectionEvent event = detection_event_of(row, &room);
    int r = finding_places_enter(&run->tell.places, row->origin);
    if (r < 0) return r;
    run->events += !is_action;
    event.reference = finding_place(&run->tell.places, row->event.index);
    if (run->wants_records) return feed(run, &event);
    event.record = NULL;
    return is_action ? 0 : feed(run, &event);
}

static void say_rejected(const RulesRun *run)
{
    for (size_t i = 0; i < rule_set_count(run->tell.set); i++) {
        const RuleInfo *info = rule_set_info(run->tell.set, i);
        if (info->state == RULE_REJECTED) say_complaint(info->reason, run->invocation->language);
    }
}

static int prepare(RulesRun *run, const SearchOptions *options)
{
    const DetectionOptions detection = {
        .matcher = {.seed = options->seed[0]},
        .correlation = {.lateness_ns = INT64_MAX,
                        .bytes_max = CORRELATION_BYTES_MAX,
                        .seed = {options->seed[0], options->seed[1]}},
        .habits = run->packs.habits,
        .habit_count = run->packs.habit_count,
    };
    run->wants_records = rule_set_wants_records(run->tell.set);
    return detection_new(run->tell.set, &detection, &run->tell.detection);
}

static int finish(RulesRun *run, const SearchStats *stats, int r, const Complaint *complaint)
{
    char events[NUMBER_WORDS_MAX], findings[NUMBER_WORDS_MAX], damaged[NUMBER_WORDS_MAX];
    Language language = run->invocation->language;
    if (r >= 0) r = output_flush(&run->tell.output, 0);
    if (r == -EPIPE) return EXIT_DONE;
    if (r == -ENOMEM) SAY(MESSAGE_MEMORY, language);
    if (r < 0 && complaint->id) say_complaint(complaint, language);
    if (r < 0 && r != -ENOMEM && !complaint->id)
        SAY(MESSAGE_OUTPUT_FAILED, language, {"error", error_words(r)});
    if (r >= 0)
        SAY(MESSAGE_SUMMARY_DETECT, language, {"events", number_words(events, run->events)},
            {"findings", number_words(findings, run->tell.findings)},
            {"damaged", number_words(damaged, stats->damaged_blocks)});
    if (r < 0 || stats->memory_met) return EXIT_FAILED;
    bool none = option_value(run->invocation, "fail-if-none") && run->tell.findings == 0;
    return none ? EXIT_ANSWER_NO : EXIT_DONE;
}

static int ask_rules(RulesRun *run, const Query *query, SearchOptions *options, StoreReader *reader)
{
    const DetectionSink sink = finding_teller_sink(&run->tell);
    SearchStats stats = {0};
    Complaint complaint = {0};
    options->order = SEARCH_BY_ARRIVAL;
    options->range.newest_first = false;
    options->limit = 0;
    options->complaint = &complaint;
    int r = prepare(run, options);
    if (r == 0) r = search_run(query, reader, options, on_answer, run, &stats);
    if (r >= 0) r = detection_finish(run->tell.detection, &sink);
    return finish(run, &stats, r, &complaint);
}

static int bad_question(const Invocation *invocation)
{
    SAY(MESSAGE_USAGE_BAD_VALUE, invocation->language, {"option", SLICE("--rules")},
        {"value", SLICE("| ... / --follow")}, {"want", SLICE("FILTER")});
    return EXIT_FAILED;
}

int search_rules_run(const Invocation *invocation, const Query *query, SearchOptions *options,
                     StoreReader *reader)
{
    RulesRun run = {.invocation = invocation, .tell = {.language = invocation->language}};
    char *paths[RULE_PATHS_MAX], *text;
    uint64_t unreadable = 0;
    int status = EXIT_FAILED;
    if (!search_is_live(query) || option_value(invocation, "follow"))
        return bad_question(invocation);
    text = strdup(option_value(invocation, "rules"));
    size_t count = text ? rule_files_split(text, paths) : 0;
    run.tell.set = rule_files_load(invocation, paths, count, &run.packs, &unreadable);
    if (run.tell.set) {
        say_rejected(&run);
        status = ask_rules(&run, query, options, reader);
        if (unreadable + run.packs.mistakes > 0) status = EXIT_FAILED;
    }
    detection_free(run.tell.detection);
    rule_set_free(run.tell.set);
    pack_files_done(&run.packs);
    finding_places_done(&run.tell.places);
    buf_done(&run.tell.output);
    free(text);
    return status;
}
