/* The doors that acknowledge: HTTP (Elasticsearch bulk, Splunk HEC, Loki, OTLP, GELF, JSON lines,
 * journal upload), Lumberjack, Fluent forward; and beside them syslog over TLS and GELF over UDP
 * and TCP, whose senders ask for no answer.
 *
 * One event-loop thread owns them all. A connection has one request or frame under way: its
 * messages are offered to the sink as a group, and only when the group's ticket says that it is
 * durable is the answer sent and the next request taken. While the sink has no room the connection
 * is not read.
 *
 *   reading -> taken apart -> offered -> waiting for the ticket -> answering -> reading
 */
#ifndef AKASHI_COLLECT_DOORS_H
#define AKASHI_COLLECT_DOORS_H

#include "base/complaint.h"
#include "collect/door_secrets.h"
#include "collect/door_tls.h"
#include "collect/message.h"
#include "os/os.h"

#include <stdatomic.h>

#define DOORS_MAX 16
#define DOOR_CONNECTIONS_MAX 1024 /* of all doors; one more is closed at once and counted */
/* What all connections hold received and not taken apart; past it one that holds over
 * DOOR_HELD_FREE_BYTES is not read until there is room. */
#define DOORS_HELD_BYTES_MAX ((size_t)256 << 20)
#define DOOR_HELD_FREE_BYTES ((size_t)256 << 10)
/* What requests that were taken apart hold until the sink took them (unpacked bodies, made texts);
 * past it no further request is taken apart. */
#define DOORS_TAKEN_BYTES_MAX ((size_t)256 << 20)
#define DOOR_UNFINISHED_SECONDS_MAX 60  /* without a byte in the middle of a request: closed */
#define DOOR_REQUEST_SECONDS_MAX 300    /* for a whole request or frame, however its bytes drip */
#define DOOR_CONNECTIONS_A_PEER_MAX 256 /* of one address; one more is closed and counted */
#define DOOR_IDLE_SECONDS_MAX 600       /* between requests */
#define DOOR_HANDSHAKE_SECONDS_MAX 15   /* of TLS */

typedef enum DoorKind {
    DOOR_SYSLOG, /* TCP; with TLS: RFC 5425 */
    DOOR_HTTP,   /* every dialect that speaks HTTP, by path */
    DOOR_GELF,   /* UDP and TCP, and HTTP on the same port */
    DOOR_LUMBERJACK,
    DOOR_FLUENT,
    DOOR_KIND_COUNT,
} DoorKind;

typedef enum DoorTlsUse { DOOR_TLS_NEVER, DOOR_TLS_ACCEPTED, DOOR_TLS_REQUIRED } DoorTlsUse;

/* Written by the loop thread, read by any. */
typedef struct DoorCounters {
    atomic_uint_fast64_t requests, messages, bytes, refused, failed, dropped, paused;
    atomic_uint_fast64_t connections_open, connections_total, connections_refused;
    atomic_uint_fast64_t tls_failed, unauthorised;
} DoorCounters;

typedef struct DoorsOptions {
    const Os *os;
    MessageSink sink;           /* with groups */
    const DoorSecrets *secrets; /* outlives the doors; NULL: no door asks for one */
    const DoorTls *tls;         /* outlives the doors; NULL: no TLS */
} DoorsOptions;

typedef struct Doors Doors;

/* -ENOMEM, or what the system said. */
MUST_USE int doors_new(const DoorsOptions *options, Doors **ret);
/* Opens one more door, before the first step. Its port, or negative with the complaint in words. */
MUST_USE int doors_add(Doors *doors, DoorKind kind, DoorTlsUse tls, const char *address, int port,
                       Complaint *complaint);
const DoorCounters *doors_counters(const Doors *doors, DoorKind kind);
/* Waits at most wait_ms for traffic and handles it. Negative: the loop cannot go on. */
MUST_USE int doors_step(Doors *doors, int wait_ms);
/* Wakes a waiting step from another thread: there is room again. */
void doors_wake(Doors *doors);
/* Sends the answers of what became durable, as far as the kernel takes them, closes everything.
 * Only when no ticket is out any more. NULL: nothing. */
void doors_close(Doors *doors);

#endif
