/* See fluent_message.h. */
#include "collect/fluent_message.h"

#include "base/number.h"
#include "base/time_text.h"
#include "collect/syslog_line.h"
#include "collect/unpack_bytes.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>

#define SERVER_NAME "akashi"
#define DIGEST_TEXT_BYTES 129 /* SHA-512 in hexadecimal, and a NUL */

void fluent_reader_done(FluentReader *reader)
{
    json_tree_done(&reader->tree);
    buf_done(&reader->json);
    buf_done(&reader->unpacked);
}

/* --- one event -------------------------------------------------------------------------------- */

static uint32_t read_be32(const char *at)
{
    uint32_t value;
    memcpy(&value, at, sizeof value);
    return __builtin_bswap32(value);
}

/* EventTime: extension 0, seconds and nanoseconds; or seconds as a number. 0: none. */
static int64_t time_of(const MsgpackItem *item)
{
    if (item->kind == MSGPACK_EXT && item->ext == 0 && item->bytes.len == 8) {
        return (int64_t)read_be32(item->bytes.ptr) * NS_PER_SECOND +
               read_be32(item->bytes.ptr + 4) % NS_PER_SECOND;
    }
    if (item->kind == MSGPACK_UINT && item->number < 9000000000) {
        return (int64_t)item->number * NS_PER_SECOND;
    }
    if (item->kind == MSGPACK_FLOAT && item->real > 0 && item->real < 9e9) {
        return (int64_t)(item->real * 1e9);
    }
    return 0;
}

/* The time of an event; Fluent Bit may put it into an array with metadata behind it. */
static int take_time(Slice *rest, int64_t *ret)
{
    MsgpackItem item;
    if (msgpack_next(rest, &item) != 1) return -EBADMSG;
    if (item.kind == MSGPACK_MAP) return -EBADMSG;
    if (item.kind != MSGPACK_ARRAY) {
        *ret = time_of(&item);
        return 0;
    }
    if (item.count != 2 || msgpack_next(rest, &item) != 1) return -EBADMSG;
    *ret = time_of(&item);
    MsgpackMeasure measure = {0};
    ssize_t metadata = msgpack_measure(&measure, *rest);
    if (metadata <= 0) return -EBADMSG;
    *rest = slice_skip(*rest, (size_t)metadata);
    return 0;
}

static Slice text_of(const JsonTree *tree, const char *name)
{
    const JsonNode *node = json_child(tree, &tree->nodes[0], slice_from_cstr(name));
    return node && node->kind != JSON_OBJECT && node->kind != JSON_ARRAY ? node->value : (Slice){0};
}

/* What fluentd's own syslog input took apart is put together again: `ident` names the program. */
static int restore_syslog(FluentReader *reader, Bundle *group, Message *message)
{
    JsonTree *tree = &reader->tree;
    size_t used;
    if (json_tree_read(tree, message->bytes, true, &group->arena, &used) < 0) return 0;
    const SyslogLine line = {.priority = 13,
                             .time_ns = message->time_ns,
                             .host = text_of(tree, "host"),
                             .tag = text_of(tree, "ident"),
                             .pid = text_of(tree, "pid"),
                             .message = text_of(tree, "message")};
    if (line.tag.len == 0 || line.message.len == 0) return 0;
    syslog_line_add(&group->scratch, &line);
    return bundle_keep(group, &message->body);
}

static int take_event(FluentReader *reader, Slice *rest, int64_t time_ns, Slice beside,
                      Bundle *group)
{
    buf_clear(&reader->json);
    reader->json.bytes_max = BUNDLE_MESSAGE_BYTES_MAX;
    int r = rest->len > 0 ? msgpack_add_json(rest, &reader->json) : -EBADMSG;
    if (r == -EMSGSIZE) return -EFBIG;
    if (r < 0) return r;
    if (reader->json.ptr[0] != '{') return -EBADMSG;
    Message *message = bundle_add(group);
    if (!message) return -EFBIG;
    r = arena_copy(&group->arena, buf_slice(&reader->json), &message->bytes);
    message->time_ns = time_ns;
    message->beside = beside;
    message->shipped = true;
    return r < 0 ? r : restore_syslog(reader, group, message);
}

/* [time, record] */
static int take_entry(FluentReader *reader, Slice *rest, Slice beside, Bundle *group)
{
    MsgpackItem item;
    int64_t time_ns;
    if (msgpack_next(rest, &item) != 1 || item.kind != MSGPACK_ARRAY || item.count < 2) {
        return -EBADMSG;
    }
    uint32_t more = item.count - 2;
    int r = take_time(rest, &time_ns);
    if (r == 0) r = take_event(reader, rest, time_ns, beside, group);
    return r == 0 && more > 0 ? -EBADMSG : r;
}

/* --- a message -------------------------------------------------------------------------------- */

typedef struct FluentOption {
    Slice chunk;
    bool is_gzip;
} FluentOption;

static int read_option(Slice rest, FluentOption *ret)
{
    MsgpackItem map, name, value;
    if (msgpack_next(&rest, &map) != 1) return -EBADMSG;
    if (map.kind != MSGPACK_MAP) return map.kind == MSGPACK_NIL ? 0 : -EBADMSG;
    for (uint32_t i = 0; i < map.count; i++) {
        Slice peek;
        if (msgpack_next(&rest, &name) != 1) return -EBADMSG;
        peek = rest;
        MsgpackMeasure measure = {0};
        ssize_t bytes = msgpack_measure(&measure, rest);
        if (bytes <= 0 || msgpack_next(&peek, &value) != 1) return -EBADMSG;
        rest = slice_skip(rest, (size_t)bytes);
        if (slice_eq(name.bytes, SLICE("chunk"))) ret->chunk = value.bytes;
        if (slice_eq(name.bytes, SLICE("compressed"))) {
            ret->is_gzip = slice_eq(value.bytes, SLICE("gzip"));
            if (!ret->is_gzip && !slice_eq(value.bytes, SLICE("text"))) return -EBADMSG;
        }
    }
    return ret->chunk.len > FLUENT_CHUNK_BYTES_MAX ? -EBADMSG : 0;
}

static int take_packed(FluentReader *reader, Slice packed, const FluentOption *option, Slice beside,
                       Bundle *group)
{
    Slice rest = packed;
    int r = 0;
    if (option->is_gzip && packed.len > 0) {
        buf_clear(&reader->unpacked);
        reader->unpacked.bytes_max = FLUENT_UNPACKED_BYTES_MAX;
        r = unpack_deflated(packed, FLUENT_RATIO_MAX, &reader->unpacked);
        rest = buf_slice(&reader->unpacked);
    }
    while (r == 0 && rest.len > 0)
        r = take_entry(reader, &rest, beside, group);
    return r;
}

/* The second member tells the mode: a list of events, a packed list, or a time. */
static int take_events(FluentReader *reader, Slice rest, const FluentOption *option, Slice beside,
                       Bundle *group)
{
    MsgpackItem item;
    int64_t time_ns;
    Slice behind = rest;
    if (msgpack_next(&behind, &item) != 1) return -EBADMSG;
    if (item.kind == MSGPACK_TEXT || item.kind == MSGPACK_BYTES) {
        return take_packed(reader, item.bytes, option, beside, group);
    }
    int r = 0;
    if (item.kind == MSGPACK_ARRAY) {
        for (uint32_t i = 0; i < item.count && r == 0; i++)
            r = take_entry(reader, &behind, beside, group);
        return r;
    }
    r = take_time(&rest, &time_ns);
    return r < 0 ? r : take_event(reader, &rest, time_ns, beside, group);
}

static ssize_t measure_one(Slice rest)
{
    MsgpackMeasure measure = {0};
    return msgpack_measure(&measure, rest);
}

/* The option stands last: behind the events, or behind time and record. */
static int find_option(Slice rest, uint32_t count, FluentOption *ret)
{
    Slice peek = rest;
    MsgpackItem second;
    if (msgpack_next(&peek, &second) != 1) return -EBADMSG;
    bool is_list =
        second.kind == MSGPACK_TEXT || second.kind == MSGPACK_BYTES || second.kind == MSGPACK_ARRAY;
    uint32_t before = is_list ? 2 : 3;
    if (count < before) return -EBADMSG;
    for (uint32_t i = 1; i < before; i++) {
        ssize_t bytes = measure_one(rest);
        if (bytes <= 0) return -EBADMSG;
        rest = slice_skip(rest, (size_t)bytes);
    }
    return count > before ? read_option(rest, ret) : 0;
}

static void give_keys(Bundle *group, Slice chunk)
{
    const Slice pieces[] = {SLICE("fluent\n"), chunk};
    Digest digest = digest_sha256(pieces, ARRAY_COUNT(pieces));
    bundle_key_by_place(group, &digest);
}

int fluent_take(FluentReader *reader, Slice message, Bundle *group, Slice *ret_chunk)
{
    MsgpackItem item, tag;
    FluentOption option = {0};
    Slice rest = message, beside;
    *ret_chunk = (Slice){0};
    if (msgpack_next(&rest, &item) != 1) return -EBADMSG;
    if (item.kind == MSGPACK_NIL) return 0; /* a heartbeat */
    if (item.kind != MSGPACK_ARRAY || item.count < 2 || item.count > 4) return -EBADMSG;
    if (msgpack_next(&rest, &tag) != 1 || tag.kind != MSGPACK_TEXT) return -EBADMSG;
    int r = find_option(rest, item.count, &option);
    message_field_add(&group->scratch, SLICE("tag"), slice_first(tag.bytes, 256), FIELD_TEXT);
    if (r == 0) r = bundle_keep(group, &beside);
    if (r == 0) r = take_events(reader, rest, &option, beside, group);
    if (r < 0) return r;
    if (option.chunk.len > 0) give_keys(group, option.chunk);
    *ret_chunk = option.chunk;
    return 0;
}

void fluent_add_ack(Buf *to, Slice chunk)
{
    msgpack_write_map(to, 1);
    msgpack_write_text(to, SLICE("ack"));
    msgpack_write_text(to, chunk);
}

/* --- the handshake ---------------------------------------------------------------------------- */

void fluent_add_helo(Buf *to, Slice nonce)
{
    msgpack_write_array(to, 2);
    msgpack_write_text(to, SLICE("HELO"));
    msgpack_write_map(to, 3);
    msgpack_write_text(to, SLICE("nonce"));
    msgpack_write_bytes(to, nonce);
    msgpack_write_text(to, SLICE("auth"));
    msgpack_write_text(to, SLICE(""));
    msgpack_write_text(to, SLICE("keepalive"));
    msgpack_write_bool(to, true);
}

/* SHA-512 of salt, host name, nonce, shared key, in hexadecimal. */
static void digest_text(Slice salt, Slice host, Slice nonce, Slice key, char ret[DIGEST_TEXT_BYTES])
{
    const Slice pieces[] = {salt, host, nonce, key};
    unsigned char digest[64] = {0};
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (context) {
        EVP_DigestInit_ex(context, EVP_sha512(), NULL);
        for (size_t i = 0; i < ARRAY_COUNT(pieces); i++)
            EVP_DigestUpdate(context, pieces[i].ptr, pieces[i].len);
        EVP_DigestFinal_ex(context, digest, NULL);
        EVP_MD_CTX_free(context);
    }
    for (size_t i = 0; i < sizeof digest; i++)
        snprintf(ret + 2 * i, 3, "%02x", digest[i]);
}

static void add_pong(Buf *to, bool knows, const char *digest)
{
    msgpack_write_array(to, 5);
    msgpack_write_text(to, SLICE("PONG"));
    msgpack_write_bool(to, knows);
    msgpack_write_text(to, knows ? SLICE("") : SLICE("shared_key mismatch"));
    msgpack_write_text(to, SLICE(SERVER_NAME));
    msgpack_write_text(to, slice_from_cstr(digest));
}

int fluent_answer_ping(Slice message, Slice nonce, Slice shared_key, Buf *pong)
{
    MsgpackItem item, parts[4];
    char wanted[DIGEST_TEXT_BYTES], answer[DIGEST_TEXT_BYTES] = "";
    if (msgpack_next(&message, &item) != 1 || item.kind != MSGPACK_ARRAY || item.count != 6) {
        return -EBADMSG;
    }
    for (size_t i = 0; i < ARRAY_COUNT(parts); i++) {
        if (msgpack_next(&message, &parts[i]) != 1) return -EBADMSG;
        if (parts[i].kind != MSGPACK_TEXT && parts[i].kind != MSGPACK_BYTES) return -EBADMSG;
    }
    if (!slice_eq(parts[0].bytes, SLICE("PING"))) return -EBADMSG;
    Slice host = parts[1].bytes, salt = parts[2].bytes, given = parts[3].bytes;
    digest_text(salt, host, nonce, shared_key, wanted);
    bool knows = given.len == DIGEST_TEXT_BYTES - 1 &&
                 CRYPTO_memcmp(given.ptr, wanted, DIGEST_TEXT_BYTES - 1) == 0;
    if (knows) digest_text(salt, SLICE(SERVER_NAME), nonce, shared_key, answer);
    add_pong(pong, knows, answer);
    return knows;
}
