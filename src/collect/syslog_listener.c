/* The event loop of the syslog door. See syslog_listener.h. */
#include "base/time_text.h"
#include "collect/listen_address.h"
#include "collect/syslog_inside.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>

#define PORT_TRIES 16 /* for a port that both UDP and TCP have free */

void syslog_origin_print(char *to, const char *door, const struct sockaddr_storage *peer)
{
    char host[LISTEN_HOST_BYTES];
    listen_print_peer(host, peer);
    snprintf(to, SYSLOG_ORIGIN_BYTES, "%s %s", door, host);
}

static int tcp_open(SyslogListener *listener, const ListenAddress *address, socklen_t bytes)
{
    const Os *os = listener->os;
    listener->tcp_fd = os->socket(os->state, address->any.sa_family, SOCK_STREAM);
    if (listener->tcp_fd < 0) return listener->tcp_fd;
    /* So that a restart need not wait for connections of before to be forgotten. */
    int r = os->set_option(os->state, listener->tcp_fd, SOL_SOCKET, SO_REUSEADDR, 1);
    if (r == 0) r = listen_take_both(os, listener->tcp_fd, address);
    if (r == 0) r = os->bind(os->state, listener->tcp_fd, &address->any, bytes);
    if (r == 0) r = os->listen(os->state, listener->tcp_fd, LISTEN_BACKLOG);
    return r;
}

static void doors_close(SyslogListener *listener)
{
    if (listener->tcp_fd >= 0) listener->os->close(listener->os->state, listener->tcp_fd);
    listener->tcp_fd = -1;
    syslog_udp_close(listener);
}

/* Both sockets on one port: that of the TCP socket when any will do. */
static int doors_open(SyslogListener *listener, const char *text, int port)
{
    const Os *os = listener->os;
    ListenAddress address;
    int r = -EADDRINUSE;
    for (int i = 0; i < PORT_TRIES && r == -EADDRINUSE; i++) {
        doors_close(listener);
        socklen_t bytes = listen_address_read(text, port, &address);
        if (bytes == 0) return -EINVAL;
        r = tcp_open(listener, &address, bytes);
        if (r < 0 && port) return r;
        if (r == 0) r = listener->port = os->local_port(os->state, listener->tcp_fd);
        if (r < 0) continue;
        listen_address_read(text, listener->port, &address);
        r = syslog_udp_open(listener, address.any.sa_family);
        if (r == 0) r = listen_take_both(os, listener->udp.fd, &address);
        if (r == 0) r = os->bind(os->state, listener->udp.fd, &address.any, bytes);
        if (port) return r;
    }
    return r;
}

static int poll_open(SyslogListener *listener)
{
    const Os *os = listener->os;
    const struct {
        int fd;
        uint64_t token;
    } doors[] = {{listener->event_fd, SYSLOG_TOKEN_WAKE},
                 {listener->udp.fd, SYSLOG_TOKEN_UDP},
                 {listener->tcp_fd, SYSLOG_TOKEN_TCP}};
    int r = 0;
    for (size_t i = 0; i < ARRAY_COUNT(doors) && r == 0; i++) {
        r = os->poll_set(os->state, listener->poll_fd, EPOLL_CTL_ADD, doors[i].fd, EPOLLIN,
                         doors[i].token);
    }
    return r;
}

static void listener_free(SyslogListener *listener)
{
    const Os *os = listener->os;
    doors_close(listener);
    if (listener->event_fd >= 0) os->close(os->state, listener->event_fd);
    if (listener->poll_fd >= 0) os->close(os->state, listener->poll_fd);
    free(listener->udp.buffer);
    free(listener->connections);
    free(listener);
}

static SyslogListener *listener_new(const Os *os, const MessageSink *sink)
{
    SyslogListener *listener = calloc(1, sizeof *listener);
    if (!listener) return NULL;
    listener->os = os;
    listener->sink = *sink;
    listener->poll_fd = listener->event_fd = listener->tcp_fd = listener->udp.fd = -1;
    listener->now_ns = listener->idle_sweep_ns = os->monotonic_ns(os->state);
    listener->connections = calloc(SYSLOG_CONNECTIONS_MAX, sizeof *listener->connections);
    for (size_t i = 0; listener->connections && i < SYSLOG_CONNECTIONS_MAX; i++) {
        listener->connections[i].fd = -1;
    }
    return listener;
}

int syslog_listener_open(const Os *os, const char *address, int port, const MessageSink *sink,
                         SyslogListener **ret, Complaint *complaint)
{
    SyslogListener *listener = listener_new(os, sink);
    if (!listener) return -ENOMEM;
    int r = listener->connections ? doors_open(listener, address, port) : -ENOMEM;
    if (r >= 0) r = listener->poll_fd = os->poll_new(os->state);
    if (r >= 0) r = listener->event_fd = os->event_new(os->state);
    if (r >= 0) r = poll_open(listener);
    if (r < 0) {
        listen_say_failure(complaint, address, port, r);
        listener_free(listener);
        return r;
    }
    syslog_udp_count_drops(listener);
    *ret = listener;
    return 0;
}

int syslog_listener_port(const SyslogListener *listener)
{
    return listener->port;
}

const SyslogCounters *syslog_listener_counters(const SyslogListener *listener)
{
    return &listener->counters;
}

void syslog_listener_wake(SyslogListener *listener)
{
    (void)!listener->os->event_raise(listener->os->state, listener->event_fd);
}

int syslog_hand_on(SyslogListener *listener, const Message *message)
{
    if (listener->sink_full) return -EAGAIN; /* no need to ask again in the same step */
    int r = listener->sink.message(listener->sink.context, message);
    if (r >= 0) return 0;
    listener->sink_full = true;
    if (r != -EAGAIN) listener->error = r;
    return r;
}

/* No descriptor or memory left for a connection: it stays in the kernel's queue, and the socket is
 * not polled for a while, as it would be ready all the time. */
static void accept_pause(SyslogListener *listener)
{
    const Os *os = listener->os;
    os->poll_set(os->state, listener->poll_fd, EPOLL_CTL_DEL, listener->tcp_fd, 0, 0);
    listener->accept_at_ns = listener->now_ns + SYSLOG_ACCEPT_RETRY_MS * NS_PER_MS;
}

static void accept_resume(SyslogListener *listener)
{
    const Os *os = listener->os;
    if (listener->accept_at_ns == 0 || listener->now_ns < listener->accept_at_ns) return;
    if (os->poll_set(os->state, listener->poll_fd, EPOLL_CTL_ADD, listener->tcp_fd, EPOLLIN,
                     SYSLOG_TOKEN_TCP) == 0) {
        listener->accept_at_ns = 0;
    }
}

static void accept_some(SyslogListener *listener)
{
    const Os *os = listener->os;
    for (int i = 0; i < SYSLOG_ACCEPTS_A_STEP; i++) {
        struct sockaddr_storage peer = {0};
        int fd = os->accept(os->state, listener->tcp_fd, &peer);
        if (fd >= 0) {
            syslog_connection_open(listener, fd, &peer);
            continue;
        }
        bool scarce = fd == -EMFILE || fd == -ENFILE || fd == -ENOBUFS || fd == -ENOMEM;
        if (scarce) accept_pause(listener);
        if (scarce || fd == -EAGAIN) return;
        /* Other errors belong to the one connection, gone before it was taken (accept(2)). */
    }
}

static void take_event(SyslogListener *listener, uint64_t token)
{
    const Os *os = listener->os;
    uint64_t raised;
    if (token < SYSLOG_CONNECTIONS_MAX) {
        syslog_connection_read(listener, &listener->connections[token]);
    } else if (token == SYSLOG_TOKEN_UDP) {
        (void)syslog_udp_read(listener);
    } else if (token == SYSLOG_TOKEN_WAKE) {
        (void)!os->read(os->state, listener->event_fd, &raised, sizeof raised);
    }
}

static bool is_waiting_for_sink(const SyslogListener *listener)
{
    return listener->first_paused || listener->udp.at < listener->udp.count;
}

/* What does not hang on traffic. */
static void upkeep(SyslogListener *listener)
{
    listener->now_ns = listener->os->monotonic_ns(listener->os->state);
    listener->sink_full = false;
    if (syslog_udp_resume(listener)) syslog_connections_resume(listener);
    accept_resume(listener);
    if (listener->now_ns - listener->udp.asked_ns >= NS_PER_SECOND) {
        syslog_udp_count_drops(listener);
    }
    if (listener->now_ns - listener->idle_sweep_ns >= 60 * NS_PER_SECOND) {
        listener->idle_sweep_ns = listener->now_ns;
        syslog_connections_sweep(listener);
    }
}

static int wait_bounded(const SyslogListener *listener, int wait_ms)
{
    int most_ms = is_waiting_for_sink(listener) ? SYSLOG_RETRY_MS
                  : listener->accept_at_ns      ? SYSLOG_ACCEPT_RETRY_MS
                                                : 1000;
    return wait_ms < 0 || wait_ms > most_ms ? most_ms : wait_ms;
}

int syslog_listener_step(SyslogListener *listener, int wait_ms)
{
    const Os *os = listener->os;
    struct epoll_event events[SYSLOG_EVENTS_A_STEP];
    upkeep(listener);
    if (listener->error) return listener->error;
    if (listener->udp.steps_in_a_row > 1) os->sleep_ns(os->state, SYSLOG_GATHER_NS);
    int count = os->wait(os->state, listener->poll_fd, events, SYSLOG_EVENTS_A_STEP,
                         wait_bounded(listener, wait_ms));
    if (count < 0) return count == -EINTR ? 0 : count;
    bool accepting = false, datagrams = false;
    listener->now_ns = os->monotonic_ns(os->state);
    for (int i = 0; i < count; i++) {
        datagrams |= events[i].data.u64 == SYSLOG_TOKEN_UDP;
        accepting |= events[i].data.u64 == SYSLOG_TOKEN_TCP;
        take_event(listener, events[i].data.u64);
    }
    listener->udp.steps_in_a_row = datagrams ? listener->udp.steps_in_a_row + 1 : 0;
    /* Last: a slot that was freed above must not get a stale event meant for its old connection. */
    if (accepting) accept_some(listener);
    return listener->error;
}

void syslog_listener_close(SyslogListener *listener)
{
    const Os *os = listener->os;
    int64_t end_ns = os->monotonic_ns(os->state) + SYSLOG_CLOSE_MS_MAX * NS_PER_MS;
    accept_some(listener);
    os->close(os->state, listener->tcp_fd);
    listener->tcp_fd = -1;
    for (;;) {
        listener->now_ns = os->monotonic_ns(os->state);
        listener->sink_full = false;
        bool done = syslog_udp_resume(listener) && syslog_udp_read(listener);
        if (syslog_connections_finish(listener) && done) break;
        if (listener->now_ns >= end_ns || listener->error) break;
        if (listener->sink_full) os->sleep_ns(os->state, 5 * NS_PER_MS);
    }
    syslog_udp_count_drops(listener);
    for (size_t i = 0; i < SYSLOG_CONNECTIONS_MAX; i++) {
        SyslogConnection *connection = &listener->connections[i];
        if (connection->fd >= 0) syslog_connection_close(listener, connection);
    }
    listener_free(listener);
}
