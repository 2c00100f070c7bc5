/* See search_gate.h. Deadlines are absolute times of CLOCK_MONOTONIC, because pthread conditions
 * wait by a clock of the system and by no other. */
#include "server/search_gate.h"

#include "base/time_text.h"

#include <errno.h>
#include <time.h>

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * NS_PER_SECOND + now.tv_nsec;
}

static struct timespec timespec_of(int64_t ns)
{
    return (struct timespec){.tv_sec = ns / NS_PER_SECOND, .tv_nsec = ns % NS_PER_SECOND};
}

/* Cancels what is past its time; the next deadline, or INT64_MAX. */
static int64_t cancel_late(SearchGate *gate)
{
    int64_t now = now_ns(), next = INT64_MAX;
    for (size_t i = 0; i < SERVER_SEARCHES_MAX; i++) {
        SearchTurn *turn = &gate->turns[i];
        if (!turn->taken || atomic_load(&turn->cancel)) continue;
        if (turn->deadline_ns <= now) {
            atomic_store(&turn->cancel, true);
        } else if (turn->deadline_ns < next) {
            next = turn->deadline_ns;
        }
    }
    return next;
}

static void *keep_watch(void *context)
{
    SearchGate *gate = context;
    pthread_mutex_lock(&gate->lock);
    while (!gate->closing) {
        int64_t next = cancel_late(gate);
        if (next == INT64_MAX) {
            pthread_cond_wait(&gate->changed, &gate->lock);
        } else {
            struct timespec until = timespec_of(next);
            pthread_cond_timedwait(&gate->changed, &gate->lock, &until);
        }
    }
    pthread_mutex_unlock(&gate->lock);
    return NULL;
}

int search_gate_open(SearchGate *gate)
{
    pthread_condattr_t monotonic;
    *gate = (SearchGate){0};
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&gate->lock, NULL);
    pthread_cond_init(&gate->freed, &monotonic);
    pthread_cond_init(&gate->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    int error = pthread_create(&gate->watch, NULL, keep_watch, gate);
    return -error;
}

static SearchTurn *free_turn(SearchGate *gate)
{
    for (size_t i = 0; i < SERVER_SEARCHES_MAX; i++) {
        if (!gate->turns[i].taken) return &gate->turns[i];
    }
    return NULL;
}

SearchTurn *search_gate_enter(SearchGate *gate)
{
    struct timespec until = timespec_of(now_ns() + SERVER_WAIT_SECONDS_MAX * NS_PER_SECOND);
    SearchTurn *turn;
    int error = 0;
    pthread_mutex_lock(&gate->lock);
    while (!(turn = free_turn(gate)) && !gate->closing && error == 0) {
        error = pthread_cond_timedwait(&gate->freed, &gate->lock, &until);
    }
    if (gate->closing) turn = NULL;
    if (turn) {
        turn->taken = true;
        turn->deadline_ns = now_ns() + SERVER_SEARCH_SECONDS_MAX * NS_PER_SECOND;
        atomic_store(&turn->cancel, false);
        pthread_cond_signal(&gate->changed);
    }
    pthread_mutex_unlock(&gate->lock);
    return turn;
}

void search_gate_leave(SearchGate *gate, SearchTurn *turn)
{
    pthread_mutex_lock(&gate->lock);
    turn->taken = false;
    pthread_cond_signal(&gate->freed);
    pthread_mutex_unlock(&gate->lock);
}

void search_gate_shut(SearchGate *gate)
{
    pthread_mutex_lock(&gate->lock);
    gate->closing = true;
    for (size_t i = 0; i < SERVER_SEARCHES_MAX; i++) {
        atomic_store(&gate->turns[i].cancel, true);
    }
    pthread_cond_broadcast(&gate->freed);
    pthread_cond_broadcast(&gate->changed);
    pthread_mutex_unlock(&gate->lock);
}

void search_gate_close(SearchGate *gate)
{
    search_gate_shut(gate);
    pthread_join(gate->watch, NULL);
    pthread_cond_destroy(&gate->freed);
    pthread_cond_destroy(&gate->changed);
    pthread_mutex_destroy(&gate->lock);
}
