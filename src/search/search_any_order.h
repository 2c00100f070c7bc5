/* Rows that passed the filter, handed to pipes that hold what they get, so that the order does not
 * matter: block by block, by two workers. stats, top, rare and timeline are counted from columns
 * where that can be (block_group.h), and rows are not made. */
#ifndef AKASHI_SEARCH_SEARCH_ANY_ORDER_H
#define AKASHI_SEARCH_SEARCH_ANY_ORDER_H

#include "search/block_scan.h"
#include "search/search_stage.h"

typedef struct UnorderedSearch {
    BlockScan *scan; /* begun */
    ScanRange range; /* of the rows in no segment */
    Stage *first;    /* called under a lock: for one row at a time */
} UnorderedSearch;

/* As search_in_order. */
MUST_USE int search_in_any_order(const UnorderedSearch *search);

#endif
