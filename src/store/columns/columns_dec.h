/* Between the files that read a block: columns_open.c (directory, frames), columns_load.c (columns
 * and sets, when they are asked for), column_read.c (a column's values), column_read_numbers.c
 * (numbers and codes), columns_row.c (rows, fields), columns_room.c (where what is unpacked goes,
 * and what is given back).
 *
 * Invariants, checked for any bytes:
 *   1. A column refers to columns of lower number only, in its own row set or one above it.
 *   2. A row set's parent has a lower number.
 *   3. Every code is below the number of values it chooses from. */
#ifndef AKASHI_STORE_COLUMNS_DEC_H
#define AKASHI_STORE_COLUMNS_DEC_H

#include "store/columns/columns_int.h"

#include <errno.h>

typedef struct DecStream {
    uint32_t len, frame, offset; /* bytes; offset in the unpacked frame */
    StreamKind kind;
} DecStream;

typedef struct DecFrame {
    uint32_t raw_len;
    Slice coded;
    const char *raw; /* NULL: not yet unpacked */
} DecFrame;

typedef struct DecPiece {
    Slice literal; /* column == UINT32_MAX */
    uint32_t column;
} DecPiece;

typedef struct DecVariant {
    uint32_t set, piece_count;
    DecPiece *pieces;
} DecVariant;

typedef struct DecColumn {
    ColumnKind kind;
    uint32_t set;
    Slice meta;
    uint32_t first_stream, stream_count;
    bool loaded;
    bool loose;      /* columns_open_parted: all that is loaded is in the loose arena */
    uint32_t *codes; /* by row; or, of a dictionary of at most CODES8_MAX values: */
    uint8_t *codes8;
    Slice *values;
    uint32_t value_count;
    int64_t *numbers;
    DecVariant *variants; /* KIND_CHOICE */
    Slice literals;       /* of all variants, one after the other; loose. ptr NULL: not asked */
    uint32_t variant_count, choice;
    /* Of a column that sets are chosen by, once one is asked for: the place of each row in its set,
     * the rows set by set, and by code where those begin. */
    uint32_t *places, *rows, *starts;
} DecColumn;

#define CODES8_MAX 256u

typedef struct DecSet {
    uint32_t parent, choice, variant, depth;
    bool loaded;
    uint32_t count;
    uint32_t *parent_rows; /* NULL for set 0 */
    uint32_t *places; /* of a row of the parent, when its choice is this variant; the column's */
} DecSet;

typedef struct DecShape {
    const DecVariant *variant;
    uint32_t owner; /* the column that it is a variant of */
    uint32_t *rows; /* of the block; NULL: not yet asked for */
} DecShape;

typedef struct DecField {
    Slice path;
    uint32_t shape, slot, column;
} DecField;

struct Columns {
    Arena *arena;        /* of what is being loaded: one of these, which may be the same */
    Arena *kept, *loose; /* dec_use */
    size_t bytes_max;    /* of both, where they are two */
    unsigned numbers_are_kept;
    uint32_t row_count, number_count;
    DecColumn *columns;
    DecSet *sets;
    DecStream *streams;
    DecFrame *frames;
    DecShape *shapes;
    DecField *fields;
    uint32_t column_count, set_count, stream_count, frame_count, shape_count, field_count;
    uint32_t depth; /* of loading in loading */
    void *unpacker; /* of zstd, of a parted block; NULL: made when needed */
};

#define LOAD_DEPTH_MAX 512
#define ROW_STEPS_MAX                                                                              \
    ((uint32_t)4 << 20) /* columns and literals that a row is put together from                    \
                         */

static inline bool dec_has_codes(const DecColumn *column)
{
    return column->codes || column->codes8;
}
static inline uint32_t dec_code(const DecColumn *column, uint32_t row)
{
    return column->codes8 ? column->codes8[row] : column->codes[row];
}

/* Takes from the front of a column's meta and streams. */
typedef struct DecReader {
    Columns *block;
    const DecColumn *column;
    Slice meta;
    uint32_t stream; /* next */
} DecReader;

MUST_USE int dec_take_byte(DecReader *reader, uint8_t *ret);
/* -EBADMSG also when over max. */
MUST_USE int dec_take_u32(DecReader *reader, uint32_t max, uint32_t *ret);
MUST_USE int dec_take_bytes(DecReader *reader, size_t len, Slice *ret);
MUST_USE int dec_take_stream(DecReader *reader, Slice *ret);
/* The same of a stream that is not needed for long: when it has a frame of its own, that is not
 * kept. *ret_held is to be freed then; else NULL. */
MUST_USE int dec_pass_stream(DecReader *reader, Slice *ret, void **ret_held);
/* Bytes of a stream that are to live as long as the column: a copy where they would not. */
MUST_USE int dec_keep_text(DecReader *reader, Slice *bytes);
/* A column that this one may refer to, loaded. */
MUST_USE int dec_take_column(DecReader *reader, uint32_t id, const DecColumn **ret);

/* Once shapes are known: which columns are loose. */
void dec_part(Columns *block);
/* What is allocated next goes there; returns where it went before. */
Arena *dec_use(Columns *block, Arena *arena);
static inline Arena *dec_place_of(const Columns *block, bool loose)
{
    return loose ? block->loose : block->kept;
}

MUST_USE int dec_load_column(Columns *block, uint32_t id);
MUST_USE int dec_load_set(Columns *block, uint32_t id);
/* The row of `to` that is row `row` of `set`; both loaded, `to` is set or above it. */
static inline uint32_t dec_row_in(const Columns *block, uint32_t set, uint32_t to, uint32_t row)
{
    while (set != to) {
        row = block->sets[set].parent_rows[row];
        set = block->sets[set].parent;
    }
    return row;
}

/* `count` numbers or codes, of the rows of the reader's column when by_row, else on their own. The
 * codes are to be freed. */
MUST_USE int dec_numbers(DecReader *reader, uint32_t count, bool by_row, int64_t **ret);
MUST_USE int dec_codes(DecReader *reader, uint32_t count, uint32_t distinct_max, bool by_row,
                       uint32_t **ret, uint32_t *ret_distinct);
/* KIND_CHOICE: variants and pieces. */
MUST_USE int dec_choice(DecReader *reader, DecColumn *column);
/* All literals of a choice that is loaded. -ENOMEM. */
MUST_USE int dec_literals(Columns *block, DecColumn *column, Slice *ret);
/* `count` values; *ret_numbers: those they were printed from, or NULL. */
MUST_USE int dec_values(DecReader *reader, uint32_t count, bool by_row, Slice **ret,
                        int64_t **ret_numbers);
/* Appends the value of a row of the column's set. */
MUST_USE int dec_add_value(Columns *block, uint32_t column, uint32_t row, Buf *to, uint32_t *steps,
                           uint32_t depth);
/* block->shapes and block->fields, from the root and its literals. */
MUST_USE int dec_find_fields(Columns *block);

#endif
