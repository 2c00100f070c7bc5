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
    uint64_t rows;  /* of the segment that were read before */
} SegmentFinding;

typedef struct SegmentVerified {
    bool repacked;
    Repack repack;         /* of a re-packed file: what the chain must say of it */
    uint64_t chain_number; /* else: of its header */
    Digest header;
    uint64_t rows, bytes, raw_bytes;
} SegmentVerified;

/* The segment of reader's info `index`. 0: it holds as far as can be said without the chain; 1: it
 * does not, *ret_finding; -ENOMEM or what the system said. Memory: a block's, 32 bytes a row. Any
 * thread may call. */
MUST_USE int store_verify_segment(const StoreReader *reader, size_t index, SegmentVerified *ret,
                                  SegmentFinding *ret_finding);

#endif
