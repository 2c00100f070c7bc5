/* All sealed segments of a reader's snapshot (sealed/store_verify.h), by several threads.
 *
 * Each thread takes a segment of its own; one that finds none left helps the others with blocks of
 * theirs, so a store of one large file is shared, too. Memory: a block's and a segment's directory
 * a thread, and 33 bytes a row of each segment under way (43 MiB in all with two threads over 876
 * MB of Windows events). */
#ifndef AKASHI_STORE_VERIFY_THREADS_H
#define AKASHI_STORE_VERIFY_THREADS_H

#include "store/sealed/store_verify.h"

#include <stdatomic.h>

#define VERIFY_THREADS_MAX 4

typedef struct VerifyThreads {
    unsigned count; /* 1 to VERIFY_THREADS_MAX; the caller's is one of them */
    /* What is to be said of a segment that holds by itself: 0: it holds; 1: it does not, *ret;
     * negative ends all. From one thread at a time; in no order. NULL: it holds. */
    int (*judge)(void *context, size_t index, const SegmentVerified *segment, SegmentFinding *ret);
    void *context;
    const atomic_bool *stopping; /* ends it early, result 0; may be NULL */
    int64_t pause_ns;            /* of each thread after a segment, for who is in no hurry */
} VerifyThreads;

/* 0: all hold; 1: that of *ret_index does not: of several the first by index; negative: it, or the
 * system, failed; *ret_index then, too. */
MUST_USE int store_verify_threads(const StoreReader *reader, const VerifyThreads *threads,
                                  size_t *ret_index, SegmentFinding *ret_finding);

#endif
