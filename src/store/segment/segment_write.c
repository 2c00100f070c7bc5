/* Writes a segment: blocks, index, keys, directory behind room for the head, then the head. */
#include "store/segment/segment_head.h"
#include "store/segment/segment_keys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#define INDEX_BYTES_DEFAULT ((size_t)128 << 20)

typedef struct SegmentWriter {
    const SegmentOptions *options;
    const SegmentRows *rows;
    SegmentPlan *plan;
    Survey survey;
    Arena arena;
    Sealer sealer;
    IndexBuilder *index;
    BlockWriter *blocks;
    Buf plain; /* of the block at hand */
    SegmentDirectory directory;
    SegmentHeader header;
} SegmentWriter;

static void writer_done(SegmentWriter *writer)
{
    survey_done(&writer->survey);
    free(writer->sealer.room);
    arena_done(&writer->arena);
    index_builder_free(writer->index);
    if (!writer->options->workspace) segment_workspace_free(writer->blocks);
    buf_done(&writer->plain);
    if (!writer->plan->key) crypt_segment_free(writer->sealer.key);
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
    writer->index = index_builder_new(index_bytes, options->seed);
    writer->blocks = options->workspace ? options->workspace : segment_workspace_new(options->seed);
    writer->plain = buf_make(SEGMENT_PLAIN_BYTES_MAX);
    writer->directory.blocks = ARENA_ARRAY(&writer->arena, SegmentBlock, BLOCK_SET_BLOCKS_MAX);
    writer->directory.plain_bytes = ARENA_ARRAY(&writer->arena, uint64_t, BLOCK_SET_BLOCKS_MAX);
    writer->directory.digests = ARENA_ARRAY(&writer->arena, Digest, BLOCK_SET_BLOCKS_MAX);
    if (!writer->sealer.room || !writer->index || !writer->blocks || !writer->directory.blocks ||
        !writer->directory.plain_bytes || !writer->directory.digests) {
        return -ENOMEM;
    }
    writer->sealer.at = SEGMENT_HEAD_BYTES;
    writer->sealer.key = writer->plan->key;
    return writer->plan->key ? crypt_segment_rename(writer->plan->key, &name)
                             : crypt_segment_new(os, &name, &writer->sealer.key);
}

/* How many rows from `at` make a block. */
static size_t block_rows(const SegmentWriter *writer, size_t at)
{
    size_t bytes = 0, count = 0;
    const GroupedRow *order = writer->survey.order;
    while (at + count < writer->rows->count && count < SEGMENT_BLOCK_ROWS_MAX) {
        const GroupedRow *row = &order[at + count];
        if (row->group != order[at].group) break;
        if (count > 0 && bytes + row->raw_bytes > SEGMENT_BLOCK_BYTES_MAX) break;
        bytes += row->raw_bytes;
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
    BlockInput input = {.rows = writer->rows,
                        .order = writer->survey.order + at,
                        .marks = writer->plan->marks,
                        .stock = writer->plan->stock,
                        .count = count,
                        .block = directory->block_count,
                        .level =
                            writer->options->level ? writer->options->level : SEGMENT_LEVEL_DEFAULT,
                        .seed = writer->options->seed,
                        .index = writer->index};
    SealedRun run;
    buf_clear(&writer->plain);
    int r = block_writer_encode(writer->blocks, &input, &writer->plain);
    if (r == -EMSGSIZE) r = -E2BIG;
    Slice plain = buf_slice(&writer->plain);
    if (r == 0) r = seal_run(&writer->sealer, SEAL_BLOCK, plain, &run);
    if (r < 0) return r;
    directory->digests[directory->block_count] = digest_sha256(&plain, 1);
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
    for (size_t at = 0; at < writer->rows->count;) {
        size_t count = block_rows(writer, at);
        int r = write_block(writer, at, count);
        while ((r == -ENOMEM || r == -E2BIG) && count > 1) {
            count /= 2;
            r = write_block(writer, at, count);
        }
        if (r < 0) return r;
        at += count;
        const SegmentPlan *plan = writer->plan;
        r = plan->going ? plan->going(plan->going_context, at) : 0;
        if (r < 0) return r;
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

typedef struct KeysMaking {
    Sealer *sealer;
    KeyPlace *place;
} KeysMaking;

static int put_keys(void *context, Slice piece)
{
    const KeysMaking *making = context;
    int r = seal_piece(making->sealer, SEAL_KEYS, piece);
    making->place->run.bytes += piece.len;
    making->place->fence_bytes = piece.len;
    making->place->pieces++;
    return r;
}

static int write_keys_part(SegmentWriter *writer, uint64_t *prints, size_t count, KeyPlace *place)
{
    KeysMaking making = {&writer->sealer, place};
    *place = (KeyPlace){.run = {.offset = writer->sealer.at, .first = writer->sealer.next}};
    return keys_write(prints, count, put_keys, &making);
}

static int write_keys(SegmentWriter *writer)
{
    SegmentPlan *plan = writer->plan;
    int r = write_keys_part(writer, writer->survey.prints, writer->survey.print_count,
                            &writer->directory.keys);
    for (size_t i = 0; i < plan->member_count && r == 0; i++) {
        Buf *left = &plan->left[i];
        if (left->len == 0) continue;
        r = write_keys_part(writer, (uint64_t *)(void *)left->ptr, left->len / sizeof(uint64_t),
                            &plan->members[i].keys);
    }
    return r;
}

/* The copy begins in a sector of its own. */
static int write_directory(SegmentWriter *writer, SegmentHead *head)
{
    CLEANUP(buf_done) Buf bytes = buf_make(SEGMENT_PLAIN_BYTES_MAX);
    writer->directory.core = writer->header;
    writer->directory.numbers = writer->survey.numbers;
    writer->directory.members = writer->plan->members;
    writer->directory.member_count = writer->plan->member_count;
    directory_add(&bytes, &writer->directory);
    if (buf_error(&bytes)) return buf_error(&bytes) == -ENOMEM ? -ENOMEM : -E2BIG;
    Slice plain = buf_slice(&bytes);
    writer->header.dictionary = digest_sha256(&plain, 1);
    int r = seal_run(&writer->sealer, SEAL_DIRECTORY, plain, &head->directory);
    writer->sealer.at = (writer->sealer.at + SEGMENT_SECTOR_BYTES - 1) / SEGMENT_SECTOR_BYTES *
                        SEGMENT_SECTOR_BYTES;
    if (r == 0) r = seal_run(&writer->sealer, SEAL_DIRECTORY, plain, &head->copy);
    return r;
}

static int write_heads(SegmentWriter *writer, SegmentHead *head)
{
    Sealer *sealer = &writer->sealer;
    uint8_t bytes[SEGMENT_HEAD_BYTES];
    head->header = writer->header;
    int r = crypt_wrap(sealer->os, sealer->key, writer->options->kek, &head->wrapped);
    if (r < 0) return r;
    head_print(head, bytes);
    r = os_pwrite_full(sealer->os, sealer->fd, bytes, sizeof bytes, sealer->at);
    return r < 0 ? r : os_pwrite_full(sealer->os, sealer->fd, bytes, sizeof bytes, 0);
}

static int write_file(SegmentWriter *writer, const Os *os)
{
    const SegmentOptions *options = writer->options;
    SegmentHead head = {0};
    int r = writer_start(writer, os);
    writer->header = options->header;
    memset(&writer->header.filter, 0, sizeof writer->header.filter);
    writer->header.count = writer->rows->count;
    writer->header.from_ns = INT64_MAX;
    writer->header.to_ns = INT64_MIN;
    if (r == 0) {
        r = writer->plan->survey(writer->plan, writer->sealer.key, &writer->header,
                                 &writer->survey);
    }
    if (writer->header.from_ns > writer->header.to_ns) {
        writer->header.from_ns = writer->header.to_ns = TIME_UNKNOWN;
    }
    if (r == 0) r = write_blocks(writer);
    if (r == 0) r = write_index(writer);
    if (r == 0) r = write_keys(writer);
    if (r == 0) r = write_directory(writer, &head);
    if (r == 0) r = write_heads(writer, &head);
    if (r == 0) r = os->sync_data(os->state, writer->sealer.fd);
    return r;
}

int segment_write_plan(const Os *os, const char *folder, const char *name,
                       const SegmentOptions *options, SegmentPlan *plan, SegmentHeader *ret_header)
{
    int r = check_options(options, plan->rows->count);
    if (r < 0) return r;
    CLEANUP(writer_done)
    SegmentWriter writer = {.options = options,
                            .rows = plan->rows,
                            .plan = plan,
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
