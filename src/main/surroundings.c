/* See surroundings.h. */
#include "main/surroundings.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define PATH_BYTES_MAX 4096

Language surroundings_language(void)
{
    static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        const char *value = getenv(names[i]);
        if (value && value[0]) return strncmp(value, "ja", 2) == 0 ? LANGUAGE_JA : LANGUAGE_EN;
    }
    return LANGUAGE_EN;
}

/* The XDG base directory rules: the variable when set, else a folder below the home. */
static const char *user_path(char *room, const char *variable, const char *below_home,
                             const char *name)
{
    const char *base = getenv(variable), *home = getenv("HOME");
    if (base && base[0] == '/') {
        snprintf(room, PATH_BYTES_MAX, "%s/%s", base, name);
    } else {
        snprintf(room, PATH_BYTES_MAX, "%s/%s/%s", home ? home : ".", below_home, name);
    }
    return room;
}

const char *surroundings_data_folder(void)
{
    static char room[PATH_BYTES_MAX];
    if (getuid() == 0) return "/var/lib/akashi";
    return user_path(room, "XDG_DATA_HOME", ".local/share", "akashi");
}

const char *surroundings_config_path(void)
{
    static char room[PATH_BYTES_MAX];
    if (getuid() == 0) return "/etc/akashi/akashi.yaml";
    return user_path(room, "XDG_CONFIG_HOME", ".config", "akashi/akashi.yaml");
}

const char *surroundings_key_path(void)
{
    static char room[PATH_BYTES_MAX];
    const char *credentials = getenv("CREDENTIALS_DIRECTORY");
    if (credentials && credentials[0] == '/') {
        snprintf(room, sizeof room, "%s/akashi.key", credentials);
        if (access(room, F_OK) == 0) return room;
    }
    if (getuid() == 0) return "/etc/akashi/store.key";
    return user_path(room, "XDG_CONFIG_HOME", ".config", "akashi/store.key");
}

static bool holds_page(const char *folder)
{
    char index[PATH_BYTES_MAX + 16];
    snprintf(index, sizeof index, "%s/index.html", folder);
    return access(index, R_OK) == 0;
}

const char *surroundings_web_folder(void)
{
    static char room[PATH_BYTES_MAX];
    ssize_t len = readlink("/proc/self/exe", room, sizeof room - sizeof "/web");
    char *slash = len > 0 ? memrchr(room, '/', (size_t)len) : NULL;
    if (slash) {
        strcpy(slash, "/web");
        if (holds_page(room)) return room;
    }
    return holds_page(AKASHI_WEB_FOLDER) ? AKASHI_WEB_FOLDER : NULL;
}

int surroundings_zone_offset_seconds(void)
{
    time_t now = time(NULL);
    struct tm local;
    return localtime_r(&now, &local) ? (int)local.tm_gmtoff : 0;
}
