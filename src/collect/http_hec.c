/* Splunk's HTTP Event Collector (Splunk Enterprise, "HTTP Event Collector REST API endpoints",
 * "Format events for HTTP Event Collector", "About HTTP Event Collector Indexer Acknowledgment").
 * An answer comes only when the events are durable, so an acknowledgement number that was given is
 * always one that is acknowledged. */
#include "base/json_text.h"
#include "base/number.h"
#include "collect/http_dialect.h"

#include <errno.h>

static void answer_code(HttpExchange *exchange, int status, int code, const char *text)
{
    http_refuse(exchange, status, "");
    exchange->content_type = NULL;
    buf_add_format(exchange->answer, "{\"text\":\"%s\",\"code\":%d}", text, code);
}

static void answer_event_error(HttpExchange *exchange, int code, const char *text, size_t number)
{
    answer_code(exchange, 400, code, text);
    exchange->answer->len--;
    buf_add_format(exchange->answer, ",\"invalid-event-number\":%zu}", number);
}

static Slice channel_of(const HttpExchange *exchange)
{
    Slice channel = http_field(exchange->request, SLICE("x-splunk-request-channel"));
    if (channel.len == 0) channel = http_parameter(exchange->request->query, SLICE("channel"));
    return slice_first(channel, HEC_CHANNEL_BYTES_MAX);
}

static void answer_success(HttpExchange *exchange)
{
    Slice channel = channel_of(exchange);
    uint64_t number;
    http_key_messages(exchange, "hec", channel);
    if (channel.len == 0 || hec_channels_next(exchange->channels, channel, &number) < 0) {
        buf_add_cstr(exchange->answer, "{\"text\":\"Success\",\"code\":0}");
        return;
    }
    buf_add_format(exchange->answer, "{\"text\":\"Success\",\"code\":0,\"ackId\":%llu}",
                   (unsigned long long)number);
}

/* The members of the envelope beside the event: host, source, sourcetype, index, and `fields`. */
static void add_beside(HttpExchange *exchange, const JsonNode *event)
{
    const JsonTree *tree = exchange->tree;
    const JsonNode *root = &tree->nodes[0];
    Buf *to = &exchange->group->scratch;
    for (const JsonNode *child = json_first_child(tree, root); child;
         child = json_next_child(tree, root, child)) {
        if (child == event || slice_eq(child->name, SLICE("time"))) continue;
        bool is_fields = slice_eq(child->name, SLICE("fields")) && child->kind == JSON_OBJECT;
        if (is_fields && !json_first_child(tree, child)) continue;
        beside_add_json(to, is_fields ? (Slice){0} : child->name, tree, child);
    }
}

static int64_t time_of(const JsonTree *tree)
{
    const JsonNode *time = json_child(tree, &tree->nodes[0], SLICE("time"));
    return time && (time->kind == JSON_NUMBER || time->kind == JSON_STRING)
               ? epoch_seconds_read(time->value)
               : 0;
}

/* -EBADMSG: no event, or an empty one (*ret_code says which). */
static int take_event(HttpExchange *exchange, Slice text, int *ret_code)
{
    const JsonTree *tree = exchange->tree;
    Bundle *group = exchange->group;
    const JsonNode *event = tree->nodes[0].kind == JSON_OBJECT
                                ? json_child(tree, &tree->nodes[0], SLICE("event"))
                                : NULL;
    *ret_code = event ? 13 : 12;
    if (!event || event->kind == JSON_NULL || event->value.len == 0) return -EBADMSG;
    if (text.len > BUNDLE_MESSAGE_BYTES_MAX) return -EMSGSIZE;
    Message *message = bundle_add(group);
    if (!message) return -E2BIG;
    message->bytes = text;
    message->body = event->value;
    message->time_ns = time_of(tree);
    add_beside(exchange, event);
    return bundle_keep(group, &message->beside);
}

/* JSON objects one behind the other, with or without blanks between. */
void hec_event(HttpExchange *exchange)
{
    Slice rest = slice_trim(exchange->body);
    size_t number = 0, used;
    int code = 0;
    if (rest.len == 0) {
        answer_code(exchange, 400, 5, "No data");
        return;
    }
    for (; rest.len > 0; number++) {
        int r = json_tree_read(exchange->tree, rest, true, &exchange->group->arena, &used);
        if (r < 0) {
            answer_event_error(exchange, 6, "Invalid data format", number);
            return;
        }
        r = take_event(exchange, slice_trim(slice_first(rest, used)), &code);
        if (r == -EBADMSG) {
            answer_event_error(
                exchange, code,
                code == 12 ? "Event field is required" : "Event field cannot be blank", number);
            return;
        }
        if (r < 0) {
            answer_code(exchange, 413, 27, "Request entity too large");
            return;
        }
        rest = slice_trim(slice_skip(rest, used));
    }
    answer_success(exchange);
}

/* Lines; what the query says of them is beside each. */
void hec_raw(HttpExchange *exchange)
{
    static const Slice names[] = {SLICE_INIT("host"), SLICE_INIT("source"),
                                  SLICE_INIT("sourcetype"), SLICE_INIT("index")};
    Slice rest = exchange->body, line, beside = {0};
    Bundle *group = exchange->group;
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        Slice value = http_parameter(exchange->request->query, names[i]);
        if (value.len > 0) message_field_add(&group->scratch, names[i], value, FIELD_TEXT);
    }
    int r = bundle_keep(group, &beside);
    while (r == 0 && slice_cut(&rest, '\n', &line)) {
        if (line.len > 0 && line.ptr[line.len - 1] == '\r') line.len--;
        if (line.len == 0) continue;
        Message *message = line.len > BUNDLE_MESSAGE_BYTES_MAX ? NULL : bundle_add(group);
        if (!message) r = -E2BIG;
        if (message) message->bytes = line;
        if (message) message->beside = beside;
    }
    if (r < 0) {
        answer_code(exchange, 413, 27, "Request entity too large");
    } else if (group->count == 0) {
        answer_code(exchange, 400, 5, "No data");
    } else {
        answer_success(exchange);
    }
}

/* {"acks":[0,1,2]} -> {"acks":{"0":true,...}} */
void hec_ack(HttpExchange *exchange)
{
    JsonTree *tree = exchange->tree;
    Slice channel = channel_of(exchange);
    size_t used;
    if (channel.len == 0) {
        answer_code(exchange, 400, 10, "Data channel is missing");
        return;
    }
    int r = json_tree_read(tree, exchange->body, true, &exchange->group->arena, &used);
    const JsonNode *acks = r < 0 || tree->nodes[0].kind != JSON_OBJECT
                               ? NULL
                               : json_child(tree, &tree->nodes[0], SLICE("acks"));
    if (!acks || acks->kind != JSON_ARRAY) {
        answer_code(exchange, 400, 6, "Invalid data format");
        return;
    }
    buf_add_cstr(exchange->answer, "{\"acks\":{");
    bool first = true;
    for (const JsonNode *id = json_first_child(tree, acks); id;
         id = json_next_child(tree, acks, id)) {
        uint64_t number;
        if (number_parse_u64(id->value, &number) < 0) continue;
        bool has = hec_channels_has(exchange->channels, channel, number);
        buf_add_format(exchange->answer, "%s\"%llu\":%s", first ? "" : ",",
                       (unsigned long long)number, has ? "true" : "false");
        first = false;
    }
    buf_add_cstr(exchange->answer, "}}");
}

void hec_health(HttpExchange *exchange)
{
    buf_add_cstr(exchange->answer, "{\"text\":\"HEC is healthy\",\"code\":17}");
}
