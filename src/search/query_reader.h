/* Reading the text of a question piece by piece: what the parsers of filter and pipes share. */
#ifndef AKASHI_SEARCH_QUERY_READER_H
#define AKASHI_SEARCH_QUERY_READER_H

#include "search/query_tree.h"

typedef struct QueryReader {
    Slice text; /* width folded, so that ： and : are one; one character for each typed one */
    size_t at;
    Arena *arena;
    Complaint *complaint;
    size_t terms;
    size_t depth;
    size_t regexes;
    QueryOptions options;
    const FieldRef *group; /* inside field:( ... ) */
    bool brackets;         /* inside [ ... ] of a sequence: a ] ends it */
} QueryReader;

/* Says what is wrong at the byte `where`; the value is -EINVAL. Arguments as complaint_say. */
#define QUERY_COMPLAIN(reader, where, ...)                                                         \
    (query_reader_place((reader), (where)), complaint_say((reader)->complaint, __VA_ARGS__),       \
     -EINVAL)
void query_reader_place(QueryReader *reader, size_t where);

/* Skips blanks; the byte that comes then, or 0 at the end. */
char query_reader_peek(QueryReader *reader);
/* The byte `ahead` bytes from here, nothing skipped; 0 past the end. */
char query_reader_byte(const QueryReader *reader, size_t ahead);
/* Skips blanks; is the filter over here: at the end, or at a | ) or closing ]? */
bool query_reader_ends(QueryReader *reader);
/* Skips blanks; takes the character when it comes then. */
bool query_reader_take(QueryReader *reader, char c);
/* Skips blanks; takes the word when it comes then, in any case, and nothing belongs to it behind.
 */
bool query_reader_take_keyword(QueryReader *reader, const char *word);

/* A field's name as it may stand without quotes: letters, digits, _ . @ - $ # and anything beyond
 * ASCII, not beginning with a digit, - or #. Empty: none here. Nothing is taken. */
Slice query_reader_name(const QueryReader *reader);
/* Takes "..." that begins here; "" inside is one quotation mark. -EINVAL: not closed; -ENOMEM. */
MUST_USE int query_reader_quoted(QueryReader *reader, Slice *ret);
/* Takes up to a blank, a quotation mark, a | or a parenthesis that is not opened inside; with
 * `list`, a comma ends it too. May be empty. */
Slice query_reader_bare(QueryReader *reader, bool list);
/* Takes a name, plain or in quotation marks. -EINVAL with a complaint; -ENOMEM. */
MUST_USE int query_reader_field(QueryReader *reader, FieldRef *ret);

MUST_USE int query_node_new(QueryReader *reader, NodeKind kind, Node **ret);
/* One more word or condition: -EINVAL past QUERY_TERMS_MAX. */
MUST_USE int query_term_count(QueryReader *reader, size_t where);
/* -EINVAL: the word or value is too long to be looked for. */
MUST_USE int query_length_check(QueryReader *reader, size_t where, Slice text);

/* What the characters after a name say: nothing, or that it is a field's. */
typedef enum QueryOperator {
    OPERATOR_NONE,
    OPERATOR_IS,
    OPERATOR_IS_NOT,
    OPERATOR_COMPARE,
    OPERATOR_IN,
} QueryOperator;

/* query_field.c */
/* Takes the operator after a name, but for the < or > of a comparison; nothing with OPERATOR_NONE.
 */
QueryOperator query_operator_take(QueryReader *reader);
/* Is the name that comes, with its colon, nevertheless text: http://..., C:\..., fe80::1,
 * aa:bb:cc:dd:ee:ff? */
bool query_is_text_with_colon(const QueryReader *reader, Slice name);
/* Takes the values after the operator. */
MUST_USE int query_field_test(QueryReader *reader, Slice name, QueryOperator operator, Node ** ret);
/* A test of one value that was taken already, at `where`. */
MUST_USE int query_field_value(QueryReader *reader, const FieldRef *field, size_t where,
                               const ConditionValue *value, Node **ret);
/* The parenthesis at `where` is not closed: -EINVAL. */
MUST_USE int query_complain_unclosed(QueryReader *reader, size_t where);

/* query_value.c */
/* Takes a value of any form. Its text is empty when there is none here. */
MUST_USE int query_value_take(QueryReader *reader, bool list, ConditionValue *ret);
/* A regular expression in quotation marks that begins here. */
MUST_USE int query_regex_take(QueryReader *reader, const Regex **ret);

/* query_time.c: takes the words of a time (last 24h, yesterday, 2026-11-01..2026-11-07) and makes
 * the condition; 1: taken, 0: here is none and nothing was taken. */
MUST_USE int query_time_take(QueryReader *reader, Node **ret);

/* Takes a length of time: 30s, 10m, 1h, 7d, 2w. -EINVAL with a complaint. */
MUST_USE int query_length_take(QueryReader *reader, int64_t *ret_ns);

/* query_parse.c: one level deeper; the caller takes one from reader->depth behind. */
MUST_USE int query_enter(QueryReader *reader, size_t where);
/* query_parse.c: a filter up to where it ends. */
MUST_USE int query_filter_parse(QueryReader *reader, Node **ret);
/* query_parse.c: what follows a ( up to its ). */
MUST_USE int query_group_parse(QueryReader *reader, Node **ret);

/* query_pipe.c: everything from the first | on. */
MUST_USE int query_pipes_parse(QueryReader *reader, Query *query);

#endif
