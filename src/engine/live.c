/* See live.h. */
#include "engine/live.h"

#include "engine/action_recall.h"
#include "engine/daily_backup.h"
#include "engine/envelope.h"
#include "engine/identity_load.h"
#include "engine/intake.h"
#include "engine/retention.h"
#include "engine/row_key.h"
#include "engine/row_maker.h"
#include "engine/self_check.h"
#include "engine/source_health.h"
#include "engine/writer.h"

#include <errno.h>
#include <stdlib.h>

#define LISTEN_WAIT_MS 500
#define ADVANCE_MS 500
#define LOOK_MS 5000    /* between two looks whether the administrator's files have changed */
#define SEAL_AGE_S 3600 /* what came in an hour is sealed, however little */

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
    Retention retention;
    Queue idle, work, rows; /* shared, each under its own lock */
    Intake intake;          /* shared */
    SourceHealths health;   /* shared, under its own lock */
    LiveDoors *doors;       /* its own thread's, but for what live_doors.h says */
    atomic_bool stopping;
    pthread_mutex_t wake_lock;
    bool wakeable; /* shared, under wake_lock: the listener is there to be woken */
    /* owned by the listener thread */
    int listen_error;
    /* owned by the worker thread */
    RowMaker *maker;
    uint64_t sequence;
    Batch *making;
    Ticket *waiting;     /* of groups of which an event still waits in the maker */
    int64_t advanced_ns; /* monotonic */
    int64_t looked_ns;   /* when the administrator's files were looked at; monotonic */
    int work_error;
};

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

/* The worker's thread. */

static int on_row(void *context, const Row *row)
{
    Live *live = context;
    counter_add(live->counters, COUNTER_RECORDS_MADE, 1);
    return batch_add_row(live->making, row);
}

/* An event that its sender names is itself when it is sent again. */
static void key_for(Live *live, const MessageSpan *message, uint8_t ret_key[ROW_KEY_BYTES])
{
    static const uint8_t none[ROW_KEY_BYTES];
    if (memcmp(message->key, none, sizeof none) == 0) {
        row_key_for_live(live->session, ++live->sequence, ret_key);
        return;
    }
    memcpy(ret_key, message->key, ROW_KEY_BYTES);
    ret_key[0] &= (uint8_t)~ROW_KEY_ONCE;
}

static int make_rows(Live *live, Batch *batch, const MessageSpan *message)
{
    const DecodeOptions options = {.zone_offset_seconds = live->options.zone_offset_seconds,
                                   .received_ns = message->received_ns};
    const RowMakerSink sink = {.row = on_row, .context = live};
    Event event;
    int r = envelope_decode(batch, message, &options, &batch->arena, &event);
    if (r < 0) return r;
    event.index = message->number;
    source_healths_note(&live->health, message, &event);
    counter_add(live->counters, COUNTER_EVENTS_DECODED, 1);
    if (event.parse == PARSE_FAILED) counter_add(live->counters, COUNTER_EVENTS_UNPARSED, 1);
    RowEvent given = {.event = &event,
                      .origin = slice_from_cstr(message->origin),
                      .received_ns = message->received_ns};
    key_for(live, message, given.key);
    return row_maker_feed(live->maker, &given, &batch->arena, &sink);
}

/* Also when nothing comes: what waits for its other half must not wait for ever. */
static int advance(Live *live, Batch *batch, bool is_end)
{
    const RowMakerSink sink = {.row = on_row, .context = live};
    live->making = batch;
    live->advanced_ns = live->os->monotonic_ns(live->os->state);
    if (is_end) return row_maker_settle(live->maker, ACTION_RECALL_NS, &batch->arena, &sink);
    return row_maker_advance(live->maker, live->os->now_ns(live->os->state), &batch->arena, &sink);
}

static bool is_advance_due(const Live *live)
{
    return live->os->monotonic_ns(live->os->state) - live->advanced_ns >= ADVANCE_MS * NS_PER_MS;
}

/* Each ticket goes with the batch by which the last of its events is on its way to the store. */
static void sort_tickets(Live *live, Batch *batch)
{
    Ticket *all[2] = {live->waiting, batch->tickets};
    live->waiting = batch->tickets = NULL;
    for (size_t i = 0; i < ARRAY_COUNT(all); i++) {
        for (Ticket *next, *ticket = all[i]; ticket; ticket = next) {
            bool held = row_maker_holds(live->maker, ticket->from, ticket->to);
            Ticket **to = held ? &live->waiting : &batch->tickets;
            next = ticket->next;
            ticket->next = *to;
            *to = ticket;
        }
    }
}

static int work_on(Live *live, Batch *batch)
{
    int r = 0;
    live->making = batch;
    for (size_t i = 0; i < batch->message_count && r == 0; i++) {
        r = make_rows(live, batch, &batch->messages[i]);
    }
    return r;
}

/* Between two batches. */
static int look_at_files(Live *live)
{
    int64_t now_ns = live->os->monotonic_ns(live->os->state);
    if (!live->options.files || now_ns - live->looked_ns < LOOK_MS * NS_PER_MS) return 0;
    live->looked_ns = now_ns;
    int r = translation_files_refresh(live->options.files, live->maker);
    if (r == 1) SAY(MESSAGE_SERVE_FILES_READ, live->options.language);
    if (r == -EINVAL) SAY(MESSAGE_SERVE_FILES_KEPT, live->options.language);
    return r == -ENOMEM ? r : 0;
}

/* An empty batch for what becomes due while nothing comes, or at the end. None is idle: later. */
static int work_without_messages(Live *live, bool is_end)
{
    Batch *batch = NULL;
    if (queue_pop(&live->idle, is_end ? ADVANCE_MS : 0, &batch) < 0) return 0;
    int r = advance(live, batch, is_end);
    sort_tickets(live, batch);
    if (r == 0 && batch->row_count == 0 && !batch->tickets) {
        if (queue_push(&live->idle, batch) < 0) batch_free(batch);
        return 0;
    }
    if (r == 0 && queue_push(&live->rows, batch) == 0) return 0;
    batch_free(batch);
    return r < 0 ? r : -EPIPE;
}

static int work_step(Live *live)
{
    Batch *batch;
    int r = queue_pop(&live->work, ADVANCE_MS, &batch);
    if (r == -EAGAIN) return work_without_messages(live, false);
    if (r < 0) return r;
    r = work_on(live, batch);
    if (r == 0 && is_advance_due(live)) r = advance(live, batch, false);
    sort_tickets(live, batch);
    if (r == 0 && queue_push(&live->rows, batch) == 0) return 0;
    batch_free(batch);
    return r < 0 ? r : -EIO;
}

static void *work_run(void *context)
{
    Live *live = context;
    int r;
    while ((r = work_step(live)) == 0 && (r = look_at_files(live)) == 0) {
    }
    if (r == -EPIPE) r = work_without_messages(live, true); /* the queue was closed */
    if (r < 0 && r != -EPIPE) {
        live->work_error = r;
        SAY(MESSAGE_SERVE_LOOP_FAILED, live->options.language, {"error", error_words(r)});
    }
    atomic_store(&live->stopping, true);
    queue_close(&live->work);
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
    const RowMakerOptions options = {.sources = files ? translation_files_sources(files) : NULL,
                                     .action_settings =
                                         files ? translation_files_actions(files) : (Slice){0},
                                     .context = live->options.context,
                                     .zone_offset_seconds = live->options.zone_offset_seconds};
    int r = row_maker_new(live->os, &options, &live->maker, complaint);
    uint64_t seed[2];
    if (r == 0) r = live->os->random(live->os->state, seed, sizeof seed);
    if (r == 0) r = source_healths_init(&live->health, seed);
    if (r < 0) return r;
    return live->os->random(live->os->state, &live->session, sizeof live->session);
}

/* What the last days said of who was where. Without it records are only less well known. */
static void recall_identity(Live *live)
{
    int64_t now_ns = live->os->now_ns(live->os->state);
    const IdentityLoad load = {.os = live->os,
                               .folder = live->options.folder,
                               .kek = live->options.kek,
                               .from_ns = now_ns - IDENTITY_LEASE_NS,
                               .to_ns = INT64_MAX};
    uint64_t records;
    Complaint complaint = {0};
    (void)!identity_load(&load, row_maker_identity(live->maker), &records, &complaint);
}

/* A batch for what comes of recalled events; one that is full goes to the store. */
static Arena *recall_arena(void *context)
{
    Live *live = context;
    Batch *batch = live->making;
    if (batch && batch->arena.bytes >= INTAKE_BATCH_BYTES_MAX) {
        if (batch->row_count == 0) {
            batch_clear(batch);
        } else if (queue_push(&live->rows, batch) == 0) {
            live->making = NULL;
        }
    }
    if (!live->making && queue_pop(&live->idle, -1, &live->making) < 0) return NULL;
    return &live->making->arena;
}

/* What was open when the last run ended. Without it an action under way then is told in parts. */
static int recall_actions(Live *live)
{
    const ActionRecall recall = {.os = live->os,
                                 .folder = live->options.folder,
                                 .kek = live->options.kek,
                                 .now_ns = live->os->now_ns(live->os->state),
                                 .arena = recall_arena,
                                 .sink = {.row = on_row, .context = live}};
    uint64_t events, next_index = 0;
    Complaint complaint = {0};
    int r = action_recall(&recall, live->maker, &events, &next_index, &complaint);
    live->intake.number = next_index;
    Batch *batch = live->making;
    live->making = NULL;
    if (!batch) return r == -ENOMEM ? r : 0;
    Queue *to = batch->row_count > 0 ? &live->rows : &live->idle;
    if (queue_push(to, batch) < 0) batch_free(batch);
    return r == -ENOMEM ? r : 0;
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
                  .seal_age_s = SEAL_AGE_S,
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
    int r = -pthread_create(&live->worker_thread, NULL, work_run, live);
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
    if (r == 0) recall_identity(live);
    if (r == 0) r = recall_actions(live);
    if (r == 0) r = start_threads(live);
    if (r < 0) {
        if (live->writer && writer_stop(live->writer) < 0) live->writer = NULL;
        if (live->listener) syslog_listener_close(live->listener);
        clean_up(live);
        return r;
    }
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
    int r = writer_stop(live->writer);
    if (r == 0) r = live->work_error < 0 ? live->work_error : live->listen_error;
    clean_up(live);
    return r;
}
