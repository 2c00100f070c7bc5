/* A JSON object as an event: flattened, its time found, Windows shapes brought to their one form.
 *
 * Nested objects are joined with dots (`a.b`). An array of scalars gives its name once for each
 * value. An array that holds objects or arrays stays one FIELD_JSON with its text, so nothing is
 * lost; so do empty containers, and what is over the limits below. Numbers keep their text. Keys
 * that come twice are kept, next to each other. */
#ifndef AKASHI_DECODE_JSON_EVENT_H
#define AKASHI_DECODE_JSON_EVENT_H

#include "base/json_tree.h"
#include "decode/decoder.h"

#define JSON_NAME_BYTES_MAX 512    /* a container whose joined name is longer stays FIELD_JSON */
#define JSON_ARRAY_VALUES_MAX 1024 /* so does an array of more values */

/* The document's object at node as an event, raw being its text; what is no object gives EVENT_TEXT
 * with its text as message. offset and index are left 0. -ENOMEM: *ret untouched. */
MUST_USE int json_event_make(const JsonTree *tree, const JsonNode *node,
                             const DecodeOptions *options, Arena *arena, Event *ret);

/* The fields of an event while it is made. */
typedef struct JsonFields {
    const JsonTree *tree;
    Arena *arena;
    Field *fields;
    size_t count;
    size_t count_max;        /* room in fields: one for each value of the tree */
    size_t names_bytes_left; /* what joined names may still take: see json_fields_begin */
} JsonFields;

/* Room for one field for every value of node. Joined names may take 16 times the node's own bytes
 * (at least 64 KiB); a container that would take more stays FIELD_JSON: a long name over very many
 * short values must not fill the memory. -ENOMEM. */
MUST_USE int json_fields_begin(JsonFields *to, const JsonTree *tree, const JsonNode *node,
                               Arena *arena);
/* Adds node under `name`, flattened. -ENOMEM. */
MUST_USE int json_fields_add(JsonFields *to, const JsonNode *node, Slice name);
/* prefix.name, or the one of them that is not empty. -ENOMEM. */
MUST_USE int json_fields_join(JsonFields *to, Slice prefix, Slice name, Slice *ret);
/* Adds one field as it is. */
void json_fields_put(JsonFields *to, Slice name, Slice value, FieldKind kind);

#endif
