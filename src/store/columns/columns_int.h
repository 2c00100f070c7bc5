/* Between the files of columns.h: names for the bytes of a block (doc/format/columns.md). */
#ifndef AKASHI_STORE_COLUMNS_INT_H
#define AKASHI_STORE_COLUMNS_INT_H

#include "store/columns/columns.h"
#include "store/columns/value_format.h"

#define COLUMNS_MAGIC 0x4b4f4c43u /* "CLOK" */
#define COLUMNS_VERSION 1

#define COLUMNS_COLUMN_MAX 65536 /* columns of a block; past it rows are kept whole */
#define COLUMNS_SET_MAX 4096     /* row sets of a block; the same */
#define COLUMNS_DEPTH_MAX 8      /* row set in row set; 3 are written */
#define COLUMNS_SHAPES_MAX 256   /* shapes of a block; rows of further ones are kept whole */
#define COLUMNS_SLOTS_MAX 16384  /* of all shapes of a block; the same */
#define COLUMNS_PIECES_MAX 2048  /* literals and slots of one variant */
#define COLUMNS_POOL_BYTES 65536 /* of small streams in one frame */
#define COLUMNS_OWN_BYTES 4096   /* streams from here on get a frame of their own */
#define COLUMNS_DIRECTORY_BYTES_MAX ((size_t)64 << 20)

/* The constants below stand on disk: never renumber. */
typedef enum ColumnKind {
    KIND_CONSTANT = 0,   /* one value */
    KIND_NUMBERS = 1,    /* numbers without text: the caller's */
    KIND_DICTIONARY = 2, /* distinct values and a code a row */
    KIND_DIRECT = 3,     /* values, one a row */
    KIND_CHOICE = 4,     /* a variant a row: literals and columns */
    KIND_CODES = 5,      /* codes without values: which variant a row is */
} ColumnKind;

typedef enum ValuesKind {
    VALUES_TEXT = 0,    /* lengths and bytes */
    VALUES_NUMBERS = 1, /* numbers printed by a ValueFormat, with exceptions */
    VALUES_FIXED = 2,   /* same length, each place constant, a hex digit, or any byte */
    VALUES_LIST = 3,    /* items of a dictionary with a separator between them */
} ValuesKind;

typedef enum NumbersStep {
    STEP_FLAT = 0,    /* difference from the least */
    STEP_BEFORE = 1,  /* from the row before */
    STEP_CONTEXT = 2, /* from the last row with the same code in another column */
} NumbersStep;

typedef enum CodesStep {
    CODES_PLAIN = 0,   /* the codes */
    CODES_CONTEXT = 1, /* 0: as the last row with the same code in another column (or the row
                          before); 1: a code not yet seen; else code + 2 */
} CodesStep;

typedef enum FixedPlace {
    PLACE_CONSTANT = 0,
    PLACE_HEX = 1,       /* 0-9 a-f */
    PLACE_HEX_UPPER = 2, /* 0-9 A-F */
    PLACE_BYTE = 3,
} FixedPlace;

typedef enum StreamKind { /* small streams of one kind share frames */
                          STREAM_NUMBERS = 0,
                          STREAM_TEXT = 1,
} StreamKind;
#define STREAM_KINDS 2

#define FRAME_MAGIC_BYTES 4 /* 28 b5 2f fd, in front of each zstd frame: left out */
#define FRAME_MAGIC "\x28\xb5\x2f\xfd"

#define FIXED_BYTES_MAX 1024
#define LIST_SEPARATOR_MAX 8

#endif
