/* Rows and fields of an open block. */
#include "store/columns/columns_dec.h"

#include "store/columns/shape_path.h"

size_t columns_row_count(const Columns *block)
{
    return block->row_count;
}

size_t columns_number_count(const Columns *block)
{
    return block->number_count;
}

int columns_numbers(Columns *block, size_t which, const int64_t **ret)
{
    if (which >= block->number_count) return -EINVAL;
    int r = dec_load_column(block, (uint32_t)which);
    if (r < 0) return r;
    if (!block->columns[which].numbers) return -EBADMSG;
    *ret = block->columns[which].numbers;
    return 0;
}

static int add_slice(Buf *to, Slice value)
{
    buf_add_slice(to, value);
    return buf_error(to);
}

static int add_choice(Columns *block, const DecColumn *column, uint32_t row, Buf *to,
                      uint32_t *steps, uint32_t depth)
{
    uint32_t code = block->columns[column->choice].codes[row];
    const DecVariant *variant = &column->variants[code];
    DecSet *set = &block->sets[variant->set];
    int r = set->loaded ? 0 : dec_load_set(block, variant->set);
    if (r < 0) return r;
    uint32_t place = set->places[row];
    for (uint32_t i = 0; i < variant->piece_count && r == 0; i++) {
        const DecPiece *piece = &variant->pieces[i];
        if (piece->column == UINT32_MAX) {
            if ((*steps)++ >= ROW_STEPS_MAX) return -EBADMSG;
            r = add_slice(to, piece->literal);
            continue;
        }
        uint32_t at = dec_row_in(block, variant->set, block->columns[piece->column].set, place);
        r = dec_add_value(block, piece->column, at, to, steps, depth + 1);
    }
    return r;
}

int dec_add_value(Columns *block, uint32_t id, uint32_t row, Buf *to, uint32_t *steps,
                  uint32_t depth)
{
    DecColumn *column = &block->columns[id];
    if (depth == LOAD_DEPTH_MAX || (*steps)++ >= ROW_STEPS_MAX) return -EBADMSG;
    if (!column->loaded) {
        int r = dec_load_column(block, id);
        if (r < 0) return r;
    }
    switch (column->kind) {
    case KIND_CONSTANT: return add_slice(to, column->values[0]);
    case KIND_DICTIONARY: return add_slice(to, column->values[dec_code(column, row)]);
    case KIND_DIRECT: return add_slice(to, column->values[row]);
    case KIND_CHOICE: return add_choice(block, column, row, to, steps, depth);
    case KIND_NUMBERS:
    case KIND_CODES: break;
    }
    return -EBADMSG;
}

int columns_row(Columns *block, size_t row, Buf *to)
{
    if (row >= block->row_count) return -EINVAL;
    size_t before = to->len;
    uint32_t steps = 0;
    int r = dec_add_value(block, block->column_count - 1, (uint32_t)row, to, &steps, 0);
    if (r == 0 && to->len - before > COLUMNS_ROW_BYTES_MAX) r = -EBADMSG;
    if (r < 0) to->len = before;
    return r;
}

static const DecColumn *root(const Columns *block)
{
    return &block->columns[block->column_count - 1];
}

size_t columns_shape_count(const Columns *block)
{
    return block->shape_count;
}

int columns_shape_rows(Columns *block, size_t number, const uint32_t **ret_rows, size_t *ret_count)
{
    if (number >= block->shape_count) return -EINVAL;
    DecShape *shape = &block->shapes[number];
    int r = dec_load_set(block, shape->variant->set);
    if (r < 0) return r;
    const DecSet *set = &block->sets[shape->variant->set];
    if (!shape->rows && set->parent == 0) shape->rows = set->parent_rows;
    if (!shape->rows) {
        uint32_t *rows = arena_alloc(block->arena, (size_t)set->count * sizeof *rows + 1);
        if (!rows) return -ENOMEM;
        for (uint32_t i = 0; i < set->count; i++)
            rows[i] = dec_row_in(block, shape->variant->set, 0, i);
        shape->rows = rows;
    }
    *ret_rows = shape->rows;
    *ret_count = set->count;
    return 0;
}

size_t columns_literal_count(const Columns *block, size_t shape)
{
    if (shape >= block->shape_count) return 0;
    const DecVariant *variant = block->shapes[shape].variant;
    size_t count = 0;
    for (uint32_t i = 0; i < variant->piece_count; i++)
        count += variant->pieces[i].column == UINT32_MAX;
    return count;
}

Slice columns_literal(const Columns *block, size_t shape, size_t piece)
{
    if (shape >= block->shape_count) return (Slice){0};
    const DecVariant *variant = block->shapes[shape].variant;
    for (uint32_t i = 0; i < variant->piece_count; i++)
        if (variant->pieces[i].column == UINT32_MAX && piece-- == 0)
            return variant->pieces[i].literal;
    return (Slice){0};
}

static void shape_fields(Columns *block, uint32_t shape, const DecVariant *variant)
{
    uint32_t slot = 0;
    for (uint32_t i = 0; i < variant->piece_count; i++) {
        if (variant->pieces[i].column == UINT32_MAX) continue;
        block->fields[block->field_count++] =
            (DecField){.shape = shape, .slot = slot++, .column = variant->pieces[i].column};
    }
}

/* Of the shape whose first field this is. */
static int shape_paths(Columns *block, const DecVariant *variant, DecField *field)
{
    ShapePath path = {.len = 0};
    bool json = variant->piece_count > 1 && variant->pieces[0].column == UINT32_MAX;
    for (uint32_t i = 0; i < variant->piece_count; i++) {
        const DecPiece *piece = &variant->pieces[i];
        if (piece->column == UINT32_MAX) {
            if (i == 0) {
                Slice head = slice_trim(piece->literal);
                json = json && head.len > 0 && (head.ptr[0] == '{' || head.ptr[0] == '[');
            }
            if (json) shape_path_literal(&path, piece->literal, i > 0);
            continue;
        }
        int r = json ? arena_copy(block->arena, slice_of(path.text, path.len), &field->path) : 0;
        if (r < 0) return r;
        field++;
    }
    return 0;
}

int columns_find_paths(Columns *block)
{
    uint32_t field = 0;
    for (uint32_t shape = 0; shape < block->shape_count; shape++) {
        int r = shape_paths(block, block->shapes[shape].variant, &block->fields[field]);
        if (r < 0) return r;
        field += (uint32_t)columns_slot_count(block, shape);
    }
    return 0;
}

/* A family is a variant of the root that is nothing but a choice of its own: the shapes are there.
 */
static const DecColumn *family_of(const Columns *block, const DecVariant *variant)
{
    if (variant->piece_count != 1 || variant->pieces[0].column == UINT32_MAX) return NULL;
    const DecColumn *column = &block->columns[variant->pieces[0].column];
    return column->kind == KIND_CHOICE && column->set == variant->set ? column : NULL;
}

static int find_shapes(Columns *block)
{
    size_t count = 0;
    for (uint32_t i = 0; i < root(block)->variant_count; i++) {
        const DecColumn *family = family_of(block, &root(block)->variants[i]);
        int r = family ? dec_load_column(block, (uint32_t)(family - block->columns)) : 0;
        if (r < 0) return r;
        count += family ? family->variant_count : 1;
    }
    block->shapes = ARENA_ARRAY(block->arena, DecShape, count);
    if (!block->shapes) return -ENOMEM;
    for (uint32_t i = 0; i < root(block)->variant_count; i++) {
        const DecVariant *variant = &root(block)->variants[i];
        const DecColumn *family = family_of(block, variant);
        for (uint32_t v = 0; v < (family ? family->variant_count : 1); v++)
            block->shapes[block->shape_count++] =
                (DecShape){.variant = family ? &family->variants[v] : variant,
                           .owner = (uint32_t)((family ? family : root(block)) - block->columns)};
    }
    return 0;
}

int dec_find_fields(Columns *block)
{
    if (block->column_count == 0 || root(block)->kind != KIND_CHOICE || root(block)->set != 0)
        return -EBADMSG;
    int r = dec_load_column(block, block->column_count - 1);
    if (r == 0) r = find_shapes(block);
    if (r < 0) return r;
    size_t count = 0;
    for (uint32_t shape = 0; shape < block->shape_count; shape++)
        count += columns_slot_count(block, shape);
    block->fields = ARENA_ARRAY(block->arena, DecField, count);
    if (!block->fields) return -ENOMEM;
    for (uint32_t shape = 0; shape < block->shape_count; shape++)
        shape_fields(block, shape, block->shapes[shape].variant);
    return 0;
}

size_t columns_field_count(const Columns *block)
{
    return block->field_count;
}

ColumnsField columns_field(const Columns *block, size_t field)
{
    if (field >= block->field_count) return (ColumnsField){0};
    const DecField *from = &block->fields[field];
    return (ColumnsField){
        .path = from->path,
        .shape = from->shape,
        .slot = from->slot,
        .column = from->column,
        .constant = block->columns[from->column].kind == KIND_CONSTANT,
        .composed = block->columns[from->column].kind == KIND_CHOICE,
    };
}

static int render_values(Columns *block, uint32_t id, uint32_t count, Slice **ret)
{
    Slice *values = ARENA_ARRAY(block->arena, Slice, count);
    CLEANUP(buf_done) Buf text = buf_make(0);
    if (!values) return -ENOMEM;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t steps = 0;
        buf_clear(&text);
        int r = dec_add_value(block, id, i, &text, &steps, 0);
        if (r == 0) r = arena_copy(block->arena, buf_slice(&text), &values[i]);
        if (r < 0) return r;
    }
    *ret = values;
    return 0;
}

/* Codes of the rows of `set`, which is within the column's. */
static int gather_codes(Columns *block, const DecColumn *column, uint32_t set, uint32_t **ret)
{
    uint32_t count = block->sets[set].count;
    uint32_t *codes = ARENA_ARRAY(block->arena, uint32_t, count);
    if (!codes) return -ENOMEM;
    for (uint32_t i = 0; i < count && column->kind != KIND_CONSTANT; i++) {
        uint32_t row = dec_row_in(block, set, column->set, i);
        codes[i] = dec_has_codes(column) ? dec_code(column, row) : row;
    }
    *ret = codes;
    return 0;
}

int columns_values(Columns *block, size_t field, ColumnsValues *ret)
{
    if (field >= block->field_count) return -EINVAL;
    uint32_t id = block->fields[field].column;
    uint32_t set = block->shapes[block->fields[field].shape].variant->set;
    DecColumn *column = &block->columns[id];
    ColumnsValues values;
    int r = dec_load_column(block, id);
    if (r == 0)
        r = columns_shape_rows(block, block->fields[field].shape, &values.rows, &values.count);
    if (r < 0) return r;
    uint32_t *codes = column->codes;
    Arena *before = dec_use(block, dec_place_of(block, column->loose));
    if (column->kind == KIND_CHOICE && !column->values) {
        column->value_count = block->sets[column->set].count;
        r = render_values(block, id, column->value_count, &column->values);
    }
    if (r == 0 && !column->values) r = -EBADMSG;
    dec_use(block, block->loose);
    if (r == 0 && (!codes || set != column->set)) r = gather_codes(block, column, set, &codes);
    dec_use(block, before);
    if (r < 0) return r;
    values.values = column->values;
    values.value_count = column->value_count;
    values.codes = codes;
    *ret = values;
    return 0;
}

int columns_value(Columns *block, size_t field, size_t i, Buf *to)
{
    if (field >= block->field_count) return -EINVAL;
    uint32_t id = block->fields[field].column, steps = 0;
    uint32_t set = block->shapes[block->fields[field].shape].variant->set;
    size_t before = to->len;
    int r = dec_load_set(block, set);
    if (r == 0 && i >= block->sets[set].count) return -EINVAL;
    if (r == 0) r = dec_load_column(block, id);
    if (r < 0) return r;
    uint32_t row = dec_row_in(block, set, block->columns[id].set, (uint32_t)i);
    r = dec_add_value(block, id, row, to, &steps, 0);
    if (r < 0) to->len = before;
    return r;
}

int columns_constant(Columns *block, size_t field, Slice *ret)
{
    if (field >= block->field_count) return -EINVAL;
    DecColumn *column = &block->columns[block->fields[field].column];
    if (column->kind != KIND_CONSTANT) return -EINVAL;
    int r = dec_load_column(block, block->fields[field].column);
    if (r == 0) *ret = column->values[0];
    return r;
}

size_t columns_column_count(const Columns *block)
{
    return block->column_count;
}

size_t columns_slot_count(const Columns *block, size_t shape)
{
    if (shape >= block->shape_count) return 0;
    const DecVariant *variant = block->shapes[shape].variant;
    size_t count = 0;
    for (uint32_t i = 0; i < variant->piece_count; i++)
        count += variant->pieces[i].column != UINT32_MAX;
    return count;
}

/* The path of each column: a field's, or that of the text it is a piece of. */
static Slice *find_paths(Columns *block)
{
    Slice *paths = ARENA_ARRAY(block->arena, Slice, block->column_count);
    if (!paths) return NULL;
    for (uint32_t i = 0; i < block->field_count; i++)
        paths[block->fields[i].column] = block->fields[i].path;
    for (uint32_t id = block->column_count - 1; id-- > 0;) {
        const DecColumn *column = &block->columns[id];
        if (column->kind != KIND_CHOICE || dec_load_column(block, id) < 0) continue;
        paths[column->choice] = paths[id];
        for (uint32_t v = 0; v < column->variant_count; v++) {
            const DecVariant *variant = &column->variants[v];
            for (uint32_t i = 0; i < variant->piece_count; i++)
                if (variant->pieces[i].column < id && !paths[variant->pieces[i].column].ptr)
                    paths[variant->pieces[i].column] = paths[id];
        }
    }
    return paths;
}

void columns_usage(Columns *block, void (*each)(void *context, const ColumnsUse *use),
                   void *context)
{
    static const char *const kinds[] = {"constant", "numbers", "dictionary",
                                        "direct",   "choice",  "codes"};
    const Slice *paths = columns_find_paths(block) == 0 ? find_paths(block) : NULL;
    for (uint32_t id = 0; id < block->column_count; id++) {
        const DecColumn *column = &block->columns[id];
        for (uint32_t i = 0; i < column->stream_count; i++) {
            const DecStream *stream = &block->streams[column->first_stream + i];
            const DecFrame *frame = &block->frames[stream->frame];
            ColumnsUse use = {.kind = kinds[column->kind],
                              .path = paths ? paths[id] : (Slice){0},
                              .piece = block->sets[column->set].parent != 0,
                              .stream = i,
                              .raw_bytes = stream->len};
            if (frame->raw_len) use.coded_bytes = frame->coded.len * stream->len / frame->raw_len;
            each(context, &use);
        }
    }
}
