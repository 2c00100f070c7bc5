/* See literal_set.h. A trie in breadth-first order: the children of a node stand side by side, so
 * that a node needs no more than the first one's number and their count. */
#include "detect/literal_set.h"

#include <errno.h>
#include <stdlib.h>

typedef struct TrieNode {
    uint32_t first_child;
    uint32_t fail;  /* the longest proper suffix that is a node */
    uint32_t first; /* literals that end here: of set->list */
    uint32_t
        inside; /* the next node on the way of `fail` with literals not bound to the end, 0: none */
    uint32_t end; /* the same with literals bound to the end */
    uint16_t child_count;
    uint16_t count;
    uint32_t depth;
} TrieNode;

#define DENSE_BYTES_MAX ((size_t)1 << 20)
#define PAIRS_MAX 1500 /* more beginnings than this, and skipping finds one at every step */

typedef struct FourPlace {
    uint32_t four, literal, offset;
} FourPlace;

struct LiteralSet {
    const Literal *list; /* sorted by text */
    TrieNode *nodes;     /* [0] is the root */
    uint8_t *labels;     /* of the way from the parent */
    size_t node_count;
    uint32_t root[256]; /* child of the root, 0: none */
    /* The nodes nearest to the root, where nearly all time is spent, know their next node for each
     * class of bytes: rows[node * class_count + class]. Class 0: bytes of no literal. */
    uint16_t classes[256];
    uint32_t *rows;
    size_t class_count, dense_count;
    uint8_t *speaks; /* by node: something is to be reported here */
    /* Two bytes with which some literal begins; NULL: too many, or a literal of one byte. */
    uint64_t *pairs;
    /* Four bytes of each literal, letter case aside, by hash; NULL: some literal has none. */
    uint64_t *fours;
    FourPlace *places; /* of those four bytes, by hash */
    size_t place_count;
};

static int compare_literals(const void *left, const void *right)
{
    return slice_compare(((const Literal *)left)->text, ((const Literal *)right)->text);
}

static size_t bytes_of(const Literal *list, size_t count)
{
    size_t bytes = 1;
    for (size_t i = 0; i < count; i++) {
        bytes += list[i].text.len;
    }
    return bytes;
}

/* The literals that share the node's way are list[low..high). */
typedef struct Range {
    uint32_t low, high;
} Range;

static void add_children(LiteralSet *set, size_t number, Range *ranges)
{
    TrieNode *node = &set->nodes[number];
    uint32_t at = ranges[number].low, high = ranges[number].high;
    node->first = at;
    while (at < high && set->list[at].text.len == node->depth && node->count < UINT16_MAX) {
        at++;
        node->count++;
    }
    node->first_child = (uint32_t)set->node_count;
    while (at < high) {
        uint32_t low = at;
        char label = set->list[at].text.ptr[node->depth];
        while (at < high && set->list[at].text.ptr[node->depth] == label) {
            at++;
        }
        size_t child = set->node_count++;
        set->labels[child] = (uint8_t)label;
        set->nodes[child].depth = node->depth + 1;
        ranges[child] = (Range){low, at};
        node->child_count++;
    }
}

static uint32_t child_of(const LiteralSet *set, uint32_t number, uint8_t label)
{
    if (number == 0) return set->root[label];
    const TrieNode *node = &set->nodes[number];
    const uint8_t *labels = set->labels + node->first_child;
    if (node->child_count > 8) {
        const uint8_t *found = memchr(labels, label, node->child_count);
        return found ? node->first_child + (uint32_t)(found - labels) : 0;
    }
    for (uint32_t i = 0; i < node->child_count; i++) {
        if (labels[i] == label) return node->first_child + i;
    }
    return 0;
}

static uint32_t step(const LiteralSet *set, uint32_t state, uint8_t label)
{
    for (;;) {
        uint32_t next = child_of(set, state, label);
        if (next || state == 0) return next;
        state = set->nodes[state].fail;
    }
}

static bool has_place(const LiteralSet *set, const TrieNode *node, bool at_end)
{
    for (uint32_t i = 0; i < node->count; i++) {
        if ((set->list[node->first + i].place == LITERAL_AT_END) == at_end) return true;
    }
    return false;
}

/* In breadth-first order, so that the shorter way is known already. */
static void link_children(LiteralSet *set, uint32_t parent)
{
    const TrieNode *node = &set->nodes[parent];
    for (uint32_t i = 0; i < node->child_count; i++) {
        uint32_t number = node->first_child + i;
        TrieNode *child = &set->nodes[number];
        child->fail = parent == 0 ? 0 : step(set, node->fail, set->labels[number]);
        const TrieNode *suffix = &set->nodes[child->fail];
        child->inside = has_place(set, suffix, false) ? child->fail : suffix->inside;
        child->end = has_place(set, suffix, true) ? child->fail : suffix->end;
    }
}

static void make_classes(LiteralSet *set)
{
    set->class_count = 1;
    for (size_t i = 1; i < set->node_count; i++) {
        uint8_t label = set->labels[i];
        if (set->classes[label] == 0) set->classes[label] = (uint16_t)set->class_count++;
    }
}

/* In breadth-first order the node of `fail` has its row already. */
static int make_rows(LiteralSet *set, Arena *arena)
{
    size_t most = DENSE_BYTES_MAX / sizeof(uint32_t) / set->class_count;
    set->dense_count = set->node_count < most ? set->node_count : most;
    set->rows = ARENA_ARRAY(arena, uint32_t, set->dense_count * set->class_count);
    if (!set->rows) return -ENOMEM;
    for (size_t i = 0; i < set->dense_count; i++) {
        const TrieNode *node = &set->nodes[i];
        uint32_t *row = set->rows + i * set->class_count;
        if (i > 0)
            memcpy(row, set->rows + node->fail * set->class_count, set->class_count * sizeof *row);
        for (uint32_t k = 0; k < node->child_count; k++) {
            row[set->classes[set->labels[node->first_child + k]]] = node->first_child + k;
        }
    }
    return 0;
}

static uint16_t pair_at(const char *at)
{
    uint16_t pair;
    memcpy(&pair, at, sizeof pair);
    return pair;
}

static int make_pairs(LiteralSet *set, size_t count, Arena *arena)
{
    size_t distinct = 0;
    uint64_t *pairs = ARENA_ARRAY(arena, uint64_t, 65536 / 64);
    if (!pairs) return -ENOMEM;
    for (size_t i = 0; i < count; i++) {
        if (set->list[i].text.len < 2) return 0;
        uint16_t pair = pair_at(set->list[i].text.ptr);
        distinct += !(pairs[pair / 64] >> (pair % 64) & 1);
        pairs[pair / 64] |= (uint64_t)1 << (pair % 64);
    }
    if (distinct <= PAIRS_MAX) set->pairs = pairs;
    return 0;
}

/* Letters of both cases give the same number, and so do some other signs: a hint, no more. */
static uint32_t four_at(const char *at)
{
    uint32_t four;
    memcpy(&four, at, sizeof four);
    return ((four | 0x20202020) * 0x9e3779b1u) >> 16;
}

/* Where four ASCII bytes begin, which no folding of other letters can give. */
static size_t find_four(Slice text)
{
    for (size_t i = 0; i + 4 <= text.len; i++) {
        uint32_t four;
        memcpy(&four, text.ptr + i, sizeof four);
        if ((four & 0x80808080) == 0) return i;
    }
    return SLICE_NOT_FOUND;
}

static int compare_places(const void *left, const void *right)
{
    const FourPlace *a = left, *b = right;
    return (a->four > b->four) - (a->four < b->four);
}

static int make_fours(LiteralSet *set, size_t count, Arena *arena)
{
    uint64_t *fours = ARENA_ARRAY(arena, uint64_t, 65536 / 64);
    set->places = ARENA_ARRAY(arena, FourPlace, count);
    if (!fours || !set->places) return -ENOMEM;
    for (size_t i = 0; i < count; i++) {
        size_t at = find_four(set->list[i].text);
        if (at == SLICE_NOT_FOUND) return 0;
        uint32_t four = four_at(set->list[i].text.ptr + at);
        fours[four / 64] |= (uint64_t)1 << (four % 64);
        set->places[set->place_count++] = (FourPlace){four, (uint32_t)i, (uint32_t)at};
    }
    qsort(set->places, count, sizeof *set->places, compare_places);
    set->fours = fours;
    return 0;
}

/* Could the literal stand so that its four bytes are at `at`? Bytes beyond ASCII may fold. */
static bool may_stand(Slice literal, Slice text, size_t at, size_t offset)
{
    for (size_t i = 0; i < literal.len; i++) {
        unsigned char c = (unsigned char)literal.ptr[i];
        if (c >= 0x80) return true;
        if (at + i < offset || at + i - offset >= text.len) return false;
        unsigned char here = (unsigned char)text.ptr[at + i - offset];
        if (here >= 0x80) return i < offset; /* what is before may have other lengths */
        if ((here | 0x20) != (c | 0x20)) return false;
    }
    return true;
}

/* The four bytes at `at` are of some literal: of one that could really be there? */
static bool may_stand_at(const LiteralSet *set, Slice text, size_t at)
{
    uint32_t four = four_at(text.ptr + at);
    size_t low = 0, high = set->place_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (set->places[middle].four < four) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    for (; low < set->place_count && set->places[low].four == four; low++) {
        const FourPlace *place = &set->places[low];
        if (may_stand(set->list[place->literal].text, text, at, place->offset)) return true;
    }
    return false;
}

/* The next place whose four bytes begin a literal's, or the end. */
static size_t next_four(const uint64_t *fours, Slice text, size_t at)
{
    for (; at + 7 <= text.len; at += 4) {
        uint32_t a = four_at(text.ptr + at), b = four_at(text.ptr + at + 1),
                 c = four_at(text.ptr + at + 2), d = four_at(text.ptr + at + 3);
        uint64_t any = fours[a / 64] >> (a % 64) | fours[b / 64] >> (b % 64) |
                       fours[c / 64] >> (c % 64) | fours[d / 64] >> (d % 64);
        if (any & 1) break;
    }
    for (; at + 4 <= text.len; at++) {
        uint32_t four = four_at(text.ptr + at);
        if (fours[four / 64] >> (four % 64) & 1) return at;
    }
    return text.len;
}

bool literal_set_may_hold(const LiteralSet *set, Slice text)
{
    if (!set->fours) return true;
    for (size_t at = next_four(set->fours, text, 0); at < text.len;
         at = next_four(set->fours, text, at + 1)) {
        if (may_stand_at(set, text, at)) return true;
    }
    return false;
}

static int make_speaks(LiteralSet *set, Arena *arena)
{
    set->speaks = arena_alloc(arena, set->node_count);
    if (!set->speaks) return -ENOMEM;
    for (size_t i = 0; i < set->node_count; i++) {
        set->speaks[i] = set->nodes[i].inside || has_place(set, &set->nodes[i], false);
    }
    return 0;
}

static LiteralSet *copy_set(const LiteralSet *large, Arena *arena)
{
    LiteralSet *set = arena_alloc(arena, sizeof *set);
    TrieNode *nodes = arena_alloc(arena, large->node_count * sizeof *nodes);
    uint8_t *labels = arena_alloc(arena, large->node_count);
    if (!set || !nodes || !labels) return NULL;
    *set = *large;
    memcpy(nodes, large->nodes, large->node_count * sizeof *nodes);
    memcpy(labels, large->labels, large->node_count);
    set->nodes = nodes;
    set->labels = labels;
    return set;
}

int literal_set_make(Literal *list, size_t count, Arena *arena, LiteralSet **ret)
{
    CLEANUP(arena_done) Arena scratch = {0};
    *ret = NULL;
    if (count == 0) return 0;
    qsort(list, count, sizeof *list, compare_literals);
    size_t bytes = bytes_of(list, count);
    LiteralSet set = {.list = list, .node_count = 1};
    set.nodes = ARENA_ARRAY(&scratch, TrieNode, bytes);
    set.labels = ARENA_ARRAY(&scratch, uint8_t, bytes);
    Range *ranges = ARENA_ARRAY(&scratch, Range, bytes);
    if (!set.nodes || !set.labels || !ranges) return -ENOMEM;
    ranges[0] = (Range){0, (uint32_t)count};
    for (size_t i = 0; i < set.node_count; i++) {
        add_children(&set, i, ranges);
    }
    for (uint32_t i = 0; i < set.nodes[0].child_count; i++) {
        set.root[set.labels[set.nodes[0].first_child + i]] = set.nodes[0].first_child + i;
    }
    for (uint32_t i = 0; i < set.node_count; i++) {
        link_children(&set, i);
    }
    make_classes(&set);
    int r = make_rows(&set, arena);
    if (r == 0) r = make_pairs(&set, count, arena);
    if (r == 0) r = make_fours(&set, count, arena);
    if (r == 0) r = make_speaks(&set, arena);
    if (r < 0) return r;
    *ret = copy_set(&set, arena);
    return *ret ? 0 : -ENOMEM;
}

static void report(const LiteralSet *set, const TrieNode *node, size_t end, bool last,
                   LiteralFound found, void *context)
{
    for (uint32_t i = 0; i < node->count; i++) {
        const Literal *literal = &set->list[node->first + i];
        bool here = literal->place == LITERAL_INSIDE ||
                    (literal->place == LITERAL_AT_START && literal->text.len == end);
        if (literal->place == LITERAL_AT_END ? last : here && !last) found(context, literal->id);
    }
}

/* The next place at which some literal may begin. */
static size_t skip(const uint64_t *pairs, Slice text, size_t at)
{
    for (; at + 5 <= text.len; at += 4) { /* four at a time: nearly always none of them */
        uint16_t a = pair_at(text.ptr + at), b = pair_at(text.ptr + at + 1),
                 c = pair_at(text.ptr + at + 2), d = pair_at(text.ptr + at + 3);
        uint64_t any = pairs[a / 64] >> (a % 64) | pairs[b / 64] >> (b % 64) |
                       pairs[c / 64] >> (c % 64) | pairs[d / 64] >> (d % 64);
        if (any & 1) break;
    }
    for (; at + 1 < text.len; at++) {
        uint16_t pair = pair_at(text.ptr + at);
        if (pairs[pair / 64] >> (pair % 64) & 1) return at;
    }
    return text.len;
}

void literal_set_scan(const LiteralSet *set, Slice text, LiteralFound found, void *context)
{
    const TrieNode *nodes = set->nodes;
    uint32_t state = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (state == 0 && set->pairs) {
            i = skip(set->pairs, text, i);
            if (i == text.len) break;
        }
        uint8_t byte = (uint8_t)text.ptr[i];
        state = state < set->dense_count ? set->rows[state * set->class_count + set->classes[byte]]
                                         : step(set, state, byte);
        if (!set->speaks[state]) continue;
        const TrieNode *node = &nodes[state];
        report(set, node, i + 1, false, found, context);
        for (uint32_t k = node->inside; k; k = nodes[k].inside) {
            report(set, &nodes[k], i + 1, false, found, context);
        }
    }
    report(set, &nodes[state], SIZE_MAX, true, found, context);
    for (uint32_t k = nodes[state].end; k; k = nodes[k].end) {
        report(set, &nodes[k], SIZE_MAX, true, found, context);
    }
}
