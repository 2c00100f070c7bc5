/* See yaml_tree.h. */
#include "detect/yaml_tree.h"

#include <errno.h>
#include <yaml.h>

typedef struct Anchor {
    Slice name;
    YamlNode *node; /* NULL while the node is still open */
    YamlNode *open;
} Anchor;

typedef struct Reader {
    yaml_parser_t parser;
    Arena *arena;
    Complaint *complaint;
    YamlNode *open[YAML_DEPTH_MAX]; /* the containers around the place */
    YamlNode **tail[YAML_DEPTH_MAX];
    size_t depth;
    YamlNode key; /* read, its value awaited: text and place */
    bool has_key;
    size_t node_count;
    Anchor anchors[YAML_ANCHORS_MAX];
    size_t anchor_count;
    YamlNode *document;
} Reader;

void yaml_place(Complaint *complaint, const YamlNode *node)
{
    if (!complaint) return;
    complaint->line = node->key_line ? node->key_line : node->line;
    complaint->column = node->key_line ? node->key_column : node->column;
}

static int refuse(Reader *reader, yaml_mark_t mark, const char *id, const char *en, const char *ja)
{
    if (!reader->complaint) return -EINVAL;
    reader->complaint->line = (unsigned)mark.line + 1;
    reader->complaint->column = (unsigned)mark.column + 1;
    complaint_say(reader->complaint, id, "%s", "%s", en);
    snprintf(reader->complaint->ja, sizeof reader->complaint->ja, "%s", ja);
    return -EINVAL;
}

static int refuse_shape(Reader *reader, yaml_mark_t mark)
{
    return refuse(reader, mark, "yaml.shape",
                  "this cannot be read: nested too deeply, too large, or an alias inside itself; "
                  "write it out plainly",
                  "入れ子が深すぎる、大きすぎる、または別名が自分自身を指しています。"
                  "そのまま書き下してください");
}

static int find_key(Reader *reader, const yaml_event_t *event)
{
    Slice text = slice_of(event->data.scalar.value, event->data.scalar.length);
    for (const YamlNode *child = reader->open[reader->depth - 1]->first; child;
         child = child->next) {
        if (slice_eq(child->key, text))
            return refuse(reader, event->start_mark, "yaml.twice",
                          "this name stands twice here; only one of them could count: rename or "
                          "join them",
                          "同じ名前が二度書かれています。どちらか一つにしてください");
    }
    reader->key.key_line = (unsigned)event->start_mark.line + 1;
    reader->key.key_column = (unsigned)event->start_mark.column + 1;
    reader->has_key = true;
    return arena_copy(reader->arena, text, &reader->key.key);
}

/* Hangs the node where it belongs. */
static int attach(Reader *reader, YamlNode *node)
{
    if (reader->depth == 0) {
        reader->document = node;
        return 0;
    }
    YamlNode *parent = reader->open[reader->depth - 1];
    if (parent->kind == YAML_MAP) {
        node->key = reader->key.key;
        node->key_line = reader->key.key_line;
        node->key_column = reader->key.key_column;
        reader->has_key = false;
    }
    *reader->tail[reader->depth - 1] = node;
    reader->tail[reader->depth - 1] = &node->next;
    parent->count++;
    return 0;
}

static int new_node(Reader *reader, YamlKind kind, yaml_mark_t mark, YamlNode **ret)
{
    if (++reader->node_count > YAML_NODES_MAX) return refuse_shape(reader, mark);
    YamlNode *node = ARENA_NEW(reader->arena, YamlNode);
    if (!node) return -ENOMEM;
    node->kind = kind;
    node->line = (unsigned)mark.line + 1;
    node->column = (unsigned)mark.column + 1;
    *ret = node;
    return attach(reader, node);
}

static int note_anchor(Reader *reader, const yaml_char_t *name, YamlNode *node, yaml_mark_t mark)
{
    if (!name) return 0;
    if (reader->anchor_count == YAML_ANCHORS_MAX) return refuse_shape(reader, mark);
    Anchor *anchor = &reader->anchors[reader->anchor_count++];
    anchor->open = node;
    anchor->node = node->kind == YAML_SCALAR ? node : NULL;
    return arena_copy(reader->arena, slice_from_cstr((const char *)name), &anchor->name);
}

static int take_alias(Reader *reader, const yaml_event_t *event)
{
    Slice name = slice_from_cstr((const char *)event->data.alias.anchor);
    for (size_t i = reader->anchor_count; i-- > 0;) {
        const Anchor *anchor = &reader->anchors[i];
        if (!slice_eq(anchor->name, name) || !anchor->node) continue;
        YamlNode *node;
        int r = new_node(reader, anchor->node->kind, event->start_mark, &node);
        if (r < 0) return r;
        node->plain = anchor->node->plain;
        node->text = anchor->node->text;
        node->first = anchor->node->first;
        node->count = anchor->node->count;
        return 0;
    }
    return refuse_shape(reader, event->start_mark);
}

static int take_scalar(Reader *reader, const yaml_event_t *event)
{
    bool in_map = reader->depth > 0 && reader->open[reader->depth - 1]->kind == YAML_MAP;
    if (in_map && !reader->has_key) return find_key(reader, event);
    YamlNode *node;
    int r = new_node(reader, YAML_SCALAR, event->start_mark, &node);
    if (r < 0) return r;
    node->plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    r = arena_copy(reader->arena, slice_of(event->data.scalar.value, event->data.scalar.length),
                   &node->text);
    return r < 0 ? r : note_anchor(reader, event->data.scalar.anchor, node, event->start_mark);
}

static int begin_container(Reader *reader, const yaml_event_t *event)
{
    bool in_map = reader->depth > 0 && reader->open[reader->depth - 1]->kind == YAML_MAP;
    bool is_map = event->type == YAML_MAPPING_START_EVENT;
    if ((in_map && !reader->has_key) || reader->depth == YAML_DEPTH_MAX)
        return refuse_shape(reader, event->start_mark);
    YamlNode *node;
    int r = new_node(reader, is_map ? YAML_MAP : YAML_LIST, event->start_mark, &node);
    if (r < 0) return r;
    reader->open[reader->depth] = node;
    reader->tail[reader->depth++] = &node->first;
    return note_anchor(
        reader, is_map ? event->data.mapping_start.anchor : event->data.sequence_start.anchor, node,
        event->start_mark);
}

static void end_container(Reader *reader)
{
    YamlNode *node = reader->open[--reader->depth];
    for (size_t i = 0; i < reader->anchor_count; i++) {
        if (reader->anchors[i].open == node) reader->anchors[i].node = node;
    }
}

static int take_event(Reader *reader, const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_SCALAR_EVENT: return take_scalar(reader, event);
    case YAML_ALIAS_EVENT: return take_alias(reader, event);
    case YAML_MAPPING_START_EVENT:
    case YAML_SEQUENCE_START_EVENT: return begin_container(reader, event);
    case YAML_MAPPING_END_EVENT:
    case YAML_SEQUENCE_END_EVENT: end_container(reader); return 0;
    default: return 0;
    }
}

static int read_all(Reader *reader, YamlNode **tail)
{
    for (bool end = false; !end;) {
        yaml_event_t event;
        if (!yaml_parser_parse(&reader->parser, &event)) {
            char words[200];
            snprintf(words, sizeof words, "this is not YAML: %s",
                     reader->parser.problem ? reader->parser.problem : "not UTF-8 text");
            return refuse(reader, reader->parser.problem_mark, "yaml.syntax", words,
                          "YAML として読めません。字下げ、引用符、かっこを確かめてください");
        }
        end = event.type == YAML_STREAM_END_EVENT;
        int r = take_event(reader, &event);
        if (r == 0 && event.type == YAML_DOCUMENT_END_EVENT && reader->document) {
            *tail = reader->document;
            tail = &reader->document->next;
            reader->document = NULL;
            reader->anchor_count = 0;
        }
        yaml_event_delete(&event);
        if (r < 0) return r;
    }
    return 0;
}

int yaml_tree_read(Slice text, Arena *arena, YamlNode **ret_documents, Complaint *complaint)
{
    Reader *reader = ARENA_NEW(arena, Reader);
    *ret_documents = NULL;
    if (text.len == 0) return 0;
    if (!reader || !yaml_parser_initialize(&reader->parser)) return -ENOMEM;
    reader->arena = arena;
    reader->complaint = complaint;
    yaml_parser_set_input_string(&reader->parser, (const unsigned char *)text.ptr, text.len);
    int r = read_all(reader, ret_documents);
    yaml_parser_delete(&reader->parser);
    return r;
}

const YamlNode *yaml_member(const YamlNode *node, const char *key)
{
    if (!node || node->kind != YAML_MAP) return NULL;
    Slice name = slice_from_cstr(key);
    for (const YamlNode *child = node->first; child; child = child->next) {
        if (slice_eq(child->key, name)) return child;
    }
    return NULL;
}

Slice yaml_text(const YamlNode *node, const char *key)
{
    const YamlNode *member = yaml_member(node, key);
    return member && member->kind == YAML_SCALAR ? member->text : (Slice){0};
}

bool yaml_is_null(const YamlNode *node)
{
    return node->kind == YAML_SCALAR && node->plain &&
           (node->text.len == 0 || slice_eq(node->text, SLICE("~")) ||
            slice_eq_nocase(node->text, SLICE("null")));
}
