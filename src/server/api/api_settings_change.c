/* settings_change: in the configuration file, all or none, in force from the next start. */
#include "server/api/api_settings_file.h"

#include "engine/settings_edit.h"
#include "server/api/api_file.h"
#include "server/api/api_operations.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>

#define CONFIG_NAME "akashi.yaml"

/* Changes of the file, one after the other; all servers of a folder are one process. */
static pthread_mutex_t changing = PTHREAD_MUTEX_INITIALIZER;

typedef struct ConfigFile {
    char folder[API_PATH_BYTES_MAX], name[API_FILE_NAME_BYTES_MAX];
    char path[2 * API_PATH_BYTES_MAX];
    Slice text; /* empty: there is no file yet */
} ConfigFile;

/* The file that the server was started with, or else the one that the next start looks for: in the
 * first folder of definitions, which is that of the configuration. */
static int find_file(const ApiEngine *engine, ConfigFile *file)
{
    Slice folder, name = SLICE(CONFIG_NAME);
    if (engine->config_path) {
        Slice path = slice_from_cstr(engine->config_path);
        size_t slash = slice_rfind_char(path, '/');
        folder = slash == SLICE_NOT_FOUND ? SLICE(".") : slice_first(path, slash > 0 ? slash : 1);
        name = slash == SLICE_NOT_FOUND ? path : slice_skip(path, slash + 1);
    } else if (engine->definition_folder_count > 0) {
        folder = slice_from_cstr(engine->definition_folders[0]);
    } else {
        return -ENOENT;
    }
    if (folder.len >= sizeof file->folder || name.len >= sizeof file->name) return -ENAMETOOLONG;
    snprintf(file->folder, sizeof file->folder, "%.*s", SLICE_FMT(folder));
    snprintf(file->name, sizeof file->name, "%.*s", SLICE_FMT(name));
    snprintf(file->path, sizeof file->path, "%s/%s", file->folder, file->name);
    return 0;
}

static int read_file(ApiRequest *request, ConfigFile *file)
{
    int r = find_file(request->door->engine, file);
    if (r < 0) return r;
    r = os_read_file(request->door->os, file->path, SETTINGS_FILE_BYTES_MAX, &request->arena,
                     &file->text);
    return r == -ENOENT ? 0 : r;
}

/* NULL: no memory, or -EINVAL with the complaint: it has a mistake. */
static int settings_of(ApiRequest *request, const char *path, Slice text, Settings **ret,
                       Complaint *complaint)
{
    *ret = ARENA_NEW(&request->arena, Settings);
    if (!*ret) return -ENOMEM;
    settings_init(*ret);
    return settings_read_text(*ret, text, path, complaint);
}

const Settings *api_settings_of_file(ApiRequest *request)
{
    ConfigFile file = {.text = {0}};
    Settings *settings;
    bool is_read = read_file(request, &file) == 0 &&
                   settings_of(request, file.path, file.text, &settings, NULL) == 0;
    return is_read ? settings : request->door->engine->settings;
}

/* ---- changing -------------------------------------------------------------------------------- */

typedef struct Change {
    ApiRequest *request;
    ConfigFile file;
    Settings *wanted;
    Complaint complaint;
    const char *field;
} Change;

/* One key after the other: the text of one is what the next one begins with. */
static int change_key(Change *change, Slice key, Slice value, Slice *text)
{
    SettingId id;
    change->field = "settings";
    int r = settings_find(key, &id, &change->complaint);
    if (r == 0) r = settings_set(change->wanted, id, value, &change->complaint);
    if (r < 0) return r;
    CLEANUP(buf_done) Buf next = buf_make(SETTINGS_FILE_BYTES_MAX);
    settings_edit(*text, id, value, &next);
    r = buf_error(&next);
    return r < 0 ? r : arena_copy(&change->request->arena, buf_slice(&next), text);
}

static int change_keys(Change *change, Slice *text)
{
    const JsonTree *tree = &change->request->body;
    const JsonNode *list = api_member_of(tree, api_body(change->request), "settings");
    int r = 0;
    for (const JsonNode *one = json_first_child(tree, list); one && r == 0;
         one = json_next_child(tree, list, one))
        r = change_key(change, api_text_of(tree, one, "key"), api_text_of(tree, one, "value"),
                       text);
    return r;
}

static bool are_equal(const Settings *left, const Settings *right)
{
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        if (strcmp(left->text[i], right->text[i]) != 0) return false;
    }
    return true;
}

/* What was written is read as the next start will read it: forms of YAML that the editing does not
 * know are found out here, and the file stays as it was. */
static int judge(Change *change, Slice text)
{
    Settings *got;
    int r = settings_of(change->request, change->file.path, text, &got, NULL);
    if (r == -ENOMEM || (r == 0 && are_equal(got, change->wanted))) return r;
    complaint_say(&change->complaint, "settings.form",
                  "%.200s is written in a form that cannot be changed here; edit it by hand",
                  "%.200s の書き方は、ここからは変えられません。ファイルを直接直してください",
                  change->file.path);
    return -EINVAL;
}

static int log_changes(Change *change)
{
    ApiRequest *request = change->request;
    const JsonTree *tree = &request->body;
    const JsonNode *list = api_member_of(tree, api_body(request), "settings");
    int r = 0;
    for (const JsonNode *one = json_first_child(tree, list); one && r == 0;
         one = json_next_child(tree, list, one)) {
        const OperatorAct act = {.verb = OPERATOR_SETTING_CHANGE,
                                 .target = api_text_of(tree, one, "key"),
                                 .detail = api_text_of(tree, one, "value")};
        r = account_log(request->door->accounts, &request->self, &act);
    }
    return r;
}

static int change_file(Change *change)
{
    ApiRequest *request = change->request;
    ConfigFile *file = &change->file;
    int r = read_file(request, file);
    if (r < 0) return r;
    Slice text = file->text;
    r = settings_of(request, file->path, text, &change->wanted, &change->complaint);
    if (r == 0) r = change_keys(change, &text);
    if (r == 0) r = judge(change, text);
    if (r == 0) r = log_changes(change);
    return r < 0 ? r : api_file_write(request->door->os, file->folder, file->name, text);
}

void api_settings_change(ApiRequest *request)
{
    Change change = {.request = request};
    pthread_mutex_lock(&changing);
    int r = change_file(&change);
    pthread_mutex_unlock(&changing);
    if (r == -EINVAL) {
        api_fail_complaint(request, 400, &change.complaint, change.field);
        return;
    }
    if (r < 0) {
        api_fail_error(request, r);
        return;
    }
    ApiJson json = api_answer_json(request);
    api_json_object(&json, NULL);
    api_json_boolean(&json, "restart", true);
    api_json_end_object(&json);
}
