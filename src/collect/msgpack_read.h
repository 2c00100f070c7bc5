/* MessagePack (github.com/msgpack/msgpack, spec.md), read item by item. Pure. */
#ifndef AKASHI_COLLECT_MSGPACK_READ_H
#define AKASHI_COLLECT_MSGPACK_READ_H

#include "base/buf.h"

#include <sys/types.h>

#define MSGPACK_DEPTH_MAX 32 /* of values in values; msgpack_add_json refuses deeper ones */

typedef enum MsgpackKind {
    MSGPACK_NIL,
    MSGPACK_BOOL,
    MSGPACK_UINT,
    MSGPACK_INT, /* negative */
    MSGPACK_FLOAT,
    MSGPACK_TEXT,
    MSGPACK_BYTES,
    MSGPACK_EXT,
    MSGPACK_ARRAY, /* `count` values follow */
    MSGPACK_MAP,   /* 2 * `count` values follow */
} MsgpackKind;

typedef struct MsgpackItem {
    MsgpackKind kind;
    int8_t ext;
    uint64_t number; /* bool, uint; of an int its two's complement */
    double real;
    uint32_t count;
    Slice bytes; /* text, bytes, ext */
} MsgpackItem;

/* Takes the next item off the front: 1; 0: it is not whole yet, *rest is untouched; -EBADMSG. */
MUST_USE int msgpack_next(Slice *rest, MsgpackItem *ret);

/* How far a value that comes piece by piece was measured. All zero at its start. */
typedef struct MsgpackMeasure {
    size_t at;
    uint64_t open; /* values still to come */
} MsgpackMeasure;
/* Bytes of the whole value at the front of input, 0: more must come, -EBADMSG. The input is the
 * same from call to call but for what came behind it. */
MUST_USE ssize_t msgpack_measure(MsgpackMeasure *measure, Slice input);

/* Takes a whole value off the front and appends it as JSON: bytes as text, what JSON has no word
 * for as null. -EBADMSG also for what is nested deeper than MSGPACK_DEPTH_MAX. */
MUST_USE int msgpack_add_json(Slice *rest, Buf *to);

/* For answers. */
void msgpack_write_array(Buf *to, uint8_t count); /* count < 16 */
void msgpack_write_map(Buf *to, uint8_t count);   /* count < 16 */
void msgpack_write_text(Buf *to, Slice text);     /* of at most 65535 bytes: cut */
void msgpack_write_bytes(Buf *to, Slice bytes);   /* likewise */
void msgpack_write_bool(Buf *to, bool value);

#endif
