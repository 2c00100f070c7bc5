/* See context_follow.h. */
#include "engine/context_follow.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

struct ContextFollow {
    ContextLoad load;       /* set at start, then read-only, with what it points to */
    ContextWatcher watcher; /* the caller's */
    ContextWatcher own;     /* what load has: notes mistakes, then the caller's */
    char *folders[CONTEXT_FOLDERS_MAX];
    Context *now, *before; /* before: NULL, or replaced and not forgotten */
    Context *wrong;        /* with a mistake, for the files that it names; NULL: none */
    uint64_t stamp;        /* what the files looked like when they were last read; 0: read again */
    bool is_mistaken;      /* during a reading */
};

static void on_mistake(void *context, const Complaint *complaint)
{
    ContextFollow *follow = context;
    follow->is_mistaken = true;
    if (follow->watcher.mistake) follow->watcher.mistake(follow->watcher.context, complaint);
}

static void on_file(void *context, const ContextFile *file, const ContextTally *tally)
{
    ContextFollow *follow = context;
    if (follow->watcher.file) follow->watcher.file(follow->watcher.context, file, tally);
}

/* ---- what the files look like */

static uint64_t mix(uint64_t a, uint64_t b)
{
    return (a ^ b) * 0x9E3779B97F4A7C15u ^ (a >> 29);
}

/* A file that is not there looks like nothing. */
static uint64_t stamp_file(const Os *os, const char *path, uint64_t stamp)
{
    FileInfo info;
    if (os->info(os->state, path, &info) < 0) return mix(stamp, 1);
    stamp = mix(stamp, info.bytes + 2);
    stamp = mix(stamp, (uint64_t)info.modified_ns);
    return mix(stamp, info.inode);
}

static uint64_t stamp_named(const ContextFollow *follow, const char *folder, const Context *context,
                            uint64_t stamp)
{
    char path[COMPANY_PATH_BYTES_MAX];
    for (size_t i = 0; context && i < context_file_count(context); i++) {
        if (context_file_path(folder, context_file(context, i), path) == 0) {
            stamp = stamp_file(follow->load.os, path, stamp);
        }
    }
    return stamp;
}

/* The documents, and the files that they name, beside each of them: only where the document lies is
 * there anything. */
static uint64_t stamp_now(const ContextFollow *follow, const Context *context)
{
    char path[COMPANY_PATH_BYTES_MAX];
    uint64_t stamp = 1;
    for (size_t i = 0; i < follow->load.folder_count; i++) {
        const char *folder = follow->folders[i];
        if (company_file_path(folder, path) == 0) stamp = stamp_file(follow->load.os, path, stamp);
        stamp = stamp_named(follow, folder, context, stamp);
        stamp = stamp_named(follow, folder, follow->wrong, stamp);
    }
    return stamp;
}

/* ---- reading */

static int copy_load(ContextFollow *follow, const ContextLoad *load)
{
    if (load->folder_count > CONTEXT_FOLDERS_MAX) return -E2BIG;
    follow->load = *load;
    follow->load.folders = (const char *const *)follow->folders;
    if (load->watcher) follow->watcher = *load->watcher;
    follow->own = (ContextWatcher){.mistake = on_mistake, .file = on_file, .context = follow};
    follow->load.watcher = &follow->own;
    for (size_t i = 0; i < load->folder_count; i++) {
        follow->folders[i] = strdup(load->folders[i]);
        if (!follow->folders[i]) return -ENOMEM;
    }
    return 0;
}

int context_follow_open(const ContextLoad *load, ContextFollow **ret)
{
    ContextFollow *follow = calloc(1, sizeof *follow);
    if (!follow) return -ENOMEM;
    int r = copy_load(follow, load);
    if (r == 0) r = context_load(&follow->load, &follow->now);
    if (r < 0) {
        context_follow_free(follow);
        return r;
    }
    follow->stamp = stamp_now(follow, follow->now);
    *ret = follow;
    return 0;
}

void context_follow_free(ContextFollow *follow)
{
    if (!follow) return;
    for (size_t i = 0; i < CONTEXT_FOLDERS_MAX; i++) {
        free(follow->folders[i]);
    }
    context_free(follow->now);
    context_free(follow->before);
    context_free(follow->wrong);
    free(follow);
}

const Context *context_follow_now(const ContextFollow *follow)
{
    return follow->now;
}

void context_follow_forget(ContextFollow *follow)
{
    context_free(follow->before);
    follow->before = NULL;
}

/* `read` has a mistake, or there is none: what was in use stays. */
static int stay(ContextFollow *follow, Context *read)
{
    context_free(follow->wrong);
    follow->wrong = read;
    follow->stamp = stamp_now(follow, follow->now);
    return -EINVAL;
}

int context_follow_refresh(ContextFollow *follow)
{
    Context *read = NULL;
    if (follow->before) return 0;
    uint64_t stamp = stamp_now(follow, follow->now);
    if (stamp == follow->stamp) return 0;
    follow->is_mistaken = false;
    int r = context_load(&follow->load, &read);
    if (r == -ENOMEM) return r;
    if (r < 0 || follow->is_mistaken) return stay(follow, read);
    bool has_moved = stamp_now(follow, follow->now) != stamp; /* while it was read */
    context_free(follow->wrong);
    follow->wrong = NULL;
    follow->before = follow->now;
    follow->now = read;
    follow->stamp = has_moved ? 0 : stamp_now(follow, read);
    return 1;
}
