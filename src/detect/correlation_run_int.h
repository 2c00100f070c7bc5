/* Inside correlation_run: groups, their windows, what waits. */
#ifndef AKASHI_DETECT_CORRELATION_RUN_INT_H
#define AKASHI_DETECT_CORRELATION_RUN_INT_H

#include "detect/correlation_run.h"

/* A time that is not there. */
#define NEVER INT64_MIN

typedef struct Evidence {
    int64_t time_ns;
    uint64_t reference;
} Evidence;

/* An event in a window; of value_sum, value_avg and so on with its number. */
typedef struct WindowEvent {
    int64_t time_ns;
    double number;
} WindowEvent;

/* A different value in a window, in the order of when it was met last. */
typedef struct WindowValue {
    uint64_t hash;
    int64_t time_ns;
    uint32_t newer, older, next; /* numbers from 1; next: in the same bucket */
} WindowValue;

typedef struct ValueSet {
    WindowValue *list;
    uint32_t count, capacity, used; /* used: slots taken, freed ones among them */
    uint32_t oldest, newest, spare; /* spare: first freed slot */
    uint32_t *buckets;
    uint32_t bucket_count; /* power of two */
} ValueSet;

typedef struct EventRing { /* by time */
    WindowEvent *list;
    uint32_t first, count, capacity; /* capacity: power of two */
} EventRing;

typedef struct Group Group;
struct Group {
    Group *next;             /* in its bucket */
    Group *quieter, *louder; /* by when it was last used */
    uint64_t hash;
    uint32_t entry;                         /* of which correlation */
    uint32_t waiting;                       /* items that point here */
    uint32_t evidence_count, evidence_next; /* next: the oldest, once the ring is full */
    bool holding;                           /* the bounds held at the last event */
    int64_t fired_ns;                       /* NEVER */
    int64_t begin_ns;     /* of the window that is judged at its end; NEVER: none is open */
    uint64_t event_count; /* in that window */
    double sum;           /* of the window */
    EventRing events;
    ValueSet values;
    int64_t *member_ns; /* temporal: when each rule was met last; ordered: the latest begin of a
                           row that has come so far; NEVER */
    Slice *shown;       /* the group's values as first met */
    Evidence *evidence; /* a ring of CORRELATION_EVIDENCE_MAX at most */
    Slice key;
    size_t bytes;
};

typedef struct Item { /* a match that waits */
    int64_t time_ns;
    uint64_t reference;
    uint64_t value; /* hash of the counted value, or the bits of the number */
    Group *group;
    uint32_t
        order; /* place of the rule in the correlation, so that at one time they come in order */
} Item;

typedef struct Use { /* a rule is part of a correlation */
    size_t rule;
    uint32_t entry, order;
} Use;

typedef struct EntryState {
    CorrelationEntry given;
    bool is_eager;                     /* judged at each event; else when its time is over */
    bool is_silent;                    /* only for others, which do not want it told */
    bool has_not;                      /* a temporal condition that says so */
    uint64_t *positive;                /* bits of members that begin a window */
    uint32_t keep;                     /* events of a window that count beyond doubt */
    uint64_t lost_groups, lost_events; /* since it was told last */
} EntryState;

struct Correlations {
    CorrelationOptions options;
    EntryState *entries;
    size_t entry_count;
    Use *uses; /* by rule */
    size_t use_count;
    Group **buckets;
    size_t bucket_count, group_count;
    Group *quietest, *loudest;
    Item *heap; /* by time */
    size_t heap_count, heap_capacity;
    Group **timers; /* a heap of open windows, by their ends */
    size_t timer_count, timer_capacity;
    uint64_t *identities; /* a ring, and a set of the same */
    uint32_t identity_next;
    uint32_t *identity_set;
    int64_t newest_ns; /* of all times seen */
    int64_t taken_ns;  /* items up to here were taken */
    size_t bytes;
    CorrelationStats stats;
    Arena arena; /* of what is made once */
};

/* correlation_groups.c */
/* The group of an entry with these values (the fields, in order); a new one where it is not there.
 * NULL: no memory. */
Group *correlation_group_find(Correlations *all, uint32_t entry, const Slice *values);
void correlation_group_use(Correlations *all, Group *group); /* it becomes the loudest */
void correlation_group_drop(Correlations *all, Group *group);
void correlation_groups_done(Correlations *all);
/* Gives up quiet groups until the memory is within the maximum; `spared` stays. Tells the sink. */
MUST_USE int correlation_groups_fit(Correlations *all, const Group *spared,
                                    const CorrelationSink *sink);
uint32_t entry_group_by_count(const Correlations *all, uint32_t entry);
/* Counts bytes that a group takes or gives back. */
void correlation_group_account(Correlations *all, Group *group, size_t before, size_t after);

/* correlation_window.c */
MUST_USE int correlation_evidence_add(Correlations *all, Group *group, int64_t time_ns,
                                      uint64_t reference);
const Evidence *correlation_evidence_newest(const Group *group); /* NULL: none */
MUST_USE int correlation_ring_add(Correlations *all, Group *group, int64_t time_ns, double number);
const WindowEvent *correlation_ring_at(const EventRing *ring, uint32_t index);
void correlation_ring_drop_oldest(EventRing *ring);
/* Puts the value in or makes it the newest. */
MUST_USE int correlation_values_add(Correlations *all, Group *group, uint64_t hash,
                                    int64_t time_ns);
void correlation_values_drop_before(ValueSet *set, int64_t time_ns);
void correlation_values_clear(ValueSet *set);
void correlation_window_done(Group *group);

/* correlation_judge.c */
/* Takes one match, in the order of time. */
MUST_USE int correlation_judge_item(Correlations *all, const Item *item,
                                    const CorrelationSink *sink);
/* The group's open window is over. */
MUST_USE int correlation_judge_end(Correlations *all, Group *group, const CorrelationSink *sink);
int64_t correlation_window_end(const Correlations *all, const Group *group);

/* correlation_queue.c: what waits, by time; open windows, by their ends. */
MUST_USE int correlation_items_add(Correlations *all, const Item *item);
Item correlation_items_take(Correlations *all); /* the earliest; there is one */
MUST_USE int correlation_timers_add(Correlations *all, Group *group);
void correlation_timers_remove(Correlations *all, const Group *group);
/* correlation_run.c */
/* The ring holds `count` identities: makes the set of them. */
void correlation_identities_set(Correlations *all, uint32_t count);
void correlations_reset(Correlations *all); /* as new, but for the seed */
/* A finding becomes a match for the correlations over it. */
MUST_USE int correlation_chain_match(Correlations *all, const CorrelationFinding *finding,
                                     const CorrelationSink *sink);

#endif
