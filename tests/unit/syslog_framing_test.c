/* Framing of syslog over TCP (RFC 6587): each message for itself, however its bytes arrive. */
#include "tests/support/tap.h"

#include "base/buf.h"
#include "collect/syslog_listener.h"

#include <stdlib.h>

/* One stream's messages as text: `[message]` each, `+` behind a piece, `!` behind an error. Fed in
 * steps of `step` bytes. */
static void frames_print(Slice bytes, size_t step, Buf *to)
{
    SyslogFraming state = {0};
    size_t begin = 0, end = 0;
    while (end < bytes.len) {
        end = bytes.len - end < step ? bytes.len : end + step;
        SyslogFrame frame;
        size_t used;
        while ((used = syslog_frame_next(&state, slice_of(bytes.ptr + begin, end - begin),
                                         end == bytes.len, &frame)) > 0) {
            begin += used;
            if (frame.message.len || frame.error) {
                buf_add_char(to, '[');
                buf_add_slice(to, frame.message);
                buf_add_char(to, ']');
                if (frame.continues) buf_add_char(to, '+');
                if (frame.error) buf_add_char(to, '!');
            }
        }
    }
    expect_int(begin, bytes.len);
}

static void expect_frames(Slice bytes, const char *want)
{
    for (size_t step = 1; step <= bytes.len; step++) {
        CLEANUP(buf_done) Buf got = {0};
        frames_print(bytes, step, &got);
        if (!expect_text(buf_slice(&got), want)) tap_note("in steps of %zu", step);
    }
}

static void lines_end_with_lf_or_nul(void)
{
    expect_frames(SLICE("<13>a\n<13>b\n"), "[<13>a][<13>b]");
    expect_frames(SLICE("<13>a\r\n<13>b\r\n"), "[<13>a][<13>b]");
    expect_frames(SLICE("<13>a\0<13>b\0"), "[<13>a][<13>b]");
    expect_frames(SLICE("<13>a\n\0<13>b\n\0"), "[<13>a][<13>b]");
    expect_frames(SLICE("\n\n\r\n\0<13>a\n"), "[<13>a]");
    expect_frames(SLICE("a\rb\n"), "[a\rb]");
    expect_frames(SLICE("a\r\r\n"), "[a\r]");
}

static void the_end_of_the_connection_ends_a_line(void)
{
    expect_frames(SLICE("<13>a\n<13>b"), "[<13>a][<13>b]");
    expect_frames(SLICE("12"), "[12]");
    expect_frames(SLICE("12 "), "[12 ]");
    expect_frames(SLICE("a\r"), "[a]");
}

static void octets_are_counted(void)
{
    expect_frames(SLICE("5 <13>a7 <14>b\nc"), "[<13>a][<14>b\nc]");
    expect_frames(SLICE("6 <13>a\n7 <14>b\r\n"), "[<13>a][<14>b]");
    expect_frames(SLICE("6 <13>a\0"
                        "5 <13>b"),
                  "[<13>a][<13>b]");
    expect_frames(SLICE("1 <5 <13>a"), "[<][<13>a]");
}

static void each_message_decides_for_itself(void)
{
    expect_frames(SLICE("5 <13>a<14>b\n5 <13>c\n6 <13>dd"), "[<13>a][<14>b][<13>c][<13>dd]");
}

static void what_only_looks_like_a_count_is_text(void)
{
    expect_frames(SLICE("5 no bracket\n"), "[5 no bracket]");
    expect_frames(SLICE("05 <13>a\n"), "[05 <13>a]");
    expect_frames(SLICE("0 <13>a\n"), "[0 <13>a]");
    expect_frames(SLICE("-5 <13>a\n"), "[-5 <13>a]");
    expect_frames(SLICE("+5 <13>a\n"), "[+5 <13>a]");
    expect_frames(SLICE("5\t<13>a\n"), "[5\t<13>a]");
    expect_frames(SLICE("2026-11-20 <13>a\n"), "[2026-11-20 <13>a]");
    expect_frames(SLICE("12345678901 <13>a\n"), "[12345678901 <13>a]");
}

static void counts_too_large_are_errors_and_text(void)
{
    expect_frames(SLICE("16777217 <13>a\n5 <13>b"), "[16777217 <13>a]![<13>b]");
    expect_frames(SLICE("4294967301 <13>a\n<13>b\n"), "[4294967301 <13>a]![<13>b]");
    expect_frames(SLICE("9999999999 <"), "[9999999999 <]!");
}

static void a_count_cut_short_by_the_end_is_told(void)
{
    expect_frames(SLICE("100 <13>only this"), "[<13>only this]+!");
}

/* A line of `len` bytes `x`, with what comes before and after it. */
static void add_run(Buf *to, const char *before, size_t len, const char *after)
{
    buf_add_cstr(to, before);
    char *room = buf_reserve(to, len);
    if (!expect(room != NULL)) return;
    memset(room, 'x', len);
    to->len += len;
    buf_add_cstr(to, after);
}

typedef struct Pieces {
    size_t lens[8];
    bool continues[8];
    size_t count;
} Pieces;

static Pieces pieces_of(Slice bytes, size_t step)
{
    Pieces pieces = {0};
    SyslogFraming state = {0};
    size_t begin = 0, end = 0;
    while (end < bytes.len) {
        end = bytes.len - end < step ? bytes.len : end + step;
        SyslogFrame frame;
        size_t used;
        while ((used = syslog_frame_next(&state, slice_of(bytes.ptr + begin, end - begin),
                                         end == bytes.len, &frame)) > 0) {
            begin += used;
            if (frame.message.len == 0 || !expect(pieces.count < ARRAY_COUNT(pieces.lens)))
                continue;
            pieces.lens[pieces.count] = frame.message.len;
            pieces.continues[pieces.count++] = frame.continues;
        }
    }
    return pieces;
}

static void expect_pieces(Slice bytes, size_t count, const size_t *lens)
{
    const size_t steps[] = {999, 4096, 65536, 262143, 262144, 262145, 262146, bytes.len};
    for (size_t s = 0; s < ARRAY_COUNT(steps); s++) {
        Pieces pieces = pieces_of(bytes, steps[s]);
        if (!expect_int(pieces.count, count)) return;
        for (size_t i = 0; i < count; i++) {
            expect_int(pieces.lens[i], lens[i]);
            expect_int(pieces.continues[i], lens[i] == SYSLOG_MESSAGE_BYTES_MAX && i + 2 < count);
        }
    }
}

/* Each stream ends with a message `end`, so that the last two are never pieces that go on. */
static void long_messages_come_in_pieces(void)
{
    const size_t max = SYSLOG_MESSAGE_BYTES_MAX;
    CLEANUP(buf_done) Buf bytes = {0};
    add_run(&bytes, "", max, "\nend\n");
    expect_pieces(buf_slice(&bytes), 2, (size_t[]){max, 3});
    buf_clear(&bytes);
    add_run(&bytes, "", max, "\r\nend\n");
    expect_pieces(buf_slice(&bytes), 2, (size_t[]){max, 3});
    buf_clear(&bytes);
    add_run(&bytes, "", max + 1, "\nend\n");
    expect_pieces(buf_slice(&bytes), 3, (size_t[]){max, 1, 3});
    buf_clear(&bytes);
    add_run(&bytes, "", 2 * max + 7, "\nend\n");
    expect_pieces(buf_slice(&bytes), 4, (size_t[]){max, max, 7, 3});
    buf_clear(&bytes);
    add_run(&bytes, "262144 <", max - 1, "3 <en");
    expect_pieces(buf_slice(&bytes), 2, (size_t[]){max, 3});
    buf_clear(&bytes);
    add_run(&bytes, "300000 <", 299999, "3 <en");
    expect_pieces(buf_slice(&bytes), 3, (size_t[]){max, 300000 - max, 3});
}

/* Property: any bytes, split anywhere, give the same messages, and every byte is used up. */
static void how_bytes_arrive_makes_no_difference(void)
{
    static const char alphabet[] = "0123456789 <>\n\r\0ab";
    uint64_t random = 20261120;
    for (int round = 0; round < 3000; round++) {
        char bytes[48];
        for (size_t i = 0; i < sizeof bytes; i++) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            bytes[i] = alphabet[(random >> 33) % (sizeof alphabet - 1)];
        }
        Slice stream = slice_of(bytes, (size_t)(random >> 40) % sizeof bytes + 1);
        CLEANUP(buf_done) Buf whole = {0};
        frames_print(stream, stream.len, &whole);
        for (size_t step = 1; step < stream.len; step += 1 + step / 4) {
            CLEANUP(buf_done) Buf got = {0};
            frames_print(stream, step, &got);
            if (!expect_slice(buf_slice(&got), buf_slice(&whole))) return;
        }
    }
}

static const TapTest tests[] = {
    TAP_TEST(lines_end_with_lf_or_nul),
    TAP_TEST(the_end_of_the_connection_ends_a_line),
    TAP_TEST(octets_are_counted),
    TAP_TEST(each_message_decides_for_itself),
    TAP_TEST(what_only_looks_like_a_count_is_text),
    TAP_TEST(counts_too_large_are_errors_and_text),
    TAP_TEST(a_count_cut_short_by_the_end_is_told),
    TAP_TEST(long_messages_come_in_pieces),
    TAP_TEST(how_bytes_arrive_makes_no_difference),
};
TAP_MAIN(tests)
