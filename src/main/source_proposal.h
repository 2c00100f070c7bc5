/* The proposal of a definition for the lines of a log that nobody knows (decode/mined/proposal.h).
 */
#ifndef AKASHI_MAIN_SOURCE_PROPOSAL_H
#define AKASHI_MAIN_SOURCE_PROPOSAL_H

#include "engine/source_guess.h"
#include "main/options.h"

/* Writes the definition, named after the file, runs its samples and says on stderr what was found.
 * -ENODATA: there was no line; -ENOMEM. */
MUST_USE int source_proposal_write(SourceGuess *guess, Slice file, Language language, Buf *yaml,
                                   ProposalSummary *ret);

#endif
