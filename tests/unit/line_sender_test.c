/* alert/line_sender: lines go out in their order, wait for a receiver that is away, and are
 * bounded. */
#include "alert/line_sender.h"
#include "tests/support/tap.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int error;  /* to be answered */
    bool holds; /* nothing is answered */
    unsigned calls;
    Buf got;
} receiver = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static int take(void *context, const NotifyConfig *config, Slice bytes)
{
    (void)context, (void)config;
    pthread_mutex_lock(&receiver.lock);
    receiver.calls++;
    pthread_cond_broadcast(&receiver.changed);
    while (receiver.holds)
        pthread_cond_wait(&receiver.changed, &receiver.lock);
    int r = receiver.error;
    if (r == 0) buf_add_slice(&receiver.got, bytes);
    pthread_mutex_unlock(&receiver.lock);
    return r;
}

static const Door door = {.line = take};
static const NotifyConfig config = {.syslog_server = "192.0.2.9:601"};

static LineSender *start(int error)
{
    LineSender *sender = NULL;
    buf_done(&receiver.got);
    receiver.got = (Buf){0};
    receiver.error = error;
    receiver.calls = 0;
    expect_ok(line_sender_start(&config, &door, &sender));
    return sender;
}

static void set(int error, bool holds)
{
    pthread_mutex_lock(&receiver.lock);
    receiver.error = error;
    receiver.holds = holds;
    pthread_cond_broadcast(&receiver.changed);
    pthread_mutex_unlock(&receiver.lock);
}

static void wait_for_call(unsigned number)
{
    pthread_mutex_lock(&receiver.lock);
    while (receiver.calls < number)
        pthread_cond_wait(&receiver.changed, &receiver.lock);
    pthread_mutex_unlock(&receiver.lock);
}

static void in_the_form_of_syslog(void)
{
    LineSender *sender = start(0);
    line_sender_add(sender, SLICE("{\"a\":1}"), (int64_t)1795164000 * NS_PER_SECOND, false);
    line_sender_add(sender, SLICE("{\"b\":2}"), (int64_t)1795164001 * NS_PER_SECOND, true);
    line_sender_stop(sender); /* what waits goes out first */
    expect_text(buf_slice(&receiver.got),
                "60 <109>1 2026-11-20T08:40:00Z - akashi - OPERATOR - \xef\xbb\xbf{\"a\":1}"
                "60 <108>1 2026-11-20T08:40:01Z - akashi - OPERATOR - \xef\xbb\xbf{\"b\":2}");
    line_sender_stop(NULL);
}

static void a_receiver_that_is_away_is_tried_again(void)
{
    LineSender *sender = start(-ECONNREFUSED);
    line_sender_add(sender, SLICE("first"), 0, false);
    wait_for_call(1);
    while (line_sender_state(sender).error == 0) {
    }
    expect_int(line_sender_state(sender).error, -ECONNREFUSED);
    line_sender_add(sender, SLICE("second"), 0, false);
    set(0, false);
    wait_for_call(3); /* the first again, then the second */
    line_sender_stop(sender);
    Slice got = buf_slice(&receiver.got);
    size_t first = slice_find(got, SLICE("first")), second = slice_find(got, SLICE("second"));
    expect(first != SLICE_NOT_FOUND && second != SLICE_NOT_FOUND && first < second);
}

static void what_is_over_the_maximum_is_counted(void)
{
    static char large[(size_t)1 << 20];
    memset(large, 'x', sizeof large);
    set(0, true);
    LineSender *sender = start(0);
    line_sender_add(sender, SLICE("small"), 0, false);
    wait_for_call(1);
    for (int i = 0; i < 6; i++)
        line_sender_add(sender, slice_of(large, sizeof large), 0, false);
    LineSenderState state = line_sender_state(sender);
    expect_int(state.dropped, 3); /* three and their heads fit into 4 MiB */
    set(0, false);
    line_sender_stop(sender);
    expect(receiver.got.len > 3 * sizeof large && receiver.got.len < 4 * sizeof large);
}

static void an_end_without_the_receiver(void)
{
    LineSender *sender = start(-ETIMEDOUT);
    line_sender_add(sender, SLICE("lost"), 0, false);
    wait_for_call(1);
    line_sender_stop(sender); /* returns, although nobody has taken it */
    expect_int(receiver.got.len, 0);
    buf_done(&receiver.got);
}

static const TapTest tests[] = {
    TAP_TEST(in_the_form_of_syslog),
    TAP_TEST(a_receiver_that_is_away_is_tried_again),
    TAP_TEST(what_is_over_the_maximum_is_counted),
    TAP_TEST(an_end_without_the_receiver),
};

TAP_MAIN(tests)
