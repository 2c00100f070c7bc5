/* Between block_filter.c (the tree), block_word.c (words anywhere in a row) and block_test.c
 * (tests of a field). */
#ifndef AKASHI_SEARCH_BLOCK_FILTER_INT_H
#define AKASHI_SEARCH_BLOCK_FILTER_INT_H

#include "search/block_filter.h"

/* What is known of a part of the filter, of the rows that were asked about. */
typedef struct Judgement {
    RowBits yes;
    RowBits may; /* with `yes` */
} Judgement;

#define TEXT_RUNS_MAX 3 /* of a text with characters that JSON escapes */

/* A text in the columns, in each form in which it may stand in raw. */
typedef struct TextFind {
    ViewFind *plain;
    bool escaped; /* it holds characters that JSON escapes: then all runs between them do, too */
    ViewFind *runs[TEXT_RUNS_MAX];
    size_t run_count;    /* the longest ones */
    ViewFind *hidden[2]; /* escapes that may stand for any text, and for a slash */
    size_t hidden_count;
} TextFind;
/* needle is folded, and outlives the find. -ENOMEM. */
MUST_USE int text_find_new(BlockFilter *filter, Slice needle, ColumnsFindHow how, TextFind *ret);
/* Marks (view_place) of rows whose text, escapes undone, may hold the needle; NULL: none. */
MUST_USE int text_find_in(BlockFilter *filter, const TextFind *find, const ViewKind *kind,
                          const ViewText *text, const uint8_t **ret_marks);
/* The same of all texts of the row but names. */
MUST_USE int text_find_anywhere(BlockFilter *filter, const TextFind *find, const ViewKind *kind,
                                const uint8_t **ret_marks);

/* Both add to the judgement of rows that are `among`. -EBADMSG, -ENOMEM, -ECANCELED. */
MUST_USE int block_judge_word(BlockFilter *filter, const WordTest *word, RowBits among,
                              Judgement *ret);
MUST_USE int block_judge_test(BlockFilter *filter, const FieldTest *test, RowBits among,
                              Judgement *ret);

/* Is any row of the kind among them? */
bool block_kind_among(const ViewKind *kind, RowBits among);
/* Rows of the kind that are `among`. */
void block_judge_kind(const ViewKind *kind, RowBits among, RowBits to);

#endif
