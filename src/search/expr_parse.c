/* Expressions, from weak to strong:
 *
 *   or      = and { "or" and }
 *   and     = not { "and" not }
 *   not     = ( "not" | "!" ) not | compare
 *   compare = sum [ ( "=" | "==" | "!=" | "<>" | "<" | "<=" | ">" | ">=" ) sum
 *                 | "~" "regex" | [ "not" ] "in" "(" sum { "," sum } ")" ]
 *   sum     = product { ( "+" | "-" ) product }
 *   product = sign { ( "*" | "/" | "%" ) sign }
 *   sign    = "-" sign | operand
 *   operand = number | time | "text" | function "(" ... ")" | name | "(" or ")"
 *
 * A name may hold - and so a minus wants blanks around it. */
#include "search/expr.h"
#include "search/pipe_parser.h"

#include "base/nearest.h"

#include <errno.h>

static const struct {
    Slice name;
    ExprKind kind;
    size_t min, max; /* operands */
} functions[] = {
    {SLICE_INIT("len"), EXPR_LEN, 1, 1},
    {SLICE_INIT("lower"), EXPR_LOWER, 1, 1},
    {SLICE_INIT("upper"), EXPR_UPPER, 1, 1},
    {SLICE_INIT("contains"), EXPR_CONTAINS, 2, 2},
    {SLICE_INIT("startswith"), EXPR_STARTS, 2, 2},
    {SLICE_INIT("endswith"), EXPR_ENDS, 2, 2},
    {SLICE_INIT("if"), EXPR_IF, 3, 3},
    {SLICE_INIT("coalesce"), EXPR_COALESCE, 1, 16},
    {SLICE_INIT("cidr"), EXPR_CIDR, 2, 2},
    {SLICE_INIT("field"), EXPR_FIELD, 1, 1},
    {SLICE_INIT("iff"), EXPR_IF, 3, 3},
    {SLICE_INIT("strlen"), EXPR_LEN, 1, 1},
};

static int parse_or(QueryReader *reader, const Shape *shape, Expr **ret);
static int parse_sum(QueryReader *reader, const Shape *shape, Expr **ret);

static int new_expr(QueryReader *reader, ExprKind kind, Expr *first, Expr **ret)
{
    int r = query_term_count(reader, reader->at);
    if (r < 0) return r;
    Expr *expr = ARENA_NEW(reader->arena, Expr);
    if (!expr) return -ENOMEM;
    expr->kind = kind;
    expr->first = first;
    *ret = expr;
    return 0;
}

static int new_pair(QueryReader *reader, ExprKind kind, Expr *left, Expr *right, Expr **ret)
{
    left->next = right;
    return new_expr(reader, kind, left, ret);
}

/* --- operands --------------------------------------------------------------------------------- */

static int make_text(QueryReader *reader, Slice text, Expr **ret)
{
    int r = new_expr(reader, EXPR_TEXT, NULL, ret);
    if (r < 0) return r;
    (*ret)->text = text;
    (*ret)->is_time =
        time_span_parse(text, reader->options.zone_offset_seconds, &(*ret)->span) == 0;
    return 0;
}

static bool is_measure_byte(char c)
{
    char small = (char)(c | 32);
    return (c >= '0' && c <= '9') || (small >= 'a' && small <= 'z') || c == '.';
}

/* A number with its unit, or a time such as 2026-11-20T09:00. */
static int parse_number(QueryReader *reader, Expr **ret)
{
    size_t where = reader->at, len = 0, time_len = 0;
    Decimal number;
    TimeSpan span;
    Slice rest = slice_skip(reader->text, where);
    while (len < rest.len && is_measure_byte(rest.ptr[len])) {
        len++;
    }
    while (time_len < rest.len &&
           (is_measure_byte(rest.ptr[time_len]) || strchr("-:+", rest.ptr[time_len]))) {
        time_len++;
    }
    if (time_span_parse(slice_first(rest, time_len), 0, &span) == 0) {
        reader->at += time_len;
        return make_text(reader, slice_first(rest, time_len), ret);
    }
    if (decimal_parse_units(slice_first(rest, len), &number) < 0) {
        Slice shown = condition_shown(slice_first(rest, len));
        return QUERY_COMPLAIN(
            reader, where, "query.number",
            "\"%.*s\" is no number; write 100, 1.5, 10k, 1GiB or \"text\"",
            "「%.*s」は数ではありません。100、1.5、10k、1GiB か、文字なら \" \" で"
            "囲みます",
            SLICE_FMT(shown));
    }
    reader->at += len;
    int r = new_expr(reader, EXPR_NUMBER, NULL, ret);
    if (r == 0) (*ret)->number = number;
    return r;
}

static int complain_function(QueryReader *reader, size_t where, Slice name)
{
    Slice names[ARRAY_COUNT(functions)];
    for (size_t i = 0; i < ARRAY_COUNT(functions); i++) {
        names[i] = functions[i].name;
    }
    Slice shown = condition_shown(name), nearest = nearest_name(name, names, ARRAY_COUNT(names));
    if (nearest.len == 0) nearest = names[0];
    return QUERY_COMPLAIN(reader, where, "query.unknown_function",
                          "there is no function %.*s; nearest is %.*s (known: len lower upper "
                          "contains startswith endswith if coalesce cidr field)",
                          "%.*s という関数はありません。近いのは %.*s です（使えるもの: len lower "
                          "upper contains startswith endswith if coalesce cidr field）",
                          SLICE_FMT(shown), SLICE_FMT(nearest));
}

static int complain_operands(QueryReader *reader, size_t where, size_t function)
{
    Slice name = functions[function].name;
    return QUERY_COMPLAIN(reader, where, "query.operands",
                          "%.*s takes %zu to %zu values, parted by commas",
                          "%.*s には値を%zu個から%zu個、コンマで区切って書きます", SLICE_FMT(name),
                          functions[function].min, functions[function].max);
}

/* cidr(ip, "10.0.0.0/8"): the network is read once. */
static int finish_cidr(QueryReader *reader, size_t where, Expr *expr)
{
    const Expr *network = expr->first->next;
    if (network->kind == EXPR_TEXT && address_range_parse(network->text, &expr->range) == 0)
        return 0;
    return QUERY_COMPLAIN(reader, where, "query.cidr",
                          "the second value of cidr is a network in quotation marks: "
                          "cidr(source.ip, \"10.0.0.0/8\")",
                          "cidr の2つ目の値は引用符で囲んだネットワークです。"
                          "例: cidr(source.ip, \"10.0.0.0/8\")");
}

/* field("Event ID"): a name that cannot be written without quotation marks. */
static int finish_field(QueryReader *reader, const Shape *shape, size_t where, Expr *expr)
{
    FieldRef name;
    int r = field_ref_make(expr->first->text, reader->arena, &name);
    if (r == 0) r = pipe_field_resolve(reader, shape, where, &name, &expr->field);
    expr->first = NULL;
    return r;
}

/* Takes the operands of a function, whose ( is taken. */
static int parse_function(QueryReader *reader, const Shape *shape, size_t where, Slice name,
                          Expr **ret)
{
    size_t function = 0, count = 0, open = reader->at - 1;
    Expr *first = NULL, **link = &first;
    while (function < ARRAY_COUNT(functions) && !slice_eq_nocase(functions[function].name, name)) {
        function++;
    }
    if (function == ARRAY_COUNT(functions)) return complain_function(reader, where, name);
    int r = query_enter(reader, where);
    if (r == 0 && query_reader_peek(reader) == ')')
        return complain_operands(reader, where, function);
    do {
        if (r == 0) r = parse_or(reader, shape, link);
        if (r < 0) return r;
        link = &(*link)->next;
        count++;
    } while (query_reader_take(reader, ','));
    reader->depth--;
    if (!query_reader_take(reader, ')')) return query_complain_unclosed(reader, open);
    if (count < functions[function].min || count > functions[function].max)
        return complain_operands(reader, where, function);
    ExprKind kind = functions[function].kind;
    if (kind == EXPR_FIELD && first->kind != EXPR_TEXT) {
        *ret = first; /* field(name) is name */
        return 0;
    }
    r = new_expr(reader, kind, first, ret);
    if (r == 0 && kind == EXPR_CIDR) r = finish_cidr(reader, where, *ret);
    if (r == 0 && kind == EXPR_FIELD) r = finish_field(reader, shape, where, *ret);
    return r;
}

static int parse_name(QueryReader *reader, const Shape *shape, Expr **ret)
{
    size_t where = reader->at;
    Slice typed = query_reader_name(reader);
    FieldRef name;
    reader->at += typed.len;
    if (query_reader_take(reader, '(')) return parse_function(reader, shape, where, typed, ret);
    int r = new_expr(reader, EXPR_FIELD, NULL, ret);
    if (r == 0) r = field_ref_make(typed, reader->arena, &name);
    return r < 0 ? r : pipe_field_resolve(reader, shape, where, &name, &(*ret)->field);
}

static int parse_operand(QueryReader *reader, const Shape *shape, Expr **ret)
{
    char c = query_reader_peek(reader);
    size_t where = reader->at;
    Slice text;
    if (c == '"') {
        int r = query_reader_quoted(reader, &text);
        return r < 0 ? r : make_text(reader, text, ret);
    }
    if (c >= '0' && c <= '9') return parse_number(reader, ret);
    if (query_reader_take(reader, '(')) {
        int r = query_enter(reader, where);
        if (r == 0) r = parse_or(reader, shape, ret);
        if (r < 0) return r;
        reader->depth--;
        return query_reader_take(reader, ')') ? 0 : query_complain_unclosed(reader, where);
    }
    if (query_reader_name(reader).len > 0) return parse_name(reader, shape, ret);
    return QUERY_COMPLAIN(reader, where, "query.operand",
                          "a field, a number, a \"text\" or a function is due here",
                          "ここには項目、数、\"文字\"、関数のどれかが必要です");
}

/* --- operators -------------------------------------------------------------------------------- */

static int parse_sign(QueryReader *reader, const Shape *shape, Expr **ret)
{
    Expr *inner;
    size_t where = pipe_here(reader);
    if (!query_reader_take(reader, '-')) return parse_operand(reader, shape, ret);
    int r = query_enter(reader, where);
    if (r == 0) r = parse_sign(reader, shape, &inner);
    if (r < 0) return r;
    reader->depth--;
    return new_expr(reader, EXPR_NEGATE, inner, ret);
}

static int parse_product(QueryReader *reader, const Shape *shape, Expr **ret)
{
    Expr *right;
    int r = parse_sign(reader, shape, ret);
    while (r == 0) {
        char c = query_reader_peek(reader);
        if (c != '*' && c != '/' && c != '%') break;
        reader->at++;
        ExprKind kind = c == '*' ? EXPR_MULTIPLY : c == '/' ? EXPR_DIVIDE : EXPR_REMAINDER;
        r = parse_sign(reader, shape, &right);
        if (r == 0) r = new_pair(reader, kind, *ret, right, ret);
    }
    return r;
}

static int parse_sum(QueryReader *reader, const Shape *shape, Expr **ret)
{
    Expr *right;
    int r = parse_product(reader, shape, ret);
    while (r == 0) {
        char c = query_reader_peek(reader);
        if (c != '+' && c != '-') break;
        reader->at++;
        r = parse_product(reader, shape, &right);
        if (r == 0) r = new_pair(reader, c == '+' ? EXPR_ADD : EXPR_SUBTRACT, *ret, right, ret);
    }
    return r;
}

static bool take_comparison(QueryReader *reader, ExprKind *ret)
{
    static const struct {
        Slice sign;
        ExprKind kind;
    } signs[] = {
        {SLICE_INIT("=="), EXPR_EQUAL},
        {SLICE_INIT("!="), EXPR_NOT_EQUAL},
        {SLICE_INIT("<>"), EXPR_NOT_EQUAL},
        {SLICE_INIT("<="), EXPR_LESS_OR_EQUAL},
        {SLICE_INIT(">="), EXPR_GREATER_OR_EQUAL},
        {SLICE_INIT("="), EXPR_EQUAL},
        {SLICE_INIT("<"), EXPR_LESS},
        {SLICE_INIT(">"), EXPR_GREATER},
        {SLICE_INIT("~"), EXPR_REGEX},
    };
    query_reader_peek(reader);
    Slice rest = slice_skip(reader->text, reader->at);
    for (size_t i = 0; i < ARRAY_COUNT(signs); i++) {
        if (!slice_starts(rest, signs[i].sign)) continue;
        reader->at += signs[i].sign.len;
        *ret = signs[i].kind;
        return true;
    }
    return false;
}

static int parse_regex(QueryReader *reader, Expr *left, Expr **ret)
{
    size_t where = pipe_here(reader);
    const Regex *regex;
    if (query_reader_byte(reader, 0) != '"') {
        return QUERY_COMPLAIN(reader, where, "query.regex",
                              "a regular expression in quotation marks is due here: ~ \"ta.*a\"",
                              "ここには引用符で囲んだ正規表現が必要です。例: ~ \"ta.*a\"");
    }
    int r = query_regex_take(reader, &regex);
    if (r == 0) r = new_expr(reader, EXPR_REGEX, left, ret);
    if (r == 0) (*ret)->regex = regex;
    return r;
}

/* x in (a, b) is x = a or x = b. The ( is taken. */
static int parse_list(QueryReader *reader, const Shape *shape, Expr *left, Expr **ret)
{
    size_t open = reader->at - 1;
    Expr *any = NULL, *right, *equal;
    do {
        Expr *copy;
        int r = new_expr(reader, left->kind, NULL, &copy);
        if (r == 0) r = parse_sum(reader, shape, &right);
        if (r < 0) return r;
        *copy = *left;
        copy->next = NULL;
        r = new_pair(reader, EXPR_EQUAL, copy, right, &equal);
        if (r == 0 && any) r = new_pair(reader, EXPR_OR, any, equal, &any);
        if (r < 0) return r;
        if (!any) any = equal;
    } while (query_reader_take(reader, ','));
    *ret = any;
    return query_reader_take(reader, ')') ? 0 : query_complain_unclosed(reader, open);
}

static int parse_compare(QueryReader *reader, const Shape *shape, Expr **ret)
{
    Expr *right;
    ExprKind kind;
    int r = parse_sum(reader, shape, ret);
    if (r < 0) return r;
    size_t before = pipe_here(reader);
    bool negated = query_reader_take_keyword(reader, "not");
    if (query_reader_take_keyword(reader, "in") && query_reader_take(reader, '(')) {
        r = parse_list(reader, shape, *ret, ret);
        return r == 0 && negated ? new_expr(reader, EXPR_NOT, *ret, ret) : r;
    }
    reader->at = before;
    if (!take_comparison(reader, &kind)) return 0;
    if (kind == EXPR_REGEX) return parse_regex(reader, *ret, ret);
    r = parse_sum(reader, shape, &right);
    return r < 0 ? r : new_pair(reader, kind, *ret, right, ret);
}

static int parse_not(QueryReader *reader, const Shape *shape, Expr **ret)
{
    Expr *inner;
    size_t where = pipe_here(reader);
    if (!query_reader_take_keyword(reader, "not") && !query_reader_take(reader, '!'))
        return parse_compare(reader, shape, ret);
    int r = query_enter(reader, where);
    if (r == 0) r = parse_not(reader, shape, &inner);
    if (r < 0) return r;
    reader->depth--;
    return new_expr(reader, EXPR_NOT, inner, ret);
}

static int parse_and(QueryReader *reader, const Shape *shape, Expr **ret)
{
    Expr *right;
    int r = parse_not(reader, shape, ret);
    while (r == 0 && query_reader_take_keyword(reader, "and")) {
        r = parse_not(reader, shape, &right);
        if (r == 0) r = new_pair(reader, EXPR_AND, *ret, right, ret);
    }
    return r;
}

static int parse_or(QueryReader *reader, const Shape *shape, Expr **ret)
{
    Expr *right;
    int r = parse_and(reader, shape, ret);
    while (r == 0 && query_reader_take_keyword(reader, "or")) {
        r = parse_and(reader, shape, &right);
        if (r == 0) r = new_pair(reader, EXPR_OR, *ret, right, ret);
    }
    return r;
}

int expr_parse(QueryReader *reader, const Shape *shape, const Expr **ret)
{
    Expr *expr;
    int r = parse_or(reader, shape, &expr);
    if (r == 0) *ret = expr;
    return r;
}
