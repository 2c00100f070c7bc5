/* Stores of version 1, which were not encrypted: their rows are taken over into a store of this
 * version in the same folder, then their files are removed.
 *
 * Rows keep their numbers, so a migration that broke off goes on behind the last row taken over.
 * FORMAT says version 1 until all rows are durable in the new files. While it goes on, the file
 * MIGRATING, which only the key's owner can make, says so: else anybody who can write to the folder
 * could bring in rows by putting an old FORMAT there. */
#ifndef AKASHI_STORE_VERSION1_H
#define AKASHI_STORE_VERSION1_H

#include "store/wal/block.h"
#include "store/wal/store_folder.h"

/* Called with the rows of a block in the order of their numbers; keys is empty or holds one for
 * each. Negative stops. */
typedef int (*Version1Sink)(void *context, uint64_t first_row, uint32_t row_count, Slice rows,
                            Slice keys);
typedef struct Version1Tally {
    uint64_t damaged_blocks;
} Version1Tally;

/* All good blocks of all files. -ENOMEM, what the system or the sink said. */
MUST_USE int version1_read(const StoreFolder *folder, Version1Sink sink, void *context,
                           Version1Tally *ret);
/* Removes the files, best effort. keep: something in them did not hold; they stay, with .bad at the
 * end of their names. */
void version1_remove(const StoreFolder *folder, bool keep);

/* 1: a migration goes on here; 0: none does. */
MUST_USE int version1_is_migrating(const StoreFolder *folder);
MUST_USE int version1_begin(const StoreFolder *folder);
MUST_USE int version1_end(const StoreFolder *folder, bool keep);

#endif
