/* Messages that are stored together, as a door takes them out of one request or frame. Slices of
 * its messages live in the group's arena or in the bytes that it was taken from. */
#ifndef AKASHI_COLLECT_BUNDLE_H
#define AKASHI_COLLECT_BUNDLE_H

#include "base/arena.h"
#include "base/digest.h"
#include "base/json_tree.h"
#include "collect/message.h"

#define BUNDLE_MESSAGES_MAX ((size_t)1 << 17)      /* more: the request is refused */
#define BUNDLE_MESSAGE_BYTES_MAX ((size_t)1 << 20) /* of one message: more: it is refused */
#define BUNDLE_ARENA_BYTES_MAX ((size_t)256 << 20)
#define BUNDLE_ORIGIN_BYTES 64

typedef struct Bundle {
    Arena arena;
    Buf scratch; /* for one message at a time */
    Message *messages;
    size_t count, capacity;
    /* of every message that is added */
    char origin[BUNDLE_ORIGIN_BYTES]; /* "elastic 192.0.2.7" */
    uint64_t connection;
    int64_t received_ns;
} Bundle;

Bundle bundle_make(void);
void bundle_done(Bundle *group);
/* No messages; origin, connection and time stay. */
void bundle_clear(Bundle *group);
void bundle_set_origin(Bundle *group, const char *door, const char *peer);
/* A new message with origin, connection and time set; the caller fills the rest before the next one
 * is added. NULL: no memory, or BUNDLE_MESSAGES_MAX. */
Message *bundle_add(Bundle *group);
/* What group->scratch holds, kept in the arena; the scratch is empty then. -ENOMEM, -EMSGSIZE. */
MUST_USE int bundle_keep(Bundle *group, Slice *ret);

/* The first bytes of a SHA-256 over the pieces, each with its length, so that no two lists of
 * pieces are alike. At most BUNDLE_KEY_PIECES_MAX. */
#define BUNDLE_KEY_PIECES_MAX 6
void bundle_key(const Slice *pieces, size_t count, uint8_t ret_key[MESSAGE_KEY_BYTES]);
/* Gives a shipped event a key when it says where it was read: a shipper that lost its connection
 * sends it again in the same words. */
void bundle_key_shipped(Bundle *group, JsonTree *tree, Message *message);
/* Gives each message of the group a key of `request` and its place, where it has none yet: for a
 * request that is the same bytes again. */
void bundle_key_by_place(Bundle *group, const Digest *request);
/* Whether every message of the group has a time of its envelope. */
bool bundle_is_timed(const Bundle *group);

/* Adds a JSON value to fields beside the line: objects flattened with dots, arrays as their text.
 */
void beside_add_json(Buf *to, Slice name, const JsonTree *tree, const JsonNode *node);
/* Seconds since 1970, with a fraction, as text: `1426279439.918`. 0: it is no such number. */
int64_t epoch_seconds_read(Slice text);

#endif
