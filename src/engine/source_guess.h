/* What a log is: which definitions claim its lines, and a definition for those that none claims.
 * For `akashi sources guess` and for the page where a person pastes a few lines.
 *
 *   source_guess_new -> (source_guess_begin -> source_guess_feed* -> source_guess_propose)* ->
 *   source_guess_free */
#ifndef AKASHI_ENGINE_SOURCE_GUESS_H
#define AKASHI_ENGINE_SOURCE_GUESS_H

#include "decode/mined/proposal.h"
#include "engine/source_samples.h"
#include "os/os.h"

#define SOURCE_GUESS_NONE SIZE_MAX

typedef struct SourceGuess SourceGuess;

typedef struct GuessTally {
    uint64_t lines[SOURCES_MAX]; /* by definition */
    uint64_t built_in;           /* what a rule of our own knows */
    uint64_t unknown;
    uint64_t total;
} GuessTally;

/* The set is finished and outlives it; the zone is for times that carry none. -ENOMEM; what the Os
 * said of its randomness. */
MUST_USE int source_guess_new(const Os *os, const SourceSet *set, int zone_offset_seconds,
                              SourceGuess **ret);
void source_guess_free(SourceGuess *guess); /* NULL: nothing */
/* Forgets the log before. -ENOMEM. */
MUST_USE int source_guess_begin(SourceGuess *guess);
/* An event of the log, in its order. The arena is for this event alone. -ENOMEM. */
MUST_USE int source_guess_feed(SourceGuess *guess, const Event *event, int64_t received_ns,
                               Arena *arena);
const GuessTally *source_guess_tally(const SourceGuess *guess);
/* The definition that claims most lines, or SOURCE_GUESS_NONE. */
size_t source_guess_most(const GuessTally *tally);

/* Once a log: a definition of this name (small letters, digits, - and _) for the unknown lines, and
 * how its own samples fare: one that does not even compile counts as one that does not fit.
 * -ENODATA: there is no unknown line, or nothing to tell them by; -ENOMEM. */
MUST_USE int source_guess_propose(SourceGuess *guess, Slice name, Buf *yaml, ProposalSummary *ret,
                                  SampleCounts *ret_samples);

#endif
