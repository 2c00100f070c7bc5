/* REKEY: all that a change of the key-encryption key writes, made ready beforehand, in one file.
 * Bytes: doc/format/store.md.
 *
 *   REKEY.tmp, sync, rename to REKEY      until here nothing has changed: removing it undoes all
 *     -> each piece to its place, sync -> REKEY.done -> zeros over it, removed
 *
 * Once REKEY has its name the change is done; whoever opens the store for writing next puts the
 * pieces in their places (again). It holds no key in the clear, and is authentic under both keys:
 * one that neither of them made is nobody's and is passed over. */
#ifndef AKASHI_STORE_REKEY_JOURNAL_H
#define AKASHI_STORE_REKEY_JOURNAL_H

#include "base/buf.h"
#include "store/wal/store_folder.h"

#define REKEY_BYTES_MAX ((size_t)1 << 30)

/* Pieces of the journal's body. A place in a file (that need not be there any more), or a file. */
void rekey_add_place(Buf *body, const char *name, uint64_t offset, Slice bytes);
void rekey_add_file(Buf *body, const char *name, Slice bytes);

/* 0: there is none, or it is nobody's; -EBUSY: folder->kek is the new key and the pieces are to be
 * put in their places; -ENOKEY: folder->kek is the old key; each with the complaint; or what the
 * system said. */
MUST_USE int store_rekey_look(const StoreFolder *folder, Complaint *complaint);
/* Durable when it returns 0; else it is removed, as far as the system lets it. */
MUST_USE int rekey_commit(const StoreFolder *folder, const Secret *new_kek, const Buf *body);
/* Under the store's lock, with the new key. On failure it can be done again. */
MUST_USE int rekey_finish(const StoreFolder *folder);

#endif
