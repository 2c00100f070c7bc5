/* See notifier.h. */
#include "alert/notifier.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#define FORGET_EVERY_NS ((int64_t)3600 * NS_PER_SECOND)
#define NOTICE_BYTES_MAX ((size_t)64 << 20)

static int tell_job(Stories *stories, const NotifierOptions *options, unsigned sink,
                    const OutboxJob *job, int64_t now_ns)
{
    CLEANUP(arena_done) Arena arena = arena_make(NOTICE_BYTES_MAX);
    const Notice *notice;
    int r = notice_make(stories, job, options->config, sink, now_ns, &arena, &notice);
    if (r < 0) return r;
    const SinkCall call = {.os = options->os,
                           .config = options->config,
                           .door = options->door ? options->door : &door_curl,
                           .notice = notice};
    return alert_sinks[sink]->tell(&call);
}

int notifier_turn(Stories *stories, const NotifierOptions *options, unsigned sink,
                  int64_t *ret_next_ns)
{
    const Os *os = options->os;
    OutboxJob job;
    int r = outbox_collect(stories, sink, options->config->least, os->now_ns(os->state));
    if (r < 0) return r;
    int64_t now_ns = os->now_ns(os->state);
    r = outbox_take(stories, sink, now_ns, &job, ret_next_ns);
    if (r <= 0) return r;
    int error = tell_job(stories, options, sink, &job, now_ns);
    if (options->news) options->news(options->news_context, alert_sinks[sink], error, job.total);
    r = outbox_settle(stories, &job, error, os->now_ns(os->state));
    return r < 0 ? r : 1;
}

/* ---- threads */

typedef struct SinkThread {
    Notifier *notifier;
    Stories *stories; /* the thread's own */
    unsigned sink;
    bool is_running;
    pthread_t thread;
} SinkThread;

struct Notifier {
    NotifierOptions options; /* set at start, then read-only */
    pthread_mutex_t lock;
    pthread_cond_t woken;
    atomic_bool is_stopping;
    unsigned caretaker; /* the sink whose thread also reminds and forgets */
    int64_t forgot_ns;  /* owned by that thread */
    SinkThread threads[ALERT_SINK_COUNT];
};

/* The events' clock may be set; waiting goes by the other one. */
static void wait_a_little(Notifier *notifier)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    int64_t ns = until.tv_sec * NS_PER_SECOND + until.tv_nsec + NOTIFIER_POLL_NS;
    until.tv_sec = ns / NS_PER_SECOND;
    until.tv_nsec = ns % NS_PER_SECOND;
    pthread_mutex_lock(&notifier->lock);
    if (!notifier->is_stopping) pthread_cond_timedwait(&notifier->woken, &notifier->lock, &until);
    pthread_mutex_unlock(&notifier->lock);
}

/* What one thread does for all. */
static int look_after(SinkThread *thread)
{
    Notifier *notifier = thread->notifier;
    const NotifierOptions *options = &notifier->options;
    if (thread->sink != notifier->caretaker) return 0;
    int64_t now_ns = options->os->now_ns(options->os->state);
    int r = 0;
    if (options->escalate_ns > 0)
        r = stories_escalate(thread->stories, options->escalate_ns, options->config->least, now_ns);
    if (r < 0 || options->keep_ns <= 0 || now_ns - notifier->forgot_ns < FORGET_EVERY_NS) return r;
    notifier->forgot_ns = now_ns;
    return stories_forget(thread->stories, now_ns - options->keep_ns);
}

/* A full disk or a file held by another ends nothing: it is told, and tried again. */
static void *run_sink(void *context)
{
    SinkThread *thread = context;
    Notifier *notifier = thread->notifier;
    const NotifierOptions *options = &notifier->options;
    while (!notifier->is_stopping) {
        int64_t next_ns;
        int r = look_after(thread);
        if (r >= 0) r = notifier_turn(thread->stories, options, thread->sink, &next_ns);
        if (r < 0 && options->news)
            options->news(options->news_context, alert_sinks[thread->sink], r, 0);
        if (r != 1) wait_a_little(notifier);
    }
    return NULL;
}

static int start_sink(Notifier *notifier, unsigned sink)
{
    const NotifierOptions *options = &notifier->options;
    SinkThread *thread = &notifier->threads[sink];
    thread->notifier = notifier;
    thread->sink = sink;
    int r = stories_open(options->os, options->folder, options->cipher, &thread->stories);
    if (r < 0) return r;
    if (pthread_create(&thread->thread, NULL, run_sink, thread) != 0) return -EAGAIN;
    thread->is_running = true;
    return 0;
}

static Notifier *new_notifier(const NotifierOptions *options)
{
    Notifier *notifier = calloc(1, sizeof *notifier);
    if (!notifier) return NULL;
    pthread_condattr_t attributes;
    notifier->options = *options;
    notifier->caretaker = ALERT_SINK_COUNT;
    pthread_mutex_init(&notifier->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&notifier->woken, &attributes);
    pthread_condattr_destroy(&attributes);
    return notifier;
}

int notifier_start(const NotifierOptions *options, Notifier **ret)
{
    Notifier *notifier = new_notifier(options);
    int r = notifier ? 0 : -ENOMEM;
    for (unsigned sink = 0; r == 0 && sink < ALERT_SINK_COUNT; sink++) {
        if (!alert_sinks[sink]->is_set(options->config)) continue;
        if (notifier->caretaker == ALERT_SINK_COUNT) notifier->caretaker = sink;
        r = start_sink(notifier, sink);
    }
    if (r < 0)
        notifier_stop(notifier);
    else
        *ret = notifier;
    return r;
}

void notifier_stop(Notifier *notifier)
{
    if (!notifier) return;
    pthread_mutex_lock(&notifier->lock);
    notifier->is_stopping = true;
    pthread_cond_broadcast(&notifier->woken);
    pthread_mutex_unlock(&notifier->lock);
    for (unsigned sink = 0; sink < ALERT_SINK_COUNT; sink++) {
        SinkThread *thread = &notifier->threads[sink];
        if (thread->is_running) pthread_join(thread->thread, NULL);
        stories_close(thread->stories);
    }
    pthread_cond_destroy(&notifier->woken);
    pthread_mutex_destroy(&notifier->lock);
    free(notifier);
}
