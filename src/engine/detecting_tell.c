/* See detecting_int.h: what rules found, into the stories. */
#include "engine/detecting_int.h"

#include "engine/finding_shape.h"
#include "engine/replay.h"
#include "store/store.h"

#include <errno.h>
#include <stdlib.h>

#define FETCHES_MAX 16 /* between two tellings: each may read FETCH_ROWS rows */
#define FETCH_ROWS 300000u
#define FETCH_BACK_NS ((int64_t)24 * 3600 * NS_PER_SECOND)

int detecting_tell(Detecting *detecting)
{
    const Os *os = detecting->options.os;
    size_t count = detecting->found_count;
    detecting->fetches = 0;
    if (count == 0) return 0;
    int r = stories_add(detecting->stories, detecting->found, count, os->now_ns(os->state), NULL);
    if (r < 0) return r;
    counter_add(detecting->options.counters, COUNTER_DETECT_FINDINGS, count);
    detecting->found_count = 0;
    arena_reset(&detecting->arena);
    return 0;
}

static int make_room(Detecting *detecting)
{
    bool is_full = detecting->found_count == DETECTING_FOUND_MAX ||
                   detecting->arena.bytes >= 2 * DETECTING_FOUND_BYTES;
    return is_full ? detecting_tell(detecting) : 0;
}

static AlertFinding *next_place(Detecting *detecting)
{
    return &detecting->found[detecting->found_count];
}

/* --- one event -------------------------------------------------------------------------------- */

static int on_event_found(Detecting *detecting, const RuleMatch *match)
{
    Evidence evidence[EVIDENCE_MAX];
    Matcher *matcher = detection_matcher(detecting->detection);
    size_t count = match_evidence(matcher, match, evidence, EVIDENCE_MAX);
    const SeenRow seen = {.number = detecting->number, .is_known = true, .row = *detecting->row};
    return finding_shape_event(detecting->rules, match, &seen, evidence, count, &detecting->arena,
                               next_place(detecting));
}

/* --- many events ------------------------------------------------------------------------------ */

static int by_number(const void *left, const void *right)
{
    uint64_t a = ((const SeenRow *)left)->number, b = ((const SeenRow *)right)->number;
    return (a > b) - (a < b);
}

typedef struct Fetch {
    Detecting *detecting;
    SeenRow *rows;
    size_t count, missing;
} Fetch;

static int copy_row(Arena *arena, const Row *row, Row *ret)
{
    CLEANUP(buf_done) Buf bytes = {0};
    Slice copy;
    Row kept = *row;
    kept.event.field_count = 0;
    kept.event.raw = slice_first(row->event.raw, ROW_MEMORY_RAW_BYTES);
    row_encode(&bytes, &kept);
    int r = buf_error(&bytes);
    if (r == 0) r = arena_copy(arena, buf_slice(&bytes), &copy);
    return r < 0 ? r : row_decode(copy, arena, ret);
}

static int on_fetched(void *context, const Row *row, uint64_t number)
{
    Fetch *fetch = context;
    for (size_t i = 0; i < fetch->count; i++) {
        SeenRow *seen = &fetch->rows[i];
        if (seen->number != number || seen->is_known) continue;
        int r = copy_row(&fetch->detecting->arena, row, &seen->row);
        if (r < 0) return r;
        seen->is_known = true;
        fetch->missing--;
    }
    return fetch->missing == 0;
}

/* What is no longer in memory, after a restart above all. Where it would take long, or fails, the
 * finding has the row's number alone. */
static void fetch_rows(Fetch *fetch, int64_t begin_ns)
{
    Detecting *detecting = fetch->detecting;
    const DetectingOptions *options = &detecting->options;
    uint64_t first = fetch->rows[0].number, last = fetch->rows[fetch->count - 1].number;
    StoreReader *reader;
    if (last - first > FETCH_ROWS || detecting->fetches == FETCHES_MAX) return;
    detecting->fetches++;
    const ScanRange range = {
        .from_ns = begin_ns - FETCH_BACK_NS, .to_ns = INT64_MAX, .after = first - 1};
    if (store_reader_open(options->os, options->folder, options->kek, &reader, NULL) < 0) return;
    (void)!store_scan(reader, &range, on_fetched, NULL, fetch);
    store_reader_close(reader);
}

static int on_correlation_found(Detecting *detecting, const CorrelationFinding *found)
{
    size_t count = found->reference_count;
    SeenRow *rows = ARENA_ARRAY(&detecting->arena, SeenRow, count + 1);
    if (!rows) return -ENOMEM;
    Fetch fetch = {.detecting = detecting, .rows = rows, .count = count};
    for (size_t i = 0; i < count; i++)
        rows[i].number = found->references[i];
    if (count > 1) qsort(rows, count, sizeof *rows, by_number);
    for (size_t i = 0; i < count; i++) {
        rows[i].is_known =
            row_memory_find(detecting->memory, rows[i].number, &detecting->arena, &rows[i].row);
        fetch.missing += !rows[i].is_known;
    }
    if (fetch.missing > 0) fetch_rows(&fetch, found->begin_ns);
    return finding_shape_correlation(detecting->rules, found, rows, count, &detecting->arena,
                                     next_place(detecting));
}

/* --- the sink --------------------------------------------------------------------------------- */

static int shape(Detecting *detecting, const Finding *finding)
{
    switch (finding->kind) {
    case FINDING_EVENT: return on_event_found(detecting, finding->match);
    case FINDING_CORRELATION: return on_correlation_found(detecting, finding->correlation);
    case FINDING_HABIT: break;
    }
    return finding_shape_habit(detecting->rules, finding->habit, &detecting->arena,
                               next_place(detecting));
}

static int on_found(void *context, const Finding *finding)
{
    Detecting *detecting = context;
    bool is_part = finding->kind == FINDING_EVENT &&
                   detection_rule_is_part(detecting->detection, finding->rule);
    if (is_part) row_memory_keep(detecting->memory, detecting->number, detecting->row);
    if (!finding->is_told || detecting->is_silent) return 0;
    int r = make_room(detecting);
    if (r == 0) r = shape(detecting, finding);
    if (r == 0) detecting->found_count++;
    return r;
}

static int on_lost(void *context, const CorrelationLoss *loss)
{
    Detecting *detecting = context;
    if (detecting->is_silent) return 0;
    int r = make_room(detecting);
    if (r == 0)
        r = finding_shape_loss(detecting->rules, loss, &detecting->arena, next_place(detecting));
    if (r == 0) detecting->found_count++;
    return r;
}

DetectionSink detecting_sink(Detecting *detecting)
{
    return (DetectionSink){.found = on_found, .lost = on_lost, .context = detecting};
}

int detecting_feed_row(Detecting *detecting, const Row *row, uint64_t number)
{
    const DetectionSink sink = detecting_sink(detecting);
    Event room;
    DetectionEvent event = detection_event_of(row, &room);
    event.identity = event.reference = number;
    detecting->row = row;
    detecting->number = number;
    int r = detection_feed(detecting->detection, &event, &sink);
    detecting->row = NULL;
    return r;
}

/* --- costs ------------------------------------------------------------------------------------ */

static void note_aside(Detecting *detecting, size_t rule, uint64_t sampled_ns)
{
    const Os *os = detecting->options.os;
    char ns[NUMBER_WORDS_MAX];
    detecting->is_aside[rule] = true;
    SAY(MESSAGE_RULES_SET_ASIDE, detecting->options.language,
        {"rule", rule_set_info(detecting->rules->set, rule)->title},
        {"ns", number_words(ns, sampled_ns)});
    if (make_room(detecting) < 0) return;
    int r = finding_shape_set_aside(detecting->rules, rule, os->now_ns(os->state),
                                    &detecting->arena, next_place(detecting));
    if (r == 0) detecting->found_count++;
}

void detecting_note_costs(Detecting *detecting)
{
    const Matcher *matcher = detection_matcher(detecting->detection);
    uint64_t aside = matcher_counts(matcher).rules_set_aside;
    if (aside == atomic_load(&detecting->rules_set_aside)) return;
    atomic_store(&detecting->rules_set_aside, aside);
    for (size_t i = 0; i < rule_set_count(detecting->rules->set); i++) {
        RuleCost cost = matcher_cost(matcher, i);
        if (cost.set_aside && !detecting->is_aside[i]) note_aside(detecting, i, cost.sampled_ns);
    }
}
