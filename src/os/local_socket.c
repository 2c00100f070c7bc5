/* See local_socket.h. */
#include "os/local_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 16

/* -ENAMETOOLONG; what the system said of the folder, whose descriptor is to be closed after use. */
static int find_address(const char *folder, const char *name, struct sockaddr_un *ret)
{
    int fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return -errno;
    *ret = (struct sockaddr_un){.sun_family = AF_UNIX};
    int len = snprintf(ret->sun_path, sizeof ret->sun_path, "/proc/self/fd/%d/%s", fd, name);
    if (len > 0 && (size_t)len < sizeof ret->sun_path) return fd;
    close(fd);
    return -ENAMETOOLONG;
}

static int new_socket(void)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return fd < 0 ? -errno : fd;
}

static bool is_peer_allowed(int fd)
{
    struct ucred peer;
    socklen_t bytes = sizeof peer;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &bytes) < 0) return false;
    return peer.uid == geteuid() || peer.uid == 0;
}

static int bind_and_listen(int fd, const struct sockaddr_un *address)
{
    /* The name gets the mode that the socket has, so it is never open to others; umask would be of
     * all threads. */
    if (fchmod(fd, 0600) < 0) return -errno;
    if (bind(fd, (const struct sockaddr *)address, sizeof *address) < 0) return -errno;
    return listen(fd, BACKLOG) < 0 ? -errno : 0;
}

int local_listen(const char *folder, const char *name)
{
    struct sockaddr_un address;
    int folder_fd = find_address(folder, name, &address);
    if (folder_fd < 0) return folder_fd;
    int fd = new_socket(), r = fd < 0 ? fd : 0;
    if (r == 0 && unlinkat(folder_fd, name, 0) < 0 && errno != ENOENT) r = -errno;
    if (r == 0) r = bind_and_listen(fd, &address);
    close(folder_fd);
    if (r == 0) return fd;
    local_close(fd);
    return r;
}

static int wait_for(int fd, short events, int wait_ms)
{
    struct pollfd one = {.fd = fd, .events = events};
    int r;
    do {
        r = poll(&one, 1, wait_ms);
    } while (r < 0 && errno == EINTR);
    return r < 0 ? -errno : r;
}

int local_accept(int fd, int wait_ms)
{
    int r = wait_for(fd, POLLIN, wait_ms);
    if (r <= 0) return r < 0 ? r : -EAGAIN;
    int got = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
    if (got < 0) return errno == ECONNABORTED || errno == EINTR ? -EAGAIN : -errno;
    if (is_peer_allowed(got)) return got;
    close(got);
    return -EPERM;
}

int local_connect(const char *folder, const char *name)
{
    struct sockaddr_un address;
    int folder_fd = find_address(folder, name, &address);
    if (folder_fd < 0) return folder_fd;
    int fd = new_socket(), r = fd < 0 ? fd : 0;
    if (r == 0 && connect(fd, (const struct sockaddr *)&address, sizeof address) < 0) r = -errno;
    if (r == 0 && !is_peer_allowed(fd)) r = -EPERM;
    close(folder_fd);
    if (r == 0) return fd;
    local_close(fd);
    return r;
}

int local_send(int fd, Slice bytes)
{
    while (bytes.len > 0) {
        ssize_t sent = send(fd, bytes.ptr, bytes.len, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0) return -errno;
        bytes = slice_skip(bytes, (size_t)sent);
    }
    return 0;
}

int local_receive(int fd, void *to, size_t bytes, int wait_ms)
{
    size_t done = 0;
    while (done < bytes) {
        int r = wait_for(fd, POLLIN, wait_ms);
        if (r <= 0) return r < 0 ? r : -ETIMEDOUT;
        ssize_t got = recv(fd, (char *)to + done, bytes - done, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return -errno;
        if (got == 0) return done == 0 ? 0 : -ECONNRESET;
        done += (size_t)got;
    }
    return 1;
}

void local_shut(int fd)
{
    shutdown(fd, SHUT_RDWR);
}

void local_close(int fd)
{
    if (fd >= 0) close(fd);
}
