/* See buf.h. */
#include "base/buf.h"

#include "base/check.h"
#include "base/number.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void buf_done(Buf *buf)
{
    free(buf->ptr);
    *buf = (Buf){.bytes_max = buf->bytes_max};
}

char *buf_reserve_slow(Buf *buf, size_t bytes)
{
    size_t max = buf->bytes_max ? buf->bytes_max : BUF_BYTES_MAX_DEFAULT;
    if (bytes > max || buf->len > max - bytes) {
        buf->error = -EMSGSIZE;
        return NULL;
    }
    size_t capacity = buf->capacity < 256 ? 256 : buf->capacity;
    while (capacity - buf->len < bytes) {
        capacity *= 2;
    }
    if (capacity > max) capacity = max;
    char *grown = realloc(buf->ptr, capacity);
    if (!grown) {
        buf->error = -ENOMEM;
        return NULL;
    }
    buf->ptr = grown;
    buf->capacity = capacity;
    return grown + buf->len;
}

void buf_add_format(Buf *buf, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    CHECK(len >= 0);
    char *room = buf_reserve(buf, (size_t)len + 1);
    if (!room) return;
    va_start(args, format);
    vsnprintf(room, (size_t)len + 1, format, args);
    va_end(args);
    buf->len += (size_t)len;
}

void buf_add_u64(Buf *buf, uint64_t value)
{
    char *room = buf_reserve(buf, NUMBER_TEXT_MAX);
    if (room) buf->len += number_print_u64(room, value);
}

void buf_add_i64(Buf *buf, int64_t value)
{
    char *room = buf_reserve(buf, NUMBER_TEXT_MAX);
    if (room) buf->len += number_print_i64(room, value);
}

static void add_le(Buf *buf, uint64_t value, size_t width)
{
    char *room = buf_reserve(buf, width);
    if (!room) return;
    for (size_t i = 0; i < width; i++) {
        room[i] = (char)(unsigned char)(value >> (8 * i));
    }
    buf->len += width;
}

void buf_add_le16(Buf *buf, uint16_t value)
{
    add_le(buf, value, 2);
}

void buf_add_le32(Buf *buf, uint32_t value)
{
    add_le(buf, value, 4);
}

void buf_add_le64(Buf *buf, uint64_t value)
{
    add_le(buf, value, 8);
}

void buf_add_varint(Buf *buf, uint64_t value)
{
    char *room = buf_reserve(buf, 10);
    if (!room) return;
    size_t len = 0;
    while (value >= 0x80) {
        room[len++] = (char)(unsigned char)(value | 0x80);
        value >>= 7;
    }
    room[len++] = (char)(unsigned char)value;
    buf->len += len;
}
