/* Sockets and waiting, which are not simulated: each gives -ENOSYS. */
#include "os/simulated_disk.h"

#include <errno.h>

static int no_socket(void *state, int family, int type)
{
    (void)state, (void)family, (void)type;
    return -ENOSYS;
}

static int no_address(void *state, int fd, const struct sockaddr *address, socklen_t bytes)
{
    (void)state, (void)fd, (void)address, (void)bytes;
    return -ENOSYS;
}

static int no_listen(void *state, int fd, int backlog)
{
    (void)state, (void)fd, (void)backlog;
    return -ENOSYS;
}

static int no_accept(void *state, int fd, struct sockaddr_storage *ret_peer)
{
    (void)state, (void)fd, (void)ret_peer;
    return -ENOSYS;
}

static ssize_t no_receive(void *state, int fd, void *to, size_t bytes,
                          struct sockaddr_storage *ret_peer)
{
    (void)state, (void)fd, (void)to, (void)bytes, (void)ret_peer;
    return -ENOSYS;
}

static ssize_t no_send(void *state, int fd, const void *from, size_t bytes)
{
    (void)state, (void)fd, (void)from, (void)bytes;
    return -ENOSYS;
}

static int no_option(void *state, int fd, int level, int name, int value)
{
    (void)state, (void)fd, (void)level, (void)name, (void)value;
    return -ENOSYS;
}

static int no_poll_set(void *state, int poll_fd, int operation, int fd, uint32_t events,
                       uint64_t token)
{
    (void)state, (void)poll_fd, (void)operation, (void)fd, (void)events, (void)token;
    return -ENOSYS;
}

static int no_wait(void *state, int poll_fd, struct epoll_event *events, int count, int wait_ms)
{
    (void)state, (void)poll_fd, (void)events, (void)count, (void)wait_ms;
    return -ENOSYS;
}

static int no_new(void *state)
{
    (void)state;
    return -ENOSYS;
}

static int no_fd(void *state, int fd)
{
    (void)state, (void)fd;
    return -ENOSYS;
}

void simulated_without_sockets(Os *os)
{
    os->socket = no_socket;
    os->bind = no_address;
    os->listen = no_listen;
    os->accept = no_accept;
    os->receive = no_receive;
    os->send = no_send;
    os->set_option = no_option;
    os->local_port = no_fd;
    os->poll_new = no_new;
    os->poll_set = no_poll_set;
    os->wait = no_wait;
    os->event_new = no_new;
    os->event_raise = no_fd;
}
