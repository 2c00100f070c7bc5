/* Asking the server that holds the store (engine/store_door.h), for commands that run beside it.
 *
 * For one thread at a time. Every call: 0, what the server answered, or -ECONNRESET, -EPIPE: it
 * went away before it had answered, so what was asked may be done or not. */
#ifndef AKASHI_ENGINE_STORE_CALL_H
#define AKASHI_ENGINE_STORE_CALL_H

#include "store/keep.h"

typedef struct StoreCall StoreCall;

/* -ENOENT, -ECONNREFUSED: no server holds it; -EPERM: one of another user does; -EPROTO: it is of
 * another version; -EBUSY: it serves as many others as it can. */
MUST_USE int store_call_open(const char *folder, StoreCall **ret);
void store_call_close(StoreCall *call); /* NULL: nothing */

/* Rows for the store; the server takes them when it has room. They are copied. */
MUST_USE int store_call_rows(StoreCall *call, const Row *rows, size_t count);
/* All rows given since the last end are durable. */
MUST_USE int store_call_end(StoreCall *call, StoreTally *ret);

/* As store_seal, store_expire and store_delete; retention is the server's own. */
MUST_USE int store_call_seal(StoreCall *call);
MUST_USE int store_call_expire(StoreCall *call, bool dry_run, bool at_once, StoreExpired *ret);
MUST_USE int store_call_delete(StoreCall *call, const StoreDeletion *deletion, StoreDeleted *ret);

#endif
