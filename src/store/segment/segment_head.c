/* See segment_head.h; the bytes are described in doc/format/segment.md. */
#include "store/segment/segment_head.h"

#include "base/check.h"
#include "base/number.h"

#include <errno.h>

enum { DIGEST_AT = SEGMENT_HEAD_BYTES - 32, HEADER_AT = HEAD_BODY_AT + 50 };
_Static_assert(HEADER_AT + SEGMENT_HEADER_BYTES_MAX <= DIGEST_AT, "the longest header fits");

/* Over all but the wrapped key, which changes when the key-encryption key does. */
static Digest head_digest(const char *bytes)
{
    const Slice pieces[] = {slice_of(bytes, HEAD_WRAPPED_AT),
                            slice_of(bytes + HEAD_BODY_AT, DIGEST_AT - HEAD_BODY_AT)};
    return digest_sha256(pieces, ARRAY_COUNT(pieces));
}

static void add_run(Buf *to, const SealedRun *run)
{
    buf_add_le64(to, run->offset);
    buf_add_le64(to, run->bytes);
    buf_add_le64(to, run->first);
}

static SealedRun read_run(const char *at)
{
    return (SealedRun){read_le64(at), read_le64(at + 8), read_le64(at + 16)};
}

void head_print(const SegmentHead *head, uint8_t to[SEGMENT_HEAD_BYTES])
{
    char header_room[SEGMENT_HEADER_BYTES_MAX];
    Buf header = buf_over(header_room, sizeof header_room);
    segment_header_add(&header, &head->header);
    memset(to, 0, SEGMENT_HEAD_BYTES);
    Buf out = buf_over((char *)to, SEGMENT_HEAD_BYTES);
    buf_add_cstr(&out, SEGMENT_MAGIC);
    buf_add_le32(&out, SEGMENT_VERSION);
    buf_add(&out, head->wrapped.bytes, CRYPT_WRAPPED_BYTES);
    add_run(&out, &head->directory);
    add_run(&out, &head->copy);
    buf_add_le16(&out, (uint16_t)header.len);
    buf_add_slice(&out, buf_slice(&header));
    CHECK(!buf_error(&header) && !buf_error(&out));
    Digest digest = head_digest((char *)to);
    memcpy(to + DIGEST_AT, digest.bytes, sizeof digest.bytes);
}

int head_parse(Slice bytes, SegmentHead *ret)
{
    if (bytes.len != SEGMENT_HEAD_BYTES || memcmp(bytes.ptr, SEGMENT_MAGIC, 8) != 0)
        return -EBADMSG;
    Digest digest = head_digest(bytes.ptr);
    if (memcmp(digest.bytes, bytes.ptr + DIGEST_AT, sizeof digest.bytes) != 0) return -EBADMSG;
    if (read_le32(bytes.ptr + 8) != SEGMENT_VERSION) return -EPROTO;
    memcpy(ret->wrapped.bytes, bytes.ptr + HEAD_WRAPPED_AT, CRYPT_WRAPPED_BYTES);
    const char *body = bytes.ptr + HEAD_BODY_AT;
    ret->directory = read_run(body);
    ret->copy = read_run(body + 24);
    size_t len = read_le16(body + 48);
    if (len > DIGEST_AT - HEADER_AT || ret->directory.bytes > SEGMENT_PLAIN_BYTES_MAX ||
        ret->copy.bytes != ret->directory.bytes) {
        return -EBADMSG;
    }
    return segment_header_parse(slice_of(bytes.ptr + HEADER_AT, len), &ret->header);
}

void header_core_add(Buf *to, const SegmentHeader *header)
{
    SegmentHeader core = *header;
    memset(&core.dictionary, 0, sizeof core.dictionary);
    segment_header_add(to, &core);
}

static void add_block(Buf *to, const SegmentBlock *block, uint64_t plain_bytes,
                      const Digest *digest)
{
    buf_add_le64(to, block->offset);
    buf_add_le64(to, plain_bytes);
    buf_add_le64(to, block->first_seal);
    buf_add_le32(to, block->row_count);
    buf_add_le32(to, block->undated_count);
    buf_add_le64(to, (uint64_t)block->from_ns);
    buf_add_le64(to, (uint64_t)block->to_ns);
    buf_add(to, digest->bytes, sizeof digest->bytes);
}

enum { BLOCK_ENTRY_BYTES = 80, DIRECTORY_FIXED_BYTES = 76 };

void directory_add(Buf *to, const SegmentDirectory *directory)
{
    char header_room[SEGMENT_HEADER_BYTES_MAX];
    Buf header = buf_over(header_room, sizeof header_room);
    header_core_add(&header, &directory->core);
    add_run(to, &directory->index);
    buf_add_le64(to, directory->index_head_bytes);
    add_run(to, &directory->keys.run);
    buf_add_le64(to, directory->keys.pieces);
    buf_add_le64(to, directory->keys.fence_bytes);
    buf_add_le32(to, directory->block_count);
    for (uint32_t i = 0; i < directory->block_count; i++) {
        add_block(to, &directory->blocks[i], directory->plain_bytes[i], &directory->digests[i]);
    }
    number_runs_add(to, &directory->numbers);
    if (directory->member_count) members_add(to, directory->members, directory->member_count);
    buf_add_slice(to, buf_slice(&header));
}

static int take_blocks(const char *at, SegmentDirectory *ret)
{
    uint64_t rows = 0;
    for (uint32_t i = 0; i < ret->block_count; i++, at += BLOCK_ENTRY_BYTES) {
        SegmentBlock *block = &ret->blocks[i];
        ret->plain_bytes[i] = read_le64(at + 8);
        if (ret->plain_bytes[i] > SEGMENT_PLAIN_BYTES_MAX) return -EBADMSG;
        *block = (SegmentBlock){.offset = read_le64(at),
                                .bytes = sealed_bytes(ret->plain_bytes[i]),
                                .first_seal = read_le64(at + 16),
                                .row_count = read_le32(at + 24),
                                .undated_count = read_le32(at + 28),
                                .from_ns = (int64_t)read_le64(at + 32),
                                .to_ns = (int64_t)read_le64(at + 40)};
        memcpy(ret->digests[i].bytes, at + 48, sizeof ret->digests[i].bytes);
        rows += block->row_count;
    }
    return rows == ret->core.count ? 0 : -EBADMSG;
}

/* What stands before the blocks. */
static int take_parts(const char *at, SegmentDirectory *ret)
{
    ret->index = read_run(at);
    ret->index_head_bytes = read_le64(at + 24);
    ret->keys = (KeyPlace){read_run(at + 32), read_le64(at + 56), read_le64(at + 64)};
    ret->block_count = read_le32(at + 72);
    bool holds = ret->index_head_bytes <= ret->index.bytes &&
                 ret->index_head_bytes <= CRYPT_BLOCK_BYTES_MAX &&
                 ret->keys.fence_bytes <= ret->keys.run.bytes &&
                 ret->keys.fence_bytes <= CRYPT_BLOCK_BYTES_MAX && ret->keys.pieces > 0 &&
                 ret->keys.pieces <= SEGMENT_ROWS_MAX && ret->block_count <= BLOCK_SET_BLOCKS_MAX;
    return holds ? 0 : -EBADMSG;
}

static uint64_t rows_of(const char *blocks, uint32_t count)
{
    uint64_t rows = 0;
    for (uint32_t i = 0; i < count; i++) {
        rows += read_le32(blocks + (size_t)i * BLOCK_ENTRY_BYTES + 24);
    }
    return rows;
}

int directory_parse(Slice bytes, Arena *arena, bool repacked, SegmentDirectory *ret)
{
    if (bytes.len < DIRECTORY_FIXED_BYTES) return -EBADMSG;
    int r = take_parts(bytes.ptr, ret);
    const char *blocks = bytes.ptr + DIRECTORY_FIXED_BYTES;
    size_t blocks_bytes = (size_t)ret->block_count * BLOCK_ENTRY_BYTES;
    if (r < 0 || bytes.len < DIRECTORY_FIXED_BYTES + blocks_bytes) return -EBADMSG;
    ret->blocks = ARENA_ARRAY(arena, SegmentBlock, (size_t)ret->block_count + 1);
    ret->plain_bytes = ARENA_ARRAY(arena, uint64_t, (size_t)ret->block_count + 1);
    ret->digests = ARENA_ARRAY(arena, Digest, (size_t)ret->block_count + 1);
    if (!ret->blocks || !ret->plain_bytes || !ret->digests) return -ENOMEM;
    Slice rest = slice_skip(bytes, DIRECTORY_FIXED_BYTES + blocks_bytes);
    r = number_runs_take(&rest, rows_of(blocks, ret->block_count), arena, &ret->numbers);
    if (r == 0 && repacked) r = members_take(&rest, ret->numbers.rows, arena, ret);
    if (r == 0) r = segment_header_parse(rest, &ret->core);
    return r < 0 ? r : take_blocks(blocks, ret);
}
