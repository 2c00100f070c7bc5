/* See batch.h. */
#include "engine/batch.h"

#include <errno.h>
#include <stdlib.h>

#define KEPT_BYTES_MAX ((size_t)4 << 20) /* of a cleared batch's byte buffer */

Batch *batch_new(void)
{
    Batch *batch = calloc(1, sizeof *batch);
    if (batch) batch->arena = arena_make(BATCH_ARENA_BYTES_MAX);
    return batch;
}

void batch_free(Batch *batch)
{
    if (!batch) return;
    batch_settle(batch, -EIO);
    buf_done(&batch->bytes);
    arena_done(&batch->arena);
    free(batch->rows);
    free(batch->messages);
    free(batch);
}

void batch_settle(Batch *batch, int result)
{
    while (batch->tickets) {
        Ticket *ticket = batch->tickets;
        batch->tickets = ticket->next;
        ticket->repeats = batch->repeats;
        ticket->settled(ticket, result);
    }
}

void batch_clear(Batch *batch)
{
    if (batch->bytes.capacity > KEPT_BYTES_MAX) buf_done(&batch->bytes);
    buf_clear(&batch->bytes);
    arena_reset(&batch->arena);
    batch->row_count = 0;
    batch->message_count = 0;
    batch->repeats = 0;
}

/* Doubles an array's capacity up to `most` items. */
static int make_room(void **items, size_t *capacity, size_t count, size_t item_bytes, size_t most)
{
    if (count < *capacity) return 0;
    if (count >= most) return -ENOBUFS;
    size_t wanted = *capacity ? *capacity * 2 : 256;
    void *grown = reallocarray(*items, wanted, item_bytes);
    if (!grown) return -ENOMEM;
    *items = grown;
    *capacity = wanted;
    return 0;
}

int batch_add_row(Batch *batch, const Row *row)
{
    int r = make_room((void **)&batch->rows, &batch->row_capacity, batch->row_count, sizeof *row,
                      BATCH_ROWS_MAX);
    if (r < 0) return -ENOMEM;
    batch->rows[batch->row_count++] = *row;
    return 0;
}

int batch_add_message(Batch *batch, Slice bytes, const MessageSpan *span)
{
    int r = make_room((void **)&batch->messages, &batch->message_capacity, batch->message_count,
                      sizeof *span, BATCH_MESSAGES_MAX);
    if (r < 0) return r;
    MessageSpan *added = &batch->messages[batch->message_count];
    *added = *span;
    added->offset = batch->bytes.len;
    added->bytes = bytes.len;
    buf_add_slice(&batch->bytes, bytes);
    if (buf_error(&batch->bytes)) return -ENOMEM;
    batch->message_count++;
    return 0;
}

int batch_take_message(Batch *batch, const Message *message, uint64_t number)
{
    MessageSpan span = {.number = number,
                        .received_ns = message->received_ns,
                        .time_ns = message->time_ns,
                        .continues = message->continues,
                        .shipped = message->shipped};
    Slice origin = slice_first(slice_from_cstr(message->origin), sizeof span.origin - 1);
    memcpy(span.origin, origin.ptr, origin.len);
    memcpy(span.key, message->key, sizeof span.key);
    int r = batch_add_message(batch, message->bytes, &span);
    if (r < 0) return r;
    buf_add_slice(&batch->bytes, message->body);
    buf_add_slice(&batch->bytes, message->beside);
    MessageSpan *added = &batch->messages[batch->message_count - 1];
    if (buf_error(&batch->bytes)) { /* as if it had never come */
        batch->message_count--;
        batch->bytes.len = added->offset;
        batch->bytes.error = 0;
        return -ENOMEM;
    }
    added->body_bytes = message->body.len;
    added->beside_bytes = message->beside.len;
    return 0;
}
