/* See row_key.h. SHA-256 cut to 16 bytes: log content is written by attackers, who must not be able
 * to make a line that passes for another one. */
#include "engine/row_key.h"

#include "base/digest.h"
#include "base/number.h"

#include <stdlib.h>

void repeats_done(Repeats *repeats)
{
    free(repeats->hashes);
    free(repeats->counts);
    buf_done(&repeats->scratch);
    *repeats = (Repeats){0};
}

void repeats_clear(Repeats *repeats)
{
    if (repeats->hashes) memset(repeats->hashes, 0, repeats->capacity * sizeof *repeats->hashes);
    repeats->count = 0;
}

static size_t place_of(const Repeats *repeats, uint64_t hash)
{
    size_t at = hash & (repeats->capacity - 1);
    while (repeats->hashes[at] != 0 && repeats->hashes[at] != hash) {
        at = (at + 1) & (repeats->capacity - 1);
    }
    return at;
}

static bool grow(Repeats *repeats)
{
    Repeats bigger = {.capacity = repeats->capacity ? repeats->capacity * 2 : 1024};
    if (bigger.capacity > REPEATS_LINES_MAX * 2) return false;
    bigger.hashes = calloc(bigger.capacity, sizeof *bigger.hashes);
    bigger.counts = calloc(bigger.capacity, sizeof *bigger.counts);
    if (!bigger.hashes || !bigger.counts) {
        repeats_done(&bigger);
        return false;
    }
    for (size_t i = 0; i < repeats->capacity; i++) {
        if (repeats->hashes[i] == 0) continue;
        size_t at = place_of(&bigger, repeats->hashes[i]);
        bigger.hashes[at] = repeats->hashes[i];
        bigger.counts[at] = repeats->counts[i];
    }
    bigger.count = repeats->count;
    bigger.scratch = repeats->scratch;
    free(repeats->hashes);
    free(repeats->counts);
    *repeats = bigger;
    return true;
}

/* How often the line came before; false: the table is full and the line is not in it. */
static bool occurrence(Repeats *repeats, uint64_t hash, uint64_t *ret)
{
    if (hash == 0) hash = 1;
    if (repeats->count >= repeats->capacity / 2 && !grow(repeats)) {
        if (repeats->capacity == 0 || repeats->hashes[place_of(repeats, hash)] == 0) return false;
    }
    size_t at = place_of(repeats, hash);
    if (repeats->hashes[at] == 0) {
        repeats->hashes[at] = hash;
        repeats->counts[at] = 0;
        repeats->count++;
    }
    *ret = repeats->counts[at]++;
    return true;
}

static void copy_key(uint8_t ret_key[ROW_KEY_BYTES], const Digest *digest)
{
    memcpy(ret_key, digest->bytes, ROW_KEY_BYTES);
}

/* All fields, each with its lengths before it so that no two field lists give the same bytes. */
static Digest content_digest(Buf *scratch, Slice source, const Event *event)
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
    const Slice piece = buf_slice(scratch);
    return digest_sha256(&piece, 1);
}

static Digest line_digest(Repeats *repeats, Slice source, const Event *event)
{
    uint64_t source_bytes = source.len;
    Slice pieces[] = {SLICE("line"), slice_of(&source_bytes, sizeof source_bytes), source,
                      event->raw};
    Digest digest = digest_sha256(pieces, ARRAY_COUNT(pieces));
    struct {
        uint64_t kind, number;
    } place = {0};
    if (!occurrence(repeats, read_le64(digest.bytes + 16), &place.number)) {
        place.kind = 1;
        place.number = event->offset;
    }
    const Slice again[] = {slice_of(digest.bytes, sizeof digest.bytes),
                           slice_of(&place, sizeof place)};
    return digest_sha256(again, ARRAY_COUNT(again));
}

void row_key_for_import(Repeats *repeats, Slice source, const Event *event,
                        uint8_t ret_key[ROW_KEY_BYTES])
{
    Digest digest;
    if (event->format == EVENT_WINDOWS && event->record_id != 0) {
        digest = content_digest(&repeats->scratch, source, event);
    } else {
        digest = line_digest(repeats, source, event);
    }
    copy_key(ret_key, &digest);
}

void row_key_for_live(uint64_t session, uint64_t sequence, uint8_t ret_key[ROW_KEY_BYTES])
{
    memcpy(ret_key, &session, sizeof session);
    memcpy(ret_key + sizeof session, &sequence, sizeof sequence);
}
