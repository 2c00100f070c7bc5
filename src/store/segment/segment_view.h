/* A block of a sealed segment, opened without making its rows: what a search asks of columns.
 *
 * Rows of one *kind* share a recipe and all literals of raw, so that each of their values stands in
 * the same column. A column's distinct values are tested once, and only rows that are wanted are
 * made. Bytes are unpacked when something of theirs is asked for, and then kept.
 *
 * Memory: all in one arena with the caller's maximum; past it -ENOMEM, and what was there stays
 * usable. The segment must outlive its views. A view is for one thread at a time. Errors of all
 * functions: -EBADMSG (the block is damaged), -ENOMEM. */
#ifndef AKASHI_STORE_SEGMENT_VIEW_H
#define AKASHI_STORE_SEGMENT_VIEW_H

#include "store/columns/columns_find.h"
#include "store/columns/columns_follow.h"
#include "store/segment/row_recipe.h"
#include "store/segment/segment.h"

typedef struct SegmentView SegmentView;

/* What the system said, too. `spare`: a view that is no longer needed, whose memory is used again;
 * it is gone in any case. NULL: none. */
MUST_USE int segment_view_open(Segment *segment, uint32_t block, size_t bytes_max,
                               SegmentView *spare, SegmentView **ret);
void segment_view_close(SegmentView *view);
static inline void segment_view_done(SegmentView **held)
{
    segment_view_close(*held);
}
uint32_t segment_view_row_count(const SegmentView *view);
/* Memory that it has taken so far. */
size_t segment_view_bytes(const SegmentView *view);
/* Gives back memory that it has without need, before it is kept. */
void segment_view_trim(SegmentView *view);
/* Memory of what segment_view_shrink would give back: texts, above all. What it said before that is
 * gone then, and is made anew when it is asked for. */
size_t segment_view_loose_bytes(const SegmentView *view);
void segment_view_shrink(SegmentView *view);
/* From now on it may take so much: after -ENOMEM the same may be asked again. */
void segment_view_allow(SegmentView *view, size_t bytes_max);

typedef enum ViewNumber {
    VIEW_NUMBER, /* of the row in the store */
    VIEW_EVENT_TIME,
    VIEW_INGESTED,
    VIEW_OFFSET,
    VIEW_INDEX,
    VIEW_RECORD_ID,
} ViewNumber;
/* By row. */
MUST_USE int segment_view_numbers(SegmentView *view, ViewNumber which, const int64_t **ret);
/* record.time_ns by row. */
MUST_USE int segment_view_times(SegmentView *view, const int64_t **ret);

typedef struct ViewKind {
    const Recipe *recipe;
    const uint32_t *rows;   /* of the block, ascending */
    const uint32_t *places; /* of these rows in codes and marks below; NULL: 0, 1, 2 ... */
    uint32_t count;
    uint32_t shape; /* for this header's functions */
} ViewKind;
static inline uint32_t view_place(const ViewKind *kind, uint32_t i)
{
    return kind->places ? kind->places[i] : i;
}
/* Each row of the block is of one kind. */
MUST_USE int segment_view_kinds(SegmentView *view, const ViewKind **ret, size_t *ret_count);

/* Where a text of a kind's rows stands. */
typedef enum ViewPlace {
    VIEW_EMPTY,
    VIEW_COLUMN,   /* in a column with few or many values */
    VIEW_COMPOSED, /* put together from other columns, row by row */
    VIEW_INSIDE,   /* inside of a row that is in one piece */
} ViewPlace;
typedef struct ViewText {
    ViewPlace place;
    uint32_t field;   /* of the columns */
    bool leaf;        /* what follows the last / or \ */
    const Part *part; /* of VIEW_INSIDE: where it stands; NULL: rows have to be made */
    uint32_t number;  /* of VIEW_INSIDE: of the tail's string */
} ViewText;
/* Has it a value for segment_view_value? */
static inline bool view_has_value(const ViewText *text)
{
    return text->place == VIEW_COLUMN || text->place == VIEW_COMPOSED ||
           (text->place == VIEW_INSIDE && text->part);
}
MUST_USE int segment_view_origin(SegmentView *view, const ViewKind *kind, ViewText *ret);
/* Value of event field `number` of the recipe; of record text `number`. */
MUST_USE int segment_view_field(SegmentView *view, const ViewKind *kind, uint32_t number,
                                ViewText *ret);
MUST_USE int segment_view_record_text(SegmentView *view, const ViewKind *kind, uint32_t number,
                                      ViewText *ret);

/* The values as they are in the row, escapes undone: that of row i of the kind is
 * values[codes[view_place(kind, i)]]; codes NULL: all have values[0]. Values of other kinds may be
 * among them, and equal ones more than once. */
typedef struct ViewValues {
    const Slice *values;
    uint32_t value_count;
    const uint32_t *codes;
    uint32_t column; /* equal for texts that share their values (and leaf) */
} ViewValues;
/* Of VIEW_COLUMN only. */
MUST_USE int segment_view_values(SegmentView *view, const ViewText *text, ViewValues *ret);
/* The value of row i of the kind, of a text that has one. Lives until the arena is reset. */
MUST_USE int segment_view_value(SegmentView *view, const ViewKind *kind, const ViewText *text,
                                uint32_t i, Arena *arena, Slice *ret);

/* A row, made. Its slices live until the next call for this view, or the arena is reset. */
MUST_USE int segment_view_row(SegmentView *view, uint32_t row, Arena *arena, Row *ret);

/* Where a folded text is (columns_find.h): marks by view_place, NULL: nowhere. */
typedef struct ViewFind ViewFind;
/* Lives in the arena with its marks; `needle` outlives it. */
MUST_USE int segment_view_find(SegmentView *view, Slice needle, ColumnsFindHow how, Arena *arena,
                               ViewFind **ret);
/* Where escapes stand that may hide a character of a folded text (\u....), which lives in the
 * arena; or a slash (\/), which lives as long as the view. */
MUST_USE int segment_view_hidden(SegmentView *view, Slice needle, Arena *arena, ViewFind **ret);
MUST_USE int segment_view_slashes(SegmentView *view, ViewFind **ret);
MUST_USE int view_find_raw(ViewFind *find, const ViewKind *kind, const uint8_t **ret_marks);
/* In raw and in the tail (values that stand nowhere in raw): nothing of a row but names and numbers
 * stands elsewhere, though escapes are not undone. */
MUST_USE int view_find_all(ViewFind *find, const ViewKind *kind, const uint8_t **ret_marks);
/* Of VIEW_COLUMN and VIEW_COMPOSED, as it stands in raw: with escapes, and not the leaf alone. */
MUST_USE int view_find_text(ViewFind *find, const ViewText *text, const uint8_t **ret_marks);

/* A regular expression asked of whole rows (columns_follow.h): one of regex_can_follow, which
 * outlives it. Lives in the arena. */
typedef struct ViewFollow ViewFollow;
MUST_USE int segment_view_follow(SegmentView *view, const Regex *regex, Arena *arena,
                                 ViewFollow **ret);
/* Does it match in raw, in a field of the event or text of the record, or in the origin?
 * COLUMNS_... by view_place. */
MUST_USE int view_follow_kind(ViewFollow *follow, const ViewKind *kind, const uint8_t **ret_marks);

#endif
