/* A pipe at work. Rows of answer are pushed from stage to stage: the scan gives them to the first,
 * the last hands them to the caller's sink. */
#ifndef AKASHI_SEARCH_SEARCH_STAGE_H
#define AKASHI_SEARCH_SEARCH_STAGE_H

#include "search/query_tree.h"
#include "search/search.h"

typedef struct Stage Stage;
struct Stage {
    /* Both return 0 to go on, 1 when no more rows are wanted, negative when the search fails. The
     * answer lives until the call returns. */
    int (*take)(Stage *stage, const Answer *answer);
    /* No more rows come: what was held back is handed on now, but `end` of the next stage is called
     * by the one who called this. */
    int (*end)(Stage *stage);
    void (*free)(Stage *stage);
    Stage *next;
    const Pipe *pipe;
    SearchStats *stats;
};

/* Each: NULL when there is no memory. memory_bytes_max bounds what the stage holds back. */
Stage *stage_head_new(const Pipe *pipe);
Stage *stage_fields_new(const Pipe *pipe);
Stage *stage_group_new(const Pipe *pipe, const uint64_t seed[2], size_t memory_bytes_max);
/* rows_wanted: no more than so many are used after it; 0: all. */
Stage *stage_sort_new(const Pipe *pipe, uint64_t rows_wanted, size_t memory_bytes_max);

/* The text of a pipe's field in an answer. -ENOMEM. */
MUST_USE int stage_field_text(const PipeField *field, const Answer *answer, Arena *arena,
                              Slice *ret);

#endif
