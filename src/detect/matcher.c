/* See matcher.h. The way of an event: its lanes; the values that rules there ask for; for each the
 * satisfied predicates, remembered or asked; the rules that they wake; the rules' conditions. */
#include "detect/matcher_int.h"

#include "base/number.h"

#include <errno.h>
#include <stdlib.h>

static void *zeroed(size_t count, size_t bytes)
{
    return calloc(count + 1, bytes);
}

Matcher *matcher_new(const RuleSet *set, const MatcherOptions *options)
{
    Matcher *matcher = calloc(1, sizeof *matcher);
    if (!matcher) return NULL;
    matcher->set = set;
    matcher->options = *options;
    for (size_t i = 0; i < LANE_SLOTS; i++) {
        matcher->lane_slots[i].lane = NONE;
    }
    size_t bytes = options->cache_bytes ? options->cache_bytes : MATCHER_CACHE_BYTES_DEFAULT;
    int r = value_cache_init(&matcher->cache, bytes);
    matcher->truth = zeroed(set->predicate_count, sizeof *matcher->truth);
    matcher->predicate_seen = zeroed(set->predicate_count, sizeof *matcher->predicate_seen);
    matcher->element_seen = zeroed(set->element_count, sizeof *matcher->element_seen);
    matcher->asked = zeroed(set->instance_count, sizeof *matcher->asked);
    matcher->hit = zeroed(set->entry_count, sizeof *matcher->hit);
    matcher->costs = zeroed(set->entry_count, sizeof *matcher->costs);
    matcher->fields_room = zeroed(set->field_count / 64 + 1, sizeof *matcher->fields_room);
    matcher->any_fields = zeroed(set->any_fields.count, sizeof *matcher->any_fields);
    if (r == 0 && matcher->any_fields && matcher->truth && matcher->predicate_seen &&
        matcher->element_seen && matcher->asked && matcher->hit && matcher->costs &&
        matcher->fields_room)
        return matcher;
    matcher_free(matcher);
    return NULL;
}

void matcher_free(Matcher *matcher)
{
    if (!matcher) return;
    value_cache_done(&matcher->cache);
    u32_list_done(&matcher->found);
    u32_list_done(&matcher->doubtful);
    u32_list_done(&matcher->candidates);
    u32_list_done(&matcher->matched);
    buf_done(&matcher->folded);
    free(matcher->truth);
    free(matcher->predicate_seen);
    free(matcher->element_seen);
    free(matcher->asked);
    free(matcher->hit);
    free(matcher->costs);
    free(matcher->fields_room);
    free(matcher->any_fields);
    free(matcher);
}

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

uint32_t matcher_field(Matcher *matcher, Slice name)
{
    if (name.len == 0 || name.len > NAME_BYTES_MAX) return find_field(matcher->set, name);
    NameSlot *slot = &matcher->names[value_hash(matcher->options.seed, name) % NAME_SLOTS];
    if (slot->len == name.len && memcmp(slot->name, name.ptr, name.len) == 0) return slot->field;
    slot->len = (uint8_t)name.len;
    memcpy(slot->name, name.ptr, name.len);
    slot->field = find_field(matcher->set, name);
    return slot->field;
}

/* --- lanes ------------------------------------------------------------------------------------ */

static uint32_t windows_lane(Matcher *matcher, Slice channel, bool has_number, uint32_t event_id)
{
    if (channel.len > CHANNEL_BYTES_MAX)
        return lane_find(matcher->set, channel, has_number, event_id);
    uint64_t hash = value_hash(matcher->options.seed ^ event_id, channel);
    LaneSlot *slot = &matcher->lane_slots[hash % LANE_SLOTS];
    bool known = slot->lane != NONE && slot->event_id == event_id &&
                 slot->has_number == has_number && slot->len == channel.len &&
                 (channel.len == 0 || memcmp(slot->channel, channel.ptr, channel.len) == 0);
    if (known) return slot->lane;
    slot->lane = lane_find(matcher->set, channel, has_number, event_id);
    slot->event_id = event_id;
    slot->has_number = has_number;
    slot->len = (uint8_t)channel.len;
    if (channel.len) memcpy(slot->channel, channel.ptr, channel.len);
    return slot->lane;
}

static bool condition_holds(const RouteCondition *condition, const Event *event)
{
    for (size_t i = 0; i < event->field_count; i++) {
        const Field *field = &event->fields[i];
        if (!slice_eq(field->name, condition->field)) continue;
        if (condition->value_count == 0) return true;
        for (size_t k = 0; k < condition->value_count; k++) {
            if (slice_eq_nocase(field->value, condition->values[k])) return true;
        }
    }
    return false;
}

static bool has_shape(const LogRoute *route, const Event *event)
{
    if (route->format != event->format) return false;
    for (size_t i = 0; i < route->shape_count; i++) {
        if (!condition_holds(&route->shape[i], event)) return false;
    }
    return true;
}

static void use_lane(Matcher *matcher, size_t lane)
{
    size_t words = matcher->set->field_count / 64 + 1;
    lane_set_add(&matcher->lanes, lane);
    if (!matcher->fields) {
        matcher->fields = matcher->set->lanes[lane].fields;
        return;
    }
    if (matcher->fields != matcher->fields_room)
        memcpy(matcher->fields_room, matcher->fields, words * sizeof *matcher->fields_room);
    for (size_t w = 0; w < words; w++) {
        matcher->fields_room[w] |= matcher->set->lanes[lane].fields[w];
    }
    matcher->fields = matcher->fields_room;
}

/* The first Channel and EventID; both names are seven bytes long. */
static void find_routing(const Event *event, Slice *ret_channel, Slice *ret_number)
{
    for (size_t i = 0; i < event->field_count; i++) {
        const Field *field = &event->fields[i];
        if (field->name.len != 7) continue;
        if (!ret_channel->ptr && memcmp(field->name.ptr, "Channel", 7) == 0)
            *ret_channel = field->value;
        if (!ret_number->ptr && memcmp(field->name.ptr, "EventID", 7) == 0)
            *ret_number = field->value;
        if (ret_channel->ptr && ret_number->ptr) return;
    }
}

static void find_lanes(Matcher *matcher, const Event *event)
{
    matcher->lanes = (LaneSet){0};
    matcher->fields = NULL;
    if (event->format == EVENT_WINDOWS) {
        uint64_t number;
        Slice channel = {0}, event_id = {0};
        find_routing(event, &channel, &event_id);
        bool has_number = number_parse_u64(event_id, &number) == 0 && number <= UINT32_MAX;
        use_lane(matcher,
                 windows_lane(matcher, channel, has_number, has_number ? (uint32_t)number : 0));
        return;
    }
    for (size_t i = 0; i < matcher->set->lane_count; i++) {
        const LogRoute *shape = matcher->set->lanes[i].shape;
        if (shape && has_shape(shape, event)) use_lane(matcher, i);
    }
    if (!matcher->fields) use_lane(matcher, LANE_ELSE);
}

/* --- values ----------------------------------------------------------------------------------- */

static const char *const computed_names[] = {"@timestamp",    "event.end",      "event.ingested",
                                             "event.action",  "event.category", "event.type",
                                             "event.outcome", "akashi.count",   "akashi.certainty"};

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
        if (field.value.len > 0 &&
            !take(context, field.name, matcher_field(matcher, field.name), &field))
            return;
    }
    for (size_t i = 0; i < ARRAY_COUNT(computed_names); i++) {
        char scratch[RECORD_SCRATCH_BYTES];
        Field field = {.name = slice_from_cstr(computed_names[i])};
        if (record_get(record, field.name, scratch, &field.value) < 0 || field.value.len == 0)
            continue;
        if (!take(context, field.name, matcher_field(matcher, field.name), &field)) return;
    }
}

static bool admits(const Matcher *matcher, const Instance *instance)
{
    uint64_t common = 0;
    for (size_t w = 0; w < ARRAY_COUNT(instance->lanes.bits); w++) {
        common |= instance->lanes.bits[w] & matcher->lanes.bits[w];
    }
    return common != 0 && (!instance->needs_record || matcher->record);
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

static void ask_field(Matcher *matcher, uint32_t field, Slice value)
{
    CachedAnswer answer;
    uint64_t hash = 0;
    /* Keywords are asked of every value, most of which never come again: looking is cheaper. */
    bool kept = value.len <= MATCHER_CACHE_VALUE_BYTES_MAX && !matcher->set->fields[field].any;
    matcher->counts.values++;
    if (kept) {
        hash = value_hash(matcher->options.seed, value);
        if (value_cache_find(&matcher->cache, field, hash, value, &answer)) {
            matcher->counts.cache_hits++;
            take_predicates(matcher, answer.predicates, answer.count);
            return;
        }
    }
    value_ask(matcher, field, value);
    if (kept)
        value_cache_put(&matcher->cache, field, hash, value, matcher->found.list,
                        (uint32_t)matcher->found.count);
    take_predicates(matcher, matcher->found.list, matcher->found.count);
}

/* Keywords are asked of every value of every event: nearly all are passed at a glance. */
static void ask_keywords(Matcher *matcher, uint32_t number, Slice value)
{
    const FieldMatcher *field = &matcher->set->fields[number];
    bool quick = field->literals && field->other_count == 0 && !field->exact;
    if (!quick || literal_set_may_hold(field->literals, value)) ask_field(matcher, number, value);
}

static bool take_value(void *context, Slice name, uint32_t field, const Field *value)
{
    Matcher *matcher = context;
    (void)name;
    for (size_t i = 0; i < matcher->any_count && value->kind != FIELD_NULL; i++) {
        ask_keywords(matcher, matcher->any_fields[i], value->value);
    }
    if (field == NONE || !(matcher->fields[field / 64] >> (field % 64) & 1)) return true;
    if (value->kind == FIELD_NULL) {
        take_null(matcher, field);
    } else {
        ask_field(matcher, field, value->value);
    }
    return true;
}

void matcher_begin(Matcher *matcher, const Event *event, const Record *record)
{
    const RuleSet *set = matcher->set;
    matcher->counts.events++;
    matcher->candidates.count = 0;
    matcher->matched.count = 0;
    matcher->record = record;
    if (++matcher->event_mark == 0) {
        memset(matcher->truth, 0, set->predicate_count * sizeof *matcher->truth);
        memset(matcher->asked, 0, set->instance_count * sizeof *matcher->asked);
        memset(matcher->hit, 0, set->entry_count * sizeof *matcher->hit);
        matcher->event_mark = 1;
    }
    find_lanes(matcher, event);
    matcher->any_count = 0;
    for (size_t i = 0; i < set->any_fields.count; i++) {
        uint32_t field = set->any_fields.list[i];
        if (matcher->fields[field / 64] >> (field % 64) & 1)
            matcher->any_fields[matcher->any_count++] = field;
    }
}

void matcher_gather(Matcher *matcher, const Event *event, const Record *record)
{
    matcher_each_value(matcher, event, record, take_value, matcher);
    for (size_t l = 0; l < matcher->set->lane_count; l++) {
        if (matcher->lanes.bits[l / 64] == 0) {
            l |= 63;
            continue;
        }
        if (!lane_set_has(&matcher->lanes, l)) continue;
        const Lane *lane = &matcher->set->lanes[l];
        for (uint32_t i = 0; i < lane->always_count; i++) {
            wake(matcher, lane->always[i]);
        }
    }
}
