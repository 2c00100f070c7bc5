/* See segment_view.h: rows, made from their text and recipe. */
#include "store/segment/segment_view_int.h"

int segment_view_row(SegmentView *view, uint32_t row, Arena *arena, Row *ret)
{
    const int64_t *numbers[NUMBER_MARK];
    int r = 0;
    for (size_t i = NUMBER_TIME; i < NUMBER_MARK && r == 0; i++) {
        r = columns_numbers(view->columns, i, &numbers[i]);
    }
    buf_clear(&view->text);
    if (r == 0) r = columns_row(view->columns, row, &view->text);
    if (r < 0) return r;
    Slice whole = buf_slice(&view->text);
    size_t end = slice_rfind_char(whole, '\n');
    uint64_t recipe = (uint64_t)numbers[NUMBER_RECIPE][row];
    if (end == SLICE_NOT_FOUND || recipe >= view->recipe_count) return -EBADMSG;
    *ret = (Row){0};
    ret->event.raw = slice_first(whole, end);
    ret->event.time_ns = numbers[NUMBER_TIME][row];
    ret->record.ingested_ns = numbers[NUMBER_INGESTED][row];
    ret->event.offset = (uint64_t)numbers[NUMBER_OFFSET][row];
    ret->event.index = (uint64_t)numbers[NUMBER_INDEX][row];
    ret->event.record_id = (uint64_t)numbers[NUMBER_RECORD][row];
    return recipe_apply(&view->recipes[recipe], slice_skip(whole, end + 1), arena, ret);
}
