/* Inside the chain: its state, its files. */
#ifndef AKASHI_STORE_CHAIN_INT_H
#define AKASHI_STORE_CHAIN_INT_H

#include "store/proof/checkpoint.h"

/* What epoch.key holds. While a change of epochs is under way the next key is there too, so that a
 * power cut at any moment finds the key that the log announced. */
typedef struct EpochKeys {
    uint64_t epoch;
    Secret *current;
    Secret *next;  /* NULL: no change is under way */
    bool is_begun; /* the log has had a checkpoint; without one it is not to be begun again */
} EpochKeys;

struct Chain { /* owned by the writer thread */
    const Os *os;
    char *folder;
    int log_fd, notes_fd; /* the lock is on chain.log */
    uint64_t log_bytes, notes_bytes;
    int failed; /* 0, or the error that ended it */

    LogId log_id;
    PublicKey first_key;
    PublicKey keys[2]; /* of the current epoch and of the one before */
    EpochKeys secret;
    int64_t gap_ns_max;

    Tree tree;
    Digest last_header;
    uint64_t segments, leaves;
    int64_t last_time_ns;  /* of any entry or checkpoint */
    int64_t sealed_to_ns;  /* the last checkpoint's time, or the end of a pause written since */
    uint64_t announced_at; /* index of the entry with the newest epoch's key */
    uint64_t announced_epoch;
    Checkpoint last;
    bool has_checkpoint;
    bool is_clock_noticed; /* a notice says that the clock is behind last_time_ns */
};

/* chain_files.c */
MUST_USE int chain_path(const Chain *chain, const char *name, char *to, size_t room);
/* Writes at the end and syncs; on failure the chain is failed. */
MUST_USE int chain_file_append(Chain *chain, int fd, uint64_t *bytes, Slice what);
MUST_USE int epoch_keys_write(Chain *chain, const Secret *kek);
MUST_USE int epoch_keys_read(Chain *chain, const Secret *kek);
void epoch_keys_done(EpochKeys *keys);

/* Each entry of chain.log in order; negative from the sink stops. `leaf` is its hash. */
typedef int (*EntrySink)(void *context, const ChainEntry *entry, Slice body, const Digest *leaf);
/* ret_good_bytes: the length of the good beginning; what follows is no frame. Returns 0 also then.
 */
MUST_USE int chain_walk(Chain *chain, EntrySink sink, void *context, uint64_t *ret_good_bytes);

/* checkpoint.c */
/* Takes a parsed entry into the state. -EBADMSG: it does not follow. */
MUST_USE int chain_take_entry(Chain *chain, const ChainEntry *entry, const Digest *leaf);
/* Fills in index, log id and time; appends, syncs, takes it in. */
MUST_USE int chain_add_entry(Chain *chain, ChainEntry *entry);
MUST_USE int chain_add_checkpoint(Chain *chain, int64_t time_ns);
/* The steps of chain_epoch_next that come after the keys are safe. */
MUST_USE int chain_epoch_finish(Chain *chain, const Secret *kek);
/* Writes the notices that are due before anything else is: a pause (P5), a clock gone back (P4). */
MUST_USE int chain_notice_time(Chain *chain);
/* The clock's time, or the last one written when that is later. */
int64_t chain_now_ns(const Chain *chain);

#endif
