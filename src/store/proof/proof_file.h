/* What an auditor is handed: a folder with chain.log and checkpoints.txt as far as the last
 * checkpoint, and proof files. akashi-verify reads it. Bytes: doc/format/chain.md. */
#ifndef AKASHI_STORE_PROOF_FILE_H
#define AKASHI_STORE_PROOF_FILE_H

#include "store/proof/checkpoint.h"

#define PROOF_RECORD_BYTES_MAX ((size_t)64 << 20)

/* One record's place in its segment, with the record itself or only its leaf. */
typedef struct RecordProof {
    uint64_t segment;
    uint64_t index;       /* in the segment, 0-based */
    bool is_record_shown; /* blind and record are given away; else the leaf alone */
    uint8_t blind[16];
    Slice record;  /* canonical bytes, at most PROOF_RECORD_BYTES_MAX */
    Digest leaf;   /* in either case */
    TreePath path; /* to the segment's root (tree_inclusion) */
} RecordProof;

/* The text of a proof file. -EINVAL: the path does not lead to the segment's root, the leaf is not
 * that of the record, or the record is too long; -ENOENT: no such segment below the last
 * checkpoint. */
MUST_USE int proof_text(Chain *chain, const RecordProof *proof, Arena *arena, Buf *ret);

/* Writes chain.log and checkpoints.txt into the folder, which exists and has neither (-EEXIST),
 * synced; entries after the last checkpoint stay out. */
MUST_USE int chain_export(Chain *chain, const char *folder);

#endif
