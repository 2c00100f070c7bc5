/* A batch: the unit that travels between the stages. Bytes as read or received, what decoders and
 * translators made of them, and the rows for the store; freed at once when the rows are durable.
 * owned by one thread at a time: whoever took it off a queue */
#ifndef AKASHI_ENGINE_BATCH_H
#define AKASHI_ENGINE_BATCH_H

#include "record/row.h"

/* One received message within the batch's bytes. */
typedef struct MessageSpan {
    size_t offset;
    size_t bytes;
    int64_t received_ns;
    bool continues; /* cut: not a whole message */
    char origin[80];
} MessageSpan;

typedef struct Batch {
    Buf bytes;
    Arena arena;
    Row *rows;
    size_t row_count, row_capacity;
    MessageSpan *messages;
    size_t message_count, message_capacity;
    int64_t begun_ns; /* monotonic: when its first message came */
} Batch;

#define BATCH_ROWS_MAX ((size_t)1 << 20)
#define BATCH_MESSAGES_MAX ((size_t)65536)
#define BATCH_ARENA_BYTES_MAX ((size_t)512 << 20)

/* NULL: no memory. */
Batch *batch_new(void);
void batch_free(Batch *batch);
/* Ready for the next use; keeps its memory up to a bound. */
void batch_clear(Batch *batch);
/* -ENOMEM also at BATCH_ROWS_MAX; -ENOBUFS at BATCH_MESSAGES_MAX. */
MUST_USE int batch_add_row(Batch *batch, const Row *row);
MUST_USE int batch_add_message(Batch *batch, Slice bytes, const MessageSpan *span);

#endif
