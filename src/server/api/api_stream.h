/* An answer that is sent while it is made: a thread of its own makes it, the connection's thread
 * sends it, a bounded buffer lies between.
 *
 *   maker --api_stream_write--> buffer (API_STREAM_BYTES_MAX) --api_stream_read--> connection
 *
 * A full buffer holds the maker up (a slow reader slows its search, and nobody else's). When the
 * connection ends first, `cancel` is set and writes return -EPIPE. At most API_STREAMS_MAX at once:
 * past it -EBUSY, the request is answered 503. */
#ifndef AKASHI_SERVER_API_API_STREAM_H
#define AKASHI_SERVER_API_API_STREAM_H

#include "base/cleanup.h"
#include "base/slice.h"

#include <stdatomic.h>

#define API_STREAM_BYTES_MAX ((size_t)1 << 20)
#define API_STREAMS_MAX 48 /* live tails are long; searches have their own gate beside it */

typedef struct ApiStream ApiStream;

typedef struct ApiMaker {
    /* In the stream's own thread. Writes until it is done or a write fails. */
    void (*make)(void *context, ApiStream *stream);
    void (*free)(void *context); /* after make has returned; also when it never ran */
    void *context;
} ApiMaker;

/* Starts the thread. On failure (-EBUSY, -ENOMEM, -EAGAIN) nothing of the maker was called: it is
 * still the caller's. */
MUST_USE int api_stream_open(const ApiMaker *maker, ApiStream **ret);
/* Waits for room; all of it or -EPIPE. */
MUST_USE int api_stream_write(ApiStream *stream, Slice bytes);
/* For the maker's own waiting and for what it calls: true once nobody reads any more. */
const atomic_bool *api_stream_cancel(const ApiStream *stream);
/* Waits at most wait_ms. > 0: so many bytes; 0: nothing came; -EPIPE: it is over. */
MUST_USE long api_stream_read(ApiStream *stream, char *to, size_t bytes, int wait_ms);
/* The reader goes: cancels, waits for the maker, frees. */
void api_stream_close(ApiStream *stream);

#endif
