/* One GELF message (Graylog, "GELF payload specification" 1.1). */
#ifndef AKASHI_COLLECT_GELF_MESSAGE_H
#define AKASHI_COLLECT_GELF_MESSAGE_H

#include "collect/bundle.h"

#define GELF_PACKED_RATIO_MAX 200

/* Adds the message to the group: its full_message, else its short_message, is the line; its other
 * members are beside it. -EBADMSG: no such object; -EMSGSIZE; -ENOMEM. The text must live as long
 * as the group. */
MUST_USE int gelf_take(Bundle *group, JsonTree *tree, Slice text);
/* The same for bytes that may be packed by gzip or zlib. */
MUST_USE int gelf_take_packed(Bundle *group, JsonTree *tree, Slice bytes);

#endif
