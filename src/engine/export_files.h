/* The texts of what is handed over to somebody else, the same from the command and from the page.
 */
#ifndef AKASHI_ENGINE_EXPORT_FILES_H
#define AKASHI_ENGINE_EXPORT_FILES_H

#include "base/buf.h"
#include "record/row.h"

/* A line of records.jsonl: the record as search prints it, and where its raw bytes are in the
 * raw.log beside it. proof: the number of its file (NNNNNNNN.proof); 0: it has none. */
void export_record_add(Buf *to, const Row *row, uint64_t raw_offset, uint64_t proof);

typedef struct ExportFacts {
    bool with_proof;
    int64_t now_ns;
    uint64_t count, unsealed;
} ExportFacts;

/* README.txt: the page for whoever is handed it, in both languages. */
void export_readme_add(Buf *to, const ExportFacts *facts);

#endif
