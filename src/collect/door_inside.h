/* Inside of doors.h: the loop's parts and what a dialect is. Everything here is owned by the loop
 * thread, but for the counters and the list of settled connections. */
#ifndef AKASHI_COLLECT_DOOR_INSIDE_H
#define AKASHI_COLLECT_DOOR_INSIDE_H

#include "collect/bundle.h"
#include "collect/doors.h"
#include "collect/listen_address.h"

#include <pthread.h>

#define DOOR_READ_BYTES ((size_t)64 << 10) /* one read of one connection */
#define DOOR_READS_A_TURN 16
#define DOOR_EVENTS_A_STEP 64
#define DOOR_RETRY_MS 20          /* the sink is asked again after this even when nobody wakes */
#define DOOR_KEEP_ALIVE_SECONDS 3 /* a client that waits is told that we are alive */
#define DOOR_OUT_BYTES_MAX ((size_t)1 << 20) /* of answers that the client does not read */

typedef struct DoorConnection DoorConnection;

/* A dialect over TCP: a static const table. */
typedef struct DoorProtocol {
    const char *name;       /* of the origin: "lumberjack 192.0.2.7" */
    size_t input_bytes_max; /* of one request or frame with what is around it */
    /* What it remembers of a connection. NULL: no memory. `end` frees it. */
    void *(*begin)(DoorConnection *connection);
    void (*end)(void *state);
    /* Takes one request or some frames off the front of the input: how many bytes; 0: more must
     * come first; negative: the connection is over when the answer was sent. Messages go into
     * connection->group, whose slices may point into the input; the answer into
     * connection->answer, which is sent when the group is durable (`awaited`, else when it was
     * taken in; without messages at once). `ended`: nothing comes after the input. */
    ssize_t (*take)(DoorConnection *connection, Slice input, bool ended);
    /* The group cannot be made durable: what is answered in place of the answer. NULL: the
     * connection is closed without one. */
    void (*fail)(DoorConnection *connection);
    /* Bytes that it holds for the request under way beside the group. NULL: none of note. */
    size_t (*held)(const void *state);
    /* The group was taken in and the answer is on its way: what only they needed can go. NULL. */
    void (*finish)(void *state);
    /* Called now and then while a ticket is out. NULL: nothing is said. */
    void (*keep_alive)(DoorConnection *connection, Buf *out);
} DoorProtocol;

extern const DoorProtocol door_syslog, door_http, door_gelf, door_lumberjack, door_fluent;

typedef struct Door {
    DoorKind kind;
    DoorTlsUse tls;
    int fd;               /* -1: closed */
    int udp_fd;           /* -1: none */
    int64_t accept_at_ns; /* 0: accepting; else when to try again */
} Door;

struct DoorConnection {
    Doors *doors;
    const Door *door;
    const DoorProtocol *protocol;
    void *state;
    int fd; /* -1: a free slot */
    uint64_t number;
    char peer[LISTEN_HOST_BYTES];
    DoorTlsLink *tls;
    bool chosen; /* whether it is TLS is known */
    size_t head_len;
    char head[DOOR_TLS_HEAD_BYTES];
    Buf in, out, answer;
    size_t in_capacity; /* as counted in doors->held_bytes */
    size_t taken_bytes; /* as counted in doors->taken_bytes */
    size_t out_sent;
    Bundle group;
    size_t group_taken; /* of its messages, by the sink */
    size_t unit_bytes;  /* of `in` that the group was taken from */
    bool has_unit;
    bool awaited;      /* set by take: the answer waits until the group is durable */
    bool closes_after; /* set by take: this answer is the last */
    bool ended;        /* nothing more will be received */
    bool closing;      /* closed when `out` is sent */
    bool paused;       /* in the list of those that wait for the sink or for memory */
    bool waits;        /* its ticket is out */
    bool wants_write;
    int64_t active_ns, begun_ns, alive_ns; /* monotonic; begun: when this request was */
    Ticket ticket;
    int result; /* of the ticket */
    DoorConnection *next_settled, *next_paused;
};

typedef struct GelfDatagrams GelfDatagrams;

struct Doors {
    DoorsOptions options;
    const Os *os;
    int poll_fd, event_fd;
    Door doors[DOORS_MAX];
    size_t door_count;
    DoorCounters counters[DOOR_KIND_COUNT];
    DoorConnection *connections; /* DOOR_CONNECTIONS_MAX */
    DoorConnection *first_paused, *last_paused;
    GelfDatagrams *datagrams; /* NULL: no such door */
    uint64_t connection_number;
    size_t held_bytes, taken_bytes;
    bool stopping; /* nothing more is taken apart */
    bool offered;  /* in this step, so that a flush is due */
    int64_t now_ns, swept_ns;
    struct HecChannels *channels;
    pthread_mutex_t lock;
    DoorConnection *settled; /* shared, under lock */
};

static inline void door_count(atomic_uint_fast64_t *counter, uint64_t more)
{
    atomic_fetch_add_explicit(counter, more, memory_order_relaxed);
}
static inline DoorCounters *door_counters_of(DoorConnection *connection)
{
    return &connection->doors->counters[connection->door->kind];
}

/* Connections. */
void door_connection_open(Doors *doors, const Door *door, int fd,
                          const struct sockaddr_storage *peer);
/* The descriptor is ready. */
void door_connection_ready(DoorConnection *connection);
/* Its ticket was settled. */
void door_connection_settled(DoorConnection *connection);
/* Offers again what waits; the longest waiting first. */
void door_connections_resume(Doors *doors);
void door_connections_sweep(Doors *doors);
void door_connection_close(DoorConnection *connection);
/* Another dialect from here on; `name` becomes that of the origin. */
int door_connection_become(DoorConnection *connection, const DoorProtocol *protocol);

/* What it receives (door_reading.c). */
/* One read into `in`: bytes; 0: the end; -EAGAIN; or it is broken. */
ssize_t door_read(DoorConnection *connection);
/* False: too much is held by all together; this one waits its turn, unless it holds little. */
bool door_may_read(const DoorConnection *connection);
/* Nothing more comes, as door_read said. A reset ends a connection like a close: what came before
 * it counts. */
void door_note_end(DoorConnection *connection, ssize_t r);
/* After the room of `in` has changed. */
void door_count_held(DoorConnection *connection);

/* GELF over UDP (gelf_udp.c). */
int gelf_udp_new(Doors *doors);
void gelf_udp_free(GelfDatagrams *datagrams);
void gelf_udp_read(Doors *doors, const Door *door);

#define DOOR_TOKEN_WAKE ((uint64_t)1 << 32)
#define DOOR_TOKEN_TCP ((uint64_t)2 << 32) /* + place of the door */
#define DOOR_TOKEN_UDP ((uint64_t)3 << 32)

#endif
