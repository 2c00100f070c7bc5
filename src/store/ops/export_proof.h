/* Proofs for chosen rows: for each a file that akashi-verify judges with nothing but the first
 * public key, and the chain that they hang on; or of one row, to be shown. */
#ifndef AKASHI_STORE_EXPORT_PROOF_H
#define AKASHI_STORE_EXPORT_PROOF_H

#include "store/proof/proof_file.h"
#include "store/store.h"

#include <stdatomic.h>

#define EXPORT_KEY_BYTES 160
#define EXPORT_PROOFS_MAX ((size_t)100000) /* as many as akashi-verify reads */

/* A row that is to be proven: its number in the store, and that of its file (NNNNNNNN.proof). */
typedef struct ProofWanted {
    uint64_t number, ordinal;
} ProofWanted;

typedef struct ProofsWritten {
    uint64_t proofs;
    uint64_t unsealed; /* of rows that are in no sealed segment yet: nothing proves them */
    uint64_t size;     /* entries that the last checkpoint covers */
    char first_key[EXPORT_KEY_BYTES];
} ProofsWritten;

/* Is the row in a sealed segment of the snapshot, so that it can be proven? */
bool export_is_sealed(const StoreReader *reader, uint64_t number);

/* Rows written, of all. Negative ends it. */
typedef int (*ExportProgress)(void *context, uint64_t done, uint64_t all);

/* Writes chain.log, checkpoints.txt and the proofs into the folder, which exists and has none of
 * them. `wanted` is sorted here. The chain is read after the segments of the reader's snapshot, so
 * it has them. -E2BIG: over EXPORT_PROOFS_MAX; -EBADMSG: a segment or the chain does not hold, with
 * the complaint; -EEXIST; -ENOMEM; what the system said. */
MUST_USE int export_proofs(const Os *os, const char *store, const StoreReader *reader,
                           ProofWanted *wanted, size_t count, const char *folder,
                           ExportProgress progress, void *context, ProofsWritten *ret,
                           Complaint *complaint);

/* Where the proof of one row stands. */
typedef struct RowProof {
    uint64_t segment, segment_rows; /* its number; leaves of its tree */
    uint64_t index;                 /* of the row's leaf there */
    Digest leaf;
    bool is_covered; /* by the last checkpoint; else what follows is not known yet */
    uint64_t entry;  /* of the log: the segment's */
    Digest segment_root;
    Checkpoint checkpoint; /* the last one */
    char first_key[EXPORT_KEY_BYTES];
} RowProof;

/* Makes the leaf again from the row, the segment's tree from all its rows, and checks the paths and
 * the checkpoint's signature. text: what a proof file of it has, appended where is_covered; NULL:
 * not wanted. It reads all of a segment, perhaps for seconds; cancel is looked at a block: NULL:
 * never. -ENOENT: the row is in no sealed segment; -EBADMSG: it does not hold, with the complaint;
 * -ECANCELED; -ENOMEM; what the system said. */
MUST_USE int export_row_proof(const Os *os, const char *store, const StoreReader *reader,
                              uint64_t number, const atomic_bool *cancel, RowProof *ret, Buf *text,
                              Complaint *complaint);

#endif
