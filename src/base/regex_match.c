/* See regex.h: a regular expression asked of a text. */
#include "base/regex_int.h"

#include "base/fold.h"

#include <errno.h>

void regex_states_clear(RegexStates *states)
{
    states->count = 0;
    memset(states->marks, 0, sizeof states->marks);
}

static bool holds(const RegexInstruction *instruction, RegexPlace place)
{
    switch ((RegexAssert)instruction->assert_kind) {
    case ASSERT_BEGIN: return place.begin;
    case ASSERT_END: return place.end;
    case ASSERT_BOUNDARY: return place.word_before != place.word_after;
    case ASSERT_INSIDE: break;
    }
    return place.word_before == place.word_after;
}

bool regex_reach(const Regex *regex, const RegexStates *from, RegexPlace place, RegexStates *to)
{
    bool matched = false;
    regex_states_clear(to);
    for (size_t i = 0; i < from->count; i++) {
        regex_states_add(to, from->list[i]);
    }
    for (size_t i = 0; i < to->count; i++) { /* grows on the way */
        const RegexInstruction *instruction = &regex->program[to->list[i]];
        if (instruction->op == OP_MATCH) matched = true;
        if (instruction->op == OP_SPLIT) {
            regex_states_add(to, instruction->next);
            regex_states_add(to, instruction->other);
        } else if (instruction->op == OP_ASSERT && holds(instruction, place)) {
            regex_states_add(to, instruction->next);
        }
    }
    return matched;
}

void regex_step(const Regex *regex, const RegexStates *from, size_t class_index, RegexStates *to)
{
    regex_states_clear(to);
    for (size_t i = 0; i < from->count; i++) {
        const RegexInstruction *instruction = &regex->program[from->list[i]];
        if (instruction->op == OP_SET && regex_class_has(instruction->classes, class_index))
            regex_states_add(to, instruction->next);
    }
    regex_states_add(to, regex->start);
}

/* Takes a character that is not ASCII and gives its class. */
static size_t take_class(const Regex *regex, Slice *text)
{
    uint32_t c = regex_take(text, regex->exact, regex->keep_case);
    size_t low = 0, high = regex->class_count;
    if (c >= FOLD_BYTE) c = 0xfffd;
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if (regex->starts[middle] <= c) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return low;
}

uint16_t regex_follow(const Regex *regex, uint16_t state, Slice piece)
{
    size_t stride = regex->class_count;
    const char *at = piece.ptr, *end = piece.ptr + piece.len;
    while (at < end && state != REGEX_ACCEPT) {
        unsigned char c = (unsigned char)*at;
        if (state == regex->idle && regex->idle_is_last) return state;
        if (state == regex->idle && regex->stays_idle[c]) {
            at++;
        } else if (c < 0x80) {
            state = regex->table[state * stride + regex->ascii[c]];
            at++;
        } else {
            Slice rest = slice_of(at, (size_t)(end - at));
            state = regex->table[state * stride + take_class(regex, &rest)];
            at = rest.ptr;
        }
    }
    return state;
}

bool regex_ends(const Regex *regex, uint16_t state)
{
    return state == REGEX_ACCEPT || regex->accepts_at_end[state];
}

bool regex_takes(const Regex *regex, char c)
{
    size_t class_index = regex->ascii[(unsigned char)c & 0x7f];
    for (size_t i = 0; i < regex->program_count; i++) {
        const RegexInstruction *instruction = &regex->program[i];
        if (instruction->op == OP_SET && regex_class_has(instruction->classes, class_index))
            return true;
    }
    return false;
}

bool regex_can_follow(const Regex *regex)
{
    for (size_t i = 0; i < regex->program_count; i++) {
        if (regex->program[i].op == OP_ASSERT) return false;
    }
    return regex->table != NULL;
}

static bool follow_program(const Regex *regex, Slice text)
{
    RegexStates from, reached;
    RegexPlace place = {.begin = true};
    regex_states_clear(&from);
    regex_states_add(&from, regex->start);
    while (text.len > 0) {
        unsigned char c = (unsigned char)text.ptr[0];
        size_t class_index = c < 0x80 ? regex->ascii[c] : take_class(regex, &text);
        if (c < 0x80) text = slice_skip(text, 1);
        place.word_after = regex_class_has(regex->word_classes, class_index);
        if (regex->lines) place.end = c == '\n';
        bool idle = from.count == 1 && !regex_class_has(regex->first_classes, class_index);
        if (!idle && regex_reach(regex, &from, place, &reached)) return true;
        if (!idle) regex_step(regex, &reached, class_index, &from);
        place = (RegexPlace){.word_before = place.word_after, .begin = regex->lines && c == '\n'};
    }
    place.word_after = false;
    place.end = true;
    return regex_reach(regex, &from, place, &reached);
}

/* The first character alone tells it: most that are anchored. */
static bool fails_at_once(const Regex *regex, Slice text)
{
    if (!regex->table || !regex->idle_is_last || text.len == 0) return false;
    unsigned char c = (unsigned char)text.ptr[0];
    if (c >= 0x80) return false;
    uint16_t state = regex->table[REGEX_BEGIN * regex->class_count + regex->ascii[c]];
    return state == regex->idle && !regex->accepts_at_end[state];
}

bool regex_matches(const Regex *regex, Slice text)
{
    if (text.len < regex->least_bytes || fails_at_once(regex, text)) return false;
    /* Most texts lack it, and looking for it is far quicker. */
    if (!regex->exact && regex->literal.len > 1 && !fold_contains(text, regex->literal))
        return false;
    return regex->table ? regex_ends(regex, regex_follow(regex, REGEX_BEGIN, text))
                        : follow_program(regex, text);
}

Slice regex_literal(const Regex *regex)
{
    return regex->literal;
}

bool regex_is_table(const Regex *regex)
{
    return regex->table != NULL;
}

static int make(Slice pattern, const RegexOptions *options, Arena *arena, Regex **ret,
                size_t *ret_where, Complaint *complaint)
{
    RegexTree tree;
    int r = regex_parse(pattern, options, arena, &tree, ret_where, complaint);
    if (r < 0) return r;
    Regex *regex = ARENA_NEW(arena, Regex);
    if (!regex) return -ENOMEM;
    r = regex_program_make(regex, &tree, arena);
    regex->lines = options && options->lines; /* of which the table knows nothing */
    if (r == 0 && !regex->lines) r = regex_table_make(regex, arena);
    if (r == -E2BIG) {
        *ret_where = 0;
        complaint_say(complaint, "regex.too_large",
                      "this regular expression is too large; write it shorter",
                      "正規表現が大きすぎます。短く書き直します");
        return -EINVAL;
    }
    if (r == 0) *ret = regex;
    return r;
}

int regex_make(Slice pattern, Arena *arena, Regex **ret, size_t *ret_where, Complaint *complaint)
{
    return make(pattern, NULL, arena, ret, ret_where, complaint);
}

static void *copy_array(Arena *arena, const void *items, size_t bytes)
{
    void *copy = arena_alloc(arena, bytes + 1);
    if (copy) memcpy(copy, items, bytes);
    return copy;
}

/* What is needed for matching, without the room that making it took. */
static Regex *copy_regex(const Regex *from, Arena *arena)
{
    Regex *to = copy_array(arena, from, sizeof *from);
    if (!to) return NULL;
    size_t cells = from->state_count * from->class_count;
    to->literal.ptr = copy_array(arena, from->literal.ptr, from->literal.len);
    to->program = copy_array(arena, from->program, from->program_count * sizeof *from->program);
    if (from->table) {
        to->table = copy_array(arena, from->table, cells * sizeof *from->table);
        to->accepts_at_end = copy_array(arena, from->accepts_at_end, from->state_count);
        if (!to->table || !to->accepts_at_end) return NULL;
    }
    return to->literal.ptr && to->program ? to : NULL;
}

int regex_make_exact(Slice pattern, RegexOptions options, Arena *arena, Regex **ret,
                     size_t *ret_where, Complaint *complaint)
{
    CLEANUP(arena_done) Arena scratch = {0};
    Regex *large;
    int r = make(pattern, &options, &scratch, &large, ret_where, complaint);
    if (r < 0) return r;
    Regex *regex = copy_regex(large, arena);
    if (!regex) return -ENOMEM;
    *ret = regex;
    return 0;
}
