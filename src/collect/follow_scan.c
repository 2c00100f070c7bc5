/* Looking for the files that a pattern means. */
#include "collect/follow_inside.h"

#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>

#define NAMES_MAX 4096 /* of one folder */

typedef struct Scan {
    const Os *os;
    FollowFound found;
    void *context;
} Scan;

typedef struct FolderLook {
    const Scan *scan;
    const char *folder;  /* without a slash at the end */
    const char *pattern; /* of the names; NULL: all */
    const char *rest;    /* of the pattern behind them, or empty */
    size_t names;
} FolderLook;

static void look_at(const Scan *scan, const char *path, const char *rest);

static int on_name(void *context, Slice name)
{
    FolderLook *look = context;
    char text[NAME_MAX + 1], path[PATH_MAX];
    if (name.len > NAME_MAX || ++look->names > NAMES_MAX) return 0;
    memcpy(text, name.ptr, name.len);
    text[name.len] = '\0';
    if (text[0] == '.' && (!look->pattern || look->pattern[0] != '.')) return 0;
    if (look->pattern && fnmatch(look->pattern, text, FNM_PATHNAME | FNM_PERIOD) != 0) return 0;
    int len = snprintf(path, sizeof path, "%s/%s", look->folder, text);
    if (len < (int)sizeof path) look_at(look->scan, path, look->rest);
    return 0;
}

/* A path whose end is reached: the file, or the files in the folder. */
static void give(const Scan *scan, const char *path, bool is_named)
{
    FileInfo info;
    if (scan->os->info(scan->os->state, path, &info) < 0) return;
    if (info.is_regular) {
        scan->found(scan->context, path, &info);
    } else if (info.is_folder && is_named) {
        FolderLook look = {.scan = scan, .folder = path, .rest = NULL};
        (void)!scan->os->list(scan->os->state, path, on_name, &look);
    }
}

/* Goes down the pattern, one name after the other. rest NULL: a file in a folder that was named. */
static void look_at(const Scan *scan, const char *path, const char *rest)
{
    char next[PATH_MAX], pattern[NAME_MAX + 1];
    if (!rest) {
        give(scan, path, false);
        return;
    }
    while (*rest == '/')
        rest++;
    if (!*rest) {
        give(scan, path, true);
        return;
    }
    size_t len = strcspn(rest, "/");
    if (len > NAME_MAX) return;
    memcpy(pattern, rest, len);
    pattern[len] = '\0';
    if (!strpbrk(pattern, "*?[")) {
        int made = snprintf(next, sizeof next, "%s/%s", path, pattern);
        if (made < (int)sizeof next) look_at(scan, next, rest + len);
        return;
    }
    FolderLook look = {.scan = scan, .folder = path, .pattern = pattern, .rest = rest + len};
    (void)!scan->os->list(scan->os->state, *path ? path : "/", on_name, &look);
}

void follow_scan(const Os *os, const char *pattern, FollowFound found, void *context)
{
    const Scan scan = {os, found, context};
    look_at(&scan, "", pattern);
}
