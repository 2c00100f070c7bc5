/* Between the files of akashi sources: command_sources.c, and sources_guess.c for its largest part.
 */
#ifndef AKASHI_MAIN_SOURCES_RUN_H
#define AKASHI_MAIN_SOURCES_RUN_H

#include "base/buf.h"
#include "main/options.h"
#include "translate/source/source.h"

typedef struct SourcesRun {
    const Invocation *invocation;
    SourceSet *set;
    unsigned mistakes; /* definitions that could not be used */
    Buf output;
} SourcesRun;

/* Adds a member to a JSON object; opens the object when the buffer is empty. */
void sources_add_member(Buf *to, const char *name, Slice value);
void sources_add_number(Buf *to, const char *name, uint64_t value);

/* akashi sources guess: prints which definitions claim the lines of each log, and a definition for
 * those that none claims. -EIO: an input could not be read; it was said. */
MUST_USE int sources_guess(SourcesRun *run);

#endif
