/* TCP connections of the syslog door: what each holds, and how it waits for the sink. */
#include "collect/syslog_inside.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

static uint64_t token_of(const SyslogListener *listener, const SyslogConnection *connection)
{
    return (uint64_t)(connection - listener->connections);
}

static int poll_connection(SyslogListener *listener, SyslogConnection *connection, int operation)
{
    return listener->os->poll_set(listener->os->state, listener->poll_fd, operation, connection->fd,
                                  EPOLLIN, token_of(listener, connection));
}

static SyslogConnection *free_slot(SyslogListener *listener)
{
    for (size_t i = 0; i < SYSLOG_CONNECTIONS_MAX; i++) {
        if (listener->connections[i].fd < 0) return &listener->connections[i];
    }
    return NULL;
}

void syslog_connection_open(SyslogListener *listener, int fd, const struct sockaddr_storage *peer)
{
    const Os *os = listener->os;
    SyslogConnection *connection = free_slot(listener);
    if (connection) {
        *connection = (SyslogConnection){
            .fd = fd,
            .number = ++listener->connection_number,
            .held = buf_make(SYSLOG_HELD_BYTES_MAX),
            .active_ns = listener->now_ns,
        };
        if (poll_connection(listener, connection, EPOLL_CTL_ADD) < 0) {
            connection->fd = -1;
            connection = NULL;
        }
    }
    if (!connection) {
        os->close(os->state, fd);
        syslog_count(&listener->counters.connections_refused, 1);
        return;
    }
    syslog_origin_print(connection->origin, "syslog/tcp", peer);
    /* A sender that lost its power says no more; keep-alive finds it out in about 11 minutes. */
    (void)!os->set_option(os->state, fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    (void)!os->set_option(os->state, fd, IPPROTO_TCP, TCP_KEEPIDLE, 600);
    (void)!os->set_option(os->state, fd, IPPROTO_TCP, TCP_KEEPINTVL, 15);
    (void)!os->set_option(os->state, fd, IPPROTO_TCP, TCP_KEEPCNT, 4);
    syslog_count(&listener->counters.connections_open, 1);
    syslog_count(&listener->counters.connections_total, 1);
}

void syslog_connection_close(SyslogListener *listener, SyslogConnection *connection)
{
    listener->os->close(listener->os->state, connection->fd);
    buf_done(&connection->held);
    connection->fd = -1;
    atomic_fetch_sub_explicit(&listener->counters.connections_open, 1, memory_order_relaxed);
}

/* A connection that waits is not polled at all: with no events asked, a hang-up would still be
 * reported, over and over. */
static void connection_pause(SyslogListener *listener, SyslogConnection *connection)
{
    if (connection->paused) return;
    if (!connection->ended) poll_connection(listener, connection, EPOLL_CTL_DEL);
    connection->paused = true;
    connection->next_paused = NULL;
    if (listener->last_paused) {
        listener->last_paused->next_paused = connection;
    } else {
        listener->first_paused = connection;
    }
    listener->last_paused = connection;
    syslog_count(&listener->counters.tcp_paused, 1);
}

static int hand_on_frame(SyslogListener *listener, SyslogConnection *connection,
                         const SyslogFrame *frame)
{
    if (frame->message.len == 0) return 0;
    const Message message = {
        .bytes = frame->message,
        .origin = connection->origin,
        .connection = connection->number,
        .received_ns = connection->received_ns,
        .continues = frame->continues,
    };
    int r = syslog_hand_on(listener, &message);
    if (r == 0) syslog_count(&listener->counters.tcp_messages, 1);
    return r;
}

/* Hands on all whole messages held. Invariant: the state and the held bytes move on only past what
 * the sink took, so that nothing is lost or doubled when it has no room. */
static int connection_hand_on(SyslogListener *listener, SyslogConnection *connection)
{
    Slice rest = buf_slice(&connection->held);
    int r = 0;
    for (;;) {
        SyslogFraming framing = connection->framing;
        SyslogFrame frame;
        size_t used = syslog_frame_next(&framing, rest, connection->ended, &frame);
        if (used == 0) break;
        r = hand_on_frame(listener, connection, &frame);
        if (r < 0) break;
        syslog_count(&listener->counters.split, frame.continues && !frame.error);
        syslog_count(&listener->counters.framing_errors, frame.error);
        connection->framing = framing;
        rest = slice_skip(rest, used);
    }
    if (rest.len) memmove(connection->held.ptr, rest.ptr, rest.len);
    connection->held.len = rest.len;
    if (rest.len == 0) buf_done(&connection->held); /* a silent connection holds no memory */
    return r;
}

/* One read into what is held. False: nothing came (now or ever). */
static bool connection_fill(SyslogListener *listener, SyslogConnection *connection)
{
    const Os *os = listener->os;
    char *room = buf_reserve(&connection->held, SYSLOG_READ_BYTES);
    if (!room) return false;
    ssize_t r = os->read(os->state, connection->fd, room, SYSLOG_READ_BYTES);
    if (r == -EAGAIN) return false;
    connection->ended = r <= 0; /* a reset ends it like a close: what came before counts */
    if (connection->ended) {
        if (!connection->paused) poll_connection(listener, connection, EPOLL_CTL_DEL);
        return true;
    }
    connection->held.len += (size_t)r;
    connection->received_ns = os->now_ns(os->state);
    connection->active_ns = listener->now_ns;
    syslog_count(&listener->counters.tcp_bytes, (uint64_t)r);
    return true;
}

void syslog_connection_read(SyslogListener *listener, SyslogConnection *connection)
{
    if (connection->fd < 0 || connection->paused)
        return; /* closed or paused earlier in this step */
    if (listener->sink_full) {
        connection_pause(listener, connection);
        return;
    }
    bool filled = connection_fill(listener, connection);
    if (!filled && buf_error(&connection->held)) { /* no memory: wait as for the sink */
        connection->held.error = 0;
        connection_pause(listener, connection);
        return;
    }
    if (!filled) return;
    int r = connection_hand_on(listener, connection);
    if (r < 0) {
        connection_pause(listener, connection);
    } else if (connection->ended) {
        syslog_connection_close(listener, connection);
    }
}

static void connection_unqueue_first(SyslogListener *listener)
{
    SyslogConnection *first = listener->first_paused;
    listener->first_paused = first->next_paused;
    if (!listener->first_paused) listener->last_paused = NULL;
    first->next_paused = NULL;
    first->paused = false;
}

void syslog_connections_resume(SyslogListener *listener)
{
    while (listener->first_paused) {
        SyslogConnection *first = listener->first_paused;
        if (connection_hand_on(listener, first) < 0) return;
        connection_unqueue_first(listener);
        bool polled = !first->ended && poll_connection(listener, first, EPOLL_CTL_ADD) == 0;
        if (!polled) syslog_connection_close(listener, first);
    }
}

void syslog_connections_sweep(SyslogListener *listener)
{
    int64_t oldest_ns = listener->now_ns - SYSLOG_IDLE_SECONDS_MAX * (int64_t)1000000000;
    for (size_t i = 0; i < SYSLOG_CONNECTIONS_MAX; i++) {
        SyslogConnection *connection = &listener->connections[i];
        if (connection->fd < 0 || connection->paused || connection->active_ns >= oldest_ns)
            continue;
        connection->ended = true;
        poll_connection(listener, connection, EPOLL_CTL_DEL);
        if (connection_hand_on(listener, connection) < 0) {
            connection_pause(listener, connection);
        } else {
            syslog_connection_close(listener, connection);
        }
    }
}

/* At the end of the listener pauses mean nothing: each connection is simply tried. */
static bool connection_finish(SyslogListener *listener, SyslogConnection *connection)
{
    for (int reads = 0; connection_hand_on(listener, connection) == 0; reads++) {
        if (connection->ended) return true;
        if (reads == 16) return false; /* the next one's turn */
        if (!connection_fill(listener, connection)) connection->ended = true;
    }
    return false;
}

bool syslog_connections_finish(SyslogListener *listener)
{
    bool all = true;
    for (size_t i = 0; i < SYSLOG_CONNECTIONS_MAX && !listener->sink_full; i++) {
        SyslogConnection *connection = &listener->connections[i];
        if (connection->fd < 0) continue;
        if (connection_finish(listener, connection)) {
            syslog_connection_close(listener, connection);
        } else {
            all = false;
        }
    }
    return all && !listener->sink_full;
}
