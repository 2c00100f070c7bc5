/* What was open when a server stopped, or was stopped: the last events of the store are given to
 * the row maker again, so that an action of which the first events came before and the last come
 * after is one record.
 *
 * Which: of the event logs and audit logs that are joined into actions, those of the last
 * ACTION_RECALL_NS before the newest of them (not before now: the store may have rested for days);
 * before that, for ACTION_RECALL_SESSIONS_NS, only who logged on. A file that was open longer than
 * ACTION_RECALL_NS is not known again after a kill; when a server stops in order it is finished
 * (row_maker_settle).
 *
 * The actions that come of it are given to the sink again where they may have waited for their end
 * (the last ACTION_RECALL_DUE_NS). Their keys are those that they had, so the store keeps each
 * once. */
#ifndef AKASHI_ENGINE_ACTION_RECALL_H
#define AKASHI_ENGINE_ACTION_RECALL_H

#include "engine/row_maker.h"
#include "store/store.h"

#define ACTION_RECALL_NS (3600 * NS_PER_SECOND)
#define ACTION_RECALL_SESSIONS_NS (24 * ACTION_RECALL_NS)
#define ACTION_RECALL_DUE_NS (600 * NS_PER_SECOND) /* no window of actions.tsv waits longer */

typedef struct ActionRecall {
    const Os *os;
    const char *folder; /* of the store */
    const Secret *kek;
    int64_t now_ns;
    /* The arena for one event and what comes of it, asked for before each. NULL: no memory. */
    Arena *(*arena)(void *context);
    RowMakerSink sink; /* its context is also the arena's */
} ActionRecall;

/* Counts the events in *ret_events; *ret_next_index is above the index of each of them. -ENOENT:
 * there is no store yet; as store_reader_open and search_run. */
MUST_USE int action_recall(const ActionRecall *recall, RowMaker *maker, uint64_t *ret_events,
                           uint64_t *ret_next_index, Complaint *complaint);

#endif
