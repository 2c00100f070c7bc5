#include "server/api/api_stream.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct ApiStream {
    ApiMaker maker; /* set at start, then read-only */
    pthread_t thread;
    atomic_bool cancel;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool ended;      /* the maker has returned; shared, under lock, as are those below */
    size_t at, held; /* the ring's first byte and how many it holds */
    char ring[API_STREAM_BYTES_MAX];
};

static atomic_uint streams_open;

static bool take_place(void)
{
    if (atomic_fetch_add(&streams_open, 1) < API_STREAMS_MAX) return true;
    atomic_fetch_sub(&streams_open, 1);
    return false;
}

static void *run(void *given)
{
    ApiStream *stream = given;
    stream->maker.make(stream->maker.context, stream);
    pthread_mutex_lock(&stream->lock);
    stream->ended = true;
    pthread_cond_broadcast(&stream->changed);
    pthread_mutex_unlock(&stream->lock);
    return NULL;
}

/* Deadlines are of the clock that nobody sets. */
static void init(ApiStream *stream, const ApiMaker *maker)
{
    pthread_condattr_t steady;
    stream->maker = *maker;
    stream->at = stream->held = 0;
    stream->ended = false;
    atomic_init(&stream->cancel, false);
    pthread_mutex_init(&stream->lock, NULL);
    pthread_condattr_init(&steady);
    pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
    pthread_cond_init(&stream->changed, &steady);
    pthread_condattr_destroy(&steady);
}

static void release(ApiStream *stream)
{
    pthread_cond_destroy(&stream->changed);
    pthread_mutex_destroy(&stream->lock);
    free(stream);
    atomic_fetch_sub(&streams_open, 1);
}

int api_stream_open(const ApiMaker *maker, ApiStream **ret)
{
    if (!take_place()) return -EBUSY;
    ApiStream *stream = malloc(sizeof *stream);
    if (!stream) {
        atomic_fetch_sub(&streams_open, 1);
        return -ENOMEM;
    }
    init(stream, maker);
    int r = pthread_create(&stream->thread, NULL, run, stream);
    if (r != 0) {
        release(stream);
        return -r;
    }
    *ret = stream;
    return 0;
}

/* As much as there is room for, around the ring's end. */
static size_t put(ApiStream *stream, Slice bytes)
{
    size_t room = API_STREAM_BYTES_MAX - stream->held;
    size_t count = bytes.len < room ? bytes.len : room;
    size_t end = (stream->at + stream->held) % API_STREAM_BYTES_MAX;
    size_t first = count < API_STREAM_BYTES_MAX - end ? count : API_STREAM_BYTES_MAX - end;
    memcpy(stream->ring + end, bytes.ptr, first);
    memcpy(stream->ring, bytes.ptr + first, count - first);
    stream->held += count;
    return count;
}

int api_stream_write(ApiStream *stream, Slice bytes)
{
    pthread_mutex_lock(&stream->lock);
    while (bytes.len > 0 && !atomic_load(&stream->cancel)) {
        size_t count = put(stream, bytes);
        bytes = slice_skip(bytes, count);
        if (count > 0) pthread_cond_broadcast(&stream->changed);
        if (bytes.len > 0) pthread_cond_wait(&stream->changed, &stream->lock);
    }
    pthread_mutex_unlock(&stream->lock);
    return bytes.len > 0 ? -EPIPE : 0;
}

const atomic_bool *api_stream_cancel(const ApiStream *stream)
{
    return &stream->cancel;
}

static size_t take(ApiStream *stream, char *to, size_t bytes)
{
    size_t count = bytes < stream->held ? bytes : stream->held;
    size_t first = API_STREAM_BYTES_MAX - stream->at;
    if (first > count) first = count;
    memcpy(to, stream->ring + stream->at, first);
    memcpy(to + first, stream->ring, count - first);
    stream->at = (stream->at + count) % API_STREAM_BYTES_MAX;
    stream->held -= count;
    return count;
}

static struct timespec deadline_in(int wait_ms)
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

long api_stream_read(ApiStream *stream, char *to, size_t bytes, int wait_ms)
{
    const struct timespec deadline = deadline_in(wait_ms);
    long result = 0;
    pthread_mutex_lock(&stream->lock);
    while (stream->held == 0 && !stream->ended) {
        if (pthread_cond_timedwait(&stream->changed, &stream->lock, &deadline) != 0) break;
    }
    if (stream->held > 0) {
        result = (long)take(stream, to, bytes);
        pthread_cond_broadcast(&stream->changed);
    } else if (stream->ended) {
        result = -EPIPE;
    }
    pthread_mutex_unlock(&stream->lock);
    return result;
}

void api_stream_close(ApiStream *stream)
{
    pthread_mutex_lock(&stream->lock);
    atomic_store(&stream->cancel, true);
    pthread_cond_broadcast(&stream->changed);
    pthread_mutex_unlock(&stream->lock);
    pthread_join(stream->thread, NULL);
    if (stream->maker.free) stream->maker.free(stream->maker.context);
    release(stream);
}
