/* See row_key.h. SHA-256 cut to 16 bytes: log content is written by attackers, who must not be able
 * to make a line that passes for another one. */
#include "engine/row_key.h"

#include "base/number.h"
#include "record/event_key.h"
#include "store/store.h"

#include <stdlib.h>

void repeats_done(Repeats *repeats)
{
    free(repeats->hashes);
    free(repeats->counts);
    for (size_t i = 0; i < ROW_KEYS_MAX; i++) {
        buf_done(&repeats->scratch[i]);
    }
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
    memcpy(bigger.scratch, repeats->scratch, sizeof bigger.scratch);
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

static void line_key(Repeats *repeats, const Digest *line, const Event *event,
                     uint8_t ret_key[ROW_KEY_BYTES])
{
    uint64_t before = 0;
    bool counted = occurrence(repeats, read_le64(line->bytes + 16), &before);
    event_line_key(line, !counted, counted ? before : event->offset, ret_key);
}

/* What is hashed of an event. False: no memory. */
static bool key_pieces(Buf *scratch, Slice source, const uint64_t *source_bytes, const Event *event,
                       Slice ret[EVENT_LINE_PIECES])
{
    memset(ret, 0, EVENT_LINE_PIECES * sizeof *ret);
    if (!event_is_itself(event)) {
        event_line_pieces(source, source_bytes, event, ret);
        return true;
    }
    event_content_bytes(scratch, source, event);
    ret[0] = buf_slice(scratch);
    return buf_error(scratch) == 0;
}

void row_keys_for_import(Repeats *repeats, Slice source, const Event *events, size_t count,
                         uint8_t (*ret_keys)[ROW_KEY_BYTES])
{
    const uint64_t source_bytes = source.len;
    Slice pieces[ROW_KEYS_MAX][EVENT_LINE_PIECES];
    DigestText texts[ROW_KEYS_MAX] = {{0}};
    Digest digests[ROW_KEYS_MAX];
    bool known[ROW_KEYS_MAX];
    for (size_t i = 0; i < count; i++) {
        known[i] = key_pieces(&repeats->scratch[i], source, &source_bytes, &events[i], pieces[i]);
        texts[i] = (DigestText){pieces[i], EVENT_LINE_PIECES};
    }
    digest_sha256_many(texts, count, digests);
    for (size_t i = 0; i < count; i++) {
        memset(ret_keys[i], 0, ROW_KEY_BYTES);
        if (!event_is_itself(&events[i])) {
            line_key(repeats, &digests[i], &events[i], ret_keys[i]);
        } else if (known[i]) {
            event_content_cut(&digests[i], ret_keys[i]);
        }
    }
}

void row_key_for_import(Repeats *repeats, Slice source, const Event *event,
                        uint8_t ret_key[ROW_KEY_BYTES])
{
    uint8_t keys[1][ROW_KEY_BYTES];
    row_keys_for_import(repeats, source, event, 1, keys);
    memcpy(ret_key, keys[0], ROW_KEY_BYTES);
}

void row_key_for_live(uint64_t session, uint64_t sequence, uint8_t ret_key[ROW_KEY_BYTES])
{
    memcpy(ret_key, &session, sizeof session);
    memcpy(ret_key + sizeof session, &sequence, sizeof sequence);
    ret_key[0] |= ROW_KEY_ONCE;
}
