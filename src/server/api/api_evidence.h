/* The rows that a record was made of, by what its akashi.raw names. */
#ifndef AKASHI_SERVER_API_API_EVIDENCE_H
#define AKASHI_SERVER_API_API_EVIDENCE_H

#include "server/api/api_request.h"

#define API_EVIDENCE_MAX 1000 /* numbers given; then there are more */
#define API_EVIDENCE_RUNS_MAX 64

/* `CHANNEL/FIRST-LAST#ID-ID` (doc/translation.md, R15): so many events from this one on, by their
 * index in their input, and by the source's own number where it has one. */
typedef struct EvidenceRun {
    uint64_t id, record_id; /* 0: it has none */
    uint64_t count;
} EvidenceRun;

/* What to look for; slices live as long as the arena given. */
typedef struct ApiEvidence {
    EvidenceRun runs[API_EVIDENCE_RUNS_MAX];
    size_t run_count;
    uint64_t numbers[API_EVIDENCE_MAX]; /* of rows, ascending */
    size_t count;
    bool is_elsewhere[API_EVIDENCE_MAX]; /* of each: another host's, as a controller's log-on is */
    bool more;                           /* than are named, or than there is room for */
    int64_t from_ns, to_ns;
    Slice host, dataset;
} ApiEvidence;

/* Reads it off a record: rows that are named themselves (`row/N`) are in numbers at once. -ENOMEM.
 */
MUST_USE int api_evidence_of(const Record *record, Arena *arena, ApiEvidence *ret);
/* Looks for the others, as far as the person may see them. As api_question_ask; -1: answered. */
MUST_USE int api_evidence_find(ApiRequest *request, ApiEvidence *evidence);

#endif
