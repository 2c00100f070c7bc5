/* A few lines that a person pasted: which definition reads them, or one that would, and what comes
 * of it. For the page on which a device is added (doc/sources.md). */
#ifndef AKASHI_ENGINE_PASTED_GUESS_H
#define AKASHI_ENGINE_PASTED_GUESS_H

#include "engine/pasted_times.h"
#include "os/os.h"
#include "record/row.h"
#include "translate/source/source.h"

#define PASTED_LINES_MAX 2000 /* the first ones; more are not looked at */
#define PASTED_ROWS_MAX 20    /* shown of them */

typedef struct PastedQuestion {
    const Os *os;
    const SourceSet *sources; /* finished: those in use */
    Slice sample;
    Slice time_format; /* one of the times found before; empty: as it comes */
    Slice yaml;        /* a definition to read them with; empty: those in use, or a proposal */
    int zone_offset_seconds;
    int64_t received_ns;
    /* The first rows, as they are read; slices live until it returns. Negative stops. */
    int (*row)(void *context, const Row *row, uint64_t line);
    void *context;
} PastedQuestion;

/* Slices live as long as the arena and the sample. */
typedef struct PastedGuess {
    Slice known;       /* the definition in use that reads most lines; `built-in`; empty: none */
    Slice yaml;        /* proposed, or the one given; empty: neither */
    const char *shape; /* of unknown lines; NULL: they were not looked at */
    size_t templates;
    PastedTimes times; /* of the first line that the definition reads */
    uint64_t lines, unread;
    bool more; /* the sample has more lines */
} PastedGuess;

/* -EINVAL: the definition or the time format is none, with the complaint (of a definition its
 * place); -ENOMEM; what `row` said. */
MUST_USE int pasted_guess(const PastedQuestion *question, Arena *arena, PastedGuess *ret,
                          Complaint *complaint);

#endif
