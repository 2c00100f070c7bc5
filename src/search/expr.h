/* The expressions of `where` and `eval`: made once by the parser, asked of each row.
 *
 * A value is absent, a text, a number or a truth. What is calculated with something absent, divided
 * by zero or too large is absent. A comparison with something absent is false, but != then holds,
 * as NOT field:value does in a filter. Texts compare case- and width-insensitively (base/fold.h),
 * as numbers when both are numbers, as moments when both are times. */
#ifndef AKASHI_SEARCH_EXPR_H
#define AKASHI_SEARCH_EXPR_H

#include "search/query_tree.h"
#include "search/search.h"

typedef enum ExprKind {
    EXPR_TEXT,
    EXPR_NUMBER,
    EXPR_FIELD,
    EXPR_NOT,
    EXPR_AND,
    EXPR_OR,
    EXPR_EQUAL,
    EXPR_NOT_EQUAL,
    EXPR_LESS,
    EXPR_LESS_OR_EQUAL,
    EXPR_GREATER,
    EXPR_GREATER_OR_EQUAL,
    EXPR_REGEX,
    EXPR_ADD, /* of texts: one behind the other */
    EXPR_SUBTRACT,
    EXPR_MULTIPLY,
    EXPR_DIVIDE,
    EXPR_REMAINDER,
    EXPR_NEGATE,
    EXPR_LEN,
    EXPR_LOWER,
    EXPR_UPPER,
    EXPR_CONTAINS,
    EXPR_STARTS,
    EXPR_ENDS,
    EXPR_IF,
    EXPR_COALESCE,
    EXPR_CIDR,
} ExprKind;

struct Expr {
    ExprKind kind;
    Expr *first, *next; /* operands, and the next one of the operation above */
    Decimal number;
    Slice text;
    bool is_time; /* TEXT that is a time: `span` are its moments */
    TimeSpan span;
    PipeField field;
    const Regex *regex;
    AddressRange range; /* CIDR */
};

typedef enum ResultKind { RESULT_ABSENT, RESULT_TEXT, RESULT_NUMBER, RESULT_TRUTH } ResultKind;

typedef struct Result {
    ResultKind kind;
    Slice text; /* lives as long as the answer and the arena */
    Decimal number;
    bool truth;
    bool is_time; /* of a constant TEXT */
    TimeSpan span;
} Result;

/* -ENOMEM. */
MUST_USE int expr_eval(const Expr *expr, const Answer *answer, Arena *arena, Result *ret);
bool expr_is_true(const Result *result);
/* The result as the text of a cell; absent: empty. */
MUST_USE int expr_text(const Result *result, Arena *arena, Slice *ret);
/* Does it give numbers, whatever the row holds? */
bool expr_is_number(const Expr *expr);

#endif
