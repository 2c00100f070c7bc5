/* See segment_view.h: a block opened, its kinds of rows, their numbers and times. */
#include "store/segment/segment_view_int.h"

#include "base/number.h"
#include "store/segment/recipe_int.h"
#include "store/segment/segment_state.h"

#include <stdlib.h>
#include <zstd.h>

static int take_recipes(SegmentView *view, Slice *plain)
{
    uint64_t bytes, packed;
    if (slice_take_varint(plain, &view->recipe_count) < 0 || slice_take_varint(plain, &bytes) < 0 ||
        slice_take_varint(plain, &packed) < 0 || view->recipe_count > SEGMENT_BLOCK_ROWS_MAX ||
        packed > plain->len || bytes > COLUMNS_RAW_BYTES_MAX) {
        return -EBADMSG;
    }
    char *room = arena_alloc(&view->arena, (size_t)bytes + 1);
    view->recipes = ARENA_ARRAY(&view->arena, Recipe, (size_t)view->recipe_count + 1);
    if (!room || !view->recipes) return -ENOMEM;
    if (ZSTD_decompress(room, (size_t)bytes, plain->ptr, (size_t)packed) != bytes) return -EBADMSG;
    *plain = slice_skip(*plain, (size_t)packed);
    Slice rest = slice_of(room, (size_t)bytes);
    for (uint64_t i = 0; i < view->recipe_count; i++) {
        int r = recipe_take(&rest, &view->arena, &view->recipes[i]);
        if (r < 0) return r;
    }
    return rest.len == 0 ? 0 : -EBADMSG;
}

static int make_tables(SegmentView *view)
{
    size_t fields = columns_field_count(view->columns);
    size_t columns = columns_column_count(view->columns);
    view->shapes = ARENA_ARRAY(&view->arena, ViewShape, columns_shape_count(view->columns) + 1);
    view->values = ARENA_ARRAY(&view->arena, ColumnsValues *, fields + 1);
    view->unescaped[0] = ARENA_ARRAY(&view->arena, PlainValues, columns);
    view->unescaped[1] = ARENA_ARRAY(&view->arena, PlainValues, columns);
    if (!view->shapes || !view->values || !view->unescaped[0] || !view->unescaped[1])
        return -ENOMEM;
    for (size_t i = fields; i-- > 0;) {
        view->shapes[columns_field(view->columns, i).shape].first_field = (uint32_t)i;
    }
    return 0;
}

int view_parse(SegmentView *view)
{
    Slice plain = buf_slice(&view->plain);
    int r = take_recipes(view, &plain);
    const ColumnsRoom room = {.kept = &view->arena,
                              .loose = &view->loose,
                              .bytes_max = view->bytes_max,
                              .numbers_are_kept = 1u << NUMBER_TIME | 1u << NUMBER_INGESTED};
    if (r == 0) r = columns_open_parted(plain, &room, &view->columns);
    if (r < 0) return r;
    if (columns_row_count(view->columns) != view->row_count ||
        columns_number_count(view->columns) < NUMBER_MARK) {
        return -EBADMSG;
    }
    return make_tables(view);
}

#define SPARE_BYTES_KEPT ((size_t)8 << 20)
#define CHUNK_BYTES ((size_t)32 << 10)
#define PLAIN_BYTES_LOOSE ((size_t)16 << 10) /* so much room more than it needs is no matter */

/* All of a spare view but its memory. */
static void begin_anew(SegmentView *view, Segment *segment, uint32_t block, size_t bytes_max)
{
    if (view->columns) columns_rest(view->columns);
    SegmentView old = *view;
    old.arena.bytes_max = bytes_max;
    old.arena.chunk_bytes = CHUNK_BYTES;
    old.arena.bytes_kept = bytes_max < SPARE_BYTES_KEPT ? bytes_max : SPARE_BYTES_KEPT;
    arena_reset(&old.arena);
    arena_done(&old.loose);
    buf_clear(&old.plain);
    if (old.plain.capacity > PLAIN_BYTES_LOOSE) buf_done(&old.plain);
    buf_clear(&old.text);
    *view = (SegmentView){.segment = segment,
                          .arena = old.arena,
                          .loose = {.chunk_bytes = CHUNK_BYTES},
                          .bytes_max = bytes_max,
                          .plain = old.plain,
                          .text = old.text,
                          .row_count = segment_block(segment, block)->row_count};
}

static SegmentView *new_view(void)
{
    SegmentView *view = calloc(1, sizeof *view);
    if (!view) return NULL;
    view->plain = buf_make(SEGMENT_PLAIN_BYTES_MAX);
    view->text = buf_make(COLUMNS_RAW_BYTES_MAX);
    return view;
}

/* It lives long, so it takes no more than it needs. */
static size_t plain_bytes_max(const Segment *segment, uint32_t block)
{
    uint64_t bytes = segment->directory.plain_bytes[block];
    return bytes < SEGMENT_PLAIN_BYTES_MAX ? (size_t)bytes + CRYPT_TAG_BYTES
                                           : SEGMENT_PLAIN_BYTES_MAX;
}

int segment_view_open(Segment *segment, uint32_t block, size_t bytes_max, SegmentView *spare,
                      SegmentView **ret)
{
    SegmentView *view = spare ? spare : new_view();
    if (!view) return -ENOMEM;
    int r = -EINVAL;
    if (block < segment_block_count(segment)) {
        begin_anew(view, segment, block, bytes_max);
        view->plain.bytes_max = plain_bytes_max(segment, block);
        r = segment_block_plain(segment, block, &view->plain);
    }
    if (r == 0) r = view_parse(view);
    if (r < 0) {
        segment_view_close(view);
        return r;
    }
    *ret = view;
    return 0;
}

void segment_view_close(SegmentView *view)
{
    if (!view) return;
    if (view->columns) columns_rest(view->columns);
    arena_done(&view->arena);
    arena_done(&view->loose);
    buf_done(&view->plain);
    buf_done(&view->text);
    free(view);
}

uint32_t segment_view_row_count(const SegmentView *view)
{
    return view->row_count;
}

size_t segment_view_bytes(const SegmentView *view)
{
    return sizeof *view + view->arena.bytes + view->loose.bytes + view->plain.capacity +
           view->text.capacity;
}

void segment_view_trim(SegmentView *view)
{
    columns_rest(view->columns);
    arena_trim(&view->arena);
    if (view->text.capacity > PLAIN_BYTES_LOOSE) buf_done(&view->text);
}

size_t segment_view_loose_bytes(const SegmentView *view)
{
    return view->loose.bytes;
}

void segment_view_shrink(SegmentView *view)
{
    memset(view->values, 0, columns_field_count(view->columns) * sizeof *view->values);
    for (size_t i = 0; i < columns_column_count(view->columns); i++) {
        if (!columns_is_loose(view->columns, i)) continue;
        view->unescaped[0][i] = view->unescaped[1][i] = (PlainValues){0};
    }
    view->cuts = NULL;
    view->cut_bytes = 0;
    columns_forget(view->columns);
    arena_done(&view->loose);
}

void segment_view_allow(SegmentView *view, size_t bytes_max)
{
    view->bytes_max = bytes_max;
    columns_allow(view->columns, bytes_max);
}

int segment_view_numbers(SegmentView *view, ViewNumber which, const int64_t **ret)
{
    const int64_t *numbers;
    if (which == VIEW_NUMBER && view->numbers) {
        *ret = view->numbers;
        return 0;
    }
    int r = columns_numbers(view->columns, (size_t)which, &numbers);
    if (r == 0 && which == VIEW_NUMBER) {
        int64_t *own = ARENA_ARRAY(view_kept(view), int64_t, (size_t)view->row_count + 1);
        uint64_t rows = segment_header(view->segment)->count;
        if (!own) return -ENOMEM;
        for (uint32_t i = 0; i < view->row_count; i++) {
            if ((uint64_t)numbers[i] >= rows) return -EBADMSG;
            own[i] = (int64_t)segment_number_of(view->segment, (uint64_t)numbers[i]);
        }
        numbers = view->numbers = own;
    }
    if (r == 0) *ret = numbers;
    return r;
}

/* ---- kinds */

/* How many there are. `slots` has room for each recipe, all zero before and after. */
static int count_kinds(SegmentView *view, const int64_t *recipes, uint32_t *slots, size_t *ret)
{
    size_t kinds = 0;
    for (uint32_t shape = 0; shape < columns_shape_count(view->columns); shape++) {
        const uint32_t *rows;
        size_t count;
        int r = columns_shape_rows(view->columns, shape, &rows, &count);
        if (r < 0) return r;
        for (size_t i = 0; i < count; i++) {
            uint64_t recipe = (uint64_t)recipes[rows[i]];
            if (recipe >= view->recipe_count) return -EBADMSG;
            kinds += slots[recipe] != shape + 1;
            slots[recipe] = shape + 1;
        }
    }
    memset(slots, 0, (size_t)view->recipe_count * sizeof *slots);
    *ret = kinds;
    return 0;
}

/* Puts the rows of a shape apart that are of several kinds, the ones from `first` on. */
static int part_rows(SegmentView *view, const int64_t *recipes, const uint32_t *slots, size_t first,
                     const uint32_t *rows, size_t count)
{
    uint32_t *own_rows = ARENA_ARRAY(view_kept(view), uint32_t, 2 * count + 1), at = 0;
    if (!own_rows) return -ENOMEM;
    for (size_t k = first; k < view->kind_count; k++) {
        view->kinds[k].rows = own_rows + at;
        view->kinds[k].places = own_rows + count + at;
        at += view->kinds[k].count;
        view->kinds[k].count = 0;
    }
    for (size_t i = 0; i < count; i++) {
        ViewKind *kind = &view->kinds[slots[recipes[rows[i]]] - 1];
        own_rows[(size_t)(kind->rows - own_rows) + kind->count] = rows[i];
        own_rows[(size_t)(kind->places - own_rows) + kind->count++] = (uint32_t)i;
    }
    return 0;
}

/* The rows of a shape by recipe. */
static int add_kinds(SegmentView *view, uint32_t shape, const int64_t *recipes, uint32_t *slots)
{
    const uint32_t *rows;
    size_t count, first = view->kind_count;
    int r = columns_shape_rows(view->columns, shape, &rows, &count);
    if (r < 0) return r;
    for (size_t i = 0; i < count; i++) {
        uint64_t recipe = (uint64_t)recipes[rows[i]];
        if (slots[recipe] == 0) {
            view->kinds[view->kind_count] =
                (ViewKind){.recipe = &view->recipes[recipe], .shape = shape, .rows = rows};
            slots[recipe] = (uint32_t)++view->kind_count;
        }
        view->kinds[slots[recipe] - 1].count++;
    }
    if (view->kind_count > first + 1) r = part_rows(view, recipes, slots, first, rows, count);
    for (size_t k = first; k < view->kind_count; k++) {
        slots[view->kinds[k].recipe - view->recipes] = 0;
    }
    return r;
}

static int make_kinds(SegmentView *view)
{
    const int64_t *recipes;
    size_t kinds = 0;
    uint32_t *slots = ARENA_ARRAY(view_kept(view), uint32_t, (size_t)view->recipe_count + 1);
    int r = columns_numbers(view->columns, NUMBER_RECIPE, &recipes);
    if (r == 0 && !slots) r = -ENOMEM;
    if (r == 0) r = count_kinds(view, recipes, slots, &kinds);
    if (r < 0) return r;
    view->kind_count = 0;
    view->kinds = ARENA_ARRAY(view_kept(view), ViewKind, kinds + 1);
    if (!view->kinds) return -ENOMEM;
    for (uint32_t i = 0; i < columns_shape_count(view->columns) && r == 0; i++) {
        r = add_kinds(view, i, recipes, slots);
    }
    if (r < 0) view->kinds = NULL;
    return r;
}

int segment_view_kinds(SegmentView *view, const ViewKind **ret, size_t *ret_count)
{
    int r = view->kinds ? 0 : make_kinds(view);
    if (r < 0) return r;
    *ret = view->kinds;
    *ret_count = view->kind_count;
    return 0;
}

/* ---- times */

uint32_t view_time_place(const Recipe *recipe)
{
    uint32_t place = 1;
    for (uint32_t i = 0; i < recipe->field_count; i++) {
        place += recipe->fields[i].part.source == PART_TAIL;
    }
    for (uint32_t i = 0; i < recipe->text_count; i++) {
        place += recipe->texts[i].part.source == PART_TAIL;
    }
    return place;
}

static int own_times(SegmentView *view, const ViewKind *kind, int64_t *times)
{
    ViewText text;
    CLEANUP(arena_done) Arena arena = arena_make((size_t)256 << 20);
    int r = view_tail(view, kind, view_time_place(kind->recipe), &text);
    if (r < 0) return r;
    for (uint32_t i = 0; i < kind->count; i++) {
        Slice value;
        arena_reset(&arena);
        r = segment_view_value(view, kind, &text, i, &arena, &value);
        if (r < 0) return r;
        if (number_parse_i64(value, &times[kind->rows[i]]) < 0) return -EBADMSG;
    }
    return 0;
}

int segment_view_times(SegmentView *view, const int64_t **ret)
{
    const ViewKind *kinds;
    const int64_t *events;
    size_t count;
    if (view->times) {
        *ret = view->times;
        return 0;
    }
    int r = segment_view_kinds(view, &kinds, &count);
    if (r == 0) r = segment_view_numbers(view, VIEW_EVENT_TIME, &events);
    if (r < 0) return r;
    bool own = false;
    for (size_t i = 0; i < count; i++) {
        own |= (kinds[i].recipe->flags & RECIPE_OWN_TIME) != 0;
    }
    if (!own) {
        *ret = events;
        return 0;
    }
    int64_t *times = ARENA_ARRAY(view_kept(view), int64_t, (size_t)view->row_count + 1);
    if (!times) return -ENOMEM;
    memcpy(times, events, view->row_count * sizeof *times);
    for (size_t i = 0; i < count && r == 0; i++) {
        if (kinds[i].recipe->flags & RECIPE_OWN_TIME) r = own_times(view, &kinds[i], times);
    }
    if (r == 0) *ret = view->times = times;
    return r;
}
