/* The events and the different values of a group's window. See correlation_run_int.h. */
#include "detect/correlation_run_int.h"

#include <errno.h>
#include <stdlib.h>

int correlation_evidence_add(Correlations *all, Group *group, int64_t time_ns, uint64_t reference)
{
    const Evidence one = {.time_ns = time_ns, .reference = reference};
    uint32_t count = group->evidence_count;
    if (count == CORRELATION_EVIDENCE_MAX) {
        group->evidence[group->evidence_next] = one;
        group->evidence_next = (group->evidence_next + 1) % CORRELATION_EVIDENCE_MAX;
        return 0;
    }
    if ((count & (count - 1)) == 0) { /* 0, 1, 2, 4 ...: full */
        uint32_t capacity = count ? count * 2 : 1;
        Evidence *list = realloc(group->evidence, capacity * sizeof *list);
        if (!list) return -ENOMEM;
        correlation_group_account(all, group, count * sizeof *list, capacity * sizeof *list);
        group->evidence = list;
    }
    group->evidence[group->evidence_count++] = one;
    return 0;
}

const Evidence *correlation_evidence_newest(const Group *group)
{
    uint32_t count = group->evidence_count;
    if (count == 0) return NULL;
    if (count < CORRELATION_EVIDENCE_MAX) return &group->evidence[count - 1];
    uint32_t newest = group->evidence_next + CORRELATION_EVIDENCE_MAX - 1;
    return &group->evidence[newest % CORRELATION_EVIDENCE_MAX];
}

const WindowEvent *correlation_ring_at(const EventRing *ring, uint32_t index)
{
    return &ring->list[(ring->first + index) & (ring->capacity - 1)];
}

void correlation_ring_drop_oldest(EventRing *ring)
{
    ring->first = (ring->first + 1) & (ring->capacity - 1);
    ring->count--;
}

static int ring_grow(Correlations *all, Group *group)
{
    EventRing *ring = &group->events;
    uint32_t capacity = ring->capacity ? ring->capacity * 2 : 4;
    WindowEvent *list = malloc(capacity * sizeof *list);
    if (!list) return -ENOMEM;
    for (uint32_t i = 0; i < ring->count; i++)
        list[i] = *correlation_ring_at(ring, i);
    correlation_group_account(all, group, ring->capacity * sizeof *list, capacity * sizeof *list);
    free(ring->list);
    *ring = (EventRing){.list = list, .count = ring->count, .capacity = capacity};
    return 0;
}

int correlation_ring_add(Correlations *all, Group *group, int64_t time_ns, double number)
{
    EventRing *ring = &group->events;
    if (ring->count == ring->capacity) {
        int r = ring_grow(all, group);
        if (r < 0) return r;
    }
    ring->list[(ring->first + ring->count++) & (ring->capacity - 1)] =
        (WindowEvent){.time_ns = time_ns, .number = number};
    return 0;
}

/* --- different values ------------------------------------------------------------------------- */

static uint32_t *bucket_of(const ValueSet *set, uint64_t hash)
{
    return &set->buckets[hash & (set->bucket_count - 1)];
}

static int values_grow(Correlations *all, Group *group)
{
    ValueSet *set = &group->values;
    uint32_t capacity = set->capacity ? set->capacity * 2 : 8;
    WindowValue *list = realloc(set->list, capacity * sizeof *list);
    if (!list) return -ENOMEM;
    set->list = list;
    uint32_t *buckets = calloc(capacity, sizeof *buckets);
    if (!buckets) return -ENOMEM;
    correlation_group_account(all, group, set->capacity * (sizeof *list + sizeof *buckets),
                              capacity * (sizeof *list + sizeof *buckets));
    free(set->buckets);
    set->buckets = buckets;
    set->bucket_count = set->capacity = capacity;
    for (uint32_t at = set->oldest; at != 0; at = set->list[at - 1].newer) {
        uint32_t *bucket = bucket_of(set, set->list[at - 1].hash);
        set->list[at - 1].next = *bucket;
        *bucket = at;
    }
    return 0;
}

static void unlink_age(ValueSet *set, uint32_t at)
{
    const WindowValue *value = &set->list[at - 1];
    if (value->older)
        set->list[value->older - 1].newer = value->newer;
    else
        set->oldest = value->newer;
    if (value->newer)
        set->list[value->newer - 1].older = value->older;
    else
        set->newest = value->older;
}

static void link_newest(ValueSet *set, uint32_t at)
{
    WindowValue *value = &set->list[at - 1];
    value->older = set->newest;
    value->newer = 0;
    if (set->newest)
        set->list[set->newest - 1].newer = at;
    else
        set->oldest = at;
    set->newest = at;
}

static void remove_oldest(ValueSet *set)
{
    uint32_t at = set->oldest;
    uint32_t *link = bucket_of(set, set->list[at - 1].hash);
    while (*link != at)
        link = &set->list[*link - 1].next;
    *link = set->list[at - 1].next;
    unlink_age(set, at);
    set->list[at - 1].next = set->spare;
    set->spare = at;
    set->count--;
}

int correlation_values_add(Correlations *all, Group *group, uint64_t hash, int64_t time_ns)
{
    ValueSet *set = &group->values;
    if (set->count == set->capacity) {
        int r = values_grow(all, group);
        if (r < 0) return r;
    }
    uint32_t *bucket = bucket_of(set, hash), at = *bucket;
    while (at != 0 && set->list[at - 1].hash != hash)
        at = set->list[at - 1].next;
    if (at != 0) {
        unlink_age(set, at);
    } else {
        at = set->spare ? set->spare : ++set->used;
        if (set->spare) set->spare = set->list[at - 1].next;
        set->list[at - 1] = (WindowValue){.hash = hash, .next = *bucket};
        *bucket = at;
        set->count++;
    }
    set->list[at - 1].time_ns = time_ns;
    link_newest(set, at);
    return 0;
}

void correlation_values_drop_before(ValueSet *set, int64_t time_ns)
{
    while (set->oldest && set->list[set->oldest - 1].time_ns < time_ns)
        remove_oldest(set);
}

void correlation_values_clear(ValueSet *set)
{
    while (set->oldest)
        remove_oldest(set);
}

void correlation_window_done(Group *group)
{
    free(group->events.list);
    free(group->values.list);
    free(group->values.buckets);
}
