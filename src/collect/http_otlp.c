/* OTLP logs over HTTP (OpenTelemetry Protocol specification 1.x, "OTLP/HTTP"; messages of
 * opentelemetry-proto: collector/logs/v1, logs/v1, common/v1, resource/v1), protobuf and JSON. */
#include "base/json_text.h"
#include "base/number.h"
#include "collect/http_dialect.h"
#include "collect/protobuf_read.h"

#include <errno.h>
#include <stdio.h>

#define VALUE_DEPTH_MAX 16 /* of values in values; deeper ones are left out */
#define BYTES_PRINTED_MAX 256

/* One record while it is read; slices live in the body or the arena. */
typedef struct OtlpRecord {
    uint64_t time_ns, observed_ns;
    Slice body; /* text, or a JSON value */
    Slice severity, trace, span, event, uid;
    uint64_t severity_number;
} OtlpRecord;

static int take_record(Bundle *group, const OtlpRecord *record, Slice resource, Slice attributes)
{
    Buf *to = &group->scratch;
    char number[NUMBER_TEXT_MAX];
    if (record->body.len > BUNDLE_MESSAGE_BYTES_MAX) return -EMSGSIZE;
    Message *message = bundle_add(group);
    if (!message) return -EMSGSIZE;
    uint64_t time_ns = record->time_ns ? record->time_ns : record->observed_ns;
    message->bytes = record->body.len > 0 ? record->body : SLICE("{}");
    message->time_ns = time_ns <= INT64_MAX ? (int64_t)time_ns : 0;
    if (record->uid.len > 0) {
        const Slice pieces[] = {SLICE("otlp"), record->uid, record->body};
        bundle_key(pieces, ARRAY_COUNT(pieces), message->key);
    }
    buf_add_slice(to, resource);
    buf_add_slice(to, attributes);
    if (record->severity.len > 0) {
        message_field_add(to, SLICE("severity_text"), record->severity, FIELD_TEXT);
    }
    if (record->severity_number > 0) {
        size_t len = number_print_u64(number, record->severity_number);
        message_field_add(to, SLICE("severity_number"), slice_of(number, len), FIELD_NUMBER);
    }
    if (record->event.len > 0) {
        message_field_add(to, SLICE("event_name"), record->event, FIELD_TEXT);
    }
    if (record->trace.len > 0) message_field_add(to, SLICE("trace.id"), record->trace, FIELD_TEXT);
    if (record->span.len > 0) message_field_add(to, SLICE("span.id"), record->span, FIELD_TEXT);
    return bundle_keep(group, &message->beside);
}

/* --- protobuf --------------------------------------------------------------------------------- */

static void add_hex(Buf *to, Slice bytes)
{
    bytes = slice_first(bytes, BYTES_PRINTED_MAX);
    for (size_t i = 0; i < bytes.len; i++)
        buf_add_format(to, "%02x", (unsigned char)bytes.ptr[i]);
}

static int add_value_json(Buf *to, Slice value, int depth);

/* ArrayValue: 1 values. KeyValueList: 1 values, each 1 key, 2 value. */
static int add_list_json(Buf *to, Slice rest, bool is_map, int depth)
{
    ProtobufField field, pair;
    bool first = true;
    int r;
    buf_add_char(to, is_map ? '{' : '[');
    while ((r = protobuf_next(&rest, &field)) == 1) {
        if (field.number != 1 || field.type != PROTOBUF_BYTES) continue;
        if (!first) buf_add_char(to, ',');
        first = false;
        Slice key = {0}, value = is_map ? (Slice){0} : field.bytes;
        while (is_map && (r = protobuf_next(&field.bytes, &pair)) == 1) {
            if (pair.number == 1) key = pair.bytes;
            if (pair.number == 2) value = pair.bytes;
        }
        if (r < 0) return r;
        if (is_map) json_add_string(to, key);
        if (is_map) buf_add_char(to, ':');
        r = add_value_json(to, value, depth + 1);
        if (r < 0) return r;
    }
    buf_add_char(to, is_map ? '}' : ']');
    return r;
}

static void add_double(Buf *to, uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof value);
    bool finite = value - value == 0;
    if (finite) buf_add_format(to, "%.17g", value);
    if (!finite) buf_add_cstr(to, "null");
}

/* AnyValue: 1 string, 2 bool, 3 int, 4 double, 5 array, 6 map, 7 bytes. */
static int add_value_json(Buf *to, Slice value, int depth)
{
    ProtobufField field;
    if (depth > VALUE_DEPTH_MAX) value = (Slice){0};
    int r = protobuf_next(&value, &field);
    if (r < 0) return r;
    if (r == 0 || field.number > 7) {
        buf_add_cstr(to, "null");
    } else if (field.number == 1) {
        json_add_string(to, field.bytes);
    } else if (field.number == 2) {
        buf_add_cstr(to, field.value ? "true" : "false");
    } else if (field.number == 3) {
        buf_add_i64(to, (int64_t)field.value);
    } else if (field.number == 4) {
        add_double(to, field.value);
    } else if (field.number == 7) {
        buf_add_char(to, '"');
        add_hex(to, field.bytes);
        buf_add_char(to, '"');
    } else {
        return add_list_json(to, field.bytes, field.number == 6, depth);
    }
    return 0;
}

/* Text as it is; anything else as JSON. */
static int keep_value(Bundle *group, Slice value, Slice *ret, FieldKind *ret_kind)
{
    Slice peek = value;
    ProtobufField field;
    int r = protobuf_next(&peek, &field);
    *ret_kind = FIELD_JSON;
    if (r == 1 && field.number == 1 && field.type == PROTOBUF_BYTES) {
        *ret = field.bytes;
        *ret_kind = FIELD_TEXT;
        return 0;
    }
    if (r == 1 && field.number == 2) *ret_kind = FIELD_BOOL;
    if (r == 1 && (field.number == 3 || field.number == 4)) *ret_kind = FIELD_NUMBER;
    Buf json = buf_make(BUNDLE_MESSAGE_BYTES_MAX);
    r = add_value_json(&json, value, 0);
    if (r == 0) r = buf_error(&json);
    if (r == 0) r = arena_copy(&group->arena, buf_slice(&json), ret);
    if (r == 0 && slice_eq(*ret, SLICE("null"))) *ret_kind = FIELD_JSON;
    buf_done(&json);
    return r;
}

/* KeyValue: 1 key, 2 value. */
static int add_attribute(Bundle *group, Buf *to, Slice bytes, OtlpRecord *record)
{
    ProtobufField field;
    Slice key = {0}, value = {0}, text;
    FieldKind kind;
    int r;
    while ((r = protobuf_next(&bytes, &field)) == 1) {
        if (field.number == 1) key = field.bytes;
        if (field.number == 2) value = field.bytes;
    }
    if (r == 0) r = keep_value(group, value, &text, &kind);
    if (r < 0) return r;
    if (record && slice_eq(key, SLICE("log.record.uid"))) record->uid = text;
    message_field_add(to, key, text, kind);
    return 0;
}

/* Attributes of field 1: of a Resource. */
static int keep_resource(Bundle *group, Slice bytes, Slice *ret)
{
    ProtobufField field;
    int r;
    while ((r = protobuf_next(&bytes, &field)) == 1) {
        if (field.number != 1 || field.type != PROTOBUF_BYTES) continue;
        int added = add_attribute(group, &group->scratch, field.bytes, NULL);
        if (added < 0) return added;
    }
    return r < 0 ? r : bundle_keep(group, ret);
}

static int keep_hex(Bundle *group, Slice bytes, Slice *ret)
{
    add_hex(&group->scratch, bytes);
    return bundle_keep(group, ret);
}

/* The members of a LogRecord that are no attributes. */
static int read_member(Bundle *group, const ProtobufField *field, OtlpRecord *record)
{
    FieldKind kind;
    if (field->number == 1 && field->type == PROTOBUF_FIXED64) record->time_ns = field->value;
    if (field->number == 11 && field->type == PROTOBUF_FIXED64) record->observed_ns = field->value;
    if (field->number == 2 && field->type == PROTOBUF_VARINT) {
        record->severity_number = field->value;
    }
    if (field->type != PROTOBUF_BYTES) return 0;
    if (field->number == 3) record->severity = field->bytes;
    if (field->number == 12) record->event = field->bytes;
    if (field->number == 5) return keep_value(group, field->bytes, &record->body, &kind);
    if (field->number == 9) return keep_hex(group, field->bytes, &record->trace);
    if (field->number == 10) return keep_hex(group, field->bytes, &record->span);
    return 0;
}

static int take_record_bytes(Bundle *group, Slice resource, Slice bytes)
{
    OtlpRecord record = {0};
    ProtobufField field;
    Slice rest = bytes, attributes = {0};
    int r;
    while ((r = protobuf_next(&rest, &field)) == 1) {
        int read = read_member(group, &field, &record);
        if (read < 0) return read;
    }
    for (rest = bytes; r == 0 && protobuf_next(&rest, &field) == 1;) {
        if (field.number != 6 || field.type != PROTOBUF_BYTES) continue;
        r = add_attribute(group, &group->scratch, field.bytes, &record);
    }
    if (r == 0) r = bundle_keep(group, &attributes);
    return r < 0 ? r : take_record(group, &record, resource, attributes);
}

/* ScopeLogs: 2 log_records. */
static int take_scope_bytes(Bundle *group, Slice resource, Slice bytes)
{
    ProtobufField field;
    int r;
    while ((r = protobuf_next(&bytes, &field)) == 1) {
        if (field.number != 2 || field.type != PROTOBUF_BYTES) continue;
        int taken = take_record_bytes(group, resource, field.bytes);
        if (taken < 0) return taken;
    }
    return r;
}

/* ResourceLogs: 1 resource, 2 scope_logs; in any order. */
static int take_resource_bytes(Bundle *group, Slice bytes)
{
    ProtobufField field;
    Slice rest = bytes, resource = {0};
    int r;
    while ((r = protobuf_next(&rest, &field)) == 1) {
        if (field.number != 1 || field.type != PROTOBUF_BYTES) continue;
        int kept = keep_resource(group, field.bytes, &resource);
        if (kept < 0) return kept;
    }
    for (rest = bytes; r == 0 && protobuf_next(&rest, &field) == 1;) {
        if (field.number == 2 && field.type == PROTOBUF_BYTES) {
            r = take_scope_bytes(group, resource, field.bytes);
        }
    }
    return r;
}

/* ExportLogsServiceRequest: 1 resource_logs. */
static int take_protobuf(HttpExchange *exchange)
{
    Slice rest = exchange->body;
    ProtobufField field;
    int r;
    while ((r = protobuf_next(&rest, &field)) == 1) {
        if (field.number != 1 || field.type != PROTOBUF_BYTES) continue;
        int taken = take_resource_bytes(exchange->group, field.bytes);
        if (taken < 0) return taken;
    }
    return r;
}

/* --- JSON ------------------------------------------------------------------------------------- */

/* The one member of an AnyValue: stringValue, boolValue, intValue (a string or a number)... */
static const JsonNode *value_inside(const JsonTree *tree, const JsonNode *value)
{
    return value && value->kind == JSON_OBJECT ? json_first_child(tree, value) : NULL;
}

static void add_attribute_json(Buf *to, const JsonTree *tree, const JsonNode *pair,
                               OtlpRecord *record)
{
    if (pair->kind != JSON_OBJECT) return;
    const JsonNode *key = json_child(tree, pair, SLICE("key"));
    const JsonNode *inside = value_inside(tree, json_child(tree, pair, SLICE("value")));
    if (!key || key->kind != JSON_STRING || !inside) return;
    FieldKind kind = FIELD_JSON;
    if (inside->kind == JSON_STRING) kind = FIELD_TEXT;
    if (inside->kind == JSON_BOOL) kind = FIELD_BOOL;
    if (inside->kind == JSON_NUMBER) kind = FIELD_NUMBER;
    if (record && slice_eq(key->value, SLICE("log.record.uid"))) record->uid = inside->value;
    message_field_add(to, key->value, inside->value, kind);
}

static int keep_attributes(Bundle *group, const JsonTree *tree, const JsonNode *parent,
                           OtlpRecord *record, Slice *ret)
{
    const JsonNode *all = parent && parent->kind == JSON_OBJECT
                              ? json_child(tree, parent, SLICE("attributes"))
                              : NULL;
    if (!all || all->kind != JSON_ARRAY) return 0;
    for (const JsonNode *pair = json_first_child(tree, all); pair;
         pair = json_next_child(tree, all, pair)) {
        add_attribute_json(&group->scratch, tree, pair, record);
    }
    return bundle_keep(group, ret);
}

static uint64_t number_of(const JsonTree *tree, const JsonNode *parent, Slice name)
{
    const JsonNode *node = json_child(tree, parent, name);
    uint64_t number = 0;
    if (!node || number_parse_u64(node->value, &number) < 0) return 0;
    return number;
}

static Slice text_of(const JsonTree *tree, const JsonNode *parent, Slice name)
{
    const JsonNode *node = json_child(tree, parent, name);
    return node && node->kind == JSON_STRING ? node->value : (Slice){0};
}

static int take_record_json(Bundle *group, const JsonTree *tree, const JsonNode *node,
                            Slice resource)
{
    if (node->kind != JSON_OBJECT) return -EBADMSG;
    const JsonNode *body = value_inside(tree, json_child(tree, node, SLICE("body")));
    OtlpRecord record = {.time_ns = number_of(tree, node, SLICE("timeUnixNano")),
                         .observed_ns = number_of(tree, node, SLICE("observedTimeUnixNano")),
                         .severity_number = number_of(tree, node, SLICE("severityNumber")),
                         .severity = text_of(tree, node, SLICE("severityText")),
                         .trace = text_of(tree, node, SLICE("traceId")),
                         .span = text_of(tree, node, SLICE("spanId")),
                         .event = text_of(tree, node, SLICE("eventName")),
                         .body = body ? body->value : (Slice){0}};
    Slice attributes = {0};
    int r = keep_attributes(group, tree, node, &record, &attributes);
    return r < 0 ? r : take_record(group, &record, resource, attributes);
}

/* Calls `take` for each element of the array `name` of the parent. */
static int each_of(Bundle *group, const JsonTree *tree, const JsonNode *parent, Slice name,
                   Slice resource, int (*take)(Bundle *, const JsonTree *, const JsonNode *, Slice))
{
    const JsonNode *all = parent->kind == JSON_OBJECT ? json_child(tree, parent, name) : NULL;
    int r = all && all->kind != JSON_ARRAY ? -EBADMSG : 0;
    const JsonNode *item = all && r == 0 ? json_first_child(tree, all) : NULL;
    for (; item && r == 0; item = json_next_child(tree, all, item))
        r = take(group, tree, item, resource);
    return r;
}

static int take_scope_json(Bundle *group, const JsonTree *tree, const JsonNode *scope,
                           Slice resource)
{
    return each_of(group, tree, scope, SLICE("logRecords"), resource, take_record_json);
}

static int take_resource_json(Bundle *group, const JsonTree *tree, const JsonNode *node,
                              Slice resource)
{
    const JsonNode *of =
        node->kind == JSON_OBJECT ? json_child(tree, node, SLICE("resource")) : NULL;
    int r = keep_attributes(group, tree, of, NULL, &resource);
    if (r < 0) return r;
    return each_of(group, tree, node, SLICE("scopeLogs"), resource, take_scope_json);
}

static int take_json(HttpExchange *exchange)
{
    JsonTree *tree = exchange->tree;
    size_t used;
    int r = json_tree_read(tree, exchange->body, true, &exchange->group->arena, &used);
    if (r < 0 || tree->nodes[0].kind != JSON_OBJECT) {
        return r == -ENOMEM || r == -E2BIG ? r : -EBADMSG;
    }
    return each_of(exchange->group, tree, &tree->nodes[0], SLICE("resourceLogs"), (Slice){0},
                   take_resource_json);
}

/* --- the door --------------------------------------------------------------------------------- */

/* An empty ExportLogsServiceResponse: nothing was rejected. */
void otlp_logs(HttpExchange *exchange)
{
    Slice type = http_field(exchange->request, SLICE("content-type"));
    bool is_json = slice_starts_nocase(type, SLICE("application/json"));
    int r = is_json ? take_json(exchange) : take_protobuf(exchange);
    if (r == -EMSGSIZE || r == -E2BIG || r == -ENOMEM) {
        http_refuse_json(exchange, 413, "more than what is taken at once");
    } else if (r < 0) {
        http_refuse_json(exchange, 400, "this is no ExportLogsServiceRequest");
    } else {
        exchange->content_type = is_json ? "application/json" : "application/x-protobuf";
        if (is_json) buf_add_cstr(exchange->answer, "{}");
        http_key_messages(exchange, "otlp", slice_from_cstr(exchange->peer));
    }
}
