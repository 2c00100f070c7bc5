/* What is usual, learned, and what then is not: for what Sigma cannot say. A rule's matches are
 * counted or summed by a group (a source, a site, a terminal), and told when
 *
 *   HABIT_SILENCE  a group that always sent has sent nothing for much longer than its longest
 *                  pause of the last HABIT_DAYS days;
 *   HABIT_CHANGE   a group's sum over one window is `factor` times more than the most, or less than
 *                  the least divided by `factor`, of the same hour on the days before;
 *   HABIT_LOUD     a group's sum over one window is `factor` times the median of all groups;
 *   HABIT_RETURN   a group comes back after `pause_ns` without a match.
 *
 * Time is the events' own. Windows are cut at whole multiples of their length since 1970, and
 * judged when an event or the clock is `lateness_ns` past their end; what comes later is counted in
 * the window that is open then. Pure: no I/O, no clock. */
#ifndef AKASHI_DETECT_HABIT_H
#define AKASHI_DETECT_HABIT_H

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/slice.h"

#define HABIT_DAYS 7u
#define HABIT_FIELDS_MAX 4u
#define HABIT_GROUPS_MAX 16384u    /* of one rule; further groups are counted, not watched */
#define HABIT_VALUE_BYTES_MAX 256u /* of a group's name; what is longer is cut */

typedef enum HabitKind { HABIT_SILENCE, HABIT_CHANGE, HABIT_LOUD, HABIT_RETURN } HabitKind;

typedef struct HabitSpec {
    HabitKind kind;
    Slice group_by[HABIT_FIELDS_MAX];
    size_t group_by_count;
    Slice field;          /* a number that is summed; empty: matches are counted */
    int64_t window_ns;    /* CHANGE, LOUD */
    int64_t pause_ns;     /* SILENCE, RETURN: a shorter one is never told */
    int64_t learn_ns;     /* a group this young is not judged */
    double factor;        /* over 1 */
    double least;         /* CHANGE, LOUD: sums below are never told as too much */
    uint32_t group_count; /* LOUD: with fewer groups in a window nobody is compared */
    bool rises_only;      /* CHANGE: too little is not told */
} HabitSpec;

typedef struct HabitEntry {
    size_t rule;
    HabitSpec spec;
} HabitEntry;

typedef struct HabitMatch {
    int64_t time_ns;
    bool (*value)(void *context, Slice field, Slice *ret);
    void *context;
} HabitMatch;

typedef struct HabitFinding {
    size_t rule;
    HabitKind kind;
    int64_t begin_ns, end_ns; /* SILENCE, RETURN: from the last that came */
    const Slice *names, *values;
    size_t group_count;
    double value, usual; /* SILENCE, RETURN: seconds */
} HabitFinding;

typedef struct HabitSink {
    int (*found)(void *context, const HabitFinding *finding); /* negative: stop */
    void *context;
} HabitSink;

typedef struct Habit Habit;

#define HABIT_LATENESS_NS ((int64_t)60000000000)

/* NULL: no memory. The entry outlives it. */
Habit *habit_new(const HabitEntry *entry);
void habit_free(Habit *habit); /* NULL: nothing */
/* A match without a time, from before 1970, or without a group's value is passed over. -ENOMEM, or
 * what the sink returned. */
MUST_USE int habit_feed(Habit *habit, const HabitMatch *match, const HabitSink *sink);
/* It is this late now: windows end, and who has fallen silent is told, once until it comes back. */
MUST_USE int habit_advance(Habit *habit, int64_t now_ns, const HabitSink *sink);
/* For a restart that forgets nothing: what was learned, as bytes, with values of events in it: the
 * caller encrypts it. Load: instead of what it has learned; -EBADMSG: these bytes are not of such a
 * habit (its spec was another), and it is as new; -ENOMEM. */
MUST_USE int habit_save(const Habit *habit, Buf *to);
MUST_USE int habit_load(Habit *habit, Slice bytes);
/* Groups that HABIT_GROUPS_MAX left unwatched. */
uint64_t habit_unwatched(const Habit *habit);

#endif
