/* The machine itself behind the table of os.h (Linux). */
#include "os/os.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Runs a call again while a signal interrupts it, and gives its result or -errno. */
#define CALL(type, expression)                                                                     \
    ({                                                                                             \
        type call_result;                                                                          \
        do {                                                                                       \
            call_result = (expression);                                                            \
        } while (call_result < 0 && errno == EINTR);                                               \
        call_result < 0 ? (type)-errno : call_result;                                              \
    })

static int real_open(void *state, const char *path, int flags, mode_t mode)
{
    (void)state;
    return CALL(int, open(path, flags | O_CLOEXEC, mode));
}

static int real_close(void *state, int fd)
{
    (void)state;
    return close(fd) < 0 && errno != EINTR ? -errno : 0; /* Linux: closed even after EINTR */
}

static ssize_t real_read(void *state, int fd, void *to, size_t bytes)
{
    (void)state;
    return CALL(ssize_t, read(fd, to, bytes));
}

static ssize_t real_pread(void *state, int fd, void *to, size_t bytes, uint64_t offset)
{
    (void)state;
    return CALL(ssize_t, pread(fd, to, bytes, (off_t)offset));
}

static ssize_t real_write(void *state, int fd, const void *from, size_t bytes)
{
    (void)state;
    return CALL(ssize_t, write(fd, from, bytes));
}

static ssize_t real_pwrite(void *state, int fd, const void *from, size_t bytes, uint64_t offset)
{
    (void)state;
    return CALL(ssize_t, pwrite(fd, from, bytes, (off_t)offset));
}

static int real_sync_data(void *state, int fd)
{
    (void)state;
    return CALL(int, fdatasync(fd));
}

static int real_sync_folder(void *state, const char *path)
{
    int fd = real_open(state, path, O_RDONLY | O_DIRECTORY, 0);
    if (fd < 0) return fd;
    int r = CALL(int, fsync(fd));
    real_close(state, fd);
    return r;
}

static int real_truncate(void *state, int fd, uint64_t bytes)
{
    (void)state;
    return CALL(int, ftruncate(fd, (off_t)bytes));
}

static int real_rename(void *state, const char *from, const char *to)
{
    (void)state;
    return CALL(int, rename(from, to));
}

static int real_unlink(void *state, const char *path)
{
    (void)state;
    return CALL(int, unlink(path));
}

static int real_make_folder(void *state, const char *path, mode_t mode)
{
    (void)state;
    return CALL(int, mkdir(path, mode));
}

static FileInfo info_of(const struct stat *st)
{
    return (FileInfo){
        .bytes = (uint64_t)st->st_size,
        .device = st->st_dev,
        .inode = st->st_ino,
        .modified_ns = (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec,
        .is_folder = S_ISDIR(st->st_mode),
        .is_regular = S_ISREG(st->st_mode),
        .mode = st->st_mode & 07777,
    };
}

static int real_info(void *state, const char *path, FileInfo *ret)
{
    (void)state;
    struct stat st;
    int r = CALL(int, stat(path, &st));
    if (r == 0) *ret = info_of(&st);
    return r;
}

static int real_info_fd(void *state, int fd, FileInfo *ret)
{
    (void)state;
    struct stat st;
    int r = CALL(int, fstat(fd, &st));
    if (r == 0) *ret = info_of(&st);
    return r;
}

static int real_list(void *state, const char *path, FolderSink sink, void *context)
{
    (void)state;
    DIR *folder = opendir(path);
    if (!folder) return -errno;
    int r = 0;
    while (r >= 0) {
        errno = 0;
        const struct dirent *entry = readdir(folder);
        if (!entry) {
            r = -errno;
            break;
        }
        Slice name = slice_from_cstr(entry->d_name);
        if (slice_eq(name, SLICE(".")) || slice_eq(name, SLICE(".."))) continue;
        r = sink(context, name);
    }
    closedir(folder);
    return r < 0 ? r : 0;
}

static int real_lock(void *state, int fd)
{
    (void)state;
    return CALL(int, flock(fd, LOCK_EX | LOCK_NB));
}

static int real_socket(void *state, int family, int type)
{
    (void)state;
    return CALL(int, socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

static int real_bind(void *state, int fd, const struct sockaddr *address, socklen_t bytes)
{
    (void)state;
    return CALL(int, bind(fd, address, bytes));
}

static int real_listen(void *state, int fd, int backlog)
{
    (void)state;
    return CALL(int, listen(fd, backlog));
}

static int real_accept(void *state, int fd, struct sockaddr_storage *ret_peer)
{
    (void)state;
    socklen_t bytes = sizeof *ret_peer;
    return CALL(int,
                accept4(fd, (struct sockaddr *)ret_peer, &bytes, SOCK_CLOEXEC | SOCK_NONBLOCK));
}

static ssize_t real_receive(void *state, int fd, void *to, size_t bytes,
                            struct sockaddr_storage *ret_peer)
{
    (void)state;
    socklen_t peer_bytes = sizeof *ret_peer;
    return CALL(ssize_t, recvfrom(fd, to, bytes, MSG_TRUNC, (struct sockaddr *)ret_peer,
                                  ret_peer ? &peer_bytes : NULL));
}

#define DATAGRAMS_MAX 64 /* of one call */

static int real_receive_many(void *state, int fd, Datagram *items, int count)
{
    (void)state;
    struct mmsghdr heads[DATAGRAMS_MAX] = {0};
    struct iovec rooms[DATAGRAMS_MAX];
    if (count > DATAGRAMS_MAX) count = DATAGRAMS_MAX;
    for (int i = 0; i < count; i++) {
        rooms[i] = (struct iovec){items[i].to, items[i].bytes_max};
        memset(&items[i].peer, 0, sizeof items[i].peer);
        heads[i].msg_hdr = (struct msghdr){.msg_name = &items[i].peer,
                                           .msg_namelen = sizeof items[i].peer,
                                           .msg_iov = &rooms[i],
                                           .msg_iovlen = 1};
    }
    int r = CALL(int, recvmmsg(fd, heads, (unsigned)count, MSG_TRUNC | MSG_DONTWAIT, NULL));
    for (int i = 0; i < r; i++)
        items[i].bytes = heads[i].msg_len;
    return r;
}

static ssize_t real_send(void *state, int fd, const void *from, size_t bytes)
{
    (void)state;
    return CALL(ssize_t, send(fd, from, bytes, MSG_NOSIGNAL));
}

static int real_set_option(void *state, int fd, int level, int name, int value)
{
    (void)state;
    return CALL(int, setsockopt(fd, level, name, &value, sizeof value));
}

static int real_local_port(void *state, int fd)
{
    (void)state;
    struct sockaddr_storage address;
    socklen_t bytes = sizeof address;
    int r = CALL(int, getsockname(fd, (struct sockaddr *)&address, &bytes));
    if (r < 0) return r;
    if (address.ss_family == AF_INET) return ntohs(((struct sockaddr_in *)&address)->sin_port);
    if (address.ss_family == AF_INET6) return ntohs(((struct sockaddr_in6 *)&address)->sin6_port);
    return -EAFNOSUPPORT;
}

static int real_poll_new(void *state)
{
    (void)state;
    return CALL(int, epoll_create1(EPOLL_CLOEXEC));
}

static int real_poll_set(void *state, int poll_fd, int operation, int fd, uint32_t events,
                         uint64_t token)
{
    (void)state;
    struct epoll_event event = {.events = events, .data.u64 = token};
    return CALL(int, epoll_ctl(poll_fd, operation, fd, &event));
}

static int real_wait(void *state, int poll_fd, struct epoll_event *events, int count, int wait_ms)
{
    (void)state;
    int r = epoll_wait(poll_fd, events, count, wait_ms);
    return r < 0 ? -errno : r;
}

static int real_event_new(void *state)
{
    (void)state;
    return CALL(int, eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
}

static int real_event_raise(void *state, int fd)
{
    (void)state;
    uint64_t one = 1;
    ssize_t r = CALL(ssize_t, write(fd, &one, sizeof one));
    return r == -EAGAIN || r > 0 ? 0 : (int)r; /* EAGAIN: it is raised already */
}

static int64_t clock_ns(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int64_t real_now_ns(void *state)
{
    (void)state;
    return clock_ns(CLOCK_REALTIME);
}

static int64_t real_monotonic_ns(void *state)
{
    (void)state;
    return clock_ns(CLOCK_MONOTONIC);
}

static void real_sleep_ns(void *state, int64_t ns)
{
    (void)state;
    struct timespec left = {.tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000};
    while (nanosleep(&left, &left) < 0 && errno == EINTR) {
    }
}

static int real_random(void *state, void *to, size_t bytes)
{
    (void)state;
    char *at = to;
    while (bytes > 0) {
        ssize_t r = CALL(ssize_t, getrandom(at, bytes, 0));
        if (r < 0) return (int)r;
        at += r;
        bytes -= (size_t)r;
    }
    return 0;
}

const Os os_real = {
    .open = real_open,
    .close = real_close,
    .read = real_read,
    .pread = real_pread,
    .write = real_write,
    .pwrite = real_pwrite,
    .sync_data = real_sync_data,
    .sync_folder = real_sync_folder,
    .truncate = real_truncate,
    .rename = real_rename,
    .unlink = real_unlink,
    .make_folder = real_make_folder,
    .info = real_info,
    .info_fd = real_info_fd,
    .list = real_list,
    .lock = real_lock,
    .socket = real_socket,
    .bind = real_bind,
    .listen = real_listen,
    .accept = real_accept,
    .receive = real_receive,
    .receive_many = real_receive_many,
    .send = real_send,
    .set_option = real_set_option,
    .local_port = real_local_port,
    .poll_new = real_poll_new,
    .poll_set = real_poll_set,
    .wait = real_wait,
    .event_new = real_event_new,
    .event_raise = real_event_raise,
    .now_ns = real_now_ns,
    .monotonic_ns = real_monotonic_ns,
    .sleep_ns = real_sleep_ns,
    .random = real_random,
};

void os_thread_background(void)
{
    (void)setpriority(PRIO_PROCESS, 0, 19);
}

int64_t os_thread_cpu_ns(void)
{
    struct timespec used;
    if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used) < 0) return 0;
    return (int64_t)used.tv_sec * 1000000000 + used.tv_nsec;
}
