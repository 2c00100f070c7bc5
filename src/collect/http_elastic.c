/* Elasticsearch's Bulk API (Elasticsearch reference, "Bulk API"): pairs of lines, an action and the
 * document; and what its clients ask before they send. */
#include "base/json_text.h"
#include "collect/http_dialect.h"

#include <errno.h>

#define VERSION "8.17.0" /* whose answers these are; clients of 7 and 8 take them */
#define NAME_BYTES_MAX 512

static const Slice actions[] = {SLICE_INIT("index"), SLICE_INIT("create"), SLICE_INIT("update"),
                                SLICE_INIT("delete")};

/* One action line taken apart. Slices live in the body or the group's arena. */
typedef struct BulkAction {
    Slice action;
    Slice index, id;
} BulkAction;

static int read_action(HttpExchange *exchange, Slice line, BulkAction *ret)
{
    JsonTree *tree = exchange->tree;
    size_t used;
    int r = json_tree_read(tree, line, true, &exchange->group->arena, &used);
    if (r < 0) return r == -ENOMEM ? r : -EBADMSG;
    const JsonNode *first = json_first_child(tree, &tree->nodes[0]);
    if (tree->nodes[0].kind != JSON_OBJECT || !first || first->kind != JSON_OBJECT) return -EBADMSG;
    bool known = false;
    for (size_t i = 0; i < ARRAY_COUNT(actions); i++)
        known |= slice_eq(first->name, actions[i]);
    if (!known) return -EBADMSG;
    const JsonNode *index = json_child(tree, first, SLICE("_index"));
    const JsonNode *id = json_child(tree, first, SLICE("_id"));
    *ret = (BulkAction){.action = first->name};
    if (index && index->kind == JSON_STRING) ret->index = slice_first(index->value, NAME_BYTES_MAX);
    if (id && (id->kind == JSON_STRING || id->kind == JSON_NUMBER)) {
        ret->id = slice_first(id->value, NAME_BYTES_MAX);
    }
    return 0;
}

/* `/INDEX/_bulk` names the index of actions that name none. */
static Slice index_of_path(Slice path)
{
    path = slice_skip(path, 1);
    size_t end = slice_find_char(path, '/');
    return end == SLICE_NOT_FOUND ? (Slice){0} : slice_first(path, end);
}

static int take_document(HttpExchange *exchange, const BulkAction *action, Slice document)
{
    Bundle *group = exchange->group;
    Message *message = bundle_add(group);
    if (!message) return -E2BIG;
    message->bytes = document;
    message->shipped = true;
    if (action->index.len > 0) {
        message_field_add(&group->scratch, SLICE("_index"), action->index, FIELD_TEXT);
    }
    if (action->id.len > 0) {
        /* The same id with other content is an event too: nothing is written over here. */
        const Slice pieces[] = {SLICE("elastic"), action->index, action->id, document};
        bundle_key(pieces, ARRAY_COUNT(pieces), message->key);
        message_field_add(&group->scratch, SLICE("_id"), action->id, FIELD_TEXT);
    } else {
        bundle_key_shipped(group, exchange->tree, message);
    }
    return bundle_keep(group, &message->beside);
}

/* One item of the answer; status 201, or an error in the words of Elasticsearch. */
static void add_item(HttpExchange *exchange, const BulkAction *action, size_t number, int status,
                     const char *type, const char *reason)
{
    Buf *to = exchange->answer;
    buf_add_cstr(to, number ? ",{" : "{");
    json_add_string(to, action->action);
    buf_add_cstr(to, ":{\"_index\":");
    json_add_string(to, action->index);
    buf_add_cstr(to, ",\"_id\":");
    if (action->id.len > 0) {
        json_add_string(to, action->id);
    } else {
        buf_add_format(to, "\"%zu\"", number);
    }
    if (type) {
        buf_add_format(to, ",\"status\":%d,\"error\":{\"type\":\"%s\",\"reason\":\"%s\"}}}", status,
                       type, reason);
    } else {
        buf_add_cstr(to, ",\"_version\":1,\"result\":\"created\",\"_shards\":{\"total\":1,"
                         "\"successful\":1,\"failed\":0},\"_seq_no\":0,\"_primary_term\":1,"
                         "\"status\":201}}");
    }
}

/* The judgement about one pair: true when it was an error. */
static bool take_item(HttpExchange *exchange, const BulkAction *action, Slice document,
                      size_t number)
{
    bool stores = slice_eq(action->action, actions[0]) || slice_eq(action->action, actions[1]);
    const char *type = NULL, *reason = NULL;
    int status = 400;
    if (!stores) {
        type = "illegal_argument_exception";
        reason = "logs are only added here: neither changed nor deleted";
    } else if (document.len == 0 || document.ptr[0] != '{') {
        type = "document_parsing_exception";
        reason = "the document is no JSON object";
    } else if (document.len > BUNDLE_MESSAGE_BYTES_MAX) {
        type = "document_parsing_exception";
        reason = "the document is larger than 1 MiB";
        status = 413;
    } else if (take_document(exchange, action, document) < 0) {
        type = "es_rejected_execution_exception";
        reason = "too many documents at once";
        status = 429;
    }
    add_item(exchange, action, number, status, type, reason);
    return type != NULL;
}

static void refuse(HttpExchange *exchange, int status, const char *type, const char *reason)
{
    http_refuse(exchange, status, "");
    exchange->content_type = NULL;
    buf_add_format(
        exchange->answer,
        "{\"error\":{\"root_cause\":[{\"type\":\"%s\",\"reason\":\"%s\"}],\"type\":\"%s\","
        "\"reason\":\"%s\"},\"status\":%d}",
        type, reason, type, reason, status);
}

void elastic_bulk(HttpExchange *exchange)
{
    Slice rest = exchange->body, line, document;
    Slice path_index = index_of_path(exchange->request->path);
    bool errors = false;
    size_t number = 0;
    buf_add_cstr(exchange->answer, "{\"took\":0,\"items\":[");
    while (slice_cut(&rest, '\n', &line)) {
        BulkAction action;
        line = slice_trim(line);
        if (line.len == 0) continue;
        if (read_action(exchange, line, &action) < 0) {
            refuse(exchange, 400, "illegal_argument_exception", "Malformed action/metadata line");
            return;
        }
        if (action.index.len == 0) action.index = path_index;
        document = (Slice){0};
        if (!slice_eq(action.action, SLICE("delete")) && slice_cut(&rest, '\n', &document)) {
            document = slice_trim(document);
        }
        errors |= take_item(exchange, &action, document, number++);
    }
    if (number == 0) {
        refuse(exchange, 400, "parse_exception", "request body is required");
        return;
    }
    buf_add_format(exchange->answer, "],\"errors\":%s}", errors ? "true" : "false");
    http_key_messages(exchange, "elastic", (Slice){0});
}

void elastic_root(HttpExchange *exchange)
{
    buf_add_cstr(exchange->answer,
                 "{\"name\":\"akashi\",\"cluster_name\":\"akashi\",\"cluster_uuid\":"
                 "\"YWthc2hpLWxvZy1zdG9yZQ\",\"version\":{\"number\":\"" VERSION "\","
                 "\"build_flavor\":\"default\",\"build_type\":\"deb\",\"build_hash\":"
                 "\"0000000000000000000000000000000000000000\",\"build_date\":"
                 "\"2024-01-01T00:00:00.000Z\",\"build_snapshot\":false,\"lucene_version\":"
                 "\"9.12.0\",\"minimum_wire_compatibility_version\":\"7.17.0\","
                 "\"minimum_index_compatibility_version\":\"7.0.0\"},"
                 "\"tagline\":\"You Know, for Search\"}");
}

/* What Beats, Logstash, Elastic Agent and Fluent Bit ask before they send: templates, policies and
 * pipelines are taken note of with a nod, as nothing here needs them. */
void elastic_probe(HttpExchange *exchange)
{
    static const struct {
        const char *path, *answer;
    } rows[] = {
        {"/_license", "{\"license\":{\"status\":\"active\",\"uid\":\"akashi\",\"type\":\"basic\","
                      "\"issued_to\":\"akashi\"}}"},
        {"/_xpack", "{\"build\":{},\"license\":{\"uid\":\"akashi\",\"type\":\"basic\",\"mode\":"
                    "\"basic\",\"status\":\"active\"},\"features\":{\"ilm\":{\"available\":true,"
                    "\"enabled\":true}}}"},
        {"/_nodes*", "{\"_nodes\":{\"total\":1,\"successful\":1,\"failed\":0},\"cluster_name\":"
                     "\"akashi\",\"nodes\":{\"akashi\":{\"name\":\"akashi\",\"version\":\"" VERSION
                     "\",\"roles\":[\"data\",\"ingest\"],\"ingest\":{\"processors\":[]}}}}"},
        {"/_cluster/health*", "{\"cluster_name\":\"akashi\",\"status\":\"green\",\"timed_out\":"
                              "false,\"number_of_nodes\":1,\"number_of_data_nodes\":1}"},
        {"/_cat/*", "[]"},
        {"*", "{\"acknowledged\":true}"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        if (!http_path_matches(rows[i].path, exchange->request->path)) continue;
        buf_add_cstr(exchange->answer, rows[i].answer);
        return;
    }
}
