/* See verify_threads.h. */
#include "store/ops/verify_threads.h"

#include "store/wal/reader_int.h"

#include <errno.h>
#include <pthread.h>

/* A segment under way: its owner's, until all helpers have left. */
typedef struct Job {
    Verifying *verifying; /* NULL: not there yet, or no more */
    size_t index;
    uint32_t next_block; /* shared, under lock */
    unsigned helpers;    /* shared, under lock */
    bool opening;        /* shared, under lock */
} Job;

typedef struct Pool {
    /* set at start, then read-only */
    const StoreReader *reader;
    const VerifyThreads *threads;
    /* shared, under lock */
    pthread_mutex_t lock;
    pthread_cond_t changed; /* a job was opened or has ended, a helper has left */
    Job jobs[VERIFY_THREADS_MAX];
    size_t next;  /* segment */
    size_t limit; /* those from here on are not wanted: one before does not hold */
    int result;   /* of `limit` */
    SegmentFinding finding;
} Pool;

typedef struct Worker {
    Pool *pool;
    Job *job; /* its own */
    pthread_t thread;
} Worker;

static bool is_stopped(const Pool *pool)
{
    return pool->threads->stopping && atomic_load(pool->threads->stopping);
}

/* Under lock. Blocks are handed out in their order, so the first that does not hold is noted in the
 * end whoever comes first. */
static void note(Pool *pool, size_t index, int result, const SegmentFinding *finding)
{
    if (result == 0 || index > pool->limit) return;
    bool is_same = index == pool->limit && pool->result == 1 && result == 1;
    if (index == pool->limit && !(is_same && finding->block < pool->finding.block)) return;
    pool->limit = index;
    pool->result = result;
    pool->finding = *finding;
}

/* Blocks of a job until none is left. The lock is held before and after. */
static void work_on(Pool *pool, Job *job, Segment *segment)
{
    while (job->next_block < verifying_block_count(job->verifying) && job->index < pool->limit &&
           !is_stopped(pool)) {
        uint32_t block = job->next_block++;
        SegmentFinding finding = {0};
        pthread_mutex_unlock(&pool->lock);
        int r = verifying_block(job->verifying, segment, block, &finding);
        pthread_mutex_lock(&pool->lock);
        note(pool, job->index, r, &finding);
    }
}

/* All blocks are done. Under lock, so that one judges at a time. */
static void end_job(Pool *pool, Job *job)
{
    SegmentVerified verified;
    SegmentFinding finding = {0};
    if (job->index >= pool->limit || is_stopped(pool)) return;
    int r = verifying_end(job->verifying, &verified, &finding);
    if (r == 0 && pool->threads->judge) {
        r = pool->threads->judge(pool->threads->context, job->index, &verified, &finding);
    }
    note(pool, job->index, r, &finding);
}

/* Under lock. */
static void own(Pool *pool, Job *job)
{
    SegmentFinding finding = {0};
    Verifying *verifying = NULL;
    *job = (Job){.index = pool->next++, .opening = true};
    pthread_mutex_unlock(&pool->lock);
    int r = verifying_begin(pool->reader, job->index, &verifying, &finding);
    pthread_mutex_lock(&pool->lock);
    note(pool, job->index, r, &finding);
    job->verifying = verifying;
    job->opening = false;
    pthread_cond_broadcast(&pool->changed);
    if (verifying) {
        work_on(pool, job, verifying_segment(verifying));
        while (job->helpers > 0) {
            pthread_cond_wait(&pool->changed, &pool->lock);
        }
        end_job(pool, job);
        job->verifying = NULL;
        pthread_cond_broadcast(&pool->changed);
    }
    pthread_mutex_unlock(&pool->lock);
    verifying_free(verifying);
    const Os *os = pool->reader->folder.os;
    if (pool->threads->pause_ns > 0) os->sleep_ns(os->state, pool->threads->pause_ns);
    pthread_mutex_lock(&pool->lock);
}

/* Under lock. */
static void help(Pool *pool, Job *job)
{
    Segment *segment = NULL;
    SegmentFinding finding = {.id = "segment.head"};
    job->helpers++;
    pthread_mutex_unlock(&pool->lock);
    int r = store_reader_open_segment(pool->reader, job->index, &segment);
    pthread_mutex_lock(&pool->lock);
    note(pool, job->index, r, &finding);
    if (r == 0) work_on(pool, job, segment);
    job->helpers--;
    pthread_cond_broadcast(&pool->changed);
    segment_close(segment);
}

/* Under lock. NULL: none now; *ret_opening: but one may come. */
static Job *to_be_helped(Pool *pool, bool *ret_opening)
{
    *ret_opening = false;
    for (unsigned i = 0; i < pool->threads->count; i++) {
        Job *job = &pool->jobs[i];
        *ret_opening |= job->opening;
        if (job->verifying && job->index < pool->limit && !is_stopped(pool) &&
            job->next_block < verifying_block_count(job->verifying)) {
            return job;
        }
    }
    return NULL;
}

static void *run(void *context)
{
    Worker *worker = context;
    Pool *pool = worker->pool;
    bool opening;
    pthread_mutex_lock(&pool->lock);
    for (;;) {
        while (pool->next < pool->limit && !is_stopped(pool)) {
            own(pool, worker->job);
        }
        Job *job = to_be_helped(pool, &opening);
        if (job) {
            help(pool, job);
        } else if (opening) {
            pthread_cond_wait(&pool->changed, &pool->lock);
        } else {
            break;
        }
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

int store_verify_threads(const StoreReader *reader, const VerifyThreads *threads, size_t *ret_index,
                         SegmentFinding *ret_finding)
{
    Pool pool = {.reader = reader, .threads = threads};
    Worker workers[VERIFY_THREADS_MAX];
    unsigned started = 1;
    if (threads->count < 1 || threads->count > VERIFY_THREADS_MAX) return -EINVAL;
    pool.limit = store_reader_segment_count(reader);
    pthread_mutex_init(&pool.lock, NULL);
    pthread_cond_init(&pool.changed, NULL);
    for (unsigned i = 0; i < threads->count; i++) {
        workers[i] = (Worker){.pool = &pool, .job = &pool.jobs[i]};
    }
    /* With fewer threads it takes longer, no more. */
    while (started < threads->count &&
           pthread_create(&workers[started].thread, NULL, run, &workers[started]) == 0) {
        started++;
    }
    run(&workers[0]);
    while (started-- > 1) {
        pthread_join(workers[started].thread, NULL);
    }
    pthread_cond_destroy(&pool.changed);
    pthread_mutex_destroy(&pool.lock);
    if (pool.result != 0) {
        *ret_index = pool.limit;
        *ret_finding = pool.finding;
    }
    return pool.result;
}
