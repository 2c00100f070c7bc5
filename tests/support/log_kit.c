/* See log_kit.h. */
#include "tests/support/log_kit.h"

#include "base/check.h"
#include "store/crypt/base64_text.h"

#include <stdio.h>
#include <stdlib.h>

#define RECORDS 3

LogKit *log_kit_new(uint64_t seed)
{
    LogKit *kit = calloc(1, sizeof *kit);
    CHECK(kit);
    kit->seed = seed;
    kit->policy = "一年 (365 days)";
    for (size_t i = 0; i < ARRAY_COUNT(kit->keys); i++) {
        uint64_t from[2] = {seed, i};
        Digest bytes = digest_sha256(&(Slice){(const char *)from, sizeof from}, 1);
        kit->keys[i] = secret_new(32);
        CHECK(kit->keys[i]);
        memcpy(secret_bytes(kit->keys[i]), bytes.bytes, 32);
        CHECK(signing_public(kit->keys[i], &kit->public_keys[i]) == 0);
    }
    kit->log_id = log_id_of(&kit->public_keys[0]);
    return kit;
}

void log_kit_free(LogKit *kit)
{
    for (size_t i = 0; i < ARRAY_COUNT(kit->keys); i++) {
        secret_free(kit->keys[i]);
    }
    free(kit);
}

void log_kit_forget(LogKit *kit)
{
    kit->entry_count = kit->note_count = 0;
    kit->segments = kit->leaves = 0;
}

static void keep(LogKitPiece *piece, Buf *buf)
{
    CHECK(!buf_error(buf) && buf->len <= sizeof piece->bytes);
    memcpy(piece->bytes, buf->ptr, buf->len);
    piece->len = buf->len;
}

static void add_entry(LogKit *kit, ChainEntry *entry, int second)
{
    CLEANUP(buf_done) Buf body = buf_make(0);
    CHECK(kit->entry_count < LOG_KIT_MAX);
    entry->index = kit->entry_count;
    entry->log_id = kit->log_id;
    entry->time_ns = LOG_KIT_START + second * LOG_KIT_SECOND;
    chain_entry_add(&body, entry);
    keep(&kit->entries[kit->entry_count++], &body);
}

void log_kit_genesis(LogKit *kit, int second)
{
    ChainEntry entry = {.kind = ENTRY_GENESIS,
                        .genesis = {.key = kit->public_keys[0],
                                    .gap_ns_max = LOG_KIT_GAP_SECONDS * LOG_KIT_SECOND}};
    add_entry(kit, &entry, second);
}

static size_t record_text(uint64_t segment, size_t record, char *to, size_t room)
{
    return (size_t)snprintf(to, room, "192.0.2.%zu segment %llu", record,
                            (unsigned long long)segment);
}

static const uint8_t kit_blind[16] = "sixteen bytes...";

static Digest record_leaf(uint64_t segment, size_t record)
{
    char text[64];
    size_t len = record_text(segment, record, text, sizeof text);
    return tree_record_leaf(kit_blind, slice_of(text, len));
}

void log_kit_segment(LogKit *kit, int second)
{
    Tree tree = {0};
    for (size_t i = 0; i < RECORDS; i++) {
        kit->leaf_hashes[kit->segments][i] = record_leaf(kit->segments, i);
        tree_add(&tree, &kit->leaf_hashes[kit->segments][i]);
    }
    ChainEntry entry = {.kind = ENTRY_SEGMENT,
                        .segment = {.log_id = kit->log_id,
                                    .number = kit->segments,
                                    .first_leaf = kit->leaves,
                                    .last_leaf = kit->leaves + RECORDS - 1,
                                    .count = RECORDS,
                                    .from_ns = LOG_KIT_START,
                                    .to_ns = LOG_KIT_START + 1,
                                    .root = tree_root(&tree),
                                    .policy = slice_from_cstr(kit->policy),
                                    .index = tree.peaks[0]}};
    if (kit->segments) entry.segment.previous = kit->headers[kit->segments - 1];
    kit->headers[kit->segments++] = segment_header_digest(&entry.segment);
    kit->leaves += RECORDS;
    add_entry(kit, &entry, second);
}

void log_kit_tombstone(LogKit *kit, int second, uint64_t segment)
{
    ChainEntry entry = {.kind = ENTRY_TOMBSTONE,
                        .tombstone = {.segment = segment,
                                      .header = kit->headers[segment],
                                      .cause = TOMBSTONE_POLICY,
                                      .reason = SLICE("a year is over")}};
    add_entry(kit, &entry, second);
}

void log_kit_redaction(LogKit *kit, int second, uint64_t segment, uint64_t records)
{
    ChainEntry entry = {.kind = ENTRY_REDACTION,
                        .redaction = {.segment = segment,
                                      .header = kit->headers[segment],
                                      .count = records,
                                      .leaves = kit->leaf_hashes[segment][0],
                                      .reason = SLICE("sato: a person asked for it")}};
    add_entry(kit, &entry, second);
}

void log_kit_repack(LogKit *kit, int second, uint64_t first, uint64_t count)
{
    Slice headers = slice_of(kit->headers[first].bytes, (size_t)count * sizeof(Digest));
    ChainEntry entry = {.kind = ENTRY_REPACK,
                        .repack = {.file = 7,
                                   .directory = digest_sha256(&headers, 0),
                                   .members = digest_sha256(&headers, 1),
                                   .runs = {{first, count}},
                                   .run_count = 1}};
    add_entry(kit, &entry, second);
}

void log_kit_pause(LogKit *kit, int second, int from_second, int to_second)
{
    ChainEntry entry = {.kind = ENTRY_NOTICE,
                        .notice = {.code = NOTICE_PAUSE,
                                   .from_ns = LOG_KIT_START + from_second * LOG_KIT_SECOND,
                                   .to_ns = LOG_KIT_START + to_second * LOG_KIT_SECOND}};
    add_entry(kit, &entry, second);
}

void log_kit_epoch(LogKit *kit, int second, uint64_t epoch, size_t key, size_t by)
{
    ChainEntry entry = {.kind = ENTRY_EPOCH,
                        .index = kit->entry_count,
                        .log_id = kit->log_id,
                        .time_ns = LOG_KIT_START + second * LOG_KIT_SECOND,
                        .epoch = {.epoch = epoch, .key = kit->public_keys[key]}};
    CLEANUP(buf_done) Buf message = buf_make(0);
    Digest root = log_kit_root(kit, kit->entry_count);
    epoch_message_add(&message, &entry, &root);
    CHECK(signing_sign(kit->keys[by], buf_slice(&message), entry.epoch.signature) == 0);
    add_entry(kit, &entry, second);
}

Digest log_kit_root(const LogKit *kit, uint64_t size)
{
    Tree tree = {0};
    for (size_t i = 0; i < size; i++) {
        Digest leaf = tree_leaf(slice_of(kit->entries[i].bytes, kit->entries[i].len));
        tree_add(&tree, &leaf);
    }
    return tree_root(&tree);
}

void log_kit_checkpoint(LogKit *kit, uint64_t size, int second, uint64_t epoch, size_t by)
{
    CLEANUP(buf_done) Buf note = buf_make(0);
    size_t at = kit->note_count++;
    CHECK(at < LOG_KIT_MAX);
    Checkpoint checkpoint = {.log_id = kit->log_id,
                             .size = size,
                             .root = log_kit_root(kit, size),
                             .number = at,
                             .time_ns = LOG_KIT_START + second * LOG_KIT_SECOND,
                             .epoch = epoch};
    if (at > 0) checkpoint.previous = checkpoint_text_digest(&kit->checkpoints[at - 1]);
    CHECK(checkpoint_note_add(&note, &checkpoint, kit->keys[by]) == 0);
    kit->checkpoints[at] = checkpoint;
    keep(&kit->notes[at], &note);
}

void log_kit_usual(LogKit *kit)
{
    log_kit_genesis(kit, 0);
    log_kit_checkpoint(kit, 1, 1, 0, 0);
    log_kit_segment(kit, 10);
    log_kit_segment(kit, 20);
    log_kit_checkpoint(kit, 3, 60, 0, 0);
    log_kit_epoch(kit, 60, 1, 1, 0);
    log_kit_checkpoint(kit, 4, 60, 0, 0);
    log_kit_segment(kit, 70);
    log_kit_checkpoint(kit, 5, 120, 1, 1);
    log_kit_checkpoint(kit, 5, 180, 1, 1);
    log_kit_epoch(kit, 180, 2, 2, 1);
    log_kit_checkpoint(kit, 6, 180, 1, 1);
    log_kit_tombstone(kit, 190, 0);
    log_kit_segment(kit, 200);
    log_kit_checkpoint(kit, 8, 240, 2, 2);
    log_kit_pause(kit, 1000, 240, 1000);
    log_kit_checkpoint(kit, 9, 1000, 2, 2);
}

void log_kit_remove_entry(LogKit *kit, size_t at)
{
    memmove(&kit->entries[at], &kit->entries[at + 1],
            (--kit->entry_count - at) * sizeof kit->entries[0]);
}

void log_kit_remove_note(LogKit *kit, size_t at)
{
    size_t left = --kit->note_count - at;
    memmove(&kit->notes[at], &kit->notes[at + 1], left * sizeof kit->notes[0]);
    memmove(&kit->checkpoints[at], &kit->checkpoints[at + 1], left * sizeof kit->checkpoints[0]);
}

void log_kit_print(const LogKit *kit, Buf *chain, Buf *notes)
{
    for (size_t i = 0; i < kit->entry_count; i++) {
        frame_add(chain, slice_of(kit->entries[i].bytes, kit->entries[i].len));
    }
    for (size_t i = 0; i < kit->note_count; i++) {
        buf_add(notes, kit->notes[i].bytes, kit->notes[i].len);
    }
}

void log_kit_print_key(const LogKit *kit, Buf *to)
{
    public_key_text_add(to, &kit->log_id, &kit->public_keys[0]);
}

static size_t entry_of_segment(const LogKit *kit, uint64_t segment)
{
    for (size_t i = 0; i < kit->entry_count; i++) {
        ChainEntry entry;
        CHECK(chain_entry_parse(slice_of(kit->entries[i].bytes, kit->entries[i].len), &entry) == 0);
        if (entry.kind == ENTRY_SEGMENT && entry.segment.number == segment) return i;
    }
    CHECK(false);
    return 0;
}

static void add_line(Buf *to, const char *name, const void *bytes, size_t count)
{
    buf_add_cstr(to, name);
    base64_add(to, bytes, count);
    buf_add_char(to, '\n');
}

void log_kit_print_proof(const LogKit *kit, uint64_t segment, size_t record, bool is_shown, Buf *to)
{
    size_t at = entry_of_segment(kit, segment);
    uint64_t size = kit->checkpoints[kit->note_count - 1].size;
    Digest leaves[LOG_KIT_MAX];
    TreePath path, log_path;
    char text[64];
    for (size_t i = 0; i < size; i++) {
        leaves[i] = tree_leaf(slice_of(kit->entries[i].bytes, kit->entries[i].len));
    }
    CHECK(tree_inclusion(leaves, size, at, &log_path) == 0);
    CHECK(tree_inclusion(kit->leaf_hashes[segment], RECORDS, record, &path) == 0);
    buf_add_format(to, "akashi proof 1\nentry %zu\nsize %llu\n", at, (unsigned long long)size);
    add_line(to, "header ", kit->entries[at].bytes, kit->entries[at].len);
    buf_add_format(to, "record-index %zu\n", record);
    if (is_shown) {
        add_line(to, "blind ", kit_blind, sizeof kit_blind);
        add_line(to, "record ", text, record_text(segment, record, text, sizeof text));
    } else {
        add_line(to, "leaf ", kit->leaf_hashes[segment][record].bytes, 32);
    }
    for (size_t i = 0; i < path.count; i++) {
        add_line(to, "path ", path.hashes[i].bytes, 32);
    }
    for (size_t i = 0; i < log_path.count; i++) {
        add_line(to, "log ", log_path.hashes[i].bytes, 32);
    }
    buf_add_cstr(to, "end\n");
}
