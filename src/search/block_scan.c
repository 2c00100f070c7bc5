/* See block_scan.h. */
#include "search/block_scan.h"

#include <stdlib.h>

static bool is_cancelled(const BlockScan *scan)
{
    const atomic_bool *cancel = scan->options->cancel;
    return cancel && atomic_load_explicit(cancel, memory_order_relaxed);
}

static void stop_with(BlockScan *scan, int result)
{
    int none = 0;
    atomic_compare_exchange_strong(&scan->result, &none, result);
}

/* ---- two workers */

typedef struct Hand {
    BlockScan *scan;
    void (*work)(BlockScan *scan, size_t number, BlockWorker *worker);
    size_t count;
    bool reports;
} Hand;

static void report(BlockScan *scan, size_t all)
{
    pthread_mutex_lock(&scan->lock);
    size_t done = scan->done;
    pthread_mutex_unlock(&scan->lock);
    scan->options->progress(scan->options->progress_context, done, all);
}

static void *work_through(void *context)
{
    Hand *hand = context;
    BlockScan *scan = hand->scan;
    size_t eighth = search_share_eighth(scan->options);
    BlockWorker worker = {.scratch = arena_make(eighth / 2), .row = arena_make(0)};
    for (;;) {
        size_t number = atomic_fetch_add(&scan->next, 1);
        if (number >= hand->count || atomic_load(&scan->result) != 0) break;
        if (is_cancelled(scan)) stop_with(scan, -ECANCELED);
        arena_reset(&worker.scratch);
        hand->work(scan, number, &worker);
        pthread_mutex_lock(&scan->lock);
        scan->done++;
        pthread_mutex_unlock(&scan->lock);
        if (hand->reports && scan->options->progress) report(scan, hand->count);
    }
    arena_done(&worker.scratch);
    arena_done(&worker.row);
    return NULL;
}

/* The caller's thread is one of the workers; without a second one it does all. */
static int share_out(BlockScan *scan, size_t count, bool reports,
                     void (*work)(BlockScan *, size_t, BlockWorker *))
{
    Hand own = {scan, work, count, reports}, other = {scan, work, count, false};
    pthread_t thread;
    atomic_store(&scan->next, 0);
    atomic_store(&scan->result, 0);
    scan->done = 0;
    bool two = count > 1 && pthread_create(&thread, NULL, work_through, &other) == 0;
    work_through(&own);
    if (two) pthread_join(thread, NULL);
    return atomic_load(&scan->result);
}

/* ---- which blocks */

static bool segment_in_time(const BlockScan *scan, const StoreSegmentInfo *info)
{
    if (info->undated_count > 0) return true;
    return info->from_ns <= info->to_ns && info->from_ns < scan->range.to_ns &&
           info->to_ns >= scan->range.from_ns;
}

static bool block_in_time(const BlockScan *scan, const SegmentBlock *block)
{
    if (block->undated_count > 0) return true;
    return block->from_ns <= block->to_ns && block->from_ns < scan->range.to_ns &&
           block->to_ns >= scan->range.from_ns;
}

static bool block_inside(const BlockScan *scan, const SegmentBlock *block)
{
    return block->undated_count == 0 && scan->range.after == 0 &&
           block->from_ns >= scan->range.from_ns && block->to_ns < scan->range.to_ns;
}

/* Numbers rise within a segment. */
static bool has_new_rows(const BlockScan *scan, const Segment *segment)
{
    uint64_t rows = segment_header(segment)->count;
    return rows > 0 && segment_number_of(segment, rows - 1) > scan->range.after;
}

static int ask_index(const BlockScan *scan, Segment *segment, BlockSet *ret)
{
    uint64_t number = segment_header(segment)->number;
    block_set_all(ret, segment_block_count(segment));
    for (size_t i = 0; i < scan->need_count; i++) {
        BlockSet one;
        block_set_all(&one, segment_block_count(segment));
        if (!cache_recall(scan->cache, number, scan->needs[i].text, &one)) {
            int r = segment_candidates(segment, scan->needs[i].text, INDEX_INSIDE, &one);
            if (r < 0) return r;
            cache_remember(scan->cache, number, scan->needs[i].text, &one);
        }
        block_set_and(ret, &one);
    }
    return 0;
}

static int add_task(BlockScan *scan, uint32_t segment, uint32_t number, const SegmentBlock *block)
{
    if (scan->task_count == scan->task_room) {
        size_t room = scan->task_room * 2 + 64;
        BlockTask *tasks = realloc(scan->tasks, room * sizeof *tasks);
        if (!tasks) return -ENOMEM;
        scan->tasks = tasks;
        scan->task_room = room;
    }
    scan->tasks[scan->task_count++] =
        (BlockTask){.segment = segment,
                    .block = number,
                    .row_count = block->row_count,
                    .inside = block_inside(scan, block),
                    .newest_ns = block->from_ns <= block->to_ns ? block->to_ns : INT64_MIN};
    return 0;
}

static int list_blocks(BlockScan *scan, uint32_t number, Segment *segment, const BlockSet *set)
{
    int r = 0;
    pthread_mutex_lock(&scan->lock);
    scan->stats->segments_in_time++;
    for (uint32_t i = 0; i < segment_block_count(segment) && r == 0; i++) {
        const SegmentBlock *block = segment_block(segment, i);
        scan->stats->blocks++;
        if (!block_in_time(scan, block)) continue;
        scan->stats->blocks_in_time++;
        if (!block_set_has(set, i)) continue;
        scan->stats->blocks_indexed++;
        r = add_task(scan, number, i, block);
    }
    pthread_mutex_unlock(&scan->lock);
    return r;
}

/* A segment or a block. */
static void lose_part(BlockScan *scan, int error)
{
    if (error != -EBADMSG && error != -EIO) {
        stop_with(scan, error);
        return;
    }
    pthread_mutex_lock(&scan->lock);
    scan->stats->damaged_blocks++;
    pthread_mutex_unlock(&scan->lock);
}

static void list_segment(BlockScan *scan, size_t number, BlockWorker *worker)
{
    (void)worker;
    CachedSegment *held;
    BlockSet set;
    if (!segment_in_time(scan, scan->source->segment_info(scan->source->context, number))) return;
    int r = cache_take_segment(scan->cache, scan->source, number, &held);
    if (r == 0) {
        Segment *segment = cached_segment(held);
        block_set_none(&set, 0);
        if (has_new_rows(scan, segment)) r = ask_index(scan, segment, &set);
        if (r == 0) r = list_blocks(scan, (uint32_t)number, segment, &set);
        cache_give_segment(scan->cache, held);
    }
    if (r < 0) lose_part(scan, r);
}

static int newest_first(const void *left, const void *right)
{
    const BlockTask *a = left, *b = right;
    if (a->newest_ns != b->newest_ns) return a->newest_ns > b->newest_ns ? -1 : 1;
    if (a->segment != b->segment) return a->segment < b->segment ? -1 : 1;
    return (a->block > b->block) - (a->block < b->block);
}

int block_scan_begin(BlockScan *scan)
{
    size_t segments = scan->source->segment_count(scan->source->context);
    pthread_mutex_init(&scan->lock, NULL);
    pthread_mutex_init(&scan->wide_lock, NULL);
    scan->stats->segments = segments;
    int r = query_needs(scan->query, &scan->arena, &scan->needs, &scan->need_count);
    if (r == 0) r = share_out(scan, segments, false, list_segment);
    if (r == 0 && scan->task_count > 1)
        qsort(scan->tasks, scan->task_count, sizeof *scan->tasks, newest_first);
    return r;
}

void block_scan_done(BlockScan *scan)
{
    free(scan->tasks);
    arena_done(&scan->arena);
    pthread_mutex_destroy(&scan->lock);
    pthread_mutex_destroy(&scan->wide_lock);
}

/* ---- a block */

static int filter_rows(BlockScan *scan, const BlockTask *task, SegmentView *view,
                       BlockWorker *worker, RowBits rows, uint32_t *ret_scanned)
{
    BlockFilter filter = {.filter = scan->query->filter,
                          .view = view,
                          .scratch = &worker->scratch,
                          .row = &worker->row,
                          .cancel = scan->options->cancel};
    int r = 0;
    if (!task->inside) r = block_range_rows(view, &scan->range, rows);
    for (uint32_t i = 0; i < task->row_count && task->inside; i++) {
        row_bits_set(rows, i);
    }
    *ret_scanned = row_bits_count(rows);
    return r < 0 ? r : block_filter_run(&filter, rows);
}

static void count_block(BlockScan *scan, uint32_t scanned, uint32_t matched)
{
    pthread_mutex_lock(&scan->lock);
    scan->stats->blocks_read++;
    scan->stats->scanned += scanned;
    scan->stats->matched += matched;
    pthread_mutex_unlock(&scan->lock);
}

static int read_block(BlockScan *scan, const BlockTask *task, BlockWorker *worker, size_t bytes_max)
{
    CachedView *held;
    RowBits rows;
    uint32_t scanned, matched = 0;
    int r =
        cache_take_view(scan->cache, scan->source, task->segment, task->block, bytes_max, &held);
    if (r < 0) return r;
    SegmentView *view = cached_view(held);
    r = row_bits_new(row_words(task->row_count), &worker->scratch, &rows);
    if (r == 0) r = filter_rows(scan, task, view, worker, rows, &scanned);
    if (r == 0) matched = row_bits_count(rows);
    if (matched > 0) r = scan->take(scan->context, task, view, rows, worker);
    cache_give_view(scan->cache, held, r >= 0);
    if (r >= 0) count_block(scan, scanned, matched);
    return r;
}

/* A block that does not fit into its share is read once more without what earlier questions
 * unpacked of it, and then with all the memory of the question, by one worker at a time: rows may
 * be few or slow, but none is left out while it can be had. A take that failed has given nothing.
 */
static int read_block_somehow(BlockScan *scan, const BlockTask *task, BlockWorker *worker)
{
    size_t share = search_share_eighth(scan->options), all = search_memory(scan->options);
    size_t scratch = worker->scratch.bytes_max;
    int r = -ENOMEM;
    for (unsigned i = 0; i < 2 && r == -ENOMEM; i++) {
        arena_reset(&worker->scratch);
        r = read_block(scan, task, worker, share);
    }
    if (r != -ENOMEM) return r;
    pthread_mutex_lock(&scan->wide_lock);
    arena_reset(&worker->scratch);
    worker->scratch.bytes_max = all;
    scan->is_wide = worker;
    r = read_block(scan, task, worker, all);
    scan->is_wide = NULL;
    worker->scratch.bytes_max = scratch;
    arena_done(&worker->scratch);
    pthread_mutex_unlock(&scan->wide_lock);
    return r;
}

static void scan_block(BlockScan *scan, size_t number, BlockWorker *worker)
{
    const BlockTask *task = &scan->tasks[number];
    if (scan->floor_ns && task->newest_ns < atomic_load(scan->floor_ns)) return;
    int r = read_block_somehow(scan, task, worker);
    if (r == -ENOMEM) {
        pthread_mutex_lock(&scan->lock);
        scan->stats->memory_met = true;
        pthread_mutex_unlock(&scan->lock);
    } else if (r < 0) {
        lose_part(scan, r);
    } else if (r > 0) {
        stop_with(scan, 1);
    }
}

int block_scan_run(BlockScan *scan, BlockTake take, void *context)
{
    scan->take = take;
    scan->context = context;
    return share_out(scan, scan->task_count, true, scan_block);
}
