/* Packed files that are followed: read once, as they do not grow. */
#include "collect/follow_inside.h"
#include "collect/input.h"

#include <errno.h>

/* What an archive begins with: gzip, zstd, xz, bzip2. */
bool follow_is_packed(Slice head)
{
    static const Slice marks[] = {SLICE_INIT("\x1f\x8b"), SLICE_INIT("\x28\xb5\x2f\xfd"),
                                  SLICE_INIT("\xfd"
                                             "7zXZ"),
                                  SLICE_INIT("BZh")};
    for (size_t i = 0; i < ARRAY_COUNT(marks); i++) {
        if (slice_starts(head, marks[i])) return true;
    }
    return false;
}

typedef struct PackedRead {
    Follow *follow;
    const char *path;
    FileInfo info;
    const Bookmark *asked; /* of a look for its tail */
    bool has_tail;
    int r;
} PackedRead;

/* Fills the buffer up from `len`; *ret_end when the stream is over. Negative: it broke. */
static ssize_t fill_buffer(Follow *follow, InputStream *stream, size_t len, bool *ret_end)
{
    while (len < FOLLOW_READ_BYTES && !*ret_end) {
        ssize_t r = input_read(stream, follow->buffer + len, FOLLOW_READ_BYTES - len);
        if (r < 0) return r;
        *ret_end = r == 0;
        len += (size_t)r;
    }
    return (ssize_t)len;
}

static int read_packed_lines(Follow *follow, InputStream *stream, Bookmark *bookmark, size_t len)
{
    uint64_t at = 0; /* of the buffer in the stream */
    for (bool end = false;;) {
        ssize_t filled = fill_buffer(follow, stream, len, &end);
        if (filled < 0) return (int)filled;
        len = (size_t)filled;
        size_t skip = bookmark->offset > at ? (size_t)(bookmark->offset - at) : 0;
        if (skip > len) skip = len;
        Slice rest = slice_of(follow->buffer + skip, len - skip);
        bundle_clear(&follow->group);
        ssize_t used = follow_add_lines(follow, bookmark, rest, at + skip, end);
        if (used < 0) return (int)used;
        size_t gone = skip + (size_t)used;
        Slice read = slice_of(follow->buffer, gone);
        int r = follow->group.count > 0 ? follow_store(follow, bookmark, at + gone, read) : 0;
        if (r < 0) return r;
        memmove(follow->buffer, follow->buffer + gone, len - gone);
        at += gone;
        len -= gone;
        if (end && len == 0) return 0;
    }
}

/* Reads on to the offset that is asked and compares what lies before it. */
static bool stream_has_tail(Follow *follow, InputStream *stream, const Bookmark *asked)
{
    uint64_t begin = asked->offset - asked->tail_bytes;
    Buf tail = buf_make(FOLLOW_TAIL_BYTES);
    uint64_t at = 0;
    while (at < asked->offset) {
        ssize_t r = input_read(stream, follow->buffer, FOLLOW_READ_BYTES);
        if (r <= 0) break;
        Slice piece = slice_of(follow->buffer, (size_t)r);
        if (at + piece.len > asked->offset) piece.len = (size_t)(asked->offset - at);
        if (at + piece.len > begin) {
            buf_add_slice(&tail, at >= begin ? piece : slice_skip(piece, (size_t)(begin - at)));
        }
        at += (uint64_t)r;
    }
    Digest digest = follow_digest(buf_slice(&tail));
    bool same = tail.len == asked->tail_bytes && memcmp(&digest, &asked->tail, sizeof digest) == 0;
    buf_done(&tail);
    return same;
}

static int on_tail_stream(void *context, InputStream *stream, Slice name)
{
    PackedRead *read = context;
    (void)name;
    read->has_tail = stream_has_tail(read->follow, stream, read->asked);
    return 0;
}

static int on_packed_problem(void *context, Slice name, int error, const Complaint *complaint)
{
    PackedRead *read = context;
    (void)name;
    (void)complaint;
    read->r = error < 0 ? error : -EBADMSG;
    return 0;
}

/* Unpacks it once only for this. */
static bool packed_has_tail(void *context, const Bookmark *bookmark)
{
    PackedRead *read = context, asking = *read;
    const InputSink sink = {
        .stream = on_tail_stream, .problem = on_packed_problem, .context = &asking};
    asking.asked = bookmark;
    asking.has_tail = false;
    return input_walk(read->follow->os, read->path, &sink) == 0 && asking.has_tail;
}

static int on_packed_stream(void *context, InputStream *stream, Slice name)
{
    PackedRead *read = context;
    Follow *follow = read->follow;
    char head[FOLLOW_HEAD_BYTES];
    size_t len = 0;
    (void)name;
    while (len < sizeof head) {
        ssize_t r = input_read(stream, head + len, sizeof head - len);
        if (r <= 0) break;
        len += (size_t)r;
    }
    Bookmark *bookmark =
        follow_bookmark_for(follow, &read->info, slice_of(head, len), packed_has_tail, read);
    memcpy(follow->buffer, head, len);
    read->r = bookmark ? read_packed_lines(follow, stream, bookmark, len) : -EIO;
    return 0;
}

void follow_read_packed(Follow *follow, const char *path, const FileInfo *info, Slice packed_head)
{
    for (size_t i = 0; i < follow->bookmarks.count; i++) {
        const Bookmark *done = &follow->bookmarks.items[i];
        if (done->device == info->device && done->inode == info->inode &&
            follow_begins_like(done, packed_head) && done->head_bytes > 0) {
            return;
        }
    }
    Bookmark mark = {.device = info->device,
                     .inode = info->inode,
                     .offset = info->bytes,
                     .used_day = follow_today(follow),
                     .head_bytes = (uint32_t)packed_head.len,
                     .head = follow_digest(packed_head)};
    PackedRead read = {.follow = follow, .path = path, .info = *info};
    read.info.bytes = UINT64_MAX;
    read.info.inode = ~info->inode; /* what is inside is another file than what it is packed in */
    const InputSink sink = {
        .stream = on_packed_stream, .problem = on_packed_problem, .context = &read};
    follow_set_origin(follow, path);
    bool skips = !follow->first_scan_over && !follow->options.from_start;
    int r = skips ? 0 : input_walk(follow->os, path, &sink);
    if (r < 0 || read.r == -EINTR || read.r == -EIO) return; /* tried again */
    follow_count(read.r < 0 ? &follow->counters.failed : &follow->counters.packed, 1);
    bookmarks_add(&follow->bookmarks, &mark);
}
