/* The head and the directory of a segment's file as bytes. */
#ifndef AKASHI_STORE_SEGMENT_HEAD_H
#define AKASHI_STORE_SEGMENT_HEAD_H

#include "store/segment/segment_int.h"
#include "store/segment/segment_keys.h"

/* What stands at the front of the file, and once more at its end, in clear. Its digest tells
 * damage; what it says is trusted only where the directory, which is sealed, says the same. */
typedef struct SegmentHead {
    WrappedKey wrapped;
    SealedRun directory, copy; /* the same bytes twice */
    SegmentHeader header;      /* policy points into the bytes that it was read from */
} SegmentHead;

void head_print(const SegmentHead *head, uint8_t to[SEGMENT_HEAD_BYTES]);
/* -EBADMSG, -EPROTO. */
MUST_USE int head_parse(Slice bytes, SegmentHead *ret);

/* Where a part of keys is: its pieces are those of segment_keys.h, the fences last. */
typedef struct KeyPlace {
    SealedRun run;
    uint64_t pieces; /* with the fences; 0: there is no such part */
    uint64_t fence_bytes;
} KeyPlace;

/* A segment of the log whose rows a re-packed file has (doc/decisions/0010-repacking.md). */
typedef struct SegmentMember {
    SegmentHeader header; /* as it stands in the log */
    Digest blind_key;     /* of its leaves */
    NumberRuns numbers;   /* of its rows */
    KeySeed key_seed;     /* of its prints */
    KeyPlace keys;        /* prints that cannot be made again from its rows */
    const GoneRow *gone;  /* by rank */
    size_t gone_count;
} SegmentMember;
#define SEGMENT_MEMBERS_MAX 1024u

typedef struct SegmentDirectory {
    SegmentHeader core; /* the header, but its digest of the directory is zeros */
    uint64_t index_head_bytes;
    SealedRun index; /* its pieces are those of the index; bytes: all of them */
    KeyPlace keys;
    NumberRuns numbers;
    SegmentMember *members; /* of a re-packed file, by the numbers of their headers */
    size_t member_count;
    uint32_t block_count;
    SegmentBlock *blocks;
    uint64_t *plain_bytes; /* of each block */
    Digest *digests; /* SHA-256 of each block's plain bytes, so that the chain vouches for them */
} SegmentDirectory;

void directory_add(Buf *to, const SegmentDirectory *directory);
/* Into the arena. repacked: it is one of a file with members. -EBADMSG, -ENOMEM. */
MUST_USE int directory_parse(Slice bytes, Arena *arena, bool repacked, SegmentDirectory *ret);
static inline bool header_is_repacked(const SegmentHeader *header)
{
    return (header->number & REPACKED_BIT) != 0;
}

/* segment_members.c */
void members_add(Buf *to, const SegmentMember *members, size_t count);
/* Of a file with so many rows. -EBADMSG, -ENOMEM. */
MUST_USE int members_take(Slice *bytes, uint64_t rows, Arena *arena, SegmentDirectory *ret);
/* Whose row has this number, and its rank there. NULL: nobody's. */
const SegmentMember *members_find(const SegmentDirectory *directory, uint64_t number,
                                  uint64_t *ret_rank);

/* The bytes of the header with zeros in place of the digest of the directory. */
void header_core_add(Buf *to, const SegmentHeader *header);

#endif
