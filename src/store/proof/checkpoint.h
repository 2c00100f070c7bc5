/* The log of segments and its checkpoints: what makes the store tamper-evident to an outsider who
 * holds nothing but the first public key. For the engine's writer thread, one thread at a time:
 *
 *   chain_next_segment -> segment sealed -> chain_append_segment;  every minute ->
 * chain_checkpoint; every hour or so -> chain_epoch_next;    records deleted ->
 * chain_append_tombstone
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
/* Opens the chain beside whoever writes it: no key, no lock, nothing is written; what a writer had
 * not finished is passed over. Only chain_state, chain_extent, chain_prove, chain_find_segment,
 * proof_text and chain_export work on it. -ENOENT: there is no chain; -EBADMSG: P2. */
MUST_USE int chain_open_reading(const Os *os, const char *folder, Chain **ret);
/* How far its files are whole: entries and notes. */
void chain_extent(const Chain *chain, uint64_t *ret_log_bytes, uint64_t *ret_notes_bytes);
/* NULL: nothing. Wipes the key. */
void chain_close(Chain *chain);
static inline void chain_done(Chain **held)
{
    chain_close(*held);
}

/* The place of the next segment: fills in log_id, number, first_leaf and previous. The segment is
 * written with them (they are in its file), then appended. Until then nothing else may be appended
 * that is a segment. */
void chain_next_segment(const Chain *chain, SegmentHeader *header);
/* The header of a whole segment, as segment_write gave it. -EINVAL: it was not made for this place
 * (chain_next_segment), count 0, times the wrong way round, policy too long or no UTF-8. */
MUST_USE int chain_append_segment(Chain *chain, const SegmentHeader *header);
/* -ENOENT: no such segment, or it has a tombstone already; -EINVAL: reason too long, no UTF-8. */
MUST_USE int chain_append_tombstone(Chain *chain, uint64_t segment, TombstoneCause cause,
                                    Slice reason);
/* Tombstones for the segment of that number, which has that header, or for all members of a
 * re-packed file (REPACKED_BIT; the header is not looked at); those that have one already are
 * passed over, and those of an earlier chain, of which this one knows nothing. -EINVAL as above;
 * -ENOMEM. */
MUST_USE int chain_bury(Chain *chain, uint64_t number, const Digest *header, TombstoneCause cause,
                        Slice reason);
/* -ENOENT: no such segment with that header, or it has a tombstone; -EINVAL: the count is none of
 * the segment's, or the reason as above. */
MUST_USE int chain_append_redaction(Chain *chain, const Redaction *redaction);
/* A re-packed file that is durable. -EINVAL: no runs, too many, or of segments that are not here or
 * have a tombstone. */
MUST_USE int chain_append_repack(Chain *chain, const Repack *repack);
/* Seals all entries so far. ret: NULL when not wanted. */
MUST_USE int chain_checkpoint(Chain *chain, Checkpoint *ret);
/* Announces a new key, closes the epoch (P3), wipes the old key. The KEK seals the new one. */
MUST_USE int chain_epoch_next(Chain *chain, const Secret *kek);
/* Seals epoch.key under another KEK. */
MUST_USE int chain_rewrap(Chain *chain, const Secret *kek);
/* What epoch.key would be under another KEK; the file stays as it is. */
MUST_USE int chain_keys_print(const Chain *chain, const Secret *kek, Buf *to);

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
