/* What folding and finding share. */
#ifndef AKASHI_BASE_FOLD_INT_H
#define AKASHI_BASE_FOLD_INT_H

#include "base/slice.h"

/* The voiced or half-voiced mark in front of s, or 0. All four are three bytes long. */
uint32_t fold_mark_at(Slice s);

/* Sixteen bytes at once, in the compilers' own vector types (gcc and clang alike). */
typedef unsigned char Bytes16 __attribute__((vector_size(16)));
typedef uint64_t Words2 __attribute__((vector_size(16)));

static inline Bytes16 load16(const char *from)
{
    Bytes16 bytes;
    memcpy(&bytes, from, sizeof bytes);
    return bytes;
}

static inline Bytes16 splat16(unsigned char c)
{
    return c - (Bytes16){0};
}

static inline bool any16(Bytes16 bytes)
{
    Words2 words = (Words2)bytes;
    return (words[0] | words[1]) != 0;
}

static inline unsigned char small_ascii(unsigned char c)
{
    return (unsigned char)(c + ((unsigned char)(c - 'A') < 26) * 32);
}

#endif
