/* See line_sender.h. */
#include "alert/line_sender.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

struct LineSender {
    const NotifyConfig *config; /* set at start, then read-only, as is the door */
    const Door *door;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t woken;
    Buf waiting; /* framed; shared, under lock, as are those below */
    uint64_t waiting_count;
    LineSenderState state;
    bool is_stopping;
    Buf leaving; /* owned by the thread */
    uint64_t leaving_count;
};

/* Facility 13, log audit; severities notice and warning (RFC 5424, 6.2.1). Octets are counted
 * before each message (RFC 6587, 3.4.1). */
static void add_framed(Buf *to, Slice line, int64_t at_ns, bool is_refusal)
{
    CLEANUP(buf_done) Buf message = {0};
    char time[TIME_TEXT_MAX];
    size_t time_len = time_print_rfc3339(time, at_ns / NS_PER_MS * NS_PER_MS);
    buf_add_format(&message, "<%d>1 %.*s - akashi - OPERATOR - \xef\xbb\xbf",
                   13 * 8 + (is_refusal ? 4 : 5), (int)time_len, time);
    buf_add_slice(&message, line);
    buf_add_format(to, "%zu ", message.len);
    buf_add_slice(to, buf_slice(&message));
}

void line_sender_add(LineSender *sender, Slice line, int64_t at_ns, bool is_refusal)
{
    CLEANUP(buf_done) Buf framed = {0};
    add_framed(&framed, line, at_ns, is_refusal);
    pthread_mutex_lock(&sender->lock);
    bool fits =
        buf_error(&framed) == 0 && framed.len <= LINE_SENDER_BYTES_MAX - sender->waiting.len;
    if (fits) buf_add_slice(&sender->waiting, buf_slice(&framed));
    if (fits && buf_error(&sender->waiting) == 0) {
        sender->waiting_count++;
    } else {
        sender->waiting.error = 0; /* what it had before is whole */
        sender->state.dropped++;
    }
    pthread_cond_signal(&sender->woken);
    pthread_mutex_unlock(&sender->lock);
}

LineSenderState line_sender_state(LineSender *sender)
{
    pthread_mutex_lock(&sender->lock);
    LineSenderState state = sender->state;
    pthread_mutex_unlock(&sender->lock);
    return state;
}

/* ---- the thread ------------------------------------------------------------------------------ */

/* Under the lock. A failed piece goes first, so that the order stays. */
static void take_waiting(LineSender *sender)
{
    if (sender->leaving.len > 0) return;
    Buf empty = sender->leaving;
    buf_clear(&empty);
    sender->leaving = sender->waiting;
    sender->leaving_count = sender->waiting_count;
    sender->waiting = empty;
    sender->waiting_count = 0;
}

/* Under the lock. The clock that is not set: it only waits. */
static void wait_for(LineSender *sender, int64_t ns)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    ns += until.tv_sec * NS_PER_SECOND + until.tv_nsec;
    until = (struct timespec){.tv_sec = ns / NS_PER_SECOND, .tv_nsec = ns % NS_PER_SECOND};
    int r = 0;
    while (!sender->is_stopping && r == 0)
        r = pthread_cond_timedwait(&sender->woken, &sender->lock, &until);
}

/* With the lock, which is let go meanwhile. */
static int send_off(LineSender *sender)
{
    pthread_mutex_unlock(&sender->lock);
    int r = sender->door->line(sender->door->context, sender->config, buf_slice(&sender->leaving));
    pthread_mutex_lock(&sender->lock);
    sender->state.error = r < 0 ? r : 0;
    if (r < 0) return r;
    sender->state.sent += sender->leaving_count;
    sender->leaving_count = 0;
    buf_clear(&sender->leaving);
    return 0;
}

static void *run(void *context)
{
    LineSender *sender = context;
    int64_t retry_ns = LINE_SENDER_RETRY_LEAST_NS;
    pthread_mutex_lock(&sender->lock);
    for (;;) {
        while (!sender->is_stopping && sender->waiting.len + sender->leaving.len == 0)
            pthread_cond_wait(&sender->woken, &sender->lock);
        bool is_over = sender->is_stopping &&
                       (sender->state.error < 0 || sender->waiting.len + sender->leaving.len == 0);
        if (is_over) break;
        take_waiting(sender);
        if (send_off(sender) == 0) {
            retry_ns = LINE_SENDER_RETRY_LEAST_NS;
            continue;
        }
        wait_for(sender, retry_ns);
        if (retry_ns < LINE_SENDER_RETRY_MOST_NS) retry_ns *= 2;
    }
    pthread_mutex_unlock(&sender->lock);
    return NULL;
}

static void free_sender(LineSender *sender)
{
    buf_done(&sender->waiting);
    buf_done(&sender->leaving);
    pthread_cond_destroy(&sender->woken);
    pthread_mutex_destroy(&sender->lock);
    free(sender);
}

int line_sender_start(const NotifyConfig *config, const Door *door, LineSender **ret)
{
    pthread_condattr_t attributes;
    LineSender *sender = calloc(1, sizeof *sender);
    if (!sender) return -ENOMEM;
    sender->config = config;
    sender->door = door ? door : &door_curl;
    sender->waiting = buf_make(LINE_SENDER_BYTES_MAX);
    sender->leaving = buf_make(LINE_SENDER_BYTES_MAX);
    pthread_mutex_init(&sender->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&sender->woken, &attributes);
    pthread_condattr_destroy(&attributes);
    if (pthread_create(&sender->thread, NULL, run, sender) != 0) {
        free_sender(sender);
        return -EAGAIN;
    }
    *ret = sender;
    return 0;
}

void line_sender_stop(LineSender *sender)
{
    if (!sender) return;
    pthread_mutex_lock(&sender->lock);
    sender->is_stopping = true;
    pthread_cond_signal(&sender->woken);
    pthread_mutex_unlock(&sender->lock);
    pthread_join(sender->thread, NULL);
    free_sender(sender);
}
