/* From lines that nobody knows to a source definition that a person can save and edit
 * (doc/sources.md): the shape, the time, the header's columns, the sentences as patterns, and names
 * for what changes in them.
 *
 * Of lines of several kinds (plain, behind a syslog header, JSON) the most frequent kind counts. */
#ifndef AKASHI_DECODE_PROPOSAL_H
#define AKASHI_DECODE_PROPOSAL_H

#include "base/buf.h"
#include "decode/mined/miner.h"
#include "decode/mined/text_shape.h"
#include "record/event.h"

#define PROPOSAL_HELD_LINES 1000 /* the first ones: of which columns and samples are taken */
#define PROPOSAL_HELD_BYTES ((size_t)1 << 20)
#define PROPOSAL_LINE_BYTES_MAX 2048 /* longer lines are no samples */
#define PROPOSAL_MESSAGES_MAX 60     /* sentences of the definition: the most frequent */
#define PROPOSAL_TAGS_MAX 24         /* programs behind syslog headers */
#define PROPOSAL_COLUMNS_MAX 64
#define PROPOSAL_SAMPLES_MAX 5

typedef struct Proposal Proposal;

/* seed: as of miner_new. NULL: no memory. */
Proposal *proposal_new(uint64_t seed);
void proposal_free(Proposal *proposal);
/* An event that no definition and no rule claims. -ENOMEM. */
MUST_USE int proposal_feed(Proposal *proposal, const Event *event);
/* One of this program was claimed: its tag alone does not tell the unknown lines apart, so it is
 * left out. */
void proposal_see_claimed(Proposal *proposal, const Event *event);

typedef struct ProposalSummary {
    TextShape shape;
    uint64_t lines;     /* of the kind that was looked at */
    uint64_t others;    /* of the other kinds */
    uint64_t forgotten; /* lines that found no room (miner.h) */
    size_t marks;       /* ways to recognise the lines */
    size_t templates;   /* all that were found, also those that the definition leaves out */
    char time_format[LINE_TIME_FORMAT_MAX]; /* empty: no line begins with a time */
} ProposalSummary;

/* Writes the definition under a name (small letters, digits, - and _). -ENODATA: no line was fed,
 * or nothing in them tells them from other lines;
 * -ENOMEM. After it the proposal may only be freed. */
MUST_USE int proposal_write(Proposal *proposal, Slice name, Buf *yaml, ProposalSummary *ret);

#endif
