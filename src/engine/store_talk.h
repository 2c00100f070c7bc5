/* What is said over the socket in the data folder between the server, which holds the store, and a
 * command that wants something of it: rows to be stored, files to be sealed, rows to be deleted.
 *
 * A message is a head (uint32_t length of its body, uint8_t what it is; little-endian) and a body.
 * Both ends are one program's, of one user, on one machine; a greeting of another form of this is
 * refused. One question is under way at a time:
 *
 *   HELLO                          -> DONE
 *   ROWS ... ROWS END              -> DONE (a: added, b: duplicates), when all are durable
 *   SEAL                           -> DONE
 *   EXPIRE (flags)                 -> DONE (a: files, b: rows, c: bytes, d: held, e: until)
 *   NUMBERS ... DELETE (flags, why)-> DONE (a: rows, b: files, c: held)
 */
#ifndef AKASHI_ENGINE_STORE_TALK_H
#define AKASHI_ENGINE_STORE_TALK_H

#include "base/buf.h"
#include "os/local_socket.h"

#define STORE_TALK_NAME "store.socket"
#define STORE_TALK_GREETING "akashi store 1"
/* A row may be 64 MiB by itself (store.h), and a message holds one at least. */
#define STORE_TALK_BODY_BYTES_MAX ((size_t)66 << 20)
#define STORE_TALK_BODY_BYTES ((size_t)256 << 10) /* sent when it is so large */
#define STORE_TALK_NUMBERS_MAX ((size_t)16 << 20) /* rows to be deleted by one question */

typedef enum StoreTalk {
    TALK_HELLO = 1,
    TALK_ROWS,
    TALK_END,
    TALK_SEAL,
    TALK_EXPIRE,
    TALK_NUMBERS,
    TALK_DELETE,
    TALK_DONE,
} StoreTalk;

enum { TALK_DRY_RUN = 1, TALK_AT_ONCE = 2 }; /* flags, a byte */

typedef struct StoreTalkDone {
    int32_t result; /* 0 or a negative errno */
    uint64_t a, b, c, d;
    int64_t e;
} StoreTalkDone;

/* As local_send. */
MUST_USE int store_talk_send(int fd, StoreTalk what, Slice body);
MUST_USE int store_talk_send_done(int fd, const StoreTalkDone *done);
/* The next message; `body` is overwritten. 1; 0: the other end has closed. -EPROTO: too long; as
 * local_receive, where wait_ms counts for each piece. */
MUST_USE int store_talk_receive(int fd, int wait_ms, StoreTalk *ret_what, Buf *body);
/* -EPROTO: this is none. */
MUST_USE int store_talk_read_done(Slice body, StoreTalkDone *ret);

#endif
