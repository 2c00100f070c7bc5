/* What is asked for and takes long: verification and backup, one of each at a time, in a thread of
 * its own. */
#ifndef AKASHI_SERVER_API_API_TASKS_H
#define AKASHI_SERVER_API_API_TASKS_H

#include "engine/settings.h"
#include "os/os.h"
#include "record/record.h"
#include "store/crypt/secret.h"

#include <pthread.h>
#include <stdatomic.h>

typedef enum ApiTaskKind { API_TASK_VERIFY, API_TASK_BACKUP } ApiTaskKind;
#define API_TASK_COUNT 2

typedef enum ApiTaskState {
    API_TASK_NEVER,
    API_TASK_RUNNING,
    API_TASK_GOOD,
    API_TASK_BAD
} ApiTaskState;

typedef struct ApiTask {
    ApiTaskState state; /* since the start of the server */
    int64_t at_ns;      /* when it ended; while it runs, when it began */
    int error;          /* API_TASK_BAD: negative errno, or 1: something does not hold */
} ApiTask;

typedef struct ApiTasks {
    /* set at start, then read-only */
    const Os *os;
    const char *folder;
    const Secret *kek;
    const Settings *settings; /* NULL: no backup */
    const char *config_path;  /* NULL: there is none */
    Language language;
    int zone_offset_seconds;
    /* shared, under lock */
    pthread_mutex_t lock;
    ApiTask tasks[API_TASK_COUNT];
    pthread_t threads[API_TASK_COUNT];
    bool has_thread[API_TASK_COUNT]; /* to be joined */
    atomic_bool stopping;
} ApiTasks;

void api_tasks_init(ApiTasks *tasks);
/* Ends them early and waits. */
void api_tasks_done(ApiTasks *tasks);
/* -EALREADY: it runs; -ENOENT: no folder is set for backups; -EAGAIN: no thread. */
MUST_USE int api_tasks_begin(ApiTasks *tasks, ApiTaskKind kind);
ApiTask api_tasks_look(ApiTasks *tasks, ApiTaskKind kind);

#endif
