/* See detecting.h. What is told of one row: detecting_tell.c. */
#include "engine/detecting_int.h"

#include "store/store.h"

#include <errno.h>
#include <stdlib.h>

#define IDLE_MS 250       /* the clock is looked at so often */
#define PAUSE_LEAST_MS 50 /* between two looks into the store ... */
#define PAUSE_SHARE 10    /* ... and so many times what opening it took */
#define PAUSE_MOST_MS 2000
#define RETRY_MS 2000
#define STOP_NS (3 * NS_PER_SECOND)
#define TURN_ROWS 65536 /* seen between two looks at everything else */
#define TIDY_NS ((int64_t)3600 * NS_PER_SECOND)

enum { TURN_DONE = 1 };

int64_t detecting_clock_ns(const Detecting *detecting)
{
    return detecting->options.os->monotonic_ns(detecting->options.os->state);
}

static void count(Detecting *detecting, CounterId id, uint64_t by)
{
    counter_add(detecting->options.counters, id, by);
}

bool detecting_is_over(const Detecting *detecting)
{
    return atomic_load(&detecting->is_stopping) &&
           detecting_clock_ns(detecting) >= detecting->end_ns;
}

/* --- the store -------------------------------------------------------------------------------- */

static int64_t time_of_row(const Row *row)
{
    const Record *record = &row->record;
    bool is_known = record->time_ns != TIME_UNKNOWN && record->time_ns <= record->ingested_ns;
    return is_known ? record->time_ns : record->ingested_ns;
}

static void note_time(Detecting *detecting, int64_t time_ns)
{
    if (time_ns <= detecting->newest_ns) return;
    detecting->newest_ns = time_ns;
    detecting->newest_at_ns = detecting_clock_ns(detecting);
}

static int see_row(Detecting *detecting, const Row *row, uint64_t number)
{
    int64_t time_ns = time_of_row(row);
    count(detecting, COUNTER_DETECT_ROWS, 1);
    if (row->record.ingested_ns - time_ns > DETECTING_OLD_NS) {
        count(detecting, COUNTER_DETECT_OLD_ROWS, 1);
        return 0;
    }
    note_time(detecting, time_ns);
    return detecting_feed_row(detecting, row, number);
}

typedef struct Turn {
    Detecting *detecting;
    size_t rows;
    bool has_gap; /* the next rows are sealed already: they come in another order */
} Turn;

/* Rows that are not sealed come by number: a turn may end behind any of them. */
static int on_next_row(void *context, const Row *row, uint64_t number)
{
    Turn *turn = context;
    Detecting *detecting = turn->detecting;
    turn->has_gap = number != detecting->seen + 1;
    if (turn->has_gap) return TURN_DONE;
    int r = see_row(detecting, row, number);
    if (r < 0) return r;
    detecting->seen = number;
    bool is_enough = ++turn->rows == TURN_ROWS || detecting_is_over(detecting);
    return is_enough ? TURN_DONE : 0;
}

/* Sealed rows come by time: the position moves when all of them were seen. */
static int on_any_row(void *context, const Row *row, uint64_t number)
{
    Turn *turn = context;
    Detecting *detecting = turn->detecting;
    int r = see_row(detecting, row, number);
    if (r < 0) return r;
    if (detecting_is_over(detecting)) return -ECANCELED;
    return ++turn->rows % TURN_ROWS == 0 ? detecting_tell(detecting) : 0;
}

static int see_all(Detecting *detecting, StoreReader *reader)
{
    Turn turn = {.detecting = detecting};
    ScanRange range = {.from_ns = INT64_MIN, .to_ns = INT64_MAX, .after = detecting->seen};
    uint64_t end_row = store_reader_end_row(reader);
    detecting->is_astray = true;
    int r = store_scan(reader, &range, on_any_row, NULL, &turn);
    if (r < 0) return r;
    detecting->seen = end_row - 1;
    detecting->is_astray = false;
    return 0;
}

static int see_next(Detecting *detecting, StoreReader *reader)
{
    uint64_t end_row = store_reader_end_row(reader);
    Turn turn = {.detecting = detecting};
    ScanRange range = {
        .from_ns = INT64_MIN, .to_ns = INT64_MAX, .after = detecting->seen, .unsealed_only = true};
    int r = store_scan(reader, &range, on_next_row, NULL, &turn);
    if (r < 0) return r;
    bool is_sealed = turn.has_gap || (turn.rows == 0 && detecting->seen + 1 < end_row);
    return is_sealed ? see_all(detecting, reader) : 0;
}

static void note_behind(Detecting *detecting, uint64_t end_row)
{
    uint64_t next = detecting->seen + 1;
    atomic_store(&detecting->behind_rows, end_row > next ? end_row - next : 0);
}

/* 1: there is more; 0: all that was committed is seen. */
static int follow(Detecting *detecting)
{
    const DetectingOptions *options = &detecting->options;
    StoreReader *reader;
    int64_t begun_ns = detecting_clock_ns(detecting);
    int r = store_reader_open(options->os, options->folder, options->kek, &reader, NULL);
    if (r < 0) return r;
    detecting->open_ns = detecting_clock_ns(detecting) - begun_ns;
    uint64_t end_row = store_reader_end_row(reader);
    note_behind(detecting, end_row);
    if (detecting->seen + 1 < end_row) {
        detecting->is_changed = true;
        r = see_next(detecting, reader);
    }
    note_behind(detecting, end_row);
    if (r == 0) r = detecting_tell(detecting);
    store_reader_close(reader);
    return r < 0 ? r : detecting->seen + 1 < end_row;
}

/* --- the clock -------------------------------------------------------------------------------- */

/* Only while nothing waits to be seen: what waits is older than now. */
static int advance(Detecting *detecting)
{
    const Os *os = detecting->options.os;
    if (detecting->newest_ns == INT64_MIN) return 0;
    int64_t stream_ns =
        detecting->newest_ns + (detecting_clock_ns(detecting) - detecting->newest_at_ns);
    int64_t now_ns = os->now_ns(os->state);
    if (stream_ns > now_ns) stream_ns = now_ns;
    const DetectionSink sink = detecting_sink(detecting);
    int r = detection_advance(detecting->detection, stream_ns, &sink);
    return r < 0 ? r : detecting_tell(detecting);
}

/* --- the thread ------------------------------------------------------------------------------- */

static int tidy_when_due(Detecting *detecting)
{
    const Os *os = detecting->options.os;
    int64_t now_ns = detecting_clock_ns(detecting);
    if (now_ns - detecting->tidied_ns < TIDY_NS) return 0;
    detecting->tidied_ns = now_ns;
    int64_t keep_ns = detecting->options.keep_ns;
    int r = keep_ns > 0 ? stories_forget(detecting->stories, os->now_ns(os->state) - keep_ns) : 0;
    return r < 0 ? r : stories_tidy(detecting->stories);
}

/* As turn_over: 1: there is more to see at once. */
static int turn_over(Detecting *detecting)
{
    int r = detecting->is_astray ? detecting_begin_again(detecting) : 0, more = 0;
    if (r == 0) r = detecting_change_rules_when_due(detecting);
    if (r == 0 && atomic_exchange(&detecting->is_woken, false)) {
        r = more = follow(detecting);
        if (r != 0) atomic_store(&detecting->is_woken, true);
    }
    if (r == -ENOENT) r = more = 0; /* nothing is stored yet */
    if (r == 0) r = advance(detecting);
    if (r >= 0) detecting_note_costs(detecting);
    if (r >= 0) r = detecting_save_when_due(detecting);
    if (r >= 0) r = tidy_when_due(detecting);
    return r < 0 ? r : more;
}

static void wait_ms(Detecting *detecting, int64_t ms, bool is_wakeable)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    int64_t ns = until.tv_sec * NS_PER_SECOND + until.tv_nsec + ms * NS_PER_MS;
    until.tv_sec = ns / NS_PER_SECOND;
    until.tv_nsec = ns % NS_PER_SECOND;
    int r = 0;
    pthread_mutex_lock(&detecting->lock);
    while (r == 0 && !atomic_load(&detecting->is_stopping)) {
        if (is_wakeable && atomic_load(&detecting->is_woken)) break;
        r = pthread_cond_timedwait(&detecting->changed, &detecting->lock, &until);
    }
    pthread_mutex_unlock(&detecting->lock);
}

/* A reader costs more the more files there are: it is opened less often then. */
static int64_t pause_ms(const Detecting *detecting)
{
    int64_t ms = detecting->open_ns * PAUSE_SHARE / NS_PER_MS;
    if (ms < PAUSE_LEAST_MS) return PAUSE_LEAST_MS;
    return ms < PAUSE_MOST_MS ? ms : PAUSE_MOST_MS;
}

static void say_failed(Detecting *detecting, int error)
{
    if (detecting->said_error == error) return;
    detecting->said_error = error;
    SAY(MESSAGE_DETECT_FAILED, detecting->options.language, {"error", error_words(error)});
}

static void run_on(Detecting *detecting)
{
    while (!atomic_load(&detecting->is_stopping)) {
        int r = turn_over(detecting);
        if (r >= 0) detecting->said_error = 0;
        if (r < 0) {
            say_failed(detecting, r);
            wait_ms(detecting, RETRY_MS, false);
        } else if (r == 0) {
            wait_ms(detecting, pause_ms(detecting), false);
            wait_ms(detecting, IDLE_MS, true);
        }
    }
}

static void *run(void *context)
{
    Detecting *detecting = context;
    run_on(detecting);
    int r;
    while ((r = follow(detecting)) == 1 && !detecting_is_over(detecting)) {
    }
    if (r == 0) r = advance(detecting);
    if (r >= 0) r = detecting_save(detecting);
    if (r < 0 && r != -ECANCELED && r != -ENOENT) say_failed(detecting, r);
    return NULL;
}

/* --- start and stop --------------------------------------------------------------------------- */

static void clean_up(Detecting *detecting)
{
    detection_free(detecting->detection);
    detect_rules_free(detecting->rules);
    stories_close(detecting->stories);
    row_memory_free(detecting->memory);
    free(detecting->found);
    free(detecting->is_aside);
    arena_done(&detecting->arena);
    pthread_mutex_destroy(&detecting->lock);
    pthread_cond_destroy(&detecting->changed);
    free(detecting);
}

static Detecting *new_detecting(const DetectingOptions *options)
{
    Detecting *detecting = calloc(1, sizeof *detecting);
    if (!detecting) return NULL;
    pthread_condattr_t attributes;
    detecting->options = *options;
    detecting->newest_ns = INT64_MIN;
    detecting->end_ns = INT64_MAX;
    detecting->arena =
        (Arena){.bytes_max = 16 * DETECTING_FOUND_BYTES, .bytes_kept = DETECTING_FOUND_BYTES};
    pthread_mutex_init(&detecting->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&detecting->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    atomic_store(&detecting->is_woken, true);
    return detecting;
}

static void say_started(const Detecting *detecting)
{
    char rules[NUMBER_WORDS_MAX], row[NUMBER_WORDS_MAX];
    SAY(MESSAGE_DETECT_STARTED, detecting->options.language,
        {"rules", number_words(rules, atomic_load(&detecting->rule_count))},
        {"row", number_words(row, detecting->seen)});
}

static int prepare(Detecting *detecting)
{
    const DetectingOptions *options = &detecting->options;
    detecting->memory = row_memory_new();
    detecting->found = calloc(DETECTING_FOUND_MAX, sizeof *detecting->found);
    if (!detecting->memory || !detecting->found) return -ENOMEM;
    int r = stories_open(options->os, options->folder, options->cipher, &detecting->stories);
    if (r == 0) r = detecting_load_rules(detecting);
    if (r == 0) r = detecting_go_on(detecting);
    int64_t now_ns = detecting_clock_ns(detecting);
    detecting->looked_ns = detecting->tidied_ns = now_ns;
    detecting->save_wait_ns = DETECTING_SAVE_S * NS_PER_SECOND;
    if (r == 0)
        r = detecting_save(detecting); /* the first position is there before the first row */
    if (r == 0) say_started(detecting);
    return r;
}

int detecting_start(const DetectingOptions *options, Detecting **ret)
{
    Detecting *detecting = new_detecting(options);
    int r = detecting ? prepare(detecting) : -ENOMEM;
    if (r == 0) r = -pthread_create(&detecting->thread, NULL, run, detecting);
    if (r < 0) {
        if (detecting) clean_up(detecting);
        return r;
    }
    *ret = detecting;
    return 0;
}

static void raise_flag(Detecting *detecting, atomic_bool *flag)
{
    pthread_mutex_lock(&detecting->lock);
    atomic_store(flag, true);
    pthread_cond_signal(&detecting->changed);
    pthread_mutex_unlock(&detecting->lock);
}

void detecting_wake(Detecting *detecting)
{
    raise_flag(detecting, &detecting->is_woken);
}

void detecting_reload(Detecting *detecting)
{
    raise_flag(detecting, &detecting->is_reload_asked);
}

void detecting_stop(Detecting *detecting)
{
    if (!detecting) return;
    atomic_store(&detecting->end_ns, detecting_clock_ns(detecting) + STOP_NS);
    raise_flag(detecting, &detecting->is_stopping);
    pthread_join(detecting->thread, NULL);
    clean_up(detecting);
}

DetectingStatus detecting_status(const Detecting *detecting)
{
    return (DetectingStatus){.rules = atomic_load(&detecting->rule_count),
                             .rules_set_aside = atomic_load(&detecting->rules_set_aside),
                             .behind_rows = atomic_load(&detecting->behind_rows)};
}
