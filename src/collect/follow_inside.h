/* Inside of follow.h: bookmarks, and looking for files. Owned by the follower's thread. */
#ifndef AKASHI_COLLECT_FOLLOW_INSIDE_H
#define AKASHI_COLLECT_FOLLOW_INSIDE_H

#include "base/digest.h"
#include "base/time_text.h"
#include "collect/bundle.h"
#include "collect/follow.h"

#include <limits.h>
#include <pthread.h>

#define FOLLOW_TAIL_BYTES 512

typedef struct Bookmark {
    uint64_t device, inode;
    uint64_t generation; /* random; of the keys of its lines */
    uint64_t offset;     /* up to here all is durable */
    uint32_t head_bytes; /* of `head`: as much as there was, at most FOLLOW_HEAD_BYTES */
    uint32_t used_day;   /* since 1970, when it was last of use */
    Digest head;
    uint32_t tail_bytes; /* before `offset`, at most FOLLOW_TAIL_BYTES; a copy has them there too */
    Digest tail;
} Bookmark;

typedef struct Bookmarks {
    Bookmark *items; /* FOLLOW_BOOKMARKS_MAX */
    size_t count;
    bool changed;
} Bookmarks;

/* 0 also when there is no file. -EBADMSG: it is damaged. */
MUST_USE int bookmarks_read(const Os *os, const char *path, Bookmarks *ret);
/* Whole or not at all, and durable. */
MUST_USE int bookmarks_write(const Os *os, const char *path, Bookmarks *bookmarks);
void bookmarks_done(Bookmarks *bookmarks);
/* A new one at the end; in the place of the longest unused when there are too many. Pointers into
 * items stay good. */
Bookmark *bookmarks_add(Bookmarks *bookmarks, const Bookmark *bookmark);

/* Calls `found` for each regular file that the pattern means, with its path. */
typedef void (*FollowFound)(void *context, const char *path, const FileInfo *info);
void follow_scan(const Os *os, const char *pattern, FollowFound found, void *context);

typedef struct FollowFile {
    int fd; /* -1: a free slot */
    uint64_t device, inode;
    Bookmark *bookmark;
    int64_t seen_ns;   /* under a name that is followed, monotonic */
    int64_t active_ns; /* when it last grew */
    char path[PATH_MAX];
} FollowFile;

struct Follow {
    FollowOptions options;
    const Os *os;
    char *patterns[FOLLOW_PATTERNS_MAX];
    size_t pattern_count;
    Bookmarks bookmarks;
    FollowFile *files; /* FOLLOW_FILES_MAX */
    FollowCounters counters;
    Bundle group;
    char *buffer; /* FOLLOW_READ_BYTES */
    int64_t now_ns, scanned_ns, saved_ns;
    bool first_scan_over;
    Bookmark *pending; /* whose lines are out, and where it then is */
    uint64_t pending_offset;
    uint32_t tail_bytes; /* before pending_offset */
    Digest tail;
    Ticket ticket;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool waits; /* shared, under lock: the ticket is out */
    int result; /* shared, under lock */
    atomic_bool stopping;
};

static inline void follow_count(atomic_uint_fast64_t *counter, uint64_t more)
{
    atomic_fetch_add_explicit(counter, more, memory_order_relaxed);
}
static inline Digest follow_digest(Slice bytes)
{
    return digest_sha256(&bytes, 1);
}
/* Days since 1970. */
uint32_t follow_today(const Follow *follow);

/* Lines, and making them durable (follow_lines.c). */
void follow_set_origin(Follow *follow, const char *path);
/* Whole lines at the front of what lies at `offset` go into the group; `last`: the rest is a line
 * too. Bytes used, or negative. */
ssize_t follow_add_lines(Follow *follow, const Bookmark *bookmark, Slice bytes, uint64_t offset,
                         bool last);
/* Offers the group and waits. 0: it is durable and the bookmark is at `offset`, where `read` ends.
 * Negative: not, or stopping. */
MUST_USE int follow_store(Follow *follow, Bookmark *bookmark, uint64_t offset, Slice read);
/* Under follow->lock: for so long, or until something changes. */
void follow_wait(Follow *follow, int ms);
/* The bookmark of a group that was offered moves on, if the group became durable. */
void follow_settle(Follow *follow);
void follow_set_pending(Follow *follow, Bookmark *bookmark, uint64_t offset, Slice read);
void follow_on_settled(Ticket *ticket, int result);

/* Which bookmark is a file's (follow_known.c). */
/* Whether the file still begins as it did when its head was taken. */
bool follow_begins_like(const Bookmark *bookmark, Slice head);
void follow_take_head(Follow *follow, Bookmark *bookmark, Slice head);
Bookmark *follow_new_bookmark(Follow *follow, const FileInfo *info, Slice head, uint64_t offset);
/* Whether the bytes before the bookmark's offset are there in the other file too: two logs may
 * begin alike, but do not go on alike. */
typedef bool (*FollowHasTail)(void *context, const Bookmark *bookmark);
/* The bookmark by which a file that was just found is read on. The generation of a new one is kept
 * before its first line is offered: it is in the lines' keys. NULL: it could not be kept. */
Bookmark *follow_bookmark_for(Follow *follow, const FileInfo *info, Slice head,
                              FollowHasTail has_tail, void *context);

/* Packed files (follow_packed.c). */
bool follow_is_packed(Slice head);
/* Reads it once to its end; then a bookmark says that this was done. */
void follow_read_packed(Follow *follow, const char *path, const FileInfo *info, Slice head);

#endif
