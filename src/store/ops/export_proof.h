/* Proofs for chosen rows: for each a file that akashi-verify judges with nothing but the first
 * public key, and the chain that they hang on. */
#ifndef AKASHI_STORE_EXPORT_PROOF_H
#define AKASHI_STORE_EXPORT_PROOF_H

#include "store/store.h"

#define EXPORT_PROOFS_MAX ((size_t)100000) /* as many as akashi-verify reads */

/* A row that is to be proven: its number in the store, and that of its file (NNNNNNNN.proof). */
typedef struct ProofWanted {
    uint64_t number, ordinal;
} ProofWanted;

typedef struct ProofsWritten {
    uint64_t proofs;
    uint64_t unsealed; /* of rows that are in no sealed segment yet: nothing proves them */
    uint64_t size;     /* entries that the last checkpoint covers */
    char first_key[160];
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

#endif
