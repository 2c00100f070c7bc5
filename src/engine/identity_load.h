/* Who was where, from the records that the store keeps: at the start of a server, so that a restart
 * forgets nothing, and for those who ask about the past. */
#ifndef AKASHI_ENGINE_IDENTITY_LOAD_H
#define AKASHI_ENGINE_IDENTITY_LOAD_H

#include "store/store.h"
#include "translate/identity/identity.h"

typedef struct IdentityLoad {
    const Os *os;
    const char *folder; /* of the store */
    const Secret *kek;
    int64_t from_ns, to_ns;
    size_t memory_bytes_max; /* of the search; 0: its default */
} IdentityLoad;

/* Teaches all records of the span that say who was where; reference: the row's number. Counts them
 * in *ret_records. -ENOENT: there is no store yet; as store_reader_open and search_run. */
MUST_USE int identity_load(const IdentityLoad *load, Identity *identity, uint64_t *ret_records,
                           Complaint *complaint);

#endif
