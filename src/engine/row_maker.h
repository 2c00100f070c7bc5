/* Events in, rows out: what import and live share between decoding and the store.
 *
 *   event -> translate/ (the record of this event) -> translate/actions (what a person did)
 *         -> translate/identity (who was at that address then)
 *         -> translate/context (what the company knows of it) -> row
 *
 * Every event becomes one row that keeps its raw bytes. Where several events tell of one action,
 * they are marked `akashi.role` = evidence, and the action is one more row without raw bytes,
 * marked action, whose akashi.raw names them. The default view shows no evidence.
 *
 * An event that comes before its turn waits in memory, at most ACTIONS_HELD_MAX of them and for
 * ACTIONS_ORDER_NS_MAX of the log's time; row_maker_flush and row_maker_advance end the wait.
 *
 * For one thread at a time. Rows, and what they point to, live as long as the arena given. */
#ifndef AKASHI_ENGINE_ROW_MAKER_H
#define AKASHI_ENGINE_ROW_MAKER_H

#include "base/arena.h"
#include "os/os.h"
#include "record/row.h"
#include "translate/actions/actions.h"
#include "translate/context/context.h"
#include "translate/identity/identity.h"
#include "translate/source/source.h"

typedef struct RowMaker RowMaker;

typedef struct RowMakerOptions {
    const SourceSet *sources; /* finished, or NULL; outlives the maker */
    int zone_offset_seconds;
    const Context *context; /* finished, or NULL; outlives the maker */
    /* Who was at an address is not filled in with the row, but by row_maker_enrich, when more is
     * known. */
    bool enrich_later;
    Slice action_settings; /* the administrator's, in the form of knowledge/actions; may be empty */
} RowMakerOptions;

/* -EINVAL: the action settings, with the complaint; -ENOMEM; what the Os said of its randomness. */
MUST_USE int row_maker_new(const Os *os, const RowMakerOptions *options, RowMaker **ret,
                           Complaint *complaint);
void row_maker_free(RowMaker *maker); /* NULL: nothing */

/* Where rows go. Negative stops. */
typedef struct RowMakerSink {
    int (*row)(void *context, const Row *row);
    void *context;
} RowMakerSink;

/* An event with what the engine knows of it. */
typedef struct RowEvent {
    const Event *event; /* slices live as long as the arena; its index is unique in its input */
    Slice origin;       /* likewise */
    Slice source;       /* akashi.source of its records; may be empty */
    uint8_t key[ROW_KEY_BYTES];
    int64_t received_ns;
} RowEvent;

/* -ENOMEM, or what the sink returned. */
MUST_USE int row_maker_feed(RowMaker *maker, const RowEvent *event, Arena *arena,
                            const RowMakerSink *sink);
/* The clock: what waits for events that do not come any more is finished. */
MUST_USE int row_maker_advance(RowMaker *maker, int64_t now_ns, Arena *arena,
                               const RowMakerSink *sink);
/* The end of an input, or of the work: nothing waits after it. */
MUST_USE int row_maker_flush(RowMaker *maker, Arena *arena, const RowMakerSink *sink);
/* Before a stop after which the last events are given again: what waits is finished, and what was
 * begun longer ago than `age_ns` by its own clock; the rest stays open. */
MUST_USE int row_maker_settle(RowMaker *maker, int64_t age_ns, Arena *arena,
                              const RowMakerSink *sink);
/* A row of the store again, as if its event came now: nothing is made of the event itself, what
 * becomes an action is. Rows that no event stands behind are passed over. */
MUST_USE int row_maker_recall(RowMaker *maker, const Row *row, Arena *arena,
                              const RowMakerSink *sink);
/* Whether an event of these indexes (from <= index < to) still waits for its turn. */
bool row_maker_holds(const RowMaker *maker, uint64_t from, uint64_t to);
/* With enrich_later, of each row before it is stored: what is known now of who was at its addresses
 * at its own time. */
MUST_USE int row_maker_enrich(const RowMaker *maker, Row *row, Arena *arena);
/* From now on these definitions (finished, outlives the maker or the next row_maker_use) and this
 * text of action settings; what waits or is open goes on. -EINVAL: the settings, with the
 * complaint, and nothing has changed; -ENOMEM, likewise. */
MUST_USE int row_maker_use(RowMaker *maker, const SourceSet *sources, Slice action_settings,
                           Complaint *complaint);
/* From now on this context (finished, or NULL). Rows made before still point into the last one. */
void row_maker_use_context(RowMaker *maker, const Context *context);
/* What is known of who was where: filled from the store before the first event. */
Identity *row_maker_identity(RowMaker *maker);

#endif
