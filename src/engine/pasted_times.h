/* Which times a line could mean, for a person to choose from: the one that a proposed definition
 * takes, the same with day and month the other way round, and those of its other fields. */
#ifndef AKASHI_ENGINE_PASTED_TIMES_H
#define AKASHI_ENGINE_PASTED_TIMES_H

#include "base/arena.h"
#include "base/buf.h"
#include "decode/mined/line_time.h"
#include "record/event.h"

#define PASTED_TIMES_MAX 16 /* further ones are left out */

typedef struct PastedTime {
    Slice text;      /* as it stands in the line */
    Slice format;    /* of doc/sources.md; each only once */
    Slice field;     /* of the definition, that holds it; empty: the one it takes already */
    size_t from, to; /* bytes of the line */
    bool chosen;
} PastedTime;

typedef struct PastedTimes {
    PastedTime of[PASTED_TIMES_MAX];
    size_t count;
} PastedTimes;

/* The line, as the definition reads it (the event's fields), and the definition. -ENOMEM. */
MUST_USE int pasted_times_find(Slice line, const Event *event, Slice yaml, Arena *arena,
                               PastedTimes *ret);
/* The definition with that time in place of its own. -EINVAL: none of them has this format. */
MUST_USE int pasted_times_choose(const PastedTimes *times, Slice yaml, Slice format, Buf *to);

#endif
