/* See event_key.h. SHA-256: log content is written by attackers, who must not be able to make an
 * event that passes for another one. */
#include "record/event_key.h"

static void cut(const Digest *digest, uint8_t ret_key[ROW_KEY_BYTES])
{
    memcpy(ret_key, digest->bytes, ROW_KEY_BYTES);
    ret_key[0] &= 0x7f;
}

/* Each text has its length before it, so that no two field lists give the same bytes. */
void event_content_key(Buf *scratch, Slice source, const Event *event,
                       uint8_t ret_key[ROW_KEY_BYTES])
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
    memset(ret_key, 0, ROW_KEY_BYTES);
    if (buf_error(scratch)) return;
    const Slice piece = buf_slice(scratch);
    Digest digest = digest_sha256(&piece, 1);
    cut(&digest, ret_key);
}

Digest event_line_digest(Slice source, const Event *event)
{
    uint64_t source_bytes = source.len;
    const Slice pieces[] = {SLICE("line"), slice_of(&source_bytes, sizeof source_bytes), source,
                            event->raw};
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
