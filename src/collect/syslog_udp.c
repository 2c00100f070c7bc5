/* UDP of the syslog door: one datagram is one message (RFC 5426 3.1). */
#include "base/number.h"
#include "collect/syslog_inside.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

static int poll_udp(SyslogListener *listener, int operation)
{
    return listener->os->poll_set(listener->os->state, listener->poll_fd, operation,
                                  listener->udp.fd, EPOLLIN, SYSLOG_TOKEN_UDP);
}

int syslog_udp_open(SyslogListener *listener, int family)
{
    const Os *os = listener->os;
    SyslogDatagrams *udp = &listener->udp;
    udp->fd = os->socket(os->state, family, SOCK_DGRAM);
    if (udp->fd < 0) return udp->fd;
    /* The forced one is for who may exceed the system's limit (CAP_NET_ADMIN). */
    if (os->set_option(os->state, udp->fd, SOL_SOCKET, SO_RCVBUFFORCE, SYSLOG_UDP_BUFFER_BYTES) <
        0) {
        (void)!os->set_option(os->state, udp->fd, SOL_SOCKET, SO_RCVBUF, SYSLOG_UDP_BUFFER_BYTES);
    }
    if (!udp->buffer) {
        udp->buffer = malloc((size_t)SYSLOG_DATAGRAMS_A_CALL * SYSLOG_DATAGRAM_BYTES_MAX);
    }
    if (!udp->buffer) return -ENOMEM;
    for (size_t i = 0; i < SYSLOG_DATAGRAMS_A_CALL; i++) {
        udp->items[i].to = udp->buffer + i * SYSLOG_DATAGRAM_BYTES_MAX;
        udp->items[i].bytes_max = SYSLOG_DATAGRAM_BYTES_MAX;
    }
    return 0;
}

void syslog_udp_close(SyslogListener *listener)
{
    if (listener->udp.fd >= 0) listener->os->close(listener->os->state, listener->udp.fd);
    listener->udp.fd = -1;
}

/* Many devices end a datagram as they would a line. */
static Slice without_end(Slice message)
{
    while (message.len > 0 &&
           (message.ptr[message.len - 1] == '\0' || message.ptr[message.len - 1] == '\n' ||
            message.ptr[message.len - 1] == '\r')) {
        message.len--;
    }
    return message;
}

static int hand_on_datagram(SyslogListener *listener, const Datagram *datagram)
{
    SyslogDatagrams *udp = &listener->udp;
    if (memcmp(&datagram->peer, &udp->peer, sizeof udp->peer) != 0) {
        udp->peer = datagram->peer;
        syslog_origin_print(udp->origin, "syslog/udp", &udp->peer);
    }
    size_t bytes = datagram->bytes < datagram->bytes_max ? datagram->bytes : datagram->bytes_max;
    const Message message = {
        .bytes = without_end(slice_of(datagram->to, bytes)),
        .origin = udp->origin,
        .received_ns = udp->received_ns,
    };
    if (message.bytes.len == 0) return 0;
    int r = syslog_hand_on(listener, &message);
    if (r == 0) syslog_count(&listener->counters.udp_messages, 1);
    return r;
}

/* False: nothing more to read now. */
static bool receive(SyslogListener *listener)
{
    const Os *os = listener->os;
    SyslogDatagrams *udp = &listener->udp;
    int count = os_receive_many(os, udp->fd, udp->items, SYSLOG_DATAGRAMS_A_CALL);
    udp->at = udp->count = 0;
    if (count <= 0) return false;
    udp->count = count;
    udp->received_ns = os->now_ns(os->state);
    for (int i = 0; i < count; i++)
        syslog_count(&listener->counters.udp_bytes, udp->items[i].bytes);
    return true;
}

/* Where the kernel does not tell what it drops, what finds no room is dropped here and counted.
 * False: the rest waits. */
static bool hand_on_received(SyslogListener *listener)
{
    SyslogDatagrams *udp = &listener->udp;
    for (; udp->at < udp->count; udp->at++) {
        if (hand_on_datagram(listener, &udp->items[udp->at]) == 0) continue;
        if (udp->kernel_tells) return false;
        syslog_count(&listener->counters.udp_dropped, 1);
    }
    return true;
}

bool syslog_udp_read(SyslogListener *listener)
{
    for (int i = 0; i < SYSLOG_CALLS_A_STEP; i++) {
        if (!receive(listener)) return true;
        if (hand_on_received(listener)) continue;
        poll_udp(listener, EPOLL_CTL_DEL);
        return false;
    }
    return false;
}

bool syslog_udp_resume(SyslogListener *listener)
{
    SyslogDatagrams *udp = &listener->udp;
    if (udp->at == udp->count) return true;
    if (!hand_on_received(listener)) return false;
    if (poll_udp(listener, EPOLL_CTL_ADD) < 0) listener->error = -EIO;
    return true;
}

/* The kernel's table of UDP sockets (proc_pid_net(5), udp): column 10 is the socket's inode, 13 how
 * many datagrams it dropped because the buffer was full. */
static bool drops_of_line(Slice line, uint64_t inode, uint32_t *ret_drops)
{
    uint64_t found_inode = 0, drops = 0;
    for (int column = 1; column <= 13; column++) {
        line = slice_trim(line);
        size_t len = slice_find_char(line, ' ');
        if (len == SLICE_NOT_FOUND) len = line.len;
        Slice word = slice_first(line, len);
        if (column == 10 && number_parse_u64(word, &found_inode) < 0) return false;
        if (column == 13 && number_parse_u64(word, &drops) < 0) return false;
        line = slice_skip(line, len);
    }
    if (found_inode != inode) return false;
    *ret_drops = (uint32_t)drops;
    return true;
}

static bool drops_of_table(const Os *os, const char *path, uint64_t inode, uint32_t *ret_drops)
{
    char block[4096];
    size_t held = 0;
    CLEANUP(os_fd_done) OsFd table = {os, os->open(os->state, path, O_RDONLY, 0)};
    if (table.fd < 0) return false;
    for (;;) {
        ssize_t r = os->read(os->state, table.fd, block + held, sizeof block - held);
        if (r <= 0) return false;
        Slice rest = slice_of(block, held + (size_t)r);
        for (size_t end; (end = slice_find_char(rest, '\n')) != SLICE_NOT_FOUND;) {
            if (drops_of_line(slice_first(rest, end), inode, ret_drops)) return true;
            rest = slice_skip(rest, end + 1);
        }
        memmove(block, rest.ptr, rest.len);
        held = rest.len < sizeof block ? rest.len : 0;
    }
}

/* /proc/self/net and not /proc/net: the latter is hidden from services with ProcSubset=pid. */
void syslog_udp_count_drops(SyslogListener *listener)
{
    SyslogDatagrams *udp = &listener->udp;
    const Os *os = listener->os;
    FileInfo info;
    udp->asked_ns = listener->now_ns;
    if (udp->inode == 0 && os->info_fd(os->state, udp->fd, &info) == 0) udp->inode = info.inode;
    uint32_t drops = udp->kernel_drops;
    udp->kernel_tells =
        udp->inode != 0 && (drops_of_table(os, "/proc/self/net/udp", udp->inode, &drops) ||
                            drops_of_table(os, "/proc/self/net/udp6", udp->inode, &drops));
    syslog_count(&listener->counters.udp_dropped, drops - udp->kernel_drops);
    udp->kernel_drops = drops;
}
