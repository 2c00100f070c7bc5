/* A bounded queue of batches between two threads or more. */
#ifndef AKASHI_ENGINE_QUEUE_H
#define AKASHI_ENGINE_QUEUE_H

#include "engine/batch.h"

#include <pthread.h>

#define QUEUE_BATCHES_MAX 1024

/* shared, under lock */
typedef struct Queue {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    Batch *items[QUEUE_BATCHES_MAX];
    size_t head, count, count_max;
    bool closed;
} Queue;

void queue_init(Queue *queue, size_t count_max);
/* Frees the batches that are still in it. */
void queue_done(Queue *queue);
/* Waits for room. -EPIPE: closed; the batch is still the caller's. */
MUST_USE int queue_push(Queue *queue, Batch *batch);
/* Waits up to wait_ms (-1: for ever; 0: not at all). -EAGAIN: none came; -EPIPE: closed and empty.
 * *ret untouched on failure. */
MUST_USE int queue_pop(Queue *queue, int wait_ms, Batch **ret);
/* No more pushes; what is in it can still be popped. Wakes everybody. */
void queue_close(Queue *queue);

#endif
