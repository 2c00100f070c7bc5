/* Runs a query over a store and gives rows of answer, newest first. */
#ifndef AKASHI_SEARCH_SEARCH_H
#define AKASHI_SEARCH_SEARCH_H

#include "search/query.h"
#include "store/store.h"

#include <stdatomic.h>

typedef struct SearchOptions {
    ScanRange range;
    uint64_t limit;                 /* rows of answer at most; 0: no limit */
    size_t memory_bytes_max;        /* for groups and sorting; 0: 64 MiB */
    const atomic_bool *cancel;      /* looked at for every row; NULL: never */
    uint64_t seed[2];               /* random outside of tests: hashes group keys (base/map.h), which
                                       are log content and so an attacker's to choose */
} SearchOptions;

/* One row of the answer. For records: `row` is set and there are no columns. For a table (stats, top,
 * fields): `row` is NULL and there are `cells`, one a column, empty where the field is absent. Lives
 * until the call returns; the columns live as long as the query. */
typedef struct Answer {
    const Row *row;
    uint64_t number; /* of the row in the store; 0 for tables */
    const Slice *columns;
    const Slice *cells;
    const bool *numbers; /* by column: its cells are numbers */
    size_t column_count;
} Answer;

typedef int (*AnswerSink)(void *context, const Answer *answer); /* 0 go on, 1 enough, negative fail */

typedef struct SearchStats {
    uint64_t scanned;        /* rows looked at */
    uint64_t matched;        /* rows that passed the filter */
    uint64_t answers;
    uint64_t damaged_blocks; /* met on the way */
    bool limited;            /* there would have been more answers */
    bool memory_met;         /* groups or rows were left out at memory_bytes_max: said to the user */
} SearchStats;

/* No pipes: the answers are records in the order of the store, and later ones could be added on top. */
bool search_is_live(const Query *query);
/* The columns of the answer's table, also when it has no rows; 0: records. */
size_t search_columns(const Query *query, const Slice **ret_columns);

/* -ECANCELED, -ENOMEM, -EIO, or what the sink returned. Stats are filled in any case. */
MUST_USE int search_run(const Query *query, StoreReader *reader, const SearchOptions *options,
                        AnswerSink sink, void *context, SearchStats *ret_stats);

/* How answers are written. */
typedef enum AnswerFormat { ANSWER_JSON, ANSWER_TABLE, ANSWER_CSV } AnswerFormat;

typedef struct AnswerPrinter {
    AnswerFormat format;
    Language language;
    int zone_offset_seconds; /* for the times of a table */
    uint64_t printed;        /* starts at 0; the table's and CSV's heading comes with the first */
} AnswerPrinter;

/* JSON: one object a line (records as print_record_json with source fields; tables: the columns).
 * TABLE: for records time, who, from where, system, sentence; for tables aligned columns.
 * CSV: RFC 4180; cells beginning with = + - @ get a ' before them (spreadsheet formula guard). */
void answer_print(Buf *to, AnswerPrinter *printer, const Answer *answer);

#endif
