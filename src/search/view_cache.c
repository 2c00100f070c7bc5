/* See view_cache.h. Everything is found by walking short lists under one lock: a store has some
 * hundred segments at most of which few are open, and blocks take milliseconds. */
#include "search/view_cache.h"

#include "base/digest.h"
#include "search/search_share.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

struct CachedSegment {
    CachedSegment *next;
    Segment *segment;
    uint64_t number;
    size_t views; /* that were opened by it and are not closed */
    bool taken;
};

struct CachedView {
    CachedView *newer, *older; /* among those that nobody has */
    SegmentView *view;
    CachedSegment *segment;
    uint32_t block;
    uint64_t question;         /* that had it last */
    size_t bytes, loose_bytes; /* as they were when it was given back */
};

/* What the index of a segment said. */
typedef struct IndexAnswer {
    bool known;
    uint64_t number; /* of the segment */
    Digest needle;
    uint32_t word_count;
    uint64_t words[CACHE_ANSWER_WORDS];
} IndexAnswer;

struct SearchCache { /* shared, under lock */
    pthread_mutex_t lock;
    CachedSegment *segments;
    size_t segment_count;
    CachedView *newest, *oldest;
    size_t bytes, loose_bytes, bytes_max;
    uint64_t question;
    SegmentView *spares[SEARCH_WORKERS]; /* closed, for the memory that they have */
    IndexAnswer *answers;                /* CACHE_QUESTIONS_MAX, or NULL */
};

SearchCache *search_cache_new(size_t bytes_max)
{
    SearchCache *cache = calloc(1, sizeof *cache);
    if (!cache) return NULL;
    pthread_mutex_init(&cache->lock, NULL);
    cache->bytes_max = bytes_max;
    return cache;
}

Segment *cached_segment(CachedSegment *segment)
{
    return segment->segment;
}

SegmentView *cached_view(CachedView *view)
{
    return view->view;
}

/* ---- what indexes said */

static Digest needle_digest(uint64_t number, Slice text)
{
    const Slice pieces[] = {slice_of(&number, sizeof number), text};
    return digest_sha256(pieces, ARRAY_COUNT(pieces));
}

static IndexAnswer *place_of(SearchCache *cache, const Digest *needle)
{
    uint64_t hash;
    memcpy(&hash, needle->bytes, sizeof hash);
    return &cache->answers[hash % CACHE_QUESTIONS_MAX];
}

bool cache_recall(SearchCache *cache, uint64_t number, Slice text, BlockSet *set)
{
    Digest needle = needle_digest(number, text);
    bool known = false;
    pthread_mutex_lock(&cache->lock);
    if (cache->answers) {
        const IndexAnswer *answer = place_of(cache, &needle);
        known = answer->known && answer->number == number &&
                memcmp(&answer->needle, &needle, sizeof needle) == 0;
        for (uint32_t i = 0; i < answer->word_count && known; i++) {
            set->words[i] = answer->words[i];
        }
    }
    pthread_mutex_unlock(&cache->lock);
    return known;
}

void cache_remember(SearchCache *cache, uint64_t number, Slice text, const BlockSet *set)
{
    uint32_t words = (set->block_count + 63) / 64;
    if (words > CACHE_ANSWER_WORDS) return;
    Digest needle = needle_digest(number, text);
    pthread_mutex_lock(&cache->lock);
    if (!cache->answers) cache->answers = calloc(CACHE_QUESTIONS_MAX, sizeof *cache->answers);
    if (cache->answers) {
        IndexAnswer *answer = place_of(cache, &needle);
        *answer =
            (IndexAnswer){.known = true, .number = number, .needle = needle, .word_count = words};
        memcpy(answer->words, set->words, words * sizeof *set->words);
    }
    pthread_mutex_unlock(&cache->lock);
}

/* ---- views and segments */

static void unlink_view(SearchCache *cache, CachedView *view)
{
    *(view->newer ? &view->newer->older : &cache->newest) = view->older;
    *(view->older ? &view->older->newer : &cache->oldest) = view->newer;
    cache->bytes -= view->bytes;
    cache->loose_bytes -= view->loose_bytes;
}

/* The view itself may become a spare one. */
static SegmentView *forget_view(SearchCache *cache, CachedView *view)
{
    SegmentView *left = view->view;
    view->segment->views--;
    free(view);
    for (size_t i = 0; i < SEARCH_WORKERS && left; i++) {
        if (cache->spares[i]) continue;
        cache->spares[i] = left;
        left = NULL;
    }
    return left;
}

static void close_view(SearchCache *cache, CachedView *view)
{
    segment_view_close(forget_view(cache, view));
}

static SegmentView *take_spare(SearchCache *cache)
{
    SegmentView *spare = NULL;
    pthread_mutex_lock(&cache->lock);
    for (size_t i = 0; i < SEARCH_WORKERS && !spare; i++) {
        spare = cache->spares[i];
        cache->spares[i] = NULL;
    }
    pthread_mutex_unlock(&cache->lock);
    return spare;
}

static void shrink(SearchCache *cache, size_t bytes_max)
{
    while (cache->oldest && cache->bytes > bytes_max) {
        CachedView *view = cache->oldest;
        unlink_view(cache, view);
        close_view(cache, view);
    }
}

/* Closes segments that nobody needs, when they are too many. */
static void close_segments(SearchCache *cache, size_t count_max)
{
    CachedSegment **at = &cache->segments;
    while (*at && cache->segment_count > count_max) {
        CachedSegment *one = *at;
        if (one->taken || one->views > 0) {
            at = &one->next;
            continue;
        }
        *at = one->next;
        segment_close(one->segment);
        free(one);
        cache->segment_count--;
    }
}

void search_cache_free(SearchCache *cache)
{
    if (!cache) return;
    shrink(cache, 0);
    for (size_t i = 0; i < SEARCH_WORKERS; i++) {
        segment_view_close(cache->spares[i]);
    }
    close_segments(cache, 0);
    free(cache->answers);
    pthread_mutex_destroy(&cache->lock);
    free(cache);
}

static CachedSegment *find_segment(SearchCache *cache, uint64_t number)
{
    CachedSegment *found = cache->segments;
    while (found && (found->taken || found->number != number)) {
        found = found->next;
    }
    if (found) found->taken = true;
    return found;
}

static int open_segment(SearchCache *cache, const SearchSource *source, size_t index,
                        CachedSegment **ret)
{
    CachedSegment *made = calloc(1, sizeof *made);
    if (!made) return -ENOMEM;
    int r = source->open_segment(source->context, index, &made->segment);
    if (r < 0) {
        free(made);
        return r;
    }
    made->taken = true;
    made->number = source->segment_info(source->context, index)->number;
    pthread_mutex_lock(&cache->lock);
    made->next = cache->segments;
    cache->segments = made;
    cache->segment_count++;
    pthread_mutex_unlock(&cache->lock);
    *ret = made;
    return 0;
}

int cache_take_segment(SearchCache *cache, const SearchSource *source, size_t index,
                       CachedSegment **ret)
{
    uint64_t number = source->segment_info(source->context, index)->number;
    pthread_mutex_lock(&cache->lock);
    CachedSegment *found = find_segment(cache, number);
    pthread_mutex_unlock(&cache->lock);
    if (!found) return open_segment(cache, source, index, ret);
    *ret = found;
    return 0;
}

void cache_give_segment(SearchCache *cache, CachedSegment *segment)
{
    pthread_mutex_lock(&cache->lock);
    segment->taken = false;
    close_segments(cache, CACHE_HANDLES_MAX);
    pthread_mutex_unlock(&cache->lock);
}

static CachedView *find_view(SearchCache *cache, uint64_t number, uint32_t block)
{
    for (CachedView *view = cache->newest; view; view = view->older) {
        if (view->block != block || view->segment->number != number) continue;
        unlink_view(cache, view);
        return view;
    }
    return NULL;
}

static int open_view(SearchCache *cache, CachedSegment *segment, uint32_t block, size_t bytes_max,
                     CachedView **ret)
{
    CachedView *made = calloc(1, sizeof *made);
    if (!made) return -ENOMEM;
    int r = segment_view_open(segment->segment, block, bytes_max, take_spare(cache), &made->view);
    if (r < 0) {
        free(made);
        return r;
    }
    made->segment = segment;
    made->block = block;
    pthread_mutex_lock(&cache->lock);
    segment->views++;
    pthread_mutex_unlock(&cache->lock);
    *ret = made;
    return 0;
}

int cache_take_view(SearchCache *cache, const SearchSource *source, size_t index, uint32_t block,
                    size_t bytes_max, CachedView **ret)
{
    uint64_t number = source->segment_info(source->context, index)->number;
    CachedSegment *segment;
    pthread_mutex_lock(&cache->lock);
    CachedView *found = find_view(cache, number, block);
    pthread_mutex_unlock(&cache->lock);
    if (found) {
        *ret = found;
        return 0;
    }
    int r = cache_take_segment(cache, source, index, &segment);
    if (r < 0) return r;
    r = open_view(cache, segment, block, bytes_max, ret);
    cache_give_segment(cache, segment);
    return r;
}

void cache_begin_question(SearchCache *cache)
{
    pthread_mutex_lock(&cache->lock);
    cache->question++;
    pthread_mutex_unlock(&cache->lock);
}

/* A question that goes through all blocks would else throw each one out before it is asked for
 * again: what this question or the one before had is left alone. */
static bool is_old(const SearchCache *cache, const CachedView *view)
{
    return view->question + 1 < cache->question;
}

static void shrink_view(SearchCache *cache, CachedView *view)
{
    size_t before = view->bytes;
    segment_view_shrink(view->view);
    view->bytes = segment_view_bytes(view->view);
    cache->loose_bytes -= view->loose_bytes;
    view->loose_bytes = 0;
    cache->bytes -= before - view->bytes;
}

/* Of what is loose in views, the oldest first. */
static bool loosen(SearchCache *cache, size_t bytes, bool old_only)
{
    CachedView *view = cache->oldest;
    while (cache->bytes + bytes > cache->bytes_max) {
        if (!view || cache->loose_bytes == 0 || (old_only && !is_old(cache, view))) return false;
        if (view->loose_bytes > 0) shrink_view(cache, view);
        view = view->newer;
    }
    return true;
}

static bool close_old(SearchCache *cache, size_t bytes)
{
    while (cache->bytes + bytes > cache->bytes_max) {
        CachedView *oldest = cache->oldest;
        if (!oldest || !is_old(cache, oldest)) return false;
        unlink_view(cache, oldest);
        close_view(cache, oldest);
    }
    return true;
}

/* Texts give way first: what tells where they are costs more to make, and every question needs it.
 */
static bool make_room(SearchCache *cache, SegmentView *view)
{
    if (segment_view_bytes(view) <= cache->bytes_max &&
        loosen(cache, segment_view_bytes(view), true))
        return true;
    segment_view_shrink(view);
    size_t bytes = segment_view_bytes(view);
    return bytes <= cache->bytes_max && (loosen(cache, bytes, false) || close_old(cache, bytes));
}

void cache_give_view(SearchCache *cache, CachedView *view, bool keep)
{
    segment_view_trim(view->view);
    pthread_mutex_lock(&cache->lock);
    bool kept = keep && cache->bytes_max > 0 && make_room(cache, view->view);
    if (kept) {
        view->bytes = segment_view_bytes(view->view);
        view->loose_bytes = segment_view_loose_bytes(view->view);
        view->question = cache->question;
        view->older = cache->newest;
        view->newer = NULL;
        *(cache->newest ? &cache->newest->newer : &cache->oldest) = view;
        cache->newest = view;
        cache->bytes += view->bytes;
        cache->loose_bytes += view->loose_bytes;
    }
    SegmentView *closed = kept ? NULL : forget_view(cache, view);
    pthread_mutex_unlock(&cache->lock);
    segment_view_close(closed);
}
