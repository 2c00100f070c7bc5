/* See decoded_rows.h. */
#include "tests/support/decoded_rows.h"

#include "decode/decoder.h"
#include "translate/translate.h"

#include <errno.h>

#define RECEIVED_NS ((int64_t)1800000000 * NS_PER_SECOND)

typedef struct Adding {
    DecodedRows *decoded;
    Translator *translator;
    Slice origin;
} Adding;

/* The fields are the decoder's until the next event. */
static int keep_row(void *context, const Record *record, const Event *event)
{
    Adding *adding = context;
    Row row = {.origin = adding->origin, .event = *event, .record = *record};
    Field *fields = ARENA_ARRAY(&adding->decoded->arena, Field, event->field_count + 1);
    if (!fields) return -ENOMEM;
    for (size_t i = 0; i < event->field_count; i++) {
        fields[i] = event->fields[i];
    }
    row.event.fields = fields;
    buf_add(&adding->decoded->rows, &row, sizeof row);
    return buf_error(&adding->decoded->rows);
}

static int take_event(void *context, const Event *event)
{
    Adding *adding = context;
    return translator_feed(adding->translator, event, RECEIVED_NS, &adding->decoded->arena,
                           keep_row, adding);
}

static int take_damage(void *context, const Damage *damage)
{
    (void)context;
    (void)damage;
    return 0;
}

int decoded_rows_add(DecodedRows *decoded, Slice bytes, Slice origin)
{
    const DecodeOptions options = {.received_ns = RECEIVED_NS};
    const Decoder *decoder = decoder_for(slice_first(bytes, DECODE_HEAD_BYTES));
    Adding adding = {decoded, translator_new(), origin};
    const DecodeSink sink = {take_event, take_damage, &adding};
    void *state = decoder->new (&options);
    ssize_t used = adding.translator && state ? 0 : -ENOMEM;
    for (uint64_t offset = 0; bytes.len > 0 && used >= 0; offset += (uint64_t)used) {
        const DecodeWindow window = {slice_first(bytes, DECODE_WINDOW_BYTES_MAX), offset,
                                     bytes.len <= DECODE_WINDOW_BYTES_MAX, true};
        used = decoder->feed(state, &window, &decoded->arena, &sink);
        if (used < 0) break;
        bytes = slice_skip(bytes, (size_t)used);
    }
    if (state) decoder->free(state);
    if (adding.translator) translator_free(adding.translator);
    return used < 0 ? (int)used : 0;
}

void decoded_rows_done(DecodedRows *decoded)
{
    arena_done(&decoded->arena);
    buf_done(&decoded->rows);
}
