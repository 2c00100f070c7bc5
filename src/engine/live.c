/* See live.h. */
#include "engine/live.h"

#include "engine/live_inside.h"

#include <errno.h>
#include <stdlib.h>

#define LISTEN_WAIT_MS 500

/* The listener's thread. */

static void *listen_run(void *context)
{
    Live *live = context;
    while (!atomic_load(&live->stopping)) {
        bool waiting = intake_pass_on_when_due(&live->intake);
        int r =
            syslog_listener_step(live->listener, waiting ? INTAKE_BATCH_AGE_MS : LISTEN_WAIT_MS);
        if (r < 0) {
            SAY(MESSAGE_SERVE_LOOP_FAILED, live->options.language, {"error", error_words(r)});
            live->listen_error = r;
            atomic_store(&live->stopping, true);
        }
    }
    return NULL;
}

static void on_released(void *context)
{
    Live *live = context;
    pthread_mutex_lock(&live->wake_lock);
    if (live->wakeable) syslog_listener_wake(live->listener);
    if (live->wakeable && live->doors) live_doors_wake(live->doors);
    pthread_mutex_unlock(&live->wake_lock);
    if (live->options.committed) live->options.committed(live->options.committed_context);
}

static void set_wakeable(Live *live, bool wakeable)
{
    pthread_mutex_lock(&live->wake_lock);
    live->wakeable = wakeable;
    pthread_mutex_unlock(&live->wake_lock);
}

/* Start and stop. */

static int prepare(Live *live, Complaint *complaint)
{
    size_t count = (size_t)setting_number(live->options.settings, SETTING_QUEUE_BATCHES);
    pthread_mutex_init(&live->wake_lock, NULL);
    queue_init(&live->idle, count);
    queue_init(&live->work, count);
    queue_init(&live->rows, count);
    intake_init(&live->intake, live->os, &live->idle, &live->work, live->counters,
                live->options.language);
    for (size_t i = 0; i < count; i++) {
        Batch *batch = batch_new();
        if (!batch || queue_push(&live->idle, batch) < 0) return -ENOMEM;
    }
    TranslationFiles *files = live->options.files;
    const ContextFollow *company = live->options.company;
    const RowMakerOptions options = {.sources = files ? translation_files_sources(files) : NULL,
                                     .action_settings =
                                         files ? translation_files_actions(files) : (Slice){0},
                                     .context = company ? context_follow_now(company) : NULL,
                                     .zone_offset_seconds = live->options.zone_offset_seconds};
    int r = row_maker_new(live->os, &options, &live->maker, complaint);
    uint64_t seed[2];
    if (r == 0) r = live->os->random(live->os->state, seed, sizeof seed);
    if (r == 0) r = source_healths_init(&live->health, seed);
    if (r < 0) return r;
    return live->os->random(live->os->state, &live->session, sizeof live->session);
}

static void clean_up(Live *live)
{
    while (live->waiting) {
        Ticket *ticket = live->waiting;
        live->waiting = ticket->next;
        ticket->settled(ticket, -EIO);
    }
    intake_done(&live->intake);
    source_healths_done(&live->health);
    row_maker_free(live->maker);
    json_tree_done(&live->tree);
    queue_done(&live->idle);
    queue_done(&live->work);
    queue_done(&live->rows);
    live_doors_close(live->doors); /* now no ticket is out any more */
    pthread_mutex_destroy(&live->wake_lock);
    free(live);
}

/* The setting is an hour here, the store's clock is UTC. */
static int pack_second(const Live *live)
{
    int64_t hour = setting_number(live->options.settings, SETTING_STORE_PACK_HOUR);
    int64_t second = (hour * 3600 - live->options.zone_offset_seconds) % 86400;
    return (int)(second < 0 ? second + 86400 : second);
}

static int start_writer(Live *live, Complaint *complaint)
{
    const Settings *settings = live->options.settings;
    int r = retention_read(settings, &live->retention, complaint);
    if (r < 0) return r;
    const WriterOptions options = {
        .os = live->os,
        .folder = live->options.folder,
        .store = {.segment_bytes_max = (size_t)setting_number(settings, SETTING_STORE_SEGMENT_MIB)
                                       << 20,
                  .compression_level =
                      (int)setting_number(settings, SETTING_STORE_COMPRESSION_LEVEL),
                  .kek = live->options.kek,
                  .seal_age_s = LIVE_SEAL_AGE_S,
                  .keep_time = true,
                  .pack_daily = setting_number(settings, SETTING_STORE_PACK_HOUR) >= 0,
                  .pack_second = pack_second(live),
                  .pack_level = (int)setting_number(settings, SETTING_STORE_PACK_LEVEL),
                  .told = live->options.told,
                  .told_context = live->options.told_context,
                  .classes = live->retention.classes,
                  .retention = &live->retention.limits},
        .commit_ms = (int)setting_number(settings, SETTING_COMMIT_WAIT_MS),
        .commit_bytes = (size_t)setting_number(settings, SETTING_COMMIT_KIB) << 10,
        .batch_count = (size_t)setting_number(settings, SETTING_QUEUE_BATCHES),
        .policy = WRITER_RETRY,
        .language = live->options.language,
        .released = on_released,
        .released_context = live,
    };
    return writer_start(&options, &live->rows, &live->idle, live->counters, &live->writer,
                        complaint);
}

/* As if it had been received: kept, counted and shown like any other line. */
static void on_self_finding(void *context, Slice line)
{
    Live *live = context;
    const MessageSink sink = intake_sink(&live->intake);
    const Message message = {
        .bytes = line, .origin = "akashi", .received_ns = live->os->now_ns(live->os->state)};
    while (sink.message(sink.context, &message) == -EAGAIN && !atomic_load(&live->stopping)) {
        live->os->sleep_ns(live->os->state, 100 * NS_PER_MS);
    }
    intake_pass_on(&live->intake);
}

static void start_self_check(Live *live)
{
    const SelfCheckOptions options = {.os = live->os,
                                      .folder = live->options.folder,
                                      .kek = live->options.kek,
                                      .stopping = &live->stopping};
    /* Without it logs are collected all the same. */
    if (self_check_start(&options, on_self_finding, live, &live->self_check) < 0) {
        live->self_check = NULL;
    }
}

/* Where a folder is set for it. Without it logs are collected all the same. */
static void start_backup(Live *live)
{
    const Settings *settings = live->options.settings;
    unsigned keep = (unsigned)setting_number(settings, SETTING_BACKUP_KEEP);
    const DailyBackupOptions options = {.os = live->os,
                                        .folder = live->options.folder,
                                        .config_path = live->options.config_path,
                                        .kek = live->options.kek,
                                        .to = setting_text(settings, SETTING_BACKUP_FOLDER),
                                        .keep = keep,
                                        .hour = (int)setting_number(settings, SETTING_BACKUP_HOUR),
                                        .zone_offset_seconds = live->options.zone_offset_seconds,
                                        .language = live->options.language,
                                        .stopping = &live->stopping};
    if (!options.to[0]) return;
    if (daily_backup_start(&options, on_self_finding, live, &live->backup) < 0) live->backup = NULL;
}

/* Without it logs are collected all the same. */
static void open_store_door(Live *live)
{
    const StoreDoorOptions options = {.folder = live->options.folder,
                                      .idle = &live->idle,
                                      .rows = &live->rows,
                                      .writer = live->writer,
                                      .retention = &live->retention.limits};
    int r = store_door_open(&options, &live->store_door);
    if (r < 0) {
        SAY(MESSAGE_SERVE_STORE_DOOR_FAILED, live->options.language, {"error", error_words(r)});
    }
}

static void on_doors_failed(void *context, int error)
{
    Live *live = context;
    SAY(MESSAGE_SERVE_LOOP_FAILED, live->options.language, {"error", error_words(error)});
    atomic_store(&live->stopping, true);
}

static int open_doors(Live *live, Complaint *complaint)
{
    const LiveDoorsOptions options = {.os = live->os,
                                      .settings = live->options.settings,
                                      .folder = live->options.folder,
                                      .sink = intake_sink(&live->intake),
                                      .language = live->options.language,
                                      .failed = on_doors_failed,
                                      .context = live};
    return live_doors_open(&options, &live->doors, complaint);
}

static int start_threads(Live *live)
{
    int r = -pthread_create(&live->worker_thread, NULL, live_work_run, live);
    if (r < 0) return r;
    r = -pthread_create(&live->listener_thread, NULL, listen_run, live);
    if (r < 0) {
        queue_close(&live->work);
        pthread_join(live->worker_thread, NULL);
        return r;
    }
    /* Without them the other doors work all the same. */
    r = live_doors_start(live->doors);
    if (r < 0) SAY(MESSAGE_SERVE_LOOP_FAILED, live->options.language, {"error", error_words(r)});
    start_self_check(live);
    start_backup(live);
    open_store_door(live);
    return 0;
}

int live_open(const Os *os, const LiveOptions *options, Counters *counters, Live **ret,
              Complaint *complaint)
{
    Live *live = calloc(1, sizeof *live);
    if (!live) return -ENOMEM;
    *live = (Live){.os = os, .options = *options, .counters = counters};
    int r = prepare(live, complaint);
    const MessageSink sink = intake_sink(&live->intake);
    if (r == 0) {
        r = syslog_listener_open(os, setting_text(options->settings, SETTING_LISTEN_ADDRESS),
                                 (int)setting_number(options->settings, SETTING_LISTEN_SYSLOG_PORT),
                                 &sink, &live->listener, complaint);
    }
    if (r == 0) r = open_doors(live, complaint);
    if (r == 0) set_wakeable(live, true);
    if (r == 0) r = start_writer(live, complaint);
    if (r == 0) live_recall_identity(live);
    if (r == 0) r = live_recall_actions(live);
    if (r == 0) r = start_threads(live);
    if (r < 0) {
        if (live->writer && writer_stop(live->writer) < 0) live->writer = NULL;
        if (live->listener) syslog_listener_close(live->listener);
        clean_up(live);
        return r;
    }
    live_guard_say(live);
    *ret = live;
    return 0;
}

bool live_is_running(Live *live)
{
    return !atomic_load(&live->stopping);
}

int live_syslog_port(const Live *live)
{
    return syslog_listener_port(live->listener);
}

const LiveDoors *live_doors(const Live *live)
{
    return live->doors;
}

void live_look_again(Live *live)
{
    atomic_store(&live->look_wanted, true);
}

MessageSink live_sink(Live *live)
{
    return intake_sink(&live->intake);
}

size_t live_sources(Live *live, SourceHealth *to, size_t count_max)
{
    return source_healths_read(&live->health, to, count_max);
}

const SyslogCounters *live_syslog_counters(const Live *live)
{
    return syslog_listener_counters(live->listener);
}

int live_close(Live *live)
{
    atomic_store(&live->stopping, true);
    syslog_listener_wake(live->listener);
    pthread_join(live->listener_thread, NULL);
    live_doors_stop(live->doors);
    self_check_stop(live->self_check);
    daily_backup_stop(live->backup);
    set_wakeable(live, false);
    syslog_listener_close(live->listener);
    intake_pass_on(&live->intake);
    queue_close(&live->work);
    pthread_join(live->worker_thread, NULL);
    store_door_stop(live->store_door);
    int r = writer_stop(live->writer);
    store_door_close(live->store_door);
    if (r == 0) r = live->work_error < 0 ? live->work_error : live->listen_error;
    clean_up(live);
    return r;
}
