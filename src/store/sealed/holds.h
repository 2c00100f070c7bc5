/* HOLDS: the list of legal holds (store/keep.h), a small text like MANIFEST: rewritten whole, its
 * last line an HMAC under the key-encryption key. Whoever changes it, and retention while it
 * chooses, has HOLDS.lock. Bytes: doc/format/store.md. */
#ifndef AKASHI_STORE_HOLDS_H
#define AKASHI_STORE_HOLDS_H

#include "store/keep.h"
#include "store/sealed/manifest.h"

typedef struct HoldsLock {
    const Os *os;
    int fd; /* -1: not held */
} HoldsLock;
/* -EWOULDBLOCK: another one has it; what the system said. */
MUST_USE int holds_lock(const StoreFolder *folder, HoldsLock *ret);
void holds_unlock(HoldsLock *lock);

/* No file: there are none. -EBADMSG: damaged, or of another key; -EPROTO: newer version; -ENOMEM;
 * what the system said. */
MUST_USE int holds_read(const StoreFolder *folder, StoreHolds *ret);
/* Its bytes under folder->kek, into an empty buffer. -ENOMEM, -EMSGSIZE. */
MUST_USE int holds_print(const StoreFolder *folder, const StoreHolds *holds, Buf *to);
MUST_USE int holds_write(const StoreFolder *folder, const StoreHolds *holds);

/* A hold in force is upon the segment. */
bool holds_have(const StoreHolds *holds, const ManifestSegment *segment);

#endif
