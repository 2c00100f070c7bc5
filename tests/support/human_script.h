/* A script of what people do to files, and the Windows events that it leaves, for scoring the
 * joining of events into actions. The events follow what Microsoft's pages say of 4656, 4663, 4658,
 * 4660, 5145 and 4624 (a right is written once a handle, when it is first used; a rename opens the
 * target's folder for adding; 4660 only when something is really deleted), Microsoft KB Q211632
 * (how Word and Excel save) and the measurements in doc/translation.md, section 10. They know
 * nothing of the rules that are scored with them.
 *
 * Made hard on purpose: all people at once on one server, handles given again at once, closes that
 * were never written, events delivered twice, clocks that jitter, opens that lead to nothing. */
#ifndef AKASHI_TESTS_HUMAN_SCRIPT_H
#define AKASHI_TESTS_HUMAN_SCRIPT_H

#include "base/arena.h"
#include "record/event.h"
#include "record/record.h"

typedef struct HumanOptions {
    uint64_t seed;
    size_t people;         /* at most HUMAN_PEOPLE_MAX */
    size_t actions;        /* of each */
    unsigned lost_closes;  /* of 1000 */
    unsigned twice;        /* of 1000 events: delivered again a little later */
    unsigned gaps;         /* ranges of events that never arrive, between actions */
    unsigned share_events; /* of 100 people: with 5145 besides */
    unsigned early;        /* of 1000 events: arrives before the one that was written before it */
} HumanOptions;
#define HUMAN_PEOPLE_MAX 1000

/* What a person did, as the record should say it. */
typedef struct HumanAction {
    Verb verb;
    uint32_t person;
    int64_t time_ns;
    Slice object, target; /* target empty: none, or not to be known from the events */
    bool unknown_target;
    bool found; /* for the one who scores */
} HumanAction;

/* One event in short form. */
typedef struct HumanEvent {
    int64_t time_ns;
    uint64_t record_id;
    uint32_t person, event_id, mask, handle;
    uint32_t serial;  /* of its making, for a stable order */
    Slice path, more; /* more: share-relative name of 5145 */
    bool failed, dropped;
} HumanEvent;

typedef struct HumanScript {
    Arena arena;
    HumanAction *actions;
    size_t action_count, action_room;
    HumanEvent *events; /* in the order of arrival */
    size_t event_count, event_room;
    size_t folders_browsed;
    uint64_t dropped, gap_count;
} HumanScript;

#define HUMAN_HOST "FS01.example.com"

/* Fails by CHECK only: a test's own memory. */
void human_script_make(const HumanOptions *options, HumanScript *ret);
void human_script_done(HumanScript *script);
/* The event under Windows' names. Slices live as long as the arena and the script. */
void human_event(const HumanEvent *from, uint64_t index, Arena *arena, Event *ret);
Slice human_user(uint32_t person, Arena *arena);

#endif
