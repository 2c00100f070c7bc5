/* The question's text -> a syntax tree: `filter | pipe | pipe`. The language is doc/search.md; its
 * grammar stands at the top of query_parse.c and expr_parse.c.
 *
 *   filter   words, "phrases", cs"Case", ~"regex", field:value with wildcards, networks, ranges and
 *            comparisons, lists, times in words, AND OR NOT ( ). Case and width are ignored.
 *   pipes    where stats top rare sort head fields eval dedup timeline sequence lookup search.
 * Empty text matches everything. Limits: QUERY_* below; past one the query is refused in words. */
#ifndef AKASHI_SEARCH_QUERY_H
#define AKASHI_SEARCH_QUERY_H

#include "base/complaint.h"
#include "record/row.h"

#define QUERY_BYTES_MAX 16384
#define QUERY_DEPTH_MAX 64
#define QUERY_TERMS_MAX 1024
#define QUERY_PIPES_MAX 16
#define QUERY_REGEXES_MAX 32

typedef struct Query Query;

/* What the words of time in a question go by. */
typedef struct QueryOptions {
    int64_t now_ns;          /* of `last 24h`, `today` ... */
    int zone_offset_seconds; /* of times without a zone, and of days */
    /* Rows whose akashi.role is evidence (events that another record tells of) do not match, unless
     * the question itself asks for that field. */
    bool without_evidence;
} QueryOptions;

/* The query lives in the arena. -EINVAL: wrong, and the complaint says what, at which column, and
 * what to try; -ENOMEM. *ret untouched on failure. */
MUST_USE int query_parse(Slice text, const QueryOptions *options, Arena *arena, Query **ret,
                         Complaint *complaint);
/* The filter alone, for one row. Pure; safe for several threads. */
bool query_matches(const Query *query, const Row *row);

/* The moments outside of which no row can match: narrows [*from_ns, *to_ns), which the caller has
 * set. Rows without a time of their own match no condition on time. */
void query_range(const Query *query, int64_t *from_ns, int64_t *to_ns);

typedef struct FieldRef FieldRef; /* field_ref.h */

/* What of a row is read. A FieldRef of the record's text reads the source's field of the name that
 * was typed, too, where the record's is empty (field_ref.h). */
typedef struct QueryReads {
    bool everything;        /* all text of a row (raw, the source's fields, the record's, origin),
                             * action and outcome */
    bool whole_records;     /* of the pipes: the answers are records */
    const FieldRef *fields; /* each once */
    size_t count;
} QueryReads;
/* -ENOMEM. */
MUST_USE int query_filter_reads(const Query *query, Arena *arena, QueryReads *ret);
MUST_USE int query_pipe_reads(const Query *query, Arena *arena, QueryReads *ret);

/* Text that every matching row holds somewhere: folded as fold_text does. */
typedef struct QueryNeed {
    Slice text;
    const FieldRef *field; /* in this field; NULL: anywhere in the row */
} QueryNeed;
MUST_USE int query_needs(const Query *query, Arena *arena, const QueryNeed **ret,
                         size_t *ret_count);

/* ---- questions made of others: what people write is never pasted into a text */
/* The filter of the one with the pipes of the other; lives in the arena, and needs both. -ENOMEM.
 */
MUST_USE int query_join(const Query *filter, const Query *pipes, Arena *arena, Query **ret);
/* Narrows `query`, before its pipes, to the rows that `scope` matches (its filter; it must have no
 * pipes). The query then needs scope. -ENOMEM: as it was. */
MUST_USE int query_scope(Query *query, const Query *scope, Arena *arena);
bool query_has_pipes(const Query *query);

#endif
