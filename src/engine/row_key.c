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

static void line_key(Repeats *repeats, Slice source, const Event *event,
                     uint8_t ret_key[ROW_KEY_BYTES])
{
    Digest digest = event_line_digest(source, event);
    uint64_t before = 0;
    bool counted = occurrence(repeats, read_le64(digest.bytes + 16), &before);
    event_line_key(&digest, !counted, counted ? before : event->offset, ret_key);
}

void row_key_for_import(Repeats *repeats, Slice source, const Event *event,
                        uint8_t ret_key[ROW_KEY_BYTES])
{
    if (event_is_itself(event)) {
        event_content_key(&repeats->scratch, source, event, ret_key);
    } else {
        line_key(repeats, source, event, ret_key);
    }
}

void row_key_for_live(uint64_t session, uint64_t sequence, uint8_t ret_key[ROW_KEY_BYTES])
{
    memcpy(ret_key, &session, sizeof session);
    memcpy(ret_key + sizeof session, &sequence, sizeof sequence);
    ret_key[0] |= ROW_KEY_ONCE;
}
