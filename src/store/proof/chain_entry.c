/* See chain_entry.h. */
#include "store/proof/chain_entry.h"

#include "base/check.h"
#include "base/number.h"
#include "base/utf8.h"
#include "store/proof/tree.h"

#include <errno.h>

LogId log_id_of(const PublicKey *first_key)
{
    Slice pieces[] = {SLICE("akashi log 1\n"), slice_of(first_key->bytes, sizeof first_key->bytes)};
    Digest digest = digest_sha256(pieces, ARRAY_COUNT(pieces));
    LogId id;
    memcpy(id.bytes, digest.bytes, sizeof id.bytes);
    return id;
}

static void add_text(Buf *buf, Slice text)
{
    buf_add_le16(buf, (uint16_t)text.len);
    buf_add_slice(buf, text);
}

static void add_digest(Buf *buf, const Digest *digest)
{
    buf_add(buf, digest->bytes, sizeof digest->bytes);
}

void segment_header_add(Buf *buf, const SegmentHeader *header)
{
    buf_add(buf, "AKH\x01", 4);
    buf_add(buf, header->log_id.bytes, sizeof header->log_id.bytes);
    buf_add_le64(buf, header->number);
    buf_add_le64(buf, header->first_leaf);
    buf_add_le64(buf, header->last_leaf);
    buf_add_le64(buf, header->count);
    buf_add_le64(buf, (uint64_t)header->from_ns);
    buf_add_le64(buf, (uint64_t)header->to_ns);
    add_digest(buf, &header->root);
    add_digest(buf, &header->previous);
    add_text(buf, header->policy);
    add_digest(buf, &header->index);
    add_digest(buf, &header->dictionary);
    add_digest(buf, &header->filter);
}

Digest segment_header_digest(const SegmentHeader *header)
{
    char room[SEGMENT_HEADER_BYTES_MAX];
    Buf buf = buf_over(room, sizeof room);
    segment_header_add(&buf, header);
    CHECK(!buf_error(&buf));
    return digest_sha256(&(Slice){buf.ptr, buf.len}, 1);
}

static void add_repack(Buf *buf, const Repack *repack)
{
    buf_add_le64(buf, repack->file);
    add_digest(buf, &repack->directory);
    add_digest(buf, &repack->members);
    buf_add_le16(buf, repack->run_count);
    for (size_t i = 0; i < repack->run_count; i++) {
        buf_add_le64(buf, repack->runs[i].first);
        buf_add_le64(buf, repack->runs[i].count);
    }
}

/* Without the signature of an epoch entry. */
static void add_unsigned(Buf *buf, const ChainEntry *entry)
{
    const char head[8] = {'A', 'K', 'E', ENTRY_VERSION, (char)entry->kind};
    buf_add(buf, head, sizeof head);
    buf_add_le64(buf, entry->index);
    buf_add(buf, entry->log_id.bytes, sizeof entry->log_id.bytes);
    buf_add_le64(buf, (uint64_t)entry->time_ns);
    switch (entry->kind) {
    case ENTRY_GENESIS:
        buf_add(buf, entry->genesis.key.bytes, sizeof entry->genesis.key.bytes);
        buf_add_le64(buf, (uint64_t)entry->genesis.gap_ns_max);
        break;
    case ENTRY_SEGMENT: segment_header_add(buf, &entry->segment); break;
    case ENTRY_EPOCH:
        buf_add_le64(buf, entry->epoch.epoch);
        buf_add(buf, entry->epoch.key.bytes, sizeof entry->epoch.key.bytes);
        break;
    case ENTRY_TOMBSTONE:
        buf_add_le64(buf, entry->tombstone.segment);
        add_digest(buf, &entry->tombstone.header);
        buf_add_char(buf, (char)entry->tombstone.cause);
        add_text(buf, entry->tombstone.reason);
        break;
    case ENTRY_REPACK: add_repack(buf, &entry->repack); break;
    case ENTRY_REDACTION:
        buf_add_le64(buf, entry->redaction.segment);
        add_digest(buf, &entry->redaction.header);
        buf_add_le64(buf, entry->redaction.count);
        add_digest(buf, &entry->redaction.leaves);
        add_text(buf, entry->redaction.reason);
        break;
    case ENTRY_NOTICE:
        buf_add_char(buf, (char)entry->notice.code);
        buf_add_le64(buf, (uint64_t)entry->notice.from_ns);
        buf_add_le64(buf, (uint64_t)entry->notice.to_ns);
        break;
    }
}

void chain_entry_add(Buf *buf, const ChainEntry *entry)
{
    add_unsigned(buf, entry);
    if (entry->kind == ENTRY_EPOCH) buf_add(buf, entry->epoch.signature, SIGNATURE_BYTES);
}

void epoch_message_add(Buf *buf, const ChainEntry *entry, const Digest *root_before)
{
    buf_add_cstr(buf, "akashi epoch 1\n");
    add_digest(buf, root_before);
    add_unsigned(buf, entry);
}

/* Reading with a sticky error, as Buf writes. */
typedef struct Taker {
    Slice rest;
    bool is_short;
} Taker;

static void take(Taker *taker, void *to, size_t bytes)
{
    if (taker->is_short || taker->rest.len < bytes) {
        taker->is_short = true;
        memset(to, 0, bytes);
        return;
    }
    memcpy(to, taker->rest.ptr, bytes);
    taker->rest = slice_skip(taker->rest, bytes);
}

static uint64_t take_u64(Taker *taker)
{
    uint64_t value;
    take(taker, &value, sizeof value);
    return value;
}

static Slice take_text(Taker *taker, size_t bytes_max)
{
    uint16_t bytes;
    take(taker, &bytes, sizeof bytes);
    if (bytes > bytes_max || taker->rest.len < bytes) taker->is_short = true;
    if (taker->is_short) return (Slice){0};
    Slice text = slice_first(taker->rest, bytes);
    taker->rest = slice_skip(taker->rest, bytes);
    if (!utf8_is_valid(text)) taker->is_short = true;
    return text;
}

static void take_header(Taker *taker, SegmentHeader *ret)
{
    char magic[4];
    take(taker, magic, sizeof magic);
    if (memcmp(magic, "AKH\x01", 4) != 0) taker->is_short = true;
    take(taker, ret->log_id.bytes, sizeof ret->log_id.bytes);
    ret->number = take_u64(taker);
    ret->first_leaf = take_u64(taker);
    ret->last_leaf = take_u64(taker);
    ret->count = take_u64(taker);
    ret->from_ns = (int64_t)take_u64(taker);
    ret->to_ns = (int64_t)take_u64(taker);
    take(taker, ret->root.bytes, 32);
    take(taker, ret->previous.bytes, 32);
    ret->policy = take_text(taker, POLICY_BYTES_MAX);
    take(taker, ret->index.bytes, 32);
    take(taker, ret->dictionary.bytes, 32);
    take(taker, ret->filter.bytes, 32);
    if (ret->count == 0 || ret->last_leaf < ret->first_leaf ||
        ret->last_leaf - ret->first_leaf != ret->count - 1 || ret->from_ns > ret->to_ns) {
        taker->is_short = true;
    }
}

int segment_header_parse(Slice bytes, SegmentHeader *ret)
{
    Taker taker = {.rest = bytes};
    SegmentHeader header;
    take_header(&taker, &header);
    if (taker.is_short || taker.rest.len) return -EBADMSG;
    *ret = header;
    return 0;
}

static void take_repack(Taker *taker, Repack *ret)
{
    uint64_t end = 0;
    ret->file = take_u64(taker);
    take(taker, ret->directory.bytes, 32);
    take(taker, ret->members.bytes, 32);
    take(taker, &ret->run_count, sizeof ret->run_count);
    if (ret->run_count == 0 || ret->run_count > REPACK_RUNS_MAX) taker->is_short = true;
    for (size_t i = 0; i < ret->run_count && !taker->is_short; i++) {
        RepackRun *run = &ret->runs[i];
        run->first = take_u64(taker);
        run->count = take_u64(taker);
        bool apart = i == 0 || run->first > end;
        if (!apart || run->count == 0 || run->count > REPACKED_BIT - run->first) {
            taker->is_short = true;
        }
        end = run->first + run->count;
    }
}

static void take_redaction(Taker *taker, Redaction *ret)
{
    ret->segment = take_u64(taker);
    take(taker, ret->header.bytes, 32);
    ret->count = take_u64(taker);
    take(taker, ret->leaves.bytes, 32);
    ret->reason = take_text(taker, REASON_BYTES_MAX);
    if (ret->count == 0) taker->is_short = true;
}

static void take_kind(Taker *taker, ChainEntry *entry)
{
    switch (entry->kind) {
    case ENTRY_GENESIS:
        take(taker, entry->genesis.key.bytes, 32);
        entry->genesis.gap_ns_max = (int64_t)take_u64(taker);
        if (entry->genesis.gap_ns_max <= 0) taker->is_short = true;
        break;
    case ENTRY_SEGMENT: take_header(taker, &entry->segment); break;
    case ENTRY_EPOCH:
        entry->epoch.epoch = take_u64(taker);
        take(taker, entry->epoch.key.bytes, 32);
        take(taker, entry->epoch.signature, SIGNATURE_BYTES);
        break;
    case ENTRY_TOMBSTONE:
        entry->tombstone.segment = take_u64(taker);
        take(taker, entry->tombstone.header.bytes, 32);
        take(taker, &entry->tombstone.cause, 1);
        entry->tombstone.reason = take_text(taker, REASON_BYTES_MAX);
        if (entry->tombstone.cause < 1 || entry->tombstone.cause > 2) taker->is_short = true;
        break;
    case ENTRY_REPACK: take_repack(taker, &entry->repack); break;
    case ENTRY_REDACTION: take_redaction(taker, &entry->redaction); break;
    case ENTRY_NOTICE:
        take(taker, &entry->notice.code, 1);
        entry->notice.from_ns = (int64_t)take_u64(taker);
        entry->notice.to_ns = (int64_t)take_u64(taker);
        if (entry->notice.code < 1 || entry->notice.code > 3) taker->is_short = true;
        break;
    default: taker->is_short = true;
    }
}

int chain_entry_parse(Slice body, ChainEntry *ret)
{
    if (body.len < ENTRY_HEAD_BYTES || memcmp(body.ptr, "AKE", 3) != 0) return -EBADMSG;
    if (body.ptr[3] != ENTRY_VERSION) return -EPROTO;
    if (memcmp(body.ptr + 5, "\0\0\0", 3) != 0) return -EBADMSG;
    ChainEntry entry = {.kind = (EntryKind)(uint8_t)body.ptr[4]};
    Taker taker = {.rest = slice_skip(body, 8)};
    entry.index = take_u64(&taker);
    take(&taker, entry.log_id.bytes, sizeof entry.log_id.bytes);
    entry.time_ns = (int64_t)take_u64(&taker);
    take_kind(&taker, &entry);
    if (taker.is_short || taker.rest.len) return -EBADMSG;
    *ret = entry;
    return 0;
}

void frame_add(Buf *buf, Slice body)
{
    Digest leaf = tree_leaf(body);
    buf_add_le32(buf, (uint32_t)body.len);
    buf_add(buf, leaf.bytes, 8);
    buf_add_slice(buf, body);
}

int frame_take(Slice *bytes, Slice *ret_body, Digest *ret_leaf)
{
    if (bytes->len < FRAME_HEAD_BYTES) return -EBADMSG;
    uint32_t body_bytes = read_le32(bytes->ptr);
    if (body_bytes > ENTRY_BYTES_MAX || bytes->len - FRAME_HEAD_BYTES < body_bytes) return -EBADMSG;
    Slice body = slice_of(bytes->ptr + FRAME_HEAD_BYTES, body_bytes);
    Digest leaf = tree_leaf(body);
    if (memcmp(leaf.bytes, bytes->ptr + 4, 8) != 0) return -EBADMSG;
    *bytes = slice_skip(*bytes, FRAME_HEAD_BYTES + body_bytes);
    *ret_body = body;
    *ret_leaf = leaf;
    return 0;
}
