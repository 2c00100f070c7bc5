/* How many rows of each kind the store holds: for `akashi sources list`, also beside a server. */
#ifndef AKASHI_MAIN_SOURCES_STORED_H
#define AKASHI_MAIN_SOURCES_STORED_H

#include "main/sources_run.h"

#define UNKNOWN_SAMPLES_MAX 3

typedef struct StoredCount {
    uint64_t rows;         /* as they came; joined actions are not counted */
    uint64_t retranslated; /* further records of such rows (engine/retranslate.h) */
    char last[40];         /* event.ingested of the last one; empty: none */
} StoredCount;

typedef struct SourcesStored {
    bool is_there;               /* there is a store */
    StoredCount of[SOURCES_MAX]; /* by definition */
    StoredCount built_in, unknown;
    uint64_t damaged_blocks;
} SourcesStored;

/* No store yet: 0, *ret empty. Negative after saying why. */
MUST_USE int sources_stored_count(const SourcesRun *run, SourcesStored *ret);
/* Appends `,"samples":[...]`: raw lines that no definition knows, those that came last. */
MUST_USE int sources_stored_unknown(const SourcesRun *run, Buf *to);

#endif
