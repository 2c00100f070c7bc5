/* Lines of followed files, and making them durable. */
#include "collect/follow_inside.h"

#include <errno.h>
#include <time.h>

#define LINES_A_GROUP 16384
#define SECONDS_A_DAY 86400

uint32_t follow_today(const Follow *follow)
{
    return (uint32_t)(follow->os->now_ns(follow->os->state) / NS_PER_SECOND / SECONDS_A_DAY);
}

/* --- offering, and waiting for it to be durable ----------------------------------------------- */

void follow_on_settled(Ticket *ticket, int result)
{
    Follow *follow = (Follow *)(void *)((char *)ticket - offsetof(Follow, ticket));
    pthread_mutex_lock(&follow->lock);
    follow->result = result;
    follow->waits = false;
    pthread_cond_signal(&follow->changed);
    pthread_mutex_unlock(&follow->lock);
}

void follow_wait(Follow *follow, int ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += (long)(ms % 1000) * 1000000;
    until.tv_sec += ms / 1000 + until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_cond_timedwait(&follow->changed, &follow->lock, &until);
}

/* What the bookmark says then is true once the lines are durable. */
void follow_settle(Follow *follow)
{
    if (follow->pending && follow->result == 0) {
        follow->pending->offset = follow->pending_offset;
        follow->pending->tail_bytes = follow->tail_bytes;
        follow->pending->tail = follow->tail;
        follow->pending->used_day = follow_today(follow);
        follow->bookmarks.changed = true;
    }
    follow->pending = NULL;
}

/* What the bookmark becomes when the lines up to `offset` are durable; `read` ends there. */
void follow_set_pending(Follow *follow, Bookmark *bookmark, uint64_t offset, Slice read)
{
    size_t tail = read.len < FOLLOW_TAIL_BYTES ? read.len : FOLLOW_TAIL_BYTES;
    follow->pending = bookmark;
    follow->pending_offset = offset;
    follow->tail_bytes = (uint32_t)tail;
    follow->tail = follow_digest(slice_skip(read, read.len - tail));
}

/* 0: all of the group is durable and the bookmark is at `offset`. Negative: not, or stopping. */
int follow_store(Follow *follow, Bookmark *bookmark, uint64_t offset, Slice read)
{
    const MessageSink *sink = &follow->options.sink;
    Bundle *group = &follow->group;
    size_t taken = 0;
    while (taken < group->count) {
        if (atomic_load(&follow->stopping)) return -EINTR;
        pthread_mutex_lock(&follow->lock);
        follow->waits = true; /* the ticket may be settled before the call returns */
        pthread_mutex_unlock(&follow->lock);
        ssize_t r = sink->group(sink->context, group->messages + taken, group->count - taken,
                                taken == 0, &follow->ticket);
        if (r > 0) taken += (size_t)r;
        pthread_mutex_lock(&follow->lock);
        if (taken < group->count) {
            follow->waits = false;
            follow_wait(follow, 20);
        }
        pthread_mutex_unlock(&follow->lock);
    }
    follow_set_pending(follow, bookmark, offset, read);
    if (sink->flush) sink->flush(sink->context);
    pthread_mutex_lock(&follow->lock);
    while (follow->waits && !atomic_load(&follow->stopping))
        follow_wait(follow, 500);
    bool settled = !follow->waits;
    int result = follow->result;
    pthread_mutex_unlock(&follow->lock);
    if (!settled) return -EINTR; /* follow_close settles it */
    follow_settle(follow);
    return result;
}

/* --- lines ------------------------------------------------------------------------------------ */

static int add_line(Follow *follow, const Bookmark *bookmark, Slice line, uint64_t offset,
                    bool continues)
{
    if (line.len > 0 && line.ptr[line.len - 1] == '\r' && !continues) line.len--;
    if (line.len == 0) return 0;
    Message *message = bundle_add(&follow->group);
    if (!message) return -ENOMEM;
    const Slice key[] = {SLICE("follow"),
                         slice_of(&bookmark->generation, sizeof bookmark->generation),
                         slice_of(&offset, sizeof offset), line};
    message->bytes = line;
    message->continues = continues;
    message->shipped = true;
    bundle_key(key, ARRAY_COUNT(key), message->key);
    follow_count(&follow->counters.lines, 1);
    return 0;
}

/* Whole lines at the front of what lies at `offset`; `last`: the rest is a line too. Bytes used, or
 * negative. */
ssize_t follow_add_lines(Follow *follow, const Bookmark *bookmark, Slice bytes, uint64_t offset,
                         bool last)
{
    Slice rest = bytes;
    while (rest.len > 0 && follow->group.count < LINES_A_GROUP) {
        Slice window = slice_first(rest, FOLLOW_LINE_BYTES_MAX);
        size_t end = slice_find_char(window, '\n');
        bool long_line = end == SLICE_NOT_FOUND && window.len == FOLLOW_LINE_BYTES_MAX;
        if (end == SLICE_NOT_FOUND && !long_line && !last) break;
        size_t len = end == SLICE_NOT_FOUND ? window.len : end;
        int r = add_line(follow, bookmark, slice_first(rest, len),
                         offset + (uint64_t)(rest.ptr - bytes.ptr), long_line);
        if (r < 0) return r;
        rest = slice_skip(rest, len + (end != SLICE_NOT_FOUND));
    }
    return (ssize_t)(bytes.len - rest.len);
}

void follow_set_origin(Follow *follow, const char *path)
{
    Slice name = slice_from_cstr(path);
    const size_t room = BUNDLE_ORIGIN_BYTES - sizeof "file ";
    /* The end of a path says more than its beginning. */
    bundle_set_origin(&follow->group, "file", path + (name.len > room ? name.len - room : 0));
    follow->group.received_ns = follow->os->now_ns(follow->os->state);
}
