/* Rows as a search finds them: the first ones in sealed segments on a simulated disk, the others in
 * none; and the same rows as a plain list, which answers by query_matches alone. */
#ifndef AKASHI_TESTS_SEGMENT_KIT_H
#define AKASHI_TESTS_SEGMENT_KIT_H

#include "os/simulated.h"
#include "search/search_source.h"

#define KIT_SEGMENTS_MAX 16

typedef struct SegmentKit {
    SimulatedOs *machine;
    const Os *os;
    Secret *kek;
    const Row *rows; /* numbers 1, 2 ... */
    size_t count, sealed;
    StoreSegmentInfo infos[KIT_SEGMENTS_MAX]; /* newest first */
    char names[KIT_SEGMENTS_MAX][16];
    size_t segment_count;
} SegmentKit;

/* Seals the first `sealed` rows in so many segments of about the same length; what fails is an
 * expectation that does not hold. */
void segment_kit_make(SegmentKit *kit, const Row *rows, size_t count, size_t sealed,
                      size_t segments, uint64_t seed);
/* All of them become one re-packed file. */
void segment_kit_repack(SegmentKit *kit, uint64_t seed);
void segment_kit_done(SegmentKit *kit);
SearchSource segment_kit_source(SegmentKit *kit);
/* All rows in none. */
SearchSource segment_kit_plain(SegmentKit *kit);
/* Path of a segment (by place in infos). */
void segment_kit_path(const SegmentKit *kit, size_t index, char path[64]);

#endif
