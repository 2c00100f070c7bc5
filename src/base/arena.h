/* Memory of one lifetime: allocate piece by piece, free all at once.
 *
 * A batch has one arena, a request has one arena. Allocation is a pointer bump; nothing is freed
 * alone. Each arena has a maximum: past it arena_alloc returns NULL and the arena stays usable
 * for what fits, so the caller reports -ENOMEM and gives up the batch, not the process.
 * Not for use by two threads at once; it may be handed from one thread to another. */
#ifndef AKASHI_BASE_ARENA_H
#define AKASHI_BASE_ARENA_H

#include "base/cleanup.h"
#include "base/slice.h"

typedef struct ArenaChunk ArenaChunk;

typedef struct Arena {
    char *at;           /* next free byte of the newest chunk */
    char *end;          /* one past the newest chunk */
    ArenaChunk *chunks; /* in use, newest first */
    ArenaChunk *spare;  /* emptied by arena_reset */
    size_t bytes;       /* taken from the system, all chunks */
    size_t bytes_max;   /* 0: ARENA_BYTES_MAX_DEFAULT */
    size_t bytes_kept;  /* by arena_reset; 0: ARENA_BYTES_KEPT */
    size_t
        chunk_bytes; /* most that is taken at a time beyond what is asked for; 0: 1 MiB. Small for
                        arenas that live long, so that they hold little that they do not need */
} Arena;

#define ARENA_BYTES_MAX_DEFAULT ((size_t)256 << 20)
#define ARENA_BYTES_KEPT ((size_t)16 << 20)

static inline Arena arena_make(size_t bytes_max)
{
    return (Arena){.bytes_max = bytes_max};
}

/* Aligned to 16, not zeroed. NULL when the maximum or the system's memory is reached. */
void *arena_alloc_slow(Arena *arena, size_t bytes);
static inline void *arena_alloc(Arena *arena, size_t bytes)
{
    if (bytes > (size_t)1 << 40) return NULL;
    size_t step = (bytes + 15) & ~(size_t)15;
    if ((size_t)(arena->end - arena->at) < step) return arena_alloc_slow(arena, step);
    char *piece = arena->at;
    arena->at += step;
    return piece;
}
/* Zeroed, for `count` items; NULL also when count * bytes overflows. */
void *arena_alloc_array(Arena *arena, size_t count, size_t item_bytes);
#define ARENA_NEW(arena, type) ((type *)arena_alloc_array((arena), 1, sizeof(type)))
#define ARENA_ARRAY(arena, type, count) ((type *)arena_alloc_array((arena), (count), sizeof(type)))

/* Room for at least `bytes` at the arena's end, to write into and then arena_commit what was used.
 * NULL as arena_alloc. */
char *arena_reserve(Arena *arena, size_t bytes);
void arena_commit(Arena *arena, size_t bytes);

/* A copy of s that lives as long as the arena. On no memory: -ENOMEM and *ret untouched. */
MUST_USE int arena_copy(Arena *arena, Slice s, Slice *ret);
/* Formatted text. On no memory: -ENOMEM and *ret untouched. */
MUST_USE int arena_format(Arena *arena, Slice *ret, const char *format, ...) PRINTF_LIKE(3, 4);

/* Frees all pieces. Chunks up to bytes_kept stay for the next use: giving them back to the
 * system and taking them again costs more than what most batches do with them. */
void arena_reset(Arena *arena);
/* Gives back what arena_reset kept and nothing uses. */
void arena_trim(Arena *arena);
/* Frees everything; the arena may be used again. */
void arena_done(Arena *arena);

#endif
