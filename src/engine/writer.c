/* See writer.h. */
#include "engine/writer.h"

#include <errno.h>
#include <stdlib.h>

enum { TICK_MS = 30000 };

struct Writer {
    /* set at start, then read-only */
    WriterOptions options;
    Queue *work, *idle;
    Counters *counters;
    pthread_t thread;
    /* owned by the writer thread */
    Store *store; /* NULL while it has failed */
    Batch *held[QUEUE_BATCHES_MAX];
    size_t held_count;
    size_t held_appended; /* held[0 .. this) are appended but not committed */
    bool is_awaited;      /* some held batch has a ticket: its sender waits */
    StoreTally tally;     /* of what is appended but not committed */
    bool is_pending;      /* something is appended but not committed */
    int64_t pending_since_ns, ticked_ns;
    int error; /* read by writer_stop after the join */
    /* Held while the store is closed and opened again, and by who uses it beside the writer. */
    pthread_mutex_t store_lock;
    pthread_mutex_t seal_lock;
    pthread_cond_t sealed;
    uint64_t seals_asked, seals_done; /* shared, under seal_lock */
    int seal_result;                  /* shared, under seal_lock; of the last one */
    bool has_ended;                   /* shared, under seal_lock */
};

static int open_store(Writer *writer, Complaint *complaint)
{
    const WriterOptions *options = &writer->options;
    return store_open(options->os, options->folder, &options->store, &writer->store, complaint);
}

static int64_t monotonic_ns(const Writer *writer)
{
    return writer->options.os->monotonic_ns(writer->options.os->state);
}

static void release_held(Writer *writer)
{
    for (size_t i = 0; i < writer->held_count; i++) {
        batch_settle(writer->held[i], 0);
        batch_clear(writer->held[i]);
        if (queue_push(writer->idle, writer->held[i]) < 0) batch_free(writer->held[i]);
    }
    writer->held_count = writer->held_appended = 0;
    writer->is_awaited = false;
    if (writer->options.released) writer->options.released(writer->options.released_context);
}

static int append_held(Writer *writer)
{
    for (; writer->held_appended < writer->held_count; writer->held_appended++) {
        Batch *batch = writer->held[writer->held_appended];
        uint64_t before = writer->tally.duplicates;
        int r = store_append(writer->store, batch->rows, batch->row_count, &writer->tally);
        batch->repeats = writer->tally.duplicates - before;
        if (r < 0) return r;
    }
    return 0;
}

static int commit(Writer *writer)
{
    int r = store_commit(writer->store);
    if (r < 0) return r;
    counter_add(writer->counters, COUNTER_COMMITS, 1);
    counter_add(writer->counters, COUNTER_ROWS_STORED, writer->tally.added);
    counter_add(writer->counters, COUNTER_ROWS_DUPLICATE, writer->tally.duplicates);
    writer->tally = (StoreTally){0};
    writer->is_pending = false;
    release_held(writer);
    return 0;
}

/* Who waits for an answer is not made to wait for company: while one commit syncs, the next group
 * comes together anyway. */
static int commit_wait_ms(const Writer *writer)
{
    bool hurried = writer->is_awaited && writer->options.commit_ms > WRITER_AWAITED_MS;
    return hurried ? WRITER_AWAITED_MS : writer->options.commit_ms;
}

static bool commit_is_due(const Writer *writer)
{
    if (!writer->is_pending) return false;
    if (writer->held_count * 2 >= writer->options.batch_count) return true;
    if (store_pending_bytes(writer->store) >= writer->options.commit_bytes) return true;
    int64_t age_ns = monotonic_ns(writer) - writer->pending_since_ns;
    return age_ns >= commit_wait_ms(writer) * NS_PER_MS;
}

/* Opens the failed store again, once, and brings it to where it was. */
static int try_again(Writer *writer)
{
    pthread_mutex_lock(&writer->store_lock);
    store_close(writer->store);
    writer->store = NULL;
    writer->held_appended = 0;
    writer->tally = (StoreTally){0};
    int r = open_store(writer, NULL);
    pthread_mutex_unlock(&writer->store_lock);
    if (r == 0) r = append_held(writer);
    if (r == 0) r = commit(writer);
    return r;
}

static bool is_closed(Queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    bool closed = queue->closed;
    pthread_mutex_unlock(&queue->lock);
    return closed;
}

static void say_failed(const Writer *writer, int error)
{
    char seconds[NUMBER_WORDS_MAX];
    SAY(MESSAGE_SERVE_STORE_FAILED, writer->options.language, {"error", error_words(error)},
        {"seconds", number_words(seconds, WRITER_RETRY_SECONDS)});
}

/* 0: the store works again. Negative: given up. */
static int recover(Writer *writer, int error)
{
    counter_add(writer->counters, COUNTER_STORE_FAILURES, 1);
    if (writer->options.policy == WRITER_STOP) return error;
    say_failed(writer, error);
    const Os *os = writer->options.os;
    for (;;) {
        bool last_try = is_closed(writer->work);
        for (int i = 0; i < WRITER_RETRY_SECONDS * 10 && !last_try; i++) {
            os->sleep_ns(os->state, 100 * NS_PER_MS);
            last_try = is_closed(writer->work);
        }
        int r = try_again(writer);
        if (r == 0) {
            SAY(MESSAGE_SERVE_STORE_RECOVERED, writer->options.language);
            return 0;
        }
        counter_add(writer->counters, COUNTER_STORE_FAILURES, 1);
        if (last_try) return r;
    }
}

/* The store has its own copy. A batch is held only for those who wait for its answer, and where it
 * would be appended again. */
static bool is_done_with(const Writer *writer, const Batch *batch)
{
    return writer->options.policy == WRITER_STOP && !batch->tickets && writer->held_count == 1;
}

static int take_batch(Writer *writer, Batch *batch)
{
    if (!writer->is_pending) writer->pending_since_ns = monotonic_ns(writer);
    writer->is_pending = true;
    writer->held[writer->held_count++] = batch;
    if (batch->tickets) writer->is_awaited = true;
    int r = append_held(writer);
    if (r == 0 && is_done_with(writer, batch)) release_held(writer);
    return r;
}

/* How long to wait for the next batch before a commit is due. */
static int wait_ms(const Writer *writer)
{
    if (!writer->is_pending) return TICK_MS;
    int64_t left_ns =
        commit_wait_ms(writer) * NS_PER_MS - (monotonic_ns(writer) - writer->pending_since_ns);
    return left_ns <= 0 ? 0 : (int)((left_ns + NS_PER_MS - 1) / NS_PER_MS);
}

/* Only between commits, which the store asks for. */
static void tick_when_due(Writer *writer)
{
    int64_t now = monotonic_ns(writer);
    if (writer->is_pending || now - writer->ticked_ns < TICK_MS * NS_PER_MS) return;
    writer->ticked_ns = now;
    store_tick(writer->store);
}

/* Only behind a commit, which the store asks for. */
static void seal_when_asked(Writer *writer)
{
    pthread_mutex_lock(&writer->seal_lock);
    uint64_t asked = writer->seals_asked;
    bool is_wanted = asked > writer->seals_done;
    pthread_mutex_unlock(&writer->seal_lock);
    if (!is_wanted || writer->is_pending) return;
    int r = store_seal(writer->store);
    pthread_mutex_lock(&writer->seal_lock);
    writer->seals_done = asked;
    writer->seal_result = r;
    pthread_cond_broadcast(&writer->sealed);
    pthread_mutex_unlock(&writer->seal_lock);
}

/* One turn; 1: the end is reached and all is durable. */
static int step(Writer *writer)
{
    Batch *batch = NULL;
    int r = queue_pop(writer->work, wait_ms(writer), &batch);
    bool ended = r == -EPIPE;
    if (r == 0) {
        r = take_batch(writer, batch);
        if (r < 0) return r;
    }
    tick_when_due(writer);
    if (commit_is_due(writer) || (ended && writer->is_pending)) {
        r = commit(writer);
        if (r < 0) return r;
    }
    seal_when_asked(writer);
    return ended ? 1 : 0;
}

static void *run(void *context)
{
    Writer *writer = context;
    int r = 0;
    while (r == 0) {
        r = step(writer);
        if (r < 0) r = recover(writer, r);
    }
    writer->error = r < 0 ? r : 0;
    queue_close(writer->work);
    queue_close(writer->idle);
    pthread_mutex_lock(&writer->seal_lock);
    writer->has_ended = true;
    pthread_cond_broadcast(&writer->sealed);
    pthread_mutex_unlock(&writer->seal_lock);
    return NULL;
}

static void free_writer(Writer *writer)
{
    pthread_cond_destroy(&writer->sealed);
    pthread_mutex_destroy(&writer->seal_lock);
    pthread_mutex_destroy(&writer->store_lock);
    free(writer);
}

int writer_start(const WriterOptions *options, Queue *work, Queue *idle, Counters *counters,
                 Writer **ret, Complaint *complaint)
{
    Writer *writer = calloc(1, sizeof *writer);
    if (!writer) return -ENOMEM;
    *writer = (Writer){.options = *options, .work = work, .idle = idle, .counters = counters};
    pthread_mutex_init(&writer->store_lock, NULL);
    pthread_mutex_init(&writer->seal_lock, NULL);
    pthread_cond_init(&writer->sealed, NULL);
    int r = open_store(writer, complaint);
    if (r == 0) {
        r = -pthread_create(&writer->thread, NULL, run, writer);
        if (r < 0) store_close(writer->store);
    }
    if (r < 0) {
        free_writer(writer);
        return r;
    }
    *ret = writer;
    return 0;
}

int writer_stop(Writer *writer)
{
    queue_close(writer->work);
    pthread_join(writer->thread, NULL);
    for (size_t i = 0; i < writer->held_count; i++) {
        batch_free(writer->held[i]);
    }
    store_close(writer->store);
    int r = writer->error;
    free_writer(writer);
    return r;
}

int writer_seal(Writer *writer, Batch *nothing)
{
    pthread_mutex_lock(&writer->seal_lock);
    uint64_t mine = ++writer->seals_asked;
    pthread_mutex_unlock(&writer->seal_lock);
    int r = queue_push(writer->work, nothing);
    if (r < 0) {
        batch_free(nothing);
        return r;
    }
    pthread_mutex_lock(&writer->seal_lock);
    while (writer->seals_done < mine && !writer->has_ended) {
        pthread_cond_wait(&writer->sealed, &writer->seal_lock);
    }
    r = writer->seals_done < mine ? -EIO : writer->seal_result;
    pthread_mutex_unlock(&writer->seal_lock);
    return r;
}

int writer_lend_store(Writer *writer, int (*task)(void *context, Store *store), void *context)
{
    pthread_mutex_lock(&writer->store_lock);
    int r = writer->store ? task(context, writer->store) : -EIO;
    pthread_mutex_unlock(&writer->store_lock);
    return r;
}
