/* See live.h. */
#include "engine/live.h"

#include "decode/lines.h"
#include "engine/daily_backup.h"
#include "engine/identity_load.h"
#include "engine/retention.h"
#include "engine/row_key.h"
#include "engine/row_maker.h"
#include "engine/self_check.h"
#include "engine/writer.h"

#include <errno.h>
#include <stdlib.h>

#define BATCH_BYTES_MAX ((size_t)512 << 10) /* a batch is passed on when it holds so much ... */
#define BATCH_AGE_MS 10                     /* ... or its first message is so old */
#define LISTEN_WAIT_MS 500
#define ADVANCE_MS 500
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
    atomic_bool stopping;
    pthread_mutex_t wake_lock;
    bool wakeable; /* shared, under wake_lock: the listener is there to be woken */
    /* owned by the listener thread */
    Batch *filling;
    bool told_full;
    int listen_error;
    /* owned by the worker thread */
    RowMaker *maker;
    uint64_t sequence;
    Batch *making;
    int64_t advanced_ns; /* monotonic */
    int work_error;
};

/* The listener's thread. */

static bool pass_on(Live *live)
{
    Batch *batch = live->filling;
    live->filling = NULL;
    if (queue_push(&live->work, batch) == 0) return true;
    batch_free(batch);
    return false;
}

static int on_message(void *context, const Message *message)
{
    Live *live = context;
    if (!live->filling && queue_pop(&live->idle, 0, &live->filling) < 0) {
        counter_add(live->counters, COUNTER_QUEUE_FULL, 1);
        if (!live->told_full) SAY(MESSAGE_SERVE_QUEUE_FULL, live->options.language);
        live->told_full = true;
        return -EAGAIN;
    }
    Batch *batch = live->filling;
    if (batch->message_count == 0) batch->begun_ns = live->os->monotonic_ns(live->os->state);
    MessageSpan span = {.received_ns = message->received_ns, .continues = message->continues};
    Slice origin = slice_first(slice_from_cstr(message->origin), sizeof span.origin - 1);
    memcpy(span.origin, origin.ptr, origin.len);
    int r = batch_add_message(batch, message->bytes, &span);
    if (r < 0 || batch->bytes.len >= BATCH_BYTES_MAX) pass_on(live);
    return r == -ENOBUFS ? -EAGAIN : r;
}

static void pass_on_when_due(Live *live)
{
    if (!live->filling || live->filling->message_count == 0) return;
    int64_t age_ns = live->os->monotonic_ns(live->os->state) - live->filling->begun_ns;
    if (age_ns >= BATCH_AGE_MS * NS_PER_MS) pass_on(live);
}

static void *listen_run(void *context)
{
    Live *live = context;
    while (!atomic_load(&live->stopping)) {
        bool waiting = live->filling && live->filling->message_count > 0;
        int r = syslog_listener_step(live->listener, waiting ? BATCH_AGE_MS : LISTEN_WAIT_MS);
        if (r < 0) {
            SAY(MESSAGE_SERVE_LOOP_FAILED, live->options.language, {"error", error_words(r)});
            live->listen_error = r;
            atomic_store(&live->stopping, true);
        }
        pass_on_when_due(live);
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

static int make_rows(Live *live, Batch *batch, const MessageSpan *message, uint64_t index)
{
    const DecodeOptions options = {.zone_offset_seconds = live->options.zone_offset_seconds,
                                   .received_ns = message->received_ns};
    const RowMakerSink sink = {.row = on_row, .context = live};
    Slice bytes = slice_of(batch->bytes.ptr + message->offset, message->bytes);
    Event event;
    int r = line_decode(bytes, &options, &batch->arena, &event);
    if (r < 0) return r;
    event.index = index;
    if (message->continues && event.parse == PARSE_OK) event.parse = PARSE_PARTIAL;
    counter_add(live->counters, COUNTER_EVENTS_DECODED, 1);
    if (event.parse == PARSE_FAILED) counter_add(live->counters, COUNTER_EVENTS_UNPARSED, 1);
    RowEvent given = {.event = &event,
                      .origin = slice_from_cstr(message->origin),
                      .received_ns = message->received_ns};
    row_key_for_live(live->session, ++live->sequence, given.key);
    return row_maker_feed(live->maker, &given, &batch->arena, &sink);
}

/* Also when nothing comes: what waits for its other half must not wait for ever. */
static int advance(Live *live, Batch *batch, bool is_end)
{
    const RowMakerSink sink = {.row = on_row, .context = live};
    live->making = batch;
    live->advanced_ns = live->os->monotonic_ns(live->os->state);
    if (is_end) return row_maker_flush(live->maker, &batch->arena, &sink);
    return row_maker_advance(live->maker, live->os->now_ns(live->os->state), &batch->arena, &sink);
}

static bool is_advance_due(const Live *live)
{
    return live->os->monotonic_ns(live->os->state) - live->advanced_ns >= ADVANCE_MS * NS_PER_MS;
}

static int work_on(Live *live, Batch *batch, uint64_t *index)
{
    int r = 0;
    live->making = batch;
    for (size_t i = 0; i < batch->message_count && r == 0; i++) {
        r = make_rows(live, batch, &batch->messages[i], (*index)++);
    }
    return r;
}

/* An empty batch for what becomes due while nothing comes, or at the end. None is idle: later. */
static int work_without_messages(Live *live, bool is_end)
{
    Batch *batch = NULL;
    if (queue_pop(&live->idle, is_end ? ADVANCE_MS : 0, &batch) < 0) return 0;
    int r = advance(live, batch, is_end);
    if (r == 0 && batch->row_count == 0) {
        if (queue_push(&live->idle, batch) < 0) batch_free(batch);
        return 0;
    }
    if (r == 0 && queue_push(&live->rows, batch) == 0) return 0;
    batch_free(batch);
    return r < 0 ? r : -EPIPE;
}

static int work_step(Live *live, uint64_t *index)
{
    Batch *batch;
    int r = queue_pop(&live->work, ADVANCE_MS, &batch);
    if (r == -EAGAIN) return work_without_messages(live, false);
    if (r < 0) return r;
    r = work_on(live, batch, index);
    if (r == 0 && is_advance_due(live)) r = advance(live, batch, false);
    if (r == 0 && queue_push(&live->rows, batch) == 0) return 0;
    batch_free(batch);
    return r < 0 ? r : -EIO;
}

static void *work_run(void *context)
{
    Live *live = context;
    uint64_t index = 0;
    int r;
    while ((r = work_step(live, &index)) == 0) {
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
    pthread_mutex_unlock(&live->wake_lock);
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
    for (size_t i = 0; i < count; i++) {
        Batch *batch = batch_new();
        if (!batch || queue_push(&live->idle, batch) < 0) return -ENOMEM;
    }
    const RowMakerOptions options = {.sources = live->options.sources,
                                     .zone_offset_seconds = live->options.zone_offset_seconds};
    int r = row_maker_new(live->os, &options, &live->maker, complaint);
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

static void clean_up(Live *live)
{
    batch_free(live->filling);
    row_maker_free(live->maker);
    queue_done(&live->idle);
    queue_done(&live->work);
    queue_done(&live->rows);
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
    Batch *batch = NULL;
    MessageSpan span = {.received_ns = live->os->now_ns(live->os->state), .origin = "akashi"};
    while (!atomic_load(&live->stopping) && queue_pop(&live->idle, 1000, &batch) == -EAGAIN) {
    }
    if (!batch) return;
    if (batch_add_message(batch, line, &span) < 0 || queue_push(&live->work, batch) < 0) {
        batch_free(batch);
    }
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
    const MessageSink sink = {.message = on_message, .context = live};
    int r = prepare(live, complaint);
    if (r == 0) {
        r = syslog_listener_open(os, setting_text(options->settings, SETTING_LISTEN_ADDRESS),
                                 (int)setting_number(options->settings, SETTING_LISTEN_SYSLOG_PORT),
                                 &sink, &live->listener, complaint);
    }
    if (r == 0) set_wakeable(live, true);
    if (r == 0) r = start_writer(live, complaint);
    if (r == 0) recall_identity(live);
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

const SyslogCounters *live_syslog_counters(const Live *live)
{
    return syslog_listener_counters(live->listener);
}

int live_close(Live *live)
{
    atomic_store(&live->stopping, true);
    syslog_listener_wake(live->listener);
    pthread_join(live->listener_thread, NULL);
    self_check_stop(live->self_check);
    daily_backup_stop(live->backup);
    set_wakeable(live, false);
    syslog_listener_close(live->listener);
    if (live->filling) pass_on(live);
    queue_close(&live->work);
    pthread_join(live->worker_thread, NULL);
    int r = writer_stop(live->writer);
    if (r == 0) r = live->work_error < 0 ? live->work_error : live->listen_error;
    clean_up(live);
    return r;
}
