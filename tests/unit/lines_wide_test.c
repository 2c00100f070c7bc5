/* Text in UTF-16: both byte orders, lines cut anywhere by the window, lines too long for it. */
#include "tests/support/tap.h"

#include "base/buf.h"
#include "decode/lines_wide.h"

#include <stdlib.h>

typedef struct Seen {
    Buf text; /* messages, each with a | behind it */
    uint64_t offsets[8];
    size_t events, damages;
} Seen;

static int on_event(void *context, const Event *event)
{
    Seen *seen = context;
    buf_add_slice(&seen->text, event_text(event, "message"));
    buf_add_char(&seen->text, '|');
    if (seen->events < ARRAY_COUNT(seen->offsets)) seen->offsets[seen->events] = event->offset;
    expect_int(event->index, seen->events);
    seen->events++;
    return 0;
}

static int on_damage(void *context, const Damage *damage)
{
    ((Seen *)context)->damages++;
    expect_text(slice_from_cstr(damage->reason), "lines.split");
    return 0;
}

/* Offers the bytes in windows that grow by `step`. */
static Seen run(Slice bytes, size_t step)
{
    static const DecodeOptions options = {.received_ns = TIME_UNKNOWN};
    Seen seen = {0};
    CLEANUP(arena_done) Arena arena = {0};
    const DecodeSink sink = {.event = on_event, .damage = on_damage, .context = &seen};
    void *state = wide_lines_decoder.new(&options);
    size_t at = 0, end = 0;
    while (at < bytes.len) {
        end = end + step < bytes.len ? end + step : bytes.len;
        const DecodeWindow window = {.bytes = slice_of(bytes.ptr + at, end - at),
                                     .offset = at,
                                     .last = end == bytes.len,
                                     .full = end - at >= 64};
        ssize_t used = wide_lines_decoder.feed(state, &window, &arena, &sink);
        if (!expect_ok(used)) break;
        at += (size_t)used;
        if (window.last && !expect_int(at, bytes.len)) break;
    }
    wide_lines_decoder.free(state);
    return seen;
}

#define LITTLE                                                                                     \
    SLICE("\xff\xfe"                                                                               \
          "a\0\r\0\n\0"                                                                            \
          "\x70\x53\x37\x52\r\0\n\0"                                                               \
          "\r\0\n\0"                                                                               \
          "\x0a\x0a\x0d\0\n\0"                                                                     \
          "z\0")
#define BIG                                                                                        \
    SLICE("\xfe\xff"                                                                               \
          "\0a\0\r\0\n"                                                                            \
          "\x53\x70\x52\x37\0\r\0\n"                                                               \
          "\0\r\0\n"                                                                               \
          "\x0a\x0a\0\r\0\n"                                                                       \
          "\0z")

static void both_orders_give_the_same_lines(void)
{
    const Slice files[] = {LITTLE, BIG};
    for (size_t i = 0; i < ARRAY_COUNT(files); i++) {
        expect_int(wide_lines_decoder.recognise(files[i]), 90);
        expect(decoder_for(files[i]) == &wide_lines_decoder);
        for (size_t step = 1; step < files[i].len + 1; step++) {
            Seen seen = run(files[i], step);
            expect_slice(buf_slice(&seen.text), SLICE("a|印刷|\xe0\xa8\x8a|z|"));
            expect_int(seen.offsets[0], 2);
            expect_int(seen.offsets[1], 8);
            expect_int(seen.damages, 0);
            buf_done(&seen.text);
        }
    }
}

static void what_has_no_mark_is_not_taken(void)
{
    expect_int(wide_lines_decoder.recognise(SLICE("a\0b\0")), 0);
    expect_int(wide_lines_decoder.recognise(SLICE("\xff\xfe\0\0a\0\0\0")), 0);
    expect_int(wide_lines_decoder.recognise(SLICE("plain")), 0);
    expect_int(wide_lines_decoder.recognise((Slice){0}), 0);
}

static void a_line_too_long_comes_in_pieces(void)
{
    CLEANUP(buf_done) Buf bytes = {0};
    buf_add(&bytes, "\xff\xfe", 2);
    for (int i = 0; i < 100; i++) {
        buf_add(&bytes, "x\0", 2);
    }
    buf_add(&bytes, "\n\0y\0z", 5);
    Seen seen = run(buf_slice(&bytes), 64);
    expect_int(seen.damages, 1);
    expect(seen.events > 2);
    expect_int(seen.text.len,
               100 + 1 + seen.events); /* all of x, and y; the half z is no character */
    buf_done(&seen.text);
}

static const TapTest tests[] = {
    TAP_TEST(both_orders_give_the_same_lines),
    TAP_TEST(what_has_no_mark_is_not_taken),
    TAP_TEST(a_line_too_long_comes_in_pieces),
};
TAP_MAIN(tests)
