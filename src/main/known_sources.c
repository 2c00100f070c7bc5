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
