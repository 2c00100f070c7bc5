/* See columns_follow.h. */
#include "store/columns/columns_follow.h"

#include "store/columns/columns_find_int.h"

#include <stdlib.h>

#define STATE_TOUCHES                                                                              \
    0x8000u                  /* the last character is not ASCII: it may go on in the next piece    \
                              */
#define STATE_UNSURE 0x4000u /* it did */
#define STATE_ONLY 0x3fffu
#define STATE_NONE 0xffffu

_Static_assert((1u << REGEX_STATE_BITS) <= STATE_ONLY, "the marks have bits of their own");

/* Some rows of a set, and the state that each is in. */
typedef struct Group {
    uint32_t set, count;
    const uint32_t *rows; /* of the set; NULL: 0, 1, 2 ... */
    uint16_t *states;     /* of each; when they differ */
    bool same;
    uint16_t state; /* of all; when it is the same */
} Group;

typedef struct Follow {
    Columns *block;
    const Regex *regex;
    Arena *arena;
    uint32_t steps;     /* columns gone through */
    ColumnsPlain plain; /* NULL: text is followed as it stands */
    Buf room;
} Follow;

#define STEPS_MAX ((uint32_t)4 << 20)

static bool make_plain(Follow *follow, Slice *text)
{
    size_t len;
    if (!memchr(text->ptr, '\\', text->len)) return true;
    buf_clear(&follow->room);
    char *room = buf_reserve(&follow->room, text->len);
    if (!room || !follow->plain(*text, room, &len)) return false;
    *text = slice_of(room, len);
    return true;
}

static uint16_t step(Follow *follow, uint16_t state, Slice text)
{
    if (text.len == 0 || state & STATE_UNSURE) return state;
    if (follow->plain && !make_plain(follow, &text)) return STATE_UNSURE;
    bool goes_on = (unsigned char)text.ptr[0] & 0x80;
    if (state & STATE_TOUCHES && goes_on) return STATE_UNSURE;
    bool touches = (unsigned char)text.ptr[text.len - 1] & 0x80;
    uint16_t next = regex_follow(follow->regex, state & STATE_ONLY, text);
    return (uint16_t)(next | (touches ? STATE_TOUCHES : 0));
}

static uint32_t row_of(Follow *follow, const Group *group, uint32_t i, uint32_t set)
{
    return dec_row_in(follow->block, group->set, set, group->rows ? group->rows[i] : i);
}

static uint16_t state_of(const Group *group, uint32_t i)
{
    return group->same ? group->state : group->states[i];
}

/* After states of all rows were set one by one. */
static void look_whether_same(Group *group)
{
    group->same = true;
    group->state = group->count ? group->states[0] : 0;
    for (uint32_t i = 1; i < group->count && group->same; i++)
        group->same = group->states[i] == group->state;
}

static void through_text(Follow *follow, Group *group, Slice text)
{
    if (group->same) {
        group->state = step(follow, group->state, text);
        return;
    }
    uint16_t from = STATE_NONE, to = STATE_NONE;
    for (uint32_t i = 0; i < group->count; i++) {
        if (group->states[i] != from) {
            from = group->states[i];
            to = step(follow, from, text);
        }
        group->states[i] = to;
    }
    look_whether_same(group);
}

static void through_direct(Follow *follow, Group *group, const DecColumn *column)
{
    Slice before = {0};
    uint16_t from = STATE_NONE, to = STATE_NONE;
    for (uint32_t i = 0; i < group->count; i++) {
        Slice value = column->values[row_of(follow, group, i, column->set)];
        uint16_t state = state_of(group, i);
        if (state != from || value.ptr != before.ptr || value.len != before.len)
            to = step(follow, state, value);
        from = state;
        before = value;
        group->states[i] = to;
    }
    look_whether_same(group);
}

/* What each value does to one state; filled as they are met. */
typedef struct ValueSteps {
    uint16_t state;
    uint16_t *next;
} ValueSteps;

#define STATES_KNOWN 8u

static int steps_from(const DecColumn *column, uint16_t state, ValueSteps known[STATES_KNOWN],
                      uint32_t *count, uint16_t **ret)
{
    for (uint32_t i = 0; i < *count; i++) {
        if (known[i].state == state) {
            *ret = known[i].next;
            return 0;
        }
    }
    *ret = NULL;
    if (*count == STATES_KNOWN) return 0;
    size_t bytes = ((size_t)column->value_count + 1) * sizeof **ret;
    uint16_t *next = malloc(bytes);
    if (!next) return -ENOMEM;
    memset(next, 0xff, bytes);
    known[*count] = (ValueSteps){state, next};
    ++*count;
    *ret = next;
    return 0;
}

static int through_codes(Follow *follow, Group *group, const DecColumn *column,
                         ValueSteps known[STATES_KNOWN], uint32_t *known_count)
{
    uint16_t *next = NULL, from = STATE_NONE;
    for (uint32_t i = 0; i < group->count; i++) {
        uint32_t code = dec_code(column, row_of(follow, group, i, column->set));
        uint16_t state = state_of(group, i);
        if (state != from) {
            int r = steps_from(column, state, known, known_count, &next);
            if (r < 0) return r;
        }
        from = state;
        uint16_t to = next ? next[code] : STATE_NONE;
        if (to == STATE_NONE) to = step(follow, state, column->values[code]);
        if (next) next[code] = to;
        group->states[i] = to;
    }
    look_whether_same(group);
    return 0;
}

static int through_dictionary(Follow *follow, Group *group, const DecColumn *column)
{
    ValueSteps known[STATES_KNOWN];
    uint32_t known_count = 0;
    int r = through_codes(follow, group, column, known, &known_count);
    while (known_count > 0)
        free(known[--known_count].next);
    return r;
}

/* Can nothing that the column holds leave the state? */
static bool stays(Follow *follow, const DecColumn *column, uint16_t state)
{
    bool has[256];
    if (state & ~STATE_ONLY || !alphabet_of(column, has)) return false;
    for (unsigned byte = 0; byte < ARRAY_COUNT(has); byte++) {
        char one = (char)byte;
        if (has[byte] && step(follow, state, slice_of(&one, 1)) != state) return false;
    }
    return true;
}

static int through_column(Follow *follow, Group *group, uint32_t id);

static int through_variant(Follow *follow, Group *group, const DecVariant *variant)
{
    int r = 0;
    for (uint32_t i = 0; i < variant->piece_count && r == 0; i++) {
        const DecPiece *piece = &variant->pieces[i];
        if (piece->column == UINT32_MAX) {
            through_text(follow, group, piece->literal);
        } else {
            r = through_column(follow, group, piece->column);
        }
    }
    return r;
}

/* The rows of a choice, by what they chose. */
typedef struct Chosen {
    uint32_t *at;    /* which rows of the group: those of variant v are from first[v] on */
    uint32_t *first; /* one more than variants */
    uint32_t *rows;  /* room for one variant's */
    uint16_t *states;
} Chosen;

static void chosen_done(Chosen *chosen)
{
    free(chosen->at);
    free(chosen->first);
    free(chosen->rows);
    free(chosen->states);
}

static int sort_by_choice(Follow *follow, const Group *group, const DecColumn *column, Chosen *ret)
{
    const uint32_t *choices = follow->block->columns[column->choice].codes;
    size_t rows = (size_t)group->count + 1;
    *ret = (Chosen){.at = calloc(rows, sizeof *ret->at),
                    .first = calloc((size_t)column->variant_count + 2, sizeof *ret->first),
                    .rows = calloc(rows, sizeof *ret->rows),
                    .states = calloc(rows, sizeof *ret->states)};
    if (!ret->at || !ret->first || !ret->rows || !ret->states) return -ENOMEM;
    for (uint32_t i = 0; i < group->count; i++)
        ret->first[choices[row_of(follow, group, i, column->set)] + 2]++;
    for (uint32_t v = 2; v < column->variant_count + 2; v++)
        ret->first[v] += ret->first[v - 1];
    for (uint32_t i = 0; i < group->count; i++)
        ret->at[ret->first[choices[row_of(follow, group, i, column->set)] + 1]++] = i;
    return 0;
}

static int through_chosen(Follow *follow, Group *group, const DecColumn *column, uint32_t number,
                          const Chosen *chosen)
{
    const DecVariant *variant = &column->variants[number];
    const uint32_t *at = chosen->at + chosen->first[number];
    uint32_t count = chosen->first[number + 1] - chosen->first[number];
    int r = dec_load_set(follow->block, variant->set);
    if (r < 0) return r;
    const uint32_t *places = follow->block->sets[variant->set].places;
    for (uint32_t i = 0; i < count; i++) {
        chosen->rows[i] = places[row_of(follow, group, at[i], column->set)];
        chosen->states[i] = state_of(group, at[i]);
    }
    Group part = {
        .set = variant->set, .count = count, .rows = chosen->rows, .states = chosen->states};
    look_whether_same(&part);
    r = through_variant(follow, &part, variant);
    for (uint32_t i = 0; i < count && r == 0; i++)
        group->states[at[i]] = state_of(&part, i);
    return r;
}

static int through_choice(Follow *follow, Group *group, const DecColumn *column)
{
    Chosen chosen;
    int r = sort_by_choice(follow, group, column, &chosen);
    for (uint32_t v = 0; v < column->variant_count && r == 0; v++) {
        if (chosen.first[v + 1] > chosen.first[v])
            r = through_chosen(follow, group, column, v, &chosen);
    }
    chosen_done(&chosen);
    if (r == 0) look_whether_same(group);
    return r;
}

static int through_column(Follow *follow, Group *group, uint32_t id)
{
    DecColumn *column = &follow->block->columns[id];
    if (follow->steps++ == STEPS_MAX) return -EBADMSG;
    if (group->count == 0 || (group->same && stays(follow, column, group->state))) return 0;
    int r = dec_load_column(follow->block, id);
    if (r < 0) return r;
    switch (column->kind) {
    case KIND_CONSTANT: through_text(follow, group, column->values[0]); return 0;
    case KIND_DICTIONARY: return through_dictionary(follow, group, column);
    case KIND_DIRECT: through_direct(follow, group, column); return 0;
    case KIND_CHOICE: return through_choice(follow, group, column);
    case KIND_NUMBERS:
    case KIND_CODES: break;
    }
    return -EBADMSG;
}

/* The pieces up to the literal behind the slots, that one cut. */
static int through_shape(Follow *follow, Group *group, const DecVariant *whole, uint32_t slots,
                         size_t cut_bytes)
{
    DecVariant variant = *whole;
    variant.piece_count = find_pieces_to(whole, slots);
    Slice last = {0};
    if (variant.piece_count > 0 && whole->pieces[variant.piece_count - 1].column == UINT32_MAX) {
        last = whole->pieces[--variant.piece_count].literal;
        last.len -= cut_bytes < last.len ? cut_bytes : last.len;
    }
    int r = through_variant(follow, group, &variant);
    if (r == 0) through_text(follow, group, last);
    return r;
}

static uint8_t mark_of(Follow *follow, uint16_t state)
{
    if (state & STATE_UNSURE) return COLUMNS_MAYBE;
    return regex_ends(follow->regex, state & STATE_ONLY) ? COLUMNS_YES : COLUMNS_NO;
}

static int marks_of(Follow *follow, const Group *group, uint8_t **ret)
{
    uint8_t *marks = ARENA_ARRAY(follow->arena, uint8_t, (size_t)group->count + 1);
    if (!marks) return -ENOMEM;
    for (uint32_t i = 0; i < group->count; i++)
        marks[i] = mark_of(follow, state_of(group, i));
    *ret = marks;
    return 0;
}

/* All rows of a shape, before the first piece. */
static int group_of(Follow *follow, size_t shape, Group *ret)
{
    uint32_t set = follow->block->shapes[shape].variant->set;
    int r = dec_load_set(follow->block, set);
    if (r < 0) return r;
    *ret = (Group){
        .set = set, .count = follow->block->sets[set].count, .same = true, .state = REGEX_BEGIN};
    ret->states = ARENA_ARRAY(follow->arena, uint16_t, (size_t)ret->count + 1);
    return ret->states ? 0 : -ENOMEM;
}

int columns_follow(Columns *block, const Regex *regex, size_t shape, uint32_t slots,
                   size_t cut_bytes, Arena *arena, uint8_t **ret_marks)
{
    if (shape >= block->shape_count) return -EINVAL;
    Follow follow = {.block = block, .regex = regex, .arena = arena};
    Group group;
    int r = group_of(&follow, shape, &group);
    if (r == 0) r = through_shape(&follow, &group, block->shapes[shape].variant, slots, cut_bytes);
    return r < 0 ? r : marks_of(&follow, &group, ret_marks);
}

int columns_follow_field(Columns *block, const Regex *regex, size_t field, ColumnsPlain plain,
                         Arena *arena, uint8_t **ret_marks)
{
    if (field >= block->field_count) return -EINVAL;
    Follow follow = {
        .block = block, .regex = regex, .arena = arena, .plain = plain, .room = buf_make(0)};
    Group group;
    int r = group_of(&follow, block->fields[field].shape, &group);
    if (r == 0) r = through_column(&follow, &group, block->fields[field].column);
    if (r == 0 && buf_error(&follow.room)) r = -ENOMEM;
    buf_done(&follow.room);
    return r < 0 ? r : marks_of(&follow, &group, ret_marks);
}
