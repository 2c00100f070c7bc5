/* See sources.h. */
#include "engine/sources.h"

#include <errno.h>
#include <stdio.h>

static const struct {
    Slice file, yaml;
} built_in[] = {
#include "engine/source_table.inc"
};

#define FOLDER_NAME "sources"
#define PATH_BYTES_MAX 4096

typedef struct Opening {
    const Os *os;
    const char *folder;
    const SourcesWatcher *watcher;
    SourceSet *set;
} Opening;

static void tell(const Opening *opening, const Complaint *complaint)
{
    const SourcesWatcher *watcher = opening->watcher;
    if (watcher && watcher->mistake) watcher->mistake(watcher->context, complaint);
}

static int add_built_in(const Opening *opening)
{
    for (size_t i = 0; i < ARRAY_COUNT(built_in); i++) {
        Complaint complaint = {0};
        int r = source_set_add(opening->set, built_in[i].file, built_in[i].yaml, true, &complaint);
        if (r == -EINVAL) tell(opening, &complaint);
        if (r < 0 && r != -EINVAL) return r;
    }
    return 0;
}

static int add_file(const Opening *opening, const char *path)
{
    CLEANUP(arena_done) Arena arena = {0};
    Complaint complaint = {0};
    Slice yaml;
    int r = os_read_file(opening->os, path, SOURCE_FILE_BYTES_MAX, &arena, &yaml);
    if (r == -ENOMEM) return r;
    if (r < 0) {
        snprintf(complaint.file, sizeof complaint.file, "%s", path);
        complaint_say(&complaint, "source.unreadable",
                      "the definition cannot be read (%s); it may have at most %zu KiB",
                      "定義を読めません（%s）。大きさは %zu KiB までです", strerrordesc_np(-r),
                      SOURCE_FILE_BYTES_MAX >> 10);
    } else {
        r = source_set_add(opening->set, slice_from_cstr(path), yaml, false, &complaint);
        if (r == -ENOMEM) return r;
    }
    if (r < 0) tell(opening, &complaint);
    return 0;
}

static int on_file(void *context, Slice name)
{
    const Opening *opening = context;
    char path[PATH_BYTES_MAX];
    if (!slice_ends(name, SLICE(".yaml"))) return 0;
    int length =
        snprintf(path, sizeof path, "%s/" FOLDER_NAME "/%.*s", opening->folder, SLICE_FMT(name));
    return length < (int)sizeof path ? add_file(opening, path) : 0;
}

/* A folder that is not there is no mistake: few have one. */
static int add_folder(Opening *opening)
{
    char path[PATH_BYTES_MAX];
    int length = snprintf(path, sizeof path, "%s/" FOLDER_NAME, opening->folder);
    if (length >= (int)sizeof path) return 0;
    int r = opening->os->list(opening->os->state, path, on_file, opening);
    return r == -ENOMEM ? r : 0;
}

int sources_open(const Os *os, const char *const *folders, size_t folder_count,
                 const SourcesWatcher *watcher, SourceSet **ret, Complaint *complaint)
{
    Opening opening = {.os = os, .watcher = watcher, .set = source_set_new()};
    if (!opening.set) return -ENOMEM;
    int r = add_built_in(&opening);
    for (size_t i = 0; i < folder_count && r == 0; i++) {
        opening.folder = folders[i];
        r = add_folder(&opening);
    }
    if (r == 0) r = source_set_finish(opening.set);
    if (r == -E2BIG) {
        complaint_say(complaint, "source.too_much",
                      "the source definitions hold too many different texts; remove some",
                      "機器の定義に書かれた目印が多すぎます。いくつか減らしてください");
    }
    if (r < 0) {
        source_set_free(opening.set);
        return r;
    }
    *ret = opening.set;
    return 0;
}

Slice sources_built_in_yaml(Slice name)
{
    for (size_t i = 0; i < ARRAY_COUNT(built_in); i++) {
        Slice file = built_in[i].file;
        size_t slash = slice_rfind_char(file, '/');
        if (slash != SLICE_NOT_FOUND) file = slice_skip(file, slash + 1);
        if (file.len == name.len + 5 && slice_starts(file, name) &&
            slice_ends(file, SLICE(".yaml")))
            return built_in[i].yaml;
    }
    return (Slice){0};
}
