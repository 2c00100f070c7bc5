/* Reads a segment: head, directory, then what is asked for. */
#include "store/segment/segment_state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

void segment_close(Segment *segment)
{
    if (!segment) return;
    index_close(segment->index);
    crypt_segment_free(segment->key);
    if (segment->fd >= 0) segment->os->close(segment->os->state, segment->fd);
    arena_done(&segment->arena);
    buf_done(&segment->piece);
    buf_done(&segment->key_piece);
    segment_forget_keys(segment);
    free(segment);
}

static int try_head(Segment *segment, uint64_t at, const Secret *kek)
{
    SegmentName name = {0};
    ssize_t got =
        os_pread_full(segment->os, segment->fd, segment->head_bytes, SEGMENT_HEAD_BYTES, at);
    if (got < 0) return (int)got;
    int r = head_parse(slice_of(segment->head_bytes, (size_t)got), &segment->head);
    if (r < 0) return r;
    name.number = segment->head.header.number;
    memcpy(name.log_id, segment->head.header.log_id.bytes, sizeof name.log_id);
    return crypt_unwrap(&segment->head.wrapped, &name, kek, &segment->key);
}

/* What damage of a head may look like; -ENOKEY and -EPROTO are true where the copy says the same.
 */
static bool may_be_damage(int r)
{
    return r == -EBADMSG || r == -EIO || r == -ENOKEY || r == -EPROTO;
}

static int read_head(Segment *segment, const char *path, const Secret *kek)
{
    FileInfo info;
    int r = segment->os->open(segment->os->state, path, O_RDONLY, 0);
    if (r < 0) return r;
    segment->fd = r;
    r = segment->os->info_fd(segment->os->state, segment->fd, &info);
    if (r < 0) return r;
    segment->file_bytes = info.bytes;
    r = try_head(segment, 0, kek);
    if (!may_be_damage(r) || info.bytes < SEGMENT_HEAD_BYTES) return r;
    int again = try_head(segment, info.bytes - SEGMENT_HEAD_BYTES, kek);
    return again == -EBADMSG ? r : again;
}

bool segment_run_in_file(const Segment *segment, const SealedRun *run)
{
    return run->offset <= segment->file_bytes && run->bytes <= segment->file_bytes;
}

/* The head says what the sealed directory says. */
static bool head_is_true(const Segment *segment, Slice directory)
{
    char a_room[SEGMENT_HEADER_BYTES_MAX], b_room[SEGMENT_HEADER_BYTES_MAX];
    Buf a = buf_over(a_room, sizeof a_room), b = buf_over(b_room, sizeof b_room);
    header_core_add(&a, &segment->head.header);
    header_core_add(&b, &segment->directory.core);
    Digest digest = digest_sha256(&directory, 1);
    return slice_eq(buf_slice(&a), buf_slice(&b)) &&
           memcmp(&digest, &segment->head.header.dictionary, sizeof digest) == 0;
}

static int try_directory(Segment *segment, const SealedRun *run)
{
    CLEANUP(buf_done) Buf plain = buf_make(SEGMENT_PLAIN_BYTES_MAX);
    Slice bytes;
    if (!segment_run_in_file(segment, run)) return -EBADMSG;
    int r = unseal_run(segment->os, segment->fd, segment->key, SEAL_DIRECTORY, run, &plain);
    if (r == 0) r = arena_copy(&segment->arena, buf_slice(&plain), &bytes);
    bool repacked = header_is_repacked(&segment->head.header);
    if (r == 0) r = directory_parse(bytes, &segment->arena, repacked, &segment->directory);
    if (r == 0 && !head_is_true(segment, bytes)) r = -EBADMSG;
    return r;
}

static int read_directory(Segment *segment)
{
    int r = try_directory(segment, &segment->head.directory);
    if (r != -EBADMSG && r != -EIO) return r;
    int again = try_directory(segment, &segment->head.copy);
    return again == -EBADMSG ? r : again;
}

static int get_piece(void *context, uint32_t number, IndexPiece piece, Slice *ret)
{
    Segment *segment = context;
    const SealedRun *index = &segment->directory.index;
    SealedRun run = {.offset = index->offset + piece.offset + (uint64_t)number * CRYPT_TAG_BYTES,
                     .bytes = piece.bytes,
                     .first = index->first + number};
    if (!segment_run_in_file(segment, &run) || run.bytes > CRYPT_BLOCK_BYTES_MAX) return -EBADMSG;
    buf_clear(&segment->piece);
    int r = unseal_piece(segment->os, segment->fd, segment->key, SEAL_INDEX, run, &segment->piece);
    if (r == 0) *ret = buf_slice(&segment->piece);
    return r;
}

static void lose_index(Segment *segment)
{
    index_close(segment->index);
    segment->index = NULL;
}

/* A damaged index is no reason not to read the blocks: all of them are candidates then. */
static int open_index(Segment *segment)
{
    const IndexSource source = {get_piece, segment};
    Slice head;
    IndexPiece piece = {.bytes = (uint32_t)segment->directory.index_head_bytes};
    int r = get_piece(segment, 0, piece, &head);
    if (r == 0) r = index_open(head, &source, &segment->index);
    if (r < 0) segment->index = NULL;
    if (r == 0 && index_block_count(segment->index) != segment->directory.block_count)
        lose_index(segment);
    return r == -EBADMSG || r == -EIO ? 0 : r;
}

int segment_check_index(Segment *segment)
{
    Slice bytes;
    if (!segment->index) return -EBADMSG;
    int r = 0;
    for (uint32_t i = 0; i < index_piece_count(segment->index) && r == 0; i++) {
        r = get_piece(segment, i, index_piece(segment->index, i), &bytes);
    }
    return r;
}

int segment_open(const Os *os, const char *path, const Secret *kek, Segment **ret)
{
    Segment *segment = calloc(1, sizeof *segment);
    if (!segment) return -ENOMEM;
    segment->os = os;
    segment->fd = -1;
    segment->arena = arena_make(0);
    segment->piece = buf_make(CRYPT_BLOCK_BYTES_MAX + CRYPT_TAG_BYTES);
    segment->key_piece = buf_make(CRYPT_BLOCK_BYTES_MAX + CRYPT_TAG_BYTES);
    int r = read_head(segment, path, kek);
    if (r == 0) r = read_directory(segment);
    if (r == 0) r = open_index(segment);
    if (r < 0) {
        segment_close(segment);
        return r;
    }
    *ret = segment;
    return 0;
}

const SegmentHeader *segment_header(const Segment *segment)
{
    return &segment->head.header;
}

uint32_t segment_block_count(const Segment *segment)
{
    return segment->directory.block_count;
}

const SegmentBlock *segment_block(const Segment *segment, uint32_t block)
{
    return &segment->directory.blocks[block];
}

bool segment_index_damaged(const Segment *segment)
{
    return segment->index == NULL;
}

int segment_candidates(Segment *segment, Slice text, unsigned edges, BlockSet *ret)
{
    if (segment->index) {
        int r = index_find_text(segment->index, text, edges, ret);
        if (r != -EBADMSG) return r;
        lose_index(segment);
    }
    block_set_all(ret, segment->directory.block_count);
    return 0;
}

uint64_t segment_number_of(const Segment *segment, uint64_t rank)
{
    return number_runs_at(&segment->directory.numbers, rank);
}

int segment_rank_of(const Segment *segment, uint64_t number, uint64_t *ret_rank)
{
    return number_runs_find(&segment->directory.numbers, number, ret_rank);
}

int segment_block_plain(Segment *segment, uint32_t block, Buf *to)
{
    if (block >= segment->directory.block_count) return -EINVAL;
    const SegmentBlock *info = &segment->directory.blocks[block];
    SealedRun run = {info->offset, segment->directory.plain_bytes[block], info->first_seal};
    if (!segment_run_in_file(segment, &run)) return -EBADMSG;
    size_t begin = to->len;
    int r = unseal_run(segment->os, segment->fd, segment->key, SEAL_BLOCK, &run, to);
    if (r < 0) return r;
    Slice plain = slice_skip(buf_slice(to), begin);
    Digest digest = digest_sha256(&plain, 1);
    return memcmp(&digest, &segment->directory.digests[block], sizeof digest) == 0 ? 0 : -EBADMSG;
}

int segment_open_block(Segment *segment, uint32_t block, OpenBlock **ret)
{
    CLEANUP(buf_done) Buf plain = buf_make(SEGMENT_PLAIN_BYTES_MAX);
    int r = segment_block_plain(segment, block, &plain);
    if (r < 0) return r;
    return open_block_new(&plain, segment->directory.blocks[block].row_count, ret);
}

int segment_block_rows(Segment *segment, uint32_t block, SegmentSink sink, void *context)
{
    CLEANUP(open_block_done) OpenBlock *open = NULL;
    int r = segment_open_block(segment, block, &open);
    for (uint32_t i = 0; r == 0 && i < segment->directory.blocks[block].row_count; i++) {
        Row row;
        uint64_t rank = open_block_rank(open, i);
        r = rank < segment->head.header.count ? open_block_row(open, i, &row) : -EBADMSG;
        if (r == 0) r = sink(context, &row, segment_number_of(segment, rank));
    }
    return r < 0 ? r : 0;
}

SegmentUse segment_use(const Segment *segment)
{
    const SegmentDirectory *directory = &segment->directory;
    uint64_t index_at = directory->index.offset, keys_at = directory->keys.run.offset;
    uint64_t directory_at = segment->head.directory.offset;
    return (SegmentUse){.head_bytes = 2 * SEGMENT_HEAD_BYTES,
                        .block_bytes = index_at - SEGMENT_HEAD_BYTES,
                        .index_bytes = keys_at - index_at,
                        .key_bytes = directory_at - keys_at,
                        .directory_bytes = segment->file_bytes - SEGMENT_HEAD_BYTES - directory_at};
}
