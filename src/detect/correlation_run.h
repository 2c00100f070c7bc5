/* Correlations at work: matches of rules in, findings out, as the events come (what is evaluated:
 * correlation.h; the meaning of each type, and what the specification leaves open: doc/sigma.md).
 *
 * Order. Matches may arrive late, doubled and out of order. They wait until the time has passed
 * them by lateness_ns and are then taken in the order of their own times, so the findings are the
 * same whatever the order of arrival within the lateness, live or replayed. A match that is later
 * still is taken at once, as if it were as old as the lateness allows, and counted.
 *
 * Time is the time of the events, and what correlations_advance says; a match without one counts as
 * the newest seen. A match whose identity (not 0) was already given for the same rule among the
 * last CORRELATION_IDENTITIES is dropped.
 *
 * Memory: bytes_max for all groups and waiting matches. Past it the groups that were quiet longest
 * are given up, and the sink is told what was lost: nothing is lost in silence. */
#ifndef AKASHI_DETECT_CORRELATION_RUN_H
#define AKASHI_DETECT_CORRELATION_RUN_H

#include "base/buf.h"
#include "detect/correlation.h"

#define CORRELATION_IDENTITIES 65536u
#define CORRELATION_EVIDENCE_MAX 32u /* references that a finding keeps: the newest */
#define CORRELATION_VALUE_BYTES_MAX                                                                \
    512u /* of a group's or counted value; what is longer is cut                                   \
          */
#define CORRELATION_LATENESS_NS_DEFAULT ((int64_t)2000000000)
#define CORRELATION_BYTES_DEFAULT ((size_t)64 << 20)

typedef struct CorrelationEntry { /* one correlation of a rule set */
    size_t rule;                  /* its own index there, by which others refer to it */
    const CorrelationSpec *spec;  /* outlives the Correlations */
} CorrelationEntry;

typedef struct CorrelationOptions {
    int64_t lateness_ns; /* CORRELATION_LATENESS_NS_DEFAULT; INT64_MAX: all wait for the finish */
    size_t bytes_max;    /* 0: the default */
    uint64_t seed[2];    /* random outside of tests */
} CorrelationOptions;

/* A match of one rule, as it is fed. */
typedef struct CorrelationMatch {
    size_t rule;
    int64_t time_ns;
    uint64_t identity;  /* of the event: the same again is the same event; 0: none */
    uint64_t reference; /* comes back in the findings */
    /* The first value of a field of the event, as the rule names it. False: absent. */
    bool (*value)(void *context, Slice field, Slice *ret);
    void *context;
} CorrelationMatch;

typedef struct CorrelationFinding {
    size_t rule;              /* of the correlation */
    int64_t begin_ns, end_ns; /* the oldest and newest event that made it; of those that are judged
                                 when their time is over, the end of that time */
    const Slice *names, *values; /* the group: group-by names, values as first met */
    size_t group_count;
    double value;         /* what was counted; temporal: how many rules took part */
    uint64_t event_count; /* that took part */
    const uint64_t *references;
    size_t reference_count;
} CorrelationFinding;

typedef struct CorrelationLoss {
    size_t rule;
    uint64_t group_count, event_count; /* given up for want of memory */
    int64_t time_ns;
} CorrelationLoss;

typedef struct CorrelationSink {
    int (*found)(void *context, const CorrelationFinding *finding); /* negative: stop */
    int (*lost)(void *context, const CorrelationLoss *loss);
    void *context;
} CorrelationSink;

typedef struct Correlations Correlations; /* for one thread at a time */

/* -ENOMEM; -ELOOP: a correlation is over itself. */
MUST_USE int correlations_new(const CorrelationEntry *entries, size_t count,
                              const CorrelationOptions *options, Correlations **ret);
void correlations_free(Correlations *correlations);

/* -ENOMEM (the match was not taken), or what the sink returned. */
MUST_USE int correlations_feed(Correlations *correlations, const CorrelationMatch *match,
                               const CorrelationSink *sink);
/* The time is this now, though no event came: what waited long enough is taken. Live: called a few
 * times a second with the clock. */
MUST_USE int correlations_advance(Correlations *correlations, int64_t now_ns,
                                  const CorrelationSink *sink);
/* The end of a replay: all that waits is taken, and every time that is running ends. */
MUST_USE int correlations_finish(Correlations *correlations, const CorrelationSink *sink);

/* For a restart without loss: everything, as bytes. It holds values of events: the caller encrypts
 * it. Load: into a new Correlations over the same entries; -EBADMSG: these bytes are not of such,
 * *correlations is as new; -ENOMEM. */
MUST_USE int correlations_save(const Correlations *correlations, Buf *to);
MUST_USE int correlations_load(Correlations *correlations, Slice bytes);

typedef struct CorrelationStats {
    size_t groups, waiting, bytes;
    uint64_t late;        /* beyond the lateness */
    uint64_t doubled;     /* dropped */
    uint64_t passed_over; /* without a value for a group-by field, or for the one that is counted */
    uint64_t lost_groups;
} CorrelationStats;
void correlations_stats(const Correlations *correlations, CorrelationStats *ret);

#endif
