/* See segment_view.h: a regular expression asked of rows that are not made. Raw is followed from
 * column to column. What the row has beside raw is looked at value by value: strings of the tail,
 * and values that are others without their escapes; all other values are pieces of these. */
#include "store/segment/recipe_int.h"
#include "store/segment/segment_view_int.h"

enum { RESULT_UNKNOWN, RESULT_NO, RESULT_YES };

/* Which escapes stand for a character that can be within a match. All others part what is before
 * them from what is behind them, so that raw tells of both. */
typedef enum Hiding { HIDE_CODES, HIDE_SLASHES, HIDE_ANY } Hiding;

struct ViewFollow {
    SegmentView *view;
    const Regex *regex;
    Arena *arena;
    uint8_t **marks;   /* by shape; NULL: not yet followed */
    uint8_t **results; /* by column, of its values: RESULT_... */
    uint8_t **fields;  /* marks of composed texts, by field */
    Hiding hiding;
};

static Hiding hiding_of(const Regex *regex)
{
    static const char escaped[] = "\"\\\b\f\n\r\t";
    for (const char *c = escaped; *c; c++) {
        if (regex_takes(regex, *c)) return HIDE_ANY;
    }
    return regex_takes(regex, '/') ? HIDE_SLASHES : HIDE_CODES;
}

int segment_view_follow(SegmentView *view, const Regex *regex, Arena *arena, ViewFollow **ret)
{
    ViewFollow *follow = ARENA_NEW(arena, ViewFollow);
    if (!follow) return -ENOMEM;
    *follow =
        (ViewFollow){.view = view, .regex = regex, .arena = arena, .hiding = hiding_of(regex)};
    follow->marks = ARENA_ARRAY(arena, uint8_t *, columns_shape_count(view->columns) + 1);
    follow->results = ARENA_ARRAY(arena, uint8_t *, columns_column_count(view->columns) + 1);
    follow->fields = ARENA_ARRAY(arena, uint8_t *, columns_field_count(view->columns) + 1);
    if (!follow->marks || !follow->results || !follow->fields) return -ENOMEM;
    *ret = follow;
    return 0;
}

static int follow_raw(ViewFollow *follow, const ViewShape *shape, uint32_t number)
{
    if (follow->marks[number]) return 0;
    return columns_follow(follow->view->columns, follow->regex, number, shape->tail,
                          sizeof VIEW_TAIL_HEAD - 1, follow->arena, &follow->marks[number]);
}

static int results_of(ViewFollow *follow, const ViewValues *values, uint8_t **ret)
{
    uint8_t **results = &follow->results[values->column];
    if (!*results) *results = ARENA_ARRAY(follow->arena, uint8_t, (size_t)values->value_count + 1);
    *ret = *results;
    return *results ? 0 : -ENOMEM;
}

/* some: of these rows alone; NULL: of all. */
static int follow_values(ViewFollow *follow, const ViewKind *kind, const ViewText *text,
                         const uint8_t *some, uint8_t *marks)
{
    ViewValues values;
    uint8_t *results;
    int r = segment_view_values(follow->view, text, &values);
    if (r == 0) r = results_of(follow, &values, &results);
    for (uint32_t i = 0; i < kind->count && r == 0; i++) {
        uint32_t place = view_place(kind, i), code = values.codes ? values.codes[place] : 0;
        if (marks[place] == COLUMNS_YES || (some && !some[place])) continue;
        if (results[code] == RESULT_UNKNOWN)
            results[code] =
                regex_matches(follow->regex, values.values[code]) ? RESULT_YES : RESULT_NO;
        if (results[code] == RESULT_YES) marks[place] = COLUMNS_YES;
    }
    return r;
}

static int follow_composed(ViewFollow *follow, const ViewKind *kind, const ViewText *text,
                           const uint8_t *some, uint8_t *marks)
{
    uint8_t **found = &follow->fields[text->field];
    int r = 0;
    if (!*found)
        r = columns_follow_field(follow->view->columns, follow->regex, text->field,
                                 raw_string_plain, follow->arena, found);
    for (uint32_t i = 0; i < kind->count && r == 0; i++) {
        uint32_t place = view_place(kind, i);
        if (some && !some[place]) continue;
        if ((*found)[place] > marks[place]) marks[place] = (*found)[place];
    }
    return r;
}

/* Where escapes stand that may be within a match. */
static int hidden_in(ViewFollow *follow, const ViewText *text, const uint8_t **ret_some)
{
    const uint8_t *codes = NULL, *slashes = NULL;
    int r = 0;
    if (follow->hiding == HIDE_ANY)
        return view_escaped(follow->view, text, VIEW_BACKSLASHES, ret_some);
    r = view_escaped(follow->view, text, VIEW_CODES, &codes);
    if (r == 0 && follow->hiding == HIDE_SLASHES)
        r = view_escaped(follow->view, text, VIEW_SLASHES, &slashes);
    *ret_some = codes ? codes : slashes;
    if (r == 0 && codes && slashes)
        r = view_escaped(follow->view, text, VIEW_BACKSLASHES, ret_some);
    return r;
}

static int follow_slot(ViewFollow *follow, const ViewKind *kind, const ViewShape *shape,
                       uint32_t slot, uint8_t *marks)
{
    ViewText text = view_slot_text(follow->view, shape, slot);
    const uint8_t *some = NULL;
    if (slot < shape->tail) {
        int r = hidden_in(follow, &text, &some);
        if (r < 0 || !some) return r;
    }
    return text.place == VIEW_COMPOSED ? follow_composed(follow, kind, &text, some, marks)
                                       : follow_values(follow, kind, &text, some, marks);
}

static int follow_part(ViewFollow *follow, const ViewKind *kind, const ViewShape *shape,
                       const Part *part, uint32_t *tail, uint8_t *marks)
{
    if (part->source == PART_TAIL)
        return follow_slot(follow, kind, shape, shape->tail + (*tail)++, marks);
    if (part->source != PART_SLOT) return 0;
    if (shape->raw_slots && part->number < shape->tail)
        return follow_slot(follow, kind, shape, part->number, marks);
    for (uint32_t i = 0; i < kind->count; i++) {
        uint8_t *mark = &marks[view_place(kind, i)];
        if (*mark == COLUMNS_NO) *mark = COLUMNS_MAYBE;
    }
    return 0;
}

static int follow_cut_kind(ViewFollow *follow, const ViewKind *kind, const ViewShape *shape)
{
    const Recipe *recipe = kind->recipe;
    uint32_t tail = 1; /* behind the origin */
    int r = follow_raw(follow, shape, kind->shape);
    if (r < 0) return r;
    if (view_time_place(recipe) > shape->tail_count) return -EBADMSG;
    uint8_t *marks = follow->marks[kind->shape];
    r = follow_slot(follow, kind, shape, shape->tail, marks);
    for (uint32_t i = 0; i < recipe->field_count && r == 0; i++) {
        r = follow_part(follow, kind, shape, &recipe->fields[i].part, &tail, marks);
    }
    for (uint32_t i = 0; i < recipe->text_count && r == 0; i++) {
        r = follow_part(follow, kind, shape, &recipe->texts[i].part, &tail, marks);
    }
    return r;
}

/* ---- rows in one piece */

static int matches_plain(const ViewFollow *follow, Slice value, Arena *arena, bool *ret)
{
    Slice plain;
    int r = view_plain_value(value, false, arena, &plain);
    if (r == 0) *ret = regex_matches(follow->regex, plain);
    return r;
}

static int follow_tail(const ViewFollow *follow, Slice tail, Arena *arena, bool *ret)
{
    int r = 0;
    while (r == 0 && !*ret && !slice_eq(tail, SLICE("]"))) {
        Slice text;
        r = raw_string_take(&tail, arena, &text);
        if (r == 0) *ret = regex_matches(follow->regex, text);
    }
    return r;
}

/* Not all slots are texts of the row, nor all strings of the tail: what matches in one may. */
static int follow_row(ViewFollow *follow, const ViewKind *kind, uint32_t i, Arena *arena,
                      uint8_t *mark)
{
    ViewCut *cut;
    Slice whole;
    bool found = false;
    int r = view_whole_row(follow->view, kind, i, arena, &whole);
    if (r < 0) return r;
    size_t end = slice_rfind_char(whole, '\n');
    if (end == SLICE_NOT_FOUND) return -EBADMSG;
    if (regex_matches(follow->regex, slice_first(whole, end))) {
        *mark = COLUMNS_YES;
        return 0;
    }
    r = view_cut_row(follow->view, kind, i, arena, &cut);
    for (uint32_t k = 0; r == 0 && k < cut->slot_count && !found; k++) {
        if (slice_find_char(cut->slots[k], '\\') != SLICE_NOT_FOUND)
            r = matches_plain(follow, cut->slots[k], arena, &found);
    }
    if (r == 0 && !found) r = follow_tail(follow, cut->tail, arena, &found);
    if (r == 0 && found) *mark = COLUMNS_MAYBE;
    return r;
}

static int follow_whole_kind(ViewFollow *follow, const ViewKind *kind)
{
    CLEANUP(arena_done) Arena arena = arena_make(0);
    uint8_t **marks = &follow->marks[kind->shape];
    const uint32_t *rows;
    size_t count;
    int r = columns_shape_rows(follow->view->columns, kind->shape, &rows, &count);
    if (r == 0 && !*marks) *marks = ARENA_ARRAY(follow->arena, uint8_t, count + 1);
    if (r == 0 && !*marks) r = -ENOMEM;
    for (uint32_t i = 0; i < kind->count && r == 0; i++) {
        arena_reset(&arena);
        r = follow_row(follow, kind, i, &arena, &(*marks)[view_place(kind, i)]);
    }
    return r;
}

int view_follow_kind(ViewFollow *follow, const ViewKind *kind, const uint8_t **ret_marks)
{
    const ViewShape *shape;
    int r = view_shape(follow->view, kind->shape, &shape);
    if (r == 0) {
        r = shape->tail_count > 0 ? follow_cut_kind(follow, kind, shape)
                                  : follow_whole_kind(follow, kind);
    }
    if (r == 0) *ret_marks = follow->marks[kind->shape];
    return r;
}
