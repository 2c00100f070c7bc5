/* Which definition a line is of: one pass over its beginning for the literals of all definitions at
 * once (Aho and Corasick, "Efficient string matching", 1975), a look-up of its tag or of its JSON
 * names, and then only those definitions of which something was seen. */
#ifndef AKASHI_TRANSLATE_SOURCE_RECOGNISE_H
#define AKASHI_TRANSLATE_SOURCE_RECOGNISE_H

#include "translate/source/source_int.h"

#include "record/event.h"

#define SOURCE_SCAN_BYTES_MAX 2048 /* literals further back than this are not seen */
#define SOURCE_STATES_MAX 20000
#define SOURCE_MARKS_MAX 2048

/* -ENOMEM; -E2BIG: too many literals, states or marks together. */
MUST_USE int source_recogniser_make(SourceSet *set);

/* What is seen in one line; kept from line to line so that nothing is cleared. */
typedef struct SourceSeen {
    uint32_t line;                      /* number of the line, from 1 */
    uint32_t seen[SOURCE_LITERALS_MAX]; /* by atom: the line in which it was seen last */
    uint16_t atoms[SOURCE_LITERALS_MAX];
    size_t atom_count;
} SourceSeen;

typedef struct SourceLine {
    const Event *event;
    Slice message, whole, tag;
} SourceLine;

/* The best definition for the line and the mark by which it was known; false: none. */
bool source_recognise(const SourceSet *set, SourceSeen *seen, const SourceLine *line,
                      size_t *ret_definition, const SourceMark **ret_mark);

#endif
