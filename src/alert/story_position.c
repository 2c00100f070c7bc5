/* How far the rules have seen the store, and the copy for backups (story.h). */
#include "alert/story_base.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#define PATH_BYTES_MAX 4352
#define COPY_PAGES 256 /* in one step; writers wait for no longer than that */

int stories_set_position(Stories *stories, const StoriesPosition *position)
{
    const AlertCipher *cipher = stories->cipher;
    CLEANUP(buf_done) Buf sealed = buf_make(STORIES_STATE_BYTES_MAX + 4096);
    SealBound bound = seal_bound("position", 1);
    if (position->state.len > STORIES_STATE_BYTES_MAX) return -EMSGSIZE;
    int r =
        cipher->seal(cipher->context, slice_of(bound.text, bound.len), position->state, &sealed);
    if (r < 0) return r;
    sqlite3_stmt *set = story_base_ask(stories, SET_POSITION);
    bind_number(set, 1, (int64_t)position->row);
    bind_number(set, 2, position->time_ns);
    bind_bytes(set, 3, sealed.ptr, sealed.len);
    r = story_base_run(set);
    if (set) sqlite3_clear_bindings(set);
    return r;
}

int stories_position(Stories *stories, Arena *arena, StoriesPosition *ret)
{
    SealBound bound = seal_bound("position", 1);
    sqlite3_stmt *ask = story_base_ask(stories, ASK_POSITION);
    int r = story_base_step(ask);
    if (r <= 0) return r < 0 ? r : -ENOENT;
    *ret =
        (StoriesPosition){.row = (uint64_t)column_number(ask, 0), .time_ns = column_number(ask, 1)};
    r = story_base_open_piece(stories, &bound, column_bytes(ask, 2), arena, &ret->state);
    sqlite3_reset(ask);
    buf_done(&stories->scratch); /* it may have been large */
    return r;
}

/* ---- the copy */

static int copy_pages(const Os *os, sqlite3 *from, sqlite3 *to)
{
    sqlite3_backup *copy = sqlite3_backup_init(to, "main", from, "main");
    if (!copy) return story_base_error(sqlite3_errcode(to));
    int r;
    do {
        r = sqlite3_backup_step(copy, COPY_PAGES);
        if (r == SQLITE_BUSY || r == SQLITE_LOCKED) os->sleep_ns(os->state, 20 * NS_PER_MS);
    } while (r == SQLITE_OK || r == SQLITE_BUSY || r == SQLITE_LOCKED);
    int finished = sqlite3_backup_finish(copy);
    return r == SQLITE_DONE ? story_base_error(finished) : story_base_error(r);
}

static int make_empty(const Os *os, const char *path)
{
    int fd = os->open(os->state, path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    return fd < 0 ? fd : os->close(os->state, fd);
}

int stories_copy(const Os *os, const char *folder, const char *path)
{
    char source[PATH_BYTES_MAX];
    FileInfo info;
    sqlite3 *from = NULL, *to = NULL;
    int len = snprintf(source, sizeof source, "%s/" ALERTS_FILE, folder);
    if (len < 0 || (size_t)len >= sizeof source) return -ENAMETOOLONG;
    int r = os->info(os->state, source, &info);
    if (r >= 0) r = make_empty(os, path);
    if (r < 0) return r;
    r = story_base_error(sqlite3_open_v2(source, &from, SQLITE_OPEN_READWRITE, NULL));
    if (r == 0) r = story_base_error(sqlite3_open_v2(path, &to, SQLITE_OPEN_READWRITE, NULL));
    if (r == 0) {
        sqlite3_busy_timeout(from, ALERTS_BUSY_MS);
        r = copy_pages(os, from, to);
    }
    sqlite3_close(to);
    sqlite3_close(from);
    return r;
}
