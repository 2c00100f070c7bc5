/* Between segment_view.c (a block opened, its kinds and numbers), segment_view_texts.c (which
 * column a text is in, values, finding) and segment_view_row.c (rows). */
#ifndef AKASHI_STORE_SEGMENT_VIEW_INT_H
#define AKASHI_STORE_SEGMENT_VIEW_INT_H

#include "store/segment/segment_int.h"
#include "store/segment/segment_view.h"

#include <errno.h>

/* How the rows of one shape are cut: the slots of raw, then the strings of the tail. */
typedef struct ViewShape {
    bool looked;
    bool raw_slots;       /* slot n of raw (raw_slots.h) is slot n of the shape, below `tail` */
    uint32_t tail;        /* slot of the tail's first string */
    uint32_t tail_count;  /* 0: the tail is cut in no way */
    uint32_t first_field; /* of the columns */
} ViewShape;

typedef struct PlainValues {
    const Slice *values; /* NULL: not yet made */
    uint32_t count;
} PlainValues;

struct SegmentView {
    const Segment *segment;
    Arena arena;
    Buf plain; /* the block's bytes */
    Buf text;  /* of the row at hand */
    Recipe *recipes;
    uint64_t recipe_count;
    Columns *columns;
    uint32_t row_count;
    ViewKind *kinds;
    size_t kind_count;
    ViewShape *shapes;
    int64_t *numbers, *times;
    ColumnsValues **values;    /* by field, as they stand in raw */
    PlainValues *unescaped[2]; /* by column: values, leaves */
    ViewFind *escapes[2];
};

/* Recipes and directory of view->plain. */
MUST_USE int view_parse(SegmentView *view);
MUST_USE int view_shape(SegmentView *view, uint32_t shape, const ViewShape **ret);
/* Where the record's own time stands in the tail: behind the origin and all texts of the tail. */
uint32_t view_time_place(const Recipe *recipe);
/* The string of the tail with this number; VIEW_INSIDE when it is not known where. */
MUST_USE int view_tail(SegmentView *view, const ViewKind *kind, uint32_t number, ViewText *ret);

#endif
