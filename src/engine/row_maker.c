/* See row_maker.h. */
#include "engine/row_maker.h"

#include "base/digest.h"
#include "decode/lines.h"
#include "store/store.h"
#include "translate/translate.h"

#include <errno.h>
#include <stdlib.h>

/* What the engine knows of an event that waits. */
typedef struct Held {
    uint64_t raw_id;
    uint8_t key[ROW_KEY_BYTES];
    char *texts;    /* origin, then source */
    bool is_stored; /* it was recalled: its row is there */
    size_t origin_bytes, source_bytes;
} Held;

struct RowMaker {
    Translator *translator;
    ActionSettings *settings;
    Actions *actions;
    Identity *identity;
    const Context *context; /* may be NULL */
    int zone_offset_seconds;
    bool enrich_later;
    Held *held; /* no more than the actions hold, by raw_id */
    size_t held_count;
    /* during a call */
    Arena *arena;
    const RowMakerSink *sink;
    const RowEvent *given;
    const Event *event;   /* the given one as the translator gave it on, ... */
    const Record *record; /* ... and its record */
    uint64_t raw_id;      /* of the given one: its number in its input */
    bool answered, recalling;
    uint8_t records_made; /* of the given event, so far */
};

static void held_done(RowMaker *maker)
{
    for (size_t i = 0; i < maker->held_count; i++)
        free(maker->held[i].texts);
    free(maker->held);
}

void row_maker_free(RowMaker *maker)
{
    if (!maker) return;
    held_done(maker);
    translator_free(maker->translator);
    actions_free(maker->actions);
    action_settings_free(maker->settings);
    identity_free(maker->identity);
    free(maker);
}

static int prepare(RowMaker *maker, const Os *os, const RowMakerOptions *options,
                   Complaint *complaint)
{
    uint64_t seed[2];
    int r = os->random(os->state, seed, sizeof seed);
    if (r == 0) r = action_settings_make(options->action_settings, &maker->settings, complaint);
    if (r < 0) return r;
    maker->context = options->context;
    maker->zone_offset_seconds = options->zone_offset_seconds;
    maker->enrich_later = options->enrich_later;
    maker->translator = translator_new();
    maker->actions = actions_new(maker->settings, seed);
    maker->identity = identity_new(0, seed);
    maker->held = calloc(ACTIONS_HELD_MAX + 1, sizeof *maker->held);
    if (!maker->translator || !maker->actions || !maker->identity || !maker->held) return -ENOMEM;
    if (!options->sources) return 0;
    return translator_use_sources(maker->translator, options->sources,
                                  options->zone_offset_seconds);
}

int row_maker_new(const Os *os, const RowMakerOptions *options, RowMaker **ret,
                  Complaint *complaint)
{
    RowMaker *maker = calloc(1, sizeof *maker);
    if (!maker) return -ENOMEM;
    int r = prepare(maker, os, options, complaint);
    if (r < 0) {
        row_maker_free(maker);
        return r;
    }
    *ret = maker;
    return 0;
}

/* --- events that wait ------------------------------------------------------------------------- */

static int held_add_stored(RowMaker *maker)
{
    if (maker->held_count > ACTIONS_HELD_MAX) return -ENOMEM;
    maker->held[maker->held_count++] = (Held){.raw_id = maker->raw_id, .is_stored = true};
    return 0;
}

static int held_add(RowMaker *maker)
{
    const RowEvent *given = maker->given;
    if (maker->held_count > ACTIONS_HELD_MAX) return -ENOMEM;
    Held *held = &maker->held[maker->held_count];
    *held = (Held){.raw_id = maker->raw_id,
                   .origin_bytes = given->origin.len,
                   .source_bytes = given->source.len};
    memcpy(held->key, given->key, sizeof held->key);
    held->texts = malloc(given->origin.len + given->source.len + 1);
    if (!held->texts) return -ENOMEM;
    if (given->origin.len) memcpy(held->texts, given->origin.ptr, given->origin.len);
    if (given->source.len) {
        memcpy(held->texts + given->origin.len, given->source.ptr, given->source.len);
    }
    maker->held_count++;
    return 0;
}

#define HELD_STORED 1

/* HELD_STORED: nothing is to be done with it. */
static int held_take(RowMaker *maker, uint64_t raw_id, RowEvent *ret)
{
    size_t at = 0;
    while (at < maker->held_count && maker->held[at].raw_id != raw_id)
        at++;
    if (at == maker->held_count) return -ENOENT;
    Held held = maker->held[at];
    memmove(&maker->held[at], &maker->held[at + 1],
            (maker->held_count - at - 1) * sizeof *maker->held);
    maker->held_count--;
    if (held.is_stored) return HELD_STORED;
    memcpy(ret->key, held.key, sizeof held.key);
    int r = arena_copy(maker->arena, slice_of(held.texts, held.origin_bytes), &ret->origin);
    if (r == 0) {
        r = arena_copy(maker->arena, slice_of(held.texts + held.origin_bytes, held.source_bytes),
                       &ret->source);
    }
    free(held.texts);
    return r;
}

/* --- copies into the batch -------------------------------------------------------------------- */

static int copy_record(Arena *arena, Record *record)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < RECORD_FIELD_COUNT; i++) {
        if (record->text[i].len > 0) r = arena_copy(arena, record->text[i], &record->text[i]);
    }
    return r;
}

static int copy_event(Arena *arena, Event *event)
{
    Field *fields = ARENA_ARRAY(arena, Field, event->field_count + 1);
    if (!fields) return -ENOMEM;
    int r = arena_copy(arena, event->raw, &event->raw);
    for (size_t i = 0; r == 0 && i < event->field_count; i++) {
        fields[i] = event->fields[i];
        r = arena_copy(arena, fields[i].name, &fields[i].name);
        if (r == 0) r = arena_copy(arena, fields[i].value, &fields[i].value);
    }
    event->fields = fields;
    return r;
}

/* --- rows ------------------------------------------------------------------------------------- */

int row_maker_enrich(const RowMaker *maker, Row *row, Arena *arena)
{
    int r = identity_enrich(maker->identity, &row->record, arena);
    if (maker->context) context_take_hashes(&row->event, &row->record);
    if (r == 0 && maker->context) r = context_enrich(maker->context, &row->record, arena);
    return r;
}

static int give_row(RowMaker *maker, Row *row, Slice source)
{
    if (source.len > 0) row->record.text[RECORD_AKASHI_SOURCE] = source;
    int r = identity_learn(maker->identity, &row->record, 0);
    if (r == 0 && !maker->enrich_later) r = row_maker_enrich(maker, row, maker->arena);
    return r < 0 ? r : maker->sink->row(maker->sink->context, row);
}

/* The row of one event: the given one, or one that has waited. */
static int give_event(RowMaker *maker, uint64_t raw_id, const Event *event, const Record *record,
                      bool is_evidence)
{
    Row row = {.event = *event, .record = *record};
    RowEvent known = {0};
    int r = 0;
    if (raw_id == maker->raw_id && maker->given) {
        known = *maker->given;
        /* A further record of the same event is another row. */
        known.key[ROW_KEY_BYTES - 1] =
            (uint8_t)(known.key[ROW_KEY_BYTES - 1] + maker->records_made++);
        maker->answered = true;
    } else if (raw_id == maker->raw_id && maker->recalling) {
        maker->answered = true;
        return 0;
    } else {
        r = held_take(maker, raw_id, &known);
        if (r == HELD_STORED) return 0;
    }
    /* What waited, be it for a moment, and what the actions said of their own go away. */
    if (r == 0 && event != maker->event) r = copy_event(maker->arena, &row.event);
    if (r == 0 && record != maker->record) r = copy_record(maker->arena, &row.record);
    if (r < 0) return r;
    row.origin = known.origin;
    memcpy(row.key, known.key, sizeof row.key);
    /* Always said here: a log that calls itself evidence would not be shown. */
    row.record.text[RECORD_AKASHI_ROLE] = is_evidence ? SLICE("evidence") : (Slice){0};
    return give_row(maker, &row, known.source);
}

/* `Security/1042` of `Security/1042-1050#7-15,...`: the first event that tells of it. */
static Slice first_event(Slice raw)
{
    size_t end = 0;
    while (end < raw.len && !strchr("-#,", raw.ptr[end]))
        end++;
    return slice_first(raw, end);
}

/* What makes an action the same one when its log is read again: what was done, to what, where, and
 * the first event that tells of it. Not who and from where: that can be known better another time.
 */
static void action_key(const Record *record, uint8_t ret_key[ROW_KEY_BYTES])
{
    const Slice end = SLICE("\n");
    const Slice pieces[] = {SLICE("action"),
                            slice_of(&record->time_ns, sizeof record->time_ns),
                            verbs[record->verb].token,
                            end,
                            record->text[RECORD_AKASHI_RULE],
                            end,
                            record->text[RECORD_HOST_NAME],
                            end,
                            record->text[RECORD_AKASHI_OBJECT],
                            end,
                            record->text[RECORD_AKASHI_TARGET_PATH],
                            end,
                            first_event(record->text[RECORD_AKASHI_RAW])};
    Digest digest = digest_sha256(pieces, ARRAY_COUNT(pieces));
    memcpy(ret_key, digest.bytes, ROW_KEY_BYTES);
    ret_key[0] &= (uint8_t)~ROW_KEY_ONCE;
}

static int give_action(RowMaker *maker, const Action *action)
{
    Row row = {.event = {.format = EVENT_WINDOWS, .time_ns = action->record->time_ns},
               .record = *action->record};
    int r = copy_record(maker->arena, &row.record);
    if (r < 0) return r;
    action_key(&row.record, row.key);
    row.record.text[RECORD_AKASHI_ROLE] = SLICE("action");
    if (maker->given) row.origin = maker->given->origin;
    return give_row(maker, &row, maker->given ? maker->given->source : (Slice){0});
}

static int on_action(void *context, const Action *action)
{
    RowMaker *maker = context;
    if (!action->event) return give_action(maker, action);
    return give_event(maker, action->runs[0].id, action->event, action->record, false);
}

static int on_evidence(void *context, uint64_t raw_id, const Event *event, const Record *stateless)
{
    return give_event(context, raw_id, event, stateless, true);
}

static ActionSink action_sink(RowMaker *maker)
{
    return (ActionSink){.record = on_action, .evidence = on_evidence, .context = maker};
}

static int on_record(void *context, const Record *record, const Event *event)
{
    RowMaker *maker = context;
    const ActionSink sink = action_sink(maker);
    maker->event = event;
    maker->record = record;
    return actions_feed(maker->actions, event, record, maker->raw_id, &sink);
}

int row_maker_feed(RowMaker *maker, const RowEvent *event, Arena *arena, const RowMakerSink *sink)
{
    maker->arena = arena;
    maker->sink = sink;
    maker->given = event;
    maker->raw_id = event->event->index;
    maker->answered = false;
    maker->records_made = 0;
    maker->event = NULL;
    maker->record = NULL;
    int r = translator_feed(maker->translator, event->event, event->received_ns, arena, on_record,
                            maker);
    if (r == 0 && !maker->answered) r = held_add(maker);
    maker->given = NULL;
    maker->event = NULL;
    maker->record = NULL;
    return r;
}

int row_maker_advance(RowMaker *maker, int64_t now_ns, Arena *arena, const RowMakerSink *sink)
{
    maker->arena = arena;
    maker->sink = sink;
    const ActionSink actions = action_sink(maker);
    return actions_advance(maker->actions, now_ns, &actions);
}

int row_maker_flush(RowMaker *maker, Arena *arena, const RowMakerSink *sink)
{
    maker->arena = arena;
    maker->sink = sink;
    const ActionSink actions = action_sink(maker);
    int r = actions_flush(maker->actions, true, &actions);
    if (r == 0) actions_begin_input(maker->actions);
    return r;
}

int row_maker_settle(RowMaker *maker, int64_t age_ns, Arena *arena, const RowMakerSink *sink)
{
    maker->arena = arena;
    maker->sink = sink;
    const ActionSink actions = action_sink(maker);
    return actions_settle(maker->actions, age_ns, &actions);
}

/* The stored fields hold what a definition found then; a line is decoded again from its bytes. */
static int stored_event(const RowMaker *maker, const Row *row, Arena *arena, Event *ret)
{
    *ret = row->event;
    if (row->event.format != EVENT_WINDOWS) {
        const DecodeOptions options = {.zone_offset_seconds = maker->zone_offset_seconds,
                                       .received_ns = row->record.ingested_ns};
        Event event;
        int r = line_decode(row->event.raw, &options, arena, &event);
        if (r < 0) return r;
        if (event.format == row->event.format) *ret = event;
    }
    ret->index = row->event.index;
    ret->record_id = row->event.record_id;
    return 0;
}

int row_maker_recall(RowMaker *maker, const Row *row, Arena *arena, const RowMakerSink *sink)
{
    Event event;
    if (row->event.raw.len == 0 || row->event.parse != PARSE_OK) return 0;
    int r = stored_event(maker, row, arena, &event);
    if (r < 0) return r;
    maker->arena = arena;
    maker->sink = sink;
    maker->given = NULL;
    maker->event = NULL;
    maker->record = NULL;
    maker->raw_id = event.index;
    maker->answered = false;
    maker->recalling = true;
    r = translator_feed(maker->translator, &event, row->record.ingested_ns, arena, on_record,
                        maker);
    if (r == 0 && !maker->answered) r = held_add_stored(maker);
    maker->recalling = false;
    maker->event = NULL;
    maker->record = NULL;
    return r;
}

bool row_maker_holds(const RowMaker *maker, uint64_t from, uint64_t to)
{
    for (size_t i = 0; i < maker->held_count; i++) {
        if (maker->held[i].raw_id >= from && maker->held[i].raw_id < to) return true;
    }
    return false;
}

int row_maker_use(RowMaker *maker, const SourceSet *sources, Slice action_settings,
                  Complaint *complaint)
{
    ActionSettings *settings;
    int r = action_settings_make(action_settings, &settings, complaint);
    if (r < 0) return r;
    r = translator_use_sources(maker->translator, sources, maker->zone_offset_seconds);
    if (r < 0) {
        action_settings_free(settings);
        return r;
    }
    actions_use_settings(maker->actions, settings);
    action_settings_free(maker->settings);
    maker->settings = settings;
    return 0;
}

void row_maker_use_context(RowMaker *maker, const Context *context)
{
    maker->context = context;
}

Identity *row_maker_identity(RowMaker *maker)
{
    return maker->identity;
}
