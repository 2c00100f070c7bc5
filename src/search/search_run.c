/* See search.h: the scan, the chain of stages behind it, and the end of the chain. */
#include "search/search_any_order.h"
#include "search/search_order.h"

#include <errno.h>
#include <stdlib.h>

typedef struct Output {
    Stage stage;
    uint64_t limit;
    AnswerSink sink;
    void *context;
    const atomic_bool *cancel;
} Output;

typedef struct Run {
    const Query *query;
    const SearchSource *source;
    const SearchOptions *options;
    SearchStats *stats;
    ScanRange range;
    Stage *stages[QUERY_PIPES_MAX + 1]; /* one a pipe, then the output */
    Output output;
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

/* The pipes' share of the memory goes evenly to the stages that hold something. */
static int build(Run *run)
{
    const Query *query = run->query;
    const SearchOptions *options = run->options;
    bool sealed = run->source->segment_count(run->source->context) > 0;
    size_t holding = 0, memory = search_memory(options) / (sealed ? 4 : 1);
    for (size_t i = 0; i < query->pipe_count; i++) {
        holding += pipe_holds(&query->pipes[i]);
    }
    StageSetup setup = {.options = options,
                        .memory_bytes_max = memory / (holding ? holding : 1),
                        .from_ns = run->range.from_ns,
                        .to_ns = run->range.to_ns};
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

/* Does what is answered depend on the order of the rows? Not when they are all held first. */
static bool needs_order(const Query *query)
{
    for (size_t i = 0; i < query->pipe_count; i++) {
        switch (query->pipes[i].kind) {
        case PIPE_GROUP:
        case PIPE_SORT:
        case PIPE_TIMELINE:
        case PIPE_SEQUENCE: return false;
        case PIPE_HEAD:
        case PIPE_DEDUP: return true;
        default: break;
        }
    }
    return true;
}

/* Each stage hands on what it held before the next one is ended. */
static int end_stages(Run *run)
{
    for (size_t i = 0; i <= run->query->pipe_count; i++) {
        int r = run->stages[i]->end(run->stages[i]);
        if (r < 0) return r;
    }
    return 0;
}

static int run_scan(Run *run, BlockScan *scan)
{
    int r = block_scan_begin(scan);
    if (r < 0) return r;
    bool by_time = run->options->order == SEARCH_BY_TIME;
    /* A scan alone comes in the order of arrival by itself. */
    if (needs_order(run->query) && (by_time || scan->task_count > 0)) {
        const OrderedSearch ordered = {.scan = scan,
                                       .range = run->range,
                                       .by_time = by_time,
                                       .wanted = rows_wanted(run->query, 0, run->options->limit),
                                       .first = run->stages[0]};
        return search_in_order(&ordered);
    }
    const UnorderedSearch unordered = {.scan = scan, .range = run->range, .first = run->stages[0]};
    return search_in_any_order(&unordered);
}

static int run_sealed(Run *run)
{
    const SearchOptions *options = run->options;
    SearchCache *own = NULL;
    /* Where each block is looked at once, none is worth keeping. */
    size_t kept = needs_order(run->query) ? search_share_eighth(options) : 0;
    if (!options->cache) own = search_cache_new(kept);
    if (!options->cache && !own) return -ENOMEM;
    BlockScan scan = {.query = run->query,
                      .source = run->source,
                      .options = options,
                      .range = {run->range.from_ns, run->range.to_ns, run->range.after},
                      .cache = options->cache ? options->cache : own,
                      .stats = run->stats};
    cache_begin_question(scan.cache);
    int r = run_scan(run, &scan);
    block_scan_done(&scan);
    search_cache_free(own);
    return r;
}

int search_run_on(const Query *query, const SearchSource *source, const SearchOptions *options,
                  AnswerSink sink, void *context, SearchStats *ret_stats)
{
    *ret_stats = (SearchStats){0};
    Run run = {.query = query,
               .source = source,
               .options = options,
               .stats = ret_stats,
               .range = options->range};
    run.output =
        (Output){.stage = {.take = output_take, .end = stage_nothing_held, .stats = ret_stats},
                 .limit = options->limit,
                 .sink = sink,
                 .context = context,
                 .cancel = options->cancel};
    query_range(query, &run.range.from_ns, &run.range.to_ns);
    int r = build(&run);
    if (r == 0) r = run_sealed(&run);
    if (r >= 0) r = end_stages(&run);
    for (size_t i = 0; i < query->pipe_count; i++) {
        if (run.stages[i]) run.stages[i]->free(run.stages[i]);
    }
    return r < 0 ? r : 0;
}

static size_t reader_segments(void *context)
{
    return store_reader_segment_count(context);
}

static const StoreSegmentInfo *reader_info(void *context, size_t index)
{
    return store_reader_segment_info(context, index);
}

static int reader_open(void *context, size_t index, Segment **ret)
{
    return store_reader_open_segment(context, index, ret);
}

static int reader_scan(void *context, const ScanRange *range, RowSink sink, DamageSink damage,
                       void *sink_context)
{
    return store_scan(context, range, sink, damage, sink_context);
}

SearchSource search_source_of(StoreReader *reader)
{
    return (SearchSource){.segment_count = reader_segments,
                          .segment_info = reader_info,
                          .open_segment = reader_open,
                          .scan = reader_scan,
                          .context = reader};
}

int search_run(const Query *query, StoreReader *reader, const SearchOptions *options,
               AnswerSink sink, void *context, SearchStats *ret_stats)
{
    const SearchSource source = search_source_of(reader);
    return search_run_on(query, &source, options, sink, context, ret_stats);
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
