/* Inside actions/: the settings in the form in which they are asked. */
#ifndef AKASHI_TRANSLATE_ACTION_SETTINGS_H
#define AKASHI_TRANSLATE_ACTION_SETTINGS_H

#include "base/arena.h"
#include "translate/actions/actions.h"

typedef enum ActionWindow {
    WINDOW_MERGE,
    WINDOW_LIST,
    WINDOW_RENAME,
    WINDOW_COPY,
    WINDOW_OFFICE,
    WINDOW_SHARE,
    WINDOW_NOISE,
    WINDOW_PREVIEW,
    WINDOW_LOGON,
    WINDOW_CONFIRM,
    WINDOW_ACCOUNT,
    WINDOW_PROCESS,
    WINDOW_SCRIPT,
    WINDOW_GAP,
    WINDOW_HANDLE,
    WINDOW_SESSION,
    WINDOW_COUNT
} ActionWindow;

typedef enum ActionList {
    LIST_NOISE_NAME,
    LIST_NOISE_PROCESS,
    LIST_TEMP_NAME,
    LIST_COPY_NAME,
    LIST_EXECUTABLE,
    LIST_LIST_MASK,
    LIST_COPY_MASK,
    LIST_PIPE,
    LIST_PICTURE_NAME,
    LIST_BIN_FOLDER,
    LIST_COUNT
} ActionList;

#define SETTINGS_ROWS_MAX 512 /* of one kind */
#define SETTINGS_VALUE_BYTES_MAX 256
#define SETTINGS_WINDOW_SECONDS_MAX (30 * 86400)

typedef struct SettingsRow {
    Slice value, parameter; /* value: in small letters */
} SettingsRow;

typedef struct SettingsList {
    SettingsRow *rows;
    size_t count;
} SettingsList;

struct ActionSettings { /* set at start, then read-only */
    Arena arena;
    int64_t window_ns[WINDOW_COUNT];
    SettingsList lists[LIST_COUNT];
};

/* What a path's last part says. */
typedef enum PathMark { PATH_NOISE = 1, PATH_TEMP = 2, PATH_EXECUTABLE = 4 } PathMark;

/* A combination of PathMark. */
unsigned settings_path_marks(const ActionSettings *settings, Slice path);
bool settings_is_noise_process(const ActionSettings *settings, Slice image);
bool settings_has_mask(const ActionSettings *settings, ActionList list, uint32_t mask);
/* Is `copy` what Windows would call a copy of `name` (both without folder)? */
bool settings_is_copy_name(const ActionSettings *settings, Slice name, Slice copy);
/* Does a program that shows folders make small pictures of such files? */
bool settings_is_picture(const ActionSettings *settings, Slice path);
/* Is one of the path's folders a recycle bin? */
bool settings_is_in_bin(const ActionSettings *settings, Slice path);
/* The parameter of the pipe's row; empty: not in the table. */
Slice settings_pipe(const ActionSettings *settings, Slice name);

/* Windows does not allow / in names, and clients of Samba cannot make names with \ in them. */
static inline char path_separator(Slice path)
{
    bool of_unix = path.len > 0 && path.ptr[0] == '/';
    return of_unix || slice_find_char(path, '\\') == SLICE_NOT_FOUND ? '/' : '\\';
}
/* The part after the last separator; the part before it (without it). */
Slice path_leaf(Slice path);
Slice path_folder(Slice path);
Slice path_extension(Slice leaf); /* without the dot; empty: none */

#endif
