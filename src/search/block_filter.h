/* A filter asked of a block of columns at once: values are tested once each, and only rows that
 * columns cannot decide are made and given to query_matches. So its answer is query_matches' for
 * every row.
 *
 * Of each part of the filter two sets are found: rows that pass for certain, and rows that may
 * pass; AND, OR and NOT put them together. */
#ifndef AKASHI_SEARCH_BLOCK_FILTER_H
#define AKASHI_SEARCH_BLOCK_FILTER_H

#include "search/query_tree.h"
#include "search/row_bits.h"
#include "store/segment/segment_view.h"

#include <stdatomic.h>

/* Which rows can be among the answers at all. */
typedef struct BlockRange {
    int64_t from_ns, to_ns; /* as ScanRange */
    uint64_t after;
} BlockRange;

typedef struct BlockFilter {
    const Node *filter;
    SegmentView *view;
    Arena *scratch; /* for all that is made on the way; the caller resets it */
    Arena *row;     /* of the row at hand */
    const atomic_bool *cancel;
    uint64_t made; /* rows that had to be made are added */
} BlockFilter;

/* Leaves in *rows those that pass the filter. -ECANCELED, -EBADMSG, -ENOMEM. */
MUST_USE int block_filter_run(BlockFilter *filter, RowBits rows);
/* The rows of the block within the range. */
MUST_USE int block_range_rows(SegmentView *view, const BlockRange *range, RowBits ret);

#endif
