/* Runs a decoder over bytes and writes down what came out, one line an event or damage, so that a
 * test compares text with text:
 *
 *   json ok 2026-11-20T08:40:37Z #7 @0+17 | name=text | name:number | name?bool | name~ | name%json
 *   damage json.syntax @20+5
 *
 * #7: record_id, @0+17: offset and length of raw. Control characters are written as \xNN. */
#ifndef AKASHI_TESTS_DECODING_H
#define AKASHI_TESTS_DECODING_H

#include "tests/support/tap.h"

#include "base/buf.h"
#include "decode/decoder.h"

#include <stdio.h>
#include <stdlib.h>

#define DECODING_RECEIVED_NS ((int64_t)1795163237 * NS_PER_SECOND) /* 2026-11-20T08:53:57Z */

static const DecodeOptions decoding_options = {.received_ns = DECODING_RECEIVED_NS};

typedef struct Decoding {
    Buf text;
    Buf raw;     /* all raw bytes, a line end behind each */
    bool bodies; /* false: only the heads of the lines */
    uint64_t events;
    uint64_t damaged;
    uint64_t by_format[4];
} Decoding;

static inline void decoding_done(Decoding *to)
{
    buf_done(&to->text);
    buf_done(&to->raw);
}

static inline void decoding_add_visible(Buf *to, Slice s)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        if (c < 0x20) {
            buf_add_format(to, "\\x%02x", c);
        } else {
            buf_add_char(to, (char)c);
        }
    }
}

static inline void decoding_add_fields(Buf *to, const Event *event)
{
    static const char marks[] = {'=', ':', '?', '~', '%'};
    for (size_t i = 0; i < event->field_count; i++) {
        buf_add_cstr(to, " | ");
        decoding_add_visible(to, event->fields[i].name);
        buf_add_char(to, marks[event->fields[i].kind]);
        decoding_add_visible(to, event->fields[i].value);
    }
}

static inline int decoding_event(void *context, const Event *event)
{
    static const char *const formats[] = {"text", "windows", "syslog", "json"};
    static const char *const parses[] = {"ok", "partial", "failed"};
    Decoding *to = context;
    char time[TIME_TEXT_MAX + 1];
    size_t len = time_print_rfc3339(time, event->time_ns);
    time[len] = '\0';
    expect_int(event->index, to->events);
    to->events++;
    to->by_format[event->format]++;
    buf_add_slice(&to->raw, event->raw);
    buf_add_char(&to->raw, '\n');
    if (!to->bodies) return 0;
    buf_add_format(&to->text, "%s %s %s", formats[event->format], parses[event->parse],
                   len ? time : "-");
    if (event->record_id) buf_add_format(&to->text, " #%llu", (unsigned long long)event->record_id);
    buf_add_format(&to->text, " @%llu+%zu", (unsigned long long)event->offset, event->raw.len);
    decoding_add_fields(&to->text, event);
    buf_add_char(&to->text, '\n');
    return 0;
}

static inline int decoding_damage(void *context, const Damage *damage)
{
    Decoding *to = context;
    to->damaged++;
    if (!to->bodies) return 0;
    buf_add_format(&to->text, "damage %s @%llu+%llu\n", damage->reason,
                   (unsigned long long)damage->offset, (unsigned long long)damage->bytes);
    return 0;
}

/* Offers the bytes as exact-size copies: a window of first_bytes, and when nothing was used up one
 * that is step_bytes longer each time. Windows are full from full_bytes on. */
static inline int decoding_run(const Decoder *decoder, Slice bytes, size_t first_bytes,
                               size_t step_bytes, size_t full_bytes, Decoding *to)
{
    Arena arena = arena_make(0);
    const DecodeSink sink = {decoding_event, decoding_damage, to};
    void *state = decoder->new (&decoding_options);
    size_t offset = 0, window_bytes = first_bytes;
    ssize_t used = state ? 0 : -1;
    while (offset < bytes.len && used >= 0) {
        Slice rest = slice_skip(bytes, offset);
        size_t len = window_bytes < rest.len ? window_bytes : rest.len;
        char *copy = malloc(len ? len : 1);
        if (!copy) break;
        memcpy(copy, rest.ptr, len);
        const DecodeWindow window = {slice_of(copy, len), offset, len == rest.len,
                                     len >= full_bytes};
        used = decoder->feed(state, &window, &arena, &sink);
        free(copy);
        arena_reset(&arena);
        if (used == 0 && window.last) break;
        if (used == 0) window_bytes = len + step_bytes;
        if (used > 0) {
            offset += (size_t)used;
            window_bytes = step_bytes;
        }
    }
    decoder->free(state);
    arena_done(&arena);
    if (used < 0) return (int)used;
    return offset == bytes.len ? 0 : -1;
}

/* All of it at once: what comes out must be `want`. */
static inline void decoding_expect(const Decoder *decoder, const char *input, const char *want)
{
    CLEANUP(decoding_done) Decoding got = {.bodies = true};
    expect_ok(decoding_run(decoder, slice_from_cstr(input), SIZE_MAX, 1, SIZE_MAX, &got));
    if (!expect_text(buf_slice(&got.text), want)) tap_note("input: %s", input);
}

/* The same events whatever place the bytes are cut at. */
static inline void decoding_expect_same_when_cut(const Decoder *decoder, Slice input)
{
    CLEANUP(decoding_done) Decoding whole = {.bodies = true};
    expect_ok(decoding_run(decoder, input, SIZE_MAX, 1, SIZE_MAX, &whole));
    for (size_t cut = 1; cut < input.len; cut++) {
        CLEANUP(decoding_done) Decoding got = {.bodies = true};
        expect_ok(decoding_run(decoder, input, cut, input.len, SIZE_MAX, &got));
        if (!expect_slice(buf_slice(&got.text), buf_slice(&whole.text))) {
            tap_note("cut at %zu of: %.*s", cut, SLICE_FMT(input));
            return;
        }
    }
    CLEANUP(decoding_done) Decoding byte_by_byte = {.bodies = true};
    expect_ok(decoding_run(decoder, input, 1, 1, SIZE_MAX, &byte_by_byte));
    expect_slice(buf_slice(&byte_by_byte.text), buf_slice(&whole.text));
}

/* A whole file, or an empty slice. free() its ptr. */
static inline Slice decoding_read_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file) return (Slice){0};
    size_t len = 0, room = (size_t)4 << 20;
    char *bytes = malloc(room);
    if (bytes) len = fread(bytes, 1, room, file);
    fclose(file);
    return slice_of(bytes, len);
}

#endif
