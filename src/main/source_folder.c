/* See source_folder.h. */
#include "main/source_folder.h"

#include "engine/source_samples.h"
#include "os/os.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#define PATH_BYTES_MAX 4096

typedef struct Adding {
    const Invocation *invocation;
    const char *path;
    bool failed;
} Adding;

static int say_failed(const Invocation *invocation, const char *path, int error)
{
    SAY(MESSAGE_SOURCES_FILE_FAILED, invocation->language, {"file", slice_from_cstr(path)},
        {"error", error_words(error)});
    return error;
}

/* FOLDER/sources/NAME.yaml and what is behind it. -ENAMETOOLONG. */
static int path_of(const Invocation *invocation, Slice name, const char *behind, char *to)
{
    int len = snprintf(to, PATH_BYTES_MAX, "%s/sources/%.*s.yaml%s", invocation->folder,
                       SLICE_FMT(name), behind);
    return len < PATH_BYTES_MAX ? 0 : -ENAMETOOLONG;
}

static bool is_there(const char *path)
{
    FileInfo info;
    return os_real.info(os_real.state, path, &info) == 0;
}

static void on_failed_sample(void *context, const SampleFailure *failure)
{
    Adding *adding = context;
    char line[NUMBER_WORDS_MAX];
    adding->failed = true;
    SAY(MESSAGE_SOURCES_SAMPLE_FAILED, adding->invocation->language,
        {"file", slice_from_cstr(adding->path)},
        {"line", number_words(line, failure->sample->line)}, {"name", failure->name},
        {"want", failure->want}, {"got", failure->got});
}

/* Compiles it alone and runs its samples. The name lives as long as the arena. */
static int check(Adding *adding, Slice yaml, Arena *arena, Slice *ret_name)
{
    const SampleWatcher watcher = {.failed = on_failed_sample, .context = adding};
    SampleCounts counts = {0};
    Complaint complaint = {0};
    SourceSet *set = source_set_new();
    if (!set) return -ENOMEM;
    int r = source_set_add(set, slice_from_cstr(adding->path), yaml, false, &complaint);
    if (r == -EINVAL) say_complaint(&complaint, adding->invocation->language);
    if (r == 0) r = source_set_finish(set);
    if (r == 0) r = source_samples_run(set, 0, &watcher, &counts);
    if (r == 0) r = arena_copy(arena, source_set_info(set, 0)->name, ret_name);
    source_set_free(set);
    return r;
}

static int write_file(const char *path, Slice text)
{
    const Os *os = &os_real;
    int fd = os->open(os->state, path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd < 0) return fd;
    int r = os_write_full(os, fd, text.ptr, text.len);
    if (r == 0) r = os->sync_data(os->state, fd);
    os->close(os->state, fd);
    return r;
}

/* The new text is whole on the disk before it takes the name; the old one is kept. */
static int save(const Invocation *invocation, Slice name, Slice yaml, char *ret_path)
{
    const Os *os = &os_real;
    char folder[PATH_BYTES_MAX], fresh[PATH_BYTES_MAX], before[PATH_BYTES_MAX];
    int len = snprintf(folder, sizeof folder, "%s/sources", invocation->folder);
    int r = len < PATH_BYTES_MAX ? path_of(invocation, name, "", ret_path) : -ENAMETOOLONG;
    if (r == 0) r = path_of(invocation, name, ".new", fresh);
    if (r == 0) r = path_of(invocation, name, ".before", before);
    if (r == 0) r = os_make_folders(os, folder);
    if (r == 0) r = write_file(fresh, yaml);
    if (r == 0 && is_there(ret_path)) r = os->rename(os->state, ret_path, before);
    if (r == 0) r = os->rename(os->state, fresh, ret_path);
    return r < 0 ? r : os->sync_folder(os->state, folder);
}

int source_folder_add(const Invocation *invocation, const char *path, bool *ret_refused)
{
    CLEANUP(arena_done) Arena arena = {0};
    Adding adding = {.invocation = invocation, .path = path};
    char saved[PATH_BYTES_MAX] = "";
    Slice yaml, name;
    int r = os_read_file(&os_real, path, SOURCE_FILE_BYTES_MAX, &arena, &yaml);
    if (r < 0) return say_failed(invocation, path, r);
    r = check(&adding, yaml, &arena, &name);
    if (r < 0) return r;
    *ret_refused = adding.failed;
    if (adding.failed) {
        SAY(MESSAGE_SOURCES_NOT_SAVED, invocation->language, {"name", name});
        return 0;
    }
    r = save(invocation, name, yaml, saved);
    if (r < 0) return say_failed(invocation, saved, r);
    SAY(MESSAGE_SOURCES_ADDED, invocation->language, {"name", name},
        {"file", slice_from_cstr(saved)});
    return 0;
}

/* What a definition's name may be made of: so it cannot lead out of the folder. */
static bool is_name(Slice name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-' && c != '_')
            return false;
    }
    return name.len > 0 && name.len <= 64;
}

int source_folder_remove(const Invocation *invocation, const char *name_text)
{
    const Os *os = &os_real;
    Slice name = slice_from_cstr(name_text);
    char path[PATH_BYTES_MAX] = "", removed[PATH_BYTES_MAX], before[PATH_BYTES_MAX];
    int r = is_name(name) ? path_of(invocation, name, "", path) : -ENOENT;
    if (r == 0) r = path_of(invocation, name, ".removed", removed);
    if (r == 0) r = path_of(invocation, name, ".before", before);
    if (r == 0 && !is_there(path)) r = -ENOENT;
    if (r == -ENOENT) {
        SAY(MESSAGE_SOURCES_NOT_OWN, invocation->language, {"name", name},
            {"file", path[0] ? slice_from_cstr(path) : SLICE("sources/NAME.yaml")});
    }
    if (r < 0) return r;
    r = os->rename(os->state, path, removed);
    if (r < 0) return say_failed(invocation, path, r);
    bool restore = is_there(before);
    if (restore) r = os->rename(os->state, before, path);
    if (r < 0) return say_failed(invocation, before, r);
    SAY(restore ? MESSAGE_SOURCES_RESTORED : MESSAGE_SOURCES_REMOVED, invocation->language,
        {"name", name}, {"file", slice_from_cstr(removed)});
    return 0;
}
