/* The filter over the blocks of sealed segments: which blocks can have answers (times, index), and
 * two workers that go through them, newest first. */
#ifndef AKASHI_SEARCH_BLOCK_SCAN_H
#define AKASHI_SEARCH_BLOCK_SCAN_H

#include "search/block_filter.h"
#include "search/search_share.h"
#include "search/view_cache.h"

#include <pthread.h>

typedef struct BlockTask {
    uint32_t segment, block; /* index in the source; number in the segment */
    uint32_t row_count;
    bool inside;       /* all rows are within the range */
    int64_t newest_ns; /* INT64_MIN: only rows without a time */
} BlockTask;

/* What a worker has. */
typedef struct BlockWorker {
    Arena scratch, row;
} BlockWorker;

typedef struct BlockScan BlockScan;
/* Called with the rows of a block that passed, at least one, by either worker. 1: enough. */
typedef int (*BlockTake)(void *context, const BlockTask *task, SegmentView *view, RowBits rows,
                         BlockWorker *worker);

struct BlockScan {
    /* set at start, then read-only */
    const Query *query;
    const SearchSource *source;
    const SearchOptions *options;
    BlockRange range;
    const QueryNeed *needs;
    size_t need_count;
    SearchCache *cache;
    BlockTask *tasks; /* newest first */
    size_t task_count, task_room;
    const _Atomic int64_t *floor_ns; /* older blocks are passed over; NULL: none */
    BlockTake take;
    void *context;
    /* shared */
    atomic_size_t next;
    atomic_int result;         /* 1: enough; negative: failed */
    pthread_mutex_t wide_lock; /* held by the one who takes more than a share */
    const BlockWorker
        *_Atomic is_wide; /* the worker that holds it for a whole block; NULL: none does */
    /* shared, under lock */
    pthread_mutex_t lock;
    SearchStats *stats;
    size_t done;
    Arena arena;
};

/* Lists the blocks that may have answers. The caller has set query, source, options, range, cache,
 * stats. -ENOMEM, -ECANCELED, what the system said; damaged segments are counted. */
MUST_USE int block_scan_begin(BlockScan *scan);
/* 1: take said so. Blocks that are damaged, or too large for the memory, are counted and left out.
 */
MUST_USE int block_scan_run(BlockScan *scan, BlockTake take, void *context);
void block_scan_done(BlockScan *scan);

#endif
