/* See event_key.h. SHA-256: log content is written by attackers, who must not be able to make an
 * event that passes for another one. */
#include "record/event_key.h"

static void cut(const Digest *digest, uint8_t ret_key[ROW_KEY_BYTES])
{
    memcpy(ret_key, digest->bytes, ROW_KEY_BYTES);
    ret_key[0] &= 0x7f;
}

/* Each text has its length before it, so that no two field lists give the same bytes. */
void event_content_bytes(Buf *scratch, Slice source, const Event *event)
{
    buf_clear(scratch);
    buf_add(scratch, "event", 5);
    buf_add_varint(scratch, source.len);
    buf_add_slice(scratch, source);
    for (size_t i = 0; i < event->field_count; i++) {
        const Field *field = &event->fields[i];
        buf_add_varint(scratch, field->name.len);
        buf_add_slice(scratch, field->name);
        buf_add_varint(scratch, field->value.len);
        buf_add_slice(scratch, field->value);
    }
}

void event_content_cut(const Digest *content, uint8_t ret_key[ROW_KEY_BYTES])
{
    cut(content, ret_key);
}

void event_content_key(Buf *scratch, Slice source, const Event *event,
                       uint8_t ret_key[ROW_KEY_BYTES])
{
    event_content_bytes(scratch, source, event);
    memset(ret_key, 0, ROW_KEY_BYTES);
    if (buf_error(scratch)) return;
    const Slice piece = buf_slice(scratch);
    Digest digest = digest_sha256(&piece, 1);
    cut(&digest, ret_key);
}

void event_line_pieces(Slice source, const uint64_t *source_bytes, const Event *event,
                       Slice ret[EVENT_LINE_PIECES])
{
    ret[0] = SLICE("line");
    ret[1] = slice_of(source_bytes, sizeof *source_bytes);
    ret[2] = source;
    ret[3] = event->raw;
}

Digest event_line_digest(Slice source, const Event *event)
{
    const uint64_t source_bytes = source.len;
    Slice pieces[EVENT_LINE_PIECES];
    event_line_pieces(source, &source_bytes, event, pieces);
    return digest_sha256(pieces, ARRAY_COUNT(pieces));
}

void event_line_key(const Digest *line, bool by_offset, uint64_t number,
                    uint8_t ret_key[ROW_KEY_BYTES])
{
    const struct {
        uint64_t kind, number;
    } place = {by_offset, number};
    const Slice pieces[] = {slice_of(line->bytes, sizeof line->bytes),
                            slice_of(&place, sizeof place)};
    Digest digest = digest_sha256(pieces, ARRAY_COUNT(pieces));
    cut(&digest, ret_key);
}
