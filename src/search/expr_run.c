/* See expr.h: an expression asked of a row. As deep as the tree: 64 levels of parentheses, and for
 * a row of operators as long as the question, QUERY_TERMS_MAX. */
#include "search/expr.h"

#include "base/fold.h"
#include "search/search_stage.h"

#include <errno.h>

static Result truth(bool is)
{
    return (Result){.kind = RESULT_TRUTH, .truth = is};
}

static Result number(Decimal value)
{
    return (Result){.kind = RESULT_NUMBER, .number = value};
}

bool expr_is_true(const Result *result)
{
    switch (result->kind) {
    case RESULT_TRUTH: return result->truth;
    case RESULT_NUMBER: return result->number != 0;
    case RESULT_TEXT: return fold_equals(result->text, SLICE("true"));
    case RESULT_ABSENT: break;
    }
    return false;
}

int expr_text(const Result *result, Arena *arena, Slice *ret)
{
    char text[DECIMAL_TEXT_MAX];
    switch (result->kind) {
    case RESULT_ABSENT: *ret = (Slice){0}; return 0;
    case RESULT_TEXT: *ret = result->text; return 0;
    case RESULT_TRUTH: *ret = result->truth ? SLICE("true") : SLICE("false"); return 0;
    case RESULT_NUMBER: break;
    }
    return arena_copy(arena, slice_of(text, decimal_print(text, result->number)), ret);
}

bool expr_is_number(const Expr *expr)
{
    switch (expr->kind) {
    case EXPR_NUMBER:
    case EXPR_SUBTRACT:
    case EXPR_MULTIPLY:
    case EXPR_DIVIDE:
    case EXPR_REMAINDER:
    case EXPR_NEGATE:
    case EXPR_LEN: return true;
    case EXPR_ADD: return expr_is_number(expr->first) && expr_is_number(expr->first->next);
    case EXPR_IF:
        return expr_is_number(expr->first->next) && expr_is_number(expr->first->next->next);
    case EXPR_FIELD: return !expr->field.is_column && field_ref_is_number(&expr->field.ref);
    default: return false;
    }
}

/* Seconds since 1970 for times; false when it is no number. */
static bool number_of(const Result *result, Decimal *ret)
{
    TimeSpan span;
    if (result->kind == RESULT_NUMBER) {
        *ret = result->number;
        return true;
    }
    if (result->kind != RESULT_TEXT) return false;
    if (decimal_parse(result->text, ret) == 0) return true;
    if (!result->is_time && time_span_parse(result->text, 0, &span) < 0) return false;
    *ret = result->is_time ? result->span.from_ns : span.from_ns;
    return true;
}

static bool time_of(const Result *result, TimeSpan *ret)
{
    if (result->kind != RESULT_TEXT) return false;
    if (result->is_time) {
        *ret = result->span;
        return true;
    }
    return time_span_parse(result->text, 0, ret) == 0;
}

static int folded_text(const Result *result, Arena *arena, Slice *ret)
{
    Slice text;
    int r = expr_text(result, arena, &text);
    if (r < 0) return r;
    char *folded = arena_alloc(arena, text.len + 1);
    if (!folded) return -ENOMEM;
    *ret = slice_of(folded, fold_text(folded, text));
    return 0;
}

/* --- comparing -------------------------------------------------------------------------------- */

static bool is_numeric(const Result *result, Decimal *ret)
{
    if (result->kind == RESULT_NUMBER) *ret = result->number;
    return result->kind == RESULT_NUMBER ||
           (result->kind == RESULT_TEXT && decimal_parse(result->text, ret) == 0);
}

/* -1 before, 0 within, 1 behind the moments on the right. */
static int compare_times(const TimeSpan *a, const TimeSpan *b)
{
    return a->from_ns < b->from_ns ? -1 : a->from_ns >= b->to_ns;
}

/* Gives -1, 0 or 1; 2 when there is no order between them. */
static int order_of(const Result *a, const Result *b, bool equality, Arena *arena, int *ret)
{
    Decimal left, right;
    TimeSpan left_time, right_time;
    bool numeric[2] = {is_numeric(a, &left), is_numeric(b, &right)};
    if (numeric[0] && numeric[1]) {
        *ret = (left > right) - (left < right);
        return 0;
    }
    if (time_of(a, &left_time) && time_of(b, &right_time)) {
        /* The constant is the one that may mean a whole day. */
        *ret = a->is_time && !b->is_time ? -compare_times(&right_time, &left_time)
                                         : compare_times(&left_time, &right_time);
        return 0;
    }
    *ret = 2;
    if (!equality && (a->kind == RESULT_NUMBER || b->kind == RESULT_NUMBER)) return 0;
    Slice left_text, right_text;
    int r = folded_text(a, arena, &left_text);
    if (r == 0) r = folded_text(b, arena, &right_text);
    if (r < 0) return r;
    int order = slice_compare(left_text, right_text);
    *ret = (order > 0) - (order < 0);
    return 0;
}

static int compare(ExprKind kind, const Result *a, const Result *b, Arena *arena, Result *ret)
{
    int order;
    bool equality = kind == EXPR_EQUAL || kind == EXPR_NOT_EQUAL, holds = false;
    if (a->kind == RESULT_ABSENT || b->kind == RESULT_ABSENT) {
        bool both = a->kind == b->kind;
        *ret = truth(kind == EXPR_NOT_EQUAL && !both);
        return 0;
    }
    int r = order_of(a, b, equality, arena, &order);
    if (r < 0) return r;
    switch (kind) {
    case EXPR_EQUAL: holds = order == 0; break;
    case EXPR_NOT_EQUAL: holds = order != 0; break;
    case EXPR_LESS: holds = order == -1; break;
    case EXPR_LESS_OR_EQUAL: holds = order == -1 || order == 0; break;
    case EXPR_GREATER: holds = order == 1; break;
    default: holds = order == 1 || order == 0; break;
    }
    *ret = truth(holds);
    return 0;
}

/* --- calculating ------------------------------------------------------------------------------ */

/* The product in billionths of billionths may not fit where the result does: whole parts and
 * fractions are multiplied apart. */
static bool multiply(Decimal a, Decimal b, Decimal *ret)
{
    Decimal whole, part, whole_a = a / DECIMAL_ONE, rest_a = a % DECIMAL_ONE;
    if (__builtin_mul_overflow(whole_a, b, &whole)) return false;
    if (__builtin_mul_overflow(rest_a, b, &part)) return false;
    return !__builtin_add_overflow(whole, part / DECIMAL_ONE, ret);
}

static bool divide(Decimal a, Decimal b, Decimal *ret)
{
    Decimal scaled;
    if (b == 0 || __builtin_mul_overflow(a, DECIMAL_ONE, &scaled)) return false;
    *ret = scaled / b;
    return true;
}

static bool calculate(ExprKind kind, Decimal a, Decimal b, Decimal *ret)
{
    switch (kind) {
    case EXPR_ADD: return !__builtin_add_overflow(a, b, ret);
    case EXPR_SUBTRACT: return !__builtin_sub_overflow(a, b, ret);
    case EXPR_MULTIPLY: return multiply(a, b, ret);
    case EXPR_DIVIDE: return divide(a, b, ret);
    default: break;
    }
    if (b == 0) return false;
    *ret = a % b;
    return true;
}

static int join(const Result *a, const Result *b, Arena *arena, Result *ret)
{
    Slice left, right;
    int r = expr_text(a, arena, &left);
    if (r == 0) r = expr_text(b, arena, &right);
    if (r < 0) return r;
    char *text = arena_alloc(arena, left.len + right.len + 1);
    if (!text) return -ENOMEM;
    if (left.len) memcpy(text, left.ptr, left.len);
    if (right.len) memcpy(text + left.len, right.ptr, right.len);
    *ret = (Result){.kind = RESULT_TEXT, .text = slice_of(text, left.len + right.len)};
    return 0;
}

static int arithmetic(ExprKind kind, const Result *a, const Result *b, Arena *arena, Result *ret)
{
    Decimal left, right, made;
    *ret = (Result){0};
    if (a->kind == RESULT_ABSENT || b->kind == RESULT_ABSENT) return 0;
    if (number_of(a, &left) && number_of(b, &right)) {
        if (calculate(kind, left, right, &made)) *ret = number(made);
        return 0;
    }
    return kind == EXPR_ADD ? join(a, b, arena, ret) : 0;
}

/* --- functions -------------------------------------------------------------------------------- */

static size_t count_characters(Slice text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++) {
        count += ((unsigned char)text.ptr[i] & 0xc0) != 0x80;
    }
    return count;
}

static int change_case(ExprKind kind, Slice text, Arena *arena, Result *ret)
{
    char *to = arena_alloc(arena, text.len + 1);
    if (!to) return -ENOMEM;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool upper = c >= 'A' && c <= 'Z', lower = c >= 'a' && c <= 'z';
        to[i] = (kind == EXPR_LOWER && upper) || (kind == EXPR_UPPER && lower) ? (char)(c ^ 32) : c;
    }
    *ret = (Result){.kind = RESULT_TEXT, .text = slice_of(to, text.len)};
    return 0;
}

static int look_inside(ExprKind kind, const Result *a, const Result *b, Arena *arena, Result *ret)
{
    Slice text, part;
    *ret = truth(false);
    if (a->kind == RESULT_ABSENT || b->kind == RESULT_ABSENT) return 0;
    int r = folded_text(a, arena, &text);
    if (r == 0) r = folded_text(b, arena, &part);
    if (r < 0) return r;
    *ret = truth(kind == EXPR_CONTAINS ? slice_find(text, part) != SLICE_NOT_FOUND
                 : kind == EXPR_STARTS ? slice_starts(text, part)
                                       : slice_ends(text, part));
    return 0;
}

static int of_text(const Expr *expr, const Result *value, Arena *arena, Result *ret)
{
    Address address;
    Slice text;
    int r = expr_text(value, arena, &text);
    if (r < 0) return r;
    switch (expr->kind) {
    case EXPR_REGEX:
        *ret = truth(value->kind != RESULT_ABSENT && regex_matches(expr->regex, text));
        return 0;
    case EXPR_CIDR:
        *ret = truth(address_parse(text, &address) == 0 && address_in(&address, &expr->range));
        return 0;
    case EXPR_LEN: *ret = number((Decimal)count_characters(text) * DECIMAL_ONE); return 0;
    default: return change_case(expr->kind, text, arena, ret);
    }
}

/* --- all -------------------------------------------------------------------------------------- */

static int eval_field(const Expr *expr, const Answer *answer, Arena *arena, Result *ret)
{
    Slice text;
    int r = stage_field_text(&expr->field, answer, arena, &text);
    if (r == 0) *ret = (Result){.kind = text.len ? RESULT_TEXT : RESULT_ABSENT, .text = text};
    return r;
}

/* and, or, if, coalesce look only at what they need. */
static int eval_choice(const Expr *expr, const Answer *answer, Arena *arena, Result *ret)
{
    const Expr *operand = expr->first;
    int r = expr_eval(operand, answer, arena, ret);
    if (r < 0) return r;
    if (expr->kind == EXPR_IF) {
        operand = expr_is_true(ret) ? operand->next : operand->next->next;
        return expr_eval(operand, answer, arena, ret);
    }
    if (expr->kind == EXPR_COALESCE) {
        while (r == 0 && ret->kind == RESULT_ABSENT && (operand = operand->next)) {
            r = expr_eval(operand, answer, arena, ret);
        }
        return r;
    }
    bool first = expr_is_true(ret);
    if (first != (expr->kind == EXPR_OR)) {
        r = expr_eval(operand->next, answer, arena, ret);
        first = r == 0 && expr_is_true(ret);
    }
    *ret = truth(first);
    return r;
}

static int eval_pair(const Expr *expr, const Answer *answer, Arena *arena, Result *ret)
{
    Result a, b;
    int r = expr_eval(expr->first, answer, arena, &a);
    if (r == 0) r = expr_eval(expr->first->next, answer, arena, &b);
    if (r < 0) return r;
    if (expr->kind >= EXPR_EQUAL && expr->kind <= EXPR_GREATER_OR_EQUAL)
        return compare(expr->kind, &a, &b, arena, ret);
    if (expr->kind >= EXPR_ADD && expr->kind <= EXPR_REMAINDER)
        return arithmetic(expr->kind, &a, &b, arena, ret);
    return look_inside(expr->kind, &a, &b, arena, ret);
}

static int eval_single(const Expr *expr, const Answer *answer, Arena *arena, Result *ret)
{
    Result value;
    Decimal amount;
    int r = expr_eval(expr->first, answer, arena, &value);
    if (r < 0) return r;
    *ret = (Result){0};
    if (expr->kind == EXPR_NOT) {
        *ret = truth(!expr_is_true(&value));
        return 0;
    }
    if (expr->kind == EXPR_NEGATE) {
        if (number_of(&value, &amount) && amount >= DECIMAL_MIN) *ret = number(-amount);
        return 0;
    }
    return of_text(expr, &value, arena, ret);
}

int expr_eval(const Expr *expr, const Answer *answer, Arena *arena, Result *ret)
{
    switch (expr->kind) {
    case EXPR_TEXT:
        *ret = (Result){
            .kind = RESULT_TEXT, .text = expr->text, .is_time = expr->is_time, .span = expr->span};
        return 0;
    case EXPR_NUMBER: *ret = number(expr->number); return 0;
    case EXPR_FIELD: return eval_field(expr, answer, arena, ret);
    case EXPR_AND:
    case EXPR_OR:
    case EXPR_IF:
    case EXPR_COALESCE: return eval_choice(expr, answer, arena, ret);
    case EXPR_NOT:
    case EXPR_NEGATE:
    case EXPR_LEN:
    case EXPR_LOWER:
    case EXPR_UPPER:
    case EXPR_REGEX:
    case EXPR_CIDR: return eval_single(expr, answer, arena, ret);
    default: return eval_pair(expr, answer, arena, ret);
    }
}
