/* A pipe at work. Rows of answer are pushed from stage to stage: the scan gives them to the first,
 * the last hands them to the caller's sink. */
#ifndef AKASHI_SEARCH_SEARCH_STAGE_H
#define AKASHI_SEARCH_SEARCH_STAGE_H

#include "search/query_tree.h"
#include "search/row_bits.h"
#include "search/search.h"

#include <errno.h>

#define STAGE_ROW_BYTES_MAX                                                                        \
    ((size_t)64 << 20) /* made of one row; a row is no longer in the store */

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
    const atomic_bool *cancel;
};

/* What a stage is made with. */
typedef struct StageSetup {
    const SearchOptions *options;
    size_t memory_bytes_max; /* of what this stage holds back */
    uint64_t rows_wanted;    /* no more than so many are used after it; 0: all */
    int64_t from_ns, to_ns;  /* the times asked for */
} StageSetup;

/* Each: NULL when there is no memory. */
Stage *stage_head_new(const Pipe *pipe);
Stage *stage_fields_new(const Pipe *pipe);
Stage *stage_choose_new(const Pipe *pipe); /* FILTER, WHERE, EVAL */
Stage *stage_group_new(const Pipe *pipe, const StageSetup *setup);
Stage *stage_sort_new(const Pipe *pipe, const StageSetup *setup);
Stage *stage_dedup_new(const Pipe *pipe, const StageSetup *setup);
Stage *stage_timeline_new(const Pipe *pipe, const StageSetup *setup);
Stage *stage_sequence_new(const Pipe *pipe, const StageSetup *setup);
/* -EINVAL with options->complaint; -ENOMEM. */
MUST_USE int stage_lookup_new(const Pipe *pipe, const StageSetup *setup, Stage **ret);

/* For who counts by himself (block_group.h). GROUP: the group of this key (stage_key_make) gets so
 * many rows more, *ret_group is SIZE_MAX when it was left out for memory; a value of one of its
 * functions, so many times. -ENOMEM. TIMELINE: moments of a block's rows. */
MUST_USE int stage_group_count(Stage *stage, Slice key, uint64_t rows, size_t *ret_group);
MUST_USE int stage_group_tally(Stage *stage, size_t group, size_t aggregate, Slice value,
                               uint64_t times);
void stage_timeline_count(Stage *stage, const int64_t *times_ns, RowBits rows);

static inline bool stage_is_cancelled(const atomic_bool *cancel)
{
    return cancel && atomic_load_explicit(cancel, memory_order_relaxed);
}
/* Hands an answer on; -ECANCELED. */
static inline int stage_give(Stage *stage, const Answer *answer)
{
    return stage_is_cancelled(stage->cancel) ? -ECANCELED : stage->next->take(stage->next, answer);
}
/* `end` of stages that hold nothing back. */
int stage_nothing_held(Stage *stage);

/* The text of a pipe's field in an answer. -ENOMEM. */
MUST_USE int stage_field_text(const PipeField *field, const Answer *answer, Arena *arena,
                              Slice *ret);
/* The moment that it is, or TIME_UNKNOWN. -ENOMEM. */
MUST_USE int stage_field_time(const PipeField *field, const Answer *answer, Arena *arena,
                              int64_t *ret);
/* The cell of a pipe's field whose text is `plain`. For all but bins of time. -ENOMEM. */
MUST_USE int stage_plain_cell(const PipeField *field, Slice plain, Arena *arena, Slice *ret);
/* Of bins of time; empty for TIME_UNKNOWN. */
MUST_USE int stage_time_cell(const PipeField *field, int64_t ns, Arena *arena, Slice *ret);
/* The moments that have the cell of this one; none when it is TIME_UNKNOWN. */
void stage_time_piece(const PipeField *field, int64_t ns, int64_t *ret_from_ns, int64_t *ret_to_ns);
/* The texts of the pipe's fields as one key: for each its length, 4 bytes, and its bytes. -ENOMEM.
 */
MUST_USE int stage_key_make(const Pipe *pipe, const Answer *answer, Arena *arena, Buf *to);
/* Takes the first text off a key. */
Slice stage_key_take(Slice *key);
/* The order of keys: text by text, bytewise. */
int stage_key_compare(Slice a, Slice b);
/* How many entries a map may have that takes no more than `bytes` besides its keys; the caller
 * keeps entry_bytes for each. */
size_t stage_map_room(size_t bytes, size_t entry_bytes);

/* Values in the order of sort, min and max: numbers, then moments, then texts, then none. */
#define SORT_KEY_BYTES_MAX 256
typedef enum KeyKind { KEY_NUMBER, KEY_TIME, KEY_TEXT, KEY_ABSENT } KeyKind;
typedef struct SortKey {
    KeyKind kind;
    Decimal number;
    Slice text; /* at most SORT_KEY_BYTES_MAX, points into what it was made of */
} SortKey;
SortKey sort_key_of(Slice text);
int sort_key_compare(const SortKey *a, const SortKey *b, bool descending);

#endif
