/* The sealed tier of a store that is open for writing: its segments, the MANIFEST that names them,
 * the chain that proves them, and the thread that makes them.
 *
 * A group of log files becomes a segment in this order; a power cut between any two steps loses and
 * doubles nothing:
 *
 *   chain_next_segment -> segment_write (.part, sync, rename) -> chain_append_segment, checkpoint
 *     -> MANIFEST -> the log files are removed
 *
 * Until MANIFEST names the segment the log files are the truth. On opening, a segment that the
 * chain has and MANIFEST has not is adopted, one that neither has is removed (its rows are in the
 * log), a MANIFEST that is damaged is made again from the segments.
 *
 * A chain that is damaged (or whose key is) stays as `chain.damaged-N` and a new one is begun: a
 * store that does not start helps the attacker more. It is told (STORE_NEWS_CHAIN_REPLACED), and
 * verification fails from then on, for the segments before are of another log. */
#ifndef AKASHI_STORE_SEALED_H
#define AKASHI_STORE_SEALED_H

#include "store/keep.h"
#include "store/proof/checkpoint.h"
#include "store/sealed/manifest.h"
#include "store/store.h"
#include "store/wal/wal_group.h"

#define SEALED_WAITING_MAX 3 /* groups that wait to be sealed; then the writer waits */
/* Segments whose keys are at hand while a store is open; those of further ones are opened anew for
 * each question. */
#define SEALED_OPEN_MAX ((size_t)512)
#define SEALED_FILTER_BYTES_MAX ((size_t)64 << 20) /* of filters; further segments have none */
/* Of prints of re-packed rows, made again from the rows: 8 bytes a row. Past it the file asked
 * longest ago is forgotten, and read again when it is asked. */
#define SEALED_PRINTS_BYTES_MAX ((size_t)64 << 20)

typedef struct Sealed Sealed;

/* Recovers, opens the chain, starts the thread. The folder is locked by the caller. Errors of
 * chain_open but those above; what the system said. */
MUST_USE int sealed_open(const StoreFolder *folder, const StoreOptions *options, Sealed **ret,
                         Complaint *complaint);
/* Waits for the segment being made; groups that only wait stay in the log. NULL: nothing. */
void sealed_close(Sealed *sealed);

/* These are for the writer thread. */
/* Number after the last sealed row. */
uint64_t sealed_end_row(Sealed *sealed);
/* The group stays the caller's, unchanged, until sealed_is_done_with it. With
 * options.seal_in_commit it is sealed before this returns. The error of an earlier group that could
 * not be sealed; the group is taken even so. */
MUST_USE int sealed_give(Sealed *sealed, WalGroup *group);
bool sealed_is_done_with(Sealed *sealed, const WalGroup *group);
/* Waits until the group is sealed; the error when it could not be. */
MUST_USE int sealed_wait(Sealed *sealed, const WalGroup *group);
/* 1: a segment has a row with the row's key. 0, or a negative errno. A segment whose keys are
 * damaged has none (doc/decisions/0011-repeats-of-packed-rows.md). */
MUST_USE int sealed_has_row(Sealed *sealed, const Row *row);
/* That will soon be asked of this row: no more than a hint. */
void sealed_foresee_row(const Sealed *sealed, const Row *row);
/* A row that is added, and its key is kept: what is known of it need not be asked of segments. */
void sealed_note_row(Sealed *sealed, const Row *row, uint64_t number);
void sealed_stats(Sealed *sealed, StoreStats *ret);

/* Any thread. */
MUST_USE int sealed_pack(Sealed *sealed, const StorePackOptions *options, StorePackTally *ret);
MUST_USE int sealed_expire(Sealed *sealed, const StoreRetention *retention, StoreExpired *ret);
MUST_USE int sealed_delete(Sealed *sealed, const StoreDeletion *deletion, StoreDeleted *ret);
MUST_USE int sealed_checkpoint(Sealed *sealed);
void sealed_proof(Sealed *sealed, StoreProof *ret);

#endif
