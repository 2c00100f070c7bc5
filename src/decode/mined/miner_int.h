/* Between miner.c, which holds the table, and miner_merge.c, which makes it smaller. */
#ifndef AKASHI_DECODE_MINER_INT_H
#define AKASHI_DECODE_MINER_INT_H

#include "decode/mined/miner.h"

/* Merges over-split skeletons: dead ones have count 0, their lines are counted in what took them
 * up. -ENOMEM: nothing, or only a part, was merged. */
MUST_USE int miner_merge(Template *templates, size_t count);

/* Ways to leave words out that are looked at in one round; with more, long skeletons are left as
 * they are. 24 bytes each, while merging. */
#define MERGE_CUTS_MAX ((size_t)1 << 20)

#endif
