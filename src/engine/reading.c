/* See reading.h. */
#include "engine/reading.h"

#include <errno.h>

#define WINDOW_BYTES ((size_t)512 << 10)

typedef struct Reading {
    InputStream *stream;
    const DecodeOptions *options;
    const ReadingHandler *handler;
    const Decoder *decoder;
    void *decoder_state;
    Batch *batch;    /* being filled; NULL after it was given away for good */
    uint64_t offset; /* of batch->bytes in the stream */
    bool ended;
    int broken; /* the error that ended the stream early, or 0 */
} Reading;

static int on_event(void *context, const Event *event)
{
    Reading *reading = context;
    return reading->handler->event(reading->handler->context, reading->batch, event);
}

static int on_damage(void *context, const Damage *damage)
{
    Reading *reading = context;
    return reading->handler->damage(reading->handler->context, damage);
}

/* Reads until the window holds `bytes` or the stream ends. */
static int fill(Reading *reading, size_t bytes)
{
    Buf *window = &reading->batch->bytes;
    while (!reading->ended && window->len < bytes) {
        char *room = buf_reserve(window, bytes - window->len);
        if (!room) return -ENOMEM;
        ssize_t got = input_read(reading->stream, room, bytes - window->len);
        if (got <= 0) {
            reading->ended = true;
            reading->broken = (int)got;
        } else {
            window->len += (size_t)got;
        }
    }
    return 0;
}

static ssize_t feed(Reading *reading)
{
    const DecodeSink sink = {.event = on_event, .damage = on_damage, .context = reading};
    Slice bytes = buf_slice(&reading->batch->bytes);
    const DecodeWindow window = {
        .bytes = bytes,
        .offset = reading->offset,
        .last = reading->ended,
        .full = bytes.len >= DECODE_WINDOW_BYTES_MAX,
    };
    return reading->decoder->feed(reading->decoder_state, &window, &reading->batch->arena, &sink);
}

/* Gives the batch on and goes on with a new one that begins with what was not used up. */
static int turn(Reading *reading, size_t used)
{
    const ReadingHandler *handler = reading->handler;
    Batch *next = handler->take(handler->context);
    if (!next) return -ECANCELED;
    Batch *filled = reading->batch;
    reading->batch = next;
    reading->offset += used;
    buf_add_slice(&next->bytes, slice_skip(buf_slice(&filled->bytes), used));
    int error = buf_error(&next->bytes);
    int r = handler->give(handler->context, filled);
    return r < 0 ? r : error;
}

static int read_all(Reading *reading)
{
    size_t wanted = WINDOW_BYTES;
    for (;;) {
        int r = fill(reading, wanted);
        if (r < 0) return r;
        ssize_t used = feed(reading);
        if (used < 0) return (int)used;
        if (reading->ended && (size_t)used >= reading->batch->bytes.len) return 0;
        if (used == 0) {
            wanted = wanted * 2 < DECODE_WINDOW_BYTES_MAX ? wanted * 2 : DECODE_WINDOW_BYTES_MAX;
            if (reading->batch->bytes.len >= DECODE_WINDOW_BYTES_MAX || reading->ended)
                return -EBADMSG;
            continue;
        }
        r = turn(reading, (size_t)used);
        if (r < 0) return r;
        wanted = WINDOW_BYTES;
    }
}

static int begin(Reading *reading)
{
    int r = fill(reading, WINDOW_BYTES);
    if (r < 0) return r;
    Slice head = slice_first(buf_slice(&reading->batch->bytes), DECODE_HEAD_BYTES);
    reading->decoder = decoder_for(head);
    reading->decoder_state = reading->decoder->new (reading->options);
    return reading->decoder_state ? 0 : -ENOMEM;
}

int reading_run(InputStream *stream, const DecodeOptions *options, const ReadingHandler *handler)
{
    Reading reading = {.stream = stream, .options = options, .handler = handler};
    reading.batch = handler->take(handler->context);
    if (!reading.batch) return -ECANCELED;
    int r = begin(&reading);
    if (r == 0) r = read_all(&reading);
    if (reading.decoder_state) reading.decoder->free(reading.decoder_state);
    int given = handler->give(handler->context, reading.batch);
    if (r == 0) r = given;
    return r < 0 ? r : reading.broken;
}
