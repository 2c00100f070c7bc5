/* See bundle.h. */
#include "collect/bundle.h"

#include "base/number.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define NAME_BYTES_MAX 256
#define KEPT_BYTES                                                                                 \
    ((size_t)128 << 10) /* of each memory between groups: there may be many bundles */

Bundle bundle_make(void)
{
    return (Bundle){.arena = {.bytes_max = BUNDLE_ARENA_BYTES_MAX, .bytes_kept = KEPT_BYTES},
                    .scratch = buf_make((size_t)8 * BUNDLE_MESSAGE_BYTES_MAX)};
}

void bundle_done(Bundle *group)
{
    arena_done(&group->arena);
    buf_done(&group->scratch);
    free(group->messages);
    group->messages = NULL;
    group->count = group->capacity = 0;
}

void bundle_clear(Bundle *group)
{
    arena_reset(&group->arena);
    if (group->scratch.capacity > KEPT_BYTES) buf_done(&group->scratch);
    buf_clear(&group->scratch);
    group->count = 0;
    if (group->capacity > 4096) {
        free(group->messages);
        group->messages = NULL;
        group->capacity = 0;
    }
}

void bundle_set_origin(Bundle *group, const char *door, const char *peer)
{
    snprintf(group->origin, sizeof group->origin, "%s %s", door, peer);
}

Message *bundle_add(Bundle *group)
{
    if (group->count == group->capacity) {
        size_t wanted = group->capacity ? group->capacity * 2 : 64;
        Message *grown = group->count >= BUNDLE_MESSAGES_MAX
                             ? NULL
                             : reallocarray(group->messages, wanted, sizeof *grown);
        if (!grown) return NULL;
        group->messages = grown;
        group->capacity = wanted;
    }
    Message *added = &group->messages[group->count++];
    *added = (Message){.origin = group->origin,
                       .connection = group->connection,
                       .received_ns = group->received_ns};
    return added;
}

int bundle_keep(Bundle *group, Slice *ret)
{
    int r = buf_error(&group->scratch);
    if (r == 0) r = arena_copy(&group->arena, buf_slice(&group->scratch), ret);
    buf_clear(&group->scratch);
    return r;
}

void bundle_key(const Slice *pieces, size_t count, uint8_t ret_key[MESSAGE_KEY_BYTES])
{
    uint64_t lengths[BUNDLE_KEY_PIECES_MAX];
    Slice all[2 * BUNDLE_KEY_PIECES_MAX];
    if (count > BUNDLE_KEY_PIECES_MAX) count = BUNDLE_KEY_PIECES_MAX;
    for (size_t i = 0; i < count; i++) {
        lengths[i] = pieces[i].len;
        all[2 * i] = slice_of(&lengths[i], sizeof lengths[i]);
        all[2 * i + 1] = pieces[i];
    }
    Digest digest = digest_sha256(all, 2 * count);
    memcpy(ret_key, digest.bytes, MESSAGE_KEY_BYTES);
}

/* Elastic Common Schema and the inputs of Beats: log.offset beside log.file, winlog.record_id,
 * journald's cursor. The words are looked for first: most documents have none, and are not parsed.
 */
void bundle_key_shipped(Bundle *group, JsonTree *tree, Message *message)
{
    static const Slice names[][2] = {{SLICE_INIT("log"), SLICE_INIT("offset")},
                                     {SLICE_INIT("winlog"), SLICE_INIT("record_id")},
                                     {SLICE_INIT("journald"), SLICE_INIT("cursor")}};
    size_t used, at = 0;
    while (at < ARRAY_COUNT(names) &&
           (slice_find(message->bytes, names[at][0]) == SLICE_NOT_FOUND ||
            slice_find(message->bytes, names[at][1]) == SLICE_NOT_FOUND))
        at++;
    if (at == ARRAY_COUNT(names)) return;
    if (json_tree_read(tree, message->bytes, true, &group->arena, &used) < 0) return;
    if (tree->nodes[0].kind != JSON_OBJECT) return;
    for (; at < ARRAY_COUNT(names); at++) {
        const JsonNode *outer = json_child(tree, &tree->nodes[0], names[at][0]);
        if (!outer || outer->kind != JSON_OBJECT || !json_child(tree, outer, names[at][1]))
            continue;
        const Slice pieces[] = {SLICE("shipped"), message->bytes};
        bundle_key(pieces, ARRAY_COUNT(pieces), message->key);
        return;
    }
}

void bundle_key_by_place(Bundle *group, const Digest *request)
{
    static const uint8_t none[MESSAGE_KEY_BYTES];
    for (size_t i = 0; i < group->count; i++) {
        Message *message = &group->messages[i];
        if (memcmp(message->key, none, sizeof none) != 0) continue;
        uint64_t place = i;
        const Slice pieces[] = {slice_of(request->bytes, sizeof request->bytes),
                                slice_of(&place, sizeof place)};
        bundle_key(pieces, ARRAY_COUNT(pieces), message->key);
    }
}

bool bundle_is_timed(const Bundle *group)
{
    for (size_t i = 0; i < group->count; i++) {
        if (group->messages[i].time_ns == 0) return false;
    }
    return true;
}

static FieldKind kind_of(const JsonNode *node)
{
    switch (node->kind) {
    case JSON_NULL: return FIELD_NULL;
    case JSON_BOOL: return FIELD_BOOL;
    case JSON_NUMBER: return FIELD_NUMBER;
    case JSON_STRING: return FIELD_TEXT;
    default: return FIELD_JSON;
    }
}

/* A nested object's names joined with dots, as far as they fit; recursion ends at JSON_DEPTH_MAX.
 */
void beside_add_json(Buf *to, Slice name, const JsonTree *tree, const JsonNode *node)
{
    const JsonNode *child = node->kind == JSON_OBJECT ? json_first_child(tree, node) : NULL;
    if (!child) {
        Slice value = node->kind == JSON_NULL ? (Slice){0} : node->value;
        message_field_add(to, name, value, kind_of(node));
        return;
    }
    for (; child; child = json_next_child(tree, node, child)) {
        char joined[NAME_BYTES_MAX];
        int len = name.len == 0 ? snprintf(joined, sizeof joined, "%.*s", SLICE_FMT(child->name))
                                : snprintf(joined, sizeof joined, "%.*s.%.*s", SLICE_FMT(name),
                                           SLICE_FMT(child->name));
        if (len >= (int)sizeof joined) len = sizeof joined - 1;
        beside_add_json(to, slice_of(joined, (size_t)len), tree, child);
    }
}

int64_t epoch_seconds_read(Slice text)
{
    uint64_t seconds, part = 0, unit = NS_PER_SECOND;
    text = slice_trim(text);
    size_t point = slice_find_char(text, '.');
    Slice whole = point == SLICE_NOT_FOUND ? text : slice_first(text, point);
    if (number_parse_u64(whole, &seconds) < 0 || seconds > 9000000000) return 0;
    if (point != SLICE_NOT_FOUND) {
        for (size_t i = point + 1; i < text.len; i++) {
            if (text.ptr[i] < '0' || text.ptr[i] > '9') return 0;
            if (unit == 1) continue; /* finer than a nanosecond */
            unit /= 10;
            part += (uint64_t)(text.ptr[i] - '0') * unit;
        }
    }
    return (int64_t)(seconds * NS_PER_SECOND + part);
}
