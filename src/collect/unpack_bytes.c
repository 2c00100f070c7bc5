/* See unpack_bytes.h. */
#include "collect/unpack_bytes.h"

#include "base/number.h"

#include <errno.h>
#include <zlib.h>

#define STEP_BYTES ((size_t)64 << 10)
#define EITHER_HEAD (15 + 32) /* zlib.h, inflateInit2: gzip or zlib, by the head */

static int room_error(const Buf *to)
{
    return buf_error(to) == -EMSGSIZE ? -EFBIG : buf_error(to);
}

static bool is_bomb(size_t packed, size_t unpacked, unsigned ratio_max)
{
    return unpacked > UNPACK_RATIO_FREE_BYTES && unpacked / ratio_max > packed;
}

static int inflate_all(z_stream *stream, Slice packed, unsigned ratio_max, Buf *to)
{
    size_t begin = to->len;
    for (;;) {
        /* What was there before counts against the maximum, not for the room asked at once. */
        size_t most = to->bytes_max ? to->bytes_max : BUF_BYTES_MAX_DEFAULT;
        size_t step = most - to->len < STEP_BYTES ? most - to->len : STEP_BYTES;
        char *room = step > 0 ? buf_reserve(to, step) : NULL;
        if (!room) return step > 0 ? room_error(to) : -EFBIG;
        stream->next_out = (Bytef *)room;
        stream->avail_out = (uInt)step;
        int r = inflate(stream, Z_NO_FLUSH);
        size_t made = step - stream->avail_out;
        to->len += made;
        if (is_bomb(packed.len, to->len - begin, ratio_max)) return -EFBIG;
        if (r == Z_STREAM_END) {
            if (stream->avail_in == 0) return 0;
            if (inflateReset(stream) != Z_OK) return -EBADMSG;
            continue;
        }
        if (r == Z_MEM_ERROR) return -ENOMEM;
        if (r != Z_OK || (made == 0 && stream->avail_in == 0)) return -EBADMSG;
    }
}

int unpack_deflated(Slice packed, unsigned ratio_max, Buf *to)
{
    z_stream stream = {.next_in = (Bytef *)(uintptr_t)packed.ptr, .avail_in = (uInt)packed.len};
    if (packed.len == 0 || packed.len > UINT32_MAX) return -EBADMSG;
    if (inflateInit2(&stream, EITHER_HEAD) != Z_OK) return -ENOMEM;
    int r = inflate_all(&stream, packed, ratio_max, to);
    inflateEnd(&stream);
    return r;
}

/* --- snappy ----------------------------------------------------------------------------------- */

/* A little-endian number of `bytes` bytes off the front. */
static int take_number(Slice *rest, size_t bytes, uint64_t *ret)
{
    uint64_t value = 0;
    if (rest->len < bytes) return -EBADMSG;
    memcpy(&value, rest->ptr, bytes);
    *rest = slice_skip(*rest, bytes);
    *ret = value;
    return 0;
}

static int take_literal(Slice *rest, unsigned tag, Buf *to)
{
    uint64_t len = tag >> 2;
    if (len >= 60 && take_number(rest, (size_t)len - 59, &len) < 0) return -EBADMSG;
    len++;
    if (rest->len < len) return -EBADMSG;
    buf_add(to, rest->ptr, (size_t)len);
    *rest = slice_skip(*rest, (size_t)len);
    return 0;
}

/* Copies may overlap what they make: byte by byte. */
static int copy_back(Buf *to, size_t begin, uint64_t offset, size_t len)
{
    if (offset == 0 || offset > to->len - begin) return -EBADMSG;
    char *room = buf_reserve(to, len);
    if (!room) return 0; /* told at the end */
    for (size_t i = 0; i < len; i++)
        room[i] = *(room + i - (size_t)offset);
    to->len += len;
    return 0;
}

static int take_element(Slice *rest, size_t begin, Buf *to)
{
    unsigned tag = (unsigned char)rest->ptr[0];
    uint64_t offset = 0;
    *rest = slice_skip(*rest, 1);
    switch (tag & 3) {
    case 0: return take_literal(rest, tag, to);
    case 1:
        if (take_number(rest, 1, &offset) < 0) return -EBADMSG;
        return copy_back(to, begin, offset | (uint64_t)(tag >> 5) << 8, 4 + ((tag >> 2) & 7));
    case 2:
        if (take_number(rest, 2, &offset) < 0) return -EBADMSG;
        return copy_back(to, begin, offset, 1 + (tag >> 2));
    default:
        if (take_number(rest, 4, &offset) < 0) return -EBADMSG;
        return copy_back(to, begin, offset, 1 + (tag >> 2));
    }
}

int unpack_snappy(Slice packed, Buf *to)
{
    uint64_t said;
    size_t begin = to->len, most = to->bytes_max ? to->bytes_max : BUF_BYTES_MAX_DEFAULT;
    if (slice_take_varint(&packed, &said) < 0) return -EBADMSG;
    if (said > most - begin) return -EFBIG;
    while (packed.len > 0) {
        int r = take_element(&packed, begin, to);
        if (r < 0) return r;
        if (buf_error(to)) return room_error(to);
        if (to->len - begin > said) return -EBADMSG;
    }
    return to->len - begin == said ? 0 : -EBADMSG;
}
