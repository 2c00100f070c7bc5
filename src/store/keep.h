/* How long rows are kept: retention by class, legal hold, deletion of chosen rows.
 *
 * Retention counts from arrival, not from the times that events say: those are the attacker's to
 * write. A class is chosen when rows are sealed; a segment is of one class, and goes as a whole
 * when all its rows had arrived so long ago. What is held (below) stays, whatever its age. */
#ifndef AKASHI_STORE_KEEP_H
#define AKASHI_STORE_KEEP_H

#include "store/store.h"

/* ---- retention */

#define STORE_DAYS_MAX 36500

struct StoreRetention {
    int32_t days; /* of classes without days of their own; 0: for ever */
    struct {
        const char *name;
        int32_t days;
    } classes[STORE_CLASSES_MAX];
    size_t class_count;
    uint64_t bytes_max; /* of all segments; past it the oldest go, too; 0: no maximum */
    int32_t floor_days; /* but never what arrived in so many last days */
    bool dry_run;       /* only count */
    bool at_once;       /* remove the files at once: nobody reads */
};

typedef struct StoreExpired {
    uint64_t segments, rows, bytes;
    uint64_t held;    /* segments that would have gone, but for a hold */
    int64_t until_ns; /* all that went had arrived by then; INT64_MIN: nothing went */
} StoreExpired;

/* Deletes what is past its time, oldest first: each segment's key is destroyed, its file goes (now,
 * or STORE_REPLACED_KEPT_S later, for readers that began before), the chain and MANIFEST say so. A
 * crash at any step leaves a segment whole, or gone and said to be gone; the rest goes with the
 * next call. Any thread may call, beside the writer. -EBUSY: re-packing is under way; -EBADMSG: the
 * list of holds is damaged, so nothing goes; what the system said. *ret says what went, also then.
 */
MUST_USE int store_expire(Store *store, const StoreRetention *retention, StoreExpired *ret);

/* Whatever had arrived by then may have been deleted by retention. INT64_MIN: nothing was. */
int64_t store_reader_expired_to_ns(const StoreReader *reader);

/* ---- legal hold */

#define STORE_HOLDS_MAX 1024 /* with those released; past it -ERANGE */
#define STORE_HOLD_WHO_BYTES_MAX 64
#define STORE_HOLD_REASON_BYTES_MAX 256

/* Holds a segment when a row's own time may be in [from, to), or it was sealed in that time, or it
 * has rows without a time; and its class is the one named, if one is. */
typedef struct StoreHold {
    uint32_t id; /* from 1 on */
    int64_t from_ns, to_ns;
    char class_name[STORE_CLASS_BYTES_MAX]; /* empty: every class */
    int64_t set_ns, released_ns;            /* released 0: in force */
    char who[STORE_HOLD_WHO_BYTES_MAX], reason[STORE_HOLD_REASON_BYTES_MAX];
    char released_by[STORE_HOLD_WHO_BYTES_MAX], released_why[STORE_HOLD_REASON_BYTES_MAX];
} StoreHold;

typedef struct StoreHolds {
    StoreHold *holds; /* in the order of their ids */
    size_t count;
} StoreHolds;
void store_holds_done(StoreHolds *holds);

/* These need no store that is open: they work beside a server. Errors as store_reader_open, and:
 * -EBADMSG: the list is damaged; -EWOULDBLOCK: another one changes it. */
MUST_USE int store_holds_read(const Os *os, const char *folder, const Secret *kek, StoreHolds *ret,
                              Complaint *complaint);
/* Texts without control characters; id, set_ns and what says of its release are filled in. -EINVAL:
 * an empty range, who or reason, or a text that is none; -ERANGE: too many. */
MUST_USE int store_hold_add(const Os *os, const char *folder, const Secret *kek, StoreHold *hold,
                            Complaint *complaint);
/* -ENOENT: no such hold is in force. */
MUST_USE int store_hold_release(const Os *os, const char *folder, const Secret *kek, uint32_t id,
                                Slice who, Slice why, Complaint *complaint);

/* ---- deletion of chosen rows */

typedef struct StoreDeletion {
    const uint64_t *numbers; /* of rows, ascending; those that are not there are passed over */
    size_t count;
    Slice reason; /* who and why; into the chain; UTF-8, at most 512 bytes */
    bool dry_run;
} StoreDeletion;

typedef struct StoreDeleted {
    uint64_t rows, segments; /* that went or would go; files with any of them */
    uint64_t held;           /* files that are held: then nothing goes */
} StoreDeleted;

/* Files with these rows are written anew without them; of each row its leaf stays, so that the
 * roots in the chain and proofs of other rows hold; the key of the old file is destroyed. All rows
 * are to be sealed (store_seal). A crash leaves the rest for another call. -EPERM: a hold is upon
 * some of them; -EBUSY: re-packing is under way; -EBADMSG: a file with such rows is damaged, or the
 * list of holds; -EINVAL: the reason. *ret says what went, also then. */
MUST_USE int store_delete(Store *store, const StoreDeletion *deletion, StoreDeleted *ret);

#endif
