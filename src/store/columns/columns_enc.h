/* Between the files that write a block: columns_encode.c (rows to shapes), columns_family.c (shapes
 * to columns), column_write.c (the code of a column), column_choice.c (text cut again),
 * column_pieces.c (its pieces), column_values.c (values to bytes), column_numbers.c (numbers to
 * bytes), column_codes.c (codes to bytes), column_distinct.c (tables of distinct values),
 * columns_frames.c (streams to frames). */
#ifndef AKASHI_STORE_COLUMNS_ENC_H
#define AKASHI_STORE_COLUMNS_ENC_H

#include "base/check.h"
#include "store/columns/columns_int.h"
#include "store/columns/row_shape.h"

/* Rows that a column has values for: all of the block, or those of its parent whose choice is one
 * variant. */
typedef struct EncSet {
    uint32_t id;
    uint32_t count;
    const struct EncSet *parent; /* NULL: all rows */
    const uint32_t *parent_rows; /* count of them: the row's place in the parent */
    uint32_t depth;              /* of the column that chooses them */
    const uint32_t *shapes;      /* each row's shape, where there are several; else NULL */
} EncSet;

/* A column that is written. */
typedef struct EncColumn {
    uint32_t id;
    const EncSet *set;
    const Slice *values;   /* NULL: numbers alone */
    const uint32_t *codes; /* NULL: no dictionary */
    uint32_t distinct;
    const int64_t *numbers; /* NULL: no numbers */
    int64_t units;          /* of a second, for times; else 0 */
    uint32_t depth;         /* columns that must be read one after the other before it */
    uint32_t steps;         /* columns and literals that a value of it is put together from */
} EncColumn;

/* So that a reader with bounded stack and time reads what was written: LOAD_DEPTH_MAX and
 * ROW_STEPS_MAX there. A piece of text may be made of STEPS_PIECE_MAX, a repeat of
 * STEPS_REPEAT_MAX, so a text is at most 257 + 256 * 8 + 6 * 256, and a row 512 times that. */
#define ENC_DEPTH_MAX 200
#define STEPS_PIECE_MAX 8
#define STEPS_REPEAT_MAX 256

typedef struct EncStream {
    uint32_t len;
    StreamKind kind;
} EncStream;

struct ColumnsEncoder {
    const ColumnsOptions *options;
    struct ZSTD_CCtx_s *zstd[2]; /* columns_frames.c's */
    Arena arena;                 /* lives as long as the block is made */
    Arena scratch;               /* emptied after each column */
    Buf data;                    /* all streams, one after the other */
    EncStream *streams;
    size_t stream_count, stream_capacity;
    Buf directory;         /* columns so far */
    Buf sets;              /* row sets so far */
    Buf meta;              /* of the column at hand */
    size_t column_streams; /* stream_count when the column at hand was begun */
    EncColumn **columns;
    uint32_t column_count, set_count;
    uint32_t depth; /* of the column at hand */
    int error;
};
typedef ColumnsEncoder Encoder;

/* Errors stick in enc->error; allocation gives NULL then. */
void *enc_alloc(Encoder *enc, Arena *arena, size_t count, size_t item_bytes);
#define ENC_ARRAY(enc, type, count) ((type *)enc_alloc((enc), &(enc)->arena, (count), sizeof(type)))
#define ENC_SCRATCH(enc, type, count)                                                              \
    ((type *)enc_alloc((enc), &(enc)->scratch, (count), sizeof(type)))

/* Rows lie far from each other in memory: the text of the next one is sent for in time. */
#define PREFETCH_BYTES_MAX 2560u
static inline void enc_prefetch(Slice text)
{
    for (size_t at = 0; at < text.len && at < PREFETCH_BYTES_MAX; at += 64)
        __builtin_prefetch(text.ptr + at);
}

/* A stream is what is appended to enc->data between these two. */
size_t enc_stream_begin(Encoder *enc);
void enc_stream_end(Encoder *enc, size_t begun, StreamKind kind);
/* Ends the column at hand: enc->meta and its streams. NULL: error. */
EncColumn *enc_column_end(Encoder *enc, ColumnKind kind, const EncSet *set);
/* The column at hand needs this one to be read. */
static inline void enc_refer(Encoder *enc, const EncColumn *column)
{
    if (enc->depth <= column->depth) enc->depth = column->depth + 1;
}
/* The rows of `set` as rows of its ancestor `to`; NULL: the same rows. */
const uint32_t *enc_rows_in(Encoder *enc, const EncSet *set, const EncSet *to);
bool enc_set_within(const EncSet *set, const EncSet *ancestor);
EncSet *enc_set_add(Encoder *enc, const EncSet *parent, const EncColumn *choice, uint32_t variant,
                    const uint32_t *parent_rows, uint32_t count);
/* Pieces of text may take what shapes cannot need. */
static inline bool enc_is_full(const Encoder *enc, size_t columns_more, size_t sets_more)
{
    return enc->column_count + columns_more > COLUMNS_COLUMN_MAX - 2 * COLUMNS_SLOTS_MAX ||
           enc->set_count + sets_more > COLUMNS_SET_MAX - 2 * COLUMNS_SHAPES_MAX - 2;
}

/* Distinct values in the order they are first seen. False: more than count_max, or error. */
typedef struct Distinct {
    Slice *values;
    uint32_t *codes;
    uint32_t count;
} Distinct;
bool distinct_find(Encoder *enc, const Slice *values, size_t count, size_t count_max,
                   Distinct *ret);
/* Have they more than bytes_max together? Looks no further then. False also where that would take
 * a large table. */
bool distinct_is_over(const Slice *values, size_t count, uint64_t seed, size_t bytes_max);

#define CONTEXTS_MAX 64 /* columns looked at as contexts, newest first */
/* May a column of this set refer to that one? */
static inline bool enc_in_reach(const EncSet *set, const EncColumn *column)
{
    return set && column->depth < ENC_DEPTH_MAX && enc_set_within(set, column->set);
}
/* Of `total` things, so many of each kind. */
double enc_entropy_bits(const uint32_t *counts, size_t kinds, size_t total);
/* One byte of each number after the other; planes that are one byte alone are said in meta. */
void enc_planes_write(Encoder *enc, const uint64_t *values, size_t count);
/* Numbers to enc->meta and streams, as small as it finds. `owner`: whose they are, for columns to
 * refer to; its set says which columns are in reach. NULL: on their own. */
void numbers_write(Encoder *enc, const int64_t *numbers, size_t count, const EncColumn *owner);
/* Codes of a dictionary the same way. */
void codes_write(Encoder *enc, const uint32_t *codes, size_t count, uint32_t distinct,
                 const EncSet *set);
/* Estimated bits of these numbers with the best code that refers to no other column. */
double numbers_estimate(Encoder *enc, const int64_t *numbers, size_t count);

/* Values to enc->meta and streams. `set`: as owner's above, NULL for a dictionary's. When they are
 * numbers, *ret_column gets them (may be NULL). */
void values_write(Encoder *enc, const Slice *values, size_t count, const EncSet *set,
                  EncColumn *ret_column);
/* Their numbers, when nearly all have one form. NULL: not. */
typedef struct ValueNumbers {
    ValueFormat format;
    int64_t *numbers;     /* exceptions have the number before them */
    uint32_t *exceptions; /* rows, ascending */
    uint32_t exception_count;
} ValueNumbers;
bool values_as_numbers(Encoder *enc, Arena *arena, const Slice *values, size_t count,
                       ValueNumbers *ret);

/* Values that want a column: the slots of one shape, or the pieces of a text. */
typedef struct EncSource {
    const Slice *values;
    EncColumn *column; /* result; NULL: constant and not written */
    bool is_constant, is_time, is_number, has_distinct;
    bool is_much; /* of its distinct values there are so many bytes that it is worth cutting */
    Distinct distinct;
    uint64_t bytes; /* of all values */
    uint64_t order; /* when it is written: highest first */
} EncSource;
/* Finds or writes the column of each source (values of the rows of `set`). Constant ones only when
 * with_constants; texts are cut again only when may_cut. */
typedef struct SourcesWish {
    bool with_constants, may_cut;
} SourcesWish;
void sources_write(Encoder *enc, const EncSet *set, EncSource *sources, size_t count,
                   SourcesWish wish);
/* The column of these values, cut into pieces. NULL: not worth it, or error. */
EncColumn *choice_write(Encoder *enc, const EncSet *set, const Slice *values);
/* Which variant each row is, as a column. */
EncColumn *choice_codes_write(Encoder *enc, const EncSet *set, const uint32_t *codes,
                              uint32_t variants);
/* For enc->meta: a variant's pieces. Literals next to each other become one. */
typedef struct PieceWriter {
    Encoder *enc;
    Buf literal, body, pieces;
    uint64_t count;            /* of the variant at hand */
    uint32_t steps, steps_max; /* of the variant at hand, of all */
} PieceWriter;
void pieces_add_literal(PieceWriter *writer, Slice literal);
void pieces_add_column(PieceWriter *writer, const EncColumn *column);
void pieces_end(PieceWriter *writer, const EncSet *set);
/* The column of all variants. NULL: error. */
EncColumn *pieces_write(PieceWriter *writer, const EncColumn *choices, const EncSet *set);
void pieces_done(PieceWriter *writer);
/* Rows that have this code. NULL: error. */
uint32_t *enc_rows_of(Encoder *enc, const uint32_t *codes, size_t count, uint32_t code,
                      uint32_t *ret_count);

/* How each row is cut. */
typedef struct EncCut {
    uint64_t hash;
    uint32_t count;
    ShapeMode mode;
    ShapeSlot *slots;
} EncCut;

typedef struct EncBlock {
    Encoder *enc;
    const ColumnsInput *input;
    Slice *rows; /* the input's, none with a null pointer */
    EncSet all;
    EncCut *cuts;
    uint32_t *codes; /* shape of each row */
    uint32_t shapes;
    uint32_t slots_kept; /* of all shapes */
} EncBlock;

/* columns_texts.c: to whom the options say. */
void texts_give(Encoder *enc, Slice text);
void texts_give_all(Encoder *enc, const Slice *values, size_t count);
/* Where in rows cut like this one a word may lie across the begin (2 * slot) or the end (2 * slot +
 * 1) of a slot: at most 2 * count of them. */
size_t texts_open_cuts(Slice row, const ShapeSlot *slots, size_t count, size_t *ret_cuts);
/* The words of a row that lie there. last: what was given for each cut, zeros at first. */
void texts_give_cuts(Encoder *enc, Slice row, const ShapeSlot *slots, const size_t *cuts,
                     size_t count, Slice *last);

/* Columns of all shapes, and the root. */
void families_write(EncBlock *block);

/* Header, directory and frames. */
void frames_write(Encoder *enc, size_t rows, size_t numbers, Buf *to);
void frames_done(Encoder *enc);

#endif
