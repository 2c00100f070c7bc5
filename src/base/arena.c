/* See arena.h. */
#include "base/arena.h"

#include "base/check.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct ArenaChunk {
    ArenaChunk *older;
    size_t bytes; /* with this header */
    _Alignas(16) char data[];
};

#define FIRST_CHUNK_BYTES ((size_t)64 << 10)
#define CHUNK_BYTES ((size_t)1 << 20)

static void use_chunk(Arena *arena, ArenaChunk *chunk)
{
    chunk->older = arena->chunks;
    arena->chunks = chunk;
    arena->at = chunk->data;
    arena->end = (char *)chunk + chunk->bytes;
}

static void free_list(Arena *arena, ArenaChunk **list)
{
    while (*list) {
        ArenaChunk *older = (*list)->older;
        arena->bytes -= (*list)->bytes;
        free(*list);
        *list = older;
    }
}

/* The first emptied chunk that has the room. NULL: none. */
static ArenaChunk *take_spare(Arena *arena, size_t need)
{
    for (ArenaChunk **place = &arena->spare; *place; place = &(*place)->older) {
        ArenaChunk *spare = *place;
        if (spare->bytes < need + sizeof(ArenaChunk)) continue;
        *place = spare->older;
        return spare;
    }
    return NULL;
}

/* exact: with nothing to spare. */
static ArenaChunk *new_chunk(Arena *arena, size_t need, bool exact)
{
    size_t max = arena->bytes_max ? arena->bytes_max : ARENA_BYTES_MAX_DEFAULT;
    /* As much again as there is: small arenas stay small. */
    size_t bytes = arena->bytes < FIRST_CHUNK_BYTES ? FIRST_CHUNK_BYTES : arena->bytes;
    size_t most = arena->chunk_bytes ? arena->chunk_bytes : CHUNK_BYTES;
    if (bytes > most) bytes = most;
    if (exact || bytes < need + sizeof(ArenaChunk)) bytes = need + sizeof(ArenaChunk);
    if (arena->bytes + bytes > max) free_list(arena, &arena->spare);
    if (arena->bytes + bytes > max) bytes = need + sizeof(ArenaChunk);
    if (bytes > max || arena->bytes > max - bytes) return NULL;
    ArenaChunk *chunk = malloc(bytes);
    if (!chunk) return NULL;
    chunk->bytes = bytes;
    arena->bytes += bytes;
    return chunk;
}

static int add_chunk(Arena *arena, size_t need)
{
    ArenaChunk *chunk = take_spare(arena, need);
    if (!chunk) chunk = new_chunk(arena, need, false);
    if (!chunk) return -ENOMEM;
    use_chunk(arena, chunk);
    return 0;
}

/* A piece with a chunk of its own, behind the one that is being filled: that one's rest is not
 * lost. */
static void *alloc_alone(Arena *arena, size_t bytes)
{
    ArenaChunk *chunk = take_spare(arena, bytes);
    if (!chunk) chunk = new_chunk(arena, bytes, true);
    if (!chunk) return NULL;
    chunk->older = arena->chunks->older;
    arena->chunks->older = chunk;
    return chunk->data;
}

void *arena_alloc_slow(Arena *arena, size_t bytes)
{
    if (arena->chunk_bytes && arena->chunks && bytes >= arena->chunk_bytes / 4)
        return alloc_alone(arena, bytes);
    if (add_chunk(arena, bytes) < 0) return NULL;
    char *piece = arena->at;
    arena->at += bytes;
    return piece;
}

void *arena_alloc_array(Arena *arena, size_t count, size_t item_bytes)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, item_bytes, &bytes)) return NULL;
    void *piece = arena_alloc(arena, bytes);
    if (piece) memset(piece, 0, bytes);
    return piece;
}

char *arena_reserve(Arena *arena, size_t bytes)
{
    if (bytes > (size_t)1 << 40) return NULL;
    size_t step = (bytes + 15) & ~(size_t)15;
    if ((size_t)(arena->end - arena->at) < step && add_chunk(arena, step) < 0) return NULL;
    return arena->at;
}

void arena_commit(Arena *arena, size_t bytes)
{
    size_t step = (bytes + 15) & ~(size_t)15;
    CHECK(step <= (size_t)(arena->end - arena->at));
    arena->at += step;
}

int arena_copy(Arena *arena, Slice s, Slice *ret)
{
    char *piece = arena_alloc(arena, s.len ? s.len : 1);
    if (!piece) return -ENOMEM;
    if (s.len) memcpy(piece, s.ptr, s.len);
    *ret = slice_of(piece, s.len);
    return 0;
}

int arena_format(Arena *arena, Slice *ret, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    CHECK(len >= 0);
    char *piece = arena_alloc(arena, (size_t)len + 1);
    if (!piece) return -ENOMEM;
    va_start(args, format);
    vsnprintf(piece, (size_t)len + 1, format, args);
    va_end(args);
    *ret = slice_of(piece, (size_t)len);
    return 0;
}

void arena_reset(Arena *arena)
{
    size_t kept = arena->bytes_kept ? arena->bytes_kept : ARENA_BYTES_KEPT;
    while (arena->chunks) {
        ArenaChunk *chunk = arena->chunks;
        arena->chunks = chunk->older;
        chunk->older = arena->spare;
        arena->spare = chunk; /* ends with the oldest, smallest one in front */
    }
    arena->at = arena->end = NULL;
    while (arena->spare && arena->bytes > kept) {
        ArenaChunk *dropped = arena->spare;
        arena->spare = dropped->older;
        arena->bytes -= dropped->bytes;
        free(dropped);
    }
}

void arena_trim(Arena *arena)
{
    free_list(arena, &arena->spare);
}

void arena_done(Arena *arena)
{
    free_list(arena, &arena->chunks);
    free_list(arena, &arena->spare);
    arena->at = arena->end = NULL;
}
