/* The pipes of a question: what comes after the first |. */
#include "search/expr.h"
#include "search/pipe_parser.h"

#include "base/nearest.h"

#include <errno.h>

static int parse_head(QueryReader *reader, Shape *shape, Pipe *pipe)
{
    (void)shape;
    pipe->kind = PIPE_HEAD;
    return pipe_rows_parse(reader, &pipe->rows_max);
}

static int parse_sort(QueryReader *reader, Shape *shape, Pipe *pipe)
{
    pipe->kind = PIPE_SORT;
    query_reader_take_keyword(reader, "by");
    return pipe_fields_parse(reader, shape, PIPE_GROUP_FIELDS_MAX, FIELDS_SORTING, pipe);
}

static int parse_columns(QueryReader *reader, Shape *shape, Pipe *pipe)
{
    pipe->kind = PIPE_FIELDS;
    int r = pipe_fields_parse(reader, shape, PIPE_FIELDS_MAX, FIELDS_PLAIN, pipe);
    return r < 0 ? r : pipe_columns_make(reader, shape, pipe, NULL, 0, false);
}

static int parse_dedup(QueryReader *reader, Shape *shape, Pipe *pipe)
{
    pipe->kind = PIPE_DEDUP;
    query_reader_take_keyword(reader, "by");
    return pipe_fields_parse(reader, shape, PIPE_GROUP_FIELDS_MAX, FIELDS_PLAIN, pipe);
}

static int parse_filter(QueryReader *reader, Shape *shape, Pipe *pipe)
{
    Node *filter;
    pipe->kind = PIPE_FILTER;
    int r = pipe_records_check(reader, shape, pipe_here(reader), "search");
    if (r == 0) r = query_filter_parse(reader, &filter);
    if (r == 0) pipe->filter = filter;
    return r;
}

static int parse_where(QueryReader *reader, Shape *shape, Pipe *pipe)
{
    pipe->kind = PIPE_WHERE;
    return expr_parse(reader, shape, &pipe->expression);
}

static int parse_eval(QueryReader *reader, Shape *shape, Pipe *pipe)
{
    Slice name;
    pipe->kind = PIPE_EVAL;
    size_t where = pipe_here(reader);
    int r = pipe_name_parse(reader, &name);
    if (r < 0) return r;
    if (!query_reader_take(reader, '=')) {
        return QUERY_COMPLAIN(reader, pipe_here(reader), "query.eval",
                              "a = is due here: eval mib = source.bytes / 1048576",
                              "ここには = が必要です。例: eval mib = source.bytes / 1048576");
    }
    r = expr_parse(reader, shape, &pipe->expression);
    if (r < 0) return r;
    bool number = expr_is_number(pipe->expression);
    return pipe_columns_add(reader, where, shape, pipe, &name, 1, number, &pipe->column_at);
}

/* The first ones are the names that complaints propose; the others are for hands used to other
 * languages, and Japanese. */
static const struct {
    Slice name;
    PipeParser parse;
} pipe_parsers[] = {
    {SLICE_INIT("where"), parse_where},
    {SLICE_INIT("stats"), pipe_stats_parse},
    {SLICE_INIT("top"), pipe_top_parse},
    {SLICE_INIT("rare"), pipe_rare_parse},
    {SLICE_INIT("sort"), parse_sort},
    {SLICE_INIT("head"), parse_head},
    {SLICE_INIT("fields"), parse_columns},
    {SLICE_INIT("eval"), parse_eval},
    {SLICE_INIT("dedup"), parse_dedup},
    {SLICE_INIT("timeline"), pipe_timeline_parse},
    {SLICE_INIT("sequence"), pipe_sequence_parse},
    {SLICE_INIT("lookup"), pipe_lookup_parse},
    {SLICE_INIT("search"), parse_filter},
    {SLICE_INIT("filter"), parse_filter},
    {SLICE_INIT("summarize"), pipe_stats_parse},
    {SLICE_INIT("limit"), parse_head},
    {SLICE_INIT("take"), parse_head},
    {SLICE_INIT("project"), parse_columns},
    {SLICE_INIT("extend"), parse_eval},
    {SLICE_INIT("distinct"), parse_dedup},
    {SLICE_INIT("条件"), parse_where},
    {SLICE_INIT("集計"), pipe_stats_parse},
    {SLICE_INIT("上位"), pipe_top_parse},
    {SLICE_INIT("下位"), pipe_rare_parse},
    {SLICE_INIT("並べ替え"), parse_sort},
    {SLICE_INIT("先頭"), parse_head},
    {SLICE_INIT("項目"), parse_columns},
    {SLICE_INIT("計算"), parse_eval},
    {SLICE_INIT("重複除去"), parse_dedup},
    {SLICE_INIT("時系列"), pipe_timeline_parse},
    {SLICE_INIT("対応表"), pipe_lookup_parse},
    {SLICE_INIT("絞り込み"), parse_filter},
};

static int complain_pipe(QueryReader *reader, size_t where, Slice name)
{
    Slice names[ARRAY_COUNT(pipe_parsers)];
    for (size_t i = 0; i < ARRAY_COUNT(pipe_parsers); i++) {
        names[i] = pipe_parsers[i].name;
    }
    Slice shown = condition_shown(name), nearest = nearest_name(name, names, ARRAY_COUNT(names));
    if (nearest.len > 0) {
        return QUERY_COMPLAIN(reader, where, "query.unknown_pipe",
                              "there is no pipe \"%.*s\"; did you mean %.*s?",
                              "「%.*s」というパイプはありません。%.*s のことですか？",
                              SLICE_FMT(shown), SLICE_FMT(nearest));
    }
    return QUERY_COMPLAIN(
        reader, where, "query.unknown_pipe",
        "after | one of these is due: where, stats, top, rare, sort, head, "
        "fields, eval, dedup, timeline, sequence, lookup (to look for | itself write \"|\")",
        "| の後には where、stats、top、rare、sort、head、fields、eval、dedup、"
        "timeline、sequence、lookup のどれかを書きます"
        "（| という文字を探すなら \"|\" と書きます）");
}

static int parse_pipe(QueryReader *reader, Shape *shape, Pipe *pipe)
{
    size_t where = pipe_here(reader);
    Slice name = pipe_word_take(reader);
    query_reader_place(reader, where);
    if (reader->complaint) pipe->place = reader->complaint->column;
    pipe->zone_offset_seconds = reader->options.zone_offset_seconds;
    for (size_t i = 0; i < ARRAY_COUNT(pipe_parsers); i++) {
        if (slice_eq_nocase(pipe_parsers[i].name, name)) {
            return pipe_parsers[i].parse(reader, shape, pipe);
        }
    }
    return complain_pipe(reader, where, name);
}

static int complain_rest(QueryReader *reader)
{
    return QUERY_COMPLAIN(reader, reader->at, "query.unexpected",
                          "this does not belong here; fields are parted by commas, pipes by |",
                          "ここに書けないものがあります。項目はコンマ、パイプは | で区切ります");
}

int query_pipes_parse(QueryReader *reader, Query *query)
{
    Shape shape = {0};
    Pipe *pipes = ARENA_ARRAY(reader->arena, Pipe, QUERY_PIPES_MAX);
    size_t count = 0;
    if (!pipes) return -ENOMEM;
    while (query_reader_peek(reader) != '\0') {
        size_t where = reader->at;
        /* eval a = ..., b = ... is eval a = ... | eval b = ... */
        bool more =
            count > 0 && pipes[count - 1].kind == PIPE_EVAL && query_reader_take(reader, ',');
        if (!more && !query_reader_take(reader, '|')) return complain_rest(reader);
        if (count == QUERY_PIPES_MAX) {
            return QUERY_COMPLAIN(reader, where, "query.too_many_pipes",
                                  "a query may have %d pipes", "パイプは%d個までです",
                                  QUERY_PIPES_MAX);
        }
        Pipe *pipe = &pipes[count++];
        if (more) *pipe = (Pipe){.place = pipe[-1].place};
        int r = more ? parse_eval(reader, &shape, pipe) : parse_pipe(reader, &shape, pipe);
        if (r < 0) return r;
    }
    query->pipes = pipes;
    query->pipe_count = count;
    return 0;
}
