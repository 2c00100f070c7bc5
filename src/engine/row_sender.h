/* As the writer (engine/writer.h), where a running server holds the store: a thread that takes
 * batches of rows off a queue and gives them to that server, which stores them as its own. */
#ifndef AKASHI_ENGINE_ROW_SENDER_H
#define AKASHI_ENGINE_ROW_SENDER_H

#include "engine/counters.h"
#include "engine/queue.h"
#include "engine/store_call.h"

typedef struct RowSender RowSender;

/* Errors as store_call_open. Batches come back to `idle` as soon as they are sent: only the end
 * says that all is stored. *ret untouched on failure. */
MUST_USE int row_sender_start(const char *folder, Queue *work, Queue *idle, RowSender **ret);
/* Closes `work`, waits until all of it is durable, and counts it (rows_stored, rows_duplicate).
 * What the server said, or the error that ended the sending; then nothing is counted, though some
 * may be stored. */
MUST_USE int row_sender_stop(RowSender *sender, Counters *counters);

#endif
