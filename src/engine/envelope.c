/* See envelope.h. */
#include "engine/envelope.h"

#include "decode/field_order.h"
#include "decode/lines.h"

#include <errno.h>

static size_t count_beside(Slice beside)
{
    Field field;
    size_t count = 0;
    while (count < MESSAGE_FIELDS_MAX && message_fields_next(&beside, &field))
        count++;
    return count;
}

/* The event's fields, then `more`. */
static Field *room_for(const Event *event, size_t more, Arena *arena)
{
    Field *fields = ARENA_ARRAY(arena, Field, event->field_count + more + 1);
    if (fields && event->field_count > 0) {
        memcpy(fields, event->fields, event->field_count * sizeof *fields);
    }
    return fields;
}

static int add_beside(Event *event, Slice beside, Arena *arena)
{
    size_t more = count_beside(beside), count = event->field_count;
    if (more == 0) return 0;
    Field *fields = room_for(event, more, arena);
    if (!fields) return -ENOMEM;
    for (size_t i = 0; i < more && message_fields_next(&beside, &fields[count]); i++) {
        count++;
    }
    int r = fields_group(fields, count);
    if (r < 0) return r;
    event->fields = fields;
    event->field_count = count;
    return 0;
}

/* Names by which log shippers say where they read a line (Elastic Common Schema: log.file.path,
 * input.type of Beats and Elastic Agent; Fluent Bit and Kubernetes: stream). */
static bool says_where_it_read(const Event *outer)
{
    static const Slice names[] = {SLICE_INIT("log.file.path"), SLICE_INIT("input.type"),
                                  SLICE_INIT("agent.type"), SLICE_INIT("stream")};
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        if (event_field(outer, names[i])) return true;
    }
    return false;
}

/* All of the outer object's fields but the line. */
static int join_outer(Event *inner, const Event *outer, const Field *line, Arena *arena)
{
    size_t count = inner->field_count;
    Field *fields = room_for(inner, outer->field_count, arena);
    if (!fields) return -ENOMEM;
    for (size_t i = 0; i < outer->field_count; i++) {
        if (&outer->fields[i] != line) fields[count++] = outer->fields[i];
    }
    int r = fields_group(fields, count);
    if (r < 0) return r;
    inner->fields = fields;
    inner->field_count = count;
    if (inner->time_ns == TIME_UNKNOWN) inner->time_ns = outer->time_ns;
    return 0;
}

static int open_shipped(Event *event, const DecodeOptions *options, JsonTree *tree, Arena *arena)
{
    const Field *line = event_field(event, SLICE("message"));
    Event inner;
    if (event->format != EVENT_JSON || !line || line->kind != FIELD_TEXT || line->value.len == 0) {
        return 0;
    }
    int r = line_decode_reusing(tree, line->value, options, arena, &inner);
    if (r < 0) return r;
    if (inner.format == EVENT_TEXT && !says_where_it_read(event)) return 0;
    r = join_outer(&inner, event, line, arena);
    if (r == 0) *event = inner;
    return r;
}

int envelope_decode(const Batch *batch, const MessageSpan *span, const DecodeOptions *options,
                    JsonTree *tree, Arena *arena, Event *ret)
{
    Slice bytes = batch_message_bytes(batch, span), body = batch_message_body(batch, span);
    Event event;
    int r = line_decode_reusing(tree, body.len > 0 ? body : bytes, options, arena, &event);
    if (r == 0 && span->shipped && body.len == 0) r = open_shipped(&event, options, tree, arena);
    if (r == 0) r = add_beside(&event, batch_message_beside(batch, span), arena);
    if (tree->capacity > ENVELOPE_TREE_VALUES_MAX) json_tree_done(tree);
    if (r < 0) return r;
    event.raw = bytes;
    if (event.time_ns == TIME_UNKNOWN && span->time_ns != 0) event.time_ns = span->time_ns;
    if (span->continues && event.parse == PARSE_OK) event.parse = PARSE_PARTIAL;
    *ret = event;
    return 0;
}
