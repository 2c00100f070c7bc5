/* A segment's key under another key-encryption key; see segment.h. */
#include "store/segment/segment_head.h"

#include <errno.h>
#include <fcntl.h>

static int rewrap_at(const Os *os, int fd, uint64_t at, const Secret *old_kek,
                     const Secret *new_kek, WrappedKey *ret)
{
    char bytes[SEGMENT_HEAD_BYTES];
    SegmentHead head;
    SegmentName name = {0};
    ssize_t got = os_pread_full(os, fd, bytes, sizeof bytes, at);
    if (got < 0) return (int)got;
    int r = head_parse(slice_of(bytes, (size_t)got), &head);
    if (r < 0) return r;
    name.number = head.header.number;
    memcpy(name.log_id, head.header.log_id.bytes, sizeof name.log_id);
    return crypt_rewrap(os, &head.wrapped, &name, old_kek, new_kek, ret);
}

int segment_rewrap(const Os *os, const char *path, const Secret *old_kek, const Secret *new_kek,
                   SegmentRewrapped *ret)
{
    CLEANUP(os_fd_done) OsFd file = {os, os->open(os->state, path, O_RDONLY, 0)};
    FileInfo info;
    if (file.fd < 0) return file.fd;
    int r = os->info_fd(os->state, file.fd, &info);
    if (r < 0) return r;
    if (info.bytes < 2 * SEGMENT_HEAD_BYTES) return -EBADMSG;
    uint64_t copy_at = info.bytes - SEGMENT_HEAD_BYTES;
    r = rewrap_at(os, file.fd, 0, old_kek, new_kek, &ret->wrapped);
    if (r == -EBADMSG || r == -ENOKEY || r == -EPROTO || r == -EIO) {
        int again = rewrap_at(os, file.fd, copy_at, old_kek, new_kek, &ret->wrapped);
        r = again == -EBADMSG ? r : again;
    }
    ret->places[0] = HEAD_WRAPPED_AT;
    ret->places[1] = copy_at + HEAD_WRAPPED_AT;
    return r;
}
