/* See action_settings.h. */
#include "translate/actions/action_settings.h"

#include "base/number.h"

#include <errno.h>
#include <stdlib.h>

#include "action_defaults.inc"

static const char *const window_names[WINDOW_COUNT] = {
    "merge", "list",    "rename",  "copy",    "office", "share", "noise",  "preview",
    "logon", "confirm", "account", "process", "script", "gap",   "handle", "session"};
static const char *const list_names[LIST_COUNT] = {
    "noise_name", "noise_process", "temp_name", "copy_name",    "executable",
    "list_mask",  "copy_mask",     "pipe",      "picture_name", "bin_folder"};

typedef struct Parsing {
    ActionSettings *settings;
    Complaint *complaint;
    unsigned line;
    bool built_in;
    bool taken[LIST_COUNT]; /* by the administrator's text */
} Parsing;

static int complain(Parsing *parsing, const char *id, const char *en, const char *ja, Slice what)
{
    what = slice_first(what, 80);
    complaint_say(parsing->complaint, id, en, ja, SLICE_FMT(what));
    if (parsing->complaint) parsing->complaint->line = parsing->line;
    if (parsing->complaint) parsing->complaint->column = 1;
    return -EINVAL;
}

static int find_name(const char *const *names, size_t count, Slice name)
{
    for (size_t i = 0; i < count; i++) {
        if (slice_eq(name, slice_from_cstr(names[i]))) return (int)i;
    }
    return -ENOENT;
}

static int take_window(Parsing *parsing, Slice name, Slice seconds)
{
    int window = find_name(window_names, WINDOW_COUNT, name);
    uint64_t number;
    if (window < 0) {
        return complain(parsing, "actions.unknown_window", "There is no window named %.*s.",
                        "%.*s という時間の設定はありません。", name);
    }
    if (number_parse_u64(seconds, &number) < 0 || number > SETTINGS_WINDOW_SECONDS_MAX) {
        return complain(
            parsing, "actions.bad_seconds", "%.*s is no number of seconds; write 0 to 2592000.",
            "%.*s は秒数ではありません。0 から 2592000 の数を書いてください。", seconds);
    }
    parsing->settings->window_ns[window] = (int64_t)number * NS_PER_SECOND;
    return 0;
}

static void make_small(Slice text, char *to)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        to[i] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
    }
}

static int add_row(Parsing *parsing, ActionList which, Slice value, Slice parameter)
{
    SettingsList *list = &parsing->settings->lists[which];
    Arena *arena = &parsing->settings->arena;
    if (list->count >= SETTINGS_ROWS_MAX) {
        return complain(parsing, "actions.too_many", "Too many rows from %.*s on; at most 512.",
                        "%.*s から先の行が多すぎます。512 行までです。", value);
    }
    if (!list->rows) list->rows = ARENA_ARRAY(arena, SettingsRow, SETTINGS_ROWS_MAX);
    char *small = arena_alloc(arena, value.len);
    Slice kept;
    if (!list->rows || !small || arena_copy(arena, parameter, &kept) < 0) return -ENOMEM;
    make_small(value, small);
    list->rows[list->count++] = (SettingsRow){slice_of(small, value.len), kept};
    return 0;
}

static int take_row(Parsing *parsing, Slice line)
{
    Slice kind = {0}, value = {0}, parameter = {0};
    (void)slice_cut(&line, '\t', &kind);
    (void)slice_cut(&line, '\t', &value);
    (void)slice_cut(&line, '\t', &parameter);
    if (slice_eq(kind, SLICE("window"))) return take_window(parsing, value, parameter);
    int list = find_name(list_names, LIST_COUNT, kind);
    if (list < 0) {
        return complain(parsing, "actions.unknown_kind",
                        "There is no kind of row named %.*s; columns stand apart by tabs.",
                        "%.*s という種類の行はありません。列はタブで区切ります。", kind);
    }
    uint64_t mask;
    bool is_mask = list == LIST_LIST_MASK || list == LIST_COPY_MASK;
    if (value.len == 0 || value.len > SETTINGS_VALUE_BYTES_MAX ||
        (is_mask && number_parse_any(value, &mask) < 0)) {
        return complain(parsing, "actions.bad_value", "%.*s is not a value for this kind of row.",
                        "%.*s はこの種類の行の値にできません。", value);
    }
    if (parsing->built_in && parsing->taken[list]) return 0;
    parsing->taken[list] |= !parsing->built_in;
    return add_row(parsing, (ActionList)list, value, parameter);
}

static int take_text(Parsing *parsing, Slice text)
{
    Slice line;
    parsing->line = 0;
    while (slice_cut(&text, '\n', &line)) {
        parsing->line++;
        if (line.len > 0 && line.ptr[line.len - 1] == '\r') line.len--;
        if (line.len == 0 || line.ptr[0] == '#') continue;
        int r = take_row(parsing, line);
        if (r < 0) return r;
    }
    return 0;
}

/* Of the built-in text first the windows, then the administrator's rows, then the built-in rows of
 * the kinds that are not there: so each row is read once or twice, and kept once. */
int action_settings_make(Slice text, ActionSettings **ret, Complaint *complaint)
{
    Parsing parsing = {.settings = calloc(1, sizeof(ActionSettings)), .complaint = complaint};
    if (!parsing.settings) return -ENOMEM;
    int64_t own[WINDOW_COUNT];
    for (size_t i = 0; i < WINDOW_COUNT; i++) {
        parsing.settings->window_ns[i] = -1;
    }
    int r = take_text(&parsing, text);
    memcpy(own, parsing.settings->window_ns, sizeof own);
    parsing.built_in = true;
    if (r == 0) r = take_text(&parsing, slice_of(actions_tsv, sizeof actions_tsv - 1));
    if (r < 0) {
        action_settings_free(parsing.settings);
        return r;
    }
    for (size_t i = 0; i < WINDOW_COUNT; i++) {
        if (own[i] >= 0) parsing.settings->window_ns[i] = own[i];
    }
    *ret = parsing.settings;
    return 0;
}

void action_settings_free(ActionSettings *settings)
{
    if (!settings) return;
    arena_done(&settings->arena);
    free(settings);
}

/* --- paths ------------------------------------------------------------------------------------ */

Slice path_leaf(Slice path)
{
    size_t at = slice_rfind_char(path, path_separator(path));
    return at == SLICE_NOT_FOUND ? path : slice_skip(path, at + 1);
}

Slice path_folder(Slice path)
{
    size_t at = slice_rfind_char(path, path_separator(path));
    return slice_first(path, at == SLICE_NOT_FOUND ? 0 : at);
}

Slice path_extension(Slice leaf)
{
    size_t at = slice_rfind_char(leaf, '.');
    return at == SLICE_NOT_FOUND || at == 0 ? (Slice){0} : slice_skip(leaf, at + 1);
}

/* * and ?, the latter one byte: patterns of names that programs make are ASCII. Linear but for the
 * last star, to which it goes back. */
static bool glob(Slice text, Slice pattern)
{
    size_t t = 0, p = 0, star = SIZE_MAX, from = 0;
    while (t < text.len) {
        if (p < pattern.len && pattern.ptr[p] == '*') {
            star = p++;
            from = t;
        } else if (p < pattern.len && (pattern.ptr[p] == '?' || pattern.ptr[p] == text.ptr[t])) {
            p++;
            t++;
        } else if (star != SIZE_MAX) {
            p = star + 1;
            t = ++from;
        } else {
            return false;
        }
    }
    while (p < pattern.len && pattern.ptr[p] == '*') {
        p++;
    }
    return p == pattern.len;
}

static bool all_hex(Slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) return false;
    }
    return true;
}

/* [8hex] stands for eight hexadecimal digits, at the front only. */
static bool row_covers(Slice small, Slice pattern)
{
    Slice hex = SLICE("[8hex]");
    if (slice_starts(pattern, hex)) {
        return small.len >= 8 && all_hex(slice_first(small, 8)) &&
               glob(slice_skip(small, 8), slice_skip(pattern, hex.len));
    }
    return glob(small, pattern);
}

#define SMALL_BYTES_MAX                                                                            \
    1024 /* of a path that is compared with patterns; longer ones by their end */

static Slice small_copy(Slice text, char *to)
{
    if (text.len > SMALL_BYTES_MAX) text = slice_skip(text, text.len - SMALL_BYTES_MAX);
    make_small(text, to);
    return slice_of(to, text.len);
}

static bool list_covers(const ActionSettings *settings, ActionList which, Slice small)
{
    const SettingsList *list = &settings->lists[which];
    Slice leaf = path_leaf(small);
    for (size_t i = 0; i < list->count; i++) {
        Slice pattern = list->rows[i].value;
        bool whole = slice_find_char(pattern, '\\') != SLICE_NOT_FOUND;
        if (row_covers(whole ? small : leaf, pattern)) return true;
    }
    return false;
}

static const SettingsRow *find_row(const ActionSettings *settings, ActionList which, Slice value)
{
    const SettingsList *list = &settings->lists[which];
    for (size_t i = 0; i < list->count; i++) {
        if (slice_eq_nocase(list->rows[i].value, value)) return &list->rows[i];
    }
    return NULL;
}

unsigned settings_path_marks(const ActionSettings *settings, Slice path)
{
    char copy[SMALL_BYTES_MAX];
    Slice small = small_copy(path, copy);
    Slice extension = path_extension(path_leaf(small));
    unsigned marks = 0;
    if (list_covers(settings, LIST_NOISE_NAME, small)) marks |= PATH_NOISE;
    if (list_covers(settings, LIST_TEMP_NAME, small)) marks |= PATH_TEMP;
    if (extension.len > 0 && find_row(settings, LIST_EXECUTABLE, extension)) {
        marks |= PATH_EXECUTABLE;
    }
    return marks;
}

bool settings_is_picture(const ActionSettings *settings, Slice path)
{
    char copy[SMALL_BYTES_MAX];
    return list_covers(settings, LIST_PICTURE_NAME, small_copy(path, copy));
}

bool settings_is_in_bin(const ActionSettings *settings, Slice path)
{
    char separator = path_separator(path);
    Slice rest = path_folder(path), part;
    while (slice_cut(&rest, separator, &part)) {
        if (part.len > 0 && find_row(settings, LIST_BIN_FOLDER, part)) return true;
    }
    return false;
}

bool settings_is_noise_process(const ActionSettings *settings, Slice image)
{
    return image.len > 0 && find_row(settings, LIST_NOISE_PROCESS, path_leaf(image)) != NULL;
}

bool settings_has_mask(const ActionSettings *settings, ActionList which, uint32_t mask)
{
    const SettingsList *list = &settings->lists[which];
    for (size_t i = 0; i < list->count; i++) {
        uint64_t value;
        if (number_parse_any(list->rows[i].value, &value) == 0 && value == mask) return true;
    }
    return false;
}

bool settings_is_copy_name(const ActionSettings *settings, Slice name, Slice copy)
{
    char small_name[SMALL_BYTES_MAX], small_other[SMALL_BYTES_MAX];
    char pattern[2 * SMALL_BYTES_MAX];
    Slice a = small_copy(name, small_name), b = small_copy(copy, small_other);
    Slice extension = path_extension(a);
    if (slice_eq(a, b)) return true;
    if (!slice_eq(extension, path_extension(b))) return false;
    size_t tail = extension.len ? extension.len + 1 : 0;
    a = slice_first(a, a.len - tail);
    b = slice_first(b, b.len - tail);
    const SettingsList *list = &settings->lists[LIST_COPY_NAME];
    for (size_t i = 0; i < list->count; i++) {
        Slice row = list->rows[i].value;
        size_t at = slice_find(row, SLICE("{name}"));
        if (at == SLICE_NOT_FOUND || b.len <= a.len) continue;
        Slice after = slice_skip(row, at + 6);
        memcpy(pattern, row.ptr, at);
        memcpy(pattern + at, a.ptr, a.len);
        memcpy(pattern + at + a.len, after.ptr, after.len);
        if (glob(b, slice_of(pattern, at + a.len + after.len))) return true;
    }
    return false;
}

Slice settings_pipe(const ActionSettings *settings, Slice name)
{
    const SettingsRow *row = find_row(settings, LIST_PIPE, name);
    return row ? row->parameter : (Slice){0};
}
