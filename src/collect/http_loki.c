/* Loki's push API (Grafana Loki, "HTTP API: Ingest logs"): JSON, or the protobuf message
 * PushRequest (grafana/loki, pkg/push/push.proto) packed with snappy. An entry is itself by its
 * labels, its time and its line, as Loki has it, so one that is sent again is stored once. */
#include "base/number.h"
#include "collect/http_dialect.h"
#include "collect/protobuf_read.h"
#include "collect/unpack_bytes.h"

#include <errno.h>

/* One entry: `labels` are fields beside the line already. */
static int take_entry(Bundle *group, Slice labels, int64_t time_ns, Slice line, Slice more)
{
    if (line.len == 0) return 0;
    if (line.len > BUNDLE_MESSAGE_BYTES_MAX) return -EMSGSIZE;
    Message *message = bundle_add(group);
    if (!message) return -EMSGSIZE;
    const Slice pieces[] = {SLICE("loki"), labels, slice_of(&time_ns, sizeof time_ns), line};
    bundle_key(pieces, ARRAY_COUNT(pieces), message->key);
    message->bytes = line;
    message->time_ns = time_ns;
    message->beside = labels;
    if (more.len == 0) return 0;
    buf_add_slice(&group->scratch, labels);
    buf_add_slice(&group->scratch, more);
    return bundle_keep(group, &message->beside);
}

static int time_read(Slice text, int64_t *ret)
{
    uint64_t ns;
    if (number_parse_u64(text, &ns) < 0 || ns > INT64_MAX) return -EBADMSG;
    *ret = (int64_t)ns;
    return 0;
}

/* --- JSON ------------------------------------------------------------------------------------- */

/* ["NANOSECONDS", "LINE", {structured metadata}] */
static int take_value(HttpExchange *exchange, const JsonNode *value, Slice labels)
{
    const JsonTree *tree = exchange->tree;
    const JsonNode *time = value->kind == JSON_ARRAY ? json_first_child(tree, value) : NULL;
    const JsonNode *line = time ? json_next_child(tree, value, time) : NULL;
    const JsonNode *more = line ? json_next_child(tree, value, line) : NULL;
    int64_t time_ns;
    Slice beside = {0};
    if (!line || line->kind != JSON_STRING || time_read(time->value, &time_ns) < 0) return -EBADMSG;
    if (more && json_first_child(tree, more)) {
        beside_add_json(&exchange->group->scratch, (Slice){0}, tree, more);
        int r = bundle_keep(exchange->group, &beside);
        if (r < 0) return r;
    }
    return take_entry(exchange->group, labels, time_ns, line->value, beside);
}

static int take_stream(HttpExchange *exchange, const JsonNode *stream)
{
    const JsonTree *tree = exchange->tree;
    if (stream->kind != JSON_OBJECT) return -EBADMSG;
    const JsonNode *labels = json_child(tree, stream, SLICE("stream"));
    const JsonNode *values = json_child(tree, stream, SLICE("values"));
    Slice beside = {0};
    int r = 0;
    if (!values || values->kind != JSON_ARRAY) return -EBADMSG;
    if (labels && labels->kind == JSON_OBJECT && json_first_child(tree, labels)) {
        beside_add_json(&exchange->group->scratch, (Slice){0}, tree, labels);
        r = bundle_keep(exchange->group, &beside);
    }
    for (const JsonNode *value = json_first_child(tree, values); value && r == 0;
         value = json_next_child(tree, values, value)) {
        r = take_value(exchange, value, beside);
    }
    return r;
}

static int take_json(HttpExchange *exchange)
{
    JsonTree *tree = exchange->tree;
    size_t used;
    int r = json_tree_read(tree, exchange->body, true, &exchange->group->arena, &used);
    if (r < 0 || tree->nodes[0].kind != JSON_OBJECT) return r == -ENOMEM ? r : -EBADMSG;
    const JsonNode *streams = json_child(tree, &tree->nodes[0], SLICE("streams"));
    if (!streams || streams->kind != JSON_ARRAY) return -EBADMSG;
    for (const JsonNode *stream = json_first_child(tree, streams); stream && r == 0;
         stream = json_next_child(tree, streams, stream)) {
        r = take_stream(exchange, stream);
    }
    return r;
}

/* --- protobuf --------------------------------------------------------------------------------- */

/* `{job="a", host="b"}` as fields. What is not shaped so stays one field, `labels`. */
static void add_labels(Buf *to, Slice text)
{
    Slice rest = slice_trim(text);
    if (rest.len < 2 || rest.ptr[0] != '{' || rest.ptr[rest.len - 1] != '}') {
        message_field_add(to, SLICE("labels"), text, FIELD_TEXT);
        return;
    }
    rest = slice_of(rest.ptr + 1, rest.len - 2);
    while (rest.len > 0) {
        size_t equals = slice_find(rest, SLICE("=\""));
        if (equals == SLICE_NOT_FOUND) return;
        Slice name = slice_trim(slice_first(rest, equals));
        rest = slice_skip(rest, equals + 2);
        size_t end = 0;
        while (end < rest.len && rest.ptr[end] != '"')
            end += rest.ptr[end] == '\\' ? 2 : 1;
        message_field_add(to, name, slice_first(rest, end), FIELD_TEXT);
        rest = slice_skip(rest, end + 1);
        while (rest.len > 0 && (rest.ptr[0] == ',' || rest.ptr[0] == ' '))
            rest = slice_skip(rest, 1);
    }
}

/* google.protobuf.Timestamp: 1 seconds, 2 nanos. */
static int read_timestamp(Slice bytes, int64_t *ret)
{
    ProtobufField field;
    uint64_t seconds = 0, nanos = 0;
    int r;
    while ((r = protobuf_next(&bytes, &field)) == 1) {
        if (field.number == 1) seconds = field.value;
        if (field.number == 2) nanos = field.value;
    }
    if (r < 0 || seconds > 9000000000 || nanos > 999999999) return -EBADMSG;
    *ret = (int64_t)(seconds * NS_PER_SECOND + nanos);
    return 0;
}

/* LabelPairAdapter: 1 name, 2 value. */
static int add_pair(Buf *to, Slice bytes)
{
    ProtobufField field;
    Slice name = {0}, value = {0};
    int r;
    while ((r = protobuf_next(&bytes, &field)) == 1) {
        if (field.number == 1) name = field.bytes;
        if (field.number == 2) value = field.bytes;
    }
    if (r == 0) message_field_add(to, name, value, FIELD_TEXT);
    return r;
}

/* EntryAdapter: 1 timestamp, 2 line, 3 structuredMetadata. */
static int take_entry_bytes(Bundle *group, Slice labels, Slice bytes)
{
    ProtobufField field;
    Slice line = {0}, more = {0};
    int64_t time_ns = 0;
    int r;
    while ((r = protobuf_next(&bytes, &field)) == 1) {
        if (field.type != PROTOBUF_BYTES) continue;
        if (field.number == 1 && read_timestamp(field.bytes, &time_ns) < 0) return -EBADMSG;
        if (field.number == 2) line = field.bytes;
        if (field.number == 3 && add_pair(&group->scratch, field.bytes) < 0) return -EBADMSG;
    }
    if (r == 0) r = bundle_keep(group, &more);
    return r < 0 ? r : take_entry(group, labels, time_ns, line, more);
}

/* StreamAdapter: 1 labels, 2 entries. The labels come first. */
static int take_stream_bytes(Bundle *group, Slice bytes)
{
    ProtobufField field;
    Slice labels = {0};
    int r;
    while ((r = protobuf_next(&bytes, &field)) == 1) {
        if (field.type != PROTOBUF_BYTES) continue;
        int taken = 0;
        if (field.number == 1) {
            add_labels(&group->scratch, field.bytes);
            taken = bundle_keep(group, &labels);
        } else if (field.number == 2) {
            taken = take_entry_bytes(group, labels, field.bytes);
        }
        if (taken < 0) return taken;
    }
    return r;
}

/* PushRequest: 1 streams. */
static int take_protobuf(HttpExchange *exchange)
{
    Bundle *group = exchange->group;
    Buf plain = buf_make(HTTP_UNPACKED_BYTES_MAX);
    ProtobufField field;
    Slice rest;
    int r = unpack_snappy(exchange->body, &plain);
    if (r == 0) r = arena_copy(&group->arena, buf_slice(&plain), &rest);
    buf_done(&plain);
    if (r < 0) return r;
    while ((r = protobuf_next(&rest, &field)) == 1) {
        if (field.number != 1 || field.type != PROTOBUF_BYTES) continue;
        int taken = take_stream_bytes(group, field.bytes);
        if (taken < 0) return taken;
    }
    return r;
}

/* --- the door --------------------------------------------------------------------------------- */

void loki_push(HttpExchange *exchange)
{
    Slice type = http_field(exchange->request, SLICE("content-type"));
    bool is_json = slice_starts_nocase(type, SLICE("application/json"));
    int r = is_json ? take_json(exchange) : take_protobuf(exchange);
    exchange->status = 204;
    if (r == -EMSGSIZE || r == -EFBIG || r == -E2BIG || r == -ENOMEM) {
        http_refuse(exchange, 413, "more than what is taken at once\n");
    } else if (r < 0) {
        http_refuse(exchange, 400,
                    is_json ? "this is no JSON of a push\n"
                            : "this is no protobuf of a push, packed with snappy\n");
    }
}

void loki_ready(HttpExchange *exchange)
{
    exchange->content_type = "text/plain; charset=utf-8";
    buf_add_cstr(exchange->answer, "ready\n");
}
