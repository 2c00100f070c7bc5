/* Stories: findings of one actor, object and time joined into what one person must look at.
 *
 * Kept in SQLite (one file, alerts.db) beside the store. In clear are numbers, times, states and
 * counts; every text is sealed by the caller's AlertCipher, and what findings are joined by (names,
 * addresses) is there only as keyed tags. Several threads and processes may work on the same file,
 * each with its own Stories; one Stories is for one thread at a time.
 *
 * How findings are joined. A finding goes to the open story that was last active within
 * STORY_GAP_NS of it, has not lasted over STORY_SPAN_NS, and shares with it
 *   the user (also as the other person it is about), or the source address, or the object; else
 *   the host, when the finding or the story names no user (a virus found on a terminal joins what
 * its user did; two users of one file server stay two stories). Of several the one active last.
 * Names are compared folded, users without their domain; accounts that everyone shares (SYSTEM,
 * machine accounts) and loopback addresses join nothing.
 *
 * Invariants
 *   S1 an occurrence (rule, records) counts once, however often it is given: replays add nothing.
 *   S2 what stories_add has returned 0 for survives a power cut.
 *   S3 every change of state is in the history, with who and when; undo adds, it never removes.
 *   S4 a story's revision rises exactly when somebody must be told again (see notice.h). */
#ifndef AKASHI_ALERT_STORY_H
#define AKASHI_ALERT_STORY_H

#include "alert/alert_cipher.h"
#include "alert/finding.h"
#include "base/complaint.h"
#include "os/os.h"

#define ALERTS_FILE "alerts.db"
#define STORY_GAP_NS ((int64_t)2 * 3600 * NS_PER_SECOND)
#define STORY_SPAN_NS ((int64_t)24 * 3600 * NS_PER_SECOND)
/* Open at a time; nobody can look at so many. Past it a finding that would open another is counted
 * in the newest one, so that whoever makes up names fills no disk with stories. */
#define STORIES_OPEN_MAX 20000
/* Different findings kept with their texts; more are only counted. */
#define STORY_FINDINGS_MAX 64
#define STORY_HISTORY_MAX 1000
#define STORY_NOTE_BYTES_MAX 1024
#define STORIES_ADD_MAX 65536 /* findings in one call; more: -E2BIG, nothing was added */
#define STORIES_LIST_MAX 1000

#define NS_PER_MINUTE ((int64_t)60 * NS_PER_SECOND)

typedef enum StoryState { /* stored: never renumber */
                          STORY_NEW = 0,
                          STORY_SEEN = 1,
                          STORY_PROGRESS = 2,
                          STORY_CLOSED = 3,
} StoryState;
#define STORY_STATE_COUNT 4

typedef enum StoryReason { /* why closed; stored: never renumber */
                           STORY_REASON_NONE = 0,
                           STORY_REASON_RESOLVED = 1,
                           STORY_REASON_FALSE_ALARM = 2,
                           STORY_REASON_EXPECTED = 3, /* known work, such as maintenance */
                           STORY_REASON_TEST = 4,
} StoryReason;
#define STORY_REASON_COUNT 5

typedef enum StoryAct { /* stored: never renumber */
                        STORY_ACT_OPENED = 0,
                        STORY_ACT_SEEN = 1,
                        STORY_ACT_STARTED = 2,
                        STORY_ACT_CLOSED = 3,
                        STORY_ACT_UNDONE = 4,
                        STORY_ACT_RAISED = 5, /* a higher level than before: new again */
                        STORY_ACT_ESCALATED = 6,
                        STORY_ACT_NOTED = 7,
} StoryAct;
#define STORY_ACT_COUNT 8

typedef struct StoryFinding {
    uint64_t count; /* how often, doubles not counted */
    int64_t first_ns, last_ns;
    AlertFinding finding;
} StoryFinding;

typedef struct StoryHistory {
    int64_t at_ns;
    StoryAct act;
    StoryState before, after;
    Slice who, note;
} StoryHistory;

/* What a list shows: nothing of it but the title needs the key. */
typedef struct StoryHead {
    uint64_t id; /* 1, 2, ... */
    StoryState state;
    StoryReason reason;
    FindingLevel level;
    unsigned revision, escalations;
    int64_t first_ns, last_ns; /* of the events */
    int64_t opened_ns, changed_ns;
    uint64_t finding_count; /* occurrences */
} StoryHead;

typedef struct Story {
    StoryHead head;
    StoryFinding *findings; /* by time */
    size_t finding_count;
    size_t unshown_count; /* different findings over STORY_FINDINGS_MAX */
    StoryHistory *history;
    size_t history_count;
} Story;

typedef struct Stories Stories;

/* Opens or makes FOLDER/alerts.db. -EBADMSG: it is no such file, or damaged; -EPROTO: of a newer
 * version; what the system said. */
MUST_USE int stories_open(const Os *os, const char *folder, const AlertCipher *cipher,
                          Stories **ret);
void stories_close(Stories *stories);
static inline void stories_done(Stories **held)
{
    stories_close(*held);
}
/* Random at the first opening, the same ever after: makes Message-IDs of two installations differ.
 */
uint64_t stories_installation(const Stories *stories);

/* All or nothing, durable at return. ret_ids (may be NULL): the story of each finding. now_ns: the
 * clock, for what is told; grouping goes by the events' own times. -E2BIG; -ENOSPC, -EIO, -EBUSY
 * (another process held the file for 5 s), -ENOMEM: nothing was added. */
MUST_USE int stories_add(Stories *stories, const AlertFinding *findings, size_t count,
                         int64_t now_ns, uint64_t *ret_ids);

/* How far whoever detects has seen the store, and what it remembers of what it saw: kept beside the
 * stories, so that a start after a stop of any kind goes on where the stories end. */
typedef struct StoriesPosition {
    uint64_t row;    /* the last one seen */
    int64_t time_ns; /* of the newest event seen; TIME_UNKNOWN: none */
    Slice state;     /* the detector's own bytes; may be empty */
} StoriesPosition;
#define STORIES_STATE_BYTES_MAX ((size_t)256 << 20)
/* Durable at return. -EMSGSIZE: over STORIES_STATE_BYTES_MAX; as stories_add. */
MUST_USE int stories_set_position(Stories *stories, const StoriesPosition *position);
/* -ENOENT: none was set; -EBADMSG: it does not open, row and time are there and the state is empty;
 * -ENOMEM. */
MUST_USE int stories_position(Stories *stories, Arena *arena, StoriesPosition *ret);
/* A copy of the whole file as it is at one moment, for backups, beside those who use it. `path` is
 * made anew. */
MUST_USE int stories_copy(const Os *os, const char *folder, const char *path);

typedef struct StoryQuestion {
    bool with_closed;
    FindingLevel least;
    size_t limit; /* 0: STORIES_LIST_MAX */
} StoryQuestion;
/* Most urgent first: new before seen, higher level first, newest first. */
MUST_USE int stories_list(Stories *stories, const StoryQuestion *question, Arena *arena,
                          StoryHead **ret, size_t *ret_count);
/* -ENOENT: no such story; -EBADMSG: what was sealed does not open. */
MUST_USE int stories_load(Stories *stories, uint64_t id, Arena *arena, Story *ret);
/* Closed stories that shared an actor or object with this one, newest first. */
MUST_USE int stories_similar(Stories *stories, uint64_t id, Arena *arena, StoryHead **ret,
                             size_t *ret_count);

/* Who did what to it. `note` may be empty. -ENOENT; -EALREADY: it is in that state already. */
typedef struct StoryChange {
    uint64_t id;
    StoryAct act; /* SEEN, STARTED, CLOSED, NOTED */
    StoryReason reason;
    Slice who, note;
    int64_t now_ns;
} StoryChange;
MUST_USE int stories_change(Stories *stories, const StoryChange *change);
/* Back to the state before the last change of a person. -ENODATA: there is none left to undo. */
MUST_USE int stories_undo(Stories *stories, uint64_t id, Slice who, int64_t now_ns);
/* Raises the revision of each story of at least that level that is new for `wait_ns` since it was
 * opened, raised or escalated, at most STORY_ESCALATIONS_MAX times a story. Returns how many. */
#define STORY_ESCALATIONS_MAX 3
MUST_USE int stories_escalate(Stories *stories, int64_t wait_ns, FindingLevel least,
                              int64_t now_ns);
/* Removes closed stories that were last changed before then, and what belongs to them. Open ones
 * stay. */
MUST_USE int stories_forget(Stories *stories, int64_t before_ns);
/* Now and then: what SQLite has written beside the file goes into it, and it looks at its indexes.
 * Best effort where others use the file. */
MUST_USE int stories_tidy(Stories *stories);

const char *story_state_token(StoryState state);    /* new, seen, progress, closed */
const char *story_reason_token(StoryReason reason); /* resolved, false_alarm, expected, test */
const char *story_act_token(StoryAct act);
/* -EINVAL: none of them. */
MUST_USE int story_reason_of(Slice token, StoryReason *ret);
/* The finding a story is named after: the highest level, the earliest of those. NULL: none kept. */
const AlertFinding *story_main_finding(const Story *story);

#endif
