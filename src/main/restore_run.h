/* Restoring a generation and proving it, for `restore` and for `backup drill`. */
#ifndef AKASHI_MAIN_RESTORE_RUN_H
#define AKASHI_MAIN_RESTORE_RUN_H

#include "main/options.h"

/* Restores, says the roots, opens and verifies what was restored with this invocation's key.
 * The exit status. */
int restore_and_prove(const Invocation *invocation, const char *from, uint32_t generation,
                      const char *folder);
/* --generation N; 0 where it is not given. -EINVAL after saying why. */
MUST_USE int restore_generation(const Invocation *invocation, uint32_t *ret);

#endif
