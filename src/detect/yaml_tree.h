/* YAML text as a tree: what rules, filters, correlations, pipelines and maps are read from.
 *
 * Keys are scalars. A key that stands twice in one map, tags and merge keys are not interpreted:
 * the first is refused, the others are ordinary text. An alias is the node it names; one inside of
 * its own anchor is refused. */
#ifndef AKASHI_DETECT_YAML_TREE_H
#define AKASHI_DETECT_YAML_TREE_H

#include "base/arena.h"
#include "base/complaint.h"

#define YAML_DEPTH_MAX 32
#define YAML_NODES_MAX 1000000 /* of one text */
#define YAML_ANCHORS_MAX 64

typedef enum YamlKind { YAML_SCALAR, YAML_LIST, YAML_MAP } YamlKind;

typedef struct YamlNode YamlNode;
struct YamlNode {
    YamlKind kind;
    bool plain;            /* a scalar without quotes: may be a number, null, true or false */
    Slice text;            /* SCALAR */
    Slice key;             /* of a member of a map */
    unsigned line, column; /* 1-based */
    unsigned key_line, key_column; /* of a member of a map; else as line, column */
    YamlNode *first, *next;        /* child, sibling; documents are siblings */
    size_t count;                  /* of children */
};

/* All documents of the text. -EINVAL: not YAML, the complaint has line and column, and
 * *ret_documents holds the documents that ended before that place; -ENOMEM. */
MUST_USE int yaml_tree_read(Slice text, Arena *arena, YamlNode **ret_documents,
                            Complaint *complaint);

/* The member of a map, or NULL; also NULL when node is NULL or no map. */
const YamlNode *yaml_member(const YamlNode *node, const char *key);
/* The text of a scalar member, or an empty slice. */
Slice yaml_text(const YamlNode *node, const char *key);
/* A plain scalar that means null: ~, null, or nothing. */
bool yaml_is_null(const YamlNode *node);

/* Puts the node's place into the complaint, says the words, and is -EINVAL. */
#define YAML_REFUSE(complaint, node, ...)                                                          \
    (yaml_place((complaint), (node)), complaint_say((complaint), __VA_ARGS__), -EINVAL)
void yaml_place(Complaint *complaint, const YamlNode *node);

#endif
