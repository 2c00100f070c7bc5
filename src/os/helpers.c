/* The helpers of os.h that stand on the table alone. */
#include "os/os.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>

ssize_t os_read_full(const Os *os, int fd, void *to, size_t bytes)
{
    size_t done = 0;
    while (done < bytes) {
        ssize_t r = os->read(os->state, fd, (char *)to + done, bytes - done);
        if (r < 0) return r;
        if (r == 0) break;
        done += (size_t)r;
    }
    return (ssize_t)done;
}

ssize_t os_pread_full(const Os *os, int fd, void *to, size_t bytes, uint64_t offset)
{
    size_t done = 0;
    while (done < bytes) {
        ssize_t r = os->pread(os->state, fd, (char *)to + done, bytes - done, offset + done);
        if (r < 0) return r;
        if (r == 0) break;
        done += (size_t)r;
    }
    return (ssize_t)done;
}

int os_write_full(const Os *os, int fd, const void *from, size_t bytes)
{
    size_t done = 0;
    while (done < bytes) {
        ssize_t r = os->write(os->state, fd, (const char *)from + done, bytes - done);
        if (r < 0) return (int)r;
        if (r == 0) return -EIO;
        done += (size_t)r;
    }
    return 0;
}

int os_pwrite_full(const Os *os, int fd, const void *from, size_t bytes, uint64_t offset)
{
    size_t done = 0;
    while (done < bytes) {
        ssize_t r =
            os->pwrite(os->state, fd, (const char *)from + done, bytes - done, offset + done);
        if (r < 0) return (int)r;
        if (r == 0) return -EIO;
        done += (size_t)r;
    }
    return 0;
}

int os_make_folders(const Os *os, const char *path)
{
    char piece[PATH_MAX];
    size_t len = strlen(path);
    if (len == 0 || len >= sizeof piece) return len ? -ENAMETOOLONG : -ENOENT;
    for (size_t i = 1; i <= len; i++) {
        if (i < len && path[i] != '/') continue;
        memcpy(piece, path, i);
        piece[i] = '\0';
        int r = os->make_folder(os->state, piece, 0700);
        if (r < 0 && r != -EEXIST) return r;
    }
    FileInfo info;
    int r = os->info(os->state, path, &info);
    if (r < 0) return r;
    return info.is_folder ? 0 : -ENOTDIR;
}

int os_read_file(const Os *os, const char *path, size_t bytes_max, Arena *arena, Slice *ret)
{
    CLEANUP(os_fd_done) OsFd file = {os, os->open(os->state, path, O_RDONLY, 0)};
    if (file.fd < 0) return file.fd;
    FileInfo info;
    int r = os->info_fd(os->state, file.fd, &info);
    if (r < 0) return r;
    if (info.bytes > bytes_max) return -EFBIG;
    char *bytes = arena_alloc(arena, (size_t)info.bytes + 1);
    if (!bytes) return -ENOMEM;
    ssize_t got = os_read_full(os, file.fd, bytes, (size_t)info.bytes);
    if (got < 0) return (int)got;
    *ret = slice_of(bytes, (size_t)got);
    return 0;
}

int os_receive_many(const Os *os, int fd, Datagram *items, int count)
{
    if (os->receive_many) return os->receive_many(os->state, fd, items, count);
    int done = 0;
    while (done < count) {
        Datagram *item = &items[done];
        memset(&item->peer, 0, sizeof item->peer);
        ssize_t r = os->receive(os->state, fd, item->to, item->bytes_max, &item->peer);
        if (r < 0) return done > 0 ? done : (int)r;
        item->bytes = (size_t)r;
        done++;
    }
    return done;
}
