/* See json_event.h. */
#include "decode/json_event.h"

#include "base/check.h"
#include "decode/field_order.h"
#include "decode/json_time.h"
#include "decode/text_event.h"
#include "decode/windows_json.h"

#include <errno.h>

#define NAMES_SHARE 16
#define NAMES_BYTES_LEAST ((size_t)64 << 10)

/* How many values a node is, with all below it. */
static size_t subtree_count(const JsonTree *tree, const JsonNode *node)
{
    return node->next - (size_t)(node - tree->nodes);
}

int json_fields_begin(JsonFields *to, const JsonTree *tree, const JsonNode *node, Arena *arena)
{
    size_t count_max = subtree_count(tree, node);
    Field *fields = arena_alloc(arena, count_max * sizeof *fields);
    if (!fields) return -ENOMEM;
    *to = (JsonFields){
        .tree = tree,
        .arena = arena,
        .fields = fields,
        .count_max = count_max,
        .names_bytes_left = NAMES_SHARE * node->value.len + NAMES_BYTES_LEAST,
    };
    return 0;
}

void json_fields_put(JsonFields *to, Slice name, Slice value, FieldKind kind)
{
    CHECK(to->count < to->count_max);
    to->fields[to->count++] = (Field){.name = name, .value = value, .kind = kind};
}

int json_fields_join(JsonFields *to, Slice prefix, Slice name, Slice *ret)
{
    if (prefix.len == 0 || name.len == 0) {
        *ret = prefix.len == 0 ? name : prefix;
        return 0;
    }
    size_t bytes = prefix.len + 1 + name.len;
    char *joined = arena_alloc(to->arena, bytes);
    if (!joined) return -ENOMEM;
    memcpy(joined, prefix.ptr, prefix.len);
    joined[prefix.len] = '.';
    memcpy(joined + prefix.len + 1, name.ptr, name.len);
    to->names_bytes_left -= bytes < to->names_bytes_left ? bytes : to->names_bytes_left;
    *ret = slice_of(joined, bytes);
    return 0;
}

static const FieldKind kinds[] = {
    [JSON_NULL] = FIELD_NULL,   [JSON_BOOL] = FIELD_BOOL,   [JSON_NUMBER] = FIELD_NUMBER,
    [JSON_STRING] = FIELD_TEXT, [JSON_OBJECT] = FIELD_JSON, [JSON_ARRAY] = FIELD_JSON,
    [JSON_DEEP] = FIELD_JSON,
};

static void put_node(JsonFields *to, const JsonNode *node, Slice name)
{
    Slice value = node->kind == JSON_NULL ? (Slice){0} : node->value;
    json_fields_put(to, name, value, kinds[node->kind]);
}

static bool has_only_few_scalars(const JsonTree *tree, const JsonNode *array)
{
    size_t values = 0;
    const JsonNode *child = json_first_child(tree, array);
    for (; child; child = json_next_child(tree, array, child)) {
        if (json_is_container(child) || ++values > JSON_ARRAY_VALUES_MAX) return false;
    }
    return true;
}

static bool stays_whole(const JsonFields *to, const JsonNode *node, Slice name)
{
    if (node->kind == JSON_DEEP || !json_first_child(to->tree, node)) return true;
    if (node->kind == JSON_ARRAY) return !has_only_few_scalars(to->tree, node);
    if (name.len == 0) return false;
    if (name.len > JSON_NAME_BYTES_MAX) return true;
    return subtree_count(to->tree, node) * (name.len + 2) > to->names_bytes_left;
}

/* Recursion is as deep as the tree, at most JSON_DEPTH_MAX. */
int json_fields_add(JsonFields *to, const JsonNode *node, Slice name)
{
    if (!json_is_container(node) || stays_whole(to, node, name)) {
        put_node(to, node, name);
        return 0;
    }
    const JsonNode *child = json_first_child(to->tree, node);
    for (; child; child = json_next_child(to->tree, node, child)) {
        Slice child_name = name;
        if (!json_is_container(child) && name.len == 0) {
            put_node(to, child, child->name);
            continue;
        }
        int r =
            node->kind == JSON_OBJECT ? json_fields_join(to, name, child->name, &child_name) : 0;
        if (r == 0) r = json_fields_add(to, child, child_name);
        if (r < 0) return r;
    }
    return 0;
}

/* An object of unknown origin, or a Windows event whose names stand flat or joined with dots. */
static int fill_flat(JsonFields *to, const JsonNode *node, const DecodeOptions *options, Event *ret)
{
    if (!json_first_child(to->tree, node)) {
        ret->format = EVENT_JSON;
        return 0;
    }
    int r = json_fields_add(to, node, (Slice){0});
    if (r < 0) return r;
    r = windows_json_flat(to, options, ret);
    if (r != -ENOENT) return r;
    ret->format = EVENT_JSON;
    ret->time_ns = json_time_find(to->fields, to->count, options->zone_offset_seconds);
    return 0;
}

int json_event_make(const JsonTree *tree, const JsonNode *node, const DecodeOptions *options,
                    Arena *arena, Event *ret)
{
    if (node->kind != JSON_OBJECT) {
        return text_event_make(node->value, PARSE_OK, NULL, arena, ret);
    }
    JsonFields to;
    Event event = {.parse = PARSE_OK, .time_ns = TIME_UNKNOWN, .raw = node->value};
    int r = json_fields_begin(&to, tree, node, arena);
    if (r < 0) return r;
    r = windows_json_nested(&to, node, options, &event);
    if (r == -ENOENT) r = fill_flat(&to, node, options, &event);
    if (r == 0) r = fields_group(to.fields, to.count);
    if (r < 0) return r;
    event.fields = to.fields;
    event.field_count = to.count;
    *ret = event;
    return 0;
}
