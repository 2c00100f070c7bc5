/* Inside actions/: a table of items of one kind, found by a key, in the order of their last use.
 * Items stay where they are until removed; each has an index that fits in 32 bits. */
#ifndef AKASHI_TRANSLATE_ACTION_TABLE_H
#define AKASHI_TRANSLATE_ACTION_TABLE_H

#include "base/cleanup.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct TableKey {
    uint64_t a, b;
} TableKey;

/* The first member of every item. */
typedef struct TableNode {
    TableKey key;
    uint32_t index;        /* of the item itself; 0 is no item */
    uint32_t next;         /* in the slot, or of the free ones */
    uint32_t older, newer; /* by last use */
} TableNode;

typedef struct Table {
    size_t item_bytes;
    uint32_t count, count_max, used, free_first;
    uint32_t oldest, newest;
    uint64_t seed;
    uint32_t *slots;
    size_t slot_count;
    char **chunks;
    size_t chunk_count;
} Table;

Table table_make(size_t item_bytes, uint32_t count_max, uint64_t seed);
void table_done(Table *table);

void *table_at(const Table *table, uint32_t index); /* index not 0 */
/* NULL: there is none. */
void *table_find(const Table *table, TableKey key);
/* A new item, zero but for its node, the newest. The key must not be there. NULL: count_max is
 * reached, or no memory. */
void *table_add(Table *table, TableKey key);
/* Makes it the newest. */
void table_use(Table *table, void *item);
void table_remove(Table *table, void *item);
/* NULL: the table is empty. */
void *table_oldest(const Table *table);
/* The next newer one, NULL at the end. */
void *table_newer(const Table *table, const void *item);

#endif
