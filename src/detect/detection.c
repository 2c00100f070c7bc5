/* See detection.h. */
#include "detect/detection.h"

#include "base/number.h"

#include <errno.h>
#include <stdlib.h>

#define SCRATCH_COUNT ((size_t)CORRELATION_FIELDS_MAX * 2) /* group-by, and what is counted */

struct Detection {
    const RuleSet *set;
    Matcher *matcher;
    Correlations *correlations; /* NULL: the set has none */
    bool *is_silent;            /* by rule */
    bool *is_part;              /* by rule: of a correlation */
    Habit **habits;             /* by rule; NULL: none */
    const HabitEntry *entries;
    size_t entry_count;
    int64_t newest_ns;
    /* during a call */
    const DetectionEvent *event;
    const RuleMatch *match;
    const DetectionSink *sink;
    char scratch[SCRATCH_COUNT][RECORD_SCRATCH_BYTES];
    size_t scratch_next;
};

void detection_free(Detection *detection)
{
    if (!detection) return;
    for (size_t i = 0; detection->habits && i < detection->entry_count; i++) {
        habit_free(detection->habits[detection->entries[i].rule]);
    }
    matcher_free(detection->matcher);
    correlations_free(detection->correlations);
    free(detection->habits);
    free(detection->is_silent);
    free(detection->is_part);
    free(detection);
}

/* A rule that is part of a correlation is told of only where one of them says `generate`. */
static void mark_parts(Detection *detection, const CorrelationSpec *spec)
{
    for (size_t i = 0; i < spec->rule_count; i++) {
        bool was_part = detection->is_part[spec->rules[i]];
        bool *silent = &detection->is_silent[spec->rules[i]];
        detection->is_part[spec->rules[i]] = true;
        *silent = !spec->generate && (!was_part || *silent);
    }
}

static int prepare_correlations(Detection *detection, const CorrelationOptions *options)
{
    size_t count = rule_set_count(detection->set), used = 0;
    CorrelationEntry *entries = calloc(count + 1, sizeof *entries);
    if (!entries) return -ENOMEM;
    for (size_t i = 0; i < count; i++) {
        const CorrelationSpec *spec = rule_set_correlation(detection->set, i);
        if (!spec || rule_set_info(detection->set, i)->state != RULE_READY) continue;
        entries[used++] = (CorrelationEntry){.rule = i, .spec = spec};
        mark_parts(detection, spec);
    }
    int r = used ? correlations_new(entries, used, options, &detection->correlations) : 0;
    free(entries);
    return r;
}

static int prepare_habits(Detection *detection, const DetectionOptions *options)
{
    detection->entries = options->habits;
    for (size_t i = 0; i < options->habit_count; i++) {
        size_t rule = options->habits[i].rule;
        detection->habits[rule] = habit_new(&options->habits[i]);
        if (!detection->habits[rule]) return -ENOMEM;
        detection->entry_count = i + 1;
        detection->is_silent[rule] = true;
    }
    return 0;
}

static int prepare(Detection *detection, const DetectionOptions *options)
{
    size_t count = rule_set_count(detection->set) + 1;
    detection->is_silent = calloc(count, sizeof *detection->is_silent);
    detection->is_part = calloc(count, sizeof *detection->is_part);
    detection->habits = calloc(count, sizeof *detection->habits);
    if (!detection->is_silent || !detection->is_part || !detection->habits) return -ENOMEM;
    detection->matcher = matcher_new(detection->set, &options->matcher);
    int r = detection->matcher ? 0 : -ENOMEM;
    if (r == 0) r = prepare_correlations(detection, &options->correlation);
    return r < 0 ? r : prepare_habits(detection, options);
}

int detection_new(const RuleSet *set, const DetectionOptions *options, Detection **ret)
{
    Detection *detection = calloc(1, sizeof *detection);
    if (!detection) return -ENOMEM;
    detection->set = set;
    detection->newest_ns = TIME_UNKNOWN;
    int r = prepare(detection, options);
    if (r < 0) {
        detection_free(detection);
        return r;
    }
    *ret = detection;
    return 0;
}

/* --- findings --------------------------------------------------------------------------------- */

static int on_correlation(void *context, const CorrelationFinding *found)
{
    const Detection *detection = context;
    const Finding finding = {
        .kind = FINDING_CORRELATION, .rule = found->rule, .is_told = true, .correlation = found};
    return detection->sink->found(detection->sink->context, &finding);
}

static int on_loss(void *context, const CorrelationLoss *loss)
{
    const Detection *detection = context;
    return detection->sink->lost(detection->sink->context, loss);
}

static int on_habit(void *context, const HabitFinding *found)
{
    const Detection *detection = context;
    const Finding finding = {
        .kind = FINDING_HABIT, .rule = found->rule, .is_told = true, .habit = found};
    return detection->sink->found(detection->sink->context, &finding);
}

static CorrelationSink correlation_sink(Detection *detection)
{
    return (CorrelationSink){.found = on_correlation, .lost = on_loss, .context = detection};
}

/* --- matches ---------------------------------------------------------------------------------- */

/* Fields that are computed (akashi.count, event.action) are printed into the next of as many places
 * as one correlation can ask for. */
static bool value_of(void *context, Slice field, Slice *ret)
{
    Detection *detection = context;
    const Record *record = detection->match->record;
    char *scratch = detection->scratch[detection->scratch_next];
    if (match_field(detection->matcher, detection->match, field, ret)) return true;
    if (!record || record_get(record, field, scratch, ret) < 0 || ret->len == 0) return false;
    detection->scratch_next = (detection->scratch_next + 1) % SCRATCH_COUNT;
    return true;
}

static int feed_correlations(Detection *detection, const RuleMatch *match)
{
    const CorrelationSink sink = correlation_sink(detection);
    const CorrelationMatch fed = {.rule = match->rule,
                                  .time_ns = match->time_ns,
                                  .identity = detection->event->identity,
                                  .reference = detection->event->reference,
                                  .value = value_of,
                                  .context = detection};
    return correlations_feed(detection->correlations, &fed, &sink);
}

static int feed_habit(Detection *detection, const RuleMatch *match)
{
    const HabitSink sink = {.found = on_habit, .context = detection};
    const HabitMatch fed = {.time_ns = match->time_ns, .value = value_of, .context = detection};
    return habit_feed(detection->habits[match->rule], &fed, &sink);
}

/* The translation knows the time better than the header of the line. A clock that runs ahead, or a
 * forged time, must not make everybody else look silent: nothing is later than its receipt. */
static int64_t time_of(const Event *event, const Record *record)
{
    if (!record) return event->time_ns;
    int64_t time_ns = record->time_ns != TIME_UNKNOWN ? record->time_ns : event->time_ns;
    return time_ns > record->ingested_ns ? record->ingested_ns : time_ns;
}

static int on_match(void *context, const RuleMatch *given)
{
    Detection *detection = context;
    RuleMatch timed = *given, *match = &timed;
    match->time_ns = time_of(given->event, given->record);
    const Finding finding = {.kind = FINDING_EVENT,
                             .rule = match->rule,
                             .is_told = !detection->is_silent[match->rule],
                             .match = match};
    detection->match = match;
    int r = detection->sink->found(detection->sink->context, &finding);
    if (r == 0 && detection->is_part[match->rule]) r = feed_correlations(detection, match);
    if (r == 0 && detection->habits[match->rule]) r = feed_habit(detection, match);
    return r;
}

static int advance_habits(Detection *detection, int64_t now_ns)
{
    const HabitSink sink = {.found = on_habit, .context = detection};
    int r = 0;
    for (size_t i = 0; i < detection->entry_count && r == 0; i++) {
        r = habit_advance(detection->habits[detection->entries[i].rule], now_ns, &sink);
    }
    return r;
}

int detection_feed(Detection *detection, const DetectionEvent *event, const DetectionSink *sink)
{
    const MatchSink matches = {.match = on_match, .context = detection};
    detection->event = event;
    detection->sink = sink;
    int r = matcher_feed(detection->matcher, event->event, event->record, &matches);
    if (r < 0) return r;
    int64_t time_ns = time_of(event->event, event->record);
    if (time_ns <= detection->newest_ns) return 0;
    detection->newest_ns = time_ns;
    return advance_habits(detection, time_ns);
}

int detection_advance(Detection *detection, int64_t now_ns, const DetectionSink *sink)
{
    const CorrelationSink found = correlation_sink(detection);
    detection->sink = sink;
    int r =
        detection->correlations ? correlations_advance(detection->correlations, now_ns, &found) : 0;
    return r < 0 ? r : advance_habits(detection, now_ns);
}

int detection_finish(Detection *detection, const DetectionSink *sink)
{
    const CorrelationSink found = correlation_sink(detection);
    detection->sink = sink;
    int r = detection->correlations ? correlations_finish(detection->correlations, &found) : 0;
    if (r < 0 || detection->newest_ns == TIME_UNKNOWN) return r;
    return advance_habits(detection, detection->newest_ns + HABIT_LATENESS_NS);
}

bool detection_rule_is_told(const Detection *detection, size_t rule)
{
    return !detection->is_silent[rule];
}

bool detection_rule_is_part(const Detection *detection, size_t rule)
{
    return detection->is_part[rule];
}

Matcher *detection_matcher(Detection *detection)
{
    return detection->matcher;
}

void detection_stats(const Detection *detection, CorrelationStats *ret)
{
    *ret = (CorrelationStats){0};
    if (detection->correlations) correlations_stats(detection->correlations, ret);
}

/* --- over a restart --------------------------------------------------------------------------- */

int64_t detection_window_ns(const Detection *detection)
{
    int64_t longest_ns = 0;
    for (size_t i = 0; i < rule_set_count(detection->set); i++) {
        const CorrelationSpec *spec = rule_set_correlation(detection->set, i);
        if (spec && spec->timespan_ns > longest_ns) longest_ns = spec->timespan_ns;
    }
    return longest_ns;
}

static void add_piece(Buf *to, Slice piece)
{
    buf_add_varint(to, piece.len);
    buf_add_slice(to, piece);
}

/* By which a habit is known again when other rules came before it: its rule's id, else its name. */
static Slice habit_name(const Detection *detection, size_t rule)
{
    const RuleInfo *info = rule_set_info(detection->set, rule);
    return info->id.len > 0 ? info->id : info->title;
}

/* `AKD1`; the correlations' bytes; newest; then each habit: name of its rule, bytes. */
int detection_save(const Detection *detection, Buf *to)
{
    CLEANUP(buf_done) Buf piece = {0};
    int r = detection->correlations ? correlations_save(detection->correlations, &piece) : 0;
    if (r < 0) return r;
    buf_add_cstr(to, "AKD1");
    add_piece(to, buf_slice(&piece));
    buf_add_le64(to, (uint64_t)detection->newest_ns);
    for (size_t i = 0; i < detection->entry_count && r == 0; i++) {
        size_t rule = detection->entries[i].rule;
        buf_clear(&piece);
        r = habit_save(detection->habits[rule], &piece);
        add_piece(to, habit_name(detection, rule));
        add_piece(to, buf_slice(&piece));
    }
    return r < 0 ? r : buf_error(to);
}

static int take_piece(Slice *bytes, Slice *ret)
{
    uint64_t len;
    int r = slice_take_varint(bytes, &len);
    if (r < 0 || len > bytes->len) return -EBADMSG;
    *ret = slice_first(*bytes, (size_t)len);
    *bytes = slice_skip(*bytes, (size_t)len);
    return 0;
}

/* One that is no more, or has another spec now, learns anew. */
static int load_habit(Detection *detection, Slice name, Slice learned)
{
    for (size_t i = 0; i < detection->entry_count; i++) {
        size_t rule = detection->entries[i].rule;
        if (!slice_eq(habit_name(detection, rule), name)) continue;
        int r = habit_load(detection->habits[rule], learned);
        return r == -EBADMSG ? 0 : r;
    }
    return 0;
}

static int load_habits(Detection *detection, Slice bytes, Slice *ret_correlations)
{
    Slice name, learned;
    if (!slice_starts(bytes, SLICE("AKD1"))) return -EBADMSG;
    bytes = slice_skip(bytes, 4);
    int r = take_piece(&bytes, ret_correlations);
    if (r < 0 || bytes.len < 8) return -EBADMSG;
    int64_t newest_ns = (int64_t)read_le64(bytes.ptr);
    bytes = slice_skip(bytes, 8);
    while (r == 0 && bytes.len > 0) {
        r = take_piece(&bytes, &name);
        if (r == 0) r = take_piece(&bytes, &learned);
        if (r == 0) r = load_habit(detection, name, learned);
    }
    if (r == 0) detection->newest_ns = newest_ns;
    return r;
}

int detection_load_habits(Detection *detection, Slice bytes)
{
    Slice correlations;
    return load_habits(detection, bytes, &correlations);
}

int detection_load(Detection *detection, Slice bytes)
{
    Slice correlations;
    int r = load_habits(detection, bytes, &correlations);
    if (r < 0) return r;
    if (!detection->correlations) return 1;
    r = correlations_load(detection->correlations, correlations);
    return r == -EBADMSG ? 0 : r < 0 ? r : 1;
}
