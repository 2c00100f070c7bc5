/* See store_verify.h. */
#include "store/sealed/store_verify.h"

#include "store/wal/reader_int.h"

#include <errno.h>
#include <stdlib.h>

typedef struct Verifying {
    Segment *segment;
    Digest *leaves; /* by rank */
    uint64_t rows, raw_bytes;
    bool doubled; /* two rows of one number, or one of a number that is not here */
} Verifying;

static int take_row(void *context, const Row *row, uint64_t number)
{
    static const Digest none;
    Verifying *verifying = context;
    uint64_t rank;
    int r = segment_rank_of(verifying->segment, number, &rank);
    if (r == -ENOENT || (r == 0 && memcmp(&verifying->leaves[rank], &none, sizeof none) != 0)) {
        verifying->doubled = true;
        return 0;
    }
    if (r == 0) r = segment_leaf(verifying->segment, row, rank, &verifying->leaves[rank]);
    verifying->rows++;
    verifying->raw_bytes += row->event.raw.len;
    return r;
}

static int verify_blocks(Verifying *verifying, SegmentFinding *finding)
{
    for (uint32_t i = 0; i < segment_block_count(verifying->segment); i++) {
        int r = segment_block_rows(verifying->segment, i, take_row, verifying);
        if (r != -EBADMSG && r != -EIO && r < 0) return r;
        if (r == 0) continue;
        *finding = (SegmentFinding){.id = "segment.block", .block = i, .rows = verifying->rows};
        return 1;
    }
    return 0;
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
    if (verifying->doubled || verifying->rows != segment_header(verifying->segment)->count) {
        return false;
    }
    for (size_t i = 0; i < segment_member_count(verifying->segment); i++) {
        if (!member_holds(verifying, i)) return false;
    }
    return true;
}

static int verify_rows(Verifying *verifying, SegmentFinding *finding)
{
    const SegmentHeader *header = segment_header(verifying->segment);
    verifying->leaves = calloc(header->count + 1, sizeof *verifying->leaves);
    if (!verifying->leaves) return -ENOMEM;
    int r = verify_blocks(verifying, finding);
    if (r == 0 && !root_holds(verifying)) {
        *finding = (SegmentFinding){.id = "segment.root", .rows = verifying->rows};
        r = 1;
    }
    free(verifying->leaves);
    return r;
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

int store_verify_segment(const StoreReader *reader, size_t index, SegmentVerified *ret,
                         SegmentFinding *ret_finding)
{
    const ManifestSegment *entry = reader->entries[index];
    CLEANUP(segment_done) Segment *segment = NULL;
    int r = open_it(reader, index, &segment, ret_finding);
    if (r != 0) return r;
    const SegmentHeader *header = segment_header(segment);
    Digest digest = segment_header_digest(header);
    if (memcmp(&digest, &entry->header, sizeof digest) != 0) {
        *ret_finding = (SegmentFinding){.id = "segment.header"};
        return 1;
    }
    Verifying verifying = {.segment = segment};
    r = verify_parts(segment, ret_finding);
    if (r == 0) r = verify_rows(&verifying, ret_finding);
    if (r != 0) return r;
    *ret = (SegmentVerified){.repacked = segment_is_repacked(segment),
                             .chain_number = header->number,
                             .header = digest,
                             .rows = verifying.rows,
                             .bytes = entry->file_bytes,
                             .raw_bytes = verifying.raw_bytes};
    return ret->repacked ? segment_repack_entry(segment, &ret->repack) : 0;
}
