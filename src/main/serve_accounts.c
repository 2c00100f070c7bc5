/* See serve_accounts.h. */
#include "main/serve_accounts.h"

#include "alert/line_sender.h"
#include "base/digest.h"
#include "main/account_setup.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#define ROOM_WAIT_NS (20 * NS_PER_MS) /* between two tries to give the sink a line */
#define SPOOL_LINES_A_TICK 200
#define SWEEP_TICKS 60

struct ServeAccounts {
    AccountSetup setup;
    Accounts *accounts;
    MessageSink sink;
    unsigned ticks;
    const Invocation *invocation;
    const NotifyConfig *notify;
    LineSender *sender; /* NULL: lines are not sent on */
    bool is_unsent_told;
};

/* ---- one line, until it is durable ----------------------------------------------------------- */

/* Freed by whoever comes last: the one who waits, or the engine that settles it. */
typedef struct Waiting {
    Ticket ticket;
    pthread_mutex_t lock;
    pthread_cond_t settled;
    bool is_settled; /* shared, under lock */
    bool is_left;    /* shared, under lock: nobody waits any more */
    int result;
} Waiting;

static void waiting_free(Waiting *waiting)
{
    pthread_cond_destroy(&waiting->settled);
    pthread_mutex_destroy(&waiting->lock);
    free(waiting);
}

static void on_settled(Ticket *ticket, int result)
{
    Waiting *waiting = (Waiting *)ticket; /* its first member */
    pthread_mutex_lock(&waiting->lock);
    bool is_left = waiting->is_left;
    waiting->is_settled = true;
    waiting->result = result;
    pthread_cond_signal(&waiting->settled);
    pthread_mutex_unlock(&waiting->lock);
    if (is_left) waiting_free(waiting);
}

static Waiting *waiting_new(void)
{
    pthread_condattr_t monotonic;
    Waiting *waiting = calloc(1, sizeof *waiting);
    if (!waiting) return NULL;
    waiting->ticket.settled = on_settled;
    pthread_mutex_init(&waiting->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&waiting->settled, &monotonic);
    pthread_condattr_destroy(&monotonic);
    return waiting;
}

static struct timespec moment_of(int64_t ns)
{
    return (struct timespec){.tv_sec = ns / NS_PER_SECOND, .tv_nsec = ns % NS_PER_SECOND};
}

/* The ticket is the engine's already. */
static int wait_until(Waiting *waiting, int64_t until_ns)
{
    const struct timespec until = moment_of(until_ns);
    int r = 0;
    pthread_mutex_lock(&waiting->lock);
    while (!waiting->is_settled && r == 0)
        r = -pthread_cond_timedwait(&waiting->settled, &waiting->lock, &until);
    bool is_settled = waiting->is_settled;
    waiting->is_left = true;
    r = is_settled ? waiting->result : -EIO;
    pthread_mutex_unlock(&waiting->lock);
    if (is_settled) waiting_free(waiting);
    return r;
}

/* While receiving waits for the store, so does this. */
static int offer(const MessageSink *sink, const Message *message, Waiting *waiting,
                 int64_t until_ns)
{
    ssize_t taken;
    while ((taken = sink->group(sink->context, message, 1, true, &waiting->ticket)) == -EAGAIN) {
        if (os_real.monotonic_ns(os_real.state) >= until_ns) return -EIO;
        os_real.sleep_ns(os_real.state, ROOM_WAIT_NS);
    }
    return taken == 1 ? 0 : (int)taken;
}

/* key_of: what makes the line the same one when it comes again; 0: nothing does. */
static int store_line(const MessageSink *sink, Slice line, uint64_t key_of)
{
    int64_t until_ns = os_real.monotonic_ns(os_real.state) + OPERATOR_WAIT_MS * NS_PER_MS;
    Message message = {
        .bytes = line, .origin = "akashi/operator", .received_ns = os_real.now_ns(os_real.state)};
    Waiting *waiting = waiting_new();
    if (!waiting) return -ENOMEM;
    if (key_of > 0) {
        const Slice parts[] = {slice_of(&key_of, sizeof key_of), line};
        Digest digest = digest_sha256(parts, ARRAY_COUNT(parts));
        memcpy(message.key, digest.bytes, sizeof message.key);
    }
    int r = offer(sink, &message, waiting, until_ns);
    if (r < 0) {
        waiting_free(waiting);
        return r;
    }
    if (sink->flush) sink->flush(sink->context);
    return wait_until(waiting, until_ns);
}

static int write_act(void *context, const OperatorAct *act)
{
    ServeAccounts *held = context;
    CLEANUP(buf_done) Buf line = buf_make(OPERATOR_LINE_BYTES_MAX);
    operator_line_add(&line, act);
    int r = buf_error(&line);
    if (r == 0) r = store_line(&held->sink, buf_slice(&line), 0);
    if (r == 0 && held->sender)
        line_sender_add(held->sender, buf_slice(&line), act->at_ns, act->failed);
    return r;
}

static int take_line(void *context, uint64_t number, Slice line)
{
    ServeAccounts *held = context;
    int r = store_line(&held->sink, line, number);
    if (r == 0 && held->sender)
        line_sender_add(held->sender, line, os_real.now_ns(os_real.state), false);
    return r;
}

/* ---- sending on ------------------------------------------------------------------------------ */

int serve_accounts_send_on(ServeAccounts *held, const NotifyConfig *config)
{
    Complaint complaint = {0};
    if (!config || !sink_syslog.is_set(config)) {
        complaint_say(
            &complaint, "operator_log.no_receiver",
            "alert.syslog_operator_log is yes, but alert.syslog_server names no receiver",
            "alert.syslog_operator_log が yes ですが、送り先の alert.syslog_server がありま"
            "せん");
        say_complaint(&complaint, held->invocation->language);
        return -EINVAL;
    }
    held->notify = config;
    return line_sender_start(config, NULL, &held->sender);
}

/* Said when it begins and not each time. */
static void look_at_sender(ServeAccounts *held)
{
    LineSenderState state = line_sender_state(held->sender);
    Complaint complaint = {0};
    if (state.error < 0 && !held->is_unsent_told) {
        sink_explain(&sink_syslog, held->notify, state.error, &complaint);
        say_complaint(&complaint, held->invocation->language);
    }
    held->is_unsent_told = state.error < 0;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static int say_failed(const Invocation *invocation, int error)
{
    Complaint complaint = {0};
    account_explain(error, invocation->folder, &complaint);
    say_complaint(&complaint, invocation->language);
    return error;
}

int serve_accounts_open(const Invocation *invocation, const Secret *kek, MessageSink sink,
                        ServeAccounts **ret)
{
    ServeAccounts *held = calloc(1, sizeof *held);
    if (!held) return say_failed(invocation, -ENOMEM);
    held->sink = sink;
    held->invocation = invocation;
    int r = account_setup(invocation, kek, &held->setup);
    if (r == 0) {
        held->setup.options.log = (OperatorLog){.context = held, .write = write_act};
        r = accounts_open(&held->setup.options, &held->accounts);
        if (r < 0) say_failed(invocation, r);
    }
    if (r < 0) {
        serve_accounts_close(held);
        return r;
    }
    *ret = held;
    return 0;
}

Accounts *serve_accounts(const ServeAccounts *held)
{
    return held->accounts;
}

/* What cannot be taken over now stays where it is, and is tried again. */
void serve_accounts_tick(ServeAccounts *held)
{
    if (held->sender) look_at_sender(held);
    int taken = account_spool_take(held->accounts, SPOOL_LINES_A_TICK, take_line, held);
    if (taken >= 0 && ++held->ticks % SWEEP_TICKS == 0) {
        int r = account_sweep(held->accounts);
        (void)r; /* only tidies; it is done again */
    }
}

void serve_accounts_close(ServeAccounts *held)
{
    if (!held) return;
    accounts_close(held->accounts);
    line_sender_stop(held->sender);
    account_setup_done(&held->setup);
    free(held);
}
