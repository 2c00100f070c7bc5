/* Names and columns in pipes. Before the first pipe that makes a table names are fields of the
 * record, after it they are columns of that table. */
#include "search/pipe_parser.h"

#include "base/fold.h"
#include "base/nearest.h"
#include "base/number.h"

#include <errno.h>

size_t pipe_here(QueryReader *reader)
{
    query_reader_peek(reader);
    return reader->at;
}

Slice pipe_word_take(QueryReader *reader)
{
    query_reader_peek(reader);
    Slice word = query_reader_name(reader);
    reader->at += word.len;
    return word;
}

static int complain_column(QueryReader *reader, size_t where, const Shape *shape, Slice name)
{
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

int pipe_field_resolve(QueryReader *reader, const Shape *shape, size_t where, const FieldRef *name,
                       PipeField *ret)
{
    PipeField field = {.ref = *name, .zone_offset_seconds = reader->options.zone_offset_seconds};
    for (size_t i = 0; i < shape->column_count && !field.is_column; i++) {
        if (!slice_eq(shape->columns[i], name->name) &&
            !fold_equals(shape->columns[i], name->folded))
            continue;
        field.is_column = true;
        field.column = i;
        field.ref.name = shape->columns[i];
    }
    if (!field.is_column && shape->is_table)
        return complain_column(reader, where, shape, name->name);
    *ret = field;
    return 0;
}

int pipe_field_parse(QueryReader *reader, const Shape *shape, PipeField *ret)
{
    FieldRef name;
    size_t where = pipe_here(reader);
    int r = query_reader_field(reader, &name);
    return r < 0 ? r : pipe_field_resolve(reader, shape, where, &name, ret);
}

int pipe_name_parse(QueryReader *reader, Slice *ret)
{
    FieldRef name;
    int r = query_reader_field(reader, &name);
    if (r == 0) *ret = name.typed;
    return r;
}

static bool is_named_twice(const PipeField *fields, size_t count)
{
    for (size_t i = 0; i + 1 < count; i++) {
        if (slice_eq_nocase(fields[i].ref.name, fields[count - 1].ref.name)) return true;
    }
    return false;
}

/* The step of a bin: a length of time, or a number. m is minutes and M millions. */
static int parse_step(QueryReader *reader, PipeField *field)
{
    size_t where = pipe_here(reader);
    Slice text = query_reader_bare(reader, true);
    char last = text.len > 0 ? text.ptr[text.len - 1] : '\0';
    if (decimal_parse_units(text, &field->bin_step) == 0 && last != 'm') {
        if (field->bin_step > 0) return 0;
    }
    field->bin_step = 0;
    reader->at = where;
    return query_length_take(reader, &field->bin_ns);
}

static int parse_bin(QueryReader *reader, const Shape *shape, PipeField *ret)
{
    int r = pipe_field_parse(reader, shape, ret);
    if (r < 0) return r;
    size_t where = pipe_here(reader);
    if (!query_reader_take(reader, ',')) {
        return QUERY_COMPLAIN(reader, where, "query.bin",
                              "bin takes a field and a step: bin(time, 1h)",
                              "bin には項目と刻みを書きます。例: bin(time, 1h)");
    }
    r = parse_step(reader, ret);
    if (r == 0 && !query_reader_take(reader, ')')) return query_complain_unclosed(reader, where);
    return r;
}

static int parse_grouping(QueryReader *reader, const Shape *shape, PipeField *ret)
{
    size_t before = pipe_here(reader);
    int r;
    if (query_reader_take_keyword(reader, "bin") && query_reader_take(reader, '(')) {
        r = parse_bin(reader, shape, ret);
    } else {
        reader->at = before;
        r = pipe_field_parse(reader, shape, ret);
    }
    if (r < 0 || !query_reader_take_keyword(reader, "as")) return r;
    return pipe_name_parse(reader, &ret->ref.name);
}

static int parse_sorting(QueryReader *reader, const Shape *shape, PipeField *ret)
{
    bool minus = query_reader_take(reader, '-');
    int r = pipe_field_parse(reader, shape, ret);
    if (r < 0) return r;
    ret->descending = minus || query_reader_take_keyword(reader, "desc");
    if (!ret->descending) query_reader_take_keyword(reader, "asc");
    return 0;
}

int pipe_fields_parse(QueryReader *reader, const Shape *shape, size_t fields_max,
                      PipeFieldForm form, Pipe *pipe)
{
    PipeField *fields = ARENA_ARRAY(reader->arena, PipeField, fields_max);
    size_t count = 0;
    if (!fields) return -ENOMEM;
    do {
        size_t where = pipe_here(reader);
        if (count == fields_max) {
            return QUERY_COMPLAIN(reader, where, "query.too_many_fields",
                                  "at most %zu fields may stand here",
                                  "ここに書ける項目は%zu個までです", fields_max);
        }
        PipeField *field = &fields[count];
        int r = form == FIELDS_SORTING    ? parse_sorting(reader, shape, field)
                : form == FIELDS_GROUPING ? parse_grouping(reader, shape, field)
                                          : pipe_field_parse(reader, shape, field);
        if (r < 0) return r;
        if (is_named_twice(fields, ++count)) {
            return QUERY_COMPLAIN(reader, where, "query.twice", "this field is named twice",
                                  "同じ項目が2回書かれています");
        }
    } while (query_reader_take(reader, ','));
    pipe->fields = fields;
    pipe->field_count = count;
    return 0;
}

bool pipe_field_is_number(const Shape *shape, const PipeField *field)
{
    if (field->bin_ns || field->bin_step) return field->bin_step != 0;
    return field->is_column ? shape->numbers[field->column] : field_ref_is_number(&field->ref);
}

int pipe_rows_parse(QueryReader *reader, uint64_t *ret)
{
    uint64_t rows;
    size_t where = pipe_here(reader);
    Slice text = query_reader_bare(reader, true);
    if (number_parse_u64(text, &rows) == 0 && rows > 0 && rows <= PIPE_ROWS_MAX) {
        *ret = rows;
        return 0;
    }
    return QUERY_COMPLAIN(reader, where, "query.rows",
                          "a number of rows from 1 to %d is due here, for instance head 20",
                          "ここには行数（1から%d）が必要です。例: head 20", PIPE_ROWS_MAX);
}

static void set_shape(Shape *shape, const Pipe *pipe)
{
    *shape = (Shape){.is_table = !pipe->records,
                     .columns = pipe->columns,
                     .numbers = pipe->numbers,
                     .column_count = pipe->column_count};
}

int pipe_columns_make(QueryReader *reader, Shape *shape, Pipe *pipe, const Slice *more,
                      size_t count, bool numbers)
{
    Slice *columns = ARENA_ARRAY(reader->arena, Slice, PIPE_COLUMNS_MAX);
    bool *are_numbers = ARENA_ARRAY(reader->arena, bool, PIPE_COLUMNS_MAX);
    if (!columns || !are_numbers) return -ENOMEM;
    size_t made = 0;
    for (; made < pipe->field_count; made++) {
        columns[made] = pipe->fields[made].ref.name;
        are_numbers[made] = pipe_field_is_number(shape, &pipe->fields[made]);
    }
    for (size_t i = 0; i < count; i++) {
        columns[made] = more[i];
        are_numbers[made++] = numbers;
    }
    pipe->columns = columns;
    pipe->numbers = are_numbers;
    pipe->column_count = made;
    set_shape(shape, pipe);
    return 0;
}

int pipe_columns_add(QueryReader *reader, size_t where, Shape *shape, Pipe *pipe, const Slice *more,
                     size_t count, bool numbers, size_t *ret_places)
{
    Slice *columns = ARENA_ARRAY(reader->arena, Slice, PIPE_COLUMNS_MAX);
    bool *are_numbers = ARENA_ARRAY(reader->arena, bool, PIPE_COLUMNS_MAX);
    size_t made = shape->column_count;
    if (!columns || !are_numbers) return -ENOMEM;
    for (size_t i = 0; i < made; i++) {
        columns[i] = shape->columns[i];
        are_numbers[i] = shape->numbers[i];
    }
    for (size_t i = 0; i < count; i++) {
        size_t at = 0;
        while (at < made && !slice_eq_nocase(columns[at], more[i])) {
            at++;
        }
        if (at == PIPE_COLUMNS_MAX) {
            return QUERY_COMPLAIN(reader, where, "query.too_many_columns",
                                  "a table may have %d columns", "表の列は%d個までです",
                                  PIPE_COLUMNS_MAX);
        }
        if (at == made) made++;
        columns[at] = more[i];
        are_numbers[at] = numbers;
        if (ret_places) ret_places[i] = at;
    }
    pipe->records = !shape->is_table;
    pipe->columns = columns;
    pipe->numbers = are_numbers;
    pipe->column_count = made;
    set_shape(shape, pipe);
    return 0;
}

int pipe_records_check(QueryReader *reader, const Shape *shape, size_t where, const char *pipe_name)
{
    if (!shape->is_table) return 0;
    return QUERY_COMPLAIN(reader, where, "query.needs_records",
                          "%s needs whole records and cannot come after a pipe that made a table; "
                          "write it earlier, or where EXPRESSION here",
                          "%s は記録そのものが要るので、表を作るパイプの後には書けません。"
                          "前に移すか、ここでは where 式 と書きます",
                          pipe_name);
}
