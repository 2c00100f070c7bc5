/* A connection of the doors: what it received, what it offers, what it answers. */
#include "collect/door_inside.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>

static uint64_t token_of(const DoorConnection *connection)
{
    return (uint64_t)(connection - connection->doors->connections);
}

/* Asks for the descriptor's next event, once. */
static int connection_arm(DoorConnection *connection, uint32_t events)
{
    const Doors *doors = connection->doors;
    return doors->os->poll_set(doors->os->state, doors->poll_fd, EPOLL_CTL_MOD, connection->fd,
                               events | EPOLLONESHOT, token_of(connection));
}

/* --- a connection comes and goes -------------------------------------------------------------- */

static const DoorProtocol *const protocols[DOOR_KIND_COUNT] = {[DOOR_SYSLOG] = &door_syslog,
                                                               [DOOR_HTTP] = &door_http,
                                                               [DOOR_GELF] = &door_gelf,
                                                               [DOOR_LUMBERJACK] = &door_lumberjack,
                                                               [DOOR_FLUENT] = &door_fluent};

int door_connection_become(DoorConnection *connection, const DoorProtocol *protocol)
{
    if (connection->protocol) connection->protocol->end(connection->state);
    connection->protocol = protocol;
    bundle_set_origin(&connection->group, protocol->name, connection->peer);
    connection->state = protocol->begin(connection);
    connection->in.bytes_max = protocol->input_bytes_max + DOOR_READ_BYTES;
    return connection->state ? 0 : -ENOMEM;
}

static DoorConnection *free_slot(Doors *doors)
{
    for (size_t i = 0; i < DOOR_CONNECTIONS_MAX; i++) {
        if (doors->connections[i].fd < 0) return &doors->connections[i];
    }
    return NULL;
}

static bool has_too_many(const Doors *doors, const struct sockaddr_storage *peer)
{
    char host[LISTEN_HOST_BYTES];
    size_t count = 0;
    listen_print_peer(host, peer);
    for (size_t i = 0; i < DOOR_CONNECTIONS_MAX; i++) {
        const DoorConnection *other = &doors->connections[i];
        count += other->fd >= 0 && strcmp(other->peer, host) == 0;
    }
    return count >= DOOR_CONNECTIONS_A_PEER_MAX;
}

static void on_settled(Ticket *ticket, int result)
{
    DoorConnection *connection =
        (DoorConnection *)(void *)((char *)ticket - offsetof(DoorConnection, ticket));
    Doors *doors = connection->doors;
    pthread_mutex_lock(&doors->lock);
    connection->result = result;
    connection->next_settled = doors->settled;
    bool first = !doors->settled;
    doors->settled = connection;
    pthread_mutex_unlock(&doors->lock);
    if (first) doors_wake(doors);
}

static int begin(DoorConnection *connection, const struct sockaddr_storage *peer)
{
    const Doors *doors = connection->doors;
    const Os *os = doors->os;
    listen_print_peer(connection->peer, peer);
    connection->group = bundle_make();
    connection->group.connection = connection->number;
    connection->out = buf_make(4 * DOOR_OUT_BYTES_MAX);
    connection->answer = buf_make((size_t)64 << 20);
    connection->ticket.settled = on_settled;
    connection->chosen = connection->door->tls == DOOR_TLS_NEVER;
    (void)!os->set_option(os->state, connection->fd, IPPROTO_TCP, TCP_NODELAY, 1);
    (void)!os->set_option(os->state, connection->fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    int r = door_connection_become(connection, protocols[connection->door->kind]);
    if (r < 0) return r;
    return os->poll_set(os->state, doors->poll_fd, EPOLL_CTL_ADD, connection->fd,
                        EPOLLIN | EPOLLONESHOT, token_of(connection));
}

static ssize_t send_some(DoorConnection *connection)
{
    const Os *os = connection->doors->os;
    Slice rest = slice_skip(buf_slice(&connection->out), connection->out_sent);
    bool other = false;
    if (connection->tls) return door_tls_send(connection->tls, rest.ptr, rest.len, &other);
    return os->send(os->state, connection->fd, rest.ptr, rest.len);
}

/* 0: all is sent; -EAGAIN; or it is broken. */
static int flush_out(DoorConnection *connection)
{
    while (connection->out_sent < connection->out.len) {
        ssize_t r = send_some(connection);
        if (r < 0) return (int)r;
        connection->out_sent += (size_t)r;
    }
    if (connection->out.capacity > DOOR_OUT_BYTES_MAX) buf_done(&connection->out);
    buf_clear(&connection->out);
    connection->out_sent = 0;
    return 0;
}

void door_connection_open(Doors *doors, const Door *door, int fd,
                          const struct sockaddr_storage *peer)
{
    const Os *os = doors->os;
    DoorCounters *counters = &doors->counters[door->kind];
    DoorConnection *connection = has_too_many(doors, peer) ? NULL : free_slot(doors);
    if (!connection) {
        os->close(os->state, fd);
        door_count(&counters->connections_refused, 1);
        return;
    }
    *connection = (DoorConnection){.doors = doors,
                                   .door = door,
                                   .fd = fd,
                                   .number = ++doors->connection_number,
                                   .active_ns = doors->now_ns};
    door_count(&counters->connections_open, 1);
    door_count(&counters->connections_total, 1);
    if (begin(connection, peer) < 0) {
        door_connection_close(connection);
    } else if (connection->chosen) {
        (void)!flush_out(connection); /* a dialect in which the server speaks first */
    }
}

/* After a request was taken apart, and after it is over. */
static void count_taken(DoorConnection *connection)
{
    Doors *doors = connection->doors;
    const Bundle *group = &connection->group;
    const DoorProtocol *protocol = connection->protocol;
    size_t bytes = group->arena.bytes + group->capacity * sizeof *group->messages;
    if (connection->state && protocol->held) bytes += protocol->held(connection->state);
    doors->taken_bytes += bytes - connection->taken_bytes;
    connection->taken_bytes = bytes;
}

void door_connection_close(DoorConnection *connection)
{
    Doors *doors = connection->doors;
    (void)!flush_out(connection);
    door_tls_link_free(connection->tls);
    doors->os->close(doors->os->state, connection->fd);
    connection->fd = -1;
    if (connection->state) connection->protocol->end(connection->state);
    connection->state = NULL;
    buf_done(&connection->in);
    door_count_held(connection);
    buf_done(&connection->out);
    buf_done(&connection->answer);
    bundle_done(&connection->group);
    count_taken(connection);
    atomic_fetch_sub_explicit(&door_counters_of(connection)->connections_open, 1,
                              memory_order_relaxed);
}

/* --- one request ------------------------------------------------------------------------------ */

static void pause_connection(DoorConnection *connection)
{
    Doors *doors = connection->doors;
    if (connection->paused) return;
    connection->paused = true;
    connection->next_paused = NULL;
    if (doors->last_paused) {
        doors->last_paused->next_paused = connection;
    } else {
        doors->first_paused = connection;
    }
    doors->last_paused = connection;
    door_count(&door_counters_of(connection)->paused, 1);
}

/* The request is over: its bytes go, its answer is on its way. */
static void finish_unit(DoorConnection *connection)
{
    Slice rest = slice_skip(buf_slice(&connection->in), connection->unit_bytes);
    buf_add_slice(&connection->out, buf_slice(&connection->answer));
    if (buf_error(&connection->answer) || buf_error(&connection->out)) connection->closing = true;
    buf_clear(&connection->answer);
    if (connection->answer.capacity > DOOR_OUT_BYTES_MAX) buf_done(&connection->answer);
    if (rest.len > 0) memmove(connection->in.ptr, rest.ptr, rest.len);
    connection->in.len = rest.len;
    if (rest.len == 0) buf_done(&connection->in); /* a silent connection holds no memory */
    door_count_held(connection);
    bundle_clear(&connection->group);
    if (connection->protocol->finish) connection->protocol->finish(connection->state);
    connection->group_taken = connection->unit_bytes = 0;
    connection->begun_ns = connection->doors->now_ns;
    count_taken(connection);
    connection->has_unit = connection->awaited = false;
    if (connection->closes_after) connection->closing = true;
}

/* 0: all of the group was taken; -EAGAIN: no room for the rest. */
static int offer(DoorConnection *connection)
{
    Doors *doors = connection->doors;
    const MessageSink *sink = &doors->options.sink;
    const Bundle *group = &connection->group;
    size_t left = group->count - connection->group_taken;
    if (left == 0) return 0;
    doors->offered = true;
    ssize_t r =
        sink->group(sink->context, group->messages + connection->group_taken, left,
                    connection->group_taken == 0, connection->awaited ? &connection->ticket : NULL);
    if (r < 0) return (int)r;
    door_count(&door_counters_of(connection)->messages, (uint64_t)r);
    connection->group_taken += (size_t)r;
    if (connection->group_taken < group->count) return -EAGAIN;
    if (connection->awaited) {
        connection->waits = true;
        connection->alive_ns = doors->now_ns;
    }
    return 0;
}

static void take_unit(DoorConnection *connection)
{
    Slice input = buf_slice(&connection->in);
    connection->group.received_ns = connection->doors->os->now_ns(connection->doors->os->state);
    ssize_t r = connection->protocol->take(connection, input, connection->ended);
    count_taken(connection);
    if (r < 0) {
        connection->closing = connection->has_unit = true;
        connection->unit_bytes = input.len;
        door_count(&door_counters_of(connection)->refused, 1);
    } else if (r > 0) {
        connection->has_unit = true;
        connection->unit_bytes = (size_t)r;
        door_count(&door_counters_of(connection)->requests, 1);
    }
    if (!connection->has_unit && connection->answer.len > 0) { /* `100 Continue` */
        buf_add_slice(&connection->out, buf_slice(&connection->answer));
        buf_clear(&connection->answer);
    }
}

/* Goes on as far as it can without waiting. False: it has to wait for something but the peer. */
static bool work_off(DoorConnection *connection)
{
    for (;;) {
        if (connection->waits) return false;
        if (connection->has_unit) {
            if (offer(connection) == -EAGAIN) {
                pause_connection(connection);
                return false;
            }
            if (connection->waits) return false;
            finish_unit(connection);
        }
        bool behind = connection->out.len - connection->out_sent > DOOR_OUT_BYTES_MAX;
        if (connection->closing || behind || connection->doors->stopping) return true;
        if (connection->doors->taken_bytes > DOORS_TAKEN_BYTES_MAX) {
            pause_connection(connection);
            return false;
        }
        if (connection->in.len > 0 || connection->ended) take_unit(connection);
        if (!connection->has_unit) return true;
    }
}

/* --- reading ---------------------------------------------------------------------------------- */

/* One turn of reading and working off. */
static bool read_turn(DoorConnection *connection)
{
    for (int i = 0; i < DOOR_READS_A_TURN; i++) {
        if (connection->closing || connection->ended) return true;
        if (!door_may_read(connection)) {
            pause_connection(connection);
            return false;
        }
        connection->wants_write = false;
        ssize_t r = door_read(connection);
        if (r == -EAGAIN) return true;
        if (r <= 0) door_note_end(connection, r);
        if (!work_off(connection)) return false;
        /* Without TLS a short read means that there is no more; epoll tells when there is. */
        if (!connection->tls && (size_t)r < DOOR_READ_BYTES) return true;
        if (connection->tls && !door_tls_has_more(connection->tls) && i > 0) return true;
    }
    return true;
}

/* What is asked of the descriptor next, or the end. */
static void rest(DoorConnection *connection)
{
    int r = flush_out(connection);
    bool broken = r < 0 && r != -EAGAIN;
    bool over = connection->closing || connection->ended;
    if (broken || (over && r == 0)) {
        door_connection_close(connection);
        return;
    }
    bool writes = r == -EAGAIN || connection->wants_write;
    bool behind = connection->out.len - connection->out_sent > DOOR_OUT_BYTES_MAX;
    bool reads = !over && !behind;
    if (connection_arm(connection, (reads ? EPOLLIN : 0) | (writes ? EPOLLOUT : 0)) < 0) {
        door_connection_close(connection);
    }
}

static void go_on(DoorConnection *connection)
{
    if (!work_off(connection)) return;
    if (!read_turn(connection)) {
        (void)!flush_out(connection); /* answers of before go out while this one waits */
        return;
    }
    rest(connection);
}

void door_connection_ready(DoorConnection *connection)
{
    if (connection->fd < 0 || connection->paused || connection->waits) return;
    go_on(connection);
}

void door_connection_settled(DoorConnection *connection)
{
    connection->waits = false;
    if (connection->result < 0) {
        door_count(&door_counters_of(connection)->failed, 1);
        buf_clear(&connection->answer);
        if (connection->protocol->fail) connection->protocol->fail(connection);
        connection->closing = true;
    }
    connection->active_ns = connection->doors->now_ns;
    finish_unit(connection);
    if (connection->doors->stopping) {
        (void)!flush_out(connection);
    } else {
        go_on(connection);
    }
}

void door_connections_resume(Doors *doors)
{
    DoorConnection *all = doors->first_paused;
    doors->first_paused = doors->last_paused = NULL;
    while (all) {
        DoorConnection *connection = all;
        all = connection->next_paused;
        connection->paused = false;
        go_on(connection);
    }
}

/* --- time ------------------------------------------------------------------------------------- */

static void keep_alive(DoorConnection *connection)
{
    Doors *doors = connection->doors;
    if (!connection->protocol->keep_alive) return;
    if (doors->now_ns - connection->alive_ns < DOOR_KEEP_ALIVE_SECONDS * NS_PER_SECOND) return;
    connection->alive_ns = doors->now_ns;
    if (connection->out.len > connection->out_sent) return;
    connection->protocol->keep_alive(connection, &connection->out);
    (void)!flush_out(connection);
}

static int64_t patience_ns(const DoorConnection *connection)
{
    bool in_handshake =
        !connection->chosen || (connection->tls && !door_tls_is_open(connection->tls));
    if (in_handshake) return DOOR_HANDSHAKE_SECONDS_MAX * NS_PER_SECOND;
    bool idle = connection->in.len == 0 && connection->out.len == 0;
    return (idle ? DOOR_IDLE_SECONDS_MAX : DOOR_UNFINISHED_SECONDS_MAX) * NS_PER_SECOND;
}

/* A silent connection without TLS sent nothing to choose by: that is idleness, no handshake. */
void door_connections_sweep(Doors *doors)
{
    for (size_t i = 0; i < DOOR_CONNECTIONS_MAX; i++) {
        DoorConnection *connection = &doors->connections[i];
        if (connection->fd < 0) continue;
        if (connection->waits) keep_alive(connection);
        if (connection->waits || connection->paused || connection->has_unit) continue;
        bool drips = connection->in.len > 0 && doors->now_ns - connection->begun_ns >=
                                                   DOOR_REQUEST_SECONDS_MAX * NS_PER_SECOND;
        bool silent = doors->now_ns - connection->active_ns >= patience_ns(connection);
        if (drips || silent) door_connection_close(connection);
    }
}
