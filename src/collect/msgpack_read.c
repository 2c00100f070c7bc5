/* See msgpack_read.h. Numbers are big-endian. */
#include "collect/msgpack_read.h"

#include "base/json_text.h"

#include <errno.h>

/* A big-endian number of `bytes` bytes behind the first one. */
static uint64_t number_at(Slice item, size_t bytes)
{
    uint64_t number = 0;
    for (size_t i = 0; i < bytes; i++)
        number = number << 8 | (unsigned char)item.ptr[1 + i];
    return number;
}

/* The item has a head of `head` bytes and a body of `body`. 0: not whole yet. */
static int take_whole(Slice *rest, size_t head, uint64_t body, MsgpackItem *ret)
{
    if (rest->len < head || rest->len - head < body) return 0;
    ret->bytes = slice_of(rest->ptr + head, (size_t)body);
    *rest = slice_skip(*rest, head + (size_t)body);
    return 1;
}

static int take_number(Slice *rest, size_t bytes, MsgpackItem *ret)
{
    if (rest->len < 1 + bytes) return 0;
    ret->number = number_at(*rest, bytes);
    *rest = slice_skip(*rest, 1 + bytes);
    return 1;
}

static int take_signed(Slice *rest, size_t bytes, MsgpackItem *ret)
{
    int r = take_number(rest, bytes, ret);
    unsigned shift = (unsigned)(64 - 8 * bytes);
    if (r != 1) return r;
    int64_t value = (int64_t)(ret->number << shift) >> shift;
    ret->number = (uint64_t)value;
    ret->kind = value < 0 ? MSGPACK_INT : MSGPACK_UINT;
    return 1;
}

static int take_float(Slice *rest, size_t bytes, MsgpackItem *ret)
{
    int r = take_number(rest, bytes, ret);
    if (r != 1) return r;
    ret->kind = MSGPACK_FLOAT;
    if (bytes == 4) {
        uint32_t bits = (uint32_t)ret->number;
        float real;
        memcpy(&real, &bits, sizeof real);
        ret->real = (double)real;
    } else {
        memcpy(&ret->real, &ret->number, sizeof ret->real);
    }
    return 1;
}

/* A body whose length is written in `bytes` bytes, `more` bytes (the type of an ext) behind it. */
static int take_sized(Slice *rest, MsgpackKind kind, size_t bytes, size_t more, MsgpackItem *ret)
{
    ret->kind = kind;
    if (rest->len < 1 + bytes + more) return 0;
    uint64_t size = number_at(*rest, bytes);
    if (more) ret->ext = (int8_t)rest->ptr[1 + bytes];
    return take_whole(rest, 1 + bytes + more, size, ret);
}

static int take_counted(Slice *rest, MsgpackKind kind, size_t bytes, MsgpackItem *ret)
{
    int r = take_number(rest, bytes, ret);
    ret->kind = kind;
    ret->count = (uint32_t)ret->number;
    return r;
}

static int take_fixed_ext(Slice *rest, size_t bytes, MsgpackItem *ret)
{
    ret->kind = MSGPACK_EXT;
    if (rest->len < 2) return 0;
    ret->ext = (int8_t)rest->ptr[1];
    return take_whole(rest, 2, bytes, ret);
}

static int take_marked(Slice *rest, unsigned char mark, MsgpackItem *ret)
{
    switch (mark) {
    case 0xc0: return take_number(rest, 0, ret);
    case 0xc2:
    case 0xc3: {
        int r = take_number(rest, 0, ret);
        ret->kind = MSGPACK_BOOL;
        ret->number = mark & 1;
        return r;
    }
    case 0xc4:
    case 0xc5:
    case 0xc6: return take_sized(rest, MSGPACK_BYTES, (size_t)1 << (mark - 0xc4), 0, ret);
    case 0xc7:
    case 0xc8:
    case 0xc9: return take_sized(rest, MSGPACK_EXT, (size_t)1 << (mark - 0xc7), 1, ret);
    case 0xca:
    case 0xcb: return take_float(rest, mark == 0xca ? 4 : 8, ret);
    case 0xcc:
    case 0xcd:
    case 0xce:
    case 0xcf: ret->kind = MSGPACK_UINT; return take_number(rest, (size_t)1 << (mark - 0xcc), ret);
    case 0xd0:
    case 0xd1:
    case 0xd2:
    case 0xd3: return take_signed(rest, (size_t)1 << (mark - 0xd0), ret);
    case 0xd9:
    case 0xda:
    case 0xdb: return take_sized(rest, MSGPACK_TEXT, (size_t)1 << (mark - 0xd9), 0, ret);
    case 0xdc:
    case 0xdd: return take_counted(rest, MSGPACK_ARRAY, mark == 0xdc ? 2 : 4, ret);
    case 0xde:
    case 0xdf: return take_counted(rest, MSGPACK_MAP, mark == 0xde ? 2 : 4, ret);
    default:
        if (mark >= 0xd4 && mark <= 0xd8) {
            return take_fixed_ext(rest, (size_t)1 << (mark - 0xd4), ret);
        }
        return -EBADMSG; /* 0xc1 is never used */
    }
}

int msgpack_next(Slice *rest, MsgpackItem *ret)
{
    if (rest->len == 0) return 0;
    unsigned char mark = (unsigned char)rest->ptr[0];
    *ret = (MsgpackItem){.kind = MSGPACK_NIL};
    if (mark < 0x80 || mark >= 0xe0) {
        ret->kind = mark < 0x80 ? MSGPACK_UINT : MSGPACK_INT;
        ret->number = (uint64_t)(int64_t)(int8_t)mark;
        *rest = slice_skip(*rest, 1);
        return 1;
    }
    if (mark < 0xa0) {
        ret->kind = mark < 0x90 ? MSGPACK_MAP : MSGPACK_ARRAY;
        ret->count = mark & 0x0f;
        *rest = slice_skip(*rest, 1);
        return 1;
    }
    if (mark < 0xc0) {
        ret->kind = MSGPACK_TEXT;
        return take_whole(rest, 1, mark & 0x1f, ret);
    }
    return take_marked(rest, mark, ret);
}

ssize_t msgpack_measure(MsgpackMeasure *measure, Slice input)
{
    MsgpackItem item;
    if (measure->at == 0) measure->open = 1;
    Slice rest = slice_skip(input, measure->at);
    while (measure->open > 0) {
        int r = msgpack_next(&rest, &item);
        if (r <= 0) return r;
        measure->at = input.len - rest.len;
        measure->open--;
        if (item.kind == MSGPACK_ARRAY) measure->open += item.count;
        if (item.kind == MSGPACK_MAP) measure->open += 2 * (uint64_t)item.count;
    }
    return (ssize_t)measure->at;
}

/* --- as JSON ---------------------------------------------------------------------------------- */

static void add_scalar(Buf *to, const MsgpackItem *item)
{
    switch (item->kind) {
    case MSGPACK_BOOL: buf_add_cstr(to, item->number ? "true" : "false"); return;
    case MSGPACK_UINT: buf_add_u64(to, item->number); return;
    case MSGPACK_INT: buf_add_i64(to, (int64_t)item->number); return;
    case MSGPACK_FLOAT:
        if (item->real - item->real == 0) {
            buf_add_format(to, "%.17g", item->real);
            return;
        }
        break;
    case MSGPACK_TEXT:
    case MSGPACK_BYTES: json_add_string(to, item->bytes); return;
    default: break;
    }
    buf_add_cstr(to, "null");
}

/* The name of a member: whatever is no text is written as text. */
static void add_name(Buf *to, const MsgpackItem *item)
{
    bool is_text = item->kind == MSGPACK_TEXT || item->kind == MSGPACK_BYTES;
    if (!is_text) buf_add_char(to, '"');
    add_scalar(to, item);
    buf_add_cstr(to, is_text ? ":" : "\":");
}

static int add_json(Slice *rest, Buf *to, int depth)
{
    MsgpackItem item, name;
    if (msgpack_next(rest, &item) != 1) return -EBADMSG;
    if (item.kind != MSGPACK_ARRAY && item.kind != MSGPACK_MAP) {
        add_scalar(to, &item);
        return 0;
    }
    bool is_map = item.kind == MSGPACK_MAP;
    if (depth == MSGPACK_DEPTH_MAX) return -EBADMSG;
    buf_add_char(to, is_map ? '{' : '[');
    for (uint32_t i = 0; i < item.count; i++) {
        if (i > 0) buf_add_char(to, ',');
        if (is_map) {
            if (msgpack_next(rest, &name) != 1) return -EBADMSG;
            if (name.kind == MSGPACK_ARRAY || name.kind == MSGPACK_MAP) return -EBADMSG;
            add_name(to, &name);
        }
        int r = add_json(rest, to, depth + 1);
        if (r < 0) return r;
    }
    buf_add_char(to, is_map ? '}' : ']');
    return buf_error(to);
}

int msgpack_add_json(Slice *rest, Buf *to)
{
    return add_json(rest, to, 0);
}

/* --- writing ---------------------------------------------------------------------------------- */

void msgpack_write_array(Buf *to, uint8_t count)
{
    buf_add_char(to, (char)(0x90 | (count & 0x0f)));
}

void msgpack_write_map(Buf *to, uint8_t count)
{
    buf_add_char(to, (char)(0x80 | (count & 0x0f)));
}

static void write_sized(Buf *to, unsigned char mark, Slice bytes)
{
    bytes = slice_first(bytes, 65535);
    buf_add_char(to, (char)mark);
    buf_add_char(to, (char)(bytes.len >> 8));
    buf_add_char(to, (char)(bytes.len & 0xff));
    buf_add_slice(to, bytes);
}

void msgpack_write_text(Buf *to, Slice text)
{
    write_sized(to, 0xda, text);
}

void msgpack_write_bytes(Buf *to, Slice bytes)
{
    write_sized(to, 0xc5, bytes);
}

void msgpack_write_bool(Buf *to, bool value)
{
    buf_add_char(to, value ? (char)0xc3 : (char)0xc2);
}
