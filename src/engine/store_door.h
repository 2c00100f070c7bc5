/* The server's side of engine/store_talk.h: a socket in the data folder by which commands of the
 * same user have rows stored, files sealed and rows deleted while the server holds the store.
 *
 * Rows come ready made (`akashi import` has read, decoded and translated them) and go the way of
 * all others: to the writer, in batches of the same number that goes round. A guest has
 * STORE_DOOR_BATCHES_MAX of them under way, so those who send logs are not kept waiting; past that,
 * and while the store has no room, nothing is read from it. At most STORE_DOOR_GUESTS_MAX guests:
 * the next is told -EBUSY. */
#ifndef AKASHI_ENGINE_STORE_DOOR_H
#define AKASHI_ENGINE_STORE_DOOR_H

#include "engine/writer.h"
#include "store/keep.h"

#define STORE_DOOR_GUESTS_MAX 4
#define STORE_DOOR_BATCHES_MAX 2

typedef struct StoreDoorOptions {
    const char *folder; /* of the store */
    Queue *idle, *rows; /* of the writer */
    Writer *writer;
    const StoreRetention *retention; /* what store_expire is to keep to */
} StoreDoorOptions;

typedef struct StoreDoor StoreDoor;

/* Listens, in threads of its own. What the system said. */
MUST_USE int store_door_open(const StoreDoorOptions *options, StoreDoor **ret);
/* Lets nobody in any more, waits for tasks under way; rows that were taken are still stored. Before
 * writer_stop. NULL: nothing. */
void store_door_stop(StoreDoor *door);
/* After writer_stop. NULL: nothing. */
void store_door_close(StoreDoor *door);

#endif
