/* See search_slice.h. The rows of a slice are made block by block, held packed, and given in order.
 */
#include "search/search_slice.h"

#include "base/time_text.h"

#include <stdlib.h>

#define SLICE_ROWS 1000u

typedef struct MadeRow {
    size_t offset, bytes; /* of content; 0 bytes: it could not be read */
} MadeRow;

typedef struct Slices {
    const OrderedSearch *search;
    const FoundRow *rows; /* of the slice at hand */
    size_t count;
    MadeRow made[SLICE_ROWS]; /* by place in the slice */
    uint32_t by_block[SLICE_ROWS];
    Buf content;
    Arena arena;
} Slices;

static void keep_row(Slices *slices, uint32_t at, const Row *row)
{
    size_t before = slices->content.len;
    row_encode(&slices->content, row);
    slices->made[at] = (MadeRow){.offset = before, .bytes = slices->content.len - before};
}

static int make_rows(Slices *slices, SegmentView *view, const uint32_t *places, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        Row row;
        if (stage_is_cancelled(slices->search->scan->options->cancel)) return -ECANCELED;
        arena_reset(&slices->arena);
        int r = segment_view_row(view, slices->rows[places[i]].row, &slices->arena, &row);
        if (r < 0) return r;
        keep_row(slices, places[i], &row);
        if (buf_error(&slices->content)) return 0;
    }
    return 0;
}

/* Rows of a block that is damaged, or does not fit even with all the memory of the question, are
 * left out and counted. */
static int make_block(Slices *slices, const uint32_t *places, size_t count)
{
    BlockScan *scan = slices->search->scan;
    const FoundRow *first = &slices->rows[places[0]];
    const size_t share = search_share_eighth(scan->options);
    const size_t tries[] = {share, share, search_memory(scan->options)};
    int r = -ENOMEM;
    for (unsigned i = 0; i < ARRAY_COUNT(tries) && r == -ENOMEM; i++) {
        CachedView *held;
        r = cache_take_view(scan->cache, scan->source, first->segment, first->block, tries[i],
                            &held);
        if (r < 0) continue;
        r = make_rows(slices, cached_view(held), places, count);
        cache_give_view(scan->cache, held, r >= 0);
    }
    scan->stats->memory_met |= r == -ENOMEM;
    scan->stats->damaged_blocks += r == -EBADMSG || r == -EIO;
    return r == -ENOMEM || r == -EBADMSG || r == -EIO ? 0 : r;
}

static int by_block(const void *left, const void *right, void *context)
{
    const Slices *slices = context;
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    const FoundRow *x = &slices->rows[a], *y = &slices->rows[b];
    if (x->segment != y->segment) return x->segment < y->segment ? -1 : 1;
    if (x->block != y->block) return x->block < y->block ? -1 : 1;
    if (x->number != y->number) return x->number < y->number ? -1 : 1;
    return (a > b) - (a < b);
}

/* Rows in no segment stand last in by_block, by number. */
typedef struct UnsealedRows {
    Slices *slices;
    const uint32_t *places;
    size_t count, left;
} UnsealedRows;

static int take_unsealed(void *context, const Row *row, uint64_t number)
{
    UnsealedRows *unsealed = context;
    size_t low = 0, high = unsealed->count;
    if (stage_is_cancelled(unsealed->slices->search->scan->options->cancel)) return -ECANCELED;
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if (unsealed->slices->rows[unsealed->places[middle]].number <= number) {
            low = middle;
        } else {
            high = middle;
        }
    }
    if (unsealed->slices->rows[unsealed->places[low]].number != number) return 0;
    keep_row(unsealed->slices, unsealed->places[low], row);
    return --unsealed->left == 0;
}

static int make_unsealed(Slices *slices, const uint32_t *places, size_t count)
{
    const SearchSource *source = slices->search->scan->source;
    UnsealedRows unsealed = {slices, places, count, count};
    ScanRange range = slices->search->range;
    int64_t least = INT64_MAX, most = INT64_MIN;
    for (size_t i = 0; i < count; i++) {
        int64_t ns = slices->rows[places[i]].time_ns;
        if (ns < least) least = ns;
        if (ns > most) most = ns;
    }
    if (least != TIME_UNKNOWN && most < INT64_MAX) {
        if (least > range.from_ns) range.from_ns = least;
        if (most + 1 < range.to_ns) range.to_ns = most + 1;
    }
    range.unsealed_only = true;
    range.floor_ns = NULL;
    return source->scan(source->context, &range, take_unsealed, NULL, &unsealed);
}

static int make_slice(Slices *slices)
{
    size_t count = slices->count;
    int r = 0;
    buf_clear(&slices->content);
    for (size_t i = 0; i < count; i++) {
        slices->by_block[i] = (uint32_t)i;
        slices->made[i] = (MadeRow){0};
    }
    qsort_r(slices->by_block, count, sizeof *slices->by_block, by_block, slices);
    for (size_t at = 0, end; at < count && r == 0; at = end) {
        const FoundRow *first = &slices->rows[slices->by_block[at]];
        for (end = at + 1; end < count; end++) {
            const FoundRow *other = &slices->rows[slices->by_block[end]];
            if (other->segment != first->segment || other->block != first->block) break;
        }
        r = first->segment == FOUND_UNSEALED
                ? make_unsealed(slices, slices->by_block + at, end - at)
                : make_block(slices, slices->by_block + at, end - at);
    }
    return r;
}

static int give_slice(Slices *slices)
{
    Stage *first = slices->search->first;
    for (size_t i = 0; i < slices->count; i++) {
        const MadeRow *made = &slices->made[i];
        Row row;
        if (made->bytes == 0) continue;
        arena_reset(&slices->arena);
        int r = row_decode(slice_of(slices->content.ptr + made->offset, made->bytes),
                           &slices->arena, &row);
        const Answer answer = {.row = &row, .number = slices->rows[i].number};
        if (r == 0) r = first->take(first, &answer);
        if (r != 0) return r;
    }
    return 0;
}

static void slices_free(Slices *slices)
{
    buf_done(&slices->content);
    arena_done(&slices->arena);
    free(slices);
}

/* A slice whose rows are too large is made smaller, at last of one row, which is always given. */
int slices_give(const OrderedSearch *search, const FoundRow *rows, size_t count)
{
    size_t eighth = search_share_eighth(search->scan->options), most = SLICE_ROWS;
    Slices *slices = calloc(1, sizeof *slices);
    if (!slices) return -ENOMEM;
    *slices = (Slices){.search = search, .arena = arena_make(2 * STAGE_ROW_BYTES_MAX)};
    int r = 0;
    while (count > 0 && r == 0) {
        slices->rows = rows;
        slices->count = count < most ? count : most;
        slices->content.bytes_max = slices->count > 1 ? eighth : 2 * STAGE_ROW_BYTES_MAX;
        r = make_slice(slices);
        if (r == 0 && buf_error(&slices->content)) {
            if (slices->count == 1) r = -ENOMEM;
            most = (slices->count + 1) / 2;
            continue;
        }
        if (r == 0) r = give_slice(slices);
        rows += slices->count;
        count -= slices->count;
    }
    slices_free(slices);
    return r;
}
