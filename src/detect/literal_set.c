/* See literal_set.h. A trie in breadth-first order: the children of a node stand side by side, so
 * that a node needs no more than the first one's number and their count. */
#include "detect/literal_set.h"

#include "detect/literal_glance.h"
#include "detect/literal_sieve.h"

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
#define SIEVE_RUN_BYTES 8   /* literals with as many ASCII bytes in a row go into the sieve */
#define SIEVE_TEXT_BYTES 48 /* shorter texts are sooner read than sieved */
#define SIEVE_REST_MAX 256  /* with more short literals than this a second pass eats the gain */
#define BEGIN_SLOTS 65536
#define BEGINS_MAX 1500 /* more beginnings than this, and skipping finds one at every step */

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
    /* The two or three bytes with which some literal begins, by hash; NULL: too many, or a literal
     * of one byte. */
    uint64_t *begins;
    size_t shortest_bytes; /* of the literals */
    uint32_t begin_mask;   /* of four bytes, those that count */
    LiteralGlance glance;
    bool has_glance;
    LiteralSieve *sieve;    /* of the longer literals; NULL: it would not pay */
    const LiteralSet *rest; /* the shorter ones, when there is a sieve; NULL: none */
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

static inline uint32_t begin_at(const char *at, uint32_t mask)
{
    uint32_t begin;
    memcpy(&begin, at, sizeof begin);
    return ((begin & mask) * 0x9e3779b1u) >> 16;
}

static int make_begins(LiteralSet *set, size_t count, Arena *arena)
{
    size_t distinct = 0, shortest = SIZE_MAX;
    uint64_t *begins = ARENA_ARRAY(arena, uint64_t, BEGIN_SLOTS / 64);
    if (!begins) return -ENOMEM;
    for (size_t i = 0; i < count; i++) {
        if (set->list[i].text.len < shortest) shortest = set->list[i].text.len;
    }
    set->shortest_bytes = shortest;
    if (shortest < 2) return 0;
    set->begin_mask = shortest == 2 ? 0xffff : 0xffffff; /* little-endian: base/number.h */
    for (size_t i = 0; i < count; i++) {
        char four[4] = {0};
        memcpy(four, set->list[i].text.ptr, shortest == 2 ? 2 : 3);
        uint32_t slot = begin_at(four, set->begin_mask);
        distinct += !(begins[slot / 64] >> (slot % 64) & 1);
        begins[slot / 64] |= (uint64_t)1 << (slot % 64);
    }
    if (distinct <= BEGINS_MAX) set->begins = begins;
    return 0;
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

/* The automaton of a sorted list. */
static int make_automaton(const Literal *list, size_t count, Arena *arena, LiteralSet **ret)
{
    CLEANUP(arena_done) Arena scratch = {0};
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
    if (r == 0) r = make_begins(&set, count, arena);
    set.has_glance = literal_glance_make(list, count, &set.glance);
    if (r == 0) r = make_speaks(&set, arena);
    if (r < 0) return r;
    *ret = copy_set(&set, arena);
    return *ret ? 0 : -ENOMEM;
}

static size_t count_short(const Literal *list, size_t count)
{
    size_t shorts = 0;
    for (size_t i = 0; i < count; i++) {
        shorts += !literal_sieve_takes(list[i].text, SIEVE_RUN_BYTES);
    }
    return shorts;
}

/* Long literals into the sieve; a second, small automaton for the others. */
static int make_sieve(LiteralSet *set, const Literal *list, size_t count, Arena *arena)
{
    LiteralSet *rest = NULL;
    size_t shorts = count_short(list, count);
    if (shorts > SIEVE_REST_MAX || shorts * 2 > count) return 0;
    Literal *parts = ARENA_ARRAY(arena, Literal, count);
    if (!parts) return -ENOMEM;
    for (size_t i = 0, at_short = 0, at_long = shorts; i < count; i++) { /* sorted as before */
        bool is_long = literal_sieve_takes(list[i].text, SIEVE_RUN_BYTES);
        parts[is_long ? at_long++ : at_short++] = list[i];
    }
    int r = literal_sieve_make(parts + shorts, count - shorts, arena, &set->sieve);
    if (r < 0 || !set->sieve || shorts == 0) return r;
    r = make_automaton(parts, shorts, arena, &rest);
    if (r == 0) r = literal_sieve_make(parts, shorts, arena, &rest->sieve);
    set->rest = rest;
    return r;
}

int literal_set_make(Literal *list, size_t count, Arena *arena, LiteralSet **ret)
{
    LiteralSet *set;
    *ret = NULL;
    if (count == 0) return 0;
    qsort(list, count, sizeof *list, compare_literals);
    int r = make_automaton(list, count, arena, &set);
    if (r == 0) r = make_sieve(set, list, count, arena);
    if (r == 0) *ret = set;
    return r;
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

/* 1 or 0; a number, so that four can be joined without a branch. */
static inline uint64_t may_begin(const LiteralSet *set, const char *at)
{
    uint32_t slot = begin_at(at, set->begin_mask);
    return set->begins[slot / 64] >> (slot % 64) & 1;
}

/* The next place at which some literal may begin; the last three bytes always may. */
static size_t skip(const LiteralSet *set, GlanceWalk *walk, size_t at)
{
    Slice text = walk->text;
    if (set->has_glance) return literal_glance_next(walk, at);
    if (!set->begins) return at;
    for (; at + 7 <= text.len; at += 4) { /* four at a time: nearly always none of them */
        const char *from = text.ptr + at;
        if (may_begin(set, from) | may_begin(set, from + 1) | may_begin(set, from + 2) |
            may_begin(set, from + 3))
            break;
    }
    for (; at + 4 <= text.len; at++) {
        if (may_begin(set, text.ptr + at)) break;
    }
    return at;
}

static void scan_all(const LiteralSet *set, Slice text, LiteralFound found, void *context)
{
    const TrieNode *nodes = set->nodes;
    uint32_t state = 0;
    GlanceWalk walk = literal_glance_begin(&set->glance, text);
    for (size_t i = 0; i < text.len; i++) {
        if (state == 0) i = skip(set, &walk, i);
        if (i == text.len) break;
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

void literal_set_scan(const LiteralSet *set, Slice text, LiteralFound found, void *context)
{
    bool sieved = set->sieve && text.len >= SIEVE_TEXT_BYTES &&
                  literal_sieve_scan(set->sieve, text, found, context);
    if (!sieved) {
        scan_all(set, text, found, context);
    } else if (set->rest) {
        scan_all(set->rest, text, found, context);
    }
}

/* Could a literal stand at the front of the text, once it is folded? Bytes beyond ASCII may fold.
 */
static bool may_begin_with(const LiteralSet *set, Slice text)
{
    uint32_t node = 0;
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c >= 0x80) return true;
        node = child_of(set, node, c >= 'A' && c <= 'Z' ? c + 32 : c);
        if (node == 0) return false;
        if (set->nodes[node].count > 0) return true;
    }
    return false;
}

static bool glance_may_hold(const LiteralSet *set, Slice text)
{
    GlanceWalk walk = literal_glance_begin(&set->glance, text);
    for (size_t at = literal_glance_next(&walk, 0); at < text.len;
         at = literal_glance_next(&walk, at + 1)) {
        if (may_begin_with(set, slice_skip(text, at))) return true;
    }
    return false;
}

bool literal_set_may_hold(const LiteralSet *set, Slice text)
{
    if (set->has_glance) return glance_may_hold(set, text);
    if (!set->sieve || literal_sieve_may_hold(set->sieve, text)) return true;
    return set->rest && literal_set_may_hold(set->rest, text);
}

size_t literal_set_shortest(const LiteralSet *set)
{
    return set->shortest_bytes;
}
