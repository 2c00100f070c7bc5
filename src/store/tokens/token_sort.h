/* Sorting by 64-bit keys, byte by byte: no worse for keys that an attacker chose. */
#ifndef AKASHI_STORE_TOKEN_SORT_H
#define AKASHI_STORE_TOKEN_SORT_H

#include <stddef.h>
#include <stdint.h>

typedef struct SortItem {
    uint64_t key;
    uint64_t value;
} SortItem;

/* Keys rise afterwards; items with equal keys keep their order. spare: room for `count` items. */
void sort_items(SortItem *items, SortItem *spare, size_t count);

#endif
