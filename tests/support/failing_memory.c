#include "tests/support/failing_memory.h"

#include <stddef.h>

void *__real_malloc(size_t bytes);
void *__real_calloc(size_t count, size_t bytes);
void *__real_realloc(void *old, size_t bytes);
void *__wrap_malloc(size_t bytes);
void *__wrap_calloc(size_t count, size_t bytes);
void *__wrap_realloc(void *old, size_t bytes);

static uint64_t allocations, allocation_to_fail;
static bool is_paused;

void failing_memory_begin(uint64_t nth)
{
    allocations = 0;
    allocation_to_fail = nth;
}

uint64_t failing_memory_end(void)
{
    allocation_to_fail = 0;
    return allocations;
}

void failing_memory_pause(bool paused)
{
    is_paused = paused;
}

static bool allocation_fails(void)
{
    return !is_paused && ++allocations == allocation_to_fail;
}

void *__wrap_malloc(size_t bytes)
{
    return allocation_fails() ? NULL : __real_malloc(bytes);
}

void *__wrap_calloc(size_t count, size_t bytes)
{
    return allocation_fails() ? NULL : __real_calloc(count, bytes);
}

void *__wrap_realloc(void *old, size_t bytes)
{
    return allocation_fails() ? NULL : __real_realloc(old, bytes);
}
