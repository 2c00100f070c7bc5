#include "main/serve_sandbox.h"

#include "base/arena.h"
#include "main/surroundings.h"
#include "os/os.h"
#include "os/sandbox.h"

#include <errno.h>
#include <string.h>

/* Names of machines (resolv.conf, hosts, nsswitch and what it loads), certificates, time zones,
 * fonts; the machine's own state for metrics. */
static const char *const system_paths[] = {
    "/etc", "/usr", "/lib", "/lib64", "/run", "/proc", "/var/cache/fontconfig", "/dev/urandom",
};

typedef struct PathList {
    SandboxPath paths[SANDBOX_PATHS_MAX];
    size_t count;
    Arena arena;
    int error;
} PathList;

static void list_done(PathList *list)
{
    arena_done(&list->arena);
}

static void add(PathList *list, Slice path, bool may_write)
{
    if (path.len == 0 || list->error < 0) return;
    if (list->count == SANDBOX_PATHS_MAX) {
        list->error = -E2BIG;
        return;
    }
    char *text = arena_alloc(&list->arena, path.len + 1);
    if (!text) {
        list->error = -ENOMEM;
        return;
    }
    memcpy(text, path.ptr, path.len);
    text[path.len] = '\0';
    list->paths[list->count++] = (SandboxPath){.path = text, .may_write = may_write};
}

/* The folder that a file lies in: files are renewed by a rename beside them. */
static void add_folder_of(PathList *list, Slice file, bool may_write)
{
    size_t slash = slice_rfind_char(file, '/');
    if (file.len == 0) return;
    Slice folder = slash == SLICE_NOT_FOUND ? SLICE(".") : slice_first(file, slash > 0 ? slash : 1);
    add(list, folder, may_write);
}

static bool names_a_file(Slice key)
{
    static const char *const endings[] = {"_file", ".tls_certificate", ".tls_key",
                                          ".tls_authority"};
    for (size_t i = 0; i < ARRAY_COUNT(endings); i++) {
        if (slice_ends(key, slice_from_cstr(endings[i]))) return true;
    }
    return false;
}

static void add_settings(PathList *list, const Settings *settings)
{
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        const SettingInfo *info = &settings_info[i];
        Slice value = slice_from_cstr(settings->text[i]);
        if (info->type != SETTING_TYPE_TEXT) continue;
        if (names_a_file(info->key)) add_folder_of(list, value, false);
        if (slice_ends(info->key, SLICE("_folder"))) add(list, value, false);
    }
    add(list, slice_from_cstr(setting_text(settings, SETTING_BACKUP_FOLDER)), true);
    add_folder_of(list, slice_from_cstr(setting_text(settings, SETTING_PROOF_CHECKPOINT_FILE)),
                  true);
}

/* Up to the folder in front of the first piece with a wildcard. */
static void add_followed(PathList *list, const Settings *settings)
{
    Slice rest = slice_from_cstr(setting_text(settings, SETTING_FOLLOW_PATHS)), path;
    while (slice_cut(&rest, ',', &path)) {
        path = slice_trim(path);
        size_t plain = 0;
        while (plain < path.len && !strchr("*?[", path.ptr[plain]))
            plain++;
        if (plain == path.len) add(list, path, false);
        add_folder_of(list, slice_first(path, plain), false);
    }
}

static int collect(const Invocation *invocation, const Settings *settings, PathList *list)
{
    for (size_t i = 0; i < ARRAY_COUNT(system_paths); i++) {
        add(list, slice_from_cstr(system_paths[i]), false);
    }
    add(list, slice_from_cstr(invocation->folder), true);
    const char *web = surroundings_web_folder();
    if (web) add(list, slice_from_cstr(web), false);
    add_folder_of(list,
                  slice_from_cstr(invocation->config_path ? invocation->config_path
                                                          : surroundings_config_path()),
                  true);
    add_settings(list, settings);
    add_followed(list, settings);
    return list->error;
}

static void say_missing(const Invocation *invocation, SandboxState state)
{
    if (!state.files)
        SAY(MESSAGE_SANDBOX_MISSING, invocation->language, {"what", SLICE("Landlock")});
    if (!state.calls)
        SAY(MESSAGE_SANDBOX_MISSING, invocation->language, {"what", SLICE("seccomp")});
}

int serve_sandbox_enter(const Invocation *invocation, const Settings *settings)
{
    CLEANUP(list_done) PathList list = {0};
    SandboxState state;
    if (strcmp(setting_text(settings, SETTING_SERVER_SANDBOX), "off") == 0) return 0;
    /* only what is there can be named */
    int r = os_make_folders(&os_real, invocation->folder);
    if (r == 0) r = collect(invocation, settings, &list);
    if (r == 0) r = sandbox_enter(list.paths, list.count, &state);
    if (r < 0) {
        SAY(MESSAGE_SANDBOX_FAILED, invocation->language, {"error", error_words(r)});
    } else {
        say_missing(invocation, state);
    }
    return r;
}
