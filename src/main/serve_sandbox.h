/* What a running server may reach of the file system: what its settings name, and what libraries
 * need to look names up and to draw letters. */
#ifndef AKASHI_MAIN_SERVE_SANDBOX_H
#define AKASHI_MAIN_SERVE_SANDBOX_H

#include "main/options.h"

/* After the settings and the key were read, before any thread starts. server.sandbox off: nothing.
 * What the kernel has not is said; -E2BIG and what the system refused: said, do not start. */
MUST_USE int serve_sandbox_enter(const Invocation *invocation, const Settings *settings);

#endif
