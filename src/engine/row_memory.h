/* Rows that rules matched a moment ago, by their number in the store, so that what a correlation
 * found can show them without asking the store. One thread's own.
 *
 * At most ROW_MEMORY_COUNT; a newer row takes the place of an older one. Event fields are left out,
 * raw is cut at ROW_MEMORY_RAW_BYTES; what is then over ROW_MEMORY_ROW_BYTES is not kept. Past
 * ROW_MEMORY_BYTES in all only rows of up to ROW_MEMORY_SMALL_BYTES are. */
#ifndef AKASHI_ENGINE_ROW_MEMORY_H
#define AKASHI_ENGINE_ROW_MEMORY_H

#include "record/row.h"

#define ROW_MEMORY_COUNT 8192u
#define ROW_MEMORY_RAW_BYTES 1024u
#define ROW_MEMORY_ROW_BYTES ((size_t)16 << 10)
#define ROW_MEMORY_SMALL_BYTES ((size_t)2 << 10)
#define ROW_MEMORY_BYTES ((size_t)16 << 20)

typedef struct RowMemory RowMemory;

RowMemory *row_memory_new(void); /* NULL: no memory */
void row_memory_free(RowMemory *memory);
/* Best effort: a row that is not kept is asked from the store. */
void row_memory_keep(RowMemory *memory, uint64_t number, const Row *row);
/* False: it is not there. The row lives as long as the arena. */
bool row_memory_find(const RowMemory *memory, uint64_t number, Arena *arena, Row *ret);

#endif
