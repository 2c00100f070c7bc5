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
    matcher->wakers_room = zeroed(set->field_count / 64 + 1, sizeof *matcher->wakers_room);
    matcher->settled = zeroed(set->field_count, sizeof *matcher->settled);
    matcher->any_fields = zeroed(set->any_fields.count, sizeof *matcher->any_fields);
    if (r == 0 && matcher->any_fields && matcher->truth && matcher->predicate_seen &&
        matcher->element_seen && matcher->asked && matcher->hit && matcher->costs &&
        matcher->fields_room && matcher->wakers_room && matcher->settled) {
        matcher_find_names(matcher);
        return matcher;
    }
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
    u32_list_done(&matcher->set_aside);
    buf_done(&matcher->folded);
    free(matcher->truth);
    free(matcher->predicate_seen);
    free(matcher->element_seen);
    free(matcher->asked);
    free(matcher->hit);
    free(matcher->costs);
    free(matcher->fields_room);
    free(matcher->wakers_room);
    free(matcher->settled);
    free(matcher->waiting);
    free(matcher->any_fields);
    free(matcher);
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

static void use_lane(Matcher *matcher, size_t number)
{
    const Lane *lane = &matcher->set->lanes[number];
    size_t words = matcher->set->field_count / 64 + 1;
    lane_set_add(&matcher->lanes, number);
    matcher->lane_count++;
    if (matcher->lane_count == 1) {
        matcher->lane = (uint32_t)number;
        matcher->fields = lane->fields;
        matcher->wakers = lane->wakers;
        return;
    }
    if (matcher->lane_count == 2) {
        memcpy(matcher->fields_room, matcher->fields, words * sizeof *matcher->fields_room);
        memcpy(matcher->wakers_room, matcher->wakers, words * sizeof *matcher->wakers_room);
    }
    for (size_t w = 0; w < words; w++) {
        matcher->fields_room[w] |= lane->fields[w];
        matcher->wakers_room[w] |= lane->wakers[w];
    }
    matcher->fields = matcher->fields_room;
    matcher->wakers = matcher->wakers_room;
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
    matcher->lane_count = 0;
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
    if (matcher->lane_count == 0) use_lane(matcher, LANE_ELSE);
}

void matcher_begin(Matcher *matcher, const Event *event, const Record *record)
{
    const RuleSet *set = matcher->set;
    matcher->counts.events++;
    matcher->candidates.count = 0;
    matcher->matched.count = 0;
    matcher->waiting_count = 0;
    matcher->record = record;
    if (++matcher->event_mark == 0) {
        memset(matcher->truth, 0, set->predicate_count * sizeof *matcher->truth);
        memset(matcher->asked, 0, set->instance_count * sizeof *matcher->asked);
        memset(matcher->hit, 0, set->entry_count * sizeof *matcher->hit);
        memset(matcher->settled, 0, set->field_count * sizeof *matcher->settled);
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
