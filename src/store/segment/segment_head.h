/* The head and the directory of a segment's file as bytes. */
#ifndef AKASHI_STORE_SEGMENT_HEAD_H
#define AKASHI_STORE_SEGMENT_HEAD_H

#include "store/segment/segment_int.h"

/* What stands at the front of the file, in clear. Its digest tells damage; what it says is trusted
 * only where the directory, which is sealed, says the same. */
typedef struct SegmentHead {
    WrappedKey wrapped;
    SealedRun directory;
    SegmentHeader header; /* policy points into the bytes that it was read from */
} SegmentHead;

void head_print(const SegmentHead *head, uint8_t to[SEGMENT_HEAD_BYTES]);
/* -EBADMSG, -EPROTO. */
MUST_USE int head_parse(Slice bytes, SegmentHead *ret);

typedef struct SegmentDirectory {
    SegmentHeader core; /* the header, but its digest of the directory is zeros */
    uint64_t index_head_bytes;
    SealedRun index; /* its pieces are those of the index; bytes: all of them */
    uint32_t block_count;
    SegmentBlock *blocks;
    uint64_t *plain_bytes; /* of each block */
} SegmentDirectory;

void directory_add(Buf *to, const SegmentDirectory *directory);
/* Into the arena. -EBADMSG, -ENOMEM. */
MUST_USE int directory_parse(Slice bytes, Arena *arena, SegmentDirectory *ret);

/* The bytes of the header with zeros in place of the digest of the directory. */
void header_core_add(Buf *to, const SegmentHeader *header);

#endif
