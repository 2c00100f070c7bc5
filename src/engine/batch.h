/* A batch: the unit that travels between the stages. Bytes as read or received, what decoders and
 * translators made of them, and the rows for the store; freed at once when the rows are durable.
 * owned by one thread at a time: whoever took it off a queue */
#ifndef AKASHI_ENGINE_BATCH_H
#define AKASHI_ENGINE_BATCH_H

#include "collect/message.h"
#include "record/row.h"

/* One received message within the batch's bytes; its parts as in Message, one behind the other. */
typedef struct MessageSpan {
    size_t offset;
    size_t bytes, body_bytes, beside_bytes;
    uint64_t number; /* of all that were received, in their order */
    int64_t received_ns;
    int64_t time_ns; /* 0: none */
    uint8_t key[ROW_KEY_BYTES];
    bool continues; /* cut: not a whole message */
    bool shipped;
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
    Ticket *tickets;  /* of groups that are durable when this batch and those before it are */
    uint64_t repeats; /* of its rows, those that the store had already; the writer says */
} Batch;

#define BATCH_ROWS_MAX ((size_t)1 << 20)
#define BATCH_MESSAGES_MAX ((size_t)65536)
#define BATCH_ARENA_BYTES_MAX ((size_t)512 << 20)

/* NULL: no memory. */
Batch *batch_new(void);
void batch_free(Batch *batch); /* settles its tickets: they are lost. NULL: nothing */
/* Tells all tickets of the batch the result; it has none then. */
void batch_settle(Batch *batch, int result);
/* Ready for the next use; keeps its memory up to a bound. */
void batch_clear(Batch *batch);
/* -ENOMEM also at BATCH_ROWS_MAX; -ENOBUFS at BATCH_MESSAGES_MAX. */
MUST_USE int batch_add_row(Batch *batch, const Row *row);
MUST_USE int batch_add_message(Batch *batch, Slice bytes, const MessageSpan *span);
/* The whole of it, with the number that it has. */
MUST_USE int batch_take_message(Batch *batch, const Message *message, uint64_t number);
/* Parts of a message that the batch holds. */
static inline Slice batch_message_bytes(const Batch *batch, const MessageSpan *span)
{
    return slice_of(batch->bytes.ptr + span->offset, span->bytes);
}
static inline Slice batch_message_body(const Batch *batch, const MessageSpan *span)
{
    return slice_of(batch->bytes.ptr + span->offset + span->bytes, span->body_bytes);
}
static inline Slice batch_message_beside(const Batch *batch, const MessageSpan *span)
{
    return slice_of(batch->bytes.ptr + span->offset + span->bytes + span->body_bytes,
                    span->beside_bytes);
}

#endif
