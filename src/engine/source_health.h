/* How each sender of logs is doing: when it was last heard, how much, how late, whether it fell
 * silent for longer than is usual for it.
 *
 * A sender is what a message's origin says (`syslog/udp 192.0.2.7`) together with the host that the
 * syslog line names: behind one relay there are many devices, each of which may fall silent. The
 * names are what anybody wrote, so of one origin at most SOURCE_HOSTS_MAX have a place of their
 * own; lines of further ones are counted with those that name nobody (host empty). At most
 * SOURCE_HEALTH_MAX places are kept; origins beyond are counted together as `other`.
 *
 * shared: one thread notes, any thread reads */
#ifndef AKASHI_ENGINE_SOURCE_HEALTH_H
#define AKASHI_ENGINE_SOURCE_HEALTH_H

#include "base/map.h"
#include "engine/batch.h"

#include <pthread.h>

#define SOURCE_HEALTH_MAX 4096 /* with `other` */
#define SOURCE_HOSTS_MAX 1024
#define SOURCE_HOST_BYTES 128   /* with its NUL; a longer name is counted as none */
#define SOURCE_HOST_KNOWN 5     /* a host that was named less often is never called silent */
#define SOURCE_RECENT_COUNT 256 /* places that are found again without the map */
#define SOURCE_GAP_SECONDS 300  /* a shorter silence is none */
#define SOURCE_GAP_TIMES 20     /* nor one that is less than so many times the usual distance */

typedef struct SourceHealth {
    char origin[80];
    char host[SOURCE_HOST_BYTES]; /* that its lines name, when it is not the origin's address */
    size_t host_count;            /* of the origin's own place: hosts with a place beside it */
    int64_t first_ns, last_ns;    /* when it was heard, by our clock */
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
    Map places; /* origin, and origin NUL host -> place in items */
    SourceHealth *items;
    size_t count;
    size_t last; /* the origin's place that was noted last: senders speak in bursts */
    uint16_t recent[SOURCE_RECENT_COUNT]; /* by a hash of the host; 0: none */
} SourceHealths;

/* -ENOMEM. */
MUST_USE int source_healths_init(SourceHealths *healths, const uint64_t seed[2]);
void source_healths_done(SourceHealths *healths);
/* Notes stand between these two: the lock is taken once for many of them. */
void source_healths_begin(SourceHealths *healths);
void source_healths_end(SourceHealths *healths);
/* False: the sender has no place of its own, because there are too many. */
bool source_healths_note(SourceHealths *healths, const MessageSpan *message, const Event *event);
/* Copies up to count_max of them; how many. */
size_t source_healths_read(SourceHealths *healths, SourceHealth *to, size_t count_max);
/* Whether it is silent now for longer than is usual. */
bool source_health_is_silent(const SourceHealth *health, int64_t now_ns);

#endif
