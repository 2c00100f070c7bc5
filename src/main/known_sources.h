/* The source definitions that the commands use. */
#ifndef AKASHI_MAIN_KNOWN_SOURCES_H
#define AKASHI_MAIN_KNOWN_SOURCES_H

#include "engine/sources.h"
#include "main/options.h"

/* Those built in, and those in the folders `sources` beside the configuration file and in the data
 * folder. Each definition with a mistake is said and counted
 * in *mistakes (may be NULL); the others are used. What made it fail was said. */
MUST_USE int known_sources_open(const Invocation *invocation, SourceSet **ret, unsigned *mistakes);

#endif
