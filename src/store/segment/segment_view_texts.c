/* See segment_view.h: which column a text of a kind's rows is in, and its values. */
#include "store/segment/segment_view_int.h"

#include "store/columns/row_shape.h"
#include "store/segment/recipe_int.h"

/* Strings of the tail: the origin, texts that stand nowhere in raw, times and count. */
static uint32_t tail_strings(const Recipe *recipe)
{
    return view_time_place(recipe) + !!(recipe->flags & RECIPE_OWN_TIME) +
           !!(recipe->flags & RECIPE_END) + !!(recipe->flags & RECIPE_COUNT);
}

static bool has_digit(Slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] >= '0' && text.ptr[i] <= '9') return true;
    }
    return false;
}

static bool all_gaps(Slice text, bool wanted)
{
    for (size_t i = 0; i < text.len; i++) {
        if (shape_is_gap(text.ptr[i]) != wanted) return false;
    }
    return true;
}

/* Is raw cut as JSON, as it cannot have been cut into words: a literal of it holds more than gaps
 * (SHAPE_GAPS), and a slot that is constant has no digit or holds a gap (SHAPE_WORDS)? */
static int proves_json(SegmentView *view, uint32_t number, const ViewShape *shape, bool *ret)
{
    bool words = true, gaps = true;
    size_t literals = columns_literal_count(view->columns, number);
    for (size_t i = 0; i <= shape->tail && i < literals && gaps; i++) {
        gaps = all_gaps(columns_literal(view->columns, number, i), true);
    }
    for (uint32_t i = 0; i < shape->tail && words; i++) {
        Slice value;
        if (!columns_field(view->columns, shape->first_field + i).constant) continue;
        int r = columns_constant(view->columns, shape->first_field + i, &value);
        if (r < 0) return r;
        words = has_digit(value) && all_gaps(value, false);
    }
    *ret = !words && !gaps;
    return 0;
}

/* The first row tells: all rows of a shape were cut alike. */
static int look_at_row(SegmentView *view, uint32_t row, ViewShape *shape)
{
    RowShape cut;
    buf_clear(&view->text);
    int r = columns_row(view->columns, row, &view->text);
    if (r < 0) return r;
    Slice whole = buf_slice(&view->text);
    size_t end = slice_rfind_char(whole, '\n');
    if (end == SLICE_NOT_FOUND) return -EBADMSG;
    shape_find(slice_first(whole, end), SHAPE_JSON, 0, &cut);
    shape->raw_slots = cut.mode == SHAPE_JSON && cut.count == shape->tail;
    return 0;
}

static bool begins_as_json(Slice literal)
{
    Slice head = slice_trim(literal);
    return head.len > 0 && (head.ptr[0] == '{' || head.ptr[0] == '[');
}

/* A shape without literals is one that was not cut. */
static int look_at_shape(SegmentView *view, uint32_t number, ViewShape *shape)
{
    const uint32_t *rows;
    const int64_t *recipes;
    size_t count, slots = columns_slot_count(view->columns, number);
    int r = columns_shape_rows(view->columns, number, &rows, &count);
    if (r == 0) r = columns_numbers(view->columns, NUMBER_RECIPE, &recipes);
    if (r < 0) return r;
    if (count > 0 && columns_literal_count(view->columns, number) > 0) {
        if ((uint64_t)recipes[rows[0]] >= view->recipe_count) return -EBADMSG;
        uint32_t strings = tail_strings(&view->recipes[recipes[rows[0]]]);
        if (strings > slots) return -EBADMSG;
        shape->tail_count = strings;
        shape->tail = (uint32_t)slots - strings;
        if (begins_as_json(columns_literal(view->columns, number, 0))) {
            r = proves_json(view, number, shape, &shape->raw_slots);
            if (r == 0 && !shape->raw_slots) r = look_at_row(view, rows[0], shape);
        }
    }
    shape->looked = r == 0;
    return r;
}

int view_shape(SegmentView *view, uint32_t number, const ViewShape **ret)
{
    ViewShape *shape = &view->shapes[number];
    int r = shape->looked ? 0 : look_at_shape(view, number, shape);
    if (r == 0) *ret = shape;
    return r;
}

ViewText view_slot_text(const SegmentView *view, const ViewShape *shape, uint32_t slot)
{
    uint32_t field = shape->first_field + slot;
    bool composed = columns_field(view->columns, field).composed;
    return (ViewText){.place = composed ? VIEW_COMPOSED : VIEW_COLUMN, .field = field};
}

int view_tail(SegmentView *view, const ViewKind *kind, uint32_t number, ViewText *ret)
{
    static const Part in_tail = {.source = PART_TAIL};
    const ViewShape *shape;
    int r = view_shape(view, kind->shape, &shape);
    if (r < 0) return r;
    *ret = (ViewText){.place = VIEW_INSIDE, .part = &in_tail, .number = number};
    if (number < shape->tail_count) *ret = view_slot_text(view, shape, shape->tail + number);
    return 0;
}

int segment_view_origin(SegmentView *view, const ViewKind *kind, ViewText *ret)
{
    return view_tail(view, kind, 0, ret);
}

static int text_of_part(SegmentView *view, const ViewKind *kind, const Part *part, uint32_t tail,
                        ViewText *ret)
{
    const ViewShape *shape;
    if (part->source == PART_TAIL) return view_tail(view, kind, tail, ret);
    int r = view_shape(view, kind->shape, &shape);
    if (r < 0) return r;
    *ret = (ViewText){.place = part->source == PART_EMPTY ? VIEW_EMPTY : VIEW_INSIDE};
    if (part->source == PART_SLOT) ret->part = part;
    if (part->source == PART_SLOT && shape->raw_slots && part->number < shape->tail)
        *ret = view_slot_text(view, shape, part->number);
    return 0;
}

int segment_view_field(SegmentView *view, const ViewKind *kind, uint32_t number, ViewText *ret)
{
    const Recipe *recipe = kind->recipe;
    bool leaf = false;
    if (number >= recipe->field_count) return -EBADMSG;
    const Part *part = &recipe->fields[number].part;
    while (part->source == PART_FIELD || part->source == PART_LEAF) {
        leaf |= part->source == PART_LEAF;
        if (part->number >= number) return -EBADMSG;
        number = part->number;
        part = &recipe->fields[number].part;
    }
    uint32_t tail = 1; /* behind the origin */
    for (uint32_t i = 0; i < number; i++) {
        tail += recipe->fields[i].part.source == PART_TAIL;
    }
    int r = text_of_part(view, kind, part, tail, ret);
    if (r == 0) ret->leaf = leaf;
    return r;
}

int segment_view_record_text(SegmentView *view, const ViewKind *kind, uint32_t number,
                             ViewText *ret)
{
    const Recipe *recipe = kind->recipe;
    if (number >= recipe->text_count) return -EBADMSG;
    const Part *part = &recipe->texts[number].part;
    if (part->source == PART_FIELD || part->source == PART_LEAF) {
        int r = segment_view_field(view, kind, part->number, ret);
        if (r == 0) ret->leaf |= part->source == PART_LEAF;
        return r;
    }
    uint32_t tail = 1;
    for (uint32_t i = 0; i < recipe->field_count; i++) {
        tail += recipe->fields[i].part.source == PART_TAIL;
    }
    for (uint32_t i = 0; i < number; i++) {
        tail += recipe->texts[i].part.source == PART_TAIL;
    }
    return text_of_part(view, kind, part, tail, ret);
}

/* ---- values */

Slice view_leaf(Slice path)
{
    size_t at = path.len;
    while (at > 0 && path.ptr[at - 1] != '/' && path.ptr[at - 1] != '\\') {
        at--;
    }
    return slice_skip(path, at);
}

int view_plain_value(Slice value, bool leaf, Arena *arena, Slice *ret)
{
    int r = raw_string_unescape(value, arena, ret);
    if (r == 0 && leaf) *ret = view_leaf(*ret);
    return r;
}

static bool is_plain(const ColumnsValues *values)
{
    for (size_t i = 0; i < values->value_count; i++) {
        if (values->values[i].len && memchr(values->values[i].ptr, '\\', values->values[i].len))
            return false;
    }
    return true;
}

static int make_plain(Arena *arena, const ColumnsValues *values, bool leaf, PlainValues *plain)
{
    plain->count = (uint32_t)values->value_count;
    if (!leaf && is_plain(values)) {
        plain->values = values->values;
        return 0;
    }
    Slice *own = ARENA_ARRAY(arena, Slice, values->value_count + 1);
    if (!own) return -ENOMEM;
    for (size_t i = 0; i < values->value_count; i++) {
        int r = view_plain_value(values->values[i], leaf, arena, &own[i]);
        if (r < 0) return r;
    }
    plain->values = own;
    return 0;
}

static int field_values(SegmentView *view, uint32_t field, const ColumnsValues **ret)
{
    if (!view->values[field]) {
        ColumnsValues values;
        int r = columns_values(view->columns, field, &values);
        ColumnsValues *kept = r == 0 ? ARENA_NEW(view_loose(view), ColumnsValues) : NULL;
        if (!kept) return r < 0 ? r : -ENOMEM;
        *kept = values;
        view->values[field] = kept;
    }
    *ret = view->values[field];
    return 0;
}

int segment_view_values(SegmentView *view, const ViewText *text, ViewValues *ret)
{
    const ColumnsValues *values;
    ColumnsField field = columns_field(view->columns, text->field);
    int r = field_values(view, text->field, &values);
    if (r < 0) return r;
    PlainValues *plain = &view->unescaped[text->leaf][field.column];
    bool loose = columns_is_loose(view->columns, field.column);
    if (!plain->values)
        r = make_plain(columns_room(view->columns, loose), values, text->leaf, plain);
    if (r < 0) return r;
    *ret = (ViewValues){.values = plain->values,
                        .value_count = plain->count,
                        .codes = field.constant ? NULL : values->codes,
                        .column = (uint32_t)field.column};
    return 0;
}

int segment_view_value(SegmentView *view, const ViewKind *kind, const ViewText *text, uint32_t i,
                       Arena *arena, Slice *ret)
{
    if (text->place == VIEW_COLUMN) {
        ViewValues values;
        int r = segment_view_values(view, text, &values);
        if (r == 0) *ret = values.values[values.codes ? values.codes[view_place(kind, i)] : 0];
        return r;
    }
    if (text->place == VIEW_INSIDE) return view_inside_value(view, kind, text, i, arena, ret);
    Slice value;
    buf_clear(&view->text);
    int r = columns_value(view->columns, text->field, view_place(kind, i), &view->text);
    if (r == 0) r = arena_copy(arena, buf_slice(&view->text), &value);
    return r < 0 ? r : view_plain_value(value, text->leaf, arena, ret);
}
