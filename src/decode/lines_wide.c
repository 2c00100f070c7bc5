/* See lines_wide.h. */
#include "decode/lines_wide.h"

#include "base/utf8.h"
#include "decode/json.h"
#include "decode/lines.h"
#include "decode/text_event.h"

#include <errno.h>
#include <stdlib.h>

#define REASON_SPLIT "lines.split"
#define MARK_BYTES 2

typedef struct WideState {
    DecodeOptions options;
    uint64_t index;
    bool begun;
    bool big_endian;
    bool splitting; /* the next bytes belong to a line of which pieces came out already */
} WideState;

typedef struct Feed {
    WideState *state;
    const DecodeWindow *window;
    Arena *arena;
    const DecodeSink *sink;
} Feed;

static bool is_big_endian(Slice bytes)
{
    return slice_starts(bytes, SLICE("\xfe\xff"));
}

static int wide_recognise(Slice head)
{
    enum { CERTAIN = 90 };
    /* FF FE 00 00 would be UTF-32 */
    bool little =
        slice_starts(head, SLICE("\xff\xfe")) && !slice_starts(head, SLICE("\xff\xfe\0\0"));
    return little || is_big_endian(head) ? CERTAIN : 0;
}

/* Bytes before the next line feed's unit; SLICE_NOT_FOUND: there is none. */
static size_t find_line_feed(const WideState *state, Slice bytes)
{
    const char *unit = state->big_endian ? "\0\n" : "\n\0";
    for (size_t from = 0; from < bytes.len;) {
        size_t found = slice_find(slice_skip(bytes, from), slice_of(unit, 2));
        if (found == SLICE_NOT_FOUND) return SLICE_NOT_FOUND;
        if ((from + found) % 2 == 0) return from + found;
        from += found + 1;
    }
    return SLICE_NOT_FOUND;
}

static int to_utf8(const Feed *feed, Slice wide, Slice *ret)
{
    char *text = arena_alloc(feed->arena, wide.len / 2 * 3 + 1);
    if (!text) return -ENOMEM;
    if (feed->state->big_endian) {
        char *swapped = arena_alloc(feed->arena, wide.len + 1);
        if (!swapped) return -ENOMEM;
        for (size_t i = 0; i + 1 < wide.len; i += 2) {
            swapped[i] = wide.ptr[i + 1];
            swapped[i + 1] = wide.ptr[i];
        }
        wide = slice_of(swapped, wide.len & ~(size_t)1);
    }
    *ret = slice_of(text, utf8_from_utf16le(text, wide));
    return 0;
}

static int tell(const Feed *feed, uint64_t offset, size_t bytes, const char *reason)
{
    const Damage damage = {.offset = offset, .bytes = bytes, .reason = reason};
    return feed->sink->damage(feed->sink->context, &damage);
}

static int emit(const Feed *feed, Event *event, Slice wide)
{
    event->raw = wide;
    event->offset = feed->window->offset + (uint64_t)(wide.ptr - feed->window->bytes.ptr);
    event->index = feed->state->index++;
    int r = feed->sink->event(feed->sink->context, event);
    if (r < 0 || event->parse != PARSE_FAILED) return r;
    return tell(feed, event->offset, wide.len, JSON_REASON_SYNTAX);
}

static int take_line(const Feed *feed, Slice wide, bool is_piece)
{
    Slice text;
    Event event;
    int r = to_utf8(feed, wide, &text);
    if (r < 0) return r;
    while (text.len > 0 && text.ptr[text.len - 1] == '\r') {
        text.len--;
    }
    if (text.len == 0) return 0;
    r = is_piece ? text_event_make(text, PARSE_PARTIAL, TEXT_REASON_SPLIT, feed->arena, &event)
                 : line_decode(text, &feed->state->options, feed->arena, &event);
    return r < 0 ? r : emit(feed, &event, wide);
}

static int take_full_window(const Feed *feed, Slice wide)
{
    WideState *state = feed->state;
    if (!state->splitting) {
        int r = tell(feed, feed->window->offset, 0, REASON_SPLIT);
        if (r < 0) return r;
    }
    state->splitting = true;
    return take_line(feed, wide, true);
}

static Slice skip_mark(WideState *state, Slice bytes)
{
    if (state->begun || bytes.len < MARK_BYTES) return bytes;
    state->begun = true;
    state->big_endian = is_big_endian(bytes);
    return slice_skip(bytes, MARK_BYTES);
}

static ssize_t wide_feed(void *context, const DecodeWindow *window, Arena *arena,
                         const DecodeSink *sink)
{
    WideState *state = context;
    const Feed feed = {.state = state, .window = window, .arena = arena, .sink = sink};
    Slice rest = skip_mark(state, window->bytes);
    size_t before = rest.len;
    while (rest.len > 0) {
        size_t end = find_line_feed(state, rest);
        if (end == SLICE_NOT_FOUND && !window->last) break;
        bool is_piece = state->splitting;
        state->splitting = false;
        int r = take_line(&feed, slice_first(rest, end), is_piece);
        if (r < 0) return r;
        rest = slice_skip(rest, end == SLICE_NOT_FOUND ? rest.len : end + 2);
    }
    if (window->full && rest.len == before && rest.len > 1) {
        Slice piece = slice_first(rest, rest.len & ~(size_t)1);
        int r = take_full_window(&feed, piece);
        if (r < 0) return r;
        rest = slice_skip(rest, piece.len);
    }
    return (ssize_t)(window->bytes.len - rest.len);
}

static void *wide_new(const DecodeOptions *options)
{
    WideState *state = calloc(1, sizeof *state);
    if (state) state->options = *options;
    return state;
}

const Decoder wide_lines_decoder = {
    .name = "lines-utf16",
    .recognise = wide_recognise,
    .new = wide_new,
    .free = free,
    .feed = wide_feed,
};
