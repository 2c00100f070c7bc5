/* Places of rows -> rows, made slice by slice. */
#ifndef AKASHI_SEARCH_SEARCH_SLICE_H
#define AKASHI_SEARCH_SEARCH_SLICE_H

#include "search/search_order.h"

#define FOUND_UNSEALED UINT32_MAX

typedef struct FoundRow {
    int64_t time_ns; /* of the record */
    uint64_t number;
    uint32_t segment; /* index in the source; FOUND_UNSEALED: in none */
    uint32_t block, row;
} FoundRow;

/* Gives the rows to the search's pipes in the order of the array. As search_in_order. */
MUST_USE int slices_give(const OrderedSearch *search, const FoundRow *rows, size_t count);

#endif
