/* The syntax tree of a question: what query_parse makes and query_matches and search_run follow.
 * All of it lives in the query's arena and is read-only once made.
 *
 * It is made to grow: a new kind of filter is a NodeKind with its part of the union, a new pipe a
 * PipeKind with its stage (search_stage.h). */
#ifndef AKASHI_SEARCH_QUERY_TREE_H
#define AKASHI_SEARCH_QUERY_TREE_H

#include "search/condition.h"
#include "search/query.h"

typedef enum NodeKind {
    NODE_ALL,  /* every row */
    NODE_AND,  /* all children */
    NODE_OR,   /* any child */
    NODE_NOT,  /* its one child does not match */
    NODE_WORD, /* somewhere in the row */
    NODE_TEST, /* a field meets any of the conditions */
} NodeKind;

/* What is looked for in every text of the row. Verbs and outcomes that are called so, in either
 * language, are found out when the query is made. */
typedef struct WordTest {
    Slice needle;       /* folded */
    bool pattern;       /* holds * or ?, to be found anywhere in a value */
    bool exact;         /* letters keep their case */
    const Regex *regex; /* in the place of the needle */
    ChoiceSet verbs;
    ChoiceSet outcomes;
} WordTest;

typedef struct FieldTest {
    FieldRef field;
    const Condition *conditions;
    size_t condition_count;
} FieldTest;

typedef struct Node Node;
struct Node {
    NodeKind kind;
    Node *first; /* child; AND, OR, NOT */
    Node *next;  /* sibling */
    union {
        WordTest word;
        FieldTest test;
    };
};

#define PIPE_FIELDS_MAX 32      /* of `fields` */
#define PIPE_GROUP_FIELDS_MAX 4 /* of `by`, of `sort` and of `dedup` */
#define PIPE_AGGREGATES_MAX 16  /* of `stats` */
#define PIPE_COLUMNS_MAX 48     /* of a table, and of what eval and lookup add to records */
#define PIPE_STEPS_MAX 8        /* of `sequence` */
#define PIPE_ROWS_MAX 1000000   /* of `head` and `top` */

typedef enum PipeKind {
    PIPE_HEAD,
    PIPE_SORT,
    PIPE_FIELDS,
    PIPE_GROUP, /* stats, top, rare */
    PIPE_FILTER,
    PIPE_WHERE,
    PIPE_EVAL,
    PIPE_DEDUP,
    PIPE_TIMELINE,
    PIPE_SEQUENCE,
    PIPE_LOOKUP,
} PipeKind;

/* A field that a pipe reads: from the record, or from a column that an earlier pipe made. */
typedef struct PipeField {
    FieldRef ref;
    bool is_column;
    size_t column;
    bool descending;         /* sort */
    int64_t bin_ns;          /* bin(time, 1h): the moment its piece of time begins; 0: none */
    Decimal bin_step;        /* bin(bytes, 1k): the same of numbers; 0: none */
    int zone_offset_seconds; /* days and weeks of bin_ns begin by it */
} PipeField;

typedef enum AggregateKind {
    AGGREGATE_COUNT, /* of rows, or of those that have the field */
    AGGREGATE_DISTINCT,
    AGGREGATE_SUM,
    AGGREGATE_MIN,
    AGGREGATE_MAX,
    AGGREGATE_AVERAGE,
    AGGREGATE_PERCENTILE,
} AggregateKind;

typedef struct Aggregate {
    AggregateKind kind;
    unsigned percent; /* PERCENTILE, 1 to 99 */
    bool has_field;
    PipeField field;
    Slice name; /* of the column */
} Aggregate;

typedef struct Expr Expr; /* expr.h */

typedef struct Pipe {
    PipeKind kind;
    unsigned place;          /* column in the question, 1-based */
    uint64_t rows_max;       /* HEAD; GROUP: the first ones only; 0: all */
    const PipeField *fields; /* SORT, FIELDS, DEDUP; GROUP, SEQUENCE: by; LOOKUP: the key */
    size_t field_count;
    const Aggregate *aggregates; /* GROUP */
    size_t aggregate_count;
    bool least_first;                  /* GROUP: rare */
    bool in_key_order;                 /* GROUP: by pieces of time or of numbers */
    const Node *filter;                /* FILTER */
    const Expr *expression;            /* WHERE, EVAL */
    size_t column_at;                  /* EVAL: the column that it makes or replaces */
    int64_t span_ns;                   /* TIMELINE, 0: chosen; SEQUENCE: within */
    const Node *steps[PIPE_STEPS_MAX]; /* SEQUENCE */
    size_t step_count;
    Slice file, key;             /* LOOKUP: the table's name, the column to look in */
    const Slice *outputs;        /* LOOKUP: the table's columns that are added */
    const size_t *output_places; /* the columns that they become */
    size_t output_count;
    int zone_offset_seconds;
    /* What goes out, where the pipe changes it; else column_count is 0. With `records` the rows are
     * records and the columns stand beside them (EVAL, LOOKUP). */
    bool records;
    const Slice *columns;
    const bool *numbers; /* by column: its cells are numbers */
    size_t column_count;
} Pipe;

/* Does the pipe hold rows or what it counted of them, and so need memory? */
static inline bool pipe_holds(const Pipe *pipe)
{
    return pipe->kind == PIPE_SORT || pipe->kind == PIPE_GROUP || pipe->kind == PIPE_DEDUP ||
           pipe->kind == PIPE_TIMELINE || pipe->kind == PIPE_SEQUENCE || pipe->kind == PIPE_LOOKUP;
}
/* Does exactly one row come out for each that goes in? */
static inline bool pipe_keeps_count(const Pipe *pipe)
{
    return pipe->kind == PIPE_FIELDS || pipe->kind == PIPE_EVAL || pipe->kind == PIPE_LOOKUP;
}

struct Query {
    const Node *filter;
    const Pipe *pipes;
    size_t pipe_count;
};

/* Does the row pass the filter? (query_match.c) */
bool query_node_matches(const Node *node, const Row *row);
/* Is the word in this text? (query_match.c) */
bool word_test_in(const WordTest *word, Slice text);
/* Text, folded, that every text with the word holds, and every value that meets the condition; may
 * be empty. In the arena or the query's. -ENOMEM. (query_reads.c) */
MUST_USE int word_test_literal(const WordTest *word, Arena *arena, Slice *ret);
MUST_USE int condition_literal(const Condition *condition, Arena *arena, Slice *ret);

#endif
