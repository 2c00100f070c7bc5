/* The tree of a regular expression -> its alphabet, its program and its literal. */
#include "base/regex_int.h"

#include "base/fold.h"
#include "base/utf8.h"

#include <errno.h>

/* --- the alphabet ----------------------------------------------------------------------------- */

static int add_start(Regex *regex, uint32_t c)
{
    size_t at = 0;
    if (c > CODE_POINT_MAX) return 0;
    while (at < regex->class_count && regex->starts[at] < c) {
        at++;
    }
    if (at < regex->class_count && regex->starts[at] == c) return 0;
    if (regex->class_count == REGEX_CLASSES_MAX) return -E2BIG;
    memmove(regex->starts + at + 1, regex->starts + at,
            (regex->class_count - at) * sizeof *regex->starts);
    regex->starts[at] = c;
    regex->class_count++;
    return 0;
}

static int add_set(Regex *regex, const RegexRanges *set)
{
    int r = 0;
    for (size_t i = 0; i < set->count && r == 0; i++) {
        r = add_start(regex, set->list[i].first);
        if (r == 0) r = add_start(regex, set->list[i].last + 1);
    }
    return r;
}

static int add_sets(Regex *regex, const RegexNode *node)
{
    int r = node->kind == RX_SET ? add_set(regex, &node->set) : 0;
    for (const RegexNode *child = node->first; child && r == 0; child = child->next) {
        r = add_sets(regex, child);
    }
    return r;
}

static void classes_of(const Regex *regex, const RegexRanges *set, uint64_t classes[4])
{
    size_t range = 0;
    memset(classes, 0, 4 * sizeof *classes);
    for (size_t i = 0; i < regex->class_count; i++) {
        while (range < set->count && set->list[range].last < regex->starts[i]) {
            range++;
        }
        if (range < set->count && set->list[range].first <= regex->starts[i])
            classes[i / 64] |= (uint64_t)1 << (i % 64);
    }
}

static uint8_t class_of(const Regex *regex, uint32_t c)
{
    size_t at = 0;
    while (at + 1 < regex->class_count && regex->starts[at + 1] <= c) {
        at++;
    }
    return (uint8_t)at;
}

static int make_alphabet(Regex *regex, const RegexTree *tree, Arena *arena)
{
    RegexRanges words = {0};
    int r = add_start(regex, 0);
    if (r == 0) r = regex_ranges_add_letter(&words, arena, 'w');
    if (r == 0 && tree->has_boundary) r = add_set(regex, &words);
    if (r == 0) r = add_sets(regex, tree->root);
    if (r < 0) return r;
    if (tree->has_boundary) classes_of(regex, &words, regex->word_classes);
    for (uint32_t c = 0; c < 128; c++) {
        regex->ascii[c] = class_of(regex, regex->keep_case ? c : fold_letter(c));
    }
    return 0;
}

/* --- the program ------------------------------------------------------------------------------ */

/* Each returns the instruction to begin with, or a negative error; `next` is where it goes on. */
static int emit(Regex *regex, const RegexNode *node, int next);

static int emit_one(Regex *regex, RegexOp op, int next, int other)
{
    if (regex->program_count == REGEX_INSTRUCTIONS_MAX) return -E2BIG;
    regex->program[regex->program_count] =
        (RegexInstruction){.op = (uint8_t)op, .next = (uint16_t)next, .other = (uint16_t)other};
    return (int)regex->program_count++;
}

/* From the last to the first, because each must know where it goes on. */
static int emit_list(Regex *regex, const RegexNode *child, int next)
{
    if (!child) return next;
    int rest = emit_list(regex, child->next, next);
    return rest < 0 ? rest : emit(regex, child, rest);
}

static int emit_any_of(Regex *regex, const RegexNode *child, int next)
{
    int first = emit(regex, child, next);
    if (first < 0 || !child->next) return first;
    int others = emit_any_of(regex, child->next, next);
    return others < 0 ? others : emit_one(regex, OP_SPLIT, first, others);
}

static int emit_star(Regex *regex, const RegexNode *child, int next)
{
    int split = emit_one(regex, OP_SPLIT, next, next);
    if (split < 0) return split;
    int body = emit(regex, child, split);
    if (body < 0) return body;
    regex->program[split].other = (uint16_t)body;
    return split;
}

static int emit_repeat(Regex *regex, const RegexNode *node, int next)
{
    int at = next;
    if (node->max == 0) at = emit_star(regex, node->first, next);
    for (unsigned i = node->min; i < node->max && at >= 0; i++) {
        int body = emit(regex, node->first, at);
        at = body < 0 ? body : emit_one(regex, OP_SPLIT, body, next);
    }
    for (unsigned i = 0; i < node->min && at >= 0; i++) {
        at = emit(regex, node->first, at);
    }
    return at;
}

static int emit(Regex *regex, const RegexNode *node, int next)
{
    int at;
    switch (node->kind) {
    case RX_CONCAT: return emit_list(regex, node->first, next);
    case RX_ANY_OF: return emit_any_of(regex, node->first, next);
    case RX_REPEAT: return emit_repeat(regex, node, next);
    case RX_ASSERT:
        at = emit_one(regex, OP_ASSERT, next, 0);
        if (at >= 0) regex->program[at].assert_kind = (uint8_t)node->assert_kind;
        return at;
    case RX_SET: break;
    }
    at = emit_one(regex, OP_SET, next, 0);
    if (at >= 0) classes_of(regex, &node->set, regex->program[at].classes);
    return at;
}

/* --- the literal ------------------------------------------------------------------------------ */

typedef struct LiteralSearch {
    char run[FOLD_NEEDLE_BYTES_MAX];
    size_t run_len;
    char best[FOLD_NEEDLE_BYTES_MAX];
    size_t best_len, best_weight;
    bool exact;
} LiteralSearch;

/* The longest is kept; for rules, which look into every text, rather the rarest: signs are rarer
 * than letters. (A search has an index of three bytes and wants length.) */
static size_t weigh_run(const LiteralSearch *search)
{
    size_t weight = 0;
    for (size_t i = 0; i < search->run_len; i++) {
        unsigned char c = (unsigned char)search->run[i];
        bool sign = c > ' ' && c < 0x7f && !(c >= '0' && c <= '9') && (c | 0x20u) - 'a' >= 26;
        weight += search->exact && sign ? 2 : 1;
    }
    return weight;
}

static void end_run(LiteralSearch *search)
{
    size_t weight = weigh_run(search);
    if (weight > search->best_weight) {
        memcpy(search->best, search->run, search->run_len);
        search->best_len = search->run_len;
        search->best_weight = weight;
    }
    search->run_len = 0;
}

/* Follows what every match must contain, in order. */
static void find_literal(LiteralSearch *search, const RegexNode *node)
{
    bool single = node->kind == RX_SET && node->set.count == 1 &&
                  node->set.list[0].first == node->set.list[0].last;
    if (single && search->run_len + 4 <= sizeof search->run) {
        uint32_t c = node->set.list[0].first;
        /* U+FFFD may stand for any ill-formed byte, and surrogates and FOLD_BYTE are none. */
        if (c < 0xd800 || (c > 0xdfff && c < CODE_POINT_MAX && c != 0xfffd)) {
            search->run_len += utf8_put(search->run + search->run_len, c);
            return;
        }
    }
    if (node->kind == RX_CONCAT) {
        for (const RegexNode *child = node->first; child; child = child->next) {
            find_literal(search, child);
        }
        return;
    }
    if (node->kind == RX_ASSERT) return;
    end_run(search);
    if (node->kind == RX_REPEAT && node->min > 0) {
        find_literal(search, node->first);
        end_run(search);
    }
}

static int make_literal(Regex *regex, const RegexTree *tree, Arena *arena)
{
    LiteralSearch search = {.exact = regex->exact};
    find_literal(&search, tree->root);
    end_run(&search);
    char *folded = arena_alloc(arena, search.best_len + 1);
    if (!folded) return -ENOMEM;
    Slice best = slice_of(search.best, search.best_len);
    regex->literal =
        slice_of(folded, regex->exact ? fold_letters(folded, best) : fold_text(folded, best));
    return 0;
}

/* --- the least length ------------------------------------------------------------------------- */

static size_t least_of(const RegexNode *node)
{
    size_t least = node->kind == RX_ANY_OF ? SIZE_MAX : 0;
    if (node->kind == RX_SET) return 1;
    if (node->kind == RX_REPEAT) return node->min > 0 ? node->min * least_of(node->first) : 0;
    for (const RegexNode *child = node->first; child; child = child->next) {
        size_t of_child = least_of(child);
        if (node->kind == RX_ANY_OF) {
            if (of_child < least) least = of_child;
        } else {
            least += of_child;
        }
    }
    return least > REGEX_INSTRUCTIONS_MAX ? REGEX_INSTRUCTIONS_MAX : least;
}

/* --- what a match may begin with -------------------------------------------------------------- */

/* Every assertion is taken to hold; what matches nothing at all may begin with anything. */
static void find_first_classes(Regex *regex)
{
    RegexStates states;
    regex_states_clear(&states);
    regex_states_add(&states, regex->start);
    for (size_t i = 0; i < states.count; i++) { /* grows on the way */
        const RegexInstruction *instruction = &regex->program[states.list[i]];
        for (size_t w = 0; w < ARRAY_COUNT(regex->first_classes); w++) {
            if (instruction->op == OP_SET) regex->first_classes[w] |= instruction->classes[w];
            if (instruction->op == OP_MATCH) regex->first_classes[w] = UINT64_MAX;
        }
        if (instruction->op == OP_SPLIT) regex_states_add(&states, instruction->other);
        if (instruction->op == OP_SPLIT || instruction->op == OP_ASSERT)
            regex_states_add(&states, instruction->next);
    }
}

int regex_program_make(Regex *regex, const RegexTree *tree, Arena *arena)
{
    regex->keep_case = tree->keep_case;
    regex->exact = tree->exact;
    int r = make_alphabet(regex, tree, arena);
    if (r < 0) return r;
    regex->program = ARENA_ARRAY(arena, RegexInstruction, REGEX_INSTRUCTIONS_MAX);
    if (!regex->program) return -ENOMEM;
    int match = emit_one(regex, OP_MATCH, 0, 0);
    int start = emit(regex, tree->root, match);
    if (start < 0) return start;
    regex->start = (uint16_t)start;
    regex->least_bytes = least_of(tree->root);
    find_first_classes(regex);
    return make_literal(regex, tree, arena);
}
