/* See source_health.h. */
#include "engine/source_health.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define RATE_SECONDS 60.0

int source_healths_init(SourceHealths *healths, const uint64_t seed[2])
{
    *healths = (SourceHealths){.places = map_make(SOURCE_HEALTH_MAX - 1, seed)};
    healths->items = calloc(SOURCE_HEALTH_MAX, sizeof *healths->items);
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

/* The origin's own place, or 0: with the others. */
static size_t place_of_origin(SourceHealths *healths, const char *origin)
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
    healths->last = (size_t)*place;
    return healths->last;
}

/* Empty: none, or only the address that the origin says already. */
static Slice host_named(const MessageSpan *message, const Event *event)
{
    if (event->format != EVENT_SYSLOG) return (Slice){0};
    const Field *field = event_field(event, SLICE("host"));
    if (!field || field->value.len == 0 || field->value.len >= SOURCE_HOST_BYTES ||
        slice_find_char(field->value, '\0') != SLICE_NOT_FOUND) {
        return (Slice){0};
    }
    Slice origin = slice_from_cstr(message->origin);
    bool is_address = origin.len > field->value.len && slice_ends(origin, field->value) &&
                      origin.ptr[origin.len - field->value.len - 1] == ' ';
    return is_address ? (Slice){0} : field->value;
}

/* Neighbours in a rack differ in their last letters. */
static uint16_t *recent_of(SourceHealths *healths, Slice host)
{
    uint32_t hash = (uint32_t)host.len;
    for (size_t i = host.len < 8 ? 0 : host.len - 8; i < host.len; i++)
        hash = hash * 31 + (unsigned char)host.ptr[i];
    return &healths->recent[hash % SOURCE_RECENT_COUNT];
}

static bool is_place_of(const SourceHealth *health, const char *origin, Slice host)
{
    return memcmp(health->host, host.ptr, host.len) == 0 && health->host[host.len] == '\0' &&
           strcmp(health->origin, origin) == 0;
}

static size_t add_host(SourceHealths *healths, SourceHealth *of, Slice host)
{
    char key[sizeof of->origin + SOURCE_HOST_BYTES];
    bool fresh = false;
    size_t len = strlen(of->origin);
    memcpy(key, of->origin, len);
    key[len] = '\0'; /* stands in no origin */
    memcpy(key + len + 1, host.ptr, host.len);
    Slice whole = slice_of(key, len + 1 + host.len);
    bool is_full = of->host_count >= SOURCE_HOSTS_MAX;
    uint64_t *place =
        is_full ? map_find(&healths->places, whole) : map_put(&healths->places, whole, &fresh);
    if (!place) return 0;
    if (fresh) {
        of->host_count++;
        *place = healths->count++;
        SourceHealth *added = &healths->items[*place];
        memcpy(added->origin, of->origin, sizeof added->origin);
        memcpy(added->host, host.ptr, host.len);
    }
    return (size_t)*place;
}

/* 0: it has none of its own. */
static size_t place_of_host(SourceHealths *healths, SourceHealth *of, Slice host)
{
    uint16_t *recent = recent_of(healths, host);
    if (*recent && is_place_of(&healths->items[*recent], of->origin, host)) return *recent;
    size_t place = add_host(healths, of, host);
    if (place) *recent = (uint16_t)place;
    return place;
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
    if (health->host[0] && health->messages < SOURCE_HOST_KNOWN) return false;
    return silence_ns > SOURCE_GAP_SECONDS * NS_PER_SECOND &&
           silence_ns / SOURCE_GAP_TIMES > health->usual_ns;
}

static void note(SourceHealth *health, const MessageSpan *message, const Event *event)
{
    note_distance(health, message->received_ns);
    health->last_ns = message->received_ns;
    health->messages++;
    health->bytes += message->bytes;
    health->unparsed += event->parse == PARSE_FAILED;
    if (event->time_ns != TIME_UNKNOWN) health->lag_ns = message->received_ns - event->time_ns;
}

void source_healths_begin(SourceHealths *healths)
{
    pthread_mutex_lock(&healths->lock);
}

void source_healths_end(SourceHealths *healths)
{
    pthread_mutex_unlock(&healths->lock);
}

bool source_healths_note(SourceHealths *healths, const MessageSpan *message, const Event *event)
{
    Slice host = host_named(message, event);
    size_t origin = place_of_origin(healths, message->origin), place = origin;
    if (origin && host.len > 0) place = place_of_host(healths, &healths->items[origin], host);
    note(&healths->items[place ? place : origin], message, event);
    return place != 0;
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
