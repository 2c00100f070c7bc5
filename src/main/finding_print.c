/* See finding_print.h. */
#include "main/finding_print.h"

#include "main/output.h"

#include "engine/messages.h"

#include "base/json_text.h"
#include "base/time_text.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

static void member_name(Buf *to, const char *name)
{
    bool first = to->len == 0 || to->ptr[to->len - 1] == '{';
    if (!first) buf_add_char(to, ',');
    json_add_string(to, slice_from_cstr(name));
    buf_add_char(to, ':');
}

void member_print(Buf *to, const char *name, Slice value)
{
    member_name(to, name);
    json_add_string(to, value);
}

void member_print_number(Buf *to, const char *name, uint64_t value)
{
    member_name(to, name);
    buf_add_u64(to, value);
}

Slice rule_label(const RuleInfo *info)
{
    return info->id.len > 0 ? info->id : info->title;
}

static void print_matched(Buf *to, Matcher *matcher, const RuleMatch *match)
{
    Evidence evidence[EVIDENCE_MAX];
    size_t count = match_evidence(matcher, match, evidence, EVIDENCE_MAX);
    buf_add_cstr(to, ",\"matched\":[");
    for (size_t i = 0; i < count; i++) {
        if (i > 0) buf_add_char(to, ',');
        buf_add_char(to, '{');
        member_print(to, "field", evidence[i].field);
        member_print(to, "value", evidence[i].value);
        member_print(to, "pattern", evidence[i].pattern);
        buf_add_char(to, '}');
    }
    buf_add_char(to, ']');
}

/* --- places ----------------------------------------------------------------------------------- */

#define INDEX_BITS 40

void finding_places_done(FindingPlaces *places)
{
    arena_done(&places->arena);
    free(places->files);
}

static int add_file(FindingPlaces *places, Slice file)
{
    if (places->count == places->capacity) {
        size_t capacity = places->capacity ? places->capacity * 2 : 64;
        Slice *larger = reallocarray(places->files, capacity, sizeof *larger);
        if (!larger) return -ENOMEM;
        places->files = larger;
        places->capacity = capacity;
    }
    int r = arena_copy(&places->arena, file, &places->files[places->count]);
    if (r == 0) places->count++;
    return r;
}

int finding_places_enter(FindingPlaces *places, Slice file)
{
    if (places->count > 0 && slice_eq(places->files[places->count - 1], file)) return 0;
    if (places->count > FINDING_FILES_MAX) return 0;
    return add_file(places, places->count == FINDING_FILES_MAX ? SLICE("...") : file);
}

uint64_t finding_place(const FindingPlaces *places, uint64_t index)
{
    uint64_t file = places->count ? places->count - 1 : 0;
    return file << INDEX_BITS | (index & (((uint64_t)1 << INDEX_BITS) - 1));
}

static Slice place_file(const FindingPlaces *places, uint64_t place)
{
    return place >> INDEX_BITS < places->count ? places->files[place >> INDEX_BITS] : (Slice){0};
}

/* --- findings --------------------------------------------------------------------------------- */

static void print_time(Buf *to, const char *name, int64_t time_ns)
{
    char time[TIME_TEXT_MAX];
    member_print(to, name, slice_of(time, time_print_rfc3339(time, time_ns)));
}

static void print_number(Buf *to, const char *name, double number)
{
    member_name(to, name);
    if (isfinite(number))
        buf_add_format(to, "%.15g", number);
    else
        buf_add_cstr(to, "null");
}

static void print_group(Buf *to, const Slice *names, const Slice *values, size_t count)
{
    buf_add_cstr(to, ",\"group\":{");
    for (size_t i = 0; i < count; i++) {
        if (i > 0) buf_add_char(to, ',');
        json_add_string(to, names[i]);
        buf_add_char(to, ':');
        json_add_string(to, values[i]);
    }
    buf_add_char(to, '}');
}

static void print_evidence(Buf *to, const CorrelationFinding *found, const FindingPlaces *places)
{
    buf_add_cstr(to, ",\"evidence\":[");
    for (size_t i = 0; i < found->reference_count; i++) {
        CLEANUP(buf_done) Buf place = {0};
        uint64_t reference = found->references[i];
        buf_add_slice(&place, place_file(places, reference));
        buf_add_char(&place, ':');
        buf_add_u64(&place, reference & (((uint64_t)1 << INDEX_BITS) - 1));
        if (i > 0) buf_add_char(to, ',');
        json_add_string(to, buf_slice(&place));
    }
    buf_add_char(to, ']');
}

static void print_correlation(Buf *to, const CorrelationFinding *found, const FindingPlaces *places)
{
    print_time(to, "begin", found->begin_ns);
    print_time(to, "time", found->end_ns);
    print_group(to, found->names, found->values, found->group_count);
    print_number(to, "value", found->value);
    member_print_number(to, "events", found->event_count);
    print_evidence(to, found, places);
}

static void print_habit(Buf *to, const HabitFinding *found)
{
    print_time(to, "begin", found->begin_ns);
    print_time(to, "time", found->end_ns);
    print_group(to, found->names, found->values, found->group_count);
    print_number(to, "value", found->value);
    print_number(to, "usual", found->usual);
}

static void print_event(Buf *to, Matcher *matcher, const RuleMatch *match,
                        const FindingPlaces *places)
{
    member_print(to, "file", place_file(places, finding_place(places, 0)));
    member_print_number(to, "index", match->event->index);
    member_print_number(to, "record", match->event->record_id);
    print_time(to, "time", match->time_ns);
    print_matched(to, matcher, match);
}

void finding_print(Buf *to, Matcher *matcher, const RuleSet *set, const Finding *finding,
                   const FindingPlaces *places)
{
    const RuleInfo *info = rule_set_info(set, finding->rule);
    buf_add_char(to, '{');
    member_print(to, "rule", rule_label(info));
    member_print(to, "title", info->title);
    member_print(to, "level", info->level);
    switch (finding->kind) {
    case FINDING_EVENT: print_event(to, matcher, finding->match, places); break;
    case FINDING_CORRELATION: print_correlation(to, finding->correlation, places); break;
    case FINDING_HABIT: print_habit(to, finding->habit); break;
    }
    buf_add_cstr(to, "}\n");
}

void finding_say_lost(const RuleSet *set, const CorrelationLoss *loss, Language language)
{
    char groups[NUMBER_WORDS_MAX], events[NUMBER_WORDS_MAX];
    SAY(MESSAGE_CORRELATION_LOST, language, {"rule", rule_set_info(set, loss->rule)->title},
        {"groups", number_words(groups, loss->group_count)},
        {"events", number_words(events, loss->event_count)});
}

static int tell_found(void *context, const Finding *finding)
{
    FindingTeller *tell = context;
    if (!finding->is_told) return 0;
    tell->findings++;
    finding_print(&tell->output, detection_matcher(tell->detection), tell->set, finding,
                  &tell->places);
    return output_flush(&tell->output, OUTPUT_PIECE_BYTES);
}

static int tell_lost(void *context, const CorrelationLoss *loss)
{
    const FindingTeller *tell = context;
    finding_say_lost(tell->set, loss, tell->language);
    return 0;
}

DetectionSink finding_teller_sink(FindingTeller *tell)
{
    return (DetectionSink){.found = tell_found, .lost = tell_lost, .context = tell};
}

void rule_print(Buf *to, const RuleInfo *info, Language language)
{
    static const char *const states[] = {
        [RULE_READY] = "ready", [RULE_REJECTED] = "rejected", [RULE_CANNOT_FIRE] = "cannot-fire"};
    static const char *const kinds[] = {[RULE_DETECTION] = "detection",
                                        [RULE_FILTER] = "filter",
                                        [RULE_CORRELATION] = "correlation",
                                        [RULE_UNKNOWN] = "unknown"};
    const Complaint *reason = info->reason;
    buf_add_char(to, '{');
    member_print(to, "rule", rule_label(info));
    member_print(to, "title", info->title);
    member_print(to, "kind", slice_from_cstr(kinds[info->kind]));
    member_print(to, "state", slice_from_cstr(states[info->state]));
    if (reason) {
        member_print(to, "id", slice_from_cstr(reason->id ? reason->id : ""));
        member_print(to, "reason",
                     slice_from_cstr(language == LANGUAGE_JA ? reason->ja : reason->en));
    }
    member_print(to, "file", info->file);
    member_print_number(to, "line", reason && reason->line ? reason->line : info->line);
    if (reason && reason->column) member_print_number(to, "column", reason->column);
    buf_add_cstr(to, "}\n");
}
