/* The members of a re-packed file: which segments of the log its rows are of, and what is needed to
 * make their leaves again. Bytes: doc/format/segment.md. */
#include "base/number.h"
#include "store/segment/segment_state.h"

#include <errno.h>

enum { MEMBER_FIXED_BYTES = 32 + 16 + 40 };

static void add_member(Buf *to, const SegmentMember *member)
{
    char room[SEGMENT_HEADER_BYTES_MAX];
    Buf header = buf_over(room, sizeof room);
    segment_header_add(&header, &member->header);
    buf_add_varint(to, header.len);
    buf_add_slice(to, buf_slice(&header));
    number_runs_add(to, &member->numbers);
    buf_add(to, member->blind_key.bytes, sizeof member->blind_key.bytes);
    buf_add_le64(to, member->key_seed.words[0]);
    buf_add_le64(to, member->key_seed.words[1]);
    buf_add_le64(to, member->keys.run.offset);
    buf_add_le64(to, member->keys.run.bytes);
    buf_add_le64(to, member->keys.run.first);
    buf_add_le64(to, member->keys.pieces);
    buf_add_le64(to, member->keys.fence_bytes);
    buf_add_varint(to, member->gone_count);
    for (size_t i = 0; i < member->gone_count; i++) {
        uint64_t least = i ? member->gone[i - 1].rank + 1 : 0;
        buf_add_varint(to, member->gone[i].rank - least);
        buf_add(to, member->gone[i].leaf.bytes, sizeof member->gone[i].leaf.bytes);
    }
}

void members_add(Buf *to, const SegmentMember *members, size_t count)
{
    buf_add_varint(to, count);
    for (size_t i = 0; i < count; i++) {
        add_member(to, &members[i]);
    }
}

static void read_fixed(const char *at, SegmentMember *ret)
{
    memcpy(ret->blind_key.bytes, at, sizeof ret->blind_key.bytes);
    ret->key_seed = (KeySeed){{read_le64(at + 32), read_le64(at + 40)}};
    ret->keys = (KeyPlace){{read_le64(at + 48), read_le64(at + 56), read_le64(at + 64)},
                           read_le64(at + 72),
                           read_le64(at + 80)};
}

static int take_gone(Slice *bytes, Arena *arena, SegmentMember *ret)
{
    uint64_t count, rank = 0, step;
    if (slice_take_varint(bytes, &count) < 0 || count > ret->header.count) return -EBADMSG;
    if (count > bytes->len / sizeof(Digest)) return -EBADMSG;
    GoneRow *gone = ARENA_ARRAY(arena, GoneRow, (size_t)count + 1);
    if (!gone) return -ENOMEM;
    for (size_t i = 0; i < count; i++, rank++) {
        if (slice_take_varint(bytes, &step) < 0 || bytes->len < sizeof gone[i].leaf.bytes ||
            step >= ret->header.count - rank) {
            return -EBADMSG;
        }
        rank += step;
        gone[i].rank = rank;
        memcpy(gone[i].leaf.bytes, bytes->ptr, sizeof gone[i].leaf.bytes);
        *bytes = slice_skip(*bytes, sizeof gone[i].leaf.bytes);
        if (rank + 1 == ret->header.count && i + 1 < count) return -EBADMSG;
    }
    ret->gone = gone;
    ret->gone_count = (size_t)count;
    return 0;
}

static int take_member(Slice *bytes, Arena *arena, SegmentMember *ret)
{
    uint64_t len;
    if (slice_take_varint(bytes, &len) < 0 || len > bytes->len) return -EBADMSG;
    int r = segment_header_parse(slice_first(*bytes, (size_t)len), &ret->header);
    *bytes = slice_skip(*bytes, (size_t)len);
    if (r == 0) r = number_runs_take(bytes, ret->header.count, arena, &ret->numbers);
    if (r < 0) return r;
    if (bytes->len < MEMBER_FIXED_BYTES || header_is_repacked(&ret->header)) return -EBADMSG;
    read_fixed(bytes->ptr, ret);
    *bytes = slice_skip(*bytes, MEMBER_FIXED_BYTES);
    bool holds = ret->keys.fence_bytes <= ret->keys.run.bytes &&
                 ret->keys.fence_bytes <= CRYPT_BLOCK_BYTES_MAX &&
                 ret->keys.pieces <= SEGMENT_ROWS_MAX;
    return holds ? take_gone(bytes, arena, ret) : -EBADMSG;
}

int members_take(Slice *bytes, uint64_t rows, Arena *arena, SegmentDirectory *ret)
{
    uint64_t count, sum = 0;
    if (slice_take_varint(bytes, &count) < 0 || count == 0 || count > SEGMENT_MEMBERS_MAX) {
        return -EBADMSG;
    }
    ret->members = ARENA_ARRAY(arena, SegmentMember, (size_t)count);
    if (!ret->members) return -ENOMEM;
    for (uint64_t i = 0; i < count; i++) {
        int r = take_member(bytes, arena, &ret->members[i]);
        if (r < 0) return r;
        sum += ret->members[i].header.count - ret->members[i].gone_count;
        bool rises = i == 0 || ret->members[i].header.number > ret->members[i - 1].header.number;
        if (!rises || sum > rows) return -EBADMSG;
    }
    ret->member_count = (size_t)count;
    return sum == rows ? 0 : -EBADMSG;
}

const SegmentMember *members_find(const SegmentDirectory *directory, uint64_t number,
                                  uint64_t *ret_rank)
{
    for (size_t i = 0; i < directory->member_count; i++) {
        const SegmentMember *member = &directory->members[i];
        if (number_runs_find(&member->numbers, number, ret_rank) == 0) return member;
    }
    return NULL;
}

bool segment_is_repacked(const Segment *segment)
{
    return header_is_repacked(&segment->head.header);
}

size_t segment_member_count(const Segment *segment)
{
    return segment_is_repacked(segment) ? segment->directory.member_count : 1;
}

const SegmentHeader *segment_member(const Segment *segment, size_t index)
{
    return segment_is_repacked(segment) ? &segment->directory.members[index].header
                                        : &segment->head.header;
}

const GoneRow *segment_member_gone(const Segment *segment, size_t index, size_t *ret_count)
{
    bool repacked = segment_is_repacked(segment);
    *ret_count = repacked ? segment->directory.members[index].gone_count : 0;
    return repacked ? segment->directory.members[index].gone : NULL;
}

int segment_member_rank(const Segment *segment, size_t index, uint64_t number, uint64_t *ret_rank)
{
    return number_runs_find(segment_is_repacked(segment)
                                ? &segment->directory.members[index].numbers
                                : &segment->directory.numbers,
                            number, ret_rank);
}

int segment_leaf(const Segment *segment, const Row *row, uint64_t rank, Digest *ret)
{
    CLEANUP(buf_done) Buf scratch = buf_make(0);
    uint8_t blind[CRYPT_BLIND_BYTES];
    if (!segment_is_repacked(segment)) {
        return segment_leaf_of(segment->key, &scratch, row, rank, ret);
    }
    const SegmentMember *member =
        members_find(&segment->directory, segment_number_of(segment, rank), &rank);
    if (!member) return -EBADMSG;
    segment_row_bytes(&scratch, row);
    if (buf_error(&scratch)) return -ENOMEM;
    crypt_blind_with(&member->blind_key, rank, blind);
    *ret = tree_record_leaf(blind, buf_slice(&scratch));
    return 0;
}

int segment_record(const Segment *segment, const Row *row, uint64_t rank, Buf *to,
                   SegmentRecord *ret)
{
    SegmentRecord record = {.rank = rank};
    segment_row_bytes(to, row);
    if (buf_error(to)) return -ENOMEM;
    if (!segment_is_repacked(segment)) {
        crypt_blind(segment->key, rank, record.blind);
        *ret = record;
        return 0;
    }
    const SegmentMember *member =
        members_find(&segment->directory, segment_number_of(segment, rank), &record.rank);
    if (!member) return -EBADMSG;
    record.member = (size_t)(member - segment->directory.members);
    crypt_blind_with(&member->blind_key, record.rank, record.blind);
    *ret = record;
    return 0;
}
