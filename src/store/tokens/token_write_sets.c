/* The sets of blocks of one class: their order, their code and their pieces; see token_write_int.h.
 */
#include "store/tokens/token_write_int.h"

#include <errno.h>
#include <stdlib.h>

#define NOT_RANKED UINT32_MAX

void index_order_done(SetOrder *order)
{
    free(order->uses);
    free(order->symbols);
    free(order->items);
    free(order->symbol_uses);
    *order = (SetOrder){0};
}

/* A node's children are met from the newest on, so the walk gives the order backwards. */
int index_number_sets(IndexWriter *writer)
{
    const IndexBuilder *builder = writer->builder;
    const SetNode *sets = builder->sets;
    writer->preorder = calloc(builder->set_count, sizeof *writer->preorder);
    if (!writer->preorder) return -ENOMEM;
    uint32_t number = (uint32_t)builder->set_count, at = 0;
    for (;;) {
        while (sets[at].newest_child) {
            at = sets[at].newest_child;
        }
        for (;;) {
            writer->preorder[at] = --number;
            if (at == 0) return 0;
            if (sets[at].older) {
                at = sets[at].older;
                break;
            }
            at = sets[at].parent;
        }
    }
}

/* Whether the posting is written as "as the one before": not at the beginning of what is read for
 * itself. */
static bool repeats(const IndexWriter *writer, size_t i, size_t start)
{
    return i > start && writer->postings[i].set == writer->postings[i - 1].set;
}

/* Uses of each set and of the repeat sign, which counts as at the writing but for the text pieces'
 * beginnings. */
static uint32_t count_uses(IndexWriter *writer, TokenClass class)
{
    uint32_t repeat_count = 0;
    for (size_t i = 0; i < writer->count; i++) {
        bool page_start = class != TOKEN_TEXT && i % KEY_PAGE_ENTRIES == 0;
        if (repeats(writer, i, 0) && !page_start) {
            repeat_count++;
        } else {
            writer->order.uses[writer->postings[i].set]++;
        }
    }
    return repeat_count;
}

/* Most used first; among equals in the order of blocks. */
static int rank_sets(IndexWriter *writer)
{
    SetOrder *order = &writer->order;
    const size_t set_count = writer->builder->set_count;
    order->items = calloc(set_count, sizeof *order->items);
    SortItem *spare = calloc(set_count, sizeof *spare);
    if (!order->items || !spare) {
        free(spare);
        return -ENOMEM;
    }
    for (uint32_t set = 1; set < set_count; set++) {
        if (order->uses[set] == 0) continue;
        order->items[order->used_count++] = (SortItem){
            .key = (uint64_t)(UINT32_MAX - order->uses[set]) << 32 | writer->preorder[set],
            .value = set,
        };
    }
    sort_items(order->items, spare, order->used_count);
    free(spare);
    return 0;
}

/* Gives each set, and the repeat sign among them, its symbol. */
static int make_code(SetOrder *order, uint32_t repeat_count)
{
    order->symbol_uses = calloc((size_t)order->used_count + 1, sizeof *order->symbol_uses);
    if (!order->symbol_uses) return -ENOMEM;
    uint32_t symbol = 0;
    order->repeat = NOT_RANKED;
    for (uint32_t i = 0; i < order->used_count; i++) {
        uint32_t set = (uint32_t)order->items[i].value;
        if (order->repeat == NOT_RANKED && repeat_count > order->uses[set]) {
            order->repeat = symbol;
            order->symbol_uses[symbol++] = repeat_count;
        }
        order->symbols[set] = symbol;
        order->symbol_uses[symbol++] = order->uses[set];
    }
    if (order->repeat == NOT_RANKED) {
        order->repeat = symbol;
        if (repeat_count) order->symbol_uses[symbol++] = repeat_count;
    }
    return rank_code_make(order->symbol_uses, symbol, &order->code);
}

int index_order_sets(IndexWriter *writer, TokenClass class)
{
    SetOrder *order = &writer->order;
    index_order_done(order);
    order->uses = calloc(writer->builder->set_count, sizeof *order->uses);
    order->symbols = calloc(writer->builder->set_count, sizeof *order->symbols);
    if (!order->uses || !order->symbols) return -ENOMEM;
    uint32_t repeat_count = count_uses(writer, class);
    int r = rank_sets(writer);
    return r ? r : make_code(order, repeat_count);
}

/* The blocks of a set, rising. */
static uint32_t set_blocks(const IndexBuilder *builder, uint32_t set, uint16_t *blocks)
{
    uint32_t count = builder->sets[set].depth;
    for (uint32_t i = count; i-- > 0; set = builder->sets[set].parent) {
        blocks[i] = builder->sets[set].block;
    }
    return count;
}

typedef struct BlockList {
    uint32_t count;
    uint16_t blocks[BLOCK_SET_BLOCKS_MAX];
} BlockList;

/* What it shares with the one before it, then the rest as steps. */
static void add_set(Buf *to, const BlockList *list, const BlockList *before)
{
    uint32_t shared = 0;
    while (shared < list->count && shared < before->count &&
           list->blocks[shared] == before->blocks[shared]) {
        shared++;
    }
    buf_add_varint(to, shared);
    buf_add_varint(to, list->count - shared);
    uint32_t next = shared ? list->blocks[shared - 1] + 1u : 0;
    for (uint32_t i = shared; i < list->count; i++) {
        buf_add_varint(to, list->blocks[i] - next);
        next = list->blocks[i] + 1u;
    }
}

static void end_set_piece(IndexWriter *writer, uint32_t set_count)
{
    if (set_count == 0) return;
    size_t packed = index_pack(writer, buf_slice(&writer->unpacked), &writer->pieces);
    buf_add_varint(&writer->head, packed);
    buf_add_varint(&writer->head, writer->unpacked.len);
    buf_add_varint(&writer->head, set_count);
    buf_clear(&writer->unpacked);
}

void index_write_sets(IndexWriter *writer)
{
    const SetOrder *order = &writer->order;
    BlockList lists[2] = {0};
    uint32_t in_piece = 0;
    buf_clear(&writer->unpacked);
    for (uint32_t i = 0; i < order->used_count; i++) {
        BlockList *list = &lists[i & 1], *before = &lists[~i & 1];
        list->count = set_blocks(writer->builder, (uint32_t)order->items[i].value, list->blocks);
        if (in_piece == 0) before->count = 0;
        add_set(&writer->unpacked, list, before);
        in_piece++;
        if (writer->unpacked.len < SET_PIECE_BYTES) continue;
        end_set_piece(writer, in_piece);
        in_piece = 0;
    }
    end_set_piece(writer, in_piece);
    buf_add_varint(&writer->head, 0); /* no piece */
}

void index_put_posting(const IndexWriter *writer, BitWriter *bits, size_t i, size_t start)
{
    const SetOrder *order = &writer->order;
    bool repeat = order->repeat < order->code.symbol_count && repeats(writer, i, start);
    rank_put(&order->code, bits, repeat ? order->repeat : order->symbols[writer->postings[i].set]);
}
