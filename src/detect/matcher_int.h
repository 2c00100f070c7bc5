/* What the parts of the matcher share. */
#ifndef AKASHI_DETECT_MATCHER_INT_H
#define AKASHI_DETECT_MATCHER_INT_H

#include "base/buf.h"
#include "detect/matcher.h"
#include "detect/rule_set_int.h"
#include "detect/value_cache.h"

#define NAME_SLOTS 2048
#define NAME_BYTES_MAX 56
#define LANE_SLOTS 256
#define CHANNEL_BYTES_MAX 112

typedef struct NameSlot { /* a name seen before, and the field that it is */
    uint32_t field;       /* NONE: no rule asks for it */
    uint8_t len;
    char name[NAME_BYTES_MAX];
} NameSlot;

typedef struct LaneSlot {
    uint32_t lane, event_id;
    uint8_t len;
    bool has_number;
    char channel[CHANNEL_BYTES_MAX];
} LaneSlot;

/* A value that wakes no rule: asked when a woken rule wants to know. */
typedef struct WaitingValue {
    uint32_t field;
    Field value;
} WaitingValue;

/* Values that can wake rules, looked at a few at a time: while the cache's memory is on its way for
 * one, the others are prepared. */
#define ASKING_MAX 16
typedef struct AskingValue {
    uint32_t field;
    Slice value;
    uint64_t hash;
} AskingValue;

#define COMPUTED_NAME_COUNT 9 /* names of a record's fields that are no text of it */

struct Matcher {        /* owned by one thread */
    const RuleSet *set; /* shared, read-only */
    MatcherOptions options;
    ValueCache cache;
    NameSlot names[NAME_SLOTS];
    /* What the record's names are here; NONE: no rule asks. */
    uint32_t record_fields[RECORD_FIELD_COUNT], computed_fields[COMPUTED_NAME_COUNT];
    LaneSlot lane_slots[LANE_SLOTS];
    /* Marks: the number of the event or value for which it was last so. */
    uint32_t event_mark, value_mark;
    uint32_t *truth;          /* by predicate */
    uint32_t *asked;          /* by instance */
    uint32_t *hit;            /* by rule */
    uint32_t *predicate_seen; /* by predicate, for one value */
    uint32_t *element_seen;   /* by element, for one value */
    U32List found;            /* predicates of one value */
    U32List doubtful;         /* elements of one value whose literal was found */
    U32List candidates;       /* instances to ask for this event */
    U32List matched;          /* instances that hold */
    Buf folded;               /* the value being asked */
    Slice value;
    LaneSet lanes;          /* of this event */
    size_t lane_count;      /* how many */
    uint32_t lane;          /* the first */
    const uint64_t *fields; /* asked in them */
    const uint64_t *wakers; /* those of them that can wake a rule */
    uint32_t *any_fields;   /* those of keywords among them */
    size_t any_count;
    uint64_t *fields_room, *wakers_room;
    WaitingValue *waiting; /* of this event: as many as it has fields */
    size_t waiting_count, waiting_capacity;
    AskingValue asking[ASKING_MAX]; /* of this event, not asked yet */
    size_t asking_count;
    uint32_t *settled; /* by field: its waiting values were asked */
    const Record *record;
    RuleCost *costs; /* by rule */
    MatcherCounts counts;
    uint64_t sampled_events;
    U32List set_aside; /* rules that are still to be told of */
    bool sampling;
    int error;
};

/* value_match.c: the predicates that a value satisfies, in matcher->found. */
void value_ask(Matcher *matcher, uint32_t field, Slice value);
/* One element asked plainly; the value's folded form must be in matcher->folded (value_fold). */
bool element_holds(const Matcher *matcher, const Element *element);
void value_fold(Matcher *matcher, Slice value);

/* matcher.c */
void matcher_begin(Matcher *matcher, const Event *event, const Record *record);

/* matcher_values.c */
void matcher_find_names(Matcher *matcher); /* of records, once */
/* Fills truth for the event; the lanes are set. Values that wake no rule are left waiting. */
void matcher_gather(Matcher *matcher, const Event *event, const Record *record);
/* Asks what waits of this field. Wakes nobody: no instance of these lanes has a trigger there. */
void matcher_settle(Matcher *matcher, uint32_t field);
/* matcher_ask.c: does the expression hold, after matcher_gather? */
bool matcher_holds(Matcher *matcher, uint32_t expr, const Event *event);

/* Walks the event's values and the record's: calls `take` until it returns false. */
typedef bool (*ValueTake)(void *context, Slice name, uint32_t field, const Field *value);
void matcher_each_value(Matcher *matcher, const Event *event, const Record *record, ValueTake take,
                        void *context);

#endif
