/* See queue.h. */
#include "engine/queue.h"

#include "base/check.h"

#include <errno.h>
#include <time.h>

void queue_init(Queue *queue, size_t count_max)
{
    CHECK(count_max > 0 && count_max <= QUEUE_BATCHES_MAX);
    *queue = (Queue){.count_max = count_max};
    pthread_condattr_t attributes;
    CHECK(pthread_mutex_init(&queue->lock, NULL) == 0);
    CHECK(pthread_condattr_init(&attributes) == 0);
    CHECK(pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0);
    CHECK(pthread_cond_init(&queue->changed, &attributes) == 0);
    pthread_condattr_destroy(&attributes);
}

static Batch *take_first(Queue *queue)
{
    Batch *batch = queue->items[queue->head];
    queue->head = (queue->head + 1) % queue->count_max;
    queue->count--;
    return batch;
}

void queue_done(Queue *queue)
{
    while (queue->count > 0) {
        batch_free(take_first(queue));
    }
    pthread_cond_destroy(&queue->changed);
    pthread_mutex_destroy(&queue->lock);
}

int queue_push(Queue *queue, Batch *batch)
{
    pthread_mutex_lock(&queue->lock);
    while (!queue->closed && queue->count == queue->count_max) {
        pthread_cond_wait(&queue->changed, &queue->lock);
    }
    int r = queue->closed ? -EPIPE : 0;
    if (r == 0) {
        queue->items[(queue->head + queue->count) % queue->count_max] = batch;
        queue->count++;
        pthread_cond_broadcast(&queue->changed);
    }
    pthread_mutex_unlock(&queue->lock);
    return r;
}

static struct timespec deadline_after(int wait_ms)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    at.tv_sec += wait_ms / 1000;
    at.tv_nsec += (long)(wait_ms % 1000) * 1000000;
    if (at.tv_nsec >= 1000000000) {
        at.tv_sec++;
        at.tv_nsec -= 1000000000;
    }
    return at;
}

int queue_pop(Queue *queue, int wait_ms, Batch **ret)
{
    struct timespec deadline = deadline_after(wait_ms > 0 ? wait_ms : 0);
    pthread_mutex_lock(&queue->lock);
    int waited = wait_ms == 0 ? ETIMEDOUT : 0;
    while (queue->count == 0 && !queue->closed && waited != ETIMEDOUT) {
        waited = wait_ms < 0 ? pthread_cond_wait(&queue->changed, &queue->lock)
                             : pthread_cond_timedwait(&queue->changed, &queue->lock, &deadline);
    }
    int r = 0;
    if (queue->count > 0) {
        *ret = take_first(queue);
        pthread_cond_broadcast(&queue->changed);
    } else {
        r = queue->closed ? -EPIPE : -EAGAIN;
    }
    pthread_mutex_unlock(&queue->lock);
    return r;
}

void queue_close(Queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    queue->closed = true;
    pthread_cond_broadcast(&queue->changed);
    pthread_mutex_unlock(&queue->lock);
}
