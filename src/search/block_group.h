/* stats, top, rare and timeline of the rows of a block, counted from the codes of columns: each
 * combination of values goes to the stage once, with the number of its rows. */
#ifndef AKASHI_SEARCH_BLOCK_GROUP_H
#define AKASHI_SEARCH_BLOCK_GROUP_H

#include "search/row_bits.h"
#include "search/search_stage.h"
#include "store/segment/segment_view.h"

#include <pthread.h>

typedef struct BlockGroup {
    Stage *stage;          /* of its pipe, GROUP or TIMELINE */
    pthread_mutex_t *lock; /* held while the stage is called */
    SegmentView *view;
    Arena *scratch;
} BlockGroup;

/* Can columns answer this pipe at all? */
bool block_group_can(const Pipe *pipe);
/* Takes the rows that it counted out of `rows`; the others have to be made. -EBADMSG, -ENOMEM: then
 * nothing was counted and the rows are as they were; *ret_failed is what the stage returned. */
MUST_USE int block_group_take(const BlockGroup *group, RowBits rows, int *ret_failed);

#endif
