/* Sets of blocks by their numbers; see token_index_int.h. */
#include "store/tokens/token_index_int.h"

static bool wants(const ClassIndex *class, uint32_t set)
{
    return class->wanted[set / 64] >> set % 64 & 1;
}

static int take_small(Slice *bytes, uint32_t *ret)
{
    if (bytes->len > 0 && (unsigned char)bytes->ptr[0] < 0x80) {
        *ret = (unsigned char)bytes->ptr[0];
        *bytes = slice_skip(*bytes, 1);
        return 0;
    }
    uint64_t value;
    if (slice_take_varint(bytes, &value) || value > BLOCK_SET_BLOCKS_MAX) return -EBADMSG;
    *ret = (uint32_t)value;
    return 0;
}

/* The blocks of one set, rising. */
typedef struct Blocks {
    uint32_t count;
    uint16_t numbers[BLOCK_SET_BLOCKS_MAX];
} Blocks;

/* *blocks holds the set before, and then this one. */
static int take_set(Slice *bytes, uint32_t block_count, Blocks *blocks)
{
    uint32_t shared, rest, step;
    if (take_small(bytes, &shared) || shared > blocks->count || take_small(bytes, &rest) ||
        rest > block_count - shared) {
        return -EBADMSG;
    }
    uint32_t next = shared ? blocks->numbers[shared - 1] + 1u : 0;
    for (uint32_t i = shared; i < shared + rest; i++) {
        if (take_small(bytes, &step) || next + step >= block_count) return -EBADMSG;
        blocks->numbers[i] = (uint16_t)(next + step);
        next += step + 1;
    }
    blocks->count = shared + rest;
    return 0;
}

static int unpack_sets(TokenIndex *index, const SetPiece *row)
{
    if (index->sets.piece == row->piece) return 0;
    Slice stored;
    int r = index_get_piece(index, row->piece, &stored);
    return r ? r : index_unpack(index, row->piece, stored, row->unpacked_bytes, &index->sets);
}

static void add_blocks(const Blocks *blocks, BlockSet *to)
{
    for (uint32_t i = 0; i < blocks->count; i++) {
        block_set_add(to, blocks->numbers[i]);
    }
}

int index_add_set(TokenIndex *index, const ClassIndex *class, uint32_t set, BlockSet *to)
{
    size_t low = 0, high = class->set_piece_count;
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if (class->set_pieces[middle].first_set <= set) {
            low = middle;
        } else {
            high = middle;
        }
    }
    const SetPiece *row = &class->set_pieces[low];
    int r = unpack_sets(index, row);
    if (r) return r;
    Slice bytes = slice_of(index->sets.bytes, index->sets.bytes_count);
    Blocks blocks;
    blocks.count = 0;
    for (uint32_t i = row->first_set; i <= set; i++) {
        r = take_set(&bytes, index->block_count, &blocks);
        if (r) return r;
    }
    add_blocks(&blocks, to);
    return 0;
}

static int add_wanted_of(TokenIndex *index, const ClassIndex *class, const SetPiece *row,
                         BlockSet *to)
{
    bool any = false;
    for (uint32_t i = 0; i < row->set_count && !any; i++) {
        any = wants(class, row->first_set + i);
    }
    int r = any ? unpack_sets(index, row) : 0;
    if (r || !any) return r;
    Slice bytes = slice_of(index->sets.bytes, index->sets.bytes_count);
    Blocks blocks;
    blocks.count = 0;
    for (uint32_t i = 0; i < row->set_count; i++) {
        r = take_set(&bytes, index->block_count, &blocks);
        if (r) return r;
        if (wants(class, row->first_set + i)) add_blocks(&blocks, to);
    }
    return 0;
}

int index_add_wanted(TokenIndex *index, ClassIndex *class, BlockSet *to)
{
    int r = 0;
    for (size_t i = 0; i < class->set_piece_count && !r; i++) {
        r = add_wanted_of(index, class, &class->set_pieces[i], to);
    }
    memset(class->wanted, 0, (class->set_count / 64 + 1) * sizeof *class->wanted);
    return r;
}
