/* Reads a segment: head, directory, then what is asked for. */
#include "store/segment/segment_head.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

struct Segment {
    const Os *os;
    int fd;
    SegmentKey *key;
    Arena arena;
    SegmentHead head;
    char head_bytes[SEGMENT_HEAD_BYTES];
    SegmentDirectory directory;
    TokenIndex *index; /* NULL: damaged */
    Buf piece;         /* of the index, the last one read */
    uint64_t file_bytes;
};

void segment_close(Segment *segment)
{
    if (!segment) return;
    index_close(segment->index);
    crypt_segment_free(segment->key);
    if (segment->fd >= 0) segment->os->close(segment->os->state, segment->fd);
    arena_done(&segment->arena);
    buf_done(&segment->piece);
    free(segment);
}

static int read_head(Segment *segment, const char *path, const Secret *kek)
{
    FileInfo info;
    SegmentName name = {0};
    int r = segment->os->open(segment->os->state, path, O_RDONLY, 0);
    if (r < 0) return r;
    segment->fd = r;
    ssize_t got =
        os_pread_full(segment->os, segment->fd, segment->head_bytes, SEGMENT_HEAD_BYTES, 0);
    if (got < 0) return (int)got;
    r = head_parse(slice_of(segment->head_bytes, (size_t)got), &segment->head);
    if (r == 0) r = segment->os->info_fd(segment->os->state, segment->fd, &info);
    if (r < 0) return r;
    segment->file_bytes = info.bytes;
    name.number = segment->head.header.number;
    memcpy(name.log_id, segment->head.header.log_id.bytes, sizeof name.log_id);
    return crypt_unwrap(&segment->head.wrapped, &name, kek, &segment->key);
}

static bool run_in_file(const Segment *segment, const SealedRun *run)
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

static int read_directory(Segment *segment)
{
    CLEANUP(buf_done) Buf plain = buf_make(SEGMENT_PLAIN_BYTES_MAX);
    Slice bytes;
    if (!run_in_file(segment, &segment->head.directory)) return -EBADMSG;
    int r = unseal_run(segment->os, segment->fd, segment->key, SEAL_DIRECTORY,
                       &segment->head.directory, &plain);
    if (r == 0) r = arena_copy(&segment->arena, buf_slice(&plain), &bytes);
    if (r == 0) r = directory_parse(bytes, &segment->arena, &segment->directory);
    if (r == 0 && !head_is_true(segment, bytes)) r = -EBADMSG;
    return r;
}

static int get_piece(void *context, uint32_t number, IndexPiece piece, Slice *ret)
{
    Segment *segment = context;
    const SealedRun *index = &segment->directory.index;
    SealedRun run = {.offset = index->offset + piece.offset + (uint64_t)number * CRYPT_TAG_BYTES,
                     .bytes = piece.bytes,
                     .first = index->first + number};
    if (!run_in_file(segment, &run) || run.bytes > CRYPT_BLOCK_BYTES_MAX) return -EBADMSG;
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

int segment_open(const Os *os, const char *path, const Secret *kek, Segment **ret)
{
    Segment *segment = calloc(1, sizeof *segment);
    if (!segment) return -ENOMEM;
    segment->os = os;
    segment->fd = -1;
    segment->arena = arena_make(0);
    segment->piece = buf_make(CRYPT_BLOCK_BYTES_MAX + CRYPT_TAG_BYTES);
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

int segment_block_rows(Segment *segment, uint32_t block, SegmentSink sink, void *context)
{
    if (block >= segment->directory.block_count) return -EINVAL;
    CLEANUP(buf_done) Buf plain = buf_make(SEGMENT_PLAIN_BYTES_MAX);
    const SegmentBlock *info = &segment->directory.blocks[block];
    SealedRun run = {info->offset, segment->directory.plain_bytes[block], info->first_seal};
    if (!run_in_file(segment, &run)) return -EBADMSG;
    int r = unseal_run(segment->os, segment->fd, segment->key, SEAL_BLOCK, &run, &plain);
    if (r < 0) return r;
    return segment_block_decode(buf_slice(&plain), info->row_count, sink, context);
}

int segment_leaf(const Segment *segment, const Row *row, uint64_t number, Digest *ret)
{
    CLEANUP(buf_done) Buf scratch = buf_make(0);
    return segment_leaf_of(segment->key, &scratch, row, number, ret);
}

SegmentUse segment_use(const Segment *segment)
{
    const SegmentDirectory *directory = &segment->directory;
    SegmentUse use = {.head_bytes = SEGMENT_HEAD_BYTES,
                      .directory_bytes = sealed_bytes(segment->head.directory.bytes)};
    uint64_t index_at = directory->index.offset, directory_at = segment->head.directory.offset;
    use.block_bytes = index_at - SEGMENT_HEAD_BYTES;
    use.index_bytes = directory_at - index_at;
    return use;
}
