/* Keys of the rows that this process appended: a row whose key is not among them is in no segment
 * that was made of them, so those need not be asked one by one. Owned by the writer thread.
 *
 * A filter: it may say yes of a key that is not there (3 in 1,000), never no of one that is. Past
 * FRESH_FILTERS_MAX filters the oldest is forgotten: then its rows' segments are asked again. */
#ifndef AKASHI_STORE_FRESH_KEYS_H
#define AKASHI_STORE_FRESH_KEYS_H

#include "record/row.h"

#define FRESH_FILTERS_MAX 8
#define FRESH_FILTER_KEYS ((size_t)1 << 20) /* of each; 2 bytes a key */

typedef struct FreshFilter {
    uint64_t *words;
    size_t key_count;
    uint64_t first_row; /* it has the keys of all rows from this number on that were added */
} FreshFilter;

typedef struct FreshKeys {
    FreshFilter filters[FRESH_FILTERS_MAX]; /* oldest first */
    size_t filter_count;
    uint64_t seed[2]; /* random: no log can be written whose keys all look alike */
} FreshKeys;

void fresh_keys_done(FreshKeys *keys);
/* Numbers only rise. Without memory all is forgotten. */
void fresh_keys_add(FreshKeys *keys, const uint8_t key[ROW_KEY_BYTES], uint64_t number);
/* Sends for the memory where the key will be looked for. */
void fresh_keys_foresee(const FreshKeys *keys, const uint8_t key[ROW_KEY_BYTES]);
bool fresh_keys_may_have(const FreshKeys *keys, const uint8_t key[ROW_KEY_BYTES]);
/* Of rows with this number and all above it the keys are here; UINT64_MAX: of none. */
uint64_t fresh_keys_first_row(const FreshKeys *keys);

#endif
