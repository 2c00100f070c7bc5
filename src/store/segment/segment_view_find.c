/* See segment_view.h: which rows hold a text. */
#include "store/segment/segment_view_int.h"

typedef struct FoundShape {
    bool looked[2];
    const uint8_t *marks[2]; /* of raw; of all */
} FoundShape;

struct ViewFind {
    SegmentView *view;
    Arena *arena;
    ColumnsFind *columns;
    FoundShape *shapes;
};

static int new_find(SegmentView *view, Arena *arena, ViewFind **ret)
{
    ViewFind *find = ARENA_NEW(arena, ViewFind);
    if (!find) return -ENOMEM;
    *find = (ViewFind){.view = view, .arena = arena};
    find->shapes = ARENA_ARRAY(arena, FoundShape, columns_shape_count(view->columns) + 1);
    if (!find->shapes) return -ENOMEM;
    *ret = find;
    return 0;
}

int segment_view_find(SegmentView *view, Slice needle, ColumnsFindHow how, Arena *arena,
                      ViewFind **ret)
{
    ViewFind *find;
    int r = new_find(view, arena, &find);
    if (r == 0) r = columns_find_new(view->columns, needle, how, arena, &find->columns);
    if (r == 0) *ret = find;
    return r;
}

static int find_escape(SegmentView *view, ViewEscape which, ViewFind **ret)
{
    static const Slice escapes[] = {SLICE_INIT("\\u"), SLICE_INIT("\\/"), SLICE_INIT("\\")};
    ViewFind **kept = &view->escapes[which];
    int r = 0;
    if (!*kept)
        r = segment_view_find(view, escapes[which],
                              which == VIEW_BACKSLASHES ? COLUMNS_CASED : COLUMNS_ESCAPE,
                              view_kept(view), kept);
    if (r == 0) *ret = *kept;
    return r;
}

int segment_view_hidden(SegmentView *view, Slice needle, Arena *arena, ViewFind **ret)
{
    ViewFind *codes, *find;
    int r = find_escape(view, VIEW_CODES, &codes);
    if (r == 0) r = new_find(view, arena, &find);
    if (r == 0) r = columns_find_hidden(codes->columns, needle, arena, &find->columns);
    if (r == 0) *ret = find;
    return r;
}

int segment_view_slashes(SegmentView *view, ViewFind **ret)
{
    return find_escape(view, VIEW_SLASHES, ret);
}

int view_escaped(SegmentView *view, const ViewText *text, ViewEscape which,
                 const uint8_t **ret_marks)
{
    ViewFind *find = NULL;
    int r = find_escape(view, which, &find);
    return r < 0 ? r : view_find_text(find, text, ret_marks);
}

/* What is found in a row that was cut in no way may be in the tail: its raw is looked at. */
static int find_in_raw(ViewFind *find, uint32_t shape, uint32_t row, uint32_t field, uint8_t *mark)
{
    SegmentView *view = find->view;
    buf_clear(&view->text);
    *mark = COLUMNS_MAYBE;
    if (columns_slot_count(view->columns, shape) != 1) return 0;
    int r = columns_value(view->columns, field, row, &view->text);
    if (r < 0) return r;
    Slice whole = buf_slice(&view->text);
    size_t end = slice_rfind_char(whole, '\n');
    if (end == SLICE_NOT_FOUND) return -EBADMSG;
    if (columns_find_in(find->columns, slice_first(whole, end)) == COLUMNS_YES) *mark = COLUMNS_YES;
    return 0;
}

static int sort_out(ViewFind *find, uint32_t number, bool all, const uint8_t **marks)
{
    const uint32_t *rows;
    size_t count;
    int r = columns_shape_rows(find->view->columns, number, &rows, &count);
    uint8_t *sorted = ARENA_ARRAY(find->arena, uint8_t, count + 1);
    if (r < 0 || !sorted) return r < 0 ? r : -ENOMEM;
    for (uint32_t i = 0; i < count && r == 0; i++) {
        if (!(*marks)[i]) continue;
        sorted[i] = COLUMNS_MAYBE;
        if (!all)
            r = find_in_raw(find, number, i, find->view->shapes[number].first_field, &sorted[i]);
    }
    *marks = sorted;
    return r;
}

static int find_in_shape(ViewFind *find, uint32_t number, bool all, const uint8_t **ret_marks);

/* Of rows that are cut: in raw, or in the tail. */
static int find_in_both(ViewFind *find, uint32_t number, const ViewShape *shape,
                        const uint8_t **ret_marks)
{
    const uint32_t *rows;
    size_t count;
    const uint8_t *raw, *tail;
    int r = find_in_shape(find, number, false, &raw);
    if (r == 0) r = columns_find_shape(find->columns, number, shape->tail, UINT32_MAX, 0, &tail);
    if (r == 0) r = columns_shape_rows(find->view->columns, number, &rows, &count);
    if (r < 0) return r;
    *ret_marks = raw ? raw : tail;
    if (!raw || !tail) return 0;
    uint8_t *both = ARENA_ARRAY(find->arena, uint8_t, count + 1);
    if (!both) return -ENOMEM;
    for (size_t i = 0; i < count; i++) {
        both[i] = raw[i] | tail[i];
    }
    *ret_marks = both;
    return 0;
}

static int find_in_shape(ViewFind *find, uint32_t number, bool all, const uint8_t **ret_marks)
{
    const ViewShape *shape;
    FoundShape *found = &find->shapes[number];
    int r = view_shape(find->view, number, &shape);
    if (r == 0 && !found->looked[all]) {
        bool cut = shape->tail_count > 0;
        if (cut && all) {
            r = find_in_both(find, number, shape, &found->marks[all]);
        } else {
            r = columns_find_shape(find->columns, number, 0, cut ? shape->tail : UINT32_MAX,
                                   cut ? sizeof VIEW_TAIL_HEAD - 1 : 0, &found->marks[all]);
        }
        if (r == 0 && (all || !cut) && found->marks[all])
            r = sort_out(find, number, all, &found->marks[all]);
        found->looked[all] = r == 0;
    }
    if (r == 0) *ret_marks = found->marks[all];
    return r;
}

int view_find_raw(ViewFind *find, const ViewKind *kind, const uint8_t **ret_marks)
{
    return find_in_shape(find, kind->shape, false, ret_marks);
}

int view_find_all(ViewFind *find, const ViewKind *kind, const uint8_t **ret_marks)
{
    return find_in_shape(find, kind->shape, true, ret_marks);
}

int view_find_text(ViewFind *find, const ViewText *text, const uint8_t **ret_marks)
{
    return columns_find_field(find->columns, text->field, ret_marks);
}
