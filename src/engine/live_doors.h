/* The doors that the configuration opens (collect/doors.h), with the thread that owns them, and the
 * files that are followed (collect/follow.h), with theirs.
 *
 * What is off (its port is -1; nothing to follow) is not there at all. */
#ifndef AKASHI_ENGINE_LIVE_DOORS_H
#define AKASHI_ENGINE_LIVE_DOORS_H

#include "collect/doors.h"
#include "collect/follow.h"
#include "engine/messages.h"
#include "engine/settings.h"

typedef struct LiveDoors LiveDoors;

typedef struct LiveDoorsOptions {
    const Os *os;
    const Settings *settings;
    const char *folder; /* of the store: bookmarks are kept in it */
    MessageSink sink;   /* outlives the doors */
    Language language;
    void (*failed)(void *context, int error); /* the loop cannot go on; from its thread */
    void *context;
} LiveDoorsOptions;

/* Reads the secrets and certificates and opens the ports; no thread runs yet. On failure the
 * complaint says which and why, and *ret is untouched. */
MUST_USE int live_doors_open(const LiveDoorsOptions *options, LiveDoors **ret,
                             Complaint *complaint);
MUST_USE int live_doors_start(LiveDoors *doors);
/* There is room in the sink again. From any thread. */
void live_doors_wake(LiveDoors *doors);
/* Ends the threads: nothing more is taken. Tickets may still be out. */
void live_doors_stop(LiveDoors *doors);
/* When no ticket is out: sends the last answers, closes the ports. NULL: nothing. */
void live_doors_close(LiveDoors *doors);

typedef struct LiveDoorInfo {
    const char *name; /* "elastic" */
    DoorKind kind;
    int port;
    bool asks;                    /* who sends must show a secret or a certificate */
    bool is_encrypted;            /* nothing is taken but over TLS */
    const DoorCounters *counters; /* of all doors of its kind */
} LiveDoorInfo;
/* The n-th open door. -ENOENT: there are not so many. */
MUST_USE int live_doors_info(const LiveDoors *doors, size_t n, LiveDoorInfo *ret);
/* NULL: nothing is followed. */
const FollowCounters *live_doors_follow(const LiveDoors *doors);

#endif
