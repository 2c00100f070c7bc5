/* A definition's YAML as a tree in which every text knows its place, so that a mistake in it can be
 * shown where it stands. */
#ifndef AKASHI_TRANSLATE_SOURCE_YAML_H
#define AKASHI_TRANSLATE_SOURCE_YAML_H

#include "base/arena.h"
#include "base/complaint.h"

#define SOURCE_YAML_DEPTH_MAX 10
#define SOURCE_YAML_NODES_MAX 40000

typedef enum NodeKind { NODE_TEXT, NODE_LIST, NODE_MAP } NodeKind;

typedef struct Node Node;
struct Node {
    NodeKind kind;
    Slice key;  /* of a member of a map */
    Slice text; /* of a text */
    unsigned line, column;
    unsigned key_line, key_column;
    size_t count; /* children */
    Node *first, *last, *next;
};

/* -EINVAL: not YAML, an alias, too deep or too large, a key that stands twice, or no map at the
 * top; the complaint has the place (its file is left as it is). -ENOMEM. */
MUST_USE int source_yaml_read(Slice yaml, Arena *arena, Node **ret, Complaint *complaint);
/* The member of a map, or NULL. */
const Node *node_member(const Node *map, const char *key);

#endif
