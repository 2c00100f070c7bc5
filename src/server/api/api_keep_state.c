#include "server/api/api_keep_state.h"

#include "store/ops/backup_list.h"

#include <errno.h>
#include <sys/statvfs.h>

static void look_at_backups(const ApiDoor *door, ApiKeepState *state)
{
    const Settings *settings = door->engine->settings;
    const char *to = settings ? setting_text(settings, SETTING_BACKUP_FOLDER) : "";
    Buf list = buf_make((size_t)BACKUP_GENERATIONS_MAX * sizeof(uint32_t));
    FileInfo info;
    state->backup_is_set = to[0] != '\0';
    if (state->backup_is_set && backup_generations(door->os, to, &list) == 0 && list.len > 0) {
        size_t count = list.len / sizeof(uint32_t);
        uint32_t last;
        memcpy(&last, list.ptr + (count - 1) * sizeof last, sizeof last);
        BackupPath path = backup_list_path(to, last);
        state->generations = (uint32_t)count;
        if (door->os->info(door->os->state, path.text, &info) >= 0)
            state->backup_ns = info.modified_ns;
    }
    buf_done(&list);
}

int api_keep_state(ApiRequest *request, ApiKeepState *ret)
{
    ApiDoor *door = request->door;
    struct statvfs disk = {0};
    Complaint complaint = {0};
    ApiKeepState state = {.backup_ns = TIME_UNKNOWN};
    state.store.oldest_ns = state.store.newest_ns = TIME_UNKNOWN;
    int r = store_status(door->os, door->folder, door->kek, &state.store, &complaint);
    state.is_there = r == 0;
    if (r < 0 && r != -ENOENT) {
        if (complaint.id) {
            api_fail_complaint(request, 503, &complaint, NULL);
        } else {
            api_fail_error(request, r);
        }
        return -1;
    }
    if (statvfs(door->folder, &disk) == 0)
        state.free_bytes = (uint64_t)disk.f_bavail * disk.f_frsize;
    state.verify = api_tasks_look(door->tasks, API_TASK_VERIFY);
    state.backup = api_tasks_look(door->tasks, API_TASK_BACKUP);
    look_at_backups(door, &state);
    *ret = state;
    return 0;
}

bool api_keep_is_damaged(const ApiKeepState *state)
{
    return state->is_there && (!state->store.chain_holds || state->store.damaged_blocks > 0 ||
                               (state->verify.state == API_TASK_BAD && state->verify.error == 1));
}

bool api_keep_backup_failed(const ApiKeepState *state)
{
    return state->backup.state == API_TASK_BAD;
}

void api_keep_verified_add(ApiJson *json, const ApiKeepState *state)
{
    const ApiTask *task = &state->verify;
    const char *token = api_keep_is_damaged(state)        ? "damaged"
                        : task->state == API_TASK_RUNNING ? "running"
                        : task->state == API_TASK_GOOD    ? "good"
                                                          : "never";
    api_json_object(json, "verified");
    api_json_cstr(json, "state", token);
    if (task->state != API_TASK_NEVER) api_json_time(json, "at", task->at_ns);
    if (task->state == API_TASK_BAD && task->error < 0)
        api_json_text2(json, "words",
                       SLICE("確かめることができませんでした。もう一度試してください"),
                       SLICE("it could not be verified; try again"));
    api_json_end_object(json);
}

void api_keep_backup_add(ApiJson *json, const ApiKeepState *state)
{
    const char *token = !state->backup_is_set                     ? "not_set"
                        : state->backup.state == API_TASK_RUNNING ? "running"
                        : api_keep_backup_failed(state)           ? "failed"
                        : state->backup_ns == TIME_UNKNOWN        ? "never"
                                                                  : "good";
    api_json_object(json, "backup");
    api_json_cstr(json, "state", token);
    if (state->backup_ns != TIME_UNKNOWN) api_json_time(json, "at", state->backup_ns);
    api_json_count(json, "generations", state->generations);
    api_json_end_object(json);
}
