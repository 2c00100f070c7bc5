/* See self_check.h. */
#include "engine/self_check.h"

#include "base/time_text.h"
#include "store/ops/verify_threads.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define PAUSE_NS (200 * NS_PER_MS) /* between segments, and between looks at the clock */

struct SelfCheck {
    SelfCheckOptions options;
    void (*found)(void *context, Slice line);
    void *context;
    pthread_t thread;
};

static bool is_stopped(const SelfCheckOptions *options)
{
    return atomic_load(options->stopping);
}

/* Severity 2, critical; facility 10, security: RFC 5424 section 6.2.1. */
static void say(const Os *os, const char *file, const SegmentFinding *finding, char *to)
{
    char when[TIME_TEXT_MAX];
    size_t len = time_print_rfc3339(when, os->now_ns(os->state));
    snprintf(to, SELF_CHECK_WORDS_MAX,
             "<82>1 %.*s - akashi.self - verify - stored logs do not hold: %s %s block %llu",
             (int)len, when, finding->id, file, (unsigned long long)finding->block);
}

/* In the caller's thread alone, with rests: nobody waits for it. */
static int check_all(const SelfCheckOptions *options, const StoreReader *reader, char *words)
{
    const VerifyThreads threads = {.count = 1, .stopping = options->stopping, .pause_ns = PAUSE_NS};
    SegmentFinding finding;
    size_t index;
    int r = store_verify_threads(reader, &threads, &index, &finding);
    if (r == 1) say(options->os, store_reader_segment_info(reader, index)->file, &finding, words);
    return r;
}

int self_check_once(const SelfCheckOptions *options, char words[SELF_CHECK_WORDS_MAX])
{
    StoreReader *reader;
    int r = store_reader_open(options->os, options->folder, options->kek, &reader, NULL);
    if (r < 0) return r;
    r = check_all(options, reader, words);
    store_reader_close(reader);
    return r;
}

static bool wait_until(const SelfCheckOptions *options, int64_t due_ns)
{
    const Os *os = options->os;
    while (!is_stopped(options) && os->monotonic_ns(os->state) < due_ns) {
        os->sleep_ns(os->state, PAUSE_NS);
    }
    return !is_stopped(options);
}

static void *run(void *context)
{
    SelfCheck *check = context;
    const Os *os = check->options.os;
    int64_t due_ns = os->monotonic_ns(os->state) + SELF_CHECK_FIRST_S * NS_PER_SECOND;
    os_thread_background();
    while (wait_until(&check->options, due_ns)) {
        char words[SELF_CHECK_WORDS_MAX];
        if (self_check_once(&check->options, words) == 1) {
            check->found(check->context, slice_from_cstr(words));
        }
        due_ns = os->monotonic_ns(os->state) + SELF_CHECK_EVERY_S * NS_PER_SECOND;
    }
    return NULL;
}

int self_check_start(const SelfCheckOptions *options, void (*found)(void *context, Slice line),
                     void *context, SelfCheck **ret)
{
    SelfCheck *check = calloc(1, sizeof *check);
    if (!check) return -ENOMEM;
    *check = (SelfCheck){.options = *options, .found = found, .context = context};
    int r = -pthread_create(&check->thread, NULL, run, check);
    if (r < 0) {
        free(check);
        return r;
    }
    *ret = check;
    return 0;
}

void self_check_stop(SelfCheck *check)
{
    if (!check) return;
    pthread_join(check->thread, NULL);
    free(check);
}
