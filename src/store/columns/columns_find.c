/* See columns_find.h. A piece that holds the text makes its rows sure; a text that may lie across
 * pieces makes them maybe (column_edges.c). */
#include "base/fold_int.h"
#include "store/columns/columns_find_int.h"

#define MARK_TOUCHED 3 /* neither hits nor misses are known: becomes COLUMNS_MAYBE */

bool find_escape_begins(Slice text, size_t at)
{
    size_t before = at;
    while (before > 0 && text.ptr[before - 1] == '\\')
        before--;
    return before == 0 || (at - before) % 2 == 0;
}

/* Of two bytes that are an escape. */
static bool holds_escape(Slice text, Slice escape)
{
    const Bytes16 second = splat16((unsigned char)escape.ptr[1]), first = splat16('\\');
    for (size_t at = 0; at + 2 <= text.len; at++) {
        if (at + 17 <= text.len) {
            Bytes16 both = (Bytes16)(load16(text.ptr + at) == first) &
                           (Bytes16)(load16(text.ptr + at + 1) == second);
            if (!any16(both)) {
                at += 15;
                continue;
            }
        }
        if (text.ptr[at] == '\\' && text.ptr[at + 1] == escape.ptr[1] &&
            find_escape_begins(text, at))
            return true;
    }
    return false;
}

static bool holds(const ColumnsFind *find, Slice text)
{
    switch (find->how) {
    case COLUMNS_FOLDED: return fold_contains(text, find->needle);
    case COLUMNS_CASED: return fold_contains_case(text, find->needle);
    case COLUMNS_ESCAPE: break;
    }
    return holds_escape(text, find->needle);
}

uint8_t columns_find_in(const ColumnsFind *find, Slice text)
{
    if (!holds(find, text)) return COLUMNS_NO;
    return find->beginning_only ? COLUMNS_MAYBE : COLUMNS_YES;
}

static int find_column(ColumnsFind *find, uint32_t id, const uint8_t **ret);

/* Values that stand one behind the other are looked through at once: nearly always none has it. The
 * text must be ASCII, for other characters may come together where two values meet. */
static bool all_lack(const ColumnsFind *find, const Slice *values, uint32_t count)
{
    size_t bytes = 0;
    for (size_t i = 0; i < find->needle.len; i++)
        if ((unsigned char)find->needle.ptr[i] & 0x80) return false;
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0 && values[i].ptr != values[0].ptr + bytes) return false;
        bytes += values[i].len;
    }
    return count > 1 && !holds(find, slice_of(values[0].ptr, bytes));
}

static uint8_t *room_for(ColumnsFind *find, uint32_t count)
{
    return ARENA_ARRAY(find->arena, uint8_t, (size_t)count + 1);
}

static int find_values(ColumnsFind *find, const DecColumn *column, uint8_t *marks)
{
    uint32_t count = find->block->sets[column->set].count;
    uint8_t yes = find->beginning_only ? COLUMNS_MAYBE : COLUMNS_YES;
    if (all_lack(find, column->values, column->value_count)) return 0;
    uint8_t *values = marks;
    if (column->kind == KIND_DICTIONARY) values = room_for(find, column->value_count);
    if (!values) return -ENOMEM;
    for (uint32_t i = 0; i < column->value_count; i++)
        values[i] = holds(find, column->values[i]) ? yes : COLUMNS_NO;
    for (uint32_t i = 0; i < count && column->kind == KIND_DICTIONARY; i++)
        marks[i] = values[column->codes[i]];
    for (uint32_t i = 1; i < count && column->kind == KIND_CONSTANT; i++)
        marks[i] = marks[0];
    return 0;
}

static void mark_all(uint8_t *marks, uint32_t count, uint8_t mark)
{
    for (uint32_t i = 0; i < count; i++)
        if (marks[i] < mark) marks[i] = mark;
}

/* Pieces of the rows of one set. */
typedef struct Run {
    const DecPiece *pieces;
    uint32_t count, set;
    Slice last; /* in the place of the last piece's literal */
} Run;

static Slice literal_of(const Run *run, uint32_t piece)
{
    return piece + 1 == run->count ? run->last : run->pieces[piece].literal;
}

static int find_piece(ColumnsFind *find, const Run *run, uint32_t number, uint8_t *marks)
{
    Columns *block = find->block;
    uint32_t count = block->sets[run->set].count, id = run->pieces[number].column;
    if (id == UINT32_MAX) {
        uint8_t yes = find->beginning_only ? COLUMNS_MAYBE : COLUMNS_YES;
        if (holds(find, literal_of(run, number))) mark_all(marks, count, yes);
        return 0;
    }
    const uint8_t *inner;
    int r = find_column(find, id, &inner);
    if (r < 0 || !inner) return r;
    uint32_t set = block->columns[id].set;
    for (uint32_t i = 0; i < count; i++) {
        uint8_t mark = inner[set == run->set ? i : dec_row_in(block, run->set, set, i)];
        if (mark > marks[i]) marks[i] = mark;
    }
    return 0;
}

typedef struct Side {
    const EdgeBits *rows; /* of a column; NULL: all rows have `all` */
    EdgeBits all;
    uint32_t set;
} Side;

static int side_of(ColumnsFind *find, const Run *run, uint32_t piece, bool at_end, Side *ret)
{
    uint32_t id = run->pieces[piece].column;
    *ret = (Side){0};
    if (id == UINT32_MAX) {
        Slice literal = literal_of(run, piece);
        ret->all = at_end ? edge_of_end(find, literal) : edge_of_begin(find, literal);
        return 0;
    }
    ret->set = find->block->columns[id].set;
    return edges_of_column(find, id, at_end, &ret->rows);
}

static EdgeBits side_bits(const Columns *block, const Side *side, uint32_t set, uint32_t row)
{
    if (!side->rows) return side->all;
    return side->rows[side->set == set ? row : dec_row_in(block, set, side->set, row)];
}

/* The literal first: mostly it settles it. */
static int find_meeting(ColumnsFind *find, const Run *run, uint32_t left, uint8_t *marks)
{
    Columns *block = find->block;
    bool literal_right = run->pieces[left + 1].column == UINT32_MAX;
    Side sides[2];
    int r = side_of(find, run, left + literal_right, !literal_right, &sides[0]);
    if (r < 0 || (!sides[0].rows && !sides[0].all)) return r;
    r = side_of(find, run, left + !literal_right, literal_right, &sides[1]);
    if (r < 0 || (!sides[1].rows && !sides[1].all)) return r;
    for (uint32_t i = 0; i < block->sets[run->set].count; i++) {
        EdgeBits both = side_bits(block, &sides[0], run->set, i);
        if (both) both &= side_bits(block, &sides[1], run->set, i);
        if (both & EDGE_TOUCHES) {
            marks[i] = MARK_TOUCHED;
        } else if (both && marks[i] < COLUMNS_MAYBE) {
            marks[i] = COLUMNS_MAYBE;
        }
    }
    return 0;
}

static int find_run(ColumnsFind *find, const Run *run, uint8_t *marks)
{
    int r = 0;
    for (uint32_t i = 0; i < run->count && r == 0; i++)
        r = find_piece(find, run, i, marks);
    for (uint32_t i = 0; i + 1 < run->count && r == 0; i++)
        r = find_meeting(find, run, i, marks);
    for (uint32_t i = 0; i < find->block->sets[run->set].count && r == 0; i++)
        if (marks[i] == MARK_TOUCHED) marks[i] = COLUMNS_MAYBE;
    return r;
}

static Run run_of(const DecVariant *variant)
{
    Run run = {.pieces = variant->pieces, .count = variant->piece_count, .set = variant->set};
    if (run.count > 0) run.last = run.pieces[run.count - 1].literal;
    return run;
}

static int find_choice(ColumnsFind *find, const DecColumn *column, uint8_t *marks)
{
    Columns *block = find->block;
    for (uint32_t v = 0; v < column->variant_count; v++) {
        const Run run = run_of(&column->variants[v]);
        int r = dec_load_set(block, run.set);
        const DecSet *set = &block->sets[run.set];
        uint8_t *rows = r == 0 ? room_for(find, set->count) : NULL;
        if (r == 0) r = rows ? find_run(find, &run, rows) : -ENOMEM;
        if (r < 0) return r;
        for (uint32_t i = 0; i < set->count; i++)
            marks[set->parent_rows[i]] = rows[i];
    }
    return 0;
}

static bool any_mark(const uint8_t *marks, uint32_t count)
{
    return count > 0 && (marks[0] || memcmp(marks, marks + 1, count - 1) != 0);
}

static int find_column(ColumnsFind *find, uint32_t id, const uint8_t **ret)
{
    FoundColumn *found = &find->columns[id];
    DecColumn *column = &find->block->columns[id];
    *ret = found->marks;
    if (found->looked) return 0;
    found->looked = true;
    if (!column->loaded && alphabet_lacks(find->block, column, find->needle)) return 0;
    int r = dec_load_column(find->block, id);
    if (r < 0) return r;
    uint32_t count = find->block->sets[column->set].count;
    uint32_t room = column->value_count > count ? column->value_count : count;
    uint8_t *marks = room_for(find, room);
    if (!marks) return -ENOMEM;
    if (column->kind == KIND_CHOICE) r = find_choice(find, column, marks);
    if (column->kind != KIND_CHOICE && column->values) r = find_values(find, column, marks);
    if (r == 0 && any_mark(marks, count)) *ret = found->marks = marks;
    return r;
}

int columns_find_new(Columns *block, Slice needle, ColumnsFindHow how, Arena *arena,
                     ColumnsFind **ret)
{
    ColumnsFind *find = ARENA_NEW(arena, ColumnsFind);
    if (!find) return -ENOMEM;
    *find = (ColumnsFind){.block = block,
                          .arena = arena,
                          .needle = slice_first(needle, COLUMNS_FIND_BYTES),
                          .how = how,
                          .beginning_only = needle.len > COLUMNS_FIND_BYTES};
    find->columns = ARENA_ARRAY(arena, FoundColumn, block->column_count);
    if (!find->columns) return -ENOMEM;
    for (unsigned k = 1; k < find->needle.len; k++) {
        find->begins_with[(unsigned char)needle.ptr[k]] |= (EdgeBits)1 << k;
        find->ends_with[(unsigned char)needle.ptr[k - 1]] |= (EdgeBits)1 << k;
    }
    *ret = find;
    return 0;
}

/* Marks of a column for the rows of a shape. */
int columns_find_field(ColumnsFind *find, size_t number, const uint8_t **ret_marks)
{
    Columns *block = find->block;
    if (number >= block->field_count) return -EINVAL;
    const DecField *field = &block->fields[number];
    uint32_t set = block->shapes[field->shape].variant->set,
             from = block->columns[field->column].set;
    const uint8_t *marks;
    int r = dec_load_set(block, set);
    if (r == 0) r = find_column(find, field->column, &marks);
    if (r == 0 && marks && from != set) {
        uint8_t *rows = room_for(find, block->sets[set].count);
        if (!rows) return -ENOMEM;
        for (uint32_t i = 0; i < block->sets[set].count; i++)
            rows[i] = marks[dec_row_in(block, set, from, i)];
        marks = rows;
    }
    if (r == 0) *ret_marks = marks;
    return r;
}

/* How many pieces lie up to the literal behind the slots. */
static uint32_t pieces_to(const DecVariant *variant, uint32_t slots)
{
    uint32_t count = 0;
    while (count < variant->piece_count) {
        if (variant->pieces[count].column != UINT32_MAX && slots-- == 0) break;
        count++;
    }
    return count;
}

int columns_find_shape(ColumnsFind *find, size_t shape, uint32_t slots, size_t cut_bytes,
                       const uint8_t **ret_marks)
{
    Columns *block = find->block;
    if (shape >= block->shape_count) return -EINVAL;
    const DecVariant *variant = block->shapes[shape].variant;
    Run run = run_of(variant);
    run.count = pieces_to(variant, slots);
    run.last = (Slice){0};
    if (run.count > 0 && run.pieces[run.count - 1].column == UINT32_MAX) {
        run.last = run.pieces[run.count - 1].literal;
        run.last.len -= cut_bytes < run.last.len ? cut_bytes : run.last.len;
    }
    int r = dec_load_set(block, run.set);
    uint8_t *marks = r == 0 ? room_for(find, block->sets[run.set].count) : NULL;
    if (r == 0) r = marks ? find_run(find, &run, marks) : -ENOMEM;
    if (r == 0) *ret_marks = any_mark(marks, block->sets[run.set].count) ? marks : NULL;
    return r;
}
