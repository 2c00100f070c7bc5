/* See action_recall.h. */
#include "engine/action_recall.h"

#include "search/search.h"

#include <errno.h>

/* translate/actions: what it takes events of. */
#define JOINED                                                                                     \
    "event.dataset:(windows* OR samba* OR linux.audit OR netapp*) AND NOT akashi.role:action"
static const Slice of_sessions = SLICE_INIT(JOINED " AND event.code:(4624 OR 4634 OR 4647)");
static const Slice of_all = SLICE_INIT(JOINED);

typedef struct Recalling {
    const ActionRecall *recall;
    RowMaker *maker;
    int64_t due_from_ns; /* actions that ended before are in the store */
    int64_t begun_ns;    /* actions that began before may have begun before what is read */
    uint64_t events, next_index;
} Recalling;

/* --- the newest ------------------------------------------------------------------------------- */

typedef struct Newest {
    int64_t now_ns, newest_ns;
} Newest;

/* A clock that is ahead must not hide what came before. */
static void newer(Newest *newest, int64_t time_ns)
{
    if (time_ns <= newest->now_ns && time_ns > newest->newest_ns) newest->newest_ns = time_ns;
}

static int on_unsealed(void *context, const Row *row, uint64_t number)
{
    (void)number;
    newer(context, row->record.time_ns);
    return 0;
}

static int find_newest(StoreReader *reader, int64_t now_ns, int64_t *ret_ns)
{
    const ScanRange range = {.from_ns = INT64_MIN, .to_ns = INT64_MAX, .unsealed_only = true};
    Newest newest = {.now_ns = now_ns, .newest_ns = INT64_MIN};
    int r = store_scan(reader, &range, on_unsealed, NULL, &newest);
    for (size_t i = 0; i < store_reader_segment_count(reader); i++) {
        const StoreSegmentInfo *info = store_reader_segment_info(reader, i);
        newer(&newest, info->to_ns);
    }
    *ret_ns = newest.newest_ns;
    return r;
}

/* --- again ------------------------------------------------------------------------------------ */

static int on_row(void *context, const Row *row)
{
    const Recalling *recalling = context;
    const Record *record = &row->record;
    int64_t end_ns = record->end_ns == TIME_UNKNOWN ? record->time_ns : record->end_ns;
    if (record->time_ns < recalling->begun_ns || end_ns < recalling->due_from_ns) return 0;
    return recalling->recall->sink.row(recalling->recall->sink.context, row);
}

static int on_answer(void *context, const Answer *answer)
{
    Recalling *recalling = context;
    const RowMakerSink sink = {.row = on_row, .context = recalling};
    Arena *arena = recalling->recall->arena(recalling->recall->sink.context);
    if (!arena) return -ENOMEM;
    recalling->events++;
    if (answer->row->event.index >= recalling->next_index)
        recalling->next_index = answer->row->event.index + 1;
    return row_maker_recall(recalling->maker, answer->row, arena, &sink);
}

static int ask(Recalling *recalling, StoreReader *reader, Slice question, int64_t from_ns,
               int64_t to_ns, Complaint *complaint)
{
    CLEANUP(arena_done) Arena arena = {0};
    const ActionRecall *recall = recalling->recall;
    const QueryOptions asked = {.now_ns = recall->now_ns};
    SearchOptions options = {.range = {.from_ns = from_ns, .to_ns = to_ns},
                             .order = SEARCH_BY_ARRIVAL,
                             .os = recall->os,
                             .complaint = complaint};
    Query *query;
    SearchStats stats;
    int r = recall->os->random(recall->os->state, options.seed, sizeof options.seed);
    if (r == 0) r = query_parse(question, &asked, &arena, &query, complaint);
    return r < 0 ? r : search_run(query, reader, &options, on_answer, recalling, &stats);
}

static int recall_from(Recalling *recalling, StoreReader *reader, Complaint *complaint)
{
    int64_t newest_ns;
    int r = find_newest(reader, recalling->recall->now_ns, &newest_ns);
    if (r < 0 || newest_ns < ACTION_RECALL_SESSIONS_NS) return r; /* nothing is there */
    int64_t from_ns = newest_ns - ACTION_RECALL_NS;
    recalling->begun_ns = recalling->due_from_ns = INT64_MAX; /* of sessions alone nothing is due */
    r = ask(recalling, reader, of_sessions, newest_ns - ACTION_RECALL_SESSIONS_NS, from_ns,
            complaint);
    recalling->begun_ns = from_ns + ACTION_RECALL_DUE_NS;
    recalling->due_from_ns = newest_ns - ACTION_RECALL_DUE_NS;
    if (r == 0) r = ask(recalling, reader, of_all, from_ns, INT64_MAX, complaint);
    return r;
}

int action_recall(const ActionRecall *recall, RowMaker *maker, uint64_t *ret_events,
                  uint64_t *ret_next_index, Complaint *complaint)
{
    StoreReader *reader;
    Recalling recalling = {.recall = recall, .maker = maker};
    int r = store_reader_open(recall->os, recall->folder, recall->kek, &reader, complaint);
    if (r < 0) return r;
    r = recall_from(&recalling, reader, complaint);
    store_reader_close(reader);
    *ret_events = recalling.events;
    *ret_next_index = recalling.next_index;
    return r;
}
