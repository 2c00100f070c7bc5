/* Changing the key-encryption key of a store, and destroying the key of one segment.
 *
 * Invariants
 *   R1 at every moment, a power cut included, the store opens with the old key or with the new one;
 *      with the old one until the change is committed, with the new one from then on.
 *   R2 nothing is changed before it is committed (rekey_journal.h). */
#ifndef AKASHI_STORE_REKEY_H
#define AKASHI_STORE_REKEY_H

#include "store/store.h"

typedef struct RekeySummary {
    uint64_t segments;
    uint64_t skipped; /* damaged, or their key was destroyed: no key opens them */
} RekeySummary;

/* Seals what is in the log, then wraps all keys under new_kek: those of segments, of the chain, the
 * sums of FORMAT and MANIFEST. `options` are those of store_open, with the old KEK. Files that were
 * put aside as evidence (*.bad, chain.damaged-N) and backups stay under the old key. The complaint
 * says what is wrong: as store_open; -EAGAIN: another process wrote meanwhile; -EEXIST: it is the
 * same key; what the system said. */
MUST_USE int store_rekey(const Os *os, const char *folder, const StoreOptions *options,
                         const Secret *new_kek, RekeySummary *ret, Complaint *complaint);

#endif
