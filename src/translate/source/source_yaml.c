/* See source_yaml.h. */
#include "translate/source/source_yaml.h"

#include <errno.h>
#include <yaml.h>

typedef struct Reading {
    yaml_parser_t *parser;
    Arena *arena;
    Complaint *complaint;
    Node *open[SOURCE_YAML_DEPTH_MAX];
    size_t depth;
    size_t nodes;
    bool has_key; /* of the map that is open */
    Slice key;
    yaml_mark_t key_mark;
    Node *top;
} Reading;

static int wrong_at(Reading *reading, yaml_mark_t mark, const char *id, const char *en,
                    const char *ja)
{
    if (reading->complaint) {
        reading->complaint->line = (unsigned)mark.line + 1;
        reading->complaint->column = (unsigned)mark.column + 1;
    }
    complaint_say(reading->complaint, id, en, ja);
    return -EINVAL;
}

static Node *open_node(const Reading *reading)
{
    return reading->depth ? reading->open[reading->depth - 1] : NULL;
}

const Node *node_member(const Node *map, const char *key)
{
    Slice wanted = slice_from_cstr(key);
    if (!map || map->kind != NODE_MAP) return NULL;
    for (const Node *node = map->first; node; node = node->next) {
        if (slice_eq(node->key, wanted)) return node;
    }
    return NULL;
}

static void put_in(Reading *reading, Node *node)
{
    Node *parent = open_node(reading);
    if (!parent) {
        reading->top = node;
        return;
    }
    if (parent->last) {
        parent->last->next = node;
    } else {
        parent->first = node;
    }
    parent->last = node;
    parent->count++;
}

static int add_node(Reading *reading, NodeKind kind, Slice text, yaml_mark_t mark)
{
    Node *node = ARENA_NEW(reading->arena, Node);
    if (!node) return -ENOMEM;
    if (++reading->nodes > SOURCE_YAML_NODES_MAX) {
        return wrong_at(reading, mark, "source.too_large",
                        "this definition is too large; make two of it",
                        "定義が大きすぎます。二つに分けてください");
    }
    *node = (Node){.kind = kind,
                   .line = (unsigned)mark.line + 1,
                   .column = (unsigned)mark.column + 1,
                   .text = text};
    if (reading->has_key) {
        node->key = reading->key;
        node->key_line = (unsigned)reading->key_mark.line + 1;
        node->key_column = (unsigned)reading->key_mark.column + 1;
    }
    put_in(reading, node);
    reading->has_key = false;
    if (kind == NODE_TEXT) return 0;
    if (reading->depth == SOURCE_YAML_DEPTH_MAX) {
        return wrong_at(reading, mark, "source.too_deep", "this is nested too deep",
                        "入れ子が深すぎます");
    }
    reading->open[reading->depth++] = node;
    return 0;
}

static int take_key(Reading *reading, Slice key, yaml_mark_t mark)
{
    for (const Node *node = open_node(reading)->first; node; node = node->next) {
        if (!slice_eq(node->key, key)) continue;
        return wrong_at(reading, mark, "source.twice",
                        "this name stands twice here; leave one of them",
                        "同じ名前が二度書かれています。一つにしてください");
    }
    reading->key = key;
    reading->key_mark = mark;
    reading->has_key = true;
    return 0;
}

static int take_scalar(Reading *reading, const yaml_event_t *event)
{
    Slice text;
    const Node *parent = open_node(reading);
    Slice value = slice_of(event->data.scalar.value, event->data.scalar.length);
    int r = arena_copy(reading->arena, value, &text);
    if (r < 0) return r;
    if (parent && parent->kind == NODE_MAP && !reading->has_key) {
        return take_key(reading, text, event->start_mark);
    }
    return add_node(reading, NODE_TEXT, text, event->start_mark);
}

static int take_event(Reading *reading, const yaml_event_t *event)
{
    const Node *parent = open_node(reading);
    bool starts =
        event->type == YAML_MAPPING_START_EVENT || event->type == YAML_SEQUENCE_START_EVENT;
    if (starts && parent && parent->kind == NODE_MAP && !reading->has_key) {
        return wrong_at(reading, event->start_mark, "source.key",
                        "a name is expected here, such as `name: value`",
                        "ここには `name: value` のように名前を書いてください");
    }
    switch (event->type) {
    case YAML_SCALAR_EVENT: return take_scalar(reading, event);
    case YAML_MAPPING_START_EVENT:
        return add_node(reading, NODE_MAP, (Slice){0}, event->start_mark);
    case YAML_SEQUENCE_START_EVENT:
        return add_node(reading, NODE_LIST, (Slice){0}, event->start_mark);
    case YAML_MAPPING_END_EVENT:
    case YAML_SEQUENCE_END_EVENT: reading->depth--; return 0;
    case YAML_ALIAS_EVENT:
        return wrong_at(reading, event->start_mark, "source.alias",
                        "aliases (*name) are not read here; write it out",
                        "別名（*name）は使えません。書き写してください");
    default: return 0;
    }
}

static int parse(Reading *reading)
{
    for (bool end = false; !end;) {
        yaml_event_t event;
        if (!yaml_parser_parse(reading->parser, &event)) {
            const char *problem = reading->parser->problem ? reading->parser->problem : "?";
            wrong_at(reading, reading->parser->problem_mark, "source.yaml", "", "");
            complaint_say(reading->complaint, "source.yaml",
                          "this is not YAML: %s; check blanks and quotes on this line",
                          "YAML として読めません: %s。この行の空白と引用符を確かめてください",
                          problem);
            return -EINVAL;
        }
        end = event.type == YAML_STREAM_END_EVENT || event.type == YAML_DOCUMENT_END_EVENT;
        int r = take_event(reading, &event);
        yaml_event_delete(&event);
        if (r < 0) return r;
    }
    return 0;
}

int source_yaml_read(Slice yaml, Arena *arena, Node **ret, Complaint *complaint)
{
    yaml_parser_t parser;
    Reading reading = {.parser = &parser, .arena = arena, .complaint = complaint};
    if (!yaml_parser_initialize(&parser)) return -ENOMEM;
    yaml_parser_set_input_string(&parser, (const unsigned char *)yaml.ptr, yaml.len);
    int r = parse(&reading);
    yaml_parser_delete(&parser);
    if (r == 0 && (!reading.top || reading.top->kind != NODE_MAP)) {
        r = wrong_at(&reading, (yaml_mark_t){0}, "source.no_map",
                     "a definition is a list of `name: value` lines, beginning with `name:`",
                     "定義は `name: 値` の行を並べて書きます。最初は `name:` です");
    }
    if (r == 0) *ret = reading.top;
    return r;
}
