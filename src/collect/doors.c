/* The event loop of the doors. See doors.h. */
#include "base/time_text.h"
#include "collect/door_inside.h"
#include "collect/hec_channels.h"

#include <errno.h>
#include <stdlib.h>

#define ACCEPTS_A_STEP 128
#define ACCEPT_RETRY_MS 200
#define SWEEP_MS 1000

static void doors_free(Doors *doors)
{
    const Os *os = doors->os;
    for (size_t i = 0; i < doors->door_count; i++) {
        if (doors->doors[i].fd >= 0) os->close(os->state, doors->doors[i].fd);
        if (doors->doors[i].udp_fd >= 0) os->close(os->state, doors->doors[i].udp_fd);
    }
    if (doors->event_fd >= 0) os->close(os->state, doors->event_fd);
    if (doors->poll_fd >= 0) os->close(os->state, doors->poll_fd);
    gelf_udp_free(doors->datagrams);
    hec_channels_free(doors->channels);
    pthread_mutex_destroy(&doors->lock);
    free(doors->connections);
    free(doors);
}

static int poll_add(Doors *doors, int fd, uint64_t token)
{
    return doors->os->poll_set(doors->os->state, doors->poll_fd, EPOLL_CTL_ADD, fd, EPOLLIN, token);
}

static int prepare(Doors *doors)
{
    const Os *os = doors->os;
    uint64_t seed[2];
    int r = os->random(os->state, seed, sizeof seed);
    if (r < 0) return r;
    doors->connections = calloc(DOOR_CONNECTIONS_MAX, sizeof *doors->connections);
    doors->channels = hec_channels_new(seed);
    if (!doors->connections || !doors->channels) return -ENOMEM;
    for (size_t i = 0; i < DOOR_CONNECTIONS_MAX; i++)
        doors->connections[i].fd = -1;
    r = doors->poll_fd = os->poll_new(os->state);
    if (r >= 0) r = doors->event_fd = os->event_new(os->state);
    if (r >= 0) r = poll_add(doors, doors->event_fd, DOOR_TOKEN_WAKE);
    return r < 0 ? r : 0;
}

int doors_new(const DoorsOptions *options, Doors **ret)
{
    Doors *doors = calloc(1, sizeof *doors);
    if (!doors) return -ENOMEM;
    doors->options = *options;
    doors->os = options->os;
    doors->poll_fd = doors->event_fd = -1;
    pthread_mutex_init(&doors->lock, NULL);
    int r = prepare(doors);
    if (r < 0) {
        doors_free(doors);
        return r;
    }
    *ret = doors;
    return 0;
}

/* GELF has both kinds of sockets on one port. */
static int udp_open(Doors *doors, Door *door, const char *address, int port)
{
    const Os *os = doors->os;
    door->udp_fd = listen_open(os, address, port, SOCK_DGRAM);
    if (door->udp_fd < 0) return door->udp_fd;
    (void)!os->set_option(os->state, door->udp_fd, SOL_SOCKET, SO_RCVBUF, 4 << 20);
    int r = doors->datagrams ? 0 : gelf_udp_new(doors);
    return r < 0 ? r : poll_add(doors, door->udp_fd, DOOR_TOKEN_UDP + doors->door_count);
}

static int door_open(Doors *doors, Door *door, const char *address, int port)
{
    const Os *os = doors->os;
    int r = door->fd = listen_open(os, address, port, SOCK_STREAM);
    if (r >= 0) r = port = os->local_port(os->state, door->fd);
    if (r >= 0 && door->kind == DOOR_GELF) r = udp_open(doors, door, address, port);
    if (r >= 0) r = poll_add(doors, door->fd, DOOR_TOKEN_TCP + doors->door_count);
    return r < 0 ? r : port;
}

int doors_add(Doors *doors, DoorKind kind, DoorTlsUse tls, const char *address, int port,
              Complaint *complaint)
{
    const Os *os = doors->os;
    if (doors->door_count == DOORS_MAX) return -E2BIG;
    Door *door = &doors->doors[doors->door_count];
    *door = (Door){.kind = kind, .tls = tls, .fd = -1, .udp_fd = -1};
    int r = door_open(doors, door, address, port);
    if (r < 0) {
        if (door->fd >= 0) os->close(os->state, door->fd);
        if (door->udp_fd >= 0) os->close(os->state, door->udp_fd);
        listen_say_failure(complaint, address, port, r);
        return r;
    }
    doors->door_count++;
    return r;
}

const DoorCounters *doors_counters(const Doors *doors, DoorKind kind)
{
    return &doors->counters[kind];
}

void doors_wake(Doors *doors)
{
    (void)!doors->os->event_raise(doors->os->state, doors->event_fd);
}

/* --- connections come ------------------------------------------------------------------------- */

/* No descriptor left for a connection: it stays in the kernel's queue, and the socket is not polled
 * for a while, as it would be ready all the time. */
static void accept_pause(Doors *doors, Door *door)
{
    doors->os->poll_set(doors->os->state, doors->poll_fd, EPOLL_CTL_DEL, door->fd, 0, 0);
    door->accept_at_ns = doors->now_ns + ACCEPT_RETRY_MS * NS_PER_MS;
}

static void accept_resume(Doors *doors)
{
    for (size_t i = 0; i < doors->door_count; i++) {
        Door *door = &doors->doors[i];
        if (door->accept_at_ns == 0 || doors->now_ns < door->accept_at_ns) continue;
        if (poll_add(doors, door->fd, DOOR_TOKEN_TCP + i) == 0) door->accept_at_ns = 0;
    }
}

static void accept_some(Doors *doors, Door *door)
{
    const Os *os = doors->os;
    for (int i = 0; i < ACCEPTS_A_STEP; i++) {
        struct sockaddr_storage peer = {0};
        int fd = os->accept(os->state, door->fd, &peer);
        if (fd >= 0) {
            door_connection_open(doors, door, fd, &peer);
            continue;
        }
        bool scarce = fd == -EMFILE || fd == -ENFILE || fd == -ENOBUFS || fd == -ENOMEM;
        if (scarce) accept_pause(doors, door);
        if (scarce || fd == -EAGAIN) return;
    }
}

/* --- the step --------------------------------------------------------------------------------- */

static void take_settled(Doors *doors)
{
    pthread_mutex_lock(&doors->lock);
    DoorConnection *settled = doors->settled;
    doors->settled = NULL;
    pthread_mutex_unlock(&doors->lock);
    while (settled) {
        DoorConnection *connection = settled;
        settled = connection->next_settled;
        door_connection_settled(connection);
    }
}

static void take_event(Doors *doors, const struct epoll_event *event, bool *accepting)
{
    uint64_t token = event->data.u64, raised;
    if (token < DOOR_CONNECTIONS_MAX) {
        door_connection_ready(&doors->connections[token]);
    } else if (token == DOOR_TOKEN_WAKE) {
        (void)!doors->os->read(doors->os->state, doors->event_fd, &raised, sizeof raised);
    } else if (token >= DOOR_TOKEN_UDP) {
        gelf_udp_read(doors, &doors->doors[token - DOOR_TOKEN_UDP]);
    } else {
        accepting[token - DOOR_TOKEN_TCP] = true;
    }
}

static void upkeep(Doors *doors)
{
    doors->now_ns = doors->os->monotonic_ns(doors->os->state);
    take_settled(doors);
    door_connections_resume(doors);
    accept_resume(doors);
    if (doors->now_ns - doors->swept_ns >= SWEEP_MS * NS_PER_MS) {
        doors->swept_ns = doors->now_ns;
        door_connections_sweep(doors);
    }
}

static void flush_offered(Doors *doors)
{
    const MessageSink *sink = &doors->options.sink;
    if (doors->offered && sink->flush) sink->flush(sink->context);
    doors->offered = false;
}

int doors_step(Doors *doors, int wait_ms)
{
    const Os *os = doors->os;
    struct epoll_event events[DOOR_EVENTS_A_STEP];
    bool accepting[DOORS_MAX] = {false};
    upkeep(doors);
    flush_offered(doors);
    int most_ms = doors->first_paused ? DOOR_RETRY_MS : ACCEPT_RETRY_MS;
    if (wait_ms < 0 || wait_ms > most_ms) wait_ms = most_ms;
    int count = os->wait(os->state, doors->poll_fd, events, DOOR_EVENTS_A_STEP, wait_ms);
    if (count < 0) return count == -EINTR ? 0 : count;
    doors->now_ns = os->monotonic_ns(os->state);
    for (int i = 0; i < count; i++)
        take_event(doors, &events[i], accepting);
    take_settled(doors);
    /* Last: a slot that was freed above must not get a stale event meant for its old connection. */
    for (size_t i = 0; i < doors->door_count; i++) {
        if (accepting[i]) accept_some(doors, &doors->doors[i]);
    }
    flush_offered(doors);
    return 0;
}

void doors_close(Doors *doors)
{
    if (!doors) return;
    doors->stopping = true;
    take_settled(doors);
    for (size_t i = 0; i < DOOR_CONNECTIONS_MAX; i++) {
        if (doors->connections[i].fd >= 0) door_connection_close(&doors->connections[i]);
    }
    doors_free(doors);
}
