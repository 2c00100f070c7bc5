/* What the company knows of itself (company.yaml), for the commands that make records. */
#ifndef AKASHI_MAIN_KNOWN_CONTEXT_H
#define AKASHI_MAIN_KNOWN_CONTEXT_H

#include "engine/context_follow.h"
#include "main/options.h"

/* The document beside the configuration file, or the one in the data folder, which counts where
 * both are there. Mistakes are said and counted in *mistakes (may be NULL). What made it fail was
 * said. */
MUST_USE int known_context_open(const Invocation *invocation, Context **ret, unsigned *mistakes);
/* The same for a server, which reads it again when it changes; mistakes are said then, too. */
MUST_USE int known_context_follow(const Invocation *invocation, ContextFollow **ret);
/* The path of that document. -ENOENT: there is none. */
MUST_USE int known_context_path(const Invocation *invocation, char to[COMPANY_PATH_BYTES_MAX]);
/* The company of the simulated factory (knowledge/simulate/company.yaml): what tests of packs know,
 * so that they say the same everywhere. */
MUST_USE int known_context_of_tests(const Invocation *invocation, Context **ret);

#endif
