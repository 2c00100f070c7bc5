/* Inside of syslog_listener.h: the listener's parts. Everything here is owned by the loop thread,
 * but for the counters and the event descriptor. */
#ifndef AKASHI_COLLECT_SYSLOG_INSIDE_H
#define AKASHI_COLLECT_SYSLOG_INSIDE_H

#include "base/buf.h"
#include "collect/syslog_listener.h"

#define SYSLOG_READ_BYTES                                                                          \
    ((size_t)64 << 10) /* one read of one connection, so that each has its turn */
/* A connection holds less than a whole message, its octet count, and one read. */
#define SYSLOG_HELD_BYTES_MAX (SYSLOG_MESSAGE_BYTES_MAX + 64 + SYSLOG_READ_BYTES)
#define SYSLOG_DATAGRAM_BYTES_MAX 65536 /* more than UDP carries: a datagram is never cut */
#define SYSLOG_DATAGRAMS_A_CALL 64
#define SYSLOG_CALLS_A_STEP 16
/* While datagrams come in step after step, each step lets so many of them gather first: one call
 * for fifty costs little more than one call for one. The kernel's buffer holds far more. */
#define SYSLOG_GATHER_NS 500000
#define SYSLOG_EVENTS_A_STEP 64
#define SYSLOG_ACCEPTS_A_STEP 512  /* all that the kernel's queue holds */
#define SYSLOG_RETRY_MS 20         /* the sink is asked again after this even when nobody wakes */
#define SYSLOG_ACCEPT_RETRY_MS 200 /* after accept found no descriptor or memory */
#define SYSLOG_ORIGIN_BYTES 64

typedef struct SyslogConnection SyslogConnection;
struct SyslogConnection {
    int fd; /* -1: a free slot */
    uint64_t number;
    char origin[SYSLOG_ORIGIN_BYTES];
    Buf held; /* received, not handed on yet */
    SyslogFraming framing;
    int64_t received_ns; /* of the last bytes */
    int64_t active_ns;   /* monotonic */
    bool ended;          /* nothing comes after what is held */
    bool paused;         /* in the queue of those that wait for the sink; not polled */
    SyslogConnection *next_paused;
};

typedef struct SyslogDatagrams {
    int fd;
    char *buffer; /* SYSLOG_DATAGRAM_BYTES_MAX for each item; only what was used takes memory */
    Datagram items[SYSLOG_DATAGRAMS_A_CALL];
    unsigned steps_in_a_row; /* in which some came */
    int at, count;           /* items[at .. count) were received and not handed on yet */
    int64_t received_ns;
    struct sockaddr_storage peer; /* whose words `origin` holds */
    char origin[SYSLOG_ORIGIN_BYTES];
    uint64_t inode;        /* of the socket: its line in the kernel's table */
    bool kernel_tells;     /* that line was found */
    uint32_t kernel_drops; /* as last seen there */
    int64_t asked_ns;      /* when, monotonic */
} SyslogDatagrams;

struct SyslogListener {
    const Os *os;
    MessageSink sink;
    int port, poll_fd, event_fd, tcp_fd;
    SyslogCounters counters; /* written by the loop thread, read by any */
    SyslogDatagrams udp;
    SyslogConnection *connections; /* SYSLOG_CONNECTIONS_MAX */
    SyslogConnection *first_paused, *last_paused;
    uint64_t connection_number;
    bool sink_full;        /* it refused in this step */
    int error;             /* what the sink returned but 0 and -EAGAIN */
    int64_t now_ns;        /* monotonic, of this step */
    int64_t accept_at_ns;  /* 0: accepting; else when to try again */
    int64_t idle_sweep_ns; /* when the last one was */
};

/* Only the loop thread adds: no need to lock the word against others for each message. */
static inline void syslog_count(atomic_uint_fast64_t *counter, uint64_t more)
{
    uint64_t value = atomic_load_explicit(counter, memory_order_relaxed);
    atomic_store_explicit(counter, value + more, memory_order_relaxed);
}

/* "syslog/udp 192.0.2.7": an IPv4 sender on an IPv6 socket is named as IPv4. */
void syslog_origin_print(char *to, const char *door, const struct sockaddr_storage *peer);

/* 0, or -EAGAIN: no room (sink_full is then set), or another error (listener->error). */
int syslog_hand_on(SyslogListener *listener, const Message *message);

/* UDP. */
int syslog_udp_open(SyslogListener *listener, int family); /* not bound yet */
void syslog_udp_close(SyslogListener *listener);
/* Takes what is there, in at most SYSLOG_CALLS_A_STEP calls; true: there was no more. */
bool syslog_udp_read(SyslogListener *listener);
/* Offers held datagrams again; true when none is held any more. */
bool syslog_udp_resume(SyslogListener *listener);
void syslog_udp_count_drops(SyslogListener *listener);

/* TCP. */
void syslog_connection_open(SyslogListener *listener, int fd, const struct sockaddr_storage *peer);
/* One read, and its messages; a connection that has ended and handed all on is closed. */
void syslog_connection_read(SyslogListener *listener, SyslogConnection *connection);
/* Offers held messages of paused connections again, the longest waiting first. */
void syslog_connections_resume(SyslogListener *listener);
void syslog_connections_sweep(SyslogListener *listener);
/* Reads each connection to the end of what the kernel holds, then ends it; true when all are
 * closed. */
bool syslog_connections_finish(SyslogListener *listener);
void syslog_connection_close(SyslogListener *listener, SyslogConnection *connection);

/* Tokens of the poll: connections are their slot's index. */
#define SYSLOG_TOKEN_WAKE ((uint64_t)1 << 32)
#define SYSLOG_TOKEN_UDP (((uint64_t)1 << 32) + 1)
#define SYSLOG_TOKEN_TCP (((uint64_t)1 << 32) + 2)

#endif
