/* One JSON document (RFC 8259) as a flat array of its values, in the order of the text: parents
 * before children, each saying where its subtree ends. Validated in the same pass. */
#ifndef AKASHI_BASE_JSON_TREE_H
#define AKASHI_BASE_JSON_TREE_H

#include "base/arena.h"

#define JSON_DEPTH_MAX 64          /* containers in containers; what is deeper is kept as text */
#define JSON_NESTING_MAX 1024      /* a document nested deeper than this is refused */
#define JSON_VALUES_MAX (1u << 18) /* a document of more values is refused */

typedef enum JsonKind {
    JSON_NULL,
    JSON_BOOL,
    JSON_NUMBER,
    JSON_STRING,
    JSON_OBJECT,
    JSON_ARRAY,
    JSON_DEEP, /* a container beyond JSON_DEPTH_MAX: checked, its insides not taken apart */
} JsonKind;

typedef struct JsonNode {
    Slice name;    /* decoded; empty for the document and for elements of arrays */
    Slice value;   /* string: decoded; everything else: the text as it stood */
    uint32_t next; /* index behind this node's subtree */
    JsonKind kind;
} JsonNode;

/* Reused from document to document. All zero is a good start. */
typedef struct JsonTree {
    JsonNode *nodes; /* nodes[0] is the document */
    uint32_t count;
    uint32_t capacity;
    uint32_t depth;                /* containers still open; not 0 only after -EAGAIN */
    uint32_t open[JSON_DEPTH_MAX]; /* their nodes, outermost first */
} JsonTree;

void json_tree_done(JsonTree *tree);

/* Reads the value at the front of text, which may have blanks before it. Slices point into text and
 * the arena. 0: *ret_used bytes were read. Otherwise *ret_used is where reading stopped and
 *   -EAGAIN  the text ends before the value does (a number at the very end may go on: it is
 *            complete only with `whole`); the nodes read so far are in the tree
 *   -EBADMSG not JSON
 *   -E2BIG   over JSON_NESTING_MAX or JSON_VALUES_MAX
 *   -ENOMEM */
MUST_USE int json_tree_read(JsonTree *tree, Slice text, bool whole, Arena *arena, size_t *ret_used);

/* The child of this name (the first one), or NULL. */
const JsonNode *json_child(const JsonTree *tree, const JsonNode *parent, Slice name);
/* Walks the children: start with json_first_child, end at NULL. */
const JsonNode *json_first_child(const JsonTree *tree, const JsonNode *parent);
const JsonNode *json_next_child(const JsonTree *tree, const JsonNode *parent,
                                const JsonNode *child);
static inline bool json_is_container(const JsonNode *node)
{
    return node->kind >= JSON_OBJECT;
}

#endif
