/* A growable byte buffer with a maximum. Errors stick: after the first failed append the buffer
 * keeps what it has, further appends do nothing, and buf_error() tells; so a writer appends freely
 * and checks once at the end. */
#ifndef AKASHI_BASE_BUF_H
#define AKASHI_BASE_BUF_H

#include "base/cleanup.h"
#include "base/slice.h"

typedef struct Buf {
    char *ptr;
    size_t len;
    size_t capacity;
    size_t bytes_max; /* 0: BUF_BYTES_MAX_DEFAULT */
    int error;        /* 0, -ENOMEM (system) or -EMSGSIZE (maximum reached) */
} Buf;

#define BUF_BYTES_MAX_DEFAULT ((size_t)1 << 30)

static inline Buf buf_make(size_t bytes_max)
{
    return (Buf){.bytes_max = bytes_max};
}
static inline Slice buf_slice(const Buf *buf)
{
    return slice_of(buf->ptr, buf->len);
}
static inline int buf_error(const Buf *buf)
{
    return buf->error;
}
/* Empties it, keeps its memory, clears the error. */
static inline void buf_clear(Buf *buf)
{
    buf->len = 0;
    buf->error = 0;
}
void buf_done(Buf *buf);

/* Room for `bytes` more at buf->ptr + buf->len, or NULL (error set). The caller then adds to len.
 */
char *buf_reserve_slow(Buf *buf, size_t bytes);
static inline char *buf_reserve(Buf *buf, size_t bytes)
{
    if (buf->error) return NULL;
    if (buf->capacity - buf->len < bytes) return buf_reserve_slow(buf, bytes);
    return buf->ptr + buf->len;
}
static inline void buf_add(Buf *buf, const void *bytes, size_t len)
{
    if (len == 0) return;
    char *room = buf_reserve(buf, len);
    if (!room) return;
    memcpy(room, bytes, len);
    buf->len += len;
}
static inline void buf_add_slice(Buf *buf, Slice s)
{
    buf_add(buf, s.ptr, s.len);
}
static inline void buf_add_char(Buf *buf, char c)
{
    char *room = buf_reserve(buf, 1);
    if (!room) return;
    *room = c;
    buf->len++;
}
static inline void buf_add_cstr(Buf *buf, const char *text)
{
    buf_add(buf, text, strlen(text));
}
void buf_add_format(Buf *buf, const char *format, ...) PRINTF_LIKE(2, 3);
void buf_add_u64(Buf *buf, uint64_t value);
void buf_add_i64(Buf *buf, int64_t value);

/* Little-endian fixed width and LEB128 variable width, for formats on disk. */
void buf_add_le16(Buf *buf, uint16_t value);
void buf_add_le32(Buf *buf, uint32_t value);
void buf_add_le64(Buf *buf, uint64_t value);
void buf_add_varint(Buf *buf, uint64_t value);

#endif
