/* See lumberjack_frames.h. */
#include "collect/lumberjack_frames.h"

#include "collect/unpack_bytes.h"

#include <errno.h>

enum { WINDOW_BYTES = 6, PACKED_HEAD_BYTES = 6, EVENT_HEAD_BYTES = 10 };

static uint32_t read_be32(const char *at)
{
    uint32_t value;
    memcpy(&value, at, sizeof value);
    return __builtin_bswap32(value);
}

static int take_event(LumberjackState *state, Slice text, uint32_t sequence, Bundle *group)
{
    if (text.len > BUNDLE_MESSAGE_BYTES_MAX) return -EFBIG;
    state->sequence = sequence;
    state->has_events = true;
    if (text.len == 0) return 0;
    Message *message = bundle_add(group);
    if (!message) return -EFBIG;
    message->bytes = text;
    message->shipped = true;
    bundle_key_shipped(group, &state->tree, message);
    return 0;
}

static ssize_t take_frame(LumberjackState *state, Slice input, bool is_inside, Bundle *group);

static int take_packed(LumberjackState *state, Slice packed, Bundle *group)
{
    buf_clear(&state->unpacked);
    state->unpacked.bytes_max = LUMBERJACK_UNPACKED_BYTES_MAX;
    int r = unpack_deflated(packed, LUMBERJACK_RATIO_MAX, &state->unpacked);
    Slice rest = buf_slice(&state->unpacked);
    while (r == 0 && rest.len > 0) {
        ssize_t used = take_frame(state, rest, true, group);
        if (used <= 0) return used == 0 ? -EBADMSG : (int)used;
        rest = slice_skip(rest, (size_t)used);
    }
    return r;
}

/* One frame; packed frames lie in no other packed frame. */
static ssize_t take_frame(LumberjackState *state, Slice input, bool is_inside, Bundle *group)
{
    if (input.len < 2) return input.len == 1 && input.ptr[0] != '2' ? -EBADMSG : 0;
    if (input.ptr[0] != '2') return -EBADMSG;
    char type = input.ptr[1];
    size_t head = type == 'J' ? EVENT_HEAD_BYTES : WINDOW_BYTES;
    if (type != 'W' && type != 'J' && (type != 'C' || is_inside)) return -EBADMSG;
    if (input.len < head) return 0;
    if (type == 'W') return WINDOW_BYTES;
    uint32_t size = read_be32(input.ptr + head - 4);
    if (size > LUMBERJACK_FRAME_BYTES_MAX) return -EFBIG;
    if (input.len - head < size) return 0;
    Slice body = slice_of(input.ptr + head, size);
    int r = type == 'C' ? take_packed(state, body, group)
                        : take_event(state, body, read_be32(input.ptr + 2), group);
    return r < 0 ? r : (ssize_t)(head + size);
}

/* A packed frame ends the piece: its events lie in the one buffer for them. */
ssize_t lumberjack_take(LumberjackState *state, Slice input, Bundle *group)
{
    Slice rest = input;
    while (rest.len > 0 && input.len - rest.len < LUMBERJACK_PIECE_BYTES) {
        bool packed = rest.len > 1 && rest.ptr[1] == 'C';
        if (packed && group->count > 0) break;
        ssize_t used = take_frame(state, rest, false, group);
        if (used < 0) return used;
        if (used == 0) break;
        rest = slice_skip(rest, (size_t)used);
        if (packed) break;
    }
    return (ssize_t)(input.len - rest.len);
}

void lumberjack_add_ack(Buf *to, uint32_t sequence)
{
    uint32_t number = __builtin_bswap32(sequence);
    buf_add_cstr(to, "2A");
    buf_add(to, &number, sizeof number);
}
