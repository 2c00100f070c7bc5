/* search_explain_source: what of a store would be read for a question, in plain words. */
#include "search/block_group.h"
#include "search/block_scan.h"

#include <inttypes.h>

static void add_line(Buf *to, Language language, const char *ja, const char *en, uint64_t some,
                     uint64_t all)
{
    buf_add_cstr(to, "  ");
    buf_add_cstr(to, language == LANGUAGE_JA ? ja : en);
    buf_add_format(to, " %" PRIu64 " / %" PRIu64 "\n", some, all);
}

static void add_counts(Buf *to, Language language, const SearchStats *stats)
{
    add_line(to, language, "期間に入るセグメント", "segments within the times",
             stats->segments_in_time, stats->segments);
    add_line(to, language, "そのうち期間に入るブロック", "of their blocks within the times",
             stats->blocks_in_time, stats->blocks);
    add_line(to, language, "そのうち索引が残すブロック", "of these left by the index",
             stats->blocks_indexed, stats->blocks_in_time);
}

static void add_way(Buf *to, Language language, const Query *query)
{
    bool counted = query->pipe_count > 0 && block_group_can(&query->pipes[0]);
    buf_add_cstr(to, language == LANGUAGE_JA
                         ? "  値の種類ごとに一度だけ条件を調べ、"
                         : "  each distinct value of a column is tested once; ");
    if (counted) {
        buf_add_cstr(to, language == LANGUAGE_JA ? "行を作らずに列のまま数える\n"
                                                 : "counted in columns, without making rows\n");
    } else {
        buf_add_cstr(to, language == LANGUAGE_JA ? "答えになる行だけを作る\n"
                                                 : "only rows of the answer are made\n");
    }
}

int search_explain_source(const Query *query, const SearchSource *source,
                          const SearchOptions *options, Buf *to, Language language)
{
    SearchStats stats = {0};
    SearchCache *cache = search_cache_new(0);
    if (!cache) return -ENOMEM;
    ScanRange range = options->range;
    query_range(query, &range.from_ns, &range.to_ns);
    BlockScan scan = {.query = query,
                      .source = source,
                      .options = options,
                      .range = {range.from_ns, range.to_ns, range.after},
                      .cache = cache,
                      .stats = &stats};
    int r = block_scan_begin(&scan);
    block_scan_done(&scan);
    search_cache_free(cache);
    if (r < 0) return r;
    buf_add_cstr(to, language == LANGUAGE_JA ? "暗号化して封をしたログ\n" : "sealed logs\n");
    add_counts(to, language, &stats);
    add_way(to, language, query);
    return 0;
}

int search_explain_store(const Query *query, StoreReader *reader, const SearchOptions *options,
                         Buf *to, Language language)
{
    const SearchSource source = search_source_of(reader);
    return search_explain_source(query, &source, options, to, language);
}
