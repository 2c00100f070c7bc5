/* The keys part of a segment: a fingerprint for each row that has a key, sorted, in pieces that are
 * read one by one (doc/format/segment.md). Pure but for what `put` and `get` do. */
#ifndef AKASHI_STORE_SEGMENT_KEYS_H
#define AKASHI_STORE_SEGMENT_KEYS_H

#include "base/arena.h"
#include "base/buf.h"
#include "record/row.h"
#include "store/crypt/crypt.h"

#define KEYS_PIECE_COUNT ((size_t)1024) /* fingerprints of a piece; the last has fewer */

/* How keys become fingerprints: SipHash-1-3 under a secret of the segment, so that no log can be
 * written that passes for another one. */
typedef struct KeySeed {
    uint64_t words[2];
} KeySeed;
KeySeed keys_seed(const SegmentKey *key);
/* All zeros: no key. */
bool keys_is_none(const uint8_t key[ROW_KEY_BYTES]);
uint64_t keys_fingerprint(const KeySeed *seed, const uint8_t key[ROW_KEY_BYTES]);

/* Sorts the prints (equal ones stay once) and gives the part's pieces one after the other: first
 * those of the prints, then the fences, which say where the others are. */
typedef int (*KeysPut)(void *context, Slice piece);
MUST_USE int keys_write(uint64_t *prints, size_t count, KeysPut put, void *context);

/* The fences: what is in memory of an open segment. */
typedef struct KeyFences {
    uint64_t count; /* of prints */
    uint32_t piece_count;
    uint64_t *first;  /* print of each piece */
    uint64_t *offset; /* of each piece in the part, without what seals add; one more than pieces */
} KeyFences;
/* -EBADMSG, -ENOMEM. */
MUST_USE int keys_read_fences(Slice bytes, Arena *arena, KeyFences *ret);
/* The piece that the print would be in. False: in none. */
bool keys_find_piece(const KeyFences *fences, uint64_t print, uint32_t *ret_piece);
/* Gives the prints of a piece to `to`, which has room for KEYS_PIECE_COUNT. -EBADMSG. */
MUST_USE int keys_piece_read(const KeyFences *fences, uint32_t piece, Slice bytes, uint64_t *to,
                             size_t *ret_count);
/* 1, 0 or -EBADMSG. */
MUST_USE int keys_piece_has(const KeyFences *fences, uint32_t piece, Slice bytes, uint64_t print);

#endif
