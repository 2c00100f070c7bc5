/* The wire format of Protocol Buffers (protobuf.dev, "Encoding"), read field by field: the handful
 * of messages that doors know need no generated code. Pure. */
#ifndef AKASHI_COLLECT_PROTOBUF_READ_H
#define AKASHI_COLLECT_PROTOBUF_READ_H

#include "base/cleanup.h"
#include "base/slice.h"

typedef enum ProtobufType {
    PROTOBUF_VARINT = 0,
    PROTOBUF_FIXED64 = 1,
    PROTOBUF_BYTES = 2,
    PROTOBUF_FIXED32 = 5,
} ProtobufType;

typedef struct ProtobufField {
    uint32_t number;
    ProtobufType type;
    uint64_t value; /* of all but PROTOBUF_BYTES */
    Slice bytes;
} ProtobufField;

/* Takes the next field off the front: 1, 0 at the end, -EBADMSG (also for groups, which no such
 * message has). */
MUST_USE int protobuf_next(Slice *rest, ProtobufField *ret);

#endif
