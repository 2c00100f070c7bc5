/* Standard output in large pieces. */
#ifndef AKASHI_MAIN_OUTPUT_H
#define AKASHI_MAIN_OUTPUT_H

#include "base/buf.h"

/* Writes the buffer to stdout and empties it, when it holds at least `bytes_min`. Negative errno:
 * the reader is gone (-EPIPE) or the disk is full. */
MUST_USE int output_flush(Buf *buf, size_t bytes_min);

#define OUTPUT_PIECE_BYTES ((size_t)128 << 10)

#endif
