/* See command_rules.h. */
#include "main/command_rules.h"

#include "base/json_text.h"
#include "base/number.h"
#include "engine/replay.h"
#include "main/event_feed.h"
#include "main/finding_print.h"
#include "main/known_context.h"
#include "main/known_sources.h"
#include "main/output.h"
#include "main/rule_files.h"

#include <errno.h>
#include <stdlib.h>

#define EXPLAINED_DEFAULT 20
#define EXPLAIN_CORRELATION_BYTES ((size_t)512 << 20)

typedef struct ExplainRun {
    const Invocation *invocation;
    RuleSet *set;
    PackFiles packs;
    SourceSet *sources;
    Context *company;
    Matcher *matcher;
    Detection *detection; /* of the correlation or habit that is being explained; else NULL */
    RowMaker *maker;      /* NULL: no rule asks for records */
    FindingPlaces places;
    Slice file;
    size_t rule;
    int64_t received_ns;
    Buf output, parts;
    uint64_t asked, held, shown, limit;
} ExplainRun;

static int on_part(void *context, const ExplainedPart *part)
{
    ExplainRun *run = context;
    Buf *to = &run->parts;
    buf_add_cstr(to, to->len > 0 ? ",{" : "{");
    member_print_number(to, "depth", part->depth);
    member_print(to, "part", slice_from_cstr(part->joint));
    if (part->selection.len > 0) member_print(to, "selection", part->selection);
    if (part->field.len > 0) member_print(to, "field", part->field);
    if (part->has_value) member_print(to, "value", part->value);
    if (part->pattern_count > 0) {
        member_print(to, "pattern", part->pattern);
        member_print_number(to, "patterns", part->pattern_count);
    }
    buf_add_cstr(to, part->holds ? ",\"holds\":true" : ",\"holds\":false");
    if (part->line > 0) member_print_number(to, "line", part->line);
    buf_add_char(to, '}');
    return 0;
}

static void print_explained(ExplainRun *run, const Event *event, Slice file, bool holds)
{
    char time[TIME_TEXT_MAX];
    Buf *to = &run->output;
    buf_add_char(to, '{');
    member_print(to, "rule", rule_label(rule_set_info(run->set, run->rule)));
    member_print(to, "file", file);
    member_print_number(to, "index", event->index);
    member_print_number(to, "record", event->record_id);
    member_print(to, "time", slice_of(time, time_print_rfc3339(time, event->time_ns)));
    buf_add_cstr(to, holds ? ",\"matches\":true,\"why\":[" : ",\"matches\":false,\"why\":[");
    buf_add_slice(to, buf_slice(&run->parts));
    buf_add_cstr(to, "]}\n");
}

static int explain_event(ExplainRun *run, const Event *event, const Record *record)
{
    buf_clear(&run->parts);
    int r = matcher_explain(run->matcher, run->rule, event, record, on_part, run);
    if (r == -ENOENT) return 0; /* of another log source */
    if (r < 0) return r;
    run->asked++;
    run->held += r == 1;
    if (run->shown >= run->limit) return 0;
    run->shown++;
    print_explained(run, event, run->file, r == 1);
    return output_flush(&run->output, OUTPUT_PIECE_BYTES);
}

/* --- correlations and habits ------------------------------------------------------------------ */

static bool is_part(const ExplainRun *run, size_t rule)
{
    const CorrelationSpec *spec = rule_set_correlation(run->set, run->rule);
    size_t at = 0;
    if (!spec) return rule == run->rule;
    while (at < spec->rule_count && spec->rules[at] != rule)
        at++;
    return at < spec->rule_count;
}

/* What the rules that it is over match is what it is asked. */
static int on_found(void *context, const Finding *finding)
{
    ExplainRun *run = context;
    bool is_own = finding->rule == run->rule && finding->kind != FINDING_EVENT;
    run->asked += !is_own && is_part(run, finding->rule);
    run->held += is_own;
    if (!is_own || run->shown >= run->limit) return 0;
    run->shown++;
    finding_print(&run->output, detection_matcher(run->detection), run->set, finding, &run->places);
    return output_flush(&run->output, OUTPUT_PIECE_BYTES);
}

static int on_lost(void *context, const CorrelationLoss *loss)
{
    ExplainRun *run = context;
    finding_say_lost(run->set, loss, run->invocation->language);
    return 0;
}

static DetectionSink explain_sink(ExplainRun *run)
{
    return (DetectionSink){.found = on_found, .lost = on_lost, .context = run};
}

static bool is_counted(const ExplainRun *run)
{
    bool is_habit = false;
    for (size_t i = 0; i < run->packs.habit_count; i++) {
        is_habit |= run->packs.habits[i].rule == run->rule;
    }
    return is_habit || rule_set_info(run->set, run->rule)->kind == RULE_CORRELATION;
}

static int begin_counting(ExplainRun *run)
{
    const DetectionOptions options = {
        .correlation = {.lateness_ns = INT64_MAX, .bytes_max = EXPLAIN_CORRELATION_BYTES},
        .habits = run->packs.habits,
        .habit_count = run->packs.habit_count,
    };
    detection_free(run->detection);
    run->detection = NULL;
    return is_counted(run) ? detection_new(run->set, &options, &run->detection) : 0;
}

/* --- events ----------------------------------------------------------------------------------- */

static int take_event(ExplainRun *run, const Event *event, const Record *record, uint64_t index)
{
    const DetectionSink sink = explain_sink(run);
    const DetectionEvent fed = {
        .event = event, .record = record, .reference = finding_place(&run->places, index)};
    if (!run->detection) return explain_event(run, event, record);
    return detection_feed(run->detection, &fed, &sink);
}

static int on_row(void *context, const Row *row)
{
    Event room;
    const DetectionEvent event = detection_event_of(row, &room);
    return take_event(context, event.event, event.record, row->event.index);
}

static int on_event(void *context, Batch *batch, const Event *event, Slice file)
{
    ExplainRun *run = context;
    const RowMakerSink sink = {.row = on_row, .context = run};
    const RowEvent fed = {.event = event, .origin = file, .received_ns = run->received_ns};
    run->file = file;
    int r = finding_places_enter(&run->places, file);
    if (r < 0) return r;
    if (!run->maker) return take_event(run, event, NULL, event->index);
    return row_maker_feed(run->maker, &fed, &batch->arena, &sink);
}

static int on_end(void *context, Batch *batch)
{
    ExplainRun *run = context;
    const RowMakerSink sink = {.row = on_row, .context = run};
    return run->maker ? row_maker_flush(run->maker, &batch->arena, &sink) : 0;
}

static int read_events(ExplainRun *run, EventFeed *feed)
{
    const Invocation *invocation = run->invocation;
    const DetectionSink sink = explain_sink(run);
    int r = begin_counting(run);
    if (r == 0) r = event_feed_run(feed, invocation->arguments + 2, invocation->argument_count - 2);
    if (r == 0 && run->detection) r = detection_finish(run->detection, &sink);
    return r == 0 ? output_flush(&run->output, 0) : r;
}

/* Every rule of the file is explained; those that are not ready say why. */
static int explain_rule(ExplainRun *run)
{
    const Invocation *invocation = run->invocation;
    const RuleInfo *info = rule_set_info(run->set, run->rule);
    const char *limit = option_value(invocation, "limit");
    EventFeed feed = {.invocation = invocation, .event = on_event, .ended = on_end, .context = run};
    char events[NUMBER_WORDS_MAX], asked[NUMBER_WORDS_MAX], held[NUMBER_WORDS_MAX],
        shown[NUMBER_WORDS_MAX];
    if (info->state != RULE_READY) {
        say_complaint(info->reason, invocation->language);
        return -ENOENT;
    }
    run->asked = run->held = run->shown = 0;
    run->limit = EXPLAINED_DEFAULT;
    if (limit && number_parse_u64(slice_from_cstr(limit), &run->limit) < 0) {
        SAY(MESSAGE_USAGE_BAD_VALUE, invocation->language, {"option", SLICE("--limit")},
            {"value", slice_from_cstr(limit)}, {"want", SLICE("100")});
        return -EINVAL;
    }
    int r = read_events(run, &feed);
    if (r < 0) return r;
    SAY(MESSAGE_SUMMARY_EXPLAIN, invocation->language,
        {"events", number_words(events, feed.events)}, {"asked", number_words(asked, run->asked)},
        {"held", number_words(held, run->held)}, {"shown", number_words(shown, run->shown)});
    return feed.failed > 0 ? -EIO : 0;
}

static int prepare(ExplainRun *run)
{
    const MatcherOptions options = {0};
    Complaint complaint = {0};
    run->matcher = matcher_new(run->set, &options);
    if (!run->matcher) return -ENOMEM;
    if (!rule_set_wants_records(run->set)) return 0;
    int r = known_sources_open(run->invocation, &run->sources, NULL);
    if (r < 0) return r;
    r = known_context_open(run->invocation, &run->company, NULL);
    if (r < 0) return r;
    const RowMakerOptions rows = {.sources = run->sources,
                                  .context = run->company,
                                  .zone_offset_seconds = run->invocation->zone_offset_seconds};
    return row_maker_new(&os_real, &rows, &run->maker, &complaint);
}

static void explain_done(ExplainRun *run)
{
    detection_free(run->detection);
    matcher_free(run->matcher);
    row_maker_free(run->maker);
    context_free(run->company);
    source_set_free(run->sources);
    rule_set_free(run->set);
    pack_files_done(&run->packs);
    finding_places_done(&run->places);
    buf_done(&run->output);
    buf_done(&run->parts);
}

int rules_explain(const Invocation *invocation)
{
    CLEANUP(explain_done)
    ExplainRun run = {.invocation = invocation, .received_ns = os_real.now_ns(os_real.state)};
    uint64_t unreadable = 0;
    if (invocation->argument_count < 3) {
        SAY(MESSAGE_INPUT_NONE, invocation->language);
        return EXIT_FAILED;
    }
    run.set = rule_files_load(invocation, invocation->arguments + 1, 1, &run.packs, &unreadable);
    if (!run.set) return EXIT_FAILED;
    int r = prepare(&run);
    for (; run.rule < rule_set_count(run.set) && r == 0; run.rule++) {
        r = explain_rule(&run);
    }
    if (r == -ENOMEM) SAY(MESSAGE_MEMORY, invocation->language);
    return (r < 0 && r != -EPIPE) || unreadable > 0 ? EXIT_FAILED : EXIT_DONE;
}
