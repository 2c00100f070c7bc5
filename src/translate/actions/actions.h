/* One human action, one record: audit events in, finished records out.
 *
 * Windows writes dozens of events for one thing a person did; so do Samba's full_audit, Linux's
 * auditd and NetApp's audit log. This library keeps what is open (handles, sessions, processes) and
 * what was just done, and gives a record when it is known what the person did: rules R0 to R15 of
 * doc/translation.md, sections 10 and 11. Events that it has no business with pass through as the
 * record that translate() made of them. Pure: no I/O, no clock, no globals; time is the events' own
 * (auditd's lines carry theirs in their text), each host by its own clock.
 *
 * Every event is answered for once, in the order of its log: it either passes through (an Action
 * with `event` set) or is evidence (ActionSink.evidence), and is then named by the joined record
 * that it led to, if it led to one. Evidence stays in the store; it is what the default view hides.
 *
 * Order: events of one (host, channel) are worked off by EventRecordID. One that comes too early
 * waits until those before it came, at most ACTIONS_ORDER_NS_MAX of event time and
 * ACTIONS_HELD_MAX events in all; what did not come by then is reported as missing (rule `gap`).
 * The same number twice is one event: the second is evidence and counted.
 *
 * Bounds, all written here; at each the oldest entry is finished as if it had ended (handles,
 * pending work) or forgotten (sessions, processes), and counted in ActionCounters. Together they
 * stay below 512 MB, whatever comes. */
#ifndef AKASHI_TRANSLATE_ACTIONS_H
#define AKASHI_TRANSLATE_ACTIONS_H

#include "base/complaint.h"
#include "record/event.h"
#include "record/record.h"

#define ACTIONS_HANDLES_MAX ((uint32_t)1 << 20)
#define ACTIONS_SESSIONS_MAX ((uint32_t)1 << 20)
#define ACTIONS_PROCESSES_MAX ((uint32_t)1 << 17)
#define ACTIONS_PENDING_MAX ((uint32_t)1 << 15) /* finished work that waits for its other half */
#define ACTIONS_GROUPS_MAX ((uint32_t)1 << 15)
#define ACTIONS_HOSTS_MAX 16384   /* events of further hosts pass through as they are */
#define ACTIONS_STREAMS_MAX 32768 /* (host, channel); further ones are not checked for gaps */
#define ACTIONS_NAMES_BYTES_MAX ((size_t)160 << 20) /* paths, users, addresses, each kept once */
#define ACTIONS_HELD_MAX 4096
#define ACTIONS_HELD_BYTES_MAX ((size_t)32 << 20)
#define ACTIONS_ORDER_NS_MAX (2 * (int64_t)1000000000)
#define ACTIONS_RAW_RUNS_MAX 16
#define ACTIONS_AUDIT_EVENT_BYTES_MAX                                                              \
    ((size_t)32                                                                                    \
     << 10) /* of the lines of one event of auditd; what is beyond is not read, and said */
#define ACTIONS_AUDIT_BYTES_MAX ((size_t)48 << 20) /* of all that wait for their other lines */
#define ACTIONS_SCRIPT_BYTES_MAX ((size_t)1 << 20) /* of one PowerShell script; then it is cut */

/* What the administrator may change: names that are noise, patterns of temporary files, windows of
 * time. Made from text in the form of knowledge/actions/actions.tsv. Read-only afterwards. */
typedef struct ActionSettings ActionSettings;
/* `text`: rows that stand in for the built-in ones of the same kind (a kind not named keeps its
 * built-in rows; a window is replaced alone). Empty: all built in. -EINVAL with the complaint
 * filled (line, words); -ENOMEM. */
MUST_USE int action_settings_make(Slice text, ActionSettings **ret, Complaint *complaint);
void action_settings_free(ActionSettings *settings);

typedef struct Actions Actions;

/* A run of raw events: `count` events whose ids and record numbers both go up by one. */
typedef struct RawRun {
    uint64_t id;        /* the caller's, of the first event */
    uint64_t record_id; /* the source's, of the first event; 0: it had none */
    uint32_t count;
    Slice channel;
} RawRun;

typedef struct Action {
    /* akashi.rule, akashi.certainty, akashi.count (raw events), @timestamp and event.end are set;
     * akashi.raw names the runs as `CHANNEL/FIRST-LAST#ID-ID`, the events left out as `+N`. */
    const Record *record;
    const RawRun *runs; /* the first ACTIONS_RAW_RUNS_MAX - 1, and the newest */
    size_t run_count;
    uint64_t raw_count; /* of all raw events, those that no run holds too */
    const Event *event; /* set: the event passes through, the record is the one given with it */
} Action;

/* Both return 0 to go on; anything negative stops and is returned. All pointers live during the
 * call. */
typedef struct ActionSink {
    int (*record)(void *context, const Action *action);
    /* With what was fed: what the store keeps. May be NULL. */
    int (*evidence)(void *context, uint64_t raw_id, const Event *event, const Record *stateless);
    void *context;
} ActionSink;

/* What was met, for the list of counters. */
typedef struct ActionCounters {
    uint64_t events, records, evidence;
    uint64_t opens, used_joined, used_alone, closes_unknown, handles_reused, unused;
    uint64_t handles_evicted, sessions_evicted, processes_evicted, pending_evicted, names_full;
    uint64_t late, duplicates, gaps, missing, unchecked;
    uint64_t handles_open, sessions_open; /* at this moment */
} ActionCounters;

/* settings must outlive it. seed: 16 bytes, random outside of tests; it never shows in the records.
 * NULL: no memory. */
Actions *actions_new(const ActionSettings *settings, const uint64_t seed[2]);
void actions_free(Actions *actions);
/* Others from now on; what waits already keeps the time until which it waits. */
void actions_use_settings(Actions *actions, const ActionSettings *settings);

/* raw_id: the caller's name for the raw event. stateless: what translate() made of the event.
 * -ENOMEM, or what the sink returned; after an error only actions_free may follow. */
MUST_USE int actions_feed(Actions *actions, const Event *event, const Record *stateless,
                          uint64_t raw_id, const ActionSink *sink);
/* Finishes what is due on every host whose newest event is older than now_ns, for hosts that have
 * fallen silent. */
MUST_USE int actions_advance(Actions *actions, int64_t now_ns, const ActionSink *sink);
/* Finishes all that waits for more: held events, pending work. With `handles` the open handles too,
 * as if they had been closed; sessions stay. At the end of an input, and before actions_save. */
MUST_USE int actions_flush(Actions *actions, bool handles, const ActionSink *sink);
/* The same, but only handles that were opened longer ago than `age_ns` by their host's clock:
 * before a stop after which the events of that time are fed again. */
MUST_USE int actions_settle(Actions *actions, int64_t age_ns, const ActionSink *sink);
/* Another input begins: its record numbers are not compared with those before. After a flush. */
void actions_begin_input(Actions *actions);

ActionCounters actions_counters(const Actions *actions);

/* What outlives a restart: sessions, open handles, which number each log has come to. To be called
 * after actions_flush(handles false). The form is versioned by its first byte and is for this
 * program only; what cannot be read is rebuilt by feeding the raw events of the last 12 hours
 * again. Errors stick in `to`. */
void actions_save(const Actions *actions, Buf *to);
/* Into a new one. -EBADMSG: not such a text, the actions are to be freed; -ENOMEM. */
MUST_USE int actions_restore(Actions *actions, Slice bytes);

#endif
