/* See json_string.h. */
#include "base/json_string.h"

#include "base/utf8.h"

#include <errno.h>

/* Sixteen bytes at a time, in the compiler's own vectors: SSE2 or NEON, whatever the machine has.
 */
typedef unsigned char Block __attribute__((vector_size(16)));
typedef uint64_t Halves __attribute__((vector_size(16)));
#define BLOCK_BYTES sizeof(Block)

/* What a decoded piece may add at once: a code point, and a block that is copied whole. */
#define DECODE_MARGIN_BYTES (BLOCK_BYTES + 4)
#define DECODE_ROOM_BYTES ((size_t)16 << 10)

/* How many bytes at the front of the block stand for themselves: no quote, backslash, control. */
static inline size_t plain_bytes(Block block)
{
    Halves care = (Halves)((block == '"') | (block == '\\') | (block < 0x20));
    if (care[0]) return (size_t)__builtin_ctzll(care[0]) / 8;
    if (care[1]) return 8 + (size_t)__builtin_ctzll(care[1]) / 8;
    return BLOCK_BYTES;
}

static inline bool is_plain(char c)
{
    return c != '"' && c != '\\' && (unsigned char)c >= 0x20;
}

/* The first byte from `at` on that does not stand for itself, or end. */
static inline const char *skip_plain(const char *at, const char *end)
{
    while ((size_t)(end - at) >= BLOCK_BYTES) {
        Block block;
        memcpy(&block, at, sizeof block);
        size_t plain = plain_bytes(block);
        at += plain;
        if (plain < BLOCK_BYTES) return at;
    }
    while (at < end && is_plain(*at)) {
        at++;
    }
    return at;
}

static int take_hex4(const char **at, const char *end, uint32_t *ret)
{
    uint32_t value = 0;
    for (int i = 0; i < 4; i++) {
        if (*at == end) return -EAGAIN;
        char c = **at;
        uint32_t digit;
        if (c >= '0' && c <= '9') {
            digit = (uint32_t)(c - '0');
        } else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f') {
            digit = (uint32_t)((c | 0x20) - 'a') + 10;
        } else {
            return -EBADMSG;
        }
        value = value << 4 | digit;
        (*at)++;
    }
    *ret = value;
    return 0;
}

/* *at is behind `\u`. A high surrogate takes the low one behind it along. */
static int take_code_point(const char **at, const char *end, uint32_t *ret)
{
    int r = take_hex4(at, end, ret);
    if (r < 0 || *ret < 0xd800 || *ret > 0xdbff) return r;
    if (end - *at < 2) return *at < end && **at != '\\' ? 0 : -EAGAIN;
    if ((*at)[0] != '\\' || (*at)[1] != 'u') return 0;
    const char *second = *at + 2;
    uint32_t low;
    r = take_hex4(&second, end, &low);
    if (r < 0) {
        *at = second;
        return r;
    }
    if (low < 0xdc00 || low > 0xdfff) return 0;
    *ret = 0x10000 + ((*ret - 0xd800) << 10) + (low - 0xdc00);
    *at = second;
    return 0;
}

/* What one letter behind a backslash stands for; 0: nothing. */
static const char short_escapes[256] = {
    ['"'] = '"',  ['\\'] = '\\', ['/'] = '/',  ['b'] = '\b',
    ['f'] = '\f', ['n'] = '\n',  ['r'] = '\r', ['t'] = '\t',
};

/* *at is at a backslash; appends what the escape stands for. */
static inline int decode_escape(const char **at, const char *end, char **to)
{
    if (end - *at < 2) return -EAGAIN;
    char c = short_escapes[(unsigned char)(*at)[1]];
    *at += 1;
    if (c) {
        *at += 1;
        *(*to)++ = c;
        return 0;
    }
    if (**at != 'u') return -EBADMSG;
    *at += 1;
    uint32_t code_point;
    int r = take_code_point(at, end, &code_point);
    if (r == 0) *to += utf8_put(*to, code_point);
    return r;
}

/* Decodes until the closing quote (0, *at on it) or until the room is full (-ENOBUFS). */
static int decode_into(const char **at, const char *end, char **to, const char *to_end)
{
    while ((size_t)(to_end - *to) >= DECODE_MARGIN_BYTES) {
        if ((size_t)(end - *at) >= BLOCK_BYTES) {
            Block block;
            memcpy(&block, *at, sizeof block);
            memcpy(*to, &block, sizeof block);
            size_t plain = plain_bytes(block);
            *at += plain;
            *to += plain;
            if (plain == BLOCK_BYTES) continue;
        } else if (*at == end) {
            return -EAGAIN;
        } else if (is_plain(**at)) {
            *(*to)++ = *(*at)++;
            continue;
        }
        if (**at == '"') return 0;
        if (**at != '\\') return -EBADMSG;
        int r = decode_escape(at, end, to);
        if (r < 0) return r;
    }
    return -ENOBUFS;
}

static size_t room_for(const char *at, const char *end, size_t done, size_t room_bytes)
{
    size_t most = done + (size_t)(end - at) + DECODE_MARGIN_BYTES;
    return room_bytes < most ? room_bytes : most;
}

/* The string from `start`, whose first escape is at *at. Decoded text is never longer than its
 * source, so the room grows at most to that. */
static int read_escaped(const char *start, const char **at, const char *end, Arena *arena,
                        Slice *ret)
{
    size_t done = (size_t)(*at - start);
    const char *source = start;
    for (size_t room_bytes = DECODE_ROOM_BYTES + done;; room_bytes *= 8) {
        room_bytes = room_for(*at, end, done, room_bytes);
        char *room = arena_reserve(arena, room_bytes);
        if (!room) return -ENOMEM;
        memmove(room, source, done);
        char *to = room + done;
        int r = decode_into(at, end, &to, room + room_bytes);
        done = (size_t)(to - room);
        source = room;
        if (r == -ENOBUFS) continue;
        if (r < 0) return r;
        arena_commit(arena, done);
        *ret = slice_of(room, done);
        *at += 1;
        return 0;
    }
}

int json_string_read(const char **at, const char *end, Arena *arena, Slice *ret)
{
    const char *start = *at;
    *at = skip_plain(*at, end);
    if (*at == end) return -EAGAIN;
    if (**at == '"') {
        *ret = slice_of(start, (size_t)(*at - start));
        *at += 1;
        return 0;
    }
    if (**at != '\\') return -EBADMSG;
    return read_escaped(start, at, end, arena, ret);
}

int json_string_skip(const char **at, const char *end)
{
    for (;;) {
        *at = skip_plain(*at, end);
        if (*at == end) return -EAGAIN;
        if (**at == '"') {
            *at += 1;
            return 0;
        }
        if (**at != '\\') return -EBADMSG;
        char ignored[4], *to = ignored;
        int r = decode_escape(at, end, &to);
        if (r < 0) return r;
    }
}
