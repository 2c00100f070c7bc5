/* The proposal of a definition for the lines of a log that nobody knows (decode/mined/proposal.h).
 */
#ifndef AKASHI_MAIN_SOURCE_PROPOSAL_H
#define AKASHI_MAIN_SOURCE_PROPOSAL_H

#include "decode/mined/proposal.h"
#include "main/options.h"

/* NULL: no memory, or no randomness. */
Proposal *source_proposal_new(void);
/* Writes the definition, named after the file, runs its samples and says on stderr what was found.
 * -ENODATA: there was no line; -ENOMEM. */
MUST_USE int source_proposal_write(Proposal *proposal, Slice file, Language language, Buf *yaml,
                                   ProposalSummary *ret);

#endif
