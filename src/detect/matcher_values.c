/* The values of an event: their names, what they satisfy, and which rules that wakes. */
#include "detect/matcher_int.h"

#include <errno.h>
#include <stdlib.h>

/* --- names ------------------------------------------------------------------------------------ */

static uint32_t find_field(const RuleSet *set, Slice name)
{
    char room[256];
    size_t len = 0;
    if (name.len > sizeof room) return NONE;
    for (size_t i = 0; i < name.len; i++) {
        if (name.ptr[i] != ' ') room[len++] = name.ptr[i];
    }
    const uint64_t *place = map_find(&set->field_map, slice_of(room, len));
    return place ? (uint32_t)*place : NONE;
}

static uint32_t matcher_field(Matcher *matcher, Slice name)
{
    if (name.len == 0 || name.len > NAME_BYTES_MAX) return find_field(matcher->set, name);
    NameSlot *slot = &matcher->names[value_hash(matcher->options.seed, name) % NAME_SLOTS];
    if (slice_eq(slice_of(slot->name, slot->len), name)) return slot->field;
    slot->len = (uint8_t)name.len;
    memcpy(slot->name, name.ptr, name.len);
    slot->field = find_field(matcher->set, name);
    return slot->field;
}

/* --- all values of an event ------------------------------------------------------------------- */

static const char *const computed_names[] = {"@timestamp",    "event.end",      "event.ingested",
                                             "event.action",  "event.category", "event.type",
                                             "event.outcome", "akashi.count",   "akashi.certainty"};
_Static_assert(ARRAY_COUNT(computed_names) == COMPUTED_NAME_COUNT, "matcher_int.h");

void matcher_find_names(Matcher *matcher)
{
    for (size_t i = 0; i < RECORD_FIELD_COUNT; i++) {
        matcher->record_fields[i] = find_field(matcher->set, record_fields[i].name);
    }
    for (size_t i = 0; i < COMPUTED_NAME_COUNT; i++) {
        matcher->computed_fields[i] = find_field(matcher->set, slice_from_cstr(computed_names[i]));
    }
}

void matcher_each_value(Matcher *matcher, const Event *event, const Record *record, ValueTake take,
                        void *context)
{
    for (size_t i = 0; i < event->field_count; i++) {
        const Field *field = &event->fields[i];
        if (!take(context, field->name, matcher_field(matcher, field->name), field)) return;
    }
    if (!record) return;
    for (size_t i = 0; i < RECORD_FIELD_COUNT; i++) {
        const Field field = {.name = record_fields[i].name, .value = record->text[i]};
        if (field.value.len > 0 && !take(context, field.name, matcher->record_fields[i], &field))
            return;
    }
    for (size_t i = 0; i < ARRAY_COUNT(computed_names); i++) {
        char scratch[RECORD_SCRATCH_BYTES];
        Field field = {.name = slice_from_cstr(computed_names[i])};
        if (record_get(record, field.name, scratch, &field.value) < 0 || field.value.len == 0)
            continue;
        if (!take(context, field.name, matcher->computed_fields[i], &field)) return;
    }
}

/* --- one value -------------------------------------------------------------------------------- */

static bool admits(const Matcher *matcher, const Instance *instance)
{
    uint64_t common = 0;
    if (instance->needs_record && !matcher->record) return false;
    if (matcher->lane_count == 1) return lane_set_has(&instance->lanes, matcher->lane);
    for (size_t w = 0; w < ARRAY_COUNT(instance->lanes.bits); w++) {
        common |= instance->lanes.bits[w] & matcher->lanes.bits[w];
    }
    return common != 0;
}

static void wake(Matcher *matcher, uint32_t number)
{
    const Instance *instance = &matcher->set->instances[number];
    if (matcher->asked[number] == matcher->event_mark) return;
    matcher->asked[number] = matcher->event_mark;
    if (!admits(matcher, instance) || matcher->costs[instance->rule].set_aside) return;
    if (u32_list_add(&matcher->candidates, number) < 0) matcher->error = -ENOMEM;
}

static void take_predicates(Matcher *matcher, const uint32_t *list, size_t count)
{
    const RuleSet *set = matcher->set;
    for (size_t i = 0; i < count; i++) {
        const Predicate *predicate = &set->predicates[list[i]];
        if (matcher->truth[list[i]] == matcher->event_mark) continue;
        matcher->truth[list[i]] = matcher->event_mark;
        for (uint32_t k = 0; k < predicate->trigger_count; k++) {
            wake(matcher, set->triggers[predicate->trigger_first + k]);
        }
    }
}

/* A null is there, but is no value. */
static void take_null(Matcher *matcher, uint32_t number)
{
    const FieldMatcher *field = &matcher->set->fields[number];
    for (uint32_t i = 0; i < field->other_count; i++) {
        const Element *element = &matcher->set->elements[field->others[i]];
        if (element->kind == ELEMENT_EXISTS) {
            take_predicates(matcher, matcher->set->element_predicates + element->first,
                            element->count);
        }
    }
}

static void ask_anew(Matcher *matcher, uint32_t field, Slice value)
{
    value_ask(matcher, field, value);
    take_predicates(matcher, matcher->found.list, matcher->found.count);
}

static bool is_kept(const Matcher *matcher, uint32_t field, Slice value)
{
    /* Keywords are asked of every value, most of which never come again: looking is cheaper. */
    return value.len <= MATCHER_CACHE_VALUE_BYTES_MAX && !matcher->set->fields[field].any;
}

static void ask_kept(Matcher *matcher, uint32_t field, uint64_t hash, Slice value)
{
    CachedAnswer answer;
    matcher->counts.values++;
    if (value_cache_find(&matcher->cache, field, hash, value, &answer)) {
        matcher->counts.cache_hits++;
        take_predicates(matcher, answer.predicates, answer.count);
        return;
    }
    ask_anew(matcher, field, value);
    value_cache_put(&matcher->cache, field, hash, value, matcher->found.list,
                    (uint32_t)matcher->found.count);
}

static void ask_field(Matcher *matcher, uint32_t field, Slice value)
{
    if (is_kept(matcher, field, value)) {
        ask_kept(matcher, field, value_hash(matcher->options.seed, value), value);
        return;
    }
    matcher->counts.values++;
    ask_anew(matcher, field, value);
}

/* Keywords are asked of every value of every event: nearly all are passed at a glance. */
static void ask_keywords(Matcher *matcher, const Field *value)
{
    if (value->kind == FIELD_NULL) return;
    for (size_t i = 0; i < matcher->any_count; i++) {
        const FieldMatcher *field = &matcher->set->fields[matcher->any_fields[i]];
        if (value->value.len < field->glance_bytes) continue;
        if (field->glance_bytes == 0 || literal_set_may_hold(field->literals, value->value))
            ask_field(matcher, matcher->any_fields[i], value->value);
    }
}

static void take_now(Matcher *matcher, uint32_t field, const Field *value)
{
    if (value->kind == FIELD_NULL) {
        take_null(matcher, field);
    } else {
        ask_field(matcher, field, value->value);
    }
}

static void ask_prepared(Matcher *matcher)
{
    size_t count = matcher->asking_count;
    for (size_t i = 0; i < count; i++) {
        const AskingValue *asking = &matcher->asking[i];
        value_cache_fetch_answer(&matcher->cache, asking->field, asking->hash);
    }
    for (size_t i = 0; i < count; i++) {
        const AskingValue *asking = &matcher->asking[i];
        ask_kept(matcher, asking->field, asking->hash, asking->value);
    }
    matcher->asking_count = 0;
}

/* Asked at once, or with the next ones. */
static void take_soon(Matcher *matcher, uint32_t field, const Field *value)
{
    if (value->kind == FIELD_NULL || !is_kept(matcher, field, value->value)) {
        take_now(matcher, field, value);
        return;
    }
    if (matcher->asking_count == ASKING_MAX) ask_prepared(matcher);
    uint64_t hash = value_hash(matcher->options.seed, value->value);
    value_cache_fetch_slot(&matcher->cache, field, hash);
    matcher->asking[matcher->asking_count++] = (AskingValue){field, value->value, hash};
}

/* --- values that can wait --------------------------------------------------------------------- */

static bool add_waiting(Matcher *matcher, uint32_t field, const Field *value)
{
    if (matcher->waiting_count == matcher->waiting_capacity) {
        size_t capacity = matcher->waiting_capacity ? matcher->waiting_capacity * 2 : 64;
        WaitingValue *larger = reallocarray(matcher->waiting, capacity, sizeof *larger);
        if (!larger) return false;
        matcher->waiting = larger;
        matcher->waiting_capacity = capacity;
    }
    matcher->waiting[matcher->waiting_count++] = (WaitingValue){field, *value};
    return true;
}

void matcher_settle(Matcher *matcher, uint32_t field)
{
    if (matcher->settled[field] == matcher->event_mark) return;
    matcher->settled[field] = matcher->event_mark;
    for (size_t i = 0; i < matcher->waiting_count; i++) {
        if (matcher->waiting[i].field == field)
            take_now(matcher, field, &matcher->waiting[i].value);
    }
}

/* --- gathering -------------------------------------------------------------------------------- */

static bool has_bit(const uint64_t *bits, uint32_t number)
{
    return bits[number / 64] >> (number % 64) & 1;
}

/* False: no rule of the lane asks for this name. Blanks at its ends do not count. */
static bool may_be_asked(const NameEnds *asked, Slice name)
{
    if (name.len == 0 || name.ptr[0] == ' ' || name.ptr[name.len - 1] == ' ') return true;
    size_t ends = name_ends_of(name);
    return asked->bits[ends / 64] >> (ends % 64) & 1;
}

static void take_value(Matcher *matcher, uint32_t field, const Field *value)
{
    if (field == NONE || !has_bit(matcher->fields, field)) return;
    if (has_bit(matcher->wakers, field)) {
        take_soon(matcher, field, value);
    } else if (!add_waiting(matcher, field, value)) {
        matcher->error = -ENOMEM;
    }
}

static void gather_event(Matcher *matcher, const Event *event)
{
    const NameEnds *asked =
        matcher->lane_count == 1 ? &matcher->set->lanes[matcher->lane].name_ends : NULL;
    for (size_t i = 0; i < event->field_count; i++) {
        const Field *field = &event->fields[i];
        if (matcher->any_count > 0) ask_keywords(matcher, field);
        if (asked && !may_be_asked(asked, field->name)) continue;
        take_value(matcher, matcher_field(matcher, field->name), field);
    }
    ask_prepared(matcher);
}

static void gather_record(Matcher *matcher, const Record *record)
{
    for (size_t i = 0; i < RECORD_FIELD_COUNT; i++) {
        const Field field = {.name = record_fields[i].name, .value = record->text[i]};
        if (field.value.len == 0) continue;
        ask_keywords(matcher, &field);
        take_value(matcher, matcher->record_fields[i], &field);
    }
    ask_prepared(matcher);
    for (size_t i = 0; i < COMPUTED_NAME_COUNT; i++) {
        uint32_t number = matcher->computed_fields[i];
        char scratch[RECORD_SCRATCH_BYTES]; /* so these values cannot wait */
        Field field = {.name = slice_from_cstr(computed_names[i])};
        bool asked = number != NONE && has_bit(matcher->fields, number);
        if (!asked && matcher->any_count == 0) continue;
        if (record_get(record, field.name, scratch, &field.value) < 0 || field.value.len == 0)
            continue;
        ask_keywords(matcher, &field);
        if (asked) take_now(matcher, number, &field);
    }
}

static void wake_always(Matcher *matcher, size_t lane_number)
{
    const Lane *lane = &matcher->set->lanes[lane_number];
    for (uint32_t i = 0; i < lane->always_count; i++) {
        wake(matcher, lane->always[i]);
    }
}

void matcher_gather(Matcher *matcher, const Event *event, const Record *record)
{
    gather_event(matcher, event);
    if (record) gather_record(matcher, record);
    if (matcher->lane_count == 1) {
        wake_always(matcher, matcher->lane);
        return;
    }
    for (size_t l = 0; l < matcher->set->lane_count; l++) {
        if (lane_set_has(&matcher->lanes, l)) wake_always(matcher, l);
    }
}
