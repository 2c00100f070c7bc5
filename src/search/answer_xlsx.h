/* An answer as an Excel workbook (ECMA-376, Office Open XML, SpreadsheetML), written as it comes:
 * neither the answer nor the file is ever held whole, and nothing lies on a disk in between.
 *
 * The first sheet has the rows under a heading that stays in sight, the second what was asked and
 * whether the first has all of it. Every text is a text cell, whatever it begins with, and stays
 * one when somebody edits it (quotePrefix); only numbers of tables and the dates of records are
 * numbers. Times are texts at the zone given, with the same moment beside them as a date that Excel
 * sorts and filters by.
 *
 * Bounds are Excel's ("Excel specifications and limits": 1,048,576 rows with the heading, 32,767
 * UTF-16 units a cell) and XLSX_SHEET_BYTES_MAX of the first sheet; past the rows or bytes the
 * answer is cut, a longer cell ends with U+2026, and the second sheet says so. */
#ifndef AKASHI_SEARCH_ANSWER_XLSX_H
#define AKASHI_SEARCH_ANSWER_XLSX_H

#include "search/search.h"

#define XLSX_ROWS_MAX ((uint64_t)1048575)
#define XLSX_CELL_UNITS_MAX 32767
#define XLSX_SHEET_BYTES_MAX ((uint64_t)2 << 30) /* of its XML, before it is packed */

typedef struct AnswerXlsx AnswerXlsx;

/* Slices and the query live as long as the workbook. */
typedef struct XlsxFacts {
    const Query *query;
    Slice question; /* as it was written */
    Language language;
    int zone_offset_seconds;
    int64_t made_ns;
} XlsxFacts;

/* Why there may be more answers than rows. */
typedef enum XlsxCut {
    XLSX_CUT_NOT,
    XLSX_CUT_LIMIT,  /* no more rows were asked for */
    XLSX_CUT_TIME,   /* the search took too long */
    XLSX_CUT_FAILED, /* something could not be read, or did not fit into memory */
} XlsxCut;

/* What is written is appended to `to`, which the caller may empty between calls. NULL: no memory.
 */
AnswerXlsx *answer_xlsx_new(Buf *to, const XlsxFacts *facts);
void answer_xlsx_free(AnswerXlsx *xlsx);
/* 1: it is full, this answer is not in it; answer_xlsx_end says so. -ENOMEM, buf_error. */
MUST_USE int answer_xlsx_add(AnswerXlsx *xlsx, const Answer *answer);
/* The end of the sheet, the sheet about it, the end of the file. */
MUST_USE int answer_xlsx_end(AnswerXlsx *xlsx, XlsxCut cut);

#endif
