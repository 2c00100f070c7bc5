/* See known_sources.h. */
#include "main/known_sources.h"

#include "main/surroundings.h"

#include <errno.h>
#include <stdio.h>

#define PATH_BYTES_MAX 4096

typedef struct Telling {
    Language language;
    unsigned mistakes;
} Telling;

static void on_mistake(void *context, const Complaint *complaint)
{
    Telling *telling = context;
    telling->mistakes++;
    say_complaint(complaint, telling->language);
}

static void folder_of_configuration(const Invocation *invocation, char *to)
{
    const char *given = invocation->config_path;
    Slice path = slice_from_cstr(given ? given : surroundings_config_path());
    size_t slash = slice_rfind_char(path, '/');
    Slice folder = slash == SLICE_NOT_FOUND ? SLICE(".") : slice_first(path, slash);
    snprintf(to, PATH_BYTES_MAX, "%.*s", SLICE_FMT(folder));
}

/* A path that the configuration does not name need not be there. */
static bool actions_path(const Invocation *invocation, const Settings *settings, char *to)
{
    const char *given = setting_text(settings, SETTING_TRANSLATE_ACTIONS_FILE);
    if (given[0]) {
        snprintf(to, PATH_BYTES_MAX, "%s", given);
    } else {
        snprintf(to, PATH_BYTES_MAX, "%s/actions.tsv", invocation->folder);
    }
    return given[0] != 0;
}

static int say_failure(const Invocation *invocation, int error, const Complaint *complaint)
{
    if (error == -ENOMEM) SAY(MESSAGE_MEMORY, invocation->language);
    if (error < 0 && complaint->id) say_complaint(complaint, invocation->language);
    return error;
}

int known_actions_read(const Invocation *invocation, const Settings *settings, Arena *arena,
                       Slice *ret)
{
    char path[PATH_BYTES_MAX];
    Complaint complaint = {0};
    bool is_expected = actions_path(invocation, settings, path);
    return say_failure(invocation,
                       actions_file_read(&os_real, path, is_expected, arena, ret, &complaint),
                       &complaint);
}

static void on_changed_mistake(void *context, const Complaint *complaint)
{
    const Invocation *invocation = context;
    say_complaint(complaint, invocation->language);
}

int known_files_open(const Invocation *invocation, TranslationFiles **ret)
{
    char configuration[PATH_BYTES_MAX], actions[PATH_BYTES_MAX];
    folder_of_configuration(invocation, configuration);
    const char *const folders[] = {configuration, invocation->folder};
    const TranslationFilesOptions options = {
        .os = &os_real,
        .folders = folders,
        .folder_count = ARRAY_COUNT(folders),
        .actions_path = actions,
        .actions_expected = actions_path(invocation, &invocation->settings, actions),
        .watcher = {.mistake = on_changed_mistake, .context = (void *)(uintptr_t)invocation},
    };
    Complaint complaint = {0};
    return say_failure(invocation, translation_files_open(&options, ret, &complaint), &complaint);
}

int known_sources_open(const Invocation *invocation, SourceSet **ret, unsigned *mistakes)
{
    Telling telling = {.language = invocation->language};
    const SourcesWatcher watcher = {.mistake = on_mistake, .context = &telling};
    Complaint complaint = {0};
    char configuration[PATH_BYTES_MAX];
    folder_of_configuration(invocation, configuration);
    const char *const folders[] = {configuration, invocation->folder};
    int r = sources_open(&os_real, folders, ARRAY_COUNT(folders), &watcher, ret, &complaint);
    if (r == -ENOMEM) SAY(MESSAGE_MEMORY, invocation->language);
    if (r == -E2BIG) say_complaint(&complaint, invocation->language);
    if (mistakes) *mistakes = telling.mistakes;
    return r;
}
