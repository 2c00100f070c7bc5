/* The numbers of a segment's rows by rank: runs without gaps. */
#ifndef AKASHI_STORE_NUMBER_RUNS_H
#define AKASHI_STORE_NUMBER_RUNS_H

#include "base/arena.h"
#include "base/buf.h"

typedef struct NumberRun {
    uint64_t rank, number; /* of its first row */
} NumberRun;

typedef struct NumberRuns {
    Buf held; /* NumberRun each, while they are gathered */
    const NumberRun *runs;
    size_t count;
    uint64_t rows;
} NumberRuns;

static inline void number_runs_done(NumberRuns *runs)
{
    buf_done(&runs->held);
}
/* The next row's number. -EINVAL: not above the one before; -ENOMEM. */
MUST_USE int number_runs_gather(NumberRuns *runs, uint64_t number);
void number_runs_add(Buf *to, const NumberRuns *runs);
/* Takes them off the front, into the arena; they are of so many rows. -EBADMSG, -ENOMEM. */
MUST_USE int number_runs_take(Slice *bytes, uint64_t rows, Arena *arena, NumberRuns *ret);

uint64_t number_runs_at(const NumberRuns *runs, uint64_t rank);
/* -ENOENT. */
MUST_USE int number_runs_find(const NumberRuns *runs, uint64_t number, uint64_t *ret_rank);

#endif
