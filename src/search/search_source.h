/* Where a search finds its rows: sealed segments, of which it chooses blocks, and rows that are in
 * none yet, which it scans. A store's reader is one; tests make their own. */
#ifndef AKASHI_SEARCH_SEARCH_SOURCE_H
#define AKASHI_SEARCH_SEARCH_SOURCE_H

#include "search/search.h"
#include "store/segment/segment.h"

/* segment_count to segment_info may be called by the thread that searches; open_segment by any. As
 * in store/store.h. */
typedef struct SearchSource {
    size_t (*segment_count)(void *context);
    const StoreSegmentInfo *(*segment_info)(void *context, size_t index);
    int (*open_segment)(void *context, size_t index, Segment **ret);
    /* Rows that are in no segment. */
    int (*scan)(void *context, const ScanRange *range, RowSink sink, DamageSink damage,
                void *sink_context);
    void *context;
} SearchSource;

SearchSource search_source_of(StoreReader *reader);

/* search_run on any source. */
MUST_USE int search_run_on(const Query *query, const SearchSource *source,
                           const SearchOptions *options, AnswerSink sink, void *context,
                           SearchStats *ret_stats);

/* search_explain_store of any source. */
MUST_USE int search_explain_source(const Query *query, const SearchSource *source,
                                   const SearchOptions *options, Buf *to, Language language);

#endif
