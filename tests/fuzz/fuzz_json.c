/* The JSON decoder: whole, and cut in two at a place that the input chooses, gives the same events;
 * in windows too small for its documents it still goes forward; every event's raw bytes lie in the
 * window, in order. The lines decoder sees the same bytes. */
#include "base/buf.h"
#include "base/check.h"
#include "decode/decoder.h"

#include <stdlib.h>

typedef struct Seen {
    const DecodeWindow *window;
    uint64_t events;
    uint64_t hash; /* of all formats, states, offsets, names and values */
    uint64_t raw_end;
} Seen;

static void mix(Seen *seen, const void *bytes, size_t len)
{
    const unsigned char *at = bytes;
    for (size_t i = 0; i < len; i++) {
        seen->hash = (seen->hash ^ at[i]) * 1099511628211u;
    }
}

static int on_event(void *context, const Event *event)
{
    Seen *seen = context;
    const Slice window = seen->window->bytes;
    CHECK(event->index == seen->events);
    CHECK(event->raw.ptr >= window.ptr && event->raw.len <= window.len);
    CHECK(event->raw.ptr + event->raw.len <= window.ptr + window.len);
    CHECK(event->offset == seen->window->offset + (uint64_t)(event->raw.ptr - window.ptr));
    CHECK(event->offset >= seen->raw_end);
    seen->raw_end = event->offset + event->raw.len;
    seen->events++;
    mix(seen, &event->format, sizeof event->format);
    mix(seen, &event->parse, sizeof event->parse);
    mix(seen, &event->time_ns, sizeof event->time_ns);
    mix(seen, &event->offset, sizeof event->offset);
    for (size_t i = 0; i < event->field_count; i++) {
        mix(seen, event->fields[i].name.ptr, event->fields[i].name.len);
        mix(seen, event->fields[i].value.ptr, event->fields[i].value.len);
    }
    return 0;
}

static int on_damage(void *context, const Damage *damage)
{
    const Seen *seen = context;
    CHECK(damage->offset <= seen->window->offset + seen->window->bytes.len);
    CHECK(damage->reason != NULL);
    return 0;
}

/* Exact-size copies, so that a sanitizer sees the first byte read outside. */
static size_t feed(const Decoder *decoder, void *state, Slice bytes, uint64_t offset, bool last,
                   bool full, Seen *seen)
{
    char *copy = malloc(bytes.len ? bytes.len : 1);
    CHECK(copy != NULL);
    if (bytes.len) memcpy(copy, bytes.ptr, bytes.len);
    const DecodeWindow window = {slice_of(copy, bytes.len), offset, last, full};
    const DecodeSink sink = {on_event, on_damage, seen};
    Arena arena = arena_make(0);
    seen->window = &window;
    ssize_t used = decoder->feed(state, &window, &arena, &sink);
    CHECK(used >= 0 && (size_t)used <= bytes.len);
    CHECK(!last || (size_t)used == bytes.len);
    CHECK(!full || bytes.len == 0 || used > 0);
    arena_done(&arena);
    free(copy);
    return (size_t)used;
}

static Seen run(const Decoder *decoder, Slice bytes, size_t cut)
{
    const DecodeOptions options = {.received_ns = 1795163237 * NS_PER_SECOND};
    Seen seen = {0};
    void *state = decoder->new (&options);
    CHECK(state != NULL);
    size_t used = 0;
    if (cut < bytes.len)
        used = feed(decoder, state, slice_first(bytes, cut), 0, false, false, &seen);
    feed(decoder, state, slice_skip(bytes, used), used, true, false, &seen);
    decoder->free(state);
    return seen;
}

#define SMALL_WINDOW_BYTES 48

static void run_in_small_windows(const Decoder *decoder, Slice bytes)
{
    const DecodeOptions options = {.received_ns = TIME_UNKNOWN};
    Seen seen = {0};
    void *state = decoder->new (&options);
    CHECK(state != NULL);
    uint64_t offset = 0;
    while (bytes.len > 0) {
        bool last = bytes.len <= SMALL_WINDOW_BYTES;
        size_t used =
            feed(decoder, state, slice_first(bytes, SMALL_WINDOW_BYTES), offset, last, true, &seen);
        bytes = slice_skip(bytes, used);
        offset += used;
    }
    decoder->free(state);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    if (len < 2) return 0;
    size_t cut = (bytes[0] | (size_t)bytes[1] << 8) % len;
    Slice input = slice_of(bytes + 2, len - 2);
    static const Decoder *const both[] = {&json_decoder, &lines_decoder};
    for (size_t i = 0; i < 2; i++) {
        Seen whole = run(both[i], input, SIZE_MAX), halves = run(both[i], input, cut);
        CHECK(whole.events == halves.events && whole.hash == halves.hash);
        run_in_small_windows(both[i], input);
        CHECK(both[i]->recognise(slice_first(input, DECODE_HEAD_BYTES)) <= 100);
    }
    return 0;
}
