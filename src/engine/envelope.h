/* A received message as an event: the line inside of it decoded, the fields of the envelope that it
 * came in beside the line's own. Pure. */
#ifndef AKASHI_ENGINE_ENVELOPE_H
#define AKASHI_ENGINE_ENVELOPE_H

#include "base/json_tree.h"
#include "decode/decoder.h"
#include "engine/batch.h"

#define ENVELOPE_TREE_VALUES_MAX 8192 /* that the tree may hold room for between two messages */

/* raw of *ret is the message's bytes as received. The line's own time wins over the envelope's: the
 * latter may be that of the forwarder. Of a shipped JSON object (Message.shipped) `message` is the
 * line when it is one that says more than text, or when the shipper says that it read it from
 * somewhere; then the object's other members are beside it. `tree` is the caller's,
 * kept from call to call. -ENOMEM: *ret untouched. */
MUST_USE int envelope_decode(const Batch *batch, const MessageSpan *span,
                             const DecodeOptions *options, JsonTree *tree, Arena *arena,
                             Event *ret);

#endif
