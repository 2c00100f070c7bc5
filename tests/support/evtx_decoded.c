/* See evtx_decoded.h. */
#include "tests/support/evtx_decoded.h"

#include "base/check.h"
#include "base/json_text.h"
#include "base/utf8.h"
#include "record/print.h"

#include <stdlib.h>

typedef struct Feeding {
    EvtxDecoded *decoded;
    const DecodeWindow *window;
} Feeding;

static void check_field(const Field *field)
{
    CHECK(utf8_is_valid(field->name) && utf8_is_valid(field->value));
    if (field->kind == FIELD_NUMBER) CHECK(json_is_number(field->value));
    if (field->kind == FIELD_BOOL) {
        CHECK(slice_eq(field->value, SLICE("true")) || slice_eq(field->value, SLICE("false")));
    }
}

/* A name that comes again after another one is no array. */
static bool repeats_apart(const Event *event)
{
    for (size_t i = 2; i < event->field_count && event->field_count < 200; i++) {
        if (slice_eq(event->fields[i].name, event->fields[i - 1].name)) continue;
        for (size_t j = 0; j + 1 < i; j++) {
            if (slice_eq(event->fields[i].name, event->fields[j].name)) return true;
        }
    }
    return false;
}

static int on_event(void *context, const Event *event)
{
    Feeding *feeding = context;
    EvtxDecoded *decoded = feeding->decoded;
    Slice window = feeding->window->bytes;
    CHECK(event->format == EVENT_WINDOWS && event->index == decoded->events);
    CHECK(event->field_count <= EVTX_EVENT_FIELDS_MAX);
    CHECK(event->raw.ptr >= window.ptr &&
          event->raw.ptr + event->raw.len <= window.ptr + window.len);
    CHECK(event->offset == feeding->window->offset + (uint64_t)(event->raw.ptr - window.ptr));
    for (size_t i = 0; i < event->field_count; i++) {
        check_field(&event->fields[i]);
    }
    CHECK(!repeats_apart(event));
    decoded->events++;
    decoded->good += event->parse == PARSE_OK;
    uint64_t end = event->offset + event->raw.len;
    if (event->parse == PARSE_OK && end <= decoded->good_until) decoded->good_before++;
    print_event_json(&decoded->json, event, SLICE("-"));
    return buf_error(&decoded->json);
}

static int on_damage(void *context, const Damage *damage)
{
    EvtxDecoded *decoded = ((Feeding *)context)->decoded;
    if (decoded->damage_count < EVTX_DECODED_DAMAGES_MAX) {
        decoded->damages[decoded->damage_count] = *damage;
    }
    decoded->damage_count++;
    return 0;
}

/* One feed over [from, to); returns what it used up. */
static ssize_t feed_window(const Decoder *decoder, void *state, Slice bytes, size_t from, size_t to,
                           Arena *arena, EvtxDecoded *decoded)
{
    char *copy = malloc(to > from ? to - from : 1);
    CHECK(copy != NULL);
    if (to > from) memcpy(copy, bytes.ptr + from, to - from);
    DecodeWindow window = {.bytes = slice_of(copy, to - from),
                           .offset = from,
                           .last = to == bytes.len,
                           .full = to - from >= DECODE_WINDOW_BYTES_MAX};
    Feeding feeding = {.decoded = decoded, .window = &window};
    DecodeSink sink = {.event = on_event, .damage = on_damage, .context = &feeding};
    ssize_t used = decoder->feed(state, &window, arena, &sink);
    if (used >= 0) {
        CHECK((size_t)used <= to - from);
        CHECK(!window.last || (size_t)used == to - from);
        CHECK(!window.full || used > 0);
    }
    if (arena->bytes > decoded->output_bytes_max) decoded->output_bytes_max = arena->bytes;
    arena_reset(arena);
    free(copy);
    return used;
}

int evtx_decode_bytes(const Decoder *decoder, Slice bytes, size_t step_bytes, EvtxDecoded *decoded)
{
    CLEANUP(arena_done) Arena arena = arena_make(0);
    *decoded = (EvtxDecoded){.good_until = decoded->good_until};
    void *state = decoder->new (&(DecodeOptions){0});
    CHECK(state != NULL);
    size_t from = 0, to = 0;
    ssize_t used;
    do {
        size_t room = DECODE_WINDOW_BYTES_MAX - (to - from);
        size_t step = step_bytes && step_bytes < room ? step_bytes : room;
        to = bytes.len - to > step ? to + step : bytes.len;
        used = feed_window(decoder, state, bytes, from, to, &arena, decoded);
        if (used >= 0) from += (size_t)used;
    } while (used >= 0 && to < bytes.len);
    decoder->free(state);
    return used < 0 ? (int)used : 0;
}

void evtx_decoded_done(EvtxDecoded *decoded)
{
    buf_done(&decoded->json);
}

Slice evtx_decoded_line(const EvtxDecoded *decoded, size_t n)
{
    Slice rest = buf_slice(&decoded->json), line = {0};
    for (size_t i = 0; i <= n; i++) {
        if (!slice_cut(&rest, '\n', &line)) return (Slice){0};
    }
    return line;
}

size_t evtx_decoded_count(const EvtxDecoded *decoded, EvtxReason reason)
{
    size_t count = 0;
    for (size_t i = 0; i < decoded->damage_count && i < EVTX_DECODED_DAMAGES_MAX; i++) {
        count += strcmp(decoded->damages[i].reason, evtx_reasons[reason]) == 0;
    }
    return count;
}
