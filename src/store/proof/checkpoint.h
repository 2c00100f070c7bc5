/* The log of segments and its checkpoints: what makes the store tamper-evident to an outsider who
 * holds nothing but the first public key. For the engine's writer thread, one thread at a time:
 *
 *   segment sealed -> chain_append_segment;  every minute -> chain_checkpoint;
 *   every hour or so -> chain_epoch_next;    records deleted -> chain_append_tombstone
 *
 * In its folder: chain.log (entries, chain_entry.h), checkpoints.txt (note.h), both only appended
 * to, and epoch.key (the current private key under the KEK). Bytes: doc/format/chain.md.
 *
 * Invariants
 *   P1 what a call that returned 0 wrote survives a power cut. A torn end, which no call promised,
 *      is cut off by the next opening, which says so in the log.
 *   P2 a checkpoint is written only after all entries that it covers are durable; so entries
 * missing below the last checkpoint are damage or tampering, and the chain does not open
 * (-EBADMSG). P3 each epoch ends with a checkpoint by its own key that covers the entry with the
 * next key and ends there; after that its private key is gone from memory and disk. Nobody can seal
 * again what an earlier epoch sealed. P4 times never go back: where the clock did, the last time is
 * used again and a notice says so. P5 between two checkpoints lie at most gap_ns_max, or a pause
 * notice says why not. P6 at every moment the durable files hold for akashi-verify, but for
 * unsealed entries and a torn end, both behind the last checkpoint.
 *
 * After a failed call (but -EINVAL, -ERANGE and -ENOENT, which wrote nothing) the chain is failed:
 * every further call gives -EIO; close it and open it again, which writes what was not sure anew.
 */
#ifndef AKASHI_STORE_CHECKPOINT_H
#define AKASHI_STORE_CHECKPOINT_H

#include "base/complaint.h"
#include "store/proof/note.h"
#include "store/proof/tree.h"

#define CHAIN_GAP_NS_DEFAULT ((int64_t)180 * 1000000000) /* three minutes */
#define CHAIN_ENTRIES_MAX ((uint64_t)16 << 20)           /* past it appends give -ERANGE */

typedef struct Chain Chain;

typedef struct ChainOpening {
    uint64_t entries, checkpoints;
    uint64_t cut_log_bytes, cut_checkpoint_bytes; /* torn ends */
    bool is_new;
} ChainOpening;

/* Opens the chain in the folder, which exists; makes a new one, with its first checkpoint, when
 * none of its files is there. gap_ns_max is for a new one; 0: the default. Does not keep the KEK.
 * -ENOKEY: another KEK, or epoch.key damaged; -EBADMSG: P2, or the log is gone while its
 * epoch.key is here; -EPROTO: newer version; -EWOULDBLOCK:
 * another process has it; what the system said. */
MUST_USE int chain_open(const Os *os, const char *folder, const Secret *kek, int64_t gap_ns_max,
                        Chain **ret, ChainOpening *ret_opening, Complaint *complaint);
/* NULL: nothing. Wipes the key. */
void chain_close(Chain *chain);

/* Of the header the caller gives count, times, root, policy and the three hashes; log id, number,
 * leaves and previous are filled in, and stay in *header for the segment's file. -EINVAL: count 0,
 * times the wrong way round, policy too long or no UTF-8. */
MUST_USE int chain_append_segment(Chain *chain, SegmentHeader *header);
/* -ENOENT: no such segment, or it has a tombstone already; -EINVAL: reason too long, no UTF-8. */
MUST_USE int chain_append_tombstone(Chain *chain, uint64_t segment, TombstoneCause cause,
                                    Slice reason);
/* Seals all entries so far. ret: NULL when not wanted. */
MUST_USE int chain_checkpoint(Chain *chain, Checkpoint *ret);
/* Announces a new key, closes the epoch (P3), wipes the old key. The KEK seals the new one. */
MUST_USE int chain_epoch_next(Chain *chain, const Secret *kek);
/* Seals epoch.key under another KEK. */
MUST_USE int chain_rewrap(Chain *chain, const Secret *kek);

typedef struct ChainState {
    LogId log_id;
    PublicKey first_key;
    uint64_t entries, segments, leaves, epoch;
    Checkpoint last; /* the last checkpoint */
} ChainState;
void chain_state(const Chain *chain, ChainState *ret);

/* The path of an entry to the root of the last checkpoint, and the entry's body (into the arena).
 * -ENOENT: no such entry below that checkpoint. */
MUST_USE int chain_prove(Chain *chain, uint64_t index, Arena *arena, Slice *ret_body,
                         TreePath *ret_path);
/* The log index of the entry that holds a segment's header. -ENOENT. */
MUST_USE int chain_find_segment(Chain *chain, uint64_t segment, uint64_t *ret_index);

#endif
