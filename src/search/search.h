/* Runs a query over a store and gives rows of answer. */
#ifndef AKASHI_SEARCH_SEARCH_H
#define AKASHI_SEARCH_SEARCH_H

#include "search/query.h"
#include "store/store.h"

#include <stdatomic.h>

/* In which order records are answered when no pipe puts them in another. */
typedef enum SearchOrder {
    SEARCH_BY_ARRIVAL, /* as the range says: the order in which the store got them */
    SEARCH_BY_TIME,    /* the newest by their own time first, for answers of up to
                          SEARCH_BY_TIME_ROWS_MAX rows; longer ones, and pipes that choose among
                          rows (where, dedup), fall back to arrival */
} SearchOrder;
#define SEARCH_BY_TIME_ROWS_MAX 5000

typedef struct SearchOptions {
    ScanRange range; /* the times in the query narrow it further */
    SearchOrder order;
    uint64_t limit;            /* rows of answer at most; 0: no limit */
    size_t memory_bytes_max;   /* for all that the pipes hold, together; 0: 64 MiB */
    const atomic_bool *cancel; /* looked at for every row; NULL: never */
    uint64_t seed[2];          /* random outside of tests: hashes group keys (base/map.h), which
                                  are log content and so an attacker's to choose */
    /* Of `lookup`: where its tables lie, and how they are read. NULL: there are none. */
    const Os *os;
    const char *lookup_folder;
    Complaint *complaint; /* says what a lookup lacked; may be NULL */
} SearchOptions;

/* One row of the answer. For records: `row` is set, and the columns are what eval and lookup added
 * to them, mostly none. For a table (stats, top, fields...): `row` is NULL and there are `cells`,
 * one a column, empty where the field is absent. Lives until the call returns; the columns live as
 * long as the query. */
typedef struct Answer {
    const Row *row;
    uint64_t number; /* of the row in the store; 0 for tables */
    const Slice *columns;
    const Slice *cells;
    const bool *numbers; /* by column: its cells are numbers */
    size_t column_count;
} Answer;

typedef int (*AnswerSink)(void *context,
                          const Answer *answer); /* 0 go on, 1 enough, negative fail */

typedef struct SearchStats {
    uint64_t scanned; /* rows looked at */
    uint64_t matched; /* rows that passed the filter */
    uint64_t answers;
    uint64_t damaged_blocks; /* met on the way */
    bool limited;            /* there would have been more answers */
    bool memory_met; /* groups, values or rows were left out at memory_bytes_max: said to the
                        user */
} SearchStats;

/* No pipes: the answers are records in the order of the store, and later ones could be added on
 * top. */
bool search_is_live(const Query *query);
/* The columns of the answer's table, also when it has no rows; 0: records. */
size_t search_columns(const Query *query, const Slice **ret_columns);

/* -ECANCELED, -ENOMEM, -EIO, or what the sink returned; -EINVAL: a lookup's table is absent or not
 * as the query has it (options->complaint). Stats are filled in any case. */
MUST_USE int search_run(const Query *query, StoreReader *reader, const SearchOptions *options,
                        AnswerSink sink, void *context, SearchStats *ret_stats);

/* How the query will be answered, in plain steps, one a line: the filter, what a token index could
 * look for, the times, the fields that are read, each pipe and what it holds. */
void search_explain(const Query *query, Buf *to, Language language);

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
