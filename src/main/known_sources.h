/* The source definitions that the commands use. */
#ifndef AKASHI_MAIN_KNOWN_SOURCES_H
#define AKASHI_MAIN_KNOWN_SOURCES_H

#include "engine/sources.h"
#include "engine/translation_files.h"
#include "main/options.h"

/* Those built in, and those in the folders `sources` beside the configuration file and in the data
 * folder. Each definition with a mistake is said and counted
 * in *mistakes (may be NULL); the others are used. What made it fail was said. */
MUST_USE int known_sources_open(const Invocation *invocation, SourceSet **ret, unsigned *mistakes);

/* The same with the administrator's settings of actions: the file that translate.actions_file
 * names, else actions.tsv in the data folder, when it is there. A mistake in that file fails and is
 * said. What is read again later is judged in the same way, and said. */
MUST_USE int known_files_open(const Invocation *invocation, TranslationFiles **ret);
/* The settings of actions alone, for the arena's life. What made it fail was said. */
MUST_USE int known_actions_read(const Invocation *invocation, const Settings *settings,
                                Arena *arena, Slice *ret);

#endif
