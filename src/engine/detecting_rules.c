/* See detecting_int.h: the position, what is remembered with it, and the rules. */
#include "engine/detecting_int.h"

#include "store/store.h"

#include <errno.h>
#include <stdlib.h>

/* --- the position ----------------------------------------------------------------------------- */

int detecting_save(Detecting *detecting)
{
    CLEANUP(buf_done) Buf state = buf_make(STORIES_STATE_BYTES_MAX);
    if (!detecting->is_changed || detecting->is_astray) return 0;
    int r = detection_save(detecting->detection, &state);
    if (r < 0) return r;
    const StoriesPosition position = {
        .row = detecting->seen, .time_ns = detecting->newest_ns, .state = buf_slice(&state)};
    r = stories_set_position(detecting->stories, &position);
    if (r < 0) return r;
    detecting->is_changed = false;
    detecting->saved_ns = detecting_clock_ns(detecting);
    detecting->save_wait_ns =
        (DETECTING_SAVE_S + (int64_t)(state.len >> 20) * DETECTING_SAVE_MIB_S) * NS_PER_SECOND;
    return 0;
}

int detecting_save_when_due(Detecting *detecting)
{
    bool is_due = detecting_clock_ns(detecting) - detecting->saved_ns >= detecting->save_wait_ns;
    return is_due ? detecting_save(detecting) : 0;
}

static int on_past_row(void *context, const Row *row, uint64_t number)
{
    Detecting *detecting = context;
    if (number > detecting->seen) return 0;
    if (detecting_is_over(detecting)) return -ECANCELED;
    return detecting_feed_row(detecting, row, number);
}

/* D3. */
static int refill(Detecting *detecting)
{
    const DetectingOptions *options = &detecting->options;
    int64_t window_ns = detection_window_ns(detecting->detection);
    StoreReader *reader;
    if (window_ns == 0 || detecting->newest_ns == INT64_MIN) return 0;
    uint64_t seen = detecting->seen;
    const ScanRange range = {.from_ns = detecting->newest_ns - window_ns,
                             .to_ns = INT64_MAX,
                             .after =
                                 seen > DETECTING_REFILL_ROWS ? seen - DETECTING_REFILL_ROWS : 0};
    int r = store_reader_open(options->os, options->folder, options->kek, &reader, NULL);
    if (r < 0) return r == -ENOENT ? 0 : r;
    detecting->is_silent = true;
    r = store_scan(reader, &range, on_past_row, NULL, detecting);
    detecting->is_silent = false;
    store_reader_close(reader);
    return r;
}

/* What was remembered, into the detection that is new. */
static int recall(Detecting *detecting, Slice state)
{
    int r = state.len > 0 ? detection_load(detecting->detection, state) : 0;
    if (r != 0 && r != -EBADMSG) return r < 0 ? r : 0;
    bool has_habits = r == 0 && state.len > 0;
    r = refill(detecting);
    return r == 0 && has_habits ? detection_load_habits(detecting->detection, state) : r;
}

int detecting_go_on(Detecting *detecting)
{
    const DetectingOptions *options = &detecting->options;
    CLEANUP(arena_done) Arena arena = arena_make(2 * STORIES_STATE_BYTES_MAX);
    StoriesPosition position = {.time_ns = INT64_MIN};
    int r = stories_position(detecting->stories, &arena, &position);
    bool is_first = r == -ENOENT;
    if (r < 0 && r != -ENOENT && r != -EBADMSG) return r;
    detecting->seen = position.row;
    detecting->newest_ns = position.time_ns;
    detecting->newest_at_ns = detecting_clock_ns(detecting);
    StoreReader *reader;
    r = store_reader_open(options->os, options->folder, options->kek, &reader, NULL);
    if (r < 0 && r != -ENOENT) return r;
    uint64_t end_row = r == 0 ? store_reader_end_row(reader) : 1;
    if (r == 0) store_reader_close(reader);
    /* The first time what is there is history. A store that ends before the position was restored
     * or mended: what comes now has those numbers. */
    detecting->is_changed = is_first || detecting->seen >= end_row;
    if (detecting->is_changed) detecting->seen = end_row - 1;
    return is_first ? 0 : recall(detecting, position.state);
}

/* --- the rules -------------------------------------------------------------------------------- */

/* Of this thread alone: a rule is not to blame for who else had the processor. */
static uint64_t ticks(void *context)
{
    (void)context;
    return (uint64_t)os_thread_cpu_ns();
}

static int make_detection(const Detecting *detecting, const DetectRules *rules, Detection **ret)
{
    const DetectingOptions *options = &detecting->options;
    uint64_t seed[3];
    int r = options->os->random(options->os->state, seed, sizeof seed);
    if (r < 0) return r;
    const DetectionOptions detection = {
        .matcher = {.cache_bytes = DETECTING_CACHE_BYTES,
                    .ticks = ticks,
                    .budget_ns = options->budget_ns,
                    .seed = seed[0]},
        .correlation = {.lateness_ns = CORRELATION_LATENESS_NS_DEFAULT, .seed = {seed[1], seed[2]}},
        .habits = rules->habits,
        .habit_count = rules->habit_count,
    };
    return detection_new(rules->set, &detection, ret);
}

int detecting_begin_again(Detecting *detecting)
{
    Detection *detection;
    int r = make_detection(detecting, detecting->rules, &detection);
    if (r < 0) return r;
    detection_free(detecting->detection);
    detecting->detection = detection;
    r = detecting_go_on(detecting);
    if (r == 0) detecting->is_astray = false;
    return r;
}

static size_t count_ready(const DetectRules *rules)
{
    size_t ready = 0;
    for (size_t i = 0; i < rule_set_count(rules->set); i++)
        ready += rule_set_info(rules->set, i)->state == RULE_READY;
    return ready;
}

int detecting_load_rules(Detecting *detecting)
{
    const DetectSource *source = &detecting->options.source;
    DetectRules *rules;
    Detection *detection = NULL;
    detecting->stamp = source->stamp(source->context);
    int r = source->load(source->context, &rules);
    if (r < 0) return r;
    bool *is_aside = calloc(rule_set_count(rules->set) + 1, sizeof *is_aside);
    r = is_aside ? make_detection(detecting, rules, &detection) : -ENOMEM;
    if (r < 0) {
        free(is_aside);
        detect_rules_free(rules);
        return r;
    }
    detection_free(detecting->detection);
    detect_rules_free(detecting->rules);
    free(detecting->is_aside);
    detecting->rules = rules;
    detecting->detection = detection;
    detecting->is_aside = is_aside;
    atomic_store(&detecting->rules_set_aside, 0);
    atomic_store(&detecting->rule_count, count_ready(rules));
    return 0;
}

/* Where the new ones cannot be had the old ones stay. */
static int change_rules(Detecting *detecting)
{
    CLEANUP(buf_done) Buf state = buf_make(STORIES_STATE_BYTES_MAX);
    char rules[NUMBER_WORDS_MAX];
    int r = detecting_tell(detecting); /* what waits has words of the old rules */
    if (r < 0) return r;
    r = detection_save(detecting->detection, &state);
    if (r == 0) r = detecting_load_rules(detecting);
    if (r < 0) {
        SAY(MESSAGE_RULES_UNREADABLE, detecting->options.language, {"error", error_words(r)});
        return 0;
    }
    r = recall(detecting, buf_slice(&state));
    detecting->is_changed = true;
    SAY(MESSAGE_DETECT_RULES, detecting->options.language,
        {"rules", number_words(rules, atomic_load(&detecting->rule_count))});
    return r;
}

int detecting_change_rules_when_due(Detecting *detecting)
{
    const DetectSource *source = &detecting->options.source;
    bool is_asked = atomic_exchange(&detecting->is_reload_asked, false);
    int64_t now_ns = detecting_clock_ns(detecting);
    if (!is_asked && now_ns - detecting->looked_ns < DETECTING_RULES_LOOK_S * NS_PER_SECOND)
        return 0;
    detecting->looked_ns = now_ns;
    if (!is_asked && source->stamp(source->context) == detecting->stamp) return 0;
    return change_rules(detecting);
}
