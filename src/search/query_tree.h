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
    Slice needle; /* folded */
    bool pattern; /* holds * or ?, to be found anywhere in a value */
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
#define PIPE_GROUP_FIELDS_MAX 4 /* of `by` and of `sort` */
#define PIPE_ROWS_MAX 1000000   /* of `head` and `top` */

typedef enum PipeKind { PIPE_HEAD, PIPE_SORT, PIPE_FIELDS, PIPE_GROUP } PipeKind;

/* A field that a pipe reads: from the record, or from a column that an earlier pipe made. */
typedef struct PipeField {
    FieldRef ref;
    bool is_column;
    size_t column;
    bool descending; /* sort */
} PipeField;

typedef struct Pipe {
    PipeKind kind;
    uint64_t rows_max; /* HEAD; GROUP: the largest ones only; 0: all */
    const PipeField *fields;
    size_t field_count;
    /* What goes out: FIELDS, and GROUP with the count last. HEAD and SORT pass on what came in. */
    const Slice *columns;
    const bool *numbers; /* by column: its cells are numbers */
    size_t column_count;
} Pipe;

struct Query {
    const Node *filter;
    const Pipe *pipes;
    size_t pipe_count;
};

/* Is the word in this text? (query_match.c) */
bool word_test_in(const WordTest *word, Slice text);

#endif
