/* Blocks of rows as columns: lossless coding of raw log rows (doc/format/columns.md).
 *
 * A block is made of up to COLUMNS_ROWS_MAX rows, best all of one shape (columns_shape: rows with
 * the same value belong together), but any rows may be given. Each row is cut into literals and
 * slots (store/row_shape.h); rows of one shape share their literals, and each slot is a column with
 * the code that fits it: constant, another column, dictionary, numbers, times, fixed patterns,
 * lists, text cut again into pieces that are constant or other columns, plain text. Whatever was
 * found, the block gives every row's bytes back exactly.
 *
 * Beside its bytes a row may have numbers of the caller (row number, time): COLUMNS_NUMBERS_MAX.
 *
 * Pure: no I/O, no clock, no globals. A block may be any bytes: every offset is checked, memory
 * comes from the caller's arena and ends with its maximum, and a damaged block is refused or gives
 * wrong rows, which the layer that authenticates blocks must have seen before. */
#ifndef AKASHI_STORE_COLUMNS_H
#define AKASHI_STORE_COLUMNS_H

#include "base/arena.h"
#include "base/buf.h"
#include "store/columns/row_shape.h"

#define COLUMNS_ROWS_MAX ((size_t)65536)
#define COLUMNS_ROW_BYTES_MAX ((size_t)448 << 20)
#define COLUMNS_RAW_BYTES_MAX ((size_t)448 << 20) /* all rows of a block; 32 MiB code well */
#define COLUMNS_NUMBERS_MAX 8
#define COLUMNS_LEVEL_DEFAULT 3

/* A row that the caller has cut already, as SHAPE_JSON cuts it without its tail. */
typedef struct ColumnsCut {
    uint64_t hash;
    const ShapeSlot *slots;
    uint32_t count; /* at most SHAPE_SLOTS_MAX */
    bool is_cut;    /* false: it is not */
} ColumnsCut;

typedef struct ColumnsInput {
    const Slice *rows;
    size_t row_count;              /* may be 0 */
    const int64_t *const *numbers; /* number_count arrays of row_count */
    size_t number_count;
    const ColumnsCut *cuts; /* NULL, or one a row */
} ColumnsInput;

/* Takes the texts that the rows are made of, each value and literal about once, not once a row.
 * Every word of a row (a run of letters, digits, _ and bytes over 0x7f) stands whole in one of
 * them, and so does every escape of JSON with the word that it stands in. Negative ends the block.
 */
typedef struct ColumnsTexts {
    int (*take)(void *context, Slice text); /* NULL: not wanted */
    void *context;
} ColumnsTexts;

typedef struct ColumnsOptions {
    int level;         /* of zstd; 0: COLUMNS_LEVEL_DEFAULT */
    uint64_t seed;     /* of hash tables; random outside of tests; does not change the bytes */
    size_t memory_max; /* working memory; 0: 1 GiB. 32 MiB of rows take 50 to 80 MiB, more when they
                          are nothing but short values: -ENOMEM then, and fewer rows will do */
    const uint32_t *tails; /* row_count of them, or NULL: so many last bytes of each row are JSON of
                              their own, cut apart from what is before them */
    ColumnsTexts texts;
} ColumnsOptions;

/* Appends the block. -E2BIG: a maximum above is passed; -EINVAL: a tail longer than its row;
 * -ENOMEM: memory_max or the system's memory, *to is as it was. */
MUST_USE int columns_encode(const ColumnsInput *input, const ColumnsOptions *options, Buf *to);

/* The same with memory that stays for the next block: what writes many blocks one after the other
 * spends a third less time. Up to COLUMNS_KEPT_BYTES stay. For one thread at a time. */
#define COLUMNS_KEPT_BYTES ((size_t)48 << 20)
typedef struct ColumnsEncoder ColumnsEncoder;
ColumnsEncoder *columns_encoder_new(void); /* NULL: no memory */
void columns_encoder_free(ColumnsEncoder *encoder);
MUST_USE int columns_encoder_block(ColumnsEncoder *encoder, const ColumnsInput *input,
                                   const ColumnsOptions *options, Buf *to);

/* Rows with the same value share their literals, but for chance; for putting rows of one shape into
 * one block. Not for storing: it depends on the version of the program. */
uint64_t columns_shape(Slice row, uint64_t seed);

/* A block that is read. Owned by the arena of columns_open; not for two threads at once, since what
 * is asked for is unpacked then and kept. */
typedef struct Columns Columns;

/* `bytes` and `arena` must outlive *ret. -EBADMSG: not a block; -ENOMEM: the arena's maximum. */
MUST_USE int columns_open(Slice bytes, Arena *arena, Columns **ret);

/* The same in two arenas: what takes much room (texts, values of a row each, frames) goes to
 * `loose`, so that it can be given back while all else stays. */
typedef struct ColumnsRoom {
    Arena *kept, *loose;
    size_t bytes_max;          /* of both together */
    unsigned numbers_are_kept; /* bit n: the caller's number n; others are loose */
} ColumnsRoom;
MUST_USE int columns_open_parted(Slice bytes, const ColumnsRoom *room, Columns **ret);
/* From now on both take so much. */
void columns_allow(Columns *block, size_t bytes_max);
/* Gives back what only unpacking needs. A parted block is let go of after this. */
void columns_rest(Columns *block);
/* Where the caller may put what lives as long as what is kept, or as what is loose. */
Arena *columns_room(Columns *block, bool loose);
/* Nothing points into the loose arena any more, which the caller empties: it is unpacked anew when
 * it is asked for again. Values of loose columns, and what was made of them, are gone; of the
 * others the codes that columns_values gave. */
void columns_forget(Columns *block);
bool columns_is_loose(const Columns *block, size_t column);

size_t columns_row_count(const Columns *block);
size_t columns_number_count(const Columns *block);
/* The caller's numbers, row_count of them. Errors as columns_open. */
MUST_USE int columns_numbers(Columns *block, size_t which, const int64_t **ret);
/* Appends the row's bytes. -EBADMSG: damaged, and what was appended is taken back; -ENOMEM;
 * -EINVAL: no such row. */
MUST_USE int columns_row(Columns *block, size_t row, Buf *to);

/* A field: one slot of one shape. */
typedef struct ColumnsField {
    Slice path;    /* JSON: names joined with dots, arrays' elements under the array's name; other
                      rows: empty. As it stands in the row, so escapes are not undone. Only after
                      columns_find_paths */
    size_t shape;  /* number of its shape in the block */
    size_t slot;   /* its place in the row, from 0 */
    size_t column; /* fields of the same column share values */
    bool constant; /* one value in all rows */
    bool composed; /* each value is put together from other columns */
} ColumnsField;
size_t columns_field_count(const Columns *block);
/* Names all fields; once is enough. -ENOMEM. */
MUST_USE int columns_find_paths(Columns *block);
ColumnsField columns_field(const Columns *block, size_t field);

/* The values of a field: row rows[i] of the block has values[codes[i]]. Values that are stored
 * without a dictionary may repeat, and values of other shapes that share the column may be among
 * them. Slices live as long as the arena. */
typedef struct ColumnsValues {
    const Slice *values;
    size_t value_count;
    const uint32_t *codes;
    const uint32_t *rows; /* ascending */
    size_t count;         /* of codes and rows */
} ColumnsValues;
MUST_USE int columns_values(Columns *block, size_t field, ColumnsValues *ret);
/* Appends the value of a field in row rows[i]. Errors as columns_row. */
MUST_USE int columns_value(Columns *block, size_t field, size_t i, Buf *to);
/* The value of a constant field. -EINVAL: it is none; errors as columns_open. */
MUST_USE int columns_constant(Columns *block, size_t field, Slice *ret);
/* `column` of all fields is below it. */
size_t columns_column_count(const Columns *block);
/* Fields of a shape. */
size_t columns_slot_count(const Columns *block, size_t shape);

/* Shapes, their rows, and the literals around the slots (slot_count + 1 pieces, maybe empty), for
 * searching in text that is not in any value. */
size_t columns_shape_count(const Columns *block);
MUST_USE int columns_shape_rows(Columns *block, size_t shape, const uint32_t **ret_rows,
                                size_t *ret_count);
size_t columns_literal_count(const Columns *block, size_t shape);
Slice columns_literal(const Columns *block, size_t shape, size_t piece);

/* Where the bytes of a block are, for benchmarks and tests. */
typedef struct ColumnsUse {
    const char *kind;     /* of the column: "dictionary" ... */
    Slice path;           /* of the field that it is, or is a piece of, else empty */
    bool piece;           /* it is a piece of the field's text */
    uint32_t stream;      /* number of the stream in the column */
    uint64_t raw_bytes;   /* before zstd */
    uint64_t coded_bytes; /* share of the frame it stands in */
} ColumnsUse;
/* Calls `each` once a stream. */
void columns_usage(Columns *block, void (*each)(void *context, const ColumnsUse *use),
                   void *context);

#endif
