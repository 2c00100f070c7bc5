/* Packed bytes of one request undone in memory, within a maximum: a bomb is refused. Pure. */
#ifndef AKASHI_COLLECT_UNPACK_BYTES_H
#define AKASHI_COLLECT_UNPACK_BYTES_H

#include "base/buf.h"

#define UNPACK_RATIO_FREE_BYTES ((size_t)1 << 20) /* unpacked before the ratio is asked */

/* gzip (several members) or zlib, told by their heads (RFC 1952, RFC 1950). Appends to `to`, whose
 * maximum is the limit. -EBADMSG: damaged; -EFBIG: over the maximum, or over `ratio_max` times what
 * was packed; -ENOMEM. */
MUST_USE int unpack_deflated(Slice packed, unsigned ratio_max, Buf *to);
/* Snappy's block format (google/snappy, format_description.txt). The same errors. */
MUST_USE int unpack_snappy(Slice packed, Buf *to);

#endif
