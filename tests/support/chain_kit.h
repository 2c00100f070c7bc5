/* For tests of the log of segments: a workload that uses all of it, and the auditor's judgement of
 * what is in a folder. */
#ifndef AKASHI_TESTS_CHAIN_KIT_H
#define AKASHI_TESTS_CHAIN_KIT_H

#include "store/proof/checkpoint.h"

#define CHAIN_KIT_GAP_NS ((int64_t)180 * 1000000000)

/* A KEK of this number. */
Secret *chain_kit_kek(uint8_t number);
/* The header that a segment of this many records would have. */
SegmentHeader chain_kit_header(uint64_t count);
/* Gives it the next place in the log, and appends it. */
int chain_kit_append(Chain *chain, SegmentHeader *header);

/* What a workload was promised. */
typedef struct ChainPromise {
    ChainState state; /* after the last call that returned 0 */
    bool is_made;     /* chain_open returned 0 */
} ChainPromise;
/* Opens the folder's chain and does `steps` things of every kind. Returns the first error. */
int chain_kit_work(const Os *os, const char *folder, const Secret *kek, int steps,
                   ChainPromise *promise);

/* "holds" or what akashi-verify would print without the words. `given`: the text of a checkpoint,
 * with its signature, or empty. */
const char *chain_kit_verdict(const Os *os, const char *folder, const PublicKey *first_key,
                              Slice given);
/* After whatever happened: the chain opens, has what was promised, goes on, and then holds. Says
 * what does not; returns false then. */
bool chain_kit_check(const Os *os, const char *folder, const Secret *kek,
                     const ChainPromise *promise);

#endif
