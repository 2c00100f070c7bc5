/* The groups of all correlations: found by their values, given up in the order of their quiet. See
 * correlation_run_int.h. */
#include "detect/correlation_run_int.h"

#include "base/fold.h"
#include "base/map.h"

#include <errno.h>
#include <stdlib.h>

#define KEY_BYTES_MAX ((size_t)CORRELATION_FIELDS_MAX * (CORRELATION_VALUE_BYTES_MAX + 4) + 4)

uint32_t entry_group_by_count(const Correlations *all, uint32_t entry)
{
    return (uint32_t)all->entries[entry].given.spec->group_by_count;
}

void correlation_group_account(Correlations *all, Group *group, size_t before, size_t after)
{
    group->bytes += after - before;
    all->bytes += after - before;
}

/* Letters' case is ignored, as everywhere in Sigma; lengths keep values apart. */
static size_t make_key(const Correlations *all, uint32_t entry, const Slice *values, char *to)
{
    size_t len = sizeof entry;
    memcpy(to, &entry, sizeof entry);
    for (uint32_t i = 0; i < entry_group_by_count(all, entry); i++) {
        Slice value = slice_first(values[i], CORRELATION_VALUE_BYTES_MAX);
        uint32_t folded = (uint32_t)fold_letters(to + len + sizeof folded, value);
        memcpy(to + len, &folded, sizeof folded);
        len += sizeof folded + folded;
    }
    return len;
}

static int grow_buckets(Correlations *all)
{
    size_t count = all->bucket_count ? all->bucket_count * 2 : 64;
    Group **buckets = calloc(count, sizeof(Group *));
    if (!buckets) return -ENOMEM;
    for (size_t i = 0; i < all->bucket_count; i++) {
        for (Group *group = all->buckets[i], *next; group; group = next) {
            next = group->next;
            group->next = buckets[group->hash & (count - 1)];
            buckets[group->hash & (count - 1)] = group;
        }
    }
    all->bytes += (count - all->bucket_count) * sizeof(Group *);
    free(all->buckets);
    all->buckets = buckets;
    all->bucket_count = count;
    return 0;
}

static void unlink_age(Correlations *all, Group *group)
{
    if (group->quieter)
        group->quieter->louder = group->louder;
    else
        all->quietest = group->louder;
    if (group->louder)
        group->louder->quieter = group->quieter;
    else
        all->loudest = group->quieter;
}

static void link_loudest(Correlations *all, Group *group)
{
    group->quieter = all->loudest;
    group->louder = NULL;
    if (all->loudest)
        all->loudest->louder = group;
    else
        all->quietest = group;
    all->loudest = group;
}

void correlation_group_use(Correlations *all, Group *group)
{
    if (all->loudest == group) return;
    unlink_age(all, group);
    link_loudest(all, group);
}

/* One piece of memory: the group, the rules' times, the values as shown, the key. */
static Group *group_new(Correlations *all, uint32_t entry, const Slice *values, Slice key)
{
    const CorrelationSpec *spec = all->entries[entry].given.spec;
    bool temporal =
        spec->type == CORRELATION_TEMPORAL || spec->type == CORRELATION_TEMPORAL_ORDERED;
    size_t members = temporal ? spec->rule_count : 0, shown = 0;
    for (size_t i = 0; i < spec->group_by_count; i++) {
        shown += slice_first(values[i], CORRELATION_VALUE_BYTES_MAX).len;
    }
    size_t bytes = sizeof(Group) + members * sizeof(int64_t) +
                   spec->group_by_count * sizeof(Slice) + shown + key.len;
    Group *group = malloc(bytes);
    if (!group) return NULL;
    *group = (Group){.entry = entry, .fired_ns = NEVER, .begin_ns = NEVER, .bytes = bytes};
    group->member_ns = (int64_t *)(group + 1);
    for (size_t i = 0; i < members; i++)
        group->member_ns[i] = NEVER;
    group->shown = (Slice *)(group->member_ns + members);
    char *at = (char *)(group->shown + spec->group_by_count);
    for (size_t i = 0; i < spec->group_by_count; i++) {
        group->shown[i] = slice_first(values[i], CORRELATION_VALUE_BYTES_MAX);
        if (group->shown[i].len > 0) memcpy(at, group->shown[i].ptr, group->shown[i].len);
        group->shown[i].ptr = at;
        at += group->shown[i].len;
    }
    memcpy(at, key.ptr, key.len);
    group->key = slice_of(at, key.len);
    all->bytes += bytes;
    return group;
}

Group *correlation_group_find(Correlations *all, uint32_t entry, const Slice *values)
{
    char room[KEY_BYTES_MAX];
    Slice key = slice_of(room, make_key(all, entry, values, room));
    uint64_t hash = siphash_1_3(all->options.seed, key);
    if (all->bucket_count > 0) {
        Group *group = all->buckets[hash & (all->bucket_count - 1)];
        while (group && !(group->hash == hash && slice_eq(group->key, key)))
            group = group->next;
        if (group) return group;
    }
    if (all->group_count >= all->bucket_count && grow_buckets(all) < 0) return NULL;
    Group *group = group_new(all, entry, values, key);
    if (!group) return NULL;
    group->hash = hash;
    Group **bucket = &all->buckets[hash & (all->bucket_count - 1)];
    group->next = *bucket;
    *bucket = group;
    link_loudest(all, group);
    all->group_count++;
    return group;
}

static void group_free(Group *group)
{
    correlation_window_done(group);
    free(group->evidence);
    free(group);
}

void correlation_group_drop(Correlations *all, Group *group)
{
    Group **link = &all->buckets[group->hash & (all->bucket_count - 1)];
    while (*link != group)
        link = &(*link)->next;
    *link = group->next;
    unlink_age(all, group);
    if (group->begin_ns != NEVER) correlation_timers_remove(all, group);
    all->bytes -= group->bytes;
    all->group_count--;
    group_free(group);
}

void correlation_groups_done(Correlations *all)
{
    for (Group *group = all->quietest, *next; group; group = next) {
        next = group->louder;
        group_free(group);
    }
    free(all->buckets);
}

static int tell_losses(Correlations *all, const CorrelationSink *sink)
{
    for (size_t i = 0; i < all->entry_count; i++) {
        EntryState *entry = &all->entries[i];
        if (entry->lost_groups == 0) continue;
        const CorrelationLoss loss = {.rule = entry->given.rule,
                                      .group_count = entry->lost_groups,
                                      .event_count = entry->lost_events,
                                      .time_ns = all->taken_ns};
        entry->lost_groups = entry->lost_events = 0;
        int r = sink->lost(sink->context, &loss);
        if (r < 0) return r;
    }
    return 0;
}

/* What could still be of use in the group: nothing is lost with one whose windows are empty. */
static uint64_t events_held(const Correlations *all, const Group *group)
{
    const CorrelationSpec *spec = all->entries[group->entry].given.spec;
    if (group->begin_ns != NEVER) return group->event_count;
    const Evidence *newest = correlation_evidence_newest(group);
    if (!newest || newest->time_ns < all->taken_ns - spec->timespan_ns) return 0;
    uint64_t held = group->events.count ? group->events.count : group->values.count;
    return held ? held : 1;
}

/* An eighth is given up at once, so that it is not told for each event. */
int correlation_groups_fit(Correlations *all, const Group *spared, const CorrelationSink *sink)
{
    size_t most = all->options.bytes_max;
    if (all->bytes <= most) return 0;
    Group *group = all->quietest;
    while (group && all->bytes > most - most / 8) {
        Group *next = group->louder;
        if (group != spared && group->waiting == 0) {
            uint64_t events = events_held(all, group);
            EntryState *entry = &all->entries[group->entry];
            if (events > 0) {
                entry->lost_groups++;
                entry->lost_events += events;
                all->stats.lost_groups++;
            }
            correlation_group_drop(all, group);
        }
        group = next;
    }
    return tell_losses(all, sink);
}
