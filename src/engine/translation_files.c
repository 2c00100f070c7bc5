/* See translation_files.h. */
#include "engine/translation_files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define PATH_BYTES_MAX 4096

struct TranslationFiles {
    const Os *os; /* set at start, then read-only */
    SourcesWatcher watcher;
    char *folders[TRANSLATION_FOLDERS_MAX];
    size_t folder_count;
    char *actions_path; /* NULL: none */
    bool actions_expected;
    /* what is in use, and what the files looked like when they were last read */
    SourceSet *sources;
    Arena arena; /* of `actions` */
    Slice actions;
    uint64_t stamp;
    bool mistaken; /* during a reading */
};

void translation_files_free(TranslationFiles *files)
{
    if (!files) return;
    for (size_t i = 0; i < files->folder_count; i++)
        free(files->folders[i]);
    free(files->actions_path);
    source_set_free(files->sources);
    arena_done(&files->arena);
    free(files);
}

/* --- what the files look like ------------------------------------------------------------------
 */

typedef struct Stamping {
    const TranslationFiles *files;
    const char *folder;
    uint64_t stamp;
} Stamping;

static uint64_t mix(uint64_t a, uint64_t b)
{
    return (a ^ b) * 0x9E3779B97F4A7C15u ^ (a >> 29);
}

/* Names come in no order, so what is said of each is added up. */
static void stamp_file(Stamping *stamping, const char *path)
{
    FileInfo info;
    uint64_t of_file = 0;
    if (stamping->files->os->info(stamping->files->os->state, path, &info) < 0) return;
    for (const char *at = path; *at; at++) {
        of_file = mix(of_file, (unsigned char)*at);
    }
    of_file = mix(of_file, info.bytes);
    of_file = mix(of_file, (uint64_t)info.modified_ns);
    stamping->stamp += mix(of_file, info.inode);
}

static int on_name(void *context, Slice name)
{
    Stamping *stamping = context;
    char path[PATH_BYTES_MAX];
    if (!slice_ends(name, SLICE(".yaml"))) return 0;
    int length = snprintf(path, sizeof path, "%s/sources/%.*s", stamping->folder, SLICE_FMT(name));
    if (length < (int)sizeof path) stamp_file(stamping, path);
    return 0;
}

static uint64_t stamp_now(const TranslationFiles *files)
{
    Stamping stamping = {.files = files};
    for (size_t i = 0; i < files->folder_count; i++) {
        char path[PATH_BYTES_MAX];
        stamping.folder = files->folders[i];
        int length = snprintf(path, sizeof path, "%s/sources", files->folders[i]);
        /* A folder that is not there is no mistake: few have one. */
        if (length < (int)sizeof path &&
            files->os->list(files->os->state, path, on_name, &stamping) < 0) {
            continue;
        }
    }
    if (files->actions_path) stamp_file(&stamping, files->actions_path);
    return stamping.stamp;
}

/* --- reading -----------------------------------------------------------------------------------
 */

int actions_file_read(const Os *os, const char *path, bool is_expected, Arena *arena, Slice *ret,
                      Complaint *complaint)
{
    Slice text = {0};
    ActionSettings *settings = NULL;
    int r = os_read_file(os, path, ACTIONS_FILE_BYTES_MAX, arena, &text);
    if (r == -ENOENT && !is_expected) {
        *ret = (Slice){0};
        return 0;
    }
    if (r == -ENOMEM) return r;
    if (r < 0) {
        complaint_say(complaint, "actions.unreadable",
                      "the file of actions cannot be read (%s); it may have at most %zu KiB",
                      "操作のまとめ方のファイルを読めません（%s）。大きさは %zu KiB までです",
                      strerrordesc_np(-r), ACTIONS_FILE_BYTES_MAX >> 10);
        r = -EINVAL;
    } else {
        r = action_settings_make(text, &settings, complaint);
        action_settings_free(settings);
    }
    if (r == -EINVAL && complaint) snprintf(complaint->file, sizeof complaint->file, "%s", path);
    if (r == 0) *ret = text;
    return r;
}

static int read_actions(const TranslationFiles *files, Arena *arena, Slice *ret,
                        Complaint *complaint)
{
    *ret = (Slice){0};
    if (!files->actions_path) return 0;
    return actions_file_read(files->os, files->actions_path, files->actions_expected, arena, ret,
                             complaint);
}

static void on_mistake(void *context, const Complaint *complaint)
{
    TranslationFiles *files = context;
    files->mistaken = true;
    if (files->watcher.mistake) files->watcher.mistake(files->watcher.context, complaint);
}

static int read_sources(TranslationFiles *files, SourceSet **ret, Complaint *complaint)
{
    const SourcesWatcher watcher = {.mistake = on_mistake, .context = files};
    files->mistaken = false;
    return sources_open(files->os, (const char *const *)files->folders, files->folder_count,
                        &watcher, ret, complaint);
}

static int copy_paths(TranslationFiles *files, const TranslationFilesOptions *options)
{
    for (size_t i = 0; i < options->folder_count && i < TRANSLATION_FOLDERS_MAX; i++) {
        files->folders[i] = strdup(options->folders[i]);
        if (!files->folders[i]) return -ENOMEM;
        files->folder_count++;
    }
    if (!options->actions_path) return 0;
    files->actions_path = strdup(options->actions_path);
    return files->actions_path ? 0 : -ENOMEM;
}

int translation_files_open(const TranslationFilesOptions *options, TranslationFiles **ret,
                           Complaint *complaint)
{
    TranslationFiles *files = calloc(1, sizeof *files);
    if (!files) return -ENOMEM;
    files->os = options->os;
    files->watcher = options->watcher;
    files->actions_expected = options->actions_expected;
    int r = copy_paths(files, options);
    /* before reading: what changes meanwhile is read again */
    files->stamp = stamp_now(files);
    if (r == 0) r = read_actions(files, &files->arena, &files->actions, complaint);
    if (r == 0) r = read_sources(files, &files->sources, complaint);
    if (r < 0) {
        translation_files_free(files);
        return r;
    }
    *ret = files;
    return 0;
}

const SourceSet *translation_files_sources(const TranslationFiles *files)
{
    return files->sources;
}

Slice translation_files_actions(const TranslationFiles *files)
{
    return files->actions;
}

/* --- again -------------------------------------------------------------------------------------
 */

/* What was read takes the place of what was in use. */
static void take_over(TranslationFiles *files, SourceSet *sources, Arena *arena, Slice actions)
{
    source_set_free(files->sources);
    arena_done(&files->arena);
    files->sources = sources;
    files->arena = *arena;
    files->actions = actions;
    *arena = (Arena){0};
}

int translation_files_refresh(TranslationFiles *files, RowMaker *maker)
{
    CLEANUP(arena_done) Arena arena = {0};
    SourceSet *sources = NULL;
    Complaint complaint = {0};
    Slice actions;
    uint64_t stamp = stamp_now(files);
    if (stamp == files->stamp) return 0;
    files->stamp = stamp;
    int r = read_actions(files, &arena, &actions, &complaint);
    if (r == 0) r = read_sources(files, &sources, &complaint);
    if (r == 0 && files->mistaken) {
        source_set_free(sources);
        return -EINVAL;
    }
    if (r == 0) r = row_maker_use(maker, sources, actions, &complaint);
    if (r == 0) {
        take_over(files, sources, &arena, actions);
        return 1;
    }
    source_set_free(sources);
    if (r == -ENOMEM) return r;
    on_mistake(files, &complaint);
    return -EINVAL;
}
