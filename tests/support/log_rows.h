/* Rows of made-up logs of many kinds, the same for the same seed. */
#ifndef AKASHI_TESTS_LOG_ROWS_H
#define AKASHI_TESTS_LOG_ROWS_H

#include "base/arena.h"
#include "base/slice.h"

typedef enum LogKind {
    LOG_WINDOWS, /* JSON with times, GUIDs, hashes and a message that repeats the fields */
    LOG_JSON,    /* JSON of changing keys, nested, arrays, any escapes */
    LOG_SYSLOG,
    LOG_TEXT, /* words, lists, half of them the same */
    LOG_BINARY,
    LOG_KINDS,
} LogKind;

uint64_t log_random(uint64_t *state);
/* NULL: the arena is full. */
Slice log_row(LogKind kind, uint64_t number, uint64_t *state, Arena *arena);
/* The row with some bytes changed, put in or left out. */
Slice log_mutate(Slice row, uint64_t *state, Arena *arena);

#endif
