/* How each sender of logs is doing: when it was last heard, how much, how late, whether it fell
 * silent for longer than is usual for it.
 *
 * A sender is what a message's origin says (`syslog/udp 192.0.2.7`). At most SOURCE_HEALTH_MAX are
 * kept; those beyond are counted together under the origin `other`.
 *
 * shared: one thread notes, any thread reads */
#ifndef AKASHI_ENGINE_SOURCE_HEALTH_H
#define AKASHI_ENGINE_SOURCE_HEALTH_H

#include "base/map.h"
#include "engine/batch.h"

#include <pthread.h>

#define SOURCE_HEALTH_MAX 4096
#define SOURCE_GAP_SECONDS 300 /* a shorter silence is none */
#define SOURCE_GAP_TIMES 20    /* nor one that is less than so many times the usual distance */

typedef struct SourceHealth {
    char origin[80];
    int64_t first_ns, last_ns; /* when it was heard, by our clock */
    uint64_t messages, bytes;
    uint64_t unparsed; /* of which only the raw bytes are known */
    uint64_t gaps;     /* silences that ended */
    int64_t lag_ns;    /* of the last message with a time: received - its own time; negative: its
                        * clock is ahead */
    int64_t usual_ns;  /* between two messages, slowly following */
    double rate;       /* messages a second over about the last minute, as of last_ns */
} SourceHealth;

typedef struct SourceHealths {
    pthread_mutex_t lock;
    Map places; /* origin -> place in items */
    SourceHealth *items;
    size_t count;
    size_t last; /* the item that was noted last: senders speak in bursts */
} SourceHealths;

/* -ENOMEM. */
MUST_USE int source_healths_init(SourceHealths *healths, const uint64_t seed[2]);
void source_healths_done(SourceHealths *healths);
void source_healths_note(SourceHealths *healths, const MessageSpan *message, const Event *event);
/* Copies up to count_max of them; how many. */
size_t source_healths_read(SourceHealths *healths, SourceHealth *to, size_t count_max);
/* Whether it is silent now for longer than is usual. */
bool source_health_is_silent(const SourceHealth *health, int64_t now_ns);

#endif
