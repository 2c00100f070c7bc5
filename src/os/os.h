/* The only door to the system: files, sockets, clock, randomness, behind one table of functions.
 *
 * Everything outside os/ calls through an Os, so that a test can put a faulty one in its place
 * (os/faulty.h fails the n-th call) or a simulated disk. Every function returns 0 or more when it
 * went well and a negative errno when it did not; none sets errno for its caller. Calls interrupted
 * by a signal (EINTR) are taken up again inside, except wait. Descriptors are close-on-exec.
 * An Os may be used by several threads at once. */
#ifndef AKASHI_OS_OS_H
#define AKASHI_OS_OS_H

#include "base/arena.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/types.h>

typedef struct FileInfo {
    uint64_t bytes;
    uint64_t device, inode; /* identity, for follow and for locks */
    int64_t modified_ns;
    bool is_folder, is_regular;
    uint32_t mode; /* permission bits (07777); 0 where the Os knows none */
} FileInfo;

/* A datagram for receive_many to fill. */
typedef struct Datagram {
    void *to; /* room for bytes_max */
    size_t bytes_max;
    size_t bytes; /* as it was sent, also when that is over bytes_max: then it was cut */
    struct sockaddr_storage peer;
} Datagram;

/* Called once a name in the folder, without . and .., in no order. Negative stops. */
typedef int (*FolderSink)(void *context, Slice name);

typedef struct Os Os;
struct Os {
    void *state;

    /* Files. Paths are NUL-terminated; flags and mode as open(2). */
    int (*open)(void *state, const char *path, int flags, mode_t mode);
    int (*close)(void *state, int fd);
    ssize_t (*read)(void *state, int fd, void *to, size_t bytes);
    ssize_t (*pread)(void *state, int fd, void *to, size_t bytes, uint64_t offset);
    ssize_t (*write)(void *state, int fd, const void *from, size_t bytes);
    ssize_t (*pwrite)(void *state, int fd, const void *from, size_t bytes, uint64_t offset);
    int (*sync_data)(void *state, int fd); /* fdatasync: bytes and size are on the medium */
    int (*sync_folder)(void *state, const char *path); /* names created or renamed in it are, too */
    int (*truncate)(void *state, int fd, uint64_t bytes);
    int (*rename)(void *state, const char *from, const char *to);
    int (*unlink)(void *state, const char *path);
    int (*make_folder)(void *state, const char *path, mode_t mode); /* -EEXIST when it is there */
    int (*info)(void *state, const char *path, FileInfo *ret);
    int (*info_fd)(void *state, int fd, FileInfo *ret);
    int (*list)(void *state, const char *path, FolderSink sink, void *context);
    int (*lock)(void *state, int fd); /* exclusive, whole file, held until close; -EWOULDBLOCK */

    /* Sockets. */
    int (*socket)(void *state, int family, int type);
    int (*bind)(void *state, int fd, const struct sockaddr *address, socklen_t bytes);
    int (*listen)(void *state, int fd, int backlog);
    int (*accept)(void *state, int fd, struct sockaddr_storage *ret_peer);
    ssize_t (*receive)(void *state, int fd, void *to, size_t bytes,
                       struct sockaddr_storage *ret_peer);
    /* Those that are there already, at most `count`: how many. -EAGAIN: none. NULL where the Os has
     * no such call: os_receive_many serves everybody. */
    int (*receive_many)(void *state, int fd, Datagram *items, int count);
    ssize_t (*send)(void *state, int fd, const void *from, size_t bytes);
    int (*set_option)(void *state, int fd, int level, int name, int value);
    int (*local_port)(void *state, int fd); /* the port a bound socket got */

    /* Waiting for many descriptors (epoll). wait_ms -1: without end. wait may return -EINTR. */
    int (*poll_new)(void *state);
    int (*poll_set)(void *state, int poll_fd, int operation, int fd, uint32_t events,
                    uint64_t token);
    int (*wait)(void *state, int poll_fd, struct epoll_event *events, int count, int wait_ms);
    int (*event_new)(void *state); /* an eventfd, to wake a waiting thread */
    int (*event_raise)(void *state, int fd);

    /* Clock and randomness. */
    int64_t (*now_ns)(void *state);       /* UTC since 1970 */
    int64_t (*monotonic_ns)(void *state); /* never steps back; only differences mean anything */
    void (*sleep_ns)(void *state, int64_t ns);
    int (*random)(void *state, void *to, size_t bytes); /* from the system's generator */
};

/* The machine itself. */
extern const Os os_real;

/* Helpers over the table; each as its name, going on after short reads and writes. */
/* Reads until `bytes` are there or the file ends; returns how many came. */
MUST_USE ssize_t os_read_full(const Os *os, int fd, void *to, size_t bytes);
MUST_USE ssize_t os_pread_full(const Os *os, int fd, void *to, size_t bytes, uint64_t offset);
MUST_USE int os_write_full(const Os *os, int fd, const void *from, size_t bytes);
MUST_USE int os_pwrite_full(const Os *os, int fd, const void *from, size_t bytes, uint64_t offset);
/* Makes the folder and those above it that are missing, mode 0700. 0 also when it is there. */
MUST_USE int os_make_folders(const Os *os, const char *path);
/* A whole small file into the arena. -EFBIG: over bytes_max. */
MUST_USE int os_read_file(const Os *os, const char *path, size_t bytes_max, Arena *arena,
                          Slice *ret);

/* As receive_many, one by one where there is no such call. */
MUST_USE int os_receive_many(const Os *os, int fd, Datagram *items, int count);

/* The calling thread lets all others go first, for work that is in no hurry. Best effort:
 * setpriority(2) on Linux is of the thread. */
void os_thread_background(void);
/* CPU time that the calling thread has used: only differences mean anything, and waiting for others
 * is not in it. */
int64_t os_thread_cpu_ns(void);

/* Scope cleanup for descriptors of the real Os: closes when >= 0. */
typedef struct OsFd {
    const Os *os;
    int fd;
} OsFd;
static inline void os_fd_done(OsFd *held)
{
    if (held->fd >= 0) held->os->close(held->os->state, held->fd);
}

#endif
