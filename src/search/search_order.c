/* See search_order.h. */
#include "search/search_order.h"

#include "search/search_slice.h"

#include <stdlib.h>

#define FIRST_ROWS 4096u /* of the first pass, so that answers begin to come soon */
#define GROWTH 16u

typedef struct Pass {
    const OrderedSearch *search;
    pthread_mutex_t lock;
    FoundRow *rows;
    size_t count, room, most; /* most: wanted of this pass; room is twice that */
    bool cut;                 /* rows behind rows[most - 1] were left out */
    FoundRow worst;           /* of those kept, when cut */
    bool has_bound;
    FoundRow bound; /* the last one given: only rows behind it */
    _Atomic int64_t floor_ns;
    int64_t scan_floor_ns; /* the same, for the scan of rows in no segment */
    uint64_t given;
} Pass;

static int compare(const OrderedSearch *search, const FoundRow *a, const FoundRow *b)
{
    if (search->by_time && a->time_ns != b->time_ns) return a->time_ns > b->time_ns ? -1 : 1;
    int order = (a->number > b->number) - (a->number < b->number);
    return search->by_time || search->range.newest_first ? -order : order;
}

static int compare_rows(const void *a, const void *b, void *search)
{
    return compare(search, a, b);
}

static void put_in_order(Pass *pass)
{
    if (pass->count > 1)
        qsort_r(pass->rows, pass->count, sizeof *pass->rows, compare_rows, (void *)pass->search);
}

/* Keeps the first ones. */
static void cut_rows(Pass *pass)
{
    put_in_order(pass);
    if (pass->count <= pass->most) return;
    pass->count = pass->most;
    pass->cut = true;
    pass->worst = pass->rows[pass->most - 1];
    if (!pass->search->by_time) return;
    pass->scan_floor_ns = pass->worst.time_ns;
    atomic_store(&pass->floor_ns, pass->worst.time_ns);
}

static void add_row(Pass *pass, const FoundRow *row)
{
    if (pass->has_bound && compare(pass->search, row, &pass->bound) <= 0) return;
    if (pass->cut && compare(pass->search, row, &pass->worst) >= 0) return;
    pass->rows[pass->count++] = *row;
    if (pass->count == pass->room) cut_rows(pass);
}

static int take_block(void *context, const BlockTask *task, SegmentView *view, RowBits rows,
                      BlockWorker *worker)
{
    Pass *pass = context;
    const int64_t *times, *numbers;
    uint32_t position = 0, row;
    (void)worker;
    int r = segment_view_times(view, &times);
    if (r == 0) r = segment_view_numbers(view, VIEW_NUMBER, &numbers);
    if (r < 0) return r;
    pthread_mutex_lock(&pass->lock);
    while (row_bits_next(rows, &position, &row)) {
        const FoundRow found = {.time_ns = times[row],
                                .number = (uint64_t)numbers[row],
                                .segment = task->segment,
                                .block = task->block,
                                .row = row};
        add_row(pass, &found);
    }
    pthread_mutex_unlock(&pass->lock);
    return 0;
}

static int take_unsealed(void *context, const Row *row, uint64_t number)
{
    Pass *pass = context;
    BlockScan *scan = pass->search->scan;
    if (stage_is_cancelled(scan->options->cancel)) return -ECANCELED;
    scan->stats->scanned++;
    if (!query_matches(scan->query, row)) return 0;
    scan->stats->matched++;
    const FoundRow found = {
        .time_ns = row->record.time_ns, .number = number, .segment = FOUND_UNSEALED};
    add_row(pass, &found);
    return 0;
}

static void count_damage(void *context, const char *file, uint64_t offset, const char *reason)
{
    (void)file, (void)offset, (void)reason;
    ((Pass *)context)->search->scan->stats->damaged_blocks++;
}

static int find_rows(Pass *pass)
{
    BlockScan *scan = pass->search->scan;
    SearchStats *stats = scan->stats;
    ScanRange range = pass->search->range;
    pass->count = 0;
    pass->cut = false;
    pass->scan_floor_ns = INT64_MIN;
    atomic_store(&pass->floor_ns, INT64_MIN);
    stats->scanned = stats->blocks_read = stats->damaged_blocks = 0;
    stats->matched = pass->given;
    range.unsealed_only = true;
    if (pass->search->by_time) range.floor_ns = &pass->scan_floor_ns;
    scan->floor_ns = pass->search->by_time ? &pass->floor_ns : NULL;
    int r = scan->source->scan(scan->source->context, &range, take_unsealed, count_damage, pass);
    if (r >= 0) r = block_scan_run(scan, take_block, pass);
    if (r >= 0) cut_rows(pass);
    return r < 0 ? r : 0;
}

static size_t rows_max(const OrderedSearch *search)
{
    return search_share_eighth(search->scan->options) / sizeof(FoundRow) / 2 + 1;
}

/* Twice what is wanted, so that there is something to sort before the rest is thrown away. */
static int make_room(Pass *pass, uint64_t most)
{
    size_t max = rows_max(pass->search);
    pass->most = most < max ? (size_t)most : max;
    pass->room = pass->most * 2;
    free(pass->rows);
    pass->rows = malloc(pass->room * sizeof *pass->rows);
    return pass->rows ? 0 : -ENOMEM;
}

static int run_passes(Pass *pass)
{
    const OrderedSearch *search = pass->search;
    uint64_t most = search->wanted ? search->wanted : FIRST_ROWS;
    for (;;) {
        int r = make_room(pass, most);
        if (r == 0) r = find_rows(pass);
        if (r == 0) r = slices_give(search, pass->rows, pass->count);
        if (r != 0) return r;
        pass->given += pass->count;
        if (!pass->cut || (search->wanted && pass->given >= search->wanted)) return 0;
        pass->bound = pass->rows[pass->count - 1];
        pass->has_bound = true;
        if (!search->wanted && most < UINT64_MAX / GROWTH) most *= GROWTH;
    }
}

int search_in_order(const OrderedSearch *search)
{
    Pass pass = {.search = search};
    pthread_mutex_init(&pass.lock, NULL);
    int r = run_passes(&pass);
    pthread_mutex_destroy(&pass.lock);
    free(pass.rows);
    return r;
}
