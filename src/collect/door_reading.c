/* What a connection of the doors receives: TLS or not, and how much may be held. */
#include "collect/door_inside.h"

#include <errno.h>

void door_count_held(DoorConnection *connection)
{
    Doors *doors = connection->doors;
    doors->held_bytes += connection->in.capacity - connection->in_capacity;
    connection->in_capacity = connection->in.capacity;
}

/* TLS or not is told by the first bytes: a handshake record begins 16 03 (RFC 8446, 5.1). */
static int choose_tls(DoorConnection *connection)
{
    Doors *doors = connection->doors;
    const Os *os = doors->os;
    size_t want = DOOR_TLS_HEAD_BYTES - connection->head_len;
    ssize_t r = os->read(os->state, connection->fd, connection->head + connection->head_len, want);
    if (r <= 0) return r == 0 ? -ECONNRESET : (int)r;
    connection->head_len += (size_t)r;
    Slice head = slice_of(connection->head, connection->head_len);
    bool maybe = head.ptr[0] == 0x16 && (head.len < 2 || head.ptr[1] == 0x03);
    if (maybe && head.len < DOOR_TLS_HEAD_BYTES) return -EAGAIN;
    connection->chosen = true;
    if (maybe) {
        bool ask = connection->door->kind != DOOR_HTTP;
        connection->tls = door_tls_link_new(doors->options.tls, os, connection->fd, head, ask);
        return connection->tls ? 0 : -ENOMEM;
    }
    if (connection->door->tls == DOOR_TLS_REQUIRED) return -EPROTO;
    buf_add_slice(&connection->in, head);
    return buf_error(&connection->in);
}

ssize_t door_read(DoorConnection *connection)
{
    const Os *os = connection->doors->os;
    if (!connection->chosen) {
        int r = choose_tls(connection);
        if (r < 0) return r;
    }
    char *room = buf_reserve(&connection->in, DOOR_READ_BYTES);
    door_count_held(connection);
    if (!room) return buf_error(&connection->in);
    ssize_t r = connection->tls ? door_tls_read(connection->tls, room, DOOR_READ_BYTES,
                                                &connection->wants_write)
                                : os->read(os->state, connection->fd, room, DOOR_READ_BYTES);
    if (r <= 0) return r;
    if (connection->in.len == 0) connection->begun_ns = connection->doors->now_ns;
    connection->in.len += (size_t)r;
    connection->active_ns = connection->doors->now_ns;
    door_count(&door_counters_of(connection)->bytes, (uint64_t)r);
    return r;
}

bool door_may_read(const DoorConnection *connection)
{
    return connection->doors->held_bytes < DOORS_HELD_BYTES_MAX ||
           connection->in.len < DOOR_HELD_FREE_BYTES;
}

void door_note_end(DoorConnection *connection, ssize_t r)
{
    bool in_handshake = connection->tls && !door_tls_is_open(connection->tls);
    connection->ended = true;
    if (r == -EMSGSIZE) door_count(&door_counters_of(connection)->refused, 1);
    if (r != -EPROTO && !(in_handshake && r < 0)) return;
    door_count(&door_counters_of(connection)->tls_failed, 1);
    connection->closing = true;
}
