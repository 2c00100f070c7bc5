#include "server/api/api_tasks.h"

#include "engine/daily_backup.h"
#include "engine/self_check.h"

#include <errno.h>
#include <stdlib.h>

void api_tasks_init(ApiTasks *tasks)
{
    pthread_mutex_init(&tasks->lock, NULL);
}

void api_tasks_done(ApiTasks *tasks)
{
    atomic_store(&tasks->stopping, true);
    for (int kind = 0; kind < API_TASK_COUNT; kind++) {
        if (tasks->has_thread[kind]) pthread_join(tasks->threads[kind], NULL);
    }
    pthread_mutex_destroy(&tasks->lock);
}

static void end(ApiTasks *tasks, ApiTaskKind kind, int result)
{
    pthread_mutex_lock(&tasks->lock);
    tasks->tasks[kind] = (ApiTask){.state = result == 0 ? API_TASK_GOOD : API_TASK_BAD,
                                   .at_ns = tasks->os->now_ns(tasks->os->state),
                                   .error = result};
    pthread_mutex_unlock(&tasks->lock);
}

static void *verify(void *context)
{
    ApiTasks *tasks = context;
    char words[SELF_CHECK_WORDS_MAX];
    const SelfCheckOptions options = {
        .os = tasks->os, .folder = tasks->folder, .kek = tasks->kek, .stopping = &tasks->stopping};
    end(tasks, API_TASK_VERIFY, self_check_once(&options, words));
    return NULL;
}

static void *back_up(void *context)
{
    ApiTasks *tasks = context;
    char words[DAILY_BACKUP_WORDS_MAX];
    const DailyBackupOptions options = {
        .os = tasks->os,
        .folder = tasks->folder,
        .config_path = tasks->config_path,
        .kek = tasks->kek,
        .to = setting_text(tasks->settings, SETTING_BACKUP_FOLDER),
        .keep = (unsigned)setting_number(tasks->settings, SETTING_BACKUP_KEEP),
        .zone_offset_seconds = tasks->zone_offset_seconds,
        .language = tasks->language,
        .stopping = &tasks->stopping};
    end(tasks, API_TASK_BACKUP, daily_backup_once(&options, words));
    return NULL;
}

/* Under the lock. */
static int start(ApiTasks *tasks, ApiTaskKind kind)
{
    static void *(*const work[API_TASK_COUNT])(void *) = {
        [API_TASK_VERIFY] = verify, [API_TASK_BACKUP] = back_up};
    ApiTask *task = &tasks->tasks[kind];
    if (task->state == API_TASK_RUNNING) return -EALREADY;
    if (tasks->has_thread[kind]) pthread_join(tasks->threads[kind], NULL);
    tasks->has_thread[kind] = false;
    const ApiTask before = *task;
    *task = (ApiTask){.state = API_TASK_RUNNING, .at_ns = tasks->os->now_ns(tasks->os->state)};
    int r = -pthread_create(&tasks->threads[kind], NULL, work[kind], tasks);
    tasks->has_thread[kind] = r == 0;
    if (r < 0) *task = before;
    return r;
}

int api_tasks_begin(ApiTasks *tasks, ApiTaskKind kind)
{
    if (kind == API_TASK_BACKUP &&
        (!tasks->settings || !setting_text(tasks->settings, SETTING_BACKUP_FOLDER)[0]))
        return -ENOENT;
    pthread_mutex_lock(&tasks->lock);
    int r = start(tasks, kind);
    pthread_mutex_unlock(&tasks->lock);
    return r;
}

ApiTask api_tasks_look(ApiTasks *tasks, ApiTaskKind kind)
{
    pthread_mutex_lock(&tasks->lock);
    ApiTask task = tasks->tasks[kind];
    pthread_mutex_unlock(&tasks->lock);
    return task;
}
