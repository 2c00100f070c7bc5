/* Judgements about whole files and documents for the JSON decoder (json.h). */
#ifndef AKASHI_DECODE_JSON_WHOLE_H
#define AKASHI_DECODE_JSON_WHOLE_H

#include "base/json_tree.h"

/* As Decoder.recognise: sure of documents that are whole or cut by the end of head; less than the
 * lines decoder when other lines stand between them. */
int json_recognise(Slice head);

/* The array of a document that is a wrapper (json.h), else NULL. */
const JsonNode *json_wrapped_find(const JsonTree *tree);
/* The same for a document of which only the beginning was read (json_tree_read gave -EAGAIN). */
const JsonNode *json_wrapped_find_open(const JsonTree *tree);

#endif
