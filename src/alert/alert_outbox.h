/* The outbox: what is still to be told, to whom, and what was told; in the stories' file, so that
 * it survives a restart.
 *
 * Invariants
 *   O1 a revision of a story is told to a sink once. What is to be told is derived from the
 * stories, so a full queue or a stopped process loses nothing. O2 what was taken is taken again
 * only when it failed, or when its taker is gone for OUTBOX_LEASE_NS; the same sending then has the
 * same number, so that the mail has the same Message-ID. Between the receiver's yes and our note of
 * it lies the one gap in which a power cut makes the same message go twice. O3 a storm becomes few
 * messages: over OUTBOX_SINGLES_MAX sendings (and OUTBOX_URGENT_MAX more) within OUTBOX_STORM_NS
 * all that is due goes into one, at most one such within OUTBOX_DIGEST_NS; it says so. */
#ifndef AKASHI_ALERT_ALERT_OUTBOX_H
#define AKASHI_ALERT_ALERT_OUTBOX_H

#include "alert/story.h"

#define OUTBOX_PENDING_MAX 100000 /* a sink; what is over it waits in the stories themselves */
/* So that what comes together is told together. */
#define OUTBOX_SETTLE_NS ((int64_t)1 * NS_PER_SECOND)
#define OUTBOX_LEASE_NS ((int64_t)180 * NS_PER_SECOND) /* longer than any sending may last */
#define OUTBOX_STORM_NS ((int64_t)600 * NS_PER_SECOND)
#define OUTBOX_SINGLES_MAX 5
/* So many more for critical stories: the worst one is told by itself. */
#define OUTBOX_URGENT_MAX 5
#define OUTBOX_DIGEST_NS ((int64_t)60 * NS_PER_SECOND)
#define OUTBOX_RETRY_LEAST_NS ((int64_t)10 * NS_PER_SECOND) /* doubled each time */
#define OUTBOX_RETRY_MOST_NS ((int64_t)900 * NS_PER_SECOND)
#define OUTBOX_GIVE_UP_NS ((int64_t)48 * 3600 * NS_PER_SECOND)
#define OUTBOX_STORIES_MAX 100 /* listed in one message; more are counted */

typedef struct OutboxStory {
    uint64_t story;
    unsigned revision;
} OutboxStory;

/* One message to be sent. */
typedef struct OutboxJob {
    uint64_t send; /* the same each time it is tried */
    bool is_digest;
    unsigned tries; /* this one included */
    int64_t created_ns;
    OutboxStory stories[OUTBOX_STORIES_MAX]; /* the most urgent first */
    size_t story_count;
    size_t total;     /* stories in the message, listed or not */
    bool told_before; /* of a single one: the sink knows the story */
} OutboxJob;

/* Puts in what the sink must be told. `sink` is a number that never changes its meaning. Returns
 * how many are new. */
MUST_USE int outbox_collect(Stories *stories, unsigned sink, FindingLevel least, int64_t now_ns);
/* 1: *ret is to be sent now and settled; 0: nothing is due, *ret_next_ns says when to ask again
 * (INT64_MAX: not before outbox_collect brings something). */
MUST_USE int outbox_take(Stories *stories, unsigned sink, int64_t now_ns, OutboxJob *ret,
                         int64_t *ret_next_ns);
/* error 0: it was sent; else the negative errno for which it was not: it will be tried again, or
 * given up, visibly, after OUTBOX_GIVE_UP_NS. */
MUST_USE int outbox_settle(Stories *stories, const OutboxJob *job, int error, int64_t now_ns);

typedef struct OutboxSummary {
    uint64_t pending, sent, given_up;
    int64_t last_sent_ns; /* 0: never */
    unsigned tries;       /* of the pending one tried most often */
    int error;            /* of those pending or given up; 0: none */
} OutboxSummary;
MUST_USE int outbox_summary(Stories *stories, unsigned sink, OutboxSummary *ret);

#endif
