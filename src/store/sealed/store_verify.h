/* Does a sealed segment hold? Its file as a whole, its header against the one that the chain has,
 * its root recomputed from the rows that come out of it? Of a re-packed file: those of its members.
 */
#ifndef AKASHI_STORE_STORE_VERIFY_H
#define AKASHI_STORE_STORE_VERIFY_H

#include "base/digest.h"
#include "store/proof/chain_entry.h"
#include "store/store.h"

typedef struct SegmentFinding {
    const char *id; /* segment.missing, segment.head, segment.header (not the one of the chain),
                       segment.part (head copy, directory, index or keys), segment.block,
                       segment.root, segment.chain (it is in no entry of this chain) */
    uint64_t block; /* of segment.block: which, from 0 */
    uint64_t rows;  /* of the segment that stand before what does not hold */
} SegmentFinding;

typedef struct SegmentVerified {
    bool repacked;
    Repack repack;         /* of a re-packed file: what the chain must say of it */
    uint64_t chain_number; /* else: of its header */
    Digest header;
    uint64_t rows, bytes, raw_bytes;
} SegmentVerified;

/* The same in steps, so that several threads share the blocks of one segment: begin; each block
 * once, in any order; end. Results as below. */
typedef struct Verifying Verifying;
MUST_USE int verifying_begin(const StoreReader *reader, size_t index, Verifying **ret,
                             SegmentFinding *ret_finding);
uint32_t verifying_block_count(const Verifying *verifying);
/* A handle of the calling thread's own; the first thread may use that of `verifying`. */
Segment *verifying_segment(Verifying *verifying);
/* Any thread, several at once, each with its own handle of this segment. */
MUST_USE int verifying_block(Verifying *verifying, Segment *segment, uint32_t block,
                             SegmentFinding *ret_finding);
/* When all blocks were. */
MUST_USE int verifying_end(Verifying *verifying, SegmentVerified *ret, SegmentFinding *ret_finding);
void verifying_free(Verifying *verifying); /* NULL: nothing */

/* The segment of reader's info `index`. 0: it holds as far as can be said without the chain; 1: it
 * does not, *ret_finding; -ENOMEM or what the system said. Memory: a block's, 32 bytes a row. Any
 * thread may call. */
MUST_USE int store_verify_segment(const StoreReader *reader, size_t index, SegmentVerified *ret,
                                  SegmentFinding *ret_finding);

#endif
