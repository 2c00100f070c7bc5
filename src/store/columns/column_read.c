/* A column's values from its bytes: the reverse of column_values.c and column_choice.c. */
#include "store/columns/columns_dec.h"

#include <stdlib.h>

static int read_text(DecReader *reader, uint32_t count, Slice *out)
{
    int64_t *lengths;
    Slice bytes;
    int r = dec_numbers(reader, count, false, &lengths);
    if (r == 0) r = dec_take_stream(reader, &bytes);
    if (r == 0) r = dec_keep_text(reader, &bytes);
    if (r < 0) return r;
    for (uint32_t i = 0; i < count; i++) {
        if (lengths[i] < 0 || (uint64_t)lengths[i] > bytes.len) return -EBADMSG;
        out[i] = slice_first(bytes, (size_t)lengths[i]);
        bytes = slice_skip(bytes, (size_t)lengths[i]);
    }
    return bytes.len == 0 ? 0 : -EBADMSG;
}

static int take_format(DecReader *reader, ValueFormat *format)
{
    uint8_t byte;
    if (dec_take_byte(reader, &byte) < 0 || byte > FORM_CLOCK) return -EBADMSG;
    format->form = (ValueForm)byte;
    if (dec_take_byte(reader, &format->width) < 0) return -EBADMSG;
    if (format->form == FORM_TIME) {
        if (dec_take_byte(reader, &byte) < 0) return -EBADMSG;
        format->separator = (char)byte;
        if (dec_take_byte(reader, &byte) < 0) return -EBADMSG;
        format->zulu = byte != 0;
    }
    if (format->form >= FORM_TIME) {
        if (dec_take_byte(reader, &byte) < 0) return -EBADMSG;
        format->mark = (char)byte;
    }
    return value_format_valid(format) ? 0 : -EBADMSG;
}

static int print_numbers(Columns *block, const ValueFormat *format, const int64_t *numbers,
                         uint32_t count, Slice *out)
{
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0 && numbers[i] == numbers[i - 1]) {
            out[i] = out[i - 1];
            continue;
        }
        char *room = arena_alloc(block->arena, VALUE_FORMAT_BYTES_MAX);
        if (!room) return -ENOMEM;
        size_t len = value_format_print(format, numbers[i], room);
        block->arena->at = room + ((len + 15) & ~(size_t)15);
        out[i] = slice_of(room, len);
    }
    return 0;
}

static int read_exceptions(DecReader *reader, uint32_t count, Slice *out)
{
    uint32_t exceptions;
    int64_t *rows;
    if (dec_take_u32(reader, count, &exceptions) < 0) return -EBADMSG;
    if (exceptions == 0) return 0;
    Slice *texts = ARENA_ARRAY(reader->block->arena, Slice, exceptions);
    if (!texts) return -ENOMEM;
    int r = dec_numbers(reader, exceptions, false, &rows);
    if (r == 0) r = read_text(reader, exceptions, texts);
    for (uint32_t i = 0; i < exceptions && r == 0; i++) {
        if (rows[i] < 0 || rows[i] >= count) return -EBADMSG;
        out[rows[i]] = texts[i];
    }
    return r;
}

static int read_fixed(DecReader *reader, uint32_t count, Slice *out)
{
    uint32_t len;
    Slice places, constants, bytes;
    if (dec_take_u32(reader, FIXED_BYTES_MAX, &len) < 0 || dec_take_bytes(reader, len, &places) < 0)
        return -EBADMSG;
    uint32_t constant_count = 0;
    for (uint32_t at = 0; at < len; at++)
        constant_count += places.ptr[at] == PLACE_CONSTANT;
    if (dec_take_bytes(reader, constant_count, &constants) < 0) return -EBADMSG;
    int r = dec_take_stream(reader, &bytes);
    if (r < 0) return r;
    char *text = arena_alloc(reader->block->arena, (size_t)len * count);
    if (!text) return -ENOMEM;
    for (uint32_t i = 0; i < count; i++)
        out[i] = slice_of(text + (size_t)i * len, len);
    uint8_t done[FIXED_BYTES_MAX] = {0};
    for (uint32_t at = 0; at < len; at++) {
        if (done[at]) continue;
        uint8_t place = (uint8_t)places.ptr[at];
        if (place > PLACE_BYTE) return -EBADMSG;
        if (place == PLACE_CONSTANT) {
            for (uint32_t i = 0; i < count; i++)
                text[(size_t)i * len + at] = constants.ptr[0];
            constants = slice_skip(constants, 1);
            continue;
        }
        if (bytes.len < count) return -EBADMSG;
        const unsigned char *from = (const unsigned char *)bytes.ptr;
        bytes = slice_skip(bytes, count);
        uint32_t pair = at + 1;
        while (place != PLACE_BYTE && pair < len && places.ptr[pair] == PLACE_CONSTANT)
            pair++;
        bool paired = place != PLACE_BYTE && pair < len && places.ptr[pair] != PLACE_BYTE;
        if (paired) done[pair] = 1;
        const char *high = place == PLACE_HEX ? "0123456789abcdef" : "0123456789ABCDEF";
        const char *low =
            paired && places.ptr[pair] == PLACE_HEX ? "0123456789abcdef" : "0123456789ABCDEF";
        for (uint32_t i = 0; i < count; i++) {
            char *row = text + (size_t)i * len;
            row[at] = place == PLACE_BYTE ? (char)from[i] : high[from[i] >> 4];
            if (paired) row[pair] = low[from[i] & 15];
        }
    }
    return bytes.len == 0 ? 0 : -EBADMSG;
}

#define LIST_ITEMS_MAX ((uint32_t)1 << 20)

static int join_items(Columns *block, Slice separator, const Slice *items, const uint32_t *codes,
                      uint32_t item_count, Slice *ret)
{
    size_t len = item_count ? separator.len * (item_count - 1) : 0;
    for (uint32_t i = 0; i < item_count; i++)
        len += items[codes[i]].len;
    char *text = arena_alloc(block->arena, len);
    if (!text) return -ENOMEM;
    *ret = slice_of(text, len);
    for (uint32_t i = 0; i < item_count; i++) {
        Slice item = items[codes[i]];
        if (i > 0) {
            memcpy(text, separator.ptr, separator.len);
            text += separator.len;
        }
        if (item.len) memcpy(text, item.ptr, item.len);
        text += item.len;
    }
    return 0;
}

/* The different items of a list, of which `used` are in it. */
static int read_items(DecReader *reader, uint32_t used, Slice **ret)
{
    uint32_t distinct;
    if (dec_take_u32(reader, LIST_ITEMS_MAX, &distinct) < 0 || used > distinct) return -EBADMSG;
    Slice *items = ARENA_ARRAY(reader->block->arena, Slice, distinct);
    if (!items) return -ENOMEM;
    *ret = items;
    return read_text(reader, distinct, items);
}

static int read_list(DecReader *reader, uint32_t count, Slice *out)
{
    uint8_t separator_len;
    Slice separator;
    int64_t *counts;
    Slice *items;
    uint32_t *codes, used, total = 0;
    if (dec_take_byte(reader, &separator_len) < 0 || separator_len > LIST_SEPARATOR_MAX ||
        dec_take_bytes(reader, separator_len, &separator) < 0)
        return -EBADMSG;
    int r = dec_numbers(reader, count, false, &counts);
    if (r < 0) return r;
    for (uint32_t i = 0; i < count; i++) {
        if (counts[i] < 1 || counts[i] > LIST_ITEMS_MAX - total) return -EBADMSG;
        total += (uint32_t)counts[i];
    }
    r = dec_codes(reader, total, LIST_ITEMS_MAX, false, &codes, &used);
    if (r < 0) return r;
    r = read_items(reader, used, &items);
    const uint32_t *next = codes;
    for (uint32_t i = 0; i < count && r == 0; i++) {
        r = join_items(reader->block, separator, items, next, (uint32_t)counts[i], &out[i]);
        next += counts[i];
    }
    free(codes);
    return r;
}

int dec_values(DecReader *reader, uint32_t count, bool by_row, Slice **ret, int64_t **ret_numbers)
{
    uint8_t kind;
    ValueFormat format = {0};
    Slice *out = ARENA_ARRAY(reader->block->arena, Slice, count);
    if (!out) return -ENOMEM;
    if (dec_take_byte(reader, &kind) < 0) return -EBADMSG;
    int r = -EBADMSG;
    *ret_numbers = NULL;
    switch (kind) {
    case VALUES_TEXT: r = read_text(reader, count, out); break;
    case VALUES_FIXED: r = read_fixed(reader, count, out); break;
    case VALUES_LIST: r = read_list(reader, count, out); break;
    case VALUES_NUMBERS:
        r = take_format(reader, &format);
        if (r == 0) r = dec_numbers(reader, count, by_row, ret_numbers);
        if (r == 0) r = print_numbers(reader->block, &format, *ret_numbers, count, out);
        if (r == 0) r = read_exceptions(reader, count, out);
        break;
    default: break;
    }
    if (r == 0) *ret = out;
    return r;
}

/* Invariant 1 for a piece: a column of the variant's rows, or of rows above. */
static int take_piece(DecReader *reader, uint32_t set, DecPiece *piece)
{
    Columns *block = reader->block;
    uint32_t id, len;
    if (dec_take_u32(reader, COLUMNS_COLUMN_MAX, &id) < 0) return -EBADMSG;
    piece->column = id - 1;
    if (id == 0) {
        if (dec_take_u32(reader, UINT32_MAX, &len) < 0) return -EBADMSG;
        return dec_take_bytes(reader, len, &piece->literal);
    }
    if (piece->column >= (uint32_t)(reader->column - block->columns)) return -EBADMSG;
    uint32_t above = set, wanted = block->columns[piece->column].set;
    while (above > wanted)
        above = block->sets[above].parent;
    return above == wanted ? 0 : -EBADMSG;
}

static int take_variant(DecReader *reader, uint32_t choice, uint32_t code, DecVariant *variant)
{
    Columns *block = reader->block;
    if (dec_take_u32(reader, block->set_count - 1, &variant->set) < 0) return -EBADMSG;
    const DecSet *set = &block->sets[variant->set];
    if (variant->set == 0 || set->choice != choice || set->variant != code) return -EBADMSG;
    if (dec_take_u32(reader, COLUMNS_PIECES_MAX, &variant->piece_count) < 0) return -EBADMSG;
    if (variant->piece_count > reader->meta.len) return -EBADMSG;
    variant->pieces = ARENA_ARRAY(block->arena, DecPiece, variant->piece_count);
    if (!variant->pieces) return -ENOMEM;
    for (uint32_t i = 0; i < variant->piece_count; i++)
        if (take_piece(reader, variant->set, &variant->pieces[i]) < 0) return -EBADMSG;
    return 0;
}

int dec_choice(DecReader *reader, DecColumn *column)
{
    Columns *block = reader->block;
    const DecColumn *choices;
    if (dec_take_u32(reader, COLUMNS_COLUMN_MAX, &column->choice) < 0) return -EBADMSG;
    int r = dec_take_column(reader, column->choice, &choices);
    if (r < 0) return r;
    if (choices->kind != KIND_CODES || choices->set != column->set) return -EBADMSG;
    if (dec_take_u32(reader, COLUMNS_SET_MAX, &column->variant_count) < 0) return -EBADMSG;
    if (choices->value_count > column->variant_count) return -EBADMSG;
    column->variants = ARENA_ARRAY(block->arena, DecVariant, column->variant_count);
    if (!column->variants) return -ENOMEM;
    for (uint32_t i = 0; i < column->variant_count && r == 0; i++)
        r = take_variant(reader, column->choice, i, &column->variants[i]);
    return r;
}

int dec_literals(Columns *block, DecColumn *column, Slice *ret)
{
    size_t bytes = 0;
    for (uint32_t v = 0; v < column->variant_count && !column->literals.ptr; v++)
        for (uint32_t i = 0; i < column->variants[v].piece_count; i++)
            bytes += column->variants[v].pieces[i].literal.len;
    if (!column->literals.ptr) {
        Arena *before = dec_use(block, block->loose);
        char *to = arena_alloc(block->arena, bytes + 1);
        dec_use(block, before);
        if (!to) return -ENOMEM;
        column->literals = slice_of(to, bytes);
        for (uint32_t v = 0; v < column->variant_count; v++) {
            for (uint32_t i = 0; i < column->variants[v].piece_count; i++) {
                Slice literal = column->variants[v].pieces[i].literal;
                if (literal.len) memcpy(to, literal.ptr, literal.len);
                to += literal.len;
            }
        }
    }
    *ret = column->literals;
    return 0;
}
