/* See source_health.h. */
#include "engine/source_health.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define RATE_SECONDS 60.0

int source_healths_init(SourceHealths *healths, const uint64_t seed[2])
{
    *healths = (SourceHealths){.places = map_make(SOURCE_HEALTH_MAX, seed)};
    healths->items = calloc(SOURCE_HEALTH_MAX + 1, sizeof *healths->items);
    if (!healths->items) return -ENOMEM;
    snprintf(healths->items[0].origin, sizeof healths->items[0].origin, "other");
    healths->count = 1;
    pthread_mutex_init(&healths->lock, NULL);
    return 0;
}

void source_healths_done(SourceHealths *healths)
{
    if (!healths->items) return;
    map_done(&healths->places);
    free(healths->items);
    pthread_mutex_destroy(&healths->lock);
    *healths = (SourceHealths){0};
}

/* Its place, or 0: with the others. */
static size_t place_of(SourceHealths *healths, const char *origin)
{
    bool fresh = false;
    if (healths->last && strcmp(healths->items[healths->last].origin, origin) == 0) {
        return healths->last;
    }
    uint64_t *place = map_put(&healths->places, slice_from_cstr(origin), &fresh);
    if (!place) return 0;
    if (fresh) {
        *place = healths->count++;
        snprintf(healths->items[*place].origin, sizeof healths->items[*place].origin, "%s", origin);
    }
    return (size_t)*place;
}

/* Both follow what comes: the usual distance slowly, the rate with a memory of a minute. */
static void note_distance(SourceHealth *health, int64_t now_ns)
{
    int64_t distance_ns = now_ns - health->last_ns;
    if (health->messages == 0) {
        health->first_ns = now_ns;
        health->rate = 1 / RATE_SECONDS;
        return;
    }
    if (distance_ns < 0) distance_ns = 0;
    double seconds = (double)distance_ns / 1e9;
    double kept = seconds < RATE_SECONDS ? 1 - seconds / RATE_SECONDS : 0;
    health->rate = health->rate * kept + 1 / RATE_SECONDS;
    if (source_health_is_silent(health, now_ns)) health->gaps++;
    health->usual_ns += (distance_ns - health->usual_ns) / 16;
}

bool source_health_is_silent(const SourceHealth *health, int64_t now_ns)
{
    int64_t silence_ns = now_ns - health->last_ns;
    return silence_ns > SOURCE_GAP_SECONDS * NS_PER_SECOND &&
           silence_ns / SOURCE_GAP_TIMES > health->usual_ns;
}

void source_healths_note(SourceHealths *healths, const MessageSpan *message, const Event *event)
{
    pthread_mutex_lock(&healths->lock);
    healths->last = place_of(healths, message->origin);
    SourceHealth *health = &healths->items[healths->last];
    note_distance(health, message->received_ns);
    health->last_ns = message->received_ns;
    health->messages++;
    health->bytes += message->bytes;
    health->unparsed += event->parse == PARSE_FAILED;
    if (event->time_ns != TIME_UNKNOWN) health->lag_ns = message->received_ns - event->time_ns;
    pthread_mutex_unlock(&healths->lock);
}

size_t source_healths_read(SourceHealths *healths, SourceHealth *to, size_t count_max)
{
    size_t count = 0;
    pthread_mutex_lock(&healths->lock);
    for (size_t i = 0; i < healths->count && count < count_max; i++) {
        if (healths->items[i].messages > 0) to[count++] = healths->items[i];
    }
    pthread_mutex_unlock(&healths->lock);
    return count;
}
