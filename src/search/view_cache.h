/* Open segments and blocks, kept for questions to come: what was unpacked once is there again. For
 * one store; any number of threads may use it at once. Who took a view has it alone until it is
 * given back.
 *
 * Memory: views that nobody has at the moment stay within bytes_max. For one that is given back,
 * room is made by texts of views that were not asked for of late, then by its own texts, then by
 * those of all, then by views; one that finds none goes. bytes_max 0: each goes, and the next one
 * has its memory. At most CACHE_HANDLES_MAX segments are kept open beyond those of kept views. What
 * indexes said is remembered, CACHE_QUESTIONS_MAX answers (0.5 MB), newer ones in the place of
 * older ones. */
#ifndef AKASHI_SEARCH_VIEW_CACHE_H
#define AKASHI_SEARCH_VIEW_CACHE_H

#include "search/search_source.h"
#include "store/segment/segment_view.h"

#define CACHE_HANDLES_MAX 64u
#define CACHE_QUESTIONS_MAX 4096u /* of one text to one segment */
#define CACHE_ANSWER_WORDS 8u     /* 512 blocks; answers of larger segments are not kept */

typedef struct CachedSegment CachedSegment;
typedef struct CachedView CachedView;

/* Questions are counted, so that what was not used of late goes first. */
void cache_begin_question(SearchCache *cache);

/* A segment of its own for the caller. As segment_open. */
MUST_USE int cache_take_segment(SearchCache *cache, const SearchSource *source, size_t index,
                                CachedSegment **ret);
void cache_give_segment(SearchCache *cache, CachedSegment *segment);
Segment *cached_segment(CachedSegment *segment);

/* bytes_max: of a view that has to be opened. As segment_view_open. */
MUST_USE int cache_take_view(SearchCache *cache, const SearchSource *source, size_t index,
                             uint32_t block, size_t bytes_max, CachedView **ret);
/* keep: false when something of it could not be read. */
void cache_give_view(SearchCache *cache, CachedView *view, bool keep);
SegmentView *cached_view(CachedView *view);

/* What the index of the segment of this number said to a text: set holds all blocks before, and
 * those it named after. False: not known. */
bool cache_recall(SearchCache *cache, uint64_t number, Slice text, BlockSet *set);
void cache_remember(SearchCache *cache, uint64_t number, Slice text, const BlockSet *set);

#endif
