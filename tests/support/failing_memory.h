/* A program whose nth allocation fails. The linker sends its malloc, calloc and realloc here: link
 * with -Wl,--wrap=malloc, -Wl,--wrap=calloc and -Wl,--wrap=realloc, as tests/fault does. Of one
 * thread; allocations inside shared libraries are not among them. */
#ifndef AKASHI_TESTS_FAILING_MEMORY_H
#define AKASHI_TESTS_FAILING_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

/* Counts from here, and the nth from here fails; 0: none does. */
void failing_memory_begin(uint64_t nth);
/* None fails from here. How many there were since it began. */
uint64_t failing_memory_end(void);
/* While paused, allocations neither count nor fail: those of the test itself. */
void failing_memory_pause(bool paused);

#endif
