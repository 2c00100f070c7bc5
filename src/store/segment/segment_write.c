/* Writes a segment: blocks, index, directory behind room for the head, then the head. */
#include "store/segment/segment_head.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#define INDEX_BYTES_DEFAULT ((size_t)128 << 20)

typedef struct SegmentWriter {
    const SegmentOptions *options;
    const Row *rows;
    size_t count;
    GroupedRow *order;
    Arena arena;
    Sealer sealer;
    IndexBuilder *index;
    SegmentDirectory directory;
    SegmentHeader header;
} SegmentWriter;

static void writer_done(SegmentWriter *writer)
{
    free(writer->order);
    free(writer->sealer.room);
    arena_done(&writer->arena);
    index_builder_free(writer->index);
    crypt_segment_free(writer->sealer.key);
    if (writer->sealer.fd >= 0)
        writer->sealer.os->close(writer->sealer.os->state, writer->sealer.fd);
}

static int check_options(const SegmentOptions *options, size_t count)
{
    if (count == 0 || options->header.policy.len > POLICY_BYTES_MAX) return -EINVAL;
    return count > SEGMENT_ROWS_MAX ? -E2BIG : 0;
}

static int writer_start(SegmentWriter *writer, const Os *os)
{
    const SegmentOptions *options = writer->options;
    size_t index_bytes = options->index_bytes_max ? options->index_bytes_max : INDEX_BYTES_DEFAULT;
    SegmentName name = {.number = options->header.number};
    memcpy(name.log_id, options->header.log_id.bytes, sizeof name.log_id);
    writer->sealer.room = malloc(CRYPT_BLOCK_BYTES_MAX + CRYPT_TAG_BYTES);
    writer->order = calloc(writer->count, sizeof *writer->order);
    writer->index = index_builder_new(index_bytes, options->seed);
    writer->directory.blocks = ARENA_ARRAY(&writer->arena, SegmentBlock, BLOCK_SET_BLOCKS_MAX);
    writer->directory.plain_bytes = ARENA_ARRAY(&writer->arena, uint64_t, BLOCK_SET_BLOCKS_MAX);
    if (!writer->sealer.room || !writer->order || !writer->index || !writer->directory.blocks ||
        !writer->directory.plain_bytes) {
        return -ENOMEM;
    }
    writer->sealer.at = SEGMENT_HEAD_BYTES;
    return crypt_segment_new(os, &name, &writer->sealer.key);
}

static int header_fill(SegmentWriter *writer)
{
    SegmentHeader *header = &writer->header;
    CLEANUP(buf_done) Buf scratch = buf_make(0);
    Tree tree = {0};
    *header = writer->options->header;
    header->count = writer->count;
    header->last_leaf = header->first_leaf + writer->count - 1;
    header->from_ns = INT64_MAX;
    header->to_ns = INT64_MIN;
    for (size_t i = 0; i < writer->count; i++) {
        Digest leaf;
        int r = segment_leaf_of(writer->sealer.key, &scratch, &writer->rows[i], i, &leaf);
        if (r < 0) return r;
        tree_add(&tree, &leaf);
        int64_t time_ns = writer->rows[i].record.time_ns;
        if (time_ns == TIME_UNKNOWN) continue;
        if (time_ns < header->from_ns) header->from_ns = time_ns;
        if (time_ns > header->to_ns) header->to_ns = time_ns;
    }
    if (header->from_ns > header->to_ns) header->from_ns = header->to_ns = TIME_UNKNOWN;
    header->root = tree_root(&tree);
    memset(&header->filter, 0, sizeof header->filter);
    return 0;
}

/* How many rows from `at` make a block. */
static size_t block_rows(const SegmentWriter *writer, size_t at)
{
    size_t bytes = 0, count = 0;
    while (at + count < writer->count && count < SEGMENT_BLOCK_ROWS_MAX) {
        const GroupedRow *row = &writer->order[at + count];
        size_t row_bytes = writer->rows[row->number].event.raw.len;
        if (row->group != writer->order[at].group) break;
        if (count > 0 && bytes + row_bytes > SEGMENT_BLOCK_BYTES_MAX) break;
        bytes += row_bytes;
        count++;
    }
    return count;
}

static void note_times(SegmentBlock *block, const GroupedRow *order, size_t count)
{
    block->from_ns = INT64_MAX;
    block->to_ns = INT64_MIN;
    for (size_t i = 0; i < count; i++) {
        if (order[i].time_ns == TIME_UNKNOWN) {
            block->undated_count++;
            continue;
        }
        if (order[i].time_ns < block->from_ns) block->from_ns = order[i].time_ns;
        if (order[i].time_ns > block->to_ns) block->to_ns = order[i].time_ns;
    }
}

static int write_block(SegmentWriter *writer, size_t at, size_t count)
{
    SegmentDirectory *directory = &writer->directory;
    if (directory->block_count == BLOCK_SET_BLOCKS_MAX) return -E2BIG;
    CLEANUP(buf_done) Buf plain = buf_make(SEGMENT_PLAIN_BYTES_MAX);
    BlockInput input = {.rows = writer->rows,
                        .order = writer->order + at,
                        .count = count,
                        .block = directory->block_count,
                        .level =
                            writer->options->level ? writer->options->level : SEGMENT_LEVEL_DEFAULT,
                        .seed = writer->options->seed,
                        .index = writer->index};
    SealedRun run;
    int r = segment_block_encode(&input, &plain);
    if (r == -EMSGSIZE) r = -E2BIG;
    if (r == 0) r = seal_run(&writer->sealer, SEAL_BLOCK, buf_slice(&plain), &run);
    if (r < 0) return r;
    SegmentBlock *block = &directory->blocks[directory->block_count];
    *block =
        (SegmentBlock){.offset = run.offset, .row_count = (uint32_t)count, .first_seal = run.first};
    note_times(block, input.order, count);
    directory->plain_bytes[directory->block_count++] = run.bytes;
    return 0;
}

/* Rows of nothing but short values, or with long tails, may be too many for a block's maxima though
 * their raw is not: then half of them are tried. */
static int write_blocks(SegmentWriter *writer)
{
    for (size_t at = 0; at < writer->count;) {
        size_t count = block_rows(writer, at);
        int r = write_block(writer, at, count);
        while ((r == -ENOMEM || r == -E2BIG) && count > 1) {
            count /= 2;
            r = write_block(writer, at, count);
        }
        if (r < 0) return r;
        at += count;
    }
    return 0;
}

static int write_index(SegmentWriter *writer)
{
    CLEANUP(buf_done) Buf bytes = buf_make(SEGMENT_PLAIN_BYTES_MAX);
    SegmentDirectory *directory = &writer->directory;
    int r = index_builder_finish(writer->index, directory->block_count, &bytes, NULL);
    if (r < 0) return r;
    TokenIndex *index;
    Slice whole = buf_slice(&bytes);
    r = index_open(whole, NULL, &index);
    if (r < 0) return r;
    directory->index =
        (SealedRun){.offset = writer->sealer.at, .bytes = whole.len, .first = writer->sealer.next};
    directory->index_head_bytes = index_piece(index, 0).bytes;
    for (uint32_t i = 0; i < index_piece_count(index) && r == 0; i++) {
        IndexPiece piece = index_piece(index, i);
        r = seal_piece(&writer->sealer, SEAL_INDEX,
                       slice_first(slice_skip(whole, piece.offset), piece.bytes));
    }
    index_close(index);
    writer->header.index = digest_sha256(&whole, 1);
    return r;
}

static int write_directory_and_head(SegmentWriter *writer)
{
    CLEANUP(buf_done) Buf bytes = buf_make(0);
    SegmentHead head = {0};
    uint8_t head_bytes[SEGMENT_HEAD_BYTES];
    writer->directory.core = writer->header;
    directory_add(&bytes, &writer->directory);
    if (buf_error(&bytes)) return -ENOMEM;
    Slice plain = buf_slice(&bytes);
    writer->header.dictionary = digest_sha256(&plain, 1);
    head.header = writer->header;
    int r = seal_run(&writer->sealer, SEAL_DIRECTORY, plain, &head.directory);
    if (r == 0) {
        r = crypt_wrap(writer->sealer.os, writer->sealer.key, writer->options->kek, &head.wrapped);
    }
    if (r < 0) return r;
    head_print(&head, head_bytes);
    return os_pwrite_full(writer->sealer.os, writer->sealer.fd, head_bytes, sizeof head_bytes, 0);
}

static int write_file(SegmentWriter *writer, const Os *os)
{
    int r = writer_start(writer, os);
    if (r == 0)
        r = segment_group(writer->rows, writer->count, writer->options->seed, writer->order);
    if (r == 0) r = header_fill(writer);
    if (r == 0) r = write_blocks(writer);
    if (r == 0) r = write_index(writer);
    if (r == 0) r = write_directory_and_head(writer);
    if (r == 0) r = os->sync_data(os->state, writer->sealer.fd);
    return r;
}

int segment_write(const Os *os, const char *folder, const char *name, const SegmentOptions *options,
                  const Row *rows, size_t count, SegmentHeader *ret_header)
{
    int r = check_options(options, count);
    if (r < 0) return r;
    CLEANUP(writer_done)
    SegmentWriter writer = {.options = options,
                            .rows = rows,
                            .count = count,
                            .arena = arena_make(0),
                            .sealer = {.os = os, .fd = -1}};
    Slice path, part;
    r = arena_format(&writer.arena, &path, "%s/%s%c", folder, name, 0);
    if (r == 0) r = arena_format(&writer.arena, &part, "%s/%s.part%c", folder, name, 0);
    if (r < 0) return r;
    r = os->open(os->state, part.ptr, O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (r < 0) return r;
    writer.sealer.fd = r;
    r = write_file(&writer, os);
    if (r == 0) r = os->rename(os->state, part.ptr, path.ptr);
    if (r == 0) r = os->sync_folder(os->state, folder);
    if (r < 0) (void)os->unlink(os->state, part.ptr);
    if (r == 0) *ret_header = writer.header;
    return r;
}
