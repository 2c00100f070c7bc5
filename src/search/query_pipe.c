/* The pipes of a question: what comes after the first |. Names are resolved here: before the first
 * pipe that makes a table they are fields of the record, after it they are columns of that table.
 */
#include "search/query_reader.h"

#include "base/nearest.h"
#include "base/number.h"
#include "search/fold.h"

#include <errno.h>

#define TOP_ROWS_DEFAULT 10
#define COLUMNS_MAX PIPE_FIELDS_MAX

/* What the rows look like at this place of the query. */
typedef struct Shape {
    bool is_table;
    const Slice *columns;
    const bool *numbers;
    size_t column_count;
} Shape;

typedef int (*PipeParser)(QueryReader *reader, Shape *shape, Pipe *pipe);

/* A name without what must never stand in one; empty at the end, a comma or another pipe. */
static Slice take_word(QueryReader *reader) {
    query_reader_peek(reader);
    Slice word = query_reader_name(reader);
    reader->at += word.len;
    return word;
}

static int complain_column(QueryReader *reader, size_t where, const Shape *shape, Slice name) {
    Slice shown = condition_shown(name);
    Slice nearest = nearest_name(name, shape->columns, shape->column_count);
    if (nearest.len == 0) nearest = shape->columns[0];
    nearest = condition_shown(nearest);
    return QUERY_COMPLAIN(
        reader, where, "query.unknown_column",
        "the table made before this | has no column %.*s; it has for instance %.*s",
        "この | の前でできた表に %.*s という列はありません。たとえば %.*s があります",
        SLICE_FMT(shown), SLICE_FMT(nearest));
}

static int parse_field(QueryReader *reader, const Shape *shape, PipeField *ret) {
    PipeField field = {0};
    query_reader_peek(reader);
    size_t where = reader->at;
    int r = query_reader_field(reader, &field.ref);
    if (r < 0) return r;
    if (shape->is_table) {
        field.is_column = true;
        while (field.column < shape->column_count &&
               !slice_eq(shape->columns[field.column], field.ref.name) &&
               !fold_equals(shape->columns[field.column], field.ref.folded)) {
            field.column++;
        }
        if (field.column == shape->column_count) {
            return complain_column(reader, where, shape, field.ref.name);
        }
        field.ref.name = shape->columns[field.column];
    }
    *ret = field;
    return 0;
}

static bool is_named_twice(const PipeField *fields, size_t count) {
    for (size_t i = 0; i + 1 < count; i++) {
        if (slice_eq_nocase(fields[i].ref.name, fields[count - 1].ref.name)) return true;
    }
    return false;
}

/* f, g, h; with `sorting`, each may have - in front or asc, desc behind. */
static int parse_fields(QueryReader *reader, const Shape *shape, size_t fields_max, bool sorting,
                        Pipe *pipe) {
    PipeField *fields = ARENA_ARRAY(reader->arena, PipeField, fields_max);
    size_t count = 0;
    if (!fields) return -ENOMEM;
    do {
        query_reader_peek(reader);
        size_t where = reader->at;
        if (count == fields_max) {
            return QUERY_COMPLAIN(reader, where, "query.too_many_fields",
                                  "at most %zu fields may stand here",
                                  "ここに書ける項目は%zu個までです", fields_max);
        }
        bool minus = sorting && query_reader_take(reader, '-');
        int r = parse_field(reader, shape, &fields[count]);
        if (r < 0) return r;
        if (is_named_twice(fields, ++count)) {
            return QUERY_COMPLAIN(reader, where, "query.twice", "this field is named twice",
                                  "同じ項目が2回書かれています");
        }
        if (!sorting) continue;
        fields[count - 1].descending = minus || query_reader_take_keyword(reader, "desc");
        if (!fields[count - 1].descending) query_reader_take_keyword(reader, "asc");
    } while (query_reader_take(reader, ','));
    pipe->fields = fields;
    pipe->field_count = count;
    return 0;
}

static bool is_number_field(const Shape *shape, const PipeField *field) {
    return field->is_column ? shape->numbers[field->column] : field_ref_is_number(&field->ref);
}

/* The columns are the pipe's fields, and then `count` unless that is empty. */
static int make_columns(QueryReader *reader, Shape *shape, Pipe *pipe, Slice count) {
    Slice *columns = ARENA_ARRAY(reader->arena, Slice, COLUMNS_MAX + 1);
    bool *numbers = ARENA_ARRAY(reader->arena, bool, COLUMNS_MAX + 1);
    if (!columns || !numbers) return -ENOMEM;
    size_t made = 0;
    for (; made < pipe->field_count; made++) {
        columns[made] = pipe->fields[made].ref.name;
        numbers[made] = is_number_field(shape, &pipe->fields[made]);
    }
    if (count.len > 0) {
        columns[made] = count;
        numbers[made++] = true;
    }
    pipe->columns = columns;
    pipe->numbers = numbers;
    pipe->column_count = made;
    *shape =
        (Shape){.is_table = true, .columns = columns, .numbers = numbers, .column_count = made};
    return 0;
}

/* A number of rows, 1 to PIPE_ROWS_MAX. */
static int parse_rows(QueryReader *reader, uint64_t *ret) {
    uint64_t rows;
    query_reader_peek(reader);
    size_t where = reader->at;
    Slice text = query_reader_bare(reader, true);
    if (number_parse_u64(text, &rows) == 0 && rows > 0 && rows <= PIPE_ROWS_MAX) {
        *ret = rows;
        return 0;
    }
    return QUERY_COMPLAIN(reader, where, "query.rows",
                          "a number of rows from 1 to %d is due here, for instance head 20",
                          "ここには行数（1から%d）が必要です。例: head 20", PIPE_ROWS_MAX);
}

static int parse_head(QueryReader *reader, Shape *shape, Pipe *pipe) {
    (void)shape;
    pipe->kind = PIPE_HEAD;
    return parse_rows(reader, &pipe->rows_max);
}

static int parse_sort(QueryReader *reader, Shape *shape, Pipe *pipe) {
    pipe->kind = PIPE_SORT;
    query_reader_take_keyword(reader, "by");
    return parse_fields(reader, shape, PIPE_GROUP_FIELDS_MAX, true, pipe);
}

static int parse_columns(QueryReader *reader, Shape *shape, Pipe *pipe) {
    pipe->kind = PIPE_FIELDS;
    int r = parse_fields(reader, shape, PIPE_FIELDS_MAX, false, pipe);
    return r < 0 ? r : make_columns(reader, shape, pipe, (Slice){0});
}

static bool names_a_field(const Pipe *pipe, Slice name) {
    for (size_t i = 0; i < pipe->field_count; i++) {
        if (slice_eq_nocase(pipe->fields[i].ref.name, name)) return true;
    }
    return false;
}

/* count, count() and an `as NAME` behind it. */
static int parse_count(QueryReader *reader, Slice *ret_name) {
    query_reader_peek(reader);
    size_t where = reader->at;
    if (!slice_eq_nocase(take_word(reader), SLICE("count"))) {
        return QUERY_COMPLAIN(reader, where, "query.function",
                              "count() is due here: stats count() by user.name",
                              "ここには count() を書きます。例: stats count() by user.name");
    }
    if (query_reader_take(reader, '(') && !query_reader_take(reader, ')')) {
        return QUERY_COMPLAIN(reader, reader->at, "query.count",
                              "count() counts rows and takes nothing between its parentheses",
                              "count() は行を数えます。かっこの中には何も書きません");
    }
    *ret_name = SLICE("count");
    if (!query_reader_take_keyword(reader, "as")) return 0;
    FieldRef name;
    int r = query_reader_field(reader, &name);
    if (r == 0) *ret_name = name.place == PLACE_SOURCE ? name.name : name.folded;
    return r;
}

static int parse_stats(QueryReader *reader, Shape *shape, Pipe *pipe) {
    Slice count;
    pipe->kind = PIPE_GROUP;
    query_reader_peek(reader);
    size_t where = reader->at;
    int r = parse_count(reader, &count);
    if (r == 0 && query_reader_take_keyword(reader, "by")) {
        r = parse_fields(reader, shape, PIPE_GROUP_FIELDS_MAX, false, pipe);
    }
    if (r < 0) return r;
    if (names_a_field(pipe, count)) {
        return QUERY_COMPLAIN(
            reader, where, "query.twice",
            "the count has the name of a field; write count() as number",
            "件数の列が項目と同じ名前です。count() as number のように名前を付けます");
    }
    return make_columns(reader, shape, pipe, count);
}

static int parse_top(QueryReader *reader, Shape *shape, Pipe *pipe) {
    char c = query_reader_peek(reader);
    pipe->kind = PIPE_GROUP;
    pipe->rows_max = TOP_ROWS_DEFAULT;
    if (c >= '0' && c <= '9') {
        int r = parse_rows(reader, &pipe->rows_max);
        if (r < 0) return r;
    }
    size_t where = reader->at;
    query_reader_take_keyword(reader, "by");
    int r = parse_fields(reader, shape, PIPE_GROUP_FIELDS_MAX, false, pipe);
    if (r < 0) return r;
    if (names_a_field(pipe, SLICE("count"))) {
        return QUERY_COMPLAIN(reader, where, "query.twice",
                              "top makes a column count and cannot have a field of that name",
                              "top は count という列を作るので、同じ名前の項目は使えません");
    }
    return make_columns(reader, shape, pipe, SLICE("count"));
}

/* The first of each kind is the name that complaints propose; the others are for hands used to
 * other languages. */
static const struct {
    Slice name;
    PipeParser parse;
} pipe_parsers[] = {
    {SLICE_INIT("stats"), parse_stats},     {SLICE_INIT("head"), parse_head},
    {SLICE_INIT("fields"), parse_columns},  {SLICE_INIT("sort"), parse_sort},
    {SLICE_INIT("top"), parse_top},         {SLICE_INIT("summarize"), parse_stats},
    {SLICE_INIT("limit"), parse_head},      {SLICE_INIT("take"), parse_head},
    {SLICE_INIT("project"), parse_columns},
};

static int complain_pipe(QueryReader *reader, size_t where, Slice name) {
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
    return QUERY_COMPLAIN(reader, where, "query.unknown_pipe",
                          "after | one of these is due: stats, top, sort, head, fields"
                          " (to look for | itself write \"|\")",
                          "| の後には stats、top、sort、head、fields のどれかを書きます"
                          "（| という文字を探すなら \"|\" と書きます）");
}

static int parse_pipe(QueryReader *reader, Shape *shape, Pipe *pipe) {
    query_reader_peek(reader);
    size_t where = reader->at;
    Slice name = take_word(reader);
    for (size_t i = 0; i < ARRAY_COUNT(pipe_parsers); i++) {
        if (slice_eq_nocase(pipe_parsers[i].name, name)) {
            return pipe_parsers[i].parse(reader, shape, pipe);
        }
    }
    return complain_pipe(reader, where, name);
}

static int complain_rest(QueryReader *reader) {
    return QUERY_COMPLAIN(reader, reader->at, "query.unexpected",
                          "this does not belong here; fields are parted by commas, pipes by |",
                          "ここに書けないものがあります。項目はコンマ、パイプは | で区切ります");
}

int query_pipes_parse(QueryReader *reader, Query *query) {
    Shape shape = {0};
    Pipe *pipes = ARENA_ARRAY(reader->arena, Pipe, QUERY_PIPES_MAX);
    size_t count = 0;
    if (!pipes) return -ENOMEM;
    while (query_reader_peek(reader) != '\0') {
        size_t where = reader->at;
        if (!query_reader_take(reader, '|')) return complain_rest(reader);
        if (count == QUERY_PIPES_MAX) {
            return QUERY_COMPLAIN(reader, where, "query.too_many_pipes",
                                  "a query may have %d pipes", "パイプは%d個までです",
                                  QUERY_PIPES_MAX);
        }
        int r = parse_pipe(reader, &shape, &pipes[count++]);
        if (r < 0) return r;
    }
    query->pipes = pipes;
    query->pipe_count = count;
    return 0;
}
