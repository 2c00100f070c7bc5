/* Between detecting.c (the thread: what is seen, when) and detecting_tell.c (what is told of it).
 */
#ifndef AKASHI_ENGINE_DETECTING_INT_H
#define AKASHI_ENGINE_DETECTING_INT_H

#include "engine/detecting.h"

#include "alert/story.h"
#include "engine/row_memory.h"

#include <pthread.h>
#include <stdatomic.h>

struct Detecting {
    DetectingOptions options; /* set at start, then read-only */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    /* shared */
    atomic_bool is_stopping, is_woken, is_reload_asked;
    _Atomic int64_t end_ns; /* monotonic: when stopping, no longer than that */
    atomic_uint_fast64_t behind_rows, rule_count, rules_set_aside;
    /* owned by the thread */
    Stories *stories;
    DetectRules *rules;
    Detection *detection;
    bool *is_aside;                  /* by rule: it was said */
    uint64_t stamp;                  /* of the files the rules are from */
    uint64_t seen;                   /* number of the last row that was seen */
    int64_t newest_ns, newest_at_ns; /* time of the newest event; monotonic, when it came */
    int64_t open_ns;                 /* what opening a reader took */
    int64_t saved_ns, save_wait_ns, looked_ns, tidied_ns; /* monotonic */
    bool is_changed;                                      /* since the position was saved */
    bool is_astray; /* more was seen than `seen` says: begin again at the saved position */
    bool is_silent; /* nobody is told: these rows were seen before */
    int said_error;
    RowMemory *memory;
    AlertFinding *found; /* DETECTING_FOUND_MAX: they wait for the stories; texts in the arena */
    size_t found_count;
    unsigned fetches; /* from the store, since the last telling */
    Arena arena;
    const Row *row; /* during detecting_feed_row */
    uint64_t number;
};

int64_t detecting_clock_ns(const Detecting *detecting); /* monotonic */
/* Stopping, and the time for it is up. */
bool detecting_is_over(const Detecting *detecting);

/* detecting_rules.c */
/* Reads the rules and makes the detection that asks them. As DetectSource.load; -ENOMEM. */
MUST_USE int detecting_load_rules(Detecting *detecting);
/* To where the saved position says, with what is remembered there. As stories_position and
 * store_scan. */
MUST_USE int detecting_go_on(Detecting *detecting);
/* After a scan of sealed rows that was cut off: with the memory of the saved position they are seen
 * again as if for the first time. */
MUST_USE int detecting_begin_again(Detecting *detecting);
/* Where the new ones cannot be had the old ones stay. */
MUST_USE int detecting_change_rules_when_due(Detecting *detecting);
MUST_USE int detecting_save(Detecting *detecting);
MUST_USE int detecting_save_when_due(Detecting *detecting);

/* detecting_tell.c */
/* The row to all rules. -ENOMEM, or why the findings cannot be put into the stories. */
MUST_USE int detecting_feed_row(Detecting *detecting, const Row *row, uint64_t number);
DetectionSink detecting_sink(Detecting *detecting);
/* What waits goes into the stories. As stories_add: then it still waits. */
MUST_USE int detecting_tell(Detecting *detecting);
/* Says which rules were set aside since. */
void detecting_note_costs(Detecting *detecting);

#endif
