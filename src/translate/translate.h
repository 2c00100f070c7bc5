/* Events -> records: the plain-words step. Pure: no I/O, no clock, no globals.
 *
 * A translator keeps state between events (later: open handles, sessions), so there is one for each
 * stream of work, fed in order, by one thread at a time. Every event gives at least one record:
 * what no rule knows becomes an honest fallback record (VERB_OTHER) that says which event it was,
 * where and when, and claims nothing else. The rules, with the source of each fact:
 * doc/translation.md. */
#ifndef AKASHI_TRANSLATE_TRANSLATE_H
#define AKASHI_TRANSLATE_TRANSLATE_H

#include "base/arena.h"
#include "record/event.h"
#include "record/record.h"
#include "translate/source/source.h"

typedef struct Translator Translator;

/* NULL: no memory. */
Translator *translator_new(void);
void translator_free(Translator *translator);

/* From now on, events that a definition of this finished set claims are translated by it; the set
 * must outlive the translator. The zone is for times that carry none. -ENOMEM: as it was. */
MUST_USE int translator_use_sources(Translator *translator, const SourceSet *sources,
                                    int zone_offset_seconds);

/* Called for each record made; slices live as long as the arena and the event. Negative stops. */
typedef int (*RecordSink)(void *context, const Record *record, const Event *event);

/* received_ns becomes event.ingested. -ENOMEM, or what the sink returned. */
MUST_USE int translator_feed(Translator *translator, const Event *event, int64_t received_ns,
                             Arena *arena, RecordSink sink, void *context);

#endif
