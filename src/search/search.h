/* Runs a query over a store and gives rows of answer. */
#ifndef AKASHI_SEARCH_SEARCH_H
#define AKASHI_SEARCH_SEARCH_H

#include "search/query.h"
#include "store/store.h"

#include <stdatomic.h>

/* In which order records go to the pipes, and are answered when no pipe puts them in another. */
typedef enum SearchOrder {
    SEARCH_BY_ARRIVAL, /* as the range says: the order in which the store got them */
    SEARCH_BY_TIME,    /* the newest by their own time first, of one time the one that came last;
                          rows without a time last */
} SearchOrder;

/* Columns unpacked and segments opened by earlier questions (view_cache.h): for a process that is
 * asked more than once. */
typedef struct SearchCache SearchCache;
#define SEARCH_CACHE_BYTES_DEFAULT ((size_t)160 << 20)
SearchCache *search_cache_new(size_t bytes_max);
void search_cache_free(SearchCache *cache);

/* Called now and then by the thread that searches: how many blocks of all were looked at. */
typedef void (*SearchProgress)(void *context, uint64_t done, uint64_t all);

#define SEARCH_MEMORY_DEFAULT ((size_t)256 << 20)

typedef struct SearchOptions {
    ScanRange range; /* the times in the query narrow it further */
    SearchOrder order;
    uint64_t limit; /* rows of answer at most; 0: no limit */
    /* For all that is held at once, decoded columns included; 0: SEARCH_MEMORY_DEFAULT. Shares:
     * search_share.h. A block that does not fit is left out: memory_met. */
    size_t memory_bytes_max;
    SearchCache *cache;      /* has a maximum of its own; NULL: none outlives the call */
    SearchProgress progress; /* NULL: not wanted */
    void *progress_context;
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
    /* Of sealed segments: */
    uint64_t segments, segments_in_time;
    uint64_t blocks, blocks_in_time, blocks_indexed, blocks_read; /* all; by their times; and by the
                                             index; read before there were answers enough */
    bool limited;    /* there would have been more answers */
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
/* What would be read of a store: how many segments and blocks its times and its index leave.
 * -ENOMEM, -ECANCELED, what the system said. */
MUST_USE int search_explain_store(const Query *query, StoreReader *reader,
                                  const SearchOptions *options, Buf *to, Language language);

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
