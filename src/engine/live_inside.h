/* Inside of live.h: the parts of a running collector, and which thread owns what. */
#ifndef AKASHI_ENGINE_LIVE_INSIDE_H
#define AKASHI_ENGINE_LIVE_INSIDE_H

#include "base/json_tree.h"
#include "engine/daily_backup.h"
#include "engine/intake.h"
#include "engine/live.h"
#include "engine/retention.h"
#include "engine/row_maker.h"
#include "engine/self_check.h"
#include "engine/store_door.h"
#include "engine/writer.h"

typedef struct RetiredContext {
    Ticket ticket; /* first: it is what the writer gives back */
    Live *live;
} RetiredContext;

struct Live {
    /* set at start, then read-only */
    const Os *os;
    LiveOptions options;
    Counters *counters;
    SyslogListener *listener;
    Writer *writer;
    pthread_t listener_thread, worker_thread;
    uint64_t session;
    SelfCheck *self_check;
    DailyBackup *backup;
    StoreDoor *store_door; /* NULL: commands cannot use the store beside this server */
    Retention retention;
    Queue idle, work, rows; /* shared, each under its own lock */
    Intake intake;          /* shared */
    SourceHealths health;   /* shared, under its own lock */
    LiveDoors *doors;       /* its own thread's, but for what live_doors.h says */
    atomic_bool stopping;
    atomic_bool look_wanted; /* at the administrator's files, now */
    atomic_bool is_retiring; /* rows that point into the last context are under way */
    RetiredContext retired;  /* goes with them */
    pthread_mutex_t wake_lock;
    bool wakeable; /* shared, under wake_lock: the listener is there to be woken */
    /* owned by the listener thread */
    int listen_error;
    /* owned by the worker thread */
    RowMaker *maker;
    JsonTree tree; /* of the message at work */
    uint64_t sequence;
    Batch *making;
    Ticket *waiting;     /* of groups of which an event still waits in the maker */
    int64_t advanced_ns; /* monotonic */
    int64_t looked_ns;   /* when the administrator's files were looked at; monotonic */
    bool told_crowded;   /* that there are too many senders */
    int work_error;
};

/* The worker's thread: batches of messages in, batches of rows out. */
void *live_work_run(void *live);
/* Where the worker's rows go: into the batch being made. */
int live_on_row(void *live, const Row *row);
/* A batch of rows on its way to the writer, counted. As queue_push. */
MUST_USE int live_pass_rows(Live *live, Batch *batch);

/* Before the worker begins: what the store says of the time before this start. */
void live_recall_identity(Live *live);
MUST_USE int live_recall_actions(Live *live);

/* Beyond loopback: says which doors take logs from whoever reaches them, and which of them
 * unencrypted; counts the former but for plain syslog, which knows no other way. */
void live_guard_say(Live *live);

#endif
