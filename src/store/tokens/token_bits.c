/* See token_bits.h. */
#include "store/tokens/token_bits.h"

#include <errno.h>
#include <stdlib.h>

/* ---- gaps */

void gap_put(BitWriter *writer, uint64_t gap, unsigned low_bits)
{
    uint64_t high = gap >> low_bits;
    if (high >= GAP_ONES_MAX) {
        bits_put(writer, ((uint64_t)1 << GAP_ONES_MAX) - 1, GAP_ONES_MAX);
        bits_put(writer, gap >> 32, 32);
        bits_put(writer, gap & 0xffffffffu, 32);
        return;
    }
    bits_put(writer, (((uint64_t)1 << high) - 1) << 1, (unsigned)high + 1);
    bits_put(writer, gap & (((uint64_t)1 << low_bits) - 1), low_bits);
}

static uint64_t gap_bits(uint64_t gap, unsigned low_bits)
{
    uint64_t high = gap >> low_bits;
    return high >= GAP_ONES_MAX ? GAP_ONES_MAX + 64 : high + 1 + low_bits;
}

unsigned gap_best_low_bits(const uint64_t *gaps, size_t count)
{
    uint64_t sum = 0, best_bits = UINT64_MAX;
    for (size_t i = 0; i < count; i++) {
        sum += gaps[i];
    }
    uint64_t mean = count ? sum / count : 0;
    unsigned end = mean ? 65 - (unsigned)__builtin_clzll(mean) : 1, best = 0;
    if (end > GAP_LOW_BITS_MAX + 1) end = GAP_LOW_BITS_MAX + 1;
    /* Below the mean's own bits, as a few wide gaps may have raised it. */
    for (unsigned low_bits = end > 8 ? end - 8 : 0; low_bits < end; low_bits++) {
        uint64_t bits = 0;
        for (size_t i = 0; i < count; i++) {
            bits += gap_bits(gaps[i], low_bits);
        }
        if (bits >= best_bits) continue;
        best_bits = bits;
        best = low_bits;
    }
    return best;
}

/* ---- the prefix code */

/* What follows from the counts. False: more code words than there can be. */
static bool set_tables(RankCode *code)
{
    uint64_t next = 0;
    uint32_t symbol = 0;
    unsigned shortest = 0;
    for (unsigned len = 1; len <= RANK_CODE_BITS_MAX; len++) {
        next <<= 1;
        code->first_code[len] = next;
        code->first_symbol[len] = symbol;
        next += code->counts[len];
        symbol += code->counts[len];
        if (next > (uint64_t)1 << len) return false;
        if (!shortest && code->counts[len]) shortest = len;
        code->last[len] = (next << (64 - len)) - 1;
    }
    code->symbol_count = symbol;
    for (unsigned i = 0; i < 256; i++) {
        unsigned len = shortest ? shortest : RANK_CODE_BITS_MAX + 1;
        while (len <= 8 && (uint64_t)i << 56 > code->last[len]) {
            len++;
        }
        code->start[i] = (uint8_t)len;
    }
    return true;
}

/* Huffman's tree of two queues: the symbols from the rarest on, and the nodes in the order in which
 * they are made. Then the depth of each node, the root first. */
typedef struct RankTree {
    uint64_t *weights;
    uint32_t *parents;
    uint32_t leaf_count;
} RankTree;

static uint32_t take_lightest(const RankTree *tree, uint32_t *leaf, uint32_t *node, uint32_t end)
{
    bool from_leaves =
        *leaf < tree->leaf_count && (*node >= end || tree->weights[*leaf] <= tree->weights[*node]);
    return from_leaves ? (*leaf)++ : (*node)++;
}

/* Returns the longest length; counts of each length go to `counts` (all over the maximum are not
 * counted). */
static uint32_t tree_depths(RankTree *tree, uint32_t *counts)
{
    const uint32_t count = tree->leaf_count;
    uint32_t leaf = 0, node = count, longest = 0;
    for (uint32_t made = count; made < 2 * count - 1; made++) {
        uint32_t a = take_lightest(tree, &leaf, &node, made);
        uint32_t b = take_lightest(tree, &leaf, &node, made);
        tree->weights[made] = tree->weights[a] + tree->weights[b];
        tree->parents[a] = tree->parents[b] = made;
    }
    memset(counts, 0, (RANK_CODE_BITS_MAX + 1) * sizeof *counts);
    tree->weights[2 * count - 2] = 0; /* from here on: the depth */
    for (uint32_t i = 2 * count - 2; i-- > 0;) {
        tree->weights[i] = tree->weights[tree->parents[i]] + 1;
        if (i >= count) continue;
        if (tree->weights[i] > longest) longest = (uint32_t)tree->weights[i];
        if (tree->weights[i] <= RANK_CODE_BITS_MAX) counts[tree->weights[i]]++;
    }
    return longest;
}

int rank_code_make(const uint32_t *uses, uint32_t symbol_count, RankCode *ret)
{
    RankCode code = {0};
    if (symbol_count == 1) code.counts[1] = 1;
    if (symbol_count > 1) {
        RankTree tree = {.leaf_count = symbol_count};
        tree.weights = calloc((size_t)symbol_count * 2, sizeof *tree.weights);
        tree.parents = calloc((size_t)symbol_count * 2, sizeof *tree.parents);
        uint32_t longest = RANK_CODE_BITS_MAX + 1;
        /* Flattened until the longest code fits; equal weights give at most 32 bits. */
        for (unsigned flat = 0; tree.weights && tree.parents && longest > RANK_CODE_BITS_MAX;
             flat++) {
            for (uint32_t i = 0; i < symbol_count; i++) {
                tree.weights[i] = (uses[symbol_count - 1 - i] >> flat) + 1;
            }
            longest = tree_depths(&tree, code.counts);
        }
        bool made = tree.weights && tree.parents;
        free(tree.weights);
        free(tree.parents);
        if (!made) return -ENOMEM;
    }
    (void)set_tables(&code); /* a tree's lengths always fit */
    *ret = code;
    return 0;
}

void rank_code_write(const RankCode *code, Buf *to)
{
    unsigned longest = RANK_CODE_BITS_MAX;
    while (longest > 0 && code->counts[longest] == 0) {
        longest--;
    }
    buf_add_char(to, (char)longest);
    for (unsigned len = 1; len <= longest; len++) {
        buf_add_varint(to, code->counts[len]);
    }
}

int rank_code_read(Slice *bytes, RankCode *ret)
{
    RankCode code = {0};
    uint64_t longest, count;
    if (slice_take_varint(bytes, &longest) || longest > RANK_CODE_BITS_MAX) return -EBADMSG;
    uint64_t total = 0;
    for (unsigned len = 1; len <= longest; len++) {
        if (slice_take_varint(bytes, &count) || count > (uint64_t)1 << 30) return -EBADMSG;
        total += count;
        code.counts[len] = (uint32_t)count;
    }
    if (total > (uint64_t)1 << 30 || !set_tables(&code)) return -EBADMSG;
    *ret = code;
    return 0;
}

void rank_put(const RankCode *code, BitWriter *writer, uint32_t symbol)
{
    unsigned len = 1;
    while (symbol >= code->first_symbol[len] + code->counts[len]) {
        len++;
    }
    bits_put(writer, code->first_code[len] + (symbol - code->first_symbol[len]), len);
}
