/* Rows that passed the filter, handed to the pipes in order: the places of the rows are sorted, and
 * then the rows are made, so many at a time. Where there are more places than memory, the first
 * ones in the order are found, given, and then those behind them. */
#ifndef AKASHI_SEARCH_SEARCH_ORDER_H
#define AKASHI_SEARCH_SEARCH_ORDER_H

#include "search/block_scan.h"
#include "search/search_stage.h"

typedef struct OrderedSearch {
    BlockScan *scan; /* begun */
    ScanRange range; /* of the rows in no segment */
    bool by_time;    /* newest first; else by number, as range.newest_first says */
    uint64_t wanted; /* no more than so many; 0: all */
    Stage *first;
} OrderedSearch;

/* 1: the pipes want no more. -ENOMEM, -ECANCELED, -EIO; what the pipes returned. */
MUST_USE int search_in_order(const OrderedSearch *search);

#endif
