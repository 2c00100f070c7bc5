/* Lists inside a JSON event: arrays of objects, which the decoder leaves as text
 * (decode/json_event.h), and which some clouds keep their facts in. */
#ifndef AKASHI_TRANSLATE_SOURCE_LIST_H
#define AKASHI_TRANSLATE_SOURCE_LIST_H

#include "base/json_tree.h"
#include "translate/source/source_take.h"

#define SOURCE_LIST_VALUES_MAX 300 /* of one list; further ones stay in its text only */

/* Puts the values of every list that the definition names, under `LIST.NAME`. A list that is not
 * there, or is none, is passed over. tree: reused from line to line. -ENOMEM. */
MUST_USE int take_lists(Taking *taking, JsonTree *tree);

#endif
