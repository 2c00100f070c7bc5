/* Reads all of an open segment's file, and destroys one. */
#include "store/segment/segment_state.h"

#include <errno.h>
#include <fcntl.h>

/* A part that cannot be read is damaged; other errors end the check. */
static int note(int r, unsigned part, unsigned *damaged)
{
    if (r != -EBADMSG && r != -EIO) return r;
    *damaged |= part;
    return 0;
}

static int check_head(const Segment *segment, uint64_t at)
{
    char bytes[SEGMENT_HEAD_BYTES];
    ssize_t got = os_pread_full(segment->os, segment->fd, bytes, sizeof bytes, at);
    if (got < 0) return (int)got;
    return (size_t)got == sizeof bytes && memcmp(bytes, segment->head_bytes, sizeof bytes) == 0
               ? 0
               : -EBADMSG;
}

/* The zeros between the directory and its copy. */
static int check_gap(const Segment *segment)
{
    char bytes[SEGMENT_SECTOR_BYTES];
    const SealedRun *directory = &segment->head.directory;
    uint64_t begin = directory->offset + sealed_bytes(directory->bytes);
    uint64_t end = segment->head.copy.offset;
    if (begin > end || end - begin > sizeof bytes) return -EBADMSG;
    ssize_t got = os_pread_full(segment->os, segment->fd, bytes, (size_t)(end - begin), begin);
    for (ssize_t i = 0; i < got; i++) {
        if (bytes[i] != 0) return -EBADMSG;
    }
    return got < 0 ? (int)got : 0;
}

static int check_run(Segment *segment, const SealedRun *run)
{
    CLEANUP(buf_done) Buf plain = buf_make(SEGMENT_PLAIN_BYTES_MAX);
    return unseal_run(segment->os, segment->fd, segment->key, SEAL_DIRECTORY, run, &plain);
}

static int check_blocks(Segment *segment)
{
    CLEANUP(buf_done) Buf plain = buf_make(SEGMENT_PLAIN_BYTES_MAX);
    int r = 0;
    for (uint32_t i = 0; i < segment->directory.block_count && r == 0; i++) {
        buf_clear(&plain);
        r = segment_block_plain(segment, i, &plain);
    }
    return r;
}

int segment_check(Segment *segment, unsigned *ret_damaged)
{
    unsigned damaged = 0;
    int r = note(check_head(segment, 0), SEGMENT_DAMAGED_HEAD, &damaged);
    if (r == 0) {
        r = note(check_head(segment, segment->file_bytes - SEGMENT_HEAD_BYTES),
                 SEGMENT_DAMAGED_HEAD, &damaged);
    }
    if (r == 0) {
        r = note(check_run(segment, &segment->head.directory), SEGMENT_DAMAGED_DIRECTORY, &damaged);
    }
    if (r == 0) {
        r = note(check_run(segment, &segment->head.copy), SEGMENT_DAMAGED_DIRECTORY, &damaged);
    }
    if (r == 0) r = note(check_gap(segment), SEGMENT_DAMAGED_DIRECTORY, &damaged);
    if (r == 0) r = note(segment_check_index(segment), SEGMENT_DAMAGED_INDEX, &damaged);
    if (r == 0) r = note(segment_check_keys(segment), SEGMENT_DAMAGED_KEYS, &damaged);
    if (r == 0) r = note(check_blocks(segment), SEGMENT_DAMAGED_BLOCK, &damaged);
    if (r == 0) *ret_damaged = damaged;
    return r;
}

int segment_erase(const Os *os, const char *path)
{
    FileInfo info;
    int fd = os->open(os->state, path, O_RDWR, 0);
    if (fd < 0) return fd;
    int r = os->info_fd(os->state, fd, &info);
    if (r == 0) r = crypt_wrapped_erase(os, fd, HEAD_WRAPPED_AT);
    if (r == 0 && info.bytes >= SEGMENT_HEAD_BYTES) {
        r = crypt_wrapped_erase(os, fd, info.bytes - SEGMENT_HEAD_BYTES + HEAD_WRAPPED_AT);
    }
    os->close(os->state, fd);
    return r;
}
