/* What a start takes from the store: who was at which address, and what was under way. */
#include "engine/action_recall.h"
#include "engine/identity_load.h"
#include "engine/live_inside.h"

#include <errno.h>

/* What the last days said of who was where. Without it records are only less well known. */
void live_recall_identity(Live *live)
{
    int64_t now_ns = live->os->now_ns(live->os->state);
    const IdentityLoad load = {.os = live->os,
                               .folder = live->options.folder,
                               .kek = live->options.kek,
                               .from_ns = now_ns - IDENTITY_LEASE_NS,
                               .to_ns = INT64_MAX};
    uint64_t records;
    Complaint complaint = {0};
    (void)!identity_load(&load, row_maker_identity(live->maker), &records, &complaint);
}

/* A batch for what comes of recalled events; one that is full goes to the store. */
static Arena *recall_arena(void *context)
{
    Live *live = context;
    Batch *batch = live->making;
    if (batch && batch->arena.bytes >= INTAKE_BATCH_BYTES_MAX) {
        if (batch->row_count == 0) {
            batch_clear(batch);
        } else if (live_pass_rows(live, batch) == 0) {
            live->making = NULL;
        }
    }
    if (!live->making && queue_pop(&live->idle, -1, &live->making) < 0) return NULL;
    return &live->making->arena;
}

/* What was open when the last run ended. Without it an action under way then is told in parts. */
int live_recall_actions(Live *live)
{
    const ActionRecall recall = {.os = live->os,
                                 .folder = live->options.folder,
                                 .kek = live->options.kek,
                                 .now_ns = live->os->now_ns(live->os->state),
                                 .arena = recall_arena,
                                 .sink = {.row = live_on_row, .context = live}};
    uint64_t events, next_index = 0;
    Complaint complaint = {0};
    int r = action_recall(&recall, live->maker, &events, &next_index, &complaint);
    live->intake.number = next_index;
    Batch *batch = live->making;
    live->making = NULL;
    if (!batch) return r == -ENOMEM ? r : 0;
    int passed =
        batch->row_count > 0 ? live_pass_rows(live, batch) : queue_push(&live->idle, batch);
    if (passed < 0) batch_free(batch);
    return r == -ENOMEM ? r : 0;
}
