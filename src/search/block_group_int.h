/* Between block_group.c (a block's rows counted) and block_code.c (their fields as codes). */
#ifndef AKASHI_SEARCH_BLOCK_GROUP_INT_H
#define AKASHI_SEARCH_BLOCK_GROUP_INT_H

#include "search/block_group.h"

/* A field of a kind's rows: a text for each, by code. */
typedef struct CodedField {
    const Slice *values;
    uint32_t value_count;
    const uint32_t *codes;  /* by place; NULL: all have values[0] */
    const uint32_t *places; /* NULL: 0, 1, 2 ... */
    Slice one;              /* room for a single value */
} CodedField;

/* Pairs of what was found so far and a further code. */
typedef struct Pairs {
    uint32_t *of_row; /* number of its pair; NULL: all are of the only one */
    uint32_t *first, *second;
    uint64_t *rows;
    uint32_t count;
} Pairs;

/* The rows of one kind that are counted. */
typedef struct KindCount {
    const BlockGroup *group;
    const ViewKind *kind;
    uint32_t *chosen; /* which of the kind's rows */
    uint32_t count;
    CodedField keys[PIPE_GROUP_FIELDS_MAX], values[PIPE_AGGREGATES_MAX];
    Pairs pairs[PIPE_GROUP_FIELDS_MAX]; /* of the keys up to each */
    Pairs tallies[PIPE_AGGREGATES_MAX]; /* group and value */
} KindCount;

static inline bool block_is_time_bin(const PipeField *field)
{
    return field->bin_ns > 0 && field->ref.place == PLACE_TIME;
}

/* The field of the rows that are counted. 1: found; 0: rows have to be made. -EBADMSG, -ENOMEM. */
MUST_USE int block_code_field(const KindCount *count, const PipeField *field, CodedField *ret);

#endif
