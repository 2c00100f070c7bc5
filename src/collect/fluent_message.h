/* Fluentd's forward protocol, version 1 (fluent/fluentd wiki, "Forward Protocol Specification v1"):
 * the four modes of carrying events, `chunk` and its `ack`, and the handshake with a shared key.
 * Pure. */
#ifndef AKASHI_COLLECT_FLUENT_MESSAGE_H
#define AKASHI_COLLECT_FLUENT_MESSAGE_H

#include "collect/bundle.h"
#include "collect/msgpack_read.h"

#define FLUENT_MESSAGE_BYTES_MAX ((size_t)32 << 20)  /* as it came */
#define FLUENT_UNPACKED_BYTES_MAX ((size_t)64 << 20) /* of CompressedPackedForward */
#define FLUENT_RATIO_MAX 200
#define FLUENT_CHUNK_BYTES_MAX 256
#define FLUENT_NONCE_BYTES 16

typedef struct FluentReader {
    JsonTree tree;
    Buf json;     /* one record at a time */
    Buf unpacked; /* of CompressedPackedForward */
} FluentReader;
void fluent_reader_done(FluentReader *reader);

/* One whole message (msgpack_measure): its events go into the group; *ret_chunk is what must be
 * acknowledged, or empty. A record is kept as its JSON. -EBADMSG: no such message; -EFBIG: over a
 * maximum; -ENOMEM. */
MUST_USE int fluent_take(FluentReader *reader, Slice message, Bundle *group, Slice *ret_chunk);
void fluent_add_ack(Buf *to, Slice chunk);

/* The handshake. HELO is sent first; the PING that answers it is judged; PONG says what came of it.
 */
void fluent_add_helo(Buf *to, Slice nonce);
/* 1: it knows the key; 0: it does not; -EBADMSG: this is no PING. The PONG is appended. */
MUST_USE int fluent_answer_ping(Slice message, Slice nonce, Slice shared_key, Buf *pong);

#endif
