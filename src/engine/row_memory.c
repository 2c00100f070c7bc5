/* See row_memory.h. */
#include "engine/row_memory.h"

#include <stdlib.h>

typedef struct RowPlace {
    uint64_t number; /* 0: free */
    char *bytes;
    size_t len;
} RowPlace;

struct RowMemory {
    RowPlace places[ROW_MEMORY_COUNT];
    size_t bytes;
    Buf scratch;
};

RowMemory *row_memory_new(void)
{
    RowMemory *memory = calloc(1, sizeof *memory);
    if (memory) memory->scratch = buf_make((size_t)128 << 20);
    return memory;
}

void row_memory_free(RowMemory *memory)
{
    if (!memory) return;
    for (size_t i = 0; i < ROW_MEMORY_COUNT; i++)
        free(memory->places[i].bytes);
    buf_done(&memory->scratch);
    free(memory);
}

static void forget(RowMemory *memory, RowPlace *place)
{
    memory->bytes -= place->len;
    free(place->bytes);
    *place = (RowPlace){0};
}

void row_memory_keep(RowMemory *memory, uint64_t number, const Row *row)
{
    RowPlace *place = &memory->places[number % ROW_MEMORY_COUNT];
    if (place->number == number) return;
    Row kept = *row;
    kept.event.fields = NULL;
    kept.event.field_count = 0;
    kept.event.raw = slice_first(row->event.raw, ROW_MEMORY_RAW_BYTES);
    buf_clear(&memory->scratch);
    row_encode(&memory->scratch, &kept);
    size_t len = memory->scratch.len;
    bool is_full = memory->bytes + len > ROW_MEMORY_BYTES;
    if (buf_error(&memory->scratch) < 0) return;
    if (len > (is_full ? ROW_MEMORY_SMALL_BYTES : ROW_MEMORY_ROW_BYTES)) return;
    forget(memory, place);
    char *bytes = malloc(len);
    if (!bytes) return;
    memcpy(bytes, memory->scratch.ptr, len);
    *place = (RowPlace){.number = number, .bytes = bytes, .len = len};
    memory->bytes += len;
}

bool row_memory_find(const RowMemory *memory, uint64_t number, Arena *arena, Row *ret)
{
    const RowPlace *place = &memory->places[number % ROW_MEMORY_COUNT];
    Slice copy;
    if (number == 0 || place->number != number) return false;
    if (arena_copy(arena, slice_of(place->bytes, place->len), &copy) < 0) return false;
    return row_decode(copy, arena, ret) == 0;
}
