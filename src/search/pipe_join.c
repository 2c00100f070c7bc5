/* The pipes that bring things together: sequence, lookup. */
#include "search/pipe_parser.h"

#include <errno.h>

/* --- sequence by f within 10m [filter] [filter] ... ------------------------------------------- */

static int complain_sequence(QueryReader *reader, size_t where)
{
    return QUERY_COMPLAIN(
        reader, where, "query.sequence",
        "sequence is written: sequence by user within 10m [action:LOGON_FAIL] [action:LOGON] "
        "with 2 to %d filters",
        "sequence は sequence by user within 10m [action:LOGON_FAIL] [action:LOGON] のように、"
        "2から%d個の条件を付けて書きます",
        PIPE_STEPS_MAX);
}

static int parse_step(QueryReader *reader, const Node **ret)
{
    size_t open = reader->at - 1;
    Node *step;
    bool outer = reader->brackets;
    reader->brackets = true;
    int r = query_filter_parse(reader, &step);
    reader->brackets = outer;
    if (r < 0) return r;
    if (!query_reader_take(reader, ']')) {
        return QUERY_COMPLAIN(reader, open, "query.unclosed_bracket",
                              "the bracket opened here is not closed; add a ] behind the filter",
                              "ここで始まる [ が閉じていません。条件の後に ] を付けます");
    }
    *ret = step;
    return 0;
}

int pipe_sequence_parse(QueryReader *reader, Shape *shape, Pipe *pipe)
{
    static const Slice more[] = {SLICE_INIT("first"), SLICE_INIT("last"), SLICE_INIT("rows")};
    pipe->kind = PIPE_SEQUENCE;
    size_t where = pipe_here(reader);
    int r = pipe_records_check(reader, shape, where, "sequence");
    if (r < 0) return r;
    if (!query_reader_take_keyword(reader, "by")) return complain_sequence(reader, where);
    r = pipe_fields_parse(reader, shape, PIPE_GROUP_FIELDS_MAX, FIELDS_PLAIN, pipe);
    if (r < 0) return r;
    where = pipe_here(reader);
    if (!query_reader_take_keyword(reader, "within")) return complain_sequence(reader, where);
    r = query_length_take(reader, &pipe->span_ns);
    while (r == 0 && query_reader_peek(reader) == '[') {
        where = pipe_here(reader);
        if (pipe->step_count == PIPE_STEPS_MAX) return complain_sequence(reader, where);
        reader->at++;
        r = parse_step(reader, &pipe->steps[pipe->step_count++]);
    }
    if (r < 0) return r;
    if (pipe->step_count < 2) return complain_sequence(reader, pipe_here(reader));
    return pipe_columns_make(reader, shape, pipe, more, ARRAY_COUNT(more), false);
}

/* --- lookup FILE.csv key [as field] output a, b ----------------------------------------------- */

static int complain_lookup(QueryReader *reader, size_t where)
{
    return QUERY_COMPLAIN(reader, where, "query.lookup",
                          "lookup is written: lookup people.csv name as user.name "
                          "output department, phone",
                          "lookup は lookup people.csv name as user.name output department, phone"
                          " のように書きます");
}

/* A file's name that cannot leave its folder: no separators, no dot in front. */
static bool is_plain_name(Slice name)
{
    if (name.len == 0 || name.len > 128 || name.ptr[0] == '.') return false;
    for (size_t i = 0; i < name.len; i++) {
        unsigned char c = (unsigned char)name.ptr[i];
        if (c < ' ' || c == '/' || c == '\\' || c == ':' || c == 0x7f) return false;
    }
    return name.len > 4 && slice_eq_nocase(slice_skip(name, name.len - 4), SLICE(".csv"));
}

static int parse_file(QueryReader *reader, Slice *ret)
{
    size_t where = pipe_here(reader);
    ConditionValue name;
    int r = query_value_take(reader, true, &name);
    if (r < 0) return r;
    if (!is_plain_name(name.text)) {
        return QUERY_COMPLAIN(reader, where, "query.lookup_name",
                              "a table's name ends with .csv and holds no / \\ : and no dot in "
                              "front; it lies in the folder for tables",
                              "表の名前は .csv で終わり、/ \\ : を含まず、点で始まりません。"
                              "表は表用のフォルダーに置きます");
    }
    *ret = name.text;
    return 0;
}

static int parse_outputs(QueryReader *reader, Pipe *pipe)
{
    Slice *outputs = ARENA_ARRAY(reader->arena, Slice, PIPE_FIELDS_MAX);
    if (!outputs) return -ENOMEM;
    do {
        size_t where = pipe_here(reader);
        if (pipe->output_count == PIPE_FIELDS_MAX) return complain_lookup(reader, where);
        int r = pipe_name_parse(reader, &outputs[pipe->output_count++]);
        if (r < 0) return r;
    } while (query_reader_take(reader, ','));
    pipe->outputs = outputs;
    return 0;
}

int pipe_lookup_parse(QueryReader *reader, Shape *shape, Pipe *pipe)
{
    FieldRef key;
    PipeField *field = ARENA_NEW(reader->arena, PipeField);
    if (!field) return -ENOMEM;
    pipe->kind = PIPE_LOOKUP;
    int r = parse_file(reader, &pipe->file);
    if (r < 0) return r;
    size_t where = pipe_here(reader);
    r = query_reader_field(reader, &key);
    if (r < 0) return r;
    pipe->key = key.typed;
    if (query_reader_take_keyword(reader, "as")) {
        where = pipe_here(reader);
        r = query_reader_field(reader, &key);
        if (r < 0) return r;
    }
    r = pipe_field_resolve(reader, shape, where, &key, field);
    if (r < 0) return r;
    pipe->fields = field;
    pipe->field_count = 1;
    where = pipe_here(reader);
    if (!query_reader_take_keyword(reader, "output")) return complain_lookup(reader, where);
    r = parse_outputs(reader, pipe);
    if (r < 0) return r;
    size_t *places = ARENA_ARRAY(reader->arena, size_t, PIPE_FIELDS_MAX);
    if (!places) return -ENOMEM;
    pipe->output_places = places;
    return pipe_columns_add(reader, where, shape, pipe, pipe->outputs, pipe->output_count, false,
                            places);
}
