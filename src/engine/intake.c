/* See intake.h. */
#include "engine/intake.h"

#include <errno.h>

void intake_init(Intake *intake, const Os *os, Queue *idle, Queue *work, Counters *counters,
                 Language language)
{
    *intake =
        (Intake){.os = os, .idle = idle, .work = work, .counters = counters, .language = language};
    pthread_mutex_init(&intake->lock, NULL);
}

void intake_done(Intake *intake)
{
    batch_free(intake->filling);
    intake->filling = NULL;
    pthread_mutex_destroy(&intake->lock);
}

/* Under the lock. `work` holds as many as there are batches: the push never waits. */
static void pass_on(Intake *intake)
{
    Batch *batch = intake->filling;
    intake->filling = NULL;
    if (batch && queue_push(intake->work, batch) < 0) batch_free(batch);
}

static int take_batch(Intake *intake)
{
    if (intake->filling) return 0;
    int r = queue_pop(intake->idle, 0, &intake->filling);
    if (r == 0) {
        intake->filling->begun_ns = intake->os->monotonic_ns(intake->os->state);
        return 0;
    }
    counter_add(intake->counters, COUNTER_QUEUE_FULL, 1);
    if (!intake->told_full) SAY(MESSAGE_SERVE_QUEUE_FULL, intake->language);
    intake->told_full = true;
    return -EAGAIN;
}

/* Under the lock. The batch stays the one being filled, so that a ticket can still go with it. */
static int take_message(Intake *intake, const Message *message)
{
    const Batch *filling = intake->filling;
    if (filling && (filling->bytes.len >= INTAKE_BATCH_BYTES_MAX ||
                    filling->message_count == BATCH_MESSAGES_MAX)) {
        pass_on(intake);
    }
    int r = take_batch(intake);
    if (r == 0) r = batch_take_message(intake->filling, message, intake->number);
    if (r == 0) intake->number++;
    return r;
}

static int on_message(void *context, const Message *message)
{
    Intake *intake = context;
    pthread_mutex_lock(&intake->lock);
    int r = take_message(intake, message);
    if (r == 0 && intake->filling->bytes.len >= INTAKE_BATCH_BYTES_MAX) pass_on(intake);
    pthread_mutex_unlock(&intake->lock);
    return r;
}

static ssize_t on_group(void *context, const Message *group, size_t count, bool first,
                        Ticket *ticket)
{
    Intake *intake = context;
    size_t taken = 0;
    int r = 0;
    pthread_mutex_lock(&intake->lock);
    if (first && ticket) ticket->from = intake->number;
    for (; taken < count; taken++) {
        r = take_message(intake, &group[taken]);
        if (r < 0) break;
    }
    if (taken == count && ticket && intake->filling) {
        ticket->to = intake->number;
        ticket->next = intake->filling->tickets;
        intake->filling->tickets = ticket;
    }
    if (intake->filling && intake->filling->bytes.len >= INTAKE_BATCH_BYTES_MAX) pass_on(intake);
    pthread_mutex_unlock(&intake->lock);
    return taken > 0 ? (ssize_t)taken : -EAGAIN;
}

static void on_flush(void *context)
{
    intake_pass_on(context);
}

MessageSink intake_sink(Intake *intake)
{
    return (MessageSink){
        .message = on_message, .group = on_group, .flush = on_flush, .context = intake};
}

void intake_pass_on(Intake *intake)
{
    pthread_mutex_lock(&intake->lock);
    pass_on(intake);
    pthread_mutex_unlock(&intake->lock);
}

bool intake_pass_on_when_due(Intake *intake)
{
    int64_t now_ns = intake->os->monotonic_ns(intake->os->state);
    pthread_mutex_lock(&intake->lock);
    bool old =
        intake->filling && now_ns - intake->filling->begun_ns >= INTAKE_BATCH_AGE_MS * NS_PER_MS;
    if (old) pass_on(intake);
    bool waits = intake->filling != NULL;
    pthread_mutex_unlock(&intake->lock);
    return waits;
}
