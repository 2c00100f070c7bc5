/* What the parsers of the pipes share. */
#ifndef AKASHI_SEARCH_PIPE_PARSER_H
#define AKASHI_SEARCH_PIPE_PARSER_H

#include "search/query_reader.h"

/* What the rows look like at a place of the query: records, perhaps with columns beside them, or a
 * table. A name is looked for in the columns first. */
typedef struct Shape {
    bool is_table;
    const Slice *columns;
    const bool *numbers;
    size_t column_count;
} Shape;

typedef int (*PipeParser)(QueryReader *reader, Shape *shape, Pipe *pipe);

/* pipe_field.c */
/* A name without quotes; empty when there is none. */
Slice pipe_word_take(QueryReader *reader);
/* Resolves a name at the byte `where`. */
MUST_USE int pipe_field_resolve(QueryReader *reader, const Shape *shape, size_t where,
                                const FieldRef *name, PipeField *ret);
/* Takes a name and resolves it. */
MUST_USE int pipe_field_parse(QueryReader *reader, const Shape *shape, PipeField *ret);
typedef enum PipeFieldForm { FIELDS_PLAIN, FIELDS_SORTING, FIELDS_GROUPING } PipeFieldForm;
/* f, g, h into pipe->fields. SORTING: with - in front or asc, desc behind; GROUPING: also
 * bin(f, STEP). */
MUST_USE int pipe_fields_parse(QueryReader *reader, const Shape *shape, size_t fields_max,
                               PipeFieldForm form, Pipe *pipe);
/* The name of a new column: as it is typed. */
MUST_USE int pipe_name_parse(QueryReader *reader, Slice *ret);
/* A number of rows, 1 to PIPE_ROWS_MAX. */
MUST_USE int pipe_rows_parse(QueryReader *reader, uint64_t *ret);
/* Is the field's value a number wherever it is present? */
bool pipe_field_is_number(const Shape *shape, const PipeField *field);

/* Makes the table that goes out: the pipe's fields, then `count` more; all of these are numbers, or
 * none. Sets *shape. */
MUST_USE int pipe_columns_make(QueryReader *reader, Shape *shape, Pipe *pipe, const Slice *more,
                               size_t count, bool numbers);
/* Adds columns beside what is there, or takes the place of those with the same name; their places
 * (may be NULL). -EINVAL past PIPE_COLUMNS_MAX. */
MUST_USE int pipe_columns_add(QueryReader *reader, size_t where, Shape *shape, Pipe *pipe,
                              const Slice *more, size_t count, bool numbers, size_t *ret_places);
/* -EINVAL unless the rows are still records. `pipe_name` is for the complaint. */
MUST_USE int pipe_records_check(QueryReader *reader, const Shape *shape, size_t where,
                                const char *pipe_name);
/* Skips blanks and says where the reader is. */
size_t pipe_here(QueryReader *reader);

/* pipe_stats.c */
int pipe_stats_parse(QueryReader *reader, Shape *shape, Pipe *pipe);
int pipe_top_parse(QueryReader *reader, Shape *shape, Pipe *pipe);
int pipe_rare_parse(QueryReader *reader, Shape *shape, Pipe *pipe);
int pipe_timeline_parse(QueryReader *reader, Shape *shape, Pipe *pipe);

/* pipe_join.c */
int pipe_sequence_parse(QueryReader *reader, Shape *shape, Pipe *pipe);
int pipe_lookup_parse(QueryReader *reader, Shape *shape, Pipe *pipe);

/* expr_parse.c */
MUST_USE int expr_parse(QueryReader *reader, const Shape *shape, const Expr **ret);

#endif
