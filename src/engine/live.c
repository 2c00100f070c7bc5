/* See live.h. */
#include "engine/live.h"

#include "decode/lines.h"
#include "engine/row_key.h"
#include "engine/writer.h"
#include "translate/translate.h"

#include <errno.h>
#include <stdlib.h>

#define BATCH_BYTES_MAX ((size_t)512 << 10) /* a batch is passed on when it holds so much ... */
#define BATCH_AGE_MS 10                     /* ... or its first message is so old */
#define LISTEN_WAIT_MS 500

struct Live {
    /* set at start, then read-only */
    const Os *os;
    LiveOptions options;
    Counters *counters;
    SyslogListener *listener;
    Writer *writer;
    pthread_t listener_thread, worker_thread;
    uint64_t session;
    Queue idle, work, rows; /* shared, each under its own lock */
    atomic_bool stopping;
    pthread_mutex_t wake_lock;
    bool wakeable; /* shared, under wake_lock: the listener is there to be woken */
    /* owned by the listener thread */
    Batch *filling;
    bool told_full;
    int listen_error;
    /* owned by the worker thread */
    Translator *translator;
    uint64_t sequence;
    Batch *translating;
    const MessageSpan *message;
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

static int on_record(void *context, const Record *record, const Event *event)
{
    Live *live = context;
    Row row = {
        .origin = slice_from_cstr(live->message->origin), .event = *event, .record = *record};
    row_key_for_live(live->session, ++live->sequence, row.key);
    counter_add(live->counters, COUNTER_RECORDS_MADE, 1);
    return batch_add_row(live->translating, &row);
}

static int decode_and_translate(Live *live, Batch *batch, const MessageSpan *message,
                                uint64_t index)
{
    const DecodeOptions options = {.zone_offset_seconds = live->options.zone_offset_seconds,
                                   .received_ns = message->received_ns};
    Slice bytes = slice_of(batch->bytes.ptr + message->offset, message->bytes);
    Event event;
    int r = line_decode(bytes, &options, &batch->arena, &event);
    if (r < 0) return r;
    event.index = index;
    if (message->continues && event.parse == PARSE_OK) event.parse = PARSE_PARTIAL;
    counter_add(live->counters, COUNTER_EVENTS_DECODED, 1);
    if (event.parse == PARSE_FAILED) counter_add(live->counters, COUNTER_EVENTS_UNPARSED, 1);
    live->translating = batch;
    live->message = message;
    return translator_feed(live->translator, &event, message->received_ns, &batch->arena, on_record,
                           live);
}

static void *work_run(void *context)
{
    Live *live = context;
    Batch *batch;
    uint64_t index = 0;
    while (queue_pop(&live->work, -1, &batch) == 0) {
        for (size_t i = 0; i < batch->message_count && live->work_error == 0; i++) {
            live->work_error = decode_and_translate(live, batch, &batch->messages[i], index++);
        }
        if (live->work_error == 0 && queue_push(&live->rows, batch) < 0) live->work_error = -EPIPE;
        if (live->work_error < 0) {
            SAY(MESSAGE_SERVE_LOOP_FAILED, live->options.language,
                {"error", error_words(live->work_error)});
            batch_free(batch);
            break;
        }
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

static int prepare(Live *live)
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
    live->translator = translator_new();
    if (!live->translator) return -ENOMEM;
    return live->os->random(live->os->state, &live->session, sizeof live->session);
}

static void clean_up(Live *live)
{
    batch_free(live->filling);
    translator_free(live->translator);
    queue_done(&live->idle);
    queue_done(&live->work);
    queue_done(&live->rows);
    pthread_mutex_destroy(&live->wake_lock);
    free(live);
}

static int start_writer(Live *live, Complaint *complaint)
{
    const Settings *settings = live->options.settings;
    const WriterOptions options = {
        .os = live->os,
        .folder = live->options.folder,
        .store = {.segment_bytes_max = (size_t)setting_number(settings, SETTING_STORE_SEGMENT_MIB)
                                       << 20,
                  .compression_level =
                      (int)setting_number(settings, SETTING_STORE_COMPRESSION_LEVEL)},
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

static int start_threads(Live *live)
{
    int r = -pthread_create(&live->worker_thread, NULL, work_run, live);
    if (r < 0) return r;
    r = -pthread_create(&live->listener_thread, NULL, listen_run, live);
    if (r < 0) {
        queue_close(&live->work);
        pthread_join(live->worker_thread, NULL);
    }
    return r;
}

int live_open(const Os *os, const LiveOptions *options, Counters *counters, Live **ret,
              Complaint *complaint)
{
    Live *live = calloc(1, sizeof *live);
    if (!live) return -ENOMEM;
    *live = (Live){.os = os, .options = *options, .counters = counters};
    const MessageSink sink = {.message = on_message, .context = live};
    int r = prepare(live);
    if (r == 0) {
        r = syslog_listener_open(os, setting_text(options->settings, SETTING_LISTEN_ADDRESS),
                                 (int)setting_number(options->settings, SETTING_LISTEN_SYSLOG_PORT),
                                 &sink, &live->listener, complaint);
    }
    if (r == 0) set_wakeable(live, true);
    if (r == 0) r = start_writer(live, complaint);
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
