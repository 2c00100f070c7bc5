/* See import.h. */
#include "engine/import.h"

#include "engine/reading.h"
#include "engine/retention.h"
#include "engine/row_key.h"
#include "engine/row_maker.h"
#include "engine/row_sender.h"
#include "engine/writer.h"

#include <errno.h>

/* Batches that wait before they are written, so that what comes soon after (a lease in the next
 * file, a logon some lines below) tells who was at an address: so many, and so many bytes. */
#define AHEAD_BATCHES 4
#define AHEAD_BYTES ((size_t)12 << 20)
#define BATCH_COUNT (3 + AHEAD_BATCHES)
#define BATCH_BYTES_KEPT ((size_t)2 << 20) /* of each: they go round */
#define COMMIT_BYTES ((size_t)8 << 20)
#define COMMIT_MS 1000
#define CLOSE_BYTES_MIN ((size_t)256 << 10) /* a smaller rest waits for more in the log */

typedef struct Import {
    const Os *os;
    const ImportOptions *options;
    const ImportWatcher *watcher;
    Counters *counters;
    Queue idle, work;
    Writer *writer;    /* or, */
    RowSender *sender; /* where a server holds the store */
    RowMaker *maker;
    Repeats repeats;
    Retention retention;
    InputStream *stream; /* being read */
    Slice name;          /* of that input */
    int64_t received_ns;
    Event events[ROW_KEYS_MAX]; /* of one batch, that wait for their keys */
    size_t event_count;
    Slice origin; /* a copy of `name` that lives as long as `origin_batch` */
    const Batch *origin_batch;
    Batch *batch;
    Batch *ahead[AHEAD_BATCHES]; /* a ring */
    size_t ahead_first, ahead_count, ahead_bytes;
} Import;

static Batch *take(void *context)
{
    Import *import = context;
    Batch *batch = NULL;
    return queue_pop(&import->idle, -1, &batch) == 0 ? batch : NULL;
}

static size_t batch_bytes(const Batch *batch)
{
    return batch->bytes.len + batch->arena.bytes + batch->row_count * sizeof batch->rows[0];
}

static int give_oldest(Import *import)
{
    Batch *batch = import->ahead[import->ahead_first];
    int r = 0;
    import->ahead_bytes -= batch_bytes(batch);
    import->ahead_first = (import->ahead_first + 1) % AHEAD_BATCHES;
    import->ahead_count--;
    for (size_t i = 0; i < batch->row_count && r == 0; i++) {
        r = row_maker_enrich(import->maker, &batch->rows[i], &batch->arena);
    }
    if (r == 0) r = queue_push(&import->work, batch);
    if (r < 0) batch_free(batch);
    return r;
}

static int feed_waiting(Import *import, Batch *batch);

static int give(void *context, Batch *batch)
{
    Import *import = context;
    uint64_t done, total;
    input_progress(import->stream, &done, &total);
    import->watcher->progress(import->watcher->context, import->name, done, total);
    int r = feed_waiting(import, batch);
    size_t bytes = batch_bytes(batch);
    while (r == 0 && import->ahead_count > 0 &&
           (import->ahead_count == AHEAD_BATCHES || import->ahead_bytes + bytes > AHEAD_BYTES)) {
        r = give_oldest(import);
    }
    if (r < 0) {
        batch_free(batch);
        return r;
    }
    import->ahead[(import->ahead_first + import->ahead_count++) % AHEAD_BATCHES] = batch;
    import->ahead_bytes += bytes;
    return 0;
}

/* Nothing more comes. */
static int give_all(Import *import)
{
    int r = 0;
    while (import->ahead_count > 0 && r == 0) {
        r = give_oldest(import);
    }
    return r;
}

static int on_row(void *context, const Row *row)
{
    Import *import = context;
    counter_add(import->counters, COUNTER_RECORDS_MADE, 1);
    return batch_add_row(import->batch, row);
}

static int feed_event(Import *import, Batch *batch, const Event *event,
                      const uint8_t key[ROW_KEY_BYTES])
{
    const RowMakerSink sink = {.row = on_row, .context = import};
    RowEvent given = {
        .event = event, .source = import->options->source, .received_ns = import->received_ns};
    import->batch = batch;
    if (import->origin_batch != batch) {
        int r = arena_copy(&batch->arena, import->name, &import->origin);
        if (r < 0) return r;
        import->origin_batch = batch;
    }
    given.origin = import->origin;
    counter_add(import->counters, COUNTER_EVENTS_DECODED, 1);
    if (event->parse == PARSE_FAILED) counter_add(import->counters, COUNTER_EVENTS_UNPARSED, 1);
    memcpy(given.key, key, ROW_KEY_BYTES);
    return row_maker_feed(import->maker, &given, &batch->arena, &sink);
}

static int feed_waiting(Import *import, Batch *batch)
{
    uint8_t keys[ROW_KEYS_MAX][ROW_KEY_BYTES];
    const size_t count = import->event_count;
    import->event_count = 0;
    row_keys_for_import(&import->repeats, import->options->source, import->events, count, keys);
    int r = 0;
    for (size_t i = 0; i < count && r == 0; i++) {
        r = feed_event(import, batch, &import->events[i], keys[i]);
    }
    return r;
}

/* Keys are made of several at once; no event waits longer than its batch is filled. */
static int on_event(void *context, Batch *batch, const Event *event)
{
    Import *import = context;
    import->events[import->event_count++] = *event;
    return import->event_count == ROW_KEYS_MAX ? feed_waiting(import, batch) : 0;
}

/* What waits at the end of an input has nothing more to wait for. */
static int finish_rows(Import *import)
{
    const RowMakerSink sink = {.row = on_row, .context = import};
    Batch *batch = take(import);
    if (!batch) return -ECANCELED;
    import->batch = batch;
    int r = row_maker_flush(import->maker, &batch->arena, &sink);
    if (r < 0) {
        batch_free(batch);
        return r;
    }
    return give(import, batch);
}

static int on_damage(void *context, const Damage *damage)
{
    Import *import = context;
    counter_add(import->counters, COUNTER_EVENTS_DAMAGED, 1);
    import->watcher->damage(import->watcher->context, import->name, damage);
    return 0;
}

/* An input that breaks off is a problem of that input; anything else stops the import. */
static bool is_input_error(int error)
{
    return error == -EBADMSG || error == -EIO || error == -EISDIR || error == -EOVERFLOW;
}

static int on_stream(void *context, InputStream *stream, Slice name)
{
    Import *import = context;
    import->stream = stream;
    import->name = name;
    import->origin_batch = NULL;
    import->received_ns = import->os->now_ns(import->os->state);
    repeats_clear(&import->repeats);
    const DecodeOptions options = {.zone_offset_seconds = import->options->zone_offset_seconds,
                                   .received_ns = import->received_ns};
    const ReadingHandler handler = {
        .take = take, .give = give, .event = on_event, .damage = on_damage, .context = import};
    int r = reading_run(stream, &options, &handler);
    if (r == 0 || is_input_error(r)) {
        int finished = finish_rows(import);
        if (finished < 0) return finished;
    }
    if (is_input_error(r)) return 0; /* input_walk tells it as a problem of this input */
    if (r == 0) counter_add(import->counters, COUNTER_INPUTS_READ, 1);
    return r;
}

static int on_problem(void *context, Slice name, int error, const Complaint *complaint)
{
    Import *import = context;
    counter_add(import->counters, COUNTER_INPUTS_FAILED, 1);
    import->watcher->problem(import->watcher->context, name, error, complaint);
    return 0;
}

static void on_passed_over(void *context, Slice name)
{
    (void)name;
    counter_add(((Import *)context)->counters, COUNTER_INPUTS_PASSED_OVER, 1);
}

static int read_paths(Import *import, char *const *paths, size_t path_count)
{
    const InputSink sink = {.stream = on_stream,
                            .problem = on_problem,
                            .passed_over = on_passed_over,
                            .context = import};
    int r = 0;
    for (size_t i = 0; i < path_count && r >= 0; i++) {
        r = input_walk(import->os, paths[i], &sink);
    }
    return r;
}

static int prepare(Import *import, Complaint *complaint)
{
    queue_init(&import->idle, BATCH_COUNT);
    queue_init(&import->work, BATCH_COUNT);
    for (size_t i = 0; i < BATCH_COUNT; i++) {
        Batch *batch = batch_new();
        if (batch) batch->arena.bytes_kept = BATCH_BYTES_KEPT;
        if (!batch || queue_push(&import->idle, batch) < 0) return -ENOMEM;
    }
    const RowMakerOptions options = {.sources = import->options->sources,
                                     .action_settings = import->options->action_settings,
                                     .context = import->options->context,
                                     .enrich_later = true,
                                     .zone_offset_seconds = import->options->zone_offset_seconds};
    return row_maker_new(import->os, &options, &import->maker, complaint);
}

static void clean_up(Import *import)
{
    for (size_t i = 0; i < import->ahead_count; i++) {
        batch_free(import->ahead[(import->ahead_first + i) % AHEAD_BATCHES]);
    }
    row_maker_free(import->maker);
    repeats_done(&import->repeats);
    queue_done(&import->idle);
    queue_done(&import->work);
}

/* Groups are ended by commits: a small one is not to become much larger than was asked for. */
static size_t commit_bytes(const Settings *settings)
{
    size_t quarter = ((size_t)setting_number(settings, SETTING_STORE_SEGMENT_MIB) << 20) / 4;
    return quarter < COMMIT_BYTES ? quarter : COMMIT_BYTES;
}

/* Where a running server holds the store, it is asked to do it. */
static int begin_writing(Import *import, const WriterOptions *options, Complaint *complaint)
{
    int r = writer_start(options, &import->work, &import->idle, import->counters, &import->writer,
                         complaint);
    if (r != -EWOULDBLOCK) return r;
    int asked = row_sender_start(options->folder, &import->work, &import->idle, &import->sender);
    if (asked < 0) return r;
    *complaint = (Complaint){0};
    SAY(MESSAGE_IMPORT_TO_SERVER, import->options->language);
    return 0;
}

static int end_writing(Import *import)
{
    return import->sender ? row_sender_stop(import->sender, import->counters)
                          : writer_stop(import->writer);
}

int import_run(const Os *os, const ImportOptions *options, char *const *paths, size_t path_count,
               const ImportWatcher *watcher, Counters *counters, Complaint *complaint)
{
    Import import = {.os = os, .options = options, .watcher = watcher, .counters = counters};
    const Settings *settings = options->settings;
    int r = retention_read(settings, &import.retention, complaint);
    if (r < 0) return r;
    const WriterOptions writer_options = {
        .os = os,
        .folder = options->folder,
        .store = {.segment_bytes_max = (size_t)setting_number(settings, SETTING_STORE_SEGMENT_MIB)
                                       << 20,
                  .compression_level =
                      (int)setting_number(settings, SETTING_STORE_COMPRESSION_LEVEL),
                  .kek = options->kek,
                  .close_bytes_min = CLOSE_BYTES_MIN,
                  .told = options->told,
                  .told_context = options->told_context,
                  .classes = import.retention.classes},
        .commit_ms = COMMIT_MS,
        .commit_bytes = commit_bytes(settings),
        .batch_count = BATCH_COUNT - AHEAD_BATCHES,
        .policy = WRITER_STOP,
        .language = options->language,
    };
    r = prepare(&import, complaint);
    if (r == 0) r = begin_writing(&import, &writer_options, complaint);
    if (r == 0) {
        int read = read_paths(&import, paths, path_count);
        int given = give_all(&import);
        if (read >= 0) read = given < 0 ? given : read;
        r = end_writing(&import);
        if (r == 0) r = read;
    }
    clean_up(&import);
    return r;
}
