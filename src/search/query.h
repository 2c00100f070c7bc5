/* The question's text -> a syntax tree: `filter | pipe | pipe`.
 *
 * This part of the language (doc/search.md), on which the rest will grow:
 *   filter   words (AND, any text of the row, substring), "exact phrase", field:value (the whole value
 *            or whole words in it), field:"phrase", * and ? (the whole value), field:* (present),
 *            field:10.0.0.0/8, field:lo..hi, > >= < <= for numbers and times, field in (a, b),
 *            field:(a OR b), AND OR NOT - ! ( ). = is : and != is NOT. Case and width are ignored.
 *            Field names: ECS names, their short and Japanese aliases (record.h), the source's own
 *            names (any case), action:/操作: by verb token or label.
 *   pipes    stats count() [as n] [by f, g], top [N] f, head N, fields f, g, sort [-]f.
 * Empty text matches everything. Limits: QUERY_* below; past one the query is refused in words. */
#ifndef AKASHI_SEARCH_QUERY_H
#define AKASHI_SEARCH_QUERY_H

#include "base/complaint.h"
#include "record/row.h"

#define QUERY_BYTES_MAX 16384
#define QUERY_DEPTH_MAX 64
#define QUERY_TERMS_MAX 1024
#define QUERY_PIPES_MAX 16

typedef struct Query Query;

/* The query lives in the arena. -EINVAL: wrong, and the complaint says what, at which column, and
 * what to try; -ENOMEM. *ret untouched on failure. */
MUST_USE int query_parse(Slice text, Arena *arena, Query **ret, Complaint *complaint);
/* The filter alone, for one row. Pure; safe for several threads. */
bool query_matches(const Query *query, const Row *row);

#endif
