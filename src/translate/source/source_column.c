/* See source_column.h. */
#include "translate/source/source_column.h"

#include <errno.h>

typedef struct ColumnRead {
    Taking *taking;
    const JsonTree *tree;
} ColumnRead;

static int put_members(const ColumnRead *read, Slice prefix, const JsonNode *object);

static int join(Arena *arena, Slice prefix, Slice name, Slice *ret)
{
    *ret = name;
    if (prefix.len == 0) return 0;
    return arena_format(arena, ret, "%.*s.%.*s", SLICE_FMT(prefix), SLICE_FMT(name));
}

static bool has_few_scalars(const JsonTree *tree, const JsonNode *array)
{
    size_t count = 0;
    const JsonNode *child = json_first_child(tree, array);
    for (; child; child = json_next_child(tree, array, child)) {
        if (json_is_container(child) || ++count > SOURCE_COLUMN_ARRAY_MAX) return false;
    }
    return count > 0;
}

static int put_array(const ColumnRead *read, Slice name, const JsonNode *array)
{
    int r = 0;
    const JsonNode *child = json_first_child(read->tree, array);
    for (; child && r == 0; child = json_next_child(read->tree, array, child)) {
        r = taking_put(read->taking, name, child->value);
    }
    return r;
}

/* Recursion is as deep as the tree, at most JSON_DEPTH_MAX. */
static int put_node(const ColumnRead *read, Slice name, const JsonNode *node)
{
    if (name.len == 0 || name.len > SOURCE_NAME_BYTES_MAX || node->kind == JSON_NULL) return 0;
    if (node->kind == JSON_OBJECT) return put_members(read, name, node);
    if (node->kind == JSON_ARRAY && has_few_scalars(read->tree, node))
        return put_array(read, name, node);
    return taking_put(read->taking, name, node->value);
}

static int put_members(const ColumnRead *read, Slice prefix, const JsonNode *object)
{
    int r = 0;
    const JsonNode *child = json_first_child(read->tree, object);
    for (; child && r == 0; child = json_next_child(read->tree, object, child)) {
        Slice name;
        r = join(read->taking->arena, prefix, child->name, &name);
        if (r == 0) r = put_node(read, name, child);
    }
    return r;
}

static bool is_there(const Taking *taking, Slice name)
{
    for (size_t i = 0; i < taking->field_count; i++) {
        if (slice_eq(taking->fields[i].name, name)) return true;
    }
    return false;
}

static int put_object(Taking *taking, Slice text, JsonTree *tree)
{
    const ColumnRead read = {.taking = taking, .tree = tree};
    size_t used;
    if (!slice_starts(text, SLICE("{"))) return 0;
    int r = json_tree_read(tree, text, true, taking->arena, &used);
    if (r < 0) return r == -ENOMEM ? r : 0;
    return put_members(&read, (Slice){0}, tree->nodes);
}

int take_column(Taking *taking, Slice text, const TableHeader *header, JsonTree *tree)
{
    const SourceTake *take = &taking->definition->take;
    Slice cells[SOURCE_COLUMNS_MAX];
    size_t count, column = 0;
    while (column < header->count && !slice_eq(header->names[column], take->column)) {
        column++;
    }
    int r = take_row(taking->arena, text, take->separator, cells, header->count, &count);
    if (r < 0) return r;
    if (column >= count) return SOURCE_NOT_SO;
    r = put_object(taking, cells[column], tree);
    for (size_t i = 0; i < count && r == 0; i++) {
        Slice name = header->names[i];
        bool is_kept = i != column && !slice_eq(name, SLICE("-")) && !is_there(taking, name);
        if (is_kept) r = taking_put(taking, name, cells[i]);
    }
    return r;
}
