/* A set of source definitions and lines through it, for tests of translate/source. */
#ifndef AKASHI_TESTS_SOURCE_KIT_H
#define AKASHI_TESTS_SOURCE_KIT_H

#include "translate/translate.h"

#define KIT_RECEIVED_NS ((int64_t)1798729200 * 1000000000) /* 2026-12-31 15:00:00 UTC */
#define KIT_ZONE_SECONDS (9 * 3600)

typedef struct SourceKit {
    SourceSet *set;
    Translator *translator;
    Arena arena;
    uint64_t lines;   /* fed so far */
    Record record;    /* of the last line */
    Event event;      /* of the last line, with what was found in it */
    unsigned records; /* of the last line */
} SourceKit;

/* Fails the running test when one of the definitions cannot be used. */
SourceKit kit_open(const char *const *definitions, size_t count);
void kit_done(SourceKit *kit);
/* One line, as the lines decoder sees it. */
void kit_feed(SourceKit *kit, Slice line);
/* Whether the field of the last record holds this text; names it when it does not. */
bool kit_has(const SourceKit *kit, const char *name, const char *want);

#endif
