/* See protobuf_read.h. */
#include "collect/protobuf_read.h"

#include "base/number.h"

#include <errno.h>

int protobuf_next(Slice *rest, ProtobufField *ret)
{
    uint64_t tag, len;
    if (rest->len == 0) return 0;
    if (slice_take_varint(rest, &tag) < 0 || tag >> 3 == 0 || tag >> 3 > 536870911) return -EBADMSG;
    *ret = (ProtobufField){.number = (uint32_t)(tag >> 3), .type = (ProtobufType)(tag & 7)};
    switch (ret->type) {
    case PROTOBUF_VARINT: return slice_take_varint(rest, &ret->value) < 0 ? -EBADMSG : 1;
    case PROTOBUF_FIXED64:
        if (rest->len < 8) return -EBADMSG;
        ret->value = read_le64(rest->ptr);
        *rest = slice_skip(*rest, 8);
        return 1;
    case PROTOBUF_FIXED32:
        if (rest->len < 4) return -EBADMSG;
        ret->value = read_le32(rest->ptr);
        *rest = slice_skip(*rest, 4);
        return 1;
    case PROTOBUF_BYTES:
        if (slice_take_varint(rest, &len) < 0 || len > rest->len) return -EBADMSG;
        ret->bytes = slice_first(*rest, (size_t)len);
        *rest = slice_skip(*rest, (size_t)len);
        return 1;
    default: return -EBADMSG;
    }
}
