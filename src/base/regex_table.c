/* The program of a regular expression -> the table of its deterministic automaton: a state is a set
 * of instructions with what is known of the place before it. */
#include "base/regex_int.h"

#include <errno.h>

#define WORK_MAX 2000000 /* instructions and states looked at: some ten milliseconds */

typedef struct State {
    size_t count;
    const uint16_t *list;
    uint64_t hash;
    bool begin, word_before;
} State;

typedef struct Builder {
    Regex *regex;
    Arena *arena;
    State *states; /* REGEX_STATES_MAX + 1; [REGEX_ACCEPT] is not a set */
    size_t state_count;
    size_t work;
    RegexStates *from, *reached[2], *next;
} Builder;

static uint64_t hash_of(const RegexStates *set)
{
    uint64_t hash = 0;
    for (size_t i = 0; i < ARRAY_COUNT(set->marks); i++) {
        hash = (hash ^ set->marks[i]) * 0x9e3779b97f4a7c15u;
        hash ^= hash >> 29;
    }
    return hash;
}

static bool is_state(const State *state, const RegexStates *set)
{
    for (size_t i = 0; i < state->count; i++) {
        uint16_t instruction = state->list[i];
        if (!(set->marks[instruction / 64] >> (instruction % 64) & 1)) return false;
    }
    return true;
}

/* The number of the state, a new one when need be; -E2BIG; -ENOMEM. */
static int state_of(Builder *builder, const RegexStates *set, bool begin, bool word_before)
{
    uint64_t hash = hash_of(set);
    builder->work += builder->state_count / 8; /* each of them is only a glance */
    for (size_t i = 1; i < builder->state_count; i++) {
        const State *state = &builder->states[i];
        if (state->hash == hash && state->count == set->count && state->begin == begin &&
            state->word_before == word_before && is_state(state, set))
            return (int)i;
    }
    if (builder->state_count > REGEX_STATES_MAX) return -E2BIG;
    uint16_t *list = ARENA_ARRAY(builder->arena, uint16_t, set->count + 1);
    if (!list) return -ENOMEM;
    memcpy(list, set->list, set->count * sizeof *list);
    builder->states[builder->state_count] = (State){.count = set->count,
                                                    .list = list,
                                                    .hash = hash,
                                                    .begin = begin,
                                                    .word_before = word_before};
    return (int)builder->state_count++;
}

static void load(const State *state, RegexStates *to)
{
    regex_states_clear(to);
    for (size_t i = 0; i < state->count; i++) {
        regex_states_add(to, state->list[i]);
    }
}

static int fill_row(Builder *builder, size_t number)
{
    Regex *regex = builder->regex;
    const State state = builder->states[number];
    RegexPlace place = {.begin = state.begin, .word_before = state.word_before};
    bool matched[2];
    load(&state, builder->from);
    for (int word = 0; word < 2; word++) {
        place.word_after = word;
        matched[word] = regex_reach(regex, builder->from, place, builder->reached[word]);
        builder->work += builder->reached[word]->count + 1;
    }
    for (size_t class_index = 0; class_index < regex->class_count; class_index++) {
        bool word = regex_class_has(regex->word_classes, class_index);
        int next = REGEX_ACCEPT;
        if (!matched[word]) {
            regex_step(regex, builder->reached[word], class_index, builder->next);
            builder->work += builder->reached[word]->count + 1;
            next = state_of(builder, builder->next, false, word);
            if (next < 0) return next;
        }
        regex->table[number * regex->class_count + class_index] = (uint16_t)next;
    }
    place.word_after = false;
    place.end = true;
    regex->accepts_at_end[number] = regex_reach(regex, builder->from, place, builder->next);
    return builder->work > WORK_MAX ? -E2BIG : 0;
}

static int build(Builder *builder)
{
    Regex *regex = builder->regex;
    builder->state_count = 1;
    regex_states_clear(builder->next);
    regex_states_add(builder->next, regex->start);
    int r = state_of(builder, builder->next, true, false);
    for (size_t i = 1; i < builder->state_count && r >= 0; i++) {
        r = fill_row(builder, i);
    }
    return r < 0 ? r : 0;
}

/* Behind a line feed nothing is under way, mostly; in any case it is a state like others. */
static void find_idle(Regex *regex)
{
    size_t stride = regex->class_count;
    regex->idle = regex->table[1 * stride + regex->ascii['\n']];
    for (unsigned c = 0; c < ARRAY_COUNT(regex->ascii) && regex->idle != REGEX_ACCEPT; c++) {
        regex->stays_idle[c] = regex->table[regex->idle * stride + regex->ascii[c]] == regex->idle;
    }
    regex->idle_is_last = regex->idle != REGEX_ACCEPT;
    for (size_t class = 0; class < stride && regex->idle_is_last; class ++) {
        regex->idle_is_last = regex->table[regex->idle * stride + class] == regex->idle;
    }
}

int regex_table_make(Regex *regex, Arena *arena)
{
    size_t cells = (REGEX_STATES_MAX + 2) * regex->class_count;
    RegexStates *sets = ARENA_ARRAY(arena, RegexStates, 4);
    Builder builder = {.regex = regex, .arena = arena};
    builder.states = ARENA_ARRAY(arena, State, REGEX_STATES_MAX + 2);
    regex->table = ARENA_ARRAY(arena, uint16_t, cells);
    regex->accepts_at_end = ARENA_ARRAY(arena, uint8_t, REGEX_STATES_MAX + 2);
    if (!sets || !builder.states || !regex->table || !regex->accepts_at_end) return -ENOMEM;
    builder.from = &sets[0];
    builder.reached[0] = &sets[1];
    builder.reached[1] = &sets[2];
    builder.next = &sets[3];
    int r = build(&builder);
    regex->state_count = builder.state_count;
    if (r == -E2BIG) {
        regex->table = NULL;
        return 0;
    }
    if (r == 0) find_idle(regex);
    return r;
}
