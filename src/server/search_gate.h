/* Turns at searching: so many at once, each with an end to its time. */
#ifndef AKASHI_SERVER_SEARCH_GATE_H
#define AKASHI_SERVER_SEARCH_GATE_H

#include "base/cleanup.h"
#include "server/server.h"

#include <pthread.h>
#include <stdatomic.h>

typedef struct SearchTurn {
    bool taken;          /* shared, under lock */
    int64_t deadline_ns; /* shared, under lock; monotonic */
    atomic_bool cancel;  /* set at the deadline, or when the gate closes */
} SearchTurn;

typedef struct SearchGate {
    pthread_mutex_t lock;
    pthread_cond_t freed;   /* a turn was given back */
    pthread_cond_t changed; /* for the watch: a deadline was set, or the gate closes */
    pthread_t watch;        /* sets cancel at the deadlines */
    bool closing;           /* shared, under lock */
    SearchTurn turns[SERVER_SEARCHES_MAX];
} SearchGate;

MUST_USE int search_gate_open(SearchGate *gate);
/* Waits for a turn. NULL: none came within SERVER_WAIT_SECONDS_MAX, or the gate closes. */
SearchTurn *search_gate_enter(SearchGate *gate);
void search_gate_leave(SearchGate *gate, SearchTurn *turn);
/* Ends all turns and lets nobody in any more; the gate stays usable. */
void search_gate_shut(SearchGate *gate);
/* After the last turn was given back. */
void search_gate_close(SearchGate *gate);

#endif
