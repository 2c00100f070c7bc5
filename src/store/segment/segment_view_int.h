/* Between segment_view.c (a block opened, its kinds and numbers), segment_view_texts.c (which
 * column a text is in, values), segment_view_find.c (which rows hold a text), segment_view_inside.c
 * (values of rows in one piece) and segment_view_row.c (rows). */
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

/* A row that is in one piece, cut: the values of raw with their escapes, and the tail. */
typedef struct ViewCut {
    Slice tail;
    Slice *slots;
    uint32_t slot_count;
} ViewCut;

/* Values of rows that are in one piece, of one part: of the tail or a slot of raw. */
typedef struct InsideText {
    struct InsideText *next;
    uint8_t source; /* PartSource */
    uint32_t number;
    Slice *values; /* by place in the shape; ptr NULL: not known */
} InsideText;

typedef struct PlainValues {
    const Slice *values; /* NULL: not yet made */
    uint32_t count;
} PlainValues;

/* \u....; \/; any, and what is none. */
typedef enum ViewEscape {
    VIEW_CODES,
    VIEW_SLASHES,
    VIEW_BACKSLASHES,
    VIEW_ESCAPE_COUNT
} ViewEscape;

struct SegmentView {
    const Segment *segment;
    Arena arena;      /* what stays as long as the view: the block's tables, what is small */
    Arena loose;      /* what can be given back before (columns_open_parted) */
    size_t bytes_max; /* of both */
    Buf plain;        /* the block's bytes */
    Buf text;         /* of the row at hand */
    Recipe *recipes;
    uint64_t recipe_count;
    Columns *columns;
    uint32_t row_count;
    ViewKind *kinds;
    size_t kind_count;
    ViewShape *shapes;
    int64_t *numbers, *times;
    ColumnsValues **values;    /* by field, as they stand in raw; loose */
    PlainValues *unescaped[2]; /* by column: values, leaves; in the column's arena */
    InsideText **inside;       /* by shape: short values that were asked for; NULL: none was */
    size_t inside_bytes;
    ViewCut ***cuts; /* by shape, by place: those that were asked for; loose; NULL: none was */
    size_t cut_bytes;
    ViewFind *escapes[VIEW_ESCAPE_COUNT]; /* made when asked for, then kept */
};

/* Where what stays goes, and what may be given back before. */
static inline Arena *view_kept(SegmentView *view)
{
    return columns_room(view->columns, false);
}
static inline Arena *view_loose(SegmentView *view)
{
    return columns_room(view->columns, true);
}

/* Recipes and directory of view->plain. */
MUST_USE int view_parse(SegmentView *view);
MUST_USE int view_shape(SegmentView *view, uint32_t shape, const ViewShape **ret);
#define VIEW_TAIL_HEAD "\n[\"" /* between raw and the tail's first string */
/* Where the record's own time stands in the tail: behind the origin and all texts of the tail. */
uint32_t view_time_place(const Recipe *recipe);
/* The string of the tail with this number; VIEW_INSIDE when it is not known where. */
MUST_USE int view_tail(SegmentView *view, const ViewKind *kind, uint32_t number, ViewText *ret);
Slice view_leaf(Slice path);
/* Where such escapes stand in the text, by view_place; NULL: nowhere. */
MUST_USE int view_escaped(SegmentView *view, const ViewText *text, ViewEscape which,
                          const uint8_t **ret_marks);
/* Which column the slot of a shape is. */
ViewText view_slot_text(const SegmentView *view, const ViewShape *shape, uint32_t slot);
/* Without escapes, and what follows the last / or \ when the leaf is meant. */
MUST_USE int view_plain_value(Slice value, bool leaf, Arena *arena, Slice *ret);
/* The row as the columns have it: raw, a newline, the tail. In the column, or copied to the arena.
 */
MUST_USE int view_whole_row(SegmentView *view, const ViewKind *kind, uint32_t i, Arena *arena,
                            Slice *ret);
/* Row i of the kind, cut: kept, or in the arena. */
MUST_USE int view_cut_row(SegmentView *view, const ViewKind *kind, uint32_t i, Arena *arena,
                          ViewCut **ret);
/* segment_view_value of VIEW_INSIDE (segment_view_inside.c). */
MUST_USE int view_inside_value(SegmentView *view, const ViewKind *kind, const ViewText *text,
                               uint32_t i, Arena *arena, Slice *ret);

#endif
