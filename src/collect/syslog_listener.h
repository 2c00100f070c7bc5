/* The syslog door: one UDP socket and one TCP socket on the same port (RFC 5426, RFC 6587).
 *
 * One event-loop thread owns a listener. Each message is handed to the sink without its framing;
 * the sink says whether it has room. When it has none, TCP connections are no longer read (the
 * sender waits: nothing is lost) until the sink takes messages again; UDP datagrams are dropped and
 * counted, because nobody can make their sender wait. */
#ifndef AKASHI_COLLECT_SYSLOG_LISTENER_H
#define AKASHI_COLLECT_SYSLOG_LISTENER_H

#include "base/complaint.h"
#include "os/os.h"

#include <stdatomic.h>

#define SYSLOG_MESSAGE_BYTES_MAX ((size_t)256 << 10) /* longer: split, Message.continues set */
#define SYSLOG_CONNECTIONS_MAX 1024                  /* one more is closed at once and counted */
#define SYSLOG_IDLE_SECONDS_MAX 86400                /* a silent connection is closed after this */

typedef struct Message {
    Slice bytes;         /* live until the sink returns */
    const char *origin;  /* "syslog/tcp 192.0.2.7" */
    uint64_t connection; /* a number of the TCP connection since start; 0: UDP */
    int64_t received_ns;
    bool continues; /* cut at the maximum (or by the end of the connection): not a whole message */
} Message;

typedef struct MessageSink {
    int (*message)(void *context, const Message *message); /* 0 taken; -EAGAIN no room now */
    void *context;
} MessageSink;

/* Written by the loop thread, read by any. */
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
/* Waits at most wait_ms for traffic and handles it. Negative: the loop cannot go on. */
MUST_USE int syslog_listener_step(SyslogListener *listener, int wait_ms);
/* Wakes a waiting step from another thread; the sink has room again, or the program ends. */
void syslog_listener_wake(SyslogListener *listener);
/* Hands over what open connections hold as unfinished last messages, then closes everything. */
void syslog_listener_close(SyslogListener *listener);

/* Framing, pure. Takes the next message off the front of `bytes` (one TCP connection's stream):
 * octet counting when it starts with a digit 1-9 and `LEN SP <`, else up to LF (NUL also ends a
 * message, RFC 6587 3.4.2). Returns the bytes used up: 0 when more must come first. `last`: nothing
 * comes after. An octet count over the maximum falls back to LF framing and sets *ret_error. */
typedef struct SyslogFrame {
    Slice message; /* may be empty: blank line, nothing to hand on */
    bool continues;
    bool error;
} SyslogFrame;
size_t syslog_frame_next(Slice bytes, bool last, bool continuing, SyslogFrame *ret);

#endif
