/* The worker's thread of a running collector: received messages are decoded and become rows. */
#include "engine/action_recall.h"
#include "engine/envelope.h"
#include "engine/live_inside.h"
#include "engine/row_key.h"

#include <errno.h>

#define ADVANCE_MS 500

int live_on_row(void *context, const Row *row)
{
    Live *live = context;
    return batch_add_row(live->making, row);
}

int live_pass_rows(Live *live, Batch *batch)
{
    counter_add(live->counters, COUNTER_RECORDS_MADE, batch->row_count);
    return queue_push(&live->rows, batch);
}

/* An event that its sender names is itself when it is sent again. */
static void key_for(Live *live, const MessageSpan *message, uint8_t ret_key[ROW_KEY_BYTES])
{
    static const uint8_t none[ROW_KEY_BYTES];
    if (memcmp(message->key, none, sizeof none) == 0) {
        row_key_for_live(live->session, ++live->sequence, ret_key);
        return;
    }
    memcpy(ret_key, message->key, ROW_KEY_BYTES);
    ret_key[0] &= (uint8_t)~ROW_KEY_ONCE;
}

/* Said once: what comes under made-up names comes often. */
static void note_crowd(Live *live, const MessageSpan *message)
{
    char hosts[NUMBER_WORDS_MAX], places[NUMBER_WORDS_MAX];
    counter_add(live->counters, COUNTER_SOURCES_CROWDED, 1);
    if (live->told_crowded) return;
    live->told_crowded = true;
    SAY(MESSAGE_SERVE_SOURCES_CROWDED, live->options.language,
        {"origin", slice_from_cstr(message->origin)},
        {"hosts", number_words(hosts, SOURCE_HOSTS_MAX)},
        {"places", number_words(places, SOURCE_HEALTH_MAX)});
}

static int make_rows(Live *live, Batch *batch, const MessageSpan *message)
{
    const DecodeOptions options = {.zone_offset_seconds = live->options.zone_offset_seconds,
                                   .received_ns = message->received_ns};
    const RowMakerSink sink = {.row = live_on_row, .context = live};
    Event event;
    int r = envelope_decode(batch, message, &options, &live->tree, &batch->arena, &event);
    if (r < 0) return r;
    event.index = message->number;
    if (!source_healths_note(&live->health, message, &event)) note_crowd(live, message);
    if (event.parse == PARSE_FAILED) counter_add(live->counters, COUNTER_EVENTS_UNPARSED, 1);
    RowEvent given = {.event = &event,
                      .origin = slice_from_cstr(message->origin),
                      .received_ns = message->received_ns};
    key_for(live, message, given.key);
    return row_maker_feed(live->maker, &given, &batch->arena, &sink);
}

/* Also when nothing comes: what waits for its other half must not wait for ever. */
static int advance(Live *live, Batch *batch, bool is_end)
{
    const RowMakerSink sink = {.row = live_on_row, .context = live};
    live->making = batch;
    live->advanced_ns = live->os->monotonic_ns(live->os->state);
    if (is_end) return row_maker_settle(live->maker, ACTION_RECALL_NS, &batch->arena, &sink);
    return row_maker_advance(live->maker, live->os->now_ns(live->os->state), &batch->arena, &sink);
}

static bool is_advance_due(const Live *live)
{
    return live->os->monotonic_ns(live->os->state) - live->advanced_ns >= ADVANCE_MS * NS_PER_MS;
}

/* Each ticket goes with the batch by which the last of its events is on its way to the store. */
static void sort_tickets(Live *live, Batch *batch)
{
    Ticket *all[2] = {live->waiting, batch->tickets};
    live->waiting = batch->tickets = NULL;
    for (size_t i = 0; i < ARRAY_COUNT(all); i++) {
        for (Ticket *next, *ticket = all[i]; ticket; ticket = next) {
            bool held = row_maker_holds(live->maker, ticket->from, ticket->to);
            Ticket **to = held ? &live->waiting : &batch->tickets;
            next = ticket->next;
            ticket->next = *to;
            *to = ticket;
        }
    }
}

static int work_on(Live *live, Batch *batch)
{
    int r = 0;
    live->making = batch;
    source_healths_begin(&live->health);
    for (size_t i = 0; i < batch->message_count && r == 0; i++) {
        r = make_rows(live, batch, &batch->messages[i]);
    }
    source_healths_end(&live->health);
    counter_add(live->counters, COUNTER_EVENTS_DECODED, batch->message_count);
    return r;
}

static int look_at_definitions(Live *live)
{
    if (!live->options.files) return 0;
    int r = translation_files_refresh(live->options.files, live->maker);
    if (r == 1) SAY(MESSAGE_SERVE_FILES_READ, live->options.language);
    if (r == -EINVAL) SAY(MESSAGE_SERVE_FILES_KEPT, live->options.language);
    return r == -ENOMEM ? r : 0;
}

static void on_retired(Ticket *ticket, int result)
{
    (void)result;
    atomic_store(&((RetiredContext *)ticket)->live->is_retiring, false);
}

/* Rows on their way to the store point into the context that made them: it is kept until a batch
 * behind them is done with. */
static int use_company(Live *live, Batch *behind)
{
    row_maker_use_context(live->maker, context_follow_now(live->options.company));
    live->retired = (RetiredContext){.ticket = {.settled = on_retired}, .live = live};
    live->retired.ticket.next = behind->tickets;
    behind->tickets = &live->retired.ticket;
    atomic_store(&live->is_retiring, true);
    if (queue_push(&live->rows, behind) == 0) return 0;
    batch_free(behind);
    return -EPIPE;
}

static int look_at_company(Live *live)
{
    Batch *behind = NULL;
    if (!live->options.company || atomic_load(&live->is_retiring)) return 0;
    context_follow_forget(live->options.company);
    if (queue_pop(&live->idle, 0, &behind) < 0) return 0; /* later, when there is time */
    int r = context_follow_refresh(live->options.company);
    if (r == 1) SAY(MESSAGE_SERVE_COMPANY_READ, live->options.language);
    if (r == -EINVAL) SAY(MESSAGE_SERVE_COMPANY_KEPT, live->options.language);
    if (r == 1) return use_company(live, behind);
    if (queue_push(&live->idle, behind) < 0) batch_free(behind);
    return r == -ENOMEM ? r : 0;
}

/* Between two batches. */
static int look_at_files(Live *live)
{
    int64_t now_ns = live->os->monotonic_ns(live->os->state);
    bool is_due = now_ns - live->looked_ns >= LIVE_LOOK_MS * NS_PER_MS;
    if (!atomic_exchange(&live->look_wanted, false) && !is_due) return 0;
    live->looked_ns = now_ns;
    int r = look_at_definitions(live);
    return r < 0 ? r : look_at_company(live);
}

/* An empty batch for what becomes due while nothing comes, or at the end. None is idle: later. */
static int work_without_messages(Live *live, bool is_end)
{
    Batch *batch = NULL;
    if (queue_pop(&live->idle, is_end ? ADVANCE_MS : 0, &batch) < 0) return 0;
    int r = advance(live, batch, is_end);
    sort_tickets(live, batch);
    if (r == 0 && batch->row_count == 0 && !batch->tickets) {
        if (queue_push(&live->idle, batch) < 0) batch_free(batch);
        return 0;
    }
    if (r == 0 && live_pass_rows(live, batch) == 0) return 0;
    batch_free(batch);
    return r < 0 ? r : -EPIPE;
}

static int work_step(Live *live)
{
    Batch *batch;
    int r = queue_pop(&live->work, ADVANCE_MS, &batch);
    if (r == -EAGAIN) return work_without_messages(live, false);
    if (r < 0) return r;
    r = work_on(live, batch);
    if (r == 0 && is_advance_due(live)) r = advance(live, batch, false);
    sort_tickets(live, batch);
    if (r == 0 && live_pass_rows(live, batch) == 0) return 0;
    batch_free(batch);
    return r < 0 ? r : -EIO;
}

void *live_work_run(void *context)
{
    Live *live = context;
    int r;
    while ((r = work_step(live)) == 0 && (r = look_at_files(live)) == 0) {
    }
    if (r == -EPIPE) r = work_without_messages(live, true); /* the queue was closed */
    if (r < 0 && r != -EPIPE) {
        live->work_error = r;
        SAY(MESSAGE_SERVE_LOOP_FAILED, live->options.language, {"error", error_words(r)});
    }
    atomic_store(&live->stopping, true);
    queue_close(&live->work);
    return NULL;
}
