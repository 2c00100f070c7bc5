/* See segment_view.h: values of rows that are in one piece. Such rows are of kinds with few rows,
 * but there may be many kinds: cutting raw costs more than all else that is asked of them, so the
 * cuts are kept while there is room for them. */
#include "store/segment/recipe_int.h"
#include "store/segment/segment_view_int.h"

#define CUT_BYTES_MAX ((size_t)4 << 20)
/* Short values of theirs are kept even when the text that they stand in is not: they are asked for
 * by most questions, and are some hundredths of it. */
#define INSIDE_BYTES_MAX ((size_t)512 << 10)
#define INSIDE_VALUE_BYTES_MAX 128u

int view_whole_row(SegmentView *view, const ViewKind *kind, uint32_t i, Arena *arena, Slice *ret)
{
    uint32_t field = view->shapes[kind->shape].first_field;
    if (columns_slot_count(view->columns, kind->shape) == 1 &&
        columns_literal_count(view->columns, kind->shape) == 0 &&
        !columns_field(view->columns, field).composed) {
        ColumnsValues values;
        int r = columns_values(view->columns, field, &values);
        if (r == 0) *ret = values.values[values.codes[view_place(kind, i)]];
        return r;
    }
    buf_clear(&view->text);
    int r = columns_row(view->columns, kind->rows[i], &view->text);
    return r < 0 ? r : arena_copy(arena, buf_slice(&view->text), ret);
}

/* scratch: of the caller, for the cutting alone. */
static int cut_row(SegmentView *view, const ViewKind *kind, uint32_t i, Arena *scratch,
                   Arena *arena, ViewCut **ret)
{
    Slice whole;
    RawSlots *slots = arena_alloc(scratch, sizeof *slots);
    ViewCut *cut = ARENA_NEW(arena, ViewCut);
    if (!slots || !cut) return -ENOMEM;
    int r = view_whole_row(view, kind, i, arena, &whole);
    if (r < 0) return r;
    size_t end = slice_rfind_char(whole, '\n');
    if (end == SLICE_NOT_FOUND) return -EBADMSG;
    r = raw_slots_find(slice_first(whole, end), NULL, slots);
    if (r < 0) return r;
    *cut = (ViewCut){.tail = slice_skip(whole, end + 1), .slot_count = slots->count};
    cut->slots = ARENA_ARRAY(arena, Slice, (size_t)cut->slot_count + 1);
    if (!cut->slots) return -ENOMEM;
    memcpy(cut->slots, slots->values, cut->slot_count * sizeof *cut->slots);
    *ret = cut;
    return 0;
}

/* The place of the row's cut among those that are kept; NULL: there is no room. */
static ViewCut **kept_place(SegmentView *view, const ViewKind *kind, uint32_t i)
{
    const uint32_t *rows;
    size_t count;
    size_t shapes = columns_shape_count(view->columns);
    if (!view->cuts) view->cuts = ARENA_ARRAY(view_loose(view), ViewCut **, shapes + 1);
    if (!view->cuts) return NULL;
    ViewCut ***places = &view->cuts[kind->shape];
    if (!*places && columns_shape_rows(view->columns, kind->shape, &rows, &count) == 0)
        *places = ARENA_ARRAY(view_loose(view), ViewCut *, count + 1);
    return *places ? &(*places)[view_place(kind, i)] : NULL;
}

/* What finds no room in the view is cut for this time alone. */
int view_cut_row(SegmentView *view, const ViewKind *kind, uint32_t i, Arena *arena, ViewCut **ret)
{
    ViewCut **kept = kept_place(view, kind, i);
    int r = -ENOMEM;
    if (kept && *kept) {
        *ret = *kept;
        return 0;
    }
    if (kept && view->cut_bytes < CUT_BYTES_MAX)
        r = cut_row(view, kind, i, arena, view_loose(view), ret);
    if (r == -ENOMEM) return cut_row(view, kind, i, arena, arena, ret);
    if (r < 0) return r;
    *kept = *ret;
    view->cut_bytes += sizeof **ret + (*ret)->slot_count * sizeof *(*ret)->slots;
    return 0;
}

static int tail_string(Slice tail, uint32_t number, Arena *arena, Slice *ret)
{
    int r = 0;
    for (uint32_t i = 0; i <= number && r == 0; i++) {
        r = raw_string_take(&tail, i == number ? arena : NULL, ret);
    }
    return r;
}

/* What follows raw's newline; raw itself is not cut. */
static int tail_value(SegmentView *view, const ViewKind *kind, const ViewText *text, uint32_t i,
                      Arena *arena, Slice *ret)
{
    Slice whole;
    int r = view_whole_row(view, kind, i, arena, &whole);
    if (r < 0) return r;
    size_t end = slice_rfind_char(whole, '\n');
    if (end == SLICE_NOT_FOUND) return -EBADMSG;
    return tail_string(slice_skip(whole, end + 1), text->number, arena, ret);
}

static int slot_value(SegmentView *view, const ViewKind *kind, const ViewText *text, uint32_t i,
                      Arena *arena, Slice *ret)
{
    ViewCut *cut;
    int r = view_cut_row(view, kind, i, arena, &cut);
    if (r < 0) return r;
    if (text->part->number >= cut->slot_count) return -EBADMSG;
    return view_plain_value(cut->slots[text->part->number], false, arena, ret);
}

/* The values of this part that are known; NULL: there is no room for any. */
static InsideText *inside_text(SegmentView *view, const ViewKind *kind, const ViewText *text)
{
    const uint32_t *rows;
    size_t count, shapes = columns_shape_count(view->columns);
    uint32_t number = text->part->source == PART_TAIL ? text->number : text->part->number;
    if (!view->inside) view->inside = ARENA_ARRAY(view_kept(view), InsideText *, shapes + 1);
    if (!view->inside) return NULL;
    InsideText *found = view->inside[kind->shape];
    while (found && (found->source != text->part->source || found->number != number)) {
        found = found->next;
    }
    if (found || view->inside_bytes > INSIDE_BYTES_MAX ||
        columns_shape_rows(view->columns, kind->shape, &rows, &count) < 0)
        return found;
    found = ARENA_NEW(view_kept(view), InsideText);
    Slice *values = ARENA_ARRAY(view_kept(view), Slice, count + 1);
    if (!found || !values) return NULL;
    *found = (InsideText){.next = view->inside[kind->shape],
                          .source = text->part->source,
                          .number = number,
                          .values = values};
    view->inside[kind->shape] = found;
    view->inside_bytes += sizeof *found + count * sizeof *values;
    return found;
}

static void keep_value(SegmentView *view, Slice value, Slice *known)
{
    if (value.len > INSIDE_VALUE_BYTES_MAX || view->inside_bytes > INSIDE_BYTES_MAX) return;
    if (arena_copy(view_kept(view), value, known) == 0) view->inside_bytes += value.len + 16;
}

int view_inside_value(SegmentView *view, const ViewKind *kind, const ViewText *text, uint32_t i,
                      Arena *arena, Slice *ret)
{
    Slice value;
    const ViewShape *shape;
    int r = view_shape(view, kind->shape, &shape);
    if (r < 0) return r;
    InsideText *inside = inside_text(view, kind, text);
    Slice *known = inside ? &inside->values[view_place(kind, i)] : NULL;
    if (known && known->ptr) {
        value = *known;
    } else {
        r = text->part->source == PART_TAIL ? tail_value(view, kind, text, i, arena, &value)
                                            : slot_value(view, kind, text, i, arena, &value);
        if (r < 0) return r;
        if (known) keep_value(view, value, known);
    }
    *ret = text->leaf ? view_leaf(value) : value;
    return 0;
}
