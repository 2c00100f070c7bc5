/* keep_read, keep_verify, keep_backup, checkpoint_list. */
#include "server/api/api_keep_state.h"
#include "server/api/api_operations.h"

#include "base/number.h"
#include "store/keep.h"

#include <errno.h>
#include <stdio.h>

#define CHECKPOINTS_FILE "checkpoints.txt"
#define CHECKPOINTS_BYTES_MAX ((size_t)8 << 20) /* of its end */

/* ---- checkpoints ----------------------------------------------------------------------------- */

/* The end of the file, where the newest notes are. */
static int read_end(const ApiDoor *door, Arena *arena, Slice *ret)
{
    char path[4352];
    const Os *os = door->os;
    FileInfo info;
    int len_path = snprintf(path, sizeof path, "%s/chain/" CHECKPOINTS_FILE, door->folder);
    if (len_path >= (int)sizeof path) return -ENAMETOOLONG;
    CLEANUP(os_fd_done) OsFd file = {os, os->open(os->state, path, 0, 0)};
    int r = file.fd < 0 ? file.fd : os->info_fd(os->state, file.fd, &info);
    if (r < 0) return r;
    uint64_t from = info.bytes > CHECKPOINTS_BYTES_MAX ? info.bytes - CHECKPOINTS_BYTES_MAX : 0;
    size_t len = 0, all = (size_t)(info.bytes - from);
    char *to = arena_alloc(arena, all + 1);
    if (!to) return -ENOMEM;
    while (len < all) {
        ssize_t got = os->pread(os->state, file.fd, to + len, all - len, from + len);
        if (got <= 0) break;
        len += (size_t)got;
    }
    *ret = slice_of(to, len);
    return 0;
}

/* The note's lines, without its signatures: `size`, root, checkpoint N, time NS (note.h). */
static bool line_number(Slice line, Slice name, int64_t *ret)
{
    return slice_starts(line, name) && number_parse_i64(slice_skip(line, name.len), ret) == 0;
}

static void add_checkpoint(ApiJson *json, const char *name, Slice note)
{
    Slice rest = note, line, root = {0};
    int64_t number = 0, time_ns = 0, size = 0, value;
    for (int i = 0; slice_cut(&rest, '\n', &line) && line.len > 0; i++) {
        if (i == 1 && number_parse_i64(line, &value) == 0) size = value;
        if (i == 2) root = line;
        if (line_number(line, SLICE("checkpoint "), &value)) number = value;
        if (line_number(line, SLICE("time "), &value)) time_ns = value;
    }
    api_json_object(json, name);
    api_json_integer(json, "number", number);
    api_json_time(json, "at", time_ns);
    api_json_integer(json, "size", size);
    api_json_text(json, "root", root);
    api_json_text(json, "note", note);
    api_json_end_object(json);
}

/* A note begins with `akashi/` at the start of a line. */
static size_t note_before(Slice text, size_t end)
{
    Slice rest = slice_first(text, end);
    size_t at;
    while ((at = slice_rfind_char(rest, '\n')) != SLICE_NOT_FOUND) {
        if (slice_starts(slice_skip(slice_first(text, end), at + 1), SLICE("akashi/")))
            return at + 1;
        rest = slice_first(rest, at);
    }
    return slice_starts(slice_first(text, end), SLICE("akashi/")) ? 0 : SIZE_MAX;
}

void api_checkpoint_list(ApiRequest *request)
{
    int64_t limit = api_value_integer(request, "limit");
    Slice text = {0};
    int r = read_end(request->door, &request->arena, &text);
    if (r < 0 && r != -ENOENT) {
        api_fail_error(request, r);
        return;
    }
    ApiJson json = api_answer_json(request);
    size_t end = text.len;
    api_json_object(&json, NULL);
    api_json_list(&json, "checkpoints");
    for (int64_t i = 0; i < limit && end > 0; i++) {
        size_t begin = note_before(text, end);
        if (begin == SIZE_MAX) break;
        add_checkpoint(&json, NULL, slice_of(text.ptr + begin, end - begin));
        end = begin;
    }
    api_json_end_list(&json);
    api_json_end_object(&json);
}

/* ---- state ----------------------------------------------------------------------------------- */

static void add_holds(ApiRequest *request, ApiJson *json)
{
    const ApiDoor *door = request->door;
    StoreHolds holds = {0};
    Complaint complaint = {0};
    api_json_list(json, "holds");
    if (store_holds_read(door->os, door->folder, door->kek, &holds, &complaint) == 0) {
        for (size_t i = 0; i < holds.count; i++) {
            if (holds.holds[i].released_ns == 0) api_json_cstr(json, NULL, holds.holds[i].reason);
        }
        store_holds_done(&holds);
    }
    api_json_end_list(json);
}

static void add_times(ApiJson *json, const ApiKeepState *state, const Settings *settings)
{
    const StoreStatus *store = &state->store;
    bool has_times = state->is_there && store->oldest_ns != TIME_UNKNOWN;
    int64_t left = store_status_days_left(store, state->free_bytes);
    if (has_times) api_json_time(json, "oldest", store->oldest_ns);
    if (has_times) api_json_time(json, "newest", store->newest_ns);
    api_json_integer(json, "kept_days", has_times ? store_status_days(store) : 0);
    if (settings)
        api_json_integer(json, "retention_days", setting_number(settings, SETTING_RETENTION_DAYS));
    if (left >= 0) api_json_integer(json, "full_in_days", left);
}

/* The head of the chain: the last note. */
static void add_head(ApiRequest *request, ApiJson *json)
{
    Slice text = {0};
    if (read_end(request->door, &request->arena, &text) < 0) text = (Slice){0};
    size_t begin = note_before(text, text.len);
    add_checkpoint(json, "checkpoint", begin == SIZE_MAX ? (Slice){0} : slice_skip(text, begin));
}

void api_keep_read(ApiRequest *request)
{
    ApiKeepState state;
    if (api_keep_state(request, &state) < 0) return;
    const StoreStatus *store = &state.store;
    ApiJson json = api_answer_json(request);
    api_json_object(&json, NULL);
    api_json_count(&json, "rows", store->rows);
    api_json_count(&json, "raw_bytes", store->raw_bytes);
    api_json_count(&json, "disk_bytes", store->bytes);
    api_json_count(&json, "segments", store->segments);
    api_json_count(&json, "unsealed_rows", store->unsealed_rows);
    api_json_count(&json, "free_bytes", state.free_bytes);
    add_times(&json, &state, request->door->engine->settings);
    add_holds(request, &json);
    api_keep_verified_add(&json, &state);
    api_keep_backup_add(&json, &state);
    add_head(request, &json);
    api_json_cstr(&json, "public_key", store->first_key);
    api_json_end_object(&json);
}

/* ---- tasks ----------------------------------------------------------------------------------- */

static void begin(ApiRequest *request, ApiTaskKind kind, OperatorVerb verb)
{
    const OperatorAct act = {.verb = verb};
    int r = account_log(request->door->accounts, &request->self, &act);
    if (r == 0) r = api_tasks_begin(request->door->tasks, kind);
    if (r == 0) {
        request->answer.status = 202;
    } else if (r == -ENOENT) {
        api_fail(request, 409, "backup.not_set", "no folder is set for backups (backup.folder)",
                 "バックアップ先が設定されていません（backup.folder）");
    } else {
        api_fail_error(request, r);
    }
}

void api_keep_verify(ApiRequest *request)
{
    begin(request, API_TASK_VERIFY, OPERATOR_VERIFICATION);
}

void api_keep_backup(ApiRequest *request)
{
    begin(request, API_TASK_BACKUP, OPERATOR_BACKUP);
}
