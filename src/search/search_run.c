/* See search.h: the scan, the chain of stages behind it, and the end of the chain. */
#include "search/search_stage.h"

#include <errno.h>
#include <stdlib.h>

#define MEMORY_BYTES_DEFAULT ((size_t)64 << 20)

typedef struct Output {
    Stage stage;
    uint64_t limit;
    AnswerSink sink;
    void *context;
    const atomic_bool *cancel;
} Output;

typedef struct Run {
    const Query *query;
    const atomic_bool *cancel;
    SearchStats *stats;
    Stage *stages[QUERY_PIPES_MAX + 1]; /* one a pipe, then the output */
    Output output;
} Run;

static bool is_cancelled(const atomic_bool *cancel) {
    return cancel && atomic_load_explicit(cancel, memory_order_relaxed);
}

static int output_take(Stage *stage, const Answer *answer) {
    const Output *output = (const Output *)stage;
    if (is_cancelled(output->cancel)) return -ECANCELED;
    if (output->limit > 0 && stage->stats->answers == output->limit) {
        stage->stats->limited = true;
        return 1;
    }
    stage->stats->answers++;
    return output->sink(output->context, answer);
}

static int output_end(Stage *stage) {
    (void)stage;
    return 0;
}

static bool holds_back(const Pipe *pipe) {
    return pipe->kind == PIPE_SORT || pipe->kind == PIPE_GROUP;
}

/* How many rows of a sort can be used at all: `limited` needs one more than the limit. */
static uint64_t rows_wanted(const Query *query, size_t at, uint64_t limit) {
    for (size_t i = at + 1; i < query->pipe_count; i++) {
        if (query->pipes[i].kind == PIPE_HEAD) return query->pipes[i].rows_max;
        if (holds_back(&query->pipes[i])) return 0;
    }
    return limit ? limit + 1 : 0;
}

static Stage *new_stage(const Query *query, size_t at, const SearchOptions *options,
                        size_t memory) {
    const Pipe *pipe = &query->pipes[at];
    switch (pipe->kind) {
    case PIPE_HEAD: return stage_head_new(pipe);
    case PIPE_FIELDS: return stage_fields_new(pipe);
    case PIPE_GROUP: return stage_group_new(pipe, options->seed, memory);
    case PIPE_SORT: break;
    }
    return stage_sort_new(pipe, rows_wanted(query, at, options->limit), memory);
}

static int build(Run *run, const SearchOptions *options) {
    const Query *query = run->query;
    size_t holding = 0, memory = options->memory_bytes_max;
    if (memory == 0) memory = MEMORY_BYTES_DEFAULT;
    for (size_t i = 0; i < query->pipe_count; i++) {
        holding += holds_back(&query->pipes[i]);
    }
    run->stages[query->pipe_count] = &run->output.stage;
    for (size_t i = query->pipe_count; i-- > 0;) {
        Stage *stage = new_stage(query, i, options, memory / (holding ? holding : 1));
        if (!stage) return -ENOMEM;
        stage->next = run->stages[i + 1];
        stage->stats = run->stats;
        run->stages[i] = stage;
    }
    return 0;
}

static int take_row(void *context, const Row *row, uint64_t number) {
    Run *run = context;
    if (is_cancelled(run->cancel)) return -ECANCELED;
    run->stats->scanned++;
    if (!query_matches(run->query, row)) return 0;
    run->stats->matched++;
    const Answer answer = {.row = row, .number = number};
    return run->stages[0]->take(run->stages[0], &answer);
}

static void count_damage(void *context, const char *file, uint64_t offset, const char *reason) {
    (void)file, (void)offset, (void)reason;
    ((Run *)context)->stats->damaged_blocks++;
}

/* Each stage hands on what it held before the next one is ended. */
static int end_stages(Run *run) {
    for (size_t i = 0; i <= run->query->pipe_count; i++) {
        int r = run->stages[i]->end(run->stages[i]);
        if (r < 0) return r;
    }
    return 0;
}

int search_run(const Query *query, StoreReader *reader, const SearchOptions *options,
               AnswerSink sink, void *context, SearchStats *ret_stats) {
    *ret_stats = (SearchStats){0};
    Run run = {.query = query, .cancel = options->cancel, .stats = ret_stats};
    run.output = (Output){.stage = {.take = output_take, .end = output_end, .stats = ret_stats},
                          .limit = options->limit,
                          .sink = sink,
                          .context = context,
                          .cancel = options->cancel};
    int r = build(&run, options);
    if (r == 0) r = store_scan(reader, &options->range, take_row, count_damage, &run);
    if (r >= 0) r = end_stages(&run);
    for (size_t i = 0; i < query->pipe_count; i++) {
        if (run.stages[i]) run.stages[i]->free(run.stages[i]);
    }
    return r < 0 ? r : 0;
}

bool search_is_live(const Query *query) {
    return query->pipe_count == 0;
}

size_t search_columns(const Query *query, const Slice **ret_columns) {
    for (size_t i = query->pipe_count; i-- > 0;) {
        if (query->pipes[i].column_count == 0) continue;
        *ret_columns = query->pipes[i].columns;
        return query->pipes[i].column_count;
    }
    return 0;
}
