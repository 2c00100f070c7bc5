/* A rule set at work: rules over events, correlations and habits over their matches, all findings
 * through one sink. Pure, for one thread at a time; the set is shared.
 *
 * The time of an event with a record is the record's, but never later than its receipt
 * (ingested_ns); of one without a record it is the event's own. */
#ifndef AKASHI_DETECT_DETECTION_H
#define AKASHI_DETECT_DETECTION_H

#include "detect/correlation_run.h"
#include "detect/habit.h"
#include "detect/matcher.h"

typedef struct DetectionOptions {
    MatcherOptions matcher;
    CorrelationOptions correlation;
    const HabitEntry *habits; /* rules whose matches are watched for what is usual (habit.h) */
    size_t habit_count;
} DetectionOptions;

typedef struct Detection Detection;

typedef struct DetectionEvent {
    const Event *event;
    const Record *record; /* NULL: not translated */
    uint64_t identity;    /* as CorrelationMatch */
    uint64_t reference;
} DetectionEvent;

typedef enum FindingKind { FINDING_EVENT, FINDING_CORRELATION, FINDING_HABIT } FindingKind;

typedef struct Finding {
    FindingKind kind;
    size_t rule; /* index in the rule set */
    /* False: the rule is there for a correlation or a habit only, and nobody is to be told. */
    bool is_told;
    const RuleMatch *match;                /* FINDING_EVENT */
    const CorrelationFinding *correlation; /* FINDING_CORRELATION */
    const HabitFinding *habit;             /* FINDING_HABIT */
} Finding;

/* Negative stops. */
typedef struct DetectionSink {
    int (*found)(void *context, const Finding *finding);
    int (*lost)(void *context, const CorrelationLoss *loss);
    void *context;
} DetectionSink;

/* -ENOMEM; -ELOOP. The set and the habits outlive it. */
MUST_USE int detection_new(const RuleSet *set, const DetectionOptions *options, Detection **ret);
void detection_free(Detection *detection); /* NULL: nothing */

/* -ENOMEM, or what the sink returned. */
MUST_USE int detection_feed(Detection *detection, const DetectionEvent *event,
                            const DetectionSink *sink);
/* Live: a few times a second, with the clock. */
MUST_USE int detection_advance(Detection *detection, int64_t now_ns, const DetectionSink *sink);
/* The end of a replay. */
MUST_USE int detection_finish(Detection *detection, const DetectionSink *sink);

/* For a restart without loss: correlations and habits, as bytes. They hold values of events: the
 * caller encrypts them. Load: into a new Detection. 1: all of it is back; 0: the correlations are
 * as new, because the rules are others now (the caller feeds them what their windows held); habits
 * whose rule is the same are back even then. -EBADMSG: not such bytes, *detection is as new;
 * -ENOMEM. */
MUST_USE int detection_save(const Detection *detection, Buf *to);
MUST_USE int detection_load(Detection *detection, Slice bytes);
/* The habits alone, instead of what they learned since: after the feeding of a load that gave 0. */
MUST_USE int detection_load_habits(Detection *detection, Slice bytes);
/* How far back the events lie at most that a correlation still counts; 0: there is none. */
int64_t detection_window_ns(const Detection *detection);

/* Is somebody told when this rule matches an event? */
bool detection_rule_is_told(const Detection *detection, size_t rule);
/* Does a correlation count this rule's matches, so that its findings will refer to their events? */
bool detection_rule_is_part(const Detection *detection, size_t rule);
/* For evidence and costs. */
Matcher *detection_matcher(Detection *detection);
void detection_stats(const Detection *detection, CorrelationStats *ret);

#endif
