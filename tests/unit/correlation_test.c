/* detect/correlation_run: against a slow and obvious oracle, on random streams with late, doubled
 * and disordered matches and restarts; chains; losses for want of memory. */
#include "tests/support/tap.h"

#include "detect/correlation_run.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define SECOND ((int64_t)1000000000)
enum { EVENTS_MAX = 400, FINDINGS_MAX = 2000, GROUPS = 3, RULES = 3, LATENESS_S = 20 };
static const uint64_t SEED[2] = {3, 5};

/* --- streams ---------------------------------------------------------------------------------- */

typedef struct TestEvent {
    int64_t time_ns, arrives_ns;
    uint64_t id; /* identity and reference */
    size_t rule;
    char group[8], value[24];
    double number;
} TestEvent;

typedef struct TestFinding {
    int64_t end_ns;
    char group[8];
    double value;
    size_t rule;
} TestFinding;

typedef struct Findings {
    TestFinding list[FINDINGS_MAX];
    size_t count;
    uint64_t lost_events;
} Findings;

static bool event_value(void *context, Slice field, Slice *ret)
{
    const TestEvent *event = context;
    if (slice_eq(field, SLICE("user")))
        *ret = slice_from_cstr(event->group);
    else if (slice_eq(field, SLICE("value")))
        *ret = slice_from_cstr(event->value);
    else
        return false;
    return ret->len > 0;
}

static int on_found(void *context, const CorrelationFinding *finding)
{
    Findings *findings = context;
    if (findings->count == FINDINGS_MAX) return -ENOBUFS;
    TestFinding *to = &findings->list[findings->count++];
    *to = (TestFinding){.end_ns = finding->end_ns, .value = finding->value, .rule = finding->rule};
    if (finding->group_count > 0) {
        snprintf(to->group, sizeof to->group, "%.*s", SLICE_FMT(finding->values[0]));
    }
    expect(finding->begin_ns <= finding->end_ns);
    expect(finding->reference_count > 0);
    return 0;
}

static int on_lost(void *context, const CorrelationLoss *loss)
{
    ((Findings *)context)->lost_events += loss->event_count;
    return 0;
}

static CorrelationSink sink_of(Findings *findings)
{
    return (CorrelationSink){.found = on_found, .lost = on_lost, .context = findings};
}

static int by_arrival(const void *a, const void *b)
{
    const TestEvent *x = a, *y = b;
    return (x->arrives_ns > y->arrives_ns) - (x->arrives_ns < y->arrives_ns);
}

/* Every tenth is given twice. */
static size_t make_stream(TestEvent *to, size_t count)
{
    size_t made = 0;
    int64_t at = 1000000 * SECOND;
    for (uint64_t id = 1; made + 2 < count; id++) {
        at += rand() % 4 == 0 ? rand() % 60 * SECOND : rand() % 3 * SECOND;
        TestEvent *event = &to[made++];
        *event = (TestEvent){.time_ns = at, .id = id, .rule = (size_t)rand() % RULES};
        snprintf(event->group, sizeof event->group, "%c%d", rand() % 2 ? 'u' : 'U',
                 rand() % GROUPS);
        event->number = rand() % 10;
        snprintf(event->value, sizeof event->value, "%g", event->number);
        event->arrives_ns = at + rand() % (LATENESS_S * 1000) * (SECOND / 1000);
        if (rand() % 10) continue;
        to[made] = *event;
        to[made++].arrives_ns = at + rand() % LATENESS_S * SECOND;
    }
    return made;
}

/* --- the oracle: all events of a group in order, and for each question a look at all of them -- */

typedef struct Oracle {
    const CorrelationSpec *spec;
    const TestEvent *events[EVENTS_MAX]; /* of the group, each once */
    size_t count;
    Findings *to;
} Oracle;

static int by_time(const void *a, const void *b)
{
    const TestEvent *x = *(const TestEvent *const *)a, *y = *(const TestEvent *const *)b;
    if (x->time_ns != y->time_ns) return x->time_ns < y->time_ns ? -1 : 1;
    if (x->rule != y->rule) return x->rule < y->rule ? -1 : 1;
    if (x->number != y->number) return x->number < y->number ? -1 : 1;
    return x->id < y->id ? -1 : x->id > y->id;
}

static void oracle_tell(Oracle *oracle, int64_t end_ns, double value)
{
    TestFinding *to = &oracle->to->list[oracle->to->count++];
    *to = (TestFinding){.end_ns = end_ns, .value = value, .rule = 100};
    snprintf(to->group, sizeof to->group, "%s", oracle->events[0]->group);
}

static bool oracle_bounds(const CorrelationSpec *spec, double value)
{
    bool holds = true;
    for (size_t i = 0; i < spec->bound_count; i++) {
        double bound = spec->bounds[i].number;
        const bool by_compare[] = {value > bound,  value >= bound, value < bound,
                                   value <= bound, value == bound, value != bound};
        holds = holds && by_compare[spec->bounds[i].compare];
    }
    return holds;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The value of the events [from, to). */
static double oracle_value(const Oracle *oracle, size_t from, size_t to)
{
    double sum = 0, numbers[EVENTS_MAX], rank;
    size_t different = 0, count = to - from;
    for (size_t i = from; i < to; i++) {
        bool is_new = true;
        for (size_t k = from; k < i; k++) {
            is_new = is_new && oracle->events[k]->number != oracle->events[i]->number;
        }
        different += is_new;
        numbers[i - from] = oracle->events[i]->number;
        sum += oracle->events[i]->number;
    }
    switch (oracle->spec->type) {
    case CORRELATION_VALUE_COUNT: return (double)different;
    case CORRELATION_VALUE_SUM: return sum;
    case CORRELATION_VALUE_AVG: return sum / (double)count;
    case CORRELATION_VALUE_PERCENTILE:
    case CORRELATION_VALUE_MEDIAN:
        qsort(numbers, count, sizeof *numbers, ascending);
        rank = (oracle->spec->type == CORRELATION_VALUE_MEDIAN ? 50 : oracle->spec->percentile) /
               100 * (double)(count - 1);
        size_t below = (size_t)rank, above = below + 1 < count ? below + 1 : below;
        return numbers[below] + (numbers[above] - numbers[below]) * (rank - (double)below);
    default: return (double)count;
    }
}

static void oracle_sliding(Oracle *oracle)
{
    bool holding = false;
    int64_t fired = INT64_MIN;
    int64_t span = oracle->spec->timespan_ns;
    for (size_t i = 0; i < oracle->count; i++) {
        int64_t now = oracle->events[i]->time_ns;
        size_t from = 0;
        while (oracle->events[from]->time_ns < now - span)
            from++;
        if (i + 1 < oracle->count && oracle->events[i + 1]->time_ns == now) continue;
        double value = oracle_value(oracle, from, i + 1);
        bool holds = oracle_bounds(oracle->spec, value);
        if (holds && (!holding || fired == INT64_MIN || now - fired >= span)) {
            fired = now;
            oracle_tell(oracle, now, value);
        }
        holding = holds;
    }
}

static void oracle_windows(Oracle *oracle)
{
    for (size_t from = 0, to; from < oracle->count; from = to) {
        int64_t end = oracle->events[from]->time_ns + oracle->spec->timespan_ns;
        for (to = from; to < oracle->count && oracle->events[to]->time_ns <= end;)
            to++;
        double value = oracle_value(oracle, from, to);
        if (oracle_bounds(oracle->spec, value)) oracle_tell(oracle, end, value);
    }
}

static bool oracle_has(const Oracle *oracle, size_t rule, size_t from, size_t to, int64_t since)
{
    for (size_t i = from; i < to; i++) {
        if (oracle->events[i]->rule == rule && oracle->events[i]->time_ns >= since) return true;
    }
    return false;
}

static void oracle_temporal(Oracle *oracle)
{
    size_t unused = 0;
    for (size_t i = 0; i < oracle->count; i++) {
        int64_t now = oracle->events[i]->time_ns, since = now - oracle->spec->timespan_ns;
        bool all = true;
        for (size_t m = 0; m < oracle->spec->rule_count; m++) {
            all = all && oracle_has(oracle, oracle->spec->rules[m], unused, i + 1, since);
        }
        if (!all) continue;
        oracle_tell(oracle, now, (double)oracle->spec->rule_count);
        unused = i + 1;
    }
}

/* Is there a row of events of rules member.., after `from`, not after `last`? */
static bool oracle_row(const Oracle *oracle, size_t member, size_t from, size_t last, int64_t since)
{
    const CorrelationSpec *spec = oracle->spec;
    for (size_t i = from; i <= last; i++) {
        if (oracle->events[i]->rule != spec->rules[member]) continue;
        if (oracle->events[i]->time_ns < since) continue;
        if (member + 1 == spec->rule_count) return true;
        if (oracle_row(oracle, member + 1, i + 1, last, since)) return true;
    }
    return false;
}

static void oracle_ordered(Oracle *oracle)
{
    size_t unused = 0;
    for (size_t i = 0; i < oracle->count; i++) {
        int64_t now = oracle->events[i]->time_ns;
        if (!oracle_row(oracle, 0, unused, i, now - oracle->spec->timespan_ns)) continue;
        oracle_tell(oracle, now, (double)oracle->spec->rule_count);
        unused = i + 1;
    }
}

/* `0 and not 1`: windows that begin with rule 0. */
static void oracle_not(Oracle *oracle)
{
    for (size_t i = 0; i < oracle->count;) {
        if (oracle->events[i]->rule != 0) {
            i++;
            continue;
        }
        int64_t end = oracle->events[i]->time_ns + oracle->spec->timespan_ns;
        size_t to = i;
        while (to < oracle->count && oracle->events[to]->time_ns <= end)
            to++;
        double present = 0;
        for (size_t m = 0; m < oracle->spec->rule_count; m++) {
            present += oracle_has(oracle, oracle->spec->rules[m], i, to, 0);
        }
        if (!oracle_has(oracle, 1, i, to, 0)) oracle_tell(oracle, end, present);
        i = to;
    }
}

static void oracle_run(const CorrelationSpec *spec, const TestEvent *events, size_t count,
                       Findings *to)
{
    for (int g = 0; g < GROUPS; g++) {
        Oracle oracle = {.spec = spec, .to = to};
        for (size_t i = 0; i < count; i++) {
            bool is_used = false, is_again = false;
            for (size_t m = 0; m < spec->rule_count; m++)
                is_used |= events[i].rule == spec->rules[m];
            for (size_t k = 0; k < i; k++)
                is_again |= events[k].id == events[i].id;
            if (!is_used || is_again || events[i].group[1] - '0' != g) continue;
            oracle.events[oracle.count++] = &events[i];
        }
        qsort(oracle.events, oracle.count, sizeof *oracle.events, by_time);
        if (oracle.count == 0) continue;
        bool upper = false;
        for (size_t b = 0; b < spec->bound_count; b++) {
            upper |= spec->bounds[b].compare > CORRELATION_GTE;
        }
        if (spec->condition)
            oracle_not(&oracle);
        else if (spec->type == CORRELATION_TEMPORAL)
            oracle_temporal(&oracle);
        else if (spec->type == CORRELATION_TEMPORAL_ORDERED)
            oracle_ordered(&oracle);
        else if (spec->type > CORRELATION_VALUE_SUM || upper)
            oracle_windows(&oracle);
        else
            oracle_sliding(&oracle);
    }
}

/* --- the engine ------------------------------------------------------------------------------- */

static Correlations *begin(const CorrelationSpec *spec, size_t bytes_max)
{
    const CorrelationEntry entry = {.rule = 100, .spec = spec};
    const CorrelationOptions options = {
        .lateness_ns = LATENESS_S * SECOND, .bytes_max = bytes_max, .seed = {SEED[0], SEED[1]}};
    Correlations *all = NULL;
    expect_ok(correlations_new(&entry, 1, &options, &all));
    return all;
}

static void restart(const CorrelationSpec *spec, Correlations **all)
{
    CLEANUP(buf_done) Buf saved = {0};
    expect_ok(correlations_save(*all, &saved));
    correlations_free(*all);
    *all = begin(spec, 0);
    expect_ok(correlations_load(*all, buf_slice(&saved)));
}

static void engine_run(const CorrelationSpec *spec, TestEvent *events, size_t count, bool restarts,
                       Findings *to)
{
    Correlations *all = begin(spec, 0);
    const CorrelationSink sink = sink_of(to);
    for (size_t i = 0; i < count; i++) {
        const CorrelationMatch match = {.rule = events[i].rule,
                                        .time_ns = events[i].time_ns,
                                        .identity = events[i].id,
                                        .reference = events[i].id,
                                        .value = event_value,
                                        .context = &events[i]};
        if (restarts && rand() % 20 == 0) restart(spec, &all);
        expect_ok(correlations_feed(all, &match, &sink));
    }
    expect_ok(correlations_finish(all, &sink));
    CorrelationStats stats;
    correlations_stats(all, &stats);
    expect_int(stats.late, 0);
    expect_int(stats.waiting, 0);
    correlations_free(all);
}

static int by_finding(const void *a, const void *b)
{
    const TestFinding *x = a, *y = b;
    if (x->end_ns != y->end_ns) return x->end_ns < y->end_ns ? -1 : 1;
    return x->group[1] - y->group[1];
}

static bool same_findings(Findings *a, Findings *b)
{
    qsort(a->list, a->count, sizeof *a->list, by_finding);
    qsort(b->list, b->count, sizeof *b->list, by_finding);
    if (a->count != b->count) return false;
    for (size_t i = 0; i < a->count; i++) {
        const TestFinding *x = &a->list[i], *y = &b->list[i];
        if (x->end_ns != y->end_ns || x->group[1] != y->group[1] ||
            fabs(x->value - y->value) > 1e-9) {
            return false;
        }
    }
    return true;
}

typedef struct RandomSpec {
    CorrelationSpec spec;
    size_t rules[RULES];
    Slice group_by, field;
    CorrelationTerm terms[4];
} RandomSpec;

static void random_bounds(CorrelationSpec *spec)
{
    spec->bounds[0] =
        (CorrelationBound){.compare = (CorrelationCompare)(rand() % 6), .number = 1 + rand() % 8};
    spec->bound_count = 1;
    if (rand() % 3) return;
    spec->bounds[0] = (CorrelationBound){.compare = CORRELATION_GTE, .number = 2};
    spec->bounds[1] = (CorrelationBound){.compare = CORRELATION_LT, .number = 5 + rand() % 4};
    spec->bound_count = 2;
}

static void random_spec(RandomSpec *to)
{
    *to = (RandomSpec){.group_by = SLICE("user"), .field = SLICE("value")};
    CorrelationSpec *spec = &to->spec;
    spec->type = (CorrelationType)(rand() % 8);
    spec->timespan_ns = (5 + rand() % 120) * SECOND;
    spec->group_by = &to->group_by;
    spec->group_by_count = 1;
    spec->rules = to->rules;
    spec->rule_count = 1 + (size_t)rand() % RULES;
    spec->percentile = rand() % 101;
    for (size_t i = 0; i < spec->rule_count; i++)
        to->rules[i] = i;
    bool temporal = spec->type >= CORRELATION_TEMPORAL;
    if (!temporal) random_bounds(spec);
    if (!temporal && spec->type != CORRELATION_EVENT_COUNT) {
        spec->fields = &to->field;
        spec->field_count = 1;
    }
    if (spec->type != CORRELATION_TEMPORAL || spec->rule_count < 2 || rand() % 2) return;
    to->terms[0] = (CorrelationTerm){.kind = TERM_AND, .first = &to->terms[1]};
    to->terms[1] = (CorrelationTerm){.kind = TERM_RULE, .member = 0, .next = &to->terms[2]};
    to->terms[2] = (CorrelationTerm){.kind = TERM_NOT, .first = &to->terms[3]};
    to->terms[3] = (CorrelationTerm){.kind = TERM_RULE, .member = 1};
    spec->condition = &to->terms[0];
}

static void check_seed(unsigned seed, size_t *ret_findings)
{
    srand(seed);
    RandomSpec random;
    random_spec(&random);
    static TestEvent events[EVENTS_MAX];
    size_t count = make_stream(events, EVENTS_MAX);
    Findings *wanted = calloc(1, sizeof *wanted), *got = calloc(1, sizeof *got);
    oracle_run(&random.spec, events, count, wanted);
    qsort(events, count, sizeof *events, by_arrival);
    engine_run(&random.spec, events, count, seed % 2, got);
    *ret_findings += wanted->count;
    if (!same_findings(wanted, got)) {
        tap_fail(__FILE__, __LINE__, "seed %u: type %d, %zu findings, the oracle has %zu", seed,
                 (int)random.spec.type, got->count, wanted->count);
    }
    free(wanted);
    free(got);
}

static void oracle_agrees(void)
{
    const char *given = getenv("AKASHI_SEED");
    unsigned first = given ? (unsigned)strtoul(given, NULL, 10) : 1;
    size_t findings = 0;
    for (unsigned seed = first; seed < first + 300 && tap_failures() < 5; seed++) {
        check_seed(seed, &findings);
    }
    tap_note("seeds %u..%u: %zu findings, all as the oracle's", first, first + 299, findings);
    expect(findings > 1000);
}

/* --- chains, losses --------------------------------------------------------------------------- */

static void feed(Correlations *all, const CorrelationSink *sink, TestEvent event)
{
    const CorrelationMatch match = {.rule = event.rule,
                                    .time_ns = event.time_ns,
                                    .reference = event.id,
                                    .value = event_value,
                                    .context = &event};
    expect_ok(correlations_feed(all, &match, sink));
}

static Slice user = SLICE_INIT("user");
static size_t rule_0[] = {0}, rule_0_1[] = {0, 1}, rules_100_1[] = {100, 1};

/* Three failures, then a success: a correlation over a correlation. */
static void chain_is_told_once(void)
{
    CorrelationSpec burst = {.type = CORRELATION_EVENT_COUNT,
                             .rules = rule_0,
                             .rule_count = 1,
                             .group_by = &user,
                             .group_by_count = 1,
                             .timespan_ns = 60 * SECOND,
                             .bounds = {{CORRELATION_GTE, 3}},
                             .bound_count = 1};
    CorrelationSpec chain = {.type = CORRELATION_TEMPORAL_ORDERED,
                             .rules = rules_100_1,
                             .rule_count = 2,
                             .group_by = &user,
                             .group_by_count = 1,
                             .timespan_ns = 120 * SECOND};
    const CorrelationEntry entries[] = {{.rule = 100, .spec = &burst},
                                        {.rule = 101, .spec = &chain}};
    const CorrelationOptions options = {.lateness_ns = 5 * SECOND};
    Correlations *all;
    if (!expect_ok(correlations_new(entries, 2, &options, &all))) return;
    Findings *found = calloc(1, sizeof *found);
    const CorrelationSink sink = sink_of(found);
    for (int i = 0; i < 5; i++) {
        feed(all, &sink,
             (TestEvent){.time_ns = (100 + i) * SECOND, .id = (uint64_t)i, .group = "u1"});
    }
    feed(all, &sink, (TestEvent){.time_ns = 110 * SECOND, .id = 9, .rule = 1, .group = "u1"});
    feed(all, &sink, (TestEvent){.time_ns = 111 * SECOND, .id = 9, .rule = 1, .group = "u2"});
    expect_int(found->count, 0); /* the last two wait for what may come late */
    expect_ok(correlations_advance(all, 200 * SECOND, &sink));
    expect_int(found->count, 1); /* the burst alone is not told: the chain does not ask for it */
    expect_int(found->list[0].rule, 101);
    expect_text(slice_from_cstr(found->list[0].group), "u1");
    expect_int(found->list[0].end_ns, 110 * SECOND);
    correlations_free(all);
    free(found);
}

static void circle_is_refused(void)
{
    static size_t over_101[] = {101}, over_100[] = {100};
    CorrelationSpec a = {.type = CORRELATION_EVENT_COUNT,
                         .rules = over_101,
                         .rule_count = 1,
                         .timespan_ns = SECOND,
                         .bounds = {{CORRELATION_GTE, 1}},
                         .bound_count = 1};
    CorrelationSpec b = a;
    b.rules = over_100;
    const CorrelationEntry entries[] = {{.rule = 100, .spec = &a}, {.rule = 101, .spec = &b}};
    const CorrelationOptions options = {0};
    Correlations *all = NULL;
    expect_int(correlations_new(entries, 2, &options, &all), -ELOOP);
    expect(all == NULL);
}

static void same_rule_twice_needs_two_events(void)
{
    static size_t twice[] = {0, 0};
    CorrelationSpec spec = {.type = CORRELATION_TEMPORAL_ORDERED,
                            .rules = twice,
                            .rule_count = 2,
                            .group_by = &user,
                            .group_by_count = 1,
                            .timespan_ns = 60 * SECOND};
    Correlations *all = begin(&spec, 0);
    Findings *found = calloc(1, sizeof *found);
    const CorrelationSink sink = sink_of(found);
    feed(all, &sink, (TestEvent){.time_ns = 100 * SECOND, .id = 1, .group = "u1"});
    expect_ok(correlations_advance(all, 130 * SECOND, &sink));
    expect_int(found->count, 0);
    feed(all, &sink, (TestEvent){.time_ns = 131 * SECOND, .id = 2, .group = "u1"});
    expect_ok(correlations_finish(all, &sink));
    expect_int(found->count, 1);
    correlations_free(all);
    free(found);
}

static void absent_values_are_counted_and_passed_over(void)
{
    CorrelationSpec spec = {.type = CORRELATION_TEMPORAL,
                            .rules = rule_0_1,
                            .rule_count = 2,
                            .group_by = &user,
                            .group_by_count = 1,
                            .timespan_ns = 60 * SECOND};
    Correlations *all = begin(&spec, 0);
    Findings *found = calloc(1, sizeof *found);
    const CorrelationSink sink = sink_of(found);
    feed(all, &sink, (TestEvent){.time_ns = 100 * SECOND, .id = 1});
    feed(all, &sink, (TestEvent){.time_ns = 101 * SECOND, .id = 2, .rule = 1});
    expect_ok(correlations_finish(all, &sink));
    CorrelationStats stats;
    correlations_stats(all, &stats);
    expect_int(found->count, 0);
    expect_int(stats.passed_over, 2);
    correlations_free(all);
    free(found);
}

static void memory_ends_and_is_told(void)
{
    CorrelationSpec spec = {.type = CORRELATION_EVENT_COUNT,
                            .rules = rule_0,
                            .rule_count = 1,
                            .group_by = &user,
                            .group_by_count = 1,
                            .timespan_ns = 86400 * SECOND,
                            .bounds = {{CORRELATION_GTE, 3}},
                            .bound_count = 1};
    enum { BYTES_MAX = 256 << 10 };
    Correlations *all = begin(&spec, BYTES_MAX);
    Findings *found = calloc(1, sizeof *found);
    const CorrelationSink sink = sink_of(found);
    for (int i = 0; i < 20000; i++) {
        TestEvent event = {.time_ns = (100000 + i) * SECOND, .id = (uint64_t)i};
        snprintf(event.group, sizeof event.group, "%x", (unsigned)i);
        feed(all, &sink, event);
        /* One group is there all the time: it is never the quietest. */
        snprintf(event.group, sizeof event.group, "busy");
        if (i % 1000 == 0) feed(all, &sink, event);
    }
    expect_ok(correlations_finish(all, &sink));
    CorrelationStats stats;
    correlations_stats(all, &stats);
    expect(stats.bytes <= BYTES_MAX);
    expect(stats.lost_groups > 15000);
    expect_int(found->lost_events, stats.lost_groups);
    expect(stats.lost_groups + stats.groups >= 20000);
    correlations_free(all);
    free(found);
}

static void waiting_matches_are_bounded_too(void)
{
    CorrelationSpec spec = {.type = CORRELATION_EVENT_COUNT,
                            .rules = rule_0,
                            .rule_count = 1,
                            .group_by = &user,
                            .group_by_count = 1,
                            .timespan_ns = 10 * SECOND,
                            .bounds = {{CORRELATION_GTE, 3}},
                            .bound_count = 1};
    const CorrelationEntry entry = {.rule = 100, .spec = &spec};
    const CorrelationOptions options = {.lateness_ns = INT64_MAX, .bytes_max = 1 << 20};
    Correlations *all;
    if (!expect_ok(correlations_new(&entry, 1, &options, &all))) return;
    Findings *found = calloc(1, sizeof *found);
    const CorrelationSink sink = sink_of(found);
    for (int i = 0; i < 100000; i++) {
        feed(all, &sink, (TestEvent){.time_ns = (1000 + i) * 60 * SECOND, .group = "u1"});
    }
    CorrelationStats stats;
    correlations_stats(all, &stats);
    expect(stats.bytes < 2 << 20);
    correlations_free(all);
    free(found);
}

static int on_any(void *context, const CorrelationFinding *finding)
{
    (void)context;
    (void)finding;
    return 0;
}

static void damaged_state_is_refused(void)
{
    RandomSpec random;
    for (unsigned seed = 1; seed < 40; seed++) {
        srand(seed);
        random_spec(&random);
        static TestEvent events[EVENTS_MAX];
        size_t count = make_stream(events, EVENTS_MAX);
        Findings *found = calloc(1, sizeof *found);
        const CorrelationSink sink = sink_of(found);
        Correlations *all = begin(&random.spec, 0);
        for (size_t i = 0; i < count / 2; i++)
            feed(all, &sink, events[i]);
        CLEANUP(buf_done) Buf saved = {0};
        expect_ok(correlations_save(all, &saved));
        correlations_free(all);
        for (int k = 0; k < 200; k++) {
            CLEANUP(buf_done) Buf bad = {0};
            buf_add_slice(&bad, buf_slice(&saved));
            bad.ptr[(size_t)rand() % bad.len] ^= (char)(1 << rand() % 8);
            if (k % 4 == 0) bad.len = (size_t)rand() % bad.len;
            all = begin(&random.spec, 0);
            int r = correlations_load(all, buf_slice(&bad));
            expect(r == 0 || r == -EBADMSG || r == -ENOMEM);
            if (k % 4 == 0) expect_int(r, -EBADMSG);
            (void)!correlations_finish(
                all, &(CorrelationSink){.found = on_any, .lost = on_lost, .context = found});
            correlations_free(all);
        }
        free(found);
    }
}

static const TapTest tests[] = {
    TAP_TEST(oracle_agrees),
    TAP_TEST(chain_is_told_once),
    TAP_TEST(circle_is_refused),
    TAP_TEST(same_rule_twice_needs_two_events),
    TAP_TEST(absent_values_are_counted_and_passed_over),
    TAP_TEST(memory_ends_and_is_told),
    TAP_TEST(waiting_matches_are_bounded_too),
    TAP_TEST(damaged_state_is_refused),
};
TAP_MAIN(tests)
