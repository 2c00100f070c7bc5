/* A record of an answer as the cells of a line: what terminal, CSV and workbook share. */
#ifndef AKASHI_SEARCH_ANSWER_CELLS_H
#define AKASHI_SEARCH_ANSWER_CELLS_H

#include "base/time_text.h"
#include "record/record.h"

#define RECORD_CELLS 5 /* time, who, from where, system, sentence */

typedef struct RecordCells {
    Slice cells[RECORD_CELLS];
    char time[TIME_TEXT_MAX];
} RecordCells;

/* The sentence is the caller's, rendered; cells point into it, the record and *to. */
void record_cells_fill(RecordCells *to, const Record *record, Slice sentence,
                       int zone_offset_seconds);
Slice record_cells_heading(Language language, size_t column);

#endif
