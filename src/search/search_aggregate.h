/* What stats counts of a group: a Tally for each of its functions but count(), which is the number
 * of the rows. */
#ifndef AKASHI_SEARCH_SEARCH_AGGREGATE_H
#define AKASHI_SEARCH_SEARCH_AGGREGATE_H

#include "search/search_stage.h"

#include "base/map.h"

/* The best value of min and max so far, with its text. */
typedef struct Extreme {
    SortKey key;
    char text[SORT_KEY_BYTES_MAX];
} Extreme;

typedef struct Tally {
    uint64_t count; /* of values that took part */
    Decimal sum;
    Extreme *extreme;
    Decimal *samples; /* percentiles */
    uint32_t sample_room;
    bool overflow; /* the sum does not fit: it is then left out */
} Tally;

/* Shared by all tallies of a stage. */
typedef struct TallyMemory {
    size_t bytes, bytes_max; /* of kept texts and samples */
    Map distinct;            /* dc: the values seen, with the number of their tally in front */
    bool met;                /* something was left out */
} TallyMemory;

void tally_memory_init(TallyMemory *memory, size_t bytes_max, bool has_distinct,
                       const uint64_t seed[2]);
void tally_memory_done(TallyMemory *memory);

/* number: of the tally in its stage. value: empty when absent; it came so many times. -ENOMEM. */
MUST_USE int tally_add(Tally *tally, const Aggregate *aggregate, uint64_t number, Slice value,
                       uint64_t times, TallyMemory *memory);
/* The cell; empty when nothing took part. Sorts the samples. -ENOMEM. */
MUST_USE int tally_text(Tally *tally, const Aggregate *aggregate, Arena *arena, Slice *ret);
void tally_done(Tally *tally);

#endif
