/* The parts of akashi rules. */
#ifndef AKASHI_MAIN_COMMAND_RULES_H
#define AKASHI_MAIN_COMMAND_RULES_H

#include "main/options.h"

/* Both return the exit status. */

/* Each rule's own tests, through the decoders and translators of every day. */
int rules_test(const Invocation *invocation, char **paths, size_t count);
/* Why the rules of a file match events, or why not; which groups a correlation found. */
int rules_explain(const Invocation *invocation);

#endif
