/* See search_any_order.h. */
#include "search/search_any_order.h"

#include "search/block_group.h"

typedef struct Gathering {
    const UnorderedSearch *search;
    pthread_mutex_t lock; /* of the stages */
    bool counts;          /* the first stage, from columns */
    int failed;           /* what a stage returned, but for 0 */
} Gathering;

static int give(Gathering *gathering, const Row *row, uint64_t number)
{
    Stage *first = gathering->search->first;
    const Answer answer = {.row = row, .number = number};
    pthread_mutex_lock(&gathering->lock);
    int r = gathering->failed;
    if (r == 0) r = gathering->failed = first->take(first, &answer);
    pthread_mutex_unlock(&gathering->lock);
    return r;
}

/* A row, with all the memory of the question where its share is not enough: then *wide is true, and
 * the others wait until this block is done. */
static int make_row(BlockScan *scan, SegmentView *view, uint32_t number, Arena *arena, bool *wide,
                    Row *ret)
{
    arena_reset(arena);
    int r = segment_view_row(view, number, arena, ret);
    if (r != -ENOMEM || *wide) return r;
    pthread_mutex_lock(&scan->wide_lock);
    *wide = true;
    segment_view_allow(view, search_memory(scan->options));
    arena_reset(arena);
    return segment_view_row(view, number, arena, ret);
}

/* Nothing may have been given when an error is returned: the block is then tried once more. */
static int make_rows(Gathering *gathering, SegmentView *view, RowBits rows, BlockWorker *worker,
                     uint32_t given)
{
    BlockScan *scan = gathering->search->scan;
    const int64_t *numbers;
    uint32_t position = 0, number;
    bool wide = scan->is_wide == worker;
    const bool was_wide = wide;
    int r = row_bits_any(rows) ? segment_view_numbers(view, VIEW_NUMBER, &numbers) : 0;
    while (r == 0 && row_bits_next(rows, &position, &number)) {
        Row row;
        r = make_row(scan, view, number, &worker->row, &wide, &row);
        if (r == 0) r = give(gathering, &row, (uint64_t)numbers[number]) != 0;
        given += r == 0;
    }
    if (wide && !was_wide) pthread_mutex_unlock(&scan->wide_lock);
    if (r == 1) return 1;
    if (r == 0 || given == 0) return r;
    pthread_mutex_lock(&scan->lock);
    scan->stats->memory_met |= r == -ENOMEM;
    scan->stats->damaged_blocks += r != -ENOMEM;
    pthread_mutex_unlock(&scan->lock);
    return 0;
}

static int take_block(void *context, const BlockTask *task, SegmentView *view, RowBits rows,
                      BlockWorker *worker)
{
    Gathering *gathering = context;
    const BlockGroup group = {.stage = gathering->search->first,
                              .lock = &gathering->lock,
                              .view = view,
                              .scratch = &worker->scratch};
    uint32_t before = row_bits_count(rows);
    (void)task;
    if (gathering->counts) {
        int failed = 0;
        int r = block_group_take(&group, rows, &failed);
        if (r < 0) return r;
        if (failed != 0) {
            pthread_mutex_lock(&gathering->lock);
            gathering->failed = failed;
            pthread_mutex_unlock(&gathering->lock);
            return 1;
        }
    }
    return make_rows(gathering, view, rows, worker, before - row_bits_count(rows));
}

static int take_unsealed(void *context, const Row *row, uint64_t number)
{
    Gathering *gathering = context;
    BlockScan *scan = gathering->search->scan;
    if (stage_is_cancelled(scan->options->cancel)) return -ECANCELED;
    scan->stats->scanned++;
    if (!query_matches(scan->query, row)) return 0;
    scan->stats->matched++;
    return give(gathering, row, number);
}

static void count_damage(void *context, const char *file, uint64_t offset, const char *reason)
{
    (void)file, (void)offset, (void)reason;
    ((Gathering *)context)->search->scan->stats->damaged_blocks++;
}

int search_in_any_order(const UnorderedSearch *search)
{
    BlockScan *scan = search->scan;
    const Pipe *pipe = search->first->pipe; /* NULL: there are none */
    Gathering gathering = {.search = search, .counts = pipe && block_group_can(pipe)};
    ScanRange range = search->range;
    pthread_mutex_init(&gathering.lock, NULL);
    range.unsealed_only = true;
    int r =
        scan->source->scan(scan->source->context, &range, take_unsealed, count_damage, &gathering);
    if (r >= 0 && gathering.failed == 0) r = block_scan_run(scan, take_block, &gathering);
    pthread_mutex_destroy(&gathering.lock);
    return r < 0 ? r : gathering.failed;
}
