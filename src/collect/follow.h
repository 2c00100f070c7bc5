/* Files that grow, followed: each line becomes a message once, through rotation, restarts and kill
 * -9.
 *
 * A file is known by its device, its inode and the hash of its first bytes, so that neither a new
 * name nor a used-again inode deceives. How far it was read is kept in a bookmark, which moves on
 * only when the lines are durable; a line's key is the file's random generation, the
 * line's offset and its bytes, so that what is read again after a crash is stored once.
 *
 *   renamed        it is read to its end under whatever name, and closed when it stays silent
 *   copytruncate   shorter than what was read, or other first bytes: a new generation from offset
 * 0; the copy begins like the original, and is read on from where that was packed         .gz,
 * .zst, .xz...: read once; one that begins like a followed file is read on from where that was
 *
 * One thread owns it; bytes are polled, as that works on every file system. */
#ifndef AKASHI_COLLECT_FOLLOW_H
#define AKASHI_COLLECT_FOLLOW_H

#include "base/complaint.h"
#include "collect/message.h"
#include "os/os.h"

#include <stdatomic.h>

#define FOLLOW_PATTERNS_MAX 64
#define FOLLOW_FILES_MAX 1024     /* open at once; further ones wait, and are counted */
#define FOLLOW_BOOKMARKS_MAX 8192 /* the longest unused one goes */
#define FOLLOW_HEAD_BYTES 1024    /* of a file that it is known by */
#define FOLLOW_LINE_BYTES_MAX ((size_t)256 << 10) /* longer: split, Message.continues set */
#define FOLLOW_READ_BYTES ((size_t)1 << 20)       /* of one file in its turn */
#define FOLLOW_POLL_MS 200
#define FOLLOW_SCAN_SECONDS 2  /* between looks for new files */
#define FOLLOW_GONE_SECONDS 30 /* a file without its name is closed after so long a silence */
#define FOLLOW_SAVE_MS 500     /* between writings of the bookmarks */

/* Written by the owner's thread, read by any. */
typedef struct FollowCounters {
    atomic_uint_fast64_t files_open, files_total, lines, bytes, rotated, truncated, packed;
    atomic_uint_fast64_t failed, left_out, behind_bytes;
} FollowCounters;

typedef struct FollowOptions {
    const Os *os;
    MessageSink sink; /* with groups */
    const char
        *patterns; /* files, folders (all files in them) and globs (* ? [a-z]), commas between */
    const char *bookmarks; /* path of the file that keeps them */
    bool from_start; /* a file first seen when following begins: from its start, else its end */
} FollowOptions;

typedef struct Follow Follow;

/* -EINVAL: a pattern that is no absolute path, with the complaint; -ENOMEM; what the system said of
 * the bookmarks, which must then be put right or removed. */
MUST_USE int follow_open(const FollowOptions *options, Follow **ret, Complaint *complaint);
const FollowCounters *follow_counters(const Follow *follow);
/* Looks at all files once and waits for what was offered to be durable, or for a wake. */
void follow_step(Follow *follow);
/* Another thread: ends a waiting step, and all after it. */
void follow_stop(Follow *follow);
/* No ticket is out any more: keeps the bookmarks and closes all. NULL: nothing. */
void follow_close(Follow *follow);

#endif
