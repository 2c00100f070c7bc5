/* The configuration: one table of keys (knowledge/words/settings.tsv), every key with a default.
 *
 * A configuration file is YAML; nested names are joined with dots, so that
 *   listen:
 *     http_port: 8080
 * sets listen.http_port. An unknown key, a wrong type or a value out of range is refused with file,
 * line and column, and with the nearest known key. */
#ifndef AKASHI_ENGINE_SETTINGS_H
#define AKASHI_ENGINE_SETTINGS_H

#include "base/complaint.h"
#include "engine/setting_ids.h" /* generated: enum SettingId, SETTING_COUNT */
#include "os/os.h"

typedef enum SettingType { SETTING_TYPE_TEXT, SETTING_TYPE_INT, SETTING_TYPE_CHOICE } SettingType;

typedef struct SettingInfo {
    Slice key;
    SettingType type;
    const char *unit;
    const char *default_text;
    int64_t least, most; /* of an int */
    const char *choices; /* separated by blanks */
    const char *words[2];
} SettingInfo;
extern const SettingInfo settings_info[SETTING_COUNT];

#define SETTING_TEXT_BYTES_MAX 256
#define SETTINGS_FILE_BYTES_MAX ((size_t)1 << 20)

/* set at start, then read-only */
typedef struct Settings {
    char text[SETTING_COUNT][SETTING_TEXT_BYTES_MAX];
    int64_t number[SETTING_COUNT]; /* of an int */
} Settings;

/* All defaults. */
void settings_init(Settings *settings);
/* -EINVAL: the complaint says what is wrong with the value; *settings is unchanged. */
MUST_USE int settings_set(Settings *settings, SettingId id, Slice value, Complaint *complaint);
/* Reads a file over the defaults. -EINVAL with the place of the first mistake; -ENOENT, -EACCES...
 * as the system says; on failure *settings may hold what came before the mistake. */
MUST_USE int settings_read(Settings *settings, const Os *os, const char *path,
                           Complaint *complaint);
/* The same of a text that was read; path: for complaints. */
MUST_USE int settings_read_text(Settings *settings, Slice text, const char *path,
                                Complaint *complaint);
/* -EINVAL: there is no such key; the complaint says the nearest. */
MUST_USE int settings_find(Slice key, SettingId *ret, Complaint *complaint);

static inline int64_t setting_number(const Settings *settings, SettingId id)
{
    return settings->number[id];
}
static inline const char *setting_text(const Settings *settings, SettingId id)
{
    return settings->text[id];
}
/* time.zone as seconds east of UTC; `local_seconds` is what `local` means. -EINVAL. */
MUST_USE int settings_zone(const Settings *settings, int local_seconds, int *ret_seconds);

#endif
