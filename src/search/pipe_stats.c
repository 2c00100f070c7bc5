/* The pipes that count: stats, top, rare, timeline. */
#include "search/pipe_parser.h"

#include "base/nearest.h"

#include <errno.h>

#define TOP_ROWS_DEFAULT 10

static const struct {
    Slice name;
    AggregateKind kind;
    unsigned percent;
} functions[] = {
    {SLICE_INIT("count"), AGGREGATE_COUNT, 0},
    {SLICE_INIT("dc"), AGGREGATE_DISTINCT, 0},
    {SLICE_INIT("sum"), AGGREGATE_SUM, 0},
    {SLICE_INIT("min"), AGGREGATE_MIN, 0},
    {SLICE_INIT("max"), AGGREGATE_MAX, 0},
    {SLICE_INIT("avg"), AGGREGATE_AVERAGE, 0},
    {SLICE_INIT("median"), AGGREGATE_PERCENTILE, 50},
    {SLICE_INIT("dcount"), AGGREGATE_DISTINCT, 0},
    {SLICE_INIT("distinct_count"), AGGREGATE_DISTINCT, 0},
    {SLICE_INIT("件数"), AGGREGATE_COUNT, 0},
    {SLICE_INIT("種類数"), AGGREGATE_DISTINCT, 0},
    {SLICE_INIT("合計"), AGGREGATE_SUM, 0},
    {SLICE_INIT("最小"), AGGREGATE_MIN, 0},
    {SLICE_INIT("最大"), AGGREGATE_MAX, 0},
    {SLICE_INIT("平均"), AGGREGATE_AVERAGE, 0},
};

/* p1 to p99 */
static unsigned percent_of(Slice name)
{
    if (name.len < 2 || name.len > 3 || (name.ptr[0] | 32) != 'p') return 0;
    unsigned percent = 0;
    for (size_t i = 1; i < name.len; i++) {
        if (name.ptr[i] < '0' || name.ptr[i] > '9') return 0;
        percent = percent * 10 + (unsigned)(name.ptr[i] - '0');
    }
    return percent;
}

static int complain_function(QueryReader *reader, size_t where, Slice name)
{
    Slice names[ARRAY_COUNT(functions)];
    for (size_t i = 0; i < ARRAY_COUNT(functions); i++) {
        names[i] = functions[i].name;
    }
    Slice shown = condition_shown(name), nearest = nearest_name(name, names, ARRAY_COUNT(names));
    if (name.len == 0 || nearest.len == 0) nearest = SLICE("count");
    return QUERY_COMPLAIN(
        reader, where, "query.function",
        "stats knows count() dc sum min max avg median p50 p90 p95 p99, not \"%.*s\"; "
        "try %.*s: stats %.*s() by user.name",
        "stats で使えるのは count() dc sum min max avg median p50 p90 p95 p99 です"
        "（「%.*s」はありません）。%.*s を試してください。例: stats %.*s() by user.name",
        SLICE_FMT(shown), SLICE_FMT(nearest), SLICE_FMT(nearest));
}

static int take_function(QueryReader *reader, Aggregate *aggregate)
{
    size_t where = pipe_here(reader);
    Slice name = pipe_word_take(reader);
    aggregate->name = name;
    unsigned percent = percent_of(name);
    if (percent > 0) {
        aggregate->kind = AGGREGATE_PERCENTILE;
        aggregate->percent = percent;
        return 0;
    }
    for (size_t i = 0; i < ARRAY_COUNT(functions); i++) {
        if (!slice_eq_nocase(functions[i].name, name)) continue;
        aggregate->kind = functions[i].kind;
        aggregate->percent = functions[i].percent;
        return 0;
    }
    return complain_function(reader, where, name);
}

/* name(field), and for the column without `as` the same as its name; count alone and count(). */
static int parse_aggregate(QueryReader *reader, const Shape *shape, Aggregate *aggregate)
{
    int r = take_function(reader, aggregate);
    if (r < 0) return r;
    size_t where = pipe_here(reader);
    bool counts = aggregate->kind == AGGREGATE_COUNT, open = query_reader_take(reader, '(');
    if (open && !query_reader_take(reader, ')')) {
        r = pipe_field_parse(reader, shape, &aggregate->field);
        if (r < 0) return r;
        aggregate->has_field = true;
        if (!query_reader_take(reader, ')')) return query_complain_unclosed(reader, where);
        r = arena_format(reader->arena, &aggregate->name, "%.*s(%.*s)", SLICE_FMT(aggregate->name),
                         SLICE_FMT(aggregate->field.ref.name));
        if (r < 0) return r;
    }
    if (!counts && !aggregate->has_field) {
        Slice shown = aggregate->name;
        return QUERY_COMPLAIN(
            reader, where, "query.argument", "%.*s needs a field: %.*s(source.bytes)",
            "%.*s には項目が必要です。例: %.*s(source.bytes)", SLICE_FMT(shown), SLICE_FMT(shown));
    }
    return query_reader_take_keyword(reader, "as") ? pipe_name_parse(reader, &aggregate->name) : 0;
}

static int parse_aggregates(QueryReader *reader, const Shape *shape, Pipe *pipe)
{
    Aggregate *aggregates = ARENA_ARRAY(reader->arena, Aggregate, PIPE_AGGREGATES_MAX);
    size_t count = 0;
    if (!aggregates) return -ENOMEM;
    do {
        size_t where = pipe_here(reader);
        if (count == PIPE_AGGREGATES_MAX) {
            return QUERY_COMPLAIN(reader, where, "query.too_many_functions",
                                  "at most %d functions may stand here",
                                  "ここに書ける関数は%d個までです", PIPE_AGGREGATES_MAX);
        }
        int r = parse_aggregate(reader, shape, &aggregates[count++]);
        if (r < 0) return r;
    } while (query_reader_take(reader, ','));
    pipe->aggregates = aggregates;
    pipe->aggregate_count = count;
    return 0;
}

static bool is_column_twice(const Pipe *pipe, size_t aggregate)
{
    Slice name = pipe->aggregates[aggregate].name;
    for (size_t i = 0; i < pipe->field_count; i++) {
        if (slice_eq_nocase(pipe->fields[i].ref.name, name)) return true;
    }
    for (size_t i = 0; i < aggregate; i++) {
        if (slice_eq_nocase(pipe->aggregates[i].name, name)) return true;
    }
    return false;
}

static int make_table(QueryReader *reader, size_t where, Shape *shape, Pipe *pipe)
{
    Slice names[PIPE_AGGREGATES_MAX];
    for (size_t i = 0; i < pipe->aggregate_count; i++) {
        names[i] = pipe->aggregates[i].name;
        if (!is_column_twice(pipe, i)) continue;
        Slice shown = condition_shown(names[i]);
        return QUERY_COMPLAIN(reader, where, "query.twice",
                              "two columns would be called %.*s; name one with `as`: "
                              "count() as number",
                              "%.*s という列が2つになります。count() as number のように as で"
                              "名前を付けます",
                              SLICE_FMT(shown));
    }
    for (size_t i = 0; i < pipe->field_count; i++) {
        pipe->in_key_order |= pipe->fields[i].bin_ns > 0 || pipe->fields[i].bin_step > 0;
    }
    int r = pipe_columns_make(reader, shape, pipe, names, pipe->aggregate_count, true);
    return r;
}

int pipe_stats_parse(QueryReader *reader, Shape *shape, Pipe *pipe)
{
    pipe->kind = PIPE_GROUP;
    size_t where = pipe_here(reader);
    int r = parse_aggregates(reader, shape, pipe);
    if (r == 0 && query_reader_take_keyword(reader, "by")) {
        r = pipe_fields_parse(reader, shape, PIPE_GROUP_FIELDS_MAX, FIELDS_GROUPING, pipe);
    }
    return r < 0 ? r : make_table(reader, where, shape, pipe);
}

int pipe_top_parse(QueryReader *reader, Shape *shape, Pipe *pipe)
{
    static const Aggregate count = {.kind = AGGREGATE_COUNT, .name = SLICE_INIT("count")};
    char c = query_reader_peek(reader);
    pipe->kind = PIPE_GROUP;
    pipe->rows_max = TOP_ROWS_DEFAULT;
    pipe->aggregates = &count;
    pipe->aggregate_count = 1;
    if (c >= '0' && c <= '9') {
        int r = pipe_rows_parse(reader, &pipe->rows_max);
        if (r < 0) return r;
    }
    query_reader_take_keyword(reader, "by");
    size_t where = pipe_here(reader);
    int r = pipe_fields_parse(reader, shape, PIPE_GROUP_FIELDS_MAX, FIELDS_PLAIN, pipe);
    return r < 0 ? r : make_table(reader, where, shape, pipe);
}

int pipe_rare_parse(QueryReader *reader, Shape *shape, Pipe *pipe)
{
    pipe->least_first = true;
    return pipe_top_parse(reader, shape, pipe);
}

int pipe_timeline_parse(QueryReader *reader, Shape *shape, Pipe *pipe)
{
    static const Slice count = SLICE_INIT("count");
    PipeField *field = ARENA_NEW(reader->arena, PipeField);
    if (!field) return -ENOMEM;
    pipe->kind = PIPE_TIMELINE;
    size_t where = pipe_here(reader);
    int r = field_ref_make(SLICE("@timestamp"), reader->arena, &field->ref);
    if (r == 0) r = pipe_field_resolve(reader, shape, where, &field->ref, field);
    if (r == 0 && !query_reader_ends(reader)) r = query_length_take(reader, &pipe->span_ns);
    if (r < 0) return r;
    pipe->fields = field;
    pipe->field_count = 1;
    return pipe_columns_make(reader, shape, pipe, &count, 1, true);
}
