/* GELF messages that come in several datagrams (Graylog, "GELF via UDP": `1e 0f`, an id of 8 bytes,
 * number and count, at most 128). Pure but for what it remembers. */
#ifndef AKASHI_COLLECT_GELF_CHUNKS_H
#define AKASHI_COLLECT_GELF_CHUNKS_H

#include "base/buf.h"

#define GELF_CHUNKS_MAX 128       /* of a message */
#define GELF_UNFINISHED_MAX 64    /* one more: the oldest is given up */
#define GELF_CHUNK_BYTES_MAX 8192 /* of the message in one datagram; longer ones are refused */
#define GELF_UNFINISHED_SECONDS 5 /* then it is given up */

typedef struct GelfChunks GelfChunks;

GelfChunks *gelf_chunks_new(void); /* NULL: no memory */
void gelf_chunks_free(GelfChunks *chunks);
static inline bool gelf_is_chunk(Slice datagram)
{
    return datagram.len >= 2 && datagram.ptr[0] == 0x1e && datagram.ptr[1] == 0x0f;
}
/* Takes a chunk in. 1: its message is whole, *ret lives until the next call; 0: more must come;
 * -EBADMSG: no such chunk, or one that contradicts another; -ENOMEM. *ret_dropped: messages that
 * were given up meanwhile. `sender` keeps senders apart that choose the same id. */
MUST_USE int gelf_chunks_add(GelfChunks *chunks, Slice datagram, Slice sender, int64_t now_ns,
                             Slice *ret, unsigned *ret_dropped);

#endif
