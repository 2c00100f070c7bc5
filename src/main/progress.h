/* The progress line of long work: on a terminal only, on stderr, at most ten times a second. */
#ifndef AKASHI_MAIN_PROGRESS_H
#define AKASHI_MAIN_PROGRESS_H

#include "base/slice.h"

typedef struct Progress {
    bool shown;       /* stderr is a terminal */
    bool line_is_set; /* something is on the line */
    int64_t next_ns;
} Progress;

Progress progress_make(void);
/* total 0: unknown. count: what has been done so far, such as records. */
void progress_show(Progress *progress, Slice name, uint64_t done, uint64_t total, uint64_t count);
/* Clears the line, so that a message can be printed or the work ends. */
void progress_clear(Progress *progress);

#endif
