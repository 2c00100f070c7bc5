/* From a stream of bytes to decoded events: finds the decoder by content, offers it windows, and
 * hands each filled batch on. Used by decode, translate and import alike. */
#ifndef AKASHI_ENGINE_READING_H
#define AKASHI_ENGINE_READING_H

#include "collect/input.h"
#include "decode/decoder.h"
#include "engine/batch.h"

typedef struct ReadingHandler {
    /* An empty batch, waiting for one if need be. NULL: stop (-ECANCELED). */
    Batch *(*take)(void *context);
    /* All events of this batch were handed over: its bytes and arena are the handler's now. */
    int (*give)(void *context, Batch *batch);
    /* As DecodeSink; the event's slices live as long as the batch. */
    int (*event)(void *context, Batch *batch, const Event *event);
    int (*damage)(void *context, const Damage *damage);
    void *context;
} ReadingHandler;

/* Reads the stream to its end. A stream that breaks off (an error of input_read) is decoded up to
 * there and its error returned. -ENOMEM, or what a callback returned. */
MUST_USE int reading_run(InputStream *stream, const DecodeOptions *options,
                         const ReadingHandler *handler);

#endif
