/* The one thread that writes the store: takes batches of rows off a queue, appends them, commits in
 * groups, and only then lets the batch go (acknowledge after durable).
 *
 *   queue `work` -> append -> held -> commit -> counters.rows_stored, batch to queue `idle`
 *
 * A commit happens when `commit_bytes` are pending, `commit_ms` after the first pending row
 * (WRITER_AWAITED_MS when a batch has a ticket: it is settled right after the commit), when
 * half of all batches are held, and at the end. With WRITER_STOP a batch that nobody waits for goes
 * back to `idle` as soon as it is appended: only the end says that all is stored. When the store
 * fails, nothing held was acknowledged: WRITER_STOP  keeps the error; the queue is closed;
 * writer_stop returns the error; WRITER_RETRY says so, opens the store again every few seconds,
 * appends what it held, goes on. Rows need keys that never repeat for this, so that what did reach
 * the disk before the failure is not doubled. */
#ifndef AKASHI_ENGINE_WRITER_H
#define AKASHI_ENGINE_WRITER_H

#include "engine/counters.h"
#include "engine/messages.h"
#include "engine/queue.h"
#include "store/store.h"

typedef enum WriterPolicy { WRITER_STOP, WRITER_RETRY } WriterPolicy;

#define WRITER_RETRY_SECONDS 2
#define WRITER_AWAITED_MS 4

typedef struct WriterOptions {
    const Os *os;
    const char *folder;
    StoreOptions store;
    int commit_ms;
    size_t commit_bytes;
    size_t batch_count; /* in all: of `idle` and `work` together */
    WriterPolicy policy;
    Language language;
    void (*released)(
        void *context); /* after batches became idle; from the writer's thread; may be NULL */
    void *released_context;
} WriterOptions;

typedef struct Writer Writer;

/* Opens the store and starts the thread. As store_open; *ret untouched on failure. */
MUST_USE int writer_start(const WriterOptions *options, Queue *work, Queue *idle,
                          Counters *counters, Writer **ret, Complaint *complaint);
/* Closes `work`, waits until all in it is durable, closes the store. Returns the error that stopped
 * the writer, or 0. With WRITER_RETRY and a store that still fails it tries once more and gives up.
 */
MUST_USE int writer_stop(Writer *writer);

/* These two are for other threads, and are over before writer_stop is called. */
/* Makes durable all that was given before, and seals it, in the writer's thread: no row is taken
 * meanwhile. `nothing` is an empty batch of those that go round. As store_seal; -EPIPE, -EIO: the
 * writer has ended. */
MUST_USE int writer_seal(Writer *writer, Batch *nothing);
/* Runs `task` in the caller's thread, beside the writer, with the store, which stays open
 * meanwhile: what store.h and keep.h let any thread call. What it returned; -EIO: the store has
 * failed and is not open again yet. */
MUST_USE int writer_lend_store(Writer *writer, int (*task)(void *context, Store *store),
                               void *context);

#endif
