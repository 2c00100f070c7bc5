/* See known_context.h. */
#include "main/known_context.h"

#include "main/surroundings.h"
#include "simulate_company.inc"

#include <errno.h>
#include <stdio.h>

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

static int finish(const Invocation *invocation, int r)
{
    if (r == -ENOMEM) SAY(MESSAGE_MEMORY, invocation->language);
    return r;
}

static void folder_of_configuration(const Invocation *invocation, char to[COMPANY_PATH_BYTES_MAX])
{
    const char *given = invocation->config_path;
    Slice path = slice_from_cstr(given ? given : surroundings_config_path());
    size_t slash = slice_rfind_char(path, '/');
    Slice folder = slash == SLICE_NOT_FOUND ? SLICE(".") : slice_first(path, slash);
    snprintf(to, COMPANY_PATH_BYTES_MAX, "%.*s", SLICE_FMT(folder));
}

int known_context_path(const Invocation *invocation, char to[COMPANY_PATH_BYTES_MAX])
{
    char configuration[COMPANY_PATH_BYTES_MAX];
    FileInfo info;
    int r = company_file_path(invocation->folder, to);
    if (r == 0) r = os_real.info(os_real.state, to, &info);
    if (r != -ENOENT) return r;
    folder_of_configuration(invocation, configuration);
    r = company_file_path(configuration, to);
    return r == 0 ? os_real.info(os_real.state, to, &info) : r;
}

int known_context_open(const Invocation *invocation, Context **ret, unsigned *mistakes)
{
    Telling telling = {.language = invocation->language};
    const ContextWatcher watcher = {.mistake = on_mistake, .context = &telling};
    char configuration[COMPANY_PATH_BYTES_MAX];
    folder_of_configuration(invocation, configuration);
    const char *const folders[] = {configuration, invocation->folder};
    const ContextLoad load = {.os = &os_real,
                              .folders = folders,
                              .folder_count = ARRAY_COUNT(folders),
                              .zone_offset_seconds = invocation->zone_offset_seconds,
                              .watcher = &watcher};
    int r = context_load(&load, ret);
    if (mistakes) *mistakes = telling.mistakes;
    return finish(invocation, r);
}

int known_context_follow(const Invocation *invocation, ContextFollow **ret)
{
    static Telling telling; /* as long as the server */
    const ContextWatcher watcher = {.mistake = on_mistake, .context = &telling};
    char configuration[COMPANY_PATH_BYTES_MAX];
    telling = (Telling){.language = invocation->language};
    folder_of_configuration(invocation, configuration);
    const char *const folders[] = {configuration, invocation->folder};
    const ContextLoad load = {.os = &os_real,
                              .folders = folders,
                              .folder_count = ARRAY_COUNT(folders),
                              .zone_offset_seconds = invocation->zone_offset_seconds,
                              .watcher = &watcher};
    return finish(invocation, context_follow_open(&load, ret));
}

int known_context_of_tests(const Invocation *invocation, Context **ret)
{
    Telling telling = {.language = invocation->language};
    const ContextWatcher watcher = {.mistake = on_mistake, .context = &telling};
    const ContextLoad load = {.os = &os_real, .watcher = &watcher};
    return finish(invocation,
                  context_load_document(&load, slice_from_cstr(company_yaml), ".", ret));
}
