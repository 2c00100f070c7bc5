/* See action_order.h. What waits is a copy of the event and its record in one block of memory. */
#include "translate/actions/action_order.h"

#include "base/number.h"

#include <errno.h>
#include <stdlib.h>

#define MISSING_KEPT 8 /* ranges of numbers that may still come late */
#define SPARSE_AT 32   /* see stream_is_sparse */
#define SPARSE_MAX 64
#define GAP_TEXT_BYTES_MAX 400
#define RESTART_NS NS_PER_SECOND

typedef struct HeldEvent {
    struct HeldEvent *next;
    Event event;
    Record record;
    RawRef ref;
    size_t bytes;
} HeldEvent;

typedef struct Range {
    uint64_t first, last;
} Range;

typedef struct Stream {
    TableNode node;
    NameId host, channel;
    uint64_t next_id; /* 0: nothing came yet */
    int64_t last_ns;
    HeldEvent *held; /* by record_id */
    uint32_t held_count, sparse, missing_at;
    Range missing[MISSING_KEPT];
} Stream;

struct Orders {
    Table streams;
    uint32_t held_count;
    size_t held_bytes;
};

Orders *orders_new(const uint64_t seed[2])
{
    Orders *orders = calloc(1, sizeof *orders);
    if (orders) orders->streams = table_make(sizeof(Stream), ACTIONS_STREAMS_MAX, seed[1]);
    return orders;
}

void orders_free(Orders *orders)
{
    if (!orders) return;
    for (Stream *s = table_oldest(&orders->streams); s; s = table_newer(&orders->streams, s)) {
        for (HeldEvent *held = s->held, *next; held; held = next) {
            next = held->next;
            free(held);
        }
    }
    table_done(&orders->streams);
    free(orders);
}

/* --- copies ----------------------------------------------------------------------------------- */

static Slice put_text(char **at, Slice text)
{
    Slice copy = slice_of(*at, text.len);
    if (text.len > 0) memcpy(*at, text.ptr, text.len);
    *at += text.len;
    return copy;
}

static size_t text_bytes(const Event *event, const Record *record)
{
    size_t bytes = event->raw.len;
    for (size_t i = 0; i < event->field_count; i++) {
        bytes += event->fields[i].name.len + event->fields[i].value.len;
    }
    for (size_t i = 0; i < RECORD_FIELD_COUNT; i++) {
        bytes += record->text[i].len;
    }
    return bytes;
}

static HeldEvent *copy_event(const Work *work)
{
    const Event *event = work->event;
    size_t fields_bytes = event->field_count * sizeof(Field);
    size_t bytes = sizeof(HeldEvent) + fields_bytes + text_bytes(event, work->record);
    HeldEvent *held = malloc(bytes);
    if (!held) return NULL;
    Field *fields = (Field *)(held + 1);
    char *at = (char *)(held + 1) + fields_bytes;
    *held = (HeldEvent){.event = *event, .record = *work->record, .ref = work->ref, .bytes = bytes};
    for (size_t i = 0; i < event->field_count; i++) {
        fields[i] = event->fields[i];
        fields[i].name = put_text(&at, event->fields[i].name);
        fields[i].value = put_text(&at, event->fields[i].value);
    }
    held->event.fields = fields;
    held->event.raw = put_text(&at, event->raw);
    for (size_t i = 0; i < RECORD_FIELD_COUNT; i++) {
        held->record.text[i] = put_text(&at, work->record->text[i]);
    }
    return held;
}

/* --- what is missing -------------------------------------------------------------------------- */

static void gap_text(Op *op, uint64_t first, uint64_t last, bool restarted)
{
    if (op->text->len > GAP_TEXT_BYTES_MAX) return; /* the numbers of further gaps are not named */
    if (op->text->len > 0) buf_add_cstr(op->text, ", ");
    if (restarted) {
        buf_add_format(op->text, "%llu <- %llu", (unsigned long long)first,
                       (unsigned long long)last);
    } else if (first == last) {
        buf_add_u64(op->text, first);
    } else {
        buf_add_format(op->text, "%llu-%llu", (unsigned long long)first, (unsigned long long)last);
    }
}

static Op *gap_op(Work *work, const Stream *stream)
{
    Actions *actions = work->actions;
    TableKey key =
        op_named_group(actions, RULE_GAP, work->host, actions_text(actions, stream->channel), 0);
    Group *group = group_find(actions, key);
    if (group) return op_at(actions, group->first_op);
    Op *op = op_new(actions, OP_RECORD, work->host, NULL, key);
    if (!op) return NULL;
    op->text = calloc(1, sizeof *op->text);
    if (!op->text) {
        op_free(actions, op);
        actions_fail(actions, -ENOMEM);
        return NULL;
    }
    op->verb = VERB_LOG_GAP;
    op->rule = RULE_GAP;
    op->first_ns = stream->last_ns != TIME_UNKNOWN ? stream->last_ns : work->now_ns;
    op_set_name(actions, &op->path, stream->channel);
    op_wait(actions, op, work->now_ns + actions->settings->window_ns[WINDOW_GAP]);
    return op;
}

/* The numbers from first to last did not come. The event at work is the one behind them. */
static void report_gap(Work *work, Stream *stream, uint64_t first, uint64_t last, bool restarted)
{
    Actions *actions = work->actions;
    if (work->host == 0) return;
    Op *op = gap_op(work, stream);
    if (!op) return;
    uint64_t missing = restarted ? 0 : last - first + 1;
    gap_text(op, first, last, restarted);
    op->missing += missing;
    op->last_ns = work->now_ns;
    if (restarted) op_add_detail(actions, op, SLICE("numbers_restarted"));
    raw_add(&op->raw, op->spans, work->ref);
    actions->counters.gaps++;
    actions->counters.missing += missing;
    stream->missing[stream->missing_at++ % MISSING_KEPT] =
        restarted ? (Range){1, 0} : (Range){first, last};
}

/* A source that sends only chosen events has a gap at every step. Nothing is gained there by
 * waiting; the gaps are told of together (WINDOW_GAP). */
static bool stream_is_sparse(const Stream *stream)
{
    return stream->sparse > SPARSE_AT;
}

/* --- the order -------------------------------------------------------------------------------- */

static void take(Work *work, Stream *stream)
{
    if (work->ref.record_id >= stream->next_id) stream->next_id = work->ref.record_id + 1;
    if (work->now_ns > stream->last_ns) stream->last_ns = work->now_ns;
    actions_take(work);
}

static void take_held(Actions *actions, Stream *stream)
{
    HeldEvent *held = stream->held;
    Work work = {.actions = actions,
                 .event = &held->event,
                 .record = &held->record,
                 .ref = held->ref,
                 .now_ns = held->event.time_ns};
    stream->held = held->next;
    stream->held_count--;
    actions->orders->held_count--;
    actions->orders->held_bytes -= held->bytes;
    work_begin(&work);
    if (held->ref.record_id > stream->next_id) {
        report_gap(&work, stream, stream->next_id, held->ref.record_id - 1, false);
        stream->sparse = stream->sparse + 4 < SPARSE_MAX ? stream->sparse + 4 : SPARSE_MAX;
    }
    take(&work, stream);
    free(held);
}

static void take_followers(Actions *actions, Stream *stream)
{
    while (stream->held && stream->held->ref.record_id <= stream->next_id) {
        take_held(actions, stream);
    }
}

/* False: an event of this number waits already. */
static bool insert_held(Stream *stream, HeldEvent *held)
{
    HeldEvent **link = &stream->held;
    while (*link && (*link)->ref.record_id < held->ref.record_id) {
        link = &(*link)->next;
    }
    if (*link && (*link)->ref.record_id == held->ref.record_id) return false;
    held->next = *link;
    *link = held;
    return true;
}

static void duplicate(Work *work)
{
    work->actions->counters.duplicates++;
    out_evidence(work);
}

static void hold(Work *work, Stream *stream)
{
    Actions *actions = work->actions;
    Orders *orders = actions->orders;
    HeldEvent *held = copy_event(work);
    if (!held) {
        actions_fail(actions, -ENOMEM);
        return;
    }
    if (!insert_held(stream, held)) {
        free(held);
        duplicate(work);
        return;
    }
    stream->held_count++;
    orders->held_count++;
    orders->held_bytes += held->bytes;
    bool full =
        orders->held_count > ACTIONS_HELD_MAX || orders->held_bytes > ACTIONS_HELD_BYTES_MAX;
    while (stream->held &&
           (full || work->now_ns - stream->held->event.time_ns > ACTIONS_ORDER_NS_MAX)) {
        take_held(actions, stream);
        take_followers(actions, stream);
    }
}

static bool take_missing(Stream *stream, uint64_t id)
{
    for (size_t i = 0; i < MISSING_KEPT; i++) {
        Range *range = &stream->missing[i];
        if (id < range->first || id > range->last || range->last == 0) continue;
        /* The larger part stays; what is cut off and comes later counts as a repetition. */
        if (id - range->first > range->last - id) {
            range->last = id - 1;
        } else {
            range->first = id + 1;
        }
        return true;
    }
    return false;
}

/* A number that was passed already: late, repeated, or the log was made anew. */
static void behind(Work *work, Stream *stream)
{
    uint64_t id = work->ref.record_id;
    if (take_missing(stream, id)) {
        work->actions->counters.late++;
        actions_take(work);
    } else if (work->now_ns > stream->last_ns + RESTART_NS) {
        report_gap(work, stream, id, stream->next_id - 1, true);
        stream->next_id = id;
        take(work, stream);
    } else {
        duplicate(work);
    }
}

static Stream *stream_of(Work *work)
{
    Actions *actions = work->actions;
    Slice host = work->known[KNOWN_COMPUTER], channel = work->known[KNOWN_CHANNEL];
    if (work->event->format != EVENT_WINDOWS || channel.len == 0) return NULL;
    TableKey key = {text_hash(actions->names, host), text_hash(actions->names, channel)};
    Stream *stream = table_find(&actions->orders->streams, key);
    if (stream) return stream;
    stream = table_add(&actions->orders->streams, key);
    if (!stream) {
        actions->counters.unchecked++;
        return NULL;
    }
    stream->host = actions_hold(actions, host);
    stream->channel = actions_hold(actions, channel);
    stream->last_ns = TIME_UNKNOWN;
    return stream;
}

void order_feed(Work *work)
{
    Stream *stream = stream_of(work);
    if (!stream || stream->channel == 0) {
        actions_take(work);
        return;
    }
    work->ref.channel = stream->channel;
    uint64_t id = work->ref.record_id;
    if (id == 0 || work->now_ns == TIME_UNKNOWN) {
        actions_take(work);
    } else if (stream->next_id == 0 || id == stream->next_id) {
        if (stream->sparse > 0) stream->sparse--;
        take(work, stream);
        take_followers(work->actions, stream);
    } else if (id < stream->next_id) {
        behind(work, stream);
    } else if (stream_is_sparse(stream) && !stream->held) {
        report_gap(work, stream, stream->next_id, id - 1, false);
        stream->sparse = SPARSE_MAX;
        take(work, stream);
    } else {
        hold(work, stream);
    }
}

void orders_release(Actions *actions, int64_t now_ns)
{
    Table *streams = &actions->orders->streams;
    for (Stream *stream = table_oldest(streams); stream; stream = table_newer(streams, stream)) {
        while (stream->held && (now_ns == TIME_ALL ||
                                stream->held->event.time_ns < now_ns - ACTIONS_ORDER_NS_MAX)) {
            take_held(actions, stream);
            take_followers(actions, stream);
        }
    }
}

void orders_begin_input(Orders *orders)
{
    Table *streams = &orders->streams;
    for (Stream *stream = table_oldest(streams); stream; stream = table_newer(streams, stream)) {
        stream->next_id = 0;
        stream->sparse = 0;
        stream->last_ns = TIME_UNKNOWN;
        memset(stream->missing, 0, sizeof stream->missing);
    }
}

/* --- over a restart --------------------------------------------------------------------------- */

void orders_save(const Actions *actions, Buf *to)
{
    const Table *streams = &actions->orders->streams;
    buf_add_varint(to, streams->count);
    for (Stream *stream = table_oldest(streams); stream; stream = table_newer(streams, stream)) {
        save_text(to, actions_text(actions, stream->host));
        save_text(to, actions_text(actions, stream->channel));
        buf_add_varint(to, stream->next_id);
        buf_add_le64(to, (uint64_t)stream->last_ns);
        buf_add_varint(to, stream->sparse);
    }
}

static int restore_stream(Actions *actions, Slice *bytes)
{
    uint64_t next_id, last_ns, sparse;
    Slice host, channel;
    if (restore_text(bytes, &host) < 0 || restore_text(bytes, &channel) < 0 ||
        slice_take_varint(bytes, &next_id) < 0 || restore_u64(bytes, &last_ns) < 0 ||
        slice_take_varint(bytes, &sparse) < 0 || sparse > SPARSE_MAX) {
        return -EBADMSG;
    }
    TableKey key = {text_hash(actions->names, host), text_hash(actions->names, channel)};
    if (table_find(&actions->orders->streams, key)) return -EBADMSG;
    Stream *stream = table_add(&actions->orders->streams, key);
    if (!stream) return -ENOMEM;
    stream->host = actions_hold(actions, host);
    stream->channel = actions_hold(actions, channel);
    stream->next_id = next_id;
    stream->last_ns = (int64_t)last_ns;
    stream->sparse = (uint32_t)sparse;
    return 0;
}

int orders_restore(Actions *actions, Slice *bytes)
{
    uint64_t count;
    if (slice_take_varint(bytes, &count) < 0 || count > ACTIONS_STREAMS_MAX) return -EBADMSG;
    for (uint64_t i = 0; i < count; i++) {
        int r = restore_stream(actions, bytes);
        if (r < 0) return r;
    }
    return 0;
}
