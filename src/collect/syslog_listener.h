/* The syslog door: one UDP socket and one TCP socket on the same port (RFC 5426, RFC 6587).
 *
 * One event-loop thread owns a listener. Each message is handed to the sink without its framing;
 * the sink says whether it has room. When it has none, TCP connections are no longer read (the
 * sender waits: nothing is lost) until the sink takes messages again; UDP datagrams are dropped and
 * counted, because nobody can make their sender wait. */
#ifndef AKASHI_COLLECT_SYSLOG_LISTENER_H
#define AKASHI_COLLECT_SYSLOG_LISTENER_H

#include "base/complaint.h"
#include "collect/message.h"
#include "os/os.h"

#include <stdatomic.h>

#define SYSLOG_MESSAGE_BYTES_MAX ((size_t)256 << 10) /* longer: split, Message.continues set */
#define SYSLOG_COUNT_MAX ((size_t)16 << 20)          /* an octet count over it is no octet count */
#define SYSLOG_UDP_BUFFER_BYTES (32 << 20)           /* asked of the kernel; it may grant less */
#define SYSLOG_CLOSE_MS_MAX 1000      /* syslog_listener_close waits so long for the sink */
#define SYSLOG_CONNECTIONS_MAX 1024   /* one more is closed at once and counted */
#define SYSLOG_IDLE_SECONDS_MAX 86400 /* a silent connection is closed after this */

/* Written by the loop thread, read by any. udp_dropped: by the kernel (asked at most once a second,
 * and at close), or here where the kernel does not tell. tcp_paused: how many times a connection
 * was left unread because the sink had no room. framing_errors: octet counts over SYSLOG_COUNT_MAX,
 * and octet-counted messages cut short. */
typedef struct SyslogCounters {
    atomic_uint_fast64_t udp_messages, udp_dropped, udp_bytes;
    atomic_uint_fast64_t tcp_messages, tcp_bytes, tcp_paused;
    atomic_uint_fast64_t connections_open, connections_total, connections_refused;
    atomic_uint_fast64_t split, framing_errors;
} SyslogCounters;

typedef struct SyslogListener SyslogListener;

/* address: an IPv4 or IPv6 literal; port 0: any free one. -EADDRINUSE, -EACCES, -EINVAL...: with
 * the complaint in words. *ret untouched on failure. */
MUST_USE int syslog_listener_open(const Os *os, const char *address, int port,
                                  const MessageSink *sink, SyslogListener **ret,
                                  Complaint *complaint);
int syslog_listener_port(const SyslogListener *listener);
const SyslogCounters *syslog_listener_counters(const SyslogListener *listener);
/* Waits at most wait_ms for traffic and handles it. Messages that the sink had no room for are
 * offered again first. Negative: the loop cannot go on, or what the sink returned other than
 * -EAGAIN. */
MUST_USE int syslog_listener_step(SyslogListener *listener, int wait_ms);
/* Wakes a waiting step from another thread; the sink has room again, or the program ends. */
void syslog_listener_wake(SyslogListener *listener);
/* Takes no more connections; hands over what the kernel has received already and what open
 * connections hold as unfinished last messages, for at most SYSLOG_CLOSE_MS_MAX; then closes
 * everything. */
void syslog_listener_close(SyslogListener *listener);

/* Framing, pure. Takes the next message off the front of `bytes` (one TCP connection's stream) and
 * moves *state on. Returns the bytes used up: 0 when more must come first. `last`: nothing comes
 * after.
 *
 * Each message decides for itself (RFC 6587 3.4.3): octet counting when it starts with `LEN SP <`,
 * LEN 1 to SYSLOG_COUNT_MAX without a leading 0 (3.4.1), else up to LF, or NUL as some senders do
 * (3.4.2). A CR before the LF belongs to the ending; so does an LF or NUL counted in at the end of
 * an octet-counted message. A message over SYSLOG_MESSAGE_BYTES_MAX comes in pieces of that size,
 * all but the last with `continues`. At the end of the connection the bytes after the last LF are a
 * whole message: many senders close without one. */
typedef struct SyslogFraming { /* zero at the start of a connection */
    size_t counted_left;       /* of an octet-counted message in pieces */
    bool in_line;              /* in the middle of an LF-framed one */
} SyslogFraming;
typedef struct SyslogFrame {
    Slice message; /* may be empty: blank line, nothing to hand on */
    bool continues;
    bool error; /* an octet count over the maximum (taken as text), or a message cut short */
} SyslogFrame;
size_t syslog_frame_next(SyslogFraming *state, Slice bytes, bool last, SyslogFrame *ret);

#endif
