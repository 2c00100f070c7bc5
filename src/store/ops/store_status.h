/* What a store holds, in figures, beside its writer. */
#ifndef AKASHI_STORE_STATUS_H
#define AKASHI_STORE_STATUS_H

#include "base/digest.h"
#include "store/store.h"

#define STATUS_RATE_DAYS 7 /* growth is measured over the last so many days */

typedef struct StoreStatus {
    uint64_t rows, raw_bytes, bytes, segments, unsealed_rows, damaged_blocks;
    int64_t oldest_ns,
        newest_ns;        /* of sealed rows that have a time; TIME_UNKNOWN: there are none */
    uint64_t bytes_a_day; /* that sealed files grow by; 0: less than a day is known */
    bool chain_holds;
    uint64_t checkpoint, entries;
    int64_t checkpoint_ns;
    Digest root;
    char first_key[160]; /* as text, without the line's end */
} StoreStatus;

/* As store_reader_open. A chain that does not hold is no failure: chain_holds is false. */
MUST_USE int store_status(const Os *os, const char *folder, const Secret *kek, StoreStatus *ret,
                          Complaint *complaint);
/* Calendar days (UTC) from oldest to newest, both counted. */
int64_t store_status_days(const StoreStatus *status);
/* Until so much free space is used up at that growth; -1: unknown. */
int64_t store_status_days_left(const StoreStatus *status, uint64_t free_bytes);

#endif
