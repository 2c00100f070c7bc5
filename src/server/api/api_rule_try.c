/* rule_try: a rule over what is stored, as detection would have asked it. Correlations wait for the
 * end, so that nothing is too late for them; habits, which learn from what is live, are not tried.
 */
#include "server/api/api_operations.h"
#include "server/api/api_question.h"
#include "server/api/api_row.h"

#include "engine/replay.h"
#include "search/measure.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define TRY_SECONDS_MAX 30 /* then what was found is given, and that it is not all */
#define TRY_LOOK_ROWS 256  /* rows between two looks at the clock */
#define TRY_DAYS_MAX 4096  /* hits of further days are counted, but of no day */
#define TRY_EXAMPLES_MAX 20
#define TRY_EXAMPLES_BYTES_MAX ((size_t)8 << 20)
/* Past it groups are given up, and the answer is not complete. */
#define TRY_CORRELATION_BYTES_MAX ((size_t)64 << 20)
#define DAY_NS ((int64_t)86400 * NS_PER_SECOND)

typedef struct TryDay {
    int64_t day; /* since 1970, of the zone */
    uint64_t hits;
} TryDay;

typedef struct RuleTry {
    ApiRequest *request;
    RuleSet *set;
    Detection *detection;
    const Row *row; /* the one that is asked; NULL: the end */
    uint64_t number;
    uint64_t rows, hits;
    TryDay *days; /* TRY_DAYS_MAX places */
    size_t day_count;
    Buf examples;
    ApiJson json; /* into the examples */
    size_t example_count;
    int64_t end_ns; /* monotonic */
    bool wants_records, is_cut;
} RuleTry;

/* ---- what is found --------------------------------------------------------------------------- */

static void count_day(RuleTry *run, int64_t time_ns)
{
    int64_t local_ns = time_ns + run->request->zone_offset_seconds * NS_PER_SECOND;
    int64_t day = local_ns / DAY_NS - (local_ns % DAY_NS < 0);
    if (time_ns == TIME_UNKNOWN) return;
    for (size_t i = run->day_count; i > 0; i--) { /* the newest are asked for most */
        if (run->days[i - 1].day != day) continue;
        run->days[i - 1].hits++;
        return;
    }
    if (run->day_count < TRY_DAYS_MAX) run->days[run->day_count++] = (TryDay){day, 1};
}

static int on_found(void *context, const Finding *finding)
{
    RuleTry *run = context;
    if (!finding->is_told || finding->kind == FINDING_HABIT) return 0;
    bool is_event = finding->kind == FINDING_EVENT;
    run->hits++;
    count_day(run, is_event ? finding->match->time_ns : finding->correlation->end_ns);
    if (!is_event || !run->row || run->example_count == TRY_EXAMPLES_MAX) return 0;
    run->example_count++;
    api_row_add(&run->json, NULL, run->row, run->number, run->request->language);
    return 0;
}

static int on_lost(void *context, const CorrelationLoss *loss)
{
    RuleTry *run = context;
    (void)loss;
    run->is_cut = true;
    return 0;
}

/* ---- what is asked --------------------------------------------------------------------------- */

static bool is_over(const RuleTry *run)
{
    const Os *os = run->request->door->os;
    return run->rows % TRY_LOOK_ROWS == 0 && os->monotonic_ns(os->state) >= run->end_ns;
}

/* Rules that ask for no record see what came in, without what was made of it. */
static int on_answer(void *context, const Answer *answer)
{
    RuleTry *run = context;
    const DetectionSink sink = {.found = on_found, .lost = on_lost, .context = run};
    bool is_action = slice_eq(answer->row->record.text[RECORD_AKASHI_ROLE], SLICE("action"));
    Event room;
    DetectionEvent event = detection_event_of(answer->row, &room);
    if (is_over(run)) {
        run->is_cut = true;
        return 1;
    }
    run->row = answer->row;
    run->number = answer->number;
    run->rows++;
    event.reference = answer->number;
    if (!run->wants_records) event.record = NULL;
    int r = run->wants_records || !is_action ? detection_feed(run->detection, &event, &sink) : 0;
    run->row = NULL;
    return r;
}

static int prepare(RuleTry *run)
{
    const Os *os = run->request->door->os;
    uint64_t seed[3];
    int r = os->random(os->state, seed, sizeof seed);
    if (r < 0) return r;
    const DetectionOptions options = {
        .matcher = {.seed = seed[0]},
        .correlation = {.lateness_ns = INT64_MAX,
                        .bytes_max = TRY_CORRELATION_BYTES_MAX,
                        .seed = {seed[1], seed[2]}},
    };
    run->wants_records = rule_set_wants_records(run->set);
    run->end_ns = os->monotonic_ns(os->state) + TRY_SECONDS_MAX * NS_PER_SECOND;
    run->days = ARENA_ARRAY(&run->request->arena, TryDay, TRY_DAYS_MAX);
    run->examples = buf_make(TRY_EXAMPLES_BYTES_MAX);
    run->json = api_json(&run->examples);
    api_json_list(&run->json, NULL);
    return run->days ? detection_new(run->set, &options, &run->detection) : -ENOMEM;
}

static int ask(RuleTry *run, ApiQuestion *question, Complaint *complaint)
{
    const DetectionSink sink = {.found = on_found, .lost = on_lost, .context = run};
    const ApiAsking asking = {
        .order = SEARCH_BY_ARRIVAL, .sink = on_answer, .sink_context = run, .complaint = complaint};
    SearchStats stats;
    question->range.newest_first = false;
    int r = prepare(run);
    if (r == 0) r = api_question_ask(question, question->query, &asking, &stats);
    if (r < 0 && r != -ETIME) return r;
    run->is_cut = run->is_cut || r == -ETIME || stats.memory_met || stats.damaged_blocks > 0;
    return detection_finish(run->detection, &sink);
}

/* ---- the answer ------------------------------------------------------------------------------ */

static int compare_days(const void *left, const void *right)
{
    const TryDay *a = left, *b = right;
    return (a->day > b->day) - (a->day < b->day);
}

static void add_days(ApiJson *json, RuleTry *run)
{
    if (run->day_count > 1) qsort(run->days, run->day_count, sizeof *run->days, compare_days);
    api_json_list(json, "days");
    for (size_t i = 0; i < run->day_count; i++) {
        CivilTime day = time_to_civil(run->days[i].day * DAY_NS);
        char text[40];
        snprintf(text, sizeof text, "%04d-%02d-%02d", day.year, day.month, day.day);
        api_json_object(json, NULL);
        api_json_cstr(json, "day", text);
        api_json_count(json, "hits", run->days[i].hits);
        api_json_end_object(json);
    }
    api_json_end_list(json);
}

static void answer(RuleTry *run)
{
    api_json_end_list(&run->json);
    if (buf_error(&run->examples) < 0) {
        api_fail_error(run->request, buf_error(&run->examples));
        return;
    }
    ApiJson json = api_answer_json(run->request);
    api_json_object(&json, NULL);
    api_json_count(&json, "hits", run->hits);
    api_json_count(&json, "rows", run->rows);
    api_json_boolean(&json, "complete", !run->is_cut);
    add_days(&json, run);
    api_json_raw(&json, "examples", buf_slice(&run->examples));
    api_json_end_object(&json);
}

/* ---- the question ---------------------------------------------------------------------------- */

/* -EINVAL with the complaint. */
static int read_rules(Slice yaml, RuleSet *set, Complaint *complaint)
{
    int r = rule_set_add(set, yaml, SLICE("rule.yaml"));
    if (r == 0) r = rule_set_finish(set);
    for (size_t i = 0; r == 0 && i < rule_set_count(set); i++) {
        const RuleInfo *info = rule_set_info(set, i);
        if (info->state != RULE_REJECTED) continue;
        if (info->reason) *complaint = *info->reason;
        r = -EINVAL;
    }
    return r;
}

/* A day is meant whole, as in api_question. */
static int read_end(ApiRequest *request, const char *name, int64_t *from_ns, int64_t *to_ns)
{
    Slice text = api_body_text(request, name);
    Complaint complaint = {0};
    TimeSpan span;
    if (text.len == 0) return 0;
    if (time_span_parse(text, request->zone_offset_seconds, &span) < 0) {
        complaint_say(&complaint, "api.time",
                      "this is no time; write it like 2026-11-20 or 2026-11-20T17:40",
                      "日時として読めません。2026-11-20 または 2026-11-20T17:40 のように書きます");
        api_fail_complaint(request, 400, &complaint, name);
        return -1;
    }
    bool is_exact = span.to_ns - span.from_ns <= NS_PER_SECOND;
    if (from_ns) *from_ns = span.from_ns;
    if (to_ns) *to_ns = is_exact ? span.from_ns : span.to_ns;
    return 0;
}

static void try_rules(RuleTry *run)
{
    ApiQuestion question;
    Complaint complaint = {0};
    if (api_question_of(run->request, (Slice){0}, true, &question) < 0) return;
    if (read_end(run->request, "from", &question.range.from_ns, NULL) == 0 &&
        read_end(run->request, "to", NULL, &question.range.to_ns) == 0) {
        int r = ask(run, &question, &complaint);
        if (r < 0) {
            api_question_fail(run->request, r, &complaint);
        } else {
            answer(run);
        }
    }
    detection_free(run->detection);
    buf_done(&run->examples);
    api_question_done(&question);
}

void api_rule_try(ApiRequest *request)
{
    RuleTry run = {.request = request, .set = rule_set_new()};
    Complaint complaint = {0};
    int r = run.set ? read_rules(api_body_text(request, "yaml"), run.set, &complaint) : -ENOMEM;
    if (r == -EINVAL) {
        api_fail_complaint(request, 400, &complaint, "yaml");
    } else if (r < 0) {
        api_fail_error(request, r);
    } else {
        try_rules(&run);
    }
    rule_set_free(run.set);
}
