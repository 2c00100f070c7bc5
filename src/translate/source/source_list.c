/* See source_list.h. */
#include "translate/source/source_list.h"

#include <errno.h>

typedef struct ListRead {
    Taking *taking;
    const JsonTree *tree;
    size_t value_count;
} ListRead;

/* What gives no name that can be used is passed over; *ret is empty then. */
static int join(const ListRead *read, Slice prefix, Slice name, Slice *ret)
{
    *ret = (Slice){0};
    if (name.len == 0 || prefix.len + 1 + name.len > SOURCE_NAME_BYTES_MAX) return 0;
    return arena_format(read->taking->arena, ret, "%.*s.%.*s", SLICE_FMT(prefix), SLICE_FMT(name));
}

static int put_one(ListRead *read, Slice name, const JsonNode *node)
{
    if (node->kind == JSON_NULL || name.len == 0) return 0;
    if (read->value_count++ >= SOURCE_LIST_VALUES_MAX) return 0;
    return taking_put(read->taking, name, node->value);
}

static bool holds_containers(const ListRead *read, const JsonNode *array)
{
    const JsonNode *child = json_first_child(read->tree, array);
    for (; child; child = json_next_child(read->tree, array, child)) {
        if (json_is_container(child)) return true;
    }
    return false;
}

/* A scalar as it is, each value of an array of scalars, an object's members with a dot between, an
 * array of anything else as its text. No deeper than JSON_DEPTH_MAX. */
static int put_value(ListRead *read, Slice name, const JsonNode *node)
{
    bool is_whole = !json_is_container(node) || node->kind == JSON_DEEP ||
                    (node->kind == JSON_ARRAY && holds_containers(read, node));
    int r = 0;
    if (name.len == 0) return 0;
    if (is_whole) return put_one(read, name, node);
    const JsonNode *child = json_first_child(read->tree, node);
    for (; child && r == 0 && read->value_count < SOURCE_LIST_VALUES_MAX;
         child = json_next_child(read->tree, node, child)) {
        Slice joined = name;
        if (node->kind == JSON_OBJECT) r = join(read, name, child->name, &joined);
        if (r == 0) r = put_value(read, joined, child);
    }
    return r;
}

/* {"name": "doc_id", "value": "1"} gives doc_id the value 1. */
static int put_pair(ListRead *read, const SourceList *list, const JsonNode *object)
{
    const JsonNode *name = json_child(read->tree, object, list->name), *value = NULL;
    Slice joined;
    for (size_t i = 0; i < list->value_count && !value; i++) {
        value = json_child(read->tree, object, list->values[i]);
    }
    if (!name || name->kind != JSON_STRING || !value) return 0;
    int r = join(read, list->prefix, name->value, &joined);
    return r < 0 ? r : put_value(read, joined, value);
}

static bool has_value(const ListRead *read, const JsonNode *object, Slice value)
{
    const JsonNode *child = json_first_child(read->tree, object);
    for (; child; child = json_next_child(read->tree, object, child)) {
        if (slice_eq(child->value, value)) return true;
    }
    return false;
}

static bool is_preferred(const ListRead *read, const SourceList *list, const JsonNode *object)
{
    const JsonNode *inner = json_child(read->tree, object, list->prefer_of);
    if (!inner || inner->kind != JSON_ARRAY) return false;
    const JsonNode *child = json_first_child(read->tree, inner);
    for (; child; child = json_next_child(read->tree, inner, child)) {
        size_t held = 0;
        while (held < list->prefer_count && has_value(read, child, list->prefer[held])) {
            held++;
        }
        if (held == list->prefer_count) return true;
    }
    return false;
}

/* NULL: the list holds no object. */
static const JsonNode *choose_object(const ListRead *read, const SourceList *list)
{
    const JsonNode *array = read->tree->nodes, *first = NULL;
    const JsonNode *child = json_first_child(read->tree, array);
    for (; child; child = json_next_child(read->tree, array, child)) {
        if (child->kind != JSON_OBJECT) continue;
        if (!first) first = child;
        if (list->prefer_count == 0 || is_preferred(read, list, child)) return child;
    }
    return first;
}

static int take_list(Taking *taking, const SourceList *list, JsonTree *tree)
{
    ListRead read = {.taking = taking, .tree = tree};
    Slice text = taking->values[list->of];
    size_t used;
    if (!slice_starts(text, SLICE("["))) return 0;
    int r = json_tree_read(tree, text, true, taking->arena, &used);
    if (r < 0) return r == -ENOMEM ? r : 0;
    if (list->name.len == 0) {
        const JsonNode *object = choose_object(&read, list);
        return object ? put_value(&read, list->prefix, object) : 0;
    }
    const JsonNode *child = json_first_child(tree, tree->nodes);
    for (; child && r == 0; child = json_next_child(tree, tree->nodes, child)) {
        if (child->kind == JSON_OBJECT) r = put_pair(&read, list, child);
    }
    return r;
}

int take_lists(Taking *taking, JsonTree *tree)
{
    const SourceTake *take = &taking->definition->take;
    int r = 0;
    for (size_t i = 0; i < take->list_count && r == 0; i++) {
        r = take_list(taking, &take->lists[i], tree);
    }
    return r;
}
