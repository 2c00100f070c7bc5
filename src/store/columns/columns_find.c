/* See columns_find.h. A piece that holds the text makes its rows sure; a text that may lie across
 * pieces makes them maybe (column_edges.c). */
#include "base/fold_int.h"
#include "store/columns/columns_find_int.h"

#include <stdlib.h>

#define MARK_TOUCHED 3 /* neither hits nor misses are known: becomes COLUMNS_MAYBE */

uint8_t columns_find_in(const ColumnsFind *find, Slice text)
{
    if (!find_holds(find, text)) return COLUMNS_NO;
    return find->beginning_only ? COLUMNS_MAYBE : COLUMNS_YES;
}

static int find_column(ColumnsFind *find, uint32_t id, const uint8_t **ret);

/* Values that stand one behind the other are looked through at once: nearly always none has it. */
static bool values_lack(const ColumnsFind *find, const Slice *values, uint32_t count)
{
    size_t bytes = 0;
    uint32_t joined = 0;
    while (joined < count && values[joined].ptr == values[0].ptr + bytes)
        bytes += values[joined++].len;
    if (joined == count && count > 1 && find_all_lack(find, slice_of(values[0].ptr, bytes)))
        return true;
    for (uint32_t i = 0; i < count; i++)
        if (find_holds(find, values[i])) return false;
    return true;
}

/* marks: by row, all zero before. */
static int find_values(ColumnsFind *find, const DecColumn *column, uint8_t *marks)
{
    uint32_t count = find->block->sets[column->set].count;
    uint8_t yes = find->beginning_only ? COLUMNS_MAYBE : COLUMNS_YES;
    uint8_t *values = marks;
    if (column->kind == KIND_DICTIONARY) values = calloc((size_t)column->value_count + 1, 1);
    if (!values) return -ENOMEM;
    for (uint32_t i = 0; i < column->value_count; i++)
        values[i] = find_holds(find, column->values[i]) ? yes : COLUMNS_NO;
    for (uint32_t i = 0; i < count && column->kind == KIND_DICTIONARY; i++)
        marks[i] = values[dec_code(column, i)];
    for (uint32_t i = 1; i < count && column->kind == KIND_CONSTANT; i++)
        marks[i] = marks[0];
    if (values != marks) free(values);
    return 0;
}

static uint8_t *room_for(ColumnsFind *find, uint32_t count)
{
    return ARENA_ARRAY(find->arena, uint8_t, (size_t)count + 1);
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
    uint32_t owner; /* the column that it is a variant of */
    Slice last;     /* in the place of the last piece's literal */
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
        if (find_holds(find, literal_of(run, number))) mark_all(marks, count, yes);
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
        if (both & EDGE_TOUCHES && (!find->is_ascii || marks[i] != COLUMNS_YES)) {
            marks[i] = MARK_TOUCHED;
        } else if (both && marks[i] < COLUMNS_MAYBE) {
            marks[i] = COLUMNS_MAYBE;
        }
    }
    return 0;
}

/* What a piece costs: texts that are there, few values, a value a row, pieces of their own. */
static unsigned cost_of(const Columns *block, const DecPiece *piece)
{
    if (piece->column == UINT32_MAX) return 0;
    switch (block->columns[piece->column].kind) {
    case KIND_CONSTANT: return 0;
    case KIND_DICTIONARY: return 1;
    case KIND_CHOICE: return 3;
    default: return 2;
    }
}

#define COSTS 4

static bool all_sure(const ColumnsFind *find, const uint8_t *marks, uint32_t count)
{
    return find->is_ascii && count > 0 && marks[0] == COLUMNS_YES &&
           memcmp(marks, marks + 1, count - 1) == 0;
}

/* The literals of all variants of a choice at once: nearly always none of them has it. */
static int literals_lack(ColumnsFind *find, uint32_t owner, bool *ret)
{
    if (find->escapes) return literals_lack(find->escapes, owner, ret);
    uint8_t *known = &find->columns[owner].literals;
    if (*known == 0) {
        Slice literals;
        int r = dec_literals(find->block, &find->block->columns[owner], &literals);
        if (r < 0) return r;
        *known = find_all_lack(find, literals) ? 1 : 2;
    }
    *ret = *known == 1;
    return 0;
}

/* Is it known that the piece does not have it? */
static bool piece_lacks(const ColumnsFind *find, const DecPiece *piece, bool no_literal)
{
    if (piece->column == UINT32_MAX) return no_literal;
    const FoundColumn *found = &find->columns[piece->column];
    return found->looked && !found->marks;
}

/* The cheap pieces first: where they settle all rows, the others are not even unpacked. */
static int find_run(ColumnsFind *find, const Run *run, uint8_t *marks)
{
    uint32_t count = find->block->sets[run->set].count;
    bool no_literal;
    unsigned costs = 1; /* a bit for each that there is */
    int r = literals_lack(find, run->owner, &no_literal);
    for (unsigned cost = 0; cost < COSTS && r == 0; cost++) {
        for (uint32_t i = 0; i < run->count && costs >> cost & 1; i++) {
            if (piece_lacks(find, &run->pieces[i], no_literal)) continue;
            unsigned of_piece = cost_of(find->block, &run->pieces[i]);
            costs |= 1u << of_piece;
            if (of_piece != cost) continue;
            r = find_piece(find, run, i, marks);
            if (r < 0 || all_sure(find, marks, count)) return r;
        }
    }
    for (uint32_t i = 0; i + 1 < run->count && r == 0; i++)
        r = find_meeting(find, run, i, marks);
    for (uint32_t i = 0; i < find->block->sets[run->set].count && r == 0; i++)
        if (marks[i] == MARK_TOUCHED) marks[i] = COLUMNS_MAYBE;
    return r;
}

static Run run_of(const DecVariant *variant, uint32_t owner)
{
    Run run = {.pieces = variant->pieces,
               .count = variant->piece_count,
               .set = variant->set,
               .owner = owner};
    if (run.count > 0) run.last = run.pieces[run.count - 1].literal;
    return run;
}

static int find_choice(ColumnsFind *find, const DecColumn *column, uint8_t *marks)
{
    Columns *block = find->block;
    for (uint32_t v = 0; v < column->variant_count; v++) {
        const Run run = run_of(&column->variants[v], (uint32_t)(column - block->columns));
        int r = dec_load_set(block, run.set);
        if (r < 0) return r;
        const DecSet *set = &block->sets[run.set];
        uint8_t *rows = calloc((size_t)set->count + 1, 1);
        r = rows ? find_run(find, &run, rows) : -ENOMEM;
        for (uint32_t i = 0; i < set->count && r == 0; i++)
            marks[set->parent_rows[i]] = rows[i];
        free(rows);
        if (r < 0) return r;
    }
    return 0;
}

static bool any_mark(const uint8_t *marks, uint32_t count)
{
    return count > 0 && (marks[0] || memcmp(marks, marks + 1, count - 1) != 0);
}

static int keep_marks(ColumnsFind *find, const uint8_t *marks, uint32_t count, const uint8_t **ret)
{
    Slice kept;
    int r = arena_copy(find->arena, slice_of(marks, count), &kept);
    if (r == 0) *ret = (const uint8_t *)kept.ptr;
    return r;
}

static int find_column(ColumnsFind *find, uint32_t id, const uint8_t **ret)
{
    FoundColumn *found = &find->columns[id];
    DecColumn *column = &find->block->columns[id];
    *ret = found->marks;
    if (found->looked) return 0;
    if (find->escapes) {
        const uint8_t *any;
        int known = find_column(find->escapes, id, &any);
        found->looked = known == 0;
        if (known < 0 || !any) return known;
    }
    found->looked = true;
    bool lacks = alphabet_lacks(column, find->needle);
    int r = lacks || column->loaded ? 0 : find_texts_lack(find, column, &lacks);
    if (r < 0 || lacks) return r;
    r = dec_load_column(find->block, id);
    if (r < 0) return r;
    if (column->kind != KIND_CHOICE &&
        (!column->values || values_lack(find, column->values, column->value_count)))
        return 0;
    /* Most columns have nothing: what is found is kept, the room for looking is not. */
    uint32_t count = find->block->sets[column->set].count;
    uint32_t room = column->value_count > count ? column->value_count : count;
    uint8_t *marks = calloc((size_t)room + 1, 1);
    if (!marks) return -ENOMEM;
    if (column->kind == KIND_CHOICE) r = find_choice(find, column, marks);
    if (column->kind != KIND_CHOICE) r = find_values(find, column, marks);
    if (r == 0 && any_mark(marks, count)) r = keep_marks(find, marks, count, &found->marks);
    free(marks);
    *ret = found->marks;
    return r;
}

static bool is_ascii(Slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.ptr[i] & 0x80) return false;
    return true;
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
    find->is_ascii = is_ascii(find->needle);
    for (unsigned k = 1; k < find->needle.len; k++) {
        find->begins_with[(unsigned char)needle.ptr[k]] |= (EdgeBits)1 << k;
        find->ends_with[(unsigned char)needle.ptr[k - 1]] |= (EdgeBits)1 << k;
    }
    *ret = find;
    return 0;
}

int columns_find_hidden(ColumnsFind *escapes, Slice needle, Arena *arena, ColumnsFind **ret)
{
    ColumnsFind *find;
    int r = columns_find_new(escapes->block, escapes->needle, COLUMNS_ESCAPE, arena, &find);
    if (r < 0) return r;
    find->escapes = escapes;
    find->beginning_only = true;
    for (size_t i = 0; i < needle.len; i++) {
        unsigned char byte = (unsigned char)needle.ptr[i];
        if (byte < 0x80) {
            find->hides_ascii[small_ascii(byte)] = true;
        } else {
            find->hides_beyond = true;
        }
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

uint32_t find_pieces_to(const DecVariant *variant, uint32_t slots)
{
    uint32_t count = 0;
    while (count < variant->piece_count) {
        if (variant->pieces[count].column != UINT32_MAX && slots-- == 0) break;
        count++;
    }
    return count;
}

int columns_find_shape(ColumnsFind *find, size_t shape, uint32_t from, uint32_t slots,
                       size_t cut_bytes, const uint8_t **ret_marks)
{
    Columns *block = find->block;
    if (shape >= block->shape_count) return -EINVAL;
    const DecVariant *variant = block->shapes[shape].variant;
    Run run = run_of(variant, block->shapes[shape].owner);
    uint32_t first = from > 0 ? find_pieces_to(variant, from) : 0;
    first -= first > 0 && variant->pieces[first - 1].column == UINT32_MAX;
    run.count = find_pieces_to(variant, slots) - first;
    run.pieces += first;
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
