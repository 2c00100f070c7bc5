/* The kinds of events that routes tell apart. */
#include "detect/rule_set_int.h"

#include "base/fold.h"

#include <errno.h>

/* The key of a lane: folded channel, and behind a NUL the number. */
static Slice lane_key(char *room, size_t room_bytes, Slice channel, const uint32_t *event_id)
{
    if (channel.len + 8 > room_bytes) return (Slice){0};
    size_t len = fold_letters(room, channel);
    if (event_id) {
        room[len++] = '\0';
        memcpy(room + len, event_id, sizeof *event_id);
        len += sizeof *event_id;
    }
    return slice_of(room, len);
}

#define LANE_KEY_BYTES 512

static int add_windows_lane(RuleSet *set, Slice channel, const uint32_t *event_id)
{
    char room[LANE_KEY_BYTES];
    bool is_new;
    Slice key = lane_key(room, sizeof room, channel, event_id);
    if (key.len == 0) return -EINVAL;
    uint64_t *place = map_put(&set->lane_map, key, &is_new);
    if (!place) return -ENOMEM;
    if (!is_new) return 0;
    if (set->lane_count == LANES_MAX) return -ENOMEM;
    *place = set->lane_count;
    set->lanes[set->lane_count++] = (Lane){.windows = true,
                                           .channel = channel,
                                           .event_id = event_id ? *event_id : 0,
                                           .other_ids = event_id == NULL};
    return 0;
}

static int add_lanes(RuleSet *set, const LogRoute *route)
{
    int r = 0;
    if (route->record || (route->windows && route->channel_count == 0)) return 0;
    if (!route->windows) {
        if (set->lane_count == LANES_MAX) return -ENOMEM;
        set->lanes[set->lane_count++] = (Lane){.shape = route};
        return 0;
    }
    for (size_t c = 0; c < route->channel_count && r == 0; c++) {
        r = add_windows_lane(set, route->channels[c], NULL);
        for (size_t i = 0; i < route->event_id_count && r == 0; i++) {
            r = add_windows_lane(set, route->channels[c], &route->event_ids[i]);
        }
    }
    return r;
}

int lanes_make(RuleSet *set)
{
    set->lanes = ARENA_ARRAY(&set->arena, Lane, LANES_MAX);
    if (!set->lanes) return -ENOMEM;
    set->lane_other_channel = 0;
    set->lanes[set->lane_count++] = (Lane){.windows = true, .other_ids = true};
    set->lanes[set->lane_count++] = (Lane){.windows = false}; /* LANE_ELSE */
    for (size_t i = 0; i < set->routes.count; i++) {
        int r = add_lanes(set, &set->routes.list[i]);
        if (r < 0) return r;
    }
    return 0;
}

static bool asks_channel(const LogRoute *route, Slice channel)
{
    for (size_t i = 0; i < route->channel_count; i++) {
        if (slice_eq(route->channels[i], channel)) return true;
    }
    return route->channel_count == 0;
}

static bool asks_number(const LogRoute *route, const Lane *lane)
{
    for (size_t i = 0; i < route->event_id_count; i++) {
        if (!lane->other_ids && route->event_ids[i] == lane->event_id) return true;
    }
    return route->event_id_count == 0;
}

void lanes_of_route(const RuleSet *set, const LogRoute *route, LaneSet *ret)
{
    *ret = (LaneSet){0};
    for (size_t i = 0; i < set->lane_count; i++) {
        const Lane *lane = &set->lanes[i];
        bool meant = route->record || lane->shape == route ||
                     (route->windows && lane->windows && asks_channel(route, lane->channel) &&
                      asks_number(route, lane));
        if (meant) lane_set_add(ret, i);
    }
}

uint32_t lane_find(const RuleSet *set, Slice channel, bool has_number, uint32_t event_id)
{
    char room[LANE_KEY_BYTES];
    Slice key = lane_key(room, sizeof room, channel, has_number ? &event_id : NULL);
    const uint64_t *place = key.len ? map_find(&set->lane_map, key) : NULL;
    if (!place && has_number && key.len) {
        key = lane_key(room, sizeof room, channel, NULL);
        place = map_find(&set->lane_map, key);
    }
    return place ? (uint32_t)*place : set->lane_other_channel;
}
