/* The tests of a field: name, operator, and the values behind it. */
#include "search/query_reader.h"

#include <errno.h>

static int make_test(QueryReader *reader, const FieldRef *field, const Condition *conditions,
                     size_t count, Node **ret)
{
    Node *node;
    int r = query_node_new(reader, NODE_TEST, &node);
    if (r < 0) return r;
    node->test = (FieldTest){.field = *field, .conditions = conditions, .condition_count = count};
    *ret = node;
    return 0;
}

static int complain_missing_value(QueryReader *reader, size_t where, const FieldRef *field)
{
    Slice name = condition_shown(field->name);
    return QUERY_COMPLAIN(reader, where, "query.missing_value",
                          "a value is due after %.*s; %.*s:* finds the rows that have any, "
                          "and \"...\" looks for the text as it is",
                          "%.*s の後に値が必要です。%.*s:* と書けば値のある行がすべて見つかり、"
                          "\"...\" で囲めばその文字のまま探します",
                          SLICE_FMT(name), SLICE_FMT(name));
}

static int take_value(QueryReader *reader, const FieldRef *field, bool list, ConditionValue *ret)
{
    query_reader_peek(reader);
    size_t where = reader->at;
    int r = query_value_take(reader, list, ret);
    if (r < 0) return r;
    if (ret->text.len == 0) return complain_missing_value(reader, where, field);
    return query_length_check(reader, where, ret->text);
}

int query_field_value(QueryReader *reader, const FieldRef *field, size_t where,
                      const ConditionValue *value, Node **ret)
{
    Condition *condition = ARENA_NEW(reader->arena, Condition);
    if (!condition) return -ENOMEM;
    query_reader_place(reader, where);
    int r =
        condition_make(field, value, &reader->options, reader->arena, condition, reader->complaint);
    return r < 0 ? r : make_test(reader, field, condition, 1, ret);
}

static int parse_comparison(QueryReader *reader, const FieldRef *field, Node **ret)
{
    bool less = query_reader_byte(reader, 0) == '<';
    ConditionValue value;
    reader->at++;
    bool equal = query_reader_byte(reader, 0) == '=';
    reader->at += equal;
    query_reader_peek(reader);
    size_t where = reader->at;
    int r = take_value(reader, field, false, &value);
    if (r < 0) return r;
    Condition *condition = ARENA_NEW(reader->arena, Condition);
    if (!condition) return -ENOMEM;
    Comparison comparison =
        less ? (equal ? LESS_OR_EQUAL : LESS) : (equal ? GREATER_OR_EQUAL : GREATER);
    query_reader_place(reader, where);
    r = condition_make_comparison(field, comparison, value.text, &reader->options, condition,
                                  reader->complaint);
    return r < 0 ? r : make_test(reader, field, condition, 1, ret);
}

int query_complain_unclosed(QueryReader *reader, size_t where)
{
    return QUERY_COMPLAIN(reader, where, "query.unclosed_parenthesis",
                          "the parenthesis opened here is not closed; add a ) at the end",
                          "ここで始まるかっこ ( が閉じていません。終わりに ) を付けます");
}

static int parse_list(QueryReader *reader, const FieldRef *field, Node **ret)
{
    Condition *conditions = NULL;
    size_t count = 0, room = 0, open = reader->at - 1;
    do {
        ConditionValue value;
        query_reader_peek(reader);
        size_t where = reader->at;
        int r = query_term_count(reader, where);
        if (r == 0) r = take_value(reader, field, true, &value);
        if (r < 0) return r;
        if (count == room) {
            Condition *larger = ARENA_ARRAY(reader->arena, Condition, room * 2 + 8);
            if (!larger) return -ENOMEM;
            if (count) memcpy(larger, conditions, count * sizeof *larger);
            conditions = larger;
            room = room * 2 + 8;
        }
        query_reader_place(reader, where);
        r = condition_make(field, &value, &reader->options, reader->arena, &conditions[count++],
                           reader->complaint);
        if (r < 0) return r;
    } while (query_reader_take(reader, ','));
    if (query_reader_peek(reader) != ')') {
        if (query_reader_peek(reader) == '\0') return query_complain_unclosed(reader, open);
        return QUERY_COMPLAIN(reader, reader->at, "query.list",
                              "values in a list are parted by commas: in (4624, 4625)",
                              "値の並びはコンマで区切ります。例: in (4624, 4625)");
    }
    reader->at++;
    return make_test(reader, field, conditions, count, ret);
}

static int parse_field_group(QueryReader *reader, const FieldRef *field, Node **ret)
{
    const FieldRef *outer = reader->group;
    reader->group = field;
    int r = query_group_parse(reader, ret);
    reader->group = outer;
    return r;
}

QueryOperator query_operator_take(QueryReader *reader)
{
    if (query_reader_byte(reader, 0) == '~' && query_reader_byte(reader, 1) == '"')
        return OPERATOR_IS; /* the ~ belongs to the value */
    char c = query_reader_peek(reader), next = query_reader_byte(reader, 1);
    if (c == '!' && next == '~') {
        reader->at++;
        return OPERATOR_IS_NOT;
    }
    if (c == '<' || c == '>') return OPERATOR_COMPARE; /* parse_comparison takes it */
    if (c == '!' && next == '=') {
        reader->at += 2;
        return OPERATOR_IS_NOT;
    }
    if (c == ':' || c == '=') {
        reader->at += 1 + (c == '=' && next == '=');
        c = query_reader_peek(reader);
        return c == '<' || c == '>' ? OPERATOR_COMPARE : OPERATOR_IS;
    }
    size_t before = reader->at;
    if (query_reader_take_keyword(reader, "in") && query_reader_take(reader, '('))
        return OPERATOR_IN;
    reader->at = before;
    return OPERATOR_NONE;
}

bool query_is_text_with_colon(const QueryReader *reader, Slice name)
{
    char first = query_reader_byte(reader, name.len + 1),
         second = query_reader_byte(reader, name.len + 2);
    RecordField known;
    if (query_reader_byte(reader, name.len) != ':') return false;
    if (first == '/' && second == '/') return true;
    if (first == ':')
        return record_field_by_name(name, &known) < 0; /* ip:::1 asks for an address */
    if (name.len == 1 && (first == '\\' || first == '/')) return true;
    size_t colons = 0, i = 0;
    for (;; i++) {
        char c = query_reader_byte(reader, i), letter = (char)(c | 32);
        if (c != ':' && (c < '0' || c > '9') && (letter < 'a' || letter > 'f')) break;
        colons += c == ':';
    }
    char end = query_reader_byte(reader, i);
    return colons >= 2 && ((unsigned char)end <= ' ' || strchr(")|\",", end));
}

int query_field_test(QueryReader *reader, Slice name, QueryOperator operator, Node ** ret)
{
    FieldRef *field = ARENA_NEW(reader->arena, FieldRef);
    ConditionValue value;
    if (!field) return -ENOMEM;
    int r = field_ref_make(name, reader->arena, field);
    if (r < 0) return r;
    if (operator== OPERATOR_COMPARE) return parse_comparison(reader, field, ret);
    if (operator== OPERATOR_IN) return parse_list(reader, field, ret);
    if (query_reader_take(reader, '(')) {
        r = parse_field_group(reader, field, ret);
    } else {
        size_t where = reader->at;
        r = take_value(reader, field, false, &value);
        if (r == 0) r = query_field_value(reader, field, where, &value, ret);
    }
    if (r < 0 || operator== OPERATOR_IS) return r;
    Node * not ;
    r = query_node_new(reader, NODE_NOT, &not );
    if (r < 0) return r;
    not ->first = *ret;
    *ret = not ;
    return 0;
}
