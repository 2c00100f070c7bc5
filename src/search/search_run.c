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
    /* SEARCH_BY_TIME: a sort in front of all pipes; NULL: rows go on as they come. */
    Stage *newest;
    Pipe newest_pipe;
    PipeField newest_field;
    int64_t floor_ns;
} Run;

static int output_take(Stage *stage, const Answer *answer)
{
    const Output *output = (const Output *)stage;
    if (stage_is_cancelled(output->cancel)) return -ECANCELED;
    if (output->limit > 0 && stage->stats->answers == output->limit) {
        stage->stats->limited = true;
        return 1;
    }
    stage->stats->answers++;
    return output->sink(output->context, answer);
}

/* How many rows are used at all by the pipes from `from` on, 0: unknown. `limited` needs one more
 * than the limit. */
static uint64_t rows_wanted(const Query *query, size_t from, uint64_t limit)
{
    for (size_t i = from; i < query->pipe_count; i++) {
        if (query->pipes[i].kind == PIPE_HEAD) return query->pipes[i].rows_max;
        if (!pipe_keeps_count(&query->pipes[i])) return 0;
    }
    return limit ? limit + 1 : 0;
}

static int new_stage(const Pipe *pipe, const StageSetup *setup, Stage **ret)
{
    switch (pipe->kind) {
    case PIPE_HEAD: *ret = stage_head_new(pipe); break;
    case PIPE_FIELDS: *ret = stage_fields_new(pipe); break;
    case PIPE_FILTER:
    case PIPE_WHERE:
    case PIPE_EVAL: *ret = stage_choose_new(pipe); break;
    case PIPE_GROUP: *ret = stage_group_new(pipe, setup); break;
    case PIPE_SORT: *ret = stage_sort_new(pipe, setup); break;
    case PIPE_DEDUP: *ret = stage_dedup_new(pipe, setup); break;
    case PIPE_TIMELINE: *ret = stage_timeline_new(pipe, setup); break;
    case PIPE_SEQUENCE: *ret = stage_sequence_new(pipe, setup); break;
    case PIPE_LOOKUP: return stage_lookup_new(pipe, setup, ret);
    }
    return *ret ? 0 : -ENOMEM;
}

/* The memory is shared out evenly among the stages that hold something. */
static int build(Run *run, const SearchOptions *options, const ScanRange *range)
{
    const Query *query = run->query;
    size_t holding = 0, memory = options->memory_bytes_max;
    if (memory == 0) memory = MEMORY_BYTES_DEFAULT;
    for (size_t i = 0; i < query->pipe_count; i++) {
        holding += pipe_holds(&query->pipes[i]);
    }
    StageSetup setup = {.options = options,
                        .memory_bytes_max = memory / (holding ? holding : 1),
                        .from_ns = range->from_ns,
                        .to_ns = range->to_ns};
    run->stages[query->pipe_count] = &run->output.stage;
    for (size_t i = query->pipe_count; i-- > 0;) {
        Stage *stage = NULL;
        setup.rows_wanted = rows_wanted(query, i + 1, options->limit);
        int r = new_stage(&query->pipes[i], &setup, &stage);
        if (r < 0) return r;
        stage->next = run->stages[i + 1];
        stage->stats = run->stats;
        stage->cancel = options->cancel;
        run->stages[i] = stage;
    }
    return 0;
}

/* Puts the newest rows in front, when the answer is made of a known number of records. */
static int build_newest(Run *run, const SearchOptions *options)
{
    const Query *query = run->query;
    bool sorted = query->pipe_count > 0 && query->pipes[0].kind == PIPE_SORT;
    if (options->order != SEARCH_BY_TIME || sorted) return 0;
    uint64_t wanted = rows_wanted(query, 0, options->limit);
    if (wanted == 0 || wanted > SEARCH_BY_TIME_ROWS_MAX) return 0;
    run->newest_field =
        (PipeField){.ref = {.place = PLACE_TIME, .name = SLICE("@timestamp")}, .descending = true};
    run->newest_pipe = (Pipe){.kind = PIPE_SORT, .fields = &run->newest_field, .field_count = 1};
    const StageSetup setup = {.options = options,
                              .memory_bytes_max = options->memory_bytes_max
                                                      ? options->memory_bytes_max
                                                      : MEMORY_BYTES_DEFAULT,
                              .rows_wanted = wanted,
                              .floor_ns = &run->floor_ns};
    run->newest = stage_sort_new(&run->newest_pipe, &setup);
    if (!run->newest) return -ENOMEM;
    run->newest->next = run->stages[0];
    run->newest->stats = run->stats;
    run->newest->cancel = options->cancel;
    return 0;
}

static int take_row(void *context, const Row *row, uint64_t number)
{
    Run *run = context;
    if (stage_is_cancelled(run->cancel)) return -ECANCELED;
    run->stats->scanned++;
    if (!query_matches(run->query, row)) return 0;
    run->stats->matched++;
    const Answer answer = {.row = row, .number = number};
    Stage *first = run->newest ? run->newest : run->stages[0];
    return first->take(first, &answer);
}

static void count_damage(void *context, const char *file, uint64_t offset, const char *reason)
{
    (void)file, (void)offset, (void)reason;
    ((Run *)context)->stats->damaged_blocks++;
}

/* Each stage hands on what it held before the next one is ended. */
static int end_stages(Run *run)
{
    int newest = run->newest ? run->newest->end(run->newest) : 0;
    if (newest < 0) return newest;
    for (size_t i = 0; i <= run->query->pipe_count; i++) {
        int r = run->stages[i]->end(run->stages[i]);
        if (r < 0) return r;
    }
    return 0;
}

int search_run(const Query *query, StoreReader *reader, const SearchOptions *options,
               AnswerSink sink, void *context, SearchStats *ret_stats)
{
    *ret_stats = (SearchStats){0};
    Run run = {
        .query = query, .cancel = options->cancel, .stats = ret_stats, .floor_ns = INT64_MIN};
    run.output =
        (Output){.stage = {.take = output_take, .end = stage_nothing_held, .stats = ret_stats},
                 .limit = options->limit,
                 .sink = sink,
                 .context = context,
                 .cancel = options->cancel};
    ScanRange range = options->range;
    query_range(query, &range.from_ns, &range.to_ns);
    int r = build(&run, options, &range);
    if (r == 0) r = build_newest(&run, options);
    if (run.newest) range.floor_ns = &run.floor_ns;
    if (r == 0) r = store_scan(reader, &range, take_row, count_damage, &run);
    if (r >= 0) r = end_stages(&run);
    for (size_t i = 0; i < query->pipe_count; i++) {
        if (run.stages[i]) run.stages[i]->free(run.stages[i]);
    }
    if (run.newest) run.newest->free(run.newest);
    return r < 0 ? r : 0;
}

bool search_is_live(const Query *query)
{
    return query->pipe_count == 0;
}

size_t search_columns(const Query *query, const Slice **ret_columns)
{
    for (size_t i = query->pipe_count; i-- > 0;) {
        if (query->pipes[i].column_count == 0) continue;
        if (query->pipes[i].records) return 0;
        *ret_columns = query->pipes[i].columns;
        return query->pipes[i].column_count;
    }
    return 0;
}
