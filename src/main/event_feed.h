/* Files -> events, one after the other: the way of `detect` and `rules explain`. */
#ifndef AKASHI_MAIN_EVENT_FEED_H
#define AKASHI_MAIN_EVENT_FEED_H

#include "main/options.h"
#include "main/progress.h"

#include "engine/reading.h"

typedef struct EventFeed {
    const Invocation *invocation;
    /* Negative stops. */
    int (*event)(void *context, Batch *batch, const Event *event, Slice file);
    int (*ended)(void *context, Batch *batch); /* an input has ended; may be NULL */
    void *context;
    Batch *batches[2]; /* filled in turn */
    size_t turn;
    InputStream *stream;
    Slice name; /* of the input being read */
    Progress progress;
    uint64_t events, damaged, failed, passed_over;
} EventFeed;

/* Reads the paths. 0, what event returned, or -ENOMEM; unreadable inputs are said and counted. */
MUST_USE int event_feed_run(EventFeed *feed, char **paths, size_t count);

#endif
