/* See follow.h. */
#include "collect/follow_inside.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

const FollowCounters *follow_counters(const Follow *follow)
{
    return &follow->counters;
}

/* --- files ------------------------------------------------------------------------------------ */

static FollowFile *find_file(Follow *follow, const FileInfo *info)
{
    for (size_t i = 0; i < FOLLOW_FILES_MAX; i++) {
        FollowFile *file = &follow->files[i];
        if (file->fd >= 0 && file->device == info->device && file->inode == info->inode)
            return file;
    }
    return NULL;
}

static FollowFile *free_file(Follow *follow)
{
    for (size_t i = 0; i < FOLLOW_FILES_MAX; i++) {
        if (follow->files[i].fd < 0) return &follow->files[i];
    }
    return NULL;
}

static void close_file(Follow *follow, FollowFile *file)
{
    follow->os->close(follow->os->state, file->fd);
    file->fd = -1;
    atomic_fetch_sub_explicit(&follow->counters.files_open, 1, memory_order_relaxed);
}

static Slice read_head(Follow *follow, int fd)
{
    ssize_t r = os_pread_full(follow->os, fd, follow->buffer, FOLLOW_HEAD_BYTES, 0);
    return slice_of(follow->buffer, r > 0 ? (size_t)r : 0);
}

/* --- looking ---------------------------------------------------------------------------------- */

typedef struct PlainFile {
    Follow *follow;
    int fd;
} PlainFile;

static bool plain_has_tail(void *context, const Bookmark *bookmark)
{
    const PlainFile *plain = context;
    char tail[FOLLOW_TAIL_BYTES];
    ssize_t r = os_pread_full(plain->follow->os, plain->fd, tail, bookmark->tail_bytes,
                              bookmark->offset - bookmark->tail_bytes);
    if (r != (ssize_t)bookmark->tail_bytes) return false;
    Digest digest = follow_digest(slice_of(tail, (size_t)r));
    return memcmp(&digest, &bookmark->tail, sizeof digest) == 0;
}

static void open_file(Follow *follow, FollowFile *file, const char *path, const FileInfo *info)
{
    const Os *os = follow->os;
    int fd = os->open(os->state, path, O_RDONLY, 0);
    FileInfo now;
    if (fd < 0 || os->info_fd(os->state, fd, &now) < 0 || now.inode != info->inode ||
        now.device != info->device) {
        if (fd >= 0) os->close(os->state, fd);
        follow_count(&follow->counters.failed, fd < 0);
        return;
    }
    Slice head = read_head(follow, fd);
    if (follow_is_packed(head)) {
        os->close(os->state, fd);
        follow_read_packed(follow, path, &now, head);
        return;
    }
    PlainFile plain = {follow, fd};
    Bookmark *bookmark =
        head.len > 0 ? follow_bookmark_for(follow, &now, head, plain_has_tail, &plain) : NULL;
    if (!bookmark) { /* an empty file: when there is something in it */
        os->close(os->state, fd);
        return;
    }
    *file = (FollowFile){.fd = fd,
                         .device = now.device,
                         .inode = now.inode,
                         .bookmark = bookmark,
                         .seen_ns = follow->now_ns,
                         .active_ns = follow->now_ns};
    snprintf(file->path, sizeof file->path, "%s", path);
    follow_count(&follow->counters.files_open, 1);
    follow_count(&follow->counters.files_total, 1);
}

static void on_found(void *context, const char *path, const FileInfo *info)
{
    Follow *follow = context;
    FollowFile *file = find_file(follow, info);
    if (atomic_load(&follow->stopping)) return;
    if (file) {
        file->seen_ns = follow->now_ns;
        file->bookmark->used_day = follow_today(follow);
        if (strcmp(file->path, path) != 0) {
            snprintf(file->path, sizeof file->path, "%s", path);
            follow_count(&follow->counters.rotated, 1);
        }
        return;
    }
    file = free_file(follow);
    if (!file) {
        follow_count(&follow->counters.left_out, 1);
        return;
    }
    open_file(follow, file, path, info);
}

/* A file that is not what it was: emptied, or written anew. */
static bool start_anew(Follow *follow, FollowFile *file, const FileInfo *info, Slice head)
{
    follow_count(&follow->counters.truncated, 1);
    file->bookmark = head.len > 0 ? follow_new_bookmark(follow, info, head, 0) : NULL;
    if (!file->bookmark ||
        bookmarks_write(follow->os, follow->options.bookmarks, &follow->bookmarks) < 0) {
        close_file(follow, file); /* found again by the next look */
        return false;
    }
    return true;
}

/* One turn of one file: true when there is more. */
static bool read_file(Follow *follow, FollowFile *file)
{
    const Os *os = follow->os;
    FileInfo info;
    if (os->info_fd(os->state, file->fd, &info) < 0) return false;
    bool gone = follow->now_ns - file->seen_ns > FOLLOW_GONE_SECONDS * NS_PER_SECOND &&
                follow->now_ns - file->active_ns > FOLLOW_GONE_SECONDS * NS_PER_SECOND;
    if (info.bytes == file->bookmark->offset && !gone) return false;
    Slice head = read_head(follow, file->fd);
    if (info.bytes < file->bookmark->offset || !follow_begins_like(file->bookmark, head)) {
        if (!start_anew(follow, file, &info, head)) return false;
    }
    follow_take_head(follow, file->bookmark, head);
    uint64_t offset = file->bookmark->offset;
    ssize_t r = os->pread(os->state, file->fd, follow->buffer, FOLLOW_READ_BYTES, offset);
    if (r < 0) follow_count(&follow->counters.failed, 1);
    follow_set_origin(follow, file->path);
    bundle_clear(&follow->group);
    Slice bytes = slice_of(follow->buffer, r > 0 ? (size_t)r : 0);
    ssize_t used = follow_add_lines(follow, file->bookmark, bytes, offset, gone);
    if (used > 0) {
        file->active_ns = follow->now_ns;
        follow_count(&follow->counters.bytes, (uint64_t)used);
        follow->result = 0;
        Slice read = slice_first(bytes, (size_t)used);
        if (follow->group.count == 0) {
            follow_set_pending(follow, file->bookmark, offset + (uint64_t)used, read);
            follow_settle(follow);
        } else if (follow_store(follow, file->bookmark, offset + (uint64_t)used, read) < 0) {
            return false;
        }
    } else if (gone) {
        close_file(follow, file);
        return false;
    }
    return used > 0 && offset + (uint64_t)used < info.bytes;
}

static void look_for_files(Follow *follow)
{
    bool due = follow->now_ns - follow->scanned_ns >= FOLLOW_SCAN_SECONDS * NS_PER_SECOND;
    if (!due && follow->first_scan_over) return;
    follow->scanned_ns = follow->now_ns;
    for (size_t i = 0; i < follow->pattern_count; i++)
        follow_scan(follow->os, follow->patterns[i], on_found, follow);
    follow->first_scan_over = true;
}

static void save(Follow *follow, bool now)
{
    bool due = follow->now_ns - follow->saved_ns >= FOLLOW_SAVE_MS * NS_PER_MS;
    if (!follow->bookmarks.changed || (!due && !now)) return;
    follow->saved_ns = follow->now_ns;
    if (bookmarks_write(follow->os, follow->options.bookmarks, &follow->bookmarks) < 0) {
        follow_count(&follow->counters.failed, 1);
    }
}

void follow_step(Follow *follow)
{
    bool more = false;
    follow->now_ns = follow->os->monotonic_ns(follow->os->state);
    look_for_files(follow);
    for (size_t i = 0; i < FOLLOW_FILES_MAX && !atomic_load(&follow->stopping); i++) {
        if (follow->files[i].fd >= 0) more |= read_file(follow, &follow->files[i]);
    }
    save(follow, false);
    pthread_mutex_lock(&follow->lock);
    if (!more && !atomic_load(&follow->stopping)) follow_wait(follow, FOLLOW_POLL_MS);
    pthread_mutex_unlock(&follow->lock);
}

/* --- start and end ---------------------------------------------------------------------------- */

static int take_patterns(Follow *follow, Complaint *complaint)
{
    Slice rest = slice_from_cstr(follow->options.patterns), piece;
    while (slice_cut(&rest, ',', &piece)) {
        piece = slice_trim(piece);
        if (piece.len == 0) continue;
        if (piece.ptr[0] != '/' || piece.len >= PATH_MAX ||
            follow->pattern_count == FOLLOW_PATTERNS_MAX) {
            complaint_say(
                complaint, "follow.path",
                "`%.*s` cannot be followed: a path begins with /, and there are at most %d",
                "`%.*s` は追えません。/ で始まるパスを %d 個まで書けます", SLICE_FMT(piece),
                FOLLOW_PATTERNS_MAX);
            return -EINVAL;
        }
        char *copy = strndup(piece.ptr, piece.len);
        if (!copy) return -ENOMEM;
        follow->patterns[follow->pattern_count++] = copy;
    }
    return 0;
}

static void follow_free(Follow *follow)
{
    for (size_t i = 0; follow->files && i < FOLLOW_FILES_MAX; i++) {
        if (follow->files[i].fd >= 0) close_file(follow, &follow->files[i]);
    }
    for (size_t i = 0; i < follow->pattern_count; i++)
        free(follow->patterns[i]);
    bookmarks_done(&follow->bookmarks);
    bundle_done(&follow->group);
    pthread_cond_destroy(&follow->changed);
    pthread_mutex_destroy(&follow->lock);
    free(follow->files);
    free(follow->buffer);
    free(follow);
}

static int read_bookmarks(Follow *follow, Complaint *complaint)
{
    const char *path = follow->options.bookmarks;
    int r = bookmarks_read(follow->os, path, &follow->bookmarks);
    if (r < 0) {
        complaint_say(complaint, "follow.bookmarks",
                      "%s cannot be used (%s). Without it all files are read from their start: "
                      "remove it if that is meant.",
                      "%s を使えません（%s）。取り除くと、すべてのファイルを初めから読みます。",
                      path, strerrordesc_np(-r));
    }
    return r;
}

int follow_open(const FollowOptions *options, Follow **ret, Complaint *complaint)
{
    Follow *follow = calloc(1, sizeof *follow);
    if (!follow) return -ENOMEM;
    pthread_condattr_t clock;
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_cond_init(&follow->changed, &clock);
    pthread_condattr_destroy(&clock);
    pthread_mutex_init(&follow->lock, NULL);
    follow->options = *options;
    follow->os = options->os;
    follow->ticket.settled = follow_on_settled;
    follow->group = bundle_make();
    follow->files = calloc(FOLLOW_FILES_MAX, sizeof *follow->files);
    follow->buffer = malloc(FOLLOW_READ_BYTES);
    for (size_t i = 0; follow->files && i < FOLLOW_FILES_MAX; i++)
        follow->files[i].fd = -1;
    int r = follow->files && follow->buffer ? take_patterns(follow, complaint) : -ENOMEM;
    if (r == 0) r = read_bookmarks(follow, complaint);
    if (r < 0) {
        follow_free(follow);
        return r;
    }
    *ret = follow;
    return 0;
}

void follow_stop(Follow *follow)
{
    atomic_store(&follow->stopping, true);
    pthread_mutex_lock(&follow->lock);
    pthread_cond_signal(&follow->changed);
    pthread_mutex_unlock(&follow->lock);
}

void follow_close(Follow *follow)
{
    if (!follow) return;
    follow_settle(follow);
    save(follow, true);
    follow_free(follow);
}
