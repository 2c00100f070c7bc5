/* See checkpoint.h: what the writer calls, and the state that follows each entry. */
#include "store/proof/chain_int.h"

#include "base/utf8.h"

#include <errno.h>
#include <stdlib.h>

static int take_genesis(Chain *chain, const ChainEntry *entry)
{
    if (entry->index != 0) return -EBADMSG;
    chain->keys[0] = entry->genesis.key;
    chain->gap_ns_max = entry->genesis.gap_ns_max;
    return 0;
}

static int take_segment(Chain *chain, const SegmentHeader *header)
{
    if (header->number != chain->segments || header->first_leaf != chain->leaves) return -EBADMSG;
    chain->last_header = segment_header_digest(header);
    chain->segments++;
    chain->leaves = header->last_leaf + 1;
    return 0;
}

static int take_epoch(Chain *chain, const ChainEntry *entry)
{
    if (entry->epoch.epoch != chain->announced_epoch + 1) return -EBADMSG;
    chain->keys[1] = chain->keys[0];
    chain->keys[0] = entry->epoch.key;
    chain->announced_epoch++;
    chain->announced_at = entry->index;
    return 0;
}

int chain_take_entry(Chain *chain, const ChainEntry *entry, const Digest *leaf)
{
    if (entry->index != chain->tree.count || entry->time_ns < chain->last_time_ns) return -EBADMSG;
    if (memcmp(entry->log_id.bytes, chain->log_id.bytes, sizeof chain->log_id.bytes) != 0) {
        return -EBADMSG;
    }
    if ((entry->kind == ENTRY_GENESIS) != (entry->index == 0)) return -EBADMSG;
    int r = 0;
    switch (entry->kind) {
    case ENTRY_GENESIS: r = take_genesis(chain, entry); break;
    case ENTRY_SEGMENT: r = take_segment(chain, &entry->segment); break;
    case ENTRY_EPOCH: r = take_epoch(chain, entry); break;
    case ENTRY_TOMBSTONE: break;
    case ENTRY_REPACK: break;
    case ENTRY_REDACTION: break;
    case ENTRY_NOTICE:
        if (entry->notice.code == NOTICE_PAUSE) chain->sealed_to_ns = entry->notice.to_ns;
        break;
    }
    if (r < 0) return r;
    tree_add(&chain->tree, leaf);
    chain->last_time_ns = entry->time_ns;
    return 0;
}

int64_t chain_now_ns(const Chain *chain)
{
    int64_t now_ns = chain->os->now_ns(chain->os->state);
    return now_ns > chain->last_time_ns ? now_ns : chain->last_time_ns;
}

int chain_add_entry(Chain *chain, ChainEntry *entry)
{
    if (chain->tree.count >= CHAIN_ENTRIES_MAX) return -ERANGE;
    CLEANUP(buf_done) Buf body = buf_make(ENTRY_BYTES_MAX);
    CLEANUP(buf_done) Buf frame = buf_make(ENTRY_BYTES_MAX + FRAME_HEAD_BYTES);
    entry->index = chain->tree.count;
    entry->log_id = chain->log_id;
    if (entry->kind != ENTRY_EPOCH) entry->time_ns = chain_now_ns(chain); /* that one is signed */
    chain_entry_add(&body, entry);
    if (!buf_error(&body)) frame_add(&frame, buf_slice(&body));
    int r = buf_error(&body) ? buf_error(&body) : buf_error(&frame);
    if (r == 0) {
        r = chain_file_append(chain, chain->log_fd, &chain->log_bytes, buf_slice(&frame));
    }
    if (r == 0) {
        Digest leaf = tree_leaf(buf_slice(&body));
        r = chain_take_entry(chain, entry, &leaf);
    }
    if (r < 0) chain->failed = r;
    return r;
}

int chain_add_checkpoint(Chain *chain, int64_t time_ns)
{
    CLEANUP(buf_done) Buf note = buf_make(NOTE_BYTES_MAX);
    Checkpoint next = {
        .log_id = chain->log_id,
        .size = chain->tree.count,
        .root = tree_root(&chain->tree),
        .time_ns = time_ns,
        .epoch = chain->secret.epoch,
    };
    if (chain->has_checkpoint) {
        next.number = chain->last.number + 1;
        next.previous = checkpoint_text_digest(&chain->last);
    }
    int r = checkpoint_note_add(&note, &next, chain->secret.current);
    if (r == 0) {
        r = chain_file_append(chain, chain->notes_fd, &chain->notes_bytes, buf_slice(&note));
    }
    if (r < 0) {
        chain->failed = r;
        return r;
    }
    chain->last = next;
    chain->has_checkpoint = true;
    chain->last_time_ns = time_ns;
    chain->sealed_to_ns = time_ns;
    return 0;
}

static int add_notice(Chain *chain, NoticeCode code, int64_t from_ns, int64_t to_ns)
{
    ChainEntry entry = {.kind = ENTRY_NOTICE,
                        .notice = {.code = (uint8_t)code, .from_ns = from_ns, .to_ns = to_ns}};
    return chain_add_entry(chain, &entry);
}

int chain_notice_time(Chain *chain)
{
    int64_t clock_ns = chain->os->now_ns(chain->os->state);
    if (clock_ns >= chain->last_time_ns) chain->is_clock_noticed = false;
    if (clock_ns < chain->last_time_ns - 1000000000 && !chain->is_clock_noticed) {
        chain->is_clock_noticed = true;
        return add_notice(chain, NOTICE_CLOCK, chain->last_time_ns, clock_ns);
    }
    if (chain->has_checkpoint && clock_ns - chain->sealed_to_ns > chain->gap_ns_max) {
        return add_notice(chain, NOTICE_PAUSE, chain->last.time_ns, clock_ns);
    }
    return 0;
}

static int ready(Chain *chain)
{
    return chain->failed ? -EIO : chain_notice_time(chain);
}

void chain_next_segment(const Chain *chain, SegmentHeader *header)
{
    header->log_id = chain->log_id;
    header->number = chain->segments;
    header->first_leaf = chain->leaves;
    header->previous = chain->last_header;
}

static bool is_next(const Chain *chain, const SegmentHeader *header)
{
    SegmentHeader next = *header;
    chain_next_segment(chain, &next);
    next.last_leaf = next.first_leaf + next.count - 1;
    Digest wanted = segment_header_digest(&next), got = segment_header_digest(header);
    return memcmp(wanted.bytes, got.bytes, sizeof got.bytes) == 0;
}

int chain_append_segment(Chain *chain, const SegmentHeader *header)
{
    if (header->count == 0 || header->from_ns > header->to_ns ||
        header->policy.len > POLICY_BYTES_MAX || !utf8_is_valid(header->policy) ||
        header->count > INT64_MAX || chain->leaves > INT64_MAX || !is_next(chain, header)) {
        return -EINVAL;
    }
    int r = ready(chain);
    if (r < 0) return r;
    ChainEntry entry = {.kind = ENTRY_SEGMENT, .segment = *header};
    return chain_add_entry(chain, &entry);
}

static int note_deleted(void *context, const ChainEntry *entry, Slice body, const Digest *leaf)
{
    (void)body, (void)leaf;
    const Repack *repack = context;
    if (entry->kind != ENTRY_TOMBSTONE) return 0;
    for (size_t i = 0; i < repack->run_count; i++) {
        const RepackRun *run = &repack->runs[i];
        uint64_t segment = entry->tombstone.segment;
        if (segment >= run->first && segment - run->first < run->count) return -EINVAL;
    }
    return 0;
}

int chain_append_repack(Chain *chain, const Repack *repack)
{
    uint64_t good_bytes;
    if (repack->run_count == 0 || repack->run_count > REPACK_RUNS_MAX) return -EINVAL;
    const RepackRun *last = &repack->runs[repack->run_count - 1];
    if (last->first >= chain->segments || last->count > chain->segments - last->first) {
        return -EINVAL;
    }
    if (chain->failed) return -EIO;
    int r = chain_walk(chain, note_deleted, (void *)repack, &good_bytes);
    if (r == 0) r = ready(chain);
    if (r < 0) return r;
    ChainEntry entry = {.kind = ENTRY_REPACK, .repack = *repack};
    return chain_add_entry(chain, &entry);
}

int chain_checkpoint(Chain *chain, Checkpoint *ret)
{
    int r = ready(chain);
    if (r == 0) r = chain_add_checkpoint(chain, chain_now_ns(chain));
    if (r == 0 && ret) *ret = chain->last;
    return r;
}

typedef struct SegmentSearch {
    uint64_t segment;
    uint64_t index;
    Digest header;
    bool is_found, is_deleted;
} SegmentSearch;

static int search_entry(void *context, const ChainEntry *entry, Slice body, const Digest *leaf)
{
    (void)body, (void)leaf;
    SegmentSearch *search = context;
    if (entry->kind == ENTRY_SEGMENT && entry->segment.number == search->segment) {
        search->is_found = true;
        search->index = entry->index;
        search->header = segment_header_digest(&entry->segment);
    }
    if (entry->kind == ENTRY_TOMBSTONE && entry->tombstone.segment == search->segment) {
        search->is_deleted = true;
    }
    return 0;
}

int chain_find_segment(Chain *chain, uint64_t segment, uint64_t *ret_index)
{
    SegmentSearch search = {.segment = segment};
    uint64_t good_bytes;
    int r = chain_walk(chain, search_entry, &search, &good_bytes);
    if (r < 0) return r;
    if (!search.is_found) return -ENOENT;
    *ret_index = search.index;
    return 0;
}

int chain_append_tombstone(Chain *chain, uint64_t segment, TombstoneCause cause, Slice reason)
{
    if (reason.len > REASON_BYTES_MAX || !utf8_is_valid(reason)) return -EINVAL;
    if (chain->failed) return -EIO;
    SegmentSearch search = {.segment = segment};
    uint64_t good_bytes;
    int r = chain_walk(chain, search_entry, &search, &good_bytes);
    if (r < 0) return r;
    if (!search.is_found || search.is_deleted) return -ENOENT;
    r = ready(chain);
    if (r < 0) return r;
    ChainEntry entry = {.kind = ENTRY_TOMBSTONE,
                        .tombstone = {.segment = segment,
                                      .header = search.header,
                                      .cause = (uint8_t)cause,
                                      .reason = reason}};
    return chain_add_entry(chain, &entry);
}

void chain_state(const Chain *chain, ChainState *ret)
{
    *ret = (ChainState){
        .log_id = chain->log_id,
        .first_key = chain->first_key,
        .entries = chain->tree.count,
        .segments = chain->segments,
        .leaves = chain->leaves,
        .epoch = chain->secret.epoch,
        .last = chain->last,
    };
}

typedef struct ProofGathering {
    uint64_t index, size, count;
    Digest *leaves;
    Arena *arena;
    Slice body;
} ProofGathering;

static int gather_entry(void *context, const ChainEntry *entry, Slice body, const Digest *leaf)
{
    ProofGathering *gathering = context;
    if (entry->index < gathering->size) gathering->leaves[gathering->count++] = *leaf;
    return entry->index == gathering->index ? arena_copy(gathering->arena, body, &gathering->body)
                                            : 0;
}

int chain_prove(Chain *chain, uint64_t index, Arena *arena, Slice *ret_body, TreePath *ret_path)
{
    ProofGathering gathering = {.index = index, .size = chain->last.size, .arena = arena};
    if (index >= gathering.size) return -ENOENT;
    gathering.leaves = calloc(gathering.size, sizeof *gathering.leaves);
    if (!gathering.leaves) return -ENOMEM;
    uint64_t good_bytes;
    int r = chain_walk(chain, gather_entry, &gathering, &good_bytes);
    if (r == 0 && gathering.count != gathering.size) r = -EBADMSG;
    if (r == 0) r = tree_inclusion(gathering.leaves, gathering.size, index, ret_path);
    if (r == 0) *ret_body = gathering.body;
    free(gathering.leaves);
    return r;
}
