/* See store_verify.h. */
#include "store/sealed/store_verify.h"

#include "store/wal/reader_int.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

struct Verifying {
    const ManifestSegment *entry;
    Segment *segment;
    Digest header;
    Digest *leaves;       /* by rank; each written by whoever has its row */
    atomic_uchar *is_met; /* by rank */
    atomic_ullong rows, raw_bytes;
    atomic_bool doubled; /* two rows of one number, or one of a number that is not here */
};

#define WAITING_BYTES_MAX ((size_t)1 << 20) /* a longer row does not wait */

/* Rows live until the next one comes, and leaves are made several at once: what they are over is
 * kept meanwhile. */
typedef struct BlockVerifying {
    Verifying *all;
    Segment *segment; /* the thread's own */
    uint64_t rows, raw_bytes;
    TreeRecord waiting[TREE_RECORDS_MAX];
    uint64_t ranks[TREE_RECORDS_MAX];
    Buf bytes[TREE_RECORDS_MAX];
    size_t count;
} BlockVerifying;

static void settle_leaves(BlockVerifying *block)
{
    Digest leaves[TREE_RECORDS_MAX];
    tree_record_leaves(block->waiting, block->count, leaves);
    for (size_t i = 0; i < block->count; i++) {
        block->all->leaves[block->ranks[i]] = leaves[i];
        if (block->bytes[i].capacity > WAITING_BYTES_MAX) buf_done(&block->bytes[i]);
        buf_clear(&block->bytes[i]);
    }
    block->count = 0;
}

static int take_leaf(BlockVerifying *block, const Row *row, uint64_t rank)
{
    SegmentRecord record;
    Buf *bytes = &block->bytes[block->count];
    TreeRecord *waiting = &block->waiting[block->count];
    int r = segment_record(block->segment, row, rank, bytes, &record);
    if (r < 0) return r;
    memcpy(waiting->blind, record.blind, sizeof waiting->blind);
    waiting->pieces[0] = buf_slice(bytes);
    waiting->count = 1;
    block->ranks[block->count++] = rank;
    if (block->count == TREE_RECORDS_MAX || bytes->len > WAITING_BYTES_MAX) settle_leaves(block);
    return 0;
}

static int take_row(void *context, const Row *row, uint64_t number)
{
    BlockVerifying *block = context;
    uint64_t rank;
    int r = segment_rank_of(block->segment, number, &rank);
    if (r == -ENOENT || (r == 0 && atomic_exchange(&block->all->is_met[rank], 1))) {
        atomic_store(&block->all->doubled, true);
        return 0;
    }
    if (r == 0) r = take_leaf(block, row, rank);
    block->rows++;
    block->raw_bytes += row->event.raw.len;
    return r;
}

static void block_done(BlockVerifying *block)
{
    settle_leaves(block);
    for (size_t i = 0; i < TREE_RECORDS_MAX; i++) {
        buf_done(&block->bytes[i]);
    }
}

int verifying_block(Verifying *verifying, Segment *segment, uint32_t block,
                    SegmentFinding *ret_finding)
{
    BlockVerifying run = {.all = verifying, .segment = segment};
    int r = segment_block_rows(segment, block, take_row, &run);
    block_done(&run);
    atomic_fetch_add(&verifying->rows, run.rows);
    atomic_fetch_add(&verifying->raw_bytes, run.raw_bytes);
    if (r != -EBADMSG && r != -EIO) return r < 0 ? r : 0;
    for (uint32_t i = 0; i < block; i++) {
        run.rows += segment_block(segment, i)->row_count;
    }
    *ret_finding = (SegmentFinding){.id = "segment.block", .block = block, .rows = run.rows};
    return 1;
}

/* The leaves of one member by the order of its rows. */
static bool member_holds(const Verifying *verifying, size_t index)
{
    const SegmentHeader *header = segment_member(verifying->segment, index);
    size_t gone_count, at = 0;
    const GoneRow *gone = segment_member_gone(verifying->segment, index, &gone_count);
    Tree tree = {0};
    uint64_t rank = 0;
    for (uint64_t i = 0; i < segment_header(verifying->segment)->count; i++) {
        uint64_t number = segment_number_of(verifying->segment, i);
        if (segment_member_rank(verifying->segment, index, number, &rank) < 0) continue;
        for (; at < gone_count && gone[at].rank == tree.count; at++) {
            tree_add(&tree, &gone[at].leaf);
        }
        if (rank != tree.count) return false;
        tree_add(&tree, &verifying->leaves[i]);
    }
    for (; at < gone_count && gone[at].rank == tree.count; at++) {
        tree_add(&tree, &gone[at].leaf);
    }
    Digest root = tree_root(&tree);
    return tree.count == header->count && memcmp(&root, &header->root, sizeof root) == 0;
}

static bool root_holds(const Verifying *verifying)
{
    if (atomic_load(&verifying->doubled) ||
        atomic_load(&verifying->rows) != segment_header(verifying->segment)->count) {
        return false;
    }
    for (size_t i = 0; i < segment_member_count(verifying->segment); i++) {
        if (!member_holds(verifying, i)) return false;
    }
    return true;
}

static int verify_parts(Segment *segment, SegmentFinding *finding)
{
    unsigned damaged = 0;
    int r = segment_check(segment, &damaged);
    if (r < 0) return r;
    if ((damaged & ~(unsigned)SEGMENT_DAMAGED_BLOCK) == 0) return 0; /* which block: by its rows */
    *finding = (SegmentFinding){.id = "segment.part"};
    return 1;
}

static int open_it(const StoreReader *reader, size_t index, Segment **ret, SegmentFinding *finding)
{
    int r = store_reader_open_segment(reader, index, ret);
    if (r != -ENOENT && r != -EBADMSG && r != -ENOKEY && r != -EPROTO && r != -EIO) return r;
    *finding = (SegmentFinding){.id = r == -ENOENT ? "segment.missing" : "segment.head"};
    return 1;
}

static int check_head(Verifying *verifying, SegmentFinding *finding)
{
    verifying->header = segment_header_digest(segment_header(verifying->segment));
    if (memcmp(&verifying->header, &verifying->entry->header, sizeof verifying->header) != 0) {
        *finding = (SegmentFinding){.id = "segment.header"};
        return 1;
    }
    return verify_parts(verifying->segment, finding);
}

int verifying_begin(const StoreReader *reader, size_t index, Verifying **ret,
                    SegmentFinding *ret_finding)
{
    Verifying *verifying = calloc(1, sizeof *verifying);
    if (!verifying) return -ENOMEM;
    verifying->entry = reader->entries[index];
    int r = open_it(reader, index, &verifying->segment, ret_finding);
    if (r == 0) r = check_head(verifying, ret_finding);
    if (r == 0) {
        size_t count = (size_t)segment_header(verifying->segment)->count;
        verifying->leaves = calloc(count + 1, sizeof *verifying->leaves);
        verifying->is_met = calloc(count + 1, sizeof *verifying->is_met);
        if (!verifying->leaves || !verifying->is_met) r = -ENOMEM;
    }
    if (r != 0) {
        verifying_free(verifying);
        return r;
    }
    *ret = verifying;
    return 0;
}

void verifying_free(Verifying *verifying)
{
    if (!verifying) return;
    free(verifying->leaves);
    free(verifying->is_met);
    segment_close(verifying->segment);
    free(verifying);
}

uint32_t verifying_block_count(const Verifying *verifying)
{
    return segment_block_count(verifying->segment);
}

Segment *verifying_segment(Verifying *verifying)
{
    return verifying->segment;
}

int verifying_end(Verifying *verifying, SegmentVerified *ret, SegmentFinding *ret_finding)
{
    Segment *segment = verifying->segment;
    if (!root_holds(verifying)) {
        *ret_finding =
            (SegmentFinding){.id = "segment.root", .rows = atomic_load(&verifying->rows)};
        return 1;
    }
    *ret = (SegmentVerified){.repacked = segment_is_repacked(segment),
                             .chain_number = segment_header(segment)->number,
                             .header = verifying->header,
                             .rows = atomic_load(&verifying->rows),
                             .bytes = verifying->entry->file_bytes,
                             .raw_bytes = atomic_load(&verifying->raw_bytes)};
    return ret->repacked ? segment_repack_entry(segment, &ret->repack) : 0;
}

int store_verify_segment(const StoreReader *reader, size_t index, SegmentVerified *ret,
                         SegmentFinding *ret_finding)
{
    Verifying *verifying;
    int r = verifying_begin(reader, index, &verifying, ret_finding);
    if (r != 0) return r;
    for (uint32_t i = 0; i < verifying_block_count(verifying) && r == 0; i++) {
        r = verifying_block(verifying, verifying->segment, i, ret_finding);
    }
    if (r == 0) r = verifying_end(verifying, ret, ret_finding);
    verifying_free(verifying);
    return r;
}
