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

/* What a record's proof hangs on: the entry of its segment in the log. Slices live in the arena. */
typedef struct ProofPlace {
    uint64_t entry; /* its index */
    Slice body;
    ChainEntry parsed; /* of ENTRY_SEGMENT */
    TreePath log_path; /* to the root of the last checkpoint */
} ProofPlace;

/* Finds it, and checks what an auditor will: that the leaf is the record's, that the path leads to
 * the segment's root, the log's path to that of the last checkpoint. -EINVAL: one does not, or the
 * record is too long; -ENOENT: no such segment below the last checkpoint. */
MUST_USE int proof_place(Chain *chain, const RecordProof *proof, Arena *arena, ProofPlace *ret);
/* The text of a proof file. As proof_place. */
MUST_USE int proof_text(Chain *chain, const RecordProof *proof, Arena *arena, Buf *ret);

/* Writes chain.log and checkpoints.txt into the folder, which exists and has neither (-EEXIST),
 * synced; entries after the last checkpoint stay out. */
MUST_USE int chain_export(Chain *chain, const char *folder);
/* The bytes of those two, in pieces. Negative from the sink stops. */
typedef int (*ChainSink)(void *context, Slice piece);
MUST_USE int chain_export_log(Chain *chain, ChainSink sink, void *context);
MUST_USE int chain_export_notes(Chain *chain, ChainSink sink, void *context);

#endif
