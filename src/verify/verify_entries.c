/* See verify.h: the entries of chain.log, one after the other. */
#include "verify/verify_ed25519.h"
#include "verify/verify_inside.h"

#include <stdlib.h>

void verify_log_init(VerifyLog *log, const VerifyKey *key)
{
    *log = (VerifyLog){.key = *key};
}

void verify_log_done(VerifyLog *log)
{
    free(log->entries.items);
    free(log->segments.items);
    free(log->repacks.items);
    free(log->epochs.items);
    free(log->checkpoints.items);
    *log = (VerifyLog){0};
}

void verify_key_id(const VerifyKey *log_key, const uint8_t key[32], uint8_t ret[4])
{
    Bytes pieces[] = {bytes_of(log_key->origin, strlen(log_key->origin)), bytes_of("\n\1", 2),
                      bytes_of(key, 32)};
    Hash hash = verify_sha256(pieces, 3);
    memcpy(ret, hash.bytes, 4);
}

bool verify_key_parse(Bytes text, VerifyKey *ret)
{
    VerifyKey key = {0};
    uint8_t given_id[4], id[4], typed[33];
    Bytes line;
    if (!bytes_take_line(&text, &line) || text.count || line.count != 39 + 1 + 8 + 1 + 44) {
        return false;
    }
    memcpy(key.origin, line.at, 39);
    Bytes rest = line;
    if (!bytes_take(&rest, "akashi/") || !text_hex(bytes_of(rest.at, 32), key.log_id, 16) ||
        line.at[39] != '+' || !text_hex(bytes_of(line.at + 40, 8), given_id, 4) ||
        line.at[48] != '+' || !text_base64_exact(bytes_of(line.at + 49, 44), typed, 33) ||
        typed[0] != 1) {
        return false;
    }
    memcpy(key.bytes, typed + 1, 32);
    Bytes pieces[] = {bytes_of("akashi log 1\n", 13), bytes_of(key.bytes, 32)};
    Hash log_id = verify_sha256(pieces, 2);
    verify_key_id(&key, key.bytes, id);
    if (memcmp(id, given_id, 4) != 0 || memcmp(log_id.bytes, key.log_id, 16) != 0) return false;
    *ret = key;
    return true;
}

/* Takes a frame; false: it is cut short, too long, or its check does not hold. */
static bool take_frame(Bytes *chain, Bytes *ret_body, Hash *ret_leaf)
{
    uint32_t count;
    if (chain->count < FRAME_HEAD_BYTES) return false;
    memcpy(&count, chain->at, 4);
    if (count < ENTRY_HEAD_BYTES || count > ENTRY_BYTES_MAX ||
        count > chain->count - FRAME_HEAD_BYTES) {
        return false;
    }
    Bytes body = bytes_of(chain->at + FRAME_HEAD_BYTES, count);
    *ret_leaf = verify_leaf(body);
    if (memcmp(ret_leaf->bytes, chain->at + 4, 8) != 0) return false;
    *ret_body = body;
    *chain = bytes_skip(*chain, FRAME_HEAD_BYTES + count);
    return true;
}

/* Whether one of the frames that follow has this index. */
static bool comes_later(Bytes chain, uint64_t index)
{
    Bytes body;
    Hash leaf;
    while (take_frame(&chain, &body, &leaf)) {
        if (read_u64(body.at + 8) == index) return true;
    }
    return false;
}

bool verify_header_parse(Bytes bytes, HeaderFields *ret)
{
    if (bytes.count < HEADER_FIXED_BYTES + 96 || memcmp(bytes.at, "AKH", 3) != 0) return false;
    uint16_t policy_bytes;
    memcpy(&policy_bytes, bytes.at + HEADER_FIXED_BYTES - 2, 2);
    if (policy_bytes > 256 || bytes.count != HEADER_FIXED_BYTES + 96u + policy_bytes) return false;
    const uint8_t *at = bytes.at + 20;
    *ret = (HeaderFields){
        .log_id = bytes.at + 4,
        .number = read_u64(at),
        .first_leaf = read_u64(at + 8),
        .last_leaf = read_u64(at + 16),
        .count = read_u64(at + 24),
        .from_ns = read_i64(at + 32),
        .to_ns = read_i64(at + 40),
        .root = at + 48,
        .previous = at + 80,
    };
    return ret->count > 0 && ret->last_leaf >= ret->first_leaf &&
           ret->last_leaf - ret->first_leaf == ret->count - 1 && ret->from_ns <= ret->to_ns;
}

static const char *version_finding(uint8_t version)
{
    if (version == VERSION) return NULL;
    return version < VERSION ? "version.downgrade" : "version.unknown";
}

/* These give the id of what is bad, NULL when nothing is, or no_memory. */
static const char no_memory[] = "";

static const char *take_key(VerifyLog *log, const uint8_t *key, uint64_t entry)
{
    for (size_t i = 0; i < log->epochs.count; i++) {
        if (memcmp(epoch_at(log, i)->key, key, 32) == 0) return "key.reused";
    }
    VerifyEpoch *epoch = verify_list_add(&log->epochs, sizeof *epoch);
    if (!epoch) return no_memory;
    memcpy(epoch->key, key, 32);
    verify_key_id(&log->key, key, epoch->key_id);
    epoch->entry = entry;
    return NULL;
}

static const char *take_genesis(VerifyLog *log, Bytes body)
{
    if (body.count != ENTRY_HEAD_BYTES + 32 + 8) return "entry.malformed";
    log->gap_ns_max = read_i64(body.at + ENTRY_HEAD_BYTES + 32);
    if (log->gap_ns_max <= 0) return "entry.malformed";
    if (memcmp(body.at + ENTRY_HEAD_BYTES, log->key.bytes, 32) != 0) return "key.wrong";
    return take_key(log, log->key.bytes, 0);
}

static const char *take_segment(VerifyLog *log, Bytes body)
{
    HeaderFields fields;
    Bytes header = bytes_skip(body, ENTRY_HEAD_BYTES);
    if (!verify_header_parse(header, &fields)) return "entry.malformed";
    const char *id = version_finding(header.at[3]);
    if (id) return id;
    if (memcmp(fields.log_id, log->key.log_id, 16) != 0) return "entry.spliced";
    if (fields.number > log->segments.count) return "entry.hidden";
    if (fields.number < log->segments.count) return "entry.reordered";
    if (memcmp(fields.previous, log->last_header.bytes, 32) != 0) return "entry.changed";
    if (fields.first_leaf != log->next_leaf) return "entry.hidden";
    log->next_leaf = fields.last_leaf + 1;
    log->last_header = verify_sha256(&header, 1);
    VerifySegment *segment = verify_list_add(&log->segments, sizeof *segment);
    if (!segment) return no_memory;
    segment->header = log->last_header;
    segment->entry = log->entries.count;
    segment->records = fields.count;
    return NULL;
}

#define EPOCH_BYTES (ENTRY_HEAD_BYTES + 8 + 32 + 64)

/* An announcement that its predecessor's key did not sign: did another key that the log names do
 * it, one that somebody who came later may hold? */
static bool is_by_other_key(const VerifyLog *log, Bytes message, const uint8_t *key, Bytes rest)
{
    const uint8_t *signature = key + 32;
    Bytes body;
    Hash leaf;
    if (verify_ed25519(key, message, signature)) return true;
    for (size_t i = 0; i + 1 < log->epochs.count; i++) {
        if (verify_ed25519(epoch_at(log, i)->key, message, signature)) return true;
    }
    while (take_frame(&rest, &body, &leaf)) {
        if (body.at[4] == KIND_EPOCH && body.count == EPOCH_BYTES &&
            verify_ed25519(body.at + ENTRY_HEAD_BYTES + 8, message, signature)) {
            return true;
        }
    }
    return false;
}

static const char *take_epoch(VerifyLog *log, Bytes body, Bytes rest)
{
    if (body.count != EPOCH_BYTES) return "entry.malformed";
    const uint8_t *key = body.at + ENTRY_HEAD_BYTES + 8;
    if (read_u64(body.at + ENTRY_HEAD_BYTES) != log->epochs.count) return "epoch.gap";
    uint8_t bytes[15 + 32 + ENTRY_HEAD_BYTES + 40];
    Hash root = verify_tree_root(&log->tree);
    memcpy(bytes, "akashi epoch 1\n", 15);
    memcpy(bytes + 15, root.bytes, 32);
    memcpy(bytes + 47, body.at, ENTRY_HEAD_BYTES + 40);
    Bytes message = bytes_of(bytes, sizeof bytes);
    if (!verify_ed25519(epoch_at(log, log->epochs.count - 1)->key, message, key + 32)) {
        return is_by_other_key(log, message, key, rest) ? "epoch.resealed" : "epoch.forged";
    }
    return take_key(log, key, log->entries.count);
}

static const char *take_tombstone(VerifyLog *log, Bytes body)
{
    size_t fixed = ENTRY_HEAD_BYTES + 8 + 32 + 1 + 2;
    uint16_t reason_bytes;
    if (body.count < fixed) return "entry.malformed";
    memcpy(&reason_bytes, body.at + fixed - 2, 2);
    uint8_t cause = body.at[fixed - 3];
    if (reason_bytes > 512 || body.count != fixed + reason_bytes || cause < 1 || cause > 2) {
        return "entry.malformed";
    }
    uint64_t number = read_u64(body.at + ENTRY_HEAD_BYTES);
    if (number >= log->segments.count) return "tombstone.wrong";
    VerifySegment *segment = segment_at(log, number);
    if (segment->is_deleted ||
        memcmp(segment->header.bytes, body.at + ENTRY_HEAD_BYTES + 8, 32) != 0) {
        return "tombstone.wrong";
    }
    segment->is_deleted = true;
    log->tombstones++;
    return NULL;
}

/* A count may be said twice: a deletion that a crash cut short is made again. */
static const char *take_redaction(VerifyLog *log, Bytes body)
{
    size_t fixed = ENTRY_HEAD_BYTES + 8 + 32 + 8 + 32 + 2;
    uint16_t reason_bytes;
    if (body.count < fixed) return "entry.malformed";
    memcpy(&reason_bytes, body.at + fixed - 2, 2);
    if (reason_bytes > 512 || body.count != fixed + reason_bytes) return "entry.malformed";
    const uint8_t *at = body.at + ENTRY_HEAD_BYTES;
    uint64_t number = read_u64(at), records = read_u64(at + 40);
    if (records == 0) return "entry.malformed";
    if (number >= log->segments.count) return "redaction.wrong";
    const VerifySegment *segment = segment_at(log, number);
    if (segment->is_deleted || records > segment->records ||
        memcmp(segment->header.bytes, at + 8, 32) != 0) {
        return "redaction.wrong";
    }
    log->redactions++;
    return NULL;
}

static const char *take_notice(VerifyLog *log, Bytes body)
{
    if (body.count != ENTRY_HEAD_BYTES + 1 + 16) return "entry.malformed";
    uint8_t code = body.at[ENTRY_HEAD_BYTES];
    if (code < 1 || code > 3) return "entry.malformed";
    log->pauses += code == NOTICE_PAUSE;
    return NULL;
}

/* The headers of a run of segments, which must be there and not deleted, into *headers. */
static bool add_headers(const VerifyLog *log, uint64_t first, uint64_t count, VerifyList *headers,
                        bool *no_memory_left)
{
    if (first >= log->segments.count || count > log->segments.count - first) return false;
    for (uint64_t i = first; i < first + count; i++) {
        if (segment_at(log, i)->is_deleted) return false;
        Hash *to = verify_list_add(headers, sizeof *to);
        if (!to) {
            *no_memory_left = true;
            return false;
        }
        *to = segment_at(log, i)->header;
    }
    return true;
}

static const char *judge_members(const VerifyLog *log, Bytes runs, const uint8_t *want)
{
    VerifyList headers = {0};
    bool holds = true, no_memory_left = false;
    uint64_t end = 0;
    for (size_t at = 0; at < runs.count && holds; at += 16) {
        uint64_t first = read_u64(runs.at + at), count = read_u64(runs.at + at + 8);
        holds = count > 0 && (at == 0 || first > end) &&
                add_headers(log, first, count, &headers, &no_memory_left);
        end = first + count;
    }
    if (holds) {
        Bytes all = bytes_of(headers.items, headers.count * sizeof(Hash));
        Hash sum = verify_sha256(&all, 1);
        holds = memcmp(sum.bytes, want, 32) == 0;
    }
    free(headers.items);
    if (no_memory_left) return no_memory;
    return holds ? NULL : "repack.wrong";
}

static const char *take_repack(VerifyLog *log, Bytes body)
{
    const size_t fixed = ENTRY_HEAD_BYTES + 8 + 32 + 32 + 2;
    uint16_t runs;
    if (body.count < fixed) return "entry.malformed";
    memcpy(&runs, body.at + fixed - 2, 2);
    if (runs == 0 || runs > REPACK_RUNS_MAX || body.count != fixed + 16u * runs) {
        return "entry.malformed";
    }
    const uint8_t *at = body.at + ENTRY_HEAD_BYTES;
    const char *id = judge_members(log, bytes_skip(body, fixed), at + 40);
    if (id) return id;
    VerifyRepack *repack = verify_list_add(&log->repacks, sizeof *repack);
    if (!repack) return no_memory;
    repack->file = read_u64(at);
    memcpy(repack->directory.bytes, at + 8, 32);
    memcpy(repack->members.bytes, at + 40, 32);
    return NULL;
}

static const char *take_kind(VerifyLog *log, Bytes body, Bytes rest)
{
    if ((body.at[4] == KIND_GENESIS) != (log->entries.count == 0)) return "entry.malformed";
    switch (body.at[4]) {
    case KIND_GENESIS: return take_genesis(log, body);
    case KIND_SEGMENT: return take_segment(log, body);
    case KIND_EPOCH: return take_epoch(log, body, rest);
    case KIND_TOMBSTONE: return take_tombstone(log, body);
    case KIND_NOTICE: return take_notice(log, body);
    case KIND_REPACK: return take_repack(log, body);
    case KIND_REDACTION: return take_redaction(log, body);
    default: return "entry.malformed";
    }
}

static const char *take_head(const VerifyLog *log, Bytes body, Bytes rest)
{
    uint64_t index = read_u64(body.at + 8), at = log->entries.count;
    if (memcmp(body.at, "AKE", 3) != 0) return "entry.malformed";
    const char *id = version_finding(body.at[3]);
    if (id) return id;
    if (memcmp(body.at + 5, "\0\0\0", 3) != 0) return "entry.malformed";
    if (memcmp(body.at + 16, log->key.log_id, 16) != 0) return "entry.spliced";
    if (index > at && !comes_later(rest, at)) return "entry.hidden";
    if (index != at) return "entry.reordered";
    if (at > 0 && read_i64(body.at + 32) < entry_at(log, at - 1)->time_ns) return "clock.back";
    return NULL;
}

VerifyResult verify_log_entries(VerifyLog *log, Bytes chain, Finding *ret)
{
    while (chain.count) {
        Bytes body;
        Hash leaf;
        uint64_t at = log->entries.count;
        if (!take_frame(&chain, &body, &leaf)) return broken(ret, "entry.damaged", "entry", at);
        const char *id = take_head(log, body, chain);
        if (!id) id = take_kind(log, body, chain);
        if (id == no_memory) return VERIFY_NO_MEMORY;
        if (id) return broken(ret, id, "entry", at);
        VerifyEntry *entry = verify_list_add(&log->entries, sizeof *entry);
        if (!entry) return VERIFY_NO_MEMORY;
        *entry = (VerifyEntry){leaf, read_i64(body.at + 32), body, body.at[4]};
        verify_tree_add(&log->tree, &leaf);
    }
    if (log->entries.count == 0) return broken(ret, "log.empty", "", 0);
    return VERIFY_HOLDS;
}
